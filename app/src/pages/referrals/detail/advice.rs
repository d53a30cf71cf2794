//! A request for advice: who sees it, the answer, and the referral that may come of it.

use contract::ReferralPage;
use domain::referral::{Act, Kind, Side, State};
use leptos::prelude::*;

use crate::components::{Button, Card, Choice, HiddenField, Look, Need, RadioGroup, SafeTextarea};
use crate::pages::console::{key, to};
use crate::web::Kept;
use crate::words;

/// What can be done with a request for advice beside what can be done with any referral; nothing for a referral.
pub fn forms(data: &ReferralPage, kept: &Kept) -> AnyView {
    if data.kind == Kind::Referral {
        return ().into_any();
    }
    let advise = data.acts.contains(&Act::Advise).then(|| advise(data, kept));
    let turns = data.acts.contains(&Act::TurnIntoReferral) && data.state != State::Draft;
    let turn = turns.then(|| turn(data, kept));
    let sees = match data.patient_sees {
        true => "The patient sees this request.",
        false => "The patient does not see this request, unless it becomes a referral.",
    };
    let may = match (data.may_turn, data.side) {
        (true, _) => "The specialist may make a referral of it.",
        (false, Side::Receiving) => "Only the referrer makes a referral of it.",
        (false, Side::Referring) => "Only your side makes a referral of it.",
    };
    view! {
        <Card title="Advice">
            <p>{format!("{sees} {may}")}</p>
            <div class="app-screen-only">{advise} {turn}</div>
        </Card>
    }
    .into_any()
}

fn opened(form: &'static str, first: bool, label: &'static str, kept: &Kept, body: AnyView) -> AnyView {
    let refused = kept.value("form", "");
    let open = if refused.is_empty() { first } else { refused == form };
    view! {
        <details class="app-act" id=format!("act-{form}") open=open>
            <summary class="app-act__summary">{label}</summary>
            <div class="app-act__body">{body}</div>
        </details>
    }
    .into_any()
}

fn advise(data: &ReferralPage, kept: &Kept) -> AnyView {
    let outcomes = vec![
        Choice::new("advice", "Advice").hint("The patient can stay with the referrer"),
        Choice::new("refer", "Please refer").hint("The patient should be seen"),
    ];
    let body = view! {
        <form class="app-stack" method="post" action=to(format!("/referrals/{}/advise", data.id))>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="advise" />
            <HiddenField name="version" value=data.version.to_string() />
            <RadioGroup
                name="advise-outcome"
                label="What do you answer?"
                choices=outcomes
                value=kept.value("advise-outcome", "")
                error=kept.error("advise-outcome")
            />
            <SafeTextarea
                name="advise-text"
                label="Your advice"
                hint="What you think, what you would do, and when you would want to see the patient"
                rows=6
                maxlength=20000
                value=kept.value("advise-text", "")
                error=kept.error("advise-text")
            />
            <Button label="Send the answer" look=Look::Primary />
        </form>
    };
    opened("advise", true, words::act(Act::Advise), kept, body.into_any())
}

fn turn(data: &ReferralPage, kept: &Kept) -> AnyView {
    let what = match data.side {
        Side::Receiving => {
            "Takes the patient on: a referral to this service begins with the question and its documents."
        }
        Side::Referring => {
            "A referral to this service begins with your question, the answer and the documents. What it still needs, \
             you add before it is sent."
        }
    };
    let body = view! {
        <form class="app-stack" method="post" action=to(format!("/referrals/{}/turn-into-referral", data.id))>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="turn-into-referral" />
            <HiddenField name="version" value=data.version.to_string() />
            <p>{what}</p>
            <SafeTextarea
                name="turn-into-referral-text"
                label="To add to the letter"
                rows=3
                maxlength=20000
                need=Need::Optional
                value=kept.value("turn-into-referral-text", "")
                error=kept.error("turn-into-referral-text")
            />
            <Button label=words::act(Act::TurnIntoReferral) look=Look::Secondary />
        </form>
    };
    opened("turn-into-referral", false, words::act(Act::TurnIntoReferral), kept, body.into_any())
}
