//! Messages to many: the list, writing one, looking at who gets what, confirming, and what became of it.

mod form;
mod shown;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{AudienceQuery, ToManyConfirmed, ToManyFilter, ToManyLine, ToManyList, WorklistQuery};
use domain::policy::{Capability, may};
use leptos::prelude::*;
use serde::Deserialize;
use service::{ServiceError, to_many};
use tower_sessions::Session;

use crate::components::{Column, DataTable, Density, Empty, Href, LinkButton, Pager, Row, StatusTag};
use crate::pages::console::{Console, Section, outcome, to, with_query};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, keep, kept, page, refused_form};
use crate::words;

const PATH: &str = "/messages/many";
const NEW: &str = "/messages/many/new";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show_list))
        .route(NEW, get(begin).post(make))
        .route("/messages/many/{campaign}", get(show).post(act))
        .route("/messages/many/{campaign}/change", get(edit).post(change))
        .route("/messages/many/{campaign}/table", get(table))
}

/// Administrators do not have the message log, and come here from their own pages.
fn section(staff: &Staff) -> Section {
    match may(staff.principal(), Capability::MessageLog) {
        true => Section::Messages,
        false => Section::Administration,
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Place {
    /// Where the page before ended.
    before: String,
    after: String,
    /// "out": who gets nothing.
    show: String,
}

/// Coordinators and administrators.
async fn show_list(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(place): Query<Place>,
) -> Result<Response, Refused> {
    let data = to_many::list(&web.desk, &staff.call, &place.before).await?;
    let console = Console::new(&staff, section(&staff), &kept(&session, PATH).await);
    let view = move || {
        let new = view! {
            <p class="app-actions app-screen-only">
                <LinkButton label="Write to many" href=NEW />
            </p>
        };
        console.page_beside("Messages to many", new, listed(&data, &place))
    };
    Ok(page(&web, "Messages to many", Alive::Plain, view).await)
}

/// Coordinators and administrators. A worklist's filter is taken over from the address.
async fn begin(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(list): Query<WorklistQuery>,
    Query(audience): Query<AudienceQuery>,
) -> Result<Response, Refused> {
    let mut data = to_many::form(&web.desk, &staff.call, None).await?;
    data.input.filter = ToManyFilter { list, audience };
    let kept = kept(&session, NEW).await;
    let console = Console::new(&staff, section(&staff), &kept);
    let view = move || console.page("Write to many", form::form(&data, NEW, &kept));
    Ok(page(&web, "Write to many", Alive::Islands, view).await)
}

/// Coordinators and administrators. Nothing is sent by it.
async fn make(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    if typed.value("act") == "language" && may(staff.principal(), Capability::SendToMany) {
        return one_more_language(&session, NEW, &typed).await;
    }
    match to_many::make(&web.desk, &call, &form::input(&typed)).await {
        Ok(id) => Ok(Redirect::to(&format!("{PATH}/{id}")).into_response()),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict(_))) => {
            Ok(refused_form(&session, NEW, &typed, error).await)
        }
        Err(other) => Err(other.into()),
    }
}

/// Shows the form with everything that was typed, and with room for another language.
async fn one_more_language(session: &Session, path: &str, typed: &Typed) -> Result<Response, Refused> {
    let kept = Kept { path: path.to_owned(), values: typed.pairs.clone(), ..Kept::default() };
    keep(session, kept).await.map_err(|error| Refused(ServiceError::Broken(error.to_string())))?;
    Ok(Redirect::to(&format!("{path}#words")).into_response())
}

/// Coordinators and administrators, while it is not confirmed.
async fn edit(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(campaign): Path<String>,
) -> Result<Response, Refused> {
    let data = to_many::form(&web.desk, &staff.call, Some(&campaign)).await?;
    let path = format!("{PATH}/{campaign}/change");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, section(&staff), &kept);
    let view = move || console.page("Change the sending", form::form(&data, &path, &kept));
    Ok(page(&web, "Change the sending", Alive::Islands, view).await)
}

/// Coordinators and administrators, while it is not confirmed.
async fn change(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(campaign): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let path = format!("{PATH}/{campaign}/change");
    let call = staff.keyed(typed.value("key"));
    if typed.value("act") == "language" {
        // Whoever may not change it is not shown that it is there.
        to_many::form(&web.desk, &staff.call, Some(&campaign)).await?;
        return one_more_language(&session, &path, &typed).await;
    }
    match to_many::change(&web.desk, &call, &campaign, &form::input(&typed)).await {
        Ok(()) => Ok(Redirect::to(&format!("{PATH}/{campaign}")).into_response()),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict(_))) => {
            Ok(refused_form(&session, &path, &typed, error).await)
        }
        Err(other) => Err(other.into()),
    }
}

/// Coordinators and administrators. Everybody who is named has it recorded.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(campaign): Path<String>,
    Query(place): Query<Place>,
) -> Result<Response, Refused> {
    let out = place.show == "out";
    let data = to_many::page(&web.desk, &staff.call, &campaign, out, &place.after).await?;
    let kept = kept(&session, &format!("{PATH}/{campaign}")).await;
    let console = Console::new(&staff, section(&staff), &kept);
    let view =
        move || console.page(data.line.name.clone(), shown::shown(&data, out, !place.after.is_empty()));
    Ok(page(&web, "Message to many", Alive::Plain, view).await)
}

/// Coordinators and administrators: confirm, agree, hold back, end.
async fn act(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(campaign): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let path = format!("{PATH}/{campaign}");
    let call = staff.keyed(typed.value("key"));
    let step = typed.value("act");
    let seen = (typed.value("version"), typed.value("seen"));
    let result = to_many::act(&web.desk, &call, &campaign, step, seen).await;
    let said = match (&result, step) {
        (Ok(ToManyConfirmed::Differs), _) => {
            return differs(&session, &path).await;
        }
        (Ok(ToManyConfirmed::Waits), _) => "Confirmed. Somebody else has to agree before anything is sent.",
        (_, "confirm" | "approve") => "Confirmed. It is sent by itself from here.",
        (_, "give-back") => "Given back. Nothing was sent.",
        (_, "pause") => "Paused. What has not left waits.",
        (_, "resume") => "It goes on.",
        (_, "cancel") => "Cancelled. Nothing more of it leaves.",
        _ => "This is who would get it now.",
    };
    match result {
        Err(ServiceError::NotAllowed) if step == "approve" => Err(Refused(ServiceError::NotAllowed)),
        result => outcome(&session, &path, &typed, result, said).await,
    }
}

/// Back to the page, which shows what is different.
async fn differs(session: &Session, path: &str) -> Result<Response, Refused> {
    let kept = Kept { path: path.to_owned(), ..Kept::default() };
    keep(session, kept).await.map_err(|error| Refused(ServiceError::Broken(error.to_string())))?;
    Ok(Redirect::to(path).into_response())
}

/// Coordinators and administrators. A file for a spreadsheet.
async fn table(
    State(web): State<Web>,
    staff: Staff,
    Path(campaign): Path<String>,
) -> Result<Response, Refused> {
    let table = to_many::export(&web.desk, &staff.call, &campaign).await?;
    let mut response = table.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"sending.csv\""),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn listed(data: &ToManyList, place: &Place) -> AnyView {
    let list = if data.lines.is_empty() {
        view! {
            <Empty title="Nothing was sent to many yet">
                <p>
                    "For a closed clinic or a moved site: choose whom it is for, write it once, and see exactly who would get what before anything is sent."
                </p>
            </Empty>
        }
        .into_any()
    } else {
        let columns = ["What", "For", "Status", "Patients", "Written", "Begins"].map(Column::new).to_vec();
        let rows = data.lines.iter().map(row).collect();
        view! { <DataTable caption="The newest first" columns rows density=Density::Dense /> }.into_any()
    };
    let next = data.next.as_ref().map(|before| Href::from(with_query(PATH, &[("before", before)])));
    let first = (!place.before.is_empty()).then(|| Href::from(PATH));
    view! {
        <div class="app-stack">
            {list} <Pager next first />
            <p class="app-screen-only"><a href="/messages">"All messages"</a></p>
        </div>
    }
    .into_any()
}

fn row(line: &ToManyLine) -> Row {
    let (meaning, label) = words::sending_stage(line.stage);
    Row::new(vec![
        view! { <a href=to(format!("{PATH}/{}", line.id))>{line.name.clone()}</a> }.into_any(),
        words::purpose(line.purpose).into_any(),
        view! { <StatusTag meaning label /> }.into_any(),
        line.recipients.into_any(),
        format!("{}, {}", line.by, line.made).into_any(),
        line.starts.clone().unwrap_or_else(|| "at once".to_owned()).into_any(),
    ])
}
