//! When each thing in a referral's life happened, relative to today.
//!
//! Everything that has happened lies before today; only booked visits lie after it.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

use super::cases::{Case, Urgency};
use super::diary::{Diary, Span, instant_of, wall, working_days_after, working_days_before};
use super::directory::{STAFF, Staff};
use super::people::Patient;
use super::random::Random;

/// A state entered.
pub struct Past {
    pub state: &'static str,
    pub at: DateTime<Utc>,
    pub by: String,
    pub why: Option<&'static str>,
}

/// The dated life of one referral.
pub struct Journey {
    pub history: Vec<Past>,
    /// Visit with its FHIR appointment status.
    pub visit: Option<(Span, &'static str)>,
    pub report_at: Option<DateTime<Utc>>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub survey_at: Option<DateTime<Utc>>,
}

/// Who takes part.
pub struct Cast<'a> {
    pub patient: &'a Patient,
    pub referrer: &'static Staff,
    pub specialist: &'static Staff,
    pub coordinator: &'static Staff,
}

/// Plans the life of a story; takes its visit from the specialist's diary.
pub fn plan(
    case: &Case,
    cast: &Cast,
    diary: &mut Diary,
    today: NaiveDate,
    zone: Tz,
    random: &mut Random,
) -> Journey {
    let yesterday = working_days_before(today, 1);
    let visit = place_visit(case, cast, diary, today, random);
    let mut clock = Clock { zone, last: None, random };
    let mut journey =
        Journey { history: Vec::new(), visit: None, report_at: None, acknowledged_at: None, survey_at: None };

    let (referrer, specialist, coordinator) =
        (cast.referrer.name, cast.specialist.name, cast.coordinator.name);
    let patient = cast.patient.name();
    let why = (!case.note.is_empty()).then_some(case.note);
    let before = |days| working_days_before(today, days);

    // The day on which the state before any visit was entered, and the days back from there.
    let decided = match case.state {
        "draft" => before(if case.late { 5 } else { 1 }),
        "sent" => before(if case.late { 3 } else { 1 }),
        "received" => before(match (case.late, case.urgency) {
            (true, _) => clock.random.between(7, 9),
            (false, Urgency::TwoWeek) => 1,
            (false, _) => clock.random.between(1, 3),
        }),
        "info-needed" => before(if case.late { 8 } else { clock.random.between(1, 3) }),
        "accepted" => before(match (case.late, case.urgency) {
            (true, _) => 12,
            (false, Urgency::TwoWeek) => 1,
            (false, Urgency::Urgent) => clock.random.between(1, 3),
            (false, Urgency::Routine) => clock.random.between(2, 6),
        }),
        "declined" | "cancelled" => before(clock.random.between(2, 12)),
        "booked" => before(clock.random.between(2, 8)),
        "appointment-cancelled" => before(clock.random.between(4, 12)),
        _ => {
            let seen_on = visit.as_ref().map_or(yesterday, |span| span.from.date());
            let wait = match case.urgency {
                Urgency::TwoWeek => clock.random.between(4, 7),
                Urgency::Urgent => clock.random.between(6, 14),
                Urgency::Routine => clock.random.between(15, 48),
            };
            working_days_before(seen_on, wait)
        }
    };
    let read = match case.urgency {
        Urgency::Routine => clock.random.between(1, 4),
        _ => 1,
    };
    let received = if case.state == "received" { decided } else { working_days_before(decided, read) };
    let sent = match case.state {
        "draft" | "sent" => decided,
        _ => working_days_before(received, clock.random.between(0, 1)),
    };

    let mut step = |clock: &mut Clock, state, date, by: &str, why| {
        journey.history.push(Past { state, at: clock.on(date), by: by.to_owned(), why });
    };
    step(&mut clock, "draft", sent, referrer, None);
    if case.state == "draft" {
        return journey;
    }
    step(&mut clock, "sent", sent, referrer, None);
    if case.state == "sent" {
        return journey;
    }
    step(&mut clock, "received", received, coordinator, None);
    match case.state {
        "received" => return journey,
        "info-needed" => {
            step(&mut clock, "info-needed", decided, specialist, why);
            return journey;
        }
        "declined" => {
            step(&mut clock, "declined", decided, specialist, why);
            return journey;
        }
        "cancelled" => {
            step(&mut clock, "cancel-requested", decided, referrer, why);
            step(&mut clock, "cancelled", working_days_after(decided, 1), coordinator, why);
            return journey;
        }
        _ => step(&mut clock, "accepted", decided, specialist, None),
    }
    let Some(span) = visit else { return journey };

    let by_patient = clock.random.one_in(2);
    let booked = working_days_after(decided, 1);
    step(&mut clock, "booked", booked, if by_patient { &patient } else { coordinator }, None);
    let status = match case.state {
        "booked" => "booked",
        "appointment-cancelled" => {
            let by = if case.note.starts_with("The clinic") { coordinator } else { patient.as_str() };
            step(&mut clock, "appointment-cancelled", before(1), by, why);
            "cancelled"
        }
        "no-show" => {
            clock.last = Some(span.to);
            step(&mut clock, "no-show", span.to.date(), coordinator, None);
            "noshow"
        }
        _ => {
            clock.last = Some(span.to);
            step(&mut clock, "seen", span.to.date(), specialist, None);
            "fulfilled"
        }
    };
    if matches!(case.state, "outcome-received" | "closed") {
        let reported = working_days_after(span.to.date(), clock.random.between(1, 4));
        step(&mut clock, "outcome-received", reported, specialist, None);
    }
    if case.state == "closed" {
        let read =
            working_days_after(clock.last.map_or(yesterday, |at| at.date()), clock.random.between(1, 3));
        step(&mut clock, "closed", read, referrer, None);
    }

    let at_state =
        |state| journey.history.iter().find(|past: &&Past| past.state == state).map(|past| past.at);
    journey.report_at = at_state("outcome-received");
    journey.acknowledged_at = at_state("closed");
    if case.survey.is_some()
        && let Some(closed) = journey.acknowledged_at
    {
        // People answer in the evening, a day to three days later.
        let evening = clock.random.between(1, 3) * 24 * 60 + clock.random.between(60, 180);
        journey.survey_at = Some(closed + Duration::minutes(i64::from(evening)));
    }
    journey.visit = Some((span, status));
    journey
}

/// Finds a time in the clinic for states that have one.
fn place_visit(
    case: &Case,
    cast: &Cast,
    diary: &mut Diary,
    today: NaiveDate,
    random: &mut Random,
) -> Option<Span> {
    let (days, forward) = match (case.state, case.urgency) {
        ("booked", Urgency::TwoWeek) => (random.between(1, 4), true),
        ("booked", Urgency::Urgent) => (random.between(1, 6), true),
        ("booked", Urgency::Routine) => (random.between(2, 16), true),
        ("appointment-cancelled", _) => (random.between(2, 6), true),
        ("no-show", _) => (1, false),
        ("seen", _) => (if case.late { 9 } else { 1 }, false),
        ("outcome-received", _) => (random.between(6, 8), false),
        ("closed", _) => (random.between(14, 75), false),
        _ => return None,
    };
    let date = if forward { working_days_after(today, days) } else { working_days_before(today, days) };
    diary.take(date, forward, &cast.patient.visits, random)
}

/// Hands out times of the working day, each after the one before.
struct Clock<'a> {
    zone: Tz,
    last: Option<NaiveDateTime>,
    random: &'a mut Random,
}

impl Clock<'_> {
    /// A time on `date` between 08:45 and 16:30, and after the last one handed out.
    fn on(&mut self, date: NaiveDate) -> DateTime<Utc> {
        let (opening, closing) = (8 * 60 + 45, 16 * 60 + 30);
        let earliest = match self.last {
            Some(last) if last.date() == date => last.hour() * 60 + last.minute() + 5,
            _ => opening,
        };
        let at = if earliest < closing { self.random.between(earliest, closing) } else { earliest };
        let at = wall(date, at);
        self.last = Some(at);
        instant_of(at, self.zone)
    }
}

/// The coordinators, who share the work.
pub fn coordinators() -> Vec<&'static Staff> {
    STAFF.iter().filter(|one| one.roles.first() == Some(&"coordinator")).collect()
}
