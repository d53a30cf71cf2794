//! Emergency access: a reason and a fresh second factor open one patient's referrals, to be read, for an hour.

mod look;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{EmergencyInput, OpenEmergency};
use leptos::prelude::*;
use service::sign_in::{self, Asked};
use service::{ServiceError, emergency};
use tower_sessions::Session;

use crate::components::{
    Button, Card, HiddenField, Look, Meaning, PasskeyAct, PasskeyForm, SafeTextarea, TextField, TextKind,
    Width,
};
use crate::pages::console::{Console, Section, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, keys, page, refused_form};

const PATH: &str = "/emergency";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(open)).merge(look::routes())
}

/// Staff.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let open = emergency::mine(&web.desk, &staff.call).await?;
    let to_review = emergency::waiting_for(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Emergency, &kept);
    let can_have_passkeys = sign_in::has_passkeys(&web.desk);
    let view = move || console.page("Emergency access", body(&open, to_review, can_have_passkeys, &kept));
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
    let call = staff.keyed(typed.value("key"));
    let answer = typed.value("credential");
    let opened = if answer.is_empty() {
        emergency::open(&web.desk, &call, &input).await
    } else {
        // Each question is good for one answer.
        match session.remove::<Asked>(keys::PASSKEY).await.map_err(broken)? {
            Some(asked) => emergency::open_with_passkey(&web.desk, &call, &input, &asked, answer).await,
            None => Err(sign_in::no_passkey()),
        }
    };
    match opened {
        Ok(id) => Ok(Redirect::to(&format!("{PATH}/{id}")).into_response()),
        Err(error) => Ok(refused_form(&session, PATH, &typed, error).await),
    }
}

/// What others opened and whoever reads this is to review.
fn review_card(waiting: usize) -> AnyView {
    let said = match waiting {
        0 => return ().into_any(),
        1 => "1 access waits for your review".to_owned(),
        more => format!("{more} accesses wait for your review"),
    };
    view! {
        <Card title=said meaning=Meaning::Attention>
            <p>
                <a href="/admin/emergencies">"Review them"</a>
            </p>
        </Card>
    }
    .into_any()
}

fn broken(error: tower_sessions::session::Error) -> Refused {
    Refused(ServiceError::Broken(error.to_string()))
}

fn body(open: &[OpenEmergency], to_review: usize, can_have_passkeys: bool, kept: &Kept) -> AnyView {
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
    let passkey = can_have_passkeys.then(|| {
        view! {
            <div class="app-stack" id="f-passkey">
                {kept.error("passkey").map(|words| view! { <p class="app-late">{words}</p> })}
                <PasskeyForm
                    act=PasskeyAct::Get
                    action=PATH
                    options="/sign-in/passkey/options"
                    along="open-emergency"
                >
                    <Button label="Open it with a passkey instead of a code" look=Look::Secondary />
                </PasskeyForm>
            </div>
        }
    });
    view! {
        <div class="app-stack app-stack--loose">
            {review_card(to_review)} {mine}
            <p class="app-lead">
                "When a patient is in danger and you cannot see their referral otherwise, open it here. You can read it for one "
                "hour, and change nothing."
            </p>
            <ul>
                <li>"The patient is told at once, and sees your name."</li>
                <li>"Whoever answers for privacy is told at once, and reviews it."</li>
                <li>"Each page and document that you open is written down."</li>
            </ul>
            <form class="app-stack" method="post" action=PATH id="open-emergency">
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
            {passkey}
        </div>
    }
    .into_any()
}
