//! Bulk matching: which patients and times, a preview of who would get what and why, and the result.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{ApplyInput, ClassTotal, MatchedLine, MatchingInput, MatchingPage, MatchingStart};
use leptos::prelude::*;
use serde::Deserialize;
use service::booking::matching;
use tower_sessions::Session;

use super::console::{Console, Section, done, key, outcome, to, with_query};
use crate::components::{
    Button, CheckboxGroup, Choice, Column, DataTable, Density, Empty, HiddenField, Href, Look, Notice,
    NoticeKind, Pager, Progress, Row, TextField, TextKind,
};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page, refused_form};
use crate::words;

const PATH: &str = "/matching";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(start).post(preview))
        .route("/matching/{id}", get(show))
        .route("/matching/{id}/apply", post(apply))
}

/// Coordinators.
async fn start(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let data = matching::start(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Board, &kept);
    let view = move || console.page("Match patients to free times", form(&data, &kept));
    Ok(page(&web, "Matching", Alive::Plain, view).await)
}

/// Coordinators. Works a plan out and shows it; nobody is booked by it.
async fn preview(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let input = MatchingInput {
        services: typed.joined("services"),
        from: typed.value("from").to_owned(),
        to: typed.value("to").to_owned(),
    };
    match matching::preview(&web.desk, &staff.keyed(typed.value("key")), &input).await {
        Ok(id) => done(&session, &format!("{PATH}/{id}"), "This is a preview. Nothing is booked yet.").await,
        Err(error) => Ok(refused_form(&session, PATH, &typed, error).await),
    }
}

/// Lines of a plan that stand on one page.
const ON_A_PAGE: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// So many lines come before the page.
    after: String,
}

/// Coordinators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let data = matching::page(&web.desk, &staff.call, &id).await?;
    let kept = kept(&session, &format!("{PATH}/{}", data.id)).await;
    let console = Console::new(&staff, Section::Board, &kept);
    let title =
        if data.applied_as.is_some() { "What became of the plan" } else { "Who would get which time" };
    let after = asked.after.parse().unwrap_or(0);
    let view = move || console.page(title, plan(&data, after));
    Ok(page(&web, "Matching", Alive::Plain, view).await)
}

/// Coordinators. Confirms the preview, or goes on with a plan; it is carried out by itself from there.
async fn apply(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(id): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let input: ApplyInput = typed.read();
    let result = matching::apply(&web.desk, &staff.keyed(typed.value("key")), &id, &input).await;
    let said = match &result {
        Ok(0) => "Done. See below what became of each line.".to_owned(),
        Ok(left) => format!("The first lines are done. The other {left} follow by themselves."),
        Err(_) => String::new(),
    };
    outcome(&session, &format!("{PATH}/{id}"), &typed, result, &said).await
}

fn form(data: &MatchingStart, kept: &Kept) -> AnyView {
    if data.services.is_empty() {
        return view! {
            <Empty title="Nobody is waiting to be booked">
                <p>"Patients appear here once their referral is accepted and they have no time yet."</p>
            </Empty>
            {past(data)}
        }
        .into_any();
    }
    let services: Vec<Choice> =
        data.services.iter().map(|(id, name)| Choice::new(id.clone(), name.clone())).collect();
    let chosen: Vec<String> =
        kept.values.iter().filter(|(name, _)| name == "services").map(|(_, value)| value.clone()).collect();
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                "Finds the best times for many patients at once: the most urgent first, within the window of their urgency, the longest wait soonest, on days that suit, with whoever saw them before."
            </p>
            <form class="app-stack" method="post" action=PATH>
                <HiddenField name="key" value=key() />
                <CheckboxGroup
                    name="services"
                    label="Which services?"
                    choices=services
                    values=chosen
                    error=kept.error("services")
                />
                <div class="app-cluster">
                    <TextField
                        name="from"
                        label="First day"
                        kind=TextKind::Day
                        value=kept.value("from", &data.from)
                        error=kept.error("from")
                    />
                    <TextField
                        name="to"
                        label="Last day"
                        kind=TextKind::Day
                        value=kept.value("to", &data.to)
                        error=kept.error("to")
                    />
                </div>
                <Button label="Show who would get which time" />
            </form>
            {past(data)}
        </div>
    }
    .into_any()
}

fn past(data: &MatchingStart) -> AnyView {
    if data.past.is_empty() {
        return ().into_any();
    }
    let items = data
        .past
        .iter()
        .map(|plan| {
            let said = format!("{}, {}: {} of {} done", plan.when, plan.by, plan.done, plan.of);
            view! {
                <li>
                    <a href=to(format!("{PATH}/{}", plan.id))>{said}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Plans of before"</h2>
            <ul>{items}</ul>
        </section>
    }
    .into_any()
}

/// The plan as a whole, and the lines after so many others.
fn plan(data: &MatchingPage, after: usize) -> AnyView {
    let placed = data.lines.iter().filter(|line| line.after.is_some()).count();
    let about = format!(
        "{}. {placed} of {} patients get a time; {} free times are left over.",
        data.about,
        data.lines.len(),
        data.left_over
    );
    let applied = data.applied.clone().map(|applied| {
        let what = if data.applied_as.as_deref() == Some("book") { "Booked" } else { "Offered" };
        let title = format!("{what}: {applied}");
        view! { <Notice kind=NoticeKind::Info title /> }
    });
    let cut_short = data.is_cut_short.then(|| {
        view! {
            <Notice kind=NoticeKind::Info title="There may be a better plan">
                <p>
                    "Rooms and daily limits leave more ways than could be compared. This plan keeps to them, and nobody less urgent gets a time that somebody more urgent wants."
                </p>
            </Notice>
        }
    });
    let mut columns = ["Patient", "Urgency", "Waiting", "Now", "Would get", "Why"].map(Column::new).to_vec();
    if data.applied_as.is_some() {
        columns.push(Column::new("What became of it"));
    }
    let after = after.min(data.lines.len());
    let last = data.lines.len().min(after + ON_A_PAGE);
    let rows = data.lines[after..last].iter().map(|one| line(data, one)).collect();
    let path = format!("{PATH}/{}", data.id);
    let next =
        (last < data.lines.len()).then(|| Href::from(with_query(&path, &[("after", &last.to_string())])));
    let first = (after > 0).then(|| Href::from(path));
    let showing = format!("{} to {last} of {}", after + 1, data.lines.len());
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{about}</p>
            {applied}
            {cut_short}
            {classes(&data.classes)}
            {under_way(data)}
            {confirm(data)}
            <DataTable caption="Each patient, the most urgent first" columns rows density=Density::Dense />
            <Pager next first showing />
            <p>
                <a href=PATH>"Another plan"</a>
            </p>
        </div>
    }
    .into_any()
}

fn line(data: &MatchingPage, line: &MatchedLine) -> Row {
    let mut cells = vec![
        view! {
            <a href=to(format!("/referrals/{}", line.referral))>{line.patient.clone()}</a>
            <p class="app-quiet">{line.reference.clone()}</p>
        }
        .into_any(),
        words::priority_code(&line.priority).into_any(),
        words::days(line.waited_days).into_any(),
        now(line),
        match line.after.clone() {
            Some(after) => view! { <strong>{after}</strong> }.into_any(),
            None if line.has_time => "keeps it".into_any(),
            None => "no time".into_any(),
        },
        line.why.clone().into_any(),
    ];
    if data.applied_as.is_some() {
        cells.push(line.outcome.clone().into_any());
    }
    Row::new(cells)
}

/// What they have now: a time, the last one and what became of it, or nothing but the wait.
fn now(line: &MatchedLine) -> AnyView {
    let since = (!line.since.is_empty()).then(|| format!("waiting since {}", line.since));
    match (line.before.is_empty(), since) {
        (true, Some(since)) => view! {
            "No time yet"
            <p class="app-quiet">{since}</p>
        }
        .into_any(),
        (true, None) => "No time yet".into_any(),
        (false, since) => view! {
            {line.before.clone()}
            <p class="app-quiet">{since}</p>
        }
        .into_any(),
    }
}

/// How far a confirmed plan is that is still being carried out.
fn under_way(data: &MatchingPage) -> AnyView {
    if data.applied_as.is_none() || data.pending == 0 {
        return ().into_any();
    }
    let all = data.lines.iter().filter(|line| line.after.is_some()).count();
    let done = all - data.pending;
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let href = to(format!("{PATH}/{}", data.id));
    view! {
        <section class="app-stack app-stack--tight">
            <Progress label="Carried out" done=count(done) total=count(all) />
            <p>
                "The others follow by themselves, each looked at anew. You can leave this page. "
                <a href=href>"See how far it is"</a>
            </p>
        </section>
    }
    .into_any()
}

/// What the plan reaches for each class, and who of a class would rather have another's time.
fn classes(list: &[ClassTotal]) -> AnyView {
    let mut columns = vec![Column::new("Urgency")];
    columns.extend(
        [
            "Patients",
            "Get a time",
            "Within the window",
            "Median days until then",
            "Would rather have another’s time",
        ]
        .map(Column::number),
    );
    let rows = list
        .iter()
        .map(|class| {
            Row::text([
                match class.has_time {
                    true => format!("{}, to come earlier", words::priority_code(&class.priority)),
                    false => words::priority_code(&class.priority),
                },
                class.patients.to_string(),
                class.placed.to_string(),
                class.in_window.to_string(),
                class.median_days.map_or("–".to_owned(), |days| days.to_string()),
                class.envious.to_string(),
            ])
        })
        .collect();
    view! {
        <DataTable caption="By urgency. Nobody more urgent would rather have a time of somebody less urgent" columns rows />
    }
    .into_any()
}

/// The confirmation of this very preview, or of going on with it.
fn confirm(data: &MatchingPage) -> AnyView {
    if data.pending == 0 {
        return ().into_any();
    }
    let number = match data.pending {
        1 => "1 time".to_owned(),
        many => format!("{many} times"),
    };
    let buttons = match data.applied_as.as_deref() {
        None => view! {
            <Button label=format!("Hold and offer {number}") name="applied_as" value="offer" />
            <Button label=format!("Book {number}") look=Look::Secondary name="applied_as" value="book" />
            <a href=PATH>"Do nothing and go back"</a>
        }
        .into_any(),
        Some(_) => {
            let label = format!("Go on with {number} in my name");
            view! { <Button label look=Look::Secondary /> }.into_any()
        }
    };
    view! {
        <form class="app-actions app-screen-only" method="post" action=to(format!("{PATH}/{}/apply", data.id))>
            <HiddenField name="key" value=key() />
            <HiddenField name="fingerprint" value=data.fingerprint.clone() />
            {buttons}
        </form>
    }
    .into_any()
}
