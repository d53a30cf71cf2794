//! Availability (RFC 7953) against the procedure of its sections 4 and 5, followed hour by hour.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use scheduling::{Availability, Available, Effect, End, Event, Length, RRule, Series, Start, unavailable};

const HOURS: i64 = 96;

fn at(hour: i64) -> DateTime<Utc> {
    "2027-01-04T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::hours(hour)
}

fn event(uid: &str, series: Series) -> Event {
    Event {
        uid: uid.to_owned(),
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

/// Begins at an hour, lasts some hours, and so on each of some days.
fn available() -> impl Strategy<Value = (i64, i64, u32)> {
    (-20i64..90, 1i64..30, 1u32..4)
}

/// From and to, each with or without; priority; busy type; available stretches.
type Drawn = (Option<i64>, Option<i64>, u8, Effect, Vec<(i64, i64, u32)>);

fn drawn() -> impl Strategy<Value = Drawn> {
    (
        prop::option::of(-10i64..90),
        prop::option::of(0i64..60),
        0u8..10,
        prop::sample::select(vec![Effect::Busy, Effect::OutOfOffice, Effect::Tentative]),
        prop::collection::vec(available(), 0..4),
    )
}

fn made(number: usize, (start, long, priority, effect, stretches): &Drawn) -> Availability {
    let available = stretches.iter().enumerate().map(|(inner, (from, hours, days))| {
        let mut series = Series::once(Start::Utc(at(*from)), Length::minutes(60 * hours));
        series.rrules = vec![RRule::parse(&format!("FREQ=DAILY;COUNT={days}")).expect("a rule")];
        let event = event(&inner.to_string(), series);
        Available { event, summary: String::new(), location: String::new() }
    });
    Availability {
        uid: number.to_string(),
        sequence: 0,
        stamped: None,
        start: start.map(|start| Start::Utc(at(start))),
        end: match (start, long) {
            (_, None) => None,
            (Some(_), Some(long)) if long % 2 == 0 => Some(End::After(Length::minutes(60 * long))),
            (start, Some(long)) => Some(End::At(Start::Utc(at(start.unwrap_or(0) + long)))),
        },
        priority: *priority,
        effect: *effect,
        available: available.collect(),
    }
}

/// Section 4: from the lowest priority to the highest, what is covered becomes busy, then what is available free; equals
/// do the one together before the other.
fn by_the_hour(all: &[Drawn]) -> Vec<Option<Effect>> {
    let rank = |effect: Effect| match effect {
        Effect::Busy => 2,
        Effect::OutOfOffice => 1,
        Effect::Tentative => 0,
    };
    let covers = |(start, long, ..): &Drawn, hour: i64| {
        start.is_none_or(|start| start <= hour) && long.is_none_or(|long| hour < start.unwrap_or(0) + long)
    };
    let opens = |(.., stretches): &Drawn, hour: i64| {
        stretches.iter().any(|(from, long, days)| {
            (0..i64::from(*days)).any(|day| (from + 24 * day..from + 24 * day + long).contains(&hour))
        })
    };
    let mut hours = vec![None; usize::try_from(HOURS).expect("fits")];
    for (hour, said) in (0..HOURS).zip(&mut hours) {
        for priority in [0, 9, 8, 7, 6, 5, 4, 3, 2, 1] {
            let level: Vec<_> = all.iter().filter(|one| one.2 == priority && covers(one, hour)).collect();
            if let Some(firmest) = level.iter().map(|one| one.3).max_by_key(|effect| rank(*effect)) {
                *said = Some(firmest);
            }
            if level.iter().any(|one| opens(one, hour)) {
                *said = None;
            }
        }
    }
    hours
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn free_and_busy_are_what_the_procedure_says(all in prop::collection::vec(drawn(), 0..6)) {
        let made: Vec<Availability> = all.iter().enumerate().map(|(n, one)| made(n, one)).collect();
        let times = unavailable(&made, at(0), at(HOURS), Tz::UTC);
        prop_assert!(times.complete);
        for pair in times.busy.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start, "told once");
        }
        let found: Vec<Option<Effect>> = (0..HOURS)
            .map(|hour| {
                let now = at(hour);
                times.busy.iter().find(|busy| busy.start <= now && now < busy.end).map(|busy| busy.effect)
            })
            .collect();
        prop_assert_eq!(found, by_the_hour(&all));
        let mut turned = made.clone();
        turned.reverse();
        let spans = |times: &scheduling::expand::BusyTimes| -> Vec<_> {
            scheduling::merge(times.busy.clone()).iter().map(|busy| (busy.start, busy.end)).collect()
        };
        prop_assert_eq!(spans(&unavailable(&turned, at(0), at(HOURS), Tz::UTC)), spans(&times));
    }
}

#[test]
fn very_many_components_cost_little() {
    let one = |n: i64| {
        (
            Some(n % 90),
            Some(7),
            u8::try_from(n % 10).expect("a digit"),
            Effect::OutOfOffice,
            vec![(n % 80, 3, 2)],
        )
    };
    let made: Vec<Availability> =
        (0..20_000).map(|n| made(usize::try_from(n).expect("fits"), &one(n))).collect();
    let begun = std::time::Instant::now();
    let times = unavailable(&made, at(0), at(HOURS), Tz::UTC);
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
    assert!(!times.busy.is_empty());
}
