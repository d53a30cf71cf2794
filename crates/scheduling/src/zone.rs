//! The zones that calendars count in: known ones, and those that a file defines for itself (VTIMEZONE).

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::wall;

/// What turns a calendar's wall times into instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Zone {
    /// A zone of the IANA database.
    Known(Tz),
    /// A zone that only a calendar file knows.
    Own(Arc<ZoneTable>),
}

impl From<Tz> for Zone {
    fn from(zone: Tz) -> Self {
        Zone::Known(zone)
    }
}

impl Zone {
    /// The instant that `wall` means, through gaps and folds as [`wall::instant`] reads them.
    pub fn instant(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        match self {
            Zone::Known(Tz::UTC) => wall.and_utc(),
            Zone::Known(zone) => wall::instant(wall, *zone),
            Zone::Own(table) => table.instant(wall),
        }
    }

    /// The wall time that `at` shows.
    pub fn wall_of(&self, at: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Zone::Known(Tz::UTC) => at.naive_utc(),
            Zone::Known(zone) => wall::wall_of(at, *zone),
            Zone::Own(table) => shifted(at.naive_utc(), table.offset_s(at.timestamp())),
        }
    }

    /// How far wall times near `at` may run out of step with instants: nothing where the offset stands still for a
    /// day on both sides, else more than the largest gap known (Samoa's lost day).
    pub(crate) fn unrest(&self, at: DateTime<Utc>) -> TimeDelta {
        let day = TimeDelta::hours(27);
        let offset = |at: Option<DateTime<Utc>>| at.map(|at| self.wall_of(at) - at.naive_utc());
        let now = offset(Some(at));
        let is_still = offset(at.checked_sub_signed(day)) == now && offset(at.checked_add_signed(day)) == now;
        if is_still { TimeDelta::zero() } else { TimeDelta::hours(26) }
    }
}

/// The offsets of a zone that a calendar file defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneTable {
    first_s: i32,
    changes: Vec<(i64, i32)>,
}

impl ZoneTable {
    /// A table: the offset east of Greenwich in seconds before the first change, and each change as the instant (Unix
    /// seconds) and the offset from then on.
    pub fn new(first_s: i32, mut changes: Vec<(i64, i32)>) -> Self {
        changes.sort_unstable();
        changes.dedup_by_key(|(at, _)| *at);
        ZoneTable { first_s, changes }
    }

    fn offset_s(&self, at: i64) -> i32 {
        match self.changes.partition_point(|(change, _)| *change <= at) {
            0 => self.first_s,
            after => self.changes[after - 1].1,
        }
    }

    /// A wall time that happens twice is its first pass; one that is skipped has the offset before the gap.
    fn instant(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        let written = wall.and_utc().timestamp();
        // Offsets reach 26 hours at most, so only the changes of the days around can matter.
        let from = self.changes.partition_point(|(change, _)| *change < written - 30 * 3_600);
        let to = self.changes.partition_point(|(change, _)| *change <= written + 30 * 3_600);
        let mut offset = if from == 0 { self.first_s } else { self.changes[from - 1].1 };
        for (change, next) in &self.changes[from..to] {
            // Before the change the time has come already, or the change skips it: the old offset holds.
            if written - i64::from(offset) < *change || written - i64::from(*next) < *change {
                break;
            }
            offset = *next;
        }
        shifted(wall, -offset).and_utc()
    }
}

fn shifted(wall: NaiveDateTime, seconds: i32) -> NaiveDateTime {
    wall.checked_add_signed(TimeDelta::seconds(i64::from(seconds))).unwrap_or(wall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    /// New York's changes of 2026, as a table.
    fn table() -> Zone {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant").timestamp();
        Zone::Own(Arc::new(ZoneTable::new(
            -5 * 3_600,
            vec![(at("2026-03-08T07:00:00Z"), -4 * 3_600), (at("2026-11-01T06:00:00Z"), -5 * 3_600)],
        )))
    }

    #[test]
    fn a_table_reads_gaps_and_folds_as_the_known_zone_does() {
        let (own, known) = (table(), Zone::Known(Tz::America__New_York));
        for minute in 0..(365 * 24 * 4) {
            let start = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).single().expect("an instant");
            let at = start + TimeDelta::minutes(15 * minute);
            assert_eq!(own.wall_of(at), known.wall_of(at));
            assert_eq!(own.instant(at.naive_utc()), known.instant(at.naive_utc()), "{at}");
        }
    }

    #[test]
    fn only_days_near_a_change_are_uneasy() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        assert_eq!(table().unrest(at("2026-06-01T00:00:00Z")), TimeDelta::zero());
        assert!(table().unrest(at("2026-03-08T20:00:00Z")) > TimeDelta::hours(24));
    }
}
