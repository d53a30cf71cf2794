//! Every IANA zone around every change of its clocks from 2020 to 2040.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use scheduling::wall::{Fold, Moment, moment, wall_of};
use scheduling::{Diaries, Freq, Length, RRule, Rules, Series, Session, Start, Visit, Window, slots};

fn offset(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

/// The instants at which a zone's clocks change: found by looking twice a day, then by halving.
fn changes(zone: Tz) -> Vec<DateTime<Utc>> {
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let (mut now, end) = (at("2020-01-01T00:00:00Z"), at("2041-01-01T00:00:00Z"));
    let mut found = Vec::new();
    while now < end {
        let next = now + TimeDelta::hours(12);
        if offset(zone, now) != offset(zone, next) {
            let (mut low, mut high) = (now, next);
            while high - low > TimeDelta::seconds(1) {
                let middle = low + (high - low) / 2;
                let middle = DateTime::from_timestamp(middle.timestamp(), 0).expect("in range");
                if offset(zone, middle) == offset(zone, low) { low = middle } else { high = middle }
            }
            found.push(high);
        }
        now = next;
    }
    found
}

/// Visits of half an hour all day and night.
fn around_the_clock(zone: Tz) -> Rules {
    let mut rules = Rules::of_zone(zone);
    rules.sessions.push(Session {
        id: "all day".into(),
        who: vec![String::new()],
        also: Vec::new(),
        site: None,
        weekdays: [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ]
        .to_vec(),
        every_weeks: 1,
        valid_from: None,
        valid_to: None,
        dates: Vec::new(),
        from: NaiveTime::MIN,
        to: NaiveTime::MIN,
        zone: None,
        visits: vec![Visit { kind: String::new(), length_min: 30 }],
        step_min: None,
        capacity: 1,
        buffer_before_min: 0,
        buffer_after_min: 0,
        daily_limit: None,
        notice_min: None,
    });
    rules
}

#[test]
fn no_slot_lies_in_a_gap_folds_are_labelled_and_wall_times_are_kept() {
    let (mut seen, mut folds) = (0, 0);
    for zone in TZ_VARIANTS {
        for change in changes(zone) {
            seen += 1;
            let window = Window { from: change - TimeDelta::hours(7), to: change + TimeDelta::hours(7) };
            let free = slots(&around_the_clock(zone), &Diaries::new(), window, window.from, None);
            assert!(free.len() > 20, "{zone} {change}: {}", free.len());
            for pair in free.windows(2) {
                assert!(pair[0].slot.end <= pair[1].slot.start, "{zone} {change}: two at once");
            }
            for offer in &free {
                let slot = &offer.slot;
                let context = format!("{zone} {change}: {slot:?}");
                assert_eq!(wall_of(slot.start, zone), slot.wall, "{context}");
                assert_eq!(slot.wall.minute() % 30, 0, "the grid is that of the wall clock: {context}");
                match (moment(slot.wall, zone), slot.fold) {
                    (Moment::Once(at), None) => assert_eq!(at, slot.start, "{context}"),
                    (Moment::Twice(first, _), Some(Fold::First)) => {
                        assert_eq!(first, slot.start, "{context}")
                    }
                    (Moment::Twice(_, second), Some(Fold::Second)) => {
                        folds += 1;
                        assert_eq!(second, slot.start, "{context}");
                    }
                    other => panic!("{other:?}: {context}"),
                }
            }
        }
    }
    // Some six hundred zones, of which a good part changes its clocks twice a year.
    assert!(seen > 4_000, "{seen} changes");
    assert!(folds > 2_000, "{folds} second passes");
}

/// The wall time at which a zone's clocks are about to change.
fn onset(zone: Tz, change: DateTime<Utc>) -> NaiveDateTime {
    wall_of(change - TimeDelta::seconds(1), zone) + TimeDelta::seconds(1)
}

#[test]
fn a_daily_series_keeps_its_wall_time_across_every_change() {
    let (mut skipped, mut repeated) = (0, 0);
    for zone in TZ_VARIANTS {
        for change in changes(zone) {
            let before = offset(zone, change - TimeDelta::seconds(1));
            let around = onset(zone, change);
            for minutes in [-150, -90, -60, -30, -1, 0, 1, 15, 29, 30, 45, 59, 60, 90, 1_380] {
                let first = around - TimeDelta::days(3) + TimeDelta::minutes(minutes);
                let mut series = Series::once(Start::Local(first, zone), Length::on_the_clock(1_800));
                series.rrules = vec![RRule::every(Freq::Daily)];
                let (from, to) = (change - TimeDelta::days(2), change + TimeDelta::days(2));
                let found = series.between(from, to, Tz::UTC);
                assert!(found.complete && (3..=5).contains(&found.occurrences.len()), "{zone} {change}");
                for o in &found.occurrences {
                    let context = format!("{zone} {change} {minutes}: {o:?}");
                    assert_eq!(o.wall.time(), first.time(), "{context}");
                    match moment(o.wall, zone) {
                        Moment::Once(at) => assert_eq!(o.start, at, "{context}"),
                        // RFC 5545 section 3.3.5: "the first occurrence of the referenced time".
                        Moment::Twice(earlier, _) => {
                            repeated += 1;
                            assert_eq!(o.start, earlier, "{context}");
                        }
                        // "interpreted using the UTC offset before the gap".
                        Moment::Never => {
                            skipped += 1;
                            let meant = o.wall - TimeDelta::seconds(before.into());
                            assert_eq!(o.start, meant.and_utc(), "{context}");
                        }
                    }
                    assert!(o.start <= o.end, "{context}");
                }
            }
        }
    }
    assert!(skipped > 5_000 && repeated > 5_000, "{skipped} skipped, {repeated} repeated");
}

#[test]
fn hours_across_a_change_open_and_close_on_the_wall_clock() {
    for zone in TZ_VARIANTS {
        for change in changes(zone) {
            // From well before the change until well after it: an hour more or less, but the same times on the clock.
            let day = onset(zone, change).date().pred_opt().expect("a day");
            let mut rules = around_the_clock(zone);
            rules.sessions[0].from = NaiveTime::from_hms_opt(20, 0, 0).expect("a time");
            rules.sessions[0].to = NaiveTime::from_hms_opt(8, 0, 0).expect("a time");
            rules.sessions[0].weekdays = Vec::new();
            rules.sessions[0].dates = vec![day];
            let (opens, closes) = rules.sessions[0].hours_on(day).expect("hours");
            let window = Window { from: change - TimeDelta::days(2), to: change + TimeDelta::days(2) };
            let free = slots(&rules, &Diaries::new(), window, window.from, None);
            let (Moment::Once(first), Moment::Once(last)) = (moment(opens, zone), moment(closes, zone))
            else {
                continue;
            };
            assert_eq!(free.first().map(|offer| offer.slot.start), Some(first), "{zone} {change}");
            assert_eq!(free.last().map(|offer| offer.slot.end), Some(last), "{zone} {change}");
        }
    }
}
