//! Rules against a table of cases: the examples of RFC 5545 §3.8.5.3 and rules drawn at random, their occurrences worked
//! out by implementations of others (the table says which). `WAYMARK_RECURRENCE_CASES` names another table of the same
//! shape. DTSTART stands there only where the rule yields it: whether it does otherwise belong to the series is a
//! question about events, not about rules.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use scheduling::{Length, RRule, Series, Start};

const CASES: &str = include_str!("recurrence_cases.tsv");

fn wall(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").expect("a date-time")
}

fn at(text: &str) -> DateTime<Utc> {
    wall(text).and_utc()
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
        let [start, zone, rule, from, to, expected] = columns[..] else { panic!("six columns: {line}") };
        let dtstart = match zone {
            "-" => Start::Utc(at(start)),
            zone => Start::Local(wall(start), zone.parse().expect("a zone")),
        };
        let mut series = Series::once(dtstart, Length::default());
        series.rrules = vec![RRule::parse(rule).expect(rule)];
        let expansion = series.by_rules(at(from), at(to), Tz::UTC, 1_000);
        let got: Vec<String> =
            expansion.occurrences.iter().map(|o| o.start.format("%Y%m%dT%H%M%S").to_string()).collect();
        if got.join(" ") != expected || !expansion.complete {
            wrong.push(format!(
                "{start} {zone} {rule} from {from} to {to}\n  expected {expected}\n  got      {}",
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
