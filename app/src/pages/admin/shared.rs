//! What the administrators' forms share.

use axum::response::Response;
use contract::{ChangeLine, ClockField};
use leptos::prelude::*;
use serde::Deserialize;
use service::ServiceError;
use tower_sessions::Session;

use crate::components::{
    Column, DataTable, Density, Empty, HiddenField, Level, Need, Row, SelectField, TextField, TextKind, Width,
};
use crate::pages::console::{choices, done};
use crate::web::{Kept, Refused, Typed, refused_form};
use crate::words;

/// Names of the clocks' controls begin so.
const CLOCK: &str = "clock-";

/// Where a form leads when it was reached from setting up, as kept in its address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Then {
    pub then: String,
    /// The role that a new colleague shall have.
    pub role: String,
}

impl Then {
    /// Carries it on through the form; one that was refused brings it back.
    pub fn field(&self, kept: &Kept) -> AnyView {
        let then = kept.value("then", &self.then);
        (then == "setup").then(|| view! { <HiddenField name="then" value="setup" /> }).into_any()
    }
}

/// After saving: the list with a word of success, or the form with what is wrong.
pub async fn saved<T>(
    session: &Session,
    form: &str,
    after: &str,
    typed: &Typed,
    result: Result<T, ServiceError>,
    message: &str,
) -> Result<Response, Refused> {
    let after = if typed.value("then") == "setup" { super::setup::PATH } else { after };
    match result {
        Ok(_) => done(session, after, message).await,
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict(_))) => {
            Ok(refused_form(session, form, typed, error).await)
        }
        Err(other) => Err(other.into()),
    }
}

/// Who is told of what is overdue: chosen from people, with the words of who it is otherwise.
pub fn escalate(
    people: &[contract::Choice],
    label: &'static str,
    otherwise: &'static str,
    value: &str,
    kept: &Kept,
) -> AnyView {
    view! {
        <SelectField
            name="escalate_to"
            label
            choices=choices(people)
            need=Need::Optional
            empty=otherwise
            value=kept.value("escalate_to", value)
            error=kept.error("escalate_to")
        />
    }
    .into_any()
}

/// What was changed about something that is there; nothing for a new one.
pub fn history(id: &str, lines: &[ChangeLine]) -> AnyView {
    if id.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="app-stack">
            <h2>"What was changed"</h2>
            {changes(lines)}
        </section>
    }
    .into_any()
}

/// The clocks that a form sent: name and days.
pub fn durations(typed: &Typed) -> Vec<(String, String)> {
    typed
        .pairs
        .iter()
        .filter_map(|(name, days)| Some((name.strip_prefix(CLOCK)?.to_owned(), days.clone())))
        .collect()
}

/// The controls of all clocks behind one button.
pub fn clocks(fields: &[ClockField], kept: &Kept) -> AnyView {
    let is_wrong = kept.errors.iter().any(|error| error.field.starts_with(CLOCK));
    let is_set = fields.iter().any(|field| !field.days.is_empty());
    let controls: Vec<_> = fields
        .iter()
        .map(|field| {
            let name = format!("{CLOCK}{}", field.name);
            view! {
                <TextField
                    name=name.clone()
                    label=words::duration(&field.name)
                    hint=format!("{} when empty", field.otherwise)
                    kind=TextKind::Digits
                    width=Width::Short
                    need=Need::Optional
                    value=kept.value(&name, &field.days)
                    error=kept.error(&name)
                />
            }
        })
        .collect();
    view! {
        <details class="app-filters" open=is_wrong || is_set>
            <summary class="app-filters__summary">"Clocks, in working days"</summary>
            <div class="app-filters__fields">{controls}</div>
        </details>
    }
    .into_any()
}

/// What was changed, newest first.
pub fn changes(lines: &[ChangeLine]) -> AnyView {
    changes_under(lines, Level::Three)
}

/// The same where the heading above is of another level.
pub fn changes_under(lines: &[ChangeLine], level: Level) -> AnyView {
    if lines.is_empty() {
        return view! {
            <Empty title="Nothing has been changed yet" level>
                <p>"Every change of settings is kept here: who, when, what it was and what it is now."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = lines
        .iter()
        .map(|line| {
            let shown = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
            Row::new(vec![
                line.when.clone().into_any(),
                line.who.clone().into_any(),
                format!("{}, {}", words::set_thing(&line.entity, &line.what), words::setting(&line.field))
                    .into_any(),
                shown(&line.before).into_any(),
                shown(&line.after).into_any(),
            ])
        })
        .collect();
    let columns = ["When", "Who", "What", "Before", "After"].map(Column::new).to_vec();
    view! { <DataTable caption="What was changed, the newest first" columns rows density=Density::Dense /> }
        .into_any()
}
