//! How long each leg of a referral takes, with those still waiting counted in.
//!
//! A median over finished referrals only flatters: the slow ones are not in it yet. Those still waiting enter as
//! censored at the time they have waited so far, and medians are read from the Kaplan–Meier estimate (Kaplan and
//! Meier, J Am Stat Assoc 1958; 53: 457–481).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// When a referral reached each step; `None` if it has not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamps {
    /// Sent by the referrer.
    pub sent: Option<DateTime<Utc>>,
    /// Received by the service.
    pub received: Option<DateTime<Utc>>,
    /// First decision of triage: accepted, declined or redirected.
    pub decided: Option<DateTime<Utc>>,
    /// Accepted.
    pub accepted: Option<DateTime<Utc>>,
    /// First booked.
    pub booked: Option<DateTime<Utc>>,
    /// Seen.
    pub seen: Option<DateTime<Utc>>,
    /// Report sent back.
    pub report: Option<DateTime<Utc>>,
    /// Loop closed.
    pub closed: Option<DateTime<Utc>>,
    /// Ended in another way (declined, cancelled): legs not finished stop waiting here.
    pub ended: Option<DateTime<Utc>>,
}

/// A leg of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// From sent to received.
    SentToReceived,
    /// From received to decided.
    ReceivedToDecided,
    /// From accepted to booked.
    AcceptedToBooked,
    /// From booked to seen.
    BookedToSeen,
    /// From seen to report.
    SeenToReport,
    /// From report to closed.
    ReportToClosed,
}

impl Leg {
    /// All legs in the order of the way.
    pub const ALL: [Leg; 6] = [
        Leg::SentToReceived,
        Leg::ReceivedToDecided,
        Leg::AcceptedToBooked,
        Leg::BookedToSeen,
        Leg::SeenToReport,
        Leg::ReportToClosed,
    ];

    /// The leg's beginning and end in a referral's stamps.
    fn ends(self, s: &Stamps) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        match self {
            Leg::SentToReceived => (s.sent, s.received),
            Leg::ReceivedToDecided => (s.received, s.decided),
            Leg::AcceptedToBooked => (s.accepted, s.booked),
            Leg::BookedToSeen => (s.booked, s.seen),
            Leg::SeenToReport => (s.seen, s.report),
            Leg::ReportToClosed => (s.report, s.closed),
        }
    }

    /// What has happened at the leg's end, as in "half were …".
    pub fn words(self) -> &'static str {
        match self {
            Leg::SentToReceived => "received after being sent",
            Leg::ReceivedToDecided => "decided after being received",
            Leg::AcceptedToBooked => "booked after being accepted",
            Leg::BookedToSeen => "seen after being booked",
            Leg::SeenToReport => "reported on after being seen",
            Leg::ReportToClosed => "closed after the report",
        }
    }
}

/// The figures of one leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegFigures {
    /// The leg.
    pub leg: Leg,
    /// How many referrals have finished it.
    pub finished: usize,
    /// How many are in it now, or left it unfinished.
    pub unfinished: usize,
    /// The time, in seconds, within which half are through; `None` while fewer than half are.
    pub median_s: Option<i64>,
    /// The time, in seconds, within which four in five are through; `None` while fewer are.
    pub p80_s: Option<i64>,
}

/// The figures of `leg` at `now`. A referral counts once it has begun the leg; one that has not finished it counts as
/// waiting until it ended, or else until `now`. Stamps out of order count as no time, and later than `now` as not yet.
pub fn figures(leg: Leg, referrals: &[Stamps], now: DateTime<Utc>) -> LegFigures {
    let mut waits: Vec<Wait> = referrals
        .iter()
        .filter_map(|stamps| {
            let (begin, end) = leg.ends(stamps);
            let begin = begin.filter(|at| *at <= now)?;
            let end = end.filter(|at| *at <= now);
            let until = end.or(stamps.ended.filter(|at| *at <= now)).unwrap_or(now);
            Some(Wait {
                seconds: (until - begin).max(TimeDelta::zero()).num_seconds(),
                finished: end.is_some(),
            })
        })
        .collect();
    waits.sort_by_key(|wait| wait.seconds);
    let finished = waits.iter().filter(|wait| wait.finished).count();
    LegFigures {
        leg,
        finished,
        unfinished: waits.len() - finished,
        median_s: quantile(&waits, 0.5),
        p80_s: quantile(&waits, 0.8),
    }
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    seconds: i64,
    finished: bool,
}

/// The first time at which the Kaplan–Meier estimate says that at least `share` are through. `waits` are ordered; at
/// the same time, those who finish count before those who are censored.
fn quantile(waits: &[Wait], share: f64) -> Option<i64> {
    let mut waiting = 1.0;
    let mut at_risk = waits.len();
    for same_time in waits.chunk_by(|a, b| a.seconds == b.seconds) {
        let done = same_time.iter().filter(|wait| wait.finished).count();
        if done > 0 {
            waiting *= 1.0 - done as f64 / at_risk as f64;
            // A product of fractions may miss the exact share by a rounding error.
            if waiting <= 1.0 - share + 1e-9 {
                return Some(same_time[0].seconds);
            }
        }
        at_risk -= same_time.len();
    }
    None
}

/// The figures as a sentence: "Half were booked after being accepted within 3 days, four in five within 9 days (40
/// finished, 6 not)."
pub fn summary(figures: &LegFigures) -> String {
    let counts = format!("({} finished, {} not)", figures.finished, figures.unfinished);
    let what = figures.leg.words();
    match (figures.median_s, figures.p80_s) {
        _ if figures.finished + figures.unfinished == 0 => format!("Nobody was waiting to be {what}."),
        (Some(median), Some(p80)) => {
            format!("Half were {what} within {}, four in five within {} {counts}.", span(median), span(p80))
        }
        (Some(median), None) => format!(
            "Half were {what} within {}; fewer than four in five are through so far {counts}.",
            span(median)
        ),
        _ => format!("Fewer than half were {what} so far {counts}."),
    }
}

/// A time in words, rounded up to whole minutes, hours (from 2) or days (from 2).
fn span(seconds: i64) -> String {
    let (size, one, many) = match seconds {
        ..7_200 => (60, "minute", "minutes"),
        7_200..172_800 => (3_600, "hour", "hours"),
        _ => (86_400, "day", "days"),
    };
    let number = ((seconds + size - 1) / size).max(1);
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + day * DAY, 0).expect("in range")
    }

    /// Referrals received so many days before day 100; decided after so many days, or not yet.
    fn decided(rows: &[(i64, Option<i64>)]) -> Vec<Stamps> {
        rows.iter()
            .map(|(before, after)| Stamps {
                received: Some(at(100 - before)),
                decided: after.map(|days| at(100 - before + days)),
                ..Stamps::default()
            })
            .collect()
    }

    #[test]
    fn without_waiters_the_median_is_the_ordinary_one() {
        let f = figures(
            Leg::ReceivedToDecided,
            &decided(&[(50, Some(1)), (50, Some(2)), (50, Some(3)), (50, Some(4)), (50, Some(9))]),
            at(100),
        );
        assert_eq!((f.finished, f.unfinished, f.median_s, f.p80_s), (5, 0, Some(3 * DAY), Some(4 * DAY)));
        assert_eq!(
            summary(&f),
            "Half were decided after being received within 3 days, four in five within 4 days (5 finished, 0 not)."
        );
    }

    #[test]
    fn waiters_push_the_median_up() {
        // Finished at 6, 6, 6, 7, 10, 13, 16, 22, 23; censored at 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35: the treated
        // arm of Freireich's leukaemia trial (Blood 1963; 21: 699), whose Kaplan–Meier median is 23.
        let finished = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|d| (60, Some(d)));
        let waiting = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|d| (d, None));
        let f = figures(
            Leg::ReceivedToDecided,
            &decided(&[finished.as_slice(), waiting.as_slice()].concat()),
            at(100),
        );
        assert_eq!((f.finished, f.unfinished, f.median_s, f.p80_s), (9, 12, Some(23 * DAY), None));
        assert_eq!(
            summary(&f),
            "Half were decided after being received within 23 days; fewer than four in five are through so far (9 finished, 12 not)."
        );
    }

    #[test]
    fn a_median_that_is_not_reached_is_not_given() {
        let f = figures(Leg::ReceivedToDecided, &decided(&[(9, Some(1)), (8, None), (7, None)]), at(100));
        assert_eq!((f.median_s, f.p80_s), (None, None));
        assert_eq!(
            summary(&f),
            "Fewer than half were decided after being received so far (1 finished, 2 not)."
        );
        assert_eq!(
            summary(&figures(Leg::SeenToReport, &[], at(0))),
            "Nobody was waiting to be reported on after being seen."
        );
    }

    #[test]
    fn an_ended_referral_stops_waiting_and_the_future_has_not_happened() {
        let ended = Stamps { accepted: Some(at(0)), ended: Some(at(2)), ..Stamps::default() };
        let later = Stamps { accepted: Some(at(0)), booked: Some(at(50)), ..Stamps::default() };
        let done = Stamps { accepted: Some(at(0)), booked: Some(at(3)), ..Stamps::default() };
        let f = figures(Leg::AcceptedToBooked, &[ended, later, done], at(10));
        // Ended at 2 (censored), then 1 of 2 done at 3: the estimate is exactly half.
        assert_eq!((f.finished, f.unfinished, f.median_s), (1, 2, Some(3 * DAY)));
    }

    #[test]
    fn times_are_said_in_the_fitting_unit() {
        for (seconds, words) in [
            (0, "1 minute"),
            (61, "2 minutes"),
            (7_199, "120 minutes"),
            (7_200, "2 hours"),
            (DAY, "24 hours"),
            (2 * DAY, "2 days"),
            (2 * DAY + 1, "3 days"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }
}
