//! Times the search for free slots for `cargo xtask bench scheduling`; prints one JSON object.
//!
//! `slots FILE.json`: `{"from","to","busy":[["start","end"]]}`. One specialist, every day from 7 to 19 o'clock in London, a
//! visit of a quarter of an hour each quarter, five minutes kept free before it and ten after it.

use std::error::Error;
use std::time::Instant;

use chrono::{DateTime, SecondsFormat, Utc};
use scheduling::{Busy, Diaries, Diary, Effect, Rules, Window, slots};
use serde_json::json;

const RULES: &str = r#"{
    "zone": "Europe/London",
    "sessions": [{
        "id": "clinic", "who": ["dr-a"], "weekdays": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        "from": "07:00", "to": "19:00", "visits": [{"length_min": 15}], "step_min": 15,
        "buffer_before_min": 5, "buffer_after_min": 10
    }]
}"#;

#[derive(serde::Deserialize)]
struct Question {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    busy: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("slots FILE.json")?;
    let asked: Question = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let rules: Rules = serde_json::from_str(RULES)?;
    rules.check()?;
    let busy = |(start, end)| Busy { start, end, effect: Effect::Busy, uid: String::new() };
    let diary = Diary { busy: asked.busy.into_iter().map(busy).collect(), ..Diary::default() };
    let diaries = Diaries::from([("dr-a".to_owned(), diary)]);
    let window = Window { from: asked.from, to: asked.to };
    let mut took = Vec::new();
    let mut free = Vec::new();
    for _ in 0..501 {
        let begun = Instant::now();
        free = slots(&rules, &diaries, window, window.from, None);
        took.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    took.sort_by(f64::total_cmp);
    let said: Vec<String> =
        free.iter().map(|offer| offer.slot.start.to_rfc3339_opts(SecondsFormat::Secs, true)).collect();
    println!("{}", json!({ "us": took[took.len() / 2], "slots": said }));
    Ok(())
}
