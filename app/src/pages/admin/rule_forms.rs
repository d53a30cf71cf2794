//! The forms of one question, one rule, one document of a service. `new` in the address is one that is not there yet.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::{CriterionInput, CriterionPage, QuestionInput, QuestionPage, RequiredInput, RequiredPage};
use domain::criteria::About;
use domain::form::FieldKind;
use domain::{Priority, ServiceId};
use leptos::prelude::*;
use serde::Deserialize;
use service::{ServiceError, admin};
use tower_sessions::Session;

use super::rules::path_of;
use crate::components::{
    Button, CheckboxGroup, Choice, HiddenField, Look, Need, RadioGroup, SafeTextarea, SelectField, TextField,
    TextKind, Width,
};
use crate::pages::console::{Console, Section, choices, done, id, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page, refused_form};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/admin/services/{id}/questions/{code}", get(show_question).post(save_question))
        .route("/admin/services/{id}/criteria/{code}", get(show_criterion).post(save_criterion))
        .route("/admin/services/{id}/documents/{code}", get(show_required).post(save_required))
}

fn which(code: &str) -> Option<&str> {
    Some(code).filter(|code| *code != "new")
}

/// Administrators.
async fn show_question(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((service, code)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let data = admin::question_page(&web.desk, &staff.call, service, which(&code)).await?;
    let path = format!("/admin/services/{service}/questions/{code}");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = if code == "new" { "Add a question" } else { "Change a question" };
    let back = path_of(service);
    Ok(page(&web, title, Alive::Plain, move || console.page(title, question(&data, &path, &back, &kept)))
        .await)
}

/// Administrators.
async fn save_question(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((service, code)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let call = staff.keyed(typed.value("key"));
    let input: QuestionInput = typed.read();
    let saved = admin::save_question(&web.desk, &call, service, which(&code), &input).await;
    answer(&session, service, &format!("questions/{code}"), &typed, saved, "The question is saved.").await
}

/// What a new rule looks at, as kept in the URL.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subject {
    subject: String,
}

/// Administrators. A new rule is first asked what it looks at.
async fn show_criterion(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((service, code)): Path<(String, String)>,
    Query(query): Query<Subject>,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let path = format!("/admin/services/{service}/criteria/{code}");
    let kept = kept(&session, &path).await;
    let subject = kept.value("subject", &query.subject);
    let data = admin::criterion_page(&web.desk, &staff.call, service, which(&code), &subject).await?;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = if code == "new" { "Add a rule" } else { "Change a rule" };
    let back = path_of(service);
    Ok(page(&web, title, Alive::Plain, move || console.page(title, criterion(&data, &path, &back, &kept)))
        .await)
}

/// Administrators.
async fn save_criterion(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((service, code)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let call = staff.keyed(typed.value("key"));
    let input = CriterionInput { is: typed.joined("is"), ..typed.read() };
    let saved = admin::save_criterion(&web.desk, &call, service, which(&code), &input).await;
    answer(&session, service, &format!("criteria/{code}"), &typed, saved, "The rule is saved.").await
}

/// Administrators.
async fn show_required(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((service, code)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let data = admin::required_page(&web.desk, &staff.call, service, which(&code)).await?;
    let path = format!("/admin/services/{service}/documents/{code}");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = if code == "new" { "Add a document" } else { "Change a document" };
    let back = path_of(service);
    Ok(page(&web, title, Alive::Plain, move || console.page(title, required(&data, &path, &back, &kept)))
        .await)
}

/// Administrators.
async fn save_required(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((service, code)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let service: ServiceId = id(&service)?;
    let call = staff.keyed(typed.value("key"));
    let input = RequiredInput { kinds: typed.joined("kinds"), ..typed.read() };
    let saved = admin::save_required(&web.desk, &call, service, which(&code), &input).await;
    answer(&session, service, &format!("documents/{code}"), &typed, saved, "The document is saved.").await
}

async fn answer(
    session: &Session,
    service: ServiceId,
    form: &str,
    typed: &Typed,
    result: Result<(), ServiceError>,
    message: &str,
) -> Result<Response, Refused> {
    match result {
        Ok(()) => done(session, &path_of(service), message).await,
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict(_))) => {
            Ok(refused_form(session, &format!("/admin/services/{service}/{form}"), typed, error).await)
        }
        Err(other) => Err(other.into()),
    }
}

/// What was ticked, or what stands there otherwise.
fn ticked(kept: &Kept, name: &str, otherwise: &str) -> Vec<String> {
    match kept.values.is_empty() {
        true => otherwise.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect(),
        false => kept.values.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect(),
    }
}

fn acts(label: &'static str, back: &str) -> AnyView {
    view! {
        <div class="app-actions">
            <Button label />
            <a href=to(back)>"Back without saving"</a>
        </div>
    }
    .into_any()
}

fn question(data: &QuestionPage, path: &str, back: &str, kept: &Kept) -> AnyView {
    let input = &data.input;
    let text = |name: &'static str, otherwise: &str| kept.value(name, otherwise);
    let kinds =
        FieldKind::ALL.iter().map(|kind| Choice::new(kind.code(), words::field_kind(*kind))).collect();
    let when = (!data.whens.is_empty()).then(|| {
        view! {
            <SelectField
                name="when"
                label="Ask it only if"
                choices=choices(&data.whens)
                need=Need::Optional
                empty="Always"
                value=text("when", &input.when)
                error=kept.error("when")
            />
        }
    });
    view! {
        <form class="app-stack" method="post" action=to(path)>
            <p class="app-lead">{data.service.clone()}</p>
            <HiddenField name="key" value=key() />
            <TextField
                name="label"
                label="Question"
                value=text("label", &input.label)
                error=kept.error("label")
                maxlength=200
            />
            <TextField
                name="hint"
                label="Hint under the question"
                need=Need::Optional
                value=text("hint", &input.hint)
                error=kept.error("hint")
                maxlength=300
            />
            <SelectField
                name="kind"
                label="Kind of answer"
                choices=kinds
                value=text("kind", &input.kind)
                error=kept.error("kind")
            />
            <div class="app-when app-when--list">
            <SafeTextarea
                name="options"
                label="Answers to choose from"
                hint="For a list: one a line"
                rows=4
                maxlength=10000
                need=Need::Optional
                value=text("options", &input.options)
                error=kept.error("options")
            />
            </div>
            <div class="app-when app-when--number app-stack">
            <TextField
                name="unit"
                label="Unit of a number"
                hint="For example, kg"
                width=Width::Short
                need=Need::Optional
                value=text("unit", &input.unit)
                error=kept.error("unit")
                maxlength=20
            />
            <TextField
                name="min"
                label="Smallest number"
                width=Width::Short
                need=Need::Optional
                value=text("min", &input.min)
                error=kept.error("min")
            />
            <TextField
                name="max"
                label="Largest number"
                width=Width::Short
                need=Need::Optional
                value=text("max", &input.max)
                error=kept.error("max")
            />
            </div>
            {when}
            <CheckboxGroup
                name="required"
                label="Before sending"
                choices=vec![Choice::new("1", "It must be answered")]
                values=ticked(kept, "required", &input.required)
                need=Need::Unsaid
            />
            {acts("Save the question", back)}
        </form>
    }
    .into_any()
}

fn criterion(data: &CriterionPage, path: &str, back: &str, kept: &Kept) -> AnyView {
    let Some(about) = data.about else {
        return view! {
            <form class="app-stack" method="get" action=to(path)>
                <p class="app-lead">{data.service.clone()}</p>
                <SelectField
                    name="subject"
                    label="What does the rule look at?"
                    choices=choices(&data.subjects)
                    error=kept.error("subject")
                />
                <div class="app-actions">
                    <Button label="Next" look=Look::Secondary />
                    <a href=to(back)>"Back without saving"</a>
                </div>
            </form>
        }
        .into_any();
    };
    let input = &data.input;
    let text = |name: &'static str, otherwise: &str| kept.value(name, otherwise);
    let severities =
        data.severities.iter().map(|one| Choice::new(one.code(), words::severity(*one))).collect();
    view! {
        <form class="app-stack" method="post" action=to(path)>
            <p class="app-lead">{format!("{}: {}", data.service, data.subject_label)}</p>
            <HiddenField name="key" value=key() />
            <HiddenField name="subject" value=input.subject.clone() />
            <TextField
                name="label"
                label="What the referrer reads"
                hint="For example, adults of 18 and over"
                value=text("label", &input.label)
                error=kept.error("label")
                maxlength=200
            />
            <TextField
                name="why"
                label="Why, or whose rule it is"
                need=Need::Optional
                value=text("why", &input.why)
                error=kept.error("why")
                maxlength=500
            />
            {expected(data, about, kept)}
            <RadioGroup
                name="severity"
                label="When it is not met"
                choices=severities
                value=text("severity", &input.severity)
                error=kept.error("severity")
            />
            <SelectField
                name="only_if"
                label="The rule counts only if"
                choices=choices(&data.onlys)
                need=Need::Optional
                empty="Always"
                value=text("only_if", &input.only_if)
                error=kept.error("only_if")
            />
            {acts("Save the rule", back)}
        </form>
    }
    .into_any()
}

/// What is expected of the subject: picks, a range, or that it is there.
fn expected(data: &CriterionPage, about: About, kept: &Kept) -> AnyView {
    if !data.picks.is_empty() {
        let picks = data
            .picks
            .iter()
            .map(|pick| match Priority::from_code(&pick.value).filter(|_| about == About::Priority) {
                Some(priority) => Choice::new(priority.code(), words::priority(priority)),
                None => Choice::new(pick.value.clone(), pick.label.clone()),
            })
            .collect();
        let label = "It has to be one of";
        return view! {
            <CheckboxGroup name="is" label choices=picks values=ticked(kept, "is", &data.input.is) error=kept.error("is") />
        }
        .into_any();
    }
    if about == About::Document {
        return view! { <p>"The document has to be attached."</p> }.into_any();
    }
    let hint =
        if about == About::Age { "In whole years" } else { "For a number; empty: it has to be answered" };
    let bound = |name: &'static str, label: &'static str, otherwise: &str| {
        view! {
            <TextField
                name
                label
                hint
                kind=TextKind::Digits
                width=Width::Short
                need=Need::Optional
                value=kept.value(name, otherwise)
                error=kept.error(name)
            />
        }
    };
    view! {
        {bound("from", "At least", &data.input.from)}
        {bound("to", "At most", &data.input.to)}
    }
    .into_any()
}

fn required(data: &RequiredPage, path: &str, back: &str, kept: &Kept) -> AnyView {
    let input = &data.input;
    let kinds = data.kinds.iter().map(|kind| Choice::new(kind.clone(), words::media_types(kind))).collect();
    view! {
        <form class="app-stack" method="post" action=to(path)>
            <p class="app-lead">{data.service.clone()}</p>
            <HiddenField name="key" value=key() />
            <TextField
                name="label"
                label="What the referrer reads"
                hint="For example, ECG of the last 3 months"
                value=kept.value("label", &input.label)
                error=kept.error("label")
                maxlength=200
            />
            <CheckboxGroup
                name="kinds"
                label="Kinds of files that are taken"
                hint="None ticked: all of them"
                choices=kinds
                values=ticked(kept, "kinds", &input.kinds)
                need=Need::Optional
                error=kept.error("kinds")
            />
            <TextField
                name="max_mb"
                label="Largest file in MB"
                hint=format!("Up to {} here", data.limit_mb)
                kind=TextKind::Digits
                width=Width::Short
                need=Need::Optional
                value=kept.value("max_mb", &input.max_mb)
                error=kept.error("max_mb")
            />
            {acts("Save the document", back)}
        </form>
    }
    .into_any()
}
