//! Leave and days without a session: what is entered, and the preview of what would break.

use contract::{AvailabilityPage, LeavePreview, MovedPage};
use leptos::prelude::*;

use crate::components::{
    Button, Choice, Column, DataTable, Empty, HiddenField, Level, LinkButton, Look, Need, Notice, NoticeKind,
    Row, SelectField, TextField, TextKind, Width,
};
use crate::pages::console::{key, to};
use crate::web::Kept;
use crate::words;

/// Under this name the preview is kept for the page.
pub const PREVIEW: &str = "preview";

/// Leave there is, and the form for more.
pub fn leave(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let list = if data.leave.is_empty() {
        view! {
            <Empty title="No leave is entered" level=Level::Three>
                <p>"During leave no time is offered. Visits that are booked then are shown before anything is saved."</p>
            </Empty>
        }
        .into_any()
    } else {
        let columns = ["When", "What", "Note", "Entered by", "Change"].map(Column::new).to_vec();
        let rows = data
            .leave
            .iter()
            .map(|line| {
                let action = to(format!("/availability/{}/leave/{}/remove", data.resource, line.id));
                let what = match &line.session {
                    Some(session) => format!("No session on {session}"),
                    None if line.is_everybody => "Closed, for everybody".to_owned(),
                    None => "Leave".to_owned(),
                };
                let remove = view! {
                    <form method="post" action=action>
                        <HiddenField name="key" value=key() />
                        <HiddenField name="form" value="remove" />
                        <button type="submit" class="app-button app-button--link">
                            "Remove"
                            <span class="app-visually-hidden">{format!(" leave {}", line.when)}</span>
                        </button>
                    </form>
                };
                Row::new(vec![
                    line.when.clone().into_any(),
                    what.into_any(),
                    line.note.clone().into_any(),
                    line.by.clone().into_any(),
                    if line.is_everybody { ().into_any() } else { remove.into_any() },
                ])
            })
            .collect();
        view! { <DataTable caption="When nobody is seen" columns rows /> }.into_any()
    };
    let rebook = (data.to_rebook > 0).then(|| {
        let title = words::to_rebook(data.to_rebook);
        view! {
            <Notice kind=NoticeKind::Warning title>
                <LinkButton label="Look at them" href="/availability/rebooking" look=Look::Link />
            </Notice>
        }
    });
    let moved = (data.moved > 0).then(|| {
        let title = words::moved_visits(data.moved);
        view! {
            <Notice kind=NoticeKind::Info title>
                <LinkButton label="Look at them" href="/availability/moved" look=Look::Link />
            </Notice>
        }
    });
    let open = kept.value("form", "") == "leave";
    view! {
        <section class="app-stack" id="leave">
            <h2>"Leave and days without a session"</h2>
            {rebook}
            {moved}
            {list}
            {preview(data, kept)}
            <details class="app-act" open=open>
                <summary class="app-act__summary">"Enter leave"</summary>
                <div class="app-act__body">{form(data, kept)}</div>
            </details>
        </section>
    }
    .into_any()
}

/// What the leave that was just entered would break, with the button that saves it all the same.
fn preview(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let Ok(shown) = serde_json::from_str::<LeavePreview>(&kept.value(PREVIEW, "")) else {
        return ().into_any();
    };
    let touched = words::Touched::of(&shown.visits);
    let (title, becomes, label) = match shown.only_lists {
        true => (
            words::in_its_way(touched),
            words::then_listed(touched),
            words::list_and("Save the leave", touched.booked),
        ),
        false => {
            (words::would_break(touched), words::then_told(touched), words::cancel_and_save(touched.booked))
        }
    };
    let becomes = becomes.into_iter().map(|said| view! { <p>{said}</p> }).collect_view();
    let lines = broken_visits(&shown);
    let fields = ["from_day", "to_day", "from_time", "to_time", "note", "rule"]
        .map(|name| view! { <HiddenField name value=kept.value(name, "") /> });
    let action = to(format!("/availability/{}/leave", data.resource));
    let (seen, fields) = (shown.seen, fields.into_iter().collect_view());
    view! {
        <Notice kind=NoticeKind::Warning title>
            <p>"Nothing is saved yet."</p>
            {lines}
            <form class="app-stack app-stack--tight" method="post" action=action>
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="leave" />
                <HiddenField name="seen" value=seen />
                {fields}
                {becomes}
                <Button label look=Look::Warning />
            </form>
        </Notice>
    }
    .into_any()
}

/// Visits, one a line. Whoever only lists them may not open them.
pub fn broken_visits(shown: &LeavePreview) -> AnyView {
    let lines = shown
        .visits
        .iter()
        .map(|visit| {
            let held = match (visit.held, visit.offered) {
                (true, true) => " – offered, not booked yet",
                (true, false) => " – held, not booked yet",
                (false, _) => "",
            };
            let reference = match shown.only_lists {
                true => visit.reference.clone().into_any(),
                false => {
                    let href = to(format!("/referrals/{}", visit.referral));
                    view! { <a href=href>{visit.reference.clone()}</a> }.into_any()
                }
            };
            view! {
                <li>
                    {format!("{} – {}, ", visit.when, visit.patient)} {reference} {held}
                </li>
            }
        })
        .collect_view();
    view! { <ul>{lines}</ul> }.into_any()
}

fn form(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let day = |name: &'static str, label: &'static str, need: Need| {
        view! {
            <TextField
                name
                label
                kind=TextKind::Day
                width=Width::Medium
                need
                value=kept.value(name, "")
                error=kept.error(name)
            />
        }
    };
    let time = |name: &'static str, label: &'static str| {
        view! {
            <TextField
                name
                label
                kind=TextKind::Time
                width=Width::Short
                need=Need::Optional
                value=kept.value(name, "")
                error=kept.error(name)
            />
        }
    };
    let sessions: Vec<Choice> = data
        .rules
        .iter()
        .map(|rule| {
            Choice::new(rule.id.clone(), format!("Only {}, {}, {}", rule.weekdays, rule.times, rule.service))
        })
        .collect();
    view! {
        <form class="app-stack" method="post" action=to(format!("/availability/{}/leave", data.resource))>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="leave" />
            <div class="app-cluster">
                {day("from_day", "First day", Need::Required)} {time("from_time", "From")}
            </div>
            <div class="app-cluster">{day("to_day", "Last day", Need::Optional)} {time("to_time", "To")}</div>
            <SelectField
                name="rule"
                label="Which sessions"
                choices=sessions
                need=Need::Optional
                empty="All: I am away"
                value=kept.value("rule", "")
                error=kept.error("rule")
            />
            <TextField
                name="note"
                label="Note for colleagues"
                need=Need::Optional
                value=kept.value("note", "")
                error=kept.error("note")
            />
            <Button label="Save, or see what would break" />
        </form>
    }
    .into_any()
}

/// What new clock rules have moved.
pub fn moved(data: &MovedPage) -> AnyView {
    if data.lines.is_empty() {
        return view! {
            <Empty title="No visit was moved">
                <p>
                    "Visits appear here when the clocks of their place are to change at other times than was known when they \
                     were booked."
                </p>
            </Empty>
        }
        .into_any();
    }
    let columns = ["Patient", "Time on the clock", "Service", "Was planned for", "Is planned for", "Moved"]
        .map(Column::new)
        .to_vec();
    let rows = data
        .lines
        .iter()
        .map(|line| {
            let href = to(format!("/referrals/{}", line.referral));
            Row::new(vec![
                view! {
                    <a href=href>{line.patient.clone()}</a>
                    {format!(" {}", line.reference)}
                }
                .into_any(),
                view! {
                    {format!("{}, with {}", line.when, line.with)}
                    <p class="app-quiet">{line.zone.clone()}</p>
                }
                .into_any(),
                line.service.clone().into_any(),
                line.from.clone().into_any(),
                line.to.clone().into_any(),
                view! {
                    {line.moved.clone()}
                    <p class="app-quiet">{format!("By time zone data {}", line.edition)}</p>
                }
                .into_any(),
            ])
        })
        .collect();
    let caption = words::moved_visits(data.lines.len() as u64);
    view! {
        <section class="app-stack">
            <p>
                "The rules for changing the clocks are new. These visits stay at the time on the clock that their patients were \
                 promised, and reminders and calendars follow. Whoever joins them from elsewhere may have to be told."
            </p>
            <DataTable caption columns rows />
            <p>
                <a href="/availability/rebooking">"Visits that could not be moved"</a>
            </p>
        </section>
    }
    .into_any()
}
