//! The acts possible now, each a form; the first stands open, the others open on demand. What is not possible is absent.

use contract::ReferralPage;
use domain::Priority;
use domain::referral::{Act, Side, State};
use leptos::prelude::*;

use crate::components::{
    Button, Card, Choice, DateField, DateParts, FileField, HiddenField, LinkButton, Look, Need, RadioGroup,
    SafeTextarea, SelectField,
};
use crate::pages::console::{choices, key, to};
use crate::web::Kept;
use crate::words;

/// What somebody can do on this page, in the order in which it presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Edit,
    AcknowledgeReport,
    ConfirmCancellation,
    Triage,
    Acknowledge,
    Answer,
    Report,
    Book,
    RecordVisit,
    Remind,
    Move,
    NoShow,
    Note,
    AddDocument,
    CancelAppointment,
    Reopen,
    Resubmit,
    Assign,
    Forward,
    Redirect,
    Pause,
    Resume,
    Arrive,
    RequestCancellation,
    Withdraw,
    EnterInError,
}

/// The forms for a state, a side and the acts allowed.
fn forms(state: State, side: Side, acts: &[Act]) -> Vec<Form> {
    let can = |act: Act| acts.contains(&act);
    let receiving = side == Side::Receiving;
    let waits_for_patient = matches!(
        state,
        State::InfoNeeded
            | State::Accepted
            | State::Offered
            | State::AppointmentCancelled
            | State::NoShow
            | State::Booked
    );
    let books = receiving && can(Act::Book);
    // After acceptance a specialist may still decline; nobody is waited for to do so.
    let triages = can(Act::Accept) || can(Act::Ask);
    let seen = state == State::Seen;
    let all = [
        (Form::Edit, can(Act::Save)),
        (Form::AcknowledgeReport, can(Act::AcknowledgeReport)),
        (Form::ConfirmCancellation, can(Act::ConfirmCancellation)),
        (Form::Triage, triages),
        (Form::Acknowledge, can(Act::Acknowledge)),
        (Form::Answer, can(Act::Answer)),
        (Form::Report, seen && can(Act::Report)),
        (Form::Book, books && !seen),
        (Form::Resume, can(Act::Resume)),
        (Form::RecordVisit, can(Act::RecordVisit)),
        (Form::Arrive, can(Act::Arrive)),
        (Form::Remind, receiving && waits_for_patient),
        (Form::Book, books && seen),
        (Form::Move, receiving && can(Act::Reschedule) && !can(Act::Book)),
        (Form::NoShow, can(Act::MarkNoShow)),
        (Form::Report, !seen && can(Act::Report)),
        (Form::Note, can(Act::InterimNote)),
        (Form::AddDocument, !state.is_ended() && state != State::Draft),
        (Form::CancelAppointment, receiving && can(Act::CancelAppointment)),
        (Form::Triage, !triages && can(Act::Decline)),
        (Form::Reopen, can(Act::Reopen)),
        (Form::Resubmit, !receiving && matches!(state, State::Declined | State::Cancelled)),
        (Form::Assign, can(Act::Assign)),
        (Form::Forward, can(Act::Forward)),
        (Form::Redirect, can(Act::Redirect)),
        (Form::Pause, can(Act::Pause)),
        (Form::RequestCancellation, can(Act::RequestCancellation)),
        (Form::Withdraw, can(Act::Withdraw)),
        (Form::EnterInError, receiving && can(Act::EnterInError)),
    ];
    all.into_iter().filter(|(_, shown)| *shown).map(|(form, _)| form).collect()
}

/// Whether a form is what the person is waited for, so that it may stand open.
fn pressing(form: Form, state: State) -> bool {
    match form {
        Form::Edit
        | Form::AcknowledgeReport
        | Form::ConfirmCancellation
        | Form::Triage
        | Form::Acknowledge
        | Form::Answer
        | Form::Book
        | Form::Resume
        | Form::RecordVisit => true,
        Form::Report => state == State::Seen,
        Form::Remind
        | Form::Move
        | Form::NoShow
        | Form::Note
        | Form::AddDocument
        | Form::CancelAppointment
        | Form::Reopen
        | Form::Resubmit
        | Form::Assign
        | Form::Forward
        | Form::Redirect
        | Form::Pause
        | Form::Arrive
        | Form::RequestCancellation
        | Form::Withdraw
        | Form::EnterInError => false,
    }
}

/// The card with everything that can be done now.
pub fn acts(data: &ReferralPage, kept: &Kept) -> AnyView {
    let forms = forms(data.state, data.side, &data.acts);
    if forms.is_empty() {
        return ().into_any();
    }
    let refused = kept.value("form", "");
    let items: Vec<_> = forms
        .iter()
        .enumerate()
        .map(|(index, form)| {
            let (code, label, body) = one(*form, data, kept);
            let open =
                if refused.is_empty() { index == 0 && pressing(*form, data.state) } else { refused == code };
            view! {
                <details class="app-act" id=format!("act-{code}") open=open>
                    <summary class="app-act__summary">{label}</summary>
                    <div class="app-act__body">{body}</div>
                </details>
            }
        })
        .collect();
    view! {
        <div class="app-screen-only">
            <Card title="What you can do now">{items}</Card>
        </div>
    }
    .into_any()
}

fn one(form: Form, data: &ReferralPage, kept: &Kept) -> (&'static str, &'static str, AnyView) {
    match form {
        Form::Edit => {
            let href = to(format!("/referrals/{}/edit", data.id));
            let body = view! { <LinkButton label="Go on writing" href /> };
            ("edit", "Finish and send", body.into_any())
        }
        Form::Book => ("book", words::act(Act::Book), times_link(data, "Show the free times")),
        Form::Move => ("book", words::act(Act::Reschedule), times_link(data, "Show other free times")),
        Form::Triage if data.acts.contains(&Act::Ask) => ("triage", "Decide", triage(data, kept)),
        Form::Triage => ("triage", words::act(Act::Decline), triage(data, kept)),
        Form::Assign => ("assign", "Give it to a colleague", assign(data, kept)),
        Form::Forward => ("forward", words::act(Act::Forward), pass_on(Act::Forward, data, kept)),
        Form::Redirect => ("redirect", words::act(Act::Redirect), pass_on(Act::Redirect, data, kept)),
        Form::Pause => ("pause", words::act(Act::Pause), pause(data, kept)),
        Form::Resume => button("resume", Act::Resume, "Ends the pause; it goes on where it stopped.", data),
        Form::Arrive => {
            button("arrive", Act::Arrive, "Notes that the patient is here for today’s visit.", data)
        }
        Form::AddDocument => ("document", "Add a document", document(data, kept)),
        Form::Acknowledge => button(
            "acknowledge",
            Act::Acknowledge,
            "Tells the referrer that you have it. Deciding does so too.",
            data,
        ),
        Form::AcknowledgeReport => button(
            "acknowledge-report",
            Act::AcknowledgeReport,
            "Says that you have read it and act on it. This closes the referral.",
            data,
        ),
        Form::Remind => {
            let what = match data.state {
                State::InfoNeeded => "Reminds the patient of what you asked for. Once a day at most.",
                State::Booked => "Reminds the patient of the appointment. Once a day at most.",
                _ => "Reminds the patient to choose a time. Once a day at most.",
            };
            let body = posted(
                "remind",
                data,
                view! { <p>{what}</p> }.into_any(),
                "Send the reminder",
                Look::Secondary,
            );
            ("remind", "Remind the patient", body)
        }
        Form::Answer => text("answer", Act::Answer, "Your answer", Need::Required, Look::Primary, data, kept),
        Form::Report => {
            text("report", Act::Report, "Report to the referrer", Need::Required, Look::Primary, data, kept)
        }
        Form::Note => text(
            "note",
            Act::InterimNote,
            "Note to the referrer",
            Need::Required,
            Look::Secondary,
            data,
            kept,
        ),
        Form::RecordVisit => text(
            "record-visit",
            Act::RecordVisit,
            "Note for the record",
            Need::Optional,
            Look::Primary,
            data,
            kept,
        ),
        Form::NoShow => text(
            "no-show",
            Act::MarkNoShow,
            "Note for the record",
            Need::Optional,
            Look::Secondary,
            data,
            kept,
        ),
        Form::CancelAppointment => text(
            "cancel-appointment",
            Act::CancelAppointment,
            "Why? The patient reads it",
            Need::Required,
            Look::Warning,
            data,
            kept,
        ),
        Form::RequestCancellation => text(
            "request-cancellation",
            Act::RequestCancellation,
            "Why is it no longer needed?",
            Need::Required,
            Look::Warning,
            data,
            kept,
        ),
        Form::ConfirmCancellation => text(
            "confirm-cancellation",
            Act::ConfirmCancellation,
            "Why is it cancelled?",
            Need::Required,
            Look::Warning,
            data,
            kept,
        ),
        Form::Withdraw => text(
            "withdraw",
            Act::Withdraw,
            "Why do you take it back?",
            Need::Required,
            Look::Warning,
            data,
            kept,
        ),
        Form::EnterInError => text(
            "enter-in-error",
            Act::EnterInError,
            "What is wrong with it?",
            Need::Required,
            Look::Warning,
            data,
            kept,
        ),
        Form::Resubmit => {
            let what = "Begins a new draft to the same service with this letter and its documents.";
            let controls = view! { <p>{what}</p> }.into_any();
            let label = "Put it right and send again";
            ("resubmit", label, posted("resubmit", data, controls, "Begin the new draft", Look::Primary))
        }
        Form::Reopen => text(
            "reopen",
            Act::Reopen,
            "Why do you open it again?",
            Need::Required,
            Look::Secondary,
            data,
            kept,
        ),
    }
}

/// A form that posts to its act, with what every form carries.
fn posted(
    form: &'static str,
    data: &ReferralPage,
    controls: AnyView,
    label: &'static str,
    look: Look,
) -> AnyView {
    view! {
        <form class="app-stack" method="post" action=to(format!("/referrals/{}/{form}", data.id))>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value=form />
            <HiddenField name="version" value=data.version.to_string() />
            {controls}
            <Button label look />
        </form>
    }
    .into_any()
}

fn button(
    form: &'static str,
    act: Act,
    what: &'static str,
    data: &ReferralPage,
) -> (&'static str, &'static str, AnyView) {
    let controls = view! { <p>{what}</p> }.into_any();
    (form, words::act(act), posted(form, data, controls, words::act(act), Look::Primary))
}

fn text(
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
        <SafeTextarea
            name=name.clone()
            label
            need
            rows
            maxlength=20000
            value=kept.value(&name, "")
            error=kept.error(&name)
        />
    };
    (form, words::act(act), posted(form, data, controls.into_any(), words::act(act), look))
}

fn times_link(data: &ReferralPage, label: &'static str) -> AnyView {
    view! { <LinkButton label href=to(format!("/referrals/{}/times", data.id)) /> }.into_any()
}

fn triage(data: &ReferralPage, kept: &Kept) -> AnyView {
    let all = [
        (Act::Accept, "accept", "Accept", "The patient is asked to choose a time"),
        (
            Act::Ask,
            "ask",
            "Ask for information",
            "The patient reads your question and can answer or send a document",
        ),
        (Act::Decline, "decline", "Decline with advice", "The patient reads why, and what to do next"),
    ];
    let outcomes = all
        .into_iter()
        .filter(|(act, ..)| data.acts.contains(act))
        .map(|(_, value, label, hint)| Choice::new(value, label).hint(hint))
        .collect::<Vec<_>>();
    let accepts = data.acts.contains(&Act::Accept);
    let priorities = Priority::ALL
        .iter()
        .map(|priority| Choice::new(priority.code(), words::priority(*priority)))
        .collect::<Vec<_>>();
    let only = if outcomes.len() == 1 { outcomes[0].value.clone() } else { String::new() };
    let controls = view! {
        <RadioGroup
            name="triage-outcome"
            label="What do you decide?"
            choices=outcomes
            value=kept.value("triage-outcome", &only)
            error=kept.error("triage-outcome")
        />
        {accepts
            .then(|| {
                view! {
                    <SelectField
                        name="triage-priority"
                        label="Priority, when you accept"
                        choices=priorities
                        value=kept.value("triage-priority", data.priority.code())
                        error=kept.error("triage-priority")
                    />
                }
            })}
        <SafeTextarea
            name="triage-patient_line"
            label="For the patient"
            hint="Needed when you ask or decline. Plain words: they read it as it stands"
            rows=3
            maxlength=20000
            need=Need::Optional
            value=kept.value("triage-patient_line", "")
            error=kept.error("triage-patient_line")
        />
        <SafeTextarea
            name="triage-comment"
            label="For colleagues and the referrer"
            rows=3
            maxlength=20000
            need=Need::Optional
            value=kept.value("triage-comment", "")
            error=kept.error("triage-comment")
        />
    };
    posted("triage", data, controls.into_any(), "Record the decision", Look::Primary)
}

fn assign(data: &ReferralPage, kept: &Kept) -> AnyView {
    let controls = view! {
        <SelectField
            name="assign-person"
            label="To whom?"
            choices=choices(&data.colleagues)
            value=kept.value("assign-person", "")
            need=Need::Optional
            empty="The team"
            error=kept.error("assign-person")
        />
        <SafeTextarea
            name="assign-text"
            label="For the colleague"
            rows=2
            maxlength=20000
            need=Need::Optional
            value=kept.value("assign-text", "")
            error=kept.error("assign-text")
        />
    };
    posted("assign", data, controls.into_any(), "Give it to them", Look::Secondary)
}

/// To another service: of the house, or of another organisation with a line for the patient.
fn pass_on(act: Act, data: &ReferralPage, kept: &Kept) -> AnyView {
    let leaves = act == Act::Redirect;
    let (form, services) = match leaves {
        true => ("redirect", &data.services_elsewhere),
        false => ("forward", &data.services_here),
    };
    if services.is_empty() {
        return view! { <p>"There is no other service that takes referrals."</p> }.into_any();
    }
    let (service, line, text) =
        (format!("{form}-service"), format!("{form}-patient_line"), format!("{form}-text"));
    let what = match leaves {
        true => "Ends here and begins anew there, with the letter and the documents.",
        false => "The same referral, with its history, for another team.",
    };
    let (label, need) = match leaves {
        true => ("For the other clinic and the referrer", Need::Optional),
        false => ("Why is it for that service?", Need::Required),
    };
    let controls = view! {
        <p>{what}</p>
        <SelectField
            name=service.clone()
            label="Service"
            choices=choices(services)
            value=kept.value(&service, "")
            empty="Choose a service"
            error=kept.error(&service)
        />
        {leaves
            .then(|| {
                view! {
                    <SafeTextarea
                        name=line.clone()
                        label="What the patient reads"
                        hint="Why another clinic is better, and what happens next. They read it as it stands"
                        rows=3
                        maxlength=20000
                        value=kept.value(&line, "")
                        error=kept.error(&line)
                    />
                }
            })}
        <SafeTextarea
            name=text.clone()
            label
            rows=2
            maxlength=20000
            need
            value=kept.value(&text, "")
            error=kept.error(&text)
        />
    };
    posted(form, data, controls.into_any(), words::act(act), Look::Secondary)
}

fn pause(data: &ReferralPage, kept: &Kept) -> AnyView {
    let part = |part: &str| kept.value(&format!("pause-until_{part}"), "");
    let until = DateParts { day: part("day"), month: part("month"), year: part("year") };
    let controls = view! {
        <DateField
            name="pause-until"
            label="Look at it again on"
            hint="A day within a year"
            value=until
            error=kept.error("pause-until")
        />
        <SafeTextarea
            name="pause-text"
            label="What the patient reads"
            hint="Why it waits. They read it as it stands"
            rows=3
            maxlength=20000
            value=kept.value("pause-text", "")
            error=kept.error("pause-text")
        />
    };
    posted("pause", data, controls.into_any(), words::act(Act::Pause), Look::Secondary)
}

fn document(data: &ReferralPage, kept: &Kept) -> AnyView {
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
                hint="PDF, photo or plain text, up to 20 MB"
                accept=".pdf,.txt,image/*"
                error=kept.error("file")
            />
            <Button label="Add the document" look=Look::Secondary />
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Role;
    use domain::referral::acts_for;

    fn first(state: State, side: Side, role: Role) -> Option<Form> {
        forms(state, side, &acts_for(state, role)).first().copied()
    }

    #[test]
    fn the_first_form_is_what_the_person_is_waited_for() {
        use Form::*;
        use Side::{Receiving, Referring};
        for (state, side, role, expected) in [
            (State::Draft, Referring, Role::Referrer, Some(Edit)),
            (State::Received, Receiving, Role::Specialist, Some(Triage)),
            (State::Accepted, Receiving, Role::Coordinator, Some(Book)),
            (State::Accepted, Receiving, Role::Specialist, Some(Book)),
            (State::Booked, Receiving, Role::Specialist, Some(RecordVisit)),
            (State::Seen, Receiving, Role::Specialist, Some(Report)),
            (State::OutcomeReceived, Referring, Role::Referrer, Some(AcknowledgeReport)),
            (State::CancelRequested, Receiving, Role::Coordinator, Some(ConfirmCancellation)),
            (State::Cancelled, Receiving, Role::Coordinator, None),
        ] {
            assert_eq!(first(state, side, role), expected, "{state} {role}");
        }
    }

    #[test]
    fn the_referring_side_neither_books_nor_reminds() {
        let shown = forms(State::Accepted, Side::Referring, &acts_for(State::Accepted, Role::Referrer));
        assert!(!shown.contains(&Form::Book) && !shown.contains(&Form::Remind), "{shown:?}");
    }
}
