//! Weekly sessions, with the forms that change them.

use contract::{AvailabilityPage, RuleInput, SessionChoices};
use leptos::prelude::*;
use service::availability::WEEKDAYS;

use crate::components::{
    Button, CheckboxGroup, Choice, Column, DataTable, Empty, HiddenField, Level, Need, Row, SafeTextarea,
    SelectField, TextField, TextKind, Width, words_of,
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
                let page = to(format!("/availability/{}/rules/{}", data.resource, rule.id));
                let action = to(format!("/availability/{}/rules/{}/remove", data.resource, rule.id));
                let which = format!(" the session on {}, {}", rule.weekdays, rule.times);
                let change = match &rule.of {
                    Some(owner) if !data.may_add => format!("Belongs to {owner}").into_any(),
                    _ => view! {
                        <a href=page>
                            "Change" <span class="app-visually-hidden">{which.clone()}</span>
                        </a>
                        <form method="post" action=action>
                            <HiddenField name="key" value=key() />
                            <HiddenField name="form" value="remove" />
                            <button type="submit" class="app-button app-button--link">
                                "Remove" <span class="app-visually-hidden">{which}</span>
                            </button>
                        </form>
                    }
                    .into_any(),
                };
                let notes = words::session_notes(rule).join(". ");
                let mut cells = vec![
                    rule.service.clone().into_any(),
                    words_of(rule.weekdays.clone()),
                    rule.times.clone().into_any(),
                    words::visits(rule).into_any(),
                    rule.valid.clone().into_any(),
                    change,
                ];
                if has_notes {
                    cells.insert(4, words_of(notes));
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
    let take = to(format!("/availability/{}/hours", data.resource));
    let open = data.rules.is_empty() || kept.value("form", "") == "rule";
    view! {
        <section class="app-stack">
            <h2>"Weekly sessions"</h2>
            {list}
            {file}
            <details class="app-act" open=open>
                <summary class="app-act__summary">"Add a weekly session"</summary>
                <div class="app-act__body">{session_form(&data.choices, kept, &new_session(data))}</div>
            </details>
            <p class="app-screen-only">
                <a href=take>"Take sessions from a calendar file"</a>
                <span class="app-hint">" that says when somebody is available (VAVAILABILITY)"</span>
            </p>
        </section>
    }
    .into_any()
}

/// What a form for a session begins with, and where it goes.
pub struct SessionForm {
    pub action: String,
    pub button: &'static str,
    pub input: RuleInput,
}

fn new_session(data: &AvailabilityPage) -> SessionForm {
    let only = &data.choices.services;
    let text = |text: &str| text.to_owned();
    SessionForm {
        action: to(format!("/availability/{}/rules", data.resource)),
        button: "Add the session",
        input: RuleInput {
            service: if only.len() == 1 { only[0].value.clone() } else { String::new() },
            from: text("09:00"),
            to: text("12:30"),
            slot_min: text("30"),
            buffer_after_min: text("0"),
            capacity: text("1"),
            every_weeks: text("1"),
            ..RuleInput::default()
        },
    }
}

/// Ticked of several: as it was typed, or as it is.
fn ticked(kept: &Kept, name: &str, now: &str) -> Vec<String> {
    if kept.value("form", "") != "rule" {
        return now.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    }
    kept.values.iter().filter(|(other, _)| other == name).map(|(_, value)| value.clone()).collect()
}

/// All that is said of a session, to add one or to change it.
pub fn session_form(data: &SessionChoices, kept: &Kept, form: &SessionForm) -> AnyView {
    let input = &form.input;
    let days = WEEKDAYS.iter().map(|(code, _, name)| Choice::new(*code, *name)).collect::<Vec<_>>();
    let chosen = ticked(kept, "weekdays", &input.weekdays);
    view! {
        <form class="app-stack" method="post" action=form.action.clone()>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="rule" />
            <SelectField
                name="service"
                label="Service"
                choices=choices(&data.services)
                value=kept.value("service", &input.service)
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
                    value=kept.value("from", &input.from)
                    error=kept.error("from")
                />
                <TextField
                    name="to"
                    label="To"
                    kind=TextKind::Time
                    width=Width::Short
                    value=kept.value("to", &input.to)
                    error=kept.error("to")
                />
            </div>
            <div class="app-cluster">
                <TextField
                    name="slot_min"
                    label="Minutes of one visit"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=kept.value("slot_min", &input.slot_min)
                    error=kept.error("slot_min")
                />
                <TextField
                    name="buffer_after_min"
                    label="Minutes free after it"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=kept.value("buffer_after_min", &input.buffer_after_min)
                    error=kept.error("buffer_after_min")
                />
                <TextField
                    name="capacity"
                    label="People at once"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    value=kept.value("capacity", &input.capacity)
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
                    value=kept.value("valid_from", &input.valid_from)
                    error=kept.error("valid_from")
                />
                <TextField
                    name="valid_to"
                    label="Last day"
                    kind=TextKind::Day
                    width=Width::Medium
                    need=Need::Optional
                    value=kept.value("valid_to", &input.valid_to)
                    error=kept.error("valid_to")
                />
            </div>
            {more(data, kept, input)}
            <Button label=form.button />
        </form>
    }
    .into_any()
}

/// What few sessions need: folded away until one of it was refused.
fn more(data: &SessionChoices, kept: &Kept, input: &RuleInput) -> AnyView {
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
    let is_special = [&input.buffer_before_min, &input.every_weeks]
        .into_iter()
        .any(|value| !matches!(value.as_str(), "" | "0" | "1"))
        || [&input.visits, &input.step_min, &input.dates, &input.daily_limit, &input.notice_hours]
            .into_iter()
            .chain([&input.site, &input.pool, &input.rooms, &input.machines])
            .any(|value| !value.is_empty());
    let open = is_special || NAMES.iter().any(|name| kept.error(name).is_some());
    let number = |name: &'static str, label: &'static str, otherwise: &str| {
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
    let several = |name: &'static str, label: &'static str, from: &[contract::Choice], now: &str| {
        let values = ticked(kept, name, now);
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
                value=kept.value("site", &input.site)
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
                    value=kept.value("visits", &input.visits)
                    error=kept.error("visits")
                />
                <div class="app-cluster">
                    {number("step_min", "Minutes from one beginning to the next", &input.step_min)}
                    {number("buffer_before_min", "Minutes free before each", &input.buffer_before_min)}
                    {number("every_weeks", "Every how many weeks", &input.every_weeks)}
                </div>
                <TextField
                    name="dates"
                    label="Single dates besides"
                    hint="Like 2026-03-07, 2026-03-21"
                    need=Need::Optional
                    value=kept.value("dates", &input.dates)
                    error=kept.error("dates")
                />
                <div class="app-cluster">
                    {number("daily_limit", "Most visits a day", &input.daily_limit)}
                    {number("notice_hours", "Hours of notice", &input.notice_hours)}
                </div>
                {site}
                {several("pool", "Or with any of these", &data.clinicians, &input.pool)}
                {several("rooms", "Needs one of these rooms", &data.rooms, &input.rooms)}
                {several("machines", "Needs one of these machines", &data.machines, &input.machines)}
            </div>
        </details>
    }
    .into_any()
}
