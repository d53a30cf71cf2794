//! Forms of one button or one text, and what every form carries.

use contract::ReferralPage;
use domain::referral::{Act, State};
use leptos::prelude::*;

use super::offered::{Reader, reason, reply};
use crate::components::{
    Button, Choice, FileField, HiddenField, LinkButton, Look, Need, SafeTextarea, SelectField, files_of,
};
use crate::pages::console::{key, to};
use crate::web::Kept;
use crate::words;

/// A form that posts to its act, with what every form carries.
pub(super) fn posted(
    form: &'static str,
    data: &ReferralPage,
    controls: AnyView,
    label: &'static str,
    look: Look,
) -> AnyView {
    // A form that may bring a file is sent in parts.
    let enctype = encloses(form).then_some("multipart/form-data");
    view! {
        <form class="app-stack" method="post" action=to(format!("/referrals/{}/{form}", data.id)) enctype=enctype>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value=form />
            <HiddenField name="version" value=data.version.to_string() />
            {controls}
            <Button label look />
        </form>
    }
    .into_any()
}

pub(super) fn button(
    form: &'static str,
    act: Act,
    what: &'static str,
    data: &ReferralPage,
) -> (&'static str, &'static str, AnyView) {
    let controls = view! { <p>{what}</p> }.into_any();
    (form, words::act(act), posted(form, data, controls, words::act(act), Look::Primary))
}

pub(super) fn text(
    form: &'static str,
    act: Act,
    label: &'static str,
    need: Need,
    look: Look,
    data: &ReferralPage,
    kept: &Kept,
) -> (&'static str, &'static str, AnyView) {
    let name = format!("{form}-text");
    let rows = if form == "report" { 10 } else { 4 };
    let controls = view! {
        {reason(form, act, reason_label(act), data, kept)}
        {reply_for(form, act, data, kept)}
        {also(act, data.state).map(|what| view! { <p class="app-quiet">{what}</p> })}
        <SafeTextarea
            name=name.clone()
            label
            need
            rows
            maxlength=20000
            value=kept.value(&name, "")
            error=kept.error(&name)
        />
        {encloses(form).then(|| file(form, "File for the referrer", kept))}
    };
    (form, words::act(act), posted(form, data, controls.into_any(), words::act(act), look))
}

/// What writing it also does.
fn also(act: Act, state: State) -> Option<&'static str> {
    (act == Act::InterimNote && state != State::Seen)
        .then_some("It says that the patient was seen; the report stays due.")
}

fn encloses(form: &str) -> bool {
    matches!(form, "triage" | "note" | "report")
}

/// A file that goes with the words of a form.
pub(super) fn file(form: &str, label: &'static str, kept: &Kept) -> AnyView {
    let name = format!("{form}-file");
    view! {
        <FileField
            name=name.clone()
            label
            hint=format!("{}. Staff of both sides read it", files_of("PDF, photo or plain text"))
            accept=".pdf,.txt,image/*"
            need=Need::Optional
            error=kept.error(&name)
        />
    }
    .into_any()
}

/// What the list of reasons for an act is called; each on one page is called differently.
fn reason_label(act: Act) -> &'static str {
    match act {
        Act::CancelAppointment => "Reason for cancelling the appointment",
        Act::MarkNoShow => "Reason for not attending",
        Act::RequestCancellation => "Reason for asking to cancel",
        Act::ConfirmCancellation => "Reason for the cancellation",
        Act::Withdraw => "Reason for taking it back",
        Act::Reopen => "Reason for opening it again",
        _ => "Reason",
    }
}

fn reply_for(form: &str, act: Act, data: &ReferralPage, kept: &Kept) -> AnyView {
    let (reader, label) = match act {
        Act::CancelAppointment => (Reader::Patient, "Ready words about the cancelled time"),
        Act::Answer => (Reader::Colleague, "Ready words for the answer"),
        Act::InterimNote => (Reader::Colleague, "Ready words for the note"),
        _ => return ().into_any(),
    };
    reply(form, "text", reader, &[act], label, data, kept)
}

pub(super) fn times_link(data: &ReferralPage, label: &'static str) -> AnyView {
    view! { <LinkButton label href=to(format!("/referrals/{}/times", data.id)) /> }.into_any()
}

pub(super) fn document(data: &ReferralPage, kept: &Kept) -> AnyView {
    let mut kinds: Vec<Choice> =
        data.required.iter().map(|item| Choice::new(item.value.clone(), item.label.clone())).collect();
    kinds.push(Choice::new("other", "Other document"));
    let wanted = data.missing.first().map_or("other", |item| item.code.as_str());
    view! {
        <form
            class="app-stack"
            method="post"
            action=to(format!("/referrals/{}/documents", data.id))
            enctype="multipart/form-data"
        >
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="document" />
            <HiddenField name="back" value="detail" />
            <SelectField
                name="kind"
                label="What is it?"
                choices=kinds
                value=kept.value("kind", wanted)
                error=kept.error("kind")
            />
            <FileField
                name="file"
                label="File"
                hint=files_of("PDF, photo or plain text")
                accept=".pdf,.txt,image/*"
                error=kept.error("file")
            />
            <Button label="Add the document" look=Look::Secondary />
        </form>
    }
    .into_any()
}
