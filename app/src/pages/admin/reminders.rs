//! What a service reminds its patients of, with a preview of when.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::{RemindedLine, ReminderInput, RemindersInput, RemindersPage};
use domain::ServiceId;
use domain::delivery::Channel;
use domain::reminders::MOST_STEPS;
use leptos::prelude::*;
use serde::Deserialize;
use service::admin;
use tower_sessions::Session;

use super::rules::path_of;
use crate::components::{
    Button, CheckboxGroup, Choice, HiddenField, Look, Need, SelectField, TextField, TextKind, Width,
};
use crate::pages::console::{Console, Section, done, id, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page, refused_form};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new().route("/admin/services/{id}/reminders", get(show).post(save))
}

/// The visit of the preview, as kept in the URL.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Visit {
    day: String,
    time: String,
}

fn address(service: &str) -> String {
    format!("/admin/services/{service}/reminders")
}

/// Administrators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(service): Path<String>,
    Query(visit): Query<Visit>,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let data = admin::reminders_page(&web.desk, &staff.call, service, (&visit.day, &visit.time)).await?;
    let kept = kept(&session, &address(&service.to_string())).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = format!("{}: reminders", data.service);
    let view = move || console.page(title.clone(), body(&data, &path_of(service), &kept));
    Ok(page(&web, "Reminders", Alive::Plain, view).await)
}

/// Administrators. Sets the reminders; visits to come are planned anew.
async fn save(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(service): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let path = address(&service.to_string());
    let call = staff.keyed(typed.value("key"));
    match admin::save_reminders(&web.desk, &call, service, &input(&typed)).await {
        Ok(()) => {
            done(&session, &path, "The reminders are set. Visits that are booked are planned anew by them.")
                .await
        }
        Err(error) => Ok(refused_form(&session, &path, &typed, error).await),
    }
}

/// The form as typed: the steps by their place in it.
fn input(typed: &Typed) -> RemindersInput {
    let step = |place: usize| {
        let value = |part: &str| typed.value(&format!("step-{place}-{part}")).to_owned();
        let how = typed.joined(&format!("step-{place}-how"));
        let ticked = |what: &str| if how.split(',').any(|one| one == what) { "1" } else { "" }.to_owned();
        ReminderInput {
            code: value("code"),
            days: value("days"),
            at: value("at"),
            hours: value("hours"),
            by: value("by"),
            unconfirmed: ticked("unconfirmed"),
            ask_confirm: ticked("ask_confirm"),
            say_cost: ticked("say_cost"),
        }
    };
    RemindersInput { steps: (0..=MOST_STEPS).map(step).collect(), ..typed.read() }
}

fn body(data: &RemindersPage, back: &str, kept: &Kept) -> AnyView {
    let usual = data
        .is_usual
        .then(|| view! { <p>"These are the product’s own. Change them to make them yours."</p> });
    let steps: Vec<_> = (0..=data.input.steps.len().min(MOST_STEPS - 1))
        .map(|place| step(place, data.input.steps.get(place), kept))
        .collect();
    let input = &data.input;
    let number = |name: &'static str, label: &'static str, hint: &'static str, stored: &str| {
        view! {
            <TextField
                name
                label
                hint
                kind=TextKind::Plain
                width=Width::Short
                need=Need::Optional
                value=kept.value(name, stored)
                error=kept.error(name)
                maxlength=40
            />
        }
    };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                "A booking is confirmed at once. Before the visit the patient is reminded as you set it here, never at night, and not of what has passed when it is booked."
            </p>
            {usual}
            {preview(data)}
            <form class="app-stack" method="post" action=to(address(&data.id))>
                <HiddenField name="key" value=key() />
                <HiddenField name="whole" value="1" />
                <h2>"Before the visit"</h2>
                {steps}
                {number("missed_cost", "What a missed visit costs", "As the message says it, like “about £160”. Said only where you ask for it above", &input.missed_cost)}
                <h2>"When nobody answers"</h2>
                <p>"Silence never takes anybody off a list. After the last message a colleague is asked to call."</p>
                {number("choose_time_days", "No time was chosen: ask again after so many days", "Like 3, 7, 14. Empty: not by itself", &input.choose_time_days)}
                {number("documents_days", "Something is missing: ask again after so many days", "Like 3, 7. Empty: not by itself", &input.documents_days)}
                {number("still_needed_weeks", "Ask whoever waits whether they still need it, every so many weeks", "Empty: never", &input.still_needed_weeks)}
                <h2>"After the visit"</h2>
                {number("missed_days", "Somebody did not come: offer another time after so many days, once", "0: at once. Empty: never", &input.missed_days)}
                {number("survey_days", "Ask how it was, so many days after the referral is closed", "0: at once. Empty: never", &input.survey_days)}
                <div class="app-actions"><Button label="Set the reminders" /></div>
            </form>
            <p><a href=to(back.to_owned())>"What this service asks"</a></p>
        </div>
    }
    .into_any()
}

fn step(place: usize, stored: Option<&ReminderInput>, kept: &Kept) -> AnyView {
    let name = |part: &str| format!("step-{place}-{part}");
    let stored_value = |of: fn(&ReminderInput) -> &String| stored.map(of).cloned().unwrap_or_default();
    let value = |part: &str, of: fn(&ReminderInput) -> &String| kept.value(&name(part), &stored_value(of));
    let how = name("how");
    let ticked: Vec<String> = match (kept.values.is_empty(), stored) {
        (true, Some(step)) => [
            ("unconfirmed", &step.unconfirmed),
            ("ask_confirm", &step.ask_confirm),
            ("say_cost", &step.say_cost),
        ]
        .into_iter()
        .filter(|(_, is)| *is == "1")
        .map(|(code, _)| code.to_owned())
        .collect(),
        (true, None) => vec!["ask_confirm".to_owned()],
        (false, _) => {
            kept.values.iter().filter(|(key, _)| *key == how).map(|(_, value)| value.clone()).collect()
        }
    };
    let choices = vec![
        Choice::new("unconfirmed", "Only to those who have not said that they are coming"),
        Choice::new("ask_confirm", "Asks whether they are coming"),
        Choice::new("say_cost", "Says what a missed visit costs"),
    ];
    let ways = [Channel::Sms, Channel::Email, Channel::Letter]
        .map(|way| Choice::new(way.code(), words::channel(way.code())))
        .to_vec();
    let legend = match stored {
        Some(_) => format!("Reminder {}", place + 1),
        None => "One more reminder".to_owned(),
    };
    view! {
        <fieldset class="app-stack">
            <legend><strong>{legend}</strong></legend>
            <HiddenField name=name("code") value=value("code", |step| &step.code) />
            <div class="app-cluster">
                <TextField name=name("days") label="Days before" kind=TextKind::Digits width=Width::Short need=Need::Optional
                    value=value("days", |step| &step.days) error=kept.error(&name("days")) />
                <TextField name=name("at") label="At" kind=TextKind::Time width=Width::Short need=Need::Optional
                    value=value("at", |step| &step.at) error=kept.error(&name("at")) />
                <TextField name=name("hours") label="Or hours before" kind=TextKind::Digits width=Width::Short need=Need::Optional
                    value=value("hours", |step| &step.hours) error=kept.error(&name("hours")) />
                <SelectField name=name("by") label="By" choices=ways need=Need::Optional empty="As usual"
                    value=value("by", |step| &step.by) error=kept.error(&name("by")) />
            </div>
            <CheckboxGroup name=how.clone() label="How" choices values=ticked error=kept.error(&how) need=Need::Optional />
        </fieldset>
    }
    .into_any()
}

fn preview(data: &RemindersPage) -> AnyView {
    let lines: Vec<_> = data.preview.iter().map(|line| view! { <li>{said(line)}</li> }).collect();
    let none = data.preview.is_empty().then(|| view! { <p>"Nobody is reminded before the visit."</p> });
    view! {
        <section class="app-stack" id="preview">
            <h2>"When a visit is reminded of"</h2>
            <form class="app-cluster" method="get" action=to(address(&data.id))>
                <TextField name="day" label="A visit on" kind=TextKind::Day value=data.day.clone() need=Need::Optional />
                <TextField name="time" label="At" kind=TextKind::Time width=Width::Short value=data.time.clone() need=Need::Optional />
                <Button label="Show" look=Look::Secondary />
            </form>
            <p>{format!("A visit that is booked now for {} would be reminded of:", data.visit)}</p>
            <ul>{lines}</ul>
            {none}
        </section>
    }
    .into_any()
}

/// "Tuesday 3 March, 9:00am (14 days before, at 09:00)".
fn said(line: &RemindedLine) -> String {
    if !line.left_out.is_empty() {
        return format!("not {}: {}", line.what, words::left_out(&line.left_out));
    }
    let moved = if line.moved { ", moved out of quiet hours" } else { "" };
    let only = if line.unconfirmed { ", only who has not said that they are coming" } else { "" };
    format!("{} ({}{moved}{only})", line.when, line.what)
}
