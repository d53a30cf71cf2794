//! Invitations that mail programs understand: iTIP (RFC 5546) `REQUEST` and `CANCEL`.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

/// What the receiver's calendar shall do (RFC 5546 section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Enter the visit, or move it where its UID is known.
    Request,
    /// Take the visit out.
    Cancel,
}

/// One visit, to be sent as `text/calendar; method=REQUEST` or `CANCEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// The same for every message about this visit.
    pub uid: String,
    /// Higher with each change, so that an old message arriving late does nothing.
    pub sequence: u32,
    /// What the receiver's calendar shall do.
    pub method: Method,
    /// Who invites, as shown.
    pub organizer_name: String,
    /// The address of who invites.
    pub organizer_email: String,
    /// The address of who is invited; empty leaves the attendee out.
    pub attendee_email: String,
    /// Who is invited, as shown.
    pub attendee_name: String,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// The zone in which the times are written.
    pub zone: Tz,
    /// The title.
    pub summary: String,
    /// More text.
    pub description: String,
    /// Where to go.
    pub location: String,
    /// When this message was made.
    pub stamp: DateTime<Utc>,
    /// A reminder so many minutes before the start; never for a cancelled visit.
    pub alarm_min: Option<u32>,
    /// A page about the visit.
    pub url: Option<String>,
}

impl Invite {
    /// The calendar file: CRLF line ends, lines folded at 75 octets (RFC 5545 section 3.1).
    pub fn to_bytes(&self) -> Vec<u8> {
        let request = self.method == Method::Request;
        let mut out = Writer(Vec::new());
        out.line("BEGIN:VCALENDAR");
        out.line("VERSION:2.0");
        out.line("PRODID:-//Waymark//Referral management//EN");
        out.line("CALSCALE:GREGORIAN");
        out.line(if request { "METHOD:REQUEST" } else { "METHOD:CANCEL" });
        let written_in = self.zone_as_written();
        if let Some(zone) = written_in {
            write_zone(&mut out, zone, self.start.naive_utc(), self.end.naive_utc());
        }
        out.line("BEGIN:VEVENT");
        out.line(&format!("UID:{}", text(&self.uid)));
        out.line(&format!("SEQUENCE:{}", self.sequence));
        out.line(&format!("DTSTAMP:{}", utc(self.stamp)));
        out.line(&time("DTSTART", self.start, written_in));
        out.line(&time("DTEND", self.end, written_in));
        out.line(&format!("SUMMARY:{}", text(&self.summary)));
        for (name, value) in [("DESCRIPTION", &self.description), ("LOCATION", &self.location)] {
            if !value.is_empty() {
                out.line(&format!("{name}:{}", text(value)));
            }
        }
        out.line(&format!(
            "ORGANIZER;CN=\"{}\":mailto:{}",
            quoted(&self.organizer_name),
            address(&self.organizer_email)
        ));
        if !self.attendee_email.is_empty() {
            out.line(&format!(
                "ATTENDEE;CN=\"{}\";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{}",
                quoted(&self.attendee_name),
                address(&self.attendee_email)
            ));
        }
        if let Some(url) = &self.url {
            out.line(&format!("URL:{}", address(url)));
        }
        out.line(if request { "STATUS:CONFIRMED" } else { "STATUS:CANCELLED" });
        out.line("TRANSP:OPAQUE");
        out.line("CLASS:PRIVATE");
        if let (true, Some(minutes)) = (request, self.alarm_min) {
            out.line("BEGIN:VALARM");
            out.line("ACTION:DISPLAY");
            out.line(&format!("TRIGGER:-PT{minutes}M"));
            out.line(&format!("DESCRIPTION:{}", text(&self.summary)));
            out.line("END:VALARM");
        }
        out.line("END:VEVENT");
        out.line("END:VCALENDAR");
        out.0
    }

    /// None: in UTC. That is so for the second of two equal wall times, which a zone's name cannot tell from the first.
    fn zone_as_written(&self) -> Option<Tz> {
        let first = |at: DateTime<Utc>| {
            let wall = at.with_timezone(&self.zone).naive_local();
            self.zone.from_local_datetime(&wall).earliest().is_some_and(|earliest| earliest == at)
        };
        let is_utc = matches!(self.zone, Tz::UTC | Tz::Etc__UTC);
        (!is_utc && first(self.start) && first(self.end)).then_some(self.zone)
    }
}

fn time(name: &str, at: DateTime<Utc>, zone: Option<Tz>) -> String {
    match zone {
        None => format!("{name}:{}", utc(at)),
        Some(zone) => {
            format!("{name};TZID={}:{}", zone.name(), stamp(at.with_timezone(&zone).naive_local()))
        }
    }
}

fn utc(at: DateTime<Utc>) -> String {
    format!("{}Z", stamp(at.naive_utc()))
}

fn stamp(at: NaiveDateTime) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}

/// The zone's changes from a good year before the visit to a good year after, each by itself: exact for this visit, and
/// right even where a zone's rule changes from year to year.
fn write_zone(out: &mut Writer, zone: Tz, start: NaiveDateTime, end: NaiveDateTime) {
    out.line("BEGIN:VTIMEZONE");
    out.line(&format!("TZID:{}", zone.name()));
    let margin = TimeDelta::days(400);
    let first = start.checked_sub_signed(margin).unwrap_or(start);
    let last = end.checked_add_signed(margin).unwrap_or(end);
    let from = offset_s(zone, first);
    observance(out, zone, first, (from, from), DateTime::UNIX_EPOCH.naive_utc());
    let mut day = first;
    while day < last {
        let Some(next) = day.checked_add_signed(TimeDelta::days(1)) else { break };
        let (before, after) = (offset_s(zone, day), offset_s(zone, next));
        if before != after {
            let at = change(zone, day, next);
            observance(out, zone, at, (before, after), at + TimeDelta::seconds(before.into()));
        }
        day = next;
    }
    out.line("END:VTIMEZONE");
}

/// The first second after `low` at which the offset is no longer that of `low`; at `high` it is not.
fn change(zone: Tz, mut low: NaiveDateTime, mut high: NaiveDateTime) -> NaiveDateTime {
    let before = offset_s(zone, low);
    while (high - low).num_seconds() > 1 {
        let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
        if offset_s(zone, middle) == before { low = middle } else { high = middle }
    }
    high
}

fn observance(out: &mut Writer, zone: Tz, at: NaiveDateTime, (from, to): (i32, i32), onset: NaiveDateTime) {
    let kind = if to > from { "DAYLIGHT" } else { "STANDARD" };
    out.line(&format!("BEGIN:{kind}"));
    out.line(&format!("DTSTART:{}", stamp(onset)));
    out.line(&format!("TZOFFSETFROM:{}", offset(from)));
    out.line(&format!("TZOFFSETTO:{}", offset(to)));
    if let Some(name) = zone.offset_from_utc_datetime(&at).abbreviation() {
        out.line(&format!("TZNAME:{}", text(name)));
    }
    out.line(&format!("END:{kind}"));
}

fn offset_s(zone: Tz, at: NaiveDateTime) -> i32 {
    zone.offset_from_utc_datetime(&at).fix().local_minus_utc()
}

fn offset(seconds: i32) -> String {
    let (sign, s) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let tail = if s % 60 == 0 { String::new() } else { format!("{:02}", s % 60) };
    format!("{sign}{:02}{:02}{tail}", s / 3600, s / 60 % 60)
}

/// TEXT with its escapes (RFC 5545 section 3.3.11).
fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// A quoted parameter value: no quote can stand in it (RFC 5545 section 3.2).
fn quoted(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).map(|c| if c == '"' { '\'' } else { c }).collect()
}

/// An address that cannot begin another line.
fn address(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect()
}

struct Writer(Vec<u8>);

impl Writer {
    /// Folds at 75 octets, never inside a character.
    fn line(&mut self, line: &str) {
        let mut width = 0;
        for c in line.chars() {
            if width + c.len_utf8() > 75 {
                self.0.extend_from_slice(b"\r\n ");
                width = 1;
            }
            self.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            width += c.len_utf8();
        }
        self.0.extend_from_slice(b"\r\n");
    }
}
