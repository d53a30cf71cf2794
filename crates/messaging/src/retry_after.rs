//! The `Retry-After` header of RFC 9110 section 10.2.3: seconds, or a date.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// Longest wait that we let a provider ask for.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How long the answer asks us to wait, at most a day; none if it does not say or cannot be read.
pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    // A date is meant on the provider's own clock, which its answer tells.
    let sent = headers.get(DATE).and_then(|date| date.to_str().ok());
    let sent =
        sent.and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date.with_timezone(&Utc));
    parse(value, sent.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

fn parse(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(value).ok()?.with_timezone(&Utc);
            (until - now).to_std().unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_capped() {
        let now: DateTime<Utc> = "2026-11-22T18:00:00Z".parse().expect("an instant");
        assert_eq!(parse("120", now), Some(Duration::from_secs(120)));
        assert_eq!(parse("Sun, 22 Nov 2026 18:00:30 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(parse("Sun, 22 Nov 2026 17:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(parse("99999999", now), Some(LONGEST));
        assert_eq!(parse("soon", now), None);
    }
}
