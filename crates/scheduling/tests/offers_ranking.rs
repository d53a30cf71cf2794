//! What is offered first, and why.

use chrono::{DateTime, Utc, Weekday};
use scheduling::{
    Ask, Busy, Diaries, Diary, Effect, PartOfDay, Rules, Taken, Wants, Window, choices, offers,
};

/// Dr A sees people on Monday mornings at the north site, Dr B on Tuesdays at the south one, which has no steps.
fn rules() -> Rules {
    serde_json::from_str(
        r#"{
          "zone": "Europe/London",
          "sites": [{"id": "north", "km": 12.0}, {"id": "south", "km": 2.5, "step_free": true}],
          "resources": [{"id": "dr-a", "languages": ["en", "pl-PL"]}, {"id": "dr-b", "languages": ["en"]}],
          "sessions": [
            {"id": "a", "who": ["dr-a"], "site": "north", "weekdays": ["Mon"], "from": "09:00", "to": "11:00",
             "visits": [{"kind": "first", "length_min": 60}, {"kind": "later", "length_min": 30}]},
            {"id": "b", "who": ["dr-b"], "site": "south", "weekdays": ["Tue"], "from": "11:00", "to": "14:00",
             "visits": [{"kind": "first", "length_min": 60}]}
          ]
        }"#,
    )
    .expect("rules")
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// A question for the week of Monday 11 January 2027.
fn ask() -> Ask {
    Ask {
        window: Window { from: utc("2027-01-11T00:00:00Z"), to: utc("2027-01-18T00:00:00Z") },
        now: utc("2027-01-01T00:00:00Z"),
        visit: None,
        must: Wants::default(),
        like: Wants::default(),
        before: None,
        limit: 10,
    }
}

fn shown(rules: &Rules, diaries: &Diaries, ask: &Ask) -> Vec<String> {
    offers(rules, diaries, ask)
        .iter()
        .map(|offer| {
            let why: Vec<_> = offer.reasons.iter().map(|reason| reason.words()).collect();
            format!("{} {}: {}", offer.slot.wall.format("%a %H:%M"), offer.who, why.join(", "))
        })
        .collect()
}

fn check(change: impl Fn(&mut Ask), expected: &[&str]) {
    let mut ask = ask();
    change(&mut ask);
    assert_eq!(shown(&rules(), &Diaries::new(), &ask), expected);
}

#[test]
fn without_wishes_the_soonest_leads_and_the_nearest_is_among_the_first_three() {
    check(
        |_| (),
        &[
            "Mon 09:00 dr-a: earliest free time",
            "Tue 11:00 dr-b: closest to you",
            "Mon 10:00 dr-a: next free time",
            "Tue 12:00 dr-b: closest to you",
            "Tue 13:00 dr-b: closest to you",
        ],
    );
}

#[test]
fn the_doctor_of_before_leads_and_the_soonest_follows() {
    check(
        |ask| (ask.before, ask.limit) = (Some("dr-b".into()), 3),
        &[
            "Tue 11:00 dr-b: same doctor as before, closest to you",
            "Mon 09:00 dr-a: earliest free time",
            "Tue 12:00 dr-b: same doctor as before, closest to you",
        ],
    );
}

#[test]
fn wishes_rank_by_how_many_are_met() {
    check(
        |ask| {
            ask.like = Wants {
                weekdays: vec![Weekday::Tue, Weekday::Wed],
                parts: vec![PartOfDay::Afternoon],
                ..Wants::default()
            };
            ask.limit = 4;
        },
        &[
            "Tue 12:00 dr-b: closest to you, fits the weekday and the time of day you asked for",
            "Mon 09:00 dr-a: earliest free time",
            "Tue 11:00 dr-b: closest to you, on the weekday you asked for",
            "Tue 13:00 dr-b: closest to you, fits the weekday and the time of day you asked for",
        ],
    );
}

#[test]
fn what_must_hold_filters() {
    let only = |must: Wants, expected: &[&str]| check(|ask| ask.must = must.clone(), expected);
    only(
        Wants { language: Some("pl".into()), ..Wants::default() },
        &["Mon 09:00 dr-a: earliest free time, speaks your language", "Mon 10:00 dr-a: speaks your language"],
    );
    only(
        Wants { step_free: true, parts: vec![PartOfDay::Morning], ..Wants::default() },
        &["Tue 11:00 dr-b: earliest free time, no steps to get in, fits the time of day you asked for"],
    );
    only(Wants { sites: vec!["nowhere".into()], ..Wants::default() }, &[]);
    only(
        Wants { who: vec!["dr-a".into()], weekdays: vec![Weekday::Mon], ..Wants::default() },
        &[
            "Mon 09:00 dr-a: earliest free time, on the weekday you asked for, with the clinician you asked for",
            "Mon 10:00 dr-a: on the weekday you asked for, with the clinician you asked for",
        ],
    );
}

#[test]
fn the_kind_of_visit_decides_how_long_it_is_and_who_has_it() {
    let mut later = ask();
    later.visit = Some("later".into());
    let found = offers(&rules(), &Diaries::new(), &later);
    assert_eq!(found.len(), 4, "half hours, with Dr A alone");
    assert!(found.iter().all(|offer| offer.visit == "later" && offer.who == "dr-a"));
}

#[test]
fn of_a_pool_whoever_has_less_to_do_comes_first() {
    let mut rules = rules();
    rules.sessions.truncate(1);
    rules.sessions[0].who = vec!["dr-a".into(), "dr-b".into()];
    rules.sessions[0].to = "13:00:00".parse().expect("a time");
    let mut diaries = Diaries::new();
    let taken = Taken::by(utc("2027-01-11T12:00:00Z"), utc("2027-01-11T13:00:00Z"), 0, 0, 0);
    diaries.insert("dr-a".into(), Diary { taken: vec![taken], ..Diary::default() });
    let mut two = ask();
    two.limit = 2;
    assert_eq!(
        shown(&rules, &diaries, &two),
        ["Mon 09:00 dr-b: earliest free time", "Mon 09:00 dr-a: earliest free time"]
    );
}

#[test]
fn the_soonest_is_offered_even_where_a_few_are_asked_for() {
    let mut few = ask();
    few.like.weekdays = vec![Weekday::Tue];
    for limit in 0..4 {
        few.limit = limit;
        let found = shown(&rules(), &Diaries::new(), &few);
        assert_eq!(found.len(), limit);
        if limit > 1 {
            assert_eq!(found[1], "Mon 09:00 dr-a: earliest free time");
        }
    }
}

#[test]
fn nothing_free_gives_nothing() {
    let away = Busy {
        start: utc("2027-01-01T00:00:00Z"),
        end: utc("2027-02-01T00:00:00Z"),
        effect: Effect::OutOfOffice,
        uid: "a".into(),
    };
    let diary = Diary { busy: vec![away], ..Diary::default() };
    let unknown = Diary { unknown: true, ..Diary::default() };
    let diaries = Diaries::from([("dr-a".to_owned(), diary), ("dr-b".to_owned(), unknown)]);
    assert!(shown(&rules(), &diaries, &ask()).is_empty());
}

#[test]
fn each_time_is_listed_once_with_whoever_suits_best() {
    let mut rules = rules();
    rules.sessions[1].weekdays = vec![Weekday::Mon];
    rules.sessions[1].from = "09:00:00".parse().expect("a time");
    let listed = |before: Option<&str>| -> Vec<String> {
        let ask = Ask { before: before.map(str::to_owned), limit: 1, ..ask() };
        let found = choices(&rules, &Diaries::new(), &ask, 3);
        assert_eq!(found.best, offers(&rules, &Diaries::new(), &ask));
        found.times.iter().map(|o| format!("{} {}", o.slot.wall.format("%H:%M"), o.who)).collect()
    };
    // The nearer one, unless the other one is known.
    assert_eq!(listed(None), ["09:00 dr-b", "10:00 dr-b", "11:00 dr-b"]);
    assert_eq!(listed(Some("dr-a")), ["09:00 dr-a", "10:00 dr-a", "11:00 dr-b"]);
}
