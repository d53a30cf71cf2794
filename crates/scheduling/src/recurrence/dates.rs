//! Which dates a rule allows: its BY parts that speak of dates, ready for quick questions.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::rrule::{Freq, RRule};

/// The parts of a rule that speak of dates, with what DTSTART adds to them.
pub(super) struct Dates {
    /// Bit `month`; 0 if every month fits.
    months: u16,
    /// Bit `day + 31`, for days counted from either end of the month.
    month_days: u64,
    /// Sorted; counted from either end of the year.
    year_days: Vec<i16>,
    /// Bit `week + 53`, for weeks counted from either end of the year.
    weeks: u128,
    /// Bit per weekday from Monday, for those without a place.
    weekdays: u8,
    /// Weekdays with their place in the month or year.
    placed: Vec<(i8, Weekday)>,
    /// Places are counted in the year, not in the month.
    in_year: bool,
    week_start: Weekday,
}

impl Dates {
    /// The parts of `rule`. Where it names no day at all, the day comes from `first` (RFC 5545 §3.3.10, "information …
    /// not contained in the rule"); days of a week that BYWEEKNO names are all meant.
    pub fn new(rule: &RRule, first: NaiveDate) -> Self {
        let mut dates = Dates {
            months: bits(&rule.by_month, 0) as u16,
            month_days: bits(&rule.by_month_day, 31) as u64,
            year_days: rule.by_year_day.clone(),
            weeks: bits(&rule.by_week_no, 53),
            weekdays: 0,
            placed: Vec::new(),
            in_year: rule.freq == Freq::Yearly && rule.by_month.is_empty(),
            week_start: rule.week_start,
        };
        let has_places = matches!(rule.freq, Freq::Yearly | Freq::Monthly);
        for day in &rule.by_day {
            match day.nth.filter(|_| has_places) {
                Some(nth) => dates.placed.push((nth, day.weekday)),
                None => dates.weekdays |= 1 << day.weekday.num_days_from_monday(),
            }
        }
        let names_no_day = rule.by_day.is_empty()
            && rule.by_month_day.is_empty()
            && rule.by_year_day.is_empty()
            && rule.by_week_no.is_empty();
        if names_no_day {
            match rule.freq {
                Freq::Yearly => {
                    if dates.months == 0 {
                        dates.months = 1 << first.month();
                    }
                    dates.month_days = 1 << (first.day() + 31);
                }
                Freq::Monthly => dates.month_days = 1 << (first.day() + 31),
                Freq::Weekly => dates.weekdays = 1 << first.weekday().num_days_from_monday(),
                _ => {}
            }
        }
        dates
    }

    /// Whether every date fits.
    pub fn is_any(&self) -> bool {
        self.only_weekdays() && self.weekdays == 0
    }

    /// Whether nothing but weekdays without places is asked for.
    pub fn only_weekdays(&self) -> bool {
        self.months == 0
            && self.month_days == 0
            && self.year_days.is_empty()
            && self.weeks == 0
            && self.placed.is_empty()
    }

    /// Whether `date` passes every part.
    pub fn fit(&self, date: NaiveDate) -> bool {
        (self.months == 0 || self.months >> date.month() & 1 == 1)
            && (self.weekdays == 0 && self.placed.is_empty() || self.weekday_fits(date))
            && (self.month_days == 0 || self.month_day_fits(date))
            && (self.year_days.is_empty() || self.year_day_fits(date))
            && (self.weeks == 0 || self.week_fits(date))
    }

    fn month_day_fits(&self, date: NaiveDate) -> bool {
        let day = date.day();
        let from_end = 31 + day - u32::from(date.num_days_in_month()) - 1;
        self.month_days >> (day + 31) & 1 == 1 || self.month_days >> from_end & 1 == 1
    }

    fn year_day_fits(&self, date: NaiveDate) -> bool {
        let day = date.ordinal() as i16;
        let listed = |day: i16| self.year_days.binary_search(&day).is_ok();
        listed(day) || listed(day - year_days(date) as i16 - 1)
    }

    fn week_fits(&self, date: NaiveDate) -> bool {
        let (week, weeks) = week_number(date, self.week_start);
        self.weeks >> (week + 53) & 1 == 1 || self.weeks >> (53 + week - weeks - 1) & 1 == 1
    }

    fn weekday_fits(&self, date: NaiveDate) -> bool {
        let weekday = date.weekday();
        if self.weekdays >> weekday.num_days_from_monday() & 1 == 1 {
            return true;
        }
        if self.placed.is_empty() {
            return false;
        }
        let (day_of, size) = if self.in_year {
            (date.ordinal0(), year_days(date))
        } else {
            (date.day0(), u32::from(date.num_days_in_month()))
        };
        let (place, from_end) = ((day_of / 7 + 1) as i8, ((size - 1 - day_of) / 7 + 1) as i8);
        self.placed.iter().any(|(nth, day)| *day == weekday && (*nth == place || *nth == -from_end))
    }
}

/// Bit `number + zero` for each number.
fn bits(list: &[i16], zero: i16) -> u128 {
    list.iter().fold(0, |bits, number| bits | 1 << (number + zero))
}

fn year_days(date: NaiveDate) -> u32 {
    if date.leap_year() { 366 } else { 365 }
}

/// The first day of the week that holds `date`.
pub(super) fn first_of_week(date: NaiveDate, week_start: Weekday) -> NaiveDate {
    let into = date.weekday().days_since(week_start);
    date.checked_sub_days(Days::new(u64::from(into))).unwrap_or(date)
}

/// The number of the week that holds `date`, and how many weeks that week's year has. Week 1 is the first with four
/// days or more in its year (ISO 8601, with WKST in place of Monday).
fn week_number(date: NaiveDate, week_start: Weekday) -> (u32, u32) {
    let middle =
        |date: NaiveDate| first_of_week(date, week_start).checked_add_days(Days::new(3)).unwrap_or(date);
    let of = |date: NaiveDate| middle(date).ordinal0() / 7 + 1;
    // 28 December always lies in its year's last week.
    let last = NaiveDate::from_ymd_opt(middle(date).year(), 12, 28).unwrap_or(date);
    (of(date), of(last))
}
