//! When the reminders of a visit go.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::{OnlyIf, Step};
use crate::calendar_days::at_wall;

/// The hours in which nobody is told, on the clock of the recipient: from the first to before the second.
pub type Quiet = Option<(NaiveTime, NaiveTime)>;

/// A reminder comes at least so long before its visit, or not at all.
pub const LEAD: Duration = Duration::hours(1);
/// One that could only come too late or at night goes so long before the quiet hours that precede it.
const BEFORE_QUIET: Duration = Duration::minutes(30);
/// After so long a reminder is out of date.
const KEEPS: Duration = Duration::hours(12);

/// A reminder with its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned<'a> {
    pub step: &'a Step,
    pub at: DateTime<Utc>,
    /// It is out of date after this; never after the visit has begun.
    pub until: DateTime<Utc>,
    /// The rule names another moment, which lies in quiet hours.
    pub moved: bool,
}

/// Why a reminder is not planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// Its moment has passed: it would come late.
    Passed,
    /// It would come too near to the visit, and before that it is night.
    TooNear,
    /// The patient has said that they come.
    Confirmed,
    /// Another reminder goes at the same moment.
    Same,
}

/// The reminders of a visit, in the order of their moments. What has passed is skipped and never sent late.
pub fn plan(
    steps: &[Step],
    start: DateTime<Utc>,
    zone: Tz,
    quiet: Quiet,
    now: DateTime<Utc>,
    is_confirmed: bool,
) -> Vec<Planned<'_>> {
    let mut planned: Vec<Planned<'_>> =
        steps.iter().filter_map(|step| one(step, start, zone, quiet, now, is_confirmed).ok()).collect();
    // Of two at the same moment the one that every patient gets stays.
    planned.sort_by_key(|planned| (planned.at, planned.step.only_if));
    planned.dedup_by_key(|planned| planned.at);
    planned
}

/// The steps that [`plan`] leaves out, each with its reason.
pub fn skipped(
    steps: &[Step],
    start: DateTime<Utc>,
    zone: Tz,
    quiet: Quiet,
    now: DateTime<Utc>,
    is_confirmed: bool,
) -> Vec<(&Step, Skipped)> {
    let kept = plan(steps, start, zone, quiet, now, is_confirmed);
    let why = |step| match one(step, start, zone, quiet, now, is_confirmed) {
        Err(why) => Some((step, why)),
        Ok(_) if kept.iter().any(|planned| std::ptr::eq(planned.step, step)) => None,
        Ok(_) => Some((step, Skipped::Same)),
    };
    steps.iter().filter_map(why).collect()
}

fn one(
    step: &Step,
    start: DateTime<Utc>,
    zone: Tz,
    quiet: Quiet,
    now: DateTime<Utc>,
    is_confirmed: bool,
) -> Result<Planned<'_>, Skipped> {
    if step.only_if == OnlyIf::Unconfirmed && is_confirmed {
        return Err(Skipped::Confirmed);
    }
    let wished = wished(step, start, zone);
    if wished <= now {
        return Err(Skipped::Passed);
    }
    let latest = start - LEAD;
    let after_night = decent(wished, zone, quiet);
    let at = if after_night <= latest {
        after_night
    } else {
        earlier(wished.min(latest), zone, quiet).ok_or(Skipped::TooNear)?
    };
    if at <= now {
        return Err(Skipped::TooNear);
    }
    Ok(Planned { step, at, until: (at + KEEPS).min(start), moved: at != wished })
}

/// The moment that a rule names. A wall time that the clock skips is read by the offset before the gap, one that it shows twice
/// is the first (as `at_wall`).
fn wished(step: &Step, start: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    match (step.before_days, step.before_hours) {
        (Some(days), _) => {
            let day = start.with_timezone(&zone).date_naive();
            at_wall(days_before(day, days), step.time(), zone)
        }
        (None, hours) => start - Duration::hours(i64::from(hours.unwrap_or_default())),
    }
}

fn days_before(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(day)
}

/// The instant itself, or the end of the quiet hours in which it falls.
pub fn decent(at: DateTime<Utc>, zone: Tz, quiet: Quiet) -> DateTime<Utc> {
    match night(at, zone, quiet) {
        // Where the clock jumps over the end, the gap's reading may lie in the same night; never go back.
        Some((_, end)) => end.max(at),
        None => at,
    }
}

/// The latest decent instant that is not after this one, a little before the night in which it falls.
pub fn earlier(at: DateTime<Utc>, zone: Tz, quiet: Quiet) -> Option<DateTime<Utc>> {
    match night(at, zone, quiet) {
        None => Some(at),
        Some((begin, _)) => Some(begin - BEFORE_QUIET).filter(|at| night(*at, zone, quiet).is_none()),
    }
}

/// Beginning and end of the quiet hours in which an instant lies.
fn night(at: DateTime<Utc>, zone: Tz, quiet: Quiet) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let (from, to) = quiet.filter(|(from, to)| from != to)?;
    let local = at.with_timezone(&zone).naive_local();
    let (day, time) = (local.date(), local.time());
    let next = |day: NaiveDate| day.checked_add_days(Days::new(1)).unwrap_or(day);
    let (begins, ends) = match from > to {
        true if time >= from => (day, next(day)),
        true if time < to => (days_before(day, 1), day),
        false if time >= from && time < to => (day, day),
        _ => return None,
    };
    Some((at_wall(begins, from, zone), at_wall(ends, to, zone)))
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn quiet() -> Quiet {
        NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(8, 0, 0))
    }

    fn step(json: &str) -> Step {
        serde_json::from_str(json).expect("a step")
    }

    /// Code and moment of each reminder.
    fn said(steps: &[Step], start: &str, now: &str, is_confirmed: bool) -> Vec<String> {
        plan(steps, at(start), chrono_tz::Europe::London, quiet(), at(now), is_confirmed)
            .iter()
            .map(|one| format!("{} {}", one.step.code, one.at.format("%m-%dT%H:%MZ")))
            .collect()
    }

    #[test]
    fn the_usual_reminders_go_a_fortnight_four_days_and_a_day_before() {
        let steps = Rules::default().visit;
        let start = "2026-06-20T13:30:00Z";
        let usual = ["14-days 06-06T08:00Z", "4-days 06-16T08:00Z", "1-day 06-19T08:00Z"];
        assert_eq!(said(&steps, start, "2026-05-01T10:00:00Z", false), usual);
        assert_eq!(said(&steps, start, "2026-05-01T10:00:00Z", true), usual[..2]);
    }

    #[test]
    fn what_has_passed_when_a_visit_is_booked_is_skipped() {
        let steps = Rules::default().visit;
        let start = "2026-06-20T13:30:00Z";
        for (now, left) in [
            ("2026-06-06T08:00:00Z", 2),
            ("2026-06-06T07:59:59Z", 3),
            ("2026-06-17T12:00:00Z", 1),
            ("2026-06-19T09:00:00Z", 0),
            ("2026-06-21T09:00:00Z", 0),
        ] {
            assert_eq!(said(&steps, start, now, false).len(), left, "{now}");
        }
    }

    #[test]
    fn a_reminder_keeps_its_time_on_the_clock_when_the_clocks_change_in_between() {
        let steps = [Step::days_before(4, OnlyIf::Always)];
        // The clocks went forward on 29 March 2026, and back on 25 October.
        assert_eq!(
            said(&steps, "2026-03-31T09:00:00Z", "2026-03-01T00:00:00Z", false),
            ["4-days 03-27T09:00Z"]
        );
        assert_eq!(
            said(&steps, "2026-10-27T10:00:00Z", "2026-10-01T00:00:00Z", false),
            ["4-days 10-23T08:00Z"]
        );
    }

    #[test]
    fn nothing_goes_at_night_or_too_near_to_the_visit() {
        let hours = |hours: u32| step(&format!(r#"{{"code":"h","before_hours":{hours}}}"#));
        let day =
            |time: &str, days: u32| step(&format!(r#"{{"code":"d","before_days":{days},"at":"{time}"}}"#));
        let start = "2026-01-20T09:30:00Z";
        let now = "2026-01-01T00:00:00Z";
        for (step, expected) in [
            // At night: when the night is over.
            (hours(24 + 4), "h 01-19T08:00Z"),
            (hours(12), "h 01-20T08:00Z"),
            (hours(1), "h 01-20T08:30Z"),
            // The end of the night is too near or past the visit: the evening before.
            (day("22:00", 2), "d 01-19T08:00Z"),
            (day("09:00", 0), "d 01-20T08:30Z"),
            (day("18:00", 0), "d 01-20T08:30Z"),
        ] {
            assert_eq!(said(std::slice::from_ref(&step), start, now, false), [expected], "{step:?}");
        }
        let early = "2026-01-20T08:30:00Z";
        assert_eq!(said(&[hours(2)], early, now, false), ["h 01-19T20:30Z"]);
        assert_eq!(said(&[day("08:00", 0)], early, now, false), ["d 01-19T20:30Z"]);
        // Booked in the night before: there is no decent hour left.
        assert_eq!(said(&[hours(2)], early, "2026-01-19T21:00:00Z", false), [""; 0]);
    }

    #[test]
    fn why_a_reminder_is_left_out_is_said() {
        let steps = [
            Step::days_before(14, OnlyIf::Always),
            Step::days_before(1, OnlyIf::Unconfirmed),
            step(r#"{"code":"too","before_days":4}"#),
            Step::days_before(4, OnlyIf::Always),
            step(r#"{"code":"near","before_hours":2}"#),
        ];
        let (start, now) = (at("2026-01-20T08:30:00Z"), at("2026-01-10T12:00:00Z"));
        let zone = chrono_tz::Europe::London;
        let why: Vec<_> = skipped(&steps, start, zone, quiet(), now, true)
            .into_iter()
            .map(|(step, why)| (step.code.as_str(), why))
            .collect();
        assert_eq!(
            why,
            [("14-days", Skipped::Passed), ("1-day", Skipped::Confirmed), ("4-days", Skipped::Same)]
        );
        let night = at("2026-01-20T03:00:00Z");
        let why = skipped(&steps[4..], start, zone, quiet(), night, false);
        assert_eq!(why[0].1, Skipped::TooNear);
    }

    #[test]
    fn a_reminder_is_out_of_date_after_half_a_day_or_when_the_visit_begins() {
        let steps = [Step::days_before(4, OnlyIf::Always), step(r#"{"code":"h","before_hours":3}"#)];
        let start = at("2026-06-20T13:30:00Z");
        let planned =
            plan(&steps, start, chrono_tz::Europe::London, quiet(), at("2026-06-01T00:00:00Z"), false);
        assert_eq!(planned[0].until, at("2026-06-16T20:00:00Z"));
        assert_eq!(planned[1].until, start);
    }
}
