//! Whether rules can be kept, before they are.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use domain::dates;
use thiserror::Error;

use super::{Rules, Session};

/// Why rules cannot be kept: the place, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {fault}")]
pub struct RulesProblem {
    /// As a path into what was read, such as `sessions[0].visits[1].length_min`; of one session, from it on.
    pub place: String,
    pub fault: Fault,
}

/// What is wrong, in the words of the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// Neither weekdays nor dates.
    #[error("choose at least one day")]
    NoDay,
    /// Nobody sees the people.
    #[error("say who sees the people")]
    Nobody,
    /// A group of further resources is empty.
    #[error("name something in each group of what must be free as well")]
    EmptyGroup,
    /// No visit.
    #[error("give at least one visit with its length")]
    NoVisit,
    /// A visit whose length is outside 5 to 720 minutes or longer than the session.
    #[error("give a length from 5 minutes to 12 hours that fits between the two times")]
    Length,
    /// `step_min` is outside 5 to 720.
    #[error("give the minutes from one beginning to the next, from 5 to 720")]
    Step,
    /// `capacity` or `places` is outside 1 to 100.
    #[error("give a number from 1 to 100")]
    Capacity,
    /// A buffer is longer than 4 hours.
    #[error("give at most 240 minutes before and after")]
    Buffer,
    /// `valid_to` is before `valid_from`.
    #[error("give a date on or after the first day")]
    Validity,
    /// `every_weeks` is outside 1 to 52, or more than 1 without a first day.
    #[error("give a number from 1 to 52, and the first day from which weeks are counted")]
    Rhythm,
    /// Two sessions share an id.
    #[error("give each session an id of its own")]
    SameId,
    /// Leave that ends before it begins, or closed days that do.
    #[error("give an end that is not before the beginning")]
    Backwards,
    /// A date that nobody can mean.
    #[error("give a date from 1900 to 2200")]
    Date,
    /// An end that lies beyond all calendars.
    #[error("give a date up to 9999, or leave it out")]
    End,
    /// `notice_min` is longer than ten years.
    #[error("give at most 5256000 minutes, which are ten years")]
    Notice,
    /// `horizon_days` is longer than a hundred years.
    #[error("give at most 36525 days, which are a hundred years, or leave it out")]
    Horizon,
}

/// The most places at once.
pub(crate) const MOST_PLACES: u32 = 100;
/// Lengths and steps in minutes.
const MINUTES: RangeInclusive<u32> = 5..=720;
const LONGEST_BUFFER_MIN: u32 = 240;
const LONGEST_NOTICE_MIN: u32 = 10 * 365 * 24 * 60;
const LONGEST_HORIZON_DAYS: u32 = 36_525;
/// People write the last year for what has no end.
const LAST_YEAR: i32 = 9_999;

fn found(place: impl Into<String>, fault: Fault) -> Result<(), RulesProblem> {
    Err(RulesProblem { place: place.into(), fault })
}

fn ensure(is_sound: bool, place: impl FnOnce() -> String, fault: Fault) -> Result<(), RulesProblem> {
    if is_sound { Ok(()) } else { found(place(), fault) }
}

fn is_end(day: NaiveDate) -> bool {
    (*dates::YEARS.start()..=LAST_YEAR).contains(&day.year())
}

impl Rules {
    /// Checks rules before they are kept. What fails yields no slots, or fewer than meant.
    pub fn check(&self) -> Result<(), RulesProblem> {
        let mut ids = HashSet::with_capacity(self.sessions.len());
        for (at, session) in self.sessions.iter().enumerate() {
            session.check().map_err(|problem| RulesProblem {
                place: format!("sessions[{at}].{}", problem.place),
                fault: problem.fault,
            })?;
            ensure(ids.insert(&session.id), || format!("sessions[{at}].id"), Fault::SameId)?;
        }
        for (at, closed) in self.closed.iter().enumerate() {
            ensure(dates::is_meant(closed.from), || format!("closed[{at}].from"), Fault::Date)?;
            let Some(to) = closed.to else { continue };
            ensure(is_end(to), || format!("closed[{at}].to"), Fault::End)?;
            ensure(closed.from <= to, || format!("closed[{at}].to"), Fault::Backwards)?;
        }
        for (at, away) in self.away.iter().enumerate() {
            ensure(dates::is_meant(away.from.date()), || format!("away[{at}].from"), Fault::Date)?;
            ensure(is_end(away.to.date()), || format!("away[{at}].to"), Fault::End)?;
            ensure(away.from < away.to, || format!("away[{at}].to"), Fault::Backwards)?;
        }
        for (at, resource) in self.resources.iter().enumerate() {
            let is_sound = (1..=MOST_PLACES).contains(&resource.places);
            ensure(is_sound, || format!("resources[{at}].places"), Fault::Capacity)?;
        }
        ensure(self.notice_min <= LONGEST_NOTICE_MIN, || "notice_min".to_owned(), Fault::Notice)?;
        let near = self.horizon_days.is_none_or(|days| days <= LONGEST_HORIZON_DAYS);
        ensure(near, || "horizon_days".to_owned(), Fault::Horizon)
    }
}

impl Session {
    /// Checks one session.
    pub fn check(&self) -> Result<(), RulesProblem> {
        if self.weekdays.is_empty() && self.dates.is_empty() {
            return found("weekdays", Fault::NoDay);
        }
        if self.who.is_empty() {
            return found("who", Fault::Nobody);
        }
        if let Some(at) = self.also.iter().position(Vec::is_empty) {
            return found(format!("also[{at}]"), Fault::EmptyGroup);
        }
        if self.visits.is_empty() {
            return found("visits", Fault::NoVisit);
        }
        let long = self.length_min();
        let fits = |min: u32| MINUTES.contains(&min) && i64::from(min) <= long;
        if let Some(at) = self.visits.iter().position(|visit| !fits(visit.length_min)) {
            return found(format!("visits[{at}].length_min"), Fault::Length);
        }
        if self.step_min.is_some_and(|step| !MINUTES.contains(&step)) {
            return found("step_min", Fault::Step);
        }
        if !(1..=MOST_PLACES).contains(&self.capacity) {
            return found("capacity", Fault::Capacity);
        }
        for (place, minutes) in
            [("buffer_before_min", self.buffer_before_min), ("buffer_after_min", self.buffer_after_min)]
        {
            if minutes > LONGEST_BUFFER_MIN {
                return found(place, Fault::Buffer);
            }
        }
        if self.valid_from.is_some_and(|from| !dates::is_meant(from)) {
            return found("valid_from", Fault::Date);
        }
        if self.valid_to.is_some_and(|to| !is_end(to)) {
            return found("valid_to", Fault::End);
        }
        if let Some(at) = self.dates.iter().position(|date| !dates::is_meant(*date)) {
            return found(format!("dates[{at}]"), Fault::Date);
        }
        if self.valid_from.zip(self.valid_to).is_some_and(|(from, to)| to < from) {
            return found("valid_to", Fault::Validity);
        }
        if self.notice_min.is_some_and(|minutes| minutes > LONGEST_NOTICE_MIN) {
            return found("notice_min", Fault::Notice);
        }
        let rhythm =
            (1..=52).contains(&self.every_weeks) && (self.every_weeks == 1 || self.valid_from.is_some());
        if rhythm { Ok(()) } else { found("every_weeks", Fault::Rhythm) }
    }

    /// How long the session is on an ordinary day, in minutes.
    fn length_min(&self) -> i64 {
        let minutes = (self.to - self.from).num_minutes();
        if minutes > 0 { minutes } else { minutes + 24 * 60 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_name_their_place_as_it_is_read() {
        let text = r#"{"zone": "Europe/London", "sessions": [
            {"id": "r", "weekdays": ["Tue"], "from": "09:00", "to": "10:00", "visits": [{"length_min": 20}]},
            {"id": "s", "weekdays": ["Mon"], "from": "09:00", "to": "10:00", "visits": [{"length_min": 20}]}],
            "closed": [{"from": "2027-05-03"}], "away": [{"who": "a", "from": "2027-03-02T00:00", "to": "2027-03-03T00:00"}],
            "resources": [{"id": "a"}]}"#;
        let good: Rules = serde_json::from_str(text).expect("rules");
        assert_eq!(good.check(), Ok(()));
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let check = |place: &str, fault: Fault, change: &dyn Fn(&mut Rules)| {
            let mut rules = good.clone();
            change(&mut rules);
            assert_eq!(rules.check(), Err(RulesProblem { place: place.to_owned(), fault }));
        };
        let session = |place: &str, fault: Fault, change: &dyn Fn(&mut Session)| {
            check(&format!("sessions[1].{place}"), fault, &|rules| change(&mut rules.sessions[1]));
        };
        session("weekdays", Fault::NoDay, &|s| s.weekdays.clear());
        session("who", Fault::Nobody, &|s| s.who.clear());
        session("also[0]", Fault::EmptyGroup, &|s| s.also.push(Vec::new()));
        session("visits[0].length_min", Fault::Length, &|s| s.visits[0].length_min = 61);
        session("visits", Fault::NoVisit, &|s| s.visits.clear());
        session("step_min", Fault::Step, &|s| s.step_min = Some(0));
        session("capacity", Fault::Capacity, &|s| s.capacity = 0);
        session("buffer_before_min", Fault::Buffer, &|s| s.buffer_before_min = 241);
        session("buffer_after_min", Fault::Buffer, &|s| s.buffer_after_min = u32::MAX);
        session("valid_to", Fault::Validity, &|s| {
            (s.valid_from, s.valid_to) = (Some(day("2027-01-02")), Some(day("2027-01-01")));
        });
        session("valid_from", Fault::Date, &|s| s.valid_from = Some(NaiveDate::MIN));
        session("valid_to", Fault::End, &|s| s.valid_to = Some(NaiveDate::MAX));
        session("dates[0]", Fault::Date, &|s| s.dates = vec![NaiveDate::MAX]);
        session("notice_min", Fault::Notice, &|s| s.notice_min = Some(u32::MAX));
        session("every_weeks", Fault::Rhythm, &|s| s.every_weeks = 2);
        session("id", Fault::SameId, &|s| "r".clone_into(&mut s.id));
        check("closed[0].from", Fault::Date, &|r| r.closed[0].from = NaiveDate::MIN);
        check("closed[0].to", Fault::Backwards, &|r| r.closed[0].to = Some(day("2027-05-02")));
        check("away[0].to", Fault::Backwards, &|r| r.away[0].to = r.away[0].from);
        check("away[0].from", Fault::Date, &|r| r.away[0].from = chrono::NaiveDateTime::MIN);
        check("resources[0].places", Fault::Capacity, &|r| r.resources[0].places = 0);
        check("notice_min", Fault::Notice, &|r| r.notice_min = u32::MAX);
        check("horizon_days", Fault::Horizon, &|r| r.horizon_days = Some(100_000_000));
    }

    #[test]
    fn the_last_year_of_all_stands_for_no_end() {
        let text = r#"{"id": "s", "weekdays": ["Mon"], "from": "09:00", "to": "10:00", "visits": [{"length_min": 20}],
            "valid_from": "2027-01-01", "valid_to": "9999-12-31", "every_weeks": 2}"#;
        let session: Session = serde_json::from_str(text).expect("a session");
        assert_eq!(session.check(), Ok(()));
    }
}
