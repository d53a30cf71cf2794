//! What must hold whatever a file says: used by the fuzz targets, and over their kept corpus by the ordinary tests.
//!
//! How the rooms are joined is the service's to say; these are its own texts.

#[path = "../../crates/service/src/calendar/busy.rs"]
#[allow(dead_code, reason = "only what reads a file is used")]
mod busy;
#[path = "../../crates/service/src/calendar/joined.rs"]
mod joined;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use interop::ical::{RawAvailability, RawEvent};
use scheduling::{
    Busy, Diaries, Diary, Effect, Length, RRule, Rules, Series, Start, Window, slots as free_slots,
};

const ZONES: [Tz; 5] =
    [Tz::UTC, Tz::Europe__London, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Pacific__Apia];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// A calendar file: read, expanded over a month, and its availability written and read again.
pub fn calendar(data: &[u8]) {
    let (from, to) = (at("2026-03-15T00:00:00Z"), at("2026-04-15T00:00:00Z"));
    let reading = busy::busy(data, from, to, Tz::Europe__London);
    for busy in &reading.busy {
        let is_moment = busy.start == busy.end && from <= busy.start;
        assert!(busy.start <= busy.end && busy.start < to && (from < busy.end || is_moment), "{busy:?}");
    }
    assert!(reading.busy.is_sorted_by_key(|busy| (busy.start, busy.end)), "in order");
    assert!(reading.busy.len() <= 2 * scheduling::expand::MAX_BUSY + 10, "bounded");
    let raw = interop::ical::read(data);
    let lasting = lasting(&raw.events);
    for busy in reading.busy.iter().filter(|busy| lasting.get(busy.uid.as_str()) == Some(&true)) {
        assert!(busy.start < busy.end, "a length came to nothing: {busy:?}");
    }
    let is_plain = |uid: &str| uid.chars().all(|c| c.is_ascii_alphanumeric());
    let uids = |one: &RawAvailability| {
        is_plain(&one.uid) && one.available.iter().all(|inner| is_plain(&inner.times.uid))
    };
    if !raw.availability.is_empty() && raw.availability.iter().all(uids) {
        let stamped = raw.availability.iter().all(|one| one.stamped.is_some());
        let file = interop::ical::availability::write(&raw.availability, "", at("2026-01-01T00:00:00Z"));
        let back = interop::ical::read(&file);
        // Without a DTSTAMP versions are told apart by less than is written.
        if stamped {
            assert_eq!(
                away(&raw.availability),
                away(&back.availability),
                "{}",
                String::from_utf8_lossy(&file)
            );
        }
    }
}

/// Whether all events of a UID last longer than nothing.
fn lasting(events: &[RawEvent]) -> BTreeMap<&str, bool> {
    let mut joiner = joined::Joiner::default();
    let mut found = BTreeMap::new();
    for raw in events {
        let Ok(event) = joiner.event(raw) else { continue };
        let is_day = matches!(event.series.dtstart, Start::Date(_));
        let nothing = Length::default();
        let lasts = (is_day || event.series.duration != nothing)
            && event.series.rdates.iter().all(|rdate| rdate.length != Some(nothing));
        found.entry(raw.uid.as_str()).and_modify(|all| *all &= lasts).or_insert(lasts);
    }
    found
}

type Stretch = (DateTime<Utc>, DateTime<Utc>, Effect);

fn away(raw: &[RawAvailability]) -> Option<Vec<Stretch>> {
    let mut joiner = joined::Joiner::default();
    let all: Vec<_> = raw.iter().map(|raw| joiner.availability(raw).0).collect();
    let (from, to) = (at("2026-03-15T00:00:00Z"), at("2026-04-15T00:00:00Z"));
    let times = scheduling::unavailable(&all, from, to, Tz::Europe__London);
    // What was cut short depends on the order in which it was followed.
    let spans = times.busy.into_iter().map(|busy| (busy.start, busy.end, busy.effect));
    times.complete.then(|| spans.collect())
}

/// `ZONE YYYYMMDDTHHMMSS RULE`, the zone as a digit: a window holds what its two halves hold, a length never comes to nothing
/// whatever the clocks do, and the rule is written as it was read.
pub fn rule(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut words = text.splitn(3, ' ');
    let (Some(zone), Some(start), Some(rule)) = (words.next(), words.next(), words.next()) else { return };
    let Some(zone) = zone.parse().ok().and_then(|at: usize| ZONES.get(at)) else { return };
    let Ok(start) = NaiveDateTime::parse_from_str(start, "%Y%m%dT%H%M%S") else { return };
    let Ok(rule) = RRule::parse(rule) else { return };
    assert_eq!(RRule::parse(&rule.to_string()), Ok(rule.clone()), "{rule}");
    let mut series = Series::once(Start::Local(start, *zone), Length::on_the_clock(5_400));
    series.rrules = vec![rule];
    let from = at("2026-03-20T00:00:00Z");
    let (middle, to) = (from + TimeDelta::hours(211), from + TimeDelta::days(20));
    let whole = series.between(from, to, Tz::UTC);
    assert!(whole.occurrences.is_sorted_by_key(|o| o.start));
    for o in &whole.occurrences {
        assert!(o.start < o.end && o.start < to && from <= o.end, "{o:?}");
    }
    for length in
        [Length::on_the_clock(900), Length::on_the_clock(3_600), Length::days(1), Length::minutes(45)]
    {
        let other = Series { duration: length, ..series.clone() };
        let found = other.between(from, to, Tz::UTC);
        assert!(found.occurrences.iter().all(|o| o.start < o.end), "{length:?} of {text}");
    }
    let (first, second) = (series.between(from, middle, Tz::UTC), series.between(middle, to, Tz::UTC));
    if whole.complete && first.complete && second.complete {
        let mut parts = first.occurrences;
        parts.extend(second.occurrences);
        parts.sort_by_key(|o| o.start);
        parts.dedup_by_key(|o| o.start);
        assert_eq!(whole.occurrences, parts, "{text}");
    }
}

/// Rules as JSON: what is free meets no busy time, lies within the window, and has its length.
pub fn slots(data: &[u8]) {
    let Ok(rules) = serde_json::from_slice::<Rules>(data) else { return };
    if rules.check().is_err() {
        return;
    }
    let window = Window { from: at("2026-03-27T05:00:00Z"), to: at("2026-04-03T05:00:00Z") };
    let busy = |start: &str, end: &str| Busy {
        start: at(start),
        end: at(end),
        effect: Effect::Busy,
        uid: String::new(),
    };
    let busy = vec![
        busy("2026-03-28T23:10:00Z", "2026-03-29T02:20:00Z"),
        busy("2026-03-30T09:00:00Z", "2026-03-30T09:05:00Z"),
        busy("2026-03-31T11:40:00Z", "2026-03-31T15:00:00Z"),
    ];
    let diary = Diary { busy: busy.clone(), ..Diary::default() };
    let everybody =
        rules.sessions.iter().flat_map(|session| session.who.iter().chain(session.also.iter().flatten()));
    let diaries: Diaries = everybody.map(|who| (who.clone(), diary.clone())).collect();
    let free = free_slots(&rules, &diaries, window, window.from, None);
    assert!(free.is_sorted_by_key(|offer| offer.slot.start));
    for offer in &free {
        let slot = &offer.slot;
        assert!(window.from <= slot.start && slot.start < window.to, "{slot:?}");
        assert!(slot.start < slot.end);
        let before = slot.start - TimeDelta::minutes(i64::from(slot.buffer_before_min));
        let after = slot.end + TimeDelta::minutes(i64::from(slot.buffer_after_min));
        assert!(!busy.iter().any(|busy| busy.overlaps(before, after)), "{slot:?}");
        assert_eq!(scheduling::wall::wall_of(slot.start, slot.zone), slot.wall, "{slot:?}");
    }
}
