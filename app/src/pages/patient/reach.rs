//! How we reach you: which way first, by whose clock, and what you want no more of.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::{ReachForm, ReachInput};
use domain::delivery::Channel;
use leptos::prelude::*;
use service::patient;
use tower_sessions::Session;

use super::frame::{Here, back, done, frame, fresh_key, marked};
use crate::components::{
    Button, CheckboxGroup, Choice, HiddenField, LinkButton, Look, Need, RadioGroup, TextField,
};
use crate::web::{Alive, Kept, Patient, Refused, Typed, Web, kept, page, refused_form};
use crate::words;

const PATH: &str = "/my/contact";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(save))
}

async fn show(State(web): State<Web>, patient: Patient, session: Session) -> Result<Response, Refused> {
    let data = patient::reach_form(&web.desk, &patient.call).await?;
    let kept = kept(&session, PATH).await;
    Ok(page(&web, "How we reach you", Alive::Plain, move || question(&data, &kept)).await)
}

/// The patient. What they stop is stopped when the next page comes.
async fn save(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = patient.keyed(typed.value("key"));
    let input = ReachInput { stopped: typed.joined("stopped"), ..typed.read() };
    match patient::set_reach(&web.desk, &call, &input, words::no_more).await {
        Ok(()) => done(&session, PATH, "Saved. We reach you like that from now on.".to_owned()).await,
        Err(error) => Ok(refused_form(&session, PATH, &typed, error).await),
    }
}

fn no_more(channel: &str) -> &'static str {
    Channel::from_code(channel).map_or("", words::no_more)
}

fn question(data: &ReachForm, kept: &Kept) -> AnyView {
    let mut ways = vec![Choice::new("", "No matter").hint("What reaches you fastest")];
    for way in &data.ways {
        ways.push(Choice::new(way.channel.clone(), words::channel(&way.channel)).hint(way.address.clone()));
    }
    if data.has_notices {
        ways.push(Choice::new("push", words::channel("push")).hint("On the phone where you asked for them"));
    }
    if data.has_letters {
        ways.push(Choice::new("letter", words::channel("letter")).hint("Takes some days"));
    }
    let stops: Vec<Choice> = data
        .ways
        .iter()
        .map(|way| Choice::new(way.channel.clone(), no_more(&way.channel)).hint(way.address.clone()))
        .collect();
    let stopped = match kept.values.is_empty() {
        true => data.now.stopped.clone(),
        false => kept.value("stopped", ""),
    };
    let stopped: Vec<String> = stopped.split(',').map(str::to_owned).collect();
    let nothing_to_stop = stops.is_empty();
    let content = view! {
        {back("What we sent you", "/my/messages".to_owned())}
        <h1>"How we reach you"</h1>
        <p>
            "For messages about your referrals. Something is wrong with a number or an address? Tell the clinic."
        </p>
        <form method="post" action=PATH class="app-stack">
            {marked()}
            <HiddenField name="key" value=fresh_key()/>
            <HiddenField name="was" value=kept.value("was", &data.now.was)/>
            <RadioGroup
                name="prefers"
                label="Which way first?"
                choices=ways
                value=kept.value("prefers", &data.now.prefers)
                error=kept.error("prefers")
            />
            {(!nothing_to_stop)
                .then(|| {
                    view! {
                        <CheckboxGroup
                            name="stopped"
                            label="What we no longer send"
                            hint="Then we use another way, and where there is none the clinic calls you"
                            choices=stops
                            values=stopped
                            need=Need::Optional
                        />
                    }
                })}
            <TextField
                name="zone"
                label="Your time zone"
                hint="Only where it is not the clinic's, like Europe/Madrid. We write at decent hours there"
                need=Need::Optional
                value=kept.value("zone", &data.now.zone)
                error=kept.error("zone")
            />
            <div class="app-actions">
                <Button label="Save"/>
                <LinkButton label="Back" href="/my/messages" look=Look::Link/>
            </div>
        </form>
    };
    frame(Here::Messages, kept, content.into_any())
}
