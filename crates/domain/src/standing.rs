//! Whether a member of staff may work today.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::coded;

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
    match last_day.parse::<NaiveDate>() {
        Ok(last) if now.with_timezone(&zone).date_naive() <= last => Standing::Active,
        _ => Standing::Ended,
    }
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
    fn what_cannot_be_read_lets_nobody_in() {
        check("active", Some("soon"), "2026-07-30T10:00:00Z", Tz::Europe__London, Standing::Ended);
        check("Active", None, "2026-07-30T10:00:00Z", Tz::Europe__London, Standing::Suspended);
    }
}
