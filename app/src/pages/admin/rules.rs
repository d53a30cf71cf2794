//! What a service asks: its questions, rules, documents and priorities, with a preview of the questions as the referrer sees
//! them.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{Arrange, PriorityInput, PriorityRow, RuleList, RuleRow, RulesPage};
use domain::form::Answers;
use domain::{Priority, ServiceId};
use leptos::prelude::*;
use service::{ServiceError, admin};
use tower_sessions::Session;

use super::setup::{self, UnderWay};
use super::{rule_forms, shared};
use crate::components::{
    Button, Card, CheckboxGroup, Choice, Column, DataTable, Empty, HiddenField, Level, LinkButton, Look,
    Need, Row, TextField, TextKind, Width, questions,
};
use crate::pages::console::{Console, Section, done, id, key, outcome, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/admin/services/{id}/rules", get(show).post(arrange))
        .route("/admin/services/{id}/priorities", post(set_priorities))
        .merge(rule_forms::routes())
}

/// The page with all that a service asks.
pub fn path_of(service: ServiceId) -> String {
    format!("/admin/services/{service}/rules")
}

/// Administrators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(service): Path<String>,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let data = admin::rules_page(&web.desk, &staff.call, service).await?;
    let under_way = setup::under_way(&web, &staff).await?;
    let kept = kept(&session, &path_of(service)).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let view = move || {
        let body = view! { {under_way.map(UnderWay::notice)} {body(&data, &kept)} };
        console.page(format!("{}: what it asks", data.name), body)
    };
    Ok(page(&web, "What a service asks", Alive::Plain, view).await)
}

/// Administrators. Moves an item of a list, or takes it away.
async fn arrange(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(service): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let list = match typed.value("list") {
        "questions" => RuleList::Questions,
        "criteria" => RuleList::Criteria,
        "documents" => RuleList::Documents,
        _ => return Err(ServiceError::NotFound.into()),
    };
    let (what, message) = match typed.value("act") {
        "up" => (Arrange::Up, "It stands further up now."),
        "down" => (Arrange::Down, "It stands further down now."),
        "remove" => (Arrange::Remove, "It is taken away. What was answered before stays with its referrals."),
        _ => return Err(ServiceError::NotFound.into()),
    };
    let call = staff.keyed(typed.value("key"));
    let arranged = admin::arrange(&web.desk, &call, service, list, typed.value("code"), what).await;
    outcome(&session, &path_of(service), &typed, arranged, message).await
}

/// Administrators. Sets which priorities can be asked for and what they mean.
async fn set_priorities(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(service): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let offered = typed.joined("offered");
    let inputs: Vec<PriorityInput> = Priority::ALL
        .iter()
        .map(|priority| PriorityInput {
            code: priority.code().to_owned(),
            offered: if offered.split(',').any(|code| code == priority.code()) { "1" } else { "" }.to_owned(),
            meaning: typed.value(&format!("{priority}-meaning")).to_owned(),
            days: typed.value(&format!("{priority}-days")).to_owned(),
        })
        .collect();
    let call = staff.keyed(typed.value("key"));
    match admin::save_priorities(&web.desk, &call, service, &inputs).await {
        Ok(()) => done(&session, &path_of(service), "The priorities are set.").await,
        Err(error) => outcome::<()>(&session, &path_of(service), &typed, Err(error), "").await,
    }
}

fn body(data: &RulesPage, kept: &Kept) -> AnyView {
    let path = format!("/admin/services/{}", data.id);
    let preview = view! {
        <form class="app-stack">
            <fieldset class="app-stack" disabled=true>
                <legend class="app-visually-hidden">"Preview: nothing is sent"</legend>
                {questions(&data.form, &Answers::new(), |_| None)}
            </fieldset>
        </form>
    };
    let has_questions = !data.questions.is_empty();
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                "Every referral to this service is asked for this before it can be sent. What was answered stays as it was when you change it."
            </p>
            {list(("questions", "Questions"), "The letter alone is asked for.", "Add a question", &data.questions, &path)}
            {has_questions
                .then(|| {
                    view! { <Card title="As the referrer sees the questions" level=Level::Two>{preview}</Card> }
                })}
            {list(("documents", "Documents"), "A referral may come without any.", "Add a document", &data.documents, &path)}
            {list(("criteria", "Whom the service takes"), "Every patient can be referred.", "Add a rule", &data.criteria, &path)}
            {priorities(data, &path, kept)}
            <section class="app-stack">
                <h2>"What was changed"</h2>
                {shared::changes(&data.changes)}
            </section>
            <p>
                <a href=to(format!("{path}/reminders"))>"What patients are reminded of"</a>
                " · "
                <a href=to(path.clone())>"The service, its team and clocks"</a>
                " · "
                <a href="/admin">"Back to administration"</a>
            </p>
        </div>
    }
    .into_any()
}

/// `none` says what it means that the list is empty.
fn list(
    (list, title): (&'static str, &'static str),
    none: &'static str,
    add: &'static str,
    rows: &[RuleRow],
    path: &str,
) -> AnyView {
    let last = rows.len().saturating_sub(1);
    let lines = rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let href = to(format!("{path}/{list}/{}", row.code));
            Row::new(vec![
                view! { <a href=href>{row.label.clone()}</a> }.into_any(),
                row.about.clone().into_any(),
                arrange_form(list, row, at > 0, at < last, path),
            ])
        })
        .collect();
    let columns = ["What", "How", "Order"].map(Column::new).to_vec();
    let table = match rows.is_empty() {
        true => view! { <Empty title="None yet" level=Level::Three><p>{none}</p></Empty> }.into_any(),
        false => {
            view! { <DataTable caption=title columns rows=lines density=crate::components::Density::Dense caption_is=crate::components::Caption::Heard /> }
                .into_any()
        }
    };
    view! {
        <section class="app-stack" id=list>
            <h2>{title}</h2>
            {table}
            <p>
                <LinkButton label=add href=to(format!("{path}/{list}/new")) look=Look::Secondary />
            </p>
        </section>
    }
    .into_any()
}

fn arrange_form(list: &'static str, row: &RuleRow, can_rise: bool, can_fall: bool, path: &str) -> AnyView {
    let button = |value: &'static str, label: &'static str| {
        view! {
            <button type="submit" class="app-button app-button--link" name="act" value=value>
                {label}
                <span class="app-visually-hidden">{format!(" {}", row.label)}</span>
            </button>
        }
    };
    view! {
        <form class="app-cluster" method="post" action=to(format!("{path}/rules"))>
            <HiddenField name="key" value=key() />
            <HiddenField name="list" value=list />
            <HiddenField name="code" value=row.code.clone() />
            {can_rise.then(|| button("up", "Up"))}
            {can_fall.then(|| button("down", "Down"))}
            {button("remove", "Remove")}
        </form>
    }
    .into_any()
}

fn priorities(data: &RulesPage, path: &str, kept: &Kept) -> AnyView {
    let choices: Vec<Choice> = Priority::ALL
        .iter()
        .map(|priority| Choice::new(priority.code(), words::priority(*priority)))
        .collect();
    let offered: Vec<String> = match kept.values.is_empty() {
        true => data.priorities.iter().filter(|row| row.is_offered).map(|row| row.code.clone()).collect(),
        false => {
            let chosen = kept.values.iter().filter(|(name, _)| name == "offered");
            chosen.map(|(_, value)| value.clone()).collect()
        }
    };
    let fields: Vec<_> = data.priorities.iter().map(|row| meaning(row, kept)).collect();
    view! {
        <section class="app-stack" id="priorities">
            <h2>"Priorities"</h2>
            <form class="app-stack" method="post" action=to(format!("{path}/priorities"))>
                <HiddenField name="key" value=key() />
                <CheckboxGroup
                    name="offered"
                    label="What the referrer can ask for"
                    choices
                    values=offered
                    error=kept.error("offered")
                />
                {fields}
                <Button label="Set the priorities" look=Look::Secondary />
            </form>
        </section>
    }
    .into_any()
}

fn meaning(row: &PriorityRow, kept: &Kept) -> AnyView {
    let label = Priority::from_code(&row.code).map_or("", words::priority);
    let (meaning, days) = (format!("{}-meaning", row.code), format!("{}-days", row.code));
    view! {
        <TextField
            name=meaning.clone()
            label=format!("What “{label}” means here")
            need=Need::Optional
            value=kept.value(&meaning, &row.meaning)
            error=kept.error(&meaning)
            maxlength=300
        />
        <TextField
            name=days.clone()
            label=format!("“{label}” is usually seen within so many days")
            kind=TextKind::Digits
            width=Width::Short
            hint="Counted from the day it was sent. Each referral gets this clock; deciding and booking take no longer than it leaves"
            need=Need::Optional
            value=kept.value(&days, &row.days)
            error=kept.error(&days)
        />
    }
    .into_any()
}
