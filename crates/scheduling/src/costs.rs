//! What a time costs a patient in bulk matching.
//!
//! Four aims, each before the next: the visit is within the window of its urgency; whoever has waited long does not wait
//! much longer; it is when the patient would like; it is with whoever saw them before. One unit of an aim weighs more than
//! all that the aims after it can add up to for one patient; of all patients of a class the sums count one after another
//! ([`AIMS`]).

use chrono::{DateTime, Datelike, Timelike, Utc};

use crate::matching::Choice;
use crate::ranking::PartOfDay;
use crate::waitlist::{Freed, Wishes};
use crate::wall::wall_of;

/// A patient who is to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// The kind of visit.
    pub visit: String,
    /// Since when they wait.
    pub since: DateTime<Utc>,
    /// By when they should be seen; `None`: their urgency has no window.
    pub due: Option<DateTime<Utc>>,
    /// The first instant at which they can come, and the first at which they no longer can.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// What must hold.
    pub must: Wishes,
    /// What would be good.
    pub like: Wishes,
    /// Who saw them before.
    pub before: Option<String>,
}

/// The parts of a cost, for its explanation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts {
    /// Whole days after the end of the window, a begun one counted; 0: within it.
    pub late_days: i64,
    /// Days from now to the visit, times the weeks waited so far.
    pub waiting: i64,
    /// Kinds of wishes that the time misses.
    pub missed: i64,
    /// 1: somebody else sees them than before.
    pub new_face: i64,
}

/// Beyond these, more makes no difference: costs stay within what the matching takes.
const MOST_LATE: i64 = 365;
const MOST_WEEKS: i64 = 52;
const MOST_DAYS: i64 = 180;
/// Kinds of wishes.
const MOST_MISSED: i64 = 5;

/// The weight of each aim: more than everything after it together.
const FACE: i64 = 1;
const MISSED: i64 = FACE + 1;
const WAITING: i64 = MISSED * MOST_MISSED + FACE + 1;
const LATE: i64 = WAITING * MOST_DAYS * (MOST_WEEKS + 1) + MISSED * MOST_MISSED + FACE + 1;

/// The weights of the aims in a cost, as [`crate::matching::Aims`] wants them.
pub const AIMS: [i64; 4] = [LATE, WAITING, MISSED, FACE];

impl Parts {
    pub fn cost(self) -> i64 {
        self.late_days * LATE + self.waiting * WAITING + self.missed * MISSED + self.new_face * FACE
    }
}

/// The parts of what a time costs a patient; `None`: they cannot take it.
pub fn parts(patient: &Patient, freed: &Freed, now: DateTime<Utc>) -> Option<Parts> {
    let fits = patient.visit == freed.visit && patient.from <= freed.start && freed.start < patient.to;
    if !fits || misses(&patient.must, freed) > 0 {
        return None;
    }
    let late = patient.due.map_or(0, |due| (freed.start - due).num_seconds());
    let weeks = (now - patient.since).num_weeks().clamp(0, MOST_WEEKS);
    let days = (freed.start - now).num_days().clamp(0, MOST_DAYS);
    Some(Parts {
        late_days: if late > 0 { ((late + 86_399) / 86_400).min(MOST_LATE) } else { 0 },
        // A week of waiting more makes each further day dearer, so that the soonest times go to the longest waits.
        waiting: days * (weeks + 1),
        missed: misses(&patient.like, freed),
        new_face: i64::from(patient.before.as_ref().is_some_and(|before| *before != freed.who)),
    })
}

/// Everything that a patient can take, with its cost.
pub fn options(patient: &Patient, freed: &[Freed], now: DateTime<Utc>) -> Vec<Choice> {
    freed
        .iter()
        .enumerate()
        .filter_map(|(slot, freed)| {
            parts(patient, freed, now).map(|parts| Choice { slot, cost: parts.cost() })
        })
        .collect()
}

/// How many kinds of wishes a time misses.
fn misses(wishes: &Wishes, freed: &Freed) -> i64 {
    if *wishes == Wishes::default() {
        return 0;
    }
    let wall = wall_of(freed.start, freed.zone);
    let missed = [
        !wishes.weekdays.is_empty() && !wishes.weekdays.contains(&wall.weekday()),
        !wishes.parts.is_empty() && !wishes.parts.contains(&PartOfDay::of_hour(wall.hour())),
        !wishes.sites.is_empty() && !wishes.sites.contains(&freed.site),
        !wishes.who.is_empty() && !wishes.who.contains(&freed.who),
        !freed.is_spoken(wishes.language.as_deref()),
    ];
    missed.into_iter().map(i64::from).sum()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Weekday};

    use super::*;
    use crate::matching::{MOST_COST, Waiting, assign};

    fn now() -> DateTime<Utc> {
        "2026-03-02T10:00:00Z".parse().expect("an instant")
    }

    fn patient(weeks: i64) -> Patient {
        Patient {
            visit: "first".into(),
            since: now() - TimeDelta::weeks(weeks),
            due: None,
            from: now(),
            to: now() + TimeDelta::days(200),
            must: Wishes::default(),
            like: Wishes::default(),
            before: None,
        }
    }

    fn freed(days: i64) -> Freed {
        Freed {
            key: days.to_string(),
            start: now() + TimeDelta::days(days),
            zone: chrono_tz::Tz::UTC,
            visit: "first".into(),
            who: "a".into(),
            site: String::new(),
            languages: vec!["en".into(), "pl-PL".into()],
        }
    }

    #[test]
    fn each_aim_outweighs_all_after_it() {
        let worst =
            Parts { late_days: 0, waiting: MOST_DAYS * (MOST_WEEKS + 1), missed: MOST_MISSED, new_face: 1 };
        assert!(Parts { late_days: 1, ..Parts::default() }.cost() > worst.cost());
        let worst = Parts { missed: MOST_MISSED, new_face: 1, ..Parts::default() };
        assert!(Parts { waiting: 1, ..Parts::default() }.cost() > worst.cost());
        assert!(
            Parts { missed: 1, ..Parts::default() }.cost() > Parts { new_face: 1, ..Parts::default() }.cost()
        );
        let most = Parts {
            late_days: MOST_LATE,
            waiting: MOST_DAYS * (MOST_WEEKS + 1),
            missed: MOST_MISSED,
            new_face: 1,
        };
        assert!(most.cost() < MOST_COST);
    }

    #[test]
    fn a_time_counts_as_late_from_the_first_second_after_its_window() {
        let due = |days| Patient { due: Some(now() + TimeDelta::days(days)), ..patient(0) };
        let late = |due_in, at| parts(&due(due_in), &freed(at), now()).map(|parts| parts.late_days);
        assert_eq!((late(10, 10), late(10, 11), late(10, 12)), (Some(0), Some(1), Some(2)));
        let second = Patient { due: Some(now() + TimeDelta::days(10) - TimeDelta::seconds(1)), ..patient(0) };
        assert_eq!(parts(&second, &freed(10), now()).map(|parts| parts.late_days), Some(1));
    }

    #[test]
    fn what_somebody_cannot_take_is_no_option() {
        let check = |change: fn(&mut Patient), expected: bool| {
            let mut one = patient(1);
            change(&mut one);
            assert_eq!(parts(&one, &freed(4), now()).is_some(), expected);
        };
        check(|_| {}, true);
        check(|one| one.visit = "second".into(), false);
        check(|one| one.from = now() + TimeDelta::days(5), false);
        check(|one| one.to = now() + TimeDelta::days(4), false);
        // Four days after a Monday.
        check(|one| one.must.weekdays = vec![Weekday::Fri], true);
        check(|one| one.must.weekdays = vec![Weekday::Mon], false);
        check(|one| one.like.weekdays = vec![Weekday::Mon], true);
        check(|one| one.must.language = Some("pl".into()), true);
        check(|one| one.must.language = Some("so".into()), false);
        check(|one| one.like.language = Some("so".into()), true);
    }

    #[test]
    fn a_language_that_is_not_spoken_is_a_wish_missed() {
        let missed = |language: Option<&str>| {
            let like = Wishes { language: language.map(str::to_owned), ..Wishes::default() };
            parts(&Patient { like, ..patient(1) }, &freed(4), now()).map(|parts| parts.missed)
        };
        assert_eq!((missed(None), missed(Some("pl")), missed(Some("so"))), (Some(0), Some(0), Some(1)));
    }

    #[test]
    fn of_two_who_are_as_urgent_the_longer_wait_gets_the_sooner_time() {
        let times = [freed(3), freed(30)];
        let waiting = [patient(1), patient(40)]
            .map(|patient| Waiting { class: 1, options: options(&patient, &times, now()) });
        let plan = assign(&waiting, &[1, 1]).expect("a question in order");
        let got: Vec<_> = plan.placed.iter().map(|placed| placed.choice.map(|choice| choice.slot)).collect();
        assert_eq!(got, [Some(1), Some(0)]);
    }
}
