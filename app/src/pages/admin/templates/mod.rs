//! Messages' words: the list, and a page for each message in each language with what it says, how it arrives, what waits to be
//! approved and which versions there were.

mod form;
mod real;
mod versions;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{TemplateInput, TemplateLine, TemplatePage, TemplatePreview, TestInput};
use domain::template::Part;
use leptos::prelude::*;
use serde::Deserialize;
use service::{Desk, ServiceError, admin};
use tower_sessions::Session;

use crate::components::{
    Button, Card, Choice, Column, DataTable, Density, Empty, Fact, Facts, Level, Look, Meaning, Row,
    SelectField, StatusTag,
};
use crate::pages::console::{Console, Section, done, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, keep, kept, page, refused_form};
use crate::words;

const PATH: &str = "/admin/templates";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/admin/templates/{template}", get(show_one).post(change))
        .route("/admin/templates/{template}/in/{language}", get(show_in).post(change_in))
        .route("/admin/templates/{template}/in/{language}/of/{referral}", get(real::show))
}

/// Administrators.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let lines = admin::templates_page(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "Words of messages";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, list(&lines))).await)
}

/// The language that somebody chose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    language: String,
}

/// Administrators, in the organisation's language or led to the one that they chose.
async fn show_one(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(template): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Refused> {
    if domain::language::is_tag(&chosen.language) {
        return Ok(Redirect::to(&to(format!("{PATH}/{template}/in/{}", chosen.language))).into_response());
    }
    one_page(&web, &staff, &session, &template, None).await
}

/// Administrators.
async fn show_in(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((template, language)): Path<(String, String)>,
) -> Result<Response, Refused> {
    one_page(&web, &staff, &session, &template, Some(&language)).await
}

fn path_of(template: &str, language: Option<&str>) -> String {
    match language {
        Some(language) => format!("{PATH}/{template}/in/{language}"),
        None => format!("{PATH}/{template}"),
    }
}

/// What was written and not saved is shown as it would arrive.
async fn one_page(
    web: &Web,
    staff: &Staff,
    session: &Session,
    template: &str,
    language: Option<&str>,
) -> Result<Response, Refused> {
    let path = path_of(template, language);
    let kept = kept(session, &path).await;
    let typed = Typed { pairs: kept.values.clone(), files: Vec::new() }.read::<TemplateInput>();
    let typed = Some(&typed).filter(|_| is_unsaved(&kept));
    let data = admin::template_page(&web.desk, &staff.call, template, language, typed).await?;
    let console = Console::new(staff, Section::Administration, &kept);
    let title = words::template(data.template.code());
    Ok(page(web, title, Alive::Islands, move || console.page(title, one(&data, &path, &kept))).await)
}

/// Administrators. As [`change_in`], in the organisation's language.
async fn change(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(template): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    changed(&web.desk, &staff, &session, &template, None, typed).await
}

/// Administrators. Saves words as a draft, approves it, brings an older version back or the product's, sends a test, shows how
/// words would arrive without saving, or puts the product's into what is empty.
async fn change_in(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((template, language)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    changed(&web.desk, &staff, &session, &template, Some(&language), typed).await
}

async fn changed(
    desk: &Desk,
    staff: &Staff,
    session: &Session,
    template: &str,
    language: Option<&str>,
    typed: Typed,
) -> Result<Response, Refused> {
    let path = path_of(template, language);
    let (call, input) = (staff.keyed(typed.value("key")), typed.read::<TemplateInput>());
    let version = input.version.as_str();
    let saved = match typed.value("act") {
        "preview" => match admin::try_template(desk, &call, template, language, &input).await {
            Ok(()) => {
                let message = "This is how it would arrive. Nothing is saved yet.";
                return once_more(session, path, typed.pairs, message).await;
            }
            Err(error) => Err(error),
        },
        "begin" => {
            let begun = admin::begun_template(desk, &call, template, &input)?;
            let values = vec![
                ("subject".to_owned(), begun.subject),
                ("sms".to_owned(), begun.sms),
                ("body".to_owned(), begun.body),
                ("action".to_owned(), begun.action),
                ("push".to_owned(), begun.push),
                ("act".to_owned(), "begin".to_owned()),
            ];
            return once_more(session, path, values, "Waymark’s words are filled in. Nothing is saved yet.")
                .await;
        }
        "built-in" => {
            let reset = admin::reset_template(desk, &call, template, language, version).await;
            reset.map(|()| "Once this is approved, Waymark’s words are sent.")
        }
        "approve" => {
            let approved = admin::approve_template(desk, &call, template, language, version).await;
            approved.map(|()| "It is approved. From the next message on it is sent.")
        }
        "restore" => {
            let from = typed.value("from");
            let restored = admin::restore_template(desk, &call, template, language, version, from).await;
            restored
                .map(|()| "The older version is brought back as a new one. It is sent once it is approved.")
        }
        "test" => {
            let sent = admin::send_test(desk, &call, template, language, &typed.read::<TestInput>()).await;
            sent.map(|()| "The test is on its way. It says that it is one.")
        }
        "real" => {
            let found = admin::referral_by_reference(desk, &call, typed.value("reference")).await;
            match (found, typed.value("language")) {
                (Ok(id), tag) => {
                    let address = format!("{PATH}/{template}/in/{tag}/of/{id}");
                    return Ok(Redirect::to(&to(address)).into_response());
                }
                (Err(error), _) => Err(error),
            }
        }
        _ => {
            let saved = admin::save_template(desk, &call, template, language, &input).await;
            saved.map(|()| "The words are saved. They are sent once they are approved.")
        }
    };
    match saved {
        Ok(message) => done(session, &path, message).await,
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict(_))) => {
            Ok(refused_form(session, &path, &typed, error).await)
        }
        Err(other) => Err(other.into()),
    }
}

/// The form with what was typed.
async fn once_more(
    session: &Session,
    path: String,
    values: Vec<(String, String)>,
    message: &str,
) -> Result<Response, Refused> {
    let values = values.into_iter().filter(|(name, _)| name != "key").collect();
    let kept = Kept { path: path.clone(), values, errors: Vec::new(), message: Some(message.to_owned()) };
    keep(session, kept).await.map_err(|error| Refused(ServiceError::Broken(error.to_string())))?;
    Ok(Redirect::to(&path).into_response())
}

/// Whether the form has words that could be shown as they would arrive, and are not what is saved.
fn is_unsaved(kept: &Kept) -> bool {
    kept.errors.is_empty() && kept.values.iter().any(|(name, _)| Part::from_code(name).is_some())
}

fn list(lines: &[TemplateLine]) -> AnyView {
    let table = |caption: &'static str, is_for_patient: bool| {
        let rows = lines
            .iter()
            .filter(|line| line.template.is_for_patient() == is_for_patient)
            .map(|line| {
                let code = line.template.code();
                let changed = (!line.changed.is_empty())
                    .then(|| view! { <p class="app-quiet">{format!("Written by {}", line.changed)}</p> });
                Row::new(vec![
                    view! {
                        <a href=to(format!("{PATH}/{code}"))>{words::template(code)}</a>
                        <p class="app-quiet">{words::template_about(line.template)}</p>
                    }
                    .into_any(),
                    view! {
                        {written(line)}
                        {changed}
                    }
                    .into_any(),
                ])
            })
            .collect();
        let columns = ["Message", "Words"].map(Column::new).to_vec();
        view! { <DataTable caption=caption columns rows density=Density::Dense /> }.into_any()
    };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                "What text messages, mails and notices say. Write your own words where Waymark’s do not fit; what you leave empty stays as it is. What one administrator writes is sent once another one has approved it."
            </p>
            {table("Messages to patients", true)}
            {table("Messages to clinicians and colleagues", false)}
            <p>
                <a href="/admin">"Back to administration"</a>
            </p>
        </div>
    }
    .into_any()
}

/// In which languages a message has words of its own, and what waits.
fn written(line: &TemplateLine) -> AnyView {
    let own: Vec<_> = line.languages.iter().filter(|one| one.is_own).map(|one| one.name.as_str()).collect();
    let waiting: Vec<_> = line.languages.iter().filter(|one| one.waits).collect();
    let own = match own.as_slice() {
        [] => view! { <p>"Waymark’s"</p> }.into_any(),
        ["English"] => view! { <p><StatusTag meaning=Meaning::Done label="Your own" /></p> }.into_any(),
        names => {
            let label = format!("Your own: {}", domain::spoken::list(names));
            view! { <p><StatusTag meaning=Meaning::Done label /></p> }.into_any()
        }
    };
    let waiting: Vec<_> = waiting
        .into_iter()
        .map(|one| {
            let address = to(path_of(line.template.code(), Some(&one.tag)));
            view! {
                <p>
                    <StatusTag meaning=Meaning::Attention label="To approve" />
                    " "
                    <a href=address>{one.name.clone()}</a>
                </p>
            }
        })
        .collect();
    view! {
        {own}
        {waiting}
    }
    .into_any()
}

fn one(data: &TemplatePage, path: &str, kept: &Kept) -> AnyView {
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{words::template_about(data.template)}</p>
            {language_choice(data)}
            {versions::draft(data, path, kept)}
            {arrives(data, kept)}
            {form::own_words(data, path, kept)}
            {form::places(&data.places)}
            {form::try_out(data, path, kept)}
            {versions::back_to_ours(data, path)}
            {versions::history(data, path)}
            <p>
                <a href=PATH>"All messages"</a>
            </p>
        </div>
    }
    .into_any()
}

/// The language in which the page is, and the way to another one. Nothing for messages to colleagues.
fn language_choice(data: &TemplatePage) -> AnyView {
    if data.languages.is_empty() {
        return ().into_any();
    }
    let said = match (data.is_house_language, domain::language::is_product(&data.language)) {
        (true, _) => "Patients get it when there are no words in their own language.",
        (false, true) => "Patients get it whose language is English.",
        (false, false) => "Patients get it whose language this is, once it is approved.",
    };
    let choices = data
        .languages
        .iter()
        .map(|line| {
            let more = match (line.is_own, line.waits) {
                (_, true) => " – to approve",
                (true, false) => " – your own words",
                (false, false) => "",
            };
            Choice::new(line.tag.clone(), format!("{}{more}", line.name))
        })
        .collect();
    view! {
        <section class="app-stack">
            <h2>{format!("In {}", data.language_name)}</h2>
            <p>{said}</p>
            <form class="app-stack" method="get" action=to(path_of(data.template.code(), None))>
                <SelectField name="language" label="Language" choices value=data.language.clone() />
                <div class="app-actions">
                    <Button label="Show this language" look=Look::Secondary />
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// The message with example data. Where nothing is written in a language, the product's would not be sent in its place.
fn arrives(data: &TemplatePage, kept: &Kept) -> AnyView {
    if data.own.is_empty() && !is_unsaved(kept) && !domain::language::is_product(&data.language) {
        return view! {
            <Empty title=format!("Nothing is written in {} yet", data.language_name) level=Level::Two>
                <p>"Patients get this message in your organisation’s language, or in English."</p>
            </Empty>
        }
        .into_any();
    }
    let (meaning, words) = match (is_unsaved(kept), data.draft.is_some(), data.own.is_empty()) {
        (true, ..) => (Meaning::Attention, "Not saved yet"),
        (false, true, _) => (Meaning::Attention, "The version that waits"),
        (false, false, true) => (Meaning::Waiting, "Waymark’s words"),
        (false, false, false) => (Meaning::Done, "Your own words"),
    };
    let preview = as_it_arrives(&data.preview);
    view! {
        <Card title="How it arrives" level=Level::Two meaning>
            <p>
                <StatusTag meaning label=words />
            </p>
            <p class="app-quiet">"With example data"</p>
            {preview}
        </Card>
    }
    .into_any()
}

/// The message on each way.
fn as_it_arrives(shown: &TemplatePreview) -> AnyView {
    let mut facts = Vec::new();
    facts.extend(shown.sms.as_ref().map(|sms| {
        let length = view! {
            {said(&sms.text)}
            <p class="app-quiet">{words::sms_length(sms)}</p>
        };
        Fact::new("Text message", length.into_any())
    }));
    facts.push(Fact::new("Subject of the mail", said(&shown.subject)));
    facts.push(Fact::new("Mail", said(shown.text.trim_end())));
    facts.extend(shown.push.as_ref().map(|push| Fact::new("Notice on a phone", said(push))));
    view! { <Facts items=facts /> }.into_any()
}

fn said(text: &str) -> AnyView {
    view! { <p class="app-said app-note__text" dir="auto">{text.to_owned()}</p> }.into_any()
}
