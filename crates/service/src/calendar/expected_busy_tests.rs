//! Busy times of real calendars, against what two independent engines agree on.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::calendar::busy;

#[derive(Deserialize)]
struct Expected {
    window: (DateTime<Utc>, DateTime<Utc>),
    events: Vec<ExpectedBusy>,
}

#[derive(Deserialize)]
struct ExpectedBusy {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    effect: String,
    uid: String,
}

fn samples() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var("WAYMARK_SAMPLES").unwrap_or_else(|_| default.to_owned());
    let folder = PathBuf::from(folder).join("interop");
    if folder.exists() {
        return Some(folder);
    }
    assert!(std::env::var("CI").is_err(), "the samples are missing: {}", folder.display());
    println!("skipped: no samples at {}", folder.display());
    None
}

#[test]
fn busy_times_agree_with_two_independent_engines() {
    let Some(folder) = samples() else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("ical/expected-busy.json")).expect("the expectations");
    let expected: BTreeMap<String, Expected> =
        serde_json::from_str(&text).expect("the expectations are JSON");
    assert!(expected.len() > 20, "only {} calendars", expected.len());
    for (name, expected) in expected {
        let bytes = std::fs::read(folder.join(&name)).expect("the calendar");
        let (from, to) = expected.window;
        let reading = busy(&bytes, from, to, chrono_tz::UTC);
        assert!(!reading.is_refused(), "{name}: {:?}", reading.problems);
        let mut found: Vec<_> = reading
            .busy
            .into_iter()
            .map(|busy| {
                let effect = busy.effect.code().to_owned();
                (busy.start.timestamp_millis(), busy.end.timestamp_millis(), effect, busy.uid)
            })
            .collect();
        let mut wanted: Vec<_> = expected
            .events
            .into_iter()
            // What takes no time is not among ours.
            .filter(|event| event.effect != "transparent")
            .map(|event| {
                (event.start.timestamp_millis(), event.end.timestamp_millis(), event.effect, event.uid)
            })
            .collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{name}");
    }
}
