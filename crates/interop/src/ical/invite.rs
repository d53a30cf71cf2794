//! Invitations that mail programs understand: iTIP (RFC 5546) `REQUEST` and `CANCEL`.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::writer::{Writer, address, quoted, text, time, utc, write_zone_around, zone_as_written};

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
        let mut out = Writer::default();
        out.line("BEGIN:VCALENDAR");
        out.line("VERSION:2.0");
        out.line("PRODID:-//Waymark//Referral management//EN");
        out.line("CALSCALE:GREGORIAN");
        out.line(if request { "METHOD:REQUEST" } else { "METHOD:CANCEL" });
        let written_in = zone_as_written(self.zone, self.start, self.end);
        if let Some(zone) = written_in {
            write_zone_around(&mut out, zone, self.start, self.end);
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
        out.into_bytes()
    }
}
