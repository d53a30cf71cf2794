//! Calendar files that mean harm, uploaded while others use the product: each is read or refused, and no request fails.

use std::cell::Cell;
use std::time::{Duration, Instant};

use contract::CalendarInput;
use domain::ReferralId;
use futures::StreamExt;
use harness::{Browser, TestApp, both};
use server::adapters::Apart;
use service::ports::{Calendars, Waits};
use service::{availability, clock};

use crate::feeds::ages;
use crate::sessions::{another, diary, no_sessions, session};

/// What the server calls as its reader of calendars: see [`server::adapters::apart::call_with`].
#[test]
fn reader() {
    if std::env::var(QUESTION).is_ok_and(|question| question.ends_with(HANGS.name())) {
        std::thread::sleep(Duration::from_secs(60));
    }
    let _ = server::adapters::apart::answer();
}

/// How the reader is asked.
const QUESTION: &str = "WAYMARK_READ_CALENDAR";
/// Asked for times in this zone, the reader of these tests hangs.
const HANGS: chrono_tz::Tz = chrono_tz::Antarctica::Troll;

/// Readers that hang now.
fn hanging() -> usize {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter(|entry| {
        let set = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        let mut set = set.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        set.any(|one| one.starts_with(QUESTION) && one.ends_with(HANGS.name()))
    })
    .count()
}

#[tokio::test]
async fn a_reader_is_killed_at_its_bound_and_a_booking_waits_behind_none() {
    server::adapters::apart::call_with(&["--exact", "hostile_calendars::reader", "--nocapture"]);
    let apart = Apart::default();
    let (from, to) = (clock::now(), clock::now() + chrono::Duration::days(1));
    let read = |waits: Waits, zone| apart.busy(waits, event("DTSTART:20270101T090000Z"), from, to, zone);
    let uploads = async {
        let begun = Instant::now();
        let all = futures::future::join_all([HANGS; 4].map(|zone| read(Waits::Reading, zone))).await;
        for read in all {
            let problems = read.expect("it starts").problems;
            assert_eq!(problems[0].problem.problem, "reading it takes longer than 5 seconds");
        }
        begun.elapsed()
    };
    let booking = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(hanging(), 2, "two at a time");
        let begun = Instant::now();
        let read = read(Waits::Booking, chrono_tz::UTC).await.expect("it starts");
        assert!(!read.is_refused(), "{:?}", read.problems);
        assert!(begun.elapsed() < Duration::from_secs(3), "it waited: {:?}", begun.elapsed());
        // Who gives up waiting ends the reading.
        let given_up = tokio::time::timeout(
            Duration::from_secs(1),
            apart.busy(Waits::Booking, event(""), from, to, HANGS),
        );
        assert!(given_up.await.is_err());
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(hanging(), 2, "the third is gone");
    };
    let (elapsed, ()) = tokio::join!(uploads, booking);
    let bounds = Duration::from_secs(10)..Duration::from_secs(16);
    assert!(bounds.contains(&elapsed), "two times five seconds: {elapsed:?}");
    assert_eq!(hanging(), 0, "they are gone");
}

/// A calendar of one event with the given lines.
fn event(lines: &str) -> Vec<u8> {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:h\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    .into_bytes()
}

fn calendar(inner: &str) -> Vec<u8> {
    format!("BEGIN:VCALENDAR\r\n{inner}END:VCALENDAR\r\n").into_bytes()
}

/// A hundred hostile files, each with its name.
fn hostile() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push((name, bytes));
    for depth in [17, 1_000, 100_000, 400_000] {
        add(format!("nested {depth}"), calendar(&("BEGIN:X\r\n".repeat(depth) + &"END:X\r\n".repeat(depth))));
        add(format!("nested and open {depth}"), calendar(&"BEGIN:VEVENT\r\n".repeat(depth)));
    }
    for lines in [100_000, 1_000_000] {
        add(format!("{lines} lines"), event(&"COMMENT:x\r\n".repeat(lines)));
        add(
            format!("{lines} exceptions"),
            event(&format!(
                "DTSTART:20270101T090000Z\r\nRRULE:FREQ=DAILY\r\n{}",
                "EXDATE:20270101T090000Z\r\n".repeat(lines)
            )),
        );
    }
    add(
        "a million dates on a line".into(),
        event(&format!("DTSTART:20270101T090000Z\r\nRDATE:{}", "20270101T090000Z,".repeat(60_000))),
    );
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;COUNT=4294967295",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;INTERVAL=4294967295;BYHOUR=1",
        "FREQ=MINUTELY;INTERVAL=1;BYSETPOS=366",
        "FREQ=YEARLY;INTERVAL=4294967295",
        "FREQ=YEARLY;INTERVAL=99999999999999999999",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31;COUNT=1000000",
        "FREQ=DAILY;BYSETPOS=366;COUNT=4294967295",
        "FREQ=WEEKLY;UNTIL=99991231T235959Z",
        "FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=-366;BYDAY=53SU",
        "FREQ=HOURLY;FREQ=DAILY",
        "FREQ=;",
        ";;;;;;",
        "FREQ=DAILY;BYDAY=\u{1F600}",
    ] {
        for start in ["00010101T000000Z", "20270101T090000Z", "99991231T235959Z"] {
            add(
                format!("{rule} from {start}"),
                event(&format!("DTSTART:{start}\r\nDURATION:PT1S\r\nRRULE:{rule}")),
            );
        }
    }
    let all: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    let bomb = format!(
        "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYHOUR={};BYMINUTE={m};BYSECOND={m}",
        all[..24].join(","),
        m = all.join(",")
    );
    add(
        "every second by parts".into(),
        event(&format!("DTSTART:20270101T090000Z\r\nDURATION:PT1H\r\nRRULE:{bomb}")),
    );
    let many = |rule: &str, number: usize| {
        let one = |n: usize| {
            format!(
                "BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:19700101T000000Z\r\nDURATION:P36500D\r\nRRULE:{rule}\r\nEND:VEVENT\r\n"
            )
        };
        calendar(&(0..number).map(one).collect::<String>())
    };
    add("ten thousand endless events".into(), many("FREQ=SECONDLY", 10_000));
    add("fifty thousand bombs".into(), many("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", 50_000));
    add("ten thousand counts".into(), many("FREQ=MINUTELY;INTERVAL=7;BYHOUR=3;COUNT=4294967295", 10_000));
    add("a line folded a million times".into(), event(&format!("SUMMARY:{}", "a\r\n ".repeat(1_000_000))));
    add(
        "a name folded letter by letter".into(),
        event(&"D\r\n T\r\n S\r\n T\r\n A\r\n R\r\n T\r\n :\r\n 2\r\n".repeat(10_000)),
    );
    add("folds that cut characters".into(), event(&format!("SUMMARY:{}", "\u{1F600}\r\n ".repeat(100_000))));
    add("NULs".into(), vec![0; 1_000_000]);
    add(
        "NULs within".into(),
        event(&format!("DTSTART:20270101T090000Z\r\nSUMMARY:{}", "\0".repeat(100_000))),
    );
    add(
        "bytes of no meaning".into(),
        (0..1_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect(),
    );
    add(
        "30 MB of private properties".into(),
        event(&"X-PADDING:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(540_000)),
    );
    add("33 MB".into(), vec![b'A'; 33 * 1024 * 1024]);
    let zone = |name: &str, other: &str| {
        format!(
            "BEGIN:VTIMEZONE\r\nTZID:{name}\r\nX-LIC-LOCATION:{other}\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n\
         TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=1MO\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )
    };
    let in_zone =
        "BEGIN:VEVENT\r\nUID:z\r\nDTSTART;TZID=A:20270101T090000\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n";
    add("zones that name each other".into(), calendar(&(zone("A", "B") + &zone("B", "A") + in_zone)));
    let zones: String = (0..20_000).map(|n| zone(&format!("Z{n}"), "A")).collect();
    let uses: String = (0..20_000)
        .map(|n| format!("BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART;TZID=Z{n}:20270101T090000\r\nEND:VEVENT\r\n"))
        .collect();
    add("twenty thousand zones".into(), calendar(&(zones + &uses)));
    add("a zone of ten thousand parts".into(), calendar(&(format!(
        "BEGIN:VTIMEZONE\r\nTZID:A\r\n{}END:VTIMEZONE\r\n",
        "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY\r\nEND:STANDARD\r\n".repeat(10_000)
    ) + in_zone)));
    for start in ["99991231T235959Z", "00000101T000000Z", "-0010101T000000Z", "20270230T250000Z", "2027", ""]
    {
        for end in ["DTEND:99991231T235959Z", "DURATION:P99999999999D", "DURATION:-P1D"] {
            add(format!("from {start} {end}"), event(&format!("DTSTART:{start}\r\n{end}")));
        }
    }
    add("changes without end".into(), calendar(&(0..50_000).map(|n| format!(
        "BEGIN:VEVENT\r\nUID:c\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20270101T{:02}{:02}00Z\r\nDTSTART:20270101T090000Z\r\nSEQUENCE:{n}\r\nEND:VEVENT\r\n",
        n / 60 % 24, n % 60
    )).collect::<String>()));
    add(
        "a date with two hundred thousand parameters".into(),
        event(&format!("DTSTART{}:20270101T090000Z", ";X=y".repeat(200_000))),
    );
    add("quotes without end".into(), event(&"DTSTART;TZID=\"a:20270101T090000\r\n".repeat(50_000)));
    add(
        "a rule of a megabyte".into(),
        event(&format!("DTSTART:20270101T090000Z\r\nRRULE:FREQ=DAILY;BYDAY={}", "MO,".repeat(300_000))),
    );
    add(
        "a thousand rules".into(),
        event(&format!(
            "DTSTART:20270101T090000Z\r\n{}",
            (1..1_000).map(|n| format!("RRULE:FREQ=SECONDLY;INTERVAL={n}\r\n")).collect::<String>()
        )),
    );
    add(
        "a sequence without end".into(),
        event(&format!("DTSTART:20270101T090000Z\r\nSEQUENCE:{}", "9".repeat(100_000))),
    );
    add(
        "half a million busy periods".into(),
        calendar(&format!(
            "BEGIN:VFREEBUSY\r\nUID:f\r\n{}END:VFREEBUSY\r\n",
            "FREEBUSY:20270101T090000Z/PT1H,20270102T090000Z/P9D\r\n".repeat(250_000)
        )),
    );
    add(
        "one name a hundred thousand times".into(),
        calendar(
            &"BEGIN:VEVENT\r\nUID:same\r\nDTSTART:20270101T090000Z\r\nRRULE:FREQ=MINUTELY\r\nEND:VEVENT\r\n"
                .repeat(100_000),
        ),
    );
    add("a million empty lines".into(), event(&"\r\n".repeat(1_000_000)));
    add("nothing but returns".into(), vec![b'\r'; 1_000_000]);
    add(
        "two bytes a letter".into(),
        String::from_utf8_lossy(&event("DTSTART:20270101T090000Z"))
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect(),
    );
    add("an end before the beginning".into(), b"END:VCALENDAR\r\nBEGIN:VCALENDAR\r\n".repeat(10_000));
    add("changes of a series of minutes".into(), calendar(&(0..40_000).map(|n| format!(
        "BEGIN:VEVENT\r\nUID:m\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:202701{:02}T{:02}{:02}00Z\r\nDTSTART:20270101T090000Z\r\nDURATION:PT1M\r\nEND:VEVENT\r\n",
        n / 1_440 % 28 + 1, n / 60 % 24, n % 60
    )).chain(["BEGIN:VEVENT\r\nUID:m\r\nDTSTART:20260101T000000Z\r\nDURATION:PT1M\r\nRRULE:FREQ=MINUTELY\r\nEND:VEVENT\r\n".to_owned()]).collect::<String>()));
    files
}

/// Asks for a page again and again until the uploads are `done`; answers how often, and the longest answer.
async fn visits(browser: &Browser, path: &str, done: &Cell<bool>) -> (usize, Duration) {
    let (mut answered, mut slowest) = (0, Duration::ZERO);
    while !done.get() {
        let asked = Instant::now();
        browser.get(path).await.must_be(200);
        slowest = slowest.max(asked.elapsed());
        answered += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (answered, slowest)
}

/// Somebody changes their mind again and again: each time is held after the clinician's feed, which has changed, was read.
async fn holds(app: &TestApp, id: ReferralId, done: &Cell<bool>) -> (usize, Duration) {
    let (mut held, mut slowest, mut last) = (0, Duration::ZERO, 0);
    while !done.get() {
        let times = app.times(id).await;
        let far = format!(
            "UID:{held}@elsewhere\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20200101T090000Z\r\nDTEND:20200101T100000Z"
        );
        app.feed.says(&format!("BEGIN:VEVENT\r\n{far}\r\nEND:VEVENT\r\n"));
        ages(app).await;
        let (read, asked) = (app.feed.requests().len(), Instant::now());
        app.hold(id, &times[held % times.len()]).await.must_be(303);
        slowest = slowest.max(asked.elapsed());
        assert!(app.feed.requests().len() > read, "the feed was not read again");
        let mine =
            "select coalesce(max(start_at), 0) as n from appointment where state = 'held' and referral_id = ";
        let start = app.count(&format!("{mine}{}", app.literal(id.0))).await;
        assert!(start > 0 && start != last, "the time is not held");
        last = start;
        held += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    (held, slowest)
}

both! {
    async fn a_hundred_hostile_calendars_harm_nobody(app) {
        // Some are calendars after all, and busy when a visit is booked.
        app.leaves_messages();
        let mut files = hostile();
        assert!(files.len() >= 100, "{} files", files.len());
        if app.kind == harness::Kind::Postgres {
            // The reader is the same, and all of them twice would take two minutes; what differs is only where busy times go.
            let mut at = 0;
            files.retain(|_| { at += 1; at % 4 == 0 });
        }
        no_sessions(app).await;
        let (resource, other) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        session(app, other, |_| ()).await;
        let input = CalendarInput { url: app.feed.address(), kind: "feed".to_owned(), ..CalendarInput::default() };
        let call = app.call("coordinator").await;
        availability::subscribe_calendar(&app.desk, &call, other, &input).await.expect("subscribed");
        let id = app.an_accepted_referral().await;
        let (patient, anybody) = (app.as_patient(id).await, app.browser());
        let (specialist, coordinator) = (app.sign_in("specialist").await, app.sign_in("coordinator").await);
        let (own, begun) = ("/my", Instant::now());
        let done = Cell::new(false);
        let uploading = async {
            let all = futures::stream::iter(files.iter().enumerate());
            all.for_each_concurrent(4, |(at, (name, bytes))| {
                let browser = if at % 2 == 0 { &specialist } else { &coordinator };
                async move {
                    let asked = Instant::now();
                    let path = format!("/availability/{resource}/calendar");
                    let answer = browser.upload(&path, &[], "hostile.ics", bytes).await;
                    assert!((300..500).contains(&answer.status), "{name}: {}", answer.status);
                    // Those before it, the reader's five seconds, and what writing ten thousand busy times takes.
                    assert!(asked.elapsed() < Duration::from_secs(60), "{name}: {:?}", asked.elapsed());
                }
            }).await;
            done.set(true);
        };
        let ((), signing_in, looking, working, holding) = tokio::join!(
            uploading,
            visits(&anybody, "/sign-in", &done),
            visits(&patient, own, &done),
            visits(&coordinator, "/worklist", &done),
            holds(app, id, &done),
        );
        println!(
            "{:?}: in {:?} sign-in {signing_in:?}, patient {looking:?}, worklist {working:?}, holds {holding:?}",
            app.kind, begun.elapsed()
        );
        for (served, slowest) in [signing_in, looking, working, holding] {
            assert!(served > 3 && slowest < Duration::from_secs(20), "{served} in {slowest:?}");
        }
        let silent = "select count(*) as n from calendar where unsure_since is not null";
        assert_eq!(app.count(silent).await, 0, "a booking waited behind the files of others");
    }
}
