//! Series and calendars across clock changes, with exceptions, moves and cancellations, and hostile rules.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::{America::New_York, Europe::London, Tz};
use scheduling::{Event, Length, RDate, RRule, Series, Start, busy};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn wall(text: &str) -> NaiveDateTime {
    text.parse().expect("a wall time")
}

fn london(text: &str) -> Start {
    Start::Local(wall(text), London)
}

fn series(dtstart: Start, length: Length, rule: &str) -> Series {
    let rrules = (!rule.is_empty()).then(|| RRule::parse(rule).expect("a rule")).into_iter().collect();
    Series { dtstart, duration: length, rrules, rdates: vec![], exdates: vec![] }
}

fn starts(series: &Series, from: &str, to: &str) -> Vec<String> {
    let expansion = series.between(utc(from), utc(to), London);
    assert!(expansion.complete);
    expansion.occurrences.iter().map(|o| o.start.format("%m-%dT%H:%MZ").to_string()).collect()
}

fn event(uid: &str, series: Series) -> Event {
    Event {
        uid: uid.into(),
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

fn shown(events: &[Event], from: &str, to: &str) -> Vec<String> {
    busy(events, utc(from), utc(to), London)
        .iter()
        .map(|b| format!("{}–{} {:?}", b.start.format("%m-%dT%H:%M"), b.end.format("%dT%H:%M"), b.effect))
        .collect()
}

/// Wednesdays at 09:00 London time for an hour, from 6 January 2027.
fn weekly() -> Event {
    event("a", series(london("2027-01-06T09:00:00"), Length::minutes(60), "FREQ=WEEKLY"))
}

#[test]
fn a_weekly_series_keeps_its_wall_time_across_the_clock_change() {
    assert_eq!(
        starts(&weekly().series, "2027-03-22T00:00:00Z", "2027-04-05T00:00:00Z"),
        ["03-24T09:00Z", "03-31T08:00Z"]
    );
}

#[test]
fn a_daily_series_in_the_skipped_hour_moves_and_in_the_repeated_hour_happens_once() {
    let daily =
        series(Start::Local(wall("2007-03-01T02:30:00"), New_York), Length::minutes(30), "FREQ=DAILY");
    assert_eq!(
        starts(&daily, "2007-03-10T05:00:00Z", "2007-03-13T00:00:00Z"),
        ["03-10T07:30Z", "03-11T07:30Z", "03-12T06:30Z"]
    );
    let daily = series(london("2027-10-01T01:30:00"), Length::minutes(30), "FREQ=DAILY");
    assert_eq!(
        starts(&daily, "2027-10-30T00:00:00Z", "2027-11-02T00:00:00Z"),
        ["10-30T00:30Z", "10-31T00:30Z", "11-01T01:30Z"]
    );
}

#[test]
fn an_old_series_costs_no_more_than_a_new_one() {
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;BYHOUR=9;BYMINUTE=0",
        "FREQ=WEEKLY;BYDAY=MO,WE",
        "FREQ=YEARLY;BYMONTH=1",
    ] {
        let old = series(Start::Utc(utc("0001-01-03T09:00:00Z")), Length::minutes(1), rule);
        let expansion = old.between(utc("2027-01-03T08:59:00Z"), utc("2027-01-03T09:10:00Z"), London);
        assert!(expansion.complete, "{rule}");
    }
}

#[test]
fn hostile_rules_end_and_say_that_they_are_not_complete() {
    for rule in [
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;INTERVAL=4294967295;BYHOUR=1",
        "FREQ=SECONDLY;COUNT=4294967295;BYSECOND=1",
        "FREQ=YEARLY;BYYEARDAY=1,2,3;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20;BYSECOND=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20",
        "FREQ=YEARLY;INTERVAL=4294967295",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31;COUNT=1000000",
        "FREQ=DAILY;BYSETPOS=366;COUNT=4294967295",
        "FREQ=WEEKLY;INTERVAL=4294967295;BYDAY=MO",
    ] {
        let hostile = series(Start::Utc(utc("1970-01-01T00:00:00Z")), Length::days(4_000_000_000), rule);
        let expansion = hostile.between(utc("2027-01-01T00:00:00Z"), utc("2029-01-01T00:00:00Z"), London);
        assert!(expansion.occurrences.len() <= 100_000, "{rule}");
    }
    let endless =
        event("x", series(Start::Utc(utc("2027-01-01T00:00:00Z")), Length::minutes(0), "FREQ=SECONDLY"));
    let found = busy(&[endless], utc("2027-01-01T00:00:00Z"), utc("2027-02-01T00:00:00Z"), London);
    let rest = found.iter().max_by_key(|b| b.end).expect("some");
    assert_eq!(rest.end, utc("2027-02-01T00:00:00Z"), "what is not known is not free");
    assert!(rest.start < utc("2027-01-02T04:00:00Z"));
}

#[test]
fn exceptions_may_be_dates_or_date_times_and_further_dates_may_be_periods() {
    let mut s = weekly().series;
    s.exdates = vec![
        Start::Date("2027-01-13".parse().expect("a date")),
        Start::Utc(utc("2027-01-20T09:00:00Z")),
        Start::Floating(wall("2027-01-27T09:00:00")),
        london("2027-02-03T10:00:00"), // meets nothing
    ];
    s.rdates = vec![
        RDate { start: london("2027-01-08T11:00:00"), length: Some(Length::minutes(90)) },
        RDate { start: london("2027-01-06T09:00:00"), length: None },
    ];
    assert_eq!(
        starts(&s, "2027-01-01T00:00:00Z", "2027-02-05T00:00:00Z"),
        ["01-06T09:00Z", "01-08T11:00Z", "02-03T09:00Z"]
    );
    let period = s.between(utc("2027-01-08T12:00:00Z"), utc("2027-01-08T12:30:00Z"), London);
    assert_eq!(period.occurrences[0].end, utc("2027-01-08T12:30:00Z"));
}

#[test]
fn until_is_inclusive_in_each_of_its_forms() {
    // A date is its midnight.
    for (until, number) in [
        ("20270121", 3),
        ("20270120", 2),
        ("20270120T090000Z", 3),
        ("20270120T085959Z", 2),
        ("20270120T090000", 3),
        ("20270101", 0),
    ] {
        let s =
            series(london("2027-01-06T09:00:00"), Length::minutes(60), &format!("FREQ=WEEKLY;UNTIL={until}"));
        assert_eq!(starts(&s, "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z").len(), number, "{until}");
    }
    let days = series(
        Start::Date("2027-07-01".parse().expect("a date")),
        Length::default(),
        "FREQ=DAILY;UNTIL=20270703T000000Z",
    );
    assert_eq!(starts(&days, "2027-06-01T00:00:00Z", "2027-08-01T00:00:00Z").len(), 3);
}

#[test]
fn whole_days_are_local_days_of_whoever_looks() {
    let holiday =
        event("h", series(Start::Date("2027-03-28".parse().expect("a date")), Length::default(), ""));
    assert_eq!(
        shown(&[holiday], "2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z"),
        ["03-28T00:00–28T23:00 Busy"]
    );
}

#[test]
fn an_event_that_is_already_running_is_busy() {
    let away = Event {
        out_of_office: true,
        ..event("h", series(london("2027-01-04T00:00:00"), Length::days(14), ""))
    };
    assert_eq!(
        shown(&[away], "2027-01-10T00:00:00Z", "2027-01-11T00:00:00Z"),
        ["01-04T00:00–18T00:00 OutOfOffice"]
    );
}

#[test]
fn overrides_replace_move_and_cancel_their_occurrence() {
    let at = |id: &str, start: &str| Event {
        recurrence_id: Some(london(id)),
        ..event("a", series(london(start), Length::minutes(30), ""))
    };
    let events = [
        weekly(),
        at("2027-01-13T09:00:00", "2027-01-14T15:00:00"),
        Event { cancelled: true, ..at("2027-01-20T09:00:00", "2027-01-20T09:00:00") },
        Event { tentative: true, ..at("2027-01-27T09:00:00", "2027-01-27T09:00:00") },
        // Moved into the window from far outside it.
        at("2027-06-02T09:00:00", "2027-01-29T12:00:00"),
    ];
    assert_eq!(
        shown(&events, "2027-01-05T00:00:00Z", "2027-02-01T00:00:00Z"),
        [
            "01-06T09:00–06T10:00 Busy",
            "01-14T15:00–14T15:30 Busy",
            "01-27T09:00–27T09:30 Tentative",
            "01-29T12:00–29T12:30 Busy",
        ]
    );
}

#[test]
fn a_change_for_this_and_future_moves_all_later_occurrences() {
    let onward = Event {
        recurrence_id: Some(london("2027-01-20T09:00:00")),
        range_this_and_future: true,
        ..event("a", series(london("2027-01-21T14:00:00"), Length::minutes(30), ""))
    };
    assert_eq!(
        shown(&[onward.clone(), weekly()], "2027-01-12T00:00:00Z", "2027-02-01T00:00:00Z"),
        ["01-13T09:00–13T10:00 Busy", "01-21T14:00–21T14:30 Busy", "01-28T14:00–28T14:30 Busy"]
    );
    // Across the clock change, on the wall clock.
    assert_eq!(
        shown(&[onward.clone(), weekly()], "2027-04-01T00:00:00Z", "2027-04-02T00:00:00Z"),
        ["04-01T13:00–01T13:30 Busy"]
    );
    let stopped = Event { cancelled: true, ..onward };
    assert_eq!(
        shown(&[weekly(), stopped], "2027-01-12T00:00:00Z", "2027-03-01T00:00:00Z"),
        ["01-13T09:00–13T10:00 Busy"]
    );
}

#[test]
fn of_two_versions_the_higher_sequence_holds_then_the_later_stamp_then_the_first() {
    let version = |sequence, start: &str| Event {
        sequence,
        ..event("a", series(london(start), Length::minutes(30), ""))
    };
    let day = ("2027-01-05T00:00:00Z", "2027-01-06T00:00:00Z");
    let newer_first = [version(2, "2027-01-05T11:00:00"), version(1, "2027-01-05T09:00:00")];
    assert_eq!(shown(&newer_first, day.0, day.1), ["01-05T11:00–05T11:30 Busy"]);
    let equal = [version(1, "2027-01-05T11:00:00"), version(1, "2027-01-05T09:00:00")];
    assert_eq!(shown(&equal, day.0, day.1), ["01-05T11:00–05T11:30 Busy"]);
    let mut stamped = equal.clone();
    stamped[0].stamped = Some(utc("2026-12-01T00:00:00Z"));
    stamped[1].stamped = Some(utc("2026-12-02T00:00:00Z"));
    assert_eq!(shown(&stamped, day.0, day.1), ["01-05T09:00–05T09:30 Busy"]);
    let nameless = equal.map(|e| Event { uid: String::new(), ..e });
    assert_eq!(shown(&nameless, day.0, day.1).len(), 2);
}

#[test]
fn transparent_and_cancelled_events_take_no_time_and_an_override_alone_does() {
    let transparent = Event { transparent: true, ..weekly() };
    let cancelled = Event { uid: "b".into(), cancelled: true, ..weekly() };
    let alone = Event { uid: "c".into(), recurrence_id: Some(london("2027-01-06T09:00:00")), ..weekly() };
    assert_eq!(
        shown(&[transparent, cancelled, alone], "2027-01-05T00:00:00Z", "2027-03-01T00:00:00Z"),
        ["01-06T09:00–06T10:00 Busy"]
    );
}

#[test]
fn times_without_a_zone_are_read_in_the_zone_of_whoever_looks() {
    let s = series(Start::Floating(wall("2027-07-01T09:00:00")), Length::minutes(30), "");
    let at = |zone: Tz| {
        s.between(utc("2027-06-30T00:00:00Z"), utc("2027-07-03T00:00:00Z"), zone).occurrences[0].start
    };
    assert_eq!(at(London), utc("2027-07-01T08:00:00Z"));
    assert_eq!(at(New_York), utc("2027-07-01T13:00:00Z"));
}

#[test]
fn a_beginning_that_no_rule_yields_is_the_first_instance_beside_all_that_count_allows() {
    // Wednesday 6 January; the rule says Mondays.
    let s = series(london("2027-01-06T09:00:00"), Length::minutes(60), "FREQ=WEEKLY;BYDAY=MO;COUNT=2");
    assert_eq!(
        starts(&s, "2027-01-01T00:00:00Z", "2027-03-01T00:00:00Z"),
        ["01-06T09:00Z", "01-11T09:00Z", "01-18T09:00Z"]
    );
    let rules = s.by_rules(utc("2027-01-01T00:00:00Z"), utc("2027-03-01T00:00:00Z"), London, 9);
    assert_eq!(rules.occurrences.len(), 2);
}

#[test]
fn several_rules_all_hold() {
    let mut s = weekly().series;
    s.rrules.push(RRule::parse("FREQ=DAILY;COUNT=3").expect("a rule"));
    assert_eq!(
        starts(&s, "2027-01-01T00:00:00Z", "2027-01-14T00:00:00Z"),
        ["01-06T09:00Z", "01-07T09:00Z", "01-08T09:00Z", "01-13T09:00Z"]
    );
}

#[test]
fn an_end_on_the_clock_keeps_its_time_in_the_nights_on_which_clocks_change() {
    let night = |length| event("n", series(london("2027-03-20T22:00:00"), length, "FREQ=DAILY"));
    let (spring, autumn) = ("2027-03-28T00:00:00Z", "2027-10-31T00:00:00Z");
    let shown = |length, at: &str| shown(&[night(length)], at, &at.replace("00:00:00", "00:01:00"));
    // DTEND is 06:00 on the clock.
    assert_eq!(shown(Length::on_the_clock(8 * 3_600), spring), ["03-27T22:00–28T05:00 Busy"]);
    assert_eq!(shown(Length::on_the_clock(8 * 3_600), autumn), ["10-30T21:00–31T06:00 Busy"]);
    // PT8H is exact, P1D is a day.
    assert_eq!(shown(Length::minutes(8 * 60), spring), ["03-27T22:00–28T06:00 Busy"]);
    let days = Length::days(1);
    assert!(shown(days, autumn).contains(&"10-30T21:00–31T22:00 Busy".to_owned()));
}

#[test]
fn what_is_excepted_takes_its_change_along() {
    let mut master = weekly();
    master.series.exdates = vec![london("2027-01-13T09:00:00")];
    let change = Event {
        recurrence_id: Some(london("2027-01-13T09:00:00")),
        ..event("a", series(london("2027-01-14T15:00:00"), Length::minutes(30), ""))
    };
    assert_eq!(
        shown(&[master, change], "2027-01-12T00:00:00Z", "2027-01-21T00:00:00Z"),
        ["01-20T09:00–20T10:00 Busy"]
    );
}

#[test]
fn counting_is_not_slower_for_an_older_series() {
    for rule in [
        "FREQ=SECONDLY;COUNT=4000000000",
        "FREQ=SECONDLY;BYHOUR=9;BYMINUTE=0;BYSECOND=0;COUNT=4000000000",
        "FREQ=MINUTELY;INTERVAL=7;BYDAY=MO,TU;BYHOUR=9,10;COUNT=4000000000",
        "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4000000000",
        "FREQ=DAILY;BYMONTH=1,2,3;COUNT=4000000000",
    ] {
        let old = series(Start::Utc(utc("1970-01-05T09:00:00Z")), Length::minutes(1), rule);
        let expansion = old.between(utc("2027-01-04T08:59:00Z"), utc("2027-01-04T09:30:00Z"), London);
        assert!(expansion.complete && !expansion.occurrences.is_empty(), "{rule}");
    }
}
