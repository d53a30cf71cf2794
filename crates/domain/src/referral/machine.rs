//! The state machine: (state, act, role) → new state or a named refusal.

use super::{Act, State};
use crate::Role;

/// Why an act is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The act does not exist from this state, whoever asks.
    #[error("this cannot be done while the referral is {state}")]
    NotFromHere { state: State },
    /// Somebody else may do it from this state.
    #[error("your role cannot do this")]
    NotYourRole,
}

use Act::*;
use Role::{Coordinator, Patient, Referrer, Specialist, System};

const REFERRING: &[Role] = &[Referrer, System];
const RECEIVING: &[Role] = &[Specialist, Coordinator, System];
const CLINICAL: &[Role] = &[Specialist, System];
const BOOKING: &[Role] = &[Patient, Coordinator, Specialist, System];
const ANSWERING: &[Role] = &[Patient, Referrer, Coordinator, System];
const RELEASING: &[Role] = &[System, Patient, Coordinator];
const EITHER_SIDE: &[Role] = &[Referrer, Specialist, Coordinator, System];

/// The state that follows, if this role may do this from here. Total: every combination is decided.
pub fn transition(state: State, act: Act, role: Role) -> Result<State, Refusal> {
    match rule(state, act) {
        None => Err(Refusal::NotFromHere { state }),
        Some((_, roles)) if !roles.contains(&role) => Err(Refusal::NotYourRole),
        Some((next, _)) => Ok(next),
    }
}

/// The acts that a role may do from a state, in the order of declaration.
pub fn acts_for(state: State, role: Role) -> Vec<Act> {
    Act::ALL.iter().copied().filter(|act| transition(state, *act, role).is_ok()).collect()
}

/// The table. Sources: DOMAIN.md §1 (BSeR STU2's 34 transitions; Ocean: receivers own status changes,
/// only senders ask to cancel; e-RS review outcomes).
fn rule(state: State, act: Act) -> Option<(State, &'static [Role])> {
    use State::*;
    let rule = match state {
        Draft => match act {
            Save => (Draft, REFERRING),
            Send => (Sent, REFERRING),
            Withdraw => (Cancelled, REFERRING),
            EnterInError => (EnteredInError, REFERRING),
            _ => return None,
        },
        Sent => match act {
            Acknowledge => (Received, RECEIVING),
            Withdraw => (Cancelled, REFERRING),
            _ => return triage(act, Sent),
        },
        Received => return triage(act, Received),
        InfoNeeded => match act {
            Answer => (Received, ANSWERING),
            _ => return triage(act, InfoNeeded),
        },
        Accepted => match act {
            Offer => (Offered, BOOKING),
            Book => (Booked, BOOKING),
            Pause => (Paused, RECEIVING),
            InterimNote => (Seen, CLINICAL),
            RecordVisit => (Seen, RECEIVING),
            Report => (OutcomeReceived, CLINICAL),
            _ => return late(act, Accepted),
        },
        Offered => match act {
            Offer => (Offered, BOOKING),
            Book => (Booked, BOOKING),
            Lapse => (Accepted, RELEASING),
            _ => return late(act, Offered),
        },
        Booked => match act {
            Reschedule => (Booked, BOOKING),
            CancelAppointment => (AppointmentCancelled, BOOKING),
            MarkNoShow => (NoShow, RECEIVING),
            RecordVisit => (Seen, RECEIVING),
            InterimNote => (Seen, CLINICAL),
            Report => (OutcomeReceived, CLINICAL),
            _ => return late(act, Booked),
        },
        AppointmentCancelled => match act {
            Offer => (Offered, BOOKING),
            Book => (Booked, BOOKING),
            Pause => (Paused, RECEIVING),
            RequestCancellation => (CancelRequested, REFERRING),
            Assign => (AppointmentCancelled, RECEIVING),
            EnterInError => (EnteredInError, RECEIVING),
            _ => return None,
        },
        NoShow => match act {
            Offer => (Offered, BOOKING),
            Book | Reschedule => (Booked, BOOKING),
            CancelAppointment => (AppointmentCancelled, RECEIVING),
            _ => return late(act, NoShow),
        },
        Seen => match act {
            Book => (Booked, BOOKING),
            CancelAppointment => (AppointmentCancelled, RECEIVING),
            InterimNote => (Seen, CLINICAL),
            Report => (OutcomeReceived, CLINICAL),
            _ => return late(act, Seen),
        },
        OutcomeReceived => match act {
            AcknowledgeReport => (OutcomeReceived, REFERRING),
            Report => (OutcomeReceived, CLINICAL),
            Close => (Closed, EITHER_SIDE),
            _ => return None,
        },
        CancelRequested => match act {
            ConfirmCancellation => (Cancelled, RECEIVING),
            Report => (OutcomeReceived, CLINICAL),
            _ => return None,
        },
        Paused => match act {
            Resume => (Received, RECEIVING),
            RequestCancellation => (CancelRequested, REFERRING),
            _ => return None,
        },
        Closed | Declined => match act {
            Reopen => (Received, RECEIVING),
            _ => return None,
        },
        Redirected | Cancelled | EnteredInError => return None,
    };
    Some(rule)
}

/// What the receiving side may do before it has accepted.
fn triage(act: Act, here: State) -> Option<(State, &'static [Role])> {
    Some(match act {
        Assign => (here, RECEIVING),
        Ask => (State::InfoNeeded, RECEIVING),
        Accept => (State::Accepted, CLINICAL),
        Decline => (State::Declined, CLINICAL),
        Redirect => (State::Redirected, RECEIVING),
        Pause => (State::Paused, RECEIVING),
        RequestCancellation => (State::CancelRequested, REFERRING),
        EnterInError => (State::EnteredInError, RECEIVING),
        _ => return None,
    })
}

/// What stays possible after acceptance: a late decline, a request to cancel (BSeR).
fn late(act: Act, here: State) -> Option<(State, &'static [Role])> {
    Some(match act {
        Assign => (here, RECEIVING),
        Decline => (State::Declined, CLINICAL),
        RequestCancellation => (State::CancelRequested, REFERRING),
        EnterInError => (State::EnteredInError, RECEIVING),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_as_agreed() {
        let mut table = String::from("state | act | new state | who\n");
        for state in State::ALL {
            for act in Act::ALL {
                if let Some((next, roles)) = rule(*state, *act) {
                    let who: Vec<_> = roles.iter().map(|role| role.code()).collect();
                    table.push_str(&format!("{state} | {act} | {next} | {}\n", who.join(", ")));
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn bser_facts_hold() {
        for state in [State::Accepted, State::Booked, State::NoShow, State::Seen] {
            assert_eq!(
                transition(state, Decline, Specialist),
                Ok(State::Declined),
                "late decline from {state}"
            );
            assert_eq!(transition(state, RequestCancellation, Referrer), Ok(State::CancelRequested));
            assert_eq!(transition(state, ConfirmCancellation, Referrer), Err(Refusal::NotFromHere { state }));
        }
        assert_eq!(transition(State::CancelRequested, Report, Specialist), Ok(State::OutcomeReceived));
        assert_eq!(
            transition(State::CancelRequested, ConfirmCancellation, Referrer),
            Err(Refusal::NotYourRole)
        );
        assert_eq!(transition(State::Seen, InterimNote, Specialist), Ok(State::Seen));
        assert_eq!(transition(State::Accepted, Report, Specialist), Ok(State::OutcomeReceived));
    }

    #[test]
    fn a_quality_reader_or_an_administrator_changes_no_referral() {
        for state in State::ALL {
            assert_eq!(acts_for(*state, Role::Quality), []);
            assert_eq!(acts_for(*state, Role::Administrator), []);
        }
    }

    #[test]
    fn every_open_state_can_still_reach_an_end() {
        for start in State::ALL.iter().filter(|state| !state.is_ended()) {
            let mut reached = vec![*start];
            let mut at = 0;
            while at < reached.len() {
                for act in Act::ALL {
                    if let Some((next, _)) = rule(reached[at], *act)
                        && !reached.contains(&next)
                    {
                        reached.push(next);
                    }
                }
                at += 1;
            }
            assert!(reached.contains(&State::Closed) || reached.contains(&State::Cancelled), "from {start}");
        }
    }
}
