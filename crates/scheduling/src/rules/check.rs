//! Whether rules can be kept, before they are.

use thiserror::Error;

use super::{Rules, Session};

/// Why a session cannot be kept: names the field, then the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RulesProblem {
    /// Neither weekdays nor dates.
    #[error("weekdays: choose at least one day")]
    NoDay,
    /// Nobody sees the people, or a group of further resources is empty.
    #[error("who: say who sees the people, and name something in each group of what must be free as well")]
    Nobody,
    /// No visit, or one whose length is outside 5 to 720 minutes or longer than the session.
    #[error("slot_min: give a length from 5 minutes to 12 hours that fits between the two times")]
    Length,
    /// `step_min` is outside 5 to 720.
    #[error("step_min: give the minutes from one beginning to the next, from 5 to 720")]
    Step,
    /// `capacity` is outside 1 to 100.
    #[error("capacity: give a number from 1 to 100")]
    Capacity,
    /// A buffer is longer than 4 hours.
    #[error("buffers: give at most 240 minutes before and after")]
    Buffer,
    /// `valid_to` is before `valid_from`.
    #[error("valid_to: give a date on or after the first day")]
    Validity,
    /// `every_weeks` is outside 1 to 52, or more than 1 without a first day.
    #[error("every_weeks: give a number from 1 to 52, and the first day from which weeks are counted")]
    Rhythm,
    /// Two sessions share an id.
    #[error("id: give each session an id of its own")]
    SameId,
    /// Leave that ends before it begins, or closed days that do.
    #[error("to: give an end that is not before the beginning")]
    Backwards,
}

/// The most places at once.
pub(crate) const MOST_PLACES: u32 = 100;

impl Rules {
    /// Checks rules before they are kept. What fails yields no slots, or fewer than meant.
    pub fn check(&self) -> Result<(), RulesProblem> {
        for (at, session) in self.sessions.iter().enumerate() {
            session.check()?;
            if self.sessions[..at].iter().any(|other| other.id == session.id) {
                return Err(RulesProblem::SameId);
            }
        }
        let backwards = self.closed.iter().any(|closed| closed.to.is_some_and(|to| to < closed.from))
            || self.away.iter().any(|away| away.to <= away.from);
        if backwards { Err(RulesProblem::Backwards) } else { Ok(()) }
    }
}

impl Session {
    /// Checks one session.
    pub fn check(&self) -> Result<(), RulesProblem> {
        let minutes = 5..=720;
        if self.weekdays.is_empty() && self.dates.is_empty() {
            return Err(RulesProblem::NoDay);
        }
        if self.who.is_empty() || self.also.iter().any(Vec::is_empty) {
            return Err(RulesProblem::Nobody);
        }
        let long = self.length_min();
        let fits = |min: u32| minutes.contains(&min) && i64::from(min) <= long;
        if self.visits.is_empty() || !self.visits.iter().all(|visit| fits(visit.length_min)) {
            return Err(RulesProblem::Length);
        }
        if self.step_min.is_some_and(|step| !minutes.contains(&step)) {
            return Err(RulesProblem::Step);
        }
        if !(1..=MOST_PLACES).contains(&self.capacity) {
            return Err(RulesProblem::Capacity);
        }
        if self.buffer_before_min > 240 || self.buffer_after_min > 240 {
            return Err(RulesProblem::Buffer);
        }
        if self.valid_from.zip(self.valid_to).is_some_and(|(from, to)| to < from) {
            return Err(RulesProblem::Validity);
        }
        let rhythm =
            (1..=52).contains(&self.every_weeks) && (self.every_weeks == 1 || self.valid_from.is_some());
        if rhythm { Ok(()) } else { Err(RulesProblem::Rhythm) }
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
    fn problems_name_the_field() {
        let text = r#"{"id": "s", "weekdays": ["Mon"], "from": "09:00", "to": "10:00", "visits": [{"length_min": 20}]}"#;
        let good: Session = serde_json::from_str(text).expect("a session");
        assert_eq!(good.check(), Ok(()));
        let check = |change: fn(&mut Session)| {
            let mut session = good.clone();
            change(&mut session);
            session.check()
        };
        assert_eq!(check(|s| s.weekdays.clear()), Err(RulesProblem::NoDay));
        assert_eq!(check(|s| s.who.clear()), Err(RulesProblem::Nobody));
        assert_eq!(check(|s| s.also.push(Vec::new())), Err(RulesProblem::Nobody));
        assert_eq!(check(|s| s.visits[0].length_min = 61), Err(RulesProblem::Length));
        assert_eq!(check(|s| s.visits.clear()), Err(RulesProblem::Length));
        assert_eq!(check(|s| s.step_min = Some(0)), Err(RulesProblem::Step));
        assert_eq!(check(|s| s.capacity = 0), Err(RulesProblem::Capacity));
        assert_eq!(check(|s| s.buffer_after_min = 600), Err(RulesProblem::Buffer));
        assert_eq!(check(|s| s.every_weeks = 2), Err(RulesProblem::Rhythm));
        let backwards = |s: &mut Session| {
            (s.valid_from, s.valid_to) = ("2027-01-02".parse().ok(), "2027-01-01".parse().ok());
        };
        assert_eq!(check(backwards), Err(RulesProblem::Validity));
        let mut rules = Rules::of_zone(chrono_tz::UTC);
        rules.sessions = vec![good.clone(), good.clone()];
        assert_eq!(rules.check(), Err(RulesProblem::SameId));
    }
}
