//! A zone as a file defines it (RFC 5545 section 3.6.5), for names that are not known.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::component::{Prop, ZoneText};
use super::value::{Stamp, offset_s, stamp};

/// The years in which a definition and a zone must agree to be called the same.
const PROBED: std::ops::RangeInclusive<i32> = 2024..=2030;
/// The most STANDARD and DAYLIGHT parts of one zone; the richest real ones have about 150.
const MAX_OBSERVANCES: usize = 500;
/// The years whose changes are worked out; before and after them the nearest offset holds.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// A zone that only a file defines.
#[derive(Debug, PartialEq, Eq)]
pub struct OwnZone {
    /// The offset before the first change, in seconds east of Greenwich.
    pub first_s: i32,
    /// Each change in order: the instant in Unix seconds, and the offset from then on.
    pub changes: Vec<(i64, i32)>,
    definition: Definition,
}

impl OwnZone {
    pub(super) fn new(definition: Definition) -> Self {
        let changes = |o: &Observance| -> Vec<(i64, i32)> {
            let ruled = o.rule.iter().flat_map(|rule| YEARS.filter_map(|year| rule.onset(year)));
            let onsets = o.onsets.iter().copied().chain(ruled);
            onsets.map(|onset| (onset.and_utc().timestamp() - i64::from(o.from_s), o.to_s)).collect()
        };
        let mut all: Vec<(i64, i32)> = definition.observances.iter().flat_map(changes).collect();
        all.sort_unstable();
        all.dedup_by_key(|(at, _)| *at);
        OwnZone { first_s: definition.earliest_s(), changes: all, definition }
    }

    /// The instant that a wall time means.
    pub(super) fn instant(&self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.definition.instant(wall)
    }
}

/// A zone's observances. None is empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Definition {
    observances: Vec<Observance>,
}

#[derive(Debug, PartialEq, Eq)]
struct Observance {
    from_s: i32,
    to_s: i32,
    /// Single onsets, on the wall clock before the change.
    onsets: Vec<NaiveDateTime>,
    rule: Option<Yearly>,
}

/// `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU` from its DTSTART on.
#[derive(Debug, PartialEq, Eq)]
struct Yearly {
    first: NaiveDateTime,
    last_year: i32,
    interval: i32,
    month: u32,
    day: Day,
}

#[derive(Debug, PartialEq, Eq)]
enum Day {
    OfMonth(u32),
    /// The second Sunday; -1 is the last.
    Nth(i32, Weekday),
    /// The first such weekday on or after a day of the month.
    From(u32, Weekday),
}

impl Definition {
    /// Nothing where a part of it is not understood.
    pub fn read(zone: &ZoneText) -> Option<Definition> {
        let observances =
            zone.observances.iter().map(|props| Observance::read(props)).collect::<Option<Vec<_>>>()?;
        let is_sound = !observances.is_empty() && observances.len() <= MAX_OBSERVANCES;
        is_sound.then_some(Definition { observances })
    }

    /// One offset all the year.
    pub fn fixed(offset_s: i32) -> Definition {
        let observance = Observance { from_s: offset_s, to_s: offset_s, onsets: Vec::new(), rule: None };
        Definition { observances: vec![observance] }
    }

    /// The instant that a wall time means. In a gap the offset before it counts, of two times the first (RFC 5545
    /// section 3.3.5).
    pub fn instant(&self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        let offset = match self.latest(wall, |_| 0) {
            Some((onset, o)) => {
                let gap_s = i64::from(o.to_s) - i64::from(o.from_s);
                if gap_s > 0 && (wall - onset).num_seconds() < gap_s { o.from_s } else { o.to_s }
            }
            None => self.earliest_s(),
        };
        wall.checked_sub_signed(TimeDelta::seconds(offset.into())).map(|utc| utc.and_utc())
    }

    /// Whether its offsets are those of a zone, at least in the middle of each month.
    pub fn is_like(&self, zone: Tz) -> bool {
        let wanted: Vec<_> = mid_months().map(|at| (at, self.offset_s(at))).collect();
        agree(zone, &wanted)
    }

    fn offset_s(&self, utc: NaiveDateTime) -> i32 {
        self.latest(utc, |o| o.from_s).map_or_else(|| self.earliest_s(), |(_, o)| o.to_s)
    }

    /// The offset before the first change.
    fn earliest_s(&self) -> i32 {
        let first = self.observances.iter().min_by_key(|o| o.onsets.first().copied());
        first.map_or(0, |o| o.from_s)
    }

    /// The last change not after a time; `shift` seconds are taken from each wall-clock onset.
    fn latest(
        &self,
        at: NaiveDateTime,
        shift: fn(&Observance) -> i32,
    ) -> Option<(NaiveDateTime, &Observance)> {
        self.observances
            .iter()
            .flat_map(|o| {
                let years = o.rule.iter().flat_map(|r| {
                    let year = at.year().min(r.last_year);
                    (year - r.interval.clamp(1, 4)..=year + 1).rev().filter_map(|year| r.onset(year))
                });
                o.onsets.iter().copied().chain(years).map(move |onset| (onset, o))
            })
            .filter_map(|(onset, o)| {
                onset.checked_sub_signed(TimeDelta::seconds(shift(o).into())).map(|onset| (onset, o))
            })
            .filter(|(onset, _)| *onset <= at)
            .max_by_key(|(onset, _)| *onset)
    }
}

fn mid_months() -> impl Iterator<Item = NaiveDateTime> {
    PROBED
        .flat_map(|year| (1..=12).filter_map(move |month| NaiveDate::from_ymd_opt(year, month, 15)))
        .filter_map(|day| day.and_hms_opt(12, 0, 0))
}

fn agree(zone: Tz, wanted: &[(NaiveDateTime, i32)]) -> bool {
    wanted.iter().all(|(at, offset)| zone.offset_from_utc_datetime(at).fix().local_minus_utc() == *offset)
}

impl Observance {
    fn read(props: &[Prop]) -> Option<Observance> {
        let first = |name: &str| props.iter().find(|p| p.name == name).map(|p| p.value.as_str());
        let start = wall(first("DTSTART")?)?;
        let mut onsets = vec![start];
        for prop in props.iter().filter(|p| p.name == "RDATE") {
            for part in prop.value.split(',') {
                onsets.push(wall(part)?);
            }
        }
        onsets.sort_unstable();
        let rule = match first("RRULE") {
            Some(text) => Some(Yearly::read(text, start)?),
            None => None,
        };
        Some(Observance {
            from_s: offset_s(first("TZOFFSETFROM")?)?,
            to_s: offset_s(first("TZOFFSETTO")?)?,
            onsets,
            rule,
        })
    }
}

fn wall(text: &str) -> Option<NaiveDateTime> {
    match stamp(text)? {
        Stamp::Date(day) => Some(day.and_time(chrono::NaiveTime::MIN)),
        Stamp::Wall(at) | Stamp::Utc(at) => Some(at),
    }
}

impl Yearly {
    fn read(text: &str, first: NaiveDateTime) -> Option<Yearly> {
        let (mut last_year, mut interval, mut count) = (i32::MAX, 1, None);
        let (mut month, mut by_day, mut month_day) = (first.month(), None, None);
        let mut at = first;
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, value) = part.trim().split_once('=')?;
            let value = value.trim();
            match name.to_ascii_uppercase().as_str() {
                "FREQ" if value.eq_ignore_ascii_case("YEARLY") => {}
                "INTERVAL" => interval = value.parse::<i32>().ok().filter(|n| (1..=4).contains(n))?,
                "UNTIL" => last_year = wall(value)?.year(),
                "COUNT" => count = Some(value.parse::<i32>().ok().filter(|n| (1..10_000).contains(n))?),
                "BYMONTH" => month = value.parse().ok().filter(|m| (1..=12).contains(m))?,
                "BYDAY" => by_day = Some(value.to_ascii_uppercase()),
                "BYMONTHDAY" => {
                    month_day = Some(value.split(',').next()?.parse().ok().filter(|d| (1..=31).contains(d))?);
                }
                "BYHOUR" => at = chrono::Timelike::with_hour(&at, value.parse().ok()?)?,
                "BYMINUTE" => at = chrono::Timelike::with_minute(&at, value.parse().ok()?)?,
                "BYSECOND" => at = chrono::Timelike::with_second(&at, value.parse().ok()?)?,
                "WKST" => {}
                _ => return None,
            }
        }
        if let Some(count) = count {
            last_year = last_year.min(first.year() + (count - 1) * interval);
        }
        let day = match (by_day, month_day) {
            (None, day) => Day::OfMonth(day.unwrap_or(first.day())),
            (Some(text), from) => {
                let split = text.len().checked_sub(2).filter(|at| text.is_char_boundary(*at))?;
                let (nth, weekday) = text.split_at(split);
                let weekday = match weekday {
                    "MO" => Weekday::Mon,
                    "TU" => Weekday::Tue,
                    "WE" => Weekday::Wed,
                    "TH" => Weekday::Thu,
                    "FR" => Weekday::Fri,
                    "SA" => Weekday::Sat,
                    "SU" => Weekday::Sun,
                    _ => return None,
                };
                match (nth, from) {
                    ("", Some(from)) => Day::From(from, weekday),
                    (nth, None) => {
                        Day::Nth(nth.parse().ok().filter(|n| (-5..=5).contains(n) && *n != 0)?, weekday)
                    }
                    _ => return None,
                }
            }
        };
        Some(Yearly { first: at, last_year, interval, month, day })
    }

    fn onset(&self, year: i32) -> Option<NaiveDateTime> {
        if year < self.first.year()
            || year > self.last_year
            || (year - self.first.year()) % self.interval != 0
        {
            return None;
        }
        let day = match self.day {
            Day::OfMonth(day) => NaiveDate::from_ymd_opt(year, self.month, day),
            Day::From(day, weekday) => {
                let from = NaiveDate::from_ymd_opt(year, self.month, day)?;
                from.checked_add_days(Days::new(u64::from(days_until(from.weekday(), weekday))))
            }
            Day::Nth(nth, weekday) if nth > 0 => {
                NaiveDate::from_weekday_of_month_opt(year, self.month, weekday, u8::try_from(nth).ok()?)
            }
            Day::Nth(nth, weekday) => (1..=5_u8)
                .rev()
                .filter_map(|n| NaiveDate::from_weekday_of_month_opt(year, self.month, weekday, n))
                .nth(usize::try_from(-nth - 1).ok()?),
        };
        day.map(|day| day.and_time(self.first.time()))
    }
}

fn days_until(from: Weekday, to: Weekday) -> u32 {
    (to.num_days_from_monday() + 7 - from.num_days_from_monday()) % 7
}
