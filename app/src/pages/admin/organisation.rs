//! The organisation: its name, clocks and holidays, and the history of all that administrators changed.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::{OrganisationForm, OrganisationInput};
use domain::language;
use leptos::prelude::*;
use service::admin;
use tower_sessions::Session;

use super::shared::{self, Then};
use crate::components::{
    Button, Choice, HiddenField, Level, Need, SafeTextarea, SelectField, TextField, TextKind, Width,
};
use crate::pages::console::{Console, Section, choices, key};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};

const PATH: &str = "/admin/organisation";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(save)).route("/admin/history", get(history))
}

/// Administrators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(then): Query<Then>,
) -> Result<Response, Refused> {
    let data = admin::organisation_form(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "The organisation";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, form(&data, &then, &kept))).await)
}

/// Administrators. Changes the organisation and writes down what was changed.
async fn save(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let input: OrganisationInput = typed.read();
    let saved = admin::save_organisation(&web.desk, &call, &input, &shared::durations(&typed)).await;
    shared::saved(&session, PATH, "/admin", &typed, saved, "The organisation is saved.").await
}

/// Administrators: the newest changes of everything.
async fn history(State(web): State<Web>, staff: Staff) -> Result<Response, Refused> {
    let lines = admin::history(&web.desk, &staff.call).await?;
    let console = Console::new(&staff, Section::Administration, &Kept::default());
    let title = "What was changed";
    Ok(page(&web, title, Alive::Plain, move || {
        console.page(title, shared::changes_under(&lines, Level::Two))
    })
    .await)
}

/// The commoner languages that are written, and the one that is chosen.
fn languages(chosen: &str) -> Vec<Choice> {
    let written = language::NAMED.iter().filter(|(tag, _)| *tag != "bfi");
    let mut all: Vec<Choice> = written.map(|(tag, name)| Choice::new(*tag, *name)).collect();
    if !chosen.is_empty() && all.iter().all(|choice| choice.value != chosen) {
        all.push(Choice::new(chosen, language::name(chosen)));
    }
    all
}

fn form(data: &OrganisationForm, then: &Then, kept: &Kept) -> AnyView {
    let input = &data.input;
    let text = |name: &'static str, otherwise: &str| kept.value(name, otherwise);
    view! {
        <div class="app-stack app-stack--loose">
            <form class="app-stack" method="post" action=PATH>
                <HiddenField name="key" value=key() />
                {then.field(kept)}
                <TextField name="name" label="Name" value=text("name", &input.name) error=kept.error("name") />
                <TextField
                    name="phone"
                    label="Phone for patients"
                    kind=TextKind::Telephone
                    need=Need::Optional
                    value=text("phone", &input.phone)
                    error=kept.error("phone")
                />
                <TextField
                    name="zone"
                    label="Time zone"
                    hint="For example, Europe/London"
                    value=text("zone", &input.zone)
                    error=kept.error("zone")
                />
                <SelectField
                    name="language"
                    label="Language of messages to patients"
                    hint="Where a message is not written in the patient’s own language. Without your words in it, English"
                    choices=languages(&input.language)
                    value=text("language", &input.language)
                    error=kept.error("language")
                />
                <SafeTextarea
                    name="holidays"
                    label="Days on which nobody works"
                    hint="One a line, like 25 12 2026. Clocks skip them, and weekends"
                    rows=6
                    maxlength=5000
                    need=Need::Optional
                    value=text("holidays", &input.holidays)
                    error=kept.error("holidays")
                />
                <TextField
                    name="approve_many_above"
                    label="How many patients may one person write to at once?"
                    hint="A message to more of them needs a second person who agrees. 0: always"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=text("approve_many_above", &input.approve_many_above)
                    error=kept.error("approve_many_above")
                />
                {shared::escalate(
                    &data.people,
                    "Who is told when something stays overdue",
                    "The first administrator",
                    &input.escalate_to,
                    kept,
                )}
                <SelectField
                    name="privacy_contact"
                    label="Who is told of emergency access"
                    hint="They may also review it"
                    choices=choices(&data.people)
                    need=Need::Optional
                    empty="Every administrator"
                    value=text("privacy_contact", &input.privacy_contact)
                    error=kept.error("privacy_contact")
                />
                {shared::clocks(&data.clocks, kept)}
                <div class="app-actions">
                    <Button label="Save the organisation" />
                    <a href="/admin">"Back without saving"</a>
                </div>
            </form>
            {shared::history("organisation", &data.changes)}
        </div>
    }
    .into_any()
}
