//! Which times sessions leave free beside a calendar's busy time. For people who want to see why a time is offered or not; a
//! booking asks `crate::booking`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use scheduling::{Busy, Diaries, Diary, Offer, Rules, Session, Window};

use super::Misuse;

/// What a rules file may say; also the end of `waymark calendar slots --help`.
pub const fn slots_help() -> &'static str {
    r#"RULES.json is one object. Times of day are local to the zone; lengths are minutes. The smallest:

{"zone": "Europe/London",
 "sessions": [{"id": "mornings", "weekdays": ["Mon", "Thu"], "from": "09:00", "to": "12:00", "visits": [{"length_min": 20}]}]}

All that it may say:

zone           of every time of day that does not name its own
sessions       clinic lists, each with
  id, weekdays (Mon to Sun), from, to, visits [{kind, length_min}; the first counts]
  every_weeks, valid_from, valid_to    its rhythm and its first and last date
  dates          further single dates
  step_min       from one possible beginning to the next [default: the visit's length]
  capacity       people at once [default: 1]
  buffer_before_min, buffer_after_min, daily_limit, notice_min, zone
  who, also, site                      who sees people, what must be free as well, and where
closed         exceptions: days without sessions [{from, to, who, site, session}]
away           leave [{who, from, to}, such as 2027-03-02T00:00]
notice_min     nothing begins sooner after now
horizon_days   nothing begins later after now
resources      [{id, places, daily_limit, languages}]
sites          [{id, step_free, km}]

Fields of a line: start, end, place (the lowest that is free, counted from 0), and who and site where the rules name them.

Example: waymark calendar slots rules.json --busy diary.ics --from 2027-01-04T00:00:00Z --to 2027-02-01T00:00:00Z"#
}

/// The most beginnings that one question looks at, each with whatever could stand against it: some seconds' work.
const MOST_WORK: u64 = 500_000_000;
/// The most busy times, counted for each of those who see people.
const MOST_BUSY: usize = 2_000_000;

/// What a question would look at, at most.
fn work(rules: &Rules, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    let many = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let days = u64::try_from((to - from).num_days()).unwrap_or(0).saturating_add(2);
    let of_day = |session: &Session| {
        let minutes = (session.to - session.from).num_minutes();
        let minutes = u64::try_from(if minutes > 0 { minutes } else { minutes + 24 * 60 }).unwrap_or(0);
        let step = session.visits.first().map_or(1, |visit| u64::from(session.step(visit)).max(1));
        let against = session.also.iter().fold(1, |sum: u64, group| sum.saturating_add(many(group.len())));
        let each = (minutes / step).saturating_mul(against).saturating_add(many(rules.closed.len()));
        each.saturating_mul(many(session.who.len())).saturating_add(many(session.dates.len()))
    };
    let all = rules.sessions.iter().fold(0, |sum: u64, session| sum.saturating_add(of_day(session)));
    all.saturating_mul(days)
}

/// The free times that begin within `from..to`, by time. `rules` is the text of a rules file; `busy` is what calendars say
/// of everybody who sees people in it.
///
/// # Errors
/// The place in the file that cannot be used, and how to put it right.
pub fn slots(
    rules: &str,
    busy: &[Busy],
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<Vec<Offer>, Misuse> {
    let rules: Rules = super::read_json(rules)?;
    rules.check().map_err(|problem| Misuse::new(problem.place, problem.fault.to_string()))?;
    if (to - from).num_days() > scheduling::slots::MOST_DAYS {
        let most = scheduling::slots::MOST_DAYS;
        return Err(Misuse::new(
            "--to",
            format!("it lies more than {most} days after --from; ask for a shorter window"),
        ));
    }
    if work(&rules, from, to) > MOST_WORK {
        return Err(Misuse::new(
            "sessions",
            "there are too many for so long a window; ask for a shorter one, or for some of them at a time",
        ));
    }
    let busy = scheduling::merge(busy.to_vec());
    let who: BTreeSet<&String> = rules.sessions.iter().flat_map(|session| &session.who).collect();
    if who.len().saturating_mul(busy.len()) > MOST_BUSY {
        return Err(Misuse::new(
            "--busy",
            "it has too many busy times for so many people; ask for a shorter window, or for some sessions at a time",
        ));
    }
    let diary = Diary { busy, ..Diary::default() };
    let diaries: Diaries = who.into_iter().map(|who| (who.clone(), diary.clone())).collect();
    let found = scheduling::slots(&rules, &diaries, Window { from, to }, now, None);
    if found.len() == scheduling::slots::MOST_SLOTS {
        return Err(Misuse::new("--to", "too many times lie before it; ask for a shorter window"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scheduling::Effect;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    /// Mondays 09:00 to 10:00 in London, with the given further parts.
    fn rules(more: &str) -> String {
        format!(
            r#"{{"zone": "Europe/London", {more}
                "sessions": [{{"id": "a", "weekdays": ["Mon"], "from": "09:00", "to": "10:00",
                               "buffer_after_min": 5, "visits": [{{"length_min": 20}}]}}]}}"#
        )
    }

    fn asked(rules: &str, busy: &[Busy]) -> Result<Vec<Offer>, Misuse> {
        let window = (utc("2027-01-04T00:00:00Z"), utc("2027-01-12T00:00:00Z"));
        slots(rules, busy, window, window.0)
    }

    fn shown(rules: &str, busy: &[Busy]) -> Vec<String> {
        let free = asked(rules, busy).expect("sound rules");
        free.iter().map(|free| free.slot.start.format("%d %H:%M").to_string()).collect()
    }

    #[test]
    fn sessions_less_closed_days_notice_and_busy_time_are_free() {
        assert_eq!(
            shown(&rules(""), &[]),
            ["04 09:00", "04 09:20", "04 09:40", "11 09:00", "11 09:20", "11 09:40"]
        );
        assert_eq!(shown(&rules(r#""closed": [{"from": "2027-01-04"}],"#), &[]).len(), 3);
        assert_eq!(shown(&rules(r#""notice_min": 570, "horizon_days": 2,"#), &[]), ["04 09:40"]);
        let busy = [Busy {
            start: utc("2027-01-04T10:04:00Z"),
            end: utc("2027-01-04T11:00:00Z"),
            effect: Effect::Busy,
            uid: "b".into(),
        }];
        // The last one's buffer reaches to 10:05.
        assert_eq!(shown(&rules(r#""horizon_days": 2,"#), &busy), ["04 09:00", "04 09:20"]);
    }

    #[test]
    fn what_cannot_be_used_is_named_by_its_place() {
        for (from, to, place) in [
            (r#"["Mon"]"#, r#"["XX"]"#, "sessions[0].weekdays[0]"),
            ("Europe/London", "Nowhere", "zone"),
            (r#""zone""#, r#""colour": 1, "zone""#, "colour"),
            (r#""length_min": 20"#, r#""length_min": 200"#, "sessions[0].visits[0].length_min"),
            (r#""buffer_after_min": 5"#, r#""buffer_after_min": 999"#, "sessions[0].buffer_after_min"),
            (r#""sessions""#, r#""horizon_days": 100000000, "sessions""#, "horizon_days"),
            (
                r#""id": "a""#,
                r#""id": "a", "every_weeks": 2, "valid_from": "-262143-01-01""#,
                "sessions[0].valid_from",
            ),
        ] {
            let wrong = asked(&rules("").replace(from, to), &[]).expect_err(place);
            assert_eq!(wrong.place, place, "{wrong}");
        }
    }

    #[test]
    fn what_would_take_for_ever_is_refused_and_what_is_far_off_is_not() {
        let many: Vec<String> = (0..5_000)
            .map(|n| {
                format!(
                    r#"{{"id": "s{n}", "weekdays": ["Mon"], "from": "00:00", "to": "00:00", "step_min": 5, "visits": [{{"length_min": 5}}]}}"#
                )
            })
            .collect();
        let rules = format!(r#"{{"zone": "Europe/London", "sessions": [{}]}}"#, many.join(","));
        let from = utc("2027-01-04T00:00:00Z");
        let wrong =
            slots(&rules, &[], (from, from + chrono::TimeDelta::days(3_650)), from).expect_err("too much");
        assert_eq!(wrong.place, "sessions", "{wrong}");
        let plain = self::rules(r#""horizon_days": 36525, "notice_min": 5256000,"#);
        for at in ["0001-01-01T00:00:00Z", "9999-12-30T00:00:00Z"] {
            let found = slots(&plain, &[], (utc(at), utc(at) + chrono::TimeDelta::days(1)), utc(at))
                .expect("an answer");
            assert!(found.is_empty(), "{at}");
        }
    }

    #[test]
    fn the_smallest_example_of_the_help_is_sound() {
        let help = slots_help();
        let (_, rest) = help.split_once("The smallest:\n\n").expect("an example");
        let (example, _) = rest.split_once("\n\n").expect("its end");
        assert!(!shown(example, &[]).is_empty());
    }
}
