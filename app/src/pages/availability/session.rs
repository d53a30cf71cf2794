//! One weekly session: changed, or taken away, after what would become of booked visits was shown.

use contract::{LeavePreview, RulePage};
use leptos::prelude::*;

use super::forms::{SessionForm, session_form};
use super::leave::{PREVIEW, broken_visits};
use crate::components::{Button, Choice, HiddenField, LinkButton, Look, Notice, NoticeKind, RadioGroup};
use crate::pages::console::{key, to, with_query};
use crate::web::Kept;
use crate::words;

/// The session's form, filled in as it is, and the way to take it away.
pub fn session(data: &RulePage, kept: &Kept) -> AnyView {
    let form = SessionForm { action: path(data, ""), button: "Save the session", input: data.input.clone() };
    let back = with_query("/availability", &[("resource", &data.resource)]);
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                {format!(
                    "{} – {}, {}, with {}. All times are {}.",
                    data.line.service,
                    data.line.weekdays,
                    data.line.times,
                    data.name,
                    data.zone,
                )}
            </p>
            <LinkButton label="Back to the availability" href=back look=Look::Link />
            {preview(data, kept)}
            {session_form(&data.choices, kept, &form)}
            <form class="app-stack" method="post" action=path(data, "/remove")>
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="remove" />
                <h2>"Take the session away"</h2>
                <p>"Its times are no longer offered. Visits that are booked in it are shown before anything is saved."</p>
                <Button label="Take it away" look=Look::Warning />
            </form>
        </div>
    }
    .into_any()
}

fn path(data: &RulePage, act: &str) -> String {
    to(format!("/availability/{}/rules/{}{act}", data.resource, data.line.id))
}

/// Visits that would lie in no session, and what is to become of them.
fn preview(data: &RulePage, kept: &Kept) -> AnyView {
    let Ok(shown) = serde_json::from_str::<LeavePreview>(&kept.value(PREVIEW, "")) else {
        return ().into_any();
    };
    let is_removal = kept.value("form", "") == "remove";
    let action = path(data, if is_removal { "/remove" } else { "" });
    let touched = words::Touched::of(&shown.visits);
    let lines = broken_visits(&shown);
    let fields = kept
        .values
        .iter()
        .filter(|(name, _)| !["key", "seen", "visits_over", PREVIEW].contains(&name.as_str()))
        .map(|(name, value)| view! { <HiddenField name=name.clone() value=value.clone() /> })
        .collect_view();
    let over = words::OVER_VISITS.map(|(value, label)| Choice::new(value, label)).to_vec();
    let (title, becomes) = match shown.only_lists {
        true => (words::in_its_way(touched), words::then_listed(touched)),
        false => (words::would_strand(touched), words::held_go_back(touched)),
    };
    let becomes = becomes.into_iter().map(|said| view! { <p>{said}</p> }).collect_view();
    // There is something to decide only about booked visits, and for those who may cancel them.
    let over = match touched.booked > 0 && !shown.only_lists {
        true => view! {
            <RadioGroup
                name="visits_over"
                label="What becomes of the booked visits"
                choices=over
                value="keep".to_owned()
            />
        }
        .into_any(),
        false => view! { <HiddenField name="visits_over" value="keep" /> }.into_any(),
    };
    let button = if is_removal { "Take the session away" } else { "Save the session" };
    view! {
        <div id="preview">
            <Notice kind=NoticeKind::Warning title>
                <p>"Nothing is saved yet."</p>
                {lines}
                <form class="app-stack" method="post" action=action>
                    <HiddenField name="key" value=key() />
                    <HiddenField name="seen" value=shown.seen />
                    {fields}
                    {becomes}
                    {over}
                    <Button label=button look=Look::Warning />
                </form>
            </Notice>
        </div>
    }
    .into_any()
}
