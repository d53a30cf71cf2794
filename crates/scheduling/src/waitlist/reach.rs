//! How soon somebody can be expected to have seen an offer and answered it.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::wall::{instant, wall_of};

/// The hours in which nobody is sent anything: from the first wall time to the second, over midnight where that is later.
pub type Quiet = (NaiveTime, NaiveTime);

/// How an offer reaches somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Push,
    Sms,
    Email,
    Letter,
}

impl Channel {
    /// Minutes awake that people are given by default: two hours by text message or notice, twelve by mail; a letter takes
    /// two days by post, and its answer one more.
    pub const fn default_min(self) -> u32 {
        match self {
            Channel::Push | Channel::Sms => 2 * 60,
            Channel::Email => 12 * 60,
            Channel::Letter => 3 * 24 * 60,
        }
    }
}

/// What somebody did with an earlier offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// They took or declined it after so many minutes.
    After(u32),
    /// They did not answer.
    Never,
}

/// How many of the last offers count, and how many there must be before they do.
const LAST: usize = 5;
const ENOUGH: usize = 3;
/// Nobody is given less, however quick they were.
const LEAST_MIN: u32 = 30;

/// Minutes that somebody needs, by how they are reached and by their own last answers, the newest first.
///
/// With fewer than three answers the channel decides. Otherwise it is the slowest of the last five, rounded up to half an
/// hour, where no answer counts as twice the channel's time; it stays between a quarter of the channel's time and four
/// times that. A letter's time is the post's, not theirs.
pub fn answer_min(channel: Channel, newest_first: &[Answered]) -> u32 {
    let usual = channel.default_min();
    let last = &newest_first[..newest_first.len().min(LAST)];
    if channel == Channel::Letter || last.len() < ENOUGH {
        return usual;
    }
    let slowest = last.iter().map(|answer| match answer {
        Answered::After(minutes) => *minutes,
        Answered::Never => usual * 2,
    });
    let slowest = slowest.max().unwrap_or(usual);
    slowest.div_ceil(30).saturating_mul(30).clamp((usual / 4).max(LEAST_MIN), usual * 4)
}

/// The instant itself, or the end of the quiet hours in which it falls.
pub fn decent(at: DateTime<Utc>, zone: Tz, quiet: Option<Quiet>) -> DateTime<Utc> {
    match quiet_around(at, zone, quiet) {
        Some((_, end)) => end.max(at),
        None => at,
    }
}

/// The instant by which somebody has been awake for so many minutes after `at`: quiet hours do not count.
pub fn awake_after(at: DateTime<Utc>, minutes: u32, zone: Tz, quiet: Option<Quiet>) -> DateTime<Utc> {
    let mut now = decent(at, zone, quiet);
    let mut left = TimeDelta::minutes(i64::from(minutes));
    // Each turn is one day, and nobody is given more than some.
    for _ in 0..60 {
        match next_quiet(now, zone, quiet) {
            Some((begin, end)) if now + left > begin => {
                left -= (begin - now).max(TimeDelta::zero());
                now = end.max(now);
            }
            _ => break,
        }
    }
    now + left
}

/// Minutes that somebody is awake between two instants, rounded down.
pub fn awake_between(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz, quiet: Option<Quiet>) -> i64 {
    let mut now = decent(from, zone, quiet);
    let mut awake = TimeDelta::zero();
    for _ in 0..60 {
        match next_quiet(now, zone, quiet) {
            Some((begin, end)) if begin < to => {
                awake += begin - now;
                now = end;
            }
            _ => break,
        }
    }
    (awake + (to - now).max(TimeDelta::zero())).num_minutes()
}

/// The quiet hours in which an instant falls.
fn quiet_around(at: DateTime<Utc>, zone: Tz, quiet: Option<Quiet>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let today = wall_of(at, zone).date();
    let days = [today.checked_sub_days(Days::new(1)), Some(today)];
    days.into_iter()
        .flatten()
        .filter_map(|day| begun_on(day, zone, quiet))
        .find(|(begin, end)| *begin <= at && at < *end)
}

/// The first quiet hours that begin at an instant or later.
fn next_quiet(at: DateTime<Utc>, zone: Tz, quiet: Option<Quiet>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let today = wall_of(at, zone).date();
    let days = [Some(today), today.checked_add_days(Days::new(1))];
    days.into_iter().flatten().filter_map(|day| begun_on(day, zone, quiet)).find(|(begin, _)| *begin >= at)
}

/// The quiet hours that begin on a local day.
fn begun_on(
    day: chrono::NaiveDate,
    zone: Tz,
    quiet: Option<Quiet>,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let (from, to) = quiet.filter(|(from, to)| from != to)?;
    let ends = if from > to { day.checked_add_days(Days::new(1))? } else { day };
    let (begin, end) = (instant(day.and_time(from), zone), instant(ends.and_time(to), zone));
    (begin < end).then_some((begin, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn night() -> Option<Quiet> {
        NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(8, 0, 0))
    }

    #[test]
    fn the_channel_decides_until_somebody_has_answered_three_times() {
        use Answered::{After, Never};
        for (channel, answers, minutes) in [
            (Channel::Sms, vec![], 120),
            (Channel::Push, vec![After(5), After(5)], 120),
            (Channel::Email, vec![], 720),
            (Channel::Letter, vec![After(5), After(5), After(5)], 4_320),
            (Channel::Sms, vec![After(5), After(10), After(3)], 30),
            (Channel::Sms, vec![After(31), After(10), After(3)], 60),
            (Channel::Sms, vec![After(5), Never, After(3)], 240),
            (Channel::Sms, vec![After(5), After(5), After(5), After(5), After(5), Never], 30),
            (Channel::Sms, vec![After(9_000), After(5), After(5)], 480),
            (Channel::Email, vec![After(5), After(5), After(5)], 180),
        ] {
            assert_eq!(answer_min(channel, &answers), minutes, "{channel:?} {answers:?}");
        }
    }

    #[test]
    fn only_the_hours_of_the_day_count() {
        let london = Tz::Europe__London;
        for (from, minutes, until) in [
            ("2026-03-02T10:00:00Z", 120, "2026-03-02T12:00:00Z"),
            ("2026-03-02T20:00:00Z", 120, "2026-03-03T09:00:00Z"),
            ("2026-03-02T23:00:00Z", 120, "2026-03-03T10:00:00Z"),
            ("2026-03-02T15:00:00Z", 720, "2026-03-03T14:00:00Z"),
            // Exactly at the beginning of the night: it ends then.
            ("2026-03-02T19:00:00Z", 120, "2026-03-02T21:00:00Z"),
            // The night of the change to summer time is an hour shorter.
            ("2026-03-28T20:30:00Z", 60, "2026-03-29T07:30:00Z"),
        ] {
            assert_eq!(awake_after(at(from), minutes, london, night()), at(until), "{from}");
        }
        for (from, to, minutes) in [
            ("2026-03-02T10:00:00Z", "2026-03-03T08:30:00Z", 690),
            ("2026-03-02T22:00:00Z", "2026-03-03T07:30:00Z", 0),
            ("2026-03-02T10:00:00Z", "2026-03-02T12:00:00Z", 120),
            ("2026-03-02T12:00:00Z", "2026-03-02T10:00:00Z", 0),
        ] {
            assert_eq!(awake_between(at(from), at(to), london, night()), minutes, "{from} {to}");
        }
        assert_eq!(
            awake_after(at("2026-03-02T23:00:00Z"), 60, london, None),
            at("2026-03-03T00:00:00Z"),
            "without quiet hours every hour counts"
        );
    }

    #[test]
    fn nobody_is_told_in_the_night_of_where_they_are() {
        let check =
            |at_: &str, zone: Tz, told: &str| assert_eq!(decent(at(at_), zone, night()), at(told), "{at_}");
        check("2026-07-01T22:30:00Z", Tz::Europe__London, "2026-07-02T07:00:00Z");
        check("2026-07-01T22:30:00Z", Tz::America__New_York, "2026-07-01T22:30:00Z");
        check("2026-07-02T03:00:00Z", Tz::Europe__London, "2026-07-02T07:00:00Z");
        check("2026-07-02T07:00:00Z", Tz::Europe__London, "2026-07-02T07:00:00Z");
    }
}
