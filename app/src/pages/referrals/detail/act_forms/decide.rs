//! The triage decision: one form for accepting, asking and declining.

use contract::ReferralPage;
use domain::Priority;
use domain::referral::Act;
use leptos::prelude::*;

use super::offered::{Reader, reply};
use super::plain::posted;
use crate::components::{Choice, Look, Need, RadioGroup, SafeTextarea, SelectField};
use crate::web::Kept;
use crate::words;

pub(super) fn triage(data: &ReferralPage, kept: &Kept) -> AnyView {
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
        {reasons(data, kept)}
        {reply(
            "triage",
            "patient_line",
            Reader::Patient,
            &[Act::Ask, Act::Decline],
            "Ready words for the patient",
            data,
            kept,
        )}
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
        {reply(
            "triage",
            "comment",
            Reader::Colleague,
            &[Act::Ask, Act::Decline, Act::Accept],
            "Ready words for colleagues",
            data,
            kept,
        )}
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

/// Why it is asked or declined. Each choice names its decision, because both stand in one list.
fn reasons(data: &ReferralPage, kept: &Kept) -> AnyView {
    let both = data.acts.contains(&Act::Ask) && data.acts.contains(&Act::Decline);
    let choices: Vec<Choice> = data
        .reasons
        .iter()
        .filter(|reason| matches!(reason.act, Act::Ask | Act::Decline) && data.acts.contains(&reason.act))
        .map(|reason| {
            let label = match (both, reason.act) {
                (true, Act::Ask) => format!("Ask: {}", reason.label),
                (true, _) => format!("Decline: {}", reason.label),
                (false, _) => reason.label.clone(),
            };
            Choice::new(format!("{}:{}", reason.act, reason.code), label)
        })
        .collect();
    if choices.is_empty() {
        return ().into_any();
    }
    let label = if both { "Reason, when you ask or decline" } else { "Reason" };
    view! {
        <SelectField
            name="triage-reason"
            label
            choices
            empty="Choose a reason"
            need=if both { Need::Optional } else { Need::Required }
            value=kept.value("triage-reason", "")
            error=kept.error("triage-reason")
        />
    }
    .into_any()
}
