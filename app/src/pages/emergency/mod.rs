//! Emergency access: a reason and a fresh second factor open one patient's referrals, to be read, for an hour.

mod look;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{EmergencyInput, OpenEmergency};
use leptos::prelude::*;
use service::emergency;
use tower_sessions::Session;

use crate::components::{Button, Card, HiddenField, Look, Meaning, SafeTextarea, TextField, TextKind, Width};
use crate::pages::console::{Console, Section, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page, refused_form};

const PATH: &str = "/emergency";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(open)).merge(look::routes())
}

/// Staff.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let open = emergency::mine(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Emergency, &kept);
    let view = move || console.page("Emergency access", body(&open, &kept));
    Ok(page(&web, "Emergency access", Alive::Plain, view).await)
}

/// Staff of an organisation on either side of a referral that they could not see otherwise. The patient and the privacy contact
/// are told, every look is recorded as one in an emergency, and the access is reviewed.
async fn open(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let input: EmergencyInput = typed.read();
    match emergency::open(&web.desk, &staff.keyed(typed.value("key")), &input).await {
        Ok(id) => Ok(Redirect::to(&format!("{PATH}/{id}")).into_response()),
        Err(error) => Ok(refused_form(&session, PATH, &typed, error).await),
    }
}

fn body(open: &[OpenEmergency], kept: &Kept) -> AnyView {
    let links: Vec<_> = open
        .iter()
        .map(|access| {
            view! {
                <li>
                    <a href=to(format!("{PATH}/{}", access.referral))>{access.reference.clone()}</a>
                    {format!(" until {}", access.until)}
                </li>
            }
        })
        .collect();
    let mine = (!open.is_empty()).then(|| {
        view! {
            <Card title="Open now" meaning=Meaning::Attention>
                <ul>{links}</ul>
            </Card>
        }
    });
    view! {
        <div class="app-stack app-stack--loose">
            {mine}
            <p class="app-lead">
                "When a patient is in danger and you cannot see their referral otherwise, open it here. You can read it for one "
                "hour, and change nothing."
            </p>
            <ul>
                <li>"The patient is told at once, and sees your name."</li>
                <li>"Whoever answers for privacy is told at once, and reviews it."</li>
                <li>"Each page and document that you open is written down."</li>
            </ul>
            <form class="app-stack" method="post" action=PATH>
                <HiddenField name="key" value=key() />
                <TextField
                    name="which"
                    label="Reference or NHS number"
                    hint="Like WM-7K3Q-92PD, or ten digits"
                    width=Width::Medium
                    autocomplete="off"
                    value=kept.value("which", "")
                    error=kept.error("which")
                />
                <SafeTextarea
                    name="reason"
                    label="Why do you need to look?"
                    rows=3
                    maxlength=1000
                    value=kept.value("reason", "")
                    error=kept.error("reason")
                />
                <TextField
                    name="code"
                    label="Code"
                    hint="The six digits of your authenticator, or a recovery code"
                    kind=TextKind::Code
                    width=Width::Medium
                    error=kept.error("code")
                />
                <Button label="Open it for one hour" look=Look::Warning />
            </form>
        </div>
    }
    .into_any()
}
