//! Rules against a table of cases: the examples of RFC 5545 §3.8.5.3 and rules drawn at random, their occurrences
//! worked out by an independent implementation (python-dateutil 4.0.0). Columns: DTSTART, RRULE, window from, window
//! to (half open), the expected starts; all in UTC. Where that implementation leaves out a DTSTART that its rule does
//! not yield, the table has it, as RFC 5545 §3.8.5.3 makes DTSTART the first instance. `WAYMARK_RECURRENCE_CASES` names
//! another table of the same shape.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use scheduling::{Length, RRule, Series, Start};

const CASES: &str = include_str!("recurrence_cases.tsv");

fn at(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").expect("a date-time").and_utc()
}

#[test]
fn every_rule_of_the_table_yields_its_occurrences() {
    let cases = match std::env::var("WAYMARK_RECURRENCE_CASES") {
        Ok(path) => std::fs::read_to_string(path).expect("the named table"),
        Err(_) => CASES.to_owned(),
    };
    let mut wrong = Vec::new();
    let mut number = 0;
    for line in cases.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [start, rule, from, to, expected] = columns[..] else { panic!("five columns: {line}") };
        let mut series = Series::once(Start::Utc(at(start)), Length::default());
        series.rrule = Some(RRule::parse(rule).expect(rule));
        let expansion = series.between(at(from), at(to), Tz::UTC);
        let got: Vec<String> =
            expansion.occurrences.iter().map(|o| o.start.format("%Y%m%dT%H%M%S").to_string()).collect();
        if got.join(" ") != expected || !expansion.complete {
            wrong.push(format!(
                "{start} {rule} from {from} to {to}\n  expected {expected}\n  got      {}",
                got.join(" ")
            ));
        }
        number += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {number} cases differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
    assert!(number > 100);
}
