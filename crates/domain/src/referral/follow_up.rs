//! Visits and tests that are still to come under a referral, and referrals that were made from it.

use crate::coded;

coded! {
    /// What is to come.
    FollowUpKind {
        Visit = "visit",
        Test = "test",
        /// Another referral, with a life of its own.
        Referral = "referral",
    }
}

coded! {
    /// Where a follow-up is.
    FollowUpState {
        Planned = "planned",
        Booked = "booked",
        Done = "done",
        NotNeeded = "not-needed",
    }
}

impl FollowUpState {
    /// Nobody owes anything for it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::NotNeeded)
    }

    /// Whether it may become `next`. What is over stays over: a further one is planned instead.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Planned => !matches!(next, Self::Planned),
            Self::Booked => !matches!(next, Self::Booked),
            Self::Done | Self::NotNeeded => false,
        }
    }

    /// Whether it must be said why.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::NotNeeded)
    }
}

#[cfg(test)]
mod tests {
    use super::FollowUpState::{self, Booked, Done, NotNeeded, Planned};

    #[test]
    fn what_is_over_stays_over_and_nothing_becomes_what_it_is() {
        for from in FollowUpState::ALL {
            for to in FollowUpState::ALL {
                assert_eq!(from.may_become(*to), !from.is_over() && from != to, "{from} {to}");
            }
        }
        assert!(Planned.may_become(Booked) && Booked.may_become(Planned) && Booked.may_become(Done));
        assert!(NotNeeded.needs_reason() && !Done.needs_reason());
    }
}
