//! A feed of visits that calendar programs read again and again (RFC 5545, RFC 7986).

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::writer::{Writer, text, time, utc, write_zone, write_zone_around, zone_as_written};

/// A calendar of visits. It has no METHOD: it is read as it is, and nobody is invited by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The calendar's name, as programs show it.
    pub name: String,
    /// Minutes after which programs shall look again.
    pub refresh_min: u32,
    /// Each UID once.
    pub visits: Vec<Visit>,
}

/// One visit of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The same as in the invitations to this visit, so that a program that has both shows one.
    pub uid: String,
    /// Never less than in an invitation sent before.
    pub sequence: u32,
    /// When it was last changed. Two readings of what has not changed are equal, byte by byte.
    pub changed: DateTime<Utc>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// The zone in which the times are written.
    pub zone: Tz,
    pub summary: String,
    pub description: String,
    pub location: String,
    /// It does not take place.
    pub is_cancelled: bool,
    /// A reminder so many minutes before the start; never for a cancelled visit.
    pub alarm_min: Option<u32>,
}

impl Feed {
    /// The calendar file: CRLF line ends, lines folded at 75 octets (RFC 5545 section 3.1).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let every = interval(self.refresh_min);
        out.line("BEGIN:VCALENDAR");
        out.line("VERSION:2.0");
        out.line("PRODID:-//Waymark//Referral management//EN");
        out.line("CALSCALE:GREGORIAN");
        // RFC 7986 sections 5.1 and 5.7, each followed by what was used before it was written.
        out.line(&format!("NAME:{}", text(&self.name)));
        out.line(&format!("X-WR-CALNAME:{}", text(&self.name)));
        out.line(&format!("REFRESH-INTERVAL;VALUE=DURATION:{every}"));
        out.line(&format!("X-PUBLISHED-TTL:{every}"));
        let written: Vec<(&Visit, Option<Tz>)> = self
            .visits
            .iter()
            .map(|visit| (visit, zone_as_written(visit.zone, visit.start, visit.end)))
            .collect();
        let mut zones: Vec<Tz> = Vec::new();
        for zone in written.iter().filter_map(|(_, zone)| *zone) {
            if zones.contains(&zone) {
                continue;
            }
            let those = || written.iter().filter(|(_, known)| *known == Some(zone)).map(|(visit, _)| visit);
            if let (Some(first), Some(last)) =
                (those().map(|visit| visit.start).min(), those().map(|visit| visit.end).max())
            {
                write_zone_around(&mut out, zone, first, last);
            }
            zones.push(zone);
        }
        if self.visits.is_empty() {
            // A calendar has at least one component (section 3.6), and some programs insist on it.
            let epoch = DateTime::UNIX_EPOCH.naive_utc();
            write_zone(&mut out, Tz::UTC, epoch, epoch);
        }
        for (visit, zone) in written {
            write_visit(&mut out, visit, zone);
        }
        out.line("END:VCALENDAR");
        out.into_bytes()
    }
}

fn write_visit(out: &mut Writer, visit: &Visit, zone: Option<Tz>) {
    out.line("BEGIN:VEVENT");
    out.line(&format!("UID:{}", text(&visit.uid)));
    out.line(&format!("SEQUENCE:{}", visit.sequence));
    // Without a METHOD the two mean the same (RFC 5545 section 3.8.7.2).
    out.line(&format!("DTSTAMP:{}", utc(visit.changed)));
    out.line(&format!("LAST-MODIFIED:{}", utc(visit.changed)));
    out.line(&time("DTSTART", visit.start, zone));
    out.line(&time("DTEND", visit.end, zone));
    out.line(&format!("SUMMARY:{}", text(&visit.summary)));
    for (name, value) in [("DESCRIPTION", &visit.description), ("LOCATION", &visit.location)] {
        if !value.is_empty() {
            out.line(&format!("{name}:{}", text(value)));
        }
    }
    out.line(if visit.is_cancelled { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" });
    out.line(if visit.is_cancelled { "TRANSP:TRANSPARENT" } else { "TRANSP:OPAQUE" });
    out.line("CLASS:PRIVATE");
    if let (false, Some(minutes)) = (visit.is_cancelled, visit.alarm_min) {
        out.line("BEGIN:VALARM");
        out.line("ACTION:DISPLAY");
        out.line(&format!("TRIGGER:-PT{minutes}M"));
        out.line(&format!("DESCRIPTION:{}", text(&visit.summary)));
        out.line("END:VALARM");
    }
    out.line("END:VEVENT");
}

/// `PT1H`, `PT90M` (RFC 5545 section 3.3.6).
fn interval(minutes: u32) -> String {
    let mut text = "PT".to_owned();
    let _ = match (minutes / 60, minutes % 60) {
        (0, minutes) => write!(text, "{minutes}M"),
        (hours, 0) => write!(text, "{hours}H"),
        (hours, minutes) => write!(text, "{hours}H{minutes}M"),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::read;
    use crate::problem::Severity;

    fn visit(uid: &str, start: &str, zone: Tz) -> Visit {
        let start: DateTime<Utc> = start.parse().expect("an instant");
        Visit {
            uid: uid.to_owned(),
            sequence: 2,
            changed: "2026-02-01T09:00:00Z".parse().expect("an instant"),
            start,
            end: start + chrono::TimeDelta::minutes(30),
            zone,
            summary: "Appointment; reference, WM".to_owned(),
            description: String::new(),
            location: "Elm House".to_owned(),
            is_cancelled: false,
            alarm_min: Some(60),
        }
    }

    fn written(visits: Vec<Visit>) -> String {
        let feed = Feed { name: "Visits".to_owned(), refresh_min: 60, visits };
        String::from_utf8(feed.to_bytes()).expect("UTF-8")
    }

    #[test]
    fn a_feed_says_its_name_and_how_often_to_look_and_is_read_back() {
        let zone = Tz::Europe__London;
        let text = written(vec![
            visit("a@waymark", "2026-03-06T10:00:00Z", zone),
            visit("b@waymark", "2026-07-06T09:00:00Z", zone),
            // The second of two equal wall times.
            visit("c@waymark", "2026-10-25T01:30:00Z", zone),
        ]);
        for line in ["NAME:Visits", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} in {text}");
        }
        assert!(!text.contains("METHOD"), "{text}");
        assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1, "one for all: {text}");
        let reading = read(text.as_bytes());
        assert_eq!(reading.problems, []);
        assert_eq!((reading.name.as_deref(), reading.refresh_min), (Some("Visits"), Some(60)));
        assert_eq!(reading.events.len(), 3);
        assert!(text.contains("DTSTART;TZID=Europe/London:20260706T100000"), "{text}");
        assert!(text.contains("DTSTART:20261025T013000Z"), "{text}");
    }

    #[test]
    fn what_is_cancelled_takes_no_time_and_rings_no_bell() {
        let mut gone = visit("a@waymark", "2026-03-06T10:00:00Z", Tz::Asia__Kolkata);
        gone.is_cancelled = true;
        let text = written(vec![gone, visit("b@waymark", "2026-03-06T10:00:00Z", Tz::Europe__London)]);
        assert_eq!(text.matches("STATUS:CANCELLED\r\nTRANSP:TRANSPARENT").count(), 1, "{text}");
        assert_eq!(text.matches("BEGIN:VALARM").count(), 1, "{text}");
        assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 2, "{text}");
    }

    #[test]
    fn the_same_visits_are_the_same_bytes_and_an_empty_feed_is_a_calendar() {
        let of = || written(vec![visit("a@waymark", "2026-03-06T10:00:00Z", Tz::Europe__London)]);
        assert_eq!(of(), of());
        let empty = written(Vec::new());
        let problems = read(empty.as_bytes()).problems;
        assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{problems:?}");
        assert!(empty.contains("BEGIN:VTIMEZONE\r\nTZID:UTC\r\n"), "{empty}");
    }

    #[test]
    fn intervals_are_written_as_durations() {
        let cases = [(15, "PT15M"), (60, "PT1H"), (90, "PT1H30M")];
        cases.iter().for_each(|(minutes, expected)| assert_eq!(interval(*minutes), *expected));
    }
}
