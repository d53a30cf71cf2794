//! Days on which the whole organisation is closed.

use contract::{ClosedPage, LeavePreview};
use leptos::prelude::*;

use super::leave::{PREVIEW, broken_visits};
use crate::components::{
    Button, Column, DataTable, Empty, HiddenField, Level, LinkButton, Look, Need, Notice, NoticeKind, Row,
    TextField, TextKind, Width,
};
use crate::pages::console::{key, to, with_query};
use crate::web::Kept;
use crate::words;

pub const PATH: &str = "/availability/closed";

/// Closed days, holidays that are not closed, and the form for more. `day`: the day that the form begins with.
pub fn closed(data: &ClosedPage, day: &str, kept: &Kept) -> AnyView {
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">"On a closed day nobody is seen, in no session. For one person or one session, enter leave."</p>
            <LinkButton label="Back to the availability" href="/availability" look=Look::Link />
            {list(data)}
            {holidays(data)}
            {preview(kept)}
            {form(day, kept)}
        </div>
    }
    .into_any()
}

fn list(data: &ClosedPage) -> AnyView {
    if data.lines.is_empty() {
        return view! {
            <Empty title="No closed days are entered" level=Level::Two>
                <p>"Visits that are booked on a day are shown before it is closed."</p>
            </Empty>
        }
        .into_any();
    }
    let columns = ["When", "Note", "Entered by", "Change"].map(Column::new).to_vec();
    let rows = data
        .lines
        .iter()
        .map(|line| {
            Row::new(vec![
                line.when.clone().into_any(),
                line.note.clone().into_any(),
                line.by.clone().into_any(),
                view! {
                    <form method="post" action=to(format!("{PATH}/{}/remove", line.id))>
                        <HiddenField name="key" value=key() />
                        <button type="submit" class="app-button app-button--link">
                            "Open again" <span class="app-visually-hidden">{format!(": {}", line.when)}</span>
                        </button>
                    </form>
                }
                .into_any(),
            ])
        })
        .collect();
    view! { <DataTable caption="When everybody is closed" columns rows /> }.into_any()
}

/// Holidays that only the clocks know.
fn holidays(data: &ClosedPage) -> AnyView {
    if data.open_holidays.is_empty() {
        return ().into_any();
    }
    let lines = data
        .open_holidays
        .iter()
        .map(|(day, said)| {
            let href = with_query(PATH, &[("day", day)]);
            view! {
                <li>
                    {said.clone()} " – "
                    <a href=format!("{href}#close")>
                        "Close it" <span class="app-visually-hidden">{format!(": {said}")}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <Notice kind=NoticeKind::Warning title="Times are offered on these holidays">
            <p>"A holiday moves due dates. It stops bookings only when it is closed here too."</p>
            <ul>{lines}</ul>
        </Notice>
    }
    .into_any()
}

fn preview(kept: &Kept) -> AnyView {
    let Ok(shown) = serde_json::from_str::<LeavePreview>(&kept.value(PREVIEW, "")) else {
        return ().into_any();
    };
    let touched = words::Touched::of(&shown.visits);
    let (title, becomes, label) = match shown.only_lists {
        true => (
            words::in_its_way(touched),
            words::then_listed(touched),
            words::list_and("Close the days", touched.booked),
        ),
        false => {
            (words::would_break(touched), words::then_told(touched), words::cancel_and_close(touched.booked))
        }
    };
    let becomes = becomes.into_iter().map(|said| view! { <p>{said}</p> }).collect_view();
    let lines = broken_visits(&shown);
    let fields = ["from_day", "to_day", "note"]
        .map(|name| view! { <HiddenField name value=kept.value(name, "") /> })
        .into_iter()
        .collect_view();
    view! {
        <div id="preview">
            <Notice kind=NoticeKind::Warning title>
                <p>"Nothing is saved yet."</p>
                {lines}
                <form class="app-stack app-stack--tight" method="post" action=PATH>
                    <HiddenField name="key" value=key() />
                    <HiddenField name="seen" value=shown.seen />
                    {fields}
                    {becomes}
                    <Button label look=Look::Warning />
                </form>
            </Notice>
        </div>
    }
    .into_any()
}

fn form(day: &str, kept: &Kept) -> AnyView {
    view! {
        <form class="app-stack" id="close" method="post" action=PATH>
            <h2>"Close days"</h2>
            <HiddenField name="key" value=key() />
            <div class="app-cluster">
                <TextField
                    name="from_day"
                    label="First day"
                    kind=TextKind::Day
                    width=Width::Medium
                    value=kept.value("from_day", day)
                    error=kept.error("from_day")
                />
                <TextField
                    name="to_day"
                    label="Last day"
                    kind=TextKind::Day
                    width=Width::Medium
                    need=Need::Optional
                    value=kept.value("to_day", "")
                    error=kept.error("to_day")
                />
            </div>
            <TextField
                name="note"
                label="Note for colleagues"
                need=Need::Optional
                value=kept.value("note", "")
                error=kept.error("note")
            />
            <Button label="Close, or see what would break" />
        </form>
    }
    .into_any()
}
