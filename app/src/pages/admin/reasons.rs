//! Coded reasons and canned replies: the lists, and a form for each.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::{ReasonForm, ReasonInput, ReasonsPage, ReplyForm, ReplyInput};
use domain::reason::ACTS;
use domain::reply::PLACES;
use leptos::prelude::*;
use service::{ServiceError, admin};
use tower_sessions::Session;
use uuid::Uuid;

use super::shared;
use crate::components::{
    Button, CheckboxGroup, Choice, Column, DataTable, Density, HiddenField, Meaning, Need, RadioGroup, Row,
    SafeTextarea, SelectField, StatusTag, TextField,
};
use crate::pages::console::{Console, Section, done, id, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page, refused_form};
use crate::words;

const PATH: &str = "/admin/reasons";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/admin/reasons/{id}", get(show_reason).post(save_reason))
        .route("/admin/replies/{id}", get(show_reply).post(save_reply))
}

/// The id in the address; `new` is none.
fn which(text: &str) -> Result<Option<Uuid>, Refused> {
    if text == "new" { Ok(None) } else { id(text).map(Some) }
}

/// Administrators.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let data = admin::reasons_page(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "Reasons and replies";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, lists(&data))).await)
}

/// Administrators.
async fn show_reason(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(reason): Path<String>,
) -> Result<Response, Refused> {
    let data = admin::reason_form(&web.desk, &staff.call, which(&reason)?).await?;
    let path = format!("{PATH}/{reason}");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = if data.id.is_empty() { "Add a reason" } else { "Change a reason" };
    Ok(page(&web, title, Alive::Plain, move || console.page(title, reason_view(&data, &path, &kept))).await)
}

/// Administrators. Makes a reason, or changes it and writes down what was changed.
async fn save_reason(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(reason): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let which = which(&reason)?;
    let call = staff.keyed(typed.value("key"));
    let saved = admin::save_reason(&web.desk, &call, which, &typed.read::<ReasonInput>()).await;
    said(&session, &format!("{PATH}/{reason}"), &typed, saved, "The reason is saved.").await
}

/// Administrators.
async fn show_reply(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(reply): Path<String>,
) -> Result<Response, Refused> {
    let data = admin::reply_form(&web.desk, &staff.call, which(&reply)?).await?;
    let path = format!("/admin/replies/{reply}");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = if data.id.is_empty() { "Add ready words" } else { "Change ready words" };
    Ok(page(&web, title, Alive::Plain, move || console.page(title, reply_view(&data, &path, &kept))).await)
}

/// Administrators. Makes a canned reply, or changes it and writes down what was changed.
async fn save_reply(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(reply): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let which = which(&reply)?;
    let call = staff.keyed(typed.value("key"));
    let saved = admin::save_reply(&web.desk, &call, which, &typed.read::<ReplyInput>()).await;
    said(&session, &format!("/admin/replies/{reply}"), &typed, saved, "The ready words are saved.").await
}

async fn said(
    session: &Session,
    path: &str,
    typed: &Typed,
    saved: Result<(), ServiceError>,
    message: &str,
) -> Result<Response, Refused> {
    match saved {
        Ok(()) => done(session, PATH, message).await,
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict(_))) => {
            Ok(refused_form(session, path, typed, error).await)
        }
        Err(other) => Err(other.into()),
    }
}

fn lists(data: &ReasonsPage) -> AnyView {
    let offered = |is_active: bool| {
        let (meaning, label) =
            if is_active { (Meaning::Done, "Offered") } else { (Meaning::Stopped, "Not offered") };
        view! { <StatusTag meaning label /> }.into_any()
    };
    let reasons = data
        .reasons
        .iter()
        .map(|line| {
            let href = to(format!("{PATH}/{}", line.id));
            Row::new(vec![
                words::act(line.act).into_any(),
                view! { <a href=href>{line.label.clone()}</a> }.into_any(),
                if line.is_comment_forced { "Needed" } else { "" }.into_any(),
                offered(line.is_active),
            ])
        })
        .collect();
    let replies = data
        .replies
        .iter()
        .map(|line| {
            let href = to(format!("/admin/replies/{}", line.id));
            Row::new(vec![
                view! { <a href=href>{line.title.clone()}</a> }.into_any(),
                if line.is_for_patient { "The patient" } else { "Colleagues" }.into_any(),
                line.act.map_or("Anything", words::act).into_any(),
                offered(line.is_active),
            ])
        })
        .collect();
    let columns = |names: [&'static str; 4]| names.map(Column::new).to_vec();
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">"What forms offer when somebody asks, declines, cancels or pauses, and words ready to use."</p>
            <section class="app-stack">
                <h2>"Reasons"</h2>
                <DataTable
                    caption="Reasons by what they are for"
                    columns=columns(["For", "Reason", "Comment", "Forms"])
                    rows=reasons
                    density=Density::Dense
                />
                <p>
                    <a href="/admin/reasons/new">"Add a reason"</a>
                </p>
            </section>
            <section class="app-stack">
                <h2>"Ready words"</h2>
                <DataTable
                    caption="Ready words by title"
                    columns=columns(["Title", "Read by", "For", "Forms"])
                    rows=replies
                    density=Density::Dense
                />
                <p>
                    <a href="/admin/replies/new">"Add ready words"</a>
                </p>
            </section>
            <p>
                <a href="/admin">"Back to administration"</a>
            </p>
        </div>
    }
    .into_any()
}

fn acts() -> Vec<Choice> {
    ACTS.iter().map(|act| Choice::new(act.code(), words::act(*act))).collect()
}

/// What stands in a box that can be ticked: after a refusal what was sent, and a box that was not ticked sends nothing.
fn ticked(kept: &Kept, name: &str, otherwise: &str) -> Vec<String> {
    let value = if kept.values.is_empty() { otherwise.to_owned() } else { kept.value(name, "") };
    vec![value]
}

fn reason_view(data: &ReasonForm, path: &str, kept: &Kept) -> AnyView {
    let input = &data.input;
    let is_new = data.id.is_empty();
    let for_what = match is_new {
        true => view! {
            <SelectField
                name="act"
                label="What is it for?"
                choices=acts()
                value=kept.value("act", &input.act)
                error=kept.error("act")
            />
        }
        .into_any(),
        false => {
            let act = domain::referral::Act::from_code(&input.act).map_or("", words::act);
            view! { <p>{format!("For: {act}")}</p> }.into_any()
        }
    };
    view! {
        <div class="app-stack app-stack--loose">
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                {for_what}
                <TextField
                    name="label"
                    label="Reason"
                    hint="As colleagues read it"
                    value=kept.value("label", &input.label)
                    error=kept.error("label")
                />
                <SafeTextarea
                    name="patient_line"
                    label="What the patient could read"
                    hint="Put into the form when nothing else was written for them. It can be changed there"
                    rows=3
                    maxlength=4000
                    need=Need::Optional
                    value=kept.value("patient_line", &input.patient_line)
                    error=kept.error("patient_line")
                />
                <CheckboxGroup
                    name="comment_forced"
                    label="Comment"
                    choices=vec![Choice::new("1", "The reason says too little without a comment")]
                    values=ticked(kept, "comment_forced", &input.comment_forced)
                    need=Need::Unsaid
                />
                {offered_box(kept, &input.active)}
                <div class="app-actions">
                    <Button label="Save the reason" />
                    <a href=PATH>"Back without saving"</a>
                </div>
            </form>
            {history(is_new, &data.changes)}
        </div>
    }
    .into_any()
}

fn reply_view(data: &ReplyForm, path: &str, kept: &Kept) -> AnyView {
    let input = &data.input;
    let places = PLACES.map(|place| format!("{{{place}}}")).join(", ");
    let readers = vec![Choice::new("patient", "The patient"), Choice::new("colleague", "Colleagues")];
    view! {
        <div class="app-stack app-stack--loose">
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                <TextField
                    name="title"
                    label="Title"
                    hint="As the list in a form shows it"
                    value=kept.value("title", &input.title)
                    error=kept.error("title")
                />
                <SafeTextarea
                    name="text"
                    label="Text"
                    hint=format!("These places are filled when it is used: {places}")
                    rows=6
                    maxlength=4000
                    value=kept.value("text", &input.text)
                    error=kept.error("text")
                />
                <RadioGroup
                    name="audience"
                    label="Who reads it?"
                    choices=readers
                    value=kept.value("audience", &input.audience)
                    error=kept.error("audience")
                />
                <SelectField
                    name="act"
                    label="What is it for?"
                    choices=acts()
                    need=Need::Optional
                    empty="Anything"
                    value=kept.value("act", &input.act)
                    error=kept.error("act")
                />
                {offered_box(kept, &input.active)}
                <div class="app-actions">
                    <Button label="Save the ready words" />
                    <a href=PATH>"Back without saving"</a>
                </div>
            </form>
            {history(data.id.is_empty(), &data.changes)}
        </div>
    }
    .into_any()
}

fn offered_box(kept: &Kept, active: &str) -> AnyView {
    view! {
        <CheckboxGroup
            name="active"
            label="Forms"
            choices=vec![Choice::new("1", "Offer it in forms")]
            values=ticked(kept, "active", active)
            need=Need::Unsaid
        />
    }
    .into_any()
}

fn history(is_new: bool, changes: &[contract::ChangeLine]) -> AnyView {
    if is_new {
        return ().into_any();
    }
    view! {
        <section class="app-stack">
            <h2>"What was changed"</h2>
            {shared::changes(changes)}
        </section>
    }
    .into_any()
}
