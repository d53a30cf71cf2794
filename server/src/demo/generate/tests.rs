use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, Days, Timelike, Utc, Weekday};
use serde_json::Value;

use super::*;

const ZONE: Tz = chrono_tz::Europe::London;

fn days() -> Vec<NaiveDate> {
    // A weekday, a Sunday, a leap day, the days around both clock changes, the days around Christmas and New Year.
    ["2026-11-18", "2026-11-22", "2028-02-29", "2026-03-28", "2026-10-26", "2026-12-23", "2027-01-02"]
        .map(|day| day.parse().expect("a date"))
        .to_vec()
}

fn demo(today: NaiveDate) -> Demo {
    generate(today, ZONE, 1)
}

/// All resources with the file they are in.
fn resources(demo: &Demo) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for file in demo.files.iter().filter(|file| file.name.ends_with(".json")) {
        let bundle: Value = serde_json::from_slice(&file.bytes).expect("a bundle is JSON");
        assert_eq!(bundle["type"], "transaction");
        for entry in bundle["entry"].as_array().expect("a bundle has entries") {
            all.push((file.name.clone(), entry.clone()));
        }
    }
    all
}

fn of_type<'a>(all: &'a [(String, Value)], kind: &str) -> Vec<&'a Value> {
    all.iter().map(|(_, entry)| &entry["resource"]).filter(|one| one["resourceType"] == kind).collect()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().and_then(|text| text.parse().ok()).expect("an instant")
}

fn reference<'a>(value: &'a Value, kind: &str) -> &'a str {
    let participants = value["participant"].as_array().expect("participants");
    participants
        .iter()
        .filter_map(|one| one["actor"]["reference"].as_str())
        .find(|text| text.starts_with(kind))
        .expect("a participant of that kind")
}

#[test]
fn the_same_seed_and_day_give_the_same_bytes() {
    let today = days()[0];
    assert_eq!(demo(today), demo(today));
    assert_ne!(demo(today).files, generate(today, ZONE, 2).files);
    assert_ne!(demo(today).files, demo(days()[1]).files);
}

#[test]
fn file_names_come_in_the_order_of_import() {
    let names: Vec<String> = demo(days()[0]).files.into_iter().map(|file| file.name).collect();
    assert_eq!(names[..3], ["directory.json", "patients.json", "referrals-01.json"]);
    assert_eq!(names.iter().filter(|name| name.starts_with("referrals-")).count(), 5);
    assert_eq!(names.iter().filter(|name| name.starts_with("calendar-")).count(), 9);
    assert!(names.contains(&"calendar-daniel-okafor.ics".to_owned()));
}

#[test]
fn all_states_are_there_as_often_as_wanted() {
    for today in days() {
        let all = resources(&demo(today));
        let mut states = BTreeMap::new();
        for task in of_type(&all, "Task") {
            let state = task["businessStatus"]["coding"][0]["code"].as_str().expect("a state");
            *states.entry(state.to_owned()).or_insert(0) += 1;
        }
        let wanted = [
            ("accepted", 9),
            ("appointment-cancelled", 3),
            ("booked", 10),
            ("cancelled", 1),
            ("closed", 12),
            ("declined", 4),
            ("draft", 6),
            ("info-needed", 6),
            ("no-show", 3),
            ("outcome-received", 5),
            ("received", 8),
            ("seen", 6),
            ("sent", 8),
        ];
        assert_eq!(states, wanted.map(|(state, count)| (state.to_owned(), count)).into());
        assert_eq!(of_type(&all, "QuestionnaireResponse").len(), 9);
        assert_eq!(of_type(&all, "DiagnosticReport").len(), 17);
        assert_eq!(of_type(&all, "Appointment").len(), 10 + 3 + 3 + 6 + 5 + 12);
    }
}

#[test]
fn every_reference_resolves_here_or_in_an_earlier_file() {
    let all = resources(&demo(days()[0]));
    let mut known = BTreeSet::new();
    for (file, entry) in &all {
        let url = entry["fullUrl"].as_str().expect("a fullUrl");
        assert!(known.insert((file.clone(), url.to_owned())), "{url} twice");
        for one in entry["resource"]["identifier"].as_array().into_iter().flatten() {
            let (system, value) =
                (one["system"].as_str().expect("a system"), one["value"].as_str().expect("a value"));
            let kind = entry["resource"]["resourceType"].as_str().expect("a type");
            let added = known.insert((String::new(), format!("{kind}?identifier={system}|{value}")));
            assert!(added, "{kind} {system} {value} twice");
        }
    }
    let mut seen = 0;
    for (file, entry) in &all {
        walk(&entry["resource"], &mut |key, value| {
            if key == "reference" {
                let text = value.as_str().expect("a reference is text");
                let place = if text.starts_with("urn:uuid:") { file.clone() } else { String::new() };
                assert!(known.contains(&(place, text.to_owned())), "{text} in {file}");
                seen += 1;
            }
        });
    }
    assert!(seen > 800, "{seen} references");
}

fn walk(value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                visit(key, value);
                walk(value, visit);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn letters_are_long_enough_all_different_and_fully_filled_in() {
    let all = resources(&demo(days()[0]));
    let mut letters = BTreeSet::new();
    for request in of_type(&all, "ServiceRequest") {
        let letter = request["note"][0]["text"].as_str().expect("a letter");
        assert!(letter.chars().count() >= 120, "{letter}");
        assert!(!letter.contains(['{', '}']), "{letter}");
        assert!(letter.is_ascii(), "{letter}");
        assert!(letters.insert(letter.to_owned()), "twice: {letter}");
    }
    let bodies: BTreeSet<&str> = cases::all().iter().map(|case| case.letter).collect();
    assert_eq!(bodies.len(), letters.len());
    for case in cases::all() {
        let sentences = case.letter.matches(". ").count() + case.letter.matches("? ").count() + 1;
        assert!((3..=10).contains(&sentences), "{sentences} sentences: {}", case.letter);
        let needs_note =
            ["info-needed", "declined", "cancelled", "appointment-cancelled", "outcome-received", "closed"];
        assert_eq!(needs_note.contains(&case.state), !case.note.is_empty(), "{}", case.letter);
        for key in case.background.split_whitespace() {
            assert!(
                key == background::PENICILLIN || background::BACKGROUND.iter().any(|known| known.0 == key),
                "{key}"
            );
        }
    }
}

#[test]
fn the_letter_suits_the_patient() {
    for (case, sex) in cases::all().iter().map(|case| (case, case.sex)) {
        let words: Vec<String> =
            case.letter.split(|letter: char| !letter.is_alphabetic()).map(str::to_lowercase).collect();
        let count = |wanted: &[&str]| words.iter().filter(|word| wanted.contains(&word.as_str())).count();
        let (hers, his) = (count(&["she", "her"]), count(&["he", "his", "him"]));
        assert!(if sex == 'f' { hers >= his } else { his >= hers }, "{}", case.letter);
    }
    for today in days() {
        let cases = cases::all();
        let (patients, whose) = people::for_cases(&cases, today, 1);
        for (case, patient) in cases.iter().zip(whose) {
            let one = &patients[patient];
            assert!(
                case.sex == one.sex && (case.ages.0..=case.ages.1).contains(&one.age(today)) || case.first
            );
            assert_eq!(case.first, patient == 0);
        }
        let ages: Vec<u32> = patients.iter().map(|one| one.age(today)).collect();
        assert!((60..=80).contains(&patients.len()), "{} patients", patients.len());
        assert!(ages.iter().any(|age| *age < 5) && ages.contains(&94));
        assert!(patients.iter().any(|one| one.language != "en"));
        assert!(
            patients.iter().any(|one| one.phone.is_none()) && patients.iter().any(|one| one.email.is_none())
        );
        let names: BTreeSet<String> = patients.iter().map(people::Patient::name).collect();
        assert_eq!(names.len(), patients.len());
    }
}

#[test]
fn the_first_patient_is_known_and_may_choose_a_time() {
    let demo = demo(days()[0]);
    let all = resources(&demo);
    let first = of_type(&all, "Patient")[0];
    assert_eq!(first["birthDate"], FIRST_PATIENT.2);
    assert_eq!(first["telecom"][0]["value"], FIRST_PATIENT.3);
    let states: Vec<&Value> = of_type(&all, "Task")
        .into_iter()
        .filter(|task| task["for"]["display"] == "Margaret Hale")
        .map(|task| &task["businessStatus"]["coding"][0]["code"])
        .collect();
    assert_eq!(states, ["accepted", "closed"]);
}

#[test]
fn nhs_numbers_are_never_issued_ones_with_right_check_digits() {
    let all = resources(&demo(days()[0]));
    let mut numbers = BTreeSet::new();
    for patient in of_type(&all, "Patient") {
        let number = patient["identifier"][0]["value"].as_str().expect("a number");
        assert!(number.len() == 10 && number.starts_with("999"), "{number}");
        assert_eq!(people::check_digit(&number[..9]), number[9..].parse().ok(), "{number}");
        assert!(numbers.insert(number.to_owned()));
    }
    // The example of the NHS Data Dictionary's public test range.
    assert_eq!(people::check_digit("943476591"), Some(9));
}

#[test]
fn telephone_numbers_are_those_kept_for_drama() {
    let demo = demo(days()[0]);
    let mut seen = 0;
    for (_, entry) in resources(&demo) {
        for one in entry["resource"]["telecom"].as_array().into_iter().flatten() {
            let value = one["value"].as_str().expect("a value");
            match one["system"].as_str() {
                Some("phone") => {
                    let kept =
                        ["020 7946 0", "01632 960", "07700 900"].iter().any(|start| value.starts_with(start));
                    assert!(kept && value.replace(' ', "").len() == 11, "{value}");
                }
                _ => assert!(value.ends_with(".example"), "{value}"),
            }
            seen += 1;
        }
    }
    assert!(seen > 100);
}

#[test]
fn pdf_files_are_well_formed() {
    let all = resources(&demo(days()[0]));
    let documents = of_type(&all, "DocumentReference");
    assert!(documents.len() > 60, "{}", documents.len());
    for document in documents {
        let attachment = &document["content"][0]["attachment"];
        let bytes = STANDARD.decode(attachment["data"].as_str().expect("data")).expect("base64");
        assert_eq!(attachment["size"].as_u64(), Some(bytes.len() as u64));
        check_pdf(&bytes);
    }
}

fn check_pdf(bytes: &[u8]) {
    assert!(bytes.starts_with(b"%PDF-1.4\n") && bytes.ends_with(b"%%EOF\n"));
    let find = |what: &[u8]| bytes.windows(what.len()).rposition(|window| window == what).expect("is there");
    let text = |from: usize, to: usize| std::str::from_utf8(&bytes[from..to]).expect("ASCII");
    let start = find(b"startxref\n") + 10;
    let table: usize = text(start, bytes.len() - 7).parse().expect("an offset");
    let lines: Vec<&str> = text(table, find(b"trailer")).lines().collect();
    assert_eq!(lines[0], "xref");
    for (number, line) in lines[2..].iter().enumerate().skip(1) {
        let at: usize = line[..10].parse().expect("an offset");
        assert!(bytes[at..].starts_with(format!("{number} 0 obj\n").as_bytes()), "object {number}");
    }
    let length = find(b"/Length ") + 8;
    let stated: usize =
        text(length, length + bytes[length..].iter().position(|b| *b == b' ').expect("a space"))
            .parse()
            .expect("a length");
    assert_eq!(find(b"\nendstream") - (find(b">>\nstream\n") + 10), stated);
}

#[test]
fn visits_lie_on_the_clinic_grid_and_clash_with_nothing() {
    for today in days() {
        let demo = demo(today);
        let all = resources(&demo);
        let diaries = Diary::all(today, 1);
        let mut placed: Vec<(String, String, diary::Span, bool)> = Vec::new();
        for visit in of_type(&all, "Appointment") {
            let local = |value| instant(value).with_timezone(&ZONE).naive_local();
            let span = diary::Span { from: local(&visit["start"]), to: local(&visit["end"]) };
            let who = reference(visit, "Practitioner?").to_owned();
            let diary =
                diaries.iter().find(|one| who.ends_with(&format!("|{}", one.staff.key))).expect("a diary");
            let date = span.from.date();
            assert!(diary.grid(date).contains(&span), "{span:?} is on the grid");
            assert!(!diary.busy(date).iter().any(|busy| busy.overlaps(&span)), "{span:?} is free");
            let future = matches!(visit["status"].as_str(), Some("booked" | "cancelled"));
            assert_eq!(date > today, future, "{span:?}");
            placed.push((who, reference(visit, "Patient?").to_owned(), span, future));
        }
        for (at, (who, patient, span, _)) in placed.iter().enumerate() {
            for (other_who, other_patient, other, _) in &placed[..at] {
                assert!(
                    !(span.overlaps(other) && (who == other_who || patient == other_patient)),
                    "{span:?}"
                );
            }
        }
    }
}

#[test]
fn histories_rise_within_working_hours_and_end_before_today() {
    for today in days() {
        let demo = demo(today);
        let all = resources(&demo);
        let midnight = diary::instant_of(diary::wall(today, 0), ZONE);
        for task in of_type(&all, "Task") {
            let mut last: Option<DateTime<Utc>> = None;
            let mut states = Vec::new();
            for past in task["extension"].as_array().expect("a history") {
                states.push(past["extension"][0]["valueCode"].as_str().expect("a state"));
                let at = instant(&past["extension"][1]["valueInstant"]);
                assert!(last.is_none_or(|last| last < at), "{task}");
                assert!(at < midnight, "{at} is in the past of {today}");
                let local = at.with_timezone(&ZONE);
                assert!((8..18).contains(&local.hour()), "{local}");
                assert!(!matches!(local.weekday(), Weekday::Sat | Weekday::Sun), "{local}");
                last = Some(at);
            }
            assert_eq!(states.first(), Some(&"draft"));
            assert_eq!(states.last().copied(), task["businessStatus"]["coding"][0]["code"].as_str());
            assert_eq!(last, Some(instant(&task["lastModified"])));
        }
        for answer in of_type(&all, "QuestionnaireResponse") {
            assert!(instant(&answer["authored"]) < midnight);
        }
    }
}

#[test]
fn calendars_are_folded_nowhere_balanced_and_read_in_one_zone() {
    let today = days()[0];
    for file in demo(today).files.iter().filter(|file| file.name.ends_with(".ics")) {
        let text = std::str::from_utf8(&file.bytes).expect("UTF-8");
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{}", file.name);
        assert_eq!(text.matches("BEGIN:").count(), text.matches("END:").count());
        assert!(text.contains("TZID:Europe/London") && text.contains("RRULE:FREQ=WEEKLY"));
        assert!(text.contains("DTSTART:20260329T010000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100"), "{text}");
        assert!(text.contains("DTSTART:20261025T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000"));
    }
}

#[test]
fn staff_are_as_many_as_told_and_one_has_two_roles() {
    let people = demo(days()[0]).people;
    let count = |role: &str| people.iter().filter(|one| one.role == role).count();
    assert_eq!(["referrer", "specialist", "quality", "administrator"].map(count), [5, 8, 1, 1]);
    assert_eq!(people[0].email, "amara.osei@alder-street.example");
    assert_eq!(people.iter().filter(|one| one.name == "Ruth Castellan").count(), 2);
}

#[test]
fn a_year_of_days_can_be_generated() {
    let first: NaiveDate = "2026-01-01".parse().expect("a date");
    for day in (0..400).step_by(13) {
        let today = first + Days::new(day);
        assert_eq!(generate(today, ZONE, day).files.len(), 16, "{today}");
    }
}
