//! What has happened, and what was sent to the patient and the staff.

use contract::ReferralPage;
use domain::referral::{Act, Side};
use leptos::prelude::*;

use crate::components::{
    Column, DataTable, Density, Empty, Level, Meaning, Row, StatusTag, Timeline, TimelineItem, TimelineKind,
};
use crate::pages::console::to;
use crate::words;

pub fn history(data: &ReferralPage) -> AnyView {
    let mut items: Vec<TimelineItem> = data
        .history
        .iter()
        // Each pause in typing saves a draft; that tells nobody anything.
        .filter(|line| line.kind != Act::Save.event())
        .map(|line| TimelineItem {
            when: line.when.clone(),
            what: match &line.to {
                Some(to) => format!("{} to {to} by {}", words::event(&line.kind), line.who),
                None => format!("{} by {}", words::event(&line.kind), line.who),
            },
            detail: match (&line.reason, line.why.as_deref().filter(|why| !why.is_empty())) {
                (Some(reason), Some(why)) => Some(format!("{reason}: {why}")),
                (reason, why) => reason.clone().or(why.map(str::to_owned)),
            },
            kind: TimelineKind::Past,
        })
        .collect();
    if !data.state.is_ended() {
        items.push(TimelineItem {
            when: "Next".to_owned(),
            what: words::next_action(&data.next).to_owned(),
            detail: Some(format!("{} – {}", data.owner, data.due_words)),
            kind: TimelineKind::Next,
        });
    }
    view! {
        <section class="app-stack">
            <h2>"What has happened"</h2>
            <Timeline items />
        </section>
    }
    .into_any()
}

/// What had to happen by when, and whether it did.
pub fn clocks(data: &ReferralPage) -> AnyView {
    if data.clocks.is_empty() {
        return ().into_any();
    }
    let rows = data
        .clocks
        .iter()
        .map(|line| {
            let (meaning, label) = words::standing(line.standing);
            let stopped = (line.waited_days > 0).then(|| {
                let days = if line.waited_days == 1 { "day" } else { "days" };
                let words =
                    format!("Stood still for {} {days}, waiting for information or paused", line.waited_days);
                view! { <p class="app-quiet">{words}</p> }
            });
            Row::new(vec![
                words::clock(line.clock).into_any(),
                view! {
                    {line.due.clone()}
                    {stopped}
                }
                .into_any(),
                line.met.clone().unwrap_or_else(|| "–".to_owned()).into_any(),
                view! { <StatusTag meaning label /> }.into_any(),
            ])
        })
        .collect();
    let columns = ["What", "By", "Done", "How it stands"].map(Column::new).to_vec();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Clocks"</h2>
            <DataTable caption="What had to happen by when" columns rows density=Density::Dense />
        </section>
    }
    .into_any()
}

/// Which services the patient chose from, and why this one.
pub fn choice(data: &ReferralPage) -> AnyView {
    let Some(choice) = &data.choice else { return ().into_any() };
    let lines: Vec<_> = choice.offered.iter().map(|line| view! { <li>{line.clone()}</li> }).collect();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"How the service was chosen"</h2>
            <p dir="auto">{choice.reason.clone()}</p>
            <p class="app-quiet">{format!("Written down by {}. Compared were:", choice.by)}</p>
            <ul>{lines}</ul>
        </section>
    }
    .into_any()
}

/// Visits, tests and referrals that are to come, or were.
pub fn follow_ups(data: &ReferralPage) -> AnyView {
    if data.follow_ups.is_empty() {
        return ().into_any();
    }
    let rows = data
        .follow_ups
        .iter()
        .map(|line| {
            let (meaning, label) = match line.is_overdue {
                true => (Meaning::Stopped, "Late"),
                false => words::follow_up_state(line.state),
            };
            let class = line.is_overdue.then_some("app-late");
            Row::new(vec![
                view! {
                    {line.what.clone()}
                    {line.note.clone().map(|note| view! { <p class="app-quiet">{note}</p> })}
                }
                .into_any(),
                words::follow_up_kind(line.kind).into_any(),
                view! { <span class=class>{line.due.clone()}</span> }.into_any(),
                line.owner.clone().into_any(),
                view! { <StatusTag meaning label /> }.into_any(),
            ])
        })
        .collect();
    let columns = ["What", "Kind", "By", "Who", "How it stands"].map(Column::new).to_vec();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Follow-ups"</h2>
            <DataTable caption="What is still to come, or was" columns rows density=Density::Dense />
        </section>
    }
    .into_any()
}

/// Referrals before and after this one.
pub fn related(data: &ReferralPage) -> AnyView {
    if data.related.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = data
        .related
        .iter()
        .map(|line| {
            let (meaning, label) = words::status_staff(line.state);
            let what = match (line.is_linked, line.is_beside, line.is_before) {
                (true, ..) => "Linked as the same need:",
                (false, true, true) => "Made from",
                (false, true, false) => "Also referred as",
                (false, false, true) => "Continues",
                (false, false, false) => "Goes on as",
            };
            let name = match line.is_visible {
                true => view! { <a href=to(format!("/referrals/{}", line.id))>{line.reference.clone()}</a> }
                    .into_any(),
                false => line.reference.clone().into_any(),
            };
            view! {
                <li>
                    {format!("{what} ")} {name}
                    {format!(", {} ", line.service)} <StatusTag meaning label />
                </li>
            }
        })
        .collect();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Related referrals"</h2>
            <ul>{lines}</ul>
        </section>
    }
    .into_any()
}

/// Messages with their delivery; for the receiving side, which sends them.
pub fn messages(data: &ReferralPage) -> AnyView {
    if data.side == Side::Referring {
        return ().into_any();
    }
    if data.messages.is_empty() {
        return view! {
            <section class="app-stack app-stack--tight">
                <h2>"Messages"</h2>
                <Empty title="Nothing has been sent yet" level=Level::Three />
            </section>
        }
        .into_any();
    }
    let rows = data
        .messages
        .iter()
        .map(|line| {
            let (meaning, label) = words::delivery_by(&line.channel, &line.state);
            Row::new(vec![
                view! {
                    {words::template(&line.template)}
                    <p class="app-quiet">{format!("{}, {}", words::channel(&line.channel), line.address)}</p>
                }
                .into_any(),
                line.when.clone().into_any(),
                view! {
                    <StatusTag meaning label />
                    {line.error.as_deref().map(|error| view! { <p class="app-quiet">{words::undelivered(error)}</p> })}
                }
                .into_any(),
            ])
        })
        .collect();
    // Three columns stay a table in the narrow part of the page; four would be a tall card for each message.
    let columns = ["What, and to whom", "When", "Delivery"].map(Column::new).to_vec();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Messages"</h2>
            <DataTable caption="What was sent, and whether it arrived" columns rows density=Density::Dense />
        </section>
    }
    .into_any()
}
