//! Visits that are to be rebooked, and booked ones about which somebody has to decide, a page at a time.

use contract::{RebookingLine, RebookingPage, RebookingQuery};
use domain::referral::State;
use leptos::prelude::*;

use super::REBOOKING;
use crate::components::{Column, DataTable, Empty, HiddenField, Href, Pager, Row};
use crate::pages::console::{key, to, with_query};
use crate::words;

/// What is still to be decided or rebooked.
pub fn rebooking(data: &RebookingPage, query: &RebookingQuery) -> AnyView {
    if data.to_rebook + data.in_doubt == 0 {
        return view! {
            <Empty title="Every visit has a time that stands">
                <p>
                    "Visits appear here when leave or closed days break them, or when a calendar, a changed session or a \
                     colleague who leaves puts them in doubt."
                </p>
            </Empty>
        }
        .into_any();
    }
    let (doubtful, broken): (Vec<_>, Vec<_>) = data.lines.iter().partition(|line| line.is_booked);
    let page = |after: &str| Href::from(with_query(REBOOKING, &[("show", &query.show), ("after", after)]));
    let next = data.next.map(|after| page(&after.to_string()));
    let first = (!query.after.is_empty()).then(|| page(""));
    view! {
        <div class="app-stack app-stack--loose">
            {parts(data, query)}
            {to_rebook(data, &broken)}
            {in_doubt(data, query, &doubtful)}
            <Pager next first />
        </div>
    }
    .into_any()
}

/// The ways to either part of the list, where there are both.
fn parts(data: &RebookingPage, query: &RebookingQuery) -> AnyView {
    if data.to_rebook == 0 || data.in_doubt == 0 {
        return ().into_any();
    }
    let all = [
        ("", "Everything".to_owned()),
        ("rebook", words::to_rebook(data.to_rebook)),
        ("doubt", words::in_doubt(data.in_doubt)),
    ];
    let links = all
        .into_iter()
        .map(|(show, label)| {
            let here = (query.show == show).then_some("page");
            let href = to(with_query(REBOOKING, &[("show", show)]));
            view! {
                <a href=href aria-current=here>
                    {label}
                </a>
            }
        })
        .collect_view();
    view! {
        <nav class="app-actions app-screen-only" aria-label="Parts of the list">
            {links}
        </nav>
    }
    .into_any()
}

/// Visits that are still booked: move each, or say that it stays.
fn in_doubt(data: &RebookingPage, query: &RebookingQuery, lines: &[&RebookingLine]) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let columns =
        ["Patient", "Booked", "Service", "What is in the way", "What to do"].map(Column::new).to_vec();
    let rows = lines.iter().map(|line| doubtful(data, query, line)).collect();
    let caption = words::in_doubt(data.in_doubt);
    view! {
        <section class="app-stack">
            <p>"These visits are still booked, and their patients know of nothing. The soonest come first."</p>
            <DataTable caption columns rows />
        </section>
    }
    .into_any()
}

fn doubtful(data: &RebookingPage, query: &RebookingQuery, line: &RebookingLine) -> Row {
    let keep = to(format!("/availability/rebooking/{}/keep", line.id));
    let who = format!(": {}, {}", line.patient, line.was);
    let further = line
        .further
        .iter()
        .map(|one| {
            view! {
                <p>{words::in_the_way(&one.cause)}</p>
                <p class="app-quiet">{format!("Since {}", one.entered)}</p>
            }
        })
        .collect_view();
    let another = times(data, line, "Choose another time", &who);
    Row::new(vec![
        patient(data, line),
        format!("{}, with {}", line.was, line.with).into_any(),
        line.service.clone().into_any(),
        view! {
            {words::in_the_way(&line.cause)}
            <p class="app-quiet">{format!("Since {}", line.entered)}</p>
            {further}
        }
        .into_any(),
        view! {
            {another}
            <form method="post" action=keep>
                <HiddenField name="key" value=key() />
                <HiddenField name="show" value=query.show.clone() />
                <HiddenField name="after" value=query.after.clone() />
                <button type="submit" class="app-button app-button--link">
                    "It stays as it is" <span class="app-visually-hidden">{who}</span>
                </button>
            </form>
        }
        .into_any(),
    ])
}

/// Visits that were cancelled.
fn to_rebook(data: &RebookingPage, lines: &[&RebookingLine]) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let columns = ["Patient", "Urgency", "Was booked", "Service", "Status", "Owner", "Next step", "Due"]
        .map(Column::new)
        .to_vec();
    let rows = lines
        .iter()
        .map(|line| {
            let state = State::from_code(&line.state).map_or("", |state| words::status_staff(state).1);
            let class = if line.overdue { "app-late" } else { "" };
            let book = times(data, line, "Book a time", &format!(": {}", line.patient));
            Row::new(vec![
                patient(data, line),
                words::priority_code(&line.priority).into_any(),
                format!("{}, with {}", line.was, line.with).into_any(),
                line.service.clone().into_any(),
                state.into_any(),
                line.owner.clone().into_any(),
                view! {
                    {words::next_action(&line.next_action)}
                    {book}
                }
                .into_any(),
                view! { <span class=class>{line.due.clone()}</span> }.into_any(),
            ])
        })
        .collect();
    let caption = words::to_rebook(data.to_rebook);
    view! { <DataTable caption columns rows /> }.into_any()
}

/// The way to the times, for those who book.
fn times(data: &RebookingPage, line: &RebookingLine, label: &'static str, who: &str) -> Option<AnyView> {
    let href = to(format!("/referrals/{}/times", line.referral));
    let who = who.to_owned();
    data.may_open.then(|| {
        view! {
            <p>
                <a href=href>
                    {label} <span class="app-visually-hidden">{who}</span>
                </a>
            </p>
        }
        .into_any()
    })
}

fn patient(data: &RebookingPage, line: &RebookingLine) -> AnyView {
    if !data.may_open {
        return format!("{} {}", line.patient, line.reference).into_any();
    }
    let href = to(format!("/referrals/{}", line.referral));
    view! {
        <a href=href>{line.patient.clone()}</a>
        {format!(" {}", line.reference)}
    }
    .into_any()
}
