//! What one rule yields.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use scheduling::recurrence::{Expansion, Length, Series, Start};
use scheduling::rrule::RRule;

use super::Misuse;

/// A rule to expand, as it is typed.
#[derive(Debug, Clone, Default)]
pub struct Expand<'a> {
    /// `YYYYMMDDTHHMMSS`, the same with `Z`, or `YYYYMMDD`.
    pub dtstart: &'a str,
    /// The zone of times without `Z`; UTC where it is not given.
    pub zone: Option<&'a str>,
    pub rrule: &'a str,
    /// Exceptions, written like `dtstart`.
    pub exdates: &'a [String],
}

/// The occurrences of a rule within `from..to`, at most `limit`; DTSTART itself only where the rule yields it.
///
/// # Errors
/// The argument that cannot be read, and why.
pub fn expand(
    asked: &Expand<'_>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    limit: usize,
) -> Result<Expansion, Misuse> {
    let zone: Option<Tz> = match asked.zone {
        None => None,
        Some(name) => {
            let known = super::zone(name);
            Some(known.ok_or_else(|| {
                Misuse::new("--zone", format!("“{name}” is no IANA zone; give one such as Europe/London"))
            })?)
        }
    };
    let read = |place: &str, text: &str| {
        start(text, zone).ok_or_else(|| {
            let remedy =
                format!("“{text}” is no date or time; give YYYYMMDDTHHMMSS, with Z for UTC, or YYYYMMDD");
            Misuse::new(place, remedy)
        })
    };
    let dtstart = read("--dtstart", asked.dtstart)?;
    let rrule = RRule::parse(asked.rrule).map_err(|problem| Misuse::new("--rrule", problem.to_string()))?;
    let exdates = asked
        .exdates
        .iter()
        .flat_map(|list| list.split(','))
        .map(|text| read("--exdate", text))
        .collect::<Result<Vec<_>, _>>()?;
    let series =
        Series { dtstart, duration: Length::default(), rrules: vec![rrule], rdates: vec![], exdates };
    Ok(series.by_rules(from, to, zone.unwrap_or(Tz::UTC), limit))
}

fn start(text: &str, zone: Option<Tz>) -> Option<Start> {
    let text = text.trim().to_ascii_uppercase();
    if let Some(utc) = text.strip_suffix('Z') {
        return wall(utc).map(|wall| Start::Utc(wall.and_utc()));
    }
    if !text.contains('T') {
        let is_plain = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        return NaiveDate::parse_from_str(&text, "%Y%m%d").ok().filter(|_| is_plain).map(Start::Date);
    }
    Some(match zone {
        Some(zone) => Start::Local(wall(&text)?, zone),
        None => Start::Utc(wall(&text)?.and_utc()),
    })
}

fn wall(text: &str) -> Option<NaiveDateTime> {
    let is_plain = text.len() == 15 && text.is_ascii();
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok().filter(|_| is_plain)
}
