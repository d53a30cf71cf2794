//! What is stored is read again by the clock rules of now, in every zone.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;
use scheduling::wall::{moment, wall_of};
use scheduling::{Moment, Reread, reread};

/// Any minute from 2020 to 2040.
fn minute() -> impl Strategy<Value = DateTime<Utc>> {
    (26_297_280_i64..37_342_080)
        .prop_map(|minute| DateTime::from_timestamp(minute * 60, 0).expect("in range"))
}

fn zone() -> impl Strategy<Value = Tz> {
    (0..TZ_VARIANTS.len()).prop_map(|at| TZ_VARIANTS[at])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_the_rules_of_now_have_planned_stays(at in minute(), zone in zone(), second in 0_i64..60) {
        let wall = wall_of(at, zone).with_second(0).expect("a minute");
        prop_assert_eq!(reread(wall, zone, at + TimeDelta::seconds(second)), Reread::Same);
    }

    #[test]
    fn what_other_rules_have_planned_keeps_its_wall_time_and_is_then_right(
        at in minute(), zone in zone(), off_min in -180_i64..180,
    ) {
        let wall = wall_of(at, zone).with_second(0).expect("a minute");
        let stored = at + TimeDelta::minutes(off_min);
        match reread(wall, zone, stored) {
            Reread::Same => prop_assert_eq!(wall_of(stored, zone), wall),
            Reread::Moved(to) => {
                prop_assert_eq!(wall_of(to, zone), wall);
                prop_assert_eq!(reread(wall, zone, to), Reread::Same);
            }
            Reread::Skipped(_) => prop_assert!(false, "the clock has just shown it"),
        }
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_never_moved_to_in_silence(at in minute(), zone in zone()) {
        let wall = at.naive_utc();
        if moment(wall, zone) == Moment::Never {
            let first = reread(wall, zone, at);
            prop_assert!(!matches!(first, Reread::Moved(_)), "{:?}", first);
        }
    }
}

#[test]
fn every_gap_of_2020_to_2040_is_told_from_a_time_that_is_there() {
    let mut gaps = 0;
    for zone in TZ_VARIANTS {
        let mut at = "2020-01-01T00:15:00Z".parse::<DateTime<Utc>>().expect("an instant");
        let end = "2041-01-01T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant");
        while at < end {
            let next = at + TimeDelta::days(1);
            let (wall, then) = (wall_of(at, zone), wall_of(next, zone));
            // A day later by the instant, and more than that by the clock: they went forward.
            if then - wall > TimeDelta::days(1) {
                let mut inside = wall;
                while inside < then && moment(inside, zone) != Moment::Never {
                    inside += TimeDelta::minutes(15);
                }
                assert!(inside < then, "{zone} {at}: no gap is found");
                let stored = at - TimeDelta::days(2);
                let Reread::Skipped(to) = reread(inside, zone, stored) else {
                    panic!("{zone} {inside}: a clock shows it");
                };
                assert_eq!(
                    reread(inside, zone, to),
                    Reread::Same,
                    "what cannot be put right is not found again and again"
                );
                gaps += 1;
            }
            at = next;
        }
    }
    assert!(gaps > 3_000, "{gaps}");
}
