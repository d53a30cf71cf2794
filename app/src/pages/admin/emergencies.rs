//! The review of emergency access.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{EmergencyLine, EmergencyReview, FindingInput};
use domain::emergency::Finding;
use domain::policy::{Capability, may};
use leptos::prelude::*;
use service::emergency;
use tower_sessions::Session;

use crate::components::{
    Button, Card, Choice, Column, DataTable, Density, Empty, Fact, Facts, HiddenField, Level, Meaning,
    RadioGroup, Row, SafeTextarea, StatusTag,
};
use crate::pages::console::{Console, Section, id, key, outcome, prefixed, to, unprefixed, with_query};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};
use crate::words;

const PATH: &str = "/admin/emergencies";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show)).route("/admin/emergencies/{id}", post(review))
}

/// Administrators and the privacy contact; whoever leads quality where one of them could only review their own.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let leads_back = may(staff.principal(), Capability::Administer);
    let data = emergency::queue(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "Review of emergency access";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, body(&data, leads_back, &kept))).await)
}

/// The same; nobody their own.
async fn review(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(access): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let access: uuid::Uuid = id(&access)?;
    let form = access.to_string();
    let input: FindingInput = unprefixed(&form, &typed).read();
    let closed = emergency::review(&web.desk, &staff.keyed(typed.value("key")), access, &input).await;
    let closed = closed.map_err(|error| prefixed(&form, error));
    outcome(&session, PATH, &typed, closed, "The review is closed.").await
}

fn body(data: &EmergencyReview, leads_back: bool, kept: &Kept) -> AnyView {
    let waiting = if data.waiting.is_empty() {
        view! { <Empty title="Nothing waits for review" level=Level::Three /> }.into_any()
    } else {
        data.waiting.iter().map(|line| waiting(line, data.may_audit, kept)).collect_view().into_any()
    };
    view! {
        <div class="app-stack app-stack--loose">
            <section class="app-stack">
                <h2>"To be reviewed"</h2>
                {waiting}
            </section>
            {rate(data)}
            <section class="app-stack">
                <h2>"Reviewed"</h2>
                {reviewed(data)}
            </section>
            {leads_back
                .then(|| {
                    view! {
                        <p>
                            <a href="/admin">"Back to administration"</a>
                        </p>
                    }
                })}
        </div>
    }
    .into_any()
}

/// How often it happens, and who does it often.
fn rate(data: &EmergencyReview) -> AnyView {
    let people: Vec<_> = data
        .people
        .iter()
        .map(|(name, times, is_habit)| {
            let (meaning, label) = match is_habit {
                true => (Meaning::Stopped, "Looks like a habit"),
                false => (Meaning::Done, "Now and then"),
            };
            view! { <li>{format!("{name}: {times} ")}<StatusTag meaning label /></li> }
        })
        .collect();
    let items = vec![
        Fact::text(format!("Last {} days", data.days), data.lately.to_string()),
        Fact::text(format!("The {} days before", data.days), data.before.to_string()),
    ];
    view! {
        <Card title="How often">
            <Facts items />
            <ul class="app-plain-list">{people}</ul>
        </Card>
    }
    .into_any()
}

fn waiting(line: &EmergencyLine, may_audit: bool, kept: &Kept) -> AnyView {
    let (meaning, label) = match line.is_late {
        true => (Meaning::Stopped, format!("Late: waiting for {}", line.age)),
        false => (Meaning::Attention, format!("Waiting for {}", line.age)),
    };
    let form = if !line.has_reviewer {
        view! {
            <p>
                "Nobody here can review this one: nobody reviews their own, and there is no other administrator, no privacy "
                "contact and nobody who leads quality. " <a href="/admin/organisation">"Name a privacy contact"</a> " or "
                <a href="/admin/people/new">"invite a colleague"</a> "."
            </p>
        }
        .into_any()
    } else if line.is_own {
        view! { <p class="app-quiet">"You opened this one: somebody else reviews it."</p> }.into_any()
    } else {
        finding_form(line, kept)
    };
    let items = facts(line, may_audit);
    let looked = looked(line);
    view! {
        <Card title=format!("{}, {}", line.who, line.when) level=Level::Three meaning>
            <p>
                <StatusTag meaning label />
            </p>
            <Facts items />
            {looked}
            {form}
        </Card>
    }
    .into_any()
}

fn facts(line: &EmergencyLine, may_audit: bool) -> Vec<Fact> {
    vec![
        Fact::new("Referral", referral(line, may_audit)),
        Fact::text("Reason given", line.reason.clone()),
        Fact::text("Looked", words::times(line.looks)),
    ]
}

/// Its reference, which leads to everything about its patient in the audit.
fn referral(line: &EmergencyLine, may_audit: bool) -> AnyView {
    if !may_audit {
        return line.reference.clone().into_any();
    }
    let href = to(with_query("/admin/audit", &[("reference", line.reference.as_str())]));
    view! { <a class="app-unbroken" href=href>{line.reference.clone()}</a> }.into_any()
}

/// What was looked at, and when.
fn looked(line: &EmergencyLine) -> AnyView {
    if line.looked.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = line
        .looked
        .iter()
        .map(|(what, when)| view! { <li>{format!("{}, {when}", words::touched(what))}</li> })
        .collect();
    view! {
        <details class="app-act">
            <summary class="app-act__summary">"What they looked at"</summary>
            <ul class="app-act__body">{lines}</ul>
        </details>
    }
    .into_any()
}

fn finding_form(line: &EmergencyLine, kept: &Kept) -> AnyView {
    let (finding, note) = (format!("{}-finding", line.id), format!("{}-note", line.id));
    let choices = Finding::ALL.iter().map(|code| Choice::new(code.code(), words::finding(*code).1)).collect();
    let of = format!("{}, {}", line.who, line.when);
    view! {
        <form class="app-stack" method="post" action=to(format!("{PATH}/{}", line.id))>
            <HiddenField name="key" value=key() />
            <RadioGroup
                name=finding.clone()
                label=format!("What did you find? ({of})")
                choices
                value=kept.value(&finding, "")
                error=kept.error(&finding)
            />
            <SafeTextarea
                name=note.clone()
                label=format!("In your words ({of})")
                rows=2
                maxlength=2000
                value=kept.value(&note, "")
                error=kept.error(&note)
            />
            <Button label="Close the review" />
        </form>
    }
    .into_any()
}

fn reviewed(data: &EmergencyReview) -> AnyView {
    if data.reviewed.is_empty() {
        return view! { <Empty title="Nothing was reviewed yet" level=Level::Three /> }.into_any();
    }
    let rows = data
        .reviewed
        .iter()
        .map(|line| {
            let tag = line.finding.map(|finding| {
                let (meaning, label) = words::finding(finding);
                view! { <StatusTag meaning label /> }
            });
            Row::new(vec![
                line.when.clone().into_any(),
                line.who.clone().into_any(),
                referral(line, data.may_audit),
                line.reason.clone().into_any(),
                view! {
                    {tag}
                    <p class="app-quiet">{line.note.clone()}</p>
                }
                .into_any(),
                line.reviewed.clone().unwrap_or_default().into_any(),
            ])
        })
        .collect();
    let columns = ["When", "Who", "Referral", "Reason", "Finding", "Reviewed by"].map(Column::new).to_vec();
    view! { <DataTable caption="Reviewed, the newest first" columns rows density=Density::Dense /> }
        .into_any()
}
