//! Calendar feeds that a specialist subscribes us to: iCalendar (RFC 5545) over HTTP.
//!
//! A feed's address is a bearer secret: it stands in no error and no log.

use bytes::Bytes;

use crate::http::{Conditional, FetchError, Fetched, GuardedClient};

/// Largest feed that is read; a busy diary of ten years has about 3 MB.
pub const MAX_FEED_BYTES: usize = 8 * 1024 * 1024;

/// What a poll of a feed brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feed {
    /// A calendar to read, and what to send next time.
    Calendar { bytes: Bytes, validators: Conditional },
    /// Nothing has changed since `known`.
    NotModified,
    /// Nothing could be learned: keep what is there, and never take it for "free".
    Problem(FeedProblem),
}

/// Why a feed brought nothing; the text is for the person who gave the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedProblem {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(
        "the address gives a web page, not a calendar: use the one that your calendar calls \"iCal\" or \"subscribe\""
    )]
    WebPage,
    #[error("there is no calendar at this address: copy it once more from where the calendar is kept")]
    Gone,
    #[error(
        "the calendar is not public: use its secret address, or connect it with a user name and password (CalDAV)"
    )]
    NotPublic,
    #[error("what the address gives is not a calendar")]
    NotACalendar,
    #[error(
        "this is not a calendar on a CalDAV server: use the address that the server shows for one calendar"
    )]
    NotACollection,
    #[error("the server does not accept this user name and password")]
    SignIn,
    #[error("the server sends us to another address: use that one")]
    Moved,
}

impl FeedProblem {
    /// Seconds that the server asks us to wait.
    pub fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Fetch(FetchError::Status { retry_after_s, .. }) => *retry_after_s,
            _ => None,
        }
    }

    /// True when the next poll may succeed by itself; otherwise somebody has to correct the address.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Fetch(error) => error.may_pass(),
            // A sign-in page in the calendar's place often stands there for an hour only.
            Self::WebPage => true,
            Self::Gone
            | Self::NotPublic
            | Self::NotACalendar
            | Self::NotACollection
            | Self::SignIn
            | Self::Moved => false,
        }
    }
}

/// The address as it can be fetched: `webcal://` and `webcals://` are names for https.
pub fn feed_url(address: &str) -> String {
    let address = address.trim();
    for scheme in ["webcal://", "webcals://"] {
        if let Some(head) = address.get(..scheme.len())
            && head.eq_ignore_ascii_case(scheme)
        {
            return format!("https://{}", &address[scheme.len()..]);
        }
    }
    address.to_owned()
}

/// Polls a feed. Looks only whether the bytes begin as a calendar; reading it is for the interop room.
pub async fn fetch_feed(client: &GuardedClient, address: &str, known: &Conditional) -> Feed {
    match client.fetch(&feed_url(address), known, MAX_FEED_BYTES).await {
        Ok(Fetched::NotModified) => Feed::NotModified,
        Ok(Fetched::Body { bytes, validators, .. }) => match recognise(&bytes) {
            Ok(()) => Feed::Calendar { bytes, validators },
            Err(problem) => Feed::Problem(problem),
        },
        Err(FetchError::Status { code: 404 | 410, .. }) => Feed::Problem(FeedProblem::Gone),
        Err(FetchError::Status { code: 401 | 403, .. }) => Feed::Problem(FeedProblem::NotPublic),
        Err(error) => Feed::Problem(error.into()),
    }
}

fn recognise(bytes: &[u8]) -> Result<(), FeedProblem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins =
        |text: &str| bytes.get(..text.len()).is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()));
    if begins("BEGIN:VCALENDAR") {
        Ok(())
    } else if begins("<") {
        Err(FeedProblem::WebPage)
    } else {
        Err(FeedProblem::NotACalendar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webcal_address_is_fetched_over_https() {
        assert_eq!(feed_url(" webcal://a.example/x.ics "), "https://a.example/x.ics");
        assert_eq!(feed_url("WebCals://a.example/x"), "https://a.example/x");
        assert_eq!(feed_url("https://a.example/x"), "https://a.example/x");
        assert_eq!(feed_url("wé"), "wé");
    }

    #[test]
    fn what_is_not_a_calendar_is_named() {
        assert_eq!(recognise(b"\xef\xbb\xbf\r\nbegin:vcalendar\r\n"), Ok(()));
        assert_eq!(recognise(b"<!doctype html>"), Err(FeedProblem::WebPage));
        assert_eq!(recognise(b""), Err(FeedProblem::NotACalendar));
        assert_eq!(recognise(b"{}"), Err(FeedProblem::NotACalendar));
    }
}
