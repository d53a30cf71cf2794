//! Generated calendars on whose busy time two independent engines agree: recurring-ical-events 3.8.2 (over python-dateutil)
//! and ical.js 2.2.1. `end2end/peers/calendar/calendars.py` makes and judges more of them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::busy;

const AGREED: &str = include_str!("agreed_calendars.jsonl");

#[derive(Deserialize)]
struct Agreed {
    ics: String,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    busy: Vec<(DateTime<Utc>, DateTime<Utc>, String)>,
}

#[test]
fn every_calendar_on_which_two_engines_agree_is_read_alike() {
    let mut number = 0;
    for line in AGREED.lines() {
        let agreed: Agreed = serde_json::from_str(line).expect("a case");
        let reading = busy(agreed.ics.as_bytes(), agreed.from, agreed.to, chrono_tz::UTC);
        assert!(!reading.is_refused(), "{:?}\n{}", reading.problems, agreed.ics);
        // Moments are not in this list.
        let lasting = reading.busy.into_iter().filter(|b| b.start < b.end);
        let mut found: Vec<_> = lasting.map(|b| (b.start, b.end, b.uid)).collect();
        found.dedup();
        assert_eq!(found, agreed.busy, "{}", agreed.ics);
        number += 1;
    }
    assert!(number >= 300, "{number} calendars");
}

#[test]
fn a_rule_that_is_not_allowed_is_a_problem_with_its_name_and_uid() {
    let window = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    for (rule, said) in [
        ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY is not allowed"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is not allowed"),
        ("FREQ=DAILY;COUNT=-1", "COUNT=-1 is not allowed"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER is not a part of RFC 5545"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO is not allowed"),
    ] {
        let file = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:odd\nDTSTART:20270104T090000Z\nDURATION:PT1H\nRRULE:{rule}\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:good\nDTSTART:20270105T090000Z\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let reading = busy(
            file.as_bytes(),
            window("2027-01-01T00:00:00Z"),
            window("2027-02-01T00:00:00Z"),
            chrono_tz::UTC,
        );
        assert!(reading.is_refused());
        let problem = &reading.problems[0];
        assert_eq!(problem.uid, "odd");
        assert!(problem.problem.problem.contains(said), "{}", problem.problem.problem);
        let uids: Vec<_> = reading.busy.iter().map(|busy| busy.uid.as_str()).collect();
        assert_eq!(uids, ["good"], "the rest is read");
    }
}
