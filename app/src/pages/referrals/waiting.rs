//! Staff put somebody on the waiting list, say what they wish, or take them off.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::WaitingForm;
use domain::ReferralId;
use leptos::prelude::*;
use service::booking::waitlist;
use tower_sessions::Session;

use crate::components::{Button, HiddenField, Look};
use crate::pages::console::{Console, Section, id, key, outcome, to};
use crate::pages::patient::waiting::{controls, input};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/referrals/{id}/waiting", get(show).post(join))
        .route("/referrals/{id}/waiting/leave", post(leave))
}

/// The receiving side.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let data = waitlist::form(&web.desk, &staff.call, id(&referral)?).await?;
    let kept = kept(&session, &format!("/referrals/{}/waiting", data.referral)).await;
    let console = Console::new(&staff, Section::Board, &kept);
    let view = move || console.page("Waiting list for other times", body(&data, &kept));
    Ok(page(&web, "Waiting list", Alive::Plain, view).await)
}

/// The receiving side. What is free now has not been shown to the patient: it may be offered at once.
async fn join(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let result = waitlist::join(&web.desk, &staff.keyed(typed.value("key")), referral, &input(&typed)).await;
    let path = match &result {
        Ok(()) => format!("/referrals/{referral}"),
        Err(_) => format!("/referrals/{referral}/waiting"),
    };
    outcome(&session, &path, &typed, result, "On the waiting list.").await
}

/// The receiving side. A time that the list holds for them goes back.
async fn leave(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let result = waitlist::leave(&web.desk, &staff.keyed(typed.value("key")), referral).await;
    outcome(&session, &format!("/referrals/{referral}"), &typed, result, "Off the waiting list.").await
}

fn body(data: &WaitingForm, kept: &Kept) -> AnyView {
    let path = format!("/referrals/{}/waiting", data.referral);
    let about = match &data.booked {
        Some(when) => format!("Booked for {when}: kept until an earlier time is taken."),
        None => "Times that come free are held for them and offered, the most urgent first.".to_owned(),
    };
    let is_on = data.now.is_some();
    let label = if is_on { "Save" } else { "Put on the waiting list" };
    let off = is_on.then(|| {
        view! {
            <form method="post" action=to(format!("{path}/leave"))>
                <HiddenField name="key" value=key() />
                <Button label="Take off the waiting list" look=Look::Warning />
            </form>
        }
    });
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{format!("{}, {} · {}", data.clinic, data.place, data.reference)}</p>
            <p>{about}</p>
            <form class="app-stack" method="post" action=to(path.clone())>
                <HiddenField name="key" value=key() />
                {controls(data, kept)}
                <div class="app-actions">
                    <Button label />
                </div>
            </form>
            {off}
            <p>
                <a href=to(format!("/referrals/{}", data.referral))>"Back to the referral"</a>
            </p>
        </div>
    }
    .into_any()
}
