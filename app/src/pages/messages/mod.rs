//! The message log: what was sent to whom, and whether it arrived.

mod many;
mod sending;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::{MessageLog, MessageTrace};
use domain::delivery::DeliveryState;
use leptos::prelude::*;
use serde::Deserialize;
use service::messages;
use tower_sessions::Session;

use super::console::{Console, Section, id, to, with_query};
use crate::components::{
    Card, Choice, Column, DataTable, Density, Disclosure, Empty, Fact, Facts, Filters, Href, Need, Pager,
    Row, SelectField, StatusTag, Timeline, TimelineItem, TimelineKind,
};
use crate::web::{Alive, Kept, Refused, Staff, Web, kept, page};
use crate::words;

const PATH: &str = "/messages";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/messages/{id}", get(show_one))
        .merge(sending::routes())
        .merge(many::routes())
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct LogQuery {
    /// Delivery state code; empty: all.
    state: String,
    /// Where the page before ended.
    before: String,
}

/// Coordinators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    Query(query): Query<LogQuery>,
) -> Result<Response, Refused> {
    let data = messages::log(&web.desk, &staff.call, &query.state, &query.before).await?;
    let console = Console::new(&staff, Section::Messages, &Kept::default());
    Ok(page(&web, "Messages", Alive::Plain, move || console.page("Messages", log(&data, &query))).await)
}

/// Coordinators. Shows the words that were sent, so the read is recorded.
async fn show_one(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(message): Path<String>,
) -> Result<Response, Refused> {
    let data = messages::trace(&web.desk, &staff.call, id(&message)?).await?;
    let kept = kept(&session, &format!("/messages/{message}")).await;
    let console = Console::new(&staff, Section::Messages, &kept);
    let view = move || console.page(words::template(&data.line.template), trace(&data));
    Ok(page(&web, "Message", Alive::Plain, view).await)
}

fn log(data: &MessageLog, query: &LogQuery) -> AnyView {
    let states = DeliveryState::ALL
        .iter()
        .map(|state| Choice::new(state.code(), words::delivery(state.code()).1))
        .collect::<Vec<_>>();
    let on = !query.state.is_empty();
    let disclosure = if on { Disclosure::Open } else { Disclosure::Closed };
    let clear = on.then(|| Href::from(PATH));
    let chosen = query.state.clone();
    let list = if data.lines.is_empty() {
        let title = if on { "No message is in this state" } else { "Nothing has been sent yet" };
        view! {
            <Empty title>
                <p>"Messages to patients and staff appear here with their delivery."</p>
            </Empty>
        }
        .into_any()
    } else {
        let columns = ["About", "When", "To", "Delivery", "Referral"].map(Column::new).to_vec();
        let rows = data.lines.iter().map(row).collect();
        view! { <DataTable caption="The newest first" columns rows density=Density::Dense /> }.into_any()
    };
    let next = data
        .next
        .as_ref()
        .map(|before| Href::from(with_query(PATH, &[("state", &query.state), ("before", before)])));
    let first = (!query.before.is_empty()).then(|| Href::from(with_query(PATH, &[("state", &query.state)])));
    view! {
        <div class="app-stack">
            <p><a href="/messages/sending">"How sending goes"</a></p>
            <p class="app-screen-only"><a href="/messages/many">"Messages to many"</a></p>
            <p class="app-screen-only"><a href="/messages/letters">"Letters to print and post"</a></p>
            <Filters action=Href::from(PATH) label="Filter by delivery" clear disclosure>
                <SelectField
                    name="state"
                    label="Delivery"
                    choices=states
                    value=chosen
                    need=Need::Unsaid
                    empty="Any"
                />
            </Filters>
            {list}
            <Pager next first />
        </div>
    }
    .into_any()
}

fn row(line: &contract::MessageLine) -> Row {
    let (meaning, label) = words::delivery_by(&line.channel, &line.state);
    Row::new(vec![
        view! {
            <a href=to(format!("/messages/{}", line.id))>{words::template(&line.template)}</a>
        }
        .into_any(),
        line.when.clone().into_any(),
        format!("{}, {}", words::channel(&line.channel), line.address).into_any(),
        view! {
            <StatusTag meaning label />
            {line.error.as_deref().map(|error| view! { <p class="app-quiet">{words::undelivered(error)}</p> })}
        }
        .into_any(),
        line.referral
            .clone()
            .map(|referral| match line.about.is_empty() {
                // It was moved on, and is not theirs to open any more.
                true => "With another organisation".into_any(),
                false => {
                    view! { <a href=to(format!("/referrals/{referral}"))>{line.about.clone()}</a> }.into_any()
                }
            })
            .into_any(),
    ])
}

fn trace(data: &MessageTrace) -> AnyView {
    let (meaning, label) = words::delivery_by(&data.line.channel, &data.line.state);
    let mut items = vec![
        Fact::text("To", format!("{}, {}", words::channel(&data.line.channel), data.line.address)),
        Fact::text("Written", data.line.when.clone()),
        Fact::new("Delivery", view! { <StatusTag meaning label /> }.into_any()),
        Fact::text("Words", words::words_used(data)),
    ];
    items.extend(data.due.clone().map(|due| Fact::text("Due", due)));
    let steps: Vec<TimelineItem> = data
        .attempts
        .iter()
        .map(|(when, what, detail)| TimelineItem {
            when: when.clone(),
            what: step(what),
            detail: Some(detail.clone()).filter(|detail| !detail.is_empty()),
            kind: TimelineKind::Past,
        })
        .collect();
    let steps = if steps.is_empty() {
        view! { <p>"Nothing yet. It leaves when its time has come."</p> }.into_any()
    } else {
        view! { <Timeline items=steps /> }.into_any()
    };
    let referral = data
        .line
        .referral
        .clone()
        .map(|referral| view! { <a href=to(format!("/referrals/{referral}"))>"Open the referral"</a> });
    let subject = (!data.subject.is_empty()).then(|| {
        view! {
            <p>
                <strong>{data.subject.clone()}</strong>
            </p>
        }
    });
    view! {
        <div class="app-split">
            <div class="app-stack">
                <h2>"What was sent"</h2>
                {subject}
                <div class="app-letter">{data.body.clone()}</div>
            </div>
            <div class="app-stack">
                <Card title="Where it is" meaning>
                    <Facts items />
                </Card>
                <h2>"What happened to it"</h2>
                {steps}
                {sending::acts(data)}
                <p class="app-actions">{referral} <a href=PATH>"All messages"</a></p>
            </div>
        </div>
    }
    .into_any()
}

/// A step of a delivery in words: "handed-over" as "Handed over".
fn step(code: &str) -> String {
    let words = code.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_step_reads_as_words() {
        assert_eq!(super::step("given-up"), "Given up");
        assert_eq!(super::step(""), "");
    }
}
