//! Sessions from a calendar file: chosen, looked at, and then taken in.

use contract::{HoursPage, HoursPreview};
use leptos::prelude::*;

use crate::components::{
    Button, Column, DataTable, FileField, HiddenField, LinkButton, Look, Row, SelectField, TextField,
    TextKind, Width,
};
use crate::pages::console::{choices, key, to, with_query};
use crate::web::Kept;
use crate::words;

/// Under this name the preview is kept for the page.
pub const PREVIEW: &str = "hours-preview";

/// The form for a file, and what is in the one that was chosen.
pub fn hours(data: &HoursPage, kept: &Kept) -> AnyView {
    let back = with_query("/availability", &[("resource", &data.resource)]);
    let only = if data.services.len() == 1 { data.services[0].value.clone() } else { String::new() };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                {format!("Weekly sessions for {}, from a file that says when somebody is available.", data.name)}
            </p>
            <LinkButton label="Back to the availability" href=back look=Look::Link />
            {preview(data, kept)}
            <form
                class="app-stack"
                method="post"
                action=to(format!("/availability/{}/hours/look", data.resource))
                enctype="multipart/form-data"
            >
                <HiddenField name="key" value=key() />
                <SelectField
                    name="service"
                    label="Service"
                    choices=choices(&data.services)
                    value=kept.value("service", &only)
                    error=kept.error("service")
                />
                <TextField
                    name="slot_min"
                    label="Minutes of one visit"
                    hint="The file does not say how long a visit is"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=kept.value("slot_min", "30")
                    error=kept.error("slot_min")
                />
                <FileField
                    name="file"
                    label="Calendar file"
                    hint="An .ics file with available hours (VAVAILABILITY), such as “These hours as a calendar file” gives"
                    accept=".ics,text/calendar"
                    error=kept.error("file")
                />
                <Button label="Look at its sessions" />
            </form>
        </div>
    }
    .into_any()
}

fn preview(data: &HoursPage, kept: &Kept) -> AnyView {
    let Ok(shown) = serde_json::from_str::<HoursPreview>(&kept.value(PREVIEW, "")) else {
        return ().into_any();
    };
    // A column in which nothing stands would only make the others narrow.
    let has_notes = shown.sessions.iter().any(|rule| !words::session_notes(rule).is_empty());
    let columns = ["Service", "Days", "Times", "Visits", "Valid", "Also"];
    let columns: Vec<_> =
        columns.into_iter().filter(|name| has_notes || *name != "Also").map(Column::new).collect();
    let rows = shown
        .sessions
        .iter()
        .map(|rule| {
            let cells = [
                rule.service.clone(),
                rule.weekdays.clone(),
                rule.times.clone(),
                words::visits(rule),
                rule.valid.clone(),
                words::session_notes(rule).join(". "),
            ];
            let shown = if has_notes { 6 } else { 5 };
            Row::text(cells.into_iter().take(shown))
        })
        .collect();
    let list = |title: &'static str, lines: &[String]| {
        let lines = lines.iter().map(|line| view! { <li>{line.clone()}</li> }).collect::<Vec<_>>();
        (!lines.is_empty()).then(|| {
            view! {
                <h3>{title}</h3>
                <ul>{lines}</ul>
            }
        })
    };
    let (closed, away) = (
        list("Days on which one of them does not take place", &shown.closed),
        list("Leave: visits that are booked then stay booked and are listed", &shown.away),
    );
    view! {
        <section class="app-card app-stack" id="preview">
            <h2>{words::sessions_in_file(shown.sessions.len())}</h2>
            <p>"Nothing is saved yet."</p>
            <DataTable caption="Sessions in the file" columns rows />
            {closed}
            {away}
            <form method="post" action=to(format!("/availability/{}/hours", data.resource))>
                <HiddenField name="key" value=key() />
                <HiddenField name="service" value=kept.value("service", "") />
                <HiddenField name="slot_min" value=kept.value("slot_min", "") />
                <HiddenField name="hours" value=shown.hours />
                <Button label="Add these sessions" />
            </form>
        </section>
    }
    .into_any()
}
