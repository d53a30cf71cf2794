//! The triage decision: one form for accepting, asking and declining. What belongs to another outcome than the chosen one
//! is out of sight (`app-when`); a browser that cannot do that shows all of it, so the labels say when each counts.

use contract::ReferralPage;
use domain::Priority;
use domain::referral::{Act, Asked, Kind, NextStep};
use leptos::prelude::*;

use super::offered::{Reader, reply};
use super::plain::{file, posted};
use crate::components::{
    Choice, DateField, DateParts, Look, Need, RadioGroup, SafeTextarea, SelectField, TextField,
};
use crate::pages::console::choices;
use crate::web::Kept;
use crate::words;

pub(super) fn triage(data: &ReferralPage, kept: &Kept) -> AnyView {
    let is_advice = data.kind == Kind::Advice;
    let all = [
        (
            Act::Accept,
            "accept",
            "Accept",
            match data.holds_at_acceptance {
                true => "The best time is held for the patient, who takes it or chooses another",
                false => "The patient is asked to choose a time",
            },
        ),
        (
            Act::Ask,
            "ask",
            "Ask for information",
            match is_advice {
                true => "The referrer reads your question and answers it",
                false => "The patient reads your question and can answer or send a document",
            },
        ),
        (
            Act::Decline,
            "decline",
            if is_advice { "Give no advice" } else { "Decline with advice" },
            match data.patient_sees {
                true => "The patient reads why, and what to do next",
                false => "The referrer reads why, and where to ask instead",
            },
        ),
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
                    <div class="app-when app-when--accept app-stack">
                    <SelectField
                        name="triage-priority"
                        label="Priority, when you accept"
                        choices=priorities
                        value=kept.value("triage-priority", data.priority.code())
                        error=kept.error("triage-priority")
                    />
                    {next_step(data, kept)}
                    </div>
                }
            })}
        {data
            .acts
            .contains(&Act::Ask)
            .then(|| {
                view! {
                    <div class="app-when app-when--ask app-stack">
                        {reasons(data, Act::Ask, "Reason, when you ask", kept)} {asked(is_advice, kept)}
                    </div>
                }
            })}
        {data
            .acts
            .contains(&Act::Decline)
            .then(|| {
                let reasons = reasons(data, Act::Decline, "Reason, when you decline", kept);
                view! { <div class="app-when app-when--decline app-stack">{reasons}</div> }
            })}
        <div class="app-when app-when--ask app-when--decline app-stack">
        {data.patient_sees.then(|| for_the_patient(data, kept))}
        </div>
        <div class="app-when app-when--accept app-when--ask app-when--decline app-stack">
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
            label=if is_advice { "For the referrer" } else { "For colleagues and the referrer" }
            rows=3
            maxlength=20000
            need=Need::Optional
            value=kept.value("triage-comment", "")
            error=kept.error("triage-comment")
        />
        {file("triage", "File for colleagues and the referrer", kept)}
        </div>
    };
    posted("triage", data, controls.into_any(), "Record the decision", Look::Primary)
}

fn for_the_patient(data: &ReferralPage, kept: &Kept) -> AnyView {
    view! {
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
            need=Need::Unsaid
            value=kept.value("triage-patient_line", "")
            error=kept.error("triage-patient_line")
        />
    }
    .into_any()
}

/// Why it is asked or declined: each decision has a list of its own.
fn reasons(data: &ReferralPage, act: Act, label: &'static str, kept: &Kept) -> AnyView {
    let choices: Vec<Choice> = data
        .reasons
        .iter()
        .filter(|reason| reason.act == act)
        .map(|reason| Choice::new(reason.code.clone(), reason.label.clone()))
        .collect();
    if choices.is_empty() {
        return ().into_any();
    }
    let name = format!("triage-{act}_reason");
    view! {
        <SelectField
            name=name.clone()
            label
            choices
            empty="Choose a reason"
            value=kept.value(&name, "")
            error=kept.error(&name)
        />
    }
    .into_any()
}

/// What comes after acceptance.
fn next_step(data: &ReferralPage, kept: &Kept) -> AnyView {
    let steps = NextStep::ALL
        .iter()
        // Whether the clinic finds a time follows from what is free; that the patient chooses one is the empty choice.
        .filter(|step| !matches!(step, NextStep::ClinicBooks | NextStep::Book))
        .filter(|step| **step != NextStep::BookNamed || !data.diaries.is_empty())
        .map(|step| Choice::new(step.code(), words::next_step(*step)))
        .collect::<Vec<_>>();
    let named = (!data.diaries.is_empty()).then(|| {
        view! {
            <SelectField
                name="triage-named"
                label="With whom, for a named colleague"
                choices=choices(&data.diaries)
                need=Need::Unsaid
                empty="Nobody by name"
                value=kept.value("triage-named", "")
                error=kept.error("triage-named")
            />
        }
    });
    let kind = (data.visit_kinds.len() > 1).then(|| {
        let kinds: Vec<Choice> =
            data.visit_kinds.iter().map(|kind| Choice::new(kind.clone(), kind.clone())).collect();
        view! {
            <SelectField
                name="triage-visit_kind"
                label="Kind of visit, when you accept"
                choices=kinds
                need=Need::Unsaid
                empty="As each session begins its list"
                value=kept.value("triage-visit_kind", "")
                error=kept.error("triage-visit_kind")
            />
        }
    });
    view! {
        <SelectField
            name="triage-next_step"
            label="What comes next, when you accept"
            choices=steps
            need=Need::Unsaid
            empty=words::next_step(NextStep::Book)
            value=kept.value("triage-next_step", "")
            error=kept.error("triage-next_step")
        />
        {named}
        {kind}
        <TextField
            name="triage-next_step_note"
            label="Which test, when a test comes first"
            hint="The patient reads it"
            maxlength=200
            need=Need::Unsaid
            value=kept.value("triage-next_step_note", "")
            error=kept.error("triage-next_step_note")
        />
    }
    .into_any()
}

/// Who is asked, and by when. A question between colleagues goes to the referrer alone.
fn asked(is_advice: bool, kept: &Kept) -> AnyView {
    let who =
        Asked::ALL.iter().map(|asked| Choice::new(asked.code(), words::asked(*asked))).collect::<Vec<_>>();
    let part = |part: &str| kept.value(&format!("triage-due_{part}"), "");
    let due = DateParts { day: part("day"), month: part("month"), year: part("year") };
    let whom = (!is_advice).then(|| {
        view! {
            <SelectField
                name="triage-ask_of"
                label="Whom do you ask?"
                choices=who
                need=Need::Optional
                empty="The patient and the referrer"
                value=kept.value("triage-ask_of", "")
                error=kept.error("triage-ask_of")
            />
        }
    });
    view! {
        {whom}
        <DateField
            name="triage-due"
            label="By when, when you ask"
            hint="Empty: as the clinic’s clock has it"
            value=due
            need=Need::Optional
            error=kept.error("triage-due")
        />
    }
    .into_any()
}
