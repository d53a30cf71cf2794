//! The short list is various, and never at the cost of what is best.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Timelike, Utc, Weekday};
use proptest::prelude::*;
use scheduling::{Ask, Diaries, Offer, PartOfDay, Rules, Wants, Window, choices, offers};
use serde_json::json;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// Some sessions: each of somebody, on a weekday, from an hour on, for some hours.
fn rules(sessions: &[(usize, usize, u32, u32)]) -> Rules {
    const DAYS: [&str; 5] = ["Mon", "Tue", "Wed", "Thu", "Fri"];
    let sessions: Vec<_> = sessions
        .iter()
        .enumerate()
        .map(|(nth, (who, day, from, hours))| {
            json!({
                "id": format!("s{nth}"), "who": [format!("dr-{who}")], "weekdays": [DAYS[*day]],
                "site": if who % 2 == 0 { "north" } else { "south" },
                "from": format!("{from:02}:00"), "to": format!("{:02}:00", from + hours),
                "visits": [{"kind": "first", "length_min": 30}],
            })
        })
        .collect();
    let resources: Vec<_> = (0..3).map(|who| json!({"id": format!("dr-{who}")})).collect();
    let sites = [json!({"id": "north", "km": 12.0}), json!({"id": "south", "km": 2.5})];
    let all = json!({"zone": "Europe/London", "sites": sites, "resources": resources, "sessions": sessions});
    serde_json::from_value(all).expect("rules")
}

fn ask(limit: usize) -> Ask {
    Ask {
        window: Window { from: utc("2027-01-11T00:00:00Z"), to: utc("2027-01-25T00:00:00Z") },
        now: utc("2027-01-01T00:00:00Z"),
        visit: None,
        must: Wants::default(),
        like: Wants::default(),
        before: None,
        limit,
    }
}

fn said(found: &[Offer]) -> Vec<String> {
    let why =
        |offer: &Offer| offer.reasons.iter().map(|reason| reason.words()).collect::<Vec<_>>().join(", ");
    found
        .iter()
        .map(|offer| format!("{} {}: {}", offer.slot.wall.format("%a %-d %H:%M"), offer.who, why(offer)))
        .collect()
}

fn short(rules: &Rules, ask: &Ask) -> Vec<Offer> {
    choices(rules, &Diaries::new(), ask, 600).best
}

/// A morning and an afternoon of one clinician at one place.
fn one_place() -> Rules {
    let mut rules = rules(&[(0, 0, 9, 3), (0, 2, 9, 3), (0, 3, 14, 2)]);
    rules.sites.clear();
    rules.sessions.iter_mut().for_each(|session| session.site = None);
    rules
}

#[test]
fn three_offers_are_three_choices() {
    assert_eq!(
        said(&short(&one_place(), &ask(3))),
        [
            "Mon 11 09:00 dr-0: earliest free time",
            "Wed 13 09:00 dr-0: on another day",
            "Thu 14 14:00 dr-0: at another time of day",
        ]
    );
    // A list for a program stays in order.
    let plain = offers(&one_place(), &Diaries::new(), &ask(3));
    assert_eq!(said(&plain)[2], "Mon 11 10:00 dr-0: next free time");
}

#[test]
fn where_nothing_differs_the_next_ones_follow() {
    let mut one_morning = ask(3);
    one_morning.window.to = utc("2027-01-12T00:00:00Z");
    assert_eq!(
        said(&short(&one_place(), &one_morning)),
        [
            "Mon 11 09:00 dr-0: earliest free time",
            "Mon 11 09:30 dr-0: next free time",
            "Mon 11 10:00 dr-0: next free time",
        ]
    );
}

#[test]
fn variety_costs_no_wish() {
    let mut mornings = ask(3);
    mornings.like.parts = vec![PartOfDay::Morning];
    assert_eq!(
        said(&short(&one_place(), &mornings)),
        [
            "Mon 11 09:00 dr-0: earliest free time, fits the time of day you asked for",
            "Wed 13 09:00 dr-0: fits the time of day you asked for, on another day",
            "Mon 18 09:00 dr-0: fits the time of day you asked for, on another day",
        ]
    );
}

fn wants() -> impl Strategy<Value = (Option<usize>, bool, bool)> {
    (proptest::option::of(0..3_usize), any::<bool>(), any::<bool>())
}

proptest! {
    #[test]
    fn the_first_is_the_very_best_the_list_is_a_part_of_what_is_free_and_always_the_same(
        sessions in proptest::collection::vec((0..3_usize, 0..5_usize, 8..17_u32, 1..5_u32), 1..6),
        (before, likes_mornings, likes_mondays) in wants(),
        limit in 1..6_usize,
    ) {
        let rules = rules(&sessions);
        let mut ask = ask(limit);
        ask.before = before.map(|who| format!("dr-{who}"));
        if likes_mornings {
            ask.like.parts = vec![PartOfDay::Morning];
        }
        if likes_mondays {
            ask.like.weekdays = vec![Weekday::Mon];
        }
        let list = short(&rules, &ask);
        prop_assert_eq!(&list, &short(&rules, &ask), "the same question, the same answer");
        let everything = offers(&rules, &Diaries::new(), &Ask { limit: 10_000, ..ask.clone() });
        prop_assert_eq!(list.len(), limit.min(everything.len()));
        let key = |offer: &Offer| (offer.slot.start, offer.who.clone());
        let known: BTreeSet<_> = everything.iter().map(key).collect();
        let those: BTreeSet<_> = list.iter().map(key).collect();
        prop_assert_eq!(those.len(), list.len(), "none twice");
        prop_assert!(those.is_subset(&known));
        prop_assert!(list.iter().all(|offer| !offer.reasons.is_empty()));
        if let (Some(first), Some(best)) = (list.first(), everything.first()) {
            prop_assert_eq!(key(first), key(best), "the very best leads");
        }
        // Soonest, known doctor and nearest place are where they are in the plain list.
        let marked = |offers: &[Offer]| -> BTreeSet<_> { offers.iter().take(limit.min(3)).filter(|offer| {
            offer.slot.start == everything.iter().map(|free| free.slot.start).min().expect("one")
        }).map(key).collect() };
        prop_assert!(!marked(&everything).is_empty() || limit == 1);
        prop_assert!(limit == 1 || !marked(&list).is_empty(), "the soonest is among the first three");
    }

    #[test]
    fn without_wishes_three_offers_are_not_of_one_half_day_while_there_is_another(
        sessions in proptest::collection::vec((0..1_usize, 0..5_usize, 8..17_u32, 1..5_u32), 2..6),
    ) {
        let rules = rules(&sessions);
        let half = |offer: &Offer| -> (NaiveDate, PartOfDay) {
            (offer.slot.wall.date(), PartOfDay::of_hour(offer.slot.wall.hour()))
        };
        let list: BTreeSet<_> = short(&rules, &ask(3)).iter().map(half).map(|half| format!("{half:?}")).collect();
        let all: BTreeSet<_> = offers(&rules, &Diaries::new(), &ask(10_000))
            .iter().map(half).map(|half| format!("{half:?}")).collect();
        // The window holds two weeks, and so each session twice.
        prop_assert_eq!(list.len(), all.len().min(3));
    }
}
