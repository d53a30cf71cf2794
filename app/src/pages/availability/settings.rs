//! Limits and languages of a clinician, rooms and machines, and how services book.

use contract::AvailabilityPage;
use leptos::prelude::*;

use crate::components::{
    Button, CheckboxGroup, Choice, HiddenField, LinkButton, Look, Need, RadioGroup, TextField, TextKind,
    Width,
};
use crate::pages::console::{key, to};
use crate::web::Kept;

/// What can be set of this resource.
pub fn resource(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let set = &data.settings;
    let is_refused = kept.value("form", "") == "settings";
    let is_clinician = data.kind == "clinician";
    let room = (!is_clinician).then(|| {
        view! {
            <TextField name="settings-name" label="Name" value=kept.value("settings-name", &set.name) error=kept.error("settings-name") />
            <TextField
                name="settings-places"
                label="How many visits use it at once"
                kind=TextKind::Digits
                width=Width::Tiny
                value=kept.value("settings-places", &set.places)
                error=kept.error("settings-places")
            />
        }
    });
    let languages = is_clinician.then(|| {
        view! {
            <TextField
                name="settings-languages"
                label="Languages spoken with patients"
                hint="Short codes, like en, pl, ur"
                need=Need::Optional
                value=kept.value("settings-languages", &set.languages)
                error=kept.error("settings-languages")
            />
        }
    });
    view! {
        <details class="app-act" open=is_refused>
            <summary class="app-act__summary">"Limits and languages"</summary>
            <form
                class="app-act__body app-stack"
                method="post"
                action=to(format!("/availability/{}/settings", data.resource))
            >
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="settings" />
                {room}
                <TextField
                    name="settings-daily_limit"
                    label="Most visits on one day"
                    hint="Empty: as many as fit"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    need=Need::Optional
                    value=kept.value("settings-daily_limit", &set.daily_limit)
                    error=kept.error("settings-daily_limit")
                />
                {languages}
                <Button label="Save" look=Look::Secondary />
            </form>
        </details>
    }
    .into_any()
}

/// For coordinators: a new room or machine, and how each service books.
pub fn house(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    if !data.may_add {
        return ().into_any();
    }
    let services = data.bookings.iter().map(|(service, set)| booking(service, set, kept)).collect_view();
    view! {
        <section class="app-stack">
            <h2>"Rooms, machines and services"</h2>
            <LinkButton label="Days on which everybody is closed" href="/availability/closed" look=Look::Link />
            {new_resource(kept)}
            {services}
        </section>
    }
    .into_any()
}

fn new_resource(kept: &Kept) -> AnyView {
    let kinds = vec![Choice::new("room", "A room"), Choice::new("machine", "A machine")];
    let is_refused = kept.value("form", "") == "resource";
    view! {
        <details class="app-act" open=is_refused>
            <summary class="app-act__summary">"Add a room or a machine"</summary>
            <form class="app-act__body app-stack" method="post" action="/availability/resources">
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="resource" />
                <RadioGroup name="resource-kind" label="What it is" choices=kinds value=kept.value("resource-kind", "room") />
                <TextField
                    name="resource-name"
                    label="Name"
                    value=kept.value("resource-name", "")
                    error=kept.error("resource-name")
                />
                <TextField
                    name="resource-places"
                    label="How many visits use it at once"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=kept.value("resource-places", "1")
                    error=kept.error("resource-places")
                />
                <Button label="Add it" look=Look::Secondary />
            </form>
        </details>
    }
    .into_any()
}

fn booking(service: &contract::Choice, set: &contract::ServiceBookingInput, kept: &Kept) -> AnyView {
    let is_refused = kept.value("form", "") == service.value;
    let field = |name: &str| format!("{}-{name}", service.value);
    let value = |name: &str, now: &str| kept.value(&field(name), now);
    let error = |name: &str| kept.error(&field(name));
    let held = vec![Choice::new("1", "Hold the best time for the patient as soon as a referral is accepted")];
    let values = if set.holds_at_acceptance == "1" { vec!["1".to_owned()] } else { Vec::new() };
    view! {
        <details class="app-act" open=is_refused>
            <summary class="app-act__summary">{format!("How {} books", service.label)}</summary>
            <form
                class="app-act__body app-stack"
                method="post"
                action=to(format!("/availability/services/{}", service.value))
            >
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value=service.value.clone() />
                <TextField
                    name=field("notice_hours")
                    label="Hours between now and the first time a patient is offered"
                    hint="Empty: as everywhere"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    need=Need::Optional
                    value=value("notice_hours", &set.notice_hours)
                    error=error("notice_hours")
                />
                <TextField
                    name=field("horizon_days")
                    label="Days ahead for which times are offered"
                    hint="Empty: as everywhere"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    need=Need::Optional
                    value=value("horizon_days", &set.horizon_days)
                    error=error("horizon_days")
                />
                <CheckboxGroup
                    name=field("holds_at_acceptance")
                    label="On acceptance"
                    choices=held
                    values
                    need=Need::Optional
                />
                <Button label="Save" look=Look::Secondary />
            </form>
        </details>
    }
    .into_any()
}
