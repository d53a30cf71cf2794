//! Messages' words: the list, and a page for each message with what it says, how it arrives and what was changed.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{PlaceLine, SmsPreview, TemplateInput, TemplateLine, TemplatePage};
use domain::template::{Part, Texts};
use leptos::prelude::*;
use service::{ServiceError, admin};
use tower_sessions::Session;

use super::shared;
use crate::components::{
    Button, Card, Column, DataTable, Density, Fact, Facts, HiddenField, Level, Look, Meaning, Need, Row,
    SafeTextarea, StatusTag, TextField,
};
use crate::pages::console::{Console, Section, done, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, keep, kept, page, refused_form};
use crate::words;

const PATH: &str = "/admin/templates";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show)).route("/admin/templates/{template}", get(show_one).post(change))
}

/// Administrators.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let lines = admin::templates_page(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "Words of messages";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, list(&lines))).await)
}

/// Administrators. What was written and not saved is shown as it would arrive.
async fn show_one(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(template): Path<String>,
) -> Result<Response, Refused> {
    let path = format!("{PATH}/{template}");
    let kept = kept(&session, &path).await;
    let typed = Typed { pairs: kept.values.clone(), files: Vec::new() }.read::<TemplateInput>();
    let typed = Some(&typed).filter(|_| is_unsaved(&kept));
    let data = admin::template_page(&web.desk, &staff.call, &template, typed).await?;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = words::template(data.template.code());
    Ok(page(&web, title, Alive::Plain, move || console.page(title, one(&data, &path, &kept))).await)
}

/// Administrators. Saves words and writes down what was changed, shows how they would arrive without saving, puts the
/// product's words into what is empty, or goes back to them.
async fn change(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(template): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let path = format!("{PATH}/{template}");
    let (call, input) = (staff.keyed(typed.value("key")), typed.read::<TemplateInput>());
    let desk = &web.desk;
    let saved = match typed.value("act") {
        "preview" => match admin::try_template(desk, &call, &template, &input).await {
            Ok(()) => {
                let message = "This is how it would arrive. Nothing is saved yet.";
                return once_more(&session, path, typed.pairs, message).await;
            }
            Err(error) => Err(error),
        },
        "begin" => {
            let begun = admin::begun_template(desk, &call, &template, &input)?;
            let values = vec![
                ("subject".to_owned(), begun.subject),
                ("sms".to_owned(), begun.sms),
                ("body".to_owned(), begun.body),
                ("action".to_owned(), begun.action),
                ("push".to_owned(), begun.push),
                ("act".to_owned(), "begin".to_owned()),
            ];
            return once_more(&session, path, values, "Waymark’s words are filled in. Nothing is saved yet.")
                .await;
        }
        "built-in" => {
            let reset = admin::reset_template(desk, &call, &template, &input.version).await;
            reset.map(|()| "From the next message on, Waymark’s words are sent.")
        }
        _ => {
            let saved = admin::save_template(desk, &call, &template, &input).await;
            saved.map(|()| "The words are saved. They are sent from the next message on.")
        }
    };
    match saved {
        Ok(message) => done(&session, &path, message).await,
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict(_))) => {
            Ok(refused_form(&session, &path, &typed, error).await)
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
                let words = match line.is_own {
                    true => view! { <StatusTag meaning=Meaning::Done label="Your own" /> }.into_any(),
                    false => "Waymark’s".into_any(),
                };
                let changed = (!line.changed.is_empty())
                    .then(|| view! { <p class="app-quiet">{format!("Changed by {}", line.changed)}</p> });
                Row::new(vec![
                    view! {
                        <a href=to(format!("{PATH}/{code}"))>{words::template(code)}</a>
                        <p class="app-quiet">{words::template_about(line.template)}</p>
                    }
                    .into_any(),
                    view! {
                        {words}
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
                "What text messages, mails and notices say. Write your own words where Waymark’s do not fit; what you leave empty stays as it is."
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

fn one(data: &TemplatePage, path: &str, kept: &Kept) -> AnyView {
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{words::template_about(data.template)}</p>
            {arrives(data, kept)}
            {form(data, path, kept)}
            {places(&data.places)}
            {back_to_ours(data, path)}
            <section class="app-stack">
                <h2>"What was changed"</h2>
                {shared::changes(&data.changes)}
            </section>
            <p>
                <a href=PATH>"All messages"</a>
            </p>
        </div>
    }
    .into_any()
}

/// The message with example data.
fn arrives(data: &TemplatePage, kept: &Kept) -> AnyView {
    let (meaning, words) = match (is_unsaved(kept), data.own.is_empty()) {
        (true, _) => (Meaning::Attention, "Not saved yet"),
        (false, true) => (Meaning::Waiting, "Waymark’s words"),
        (false, false) => (Meaning::Done, "Your own words"),
    };
    let shown = &data.preview;
    let mut facts = Vec::new();
    facts.extend(shown.sms.as_ref().map(|sms| Fact::new("Text message", text_message(sms))));
    facts.push(Fact::new("Subject of the mail", said(&shown.subject)));
    facts.push(Fact::new("Mail", said(shown.text.trim_end())));
    facts.extend(shown.push.as_ref().map(|push| Fact::new("Notice on a phone", said(push))));
    view! {
        <Card title="How it arrives" level=Level::Two meaning>
            <p>
                <StatusTag meaning label=words />
            </p>
            <p class="app-quiet">"With example data"</p>
            <Facts items=facts />
        </Card>
    }
    .into_any()
}

fn said(text: &str) -> AnyView {
    view! { <p class="app-said app-note__text" dir="auto">{text.to_owned()}</p> }.into_any()
}

fn text_message(sms: &SmsPreview) -> AnyView {
    let count = |segments: u64| match segments {
        1 => "1 text message".to_owned(),
        several => format!("{several} text messages"),
    };
    let length = match sms.most_segments {
        most if most == sms.segments => format!("Counts as {}.", count(sms.segments)),
        most => format!("Counts as {}, with the longest names and times as {most}.", count(sms.segments)),
    };
    view! {
        {said(&sms.text)}
        <p class="app-quiet">{length}</p>
    }
    .into_any()
}

fn form(data: &TemplatePage, path: &str, kept: &Kept) -> AnyView {
    // After a conflict what somebody else wrote stands beside each text that differs.
    let is_late =
        kept.message.is_some() && is_unsaved(kept) && matches!(kept.value("act", "").as_str(), "" | "save");
    let fields: Vec<_> = data.parts.iter().map(|part| field(data, *part, kept, is_late)).collect();
    view! {
        <section class="app-stack">
            <h2>"Your own words"</h2>
            <p>"What you leave empty is said in Waymark’s words."</p>
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                <HiddenField name="version" value=data.version.to_string() />
                {fields}
                <div class="app-actions">
                    <Button label="Save the words" name="act" value="save" />
                    <Button label="Preview" look=Look::Secondary name="act" value="preview" />
                    <Button label="Fill in Waymark’s words" look=Look::Secondary name="act" value="begin" />
                </div>
            </form>
        </section>
    }
    .into_any()
}

fn field(data: &TemplatePage, part: Part, kept: &Kept, is_late: bool) -> AnyView {
    let (name, label) = (part.code(), words::part(part));
    let saved = data.own.get(part);
    let value = kept.value(name, saved);
    let hint: String = match is_late && value.trim() != saved {
        true if saved.is_empty() => "Saved now: nothing, so Waymark’s words are sent".to_owned(),
        true => format!("Saved now: “{saved}”"),
        false => [words::part_hint(data.template, part).to_owned(), fillable(&data.places, part)]
            .into_iter()
            .filter(|said| !said.is_empty())
            .collect::<Vec<_>>()
            .join(". "),
    };
    let (error, need) = (kept.error(name), Need::Optional);
    match part {
        Part::Body => {
            view! { <SafeTextarea name label hint rows=8 maxlength=4000 need value error /> }.into_any()
        }
        Part::Sms => view! { <SafeTextarea name label hint rows=3 need value error /> }.into_any(),
        Part::Subject | Part::Action | Part::Push => {
            view! { <TextField name label hint need value error /> }.into_any()
        }
    }
}

/// The places that a text may have, those that it must have first.
fn fillable(lines: &[PlaceLine], part: Part) -> String {
    let named = |is_there: fn(&PlaceLine, Part) -> bool| {
        let names =
            lines.iter().filter(|line| is_there(line, part)).map(|line| format!("{{{}}}", line.place));
        domain::spoken::list(&names.collect::<Vec<_>>())
    };
    let must = named(|line, part| line.must.contains(&part));
    let may = named(|line, part| line.may.contains(&part) && !line.must.contains(&part));
    match (must.is_empty(), may.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("It must have {must}"),
        (true, false) => format!("It may have {may}"),
        (false, false) => format!("It must have {must}, and may have {may}"),
    }
}

/// What can stand in braces.
fn places(lines: &[PlaceLine]) -> AnyView {
    let names = |parts: &[Part]| {
        let names: Vec<_> = parts.iter().map(|part| words::part(*part).to_lowercase()).collect();
        if names.is_empty() { "–".to_owned() } else { words::capitalised(&domain::spoken::list(&names)) }
    };
    let rows = lines
        .iter()
        .map(|line| {
            Row::new(vec![
                view! { <code>{format!("{{{}}}", line.place)}</code> }.into_any(),
                words::place(line.place).into_any(),
                names(&line.may).into_any(),
                names(&line.must).into_any(),
            ])
        })
        .collect();
    let columns = ["Write", "It becomes", "May stand in", "Must stand in"].map(Column::new).to_vec();
    view! {
        <section class="app-stack">
            <h2>"Places that are filled"</h2>
            <DataTable caption="What to write in braces, and what it becomes" columns rows density=Density::Dense />
        </section>
    }
    .into_any()
}

/// Going back, in two steps. Nothing while there is nothing to go back from.
fn back_to_ours(data: &TemplatePage, path: &str) -> AnyView {
    if data.own.is_empty() {
        return ().into_any();
    }
    view! {
        <details class="app-act">
            <summary class="app-act__summary">"Go back to Waymark’s words"</summary>
            <div class="app-act__body app-stack">
                <p>"These are sent then:"</p>
                <Facts items=ours(&data.built_in, &data.parts) />
                <p>"What you wrote stays in “What was changed”."</p>
                <form method="post" action=to(path)>
                    <HiddenField name="key" value=key() />
                    <HiddenField name="version" value=data.version.to_string() />
                    <Button
                        label="Yes, go back to Waymark’s words"
                        look=Look::Warning
                        name="act"
                        value="built-in"
                    />
                </form>
            </div>
        </details>
    }
    .into_any()
}

fn ours(built_in: &Texts, parts: &[Part]) -> Vec<Fact> {
    parts.iter().map(|part| Fact::new(words::part(*part), said(built_in.get(*part)))).collect()
}
