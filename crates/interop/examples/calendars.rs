//! Times the calendar engine for `cargo xtask bench scheduling`; prints one JSON object.
//!
//! `calendars FILE.ics FROM TO`: a weekday rule from 1997 and from 2025 in June 2026; the file read, and expanded over the window.

// How the two rooms are joined is the service's to say; this is its own text.
#[path = "../../service/src/calendar/joined.rs"]
#[allow(dead_code, reason = "availability is not timed")]
mod joined;

use std::error::Error;
use std::time::Instant;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Europe::London;
use scheduling::{Length, RRule, Series, Start};
use serde_json::json;

const RULE: &str = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, from, to] = arguments.as_slice() else { return Err("calendars FILE.ics FROM TO".into()) };
    let (from, to): (DateTime<Utc>, DateTime<Utc>) = (from.parse()?, to.parse()?);
    let bytes = std::fs::read(file)?;

    let (old_us, old) = distant("1997-01-06T09:00:00")?;
    let (new_us, _) = distant("2025-01-06T09:00:00")?;
    let (parse_us, reading) = median(31, || interop::ical::read(&bytes));
    let (expand_us, busy) = median(31, || {
        let mut joiner = joined::Joiner::default();
        let events = reading.events.iter().map(|raw| joiner.event(raw)).collect::<Result<Vec<_>, _>>();
        events.map(|events| scheduling::busy(&events, from, to, chrono_tz::UTC))
    });
    let busy: Vec<_> = busy?
        .into_iter()
        .filter(|busy| busy.start < busy.end)
        .map(|busy| (said(busy.start), said(busy.end), busy.uid))
        .collect();
    println!(
        "{}",
        json!({
            "old_us": old_us, "new_us": new_us, "starts": old,
            "parse_us": parse_us, "events": reading.events.len(), "expand_us": expand_us, "busy": busy,
        })
    );
    Ok(())
}

/// The median time of finding the rule's occurrences in June 2026, and these.
fn distant(first: &str) -> Result<(f64, Vec<String>), Box<dyn Error>> {
    let mut series = Series::once(Start::Local(first.parse()?, London), Length::minutes(30));
    series.rrules = vec![RRule::parse(RULE)?];
    let (from, to) = ("2026-06-01T00:00:00Z".parse()?, "2026-07-01T00:00:00Z".parse()?);
    let (us, found) = median(2_001, || series.between(from, to, London));
    Ok((us, found.occurrences.iter().map(|o| said(o.start)).collect()))
}

fn median<T>(times: usize, mut work: impl FnMut() -> T) -> (f64, T) {
    let mut took = Vec::with_capacity(times);
    let mut last = work();
    for _ in 0..times {
        let begun = Instant::now();
        last = work();
        took.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    took.sort_by(f64::total_cmp);
    (took[took.len() / 2], last)
}

fn said(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
