//! The clocks of a referral: what had to happen by when, whether it did, and for how long they stood still.
//!
//! They are read off the history, never stored, so they cannot disagree with it.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::{Clocks, State};
use crate::calendar_days::working_days_after;
use crate::{Priority, coded};

coded! {
    /// What is measured (DOMAIN.md §2–3).
    Clock {
        Acknowledge = "acknowledge",
        Triage = "triage",
        Contact = "contact-by",
        /// Only where the service says within how many days a priority is seen.
        Seen = "seen-by",
        Book = "book-by",
        Report = "report-by",
        Close = "close-by",
    }
}

/// One line of the history: from `at` on the referral was in `state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    pub at: DateTime<Utc>,
    pub state: State,
}

coded! {
    /// How a clock stands.
    Standing {
        /// Still running, in time.
        Running = "running",
        /// Stands still while we wait for the patient.
        Paused = "paused",
        /// Met in time.
        Met = "met",
        /// Met, but late.
        Late = "late",
        /// Not met, and its time is over.
        Breached = "breached",
        /// The referral ended before it mattered.
        Void = "void",
    }
}

/// One clock as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub clock: Clock,
    pub started: DateTime<Utc>,
    /// Moved on by as long as the clock stood still.
    pub due: DateTime<Utc>,
    /// When it was met.
    pub met: Option<DateTime<Utc>>,
    /// How long it stood still in all.
    pub waited: Duration,
    pub standing: Standing,
}

/// The clocks that have started, in the order in which they start. `history` is in order of time.
pub fn readings(
    history: &[Passage],
    priority: Priority,
    clocks: &Clocks,
    now: DateTime<Utc>,
    zone: Tz,
) -> Vec<Reading> {
    Clock::ALL.iter().filter_map(|clock| reading(*clock, history, priority, clocks, now, zone)).collect()
}

fn reading(
    clock: Clock,
    history: &[Passage],
    priority: Priority,
    clocks: &Clocks,
    now: DateTime<Utc>,
    zone: Tz,
) -> Option<Reading> {
    let begins = history.iter().position(|passage| starts(clock, passage.state))?;
    let started = history[begins].at;
    let after = &history[begins + 1..];
    let met = after.iter().find(|passage| stops(clock, passage.state)).map(|passage| passage.at);
    let ended = after.iter().find(|passage| passage.state.is_ended()).map(|passage| passage.at);
    let until = met.or(ended).unwrap_or(now);
    let waited = stood_still(&history[begins..], until);
    let by = |routine, urgent, two_week| match priority {
        Priority::Routine => routine,
        Priority::Urgent => urgent,
        Priority::TwoWeekWait => two_week,
    };
    let working = |days| working_days_after(started, days, zone, &clocks.holidays);
    let calendar = |days: u32| started + Duration::days(i64::from(days));
    let counted = match clock {
        Clock::Acknowledge => working(clocks.acknowledge_days),
        Clock::Triage => {
            working(by(clocks.triage_routine_days, clocks.triage_urgent_days, clocks.triage_two_week_days))
        }
        Clock::Contact => calendar(by(
            clocks.contact_routine_days,
            clocks.contact_urgent_days,
            clocks.contact_two_week_days,
        )),
        Clock::Book => {
            working(by(clocks.book_routine_days, clocks.book_urgent_days, clocks.book_two_week_days))
        }
        Clock::Seen => calendar(clocks.seen_days?),
        Clock::Report => calendar(clocks.report_days),
        Clock::Close => working(clocks.acknowledge_report_days),
    };
    let due = counted + waited;
    let waiting = history.last().is_some_and(|passage| waits_for_patient(passage.state));
    let standing = match (met, ended) {
        (Some(at), _) if at <= due => Standing::Met,
        (Some(_), _) => Standing::Late,
        (None, Some(at)) if at <= due => Standing::Void,
        (None, None) if waiting => Standing::Paused,
        (None, None) if now <= due => Standing::Running,
        (None, _) => Standing::Breached,
    };
    Some(Reading { clock, started, due, met, waited, standing })
}

/// When the patient is to be seen, as the service promises for the priority: so many days after it was sent, moved on by as
/// long as the patient was waited for. Nothing where nothing is promised.
///
/// Deciding and booking may take no longer than this leaves: see [`promised`](super::promised).
pub fn seen_by(history: &[Passage], clocks: &Clocks, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let begins = history.iter().position(|passage| starts(Clock::Seen, passage.state))?;
    let promised = history[begins].at + Duration::days(i64::from(clocks.seen_days?));
    Some(promised + stood_still(&history[begins..], now))
}

fn starts(clock: Clock, state: State) -> bool {
    match clock {
        Clock::Acknowledge | Clock::Triage | Clock::Contact | Clock::Seen => state == State::Sent,
        Clock::Book => state == State::Accepted,
        Clock::Report => state == State::Seen,
        Clock::Close => state == State::OutcomeReceived,
    }
}

/// Whether a state says that the clock's end is reached. Later states count as well: who accepts has acknowledged.
fn stops(clock: Clock, state: State) -> bool {
    use State::{
        Accepted, AppointmentCancelled, Booked, Closed, Declined, InfoNeeded, NoShow, Offered,
        OutcomeReceived, Received, Redirected, Seen,
    };
    let seen = matches!(state, Seen | OutcomeReceived | Closed);
    let booked = seen || matches!(state, Booked | AppointmentCancelled | NoShow);
    let decided = booked || matches!(state, Accepted | Offered | Declined | Redirected);
    match clock {
        Clock::Acknowledge => decided || matches!(state, Received | InfoNeeded),
        Clock::Triage => decided,
        // The patient is told with the decision, or asked for more.
        Clock::Contact => decided || state == InfoNeeded,
        Clock::Book => booked,
        Clock::Seen => seen,
        Clock::Report => matches!(state, OutcomeReceived | Closed),
        Clock::Close => state == Closed,
    }
}

/// The clock stands still while the next step is the patient's or the matter is put off.
fn waits_for_patient(state: State) -> bool {
    matches!(state, State::InfoNeeded | State::Paused)
}

fn stood_still(history: &[Passage], until: DateTime<Utc>) -> Duration {
    let ends = history.iter().skip(1).map(|passage| passage.at).chain([until]);
    history
        .iter()
        .zip(ends)
        .filter(|(passage, _)| waits_for_patient(passage.state))
        .map(|(passage, end)| (end.min(until) - passage.at).max(Duration::zero()))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn history(lines: &[(&str, State)]) -> Vec<Passage> {
        lines.iter().map(|(text, state)| Passage { at: at(text), state: *state }).collect()
    }

    fn check(lines: &[(&str, State)], now: &str, clock: Clock) -> (Standing, String, i64) {
        let zone = chrono_tz::Europe::London;
        let all = readings(&history(lines), Priority::Routine, &Clocks::default(), at(now), zone);
        let found = all.into_iter().find(|reading| reading.clock == clock).unwrap();
        (found.standing, found.due.to_rfc3339(), found.waited.num_hours())
    }

    const SENT: (&str, State) = ("2026-03-02T09:00:00Z", State::Sent);

    #[test]
    fn a_clock_is_met_late_running_or_breached() {
        let due = "2026-03-03T17:00:00+00:00".to_owned();
        let received = |when| [SENT, (when, State::Received)];
        let check = |lines: &[(&str, State)], now| check(lines, now, Clock::Acknowledge);
        assert_eq!(
            check(&received("2026-03-03T16:00:00Z"), "2026-03-20T09:00:00Z"),
            (Standing::Met, due.clone(), 0)
        );
        assert_eq!(
            check(&received("2026-03-04T09:00:00Z"), "2026-03-20T09:00:00Z"),
            (Standing::Late, due.clone(), 0)
        );
        assert_eq!(check(&[SENT], "2026-03-03T09:00:00Z"), (Standing::Running, due.clone(), 0));
        assert_eq!(check(&[SENT], "2026-03-04T09:00:00Z"), (Standing::Breached, due, 0));
    }

    #[test]
    fn waiting_for_the_patient_stops_the_clock_and_moves_the_due_time() {
        let asked = ("2026-03-03T09:00:00Z", State::InfoNeeded);
        let (standing, ..) = check(&[SENT, asked], "2026-04-01T09:00:00Z", Clock::Triage);
        assert_eq!(standing, Standing::Paused);
        let answered = ("2026-03-10T09:00:00Z", State::Received);
        let (standing, due, waited) = check(&[SENT, asked, answered], "2026-03-12T09:00:00Z", Clock::Triage);
        assert_eq!((standing, waited), (Standing::Running, 7 * 24));
        assert_eq!(due, "2026-03-16T17:00:00+00:00", "five working days, and the seven days of waiting");
    }

    #[test]
    fn a_promise_to_be_seen_runs_from_sending_stands_still_for_the_patient_and_ends_with_the_visit() {
        let clocks = Clocks { seen_days: Some(14), ..Clocks::default() };
        let asked = ("2026-03-03T09:00:00Z", State::InfoNeeded);
        let answered = ("2026-03-06T09:00:00Z", State::Received);
        let booked = ("2026-03-09T09:00:00Z", State::Booked);
        let seen = ("2026-03-20T09:00:00Z", State::Seen);
        let zone = chrono_tz::Europe::London;
        for (lines, now, due, standing) in [
            (vec![SENT], "2026-03-10T09:00:00Z", "2026-03-16T09:00:00Z", Standing::Running),
            (vec![SENT, booked], "2026-03-17T09:00:00Z", "2026-03-16T09:00:00Z", Standing::Breached),
            (vec![SENT, asked, answered], "2026-03-07T09:00:00Z", "2026-03-19T09:00:00Z", Standing::Running),
            (
                vec![SENT, asked, answered, booked, seen],
                "2026-04-01T09:00:00Z",
                "2026-03-19T09:00:00Z",
                Standing::Late,
            ),
        ] {
            let passages = history(&lines);
            let all = readings(&passages, Priority::Routine, &clocks, at(now), zone);
            let read = all.into_iter().find(|reading| reading.clock == Clock::Seen).unwrap();
            assert_eq!((read.due, read.standing), (at(due), standing), "{lines:?}");
            if lines.len() < 5 {
                assert_eq!(seen_by(&passages, &clocks, at(now)), Some(at(due)), "{lines:?}");
            }
        }
        assert_eq!(seen_by(&history(&[SENT]), &Clocks::default(), at("2026-03-10T09:00:00Z")), None);
        assert_eq!(seen_by(&[], &clocks, at("2026-03-10T09:00:00Z")), None);
    }

    #[test]
    fn what_ended_in_time_voids_its_clocks() {
        let withdrawn = [SENT, ("2026-03-02T10:00:00Z", State::Cancelled)];
        assert_eq!(check(&withdrawn, "2026-05-01T09:00:00Z", Clock::Triage).0, Standing::Void);
    }

    #[test]
    fn only_started_clocks_are_read() {
        let zone = chrono_tz::Europe::London;
        let read = readings(
            &history(&[SENT]),
            Priority::Routine,
            &Clocks::default(),
            at("2026-03-02T10:00:00Z"),
            zone,
        );
        let clocks: Vec<Clock> = read.into_iter().map(|reading| reading.clock).collect();
        assert_eq!(clocks, [Clock::Acknowledge, Clock::Triage, Clock::Contact]);
    }
}
