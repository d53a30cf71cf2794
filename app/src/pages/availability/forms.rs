//! Weekly sessions, with the forms that change them.

use contract::AvailabilityPage;
use leptos::prelude::*;
use service::availability::WEEKDAYS;

use crate::components::{
    Button, CheckboxGroup, Choice, Column, DataTable, Empty, HiddenField, Level, Need, Row, SafeTextarea,
    SelectField, TextField, TextKind, Width,
};
use crate::pages::console::{choices, key, to};
use crate::web::Kept;
use crate::words;

/// The sessions there are, and a form for another one.
pub fn sessions(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let list = if data.rules.is_empty() {
        view! {
            <Empty title="No weekly sessions yet" level=Level::Three>
                <p>"Until there is one, nobody can choose a time here. Add the first below."</p>
            </Empty>
        }
        .into_any()
    } else {
        // A column in which nothing stands would only make the others narrow.
        let has_notes = data.rules.iter().any(|rule| !words::session_notes(rule).is_empty());
        let columns = ["Service", "Days", "Times", "Visits", "Also", "Valid", "Change"];
        let columns: Vec<_> =
            columns.into_iter().filter(|name| has_notes || *name != "Also").map(Column::new).collect();
        let rows = data
            .rules
            .iter()
            .map(|rule| {
                let action = to(format!("/availability/{}/rules/{}/remove", data.resource, rule.id));
                let notes = words::session_notes(rule).join(". ");
                let mut cells = vec![
                    rule.service.clone().into_any(),
                    rule.weekdays.clone().into_any(),
                    rule.times.clone().into_any(),
                    words::visits(rule).into_any(),
                    rule.valid.clone().into_any(),
                    view! {
                        <form method="post" action=action>
                            <HiddenField name="key" value=key() />
                            <HiddenField name="form" value="remove" />
                            <button type="submit" class="app-button app-button--link">
                                "Remove"
                                <span class="app-visually-hidden">
                                    {format!(" the session on {}, {}", rule.weekdays, rule.times)}
                                </span>
                            </button>
                        </form>
                    }
                    .into_any(),
                ];
                if has_notes {
                    cells.insert(4, notes.into_any());
                }
                Row::new(cells)
            })
            .collect();
        view! { <DataTable caption="When people can be seen" columns rows /> }.into_any()
    };
    let file = (!data.rules.is_empty()).then(|| {
        let href = to(format!("/availability/{}/hours.ics", data.resource));
        view! {
            <p class="app-screen-only">
                <a href=href download="hours.ics">"These hours as a calendar file"</a>
                <span class="app-hint">" for other programs: sessions, days without them, and leave"</span>
            </p>
        }
    });
    let open = data.rules.is_empty() || kept.value("form", "") == "rule";
    view! {
        <section class="app-stack">
            <h2>"Weekly sessions"</h2>
            {list}
            {file}
            <details class="app-act" open=open>
                <summary class="app-act__summary">"Add a weekly session"</summary>
                <div class="app-act__body">{session_form(data, kept)}</div>
            </details>
        </section>
    }
    .into_any()
}

fn session_form(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let days = WEEKDAYS.iter().map(|(code, _, name)| Choice::new(*code, *name)).collect::<Vec<_>>();
    let chosen: Vec<String> =
        kept.values.iter().filter(|(name, _)| name == "weekdays").map(|(_, value)| value.clone()).collect();
    let only = if data.services.len() == 1 { data.services[0].value.clone() } else { String::new() };
    view! {
        <form class="app-stack" method="post" action=to(format!("/availability/{}/rules", data.resource))>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="rule" />
            <SelectField
                name="service"
                label="Service"
                choices=choices(&data.services)
                value=kept.value("service", &only)
                error=kept.error("service")
            />
            <CheckboxGroup
                name="weekdays"
                label="Days"
                choices=days
                values=chosen
                error=kept.error("weekdays")
            />
            <div class="app-cluster">
                <TextField
                    name="from"
                    label="From"
                    kind=TextKind::Time
                    width=Width::Short
                    value=kept.value("from", "09:00")
                    error=kept.error("from")
                />
                <TextField
                    name="to"
                    label="To"
                    kind=TextKind::Time
                    width=Width::Short
                    value=kept.value("to", "12:30")
                    error=kept.error("to")
                />
            </div>
            <div class="app-cluster">
                <TextField
                    name="slot_min"
                    label="Minutes of one visit"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=kept.value("slot_min", "30")
                    error=kept.error("slot_min")
                />
                <TextField
                    name="buffer_after_min"
                    label="Minutes free after it"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=kept.value("buffer_after_min", "0")
                    error=kept.error("buffer_after_min")
                />
                <TextField
                    name="capacity"
                    label="People at once"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=kept.value("capacity", "1")
                    error=kept.error("capacity")
                />
            </div>
            <div class="app-cluster">
                <TextField
                    name="valid_from"
                    label="First day"
                    kind=TextKind::Day
                    width=Width::Medium
                    need=Need::Optional
                    value=kept.value("valid_from", "")
                    error=kept.error("valid_from")
                />
                <TextField
                    name="valid_to"
                    label="Last day"
                    kind=TextKind::Day
                    width=Width::Medium
                    need=Need::Optional
                    value=kept.value("valid_to", "")
                    error=kept.error("valid_to")
                />
            </div>
            {more(data, kept)}
            <Button label="Add the session" />
        </form>
    }
    .into_any()
}

/// What few sessions need: folded away until one of it was refused.
fn more(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    const NAMES: [&str; 11] = [
        "visits",
        "step_min",
        "buffer_before_min",
        "every_weeks",
        "dates",
        "daily_limit",
        "notice_hours",
        "site",
        "pool",
        "rooms",
        "machines",
    ];
    let open = NAMES.iter().any(|name| kept.error(name).is_some());
    let number = |name: &'static str, label: &'static str, otherwise: &'static str| {
        view! {
            <TextField
                name
                label
                kind=TextKind::Digits
                width=Width::Tiny
                need=Need::Optional
                value=kept.value(name, otherwise)
                error=kept.error(name)
            />
        }
    };
    let several = |name: &'static str, label: &'static str, from: &[contract::Choice]| {
        let ticked = kept.values.iter().filter(|(other, _)| other == name).map(|(_, value)| value.clone());
        let values: Vec<String> = ticked.collect();
        (!from.is_empty()).then(|| {
            view! {
                <CheckboxGroup
                    name
                    label
                    choices=choices(from)
                    values
                    need=Need::Optional
                    error=kept.error(name)
                />
            }
        })
    };
    let site = (data.sites.len() > 1).then(|| {
        view! {
            <SelectField
                name="site"
                label="Where"
                choices=choices(&data.sites)
                need=Need::Optional
                empty="Where the service is"
                value=kept.value("site", "")
                error=kept.error("site")
            />
        }
    });
    view! {
        <details class="app-act" open=open>
            <summary class="app-act__summary">"Kinds of visit, limits, rooms and more"</summary>
            <div class="app-act__body app-stack">
                <SafeTextarea
                    name="visits"
                    label="Kinds of visit"
                    hint="One a line with its minutes, like: First visit 40. Empty: one kind"
                    rows=3
                    need=Need::Optional
                    value=kept.value("visits", "")
                    error=kept.error("visits")
                />
                <div class="app-cluster">
                    {number("step_min", "Minutes from one beginning to the next", "")}
                    {number("buffer_before_min", "Minutes free before each", "")}
                    {number("every_weeks", "Every how many weeks", "1")}
                </div>
                <TextField
                    name="dates"
                    label="Single dates besides"
                    hint="Like 2026-03-07, 2026-03-21"
                    need=Need::Optional
                    value=kept.value("dates", "")
                    error=kept.error("dates")
                />
                <div class="app-cluster">
                    {number("daily_limit", "Most visits a day", "")}
                    {number("notice_hours", "Hours of notice", "")}
                </div>
                {site}
                {several("pool", "Or with any of these", &data.clinicians)}
                {several("rooms", "Needs one of these rooms", &data.rooms)}
                {several("machines", "Needs one of these machines", &data.machines)}
            </div>
        </details>
    }
    .into_any()
}
