//! Recurring series: the instants at which an event happens within a window (RFC 5545 §3.8.5).
//!
//! Rules are followed on the local wall clock and each wall time is then turned into an instant (see
//! [`crate::wall`]). The walk begins near the window, so its cost does not grow with the age of the series; a rule with
//! COUNT is counted up to there. Every walk is bounded; one that reaches its bound says so in
//! [`Expansion::complete`]. Where RFC 5545 can be read in more than one way, `docs/decisions` says which was chosen.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::rrule::RRule;
use crate::zone::{Zone, ZoneTable};

mod dates;
mod walk;

pub(crate) use walk::Budget;
use walk::{Cutoff, Range, walk};

/// The most occurrences that one series yields for one window.
pub const MAX_OCCURRENCES: usize = 100_000;
/// The most dates and times that are looked at for one question. A rule over 8,000 years of days stays below it.
pub const MAX_STEPS: u64 = 10_000_000;

/// A date or date-time as a calendar writes it (DTSTART, RECURRENCE-ID, RDATE, EXDATE).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// A whole day, in the zone of whoever looks at the calendar.
    Date(NaiveDate),
    /// A wall time with its zone (TZID).
    Local(NaiveDateTime, Tz),
    /// A wall time in a zone that only the calendar defines (VTIMEZONE).
    Own(NaiveDateTime, Arc<ZoneTable>),
    /// An instant.
    Utc(DateTime<Utc>),
    /// A wall time in the zone of whoever looks at the calendar.
    Floating(NaiveDateTime),
}

impl Start {
    /// The zone in which this is counted, where `floating` stands for the looker's.
    pub fn zone(&self, floating: Tz) -> Zone {
        match self {
            Start::Local(_, zone) => Zone::Known(*zone),
            Start::Own(_, table) => Zone::Own(table.clone()),
            Start::Utc(_) => Zone::Known(Tz::UTC),
            Start::Date(_) | Start::Floating(_) => Zone::Known(floating),
        }
    }

    /// The date and time as written; midnight for a whole day.
    pub fn written(&self) -> NaiveDateTime {
        match self {
            Start::Date(date) => date.and_time(NaiveTime::MIN),
            Start::Local(wall, _) | Start::Own(wall, _) | Start::Floating(wall) => *wall,
            Start::Utc(at) => at.naive_utc(),
        }
    }

    /// The instant meant, where `floating` stands for the looker's zone.
    pub fn instant(&self, floating: Tz) -> DateTime<Utc> {
        match self {
            Start::Utc(at) => *at,
            other => other.zone(floating).instant(other.written()),
        }
    }
}

/// A length of time as calendars count it: first on the wall clock, then in exact seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Length {
    /// Days on the calendar; a day on which clocks change is longer or shorter.
    pub days: i64,
    /// Seconds on the wall clock: DTEND says when an event ends on the clock, also in a night on which clocks change.
    pub clock_s: i64,
    /// Seconds of real time (the hours, minutes and seconds of a DURATION, RFC 5545 §3.3.6).
    pub seconds: i64,
}

impl Length {
    /// So many minutes of real time.
    pub fn minutes(minutes: i64) -> Self {
        Length { seconds: minutes.saturating_mul(60), ..Length::default() }
    }

    /// So many days on the calendar.
    pub fn days(days: i64) -> Self {
        Length { days, ..Length::default() }
    }

    /// So many seconds on the wall clock.
    pub fn on_the_clock(seconds: i64) -> Self {
        Length { clock_s: seconds, ..Length::default() }
    }

    /// A span that is certainly as long, whatever the clocks do; at most 100 years.
    pub(crate) fn at_most(self) -> TimeDelta {
        let cap = 36_525 * 86_400;
        let days = self.days.clamp(0, 36_525) * 86_400;
        let clock_s = self.clock_s.clamp(0, cap);
        let changes = if days + clock_s > 0 { TimeDelta::days(1) } else { TimeDelta::zero() };
        TimeDelta::seconds((days + clock_s + self.seconds.clamp(0, cap)).min(cap)) + changes
    }

    /// The instant that lies so long after another.
    pub(crate) fn after(self, start: &Start, floating: Tz) -> DateTime<Utc> {
        self.end(start.written(), start.instant(floating), &start.zone(floating))
    }

    fn end(self, wall: NaiveDateTime, start: DateTime<Utc>, zone: &Zone) -> DateTime<Utc> {
        let on_the_clock = self.days.checked_mul(86_400).and_then(|days| days.checked_add(self.clock_s));
        let after = match on_the_clock {
            Some(0) => Some(start),
            Some(seconds) => TimeDelta::try_seconds(seconds)
                .and_then(|on| wall.checked_add_signed(on))
                .map(|wall| zone.instant(wall)),
            None => None,
        };
        let seconds = TimeDelta::try_seconds(self.seconds).unwrap_or_default();
        let end = after.and_then(|at| at.checked_add_signed(seconds));
        end.filter(|end| *end > start).unwrap_or_else(|| self.in_real_time(start))
    }

    /// Where the clocks skip the beginning, the end on the clock can lie before it; time that is taken is never lost for it.
    fn in_real_time(self, start: DateTime<Utc>) -> DateTime<Utc> {
        let days = self.days.checked_mul(86_400);
        let total = days.and_then(|days| days.checked_add(self.clock_s)?.checked_add(self.seconds));
        let long = total.filter(|seconds| *seconds > 0).and_then(TimeDelta::try_seconds);
        long.and_then(|long| start.checked_add_signed(long)).unwrap_or(start)
    }
}

/// A further date of a series (RDATE), with its own length if it was given as a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RDate {
    /// When it begins.
    pub start: Start,
    /// Its length, if it is a PERIOD.
    pub length: Option<Length>,
}

/// An event's times: its start and length, and how it repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// DTSTART. Always the first occurrence, also where no rule yields it.
    pub dtstart: Start,
    /// DURATION, or DTEND minus DTSTART. A whole-day event without length lasts one day.
    pub duration: Length,
    /// RRULE; of several, all hold.
    pub rrules: Vec<RRule>,
    /// RDATE.
    pub rdates: Vec<RDate>,
    /// EXDATE. A date takes away all occurrences of that local day.
    pub exdates: Vec<Start>,
}

/// One happening of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The wall time of its beginning, in the series' zone.
    pub wall: NaiveDateTime,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends; never before `start`, and after it wherever its length is more than nothing.
    pub end: DateTime<Utc>,
}

/// What a series comes to within a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// The occurrences that overlap the window, ordered by start.
    pub occurrences: Vec<Occurrence>,
    /// False if a bound was reached: there may be more after the last one, which must not be read as free time.
    pub complete: bool,
}

/// A window, and how much may be found and looked at in it.
pub(crate) struct Question<'a> {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// For whole days and for times without a zone.
    pub floating: Tz,
    pub limit: usize,
    pub budget: &'a mut Budget,
}

impl Series {
    /// A series that happens once.
    pub fn once(dtstart: Start, duration: Length) -> Self {
        Series { dtstart, duration, rrules: vec![], rdates: vec![], exdates: vec![] }
    }

    /// The occurrences that overlap `from..to`; one without length counts if it begins within. `floating` is the zone
    /// for whole days and for times without a zone. At most [`MAX_OCCURRENCES`].
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>, floating: Tz) -> Expansion {
        let mut budget = Budget(MAX_STEPS);
        self.answer(&mut Question { from, to, floating, limit: MAX_OCCURRENCES, budget: &mut budget })
    }

    /// What the rules alone yield, at most `limit`: DTSTART is left out where no rule yields it.
    pub fn by_rules(&self, from: DateTime<Utc>, to: DateTime<Utc>, floating: Tz, limit: usize) -> Expansion {
        let mut budget = Budget(MAX_STEPS);
        let limit = limit.saturating_add(self.exdates.len()).min(MAX_OCCURRENCES);
        let mut question = Question { from, to, floating, limit, budget: &mut budget };
        let zone = self.dtstart.zone(floating);
        let mut found = Vec::new();
        let complete = self.follow(&mut question, &zone, &mut found);
        self.finish(found, complete, &question)
    }

    pub(crate) fn answer(&self, question: &mut Question<'_>) -> Expansion {
        let zone = self.dtstart.zone(question.floating);
        let length = self.length();
        let first = self.dtstart.written();
        let mut found = Vec::new();
        let complete = self.follow(question, &zone, &mut found);
        let has_ended = |rule: &RRule| {
            Cutoff::new(rule, &self.dtstart, &zone).is_some_and(|cutoff| cutoff.is_before(first))
        };
        if self.rrules.is_empty() || !self.rrules.iter().all(has_ended) {
            found.push((1, occurrence(first, &zone, length)));
        }
        for rdate in &self.rdates {
            let wall = match (&rdate.start, &self.dtstart) {
                (Start::Date(date), _) => date.and_time(NaiveTime::MIN),
                // Among whole days a time stands for its day.
                (other, Start::Date(_)) => other.written().date().and_time(NaiveTime::MIN),
                (other, _) => zone.wall_of(other.instant(question.floating)),
            };
            // A period's own length holds also where a rule yields the same start.
            let rank = if rdate.length.is_some() { 0 } else { 1 };
            found.push((rank, occurrence(wall, &zone, rdate.length.unwrap_or(length))));
        }
        self.finish(found, complete, question)
    }

    /// Adds what the rules yield, and answers whether that is all.
    fn follow(&self, question: &mut Question<'_>, zone: &Zone, found: &mut Vec<(u8, Occurrence)>) -> bool {
        let (from, to) = (question.from, question.to);
        let length = self.length();
        let low = zone.wall_of(from).checked_sub_signed(length.at_most() + zone.unrest(from));
        let high = zone.wall_of(to).checked_add_signed(zone.unrest(to));
        let range =
            Range { low: low.unwrap_or(NaiveDateTime::MIN), high: high.unwrap_or(NaiveDateTime::MAX) };
        let mut complete = true;
        for rule in &self.rrules {
            let cutoff = Cutoff::new(rule, &self.dtstart, zone);
            let mut is_full = false;
            let most = found.len().saturating_add(question.limit);
            let lasted =
                walk(rule, self.dtstart.written(), cutoff.as_ref(), range, question.budget, &mut |wall| {
                    let o = occurrence(wall, zone, length);
                    if overlaps(&o, from, to) {
                        is_full = found.len() >= most;
                        if !is_full {
                            found.push((1, o));
                        }
                    }
                    !is_full
                });
            complete &= lasted && !is_full;
        }
        complete
    }

    fn finish(&self, mut found: Vec<(u8, Occurrence)>, complete: bool, question: &Question<'_>) -> Expansion {
        let excluded = Excluded::new(&self.exdates, &self.dtstart, question.floating);
        found.retain(|(_, o)| overlaps(o, question.from, question.to) && !excluded.holds(o));
        found.sort_by_key(|(rank, o)| (o.start, *rank, std::cmp::Reverse(o.end)));
        found.dedup_by_key(|(_, o)| o.start);
        let complete = complete && found.len() <= question.limit;
        found.truncate(question.limit);
        Expansion { occurrences: found.into_iter().map(|(_, o)| o).collect(), complete }
    }

    /// The length of an occurrence, where a whole day without length lasts one day (RFC 5545 §3.6.1).
    pub(crate) fn length(&self) -> Length {
        match self.dtstart {
            Start::Date(_) if self.duration == Length::default() => Length::days(1),
            _ => self.duration,
        }
    }
}

pub(crate) fn occurrence(wall: NaiveDateTime, zone: &Zone, length: Length) -> Occurrence {
    let start = zone.instant(wall);
    Occurrence { wall, start, end: length.end(wall, start, zone) }
}

pub(crate) fn overlaps(o: &Occurrence, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    o.start < to && (from < o.end || (o.start == o.end && from <= o.start))
}

/// The exceptions of a series, ready for look-up.
pub(crate) struct Excluded {
    instants: HashSet<DateTime<Utc>>,
    dates: HashSet<NaiveDate>,
}

impl Excluded {
    pub fn new(exdates: &[Start], dtstart: &Start, floating: Tz) -> Self {
        let mut excluded = Excluded { instants: HashSet::new(), dates: HashSet::new() };
        for exdate in exdates {
            match (exdate, dtstart) {
                (Start::Date(date), _) => {
                    excluded.dates.insert(*date);
                }
                // Among whole days a time stands for its day only at midnight; otherwise it meets nothing.
                (other, Start::Date(_)) => {
                    let written = other.written();
                    if written.time() == NaiveTime::MIN {
                        excluded.dates.insert(written.date());
                    }
                }
                // A time without a zone follows the series.
                (Start::Floating(wall), _) => {
                    excluded.instants.insert(dtstart.zone(floating).instant(*wall));
                }
                (other, _) => {
                    excluded.instants.insert(other.instant(floating));
                }
            }
        }
        excluded
    }

    fn holds(&self, o: &Occurrence) -> bool {
        !self.instants.is_empty() && self.instants.contains(&o.start)
            || !self.dates.is_empty() && self.dates.contains(&o.wall.date())
    }

    /// Whether the very occurrence that a RECURRENCE-ID names is taken away.
    pub fn names(&self, id: &Start, at: DateTime<Utc>) -> bool {
        match id {
            Start::Date(date) => self.dates.contains(date),
            _ => self.instants.contains(&at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::America::New_York;

    fn wall(text: &str) -> NaiveDateTime {
        text.parse().expect("a wall time")
    }

    /// In the night of 8 March 2026 New York's clocks skip the hour from two.
    #[test]
    fn an_occurrence_that_begins_while_the_clocks_skip_keeps_its_length() {
        let times = |start: &str, length: Length| {
            let o = occurrence(wall(start), &Zone::Known(New_York), length);
            format!("{} to {}", o.start.format("%H:%M"), o.end.format("%H:%M"))
        };
        for (start, length, expected) in [
            ("2026-03-08T02:30:00", Length::on_the_clock(1_800), "07:30 to 08:00"),
            ("2026-03-08T02:00:00", Length::on_the_clock(3_600), "07:00 to 08:00"),
            ("2026-03-08T02:30:00", Length::on_the_clock(2_700), "07:30 to 08:15"),
            (
                "2026-03-08T02:30:00",
                Length { clock_s: 600, seconds: 600, ..Length::default() },
                "07:30 to 07:50",
            ),
            // An end on the clock that still comes after the beginning holds.
            ("2026-03-08T02:30:00", Length::on_the_clock(4_500), "07:30 to 07:45"),
            ("2026-03-08T01:30:00", Length::on_the_clock(5_400), "06:30 to 07:00"),
            ("2026-03-08T02:30:00", Length::default(), "07:30 to 07:30"),
            ("2026-03-08T02:30:00", Length::on_the_clock(-60), "07:30 to 07:30"),
        ] {
            assert_eq!(times(start, length), expected, "{start} {length:?}");
        }
    }

    #[test]
    fn of_a_daily_series_no_day_is_lost_where_the_clocks_skip() {
        let mut series =
            Series::once(Start::Local(wall("2026-03-01T02:30:00"), New_York), Length::on_the_clock(1_800));
        series.rrules = vec![RRule::parse("FREQ=DAILY;COUNT=14").expect("a rule")];
        let at = |text: &str| wall(text).and_utc();
        let found = series.between(at("2026-03-01T00:00:00"), at("2026-03-20T00:00:00"), Tz::UTC).occurrences;
        assert_eq!(found.len(), 14);
        assert!(found.iter().all(|o| o.end - o.start == TimeDelta::minutes(30)), "{found:?}");
    }
}
