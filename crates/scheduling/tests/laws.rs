//! Laws that hold for every series and calendar, whatever it says: property tests.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use scheduling::{Event, Length, RRule, Series, Start, busy, merge};

const ZONES: [Tz; 5] =
    [Tz::UTC, Tz::Europe__London, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Kolkata];

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn list(most: i16, negative: bool) -> impl Strategy<Value = Vec<i16>> {
    let least = if negative { -most } else { 1 };
    prop::collection::btree_set((least..=most).prop_filter("not 0", |n| *n != 0), 1..4)
        .prop_map(|set| set.into_iter().collect())
}

fn part(name: &'static str, most: i16, negative: bool) -> impl Strategy<Value = String> {
    prop::option::weighted(0.25, list(most, negative)).prop_map(move |numbers| match numbers {
        None => String::new(),
        Some(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(i16::to_string).collect();
            format!(";{name}={}", numbers.join(","))
        }
    })
}

/// A rule without COUNT and UNTIL, as text.
fn rule_text() -> impl Strategy<Value = String> {
    let freq = prop::sample::select(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"]);
    let days = prop::sample::select(vec!["", "", ";BYDAY=MO", ";BYDAY=TU,TH", ";BYDAY=MO,TU,WE,TH,FR"]);
    let parts = (
        part("BYMONTH", 12, false),
        part("BYMONTHDAY", 31, true),
        part("BYYEARDAY", 366, true),
        part("BYHOUR", 23, false),
        part("BYMINUTE", 59, false),
        part("BYSETPOS", 4, true),
    );
    (freq, 1u32..6, days, parts).prop_map(|(freq, interval, days, (a, b, c, d, e, f))| {
        format!("FREQ={freq};INTERVAL={interval}{days}{a}{b}{c}{d}{e}{f}")
    })
}

fn start() -> impl Strategy<Value = (NaiveDateTime, Tz)> {
    (0i64..2_000, 0i64..96, prop::sample::select(ZONES.to_vec())).prop_map(|(on, quarter, zone)| {
        let first = day("2019-01-01").and_hms_opt(0, 0, 0).expect("midnight");
        (first + TimeDelta::days(on) + TimeDelta::minutes(15 * quarter), zone)
    })
}

fn series(rule: &str, (wall, zone): (NaiveDateTime, Tz)) -> Series {
    let mut series = Series::once(Start::Local(wall, zone), Length::minutes(30));
    series.rrules = vec![RRule::parse(rule).expect("a rule")];
    series
}

fn starts(series: &Series, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let expansion = series.by_rules(from, to, Tz::UTC, 100_000);
    assert!(expansion.complete);
    expansion.occurrences.iter().map(|o| o.start).collect()
}

fn event(uid: usize, series: Series) -> Event {
    Event {
        uid: uid.to_string(),
        sequence: 0,
        stamped: None,
        recurrence_id: None,
        range_this_and_future: false,
        series,
        transparent: false,
        cancelled: false,
        tentative: false,
        out_of_office: false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn jumping_ahead_finds_what_a_walk_from_the_start_finds(
        rule in rule_text(), first in start(), ahead in 0i64..400, wide in 1i64..40,
    ) {
        let series = series(&rule, first);
        let begin = first.0.and_utc() - TimeDelta::days(2);
        let from = begin + TimeDelta::days(ahead);
        let to = from + TimeDelta::days(wide);
        // From the start, in steps of a month so that nothing is left out for its number.
        let mut walked = Vec::new();
        let mut at = begin;
        while at < to {
            walked.extend(starts(&series, at, (at + TimeDelta::days(30)).min(to)));
            at += TimeDelta::days(30);
        }
        // Who began before a step and still lasts is found in both.
        walked.sort();
        walked.dedup();
        walked.retain(|at| from < *at + TimeDelta::minutes(30) && *at < to);
        prop_assert_eq!(starts(&series, from, to), walked);
    }

    #[test]
    fn a_rule_is_written_as_it_was_read(
        rule in rule_text(),
        more in prop::sample::select(vec!["", ";COUNT=7", ";UNTIL=20270101", ";UNTIL=20270101T093000Z;WKST=SU", ";BYSECOND=1,59"]),
    ) {
        let read = RRule::parse(&format!("{rule}{more}")).expect("a rule");
        prop_assert_eq!(RRule::parse(&read.to_string()), Ok(read));
    }

    #[test]
    fn a_count_ends_the_series_where_counting_from_the_start_does(
        rule in rule_text(), first in start(), count in 1usize..3_000, ahead in 0i64..600,
    ) {
        let endless = series(&rule, first);
        let counted = series(&format!("{rule};COUNT={count}"), first);
        let begin = first.0.and_utc() - TimeDelta::days(2);
        let end = begin + TimeDelta::days(630);
        let expansion = endless.by_rules(begin, end, Tz::UTC, 100_000);
        prop_assume!(expansion.complete);
        // Two wall times of one instant count twice, but are one occurrence: only zones without gaps are told apart here.
        prop_assume!(matches!(first.1, Tz::UTC | Tz::Asia__Kolkata));
        let from = begin + TimeDelta::days(ahead);
        let expected: Vec<_> = expansion
            .occurrences
            .iter()
            .take(count)
            .filter(|o| o.end > from)
            .map(|o| o.start)
            .collect();
        prop_assert_eq!(starts(&counted, from, end), expected);
    }

    #[test]
    fn a_weekly_series_shifted_by_whole_weeks_is_shifted_as_a_whole(
        first in start(), weeks in 1i64..60, rule in prop::sample::select(vec![
            "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=WEEKLY", "FREQ=DAILY", "FREQ=DAILY;BYDAY=SA,SU;BYHOUR=9,14",
        ]),
    ) {
        let on = TimeDelta::weeks(weeks);
        let walls = |from: NaiveDateTime, window: NaiveDateTime| -> Vec<NaiveDateTime> {
            let begin = window.and_utc();
            let expansion =
                series(rule, (from, first.1)).by_rules(begin, begin + TimeDelta::days(50), Tz::UTC, 10_000);
            expansion.occurrences.iter().map(|o| o.wall).collect()
        };
        // Well inside the window, so that offsets at its ends do not matter.
        let middle = |mut walls: Vec<NaiveDateTime>, window: NaiveDateTime| {
            walls.retain(|wall| (*wall - window).num_days() >= 2 && (*wall - window).num_days() < 48);
            walls
        };
        let here = middle(walls(first.0, first.0), first.0);
        let there = middle(walls(first.0 + on, first.0 + on), first.0 + on);
        prop_assert_eq!(here.iter().map(|wall| *wall + on).collect::<Vec<_>>(), there);
    }

    #[test]
    fn the_order_of_a_feed_does_not_matter(
        events in prop::collection::vec((rule_text(), start()), 1..6), turn in 0usize..6, wide in 1i64..60,
    ) {
        let events: Vec<Event> =
            events.iter().enumerate().map(|(uid, (rule, first))| event(uid, series(rule, *first))).collect();
        let from = day("2021-03-01").and_hms_opt(0, 0, 0).expect("midnight").and_utc();
        let to = from + TimeDelta::days(wide);
        let mut turned = events.clone();
        turned.rotate_left(turn % events.len());
        turned.reverse();
        prop_assert_eq!(busy(&events, from, to, Tz::UTC), busy(&turned, from, to, Tz::UTC));
    }

    #[test]
    fn a_block_that_is_split_takes_the_same_time(
        first in start(), minutes in 2i64..3_000, cut in 1i64..3_000,
    ) {
        let cut = cut % minutes;
        prop_assume!(cut > 0);
        let at = first.0.and_utc();
        let block = |uid, from: i64, long: i64| {
            event(uid, Series::once(Start::Utc(at + TimeDelta::minutes(from)), Length::minutes(long)))
        };
        let stretches = |events: &[Event]| -> Vec<_> {
            let (from, to) = (at - TimeDelta::days(1), at + TimeDelta::days(9));
            merge(busy(events, from, to, Tz::UTC)).iter().map(|b| (b.start, b.end)).collect()
        };
        prop_assert_eq!(
            stretches(&[block(1, 0, minutes)]),
            stretches(&[block(1, 0, cut), block(2, cut, minutes - cut)])
        );
    }

    #[test]
    fn a_window_in_two_parts_holds_what_the_whole_holds(
        rule in rule_text(), first in start(), wide in 2i64..60, cut in 1i64..60,
    ) {
        let events = [event(1, series(&rule, first))];
        let from = first.0.and_utc() + TimeDelta::days(100);
        let (middle, to) = (from + TimeDelta::days(cut % wide), from + TimeDelta::days(wide));
        let whole = busy(&events, from, to, Tz::UTC);
        let mut parts = busy(&events, from, middle, Tz::UTC);
        parts.extend(busy(&events, middle, to, Tz::UTC));
        parts.sort_by_key(|b| (b.start, b.end));
        parts.dedup();
        prop_assert_eq!(whole, parts);
    }
}
