//! Sending what was asked for: a file, a photo, or an answer in words.
//!
//! The upload itself is taken by the server beside the pages (POST to the same address), because it streams.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use contract::{StatusView, TextInput};
use domain::referral::State as ReferralState;
use leptos::prelude::*;
use service::{patient, referrals};
use tower_sessions::Session;

use super::frame::{Here, back, done, frame, fresh_key, id};
use crate::components::{
    Button, Choice, FileField, HiddenField, LinkButton, Look, Notice, SafeTextarea, SelectField,
};
use crate::islands::{UPLOAD_ACCEPT, Uploader};
use crate::web::{Alive, Kept, Patient, Refused, Typed, Web, kept, page, refused_form};

/// The page, and answering in words.
pub fn routes() -> Router<Web> {
    Router::new().route("/my/{referral}/documents", get(show)).route("/my/{referral}/answer", post(answer))
}

async fn show(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    headers: HeaderMap,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    // The island's upload is sent here by the redirect; it only wants to know that it was taken, and then loads the
    // page itself. What was kept for the page must still be there by then.
    if headers.get(header::ACCEPT).is_some_and(|accept| accept == UPLOAD_ACCEPT) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let view = patient::status(&web.desk, &patient.call, id(&referral)?).await?;
    let kept = kept(&session, &format!("/my/{referral}/documents")).await;
    let limit_mib = u32::try_from(web.desk.settings.document_bytes / (1024 * 1024)).unwrap_or(u32::MAX);
    let body = move || documents_view(&view, limit_mib, &kept);
    Ok(page(&web, "Send a document", Alive::Islands, body).await)
}

/// The patient, while something is asked for. The clinic is told and reads on.
async fn answer(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let input: TextInput = typed.read();
    let call = patient.keyed(typed.value("key"));
    match referrals::answer(&web.desk, &call, id(&referral)?, &input).await {
        Ok(()) => done(&session, "/my", "Your answer is with the clinic. They read on now.".to_owned()).await,
        Err(error) => Ok(refused_form(&session, &format!("/my/{referral}/documents"), &typed, error).await),
    }
}

fn documents_view(view: &StatusView, limit_mib: u32, kept: &Kept) -> AnyView {
    let about = format!("{}, {}", view.clinic, view.place);
    let content = view! {
        {back("Your referrals", "/my".to_owned())}
        <h1>"Send a document"</h1>
        <p class="app-quiet">{about}</p>
        {asked(view)}
        {if view.state.is_ended() { over() } else { upload(view, limit_mib, kept) }}
        {if is_asked(view) { Some(in_words(view, kept)) } else { unsent(kept) }}
    };
    frame(Here::Below, kept, content.into_any())
}

/// Whether the patient is asked for something now.
fn is_asked(view: &StatusView) -> bool {
    view.state == ReferralState::InfoNeeded && view.step == contract::PatientStep::SendDocument
}

fn asked(view: &StatusView) -> Option<AnyView> {
    let line = view.line.clone().filter(|_| is_asked(view));
    let missing = view
        .missing
        .iter()
        .map(|item| {
            let remedy = Some(item.remedy.clone()).filter(|remedy| !remedy.contains(&item.label));
            view! { <li><strong>{item.label.clone()}</strong>{remedy.map(|remedy| format!(": {remedy}"))}</li> }
        })
        .collect_view();
    let list = (!view.missing.is_empty()).then(|| view! { <ul>{missing}</ul> });
    (line.is_some() || list.is_some()).then(|| {
        view! {
            <section class="app-stack app-stack--tight">
                <h2>"What the clinic asks for"</h2>
                {line.map(|line| view! { <blockquote class="app-said" dir="auto">{line}</blockquote> })}
                {list}
            </section>
        }
        .into_any()
    })
}

/// An answer that came when nothing was asked any more: the words are given back.
fn unsent(kept: &Kept) -> Option<AnyView> {
    let words = kept.value("text", "");
    (!words.trim().is_empty()).then(|| {
        view! {
            <section class="app-stack app-stack--tight">
                <h2>"Your answer was not sent"</h2>
                <p>"The clinic asks for nothing now. This is what you wrote; if they should know it, call them."</p>
                <blockquote class="app-said" dir="auto">{words}</blockquote>
            </section>
        }
        .into_any()
    })
}

fn over() -> AnyView {
    view! { <Notice title="This referral is finished, so nothing can be added to it now."/> }.into_any()
}

fn upload(view: &StatusView, limit_mib: u32, kept: &Kept) -> AnyView {
    let mut choices = view
        .missing
        .iter()
        .map(|item| Choice::new(item.code.clone(), item.label.clone()))
        .collect::<Vec<_>>();
    choices.push(Choice::new("other", "Something else"));
    let first = choices.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let hint = format!("A photo or a PDF, up to {limit_mib} MB. On a phone you can take a photo now.");
    let action = format!("/my/{}/documents", view.referral);
    let (kind, kind_error, file_error) = (kept.value("kind", &first), kept.error("kind"), kept.error("file"));
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Add a file or photo"</h2>
            <Uploader limit_mib>
                <form method="post" action=action enctype="multipart/form-data">
                    <HiddenField name="key" value=fresh_key()/>
                    <SelectField name="kind" label="What is it?" choices error=kind_error value=kind/>
                    <FileField
                        name="file"
                        label="File or photo"
                        hint
                        error=file_error
                        accept="image/*,application/pdf,text/plain"
                    />
                    <div class="app-actions"><Button label="Send it"/></div>
                </form>
            </Uploader>
        </section>
    }
    .into_any()
}

fn in_words(view: &StatusView, kept: &Kept) -> AnyView {
    let call = view.phone.clone().map(|phone| {
        let href = format!("tel:{}", phone.replace(' ', ""));
        let label = format!("Call {phone}");
        view! { <p>"Or tell them: "<LinkButton label href look=Look::Link/></p> }
    });
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Or answer in words"</h2>
            <form method="post" action=format!("/my/{}/answer", view.referral)>
                <HiddenField name="key" value=fresh_key()/>
                <HiddenField name="version" value=view.version.to_string()/>
                <SafeTextarea
                    name="text"
                    label="Your answer"
                    error=kept.error("text")
                    value=kept.value("text", "")
                    maxlength=4000
                />
                <div class="app-actions"><Button label="Send my answer" look=Look::Secondary/></div>
            </form>
            {call}
        </section>
    }
    .into_any()
}
