//! What clinicians are told of their own days: which list, which changes, what waits for them, and by which way.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::calendar_days::at_wall;
use crate::coded;
use crate::delivery::Channel;

coded! {
    /// Which day's visits the daily list counts.
    Daily {
        Off = "off",
        Today = "today",
        Tomorrow = "tomorrow",
    }
}

coded! {
    /// How somebody hears that a visit of the next hours was booked, moved or cancelled.
    Changes {
        Off = "off",
        AtOnce = "at-once",
        /// Once a day, with the daily list.
        Daily = "daily",
    }
}

coded! {
    /// How somebody hears what happened to their referrals.
    Digest {
        /// A mail each.
        AtOnce = "at-once",
        /// In Waymark at once, and one notice a day that says how many are unread.
        Daily = "daily",
        /// In Waymark alone.
        InApp = "in-app",
    }
}

/// Farthest ahead that a change can be of interest (hours).
pub const MOST_HOURS: i64 = 72;
/// Longest wait for an outcome or a report before its clinician is reminded (days).
pub const MOST_REPORT_DAYS: i64 = 60;
/// Days after which whoever was reminded of reports is reminded again.
pub const REPORTS_AGAIN_DAYS: i64 = 7;
/// How late a daily notice may come, as after a night in which no server ran: a list at noon serves nobody.
pub const LATE_HOURS: i64 = 3;
/// How long changes are gathered (seconds): who moves a visit twice within it is heard once.
pub const GATHER_S: i64 = 60;

/// What one person wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayNotices {
    pub daily: Daily,
    /// On the clock of the organisation.
    pub at: NaiveTime,
    /// Whether they want to hear that nobody comes.
    pub if_empty: bool,
    pub changes: Changes,
    /// Changes of visits that begin within so many hours.
    pub within_hours: i64,
    /// Days after a visit without outcome or report; `None`: they do not want to be reminded.
    pub report_days: Option<i64>,
    pub digest: Digest,
    /// In-app, e-mail or SMS. Whatever it is, their list in Waymark has it as well.
    pub channel: Channel,
    /// E.164, for SMS.
    pub phone: Option<String>,
}

/// Whoever never chose: the day's list at seven, changes within a day at once, reports after five days, all by mail.
impl Default for DayNotices {
    fn default() -> Self {
        Self {
            daily: Daily::Today,
            at: NaiveTime::from_hms_opt(7, 0, 0).unwrap_or_default(),
            if_empty: false,
            changes: Changes::AtOnce,
            within_hours: 24,
            report_days: Some(5),
            digest: Digest::AtOnce,
            channel: Channel::Email,
            phone: None,
        }
    }
}

/// The local day whose notice is due now: its hour has come and is not long past. A day has one, also when the clock shows the
/// hour twice or not at all.
pub fn due_day(at: NaiveTime, now: DateTime<Utc>, zone: Tz) -> Option<NaiveDate> {
    let day = now.with_timezone(&zone).date_naive();
    // Late on the evening before it may still be due after midnight.
    [Some(day), day.pred_opt()].into_iter().flatten().find(|day| {
        let from = at_wall(*day, at, zone);
        from <= now && now < from + Duration::hours(LATE_HOURS)
    })
}

/// What became of a visit, of all that was done to it meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    Booked,
    Moved,
    Cancelled,
}

/// The difference between when a visit was and when it is (ms); `None`: there is none.
pub const fn net(before: Option<i64>, after: Option<i64>) -> Option<Net> {
    match (before, after) {
        (None, Some(_)) => Some(Net::Booked),
        (Some(_), None) => Some(Net::Cancelled),
        (Some(before), Some(after)) if before != after => Some(Net::Moved),
        _ => None,
    }
}

/// What a notice counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    pub visits: u32,
    pub booked: u32,
    pub moved: u32,
    pub cancelled: u32,
    /// Visits without outcome or report.
    pub reports: u32,
    /// Messages that nobody opened.
    pub unread: u32,
}

impl Tally {
    pub const fn changes(&self) -> u32 {
        self.booked + self.moved + self.cancelled
    }

    pub fn add(&mut self, net: Net) {
        match net {
            Net::Booked => self.booked += 1,
            Net::Moved => self.moved += 1,
            Net::Cancelled => self.cancelled += 1,
        }
    }
}

coded! {
    /// What a notice about one's days is about.
    DayNotice {
        /// The visits of a day.
        List = "list",
        /// Changes of the next hours.
        Changes = "changes",
        /// Visits that wait for an outcome or a report.
        Reports = "reports",
        /// Messages in Waymark that were not opened.
        Unread = "unread",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(at: &str, now: &str) -> Option<String> {
        let at = NaiveTime::parse_from_str(at, "%H:%M").expect("a time");
        due_day(at, now.parse().expect("an instant"), chrono_tz::Europe::London).map(|day| day.to_string())
    }

    #[test]
    fn a_notice_is_due_at_its_hour_and_not_long_after() {
        assert_eq!(due("07:00", "2026-07-01T05:59:59Z"), None);
        assert_eq!(due("07:00", "2026-07-01T06:00:00Z").as_deref(), Some("2026-07-01"));
        assert_eq!(due("07:00", "2026-07-01T08:59:59Z").as_deref(), Some("2026-07-01"));
        assert_eq!(due("07:00", "2026-07-01T09:00:00Z"), None);
        // Its day is that of its hour, also after midnight.
        assert_eq!(due("23:30", "2026-07-02T00:10:00Z").as_deref(), Some("2026-07-01"));
    }

    #[test]
    fn a_day_on_which_the_clocks_change_has_one() {
        // Half past one is twice on 25 October 2026, and not at all on 29 March.
        for now in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert_eq!(due("01:30", now).as_deref(), Some("2026-10-25"));
        }
        assert_eq!(due("01:30", "2026-03-29T01:29:00Z"), None);
        assert_eq!(due("01:30", "2026-03-29T01:30:00Z").as_deref(), Some("2026-03-29"));
        assert_eq!(due("07:00", "2026-10-25T06:30:00Z"), None);
        assert_eq!(due("07:00", "2026-10-25T07:00:00Z").as_deref(), Some("2026-10-25"));
    }

    #[test]
    fn of_all_that_was_done_only_the_difference_counts() {
        for (before, after, expected) in [
            (None, Some(5), Some(Net::Booked)),
            (Some(5), None, Some(Net::Cancelled)),
            (Some(5), Some(6), Some(Net::Moved)),
            (Some(5), Some(5), None),
            (None, None, None),
        ] {
            assert_eq!(net(before, after), expected);
        }
    }
}
