//! The waiting list of a service: in order, with what goes to whom next and why, and what was offered.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::{NextOffer, OfferGroup, PassedOver, PastOffer, WaitingLine, WaitingPage};
use leptos::prelude::*;
use serde::Deserialize;
use service::booking::waitlist;

use super::console::{Console, Section, to, with_query};
use crate::components::{
    Choice, Column, DataTable, Density, Disclosure, Empty, Filters, Href, Level, LinkButton, Look, Pager,
    Row, SelectField, words_of,
};
use crate::web::{Alive, Kept, Refused, Staff, Web, page};
use crate::words;

const NEXT: &str = "Offered within the next minute";
const HISTORY: &str = "What was offered";
const GROUPS: &str = "Who is offered times, and who takes them?";

pub fn routes() -> Router<Web> {
    Router::new().route("/waiting", get(show))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    service: String,
    /// So many people come before the page.
    after: String,
}

/// Specialists and coordinators.
async fn show(State(web): State<Web>, staff: Staff, Query(asked): Query<Asked>) -> Result<Response, Refused> {
    let after = asked.after.parse().unwrap_or(0);
    let data = waitlist::page(&web.desk, &staff.call, &asked.service, after).await?;
    let console = Console::new(&staff, Section::Board, &Kept::default());
    let view = move || console.page("Waiting list", body(&data));
    Ok(page(&web, "Waiting list", Alive::Plain, view).await)
}

fn body(data: &WaitingPage) -> AnyView {
    let choices: Vec<Choice> = data
        .services
        .iter()
        .map(|service| {
            Choice::new(service.id.clone(), format!("{} – {}", service.name, waiting(service.waiting)))
        })
        .collect();
    let chosen = data.service.as_ref().map_or(String::new(), |service| service.id.clone());
    let name = data.service.as_ref().map_or(String::new(), |service| service.name.clone());
    let lines = if data.lines.is_empty() {
        view! {
            <Empty title="Nobody is on this list" level=Level::Three>
                <p>"Patients join it when no free time suits them; you can put somebody on it from their referral."</p>
            </Empty>
        }
        .into_any()
    } else {
        let columns =
            ["Patient", "Urgency", "Waiting", "Can come", "Answers within", "Now"].map(Column::new).to_vec();
        let rows = data.lines.iter().map(line).collect();
        view! { <DataTable caption="In the order in which times are offered" columns rows density=Density::Dense /> }
            .into_any()
    };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-actions app-screen-only">
                <LinkButton label="Back to the board" href="/board" look=Look::Link />
            </p>
            <Filters action=Href::from("/waiting") label="Another service" clear=None disclosure=Disclosure::Open>
                <SelectField name="service" label="Service" choices value=chosen />
            </Filters>
            <section class="app-stack">
                <h2>{name}</h2>
                {jumps(data)}
                {lines}
                {pager(data)}
            </section>
            {next(&data.next)}
            {history(&data.history)}
            {groups(&data.groups)}
        </div>
    }
    .into_any()
}

/// The ways past the list to what stands below it.
fn jumps(data: &WaitingPage) -> AnyView {
    let next = (!data.next.is_empty()).then(|| view! { <a href="#next">{NEXT}</a> });
    let groups = (!data.groups.is_empty()).then(|| view! { <a href="#groups">{GROUPS}</a> });
    view! {
        <nav class="app-actions app-screen-only" aria-label="On this page">
            {next}
            <a href="#history">{HISTORY}</a>
            {groups}
        </nav>
    }
    .into_any()
}

/// Moves through the list; which part is shown, stands beside.
fn pager(data: &WaitingPage) -> AnyView {
    let service = data.service.as_ref().map_or("", |service| service.id.as_str());
    let page = |after: &str| Href::from(with_query("/waiting", &[("service", service), ("after", after)]));
    let next = data.more_after.map(|after| page(&after.to_string()));
    let first = (data.after > 0).then(|| page(""));
    let all = data.service.as_ref().map_or(0, |service| service.waiting);
    let last = data.after + data.lines.len() as u64;
    let showing = format!("{} to {last} of {all}", data.after + 1);
    view! { <Pager next first showing /> }.into_any()
}

fn waiting(count: i64) -> String {
    match count {
        0 => "nobody waits".to_owned(),
        1 => "1 waits".to_owned(),
        many => format!("{many} wait"),
    }
}

fn line(line: &WaitingLine) -> Row {
    let wishes = if line.wishes.is_empty() { "any time".to_owned() } else { line.wishes.clone() };
    let booked =
        line.booked.clone().map(|when| view! { <p class="app-quiet">{format!("Booked: {when}")}</p> });
    Row::new(vec![
        view! {
            <a href=to(format!("/referrals/{}/waiting", line.referral))>{line.patient.clone()}</a>
            <p class="app-quiet">{line.reference.clone()}</p>
        }
        .into_any(),
        words::priority_code(&line.priority).into_any(),
        words::days(line.waited_days).into_any(),
        view! {
            {wishes}
            <p class="app-quiet">{format!("with {} of notice", words::days(line.notice_days))}</p>
            {booked}
        }
        .into_any(),
        line.reach.clone().into_any(),
        words_of(line.now.clone()),
    ])
}

fn passed(list: &[PassedOver]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let items =
        list.iter().map(|one| view! { <li>{format!("{} {}", one.reference, one.why)}</li> }).collect_view();
    let count = list.len();
    let label = if count == 1 { "1 passed over".to_owned() } else { format!("{count} passed over") };
    view! {
        <details>
            <summary>{label}</summary>
            <ul>{items}</ul>
        </details>
    }
    .into_any()
}

fn next(list: &[NextOffer]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let columns = ["Time", "Goes to", "Why"].map(Column::new).to_vec();
    let rows = list
        .iter()
        .map(|offer| {
            Row::new(vec![
                view! {
                    {offer.when.clone()}
                    <p class="app-quiet">{offer.who.clone()}</p>
                }
                .into_any(),
                view! {
                    {offer.patient.clone()}
                    <p class="app-quiet">{offer.reference.clone()}</p>
                }
                .into_any(),
                view! {
                    {offer.why.clone()}
                    {passed(&offer.passed)}
                }
                .into_any(),
            ])
        })
        .collect();
    view! {
        <section class="app-stack" id="next">
            <h2>{NEXT}</h2>
            <DataTable caption="Free times and who is asked first" columns rows density=Density::Dense />
        </section>
    }
    .into_any()
}

fn history(list: &[PastOffer]) -> AnyView {
    let content = if list.is_empty() {
        view! { <Empty title="No time has been offered from this list yet" level=Level::Three /> }.into_any()
    } else {
        let columns = ["Time", "Offered to", "Offered", "Answer", "Why"].map(Column::new).to_vec();
        let rows = list
            .iter()
            .map(|offer| {
                Row::new(vec![
                    view! {
                        {offer.when.clone()}
                        <p class="app-quiet">{offer.who.clone()}</p>
                    }
                    .into_any(),
                    view! {
                        <a href=to(format!("/referrals/{}", offer.referral))>{offer.patient.clone()}</a>
                        <p class="app-quiet">{offer.reference.clone()}</p>
                    }
                    .into_any(),
                    view! {
                        {offer.offered.clone()}
                        <p class="app-quiet">{format!("until {}", offer.until)}</p>
                    }
                    .into_any(),
                    words::offer_outcome(&offer.outcome).into_any(),
                    view! {
                        {offer.why.clone()}
                        {passed(&offer.passed)}
                    }
                    .into_any(),
                ])
            })
            .collect();
        view! { <DataTable caption="The newest offers" columns rows density=Density::Dense /> }.into_any()
    };
    view! {
        <section class="app-stack" id="history">
            <h2>{HISTORY}</h2>
            {content}
        </section>
    }
    .into_any()
}

/// Is the list fair in its effect as well as in its order?
pub fn groups(list: &[OfferGroup]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let mut columns = ["By", "Group"].map(Column::new).to_vec();
    columns.extend(["Offered", "Taken", "Declined", "Not answered", "Taken, of 100"].map(Column::number));
    let rows = list
        .iter()
        .map(|line| {
            let mut cells = vec![words::divided_by(&line.by).to_owned(), words::group(&line.by, &line.group)];
            match line.counts {
                Some(counts) => {
                    cells.extend(counts.iter().map(u32::to_string));
                    cells.push((counts[1] * 100).checked_div(counts[0]).unwrap_or(0).to_string());
                }
                None => cells.extend(std::iter::repeat_n("too few to show".to_owned(), 5)),
            }
            Row::text(cells)
        })
        .collect();
    view! {
        <section class="app-stack" id="groups">
            <h2>{GROUPS}</h2>
            <DataTable caption="Offers of the last year, all services" columns rows density=Density::Dense />
        </section>
    }
    .into_any()
}
