//! What a state carries besides itself: who was asked, and what comes after acceptance.

use super::{Duty, NextAction, State};
use crate::{Role, coded};

coded! {
    /// Who was asked for information.
    Asked {
        Patient = "patient",
        Referrer = "referrer",
        /// Whoever answers first.
        Both = "both",
    }
}

impl Asked {
    /// Whether somebody in this role was asked.
    pub const fn includes(self, role: Role) -> bool {
        match role {
            Role::Patient => matches!(self, Self::Patient | Self::Both),
            Role::Referrer => matches!(self, Self::Referrer | Self::Both),
            Role::Specialist | Role::Coordinator | Role::Quality | Role::Administrator | Role::System => {
                false
            }
        }
    }

    /// Whether somebody in this role may answer: who was asked, and the coordinator whom they phone.
    pub const fn may_answer(self, role: Role) -> bool {
        self.includes(role) || matches!(role, Role::Coordinator | Role::System)
    }
}

coded! {
    /// What comes after acceptance, as whoever triages decides it.
    NextStep {
        /// The patient chooses a time.
        Book = "book",
        /// The patient chooses a time with one colleague.
        BookNamed = "book-named",
        /// A test comes before the visit; a time is chosen once it is done.
        TestFirst = "test-first",
        /// No visit: the specialist writes advice to the referrer.
        AdviceOnly = "advice-only",
        /// No time was free in the patient's window: the clinic finds one. The patient may still choose, should one come up.
        ClinicBooks = "clinic-books",
    }
}

impl NextStep {
    /// Whether the patient may choose a time now.
    pub const fn lets_choose_time(self) -> bool {
        matches!(self, Self::Book | Self::BookNamed | Self::ClinicBooks)
    }
}

/// What was asked and planned with a referral.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Plan {
    pub asked: Option<Asked>,
    pub step: Option<NextStep>,
}

impl Plan {
    /// What is kept of a plan in a new state: a question is over when it was answered, a next step when it is read anew.
    pub fn kept_in(self, state: State) -> Self {
        let is_read_anew = matches!(state, State::Draft | State::Sent | State::Received | State::InfoNeeded);
        Self {
            asked: self.asked.filter(|_| state == State::InfoNeeded),
            step: self
                .step
                .filter(|_| !is_read_anew && !state.is_ended())
                // Found is found: what comes after a booking is chosen again.
                .filter(|step| *step != NextStep::ClinicBooks || state != State::Booked),
        }
    }

    /// Whether the patient may choose a time in this state.
    pub fn lets_choose_time(self, state: State) -> bool {
        state.can_choose_time() && self.step.is_none_or(NextStep::lets_choose_time)
    }
}

impl Duty {
    /// The duty as the plan has it: the same owner and due time, the next action said more closely.
    pub fn planned(self, state: State, plan: Plan) -> Self {
        let next = match (state, plan.asked, plan.step) {
            (State::InfoNeeded, Some(Asked::Patient), _) => NextAction::PatientAnswers,
            (State::InfoNeeded, Some(Asked::Referrer), _) => NextAction::ReferrerAnswers,
            (State::Accepted, _, Some(NextStep::TestFirst)) => NextAction::DoTest,
            (State::Accepted, _, Some(NextStep::AdviceOnly)) => NextAction::WriteAdvice,
            (
                State::Accepted | State::AppointmentCancelled | State::NoShow,
                _,
                Some(NextStep::ClinicBooks),
            ) => NextAction::FindTime,
            _ => self.next,
        };
        Self { next, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_asked_answers_and_a_coordinator_for_them() {
        for (asked, patient, referrer) in
            [(Asked::Patient, true, false), (Asked::Referrer, false, true), (Asked::Both, true, true)]
        {
            assert_eq!(asked.may_answer(Role::Patient), patient, "{asked}");
            assert_eq!(asked.may_answer(Role::Referrer), referrer, "{asked}");
            assert!(asked.may_answer(Role::Coordinator) && !asked.may_answer(Role::Specialist), "{asked}");
            assert!(!asked.includes(Role::Coordinator), "{asked}");
        }
    }

    #[test]
    fn a_time_is_chosen_only_where_the_next_step_is_a_visit() {
        for step in NextStep::ALL {
            let plan = Plan { asked: None, step: Some(*step) };
            let expected = matches!(step, NextStep::Book | NextStep::BookNamed | NextStep::ClinicBooks);
            assert_eq!(plan.lets_choose_time(State::Accepted), expected, "{step}");
            assert!(!plan.lets_choose_time(State::Seen), "{step}");
        }
        assert!(Plan::default().lets_choose_time(State::NoShow));
    }

    #[test]
    fn a_question_ends_with_its_answer_and_a_next_step_when_it_is_read_anew() {
        let plan = Plan { asked: Some(Asked::Both), step: Some(NextStep::TestFirst) };
        for state in State::ALL {
            let kept = plan.kept_in(*state);
            assert_eq!(kept.asked.is_some(), *state == State::InfoNeeded, "{state}");
            assert!(kept.step.is_none() || !state.is_ended(), "{state}");
        }
        assert_eq!(plan.kept_in(State::Received), Plan::default());
        assert_eq!(plan.kept_in(State::Booked).step, plan.step);
        let clinic = Plan { asked: None, step: Some(NextStep::ClinicBooks) };
        assert_eq!(clinic.kept_in(State::Offered), clinic);
        assert_eq!(clinic.kept_in(State::Booked).step, None, "it found a time");
    }

    #[test]
    fn the_next_action_says_who_is_waited_for() {
        let zone = chrono_tz::Europe::London;
        let now = "2026-03-06T10:00:00Z".parse().unwrap();
        let owed = |state, plan| {
            let clocks = crate::referral::Clocks::default();
            let duty = crate::referral::duty(state, crate::Priority::Routine, &clocks, now, None, zone);
            duty.unwrap().planned(state, plan).next
        };
        let asked = |asked| Plan { asked: Some(asked), step: None };
        let step = |step| Plan { asked: None, step: Some(step) };
        for (state, plan, next) in [
            (State::InfoNeeded, asked(Asked::Patient), NextAction::PatientAnswers),
            (State::InfoNeeded, asked(Asked::Referrer), NextAction::ReferrerAnswers),
            (State::InfoNeeded, asked(Asked::Both), NextAction::GiveInformation),
            (State::Accepted, step(NextStep::TestFirst), NextAction::DoTest),
            (State::Accepted, step(NextStep::AdviceOnly), NextAction::WriteAdvice),
            (State::Accepted, step(NextStep::BookNamed), NextAction::ChooseTime),
            (State::Accepted, step(NextStep::ClinicBooks), NextAction::FindTime),
            (State::NoShow, step(NextStep::ClinicBooks), NextAction::FindTime),
            (State::Offered, step(NextStep::ClinicBooks), NextAction::ConfirmTime),
            (State::Booked, step(NextStep::TestFirst), NextAction::Attend),
        ] {
            assert_eq!(owed(state, plan), next, "{state} {plan:?}");
        }
    }
}
