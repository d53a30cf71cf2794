//! Our states in the words of others: FHIR R4 `Task.status`, BSeR STU2, the NHS e-Referral Service, Ocean.
//!
//! Source: DOMAIN.md §1, the superset table, and BSeR STU2 (ballot of April 2025), its 34 permitted transitions.

use super::{Act, State};
use crate::coded;

coded! {
    /// BSeR STU2 business states, harmonised with 360X.
    Bser {
        Created = "2.0",
        Accepted = "3.0",
        Declined = "4.0",
        Scheduled = "5.1.1",
        NotAttended = "5.1.2",
        AppointmentCancelled = "5.1.3",
        VisitCompleted = "5.1.4",
        CancellationRequested = "5.2",
        Cancelled = "6.0",
        Completed = "7.0",
    }
}

/// One state in the words of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// FHIR R4 `Task.status`.
    pub fhir_task: &'static str,
    /// None: BSeR has no word for it.
    pub bser: Option<Bser>,
    /// e-RS referral state; empty where it has none.
    pub ers: &'static str,
    /// Ocean folder; empty where it has none.
    pub ocean: &'static str,
}

impl State {
    /// This state in the words of others.
    pub const fn mapping(self) -> Mapping {
        let (fhir_task, bser, ers, ocean) = match self {
            Self::Draft => ("draft", None, "", "Incomplete"),
            Self::Sent => ("requested", Some(Bser::Created), "NOT_BOOKED", "New"),
            Self::Received => ("received", Some(Bser::Created), "AWAITING_TRIAGE", "New"),
            // On hold for further information: to BSeR the referral is as created.
            Self::InfoNeeded => ("on-hold", Some(Bser::Created), "AWAITING_TRIAGE", "Awaiting Reply"),
            Self::Paused => ("on-hold", Some(Bser::Created), "DEFERRED_TO_PROVIDER", "Awaiting Response"),
            Self::Accepted => {
                ("accepted", Some(Bser::Accepted), "TRIAGED_PROVIDER_TO_ACTION", "Pending Booking")
            }
            Self::Offered => ("accepted", Some(Bser::Accepted), "NOT_BOOKED", "Booking Unconfirmed"),
            Self::Booked => ("in-progress", Some(Bser::Scheduled), "BOOKED", "Booking Confirmed"),
            Self::AppointmentCancelled => (
                "in-progress",
                Some(Bser::AppointmentCancelled),
                "APP_CANCELLED_BY_PROVIDER",
                "Pending Booking",
            ),
            Self::NoShow => ("in-progress", Some(Bser::NotAttended), "DID_NOT_ATTEND", "Booking Confirmed"),
            Self::Seen => {
                ("in-progress", Some(Bser::VisitCompleted), "ASSESSMENT_RESULT", "Booking Confirmed")
            }
            Self::OutcomeReceived => ("completed", Some(Bser::Completed), "", "Completed"),
            Self::Closed => ("completed", Some(Bser::Completed), "", "Completed"),
            Self::Declined => ("rejected", Some(Bser::Declined), "REJECTED", "Declined"),
            Self::Redirected => ("rejected", Some(Bser::Declined), "", "Forwarded"),
            Self::CancelRequested => ("in-progress", Some(Bser::CancellationRequested), "", ""),
            Self::Cancelled => ("cancelled", Some(Bser::Cancelled), "CANCELLED_REFERRAL", "Cancelled"),
            Self::EnteredInError => ("entered-in-error", None, "", "Cancelled"),
        };
        Mapping { fhir_task, bser, ers, ocean }
    }

    /// FHIR R4 `Task.status` that carries this state.
    pub const fn fhir_task(self) -> &'static str {
        self.mapping().fhir_task
    }

    /// The state that a foreign Task alone lets us assume, for an import without our own business status.
    pub fn from_fhir_task(status: &str) -> Option<Self> {
        match status {
            "draft" => Some(Self::Draft),
            "requested" => Some(Self::Sent),
            "received" => Some(Self::Received),
            "on-hold" => Some(Self::InfoNeeded),
            "accepted" | "ready" | "in-progress" => Some(Self::Accepted),
            "completed" => Some(Self::Closed),
            "rejected" | "failed" => Some(Self::Declined),
            "cancelled" => Some(Self::Cancelled),
            "entered-in-error" => Some(Self::EnteredInError),
            _ => None,
        }
    }
}

/// Who moves a referral on in BSeR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    Initiator,
    Recipient,
}

/// A permitted transition. `None` on either side stands for what BSeR writes without a number of ours: the draft before
/// 2.0, or the bare "5.1 active" of partners that know no finer state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BserTransition {
    pub who: Party,
    pub act: Act,
    pub from: BserPlace,
    pub to: BserPlace,
}

/// Where a BSeR transition begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BserPlace {
    Draft,
    At(Bser),
    /// "5.1 active": any of 5.1.1 to 5.1.4.
    Active,
}

impl BserPlace {
    /// Whether one of our states is meant.
    pub fn covers(self, state: State) -> bool {
        match (self, state.mapping().bser) {
            (Self::Draft, _) => state == State::Draft,
            (Self::At(wanted), found) => found == Some(wanted),
            (Self::Active, Some(found)) => matches!(
                found,
                Bser::Scheduled | Bser::NotAttended | Bser::AppointmentCancelled | Bser::VisitCompleted
            ),
            (Self::Active, None) => false,
        }
    }
}

/// The 34 transitions that BSeR STU2 permits.
pub fn bser_transitions() -> Vec<BserTransition> {
    use Act::{
        Accept, Book, CancelAppointment, ConfirmCancellation, Decline, InterimNote, MarkNoShow, Report,
        RequestCancellation, Reschedule, Send,
    };
    use Bser::{AppointmentCancelled, CancellationRequested, Completed, Created, NotAttended, Scheduled};
    use BserPlace::{Active, At, Draft};
    use Party::{Initiator, Recipient};
    let (accepted, declined, cancelled, visited) =
        (Bser::Accepted, Bser::Declined, Bser::Cancelled, Bser::VisitCompleted);
    let rows = [
        (Draft, Initiator, Send, At(Created)),
        (At(Created), Recipient, Accept, At(accepted)),
        (At(Created), Recipient, Decline, At(declined)),
        (At(Created), Initiator, RequestCancellation, At(CancellationRequested)),
        (At(accepted), Recipient, Decline, At(declined)),
        (At(accepted), Recipient, Book, At(Scheduled)),
        (At(accepted), Initiator, RequestCancellation, At(CancellationRequested)),
        (At(accepted), Recipient, InterimNote, At(visited)),
        (At(accepted), Recipient, Report, At(Completed)),
        (At(Scheduled), Recipient, Decline, At(declined)),
        (At(Scheduled), Recipient, Reschedule, At(Scheduled)),
        (At(Scheduled), Recipient, MarkNoShow, At(NotAttended)),
        (At(Scheduled), Recipient, CancelAppointment, At(AppointmentCancelled)),
        (At(Scheduled), Initiator, RequestCancellation, At(CancellationRequested)),
        (At(Scheduled), Recipient, InterimNote, At(visited)),
        (At(Scheduled), Recipient, Report, At(Completed)),
        (At(NotAttended), Recipient, Decline, At(declined)),
        (At(NotAttended), Recipient, Reschedule, At(Scheduled)),
        (At(NotAttended), Recipient, CancelAppointment, At(AppointmentCancelled)),
        (At(NotAttended), Initiator, RequestCancellation, At(CancellationRequested)),
        (At(AppointmentCancelled), Recipient, Book, At(Scheduled)),
        (At(AppointmentCancelled), Initiator, RequestCancellation, At(CancellationRequested)),
        (At(CancellationRequested), Recipient, ConfirmCancellation, At(cancelled)),
        (At(CancellationRequested), Recipient, Report, At(Completed)),
        (At(visited), Recipient, Decline, At(declined)),
        (At(visited), Recipient, Book, At(Scheduled)),
        (At(visited), Recipient, CancelAppointment, At(AppointmentCancelled)),
        (At(visited), Initiator, RequestCancellation, At(CancellationRequested)),
        (At(visited), Recipient, InterimNote, At(visited)),
        (At(visited), Recipient, Report, At(Completed)),
        (At(accepted), Recipient, Book, Active),
        (At(accepted), Recipient, InterimNote, Active),
        (Active, Recipient, Decline, At(declined)),
        (Active, Initiator, RequestCancellation, At(CancellationRequested)),
    ];
    rows.into_iter().map(|(from, who, act, to)| BserTransition { who, act, from, to }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;
    use crate::referral::transition;

    /// States that the transition reaches from a state in its beginning, by the role that BSeR means.
    fn reached(row: &BserTransition) -> Vec<(State, State)> {
        let role = match row.who {
            Party::Initiator => Role::Referrer,
            Party::Recipient => Role::Specialist,
        };
        State::ALL
            .iter()
            .filter(|state| row.from.covers(**state))
            .filter_map(|state| Some((*state, transition(*state, row.act, role).ok()?)))
            .collect()
    }

    #[test]
    fn all_34_bser_transitions_are_reachable_and_end_where_bser_says() {
        let rows = bser_transitions();
        assert_eq!(rows.len(), 34);
        for row in &rows {
            let reached = reached(row);
            assert!(!reached.is_empty(), "{row:?} is not possible");
            for (from, to) in reached {
                assert!(row.to.covers(to), "{row:?}: from {from} we come to {to}");
            }
        }
    }

    #[test]
    fn the_recipient_may_still_decline_late() {
        for state in [State::Accepted, State::Booked, State::NoShow, State::Seen] {
            assert_eq!(transition(state, Act::Decline, Role::Specialist), Ok(State::Declined), "{state}");
        }
    }

    #[test]
    fn the_initiator_asks_to_cancel_at_any_active_point_and_only_the_recipient_confirms() {
        for state in State::ALL.iter().filter(|state| !state.is_ended()) {
            let active = !matches!(state, State::Draft | State::OutcomeReceived | State::CancelRequested);
            let asked = transition(*state, Act::RequestCancellation, Role::Referrer);
            assert_eq!(asked.is_ok(), active, "{state}");
            assert!(transition(*state, Act::ConfirmCancellation, Role::Referrer).is_err(), "{state}");
        }
        assert_eq!(
            transition(State::CancelRequested, Act::ConfirmCancellation, Role::Coordinator),
            Ok(State::Cancelled)
        );
    }

    #[test]
    fn an_outcome_may_arrive_after_a_cancellation_request_and_straight_from_accepted() {
        for state in [State::CancelRequested, State::Accepted] {
            assert_eq!(transition(state, Act::Report, Role::Specialist), Ok(State::OutcomeReceived));
        }
    }

    #[test]
    fn several_interim_notes_are_allowed() {
        assert_eq!(transition(State::Seen, Act::InterimNote, Role::Specialist), Ok(State::Seen));
    }

    #[test]
    fn the_terminal_states_of_bser_are_ends_of_ours_or_wait_for_the_referrer_alone() {
        for state in State::ALL {
            let terminal =
                matches!(state.mapping().bser, Some(Bser::Declined | Bser::Cancelled | Bser::Completed));
            // BSeR is done when the outcome is sent; we wait until it is read.
            let ours =
                state.is_ended() && *state != State::EnteredInError || *state == State::OutcomeReceived;
            assert_eq!(terminal, ours, "{state}");
        }
    }

    #[test]
    fn the_mapping_reads_as_agreed() {
        let mut table = String::from("state | FHIR Task | BSeR | e-RS | Ocean\n");
        for state in State::ALL {
            let mapping = state.mapping();
            let bser = mapping.bser.map_or("", Bser::code);
            table.push_str(&format!(
                "{state} | {} | {bser} | {} | {}\n",
                mapping.fhir_task, mapping.ers, mapping.ocean
            ));
        }
        insta::assert_snapshot!(table);
    }
}
