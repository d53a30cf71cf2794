//! What is still to come under a referral, and a referral beside it.

use contract::{FollowUpLine, ReferralPage};
use domain::Priority;
use domain::referral::{Act, FollowUpKind, FollowUpState};
use leptos::prelude::*;

use super::move_on::by_team;
use super::plain::posted;
use crate::components::{
    CheckboxGroup, Choice, DateField, DateParts, HiddenField, Look, Need, SafeTextarea, SelectField,
    TextField,
};
use crate::pages::console::choices;
use crate::web::Kept;
use crate::words;

pub(super) fn plan(data: &ReferralPage, kept: &Kept) -> AnyView {
    let part = |part: &str| kept.value(&format!("plan-follow-up-due_{part}"), "");
    let due = DateParts { day: part("day"), month: part("month"), year: part("year") };
    let kinds = [FollowUpKind::Visit, FollowUpKind::Test]
        .map(|kind| Choice::new(kind.code(), words::follow_up_kind(kind)))
        .to_vec();
    let controls = view! {
        <SelectField
            name="plan-follow-up-kind"
            label="Visit or test"
            choices=kinds
            value=kept.value("plan-follow-up-kind", "")
            error=kept.error("plan-follow-up-kind")
        />
        <TextField
            name="plan-follow-up-what"
            label="What is to be done?"
            maxlength=200
            value=kept.value("plan-follow-up-what", "")
            error=kept.error("plan-follow-up-what")
        />
        <DateField
            name="plan-follow-up-due"
            label="By when is it due?"
            value=due
            error=kept.error("plan-follow-up-due")
        />
        <SelectField
            name="plan-follow-up-person"
            label="Who sees to it?"
            choices=by_team(&data.colleagues)
            need=Need::Optional
            empty="The team"
            value=kept.value("plan-follow-up-person", "")
            error=kept.error("plan-follow-up-person")
        />
    };
    posted("plan-follow-up", data, controls.into_any(), words::act(Act::PlanFollowUp), Look::Secondary)
}

/// What became of those that are open, in one form.
pub(super) fn settle(data: &ReferralPage, kept: &Kept) -> AnyView {
    let open: Vec<&FollowUpLine> = data.follow_ups.iter().filter(|line| !line.state.is_over()).collect();
    let which = open.iter().map(|line| Choice::new(line.id.clone(), line.what.clone())).collect();
    let only = if open.len() == 1 { open[0].id.clone() } else { String::new() };
    let states = [FollowUpState::Booked, FollowUpState::Done, FollowUpState::NotNeeded]
        .map(|state| Choice::new(state.code(), words::follow_up_state(state).1))
        .to_vec();
    let controls = view! {
        <SelectField
            name="settle-follow-up-follow_up"
            label="Which follow-up?"
            choices=which
            value=kept.value("settle-follow-up-follow_up", &only)
            error=kept.error("settle-follow-up-follow_up")
        />
        <SelectField
            name="settle-follow-up-state"
            label="What became of it?"
            choices=states
            value=kept.value("settle-follow-up-state", "")
            error=kept.error("settle-follow-up-state")
        />
        <SafeTextarea
            name="settle-follow-up-text"
            label="How did it go, or why is it not needed?"
            rows=2
            maxlength=20000
            need=Need::Optional
            value=kept.value("settle-follow-up-text", "")
            error=kept.error("settle-follow-up-text")
        />
    };
    posted("settle-follow-up", data, controls.into_any(), words::act(Act::SettleFollowUp), Look::Secondary)
}

pub(super) fn refer_on(data: &ReferralPage, kept: &Kept) -> AnyView {
    let priorities = Priority::ALL
        .iter()
        .map(|priority| Choice::new(priority.code(), words::priority(*priority)))
        .collect::<Vec<_>>();
    let documents =
        if kept.values.is_empty() { "1".to_owned() } else { kept.value("refer-on-documents", "") };
    let controls = view! {
        <p>
            "A referral of its own, linked to this one. This one goes on; whoever referred the patient reads both reports."
        </p>
        <SelectField
            name="refer-on-service"
            label="To which service as well?"
            choices=choices(&data.services_elsewhere)
            value=kept.value("refer-on-service", "")
            empty="Choose a service"
            error=kept.error("refer-on-service")
        />
        <SelectField
            name="refer-on-priority"
            label="How urgent is it there?"
            choices=priorities
            value=kept.value("refer-on-priority", data.priority.code())
            error=kept.error("refer-on-priority")
        />
        <SafeTextarea
            name="refer-on-text"
            label="Letter to the other clinic"
            rows=6
            maxlength=20000
            value=kept.value("refer-on-text", "")
            error=kept.error("refer-on-text")
        />
        <CheckboxGroup
            name="refer-on-documents"
            label="Documents"
            choices=vec![Choice::new("1", "Send the referral’s documents along")]
            values=vec![documents]
            need=Need::Unsaid
        />
    };
    posted("refer-on", data, controls.into_any(), words::act(Act::ReferOn), Look::Secondary)
}

/// Closing with follow-ups open, once the report was read.
pub(super) fn close(data: &ReferralPage, kept: &Kept) -> AnyView {
    let controls = view! {
        <HiddenField name="close-reason" value="" />
        <SafeTextarea
            name="close-text"
            label="Why is what is still to come not needed?"
            rows=2
            maxlength=20000
            value=kept.value("close-text", "")
            error=kept.error("close-text")
        />
    };
    posted("close", data, controls.into_any(), words::act(Act::Close), Look::Warning)
}
