//! Recurrence rules as text: reading an RRULE value (RFC 5545 §3.3.10).

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest rule that is read, in bytes. Real rules stay under 300.
const MAX_RULE_BYTES: usize = 4_000;

/// How often a rule's periods come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Freq {
    /// FREQ=YEARLY.
    Yearly,
    /// FREQ=MONTHLY.
    Monthly,
    /// FREQ=WEEKLY.
    Weekly,
    /// FREQ=DAILY.
    Daily,
    /// FREQ=HOURLY.
    Hourly,
    /// FREQ=MINUTELY.
    Minutely,
    /// FREQ=SECONDLY.
    Secondly,
}

/// One entry of BYDAY: a weekday, perhaps with its place in the month or year (`-1` is the last).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByDay {
    /// 1 to 53, or -1 to -53 counted from the end; `None` for every such weekday.
    pub nth: Option<i8>,
    /// The weekday.
    pub weekday: Weekday,
}

/// The last moment at which a rule may still recur; inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// The whole of this local day still counts.
    Date(NaiveDate),
    /// A wall time in the series' own zone.
    Local(NaiveDateTime),
    /// An instant.
    Utc(DateTime<Utc>),
}

/// A recurrence rule, read and checked. Lists are sorted and free of repeats; empty means "not given".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RRule {
    /// FREQ.
    pub freq: Freq,
    /// INTERVAL, at least 1.
    pub interval: u32,
    /// COUNT, at least 1.
    pub count: Option<u32>,
    /// UNTIL.
    pub until: Option<Until>,
    /// BYMONTH, 1 to 12.
    pub by_month: Vec<i16>,
    /// BYWEEKNO, 1 to 53 or negative from the year's end.
    pub by_week_no: Vec<i16>,
    /// BYYEARDAY, 1 to 366 or negative from the year's end.
    pub by_year_day: Vec<i16>,
    /// BYMONTHDAY, 1 to 31 or negative from the month's end.
    pub by_month_day: Vec<i16>,
    /// BYDAY.
    pub by_day: Vec<ByDay>,
    /// BYHOUR, 0 to 23.
    pub by_hour: Vec<i16>,
    /// BYMINUTE, 0 to 59.
    pub by_minute: Vec<i16>,
    /// BYSECOND, 0 to 59 (60, a leap second, is read as 59).
    pub by_second: Vec<i16>,
    /// BYSETPOS, 1 to 366 or negative from the set's end.
    pub by_set_pos: Vec<i16>,
    /// WKST; Monday unless given.
    pub week_start: Weekday,
}

/// Why a rule cannot be read, naming the part.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleProblem {
    /// Longer than any real rule.
    #[error("RRULE: longer than {MAX_RULE_BYTES} characters; shorten the rule")]
    TooLong,
    /// A part without `=`.
    #[error("RRULE: “{0}” is not NAME=VALUE")]
    NotAPart(String),
    /// The same part twice.
    #[error("RRULE: {0} is given twice; keep one")]
    Repeated(String),
    /// A part that RFC 5545 does not know.
    #[error("RRULE: {0} is not a part of RFC 5545; remove it")]
    Unknown(String),
    /// A part whose value is not allowed.
    #[error("RRULE: {part}={value} is not allowed; {remedy}")]
    Value {
        /// The part's name.
        part: &'static str,
        /// What was given, shortened.
        value: String,
        /// What is allowed.
        remedy: &'static str,
    },
    /// No FREQ.
    #[error("RRULE: FREQ is missing; give FREQ=DAILY, WEEKLY or another")]
    NoFreq,
}

impl RRule {
    /// A rule of the given frequency with nothing else set.
    pub fn every(freq: Freq) -> Self {
        RRule {
            freq,
            interval: 1,
            count: None,
            until: None,
            by_month: vec![],
            by_week_no: vec![],
            by_year_day: vec![],
            by_month_day: vec![],
            by_day: vec![],
            by_hour: vec![],
            by_minute: vec![],
            by_second: vec![],
            by_set_pos: vec![],
            week_start: Weekday::Mon,
        }
    }

    /// Reads the value of an RRULE property, with or without the leading `RRULE:`.
    ///
    /// Parts may come in any order and case. More is accepted than RFC 5545 allows where calendars in use need it:
    /// COUNT with UNTIL (both hold), an ordinal weekday in a weekly or shorter rule (the ordinal is ignored), limits
    /// that the RFC forbids for a frequency (they limit), and private `X-` parts (ignored). All else is a problem.
    pub fn parse(text: &str) -> Result<RRule, RuleProblem> {
        let text = text.trim();
        if text.len() > MAX_RULE_BYTES {
            return Err(RuleProblem::TooLong);
        }
        let text = match text.get(..6) {
            Some(head) if head.eq_ignore_ascii_case("RRULE:") => &text[6..],
            _ => text,
        };
        let mut rule = RRule::every(Freq::Daily);
        let mut seen: Vec<String> = Vec::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| RuleProblem::NotAPart(short(part)))?;
            let name = name.trim().to_ascii_uppercase();
            if seen.contains(&name) {
                return Err(RuleProblem::Repeated(short(&name)));
            }
            rule.take(&name, value.trim())?;
            seen.push(name);
        }
        if seen.iter().any(|name| name == "FREQ") { Ok(rule) } else { Err(RuleProblem::NoFreq) }
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), RuleProblem> {
        match name {
            "FREQ" => self.freq = freq(value)?,
            "INTERVAL" => self.interval = positive("INTERVAL", value)?,
            "COUNT" => self.count = Some(positive("COUNT", value)?),
            "UNTIL" => self.until = Some(until(value)?),
            "BYMONTH" => self.by_month = list("BYMONTH", value, 1, 12, Signs::Plus)?,
            "BYWEEKNO" => self.by_week_no = list("BYWEEKNO", value, 1, 53, Signs::Both)?,
            "BYYEARDAY" => self.by_year_day = list("BYYEARDAY", value, 1, 366, Signs::Both)?,
            "BYMONTHDAY" => self.by_month_day = list("BYMONTHDAY", value, 1, 31, Signs::Both)?,
            "BYHOUR" => self.by_hour = list("BYHOUR", value, 0, 23, Signs::Plus)?,
            "BYMINUTE" => self.by_minute = list("BYMINUTE", value, 0, 59, Signs::Plus)?,
            "BYSECOND" => {
                let mut seconds = list("BYSECOND", value, 0, 60, Signs::Plus)?;
                seconds.iter_mut().for_each(|second| *second = (*second).min(59));
                seconds.dedup();
                self.by_second = seconds;
            }
            "BYSETPOS" => self.by_set_pos = list("BYSETPOS", value, 1, 366, Signs::Both)?,
            "BYDAY" => self.by_day = by_day(value)?,
            "WKST" => self.week_start = weekday(value).ok_or_else(|| bad("WKST", value, "give MO to SU"))?,
            // RFC 7529; its defaults change nothing, anything else is another calendar.
            "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => {}
            "SKIP" if value.eq_ignore_ascii_case("OMIT") => {}
            _ if name.starts_with("X-") => {}
            _ => return Err(RuleProblem::Unknown(short(name))),
        }
        Ok(())
    }
}

impl std::fmt::Display for RRule {
    /// The value of an RRULE property, as [`RRule::parse`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FREQ={}", format!("{:?}", self.freq).to_ascii_uppercase())?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        match self.until {
            None => {}
            Some(Until::Date(day)) => write!(f, ";UNTIL={}", day.format("%Y%m%d"))?,
            Some(Until::Local(wall)) => write!(f, ";UNTIL={}", wall.format("%Y%m%dT%H%M%S"))?,
            Some(Until::Utc(at)) => write!(f, ";UNTIL={}", at.format("%Y%m%dT%H%M%SZ"))?,
        }
        for (name, numbers) in [
            ("BYMONTH", &self.by_month),
            ("BYWEEKNO", &self.by_week_no),
            ("BYYEARDAY", &self.by_year_day),
            ("BYMONTHDAY", &self.by_month_day),
            ("BYHOUR", &self.by_hour),
            ("BYMINUTE", &self.by_minute),
            ("BYSECOND", &self.by_second),
            ("BYSETPOS", &self.by_set_pos),
        ] {
            if !numbers.is_empty() {
                let numbers: Vec<String> = numbers.iter().map(i16::to_string).collect();
                write!(f, ";{name}={}", numbers.join(","))?;
            }
        }
        if !self.by_day.is_empty() {
            let word = |day: &ByDay| {
                format!(
                    "{}{}",
                    day.nth.map(|nth| nth.to_string()).unwrap_or_default(),
                    two_letters(day.weekday)
                )
            };
            let days: Vec<String> = self.by_day.iter().map(word).collect();
            write!(f, ";BYDAY={}", days.join(","))?;
        }
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", two_letters(self.week_start))?;
        }
        Ok(())
    }
}

fn two_letters(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

/// Whether a list may hold negative numbers.
#[derive(Clone, Copy, PartialEq)]
enum Signs {
    Plus,
    Both,
}

fn bad(part: &'static str, value: &str, remedy: &'static str) -> RuleProblem {
    RuleProblem::Value { part, value: short(value), remedy }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn freq(value: &str) -> Result<Freq, RuleProblem> {
    Ok(match value.to_ascii_uppercase().as_str() {
        "YEARLY" => Freq::Yearly,
        "MONTHLY" => Freq::Monthly,
        "WEEKLY" => Freq::Weekly,
        "DAILY" => Freq::Daily,
        "HOURLY" => Freq::Hourly,
        "MINUTELY" => Freq::Minutely,
        "SECONDLY" => Freq::Secondly,
        _ => {
            return Err(bad(
                "FREQ",
                value,
                "give SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY",
            ));
        }
    })
}

fn positive(part: &'static str, value: &str) -> Result<u32, RuleProblem> {
    match value.parse::<u32>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(bad(part, value, "give a whole number from 1")),
    }
}

fn until(value: &str) -> Result<Until, RuleProblem> {
    let problem = || bad("UNTIL", value, "give YYYYMMDD, YYYYMMDDTHHMMSS or the latter with Z");
    let upper = value.to_ascii_uppercase();
    if let Some(utc) = upper.strip_suffix('Z') {
        let at = NaiveDateTime::parse_from_str(utc, "%Y%m%dT%H%M%S").map_err(|_| problem())?;
        return Ok(Until::Utc(at.and_utc()));
    }
    if upper.contains('T') {
        return NaiveDateTime::parse_from_str(&upper, "%Y%m%dT%H%M%S")
            .map(Until::Local)
            .map_err(|_| problem());
    }
    NaiveDate::parse_from_str(&upper, "%Y%m%d").map(Until::Date).map_err(|_| problem())
}

fn list(
    part: &'static str,
    value: &str,
    least: i16,
    most: i16,
    signs: Signs,
) -> Result<Vec<i16>, RuleProblem> {
    let mut numbers = Vec::new();
    for item in value.split(',') {
        let number: i16 =
            item.trim().parse().map_err(|_| bad(part, value, "give whole numbers parted by commas"))?;
        let size = number.checked_abs().unwrap_or(i16::MAX);
        let wrong_sign = number < 0 && signs == Signs::Plus;
        if wrong_sign || size < least || size > most {
            return Err(bad(part, value, "a number is out of its range"));
        }
        numbers.push(number);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn weekday(code: &str) -> Option<Weekday> {
    Some(match code.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn by_day(value: &str) -> Result<Vec<ByDay>, RuleProblem> {
    let problem = || bad("BYDAY", value, "give MO to SU, each with an optional place such as 1MO or -1FR");
    let mut days: Vec<ByDay> = Vec::new();
    for item in value.split(',').map(str::trim) {
        let split = item.len().checked_sub(2).filter(|at| item.is_char_boundary(*at)).ok_or_else(problem)?;
        let (place, code) = item.split_at(split);
        let weekday = weekday(code).ok_or_else(problem)?;
        let nth = if place.is_empty() {
            None
        } else {
            let nth: i8 = place.parse().map_err(|_| problem())?;
            if nth == 0 || !(-53..=53).contains(&nth) {
                return Err(problem());
            }
            Some(nth)
        };
        let day = ByDay { nth, weekday };
        if !days.contains(&day) {
            days.push(day);
        }
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_in_any_order_and_case() {
        let rule =
            RRule::parse("RRULE:byday=-1fr,MO;INTERVAL=2;freq=monthly;COUNT=5;WKST=SU").expect("reads");
        assert_eq!(
            (rule.freq, rule.interval, rule.count, rule.week_start),
            (Freq::Monthly, 2, Some(5), Weekday::Sun)
        );
        assert_eq!(
            rule.by_day,
            [ByDay { nth: Some(-1), weekday: Weekday::Fri }, ByDay { nth: None, weekday: Weekday::Mon }]
        );
    }

    #[test]
    fn until_has_three_forms() {
        let until = |text: &str| RRule::parse(&format!("FREQ=DAILY;UNTIL={text}")).expect("reads").until;
        let date = NaiveDate::from_ymd_opt(2027, 1, 2).expect("a date");
        let at = date.and_hms_opt(3, 4, 5).expect("a time");
        assert_eq!(until("20270102"), Some(Until::Date(date)));
        assert_eq!(until("20270102T030405"), Some(Until::Local(at)));
        assert_eq!(until("20270102T030405Z"), Some(Until::Utc(at.and_utc())));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, said) in [
            ("", "FREQ is missing"),
            ("COUNT=3", "FREQ is missing"),
            ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY is not allowed"),
            ("FREQ=DAILY;FREQ=DAILY", "FREQ is given twice"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is not allowed"),
            ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1 is not allowed"),
            ("FREQ=DAILY;INTERVAL=99999999999999999999", "is not allowed"),
            ("FREQ=DAILY;COUNT=0", "COUNT=0 is not allowed"),
            ("FREQ=DAILY;BYMONTH=13", "BYMONTH=13 is not allowed"),
            ("FREQ=DAILY;BYMONTH=-1", "BYMONTH=-1 is not allowed"),
            ("FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY=0 is not allowed"),
            ("FREQ=DAILY;BYSETPOS=-32768", "BYSETPOS=-32768 is not allowed"),
            ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO is not allowed"),
            ("FREQ=MONTHLY;BYDAY=ÅÅ", "BYDAY=ÅÅ is not allowed"),
            ("FREQ=MONTHLY;BYDAY=", "BYDAY= is not allowed"),
            ("FREQ=DAILY;UNTIL=20270230", "UNTIL=20270230 is not allowed"),
            ("FREQ=DAILY;BYEASTER=1", "BYEASTER is not a part"),
            ("FREQ=DAILY;hello", "“hello” is not NAME=VALUE"),
            ("FREQ=YEARLY;RSCALE=HEBREW", "RSCALE is not a part"),
        ] {
            let problem = RRule::parse(text).expect_err(text).to_string();
            assert!(problem.contains(said), "{text}: {problem}");
        }
        assert_eq!(RRule::parse(&"A".repeat(5_000)), Err(RuleProblem::TooLong));
    }
}
