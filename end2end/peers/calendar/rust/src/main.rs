//! Times the crates `rrule` and `calcard` at what `crates/interop/examples/calendars.rs` does; prints JSON.
//! `waymark-peer-calendar FILE.ics`

use std::time::Instant;

use calcard::icalendar::ICalendarComponentType;
use calcard::{Entry, Parser};
use chrono::{DateTime, SecondsFormat, Utc};
use rrule::{RRuleSet, Tz};

const RULE: &str = "DTSTART;TZID=Europe/London:19970106T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("waymark-peer-calendar FILE.ics")?;
    let text = std::fs::read_to_string(file)?;
    let from: DateTime<Utc> = "2026-06-01T00:00:00Z".parse()?;
    let to: DateTime<Utc> = "2026-06-30T23:59:59Z".parse()?;
    let rule: RRuleSet = RULE.parse()?;
    let (distant_us, starts) = median(15, || {
        let window = rule.clone().after(from.with_timezone(&Tz::UTC)).before(to.with_timezone(&Tz::UTC));
        window.all(1_000).dates
    });
    let (parse_us, events) = median(31, || events(&text));
    let starts: Vec<String> = starts
        .iter()
        .map(|at| at.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true))
        .collect();
    println!(
        "{}",
        serde_json::json!({
            "distant_us": distant_us, "starts": starts, "parse_us": parse_us, "events": events,
        })
    );
    Ok(())
}

fn events(text: &str) -> usize {
    let mut parser = Parser::new(text);
    let mut found = 0;
    loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => {
                let is_event = |kind: &ICalendarComponentType| *kind == ICalendarComponentType::VEvent;
                found += calendar.components.iter().filter(|one| is_event(&one.component_type)).count();
            }
            Entry::Eof => return found,
            _ => {}
        }
    }
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
