use std::path::PathBuf;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::invite::{Invite, Method};
use super::*;
use crate::problem::refused;

/// The samples, or nothing where they are not at hand (never so in continuous integration).
fn samples() -> Option<PathBuf> {
    let home = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let path = std::env::var_os("WAYMARK_SAMPLES").map_or_else(|| PathBuf::from(home), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no samples at {}", path.display());
    eprintln!("skipped: no samples at {}", path.display());
    None
}

fn with(event: &str) -> CalendarReading {
    read(
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
            .as_bytes(),
    )
}

fn told(reading: &CalendarReading) -> Vec<String> {
    let line = |p: &Problem| format!("{:?} {}: {}", p.severity, p.path, p.problem);
    reading.problems.iter().map(line).collect()
}

fn only(reading: CalendarReading) -> RawEvent {
    assert!(!refused(&reading.problems), "{:?}", reading.problems);
    assert_eq!(reading.events.len(), 1);
    reading.events.into_iter().next().expect("one event")
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn wall(text: &str, zone: Tz) -> When {
    When::Local(text.parse().expect("a wall time"), zone)
}

#[test]
fn every_sample_reads_or_is_refused_with_a_reason() {
    let Some(root) = samples() else { return };
    let mut seen = Vec::new();
    for folder in ["availability", "caldavtester", "itip", "robustness", "vendor"] {
        for entry in std::fs::read_dir(root.join("interop/ical").join(folder)).expect("a folder of samples") {
            let path = entry.expect("an entry").path();
            let reading = read(&std::fs::read(&path).expect("a sample"));
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if refused(&reading.problems) {
                seen.push(format!("{name}: {}", told(&reading).join(" | ")));
            }
        }
    }
    seen.sort();
    let names: Vec<_> = seen.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(
        names,
        [
            "fuzz_testcase_0_char_in_component_name.ics",
            "issue_1081_invalid_start_and_end.ics",
            "issue_526_calendar_with_events.ics",
            "multiple_timezones.ics",
        ],
        "{seen:#?}"
    );
}

#[test]
fn a_large_real_calendar_reads_whole() {
    let Some(root) = samples() else { return };
    let bytes = std::fs::read(root.join("scheduling/large-calendar.ics")).expect("the sample");
    let reading = read(&bytes);
    assert!(!refused(&reading.problems), "{:?}", told(&reading));
    assert_eq!(reading.events.len(), 4778);
    assert_eq!(reading.events.iter().filter(|event| !event.rrules.is_empty()).count(), 166);
}

#[test]
fn first_starts_agree_with_two_other_readers() {
    let Some(root) = samples() else { return };
    let text =
        std::fs::read_to_string(root.join("interop/ical/expected-busy.json")).expect("the expectation");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for (name, calendar) in expected.as_object().expect("an object") {
        let reading = read(&std::fs::read(root.join("interop").join(name)).expect("a sample"));
        assert!(!refused(&reading.problems), "{name} {:?}", told(&reading));
        // Of each event that is not a series, the expectation holds its beginning.
        let starts: Vec<_> = calendar["events"]
            .as_array()
            .expect("events")
            .iter()
            .filter_map(|event| event["start"].as_str())
            .map(utc)
            .collect();
        for event in reading.events.iter().filter(|event| event.rrules.is_empty() && event.rdates.is_empty())
        {
            let start = match &event.start {
                When::Date(_) | When::Floating(_) => continue,
                When::Own(wall, zone) => zone.instant(*wall).expect("a time"),
                When::Utc(at) => *at,
                When::Local(wall, zone) => {
                    wall.and_local_timezone(*zone).earliest().expect("a time").to_utc()
                }
            };
            assert!(starts.contains(&start), "{name} {start}");
        }
    }
}

#[test]
fn what_is_not_a_whole_calendar_is_refused() {
    for (bytes, problem) in [
        (&b""[..], "Error : this is not an iCalendar file"),
        (b"{}", "Error : this is not an iCalendar file"),
        (b"BeGIN:\0\n", "Error : this is not an iCalendar file"),
        (b"BEGIN:VEVENT\nEND:VEVENT", "Error : this is not an iCalendar file"),
        (b"\xFF\xFEB\0E\0G\0I\0N\0", "Error : this is not an iCalendar file"),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
            "Error VCALENDAR (line 2): the file ends before what begins here has ended",
        ),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
            "Error VCALENDAR (line 3): END does not match the last BEGIN",
        ),
        (
            b"BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT",
            "Error VEVENT (line 3): it lies outside the calendar",
        ),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VEVENT\nEND:VEVENT\nEND:VEVENT\nEND:VCALENDAR",
            "Error VCALENDAR/VEVENT (line 3): an event lies within another",
        ),
    ] {
        let reading = read(bytes);
        assert_eq!(told(&reading)[0], problem);
        assert!(refused(&reading.problems));
    }
}

#[test]
fn limits_hold_before_anything_is_built() {
    let deep =
        format!("BEGIN:VCALENDAR\n{}{}END:VCALENDAR", "BEGIN:X\n".repeat(3000), "END:X\n".repeat(3000));
    assert_eq!(
        told(&read(deep.as_bytes())),
        ["Error VCALENDAR (line 17): components lie more than 16 deep within one another"]
    );
    let many = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", "BEGIN:X\nEND:X\n".repeat(200_000));
    assert!(told(&read(many.as_bytes()))[0].ends_with("more than 200,000 components"));
    let long = format!("BEGIN:VCALENDAR\nX:{}\nEND:VCALENDAR", "a\n ".repeat(1024 * 1024));
    assert!(told(&read(long.as_bytes()))[0].ends_with("a line is longer than 1 MiB"));
    assert_eq!(told(&read(&vec![b'A'; 32 * 1024 * 1024 + 1])), ["Error : the file is larger than 32 MiB"]);
}

#[test]
fn a_time_that_is_not_understood_is_an_error_and_never_free() {
    for (event, problem) in [
        ("DTSTART:tomorrow", "Error VCALENDAR/VEVENT[0]/DTSTART (line 4): it is not a date or time"),
        (
            "DTSTART;TZID=Nowhere/Land:20270101T090000",
            "Error VCALENDAR/VEVENT[0]/DTSTART (line 4): its time zone is not known, and the file does not define it in \
             a way that is understood",
        ),
        (
            "DTSTART:20270101T090000Z\r\nDTEND:20270101T080000Z",
            "Error VCALENDAR/VEVENT[0]/DTEND (line 5): it ends before it begins",
        ),
        (
            "DTSTART:20270101T090000Z\r\nDTEND:20270101T100000",
            "Error VCALENDAR/VEVENT[0]/DTEND (line 5): it is not of the same kind as DTSTART",
        ),
        (
            "DTSTART:20270101T090000Z\r\nDURATION:1H",
            "Error VCALENDAR/VEVENT[0]/DURATION (line 5): it is not a length of time",
        ),
        (
            "DTSTART:20270101T090000Z\r\nRDATE;VALUE=TIME:133000Z",
            "Error VCALENDAR/VEVENT[0]/RDATE (line 5): it is not a date or time",
        ),
        (
            "DTSTART:20270101T090000Z\r\nRRULE:FREQ=DAILY;BYDAY=MO,\r\nTU",
            "Error VCALENDAR/VEVENT[0] (line 6): a line of it is damaged",
        ),
        (
            "DTSTART:20270101T090000Z\r\nDTSTART:20270101T100000Z",
            "Error VCALENDAR/VEVENT[0]/DTSTART (line 5): it is given twice, differently",
        ),
        (
            "DTSTART:20270101T090000Z\r\nDURATION:-PT1H",
            "Error VCALENDAR/VEVENT[0]/DURATION (line 5): it ends before it begins",
        ),
        (
            "DTSTART:20270101T090000Z\r\nRECURRENCE-ID;RANGE=THISANDPRIOR:20270101T090000Z",
            "Error VCALENDAR/VEVENT[0]/RECURRENCE-ID (line 5): its RANGE is not THISANDFUTURE",
        ),
        ("DTSTART;TZID=\"x:20270101T090000", "Error VCALENDAR/VEVENT[0] (line 4): a line of it is damaged"),
    ] {
        let reading = with(event);
        assert!(told(&reading).iter().any(|told| told == problem), "{event}: {:?}", told(&reading));
        assert!(reading.events.is_empty());
    }
}

#[test]
fn an_event_that_takes_no_time_may_be_left_out() {
    let reading = with("DTSTART:tomorrow\r\nTRANSP:TRANSPARENT");
    assert!(!refused(&reading.problems));
    let reading = with("SUMMARY:no time");
    assert_eq!(told(&reading)[0], "Warning VCALENDAR/VEVENT[0] (line 2): it has no beginning (DTSTART)");
}

#[test]
fn careless_files_are_read_where_the_time_is_certain() {
    let event = only(with("DTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270101"));
    assert_eq!((event.end, event.duration), (None, None));
    let event = only(with("DTSTART;VALUE=DATE:20270327\r\nDURATION:P2D"));
    assert_eq!(event.end, Some(When::Date("2027-03-29".parse().expect("a day"))));
    let event = only(with("DTSTART;TZID=Europe/London:20270101T090000\r\nDTEND:20270101T100000"));
    assert_eq!(event.end, Some(wall("2027-01-01T10:00:00", Tz::Europe__London)));
    let event = only(with("DTSTART:20270101T090000Z\r\nSEQUENCE:x\r\nRRULE:FREQ=WEEKLY;BYDAY=MO, \r\n TU"));
    assert_eq!((event.sequence, event.rrules), (0, vec!["FREQ=WEEKLY;BYDAY=MO,TU".to_owned()]));
    let event = only(with(
        "DTSTART:20270101T090000Z\r\nSUMMARY:caf\u{e9}\r\nno colon here\r\nEXDATE:x,20270102T090000Z",
    ));
    assert_eq!(event.exdates, [When::Utc(utc("2027-01-02T09:00:00Z"))]);
}

#[test]
fn busy_status_is_read_from_transp_status_and_the_mail_program() {
    let flags = |lines: &str| {
        let e = only(with(&format!("DTSTART:20270101T090000Z\r\n{lines}")));
        [e.transparent, e.cancelled, e.tentative, e.out_of_office]
    };
    assert_eq!(flags("STATUS:CONFIRMED"), [false, false, false, false]);
    assert_eq!(flags("TRANSP:transparent"), [true, false, false, false]);
    assert_eq!(flags("X-MICROSOFT-CDO-BUSYSTATUS:FREE"), [true, false, false, false]);
    assert_eq!(flags("TRANSP:OPAQUE\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE"), [false, false, false, false]);
    assert_eq!(flags("STATUS:CANCELLED"), [false, true, false, false]);
    assert_eq!(flags("STATUS:TENTATIVE"), [false, false, true, false]);
    assert_eq!(flags("X-MICROSOFT-CDO-BUSYSTATUS:OOF"), [false, false, false, true]);
}

#[test]
fn zones_are_found_under_their_many_names() {
    for (name, zone) in [
        ("Europe/London", Tz::Europe__London),
        ("europe/london", Tz::Europe__London),
        ("GMT Standard Time", Tz::Europe__London),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/London", Tz::Europe__London),
        ("/softwarestudio.org/Olson_20011030_5/America/Argentina/Ushuaia", Tz::America__Argentina__Ushuaia),
        ("\"W. Europe Standard Time\"", Tz::Europe__Berlin),
        ("tzone://Microsoft/Utc", Tz::Etc__UTC),
    ] {
        let event = only(with(
            &format!("DTSTART;TZID={name}:20270701T090000")
                .replace("=tzone://", "=\"tzone://")
                .replace("Utc:", "Utc\":"),
        ));
        assert_eq!(event.start, wall("2027-07-01T09:00:00", zone), "{name}");
    }
}

fn with_zone(name: &str, winter: (&str, &str), summer: (&str, &str), event: &str) -> CalendarReading {
    let part = |kind: &str, (from, to): (&str, &str), rule: &str| {
        format!("BEGIN:{kind}\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\n{rule}\nEND:{kind}\n")
    };
    read(
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID={name}:20270701T090000\n{event}END:VEVENT\n\
             BEGIN:VTIMEZONE\nTZID:{name}\n{}{}END:VTIMEZONE\nEND:VCALENDAR\n",
            part("STANDARD", winter, "DTSTART:16010101T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
            part("DAYLIGHT", summer, "DTSTART:16010101T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
        )
        .as_bytes(),
    )
}

fn in_own_zone(event: RawEvent) -> (NaiveDateTime, DateTime<Utc>) {
    let When::Own(wall, zone) = event.start else { panic!("{:?}", event.start) };
    (wall, zone.instant(wall).expect("an instant"))
}

#[test]
fn a_zone_that_only_the_file_defines_is_read_by_its_rules() {
    let nine = "2027-07-01T09:00:00".parse::<NaiveDateTime>().expect("a wall time");
    let central = with_zone("Our Office", ("+0200", "+0100"), ("+0100", "+0200"), "RRULE:FREQ=WEEKLY\n");
    assert_eq!(in_own_zone(only(central)), (nine, utc("2027-07-01T07:00:00Z")));
    // The name says Lisbon, the rules say Central Europe: the rules hold.
    let odd = with_zone("europe/lisbon", ("+0200", "+0100"), ("+0100", "+0200"), "");
    assert_eq!(in_own_zone(only(odd)).1, utc("2027-07-01T07:00:00Z"));
    let ship = with_zone("Ship", ("+0500", "+0320"), ("+0320", "+0500"), "RRULE:FREQ=WEEKLY\n");
    assert_eq!(in_own_zone(only(ship)).1, utc("2027-07-01T04:00:00Z"));
    let broken = with_zone("Ship", ("5", "+0320"), ("+0320", "+0500"), "");
    assert!(refused(&broken.problems));
}

#[test]
fn the_table_of_an_own_zone_has_each_change_in_order() {
    let event = only(with_zone("Ours", ("+0200", "+0100"), ("+0100", "+0200"), ""));
    let When::Own(_, zone) = event.start else { panic!("an own zone") };
    let of_2027: Vec<_> = zone
        .changes
        .iter()
        .filter_map(|(at, offset)| Some((DateTime::from_timestamp(*at, 0)?.to_rfc3339(), *offset)))
        .filter(|(at, _)| at.starts_with("2027"))
        .collect();
    let expected = [("2027-03-28T01:00:00+00:00", 7200), ("2027-10-31T01:00:00+00:00", 3600)];
    assert_eq!(of_2027, expected.map(|(at, offset)| (at.to_owned(), offset)));
    assert!(zone.changes.is_sorted() && zone.changes.len() > 500);
}

#[test]
fn times_without_a_zone_are_in_the_zone_that_the_calendar_names() {
    let reading = read(
        b"BEGIN:VCALENDAR\nX-WR-TIMEZONE:America/New_York\nBEGIN:VEVENT\nUID:1\nDTSTART:20270701T090000\n\
          END:VEVENT\nEND:VCALENDAR",
    );
    assert_eq!(only(reading).start, wall("2027-07-01T09:00:00", Tz::America__New_York));
}

#[test]
fn quirks_of_outlook_google_and_exchange_are_read() {
    let nine = wall("2027-01-01T09:00:00", Tz::Europe__Amsterdam);
    let zone = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:(UTC+01:00) Amsterdam, Berlin\nX-LIC-LOCATION:Europe/Amsterdam\n\
                BEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
                RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
                BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
                RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:1\n";
    for start in [
        "DTSTART;TZID=\"(UTC+01:00) Amsterdam, Berlin\":20270101T090000",
        "DTSTART;TZID=(UTC+01:00) Amsterdam, Berlin:20270101T090000",
        "dtstart;tzid=\"(UTC+01:00) Amsterdam, Berlin\":20270101T090000",
        "DTSTART;TZID=\"(UTC+01:00) Amster\n dam, Berlin\":2027010\n 1T090000",
    ] {
        let reading = read(format!("{zone}{start}\nEND:VEVENT\nEND:VCALENDAR\n").as_bytes());
        assert_eq!(only(reading).start, nine, "{start}");
    }
    let day = When::Date("2027-01-01".parse().expect("a day"));
    for start in ["DTSTART:20270101", "DTSTART;VALUE=DATE:20270101T000000"] {
        assert_eq!(only(with(start)).start, day, "{start}");
    }
    let event = only(with("DTSTART:20270101T090000Z\r\nrrule:freq=weekly;\r\nRRULE:FREQ=DAILY;COUNT=2"));
    assert_eq!(event.rrules, ["freq=weekly;", "FREQ=DAILY;COUNT=2"]);
    let event = only(with("DTSTART;VALUE=DATE:20270101\r\nDTEND:20270101T100000Z"));
    assert_eq!(event.start, When::Utc(utc("2027-01-01T00:00:00Z")));
    let event = only(with("DTSTART:20270101T090000Z\r\nDTEND;VALUE=DATE:20270102"));
    assert_eq!(event.end, Some(When::Utc(utc("2027-01-02T00:00:00Z"))));
}

#[test]
fn a_problem_tells_whose_it_is() {
    let reading = with("DTSTART:tomorrow");
    assert_eq!(reading.uids[&reading.problems[0].path], "1");
}

#[test]
fn busy_periods_become_events() {
    let reading = read(
        b"BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nUID:a\nFREEBUSY;FBTYPE=BUSY-UNAVAILABLE:19970308T160000Z/PT8H30M\n\
          FREEBUSY:19970308T160000Z/19970308T170000Z,19970308T200000Z/PT1H\n\
          FREEBUSY;FBTYPE=FREE:19970309T160000Z/PT3H\nEND:VFREEBUSY\nEND:VCALENDAR\n",
    );
    let found: Vec<_> = reading
        .events
        .iter()
        .map(|e| (e.uid.as_str(), e.duration.map(|d| d.seconds), e.out_of_office))
        .collect();
    assert_eq!(found, [("", Some(30_600), true), ("", Some(3600), false), ("", Some(3600), false)]);
}

#[test]
fn text_that_is_not_utf8_loses_no_event() {
    let reading =
        read(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:caf\xE9\nDTSTART:20270101T090000Z\nEND:VEVENT\nEND:VCALENDAR");
    assert_eq!(reading.events.len(), 1);
    assert!(!refused(&reading.problems));
}

#[test]
fn the_name_and_method_of_a_calendar_are_read() {
    let reading =
        read(b"\xEF\xBB\xBFBEGIN:VCALENDAR\nMETHOD:publish\nX-WR-CALNAME:Clinic 4\\, week\nEND:VCALENDAR");
    assert_eq!(
        (reading.name.as_deref(), reading.method.as_deref()),
        (Some("Clinic 4, week"), Some("PUBLISH"))
    );
}

fn invite(start: &str, end: &str, zone: Tz) -> Invite {
    Invite {
        uid: "referral-1@waymark.example".to_owned(),
        sequence: 2,
        method: Method::Request,
        organizer_name: "St \"Anne\" Hospital; Cardiology".to_owned(),
        organizer_email: "appointments@waymark.example".to_owned(),
        attendee_email: "patient@waymark.example".to_owned(),
        attendee_name: "Zoë Ångström".to_owned(),
        start: utc(start),
        end: utc(end),
        zone,
        summary: "Appointment, St Anne".to_owned(),
        description: "Bring:\r\n- your letter; and ünïcödé text that is long enough to be folded twice over, as it must \
                      be in a mail\nBEGIN:VEVENT"
            .to_owned(),
        location: "Floor 2".to_owned(),
        stamp: utc("2026-11-22T12:00:00Z"),
        alarm_min: Some(1440),
        url: Some("https://waymark.example/v/1\r\nX:1".to_owned()),
    }
}

#[test]
fn an_invitation_reads_back_as_it_was_meant() {
    for (start, zone, expected) in [
        ("2027-01-12T09:00:00Z", Tz::Europe__London, wall("2027-01-12T09:00:00", Tz::Europe__London)),
        ("2027-07-12T09:00:00Z", Tz::Europe__London, wall("2027-07-12T10:00:00", Tz::Europe__London)),
        ("2027-07-12T09:00:00Z", Tz::Asia__Kathmandu, wall("2027-07-12T14:45:00", Tz::Asia__Kathmandu)),
        ("2027-07-12T09:00:00Z", Tz::UTC, When::Utc(utc("2027-07-12T09:00:00Z"))),
        // The first and the second 01:30 of the night on which clocks go back.
        ("2027-10-31T00:30:00Z", Tz::Europe__London, When::Utc(utc("2027-10-31T00:30:00Z"))),
        ("2027-10-31T01:30:00Z", Tz::Europe__London, When::Utc(utc("2027-10-31T01:30:00Z"))),
    ] {
        let end = (utc(start) + chrono::TimeDelta::minutes(40)).to_rfc3339();
        let bytes = invite(start, &end, zone).to_bytes();
        let reading = read(&bytes);
        assert_eq!(told(&reading), [""; 0]);
        assert_eq!(reading.method.as_deref(), Some("REQUEST"));
        let event = only(reading);
        assert_eq!(
            (event.start, event.uid.as_str(), event.sequence),
            (expected, "referral-1@waymark.example", 2)
        );
        assert!(!event.cancelled);
    }
}

#[test]
fn lines_are_short_end_properly_and_nothing_can_be_slipped_in() {
    let bytes = invite("2027-01-12T09:00:00Z", "2027-01-12T09:30:00Z", Tz::Europe__London).to_bytes();
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    assert_eq!(text.matches("\r\nBEGIN:VEVENT").count(), 1);
    assert!(!text.contains("\r\nX:1"));
    assert!(text.contains("\r\nORGANIZER;CN=\"St 'Anne' Hospital; Cardiology\":mailto:"));
    assert!(text.contains("\r\nSUMMARY:Appointment\\, St Anne\r\n"));
    assert!(text.contains("\r\nTRIGGER:-PT1440M\r\n"));
}

#[test]
fn the_written_zone_tells_the_same_times_as_the_known_one() {
    for zone in [Tz::Europe__London, Tz::Europe__Dublin, Tz::America__New_York, Tz::Australia__Lord_Howe] {
        for (start, end) in [
            ("2027-01-12T09:00:00Z", "2027-01-12T09:30:00Z"),
            ("2027-07-12T09:00:00Z", "2027-07-12T09:30:00Z"),
            ("2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z"),
        ] {
            let bytes = invite(start, end, zone).to_bytes();
            // Under a name that nobody knows, only the definition in the file can tell the time.
            let text = String::from_utf8(bytes).expect("UTF-8").replace(zone.name(), "Unknown");
            let event = only(read(text.as_bytes()));
            let at = |when: When| match when {
                When::Utc(at) => at,
                When::Own(wall, zone) => zone.instant(wall).expect("a time"),
                other => panic!("{other:?}"),
            };
            assert_eq!((at(event.start), event.end.map(at)), (utc(start), Some(utc(end))), "{zone} {text}");
        }
    }
}

#[test]
fn a_cancellation_takes_the_visit_out_and_rings_no_bell() {
    let mut invite = invite("2027-01-12T09:00:00Z", "2027-01-12T09:30:00Z", Tz::Europe__London);
    invite.method = Method::Cancel;
    invite.attendee_email = String::new();
    let text = String::from_utf8(invite.to_bytes()).expect("UTF-8");
    assert!(text.contains("\r\nMETHOD:CANCEL\r\n") && text.contains("\r\nSTATUS:CANCELLED\r\n"));
    assert!(!text.contains("VALARM") && !text.contains("ATTENDEE"));
    assert!(only(read(text.as_bytes())).cancelled);
}

#[test]
fn no_damage_to_a_calendar_makes_reading_panic() {
    let bytes = invite("2027-01-12T09:00:00Z", "2027-01-12T09:30:00Z", Tz::Europe__London).to_bytes();
    for at in (0..bytes.len()).step_by(2) {
        read(&bytes[..at]);
        let mut damaged = bytes.clone();
        for with in [b'9', b':', b'"', 0xFF] {
            damaged[at] = with;
            read(&damaged);
        }
    }
}

#[test]
fn an_event_in_the_hour_that_the_clocks_skip_is_no_error() {
    for (start, end) in [("20260308T023000", "20260308T030000"), ("20260308T020000", "20260308T021500")] {
        let event = only(with(&format!(
            "DTSTART;TZID=America/New_York:{start}\r\nDTEND;TZID=America/New_York:{end}\r\n\
             RDATE;VALUE=PERIOD;TZID=America/New_York:{start}/{end}"
        )));
        assert!(event.end.is_some());
        assert!(event.rdates[0].duration.is_some_and(|length| length.seconds >= 900), "{event:?}");
    }
    let back =
        with("DTSTART;TZID=America/New_York:20260308T030000\r\nDTEND;TZID=America/New_York:20260308T023000");
    assert!(back.events.is_empty());
}

#[test]
fn names_that_windows_shows_and_offsets_are_zones_without_a_definition() {
    let nine = "2027-07-01T09:00:00";
    for (name, zone) in [
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", Tz::Europe__Berlin),
        ("(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", Tz::Europe__London),
        ("Eastern Time (US & Canada)", Tz::America__New_York),
        ("GMT+1", Tz::Etc__GMTMinus1),
        ("UTC+02:00", Tz::Etc__GMTMinus2),
        // The whole name of the IANA database keeps the sign of POSIX.
        ("Etc/GMT+1", Tz::Etc__GMTPlus1),
    ] {
        let event = only(with(&format!("DTSTART;TZID=\"{name}\":20270701T090000")));
        assert_eq!(event.start, wall(nine, zone), "{name}");
    }
    let bare = "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna";
    let event = only(with(&format!("DTSTART;TZID={bare}:20270701T090000")));
    assert_eq!(event.start, wall(nine, Tz::Europe__Berlin), "without quotes");
    let event = only(with("DTSTART;TZID=UTC+05:45:20270701T090000"));
    assert_eq!(in_own_zone(event).1, utc("2027-07-01T03:15:00Z"));
    let told = with("DTSTART;TZID=GMT+1:20270701T090000").problems;
    assert!(told.iter().any(|problem| problem.problem.contains("it is an offset")), "{told:?}");
}
