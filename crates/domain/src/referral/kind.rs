//! What is asked for: that the patient is seen, or advice between colleagues.

use super::Act;
use crate::coded;

coded! {
    /// What a referral asks for.
    Kind {
        /// That the service takes the patient on.
        Referral = "referral",
        /// A question to a specialist; the patient stays with the referrer.
        Advice = "advice",
    }
}

impl Kind {
    /// Whether an act exists for the kind. Advice is asked for, answered and read, or not given, and the specialist may ask the
    /// referrer for more first; nobody is invited to a visit.
    pub const fn allows(self, act: Act) -> bool {
        match self {
            Self::Referral => !matches!(act, Act::Advise | Act::TurnIntoReferral),
            Self::Advice => match act {
                Act::Save
                | Act::Send
                | Act::Acknowledge
                | Act::Assign
                | Act::Forward
                | Act::Ask
                | Act::Answer
                | Act::Decline
                | Act::Advise
                | Act::TurnIntoReferral
                | Act::AcknowledgeReport
                | Act::Close
                | Act::RequestCancellation
                | Act::ConfirmCancellation
                | Act::Withdraw
                | Act::Resubmit
                | Act::Escalate
                | Act::EnterInError => true,
                Act::Accept
                | Act::Redirect
                | Act::Offer
                | Act::Hold
                | Act::Lapse
                | Act::Book
                | Act::Reschedule
                | Act::PassBooking
                | Act::CancelAppointment
                | Act::Arrive
                | Act::MarkNoShow
                | Act::RecordVisit
                | Act::InterimNote
                | Act::Report
                | Act::Reopen
                | Act::ReferOn
                | Act::PlanFollowUp
                | Act::SettleFollowUp
                | Act::NoteWishes
                | Act::JoinWaitingList
                | Act::LeaveWaitingList
                | Act::Pause
                | Act::Resume
                | Act::ResumeToBook => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{State, acts_of, transition_of};
    use super::*;
    use crate::Role;

    /// The states that a kind can reach from a draft, whoever acts.
    fn reached(kind: Kind) -> Vec<State> {
        let mut reached = vec![State::Draft];
        let mut at = 0;
        while at < reached.len() {
            for role in Role::ALL {
                for act in acts_of(kind, reached[at], *role) {
                    let next = transition_of(kind, reached[at], act, *role).unwrap();
                    if !reached.contains(&next) {
                        reached.push(next);
                    }
                }
            }
            at += 1;
        }
        reached.sort();
        reached
    }

    #[test]
    fn a_request_for_advice_never_leads_to_a_visit_and_can_always_end() {
        use State::*;
        let states = reached(Kind::Advice);
        let expected = [
            Draft,
            Sent,
            Received,
            InfoNeeded,
            OutcomeReceived,
            Closed,
            Declined,
            CancelRequested,
            Cancelled,
            EnteredInError,
        ];
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(states, expected);
        for state in states.into_iter().filter(|state| !state.is_ended()) {
            let some = Role::ALL.iter().any(|role| {
                acts_of(Kind::Advice, state, *role).iter().any(|act| {
                    transition_of(Kind::Advice, state, *act, *role).is_ok_and(|next| next != state)
                })
            });
            assert!(some, "{state} leads nowhere");
        }
    }

    #[test]
    fn a_referral_knows_nothing_of_advice() {
        for state in State::ALL {
            for role in Role::ALL {
                let acts = acts_of(Kind::Referral, *state, *role);
                assert!(
                    !acts.contains(&Act::Advise) && !acts.contains(&Act::TurnIntoReferral),
                    "{state} {role}"
                );
            }
        }
        for role in Role::ALL {
            let refused = transition_of(Kind::Referral, State::Received, Act::Advise, *role);
            assert!(refused.is_err(), "{role}");
        }
    }

    #[test]
    fn only_a_specialist_advises_and_only_the_two_clinicians_turn_it_into_a_referral() {
        use State::{Closed, OutcomeReceived, Received};
        for role in Role::ALL {
            let advises = transition_of(Kind::Advice, Received, Act::Advise, *role).is_ok();
            assert_eq!(advises, matches!(role, Role::Specialist | Role::System), "{role}");
            for state in [Received, OutcomeReceived] {
                let turned = transition_of(Kind::Advice, state, Act::TurnIntoReferral, *role);
                let may = matches!(role, Role::Referrer | Role::Specialist | Role::System);
                assert_eq!(turned.is_ok(), may, "{state} {role}");
                assert!(turned.is_err() || turned == Ok(Closed));
            }
        }
        // It is answered once.
        assert!(transition_of(Kind::Advice, OutcomeReceived, Act::Advise, Role::Specialist).is_err());
    }
}
