//! What has happened, and what was sent to the patient and the staff.

use contract::ReferralPage;
use domain::referral::{Act, Side};
use leptos::prelude::*;

use crate::components::{
    Column, DataTable, Density, Empty, Level, Row, StatusTag, Timeline, TimelineItem, TimelineKind,
};
use crate::words;

pub fn history(data: &ReferralPage) -> AnyView {
    let mut items: Vec<TimelineItem> = data
        .history
        .iter()
        // Each pause in typing saves a draft; that tells nobody anything.
        .filter(|line| line.kind != Act::Save.event())
        .map(|line| TimelineItem {
            when: line.when.clone(),
            what: format!("{} by {}", words::event(&line.kind), line.who),
            detail: line.why.clone().filter(|why| !why.is_empty()),
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
            let (meaning, label) = words::delivery(&line.state);
            Row::new(vec![
                words::template(&line.template).into_any(),
                line.when.clone().into_any(),
                format!("{}, {}", words::channel(&line.channel), line.address).into_any(),
                view! {
                    <StatusTag meaning label />
                    {line.error.clone().map(|error| view! { <p class="app-quiet">{error}</p> })}
                }
                .into_any(),
            ])
        })
        .collect();
    let columns = ["About", "When", "To", "Delivery"].map(Column::new).to_vec();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Messages"</h2>
            <DataTable caption="What was sent, and whether it arrived" columns rows density=Density::Dense />
        </section>
    }
    .into_any()
}
