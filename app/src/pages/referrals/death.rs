//! Staff of either side record that the patient has died, or that this was a mistake.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{DeathForm, DeathInput, DiedView};
use domain::ReferralId;
use leptos::prelude::*;
use service::deaths;
use tower_sessions::Session;

use crate::components::{
    Button, CheckboxGroup, Choice, DateField, DateParts, HiddenField, Look, Need, Notice, NoticeKind,
    SafeTextarea,
};
use crate::pages::console::{Console, Section, id, key, outcome, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};

const TITLE: &str = "The patient has died";

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/referrals/{id}/death", get(show).post(record))
        .route("/referrals/{id}/death/undo", post(undo))
}

/// Both sides.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let data = deaths::form(&web.desk, &staff.call, id(&referral)?).await?;
    let kept = kept(&session, &format!("/referrals/{}/death", data.referral)).await;
    let console = Console::new(&staff, Section::Worklist, &kept);
    Ok(page(&web, TITLE, Alive::Plain, move || console.page(TITLE, body(&data, &kept))).await)
}

/// Both sides. Ends all that waits for the patient.
async fn record(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let input: DeathInput = typed.read();
    let result = deaths::record(&web.desk, &staff.keyed(typed.value("key")), referral, &input).await;
    let said = "Recorded. Nothing is sent to them any more, and what was booked is cancelled.";
    outcome(&session, &back(referral, result.is_ok()), &typed, result, said).await
}

/// Both sides. The patient lives.
async fn undo(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let call = staff.keyed(typed.value("key"));
    let result = deaths::undo(&web.desk, &call, referral, typed.value("why")).await;
    let said =
        "Taken back. What was cancelled does not come back by itself: somebody is asked to call the patient.";
    outcome(&session, &back(referral, result.is_ok()), &typed, result, said).await
}

fn back(referral: ReferralId, is_done: bool) -> String {
    if is_done { format!("/referrals/{referral}") } else { format!("/referrals/{referral}/death") }
}

fn body(data: &DeathForm, kept: &Kept) -> AnyView {
    let form = match (&data.died, data.may_change) {
        (Some(died), may_change) => recorded(data, died, may_change, kept),
        (None, true) => to_record(data, kept),
        (None, false) => view! {
            <Notice kind=NoticeKind::Info title="You cannot record it here">
                <p>"Whoever treats the patient, or referred them, can."</p>
            </Notice>
        }
        .into_any(),
    };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{data.patient.clone()}</p>
            {form}
            <p>
                <a href=to(format!("/referrals/{}", data.referral))>"Back to the referral"</a>
            </p>
        </div>
    }
    .into_any()
}

fn counted(count: usize, one: &str, several: &str) -> String {
    match count {
        0 => format!("no {several}"),
        1 => format!("1 {one}"),
        count => format!("{count} {several}"),
    }
}

fn to_record(data: &DeathForm, kept: &Kept) -> AnyView {
    let ends = format!(
        "It ends at once: {} to be sent or printed, {} to come, and every offer, place on a waiting list, reminder and survey. \
         {} given to a person each, who sees what is left to do.",
        counted(data.unsent, "message", "messages"),
        counted(data.visits, "visit", "visits"),
        match data.referrals {
            1 => "1 open referral is".to_owned(),
            count => format!("{count} open referrals are"),
        },
    );
    let ticked = Some(kept.value("sure", "")).filter(|ticked| !ticked.is_empty()).into_iter().collect();
    let day = DateParts {
        day: kept.value("died_day", ""),
        month: kept.value("died_month", ""),
        year: kept.value("died_year", ""),
    };
    view! {
        <form method="post" action=to(format!("/referrals/{}/death", data.referral)) class="app-stack">
            <HiddenField name="key" value=key()/>
            <p>{ends}</p>
            <p>"Nobody of the family is written to. If it was a mistake, it can be taken back; what was cancelled stays cancelled."</p>
            <DateField
                name="died"
                label="When did they die?"
                hint="Like 31 3 2026. Leave it empty if it is not known"
                need=Need::Optional
                value=day
                error=kept.error("died")
            />
            <CheckboxGroup
                name="sure"
                label="Is it this person?"
                choices=vec![Choice::new("yes", format!("Yes, {} has died", data.patient))]
                values=ticked
                error=kept.error("sure")
            />
            <Button label="Record it" look=Look::Warning/>
        </form>
    }
    .into_any()
}

fn recorded(data: &DeathForm, died: &DiedView, may_change: bool, kept: &Kept) -> AnyView {
    let on = if died.on.is_empty() { String::new() } else { format!("They died on {}. ", died.on) };
    let by = match died.recorded.as_str() {
        "" => "It came with their record.".to_owned(),
        recorded => format!("Recorded {recorded}."),
    };
    let undo = may_change.then(|| {
        view! {
            <form method="post" action=to(format!("/referrals/{}/death/undo", data.referral)) class="app-stack">
                <HiddenField name="key" value=key()/>
                <SafeTextarea
                    name="why"
                    label="Entered in error: how do you know that they live?"
                    rows=3
                    maxlength=500
                    value=kept.value("why", "")
                    error=kept.error("why")
                />
                <Button label="Take it back" look=Look::Secondary/>
            </form>
        }
    });
    view! {
        <p>{format!("{on}{by}")}</p>
        {undo}
    }
    .into_any()
}
