//! Specialists' calendars as iCalendar files (RFC 5545), as an office calendar would publish them.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::diary::{Diary, HOLIDAYS, Span, wall};
use super::random;

/// `calendar-<staff key>.ics`.
pub fn of_specialist(diary: &Diary, today: NaiveDate, zone: Tz, seed: u64) -> Vec<u8> {
    let mut file = File::new(diary.staff.name, today, zone, seed, diary.staff.key);
    let (day, from, to, since) = diary.meeting;
    let span = Span { from: wall(since, from), to: wall(since, to) };
    let by_day = day.to_string()[..2].to_uppercase();
    file.timed("Team meeting", &span, Some(&format!("FREQ=WEEKLY;BYDAY={by_day}")), false);
    for (from, to, words) in &diary.away {
        file.whole_days(words, *from, *to, None);
    }
    for (month, day, words) in HOLIDAYS {
        if let Some(date) = NaiveDate::from_ymd_opt(today.year() - 1, *month, *day) {
            file.whole_days(words, date, date + Days::new(1), Some("FREQ=YEARLY"));
        }
    }
    for (span, words) in &diary.single {
        file.timed(words, span, None, false);
    }
    // A reminder to oneself that does not take time: importers must leave it free.
    let note = wall(today + Days::new(3), 9 * 60);
    file.timed("Sign letters", &Span { from: note, to: note + Duration::minutes(30) }, None, true);
    file.finish()
}

/// A calendar that belongs to nobody yet: a procedure room that an administrator has to assign.
pub fn unassigned(today: NaiveDate, zone: Tz, seed: u64) -> Vec<u8> {
    let mut file = File::new("Procedure room 2", today, zone, seed, "unassigned");
    let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()) + 28);
    let maintenance = Span { from: wall(monday, 8 * 60), to: wall(monday, 9 * 60 + 30) };
    file.timed("Maintenance", &maintenance, Some("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"), false);
    let painting = today + Days::new(12);
    file.whole_days("Painting", painting, painting + Days::new(2), None);
    file.finish()
}

struct File {
    lines: String,
    stamp: DateTime<Utc>,
    zone: Tz,
    seed: u64,
    key: String,
    events: u32,
}

impl File {
    fn new(name: &str, today: NaiveDate, zone: Tz, seed: u64, key: &str) -> Self {
        let stamp = wall(today, 0).and_utc();
        let mut file = Self { lines: String::new(), stamp, zone, seed, key: key.to_owned(), events: 0 };
        file.line("BEGIN:VCALENDAR");
        file.line("VERSION:2.0");
        file.line("PRODID:-//Waymark//Demonstration//EN");
        file.line("METHOD:PUBLISH");
        file.line(&format!("X-WR-CALNAME:{}", escape(name)));
        file.time_zone(today);
        file
    }

    /// The zone's changes from two years before to two years after `today`, one sub-component each.
    fn time_zone(&mut self, today: NaiveDate) {
        let zone = self.zone;
        self.line("BEGIN:VTIMEZONE");
        self.line(&format!("TZID:{}", zone.name()));
        let offset = |at: NaiveDateTime| zone.offset_from_utc_datetime(&at).fix().local_minus_utc();
        let mut at = wall(today - Days::new(730), 0);
        let end = wall(today + Days::new(730), 0);
        let mut before = offset(at);
        self.observance("STANDARD", at, before, before);
        while at < end {
            let next = at + Duration::days(1);
            if offset(next) != before {
                // To the half hour, which all changes of the present keep.
                while offset(at) == before {
                    at += Duration::minutes(30);
                }
                let after = offset(at);
                let kind = if after > before { "DAYLIGHT" } else { "STANDARD" };
                self.observance(kind, at + Duration::seconds(i64::from(before)), before, after);
                before = after;
            }
            at = next;
        }
        self.line("END:VTIMEZONE");
    }

    /// `start` is on the wall clock before the change (RFC 5545 §3.6.5).
    fn observance(&mut self, kind: &str, start: NaiveDateTime, before: i32, after: i32) {
        self.line(&format!("BEGIN:{kind}"));
        self.line(&format!("DTSTART:{}", start.format("%Y%m%dT%H%M%S")));
        self.line(&format!("TZOFFSETFROM:{}", offset(before)));
        self.line(&format!("TZOFFSETTO:{}", offset(after)));
        self.line(&format!("END:{kind}"));
    }

    fn timed(&mut self, words: &str, span: &Span, rule: Option<&str>, free: bool) {
        let zone = self.zone.name();
        let times = [
            format!("DTSTART;TZID={zone}:{}", span.from.format("%Y%m%dT%H%M%S")),
            format!("DTEND;TZID={zone}:{}", span.to.format("%Y%m%dT%H%M%S")),
        ];
        self.event(words, &times, rule, free);
    }

    fn whole_days(&mut self, words: &str, from: NaiveDate, to: NaiveDate, rule: Option<&str>) {
        let times = [
            format!("DTSTART;VALUE=DATE:{}", from.format("%Y%m%d")),
            format!("DTEND;VALUE=DATE:{}", to.format("%Y%m%d")),
        ];
        self.event(words, &times, rule, false);
    }

    fn event(&mut self, words: &str, times: &[String], rule: Option<&str>, free: bool) {
        self.events += 1;
        let uid = random::id(self.seed, &format!("event/{}/{}", self.key, self.events));
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{uid}@waymark.example"));
        self.line(&format!("DTSTAMP:{}", self.stamp.format("%Y%m%dT%H%M%SZ")));
        times.iter().for_each(|line| self.line(line));
        if let Some(rule) = rule {
            self.line(&format!("RRULE:{rule}"));
        }
        self.line(&format!("SUMMARY:{}", escape(words)));
        self.line(if free { "TRANSP:TRANSPARENT" } else { "TRANSP:OPAQUE" });
        self.line("STATUS:CONFIRMED");
        self.line("END:VEVENT");
    }

    fn finish(mut self) -> Vec<u8> {
        self.line("END:VCALENDAR");
        self.lines.into_bytes()
    }

    /// Lines here stay under 75 octets, so that none needs folding.
    fn line(&mut self, line: &str) {
        self.lines.push_str(line);
        self.lines.push_str("\r\n");
    }
}

fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", seconds.abs() / 3600, seconds.abs() / 60 % 60)
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}
