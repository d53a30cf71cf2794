//! The waiting list: cases that a coordinator would tell, and laws over random lists.

use std::collections::HashSet;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Europe::London;
use proptest::prelude::*;
use scheduling::PartOfDay;
use scheduling::waitlist::{
    Batch, Because, Entry, Freed, LeftWhy, Passed, Rules, Seen, Wishes, fill, order, passed_over,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// A Monday morning.
fn now() -> DateTime<Utc> {
    at("2026-03-02T10:00:00Z")
}

fn entry(id: &str, class: u32, days: i64) -> Entry {
    Entry {
        id: id.into(),
        person: format!("person {id}"),
        class,
        since: now() - TimeDelta::days(days),
        visit: "first".into(),
        from: now(),
        to: now() + TimeDelta::days(60),
        notice_min: 0,
        must: Wishes::default(),
        like: Wishes::default(),
        answer_min: Some(120),
        zone: London,
        is_asked: false,
        rests_until: None,
        seen: Seen::default(),
    }
}

fn free(start: &str) -> Freed {
    Freed {
        key: format!("a {start}"),
        start: at(start),
        zone: London,
        visit: "first".into(),
        who: "a".into(),
        site: String::new(),
        languages: vec!["en".into()],
    }
}

fn rules() -> Rules {
    Rules {
        quiet: NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(8, 0, 0)),
        ..Rules::default()
    }
}

/// Who is offered which time, by id and key.
fn given(batch: &Batch, entries: &[Entry], freed: &[Freed]) -> Vec<(String, String)> {
    let mut given: Vec<_> = batch
        .offers
        .iter()
        .map(|offer| (entries[offer.entry].id.clone(), freed[offer.freed].key.clone()))
        .collect();
    given.sort();
    given
}

/// Who is offered the only free time.
fn check(entries: &[Entry], start: &str, expected: Option<&str>) {
    let freed = [free(start)];
    let batch = fill(entries, &freed, now(), &rules());
    let got = batch.offers.first().map(|offer| entries[offer.entry].id.as_str());
    assert_eq!(got, expected, "{batch:?}");
}

const FRIDAY: &str = "2026-03-06T14:00:00Z";

#[test]
fn urgency_goes_before_waiting_and_waiting_before_what_would_be_good() {
    check(&[entry("long", 2, 300), entry("urgent", 1, 1)], FRIDAY, Some("urgent"));
    check(&[entry("short", 2, 3), entry("long", 2, 300)], FRIDAY, Some("long"));
    let mut fits = entry("fits", 2, 30);
    fits.like.parts = vec![PartOfDay::Afternoon];
    check(&[entry("a", 2, 30), fits.clone()], FRIDAY, Some("fits"));
    check(&[entry("longer", 2, 31), fits], FRIDAY, Some("longer"));
}

#[test]
fn each_offer_says_why_and_whoever_is_passed_over_is_told_why() {
    let mut by_mail = entry("by mail", 1, 400);
    by_mail.answer_min = Some(720);
    let entries = [by_mail, entry("short", 2, 2), entry("long", 2, 40)];
    // Eleven hours today and one tomorrow: at nine, and the offer must be over two hours before the visit.
    let batch = fill(&entries, &[free("2026-03-03T11:00:00Z")], now(), &rules());
    let offer = &batch.offers[0];
    assert_eq!((offer.entry, offer.because), (0, Because::MostUrgent));
    assert_eq!((offer.until, offer.passed.len()), (at("2026-03-03T09:00:00Z"), 0));
    let batch = fill(&entries, &[free("2026-03-03T10:30:00Z")], now(), &rules());
    let offer = &batch.offers[0];
    assert_eq!((offer.entry, offer.because), (2, Because::LongestWait { days: 40 }));
    assert_eq!(offer.until, at("2026-03-02T12:00:00Z"));
    assert_eq!(offer.passed, [(0, Passed::NeedsLonger { needs_min: 720, has_min: 690 })]);
}

#[test]
fn only_what_somebody_can_take_is_offered() {
    let only = |change: fn(&mut Entry)| {
        let mut one = entry("one", 1, 1);
        change(&mut one);
        passed_over(&one, &free(FRIDAY), now(), &rules())
    };
    assert_eq!(only(|_| {}), None);
    assert_eq!(only(|one| one.must.weekdays = vec![Weekday::Mon]), Some(Passed::Weekday));
    assert_eq!(only(|one| one.must.weekdays = vec![Weekday::Mon, Weekday::Fri]), None);
    assert_eq!(only(|one| one.must.parts = vec![PartOfDay::Morning]), Some(Passed::PartOfDay));
    assert_eq!(only(|one| one.must.sites = vec!["north".into()]), Some(Passed::Site));
    assert_eq!(only(|one| one.must.who = vec!["b".into()]), Some(Passed::Clinician));
    assert_eq!(only(|one| one.must.language = Some("so".into())), Some(Passed::Language));
    assert_eq!(only(|one| one.like.language = Some("so".into())), None);
    assert_eq!(only(|one| one.to = at(FRIDAY)), Some(Passed::OutsideWindow));
    assert_eq!(only(|one| one.seen = Seen::of([format!("a {FRIDAY}")])), Some(Passed::SeenBefore));
    assert_eq!(only(|one| one.answer_min = None), Some(Passed::Unreachable));
    assert_eq!(only(|one| one.rests_until = Some(now() + TimeDelta::hours(1))), Some(Passed::Rests));
    assert_eq!(only(|one| one.rests_until = Some(now())), None);
    let week = Some(Passed::ShortNotice { needs_min: 10_080, has_min: 6_000 });
    assert_eq!(only(|one| one.notice_min = 10_080), week);
    let mut other = entry("other", 1, 1);
    other.visit = "second".into();
    check(&[other], FRIDAY, None);
}

#[test]
fn too_near_a_time_is_offered_to_nobody() {
    let entries = [entry("one", 1, 1)];
    check(&entries, "2026-03-03T09:59:00Z", None);
    check(&entries, "2026-03-03T10:00:00Z", Some("one"));
    let freed = [free("2026-03-02T12:00:00Z")];
    let batch = fill(&entries, &freed, now(), &rules());
    assert_eq!(batch.left[0].why, LeftWhy::TooNear);
}

#[test]
fn at_night_an_offer_waits_for_the_morning_if_that_leaves_time() {
    let night = at("2026-03-02T23:00:00Z");
    let close = Rules { no_fill_min: 60, ..rules() };
    let entries = [entry("one", 1, 1)];
    let late = [free("2026-03-03T12:00:00Z")];
    let offer = fill(&entries, &late, night, &close).offers[0].clone();
    assert_eq!((offer.tell_at, offer.until), (at("2026-03-03T08:00:00Z"), at("2026-03-03T10:00:00Z")));
    let early = [free("2026-03-03T11:59:00Z")];
    assert_eq!(fill(&entries, &early, night, &close).offers, []);
    let why = passed_over(&entries[0], &early[0], night, &close);
    assert_eq!(why, Some(Passed::Night { needs_min: 120, has_min: 119 }));
}

#[test]
fn one_person_has_one_live_offer_and_many_times_go_to_many_people() {
    let entries = [entry("a", 1, 9), entry("b", 1, 8), entry("c", 1, 7)];
    let freed = [free(FRIDAY), free("2026-03-05T09:00:00Z")];
    let batch = fill(&entries, &freed, now(), &rules());
    let expected = [("a", "a 2026-03-05T09:00:00Z"), ("b", "a 2026-03-06T14:00:00Z")];
    assert_eq!(given(&batch, &entries, &freed), expected.map(|(id, key)| (id.to_owned(), key.to_owned())));
    let mut twice = entry("d", 1, 1);
    twice.person = "person a".into();
    let batch = fill(&[entry("a", 1, 9), twice.clone()], &freed, now(), &rules());
    assert_eq!(batch.offers.len(), 1, "somebody on the list twice is asked about one time");
    let mut asked = entry("a", 1, 9);
    asked.is_asked = true;
    assert_eq!(fill(&[asked, twice], &freed, now(), &rules()).offers, []);
}

#[test]
fn of_those_who_have_waited_as_long_a_time_goes_to_whoever_speaks_no_other_language() {
    let mut somali = entry("a", 1, 9);
    somali.like.language = Some("so".into());
    let mut english = entry("b", 1, 9);
    english.like.language = Some("en-GB".into());
    let (entries, freed) = ([somali, english], [free(FRIDAY)]);
    let batch = fill(&entries, &freed, now(), &rules());
    assert_eq!(given(&batch, &entries, &freed)[0].0, "b");
    assert_eq!(batch.offers[0].because, Because::FitsBest);
}

fn arbitrary_entry() -> impl Strategy<Value = Entry> {
    let wishes = || {
        (0u8..4, 0u8..4).prop_map(|(days, parts)| Wishes {
            weekdays: [vec![], vec![Weekday::Mon, Weekday::Tue], vec![Weekday::Fri], vec![]][days as usize]
                .clone(),
            parts: [vec![], vec![PartOfDay::Morning], vec![PartOfDay::Afternoon], vec![]][parts as usize]
                .clone(),
            ..Wishes::default()
        })
    };
    let who = (0u32..3, 0i64..4, 0i64..24, 0u32..12, 0u8..6);
    let when = (0u8..3, prop_oneof![Just(None), Just(Some(120)), Just(Some(720)), Just(Some(4_320))]);
    (who, when, wishes(), wishes(), any::<(bool, bool)>()).prop_map(
        |((class, days, hours, person, notice), (visit, answer_min), must, like, (asked, rests))| Entry {
            person: person.to_string(),
            since: now() - TimeDelta::hours(days * 24 + hours),
            visit: (visit / 2).to_string(),
            notice_min: u32::from(notice) * 1_440,
            must,
            like,
            answer_min,
            is_asked: asked && rests,
            rests_until: (rests && !asked).then(|| now() + TimeDelta::hours(3)),
            ..entry("", class, 0)
        },
    )
}

fn arbitrary_question() -> impl Strategy<Value = (Vec<Entry>, Vec<Freed>, i64)> {
    let slot = (0i64..6 * 24, 0u8..2, 0u8..2).prop_map(|(hours, visit, who)| {
        let start = now() + TimeDelta::hours(hours);
        let who = if who == 0 { "a" } else { "b" };
        Freed {
            key: format!("{who} {start}"),
            visit: visit.to_string(),
            who: who.into(),
            start,
            ..free("2026-03-06T14:00:00Z")
        }
    });
    (prop::collection::vec(arbitrary_entry(), 0..12), prop::collection::vec(slot, 0..10), 0i64..24).prop_map(
        |(mut entries, freed, hour)| {
            for (at, entry) in entries.iter_mut().enumerate() {
                entry.id = format!("{at:02}");
            }
            (entries, freed, hour)
        },
    )
}

/// Whether somebody could be offered a time now, had they no offer in this batch.
fn can_take(entry: &Entry, freed: &Freed, now: DateTime<Utc>) -> bool {
    entry.visit == freed.visit
        && freed.start - now >= TimeDelta::hours(24)
        && passed_over(entry, freed, now, &rules()).is_none()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn nobody_is_offered_what_somebody_before_them_could_take_and_wanted((entries, freed, hour) in arbitrary_question()) {
        let now = now() + TimeDelta::hours(hour);
        let batch = fill(&entries, &freed, now, &rules());
        let busy: HashSet<&str> =
            entries.iter().filter(|entry| entry.is_asked).map(|entry| entry.person.as_str()).collect();
        let served: HashSet<&str> =
            batch.offers.iter().map(|offer| entries[offer.entry].person.as_str()).collect();
        for offer in &batch.offers {
            let own = &entries[offer.entry];
            prop_assert!(can_take(own, &freed[offer.freed], now) && !busy.contains(own.person.as_str()));
            for other in &entries {
                let before = (other.class, -(now - other.since).num_days()) < (own.class, -(now - own.since).num_days());
                let person = other.person.as_str();
                let goes_without = !served.contains(person) && !busy.contains(person);
                prop_assert!(!(before && goes_without && can_take(other, &freed[offer.freed], now)), "{other:?} {offer:?}");
            }
        }
        // Nothing that somebody could take is left over.
        for left in &batch.left {
            for entry in &entries {
                let person = entry.person.as_str();
                let idle = !served.contains(person) && !busy.contains(person);
                prop_assert!(!(idle && can_take(entry, &freed[left.freed], now)), "{entry:?} {left:?}");
            }
        }
        prop_assert_eq!(batch.offers.len() + batch.left.len(), freed.len());
    }

    #[test]
    fn every_offer_leaves_time_to_answer_by_day_and_no_time_or_person_is_used_twice((entries, freed, hour) in arbitrary_question()) {
        let now = now() + TimeDelta::hours(hour);
        let batch = fill(&entries, &freed, now, &rules());
        let (mut times, mut people) = (HashSet::new(), HashSet::new());
        for offer in &batch.offers {
            let start = freed[offer.freed].start;
            prop_assert!(times.insert(offer.freed) && people.insert(&entries[offer.entry].person));
            prop_assert!(now <= offer.tell_at && offer.until <= start - TimeDelta::hours(2));
            let hour = offer.tell_at.time();
            prop_assert!(hour >= NaiveTime::from_hms_opt(8, 0, 0).unwrap() && hour < NaiveTime::from_hms_opt(21, 0, 0).unwrap());
            let needs = entries[offer.entry].answer_min.unwrap_or(0);
            prop_assert!(offer.until - offer.tell_at >= TimeDelta::minutes(i64::from(needs)));
        }
    }

    #[test]
    fn the_order_of_the_lists_does_not_matter((entries, freed, hour) in arbitrary_question(), turn in 0usize..12) {
        let now = now() + TimeDelta::hours(hour);
        let batch = fill(&entries, &freed, now, &rules());
        let (mut other, mut turned) = (entries.clone(), freed.clone());
        other.reverse();
        other.rotate_left(turn.min(entries.len()));
        turned.rotate_left(turn.min(freed.len()));
        turned.reverse();
        let again = fill(&other, &turned, now, &rules());
        prop_assert_eq!(given(&batch, &entries, &freed), given(&again, &other, &turned));
    }

    #[test]
    fn once_the_offers_are_written_down_the_same_question_gives_nothing_more((mut entries, freed, hour) in arbitrary_question()) {
        let now = now() + TimeDelta::hours(hour);
        let batch = fill(&entries, &freed, now, &rules());
        for offer in &batch.offers {
            entries[offer.entry].is_asked = true;
        }
        let rest: Vec<Freed> = batch.left.iter().map(|left| freed[left.freed].clone()).collect();
        prop_assert_eq!(fill(&entries, &rest, now, &rules()).offers, vec![]);
    }

    #[test]
    fn the_list_is_in_order((entries, _, _) in arbitrary_question()) {
        for pair in order(&entries, now()).windows(2) {
            let key = |at: usize| (entries[at].class, -(now() - entries[at].since).num_days());
            prop_assert!(key(pair[0]) <= key(pair[1]));
        }
    }
}
