//! Recurring series: the instants at which an event happens within a window (RFC 5545 §3.8.5).
//!
//! The rule is followed on the local wall clock and each wall time is then turned into an instant (see
//! [`crate::wall`]). Without COUNT the walk begins near the window, so its cost does not grow with the age of the
//! series. Every walk is bounded; one that reaches its bound says so in [`Expansion::complete`].

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::rrule::RRule;
use crate::wall::{instant, wall_of};

mod walk;

/// The most occurrences that one series yields for one window.
pub const MAX_OCCURRENCES: usize = 10_000;

/// A date or date-time as a calendar writes it (DTSTART, RECURRENCE-ID, RDATE, EXDATE).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Start {
    /// A whole day, in the zone of whoever looks at the calendar.
    Date(NaiveDate),
    /// A wall time with its zone (TZID).
    Local(NaiveDateTime, Tz),
    /// An instant.
    Utc(DateTime<Utc>),
    /// A wall time in the zone of whoever looks at the calendar.
    Floating(NaiveDateTime),
}

impl Start {
    /// The zone in which this is counted, where `floating` stands for the looker's.
    pub fn zone(&self, floating: Tz) -> Tz {
        match self {
            Start::Local(_, zone) => *zone,
            Start::Utc(_) => Tz::UTC,
            Start::Date(_) | Start::Floating(_) => floating,
        }
    }

    /// The date and time as written; midnight for a whole day.
    pub fn written(&self) -> NaiveDateTime {
        match self {
            Start::Date(date) => date.and_time(NaiveTime::MIN),
            Start::Local(wall, _) | Start::Floating(wall) => *wall,
            Start::Utc(at) => at.naive_utc(),
        }
    }

    /// The instant meant, where `floating` stands for the looker's zone.
    pub fn instant(&self, floating: Tz) -> DateTime<Utc> {
        instant(self.written(), self.zone(floating))
    }
}

/// A length of time as calendars count it (RFC 5545 §3.3.6): first whole days on the calendar, then exact seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Length {
    /// Days on the calendar; a day on which clocks change is longer or shorter.
    pub days: i64,
    /// Seconds of real time.
    pub seconds: i64,
}

impl Length {
    /// So many minutes of real time.
    pub fn minutes(minutes: i64) -> Self {
        Length { days: 0, seconds: minutes.saturating_mul(60) }
    }

    /// So many days on the calendar.
    pub fn days(days: i64) -> Self {
        Length { days, seconds: 0 }
    }

    /// A span that is certainly as long, whatever the clocks do; at most 100 years.
    pub(crate) fn at_most(self) -> TimeDelta {
        let cap = 36_525 * 86_400;
        let days = self.days.clamp(0, 36_525) * 86_400;
        let clocks = if self.days > 0 { TimeDelta::days(1) } else { TimeDelta::zero() };
        TimeDelta::seconds((days + self.seconds.clamp(0, cap)).min(cap)) + clocks
    }

    fn end(self, wall: NaiveDateTime, start: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let after_days = match self.days {
            0 => Some(start),
            days => TimeDelta::try_days(days)
                .and_then(|d| wall.checked_add_signed(d))
                .map(|wall| instant(wall, zone)),
        };
        let seconds = TimeDelta::try_seconds(self.seconds).unwrap_or_default();
        after_days.and_then(|at| at.checked_add_signed(seconds)).map_or(start, |end| end.max(start))
    }
}

/// A further date of a series (RDATE), with its own length if it was given as a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RDate {
    /// When it begins.
    pub start: Start,
    /// Its length, if it is a PERIOD.
    pub length: Option<Length>,
}

/// An event's times: its start and length, and how it repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// DTSTART. Always the first occurrence, and counted by COUNT, also where the rule would not yield it.
    pub dtstart: Start,
    /// DURATION, or DTEND minus DTSTART as exact time. A whole-day event without length lasts one day.
    pub duration: Length,
    /// RRULE.
    pub rrule: Option<RRule>,
    /// RDATE.
    pub rdates: Vec<RDate>,
    /// EXDATE. A date takes away all occurrences of that local day.
    pub exdates: Vec<Start>,
}

/// One happening of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The wall time of its beginning, in the series' zone.
    pub wall: NaiveDateTime,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends; never before `start`.
    pub end: DateTime<Utc>,
}

/// What a series comes to within a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expansion {
    /// The occurrences that overlap the window, ordered by start.
    pub occurrences: Vec<Occurrence>,
    /// False if a bound was reached: there may be more after the last one, which must not be read as free time.
    pub complete: bool,
}

impl Series {
    /// A series that happens once.
    pub fn once(dtstart: Start, duration: Length) -> Self {
        Series { dtstart, duration, rrule: None, rdates: vec![], exdates: vec![] }
    }

    /// The occurrences that overlap `from..to`; one without length counts if it begins within. `floating` is the zone
    /// for whole days and for times without a zone. At most [`MAX_OCCURRENCES`].
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>, floating: Tz) -> Expansion {
        let zone = self.dtstart.zone(floating);
        let length = self.length();
        let first = self.dtstart.written();
        // Wall times and instants may run in different order by the size of a gap; the largest known is a day.
        let slack = if zone == Tz::UTC { TimeDelta::zero() } else { TimeDelta::hours(26) };
        let low =
            wall_of(from, zone).checked_sub_signed(length.at_most() + slack).unwrap_or(NaiveDateTime::MIN);
        let high = wall_of(to, zone).checked_add_signed(slack).unwrap_or(NaiveDateTime::MAX);

        let (walls, complete) = match &self.rrule {
            Some(rule) => walk::walls(rule, first, zone, low, high),
            None => (vec![first], true),
        };
        let mut found: Vec<Occurrence> =
            walls.into_iter().map(|wall| occurrence(wall, zone, length)).collect();
        for rdate in &self.rdates {
            let rdate_zone = rdate.start.zone(floating);
            let wall = match (rdate.start, self.dtstart) {
                (Start::Date(date), Start::Date(_)) => date.and_time(NaiveTime::MIN),
                (Start::Date(date), _) => date.and_time(first.time()),
                (other, _) => wall_of(instant(other.written(), rdate_zone), zone),
            };
            found.push(occurrence(wall, zone, rdate.length.unwrap_or(length)));
        }
        let excluded = Excluded::new(&self.exdates, self.dtstart, floating);
        found.retain(|o| overlaps(o, from, to) && !excluded.holds(o));
        found.sort_by_key(|o| (o.start, o.end));
        found.dedup_by_key(|o| o.start);
        let complete = complete && found.len() <= MAX_OCCURRENCES;
        found.truncate(MAX_OCCURRENCES);
        Expansion { occurrences: found, complete }
    }

    /// The length of an occurrence, where a whole day without length lasts one day (RFC 5545 §3.6.1).
    pub(crate) fn length(&self) -> Length {
        match self.dtstart {
            Start::Date(_) if self.duration == Length::default() => Length::days(1),
            _ => self.duration,
        }
    }
}

pub(crate) fn occurrence(wall: NaiveDateTime, zone: Tz, length: Length) -> Occurrence {
    let start = instant(wall, zone);
    Occurrence { wall, start, end: length.end(wall, start, zone) }
}

pub(crate) fn overlaps(o: &Occurrence, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    o.start < to && (from < o.end || (o.start == o.end && from <= o.start))
}

/// The exceptions of a series, ready for look-up.
struct Excluded {
    instants: HashSet<DateTime<Utc>>,
    dates: HashSet<NaiveDate>,
}

impl Excluded {
    fn new(exdates: &[Start], dtstart: Start, floating: Tz) -> Self {
        let mut excluded = Excluded { instants: HashSet::new(), dates: HashSet::new() };
        for exdate in exdates {
            match (exdate, dtstart) {
                (Start::Date(date), _) => {
                    excluded.dates.insert(*date);
                }
                // A date-time exception of a whole-day series means the day as written.
                (other, Start::Date(_)) => {
                    excluded.dates.insert(other.written().date());
                }
                // A time without a zone follows the series.
                (Start::Floating(wall), _) => {
                    excluded.instants.insert(instant(*wall, dtstart.zone(floating)));
                }
                (other, _) => {
                    excluded.instants.insert(other.instant(floating));
                }
            }
        }
        excluded
    }

    fn holds(&self, o: &Occurrence) -> bool {
        self.instants.contains(&o.start) || self.dates.contains(&o.wall.date())
    }
}
