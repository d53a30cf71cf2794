//! Giving a booked time back, after a second thought.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::{AppointmentView, StatusView, TextInput};
use domain::reason::PATIENT_CANCELS;
use leptos::prelude::*;
use service::{booking, patient};
use tower_sessions::Session;

use super::frame::{Here, back, done, frame, fresh_key, id, sorry};
use crate::components::{Button, Choice, HiddenField, LinkButton, Look, Need, RadioGroup, SafeTextarea};
use crate::web::{Alive, Kept, Patient, Refused, Typed, Web, kept, page, refused_form};

/// The question and the act.
pub fn routes() -> Router<Web> {
    Router::new().route("/my/{referral}/cancel", get(show).post(cancel))
}

async fn show(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let view = patient::status(&web.desk, &patient.call, id(&referral)?).await?;
    let Some(visit) = view.appointment.clone().filter(|_| view.state == domain::referral::State::Booked)
    else {
        return sorry(&session, "/my", "There is no booked time to cancel.").await;
    };
    let kept = kept(&session, &format!("/my/{referral}/cancel")).await;
    Ok(page(&web, "Cancel your visit", Alive::Plain, move || cancel_view(&view, &visit, &kept)).await)
}

/// The patient. The time goes to somebody else; the referral keeps its place.
async fn cancel(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let input: TextInput = typed.read();
    let call = patient.keyed(typed.value("key"));
    match booking::cancel(&web.desk, &call, id(&referral)?, &input).await {
        Ok(()) => {
            let said = "Your time is cancelled. Thank you for telling us: somebody else can have it now.";
            done(&session, "/my", said.to_owned()).await
        }
        Err(error) => Ok(refused_form(&session, &format!("/my/{referral}/cancel"), &typed, error).await),
    }
}

fn cancel_view(view: &StatusView, visit: &AppointmentView, kept: &Kept) -> AnyView {
    let path = format!("/my/{}", view.referral);
    let reasons: Vec<Choice> = PATIENT_CANCELS.iter().map(|(code, said)| Choice::new(*code, *said)).collect();
    let content = view! {
        {back("Your referrals", "/my".to_owned())}
        <h1>"Cancel your visit?"</h1>
        <p>{format!("This cancels your visit on {} at {}, {}.", visit.when, view.clinic, view.place)}</p>
        <p>"You keep your place and can choose another time. If only the time is wrong, change it instead."</p>
        <p><LinkButton label="Change the time instead" href=format!("{path}/change") look=Look::Secondary/></p>
        <form method="post" action=format!("{path}/cancel")>
            <HiddenField name="key" value=fresh_key()/>
            <HiddenField name="version" value=view.version.to_string()/>
            <RadioGroup
                name="reason"
                label="Why can you not come?"
                hint="It helps the clinic. You do not have to say."
                choices=reasons
                value=kept.value("reason", "")
                error=kept.error("reason")
                need=Need::Optional
            />
            <SafeTextarea
                name="text"
                label="Anything else the clinic should know?"
                error=kept.error("text")
                value=kept.value("text", "")
                rows=3
                need=Need::Optional
                maxlength=2000
            />
            <div class="app-actions">
                <Button label="Cancel my visit" look=Look::Warning/>
                <LinkButton label="Keep it" href="/my" look=Look::Link/>
            </div>
        </form>
    };
    frame(Here::Below, kept, content.into_any())
}
