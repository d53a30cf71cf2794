//! What the patient needs at a visit, and when they like to come.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::{WishesForm, WishesInput};
use domain::language;
use leptos::prelude::*;
use service::booking::wishes;
use tower_sessions::Session;

use super::frame::{Here, back, done, frame, fresh_key, id, marked, sorry};
use super::waiting::{listed, when};
use crate::components::{Button, CheckboxGroup, Choice, HiddenField, LinkButton, Look, Need, SelectField};
use crate::web::{Alive, Kept, Patient, Refused, Typed, Web, kept, page, refused_form};

/// Days that are liked best, with what that means.
const DAYS: (&str, &str) =
    ("Which days suit best?", "Tick none if any day will do. Other days are offered too, further down");

pub fn routes() -> Router<Web> {
    Router::new().route("/my/{referral}/wishes", get(show).post(note))
}

async fn show(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let data = wishes::form(&web.desk, &patient.call, id(&referral)?).await?;
    if !data.may_change {
        return sorry(&session, "/my", "This referral is over. Nothing about visits can be changed.").await;
    }
    let kept = kept(&session, &format!("/my/{referral}/wishes")).await;
    Ok(page(&web, "What you need", Alive::Plain, move || question(&data, &kept)).await)
}

/// The patient. Times are looked for with it from now on.
async fn note(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = patient.keyed(typed.value("key"));
    match wishes::note(&web.desk, &call, id(&referral)?, &input(&typed)).await {
        Ok(()) => {
            let said = "Thank you. We look for times with that from now on.";
            done(&session, "/my", said.to_owned()).await
        }
        Err(error) => Ok(refused_form(&session, &format!("/my/{referral}/wishes"), &typed, error).await),
    }
}

/// What the form says; days and times of day can be sent several times.
pub fn input(typed: &Typed) -> WishesInput {
    WishesInput { weekdays: typed.joined("weekdays"), parts: typed.joined("parts"), ..typed.read() }
}

/// The controls, as the patient and the staff get them.
pub fn controls(now: &WishesInput, kept: &Kept) -> AnyView {
    let mut languages: Vec<Choice> =
        language::NAMED.iter().map(|(tag, name)| Choice::new(*tag, *name)).collect();
    if !now.language.is_empty() && !language::NAMED.iter().any(|(tag, _)| *tag == now.language) {
        languages.push(Choice::new(now.language.clone(), language::name(&now.language)));
    }
    let steps = vec![Choice::new("1", "I cannot manage steps")];
    view! {
        <SelectField
            name="language"
            label="Which language is easiest?"
            hint="Times with somebody who speaks it come first"
            choices=languages
            need=Need::Optional
            empty="No matter"
            value=kept.value("language", &now.language)
            error=kept.error("language")
        />
        <CheckboxGroup
            name="step_free"
            label="Getting in"
            hint="Then only places without steps are offered"
            choices=steps
            values=listed(kept, "step_free", &now.step_free)
            need=Need::Optional
        />
        {when(kept, (&now.weekdays, &now.parts), DAYS)}
    }
    .into_any()
}

fn question(data: &WishesForm, kept: &Kept) -> AnyView {
    let content = view! {
        {back("Your referrals", "/my".to_owned())}
        <h1>"What you need at a visit"</h1>
        <p>{format!("For your visit at {}. The clinic sees it, and looks for times that fit.", data.clinic)}</p>
        <form method="post" action=format!("/my/{}/wishes", data.referral) class="app-stack">
            {marked()}
            <HiddenField name="key" value=fresh_key()/>
            {controls(&data.now, kept)}
            <div class="app-actions">
                <Button label="Save"/>
                <LinkButton label="Back" href="/my" look=Look::Link/>
            </div>
        </form>
    };
    frame(Here::Below, kept, content.into_any())
}
