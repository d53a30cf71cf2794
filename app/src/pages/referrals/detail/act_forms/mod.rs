//! The acts possible now, each a form; the first stands open, the others open on demand. What is not possible is absent.

mod decide;
mod follow_up;
mod move_on;
mod offered;
mod plain;
mod which;

use contract::ReferralPage;
use domain::referral::{Act, Kind, NextAction, State};
use leptos::prelude::*;

use self::decide::triage;
use self::move_on::{assign, pass_on, pause};
pub use self::offered::{Reader, reply};
use self::plain::{button, document, posted, text, times_link};
use self::which::{Form, forms, pressing};
use crate::components::{Card, LinkButton, Look, Need};
use crate::pages::console::to;
use crate::web::Kept;
use crate::words;

/// Whether the form with this code is among those that stand on the page now.
pub fn offers(data: &ReferralPage, code: &str) -> bool {
    let kept = Kept::default();
    forms(data.state, data.side, &data.acts).into_iter().any(|form| one(form, data, &kept).0 == code)
}

/// The card with everything that can be done now.
pub fn acts(data: &ReferralPage, kept: &Kept) -> AnyView {
    let mut forms = forms(data.state, data.side, &data.acts);
    if data.acts.contains(&Act::SettleFollowUp) && data.follow_ups.iter().any(|line| !line.state.is_over()) {
        forms.push(Form::SettleFollowUp);
        if data.next == NextAction::FinishFollowUps.code() {
            forms.push(Form::Close);
        }
    }
    if forms.is_empty() {
        return ().into_any();
    }
    let refused = kept.value("form", "");
    // What is waited for with a question is the advice, which has a card of its own.
    let is_pressing = |form: Form| {
        pressing(form, data.state) && !(data.kind == Kind::Advice && matches!(form, Form::Triage))
    };
    let items: Vec<_> = forms
        .iter()
        .enumerate()
        .map(|(index, form)| {
            let (code, label, body) = one(*form, data, kept);
            let open = if refused.is_empty() { index == 0 && is_pressing(*form) } else { refused == code };
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
        Form::Wait => {
            let href = to(format!("/referrals/{}/waiting", data.id));
            let body = view! { <LinkButton label="Say when they can come" href look=Look::Secondary /> };
            ("waiting", "Waiting list for other times", body.into_any())
        }
        Form::Wishes => {
            let href = to(format!("/referrals/{}/wishes", data.id));
            let body = view! { <LinkButton label="Language, getting in, days" href look=Look::Secondary /> };
            ("wishes", words::act(Act::NoteWishes), body.into_any())
        }
        Form::Triage if data.kind == Kind::Advice => {
            ("triage", "Ask for more, or give no advice", triage(data, kept))
        }
        Form::Triage if data.acts.contains(&Act::Ask) => ("triage", "Decide", triage(data, kept)),
        Form::Triage => ("triage", words::act(Act::Decline), triage(data, kept)),
        Form::Assign => ("assign", "Give it to a colleague", assign(data, kept)),
        Form::SettleFollowUp => {
            ("settle-follow-up", "What became of a follow-up", follow_up::settle(data, kept))
        }
        Form::PlanFollowUp => ("plan-follow-up", words::act(Act::PlanFollowUp), follow_up::plan(data, kept)),
        Form::ReferOn => ("refer-on", words::act(Act::ReferOn), follow_up::refer_on(data, kept)),
        Form::Close => ("close", "Close it all the same", follow_up::close(data, kept)),
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
