//! Following a rule period by period on the wall clock.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;

use super::MAX_OCCURRENCES;
use crate::rrule::{ByDay, Freq, RRule, Until};
use crate::wall::instant;

/// The most dates and times looked at in one walk. A rule over 8,000 years of days stays below it.
const MAX_STEPS: u32 = 4_000_000;

/// The wall times of `rule`, beginning with `first`, that lie within `low..=high`, in order; and whether these are
/// all.
pub(super) fn walls(
    rule: &RRule,
    first: NaiveDateTime,
    zone: Tz,
    low: NaiveDateTime,
    high: NaiveDateTime,
) -> (Vec<NaiveDateTime>, bool) {
    let mut walk = Walk {
        rule: &with_defaults(rule, first),
        first,
        zone,
        low,
        high,
        counted: 0,
        steps: 0,
        found: Vec::new(),
        done: false,
        complete: true,
    };
    walk.meet(first);
    if !walk.done {
        match step_seconds(rule) {
            Some(step) => walk.even_steps(step),
            None => walk.periods(),
        }
    }
    (walk.found, walk.complete)
}

/// The rule with the parts that it takes from DTSTART written out (RFC 5545 §3.3.10, "information … not contained in
/// the rule").
fn with_defaults(rule: &RRule, first: NaiveDateTime) -> RRule {
    let mut rule = rule.clone();
    let no_day = rule.by_day.is_empty() && rule.by_month_day.is_empty() && rule.by_year_day.is_empty();
    let weekday = ByDay { nth: None, weekday: first.weekday() };
    match rule.freq {
        Freq::Yearly if no_day && !rule.by_week_no.is_empty() => rule.by_day = vec![weekday],
        Freq::Yearly if no_day => {
            if rule.by_month.is_empty() {
                rule.by_month = vec![first.month() as i16];
            }
            rule.by_month_day = vec![first.day() as i16];
        }
        Freq::Monthly if no_day && rule.by_week_no.is_empty() => rule.by_month_day = vec![first.day() as i16],
        Freq::Weekly if no_day && rule.by_week_no.is_empty() => rule.by_day = vec![weekday],
        _ => {}
    }
    rule
}

/// The distance between occurrences, if the rule is nothing but a frequency and an interval of even length.
fn step_seconds(rule: &RRule) -> Option<i64> {
    let plain = [
        &rule.by_month,
        &rule.by_week_no,
        &rule.by_year_day,
        &rule.by_month_day,
        &rule.by_hour,
        &rule.by_minute,
        &rule.by_second,
        &rule.by_set_pos,
    ]
    .iter()
    .all(|list| list.is_empty())
        && rule.by_day.is_empty();
    let unit = match rule.freq {
        Freq::Weekly => 7 * 86_400,
        Freq::Daily => 86_400,
        Freq::Hourly => 3_600,
        Freq::Minutely => 60,
        Freq::Secondly => 1,
        Freq::Yearly | Freq::Monthly => return None,
    };
    plain.then_some(unit * i64::from(rule.interval))
}

struct Walk<'a> {
    rule: &'a RRule,
    first: NaiveDateTime,
    zone: Tz,
    low: NaiveDateTime,
    high: NaiveDateTime,
    /// Occurrences so far, counted from DTSTART; only meaningful when the rule has COUNT.
    counted: u64,
    steps: u32,
    found: Vec<NaiveDateTime>,
    done: bool,
    complete: bool,
}

impl Walk<'_> {
    /// Takes the next wall time of the rule. Times come in order.
    fn meet(&mut self, wall: NaiveDateTime) {
        if wall < self.first || (wall == self.first && self.counted > 0) {
            return;
        }
        self.counted += 1;
        let enough = self.rule.count.is_some_and(|count| self.counted > u64::from(count));
        if enough || wall > self.high || self.past_until(wall) {
            self.done = true;
        } else if wall >= self.low {
            if self.found.len() == MAX_OCCURRENCES {
                (self.done, self.complete) = (true, false);
            } else {
                self.found.push(wall);
            }
        }
    }

    fn past_until(&self, wall: NaiveDateTime) -> bool {
        match self.rule.until {
            None => false,
            Some(Until::Date(date)) => wall.date() > date,
            Some(Until::Local(until)) => wall > until,
            // For whole days, the day as written counts.
            Some(Until::Utc(until))
                if wall.time() == NaiveTime::MIN && self.first.time() == NaiveTime::MIN =>
            {
                instant(wall, self.zone) > until && wall.date() > until.date_naive()
            }
            Some(Until::Utc(until)) => instant(wall, self.zone) > until,
        }
    }

    /// Counts `number` more dates or times looked at, and ends a walk that has become too long.
    fn spend(&mut self, number: u32) {
        self.steps = self.steps.saturating_add(number);
        if self.steps > MAX_STEPS {
            (self.done, self.complete) = (true, false);
        }
    }

    /// Follows a rule of even steps by arithmetic.
    fn even_steps(&mut self, step: i64) {
        let behind = (self.low - self.first).num_seconds();
        let skipped = (behind.div_euclid(step) - 1).max(0);
        self.counted += skipped as u64;
        let Some(skip) = skipped.checked_mul(step).and_then(TimeDelta::try_seconds) else { return };
        let Some(step) = TimeDelta::try_seconds(step) else { return };
        let mut next = self.first.checked_add_signed(skip).and_then(|wall| wall.checked_add_signed(step));
        while let Some(wall) = next {
            self.meet(wall);
            if self.done {
                return;
            }
            next = wall.checked_add_signed(step);
        }
    }

    /// Where the walk may begin: near the window, unless occurrences must be counted from the start.
    fn begin(&self) -> NaiveDate {
        let start = self.first.date();
        if self.rule.count.is_some() { start } else { start.max(self.low.date()) }
    }

    fn periods(&mut self) {
        let (start, begin, last) = (self.first.date(), self.begin(), self.high.date());
        let interval = i64::from(self.rule.interval);
        match self.rule.freq {
            Freq::Yearly => {
                let years = i64::from(begin.year() - start.year());
                let mut year = i64::from(start.year()) + years - years.rem_euclid(interval);
                while year <= i64::from(last.year()) && !self.done {
                    let from = i32::try_from(year).ok().and_then(|y| NaiveDate::from_ymd_opt(y, 1, 1));
                    let Some(from) = from else { return };
                    self.period(from, if from.leap_year() { 366 } else { 365 });
                    year += interval;
                }
            }
            Freq::Monthly => {
                let number = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
                let months = number(begin) - number(start);
                let mut month = number(start) + months - months.rem_euclid(interval);
                while month <= number(last) && !self.done {
                    let year = i32::try_from(month.div_euclid(12)).ok();
                    let from =
                        year.and_then(|y| NaiveDate::from_ymd_opt(y, month.rem_euclid(12) as u32 + 1, 1));
                    let Some(from) = from else { return };
                    self.period(from, u32::from(from.num_days_in_month()));
                    month += interval;
                }
            }
            Freq::Weekly => {
                let start = week_start(start, self.rule);
                let weeks = (week_start(begin, self.rule) - start).num_days() / 7;
                let mut week = weeks - weeks.rem_euclid(interval);
                while !self.done {
                    let Some(from) = TimeDelta::try_weeks(week).and_then(|w| start.checked_add_signed(w))
                    else {
                        return;
                    };
                    if from > last {
                        return;
                    }
                    self.period(from, 7);
                    week += interval;
                }
            }
            Freq::Daily => {
                let days = (begin - start).num_days();
                let mut day = days - days.rem_euclid(interval);
                while !self.done {
                    let Some(date) = TimeDelta::try_days(day).and_then(|d| start.checked_add_signed(d))
                    else {
                        return;
                    };
                    if date > last {
                        return;
                    }
                    self.period(date, 1);
                    day += interval;
                }
            }
            Freq::Hourly | Freq::Minutely | Freq::Secondly => {
                let mut date = begin;
                while date <= last && !self.done {
                    self.spend(1);
                    if self.date_fits(date) {
                        self.within_day(date);
                    }
                    let Some(next) = date.succ_opt() else { return };
                    date = next;
                }
            }
        }
    }

    /// One year, month, week or day: its fitting dates, each at the rule's times.
    fn period(&mut self, from: NaiveDate, days: u32) {
        self.spend(days);
        let dates: Vec<NaiveDate> = (0..u64::from(days))
            .filter_map(|day| from.checked_add_days(Days::new(day)))
            .filter(|date| self.date_fits(*date))
            .collect();
        let hours = or_of(&self.rule.by_hour, self.first.hour());
        let minutes = or_of(&self.rule.by_minute, self.first.minute());
        let seconds = or_of(&self.rule.by_second, self.first.second());
        let begin = self.begin();
        if self.rule.by_set_pos.is_empty() {
            for date in dates.into_iter().filter(|date| *date >= begin) {
                for hour in &hours {
                    for minute in &minutes {
                        for second in &seconds {
                            self.meet_at(date, *hour, *minute, *second);
                            if self.done {
                                return;
                            }
                        }
                    }
                }
            }
            return;
        }
        let per_hour = minutes.len() * seconds.len();
        let per_day = hours.len() * per_hour;
        for index in positions(&self.rule.by_set_pos, dates.len() * per_day) {
            let in_day = index % per_day;
            let (hour, in_hour) = (in_day / per_hour, in_day % per_hour);
            self.meet_at(
                dates[index / per_day],
                hours[hour],
                minutes[in_hour / seconds.len()],
                seconds[in_hour % seconds.len()],
            );
            if self.done {
                return;
            }
        }
    }

    /// The hours, minutes or seconds of a fitting day.
    fn within_day(&mut self, date: NaiveDate) {
        let interval = i64::from(self.rule.interval);
        let epoch = self.first.date();
        let days = (date - epoch).num_days();
        for hour in or_all(&self.rule.by_hour, 24) {
            let hours_on = days * 24 + i64::from(hour) - i64::from(self.first.hour());
            if self.rule.freq == Freq::Hourly {
                self.spend(1);
                if hours_on.rem_euclid(interval) == 0 {
                    let minutes = or_of(&self.rule.by_minute, self.first.minute());
                    let seconds = or_of(&self.rule.by_second, self.first.second());
                    self.choose(date, hour, &minutes, &seconds);
                }
                if self.done {
                    return;
                }
                continue;
            }
            for minute in or_all(&self.rule.by_minute, 60) {
                self.spend(1);
                let minutes_on = hours_on * 60 + i64::from(minute) - i64::from(self.first.minute());
                if self.rule.freq == Freq::Minutely {
                    if minutes_on.rem_euclid(interval) == 0 {
                        let seconds = or_of(&self.rule.by_second, self.first.second());
                        self.choose(date, hour, &[minute], &seconds);
                    }
                } else {
                    let seconds_on = minutes_on * 60 - i64::from(self.first.second());
                    let mut second = (-seconds_on).rem_euclid(interval);
                    while second < 60 && !self.done {
                        let fits =
                            self.rule.by_second.is_empty() || self.rule.by_second.contains(&(second as i16));
                        if fits {
                            self.choose(date, hour, &[minute], &[second as u32]);
                        }
                        second += interval;
                    }
                }
                if self.done {
                    return;
                }
            }
        }
    }

    /// The times of one hour or shorter period, through BYSETPOS.
    fn choose(&mut self, date: NaiveDate, hour: u32, minutes: &[u32], seconds: &[u32]) {
        let number = minutes.len() * seconds.len();
        let chosen = if self.rule.by_set_pos.is_empty() {
            (0..number).collect()
        } else {
            positions(&self.rule.by_set_pos, number)
        };
        for index in chosen {
            self.meet_at(date, hour, minutes[index / seconds.len()], seconds[index % seconds.len()]);
            if self.done {
                return;
            }
        }
    }

    fn meet_at(&mut self, date: NaiveDate, hour: u32, minute: u32, second: u32) {
        self.spend(1);
        if let Some(wall) = date.and_hms_opt(hour, minute, second) {
            self.meet(wall);
        }
    }

    /// Whether a date passes every BY part that speaks of dates.
    fn date_fits(&self, date: NaiveDate) -> bool {
        let rule = self.rule;
        let from_both_ends = |list: &[i16], number: u32, size: u32| {
            list.is_empty()
                || list.contains(&(number as i16))
                || list.contains(&(number as i16 - size as i16 - 1))
        };
        let year_days = if date.leap_year() { 366 } else { 365 };
        (rule.by_month.is_empty() || rule.by_month.contains(&(date.month() as i16)))
            && from_both_ends(&rule.by_month_day, date.day(), u32::from(date.num_days_in_month()))
            && from_both_ends(&rule.by_year_day, date.ordinal(), year_days)
            && (rule.by_day.is_empty()
                || rule.by_day.iter().any(|day| self.weekday_fits(*day, date, year_days)))
            && (rule.by_week_no.is_empty() || {
                let (week, weeks) = week_number(date, rule);
                from_both_ends(&rule.by_week_no, week, weeks)
            })
    }

    fn weekday_fits(&self, day: ByDay, date: NaiveDate, year_days: u32) -> bool {
        if day.weekday != date.weekday() {
            return false;
        }
        let Some(nth) = day.nth else { return true };
        let (day_of, size) = match self.rule.freq {
            Freq::Yearly if self.rule.by_month.is_empty() => (date.ordinal0(), year_days),
            Freq::Yearly | Freq::Monthly => (date.day0(), u32::from(date.num_days_in_month())),
            _ => return true,
        };
        let place = if nth > 0 { day_of / 7 + 1 } else { (size - 1 - day_of) / 7 + 1 };
        place == u32::from(nth.unsigned_abs())
    }
}

/// The given numbers, or the one that DTSTART brings.
fn or_of(list: &[i16], given: u32) -> Vec<u32> {
    if list.is_empty() { vec![given] } else { list.iter().map(|n| n.unsigned_abs().into()).collect() }
}

/// The given numbers, or all below `size`.
fn or_all(list: &[i16], size: u32) -> Vec<u32> {
    if list.is_empty() { (0..size).collect() } else { list.iter().map(|n| n.unsigned_abs().into()).collect() }
}

/// The indexes that BYSETPOS picks from a set of `number`, in order.
fn positions(set_pos: &[i16], number: usize) -> Vec<usize> {
    let mut picked: Vec<usize> = set_pos
        .iter()
        .filter_map(|pos| {
            let size = usize::from(pos.unsigned_abs());
            if *pos > 0 { size.checked_sub(1) } else { number.checked_sub(size) }
        })
        .filter(|index| *index < number)
        .collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}

/// The first day of the week that holds `date`.
fn week_start(date: NaiveDate, rule: &RRule) -> NaiveDate {
    let into = date.weekday().days_since(rule.week_start);
    date.checked_sub_days(Days::new(u64::from(into))).unwrap_or(date)
}

/// The number of the week that holds `date`, and how many weeks that week's year has. Week 1 is the first with four
/// days or more in its year (ISO 8601, with WKST in place of Monday).
fn week_number(date: NaiveDate, rule: &RRule) -> (u32, u32) {
    let middle = |date: NaiveDate| week_start(date, rule).checked_add_days(Days::new(3)).unwrap_or(date);
    let of = |date: NaiveDate| middle(date).ordinal0() / 7 + 1;
    // 28 December always lies in its year's last week.
    let last = NaiveDate::from_ymd_opt(middle(date).year(), 12, 28).unwrap_or(date);
    (of(date), of(last))
}
