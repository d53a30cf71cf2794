//! Following a rule period by period on the wall clock.
//!
//! A rule without COUNT is followed from the window on. With COUNT the occurrences before the window are counted: by
//! arithmetic where all periods are alike, else date by date, without listing times.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};

use super::dates::{Dates, first_of_week};
use crate::recurrence::Start;
use crate::rrule::{Freq, RRule, Until};
use crate::zone::Zone;

const DAY_S: i64 = 86_400;

/// What a walk may cost, in dates and times looked at; shared by the walks of one question.
#[derive(Debug)]
pub(crate) struct Budget(pub u64);

impl Budget {
    /// False when nothing is left.
    fn spend(&mut self, steps: u64) -> bool {
        self.0 = self.0.saturating_sub(steps);
        self.0 > 0
    }
}

/// Where to look: both ends count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub low: NaiveDateTime,
    pub high: NaiveDateTime,
}

/// The last moment of a rule, as its series' clock says it.
#[derive(Debug, Clone)]
pub(super) enum Cutoff {
    Wall(NaiveDateTime),
    Instant { at: DateTime<Utc>, wall: NaiveDateTime, zone: Zone },
}

impl Cutoff {
    /// UNTIL for a series that begins at `start`. A date means its midnight, also for a series of times. For a series in a
    /// zone it must be in UTC and is read so even without its `Z`; with one it is read as written where the series has no
    /// zone.
    pub fn new(rule: &RRule, start: &Start, zone: &Zone) -> Option<Self> {
        let written = match rule.until? {
            Until::Date(date) => date.and_time(NaiveTime::MIN),
            Until::Local(wall) => wall,
            Until::Utc(at) => at.naive_utc(),
        };
        Some(match start {
            Start::Local(..) | Start::Own(..) => {
                let at = written.and_utc();
                Cutoff::Instant { at, wall: zone.wall_of(at), zone: zone.clone() }
            }
            Start::Date(_) | Start::Utc(_) | Start::Floating(_) => Cutoff::Wall(written),
        })
    }

    /// Whether `wall` lies after it.
    pub fn is_before(&self, wall: NaiveDateTime) -> bool {
        match self {
            Cutoff::Wall(last) => wall > *last,
            Cutoff::Instant { at, wall: last, zone } => {
                // Only near the end must the zone be asked.
                let apart = (wall - *last).num_hours();
                apart > 26 || (apart >= -26 && zone.instant(wall) > *at)
            }
        }
    }

    /// Whether all that comes after `wall` lies after it, too.
    fn is_over(&self, wall: NaiveDateTime) -> bool {
        match self {
            Cutoff::Wall(last) => wall > *last,
            Cutoff::Instant { wall: last, .. } => (wall - *last).num_hours() > 26,
        }
    }
}

/// Gives the wall times of `rule` within `range` to `meet`, in order, until that answers false. `first` is DTSTART,
/// whether or not the rule yields it. Answers false if `budget` did not last.
pub(super) fn walk(
    rule: &RRule,
    first: NaiveDateTime,
    cutoff: Option<&Cutoff>,
    range: Range,
    budget: &mut Budget,
    meet: &mut dyn FnMut(NaiveDateTime) -> bool,
) -> bool {
    if range.high < first || cutoff.is_some_and(|cutoff| cutoff.is_over(range.low)) {
        return true;
    }
    let dates = Dates::new(rule, first.date());
    let mut walk =
        Walk { rule, first, dates, cutoff, range, counted: 0, budget, done: false, complete: true, meet };
    match rule.freq {
        Freq::Yearly | Freq::Monthly | Freq::Weekly | Freq::Daily => walk.long_periods(),
        Freq::Hourly => walk.short_periods(3_600),
        Freq::Minutely => walk.short_periods(60),
        Freq::Secondly => walk.short_periods(1),
    }
    walk.complete
}

struct Walk<'a> {
    rule: &'a RRule,
    first: NaiveDateTime,
    dates: Dates,
    cutoff: Option<&'a Cutoff>,
    range: Range,
    /// Occurrences so far; only meaningful when the rule has COUNT.
    counted: u64,
    budget: &'a mut Budget,
    done: bool,
    complete: bool,
    meet: &'a mut dyn FnMut(NaiveDateTime) -> bool,
}

impl Walk<'_> {
    /// Takes the next wall time of the rule. Times come in order.
    fn take(&mut self, wall: NaiveDateTime) {
        if wall < self.first {
            return;
        }
        if let Some(cutoff) = self.cutoff
            && cutoff.is_before(wall)
        {
            self.done |= cutoff.is_over(wall);
            return;
        }
        self.count(1);
        if wall > self.range.high {
            self.done = true;
        } else if !self.done && wall >= self.range.low {
            self.done = !(self.meet)(wall);
        }
        // The last one that COUNT allows was still given.
        self.done |= self.rule.count.is_some_and(|count| self.counted >= u64::from(count));
    }

    fn take_at(&mut self, date: NaiveDate, second: u32) {
        self.spend(1);
        if let Some(time) = NaiveTime::from_num_seconds_from_midnight_opt(second, 0) {
            self.take(date.and_time(time));
        }
    }

    /// Counts occurrences; more than COUNT allows end the walk.
    fn count(&mut self, number: u64) {
        self.counted = self.counted.saturating_add(number);
        self.done |= self.rule.count.is_some_and(|count| self.counted > u64::from(count));
    }

    fn spend(&mut self, steps: u64) {
        if !self.budget.spend(steps) {
            (self.done, self.complete) = (true, false);
        }
    }

    fn counts(&self) -> bool {
        self.rule.count.is_some()
    }

    // Years, months, weeks and days.

    fn long_periods(&mut self) {
        let times = self.times_of_day();
        self.spend(times.len() as u64);
        let interval = i64::from(self.rule.interval);
        let mut number = if self.counts() { 0 } else { self.number_before(self.range.low.date(), interval) };
        let mut is_first = true;
        while !self.done {
            let Some((from, days)) = self.period(number) else { return };
            if from > self.range.high.date() {
                return;
            }
            let next = number.checked_add(interval);
            let ended = from.checked_add_days(Days::new(u64::from(days)));
            let before = ended.is_some_and(|ended| ended <= self.range.low.date());
            if self.counts() && before && !is_first {
                let size = self.size(from, days, times.len() as u64);
                let alike = if self.are_alike() {
                    // All of them up to the window.
                    let last = self.number_before(self.range.low.date(), interval);
                    ((last - number) / interval).max(1)
                } else {
                    1
                };
                self.count(size.saturating_mul(alike.unsigned_abs()));
                let Some(after) = interval.checked_mul(alike).and_then(|on| number.checked_add(on)) else {
                    return;
                };
                number = after;
            } else {
                self.list(from, days, &times);
                let Some(next) = next else { return };
                number = next;
            }
            is_first = false;
        }
    }

    /// Whether every period but the first has equally many occurrences.
    fn are_alike(&self) -> bool {
        match self.rule.freq {
            Freq::Weekly => self.dates.only_weekdays(),
            Freq::Daily => self.dates.is_any(),
            _ => false,
        }
    }

    /// The number of the last period that begins at or before `date`, counted from DTSTART's, on the rule's interval.
    fn number_before(&self, date: NaiveDate, interval: i64) -> i64 {
        let first = self.first.date();
        let months = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        let on = match self.rule.freq {
            Freq::Yearly => i64::from(date.year()) - i64::from(first.year()),
            Freq::Monthly => months(date) - months(first),
            Freq::Weekly => {
                let start = self.rule.week_start;
                (first_of_week(date, start) - first_of_week(first, start)).num_days() / 7
            }
            _ => (date - first).num_days(),
        };
        (on - on.rem_euclid(interval)).max(0)
    }

    /// The first day of a period and how many it has; nothing beyond the calendar's end.
    fn period(&self, number: i64) -> Option<(NaiveDate, u32)> {
        let first = self.first.date();
        match self.rule.freq {
            Freq::Yearly => {
                let year = i32::try_from(i64::from(first.year()).checked_add(number)?).ok()?;
                let from = NaiveDate::from_ymd_opt(year, 1, 1)?;
                Some((from, if from.leap_year() { 366 } else { 365 }))
            }
            Freq::Monthly => {
                let months =
                    (i64::from(first.year()) * 12 + i64::from(first.month0())).checked_add(number)?;
                let year = i32::try_from(months.div_euclid(12)).ok()?;
                let from = NaiveDate::from_ymd_opt(year, months.rem_euclid(12) as u32 + 1, 1)?;
                Some((from, u32::from(from.num_days_in_month())))
            }
            Freq::Weekly => {
                let week = first_of_week(first, self.rule.week_start);
                Some((week.checked_add_signed(TimeDelta::try_weeks(number)?)?, 7))
            }
            _ => Some((first.checked_add_signed(TimeDelta::try_days(number)?)?, 1)),
        }
    }

    /// The seconds of the day at which the rule happens on a fitting date, in order.
    fn times_of_day(&self) -> Vec<u32> {
        let hours = or_given(&self.rule.by_hour, self.first.hour());
        let minutes = or_given(&self.rule.by_minute, self.first.minute());
        let seconds = or_given(&self.rule.by_second, self.first.second());
        let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
        for hour in &hours {
            for minute in &minutes {
                times.extend(seconds.iter().map(|second| hour * 3_600 + minute * 60 + second));
            }
        }
        times
    }

    /// How many occurrences a whole period has.
    fn size(&mut self, from: NaiveDate, days: u32, times: u64) -> u64 {
        self.spend(u64::from(days));
        let dates = from.iter_days().take(days as usize).filter(|date| self.dates.fit(*date)).count() as u64;
        match self.rule.by_set_pos.as_slice() {
            [] => dates * times,
            set_pos => positions(set_pos, (dates * times) as usize).len() as u64,
        }
    }

    /// One year, month, week or day: its fitting dates, each at the rule's times.
    fn list(&mut self, from: NaiveDate, days: u32, times: &[u32]) {
        self.spend(u64::from(days));
        let whole = self.counts() || !self.rule.by_set_pos.is_empty();
        let low = self.range.low.date();
        let dates = from.iter_days().take(days as usize).filter(|date| whole || *date >= low);
        if self.rule.by_set_pos.is_empty() {
            for date in dates {
                if self.dates.fit(date) {
                    for second in times {
                        self.take_at(date, *second);
                        if self.done {
                            return;
                        }
                    }
                }
            }
            return;
        }
        let dates: Vec<NaiveDate> = dates.filter(|date| self.dates.fit(*date)).collect();
        for index in positions(&self.rule.by_set_pos, dates.len() * times.len()) {
            self.take_at(dates[index / times.len()], times[index % times.len()]);
            if self.done {
                return;
            }
        }
    }

    // Hours, minutes and seconds.

    /// Periods of `unit` seconds, day by day.
    fn short_periods(&mut self, unit: u32) {
        let within = self.within_period(unit);
        let step = i64::from(unit) * i64::from(self.rule.interval);
        let filter = Filter::new(self.rule, unit);
        let start = i64::from(self.first.num_seconds_from_midnight() / unit * unit);
        let first = self.first.date();
        let offset = |day: i64| (start - day * DAY_S).rem_euclid(step);
        let (mut day, low) = (0, (self.range.low.date() - first).num_days());
        if !self.counts() {
            day = low.max(0);
        } else if low > 1 {
            // The first day by itself, then all whole days before the window.
            if self.dates.fit(first) {
                self.day(first, offset(0), step, &filter, &within);
            }
            self.count_days(1, low, step, offset, &filter, within.len() as u64);
            day = low;
        }
        while !self.done {
            let Some(date) = TimeDelta::try_days(day).and_then(|on| first.checked_add_signed(on)) else {
                return;
            };
            if date > self.range.high.date() {
                return;
            }
            self.spend(1);
            if self.dates.fit(date) {
                self.day(date, offset(day), step, &filter, &within);
            }
            day += 1;
        }
    }

    /// The seconds within a period at which the rule happens, in order, after BYSETPOS.
    fn within_period(&self, unit: u32) -> Vec<u32> {
        let minutes = match unit {
            3_600 => or_given(&self.rule.by_minute, self.first.minute()),
            _ => vec![0],
        };
        let seconds = match unit {
            1 => vec![0],
            _ => or_given(&self.rule.by_second, self.first.second()),
        };
        let all: Vec<u32> = minutes
            .iter()
            .flat_map(|minute| seconds.iter().map(move |second| minute * 60 + second))
            .collect();
        match self.rule.by_set_pos.as_slice() {
            [] => all,
            set_pos => positions(set_pos, all.len()).into_iter().map(|index| all[index]).collect(),
        }
    }

    /// The periods of one fitting day, which begin at `offset` and then every `step` seconds.
    fn day(&mut self, date: NaiveDate, offset: i64, step: i64, filter: &Filter, within: &[u32]) {
        let mut at = offset;
        if !self.counts() && date == self.range.low.date() {
            let ahead = i64::from(self.range.low.num_seconds_from_midnight()) - 3_600 - at;
            at += ahead.div_euclid(step).max(0) * step;
        }
        while at < DAY_S && !self.done {
            self.spend(1);
            match filter.next(at) {
                None => {
                    for second in within {
                        self.take_at(date, at as u32 + second);
                        if self.done {
                            return;
                        }
                    }
                    at += step;
                }
                Some(earliest) => at += (earliest - at + step - 1) / step * step,
            }
        }
    }

    /// Counts the occurrences of whole days, `from` up to but not including `to` days after DTSTART's.
    fn count_days(
        &mut self,
        from: i64,
        to: i64,
        step: i64,
        offset: impl Fn(i64) -> i64,
        filter: &Filter,
        within: u64,
    ) {
        if self.dates.is_any() && filter.is_open() {
            let start = offset(from) + from * DAY_S;
            let periods = (to * DAY_S - start + step - 1).div_euclid(step).max(0);
            self.count(within.saturating_mul(periods.unsigned_abs()));
            return;
        }
        // Days whose periods begin at the same second have equally many.
        let mut known: HashMap<i64, u64> = HashMap::new();
        for day in from..to {
            if self.done {
                return;
            }
            self.spend(1);
            let date = TimeDelta::try_days(day).and_then(|on| self.first.date().checked_add_signed(on));
            if !date.is_some_and(|date| self.dates.fit(date)) {
                continue;
            }
            let at = offset(day);
            let periods = match known.get(&at) {
                Some(periods) => *periods,
                None => {
                    let (periods, steps) = filter.count(at, step);
                    self.spend(steps);
                    if known.len() < 100_000 {
                        known.insert(at, periods);
                    }
                    periods
                }
            };
            self.count(periods.saturating_mul(within));
        }
    }
}

/// Which hours, minutes and seconds of a day fit, for frequencies that count in them.
struct Filter {
    hours: u64,
    minutes: u64,
    seconds: u64,
}

impl Filter {
    fn new(rule: &RRule, unit: u32) -> Self {
        let mask = |list: &[i16], binds: bool| match list {
            list if list.is_empty() || !binds => u64::MAX,
            list => list.iter().fold(0, |mask, number| mask | 1 << number),
        };
        Filter {
            hours: mask(&rule.by_hour, true),
            minutes: mask(&rule.by_minute, unit <= 60),
            seconds: mask(&rule.by_second, unit == 1),
        }
    }

    fn is_open(&self) -> bool {
        self.hours & self.minutes & self.seconds == u64::MAX
    }

    /// Nothing if the second `at` of the day fits, else the earliest that may.
    fn next(&self, at: i64) -> Option<i64> {
        if self.hours >> (at / 3_600) & 1 == 0 {
            Some((at / 3_600 + 1) * 3_600)
        } else if self.minutes >> (at / 60 % 60) & 1 == 0 {
            Some((at / 60 + 1) * 60)
        } else if self.seconds >> (at % 60) & 1 == 0 {
            Some(at + 1)
        } else {
            None
        }
    }

    /// How many of a day's periods fit, and how many steps it took to know.
    fn count(&self, offset: i64, step: i64) -> (u64, u64) {
        if self.is_open() {
            return (((DAY_S - offset).max(0) + step - 1).div_euclid(step).unsigned_abs(), 1);
        }
        let (mut at, mut periods, mut steps) = (offset, 0, 0);
        while at < DAY_S {
            steps += 1;
            match self.next(at) {
                None => {
                    periods += 1;
                    at += step;
                }
                Some(earliest) => at += (earliest - at + step - 1) / step * step,
            }
        }
        (periods, steps)
    }
}

/// The given numbers, or the one that DTSTART brings.
fn or_given(list: &[i16], given: u32) -> Vec<u32> {
    if list.is_empty() { vec![given] } else { list.iter().map(|n| n.unsigned_abs().into()).collect() }
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
