//! Whether a member of staff may work today.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::referral::{NextAction, Side};
use crate::{Role, coded, dates};

coded! {
    /// How somebody stands to the organisation.
    Standing {
        Active = "active",
        Suspended = "suspended",
        /// Their last day has passed.
        Ended = "ended",
    }
}

/// The standing at an instant. `status` and `last_day` (`YYYY-MM-DD`, included, a day in the organisation's zone) are as
/// stored; what cannot be read lets nobody in.
pub fn standing(status: &str, last_day: Option<&str>, now: DateTime<Utc>, zone: Tz) -> Standing {
    if status != "active" {
        return Standing::Suspended;
    }
    let Some(last_day) = last_day else {
        return Standing::Active;
    };
    match dates::last_day(last_day) {
        Some(last) if now.with_timezone(&zone).date_naive() <= last => Standing::Active,
        _ => Standing::Ended,
    }
}

/// The role whose work the next step of a referral is: what somebody owned in a role that has ended goes to the team.
pub const fn role_of(next: NextAction) -> Role {
    use NextAction as N;
    match next {
        N::FinishAndSend | N::AcknowledgeReport => Role::Referrer,
        N::Triage | N::GiveAdvice | N::Attend | N::WriteReport | N::WriteAdvice => Role::Specialist,
        N::Acknowledge
        | N::GiveInformation
        | N::PatientAnswers
        | N::ReferrerAnswers
        | N::ChooseTime
        | N::FindTime
        | N::ConfirmTime
        | N::Rebook
        | N::DoTest
        | N::ConfirmCancellation
        | N::ReviewPause
        | N::FinishFollowUps => Role::Coordinator,
    }
}

/// Whether somebody goes on owning a referral with this next step after `ended` was taken from them: the step was another
/// role's work, and one of the roles that they keep works on that side.
pub fn keeps(next: NextAction, side: Side, ended: Role, kept: &[Role]) -> bool {
    let works = match side {
        Side::Referring => kept.contains(&Role::Referrer),
        Side::Receiving => kept.contains(&Role::Specialist) || kept.contains(&Role::Coordinator),
    };
    works && role_of(next) != ended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: &str, last_day: Option<&str>, now: &str, zone: Tz, expected: Standing) {
        let at = now.parse().expect("an instant");
        assert_eq!(standing(status, last_day, at, zone), expected, "{status} {last_day:?} {now} {zone}");
    }

    #[test]
    fn the_last_day_ends_at_midnight_of_the_organisation() {
        use Standing::{Active, Ended, Suspended};
        let (london, auckland) = (Tz::Europe__London, Tz::Pacific__Auckland);
        check("active", None, "2026-07-31T10:00:00Z", london, Active);
        check("active", Some("2026-07-31"), "2026-07-31T10:00:00Z", london, Active);
        // Summer time: midnight in London is 23:00 UTC.
        check("active", Some("2026-07-31"), "2026-07-31T22:59:59Z", london, Active);
        check("active", Some("2026-07-31"), "2026-07-31T23:00:00Z", london, Ended);
        check("active", Some("2026-07-31"), "2026-07-31T12:00:00Z", auckland, Ended);
        check("active", Some("2026-07-31"), "2026-07-31T11:59:59Z", auckland, Active);
        check("suspended", Some("2026-07-31"), "2026-07-30T10:00:00Z", london, Suspended);
        check("suspended", None, "2026-07-30T10:00:00Z", london, Suspended);
    }

    #[test]
    fn what_a_role_owned_goes_and_what_another_one_owns_stays() {
        use NextAction::{AcknowledgeReport, ChooseTime, FinishAndSend, Triage};
        use Role::{Coordinator, Quality, Referrer, Specialist};
        use Side::{Receiving, Referring};
        for (next, side, ended, kept, expected) in [
            (ChooseTime, Receiving, Coordinator, &[Specialist][..], false),
            (Triage, Receiving, Coordinator, &[Specialist], true),
            (Triage, Receiving, Specialist, &[Coordinator], false),
            (ChooseTime, Receiving, Specialist, &[Coordinator], true),
            (Triage, Receiving, Coordinator, &[Quality], false),
            (FinishAndSend, Referring, Referrer, &[Specialist], false),
            (AcknowledgeReport, Referring, Specialist, &[Referrer], true),
            (ChooseTime, Receiving, Quality, &[Coordinator], true),
            (ChooseTime, Receiving, Quality, &[], false),
        ] {
            assert_eq!(
                keeps(next, side, ended, kept),
                expected,
                "{next} {side} without {ended}, with {kept:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_lets_nobody_in() {
        check("active", Some("soon"), "2026-07-30T10:00:00Z", Tz::Europe__London, Standing::Ended);
        check("Active", None, "2026-07-30T10:00:00Z", Tz::Europe__London, Standing::Suspended);
    }
}
