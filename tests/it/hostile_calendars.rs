//! Calendar files that mean harm, uploaded while others use the product: each is read or refused, and no request fails.

use std::time::{Duration, Instant};

use harness::both;

/// What the server calls as its reader of calendars: see [`server::adapters::apart::call_with`].
#[test]
fn reader() {
    let _ = server::adapters::apart::answer();
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

both! {
    async fn a_hundred_hostile_calendars_harm_nobody(app) {
        // Some are calendars after all, and busy when a visit is booked.
        app.leaves_messages();
        let mut files = hostile();
        assert!(files.len() >= 100, "{} files", files.len());
        if app.kind == harness::Kind::Postgres {
            // The reader is the same; what differs is only where busy times go.
            let mut at = 0;
            files.retain(|_| { at += 1; at % 5 == 0 });
        }
        let specialist = app.sign_in("specialist").await;
        let page = specialist.get("/availability").await.must_be(200);
        let resource = page
            .text()
            .split("/availability/")
            .find_map(|rest| rest.split_once("/calendar\"").map(|(id, _)| id))
            .filter(|id| id.len() == 36)
            .expect("the form for calendars")
            .to_owned();
        let patients = app.browser();
        let begun = Instant::now();
        let done = std::cell::Cell::new(false);
        let serving = async {
            let mut answered = 0;
            let mut slowest = Duration::ZERO;
            while !done.get() {
                let asked = Instant::now();
                patients.get("/sign-in").await.must_be(200);
                slowest = slowest.max(asked.elapsed());
                answered += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            (answered, slowest)
        };
        let uploading = async {
            for (name, bytes) in files {
                let asked = Instant::now();
                let path = format!("/availability/{resource}/calendar");
                let answer = specialist.upload(&path, &[], "hostile.ics", &bytes).await;
                assert!((300..500).contains(&answer.status), "{name}: {}", answer.status);
                assert!(asked.elapsed() < Duration::from_secs(60), "{name}: {:?}", asked.elapsed());
            }
            done.set(true);
        };
        let ((answered, slowest), ()) = tokio::join!(serving, uploading);
        println!("{answered} pages served in {:?}, the slowest in {slowest:?}", begun.elapsed());
        assert!(answered > 10);
        specialist.get("/availability").await.must_be(200);
    }
}
