//! A free time of the board: who could have it, and giving it to one of them.

use axum::extract::{Query, State};
use axum::response::Response;
use contract::{BoardPerson, BoardTime};
use leptos::prelude::*;
use serde::Deserialize;
use service::booking::board;

use super::nobody;
use crate::components::{
    Button, Column, DataTable, Density, Empty, HiddenField, Level, LinkButton, Look, Notice, NoticeKind, Row,
};
use crate::pages::console::{Console, Section, key, to, with_query};
use crate::web::{Alive, Kept, Refused, Staff, Web, page};
use crate::words;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    service: String,
    resource: String,
    start: String,
}

/// Specialists and coordinators.
pub async fn show(
    State(web): State<Web>,
    staff: Staff,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let which = (asked.service.as_str(), asked.resource.as_str(), asked.start.as_str());
    let data = board::time(&web.desk, &staff.call, which).await?;
    let console = Console::new(&staff, Section::Board, &Kept::default());
    let (title, tab) = match (data.is_none, data.is_taken) {
        (true, _) => ("This time cannot be given", "No time"),
        (false, true) => ("Give a taken time to somebody too", "A taken time"),
        (false, false) => ("Give a free time to somebody", "A free time"),
    };
    let view = move || console.page(title, body(&data));
    Ok(page(&web, tab, Alive::Plain, view).await)
}

fn body(data: &BoardTime) -> AnyView {
    let list = if data.is_none {
        view! {
            <Empty title="It is neither free nor taken" level=Level::Two>
                <p>"No session has this time, it has passed, or nobody is there then."</p>
            </Empty>
        }
        .into_any()
    } else if data.people.is_empty() {
        nobody("Nobody who is to book can have this time")
    } else {
        let columns = ["Patient", "Urgency", "Waiting", "Can come", "This time"].map(Column::new).to_vec();
        let rows = data.people.iter().map(|person| row(data, person)).collect();
        view! {
            <DataTable
                caption="Accepted and without a time: the most urgent first, then the longest wait"
                columns
                rows
                density=Density::Dense
            />
        }
        .into_any()
    };
    let taken = data.is_taken.then(|| {
        view! {
            <Notice kind=NoticeKind::Warning title="This time is taken">
                <p>"Another patient can be booked into it beyond the capacity, with a reason that stays in the record."</p>
            </Notice>
        }
    });
    let back = to(with_query("/board", &[("day", &data.day)]));
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{format!("{}, {} · {}", data.when, data.who, data.service)}</p>
            {taken}
            {list}
            <p>
                <a href=back>"Back to the board"</a>
            </p>
        </div>
    }
    .into_any()
}

/// Booking and offering are the forms of the referral's own page of times.
fn row(data: &BoardTime, person: &BoardPerson) -> Row {
    let slot = format!("{}|{}", data.resource, data.start);
    let wishes = if person.wishes.is_empty() { "–".to_owned() } else { person.wishes.clone() };
    let action = to(format!("/referrals/{}/book", person.referral));
    Row::new(vec![
        view! {
            <a href=to(format!("/referrals/{}", person.referral))>{person.patient.clone()}</a>
            <p class="app-quiet">{person.reference.clone()}</p>
        }
        .into_any(),
        words::priority_code(&person.priority).into_any(),
        words::days(person.waited_days).into_any(),
        wishes.into_any(),
        match data.is_taken {
            true => {
                let path = format!("/referrals/{}/times", person.referral);
                let href = format!("{}#taken", with_query(&path, &[("from", &data.day), ("taken", &slot)]));
                view! { <LinkButton label="Overbook" href look=Look::Secondary /> }.into_any()
            }
            false => view! {
                <form class="app-cluster" method="post" action=action>
                    <HiddenField name="key" value=key() />
                    <HiddenField name="slot" value=slot />
                    <Button label="Book" look=Look::Secondary />
                    <Button label="Hold and offer" look=Look::Secondary name="offer" value="1" />
                </form>
            }
            .into_any(),
        },
    ])
}
