//! The draft: what is written, what it still needs, and sending it.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{DraftInput, FieldError, Meanwhile, ReferralPage};
use domain::criteria::{Severity, Verdict};
use domain::form::{Answers, Form, control, read_pairs};
use domain::referral::{Act, Kind};
use domain::{Priority, ReferralId};
use leptos::prelude::*;
use service::{ServiceError, referrals};
use tower_sessions::Session;

use super::meanwhile;
use crate::components::{
    Button, Card, Choice, Fact, Facts, FileField, HiddenField, Look, Meaning, Need, Notice, NoticeKind,
    RadioGroup, SafeTextarea, SelectField, StatusTag, field_id, files_of, questions,
};
use crate::islands::DraftHelper;
use crate::pages::console::{Console, Section, done, id, key, outcome, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, keep, kept, page, refused_form};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/referrals/{id}/edit", get(show).post(save))
        .route("/referrals/{id}/send", post(send))
}

/// Referrers of the referring organisation, while it is a draft.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let data = referrals::detail(&web.desk, &staff.call, referral).await?;
    let mut kept = kept(&session, &format!("/referrals/{referral}/edit")).await;
    if !data.acts.contains(&Act::Save) {
        let on = format!("/referrals/{referral}");
        if !kept.values.is_empty() {
            // It is no draft any more. What was typed goes along to the page that says so.
            kept.path.clone_from(&on);
            kept.values.push(("form".to_owned(), "edit".to_owned()));
            hold(&session, kept).await?;
        }
        return Ok(Redirect::to(&on).into_response());
    }
    let meanwhile = match meanwhile::older(&kept, data.version) {
        Some(version) => {
            // Both texts stay until one is saved or left, also when the page is loaded again.
            hold(&session, kept.clone()).await?;
            let mine = DraftInput {
                version,
                priority: kept.value("priority", ""),
                reason: kept.value("reason", ""),
                pairs: None,
            };
            Some(referrals::meanwhile(&web.desk, &staff.call, referral, version, Some(&mine)).await?)
        }
        None => None,
    };
    let console = Console::new(&staff, Section::Referrals, &kept);
    let view = move || console.page(title(&data), body(&data, &kept, meanwhile.as_ref()));
    Ok(page(&web, "Write a referral", Alive::Islands, view).await)
}

async fn hold(session: &Session, kept: Kept) -> Result<(), Refused> {
    keep(session, kept).await.map_err(|error| Refused(ServiceError::Broken(error.to_string())))
}

/// Referrers. Saves the draft, or sends it when the button says so.
async fn save(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    match typed.value("act") {
        "send" => return send_draft(&web, &staff, &session, referral, &typed).await,
        "leave" => {
            let message = "Your words are left out. This is the draft as it stands.";
            return done(&session, &format!("/referrals/{referral}/edit"), message).await;
        }
        _ => {}
    }
    let saved = referrals::save(&web.desk, &staff.keyed(typed.value("key")), referral, &draft(&typed)).await;
    outcome(&session, &format!("/referrals/{referral}/edit"), &typed, saved, "The draft is saved.").await
}

/// Referrers. Sends the draft.
async fn send(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    send_draft(&web, &staff, &session, id(&referral)?, &typed).await
}

async fn send_draft(
    web: &Web,
    staff: &Staff,
    session: &Session,
    referral: ReferralId,
    typed: &Typed,
) -> Result<Response, Refused> {
    let input = draft(typed);
    match referrals::send(&web.desk, &staff.keyed(typed.value("key")), referral, &input).await {
        Ok(kind) => {
            let message = match kind {
                Kind::Referral => "The referral is sent. Everybody who may see it is being told.",
                Kind::Advice => "The request for advice is sent. The specialist is being told.",
            };
            done(session, &format!("/referrals/{referral}"), message).await
        }
        Err(error) => {
            // What is missing may be added on the same page, by another form: what was typed must not be lost to it.
            if matches!(error, ServiceError::Invalid(_)) {
                let _ = referrals::save(&web.desk, &staff.call, referral, &input).await;
            }
            let error = about_the_file(error);
            Ok(refused_form(session, &format!("/referrals/{referral}/edit"), typed, error).await)
        }
    }
}

/// What the form sent, with the service's own questions.
fn draft(typed: &Typed) -> DraftInput {
    let is_asked = |name: &str| name.starts_with("answer-") || name.starts_with("override-");
    let pairs = typed.pairs.iter().filter(|(name, _)| is_asked(name)).cloned().collect();
    DraftInput { pairs: Some(pairs), ..typed.read() }
}

/// A missing document is put right at the file field.
fn about_the_file(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid(fields) => ServiceError::Invalid(
            fields
                .into_iter()
                .map(|error| match error.field.as_str() {
                    "document" => FieldError::new("file", error.message),
                    _ => error,
                })
                .collect(),
        ),
        other => other,
    }
}

fn title(data: &ReferralPage) -> String {
    match data.kind {
        Kind::Referral => format!("Refer {}", data.patient),
        Kind::Advice => format!("Ask for advice about {}", data.patient),
    }
}

fn body(data: &ReferralPage, kept: &Kept, meanwhile: Option<&Meanwhile>) -> AnyView {
    let merge = meanwhile.and_then(|meanwhile| meanwhile.letter.as_ref());
    let edit = to(format!("/referrals/{}/edit", data.id));
    let priorities = data
        .sheet
        .priorities
        .iter()
        .filter_map(|offered| {
            let code = Priority::from_code(&offered.value)?;
            let choice = Choice::new(code.code(), words::priority(code));
            Some(Choice { hint: offered.hint.clone(), ..choice })
        })
        .collect::<Vec<_>>();
    let answers = match kept.values.is_empty() {
        true => data.sheet.answers.clone(),
        false => read_pairs(kept.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
    };
    let asked = questions(&data.sheet.form, &answers, |name| kept.error(name));
    let changed = withdrawn(&data.sheet.form, &answers);
    let (label, hint) = match data.kind {
        Kind::Referral => (
            "Reason for referral",
            "What is the matter, since when, what has been tried, and what you ask for",
        ),
        Kind::Advice => (
            "Your question",
            "What is the matter, since when, what has been tried, and what you want to know",
        ),
    };
    let send = match data.kind {
        Kind::Referral => words::act(Act::Send),
        Kind::Advice => "Send the question",
    };
    let (priority, reason) = match merge {
        Some(merge) => (merge.priority.clone(), merge.text.clone()),
        None => (kept.value("priority", data.priority.code()), kept.value("reason", &data.letter)),
    };
    let save = if merge.is_some() { "Save mine with these changes" } else { "Save draft" };
    let form = view! {
        <form class="app-stack" method="post" action=edit>
            <HiddenField name="key" value=key() />
            <HiddenField name="version" value=data.version.to_string() />
            <RadioGroup
                name="priority"
                label="How urgent is it?"
                choices=priorities
                value=priority
                error=kept.error("priority")
            />
            <SafeTextarea
                name="reason"
                label
                hint
                rows=14
                maxlength=20000
                value=reason
                error=kept.error("reason")
            />
            {changed}
            {asked}
            {criteria(data, kept)}
            <div class="app-actions">
                <Button label=save look=Look::Secondary name="act" value="save" />
                <Button label=send name="act" value="send" />
                {merge
                    .is_some()
                    .then(|| {
                        view! { <Button label="Leave mine out" look=Look::Link name="act" value="leave" /> }
                    })}
            </div>
        </form>
    };
    let writing = match (meanwhile, merge) {
        // Nothing is saved on its own before somebody has looked at both texts.
        (Some(meanwhile), Some(merge)) => {
            let (lines, letter) = (meanwhile::lines(meanwhile), meanwhile::letter(merge));
            view! {
                <div class="app-stack">
                    <Card title="What changed while you were writing" meaning=Meaning::Attention>
                        {lines}
                    </Card>
                    {letter}
                    {form}
                </div>
            }
            .into_any()
        }
        _ => view! { <DraftHelper referral=data.id.clone()>{form}</DraftHelper> }.into_any(),
    };
    view! {
        <div class="app-split">
            {writing}
            <div class="app-stack">{about(data)} {documents(data, kept)} {leave(data)}</div>
        </div>
    }
    .into_any()
}

/// Names the questions whose answer the service has taken away since it was chosen.
fn withdrawn(form: &Form, answers: &Answers) -> AnyView {
    let gone: Vec<_> = form
        .withdrawn(answers)
        .into_iter()
        .map(|field| {
            let href = format!("#{}", field_id(&control(&field.code)));
            view! { <li><a href=href>{field.label.clone()}</a></li> }
        })
        .collect();
    (!gone.is_empty())
        .then(|| {
            view! {
                <Notice kind=NoticeKind::Warning title="The service has changed its questions">
                    <p>"What was chosen here is no longer offered. Choose again:"</p>
                    <ul>{gone}</ul>
                </Notice>
            }
        })
        .into_any()
}

/// The service's rules with how they stand, and where to say why it is referred in spite of one.
fn criteria(data: &ReferralPage, kept: &Kept) -> AnyView {
    if data.sheet.criteria.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = data
        .sheet
        .criteria
        .iter()
        .map(|line| {
            let (meaning, label) = words::verdict(line.verdict, line.severity);
            let name = format!("override-{}", line.code);
            let error = kept.error(&name);
            let reason = kept.value(&name, &line.reason);
            let is_closed = line.verdict == Verdict::Met && reason.is_empty() && error.is_none();
            let place = (line.severity == Severity::Warning).then(|| {
                view! {
                    <div data-override=name.clone() hidden=is_closed>
                        <SafeTextarea
                            name=name.clone()
                            label=format!("Why refer in spite of “{}”?", line.label)
                            hint="The specialist reads it. Leave it empty once the rule is met"
                            rows=2
                            maxlength=2000
                            need=Need::Optional
                            value=reason.clone()
                            error=error.clone()
                        />
                    </div>
                }
            });
            let wrong = kept.error(&format!("criterion-{}", line.code));
            view! {
                <li class="app-stack app-stack--tight" id=format!("f-criterion-{}", line.code) tabindex="-1">
                    <p class="app-cluster">
                        <span>{line.label.clone()}</span>
                        <StatusTag meaning label />
                    </p>
                    {(!line.why.is_empty()).then(|| view! { <p class="app-quiet">{line.why.clone()}</p> })}
                    {wrong.map(|wrong| view! { <p class="app-field__error">{wrong}</p> })}
                    {place}
                </li>
            }
        })
        .collect();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Whom this service takes"</h2>
            <p class="app-quiet">"As of when the draft was last saved"</p>
            <ul class="app-plain-list">{lines}</ul>
        </section>
    }
    .into_any()
}

fn about(data: &ReferralPage) -> AnyView {
    let items = vec![
        Fact::text("Patient", data.patient.clone()),
        Fact::text("Born", data.birth_date.clone()),
        Fact::text(
            "NHS number",
            data.nhs_number.as_deref().map_or_else(|| "not known".to_owned(), words::nhs_number),
        ),
        Fact::text("To", format!("{}, {}", data.service, data.organisation)),
        Fact::text("Reference", data.reference.clone()),
    ];
    view! {
        <Card title="Who and where">
            <Facts items />
        </Card>
    }
    .into_any()
}

fn documents(data: &ReferralPage, kept: &Kept) -> AnyView {
    let states: Vec<_> = data
        .sheet
        .checklist
        .iter()
        .map(|item| {
            let (meaning, label) = words::check_state(item.state);
            view! {
                <li>
                    <span class="app-cluster">
                        <span>{item.label.clone()}</span>
                        <StatusTag meaning label />
                    </span>
                    <p class="app-quiet">{format!("As {}", item.accepts)}</p>
                </li>
            }
        })
        .collect();
    let intro =
        if states.is_empty() { "This service asks for no documents." } else { "This service asks for:" };
    let there: Vec<_> = data
        .documents
        .iter()
        .map(|line| {
            let href = to(format!("/referrals/{}/documents/{}", data.id, line.id));
            view! {
                <li>
                    <a href=href>{line.file_name.clone()}</a>
                    {format!(" · {} · {}{}", line.kind, line.size, words::version(line.version))}
                </li>
            }
        })
        .collect();
    let mut kinds: Vec<Choice> =
        data.required.iter().map(|item| Choice::new(item.value.clone(), item.label.clone())).collect();
    kinds.push(Choice::new("other", "Other document"));
    let first_missing = data.missing.first().map_or("other", |item| item.code.as_str());
    let form = view! {
        <form
            class="app-stack"
            method="post"
            action=to(format!("/referrals/{}/documents", data.id))
            enctype="multipart/form-data"
        >
            <HiddenField name="key" value=key() />
            <HiddenField name="back" value="edit" />
            <SelectField
                name="kind"
                label="What is it?"
                choices=kinds
                value=kept.value("kind", first_missing)
                error=kept.error("kind")
            />
            <FileField
                name="file"
                label="File"
                hint=format!("{}. Save the draft first if you have typed.", files_of("PDF, photo or plain text"))
                accept=".pdf,.txt,image/*"
                error=kept.error("file")
            />
            <Button label="Add the document" look=Look::Secondary />
        </form>
    };
    view! {
        <Card title="Documents">
            <p>{intro}</p>
            <ul class="app-plain-list">{states}</ul>
            {(!there.is_empty()).then(|| view! { <ul>{there}</ul> })}
            {form}
        </Card>
    }
    .into_any()
}

fn leave(data: &ReferralPage) -> AnyView {
    data.acts
        .contains(&Act::Withdraw)
        .then(|| {
            view! {
                <p>
                    <a href=to(
                        format!("/referrals/{}#act-withdraw", data.id),
                    )>"No longer needed? Take the draft back"</a>
                </p>
            }
        })
        .into_any()
}
