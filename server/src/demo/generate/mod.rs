//! The demonstration: a small, invented health system, made anew for each day.
//!
//! It is written as FHIR R4 transaction bundles and iCalendar files, which go through the same import as anybody's.
//! The same seed, day and zone always give the same bytes.

mod background;
mod bundle;
mod calendar;
mod cases;
mod diary;
mod directory;
mod directory_bundle;
mod journey;
mod names;
mod paper;
mod pdf;
mod people;
mod random;
mod referral;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use chrono_tz::Tz;

use bundle::Bundle;
use diary::Diary;
use journey::Cast;
use random::Random;
use referral::Story;

/// The patient to begin with: given name, family name, birth date, mobile number.
/// She has two referrals: to the heart clinic (accepted, she may choose a time) and to the eye clinic (closed).
pub const FIRST_PATIENT: (&str, &str, &str, &str) = ("Margaret", "Hale", "1948-03-31", "07700 900123");

/// Identifier system of staff; calendars are named `calendar-<value>.ics`.
pub const STAFF_IDENTIFIER: &str = directory::STAFF_ID;

/// Identifier system of referrals; the first patient's open one is `referral-0001`.
pub const REFERRAL_IDENTIFIER: &str = referral::REFERRAL;

/// Referrals in one bundle at most.
const PER_BUNDLE: usize = 20;

/// The whole demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// In the order in which they have to be imported.
    pub files: Vec<DemoFile>,
    /// Who can sign in.
    pub people: Vec<DemoPerson>,
}

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoFile {
    /// `directory.json`, `patients.json`, `referrals-01.json` …, `calendar-daniel-okafor.ics` …, `calendar-unassigned.ics`.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A member of staff in one role; who has several roles is listed once for each, the main one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPerson {
    pub email: String,
    pub name: String,
    /// Role code: referrer, specialist, coordinator, quality, administrator.
    pub role: String,
    /// Name of the organisation.
    pub organisation: String,
}

/// Makes the demonstration for the date `today` in `zone`. Everything past lies before `today`, booked visits after it.
pub fn generate(today: NaiveDate, zone: Tz, seed: u64) -> Demo {
    let cases = cases::all();
    let (mut patients, whose) = people::for_cases(&cases, today, seed);
    let mut diaries = Diary::all(today, seed);
    let coordinators = journey::coordinators();

    let mut plans = Vec::new();
    for (number, (case, &patient)) in (1..).zip(cases.iter().zip(&whose)) {
        let mut random = Random::new(seed, &format!("referral/{number}"));
        let cast = Cast {
            patient: &patients[patient],
            referrer: match case.first {
                true => directory::referrers("alder-street")[0],
                false => random.pick(&directory::referrers(patients[patient].practice)),
            },
            specialist: random.pick(&directory::specialists(case.service)),
            coordinator: random.pick(&coordinators),
        };
        let diary = diaries
            .iter_mut()
            .find(|diary| diary.staff.key == cast.specialist.key)
            .expect("every specialist holds sessions and so has a diary");
        let people = (cast.referrer, cast.specialist, cast.coordinator);
        let journey = journey::plan(case, &cast, diary, today, zone, &mut random);
        if let Some((span, _)) = &journey.visit {
            patients[patient].visits.push(*span);
        }
        plans.push((number, case, patient, people, journey, random));
    }

    let mut files = vec![
        file("directory.json", directory_bundle::bundle(seed, zone).bytes()),
        file("patients.json", people::bundle(&patients, today, seed).bytes()),
    ];
    let mut bundles = Vec::new();
    for (number, case, patient, (referrer, specialist, coordinator), journey, mut random) in plans {
        if bundles.is_empty() || (number - 1) % PER_BUNDLE == 0 {
            bundles.push(Bundle::new(seed));
        }
        let cast = Cast { patient: &patients[patient], referrer, specialist, coordinator };
        let story = Story { number, case, cast, journey, today, zone };
        if let Some(bundle) = bundles.last_mut() {
            story.add(bundle, &mut random);
        }
    }
    for (number, bundle) in (1..).zip(bundles) {
        files.push(file(&format!("referrals-{number:02}.json"), bundle.bytes()));
    }
    for diary in &diaries {
        let name = format!("calendar-{}.ics", diary.staff.key);
        files.push(file(&name, calendar::of_specialist(diary, today, zone, seed)));
    }
    files.push(file("calendar-unassigned.ics", calendar::unassigned(today, zone, seed)));
    Demo { files, people: sign_ins() }
}

fn file(name: &str, bytes: Vec<u8>) -> DemoFile {
    DemoFile { name: name.to_owned(), bytes }
}

fn sign_ins() -> Vec<DemoPerson> {
    let mut people = Vec::new();
    for one in directory::STAFF {
        for role in one.roles {
            people.push(DemoPerson {
                email: one.email(),
                name: one.name.to_owned(),
                role: (*role).to_owned(),
                organisation: directory::organisation_named(one.organisation).name.to_owned(),
            });
        }
    }
    people
}
