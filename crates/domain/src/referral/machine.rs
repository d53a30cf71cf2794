//! The state machine: (state, act, role) → new state or a named refusal.

use super::{Act, Kind, State};
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
const OFFERING: &[Role] = &[Coordinator, Specialist, System];
const WISHING: &[Role] = &[Patient, Referrer, Coordinator, Specialist, System];
const TIMER: &[Role] = &[System];
const RELEASING: &[Role] = &[System, Patient, Coordinator, Specialist];
/// Who may make a referral of a request for advice; the specialist only where the referrer has agreed to that.
const TURNING: &[Role] = &[Referrer, Specialist, System];
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

/// The same for a referral of a kind: acts that its kind does not know are not possible from anywhere.
pub fn transition_of(kind: Kind, state: State, act: Act, role: Role) -> Result<State, Refusal> {
    if kind.allows(act) { transition(state, act, role) } else { Err(Refusal::NotFromHere { state }) }
}

/// The acts that a role may do from a state of a kind, in the order of declaration.
pub fn acts_of(kind: Kind, state: State, role: Role) -> Vec<Act> {
    let mut acts = acts_for(state, role);
    acts.retain(|act| kind.allows(*act));
    acts
}

/// The table. Sources: DOMAIN.md §1 (BSeR STU2's 34 transitions; Ocean: receivers own status changes,
/// only senders ask to cancel; e-RS review outcomes).
fn rule(state: State, act: Act) -> Option<(State, &'static [Role])> {
    use State::*;
    if act == Escalate {
        return (!state.is_ended()).then_some((state, TIMER));
    }
    if let Some(roles) = beside(state, act) {
        return Some((state, roles));
    }
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
            InterimNote => (Seen, CLINICAL),
            RecordVisit => (Seen, RECEIVING),
            Report => (OutcomeReceived, CLINICAL),
            _ => return choosing(act).or_else(|| late(act, Accepted)),
        },
        Offered => match act {
            Lapse => (Accepted, RELEASING),
            Pause | Forward | Redirect => return None,
            _ => return choosing(act).or_else(|| late(act, Offered)),
        },
        Booked => match act {
            Reschedule => (Booked, BOOKING),
            // An earlier time: the booked one is kept until it is taken.
            Offer => (Booked, OFFERING),
            Lapse => (Booked, RELEASING),
            CancelAppointment => (AppointmentCancelled, BOOKING),
            Arrive => (Booked, RECEIVING),
            MarkNoShow => (NoShow, RECEIVING),
            RecordVisit => (Seen, RECEIVING),
            InterimNote => (Seen, CLINICAL),
            Report => (OutcomeReceived, CLINICAL),
            _ => return late(act, Booked),
        },
        // BSeR lists no decline from here: the clinic that cancelled a time owes another one.
        AppointmentCancelled => match act {
            Decline => return None,
            _ => return choosing(act).or_else(|| late(act, AppointmentCancelled)),
        },
        NoShow => match act {
            Reschedule => (Booked, BOOKING),
            CancelAppointment => (AppointmentCancelled, RECEIVING),
            _ => return choosing(act).or_else(|| late(act, NoShow)),
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
            TurnIntoReferral => (Closed, TURNING),
            Close => (Closed, EITHER_SIDE),
            _ => return None,
        },
        CancelRequested => match act {
            Assign | CancelAppointment => (CancelRequested, RECEIVING),
            ConfirmCancellation => (Cancelled, RECEIVING),
            Report => (OutcomeReceived, CLINICAL),
            _ => return None,
        },
        Paused => match act {
            Resume => (Received, RECEIVING),
            ResumeToBook => (Accepted, RECEIVING),
            _ => return late(act, Paused),
        },
        Closed | Declined => match act {
            Reopen => (Received, RECEIVING),
            _ => return None,
        },
        Redirected | Cancelled | EnteredInError => return None,
    };
    Some(rule)
}

/// What goes on beside the referral and leaves it where it is.
fn beside(state: State, act: Act) -> Option<&'static [Role]> {
    use State::*;
    let is_accepted = matches!(
        state,
        Accepted | Offered | Booked | AppointmentCancelled | NoShow | Seen | OutcomeReceived | Paused
    );
    match act {
        Resubmit => matches!(state, Declined | Cancelled).then_some(REFERRING),
        ReferOn => (is_accepted || matches!(state, Received | InfoNeeded)).then_some(CLINICAL),
        PlanFollowUp | SettleFollowUp => is_accepted.then_some(RECEIVING),
        NoteWishes => (!state.is_ended()).then_some(WISHING),
        JoinWaitingList => (state.can_choose_time() || state == Booked).then_some(BOOKING),
        LeaveWaitingList => state.keeps_waiting().then_some(BOOKING),
        PassBooking => matches!(state, Accepted | AppointmentCancelled | NoShow).then_some(BOOKING),
        _ => None,
    }
}

/// What the receiving side may do before it has accepted.
fn triage(act: Act, here: State) -> Option<(State, &'static [Role])> {
    Some(match act {
        Ask => (State::InfoNeeded, RECEIVING),
        Accept => (State::Accepted, CLINICAL),
        Forward => (here, RECEIVING),
        Redirect => (State::Redirected, RECEIVING),
        Pause => (State::Paused, RECEIVING),
        Advise => (State::OutcomeReceived, CLINICAL),
        TurnIntoReferral => (State::Closed, TURNING),
        _ => return late(act, here),
    })
}

/// What is possible while a time is still to be found. Another service of the house reads it anew.
fn choosing(act: Act) -> Option<(State, &'static [Role])> {
    Some(match act {
        Hold => (State::Offered, BOOKING),
        Offer => (State::Offered, OFFERING),
        Book => (State::Booked, BOOKING),
        Forward => (State::Received, RECEIVING),
        Redirect => (State::Redirected, RECEIVING),
        Pause => (State::Paused, RECEIVING),
        _ => return None,
    })
}

/// What stays possible until there is an outcome: a late decline, a request to cancel (BSeR).
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
    use chrono::{DateTime, Duration, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::Priority;
    use crate::referral::{Clocks, duty};

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
    fn only_the_receiving_side_confirms_a_cancellation() {
        assert_eq!(
            transition(State::CancelRequested, ConfirmCancellation, Referrer),
            Err(Refusal::NotYourRole)
        );
        for state in [State::Accepted, State::Booked, State::NoShow, State::Seen] {
            assert_eq!(transition(state, ConfirmCancellation, Referrer), Err(Refusal::NotFromHere { state }));
        }
    }

    #[test]
    fn only_the_side_that_sent_it_takes_up_again_what_was_declined_or_cancelled() {
        for state in State::ALL {
            let over = matches!(state, State::Declined | State::Cancelled);
            let refused = Err(Refusal::NotFromHere { state: *state });
            let expected = if over { Ok(*state) } else { refused };
            assert_eq!(transition(*state, Resubmit, Referrer), expected, "{state}");
            assert!(transition(*state, Resubmit, Coordinator).is_err(), "{state}");
        }
    }

    #[test]
    fn follow_ups_belong_to_what_was_accepted_and_has_not_ended() {
        for state in State::ALL {
            let planned = transition(*state, PlanFollowUp, Coordinator);
            let before = matches!(
                state,
                State::Draft | State::Sent | State::Received | State::InfoNeeded | State::CancelRequested
            );
            assert_eq!(planned.is_ok(), !before && !state.is_ended(), "{state}");
            assert_eq!(planned.is_ok(), transition(*state, SettleFollowUp, Specialist).is_ok(), "{state}");
            assert!(transition(*state, PlanFollowUp, Referrer).is_err(), "{state}");
        }
    }

    #[test]
    fn a_timer_may_escalate_exactly_what_is_open() {
        for state in State::ALL {
            assert_eq!(transition(*state, Escalate, System).is_ok(), !state.is_ended(), "{state}");
            assert!(transition(*state, Escalate, Coordinator).is_err());
        }
    }

    #[test]
    fn a_quality_reader_or_an_administrator_changes_no_referral() {
        for state in State::ALL {
            assert_eq!(acts_for(*state, Role::Quality), []);
            assert_eq!(acts_for(*state, Role::Administrator), []);
        }
    }

    /// What a referral owes after a sequence of commands, each by anybody, most of them refused.
    fn run(commands: &[(usize, usize, u8)], priority: Priority) -> Result<(), String> {
        let zone = chrono_tz::Europe::London;
        let clocks = Clocks::default();
        let mut now: DateTime<Utc> = "2026-03-06T10:00:00Z".parse().unwrap();
        let mut state = State::Draft;
        let mut owed = duty(state, priority, &clocks, now, None, zone);
        for (act, role, hours) in commands {
            now += Duration::hours(i64::from(*hours));
            let act = Act::ALL[act % Act::ALL.len()];
            let Ok(next) = transition(state, act, Role::ALL[role % Role::ALL.len()]) else {
                continue;
            };
            if next != state {
                owed = duty(next, priority, &clocks, now, None, zone);
            }
            state = next;
            match &owed {
                None if state.is_ended() => {}
                Some(owed) if !state.is_ended() && owed.due > now - Duration::hours(24 * 365) => {}
                _ => return Err(format!("{state} owes {owed:?}")),
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn no_open_referral_is_without_owner_next_step_and_due_time_whatever_is_done(
            commands in proptest::collection::vec((0..64usize, 0..16usize, 0..72u8), 1..24),
            priority in 0..3usize,
        ) {
            let outcome = run(&commands, Priority::ALL[priority]);
            prop_assert!(outcome.is_ok(), "{outcome:?}");
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
