//! The states of a referral: the superset of DOMAIN.md §1.

use crate::coded;

coded! {
    /// Where a referral is.
    State {
        Draft = "draft",
        Sent = "sent",
        Received = "received",
        InfoNeeded = "info-needed",
        Accepted = "accepted",
        Offered = "offered",
        Booked = "booked",
        AppointmentCancelled = "appointment-cancelled",
        NoShow = "no-show",
        Seen = "seen",
        OutcomeReceived = "outcome-received",
        Closed = "closed",
        Declined = "declined",
        Redirected = "redirected",
        CancelRequested = "cancel-requested",
        Cancelled = "cancelled",
        Paused = "paused",
        EnteredInError = "entered-in-error",
    }
}

impl State {
    /// Nothing more is owed by anybody. Every other state has an owner, a next action and a due time.
    pub const fn is_ended(self) -> bool {
        match self {
            Self::Closed | Self::Declined | Self::Redirected | Self::Cancelled | Self::EnteredInError => true,
            Self::Draft
            | Self::Sent
            | Self::Received
            | Self::InfoNeeded
            | Self::Accepted
            | Self::Offered
            | Self::Booked
            | Self::AppointmentCancelled
            | Self::NoShow
            | Self::Seen
            | Self::OutcomeReceived
            | Self::CancelRequested
            | Self::Paused => false,
        }
    }

    /// Whether somebody who is on the waiting list stays on it in this state.
    pub const fn keeps_waiting(self) -> bool {
        self.can_choose_time() || matches!(self, Self::Booked | Self::Paused)
    }

    /// The states in which the patient may choose a time.
    pub const fn can_choose_time(self) -> bool {
        matches!(self, Self::Accepted | Self::Offered | Self::AppointmentCancelled | Self::NoShow)
    }
}
