//! The audit: who touched what.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::{AuditLine, AuditPage, AuditQuery};
use leptos::prelude::*;
use service::{ServiceError, admin};
use tower_sessions::Session;

use crate::components::{
    Choice, Column, DataTable, Density, Disclosure, Empty, Filters, Href, Level, Meaning, Need, Pager, Row,
    SelectField, StatusTag, TextField, TextKind, Width,
};
use crate::pages::console::{Console, Section, to, with_query};
use crate::web::{Alive, Kept, Refused, Staff, Web, kept, page};
use crate::words;

const PATH: &str = "/admin/audit";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show))
}

/// Administrators and the privacy contact. Looking is written down as well.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Refused> {
    let (data, kept) = match admin::search_audit(&web.desk, &staff.call, &query).await {
        Ok(data) => (data, kept(&session, &audit_address(&query)).await),
        Err(ServiceError::Invalid(errors)) => {
            (AuditPage { lines: Vec::new(), next: None }, Kept { errors, ..Kept::default() })
        }
        Err(other) => return Err(other.into()),
    };
    let console = Console::new(&staff, Section::Administration, &kept);
    let view = move || console.page("Who touched what", body(&data, &query, &kept));
    Ok(page(&web, "Who touched what", Alive::Plain, view).await)
}

fn body(data: &AuditPage, query: &AuditQuery, kept: &Kept) -> AnyView {
    view! { <div class="app-stack">{filters(query, kept)} {rows(data, kept)} {pager(data, query)} {more(query)}</div> }
        .into_any()
}

fn filters(query: &AuditQuery, kept: &Kept) -> AnyView {
    let outcomes = vec![Choice::new("refused", "Only what was refused")];
    let is_on = *query != AuditQuery::default();
    let clear = is_on.then(|| Href::from(PATH));
    let query = query.clone();
    let kept = kept.clone();
    view! {
        <Filters action=Href::from(PATH) label="Search and filter" clear disclosure=Disclosure::Open>
            <TextField name="who" label="Name of who acted" need=Need::Unsaid value=query.who />
            <TextField
                name="reference"
                label="Reference of a referral"
                hint="Shows everything about its patient"
                need=Need::Unsaid
                value=query.reference
                error=kept.error("reference")
            />
            <TextField
                name="from"
                label="From this day"
                kind=TextKind::Day
                width=Width::Medium
                need=Need::Unsaid
                value=query.from
                error=kept.error("from")
            />
            <TextField
                name="to"
                label="Up to this day"
                kind=TextKind::Day
                width=Width::Medium
                need=Need::Unsaid
                value=query.to
                error=kept.error("to")
            />
            <SelectField
                name="outcome"
                label="Outcome"
                choices=outcomes
                need=Need::Unsaid
                empty="Any"
                value=query.outcome
            />
        </Filters>
    }
    .into_any()
}

fn rows(data: &AuditPage, kept: &Kept) -> AnyView {
    if !kept.errors.is_empty() {
        return ().into_any();
    }
    if data.lines.is_empty() {
        return view! { <Empty title="No event fits" level=Level::Two /> }.into_any();
    }
    let rows = data.lines.iter().map(row).collect();
    let columns = ["When", "Who", "Did what", "To what", "Outcome"].map(Column::new).to_vec();
    view! { <DataTable caption="Events, the newest first" columns rows density=Density::Dense /> }.into_any()
}

fn row(line: &AuditLine) -> Row {
    // What was allowed is the rule and stays quiet.
    let outcome = match line.is_refused {
        true => view! { <StatusTag meaning=Meaning::Stopped label="Refused" /> }.into_any(),
        false => "Allowed".into_any(),
    };
    let what = words::touched(&line.entity);
    let what = match &line.reference {
        Some(reference) => {
            let href = to(with_query(PATH, &[("reference", reference)]));
            view! {
                {what}
                " "
                <a class="app-unbroken" href=href>
                    <span class="app-visually-hidden">"All about the patient of "</span>
                    {reference.clone()}
                </a>
            }
            .into_any()
        }
        None => what.into_any(),
    };
    Row::new(vec![
        line.when.clone().into_any(),
        line.who.clone().into_any(),
        words::did(&line.action).into_any(),
        what,
        outcome,
    ])
}

/// Where this search is shown, from its first page on.
pub fn audit_address(query: &AuditQuery) -> String {
    with_query(PATH, &pairs(query, ""))
}

fn pairs<'q>(query: &'q AuditQuery, after: &'q str) -> [(&'static str, &'q str); 6] {
    [
        ("who", query.who.as_str()),
        ("reference", &query.reference),
        ("from", &query.from),
        ("to", &query.to),
        ("outcome", &query.outcome),
        ("after", after),
    ]
}

/// What else whoever answers for privacy does with it.
fn more(query: &AuditQuery) -> AnyView {
    let export = to(with_query("/admin/audit/export", &pairs(query, "")));
    view! {
        <p class="app-actions">
            <a href=export>"Take these events out as a file"</a>
            <a href="/admin/emergencies">"Review of emergency access"</a>
            <span class="app-quiet">"FHIR AuditEvent, one a line. Taking them out is an event as well."</span>
        </p>
    }
    .into_any()
}

fn pager(data: &AuditPage, query: &AuditQuery) -> AnyView {
    let address = |after: &str| Href::from(with_query(PATH, &pairs(query, after)));
    let next = data.next.as_deref().map(address);
    let first = (!query.after.is_empty()).then(|| address(""));
    view! { <Pager next first /> }.into_any()
}
