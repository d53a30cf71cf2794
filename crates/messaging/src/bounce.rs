//! Delivery status notifications of mail servers (RFC 3464): what became of a mail after it was handed over.
//!
//! Read by hand and with bounds, because anybody may write one: of its parts only the machine-readable one counts, and of that the
//! first recipient, as each of our mails has one.

use domain::delivery::DeliveryState;

/// Longest report that is read; a returned message with its attachments may follow the part that counts.
const LONGEST: usize = 1024 * 1024;
/// Most parts that are looked at.
const PARTS: usize = 20;

/// What a mail server did in the end (RFC 3464 section 2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Failed,
    /// It is still being tried.
    Delayed,
    Delivered,
    /// Handed on to a server that sends no reports.
    Relayed,
    /// Delivered to a list, which sends it on.
    Expanded,
}

/// A report about one mail to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub action: Action,
    /// Class, subject and detail (RFC 3463): 5.1.1 is a mailbox that does not exist.
    pub status: (u16, u16, u16),
}

impl Report {
    /// Reads a report; `None` for everything else, such as an answer from somebody who is on holiday.
    pub fn read(bytes: &[u8]) -> Option<Report> {
        let bytes = &bytes[..bytes.len().min(LONGEST)];
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n")?;
        let kind = header(head, "content-type")?;
        if !kind.to_ascii_lowercase().starts_with("multipart/report") {
            return None;
        }
        let boundary = format!("--{}", parameter(&kind, "boundary")?);
        let fields = body.split(boundary.as_str()).skip(1).take(PARTS).find_map(status_part)?;
        // The first group is about the message, each one after it about a recipient (section 2.1).
        let group = fields.split("\n\n").find(|group| header(group, "action").is_some())?;
        let action = match header(group, "action")?.trim().to_ascii_lowercase().as_str() {
            "failed" => Action::Failed,
            "delayed" => Action::Delayed,
            "delivered" => Action::Delivered,
            "relayed" => Action::Relayed,
            "expanded" => Action::Expanded,
            _ => return None,
        };
        Some(Report { action, status: code(&header(group, "status")?)? })
    }

    /// The state to which it moves the mail; `None`: that is still open.
    pub fn state(&self) -> Option<DeliveryState> {
        match (self.action, self.status.0) {
            (Action::Failed, 4) => Some(DeliveryState::TemporaryFailure),
            (Action::Failed, _) => Some(DeliveryState::PermanentFailure),
            (Action::Delivered, _) => Some(DeliveryState::Delivered),
            (Action::Relayed | Action::Expanded, _) => Some(DeliveryState::Sent),
            (Action::Delayed, _) => None,
        }
    }

    /// Why, in our words: what a server writes itself repeats the address.
    pub fn words(&self) -> String {
        let (class, subject, detail) = self.status;
        let why = match (self.action, subject, detail) {
            (Action::Delivered, ..) => "the mailbox has it",
            (Action::Relayed | Action::Expanded, ..) => "it was handed on",
            (Action::Delayed, ..) => "the mail server is still trying",
            (Action::Failed, 1, 1) => "there is no such mailbox",
            (Action::Failed, 1, 2) => "there is no such mail server",
            (Action::Failed, 1, _) => "the address is not right",
            (Action::Failed, 2, 1) => "the mailbox is closed",
            (Action::Failed, 2, 2) => "the mailbox is full",
            (Action::Failed, 2, 3) | (Action::Failed, 3, 4) => "it is too large for the mailbox",
            (Action::Failed, 4, _) => "the mail server cannot be reached",
            (Action::Failed, 7, _) => "the mail server refuses our mail",
            (Action::Failed, ..) => "the mail server gave it up",
        };
        format!("{why} ({class}.{subject}.{detail})")
    }
}

/// The fields of a part, when it is the one that machines read.
fn status_part(part: &str) -> Option<&str> {
    let (head, fields) =
        part.trim_start_matches([' ', '\t', '-']).trim_start_matches('\n').split_once("\n\n")?;
    let kind = header(head, "content-type")?.to_ascii_lowercase();
    // The international form differs in how it writes addresses, which are not read (RFC 6533 section 3).
    let is_status =
        kind.starts_with("message/delivery-status") || kind.starts_with("message/global-delivery-status");
    is_status.then_some(fields)
}

/// A header's value, its folded lines joined.
fn header(head: &str, name: &str) -> Option<String> {
    let mut value: Option<String> = None;
    for line in head.lines() {
        match (&mut value, line.starts_with([' ', '\t'])) {
            (Some(value), true) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (Some(_), false) => break,
            (None, true) => {}
            (None, false) => {
                if let Some((known, rest)) = line.split_once(':')
                    && known.trim().eq_ignore_ascii_case(name)
                {
                    value = Some(rest.trim().to_owned());
                }
            }
        }
    }
    value
}

/// A parameter of a content type, with or without quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    let found = value.split(';').skip(1).find_map(|part| {
        let (known, rest) = part.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then(|| rest.trim().trim_matches('"').to_owned())
    });
    found.filter(|text| !text.is_empty() && text.len() <= 70)
}

/// `5.1.1`, with a comment behind it or not.
fn code(text: &str) -> Option<(u16, u16, u16)> {
    let first = text.split_whitespace().next()?;
    let mut numbers =
        first.split('.').map(|number| number.parse::<u16>().ok().filter(|number| *number < 1000));
    let code = (numbers.next()??, numbers.next()??, numbers.next()??);
    (matches!(code.0, 2 | 4 | 5) && numbers.next().is_none()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(fields: &str) -> String {
        format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: bounces+x@clinic.example\r\n\
             Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"A/B.1\"\r\n\r\n\
             --A/B.1\r\nContent-Description: Notification\r\nContent-Type: text/plain\r\n\r\n\
             Action: failed\r\nStatus: 5.9.9\r\n\r\n\
             --A/B.1\r\nContent-Type: message/delivery-status\r\n\r\n{}\r\n\
             --A/B.1\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n\r\n--A/B.1--\r\n",
            fields.replace('\n', "\r\n")
        )
    }

    fn check(action: &str, status: &str, state: Option<DeliveryState>, words: &str) {
        let fields = format!(
            "Reporting-MTA: dns; mx.example\nArrival-Date: Fri, 6 Mar 2026 10:00:00 +0000\n\n\
             Final-Recipient: rfc822;margaret@example.org\nAction: {action}\nStatus: {status}\n\
             Diagnostic-Code: smtp; 550 5.1.1 <margaret@example.org>:\n    unknown\n"
        );
        let read = Report::read(report(&fields).as_bytes()).expect("a report");
        assert_eq!((read.state(), read.words().as_str()), (state, words), "{action} {status}");
    }

    #[test]
    fn a_report_says_what_became_of_the_mail_and_never_to_whom() {
        use DeliveryState::{Delivered, PermanentFailure, Sent, TemporaryFailure};
        check("failed", "5.1.1", Some(PermanentFailure), "there is no such mailbox (5.1.1)");
        check("Failed", "5.2.2 (full)", Some(PermanentFailure), "the mailbox is full (5.2.2)");
        check("failed", "4.4.1", Some(TemporaryFailure), "the mail server cannot be reached (4.4.1)");
        check("delayed", "4.4.7", None, "the mail server is still trying (4.4.7)");
        check("delivered", "2.1.5", Some(Delivered), "the mailbox has it (2.1.5)");
        check("relayed", "2.0.0", Some(Sent), "it was handed on (2.0.0)");
    }

    #[test]
    fn what_is_no_report_is_none() {
        let good = report("Reporting-MTA: dns; a\n\nAction: failed\nStatus: 5.1.1\n");
        assert!(Report::read(good.as_bytes()).is_some());
        for other in [
            String::new(),
            "Subject: I am away\r\n\r\nUntil Monday.".to_owned(),
            good.replace("multipart/report", "multipart/mixed"),
            good.replace("boundary=\"A/B.1\"", "x=y"),
            good.replace("message/delivery-status", "text/plain"),
            report("Action: exploded\nStatus: 5.1.1\n"),
            report("Action: failed\nStatus: five\n"),
            report("Action: failed\nStatus: 3.0.0\n"),
            report("Action: failed\nStatus: 5.1\n"),
            report("Action: failed\n"),
            "\u{0}".repeat(2_000_000),
        ] {
            assert_eq!(
                Report::read(other.as_bytes()),
                None,
                "{}",
                other.chars().take(400).collect::<String>()
            );
        }
    }
}
