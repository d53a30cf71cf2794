//! The configuration as a file: written out, uploaded, looked at before it is taken in. The upload itself is taken by the
//! server beside the pages (POST to the same address).

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use contract::ConfigReport;
use leptos::prelude::*;
use service::ServiceError;
use service::admin::config::{Mode, export_config, load_config, read};
use tower_sessions::Session;

use crate::components::{
    Button, Card, Column, DataTable, Density, Empty, FileField, HiddenField, Level, Look, Meaning, Row,
};
use crate::pages::console::{Console, Section, done, key};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, confirm_first, kept, page};
use crate::words;

pub const PATH: &str = "/admin/configuration";
/// Largest configuration that is taken here, in bytes: it is kept in the session.
pub const MOST_BYTES: u64 = 1_000_000;
/// Under this name the session keeps a document that was uploaded and not yet taken in.
pub const WAITING: &str = "configuration";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/admin/configuration/file", get(download))
        .route("/admin/configuration/apply", post(apply))
}

/// Administrators. What waits is shown with all that it would change; nothing is written.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    service::admin::setup(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let preview = match waiting(&session).await? {
        Some(text) => Some(judge(&web, &staff, &text, Mode::DryRun).await?),
        None => None,
    };
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "Configuration as a file";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, body(preview.as_ref(), &kept))).await)
}

/// Administrators with a fresh second factor. The whole configuration as JSON; recorded as a read.
async fn download(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    service::admin::setup(&web.desk, &staff.call).await?;
    if let Some(answer) = confirm_first(&session, PATH, &Typed::default()).await? {
        return Ok(answer);
    }
    let document = export_config(&web.desk, &staff.call, None).await?;
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Refused(ServiceError::Broken(error.to_string())))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"waymark-configuration.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}

/// Administrators. Takes in what waits, or throws it away.
async fn apply(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    service::admin::setup(&web.desk, &staff.call).await?;
    if let Some(answer) = confirm_first(&session, PATH, &typed).await? {
        return Ok(answer);
    }
    let text = waiting(&session).await?;
    session.remove::<String>(WAITING).await.map_err(broken)?;
    let message = match text {
        _ if typed.value("act") != "write" => "Nothing was changed.".to_owned(),
        None => "Nothing waits to be taken in. Upload the file again.".to_owned(),
        Some(text) => {
            let report = judge(&web, &staff, &text, Mode::Write).await?;
            match report.problems.first() {
                Some(problem) => format!("Nothing was changed. {}: {}", problem.path, problem.remedy),
                None => format!("The configuration is taken in: {} changes.", report.changes.len()),
            }
        }
    };
    done(&session, PATH, &message).await
}

async fn waiting(session: &Session) -> Result<Option<String>, Refused> {
    session.get::<String>(WAITING).await.map_err(broken)
}

fn broken(error: tower_sessions::session::Error) -> Refused {
    Refused(ServiceError::Broken(error.to_string()))
}

async fn judge(web: &Web, staff: &Staff, text: &str, mode: Mode) -> Result<ConfigReport, Refused> {
    Ok(match read(text) {
        Err(problem) => ConfigReport { problems: vec![problem], changes: Vec::new() },
        Ok(document) => load_config(&web.desk, &staff.call, None, &document, mode).await?,
    })
}

fn body(preview: Option<&ConfigReport>, kept: &Kept) -> AnyView {
    let wrong = kept.error("file");
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                "Clocks, holidays, sites, teams, people, services with all that they ask, reasons, texts to begin with and the words of messages, in one file: to keep, to compare, to set up another installation."
            </p>
            {preview.map(waiting_card)}
            <Card title="Take a file in" level=Level::Two>
                <form class="app-stack" method="post" action=PATH enctype="multipart/form-data">
                    <HiddenField name="key" value=key() />
                    <FileField
                        name="file"
                        label="Configuration"
                        hint="JSON or TOML, up to 1 MB. You see what it would change before anything is written"
                        accept=".json,.toml"
                        largest=MOST_BYTES
                        error=wrong
                    />
                    <Button label="Look at it" look=Look::Secondary />
                </form>
            </Card>
            <Card title="Write it out" level=Level::Two>
                <p>
                    <a href="/admin/configuration/file" download="waymark-configuration.json">
                        "Download the configuration of now"
                    </a>
                </p>
            </Card>
            <p>
                <a href="/admin">"Back to administration"</a>
            </p>
        </div>
    }
    .into_any()
}

fn waiting_card(report: &ConfigReport) -> AnyView {
    let forget = || {
        view! {
            <form method="post" action="/admin/configuration/apply">
                <HiddenField name="key" value=key() />
                <Button label="Forget this file" look=Look::Secondary name="act" value="forget" />
            </form>
        }
    };
    if !report.problems.is_empty() {
        let lines: Vec<_> = report
            .problems
            .iter()
            .map(|problem| view! { <li><code>{problem.path.clone()}</code>" "{problem.remedy.clone()}</li> })
            .collect();
        return view! {
            <Card title="This file cannot be taken in" level=Level::Two meaning=Meaning::Stopped>
                <p>"Nothing was changed. Put this right in the file and upload it again:"</p>
                <ul>{lines}</ul>
                {forget()}
            </Card>
        }
        .into_any();
    }
    if report.changes.is_empty() {
        return view! {
            <Card title="Everything is as the file says" level=Level::Two meaning=Meaning::Done>
                <Empty title="It would change nothing" level=Level::Three />
                {forget()}
            </Card>
        }
        .into_any();
    }
    let rows = report
        .changes
        .iter()
        .map(|change| {
            let shown = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
            Row::text([
                format!(
                    "{}, {}",
                    words::set_thing(&change.entity, &change.name),
                    words::setting(&change.field)
                ),
                shown(&change.before),
                shown(&change.after),
            ])
        })
        .collect();
    let columns = ["What", "Now", "Then"].map(Column::new).to_vec();
    let count = match report.changes.len() {
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    view! {
        <Card title=format!("This file would make {count}") level=Level::Two meaning=Meaning::Attention>
            <DataTable caption="What would change" columns rows density=Density::Dense />
            <div class="app-actions">
                <form method="post" action="/admin/configuration/apply">
                    <HiddenField name="key" value=key() />
                    <Button label=format!("Write {count}") name="act" value="write" />
                </form>
                {forget()}
            </div>
        </Card>
    }
    .into_any()
}
