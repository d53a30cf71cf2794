//! "None of these suit me": onto the waiting list with one question, and off it.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{WaitingForm, WaitingInput};
use leptos::prelude::*;
use service::availability::WEEKDAYS;
use service::booking::waitlist;
use tower_sessions::Session;

use super::frame::{Here, back, done, frame, fresh_key, id, marked};
use crate::components::{Button, CheckboxGroup, Choice, HiddenField, LinkButton, Look, Need, RadioGroup};
use crate::web::{Alive, Kept, Patient, Refused, Typed, Web, kept, page, refused_form};
use crate::words;

/// The question, and the way off the list.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/my/{referral}/waiting", get(show).post(join))
        .route("/my/{referral}/waiting/leave", post(leave))
}

async fn show(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let data = waitlist::form(&web.desk, &patient.call, id(&referral)?).await?;
    let kept = kept(&session, &format!("/my/{referral}/waiting")).await;
    Ok(page(&web, "Waiting list", Alive::Plain, move || question(&data, &kept)).await)
}

/// The patient. Puts the referral on the list, or changes what is wished.
async fn join(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = patient.keyed(typed.value("key"));
    let input = input(&typed);
    match waitlist::join(&web.desk, &call, id(&referral)?, &input).await {
        Ok(()) => {
            let said = "You are on the waiting list. We write to you when a time comes free.";
            done(&session, "/my", said.to_owned()).await
        }
        Err(error) => Ok(refused_form(&session, &format!("/my/{referral}/waiting"), &typed, error).await),
    }
}

/// The patient. Nothing else changes: a booked time stays, and another can be chosen.
async fn leave(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = patient.keyed(typed.value("key"));
    match waitlist::leave(&web.desk, &call, id(&referral)?).await {
        Ok(()) => done(&session, "/my", "You are off the waiting list.".to_owned()).await,
        Err(error) => Ok(refused_form(&session, &format!("/my/{referral}/waiting"), &typed, error).await),
    }
}

/// What the form says; days and times of day can be sent several times.
pub fn input(typed: &Typed) -> WaitingInput {
    WaitingInput {
        weekdays: typed.joined("weekdays"),
        parts: typed.joined("parts"),
        sites: typed.joined("sites"),
        clinicians: typed.joined("clinicians"),
        only_these: typed.value("only_these").to_owned(),
        notice: typed.value("notice").to_owned(),
        channel: typed.value("channel").to_owned(),
    }
}

/// The controls, as the patient and the staff get them.
pub fn controls(data: &WaitingForm, kept: &Kept) -> AnyView {
    let now = data.now.clone().unwrap_or_default();
    let listed = |name: &str, before: &str| listed(kept, name, before);
    let of = |all: &[contract::Choice]| -> Vec<Choice> {
        all.iter().map(|one| Choice::new(one.value.clone(), one.label.clone())).collect()
    };
    let rather = rather(
        (of(&data.sites), listed("sites", &now.sites)),
        (of(&data.clinicians), listed("clinicians", &now.clinicians)),
        listed("only_these", &now.only_these),
        kept,
    );
    let notices =
        words::patient::NOTICES.iter().map(|(days, label)| Choice::new(*days, *label)).collect::<Vec<_>>();
    let channels: Vec<Choice> = data
        .channels
        .iter()
        .map(|(code, address)| {
            let (label, hint) = words::patient::reach(code, address);
            Choice::new(code.clone(), label).hint(hint)
        })
        .collect();
    let first = data.channels.first().map_or(String::new(), |(code, _)| code.clone());
    let channel = if now.channel.is_empty() { first } else { now.channel };
    let notice = if now.notice.is_empty() { "1".to_owned() } else { now.notice };
    let reach = (!channels.is_empty()).then(|| {
        view! {
            <RadioGroup
                name="channel"
                label="How do we reach you best?"
                choices=channels
                value=kept.value("channel", &channel)
                error=kept.error("channel")
            />
        }
    });
    view! {
        {when(kept, (&now.weekdays, &now.parts), ("Which days suit?", "Tick none if any day will do"))}
        {rather}
        <RadioGroup
            name="notice"
            label="How soon could you come?"
            choices=notices
            value=kept.value("notice", &notice)
            error=kept.error("notice")
        />
        {reach}
    }
    .into_any()
}

/// What was ticked, else what stood there before: a comma list.
pub fn listed(kept: &Kept, name: &str, before: &str) -> Vec<String> {
    match kept.values.is_empty() {
        true => before.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        false => kept.values.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect(),
    }
}

/// Days of the week and parts of the day, with what is known of both; the words are those of the days.
pub fn when(
    kept: &Kept,
    (weekdays, parts): (&str, &str),
    (label, hint): (&'static str, &'static str),
) -> AnyView {
    let days = WEEKDAYS.iter().map(|(code, _, name)| Choice::new(*code, *name)).collect::<Vec<_>>();
    let times = vec![
        Choice::new("morning", "Mornings"),
        Choice::new("afternoon", "Afternoons"),
        Choice::new("evening", "Evenings"),
    ];
    view! {
        <CheckboxGroup
            name="weekdays"
            label
            hint
            choices=days
            values=listed(kept, "weekdays", weekdays)
            error=kept.error("weekdays")
            need=Need::Optional
        />
        <CheckboxGroup
            name="parts"
            label="Which times of day?"
            choices=times
            values=listed(kept, "parts", parts)
            error=kept.error("parts")
            need=Need::Optional
        />
    }
    .into_any()
}

/// Where and with whom they would rather be seen; asked where there is a choice.
fn rather(
    (sites, at): (Vec<Choice>, Vec<String>),
    (clinicians, with): (Vec<Choice>, Vec<String>),
    only: Vec<String>,
    kept: &Kept,
) -> AnyView {
    let is_asked = sites.len() > 1 || clinicians.len() > 1;
    let group = |name: &'static str, label: &'static str, all: Vec<Choice>, values: Vec<String>| {
        let error = kept.error(name);
        (all.len() > 1).then(|| {
            view! {
                <CheckboxGroup
                    name
                    label
                    hint="Tick none if it does not matter"
                    choices=all
                    values
                    error
                    need=Need::Optional
                />
            }
        })
    };
    let only = is_asked.then(|| {
        let choices = vec![Choice::new("1", "Offer me nothing else of these")];
        view! {
            <CheckboxGroup
                name="only_these"
                label="If another place or person is free sooner?"
                hint="Leave it empty and we prefer what you ticked, but may offer another"
                choices
                values=only
                need=Need::Optional
            />
        }
    });
    view! {
        {group("sites", "Where would you rather come?", sites, at)}
        {group("clinicians", "Whom would you rather see?", clinicians, with)}
        {only}
    }
    .into_any()
}

fn question(data: &WaitingForm, kept: &Kept) -> AnyView {
    let path = format!("/my/{}/waiting", data.referral);
    let is_on = data.now.is_some();
    let (title, label) = match is_on {
        true => ("Your place on the waiting list", "Save"),
        false => ("When could you come?", "Join the waiting list"),
    };
    let about = match &data.booked {
        Some(when) => format!(
            "You are booked for {when}, and you keep that time. When an earlier one comes free, we hold it for you and ask you."
        ),
        None => format!(
            "When a time comes free at {}, {}, we hold it for you and ask you. You keep your place, whatever you answer.",
            data.clinic, data.place
        ),
    };
    let off = is_on.then(|| {
        view! {
            <form method="post" action=format!("{path}/leave")>
                {marked()}
                <HiddenField name="key" value=fresh_key()/>
                <div class="app-actions"><Button label="Leave the waiting list" look=Look::Secondary/></div>
            </form>
        }
    });
    let content = view! {
        {back("Your referrals", "/my".to_owned())}
        <h1>{title}</h1>
        <p>{about}</p>
        <form method="post" action=path class="app-stack">
            {marked()}
            <HiddenField name="key" value=fresh_key()/>
            {controls(data, kept)}
            <div class="app-actions">
                <Button label/>
                <LinkButton label="Back" href="/my" look=Look::Link/>
            </div>
        </form>
        {off}
    };
    frame(Here::Below, kept, content.into_any())
}
