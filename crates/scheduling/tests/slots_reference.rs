//! The engine against a reference that looks at every minute and every quantum, and against itself.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use scheduling::wall::{instant, wall_of};
use scheduling::{
    Away, Busy, Closed, Diaries, Diary, Effect, Resource, Rules, Session, Taken, Visit, Window, quanta, slots,
};

/// Zones whose clocks change in unlike ways: an hour, half an hour, at midnight, in the other half of the year, never.
const ZONES: [Tz; 7] = [
    chrono_tz::Europe::London,
    chrono_tz::America::New_York,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Africa::Cairo,
    chrono_tz::America::Havana,
    chrono_tz::Pacific::Auckland,
    chrono_tz::Asia::Kolkata,
];

/// Days near which clocks change in some of them, and two ordinary ones.
const DAYS: [&str; 8] = [
    "2027-03-13",
    "2027-03-27",
    "2027-04-03",
    "2027-04-29",
    "2027-10-02",
    "2027-10-30",
    "2027-11-06",
    "2027-06-15",
];

#[derive(Debug, Clone)]
struct Case {
    rules: Rules,
    diaries: Diaries,
    window: Window,
    now: DateTime<Utc>,
}

/// Start, clinician, place, rooms.
type Line = (DateTime<Utc>, String, u32, Vec<(String, u32)>);

fn answer(case: &Case) -> Vec<Line> {
    slots(&case.rules, &case.diaries, case.window, case.now, None)
        .into_iter()
        .map(|offer| (offer.slot.start, offer.who, offer.place, offer.also))
        .collect()
}

mod reference {
    use super::*;

    /// The minutes, as instants, at which a visit of the session of `date` can begin.
    fn starts(session: &Session, zone: Tz, date: NaiveDate) -> Vec<DateTime<Utc>> {
        let opens = date.and_time(session.from);
        let closes = if session.to > session.from { date } else { date.succ_opt().expect("a day") }
            .and_time(session.to);
        let length = i64::from(session.visits[0].length_min);
        let step = i64::from(session.step_min.unwrap_or(session.visits[0].length_min));
        let inside = |at: DateTime<Utc>| (opens..closes).contains(&wall_of(at, zone));
        let mut found = Vec::new();
        let mut free_at = DateTime::<Utc>::MIN_UTC;
        let first = date.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(16);
        for minute in 0..(24 * 60 * 4) {
            let at = first + TimeDelta::minutes(minute);
            let on_grid = inside(at) && (wall_of(at, zone) - opens).num_minutes() % step == 0;
            if !on_grid || !(0..length).all(|minute| inside(at + TimeDelta::minutes(minute))) {
                continue;
            }
            if step < length || at >= free_at {
                free_at = at + TimeDelta::minutes(length);
                found.push(at);
            }
        }
        found
    }

    fn holds(session: &Session, date: NaiveDate) -> bool {
        let weeks = |date: NaiveDate| (date.num_days_from_ce() - 1).div_euclid(7);
        session.dates.contains(&date)
            || session.weekdays.contains(&date.weekday())
                && session.valid_from.is_none_or(|from| from <= date)
                && session.valid_to.is_none_or(|to| date <= to)
                && session.valid_from.is_none_or(|from| {
                    (weeks(date) - weeks(from)) % i32::try_from(session.every_weeks).expect("small") == 0
                })
    }

    fn is_blocked(case: &Case, id: &str, minutes: &[DateTime<Utc>]) -> bool {
        let diary = case.diaries.get(id);
        let away = case.rules.away.iter().filter(|away| away.who == id);
        let mut stretches: Vec<(DateTime<Utc>, DateTime<Utc>)> =
            away.map(|a| (instant(a.from, case.rules.zone), instant(a.to, case.rules.zone))).collect();
        stretches.extend(diary.into_iter().flat_map(|d| &d.busy).map(|b| (b.start, b.end)));
        diary.is_some_and(|diary| diary.unknown)
            || minutes.iter().any(|minute| stretches.iter().any(|(from, to)| from <= minute && minute < to))
    }

    fn place(case: &Case, id: &str, minutes: &[DateTime<Utc>], places: u32) -> Option<u32> {
        let touched: BTreeSet<i64> = minutes.iter().map(|at| at.timestamp().div_euclid(300)).collect();
        let taken = case.diaries.get(id).map(|diary| diary.taken.clone()).unwrap_or_default();
        let free = |place: u32| {
            !taken
                .iter()
                .any(|t| t.place == place && touched.iter().any(|q| t.start_q <= *q && *q <= t.end_q))
        };
        let takes_more = touched.iter().all(|q| {
            let then: Vec<_> = taken.iter().filter(|t| t.start_q <= *q && *q <= t.end_q).collect();
            // Each of them, and whoever comes, with as many at once as where they were booked.
            then.iter().all(|t| t.among.is_none_or(|among| then.len() < among as usize))
                && then.len() < places as usize
        });
        (0..places).find(|place| takes_more && free(*place))
    }

    fn is_full(case: &Case, id: &str, day: NaiveDate, zone: Tz) -> bool {
        let limit = case.rules.resources.iter().find(|r| r.id == id).and_then(|r| r.daily_limit);
        let visits = case.diaries.get(id).map(|diary| diary.taken.clone()).unwrap_or_default();
        let today = visits.iter().filter(|taken| wall_of(taken.at, zone).date() == day).count();
        limit.is_some_and(|limit| today >= limit as usize)
    }

    fn also(
        case: &Case,
        session: &Session,
        start: DateTime<Utc>,
        minutes: &[DateTime<Utc>],
    ) -> Option<Vec<(String, u32)>> {
        let zone = session.zone.unwrap_or(case.rules.zone);
        let mut chosen: Vec<(String, u32)> = Vec::new();
        for group in &session.also {
            let one = group.iter().find_map(|id| {
                let places = case.rules.resources.iter().find(|r| r.id == *id).map_or(1, |r| r.places);
                let given = chosen.iter().any(|(other, _)| other == id);
                (!given
                    && !is_blocked(case, id, minutes)
                    && !is_full(case, id, wall_of(start, zone).date(), zone))
                .then(|| place(case, id, minutes, places))
                .flatten()
                .map(|place| (id.clone(), place))
            })?;
            chosen.push(one);
        }
        Some(chosen)
    }

    pub fn answer(case: &Case) -> Vec<Line> {
        let mut order: Vec<&String> = Vec::new();
        let mut found: Vec<(DateTime<Utc>, usize, usize, Line)> = Vec::new();
        for (at, session) in case.rules.sessions.iter().enumerate() {
            let zone = session.zone.unwrap_or(case.rules.zone);
            for id in session.who.iter().chain(session.also.iter().flatten()) {
                if !order.contains(&id) {
                    order.push(id);
                }
            }
            let notice = session.notice_min.unwrap_or(case.rules.notice_min);
            let soonest = case.now + TimeDelta::minutes(i64::from(notice));
            let latest = case.rules.horizon_days.map(|days| case.now + TimeDelta::days(i64::from(days)));
            let mut date = wall_of(case.window.from, zone).date() - Days::new(2);
            while date <= wall_of(case.window.to, zone).date() + Days::new(1) {
                date = date.succ_opt().expect("a day");
                if !holds(session, date) {
                    continue;
                }
                let starts = starts(session, zone, date);
                for who in &session.who {
                    let closed = case.rules.closed.iter().any(|closed| {
                        closed.from <= date
                            && date <= closed.to.unwrap_or(closed.from)
                            && closed.who.as_ref().is_none_or(|only| only == who)
                            && closed.session.as_ref().is_none_or(|only| *only == session.id)
                            && closed.site.is_none()
                    });
                    if closed {
                        continue;
                    }
                    let visits: Vec<DateTime<Utc>> = case
                        .diaries
                        .get(who)
                        .map(|diary| diary.taken.iter().map(|taken| taken.at).collect())
                        .unwrap_or_default();
                    let opens = instant(date.and_time(session.from), zone);
                    let last = if session.to > session.from { date } else { date.succ_opt().expect("a day") };
                    let closes = instant(last.and_time(session.to), zone);
                    let here = visits.iter().filter(|at| opens <= **at && **at < closes).count();
                    if session.daily_limit.is_some_and(|limit| here >= limit as usize) {
                        continue;
                    }
                    for start in starts.iter().copied() {
                        if start < case.window.from.max(soonest)
                            || start >= case.window.to
                            || latest.is_some_and(|latest| start > latest)
                        {
                            continue;
                        }
                        if is_full(case, who, wall_of(start, zone).date(), zone) {
                            continue;
                        }
                        let from = -i64::from(session.buffer_before_min);
                        let to = i64::from(session.visits[0].length_min + session.buffer_after_min);
                        let minutes: Vec<_> = (from..to).map(|m| start + TimeDelta::minutes(m)).collect();
                        if is_blocked(case, who, &minutes) {
                            continue;
                        }
                        let (Some(place), Some(also)) = (
                            place(case, who, &minutes, session.capacity),
                            also(case, session, start, &minutes),
                        ) else {
                            continue;
                        };
                        let rank = order.iter().position(|id| *id == who).expect("it was listed");
                        found.push((start, rank, at, (start, who.clone(), place, also)));
                    }
                }
            }
        }
        found.sort_by_key(|found| (found.0, found.1, found.2));
        found.dedup_by_key(|(start, rank, ..)| (*start, *rank));
        found.into_iter().map(|(.., line)| line).collect()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn clock(minute: u32) -> NaiveTime {
    NaiveTime::MIN + TimeDelta::minutes(i64::from(minute % 1440))
}

fn session(near: NaiveDate) -> impl Strategy<Value = Session> {
    let shape = (0u32..1440, 30u32..720, 1u32..18, prop::option::of(1u32..10), 1u32..4);
    let more = (0u32..4, 0u32..4, prop::option::of(0u32..3), prop::option::of(0u32..300), 1u32..3, -20i64..3);
    let names = (
        prop::sample::subsequence(vec!["a", "b", "c"], 1..=3),
        prop::sample::select(vec![vec![], vec![vec!["r1", "r2"]], vec![vec!["r1", "r2"], vec!["m", "r1"]]]),
        prop::sample::subsequence(
            vec![
                Weekday::Mon,
                Weekday::Tue,
                Weekday::Wed,
                Weekday::Thu,
                Weekday::Fri,
                Weekday::Sat,
                Weekday::Sun,
            ],
            2..=7,
        ),
        prop::collection::vec(0u64..5, 0..2),
        prop::sample::select(ZONES.to_vec()),
        any::<bool>(),
    );
    (shape, more, names).prop_map(move |(shape, more, names)| {
        let (from, long, length, step, capacity) = shape;
        let (before, after, daily_limit, notice_min, every_weeks, since) = more;
        let (who, also, weekdays, dates, zone, own_zone) = names;
        let text = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        Session {
            id: String::new(),
            who: text(who),
            also: also.into_iter().map(text).collect(),
            site: None,
            weekdays,
            every_weeks,
            valid_from: Some(near + TimeDelta::days(since)),
            valid_to: Some(near + Days::new(3)),
            dates: dates.into_iter().map(|days| near + Days::new(days)).collect(),
            from: clock(from),
            to: clock(from + long),
            zone: own_zone.then_some(zone),
            visits: vec![Visit { kind: String::new(), length_min: (length * 5).max(5) }],
            step_min: step.map(|step| step * 7),
            capacity,
            buffer_before_min: before * 4,
            buffer_after_min: after * 4,
            daily_limit,
            notice_min,
        }
    })
}

/// Busy stretches and visits as (begins, length, …), and whether nothing is known.
type DiaryShape = (Vec<(i64, i64)>, Vec<(i64, u32, u32, Option<u32>)>, bool);

/// Busy stretches and visits, in minutes from the window's beginning.
fn diary() -> impl Strategy<Value = DiaryShape> {
    (
        prop::collection::vec((-200i64..4000, 1i64..300), 0..6),
        prop::collection::vec((-20i64..400, 1u32..12, 0u32..3, prop::option::of(1u32..4)), 0..8),
        prop::bool::weighted(0.05),
    )
}

fn case() -> impl Strategy<Value = Case> {
    let base = (
        prop::sample::select(DAYS.to_vec()),
        prop::sample::select(ZONES.to_vec()),
        -600i64..600,
        600i64..4000,
    );
    base.prop_flat_map(|(near, zone, shift, long)| {
        let near = day(near);
        let from = near.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(shift);
        (
            prop::collection::vec(session(near), 1..3),
            prop::collection::vec(diary(), 6),
            prop::option::weighted(0.3, (0u64..4, 0u64..2, 0usize..4)),
            prop::option::weighted(0.3, (0i64..3000, 1i64..900)),
            (prop::option::of(0u32..3), prop::option::of(0u32..4), 1u32..3, 0u32..200, -600i64..600),
        )
            .prop_map(
                move |(mut sessions, diaries, closed, away, (horizon_days, limit, places, notice, now))| {
                    for (at, session) in sessions.iter_mut().enumerate() {
                        session.id = at.to_string();
                    }
                    let names = ["a", "b", "c", "r1", "r2", "m"];
                    let minutes = |m: i64| from + TimeDelta::minutes(m);
                    let diaries = names
                        .iter()
                        .zip(&diaries)
                        .map(|(name, (busy, visits, unknown))| {
                            let stretch = |(at, long): &(i64, i64)| Busy {
                                start: minutes(*at),
                                end: minutes(at + long),
                                effect: Effect::Busy,
                                uid: String::new(),
                            };
                            let taken = |(at, long, place, among): &(i64, u32, u32, Option<u32>)| {
                                let (start, end) =
                                    (minutes(at * 10), minutes(at * 10 + i64::from(*long) * 5));
                                Taken { among: *among, ..Taken::by(start, end, 0, 0, *place) }
                            };
                            let diary = Diary {
                                busy: busy.iter().map(stretch).collect(),
                                taken: visits.iter().map(taken).collect(),
                                unknown: *unknown,
                            };
                            ((*name).to_owned(), diary)
                        })
                        .collect();
                    let rules = Rules {
                        zone,
                        sessions,
                        closed: closed
                            .into_iter()
                            .map(|(at, more, scope)| Closed {
                                from: near + Days::new(at),
                                to: Some(near + Days::new(at + more)),
                                who: (scope == 1).then(|| "a".to_owned()),
                                session: (scope == 2).then(|| "0".to_owned()),
                                site: None,
                            })
                            .collect(),
                        away: away
                            .into_iter()
                            .map(|(at, long)| Away {
                                who: "b".into(),
                                from: near.and_time(NaiveTime::MIN) + TimeDelta::minutes(at),
                                to: near.and_time(NaiveTime::MIN) + TimeDelta::minutes(at + long),
                            })
                            .collect(),
                        resources: vec![
                            Resource { id: "a".into(), places: 1, daily_limit: limit, languages: Vec::new() },
                            Resource { id: "r2".into(), places, daily_limit: limit, languages: Vec::new() },
                        ],
                        sites: Vec::new(),
                        notice_min: notice,
                        horizon_days,
                    };
                    Case { rules, diaries, window: Window { from, to: minutes(long) }, now: minutes(now) }
                },
            )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_answers_as_looking_at_every_minute_does(case in case()) {
        prop_assert_eq!(answer(&case), reference::answer(&case));
    }

    #[test]
    fn every_slot_keeps_its_wall_time_its_length_and_its_quanta(case in case()) {
        for offer in slots(&case.rules, &case.diaries, case.window, case.now, None) {
            let slot = &offer.slot;
            prop_assert_eq!(wall_of(slot.start, slot.zone), slot.wall);
            let session = case.rules.sessions.iter().find(|s| s.id == slot.rule).expect("its session");
            prop_assert_eq!((slot.end - slot.start).num_minutes(), i64::from(session.visits[0].length_min));
            let taken = quanta(slot.start, slot.end, slot.buffer_before_min, slot.buffer_after_min);
            prop_assert_eq!(slot.quanta(), taken.clone());
            for other in &case.diaries[&offer.who].taken {
                let apart = other.place != offer.place || other.end_q < *taken.start() || other.start_q > *taken.end();
                prop_assert!(apart, "the place is free in the ledger");
            }
        }
    }

    #[test]
    fn more_busy_time_only_takes_times_away(case in case(), at in -100i64..4000, long in 1i64..500, who in 0usize..6) {
        let mut busier = case.clone();
        let diary = busier.diaries.values_mut().nth(who).expect("six diaries");
        let start = case.window.from + TimeDelta::minutes(at);
        diary.busy.push(Busy {
            start, end: start + TimeDelta::minutes(long), effect: Effect::Tentative, uid: "more".into(),
        });
        let before: BTreeSet<_> = answer(&case).into_iter().map(|(start, who, ..)| (start, who)).collect();
        let after: BTreeSet<_> = answer(&busier).into_iter().map(|(start, who, ..)| (start, who)).collect();
        prop_assert!(after.is_subset(&before));
    }

    #[test]
    fn splitting_and_shuffling_busy_time_changes_nothing(case in case(), cut in 1i64..299) {
        let mut split = case.clone();
        for diary in split.diaries.values_mut() {
            let whole = std::mem::take(&mut diary.busy);
            for busy in whole.into_iter().rev() {
                let at = (busy.start + TimeDelta::minutes(cut)).min(busy.end);
                diary.busy.push(Busy { start: at, ..busy.clone() });
                diary.busy.push(Busy { end: at, ..busy });
            }
            diary.taken.reverse();
        }
        prop_assert_eq!(answer(&split), answer(&case));
    }

    #[test]
    fn whole_weeks_away_from_clock_changes_everything_moves_along(case in case(), weeks in 2i64..20) {
        // Of a zone without clock changes every week is like any other.
        let mut here = case;
        here.rules.zone = chrono_tz::Asia::Kolkata;
        for session in &mut here.rules.sessions {
            session.zone = None;
            session.every_weeks = 1;
        }
        let by = TimeDelta::weeks(weeks);
        let mut there = here.clone();
        there.window = Window { from: here.window.from + by, to: here.window.to + by };
        there.now = here.now + by;
        for session in &mut there.rules.sessions {
            session.valid_from = session.valid_from.map(|date| date + by);
            session.valid_to = session.valid_to.map(|date| date + by);
            session.dates.iter_mut().for_each(|date| *date += by);
        }
        for closed in &mut there.rules.closed {
            closed.from += by;
            closed.to = closed.to.map(|date| date + by);
        }
        for away in &mut there.rules.away {
            (away.from, away.to) = (away.from + by, away.to + by);
        }
        for diary in there.diaries.values_mut() {
            for busy in &mut diary.busy {
                (busy.start, busy.end) = (busy.start + by, busy.end + by);
            }
            for taken in &mut diary.taken {
                let quanta = by.num_seconds() / 300;
                taken.at += by;
                (taken.start_q, taken.end_q) = (taken.start_q + quanta, taken.end_q + quanta);
            }
        }
        let moved: Vec<Line> =
            answer(&here).into_iter().map(|(start, who, place, also)| (start + by, who, place, also)).collect();
        prop_assert_eq!(answer(&there), moved);
    }
}
