//! VAVAILABILITY (RFC 7953) from the file to busy time, and from rules to the file and back.
//!
//! How the two rooms are joined is the service's to say; these are its own texts.

#[path = "../../service/src/calendar/busy.rs"]
#[allow(dead_code, reason = "others refuse calendars")]
mod busy;
#[path = "../../service/src/calendar/joined.rs"]
mod joined;
#[path = "../../service/src/calendar/published.rs"]
mod published;

use busy::{BusyReading, busy};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use published::{publish, read_hours};
use scheduling::rules::{Away, Closed, Rules, Session, Visit};

const MONTREAL: Tz = Tz::America__Montreal;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn read(components: &str, from: &str, to: &str) -> BusyReading {
    let file = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{components}\nEND:VCALENDAR\n");
    busy(file.as_bytes(), at(from), at(to), Tz::UTC)
}

/// What is known of each two hours of a local day, as the tables of section 5.1 show it.
fn table(reading: &BusyReading, day: &str, zone: Tz) -> String {
    let day: NaiveDate = day.parse().expect("a date");
    let letter = |hour: u32| {
        let wall = day.and_hms_opt(hour, 0, 0).expect("an hour");
        let now = zone.from_local_datetime(&wall).single().expect("once").to_utc();
        let inside = reading.busy.iter().filter(|busy| busy.start <= now && now < busy.end);
        // What events say is laid over availability.
        let said: Vec<_> = inside.map(|busy| (busy.effect.code(), busy.uid.as_str())).collect();
        match said.as_slice() {
            [] => "F",
            said if said.iter().any(|(_, uid)| uid.starts_with("meeting")) => "B",
            [("out-of-office", _)] => "U",
            [("busy", _)] => "B",
            [("tentative", _)] => "T",
            other => panic!("availability is told once: {other:?}"),
        }
    };
    (0..24).step_by(2).map(letter).collect()
}

fn available(uid: &str, zone: &str, day: &str, hours: (&str, &str), more: &str) -> String {
    let (from, to) = hours;
    format!(
        "BEGIN:AVAILABLE\nUID:{uid}\nDTSTAMP:20111005T133225Z\nDTSTART;TZID={zone}:{day}T{from}\nDTEND;TZID={zone}:{day}T{to}\n\
         {more}END:AVAILABLE"
    )
}

fn whole(uid: &str, more: &str, within: &[String]) -> String {
    let within = within.join("\n");
    format!("BEGIN:VAVAILABILITY\nUID:{uid}\nDTSTAMP:20111005T133225Z\n{more}{within}\nEND:VAVAILABILITY")
}

const WEEKDAYS: &str = "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\n";

/// Appendix A: Monday to Friday from 8 to 18.
fn base() -> String {
    let hours = available("in", "America/Montreal", "20111002", ("080000", "180000"), WEEKDAYS);
    whole("base", "DTSTART;TZID=America/Montreal:20111002T000000\n", &[hours])
}

#[test]
fn the_simple_example_of_section_5_1_1_comes_out_as_its_table() {
    let meeting =
        "BEGIN:VEVENT\nUID:meeting\nDTSTART;TZID=America/Montreal:20111107T120000\nDURATION:PT2H\nEND:VEVENT";
    let file = format!("{}\n{meeting}", base());
    let reading = read(&file, "2011-11-07T05:00:00Z", "2011-11-08T05:00:00Z");
    assert_eq!(table(&reading, "2011-11-07", MONTREAL), "UUUUFFBFFUUU");
    assert_eq!(reading.problems, []);
    assert_eq!(reading.events, 2);
}

#[test]
fn the_further_example_of_section_5_1_2_comes_out_as_its_table() {
    let denver = available("in", "America/Denver", "20111023", ("080000", "180000"), WEEKDAYS);
    let span = "DTSTART;TZID=America/Denver:20111023T000000\nDTEND;TZID=America/Denver:20111030T000000\nPRIORITY:1\n";
    let meeting =
        "BEGIN:VEVENT\nUID:meeting\nDTSTART;TZID=America/Denver:20111024T120000\nDURATION:PT2H\nEND:VEVENT";
    let file = [base(), whole("denver", span, &[denver]), meeting.to_owned()].join("\n");
    let reading = read(&file, "2011-10-24T04:00:00Z", "2011-10-25T04:00:00Z");
    assert_eq!(table(&reading, "2011-10-24", MONTREAL), "UUUUUFFBFFUU");
}

#[test]
fn the_order_in_the_file_does_not_matter() {
    let over = whole("over", "DTSTART:20111107T130000Z\nDTEND:20111107T170000Z\nPRIORITY:5\n", &[]);
    for file in [[base(), over.clone()].join("\n"), [over, base()].join("\n")] {
        let reading = read(&file, "2011-11-07T05:00:00Z", "2011-11-08T05:00:00Z");
        assert_eq!(table(&reading, "2011-11-07", MONTREAL), "UUUUUUFFFUUU");
    }
}

#[test]
fn priority_1_is_the_highest_and_0_the_lowest() {
    let at = |uid: &str, priority: &str, kind: &str| {
        let span = "DTSTART:20270104T000000Z\nDTEND:20270105T000000Z\n";
        whole(uid, &format!("{span}{priority}BUSYTYPE:{kind}\n"), &[])
    };
    let kinds = ["BUSY-TENTATIVE", "BUSY", "BUSY-UNAVAILABLE"];
    for (lower, higher) in
        [("", "PRIORITY:9\n"), ("PRIORITY:0\n", "PRIORITY:9\n"), ("PRIORITY:9\n", "PRIORITY:1\n")]
    {
        for (low, high) in [(kinds[0], kinds[1]), (kinds[1], kinds[0]), (kinds[1], kinds[2])] {
            let file = [at("low", lower, low), at("high", higher, high)].join("\n");
            let reading = read(&file, "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
            assert_eq!(reading.busy.len(), 1, "{lower} {higher}");
            assert_eq!(reading.busy[0].uid, "high", "{lower} {higher}");
        }
    }
}

#[test]
fn of_equals_the_firmest_type_holds_where_they_overlap() {
    let at = |uid: &str, from: &str, to: &str, kind: &str| {
        whole(uid, &format!("DTSTART:20270104T{from}Z\nDTEND:20270104T{to}Z\nBUSYTYPE:{kind}\n"), &[])
    };
    let file = [
        at("t", "000000", "060000", "BUSY-TENTATIVE"),
        at("u", "020000", "080000", "BUSY-UNAVAILABLE"),
        at("b", "040000", "100000", "BUSY"),
        at("x", "120000", "140000", "X-ON-CALL"),
    ]
    .join("\n");
    let reading = read(&file, "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
    let found: Vec<String> = reading
        .busy
        .iter()
        .map(|busy| {
            format!(
                "{} {} {} {}",
                busy.start.format("%H"),
                busy.end.format("%H"),
                busy.effect.code(),
                busy.uid
            )
        })
        .collect();
    assert_eq!(found, ["00 02 tentative t", "02 04 out-of-office u", "04 10 busy b", "12 14 busy x"]);
}

#[test]
fn of_equals_what_one_calls_available_is_available() {
    let one = whole("one", "", &[available("a", "UTC", "20270104", ("080000", "120000"), "")]);
    let two = whole("two", "", &[available("b", "UTC", "20270104", ("100000", "160000"), "")]);
    for file in [[one.clone(), two.clone()].join("\n"), [two, one].join("\n")] {
        let reading = read(&file, "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
        assert_eq!(table(&reading, "2027-01-04", Tz::UTC), "UUUUFFFFUUUU");
    }
}

#[test]
fn available_time_counts_only_within_its_component_and_the_window() {
    let inner = available("a", "UTC", "20270104", ("020000", "220000"), "");
    let span = "DTSTART:20270104T060000Z\nDURATION:PT10H\n";
    let reading = read(&whole("v", span, &[inner]), "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
    assert_eq!(table(&reading, "2027-01-04", Tz::UTC), "FFFFFFFFFFFF", "outside nothing is said");
    let inner = available("a", "UTC", "20270104", ("020000", "100000"), "");
    let reading = read(&whole("v", span, &[inner]), "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
    assert_eq!(table(&reading, "2027-01-04", Tz::UTC), "FFFFFUUUFFFF");
    let spans: Vec<_> = reading.busy.iter().map(|busy| (busy.start, busy.end)).collect();
    assert_eq!(spans, [(at("2027-01-04T10:00:00Z"), at("2027-01-04T16:00:00Z"))]);
}

#[test]
fn a_component_without_a_beginning_or_an_end_holds_for_ever() {
    for (span, expected) in [
        ("", "UUUUUUUUUUUU"),
        ("DTSTART:20270104T060000Z\n", "FFFUUUUUUUUU"),
        ("DTEND:20270104T060000Z\n", "UUUFFFFFFFFF"),
        ("DTSTART:20270104T060000Z\nDTEND:20270104T060000Z\n", "FFFFFFFFFFFF"),
        ("DTSTART:20270101T000000Z\nDTEND:20270104T000000Z\n", "FFFFFFFFFFFF"),
    ] {
        let reading = read(&whole("v", span, &[]), "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
        assert_eq!(table(&reading, "2027-01-04", Tz::UTC), expected, "{span}");
    }
}

#[test]
fn exceptions_changes_and_further_dates_hold_as_in_events() {
    let hours = available(
        "a",
        "UTC",
        "20270104",
        ("080000", "120000"),
        "RRULE:FREQ=DAILY;COUNT=4\nEXDATE:20270105T080000Z\nRDATE:20270110T080000Z\n",
    );
    let moved = available("a", "UTC", "20270106", ("140000", "160000"), "RECURRENCE-ID:20270106T080000Z\n");
    let gone = "BEGIN:AVAILABLE\nUID:a\nDTSTART:20270107T080000Z\nRECURRENCE-ID:20270107T080000Z\nSTATUS:CANCELLED\nEND:AVAILABLE";
    let file = whole("v", "", &[hours, moved, gone.to_owned()]);
    let reading = read(&file, "2027-01-04T00:00:00Z", "2027-01-11T00:00:00Z");
    assert_eq!(reading.problems, []);
    let days: Vec<String> =
        (4..=10).map(|day| table(&reading, &format!("2027-01-{day:02}"), Tz::UTC)).collect();
    assert_eq!(
        days,
        [
            "UUUUFFUUUUUU",
            "UUUUUUUUUUUU",
            "UUUUUUUFUUUU",
            "UUUUUUUUUUUU",
            "UUUUUUUUUUUU",
            "UUUUUUUUUUUU",
            "UUUUFFUUUUUU"
        ]
    );
}

#[test]
fn doubts_leave_time_busy_and_are_told() {
    let good = available("good", "UTC", "20270104", ("080000", "100000"), "");
    for (name, bad, problem) in [
        ("no beginning", "UID:bad\nDTEND:20270104T160000Z\n", "it has no beginning (DTSTART)"),
        ("no end", "UID:bad\nDTSTART:20270104T120000Z\n", "it has no end (DTEND or DURATION)"),
        (
            "backwards",
            "UID:bad\nDTSTART:20270104T120000Z\nDTEND:20270104T080000Z\n",
            "it ends before it begins",
        ),
        (
            "exception",
            "UID:bad\nDTSTART:20270104T120000Z\nDURATION:PT4H\nEXDATE:nonsense\n",
            "it is not a date or time",
        ),
        (
            "old exception",
            "UID:bad\nDTSTART:20270104T120000Z\nDURATION:PT4H\nEXRULE:FREQ=DAILY\n",
            "this old kind of exception (EXRULE) is not read",
        ),
        (
            "rule",
            "UID:bad\nDTSTART:20270104T120000Z\nDURATION:PT4H\nRRULE:FREQ=FORTNIGHTLY\n",
            "RRULE: FREQ=FORTNIGHTLY is not allowed",
        ),
        (
            "a change that is not understood",
            "UID:bad\nDTSTART:20270104T120000Z\nDURATION:PT4H\nEND:AVAILABLE\nBEGIN:AVAILABLE\nUID:bad\nDTSTART:20270104T120000Z\n\
             DURATION:PT4H\nRECURRENCE-ID:nonsense\n",
            "it is not a date or time",
        ),
    ] {
        let bad = format!("BEGIN:AVAILABLE\n{bad}END:AVAILABLE");
        let file = whole("v", "", &[good.clone(), bad]);
        let reading = read(&file, "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
        assert!(!reading.is_refused(), "{name}");
        let told = &reading.problems[0];
        assert!(told.problem.problem.starts_with(problem), "{name}: {told:?}");
        assert_eq!(told.uid, "v", "{name}");
        assert_eq!(table(&reading, "2027-01-04", Tz::UTC), "UUUUFUUUUUUU", "{name}");
    }
}

#[test]
fn a_component_that_is_not_understood_refuses_the_calendar() {
    for more in [
        "DTSTART:nonsense\n",
        "DTSTART;TZID=Nowhere/Here:20270104T000000\n",
        "DURATION:1H\nDTSTART:20270104T000000Z\n",
    ] {
        let reading = read(&whole("v", more, &[]), "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
        assert!(reading.is_refused(), "{more}");
        assert_eq!(reading.problems[0].uid, "v");
    }
}

#[test]
fn later_versions_replace_earlier_ones() {
    let one = whole("v", "SEQUENCE:1\n", &[available("a", "UTC", "20270104", ("080000", "100000"), "")]);
    let two = whole("v", "SEQUENCE:2\n", &[available("a", "UTC", "20270104", ("120000", "140000"), "")]);
    let reading = read(&[two, one].join("\n"), "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z");
    assert_eq!(table(&reading, "2027-01-04", Tz::UTC), "UUUUUUFUUUUU");
}

#[test]
fn a_night_that_is_available_ends_on_the_clock_when_clocks_change() {
    let night = "BEGIN:AVAILABLE\nUID:a\nDTSTART;TZID=Europe/London:20261023T220000\nDTEND;TZID=Europe/London:20261024T060000\n\
                 RRULE:FREQ=DAILY\nEND:AVAILABLE";
    let reading = read(&whole("v", "", &[night.to_owned()]), "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    let spans: Vec<_> = reading.busy.iter().map(|busy| (busy.start, busy.end)).collect();
    assert_eq!(
        spans,
        [
            (at("2026-10-24T12:00:00Z"), at("2026-10-24T21:00:00Z")),
            (at("2026-10-25T06:00:00Z"), at("2026-10-25T12:00:00Z")),
        ]
    );
}

#[test]
fn a_hostile_series_costs_little_and_leaves_time_busy() {
    let hours = |n: usize| {
        format!(
            "BEGIN:AVAILABLE\nUID:{n}\nDTSTART:19700101T000000Z\nDURATION:PT0.5S\nRRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\n\
             END:AVAILABLE"
        )
        .replace("PT0.5S", "PT1S")
    };
    let within: Vec<String> = (0..200).map(hours).collect();
    let begun = std::time::Instant::now();
    let reading = read(&whole("v", "", &within), "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    assert_eq!(reading.busy.len(), 1);
    let every = "BEGIN:AVAILABLE\nUID:e\nDTSTART:20270101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;INTERVAL=2\nEND:AVAILABLE";
    let begun = std::time::Instant::now();
    let reading = read(&whole("v", "", &[every.to_owned()]), "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    assert!(reading.problems.iter().any(|told| told.problem.problem.contains("counts as busy")));
    let last = reading.busy.last().expect("the rest is busy");
    assert_eq!(last.end, at("2028-01-01T00:00:00Z"));
}

#[test]
fn a_time_in_the_far_future_does_not_make_the_zones_long() {
    let leave = Away {
        who: "dr-a".to_owned(),
        from: "1600-01-01T00:00:00".parse().expect("a time"),
        to: "9000-01-01T00:00:00".parse().expect("a time"),
    };
    let rules = Rules { away: vec![leave], ..Rules::of_zone(Tz::Europe__London) };
    let from = EPOCH.parse().expect("a date");
    let file = publish(&rules, "dr-a", from, ("cal", ""), at("2026-01-01T00:00:00Z"));
    let lines = String::from_utf8_lossy(&file).lines().count();
    assert!(lines < 2_000, "{lines} lines");
}

const ZONES: [Tz; 5] =
    [Tz::UTC, Tz::Europe__London, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Asia__Kolkata];
const EPOCH: &str = "2026-01-05";

fn day() -> impl Strategy<Value = NaiveDate> {
    (0u64..500).prop_map(|on| EPOCH.parse::<NaiveDate>().expect("a date") + chrono::Days::new(on))
}

fn weekdays() -> impl Strategy<Value = Vec<Weekday>> {
    prop::collection::btree_set(0u8..7, 0..5)
        .prop_map(|days| days.into_iter().map(|day| Weekday::try_from(day).expect("0 to 6")).collect())
}

/// Sessions that open and close outside the hours in which any of these zones changes its clocks.
fn session() -> impl Strategy<Value = Session> {
    let when = (weekdays(), 1u32..4, day(), prop::option::of(0u64..300), prop::collection::vec(day(), 0..3));
    let hours = (4u32..24, 4u32..24, prop::option::of(prop::sample::select(ZONES.to_vec())), any::<bool>());
    (when, hours, prop::option::of("[a-z]{1,3}[,;\\\\é]?")).prop_map(
        |((weekdays, every_weeks, valid_from, long, dates), (from, to, zone, is_bounded), site)| Session {
            id: String::new(),
            who: vec!["dr-a".to_owned()],
            also: Vec::new(),
            site,
            weekdays,
            every_weeks,
            valid_from: (is_bounded || every_weeks > 1).then_some(valid_from),
            valid_to: long.map(|long| valid_from + chrono::Days::new(long)),
            dates,
            from: NaiveTime::from_hms_opt(from, 0, 0).expect("an hour"),
            to: NaiveTime::from_hms_opt(to, 30, 0).expect("an hour"),
            zone,
            visits: vec![visit()],
            step_min: None,
            capacity: 1,
            buffer_before_min: 0,
            buffer_after_min: 0,
            daily_limit: None,
            notice_min: None,
        },
    )
}

fn visit() -> Visit {
    Visit { kind: String::new(), length_min: 30 }
}

fn rules() -> impl Strategy<Value = Rules> {
    let closed = (day(), prop::option::of(0u64..90), any::<bool>());
    let away = (day(), 6i64..200);
    (
        prop::sample::select(ZONES.to_vec()),
        prop::collection::vec(session(), 0..4),
        prop::collection::vec(closed, 0..4),
        prop::collection::vec(away, 0..3),
    )
        .prop_map(|(zone, mut sessions, closed, away)| {
            for (number, session) in sessions.iter_mut().enumerate() {
                session.id = format!("list {number}; mornings");
            }
            let closed = closed.into_iter().map(|(from, long, only_one)| Closed {
                from,
                to: long.map(|long| from + chrono::Days::new(long)),
                session: only_one.then(|| "list 0; mornings".to_owned()),
                ..Closed::default()
            });
            let noon = NaiveTime::from_hms_opt(12, 0, 0).expect("noon");
            let away = away.into_iter().map(|(day, hours)| {
                let from = day.and_time(noon);
                Away { who: "dr-a".to_owned(), from, to: from + TimeDelta::hours(hours) }
            });
            let (closed, away) = (closed.collect(), away.collect());
            Rules { sessions, closed, away, ..Rules::of_zone(zone) }
        })
}

/// Each session's hours by the rules alone, as (opens, closes, site).
fn hours(rules: &Rules) -> Vec<(DateTime<Utc>, DateTime<Utc>, Option<String>)> {
    let first: NaiveDate = EPOCH.parse().expect("a date");
    let mut found = Vec::new();
    for date in first.iter_days().take(700) {
        for session in &rules.sessions {
            let is_closed =
                rules.closed.iter().any(|closed| closed.means(session, "dr-a") && closed.holds_on(date));
            if session.holds_on(date) && !is_closed {
                let (opens, closes) = session.hours_on(date).expect("hours");
                let at = |wall| scheduling::wall::instant(wall, session.zone(rules));
                found.push((at(opens), at(closes), session.site.clone()));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_of_rules_reads_back_as_the_same_sessions(rules in rules()) {
        let made = at("2026-01-01T00:00:00Z");
        let file = publish(&rules, "dr-a", EPOCH.parse().expect("a date"), ("cal", "Dr A"), made);
        let back = read_hours(&file, "dr-a", &visit(), rules.zone);
        let back = back.unwrap_or_else(|wrong| panic!("{wrong}\n{}", String::from_utf8_lossy(&file)));
        prop_assert_eq!(hours(&rules), hours(&back), "{}", String::from_utf8_lossy(&file));
        prop_assert_eq!(&rules.away, &back.away);
        // And what was read is written alike once more.
        let again = publish(&back, "dr-a", EPOCH.parse().expect("a date"), ("cal", "Dr A"), made);
        let twice = read_hours(&again, "dr-a", &visit(), rules.zone).expect("it reads back");
        prop_assert_eq!(hours(&back), hours(&twice));
    }

    #[test]
    fn what_is_written_is_busy_outside_sessions_and_within_leave(rules in rules()) {
        let made = at("2026-01-01T00:00:00Z");
        let first: NaiveDate = EPOCH.parse().expect("a date");
        let file = publish(&rules, "dr-a", first, ("cal", "Dr A"), made);
        let (from, to) = (at("2026-01-07T00:00:00Z"), at("2027-09-01T00:00:00Z"));
        let reading = busy(&file, from, to, Tz::UTC);
        prop_assert_eq!(&reading.problems, &vec![]);
        prop_assert!(reading.busy.iter().all(|busy| busy.effect == scheduling::Effect::OutOfOffice));
        let hours = hours(&rules);
        let leave: Vec<_> = rules
            .away
            .iter()
            .map(|away| [away.from, away.to].map(|wall| scheduling::wall::instant(wall, rules.zone)))
            .collect();
        let mut now = from + TimeDelta::minutes(15);
        while now < to {
            let seen = hours.iter().any(|(opens, closes, _)| *opens <= now && now < *closes)
                && !leave.iter().any(|[from, to]| *from <= now && now < *to);
            let is_busy = reading.busy.iter().any(|busy| busy.start <= now && now < busy.end);
            prop_assert_eq!(seen, !is_busy, "{} {}", now, now.weekday());
            now += TimeDelta::minutes(217);
        }
    }
}
