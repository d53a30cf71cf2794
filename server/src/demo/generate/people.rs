//! The demonstration's patients.

use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Value, json};

use super::background::{BACKGROUND, ICD10, PENICILLIN, SNOMED};
use super::bundle::{Bundle, by_identifier, coding, concept, identifier};
use super::cases::Case;
use super::diary::Span;
use super::directory::{ORGANISATION, ORGANISATIONS, TRUST};
use super::names::{NAMES, STREETS, TELLING, TOWNS};
use super::random::Random;

/// System of NHS numbers.
pub const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// How many patients there are at least.
const AT_LEAST: usize = 60;

/// A patient of the demonstration.
pub struct Patient {
    pub number: String,
    pub given: String,
    pub family: String,
    pub sex: char,
    pub born: NaiveDate,
    /// Key of the practice where the patient is registered.
    pub practice: &'static str,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// Line, town, postcode.
    pub address: (String, &'static str, String),
    pub language: &'static str,
    pub background: Vec<&'static str>,
    /// Services that a story has already sent this patient to.
    pub services: Vec<&'static str>,
    /// A letter has told of work or home.
    told: bool,
    /// Visits, so that nobody is in two places.
    pub visits: Vec<Span>,
}

impl Patient {
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// Age in whole years.
    pub fn age(&self, today: NaiveDate) -> u32 {
        today.years_since(self.born).unwrap_or(0)
    }

    /// A reference that works from another bundle.
    pub fn reference(&self) -> Value {
        by_identifier("Patient", NHS_NUMBER, &self.number, &self.name())
    }
}

/// All patients and, for each story, whose it is.
pub fn for_cases(cases: &[Case], today: NaiveDate, seed: u64) -> (Vec<Patient>, Vec<usize>) {
    let mut crowd = Crowd { today, random: Random::new(seed, "patients"), patients: vec![first_patient()] };
    let whose = cases.iter().map(|case| crowd.find(case)).collect();
    // The oldest and the youngest, then whoever is missing; they are registered but have no referral.
    for age in [94, 3].into_iter().chain([67, 12, 81, 33, 58, 25].into_iter().cycle().take(AT_LEAST)) {
        if crowd.patients.len() >= AT_LEAST && age > 3 && age < 94 {
            break;
        }
        let sex = if crowd.random.one_in(2) { 'f' } else { 'm' };
        crowd.add(sex, (age, age), if age > 50 { "htn" } else { "" });
    }
    (crowd.patients, whose)
}

fn first_patient() -> Patient {
    let (given, family, birth_date, mobile) = super::FIRST_PATIENT;
    Patient {
        number: nhs_number(0),
        given: given.to_owned(),
        family: family.to_owned(),
        sex: 'f',
        born: birth_date.parse().expect("the first patient's birth date is a date"),
        practice: "alder-street",
        phone: Some(mobile.to_owned()),
        email: Some("margaret.hale@post.example".to_owned()),
        address: ("27 Bishop's Walk".to_owned(), "Wrenfield", "XW1 3BH".to_owned()),
        language: "en",
        background: vec!["htn", "chol"],
        services: Vec::new(),
        told: false,
        visits: Vec::new(),
    }
}

struct Crowd {
    today: NaiveDate,
    random: Random,
    patients: Vec<Patient>,
}

impl Crowd {
    /// Sometimes somebody with the same background who suits, else somebody new.
    fn find(&mut self, case: &Case) -> usize {
        let background: Vec<&'static str> = case.background.split_whitespace().collect();
        let known = if case.first {
            Some(0)
        } else {
            (1..self.patients.len()).find(|at| {
                let one = &self.patients[*at];
                one.sex == case.sex
                    && (case.ages.0..=case.ages.1).contains(&one.age(self.today))
                    && one.background == background
                    && one.services.len() < 2
                    && !one.services.contains(&case.service)
                    && !(one.told && tells(case))
            })
        };
        let at = match known {
            Some(at) => at,
            None => self.add(case.sex, case.ages, case.background),
        };
        self.patients[at].services.push(case.service);
        self.patients[at].told |= tells(case);
        at
    }

    /// A name that nobody has yet, if possible with a given name that nobody has.
    fn new_name(&mut self, sex: char, age: u32) -> (&'static str, &'static str, &'static str) {
        let part = if age >= 60 {
            0
        } else if age >= 25 {
            1
        } else {
            2
        };
        let mut tries = 0;
        loop {
            // Four in ten have names from the first, largest group.
            let first = self.random.between(1, 10) <= 4;
            let (families, women, men, language) = if first { NAMES[0] } else { self.random.pick(NAMES) };
            let all: &[&'static str] = if sex == 'f' { women } else { men };
            let third = all.len() / 3;
            let given = self.random.pick(&all[part * third..(part + 1) * third]);
            let family = self.random.pick(families);
            tries += 1;
            let is_new = |one: &Patient| {
                one.name() != format!("{given} {family}") && (tries > 20 || one.given != given)
            };
            if self.patients.iter().all(is_new) || tries > 1_000 {
                return (given, family, language);
            }
        }
    }

    fn add(&mut self, sex: char, ages: (u32, u32), background: &'static str) -> usize {
        let at = self.patients.len();
        let age = self.random.between(ages.0, ages.1);
        let (given, family, language) = self.new_name(sex, age);
        let random = &mut self.random;
        let (town, area) = random.pick(TOWNS);
        let practice = ORGANISATIONS[1..][TOWNS.iter().position(|one| one.0 == town).unwrap_or(0)].key;
        let letters = b"ABDEFGHJLNPQRSTUWXYZ";
        let postcode = format!(
            "{area} {}{}{}",
            random.between(1, 9),
            random.pick(letters) as char,
            random.pick(letters) as char
        );
        let phone = match at % 11 {
            5 => Some(format!("01632 9605{:02}", at % 100)),
            9 if at > 30 => None,
            _ => Some(format!("07700 900{:03}", 200 + at)),
        };
        let mailbox = format!("{given}.{family}").to_lowercase().replace(' ', ".");
        let email = (age < 76 || at.is_multiple_of(2)).then(|| format!("{mailbox}@post.example"));
        let speaks_english = !random.one_in(3) || language == "en";
        self.patients.push(Patient {
            number: nhs_number(at),
            given: given.to_owned(),
            family: family.to_owned(),
            sex,
            born: birth_date(self.today, age, random),
            practice,
            phone,
            email,
            address: (format!("{} {}", random.between(1, 98), random.pick(STREETS)), town, postcode),
            language: if speaks_english { "en" } else { language },
            background: background.split_whitespace().collect(),
            services: Vec::new(),
            told: false,
            visits: Vec::new(),
        });
        at
    }
}

fn tells(case: &Case) -> bool {
    TELLING.iter().any(|word| case.letter.contains(word))
}

/// A birth date that makes somebody `age` years old today, and for the next days.
fn birth_date(today: NaiveDate, age: u32, random: &mut Random) -> NaiveDate {
    let year = today.year() - i32::try_from(age).unwrap_or(0);
    let birthday = NaiveDate::from_ymd_opt(year, today.month(), today.day())
        .or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
        .expect("the 28th of February exists in every year");
    birthday - Days::new(u64::from(random.between(3, 340)))
}

/// The n-th valid number of the range 999 000 0000 to 999 999 9999, which is never issued.
pub fn nhs_number(n: usize) -> String {
    (100_003..1_000_000)
        .step_by(7_919)
        .chain(100_000..1_000_000)
        .map(|middle| format!("999{middle:06}"))
        .filter_map(|nine| check_digit(&nine).map(|check| format!("{nine}{check}")))
        .nth(n)
        .expect("the range holds far more numbers than there are patients")
}

/// The check digit of the first nine digits; `None` where the number is never valid.
/// Source: NHS Data Dictionary, NHS NUMBER (modulus 11, weights 10 to 2).
pub fn check_digit(nine: &str) -> Option<u32> {
    let sum: u32 = nine
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .zip((2..=10).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    match 11 - sum % 11 {
        10 => None,
        11 => Some(0),
        check => Some(check),
    }
}

/// `patients.json`: patients with their conditions, medicines and allergies.
pub fn bundle(patients: &[Patient], today: NaiveDate, seed: u64) -> Bundle {
    let mut bundle = Bundle::new(seed);
    for one in patients {
        bundle.add("Patient", &one.number, patient(one));
        let subject = bundle.reference("Patient", &one.number);
        for key in &one.background {
            history(&mut bundle, one, key, &subject, today, seed);
        }
    }
    bundle
}

fn patient(one: &Patient) -> Value {
    let (line, town, postcode) = &one.address;
    let practice = ORGANISATIONS
        .iter()
        .find(|practice| practice.key == one.practice)
        .map_or(TRUST, |practice| practice.name);
    let mut telecom = Vec::new();
    if let Some(phone) = &one.phone {
        let kind = if phone.starts_with("07") { "mobile" } else { "home" };
        telecom.push(json!({"system": "phone", "value": phone, "use": kind}));
    }
    if let Some(email) = &one.email {
        telecom.push(json!({"system": "email", "value": email}));
    }
    let mut resource = json!({
        "identifier": [identifier(NHS_NUMBER, &one.number)],
        "active": true,
        "name": [{"use": "official", "family": one.family, "given": [one.given]}],
        "gender": if one.sex == 'f' { "female" } else { "male" },
        "birthDate": one.born.to_string(),
        "address": [{
            "use": "home", "text": format!("{line}, {town}, {postcode}"),
            "line": [line], "city": town, "postalCode": postcode, "country": "GB",
        }],
        "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": one.language}]}, "preferred": true}],
        "managingOrganization": by_identifier("Organization", ORGANISATION, one.practice, practice),
    });
    if !telecom.is_empty() {
        resource["telecom"] = telecom.into();
    }
    resource
}

fn history(bundle: &mut Bundle, one: &Patient, key: &str, subject: &Value, today: NaiveDate, seed: u64) {
    let name = format!("{}-{key}", one.number);
    let mut random = Random::new(seed, &name);
    let years = u64::from(random.between(1, one.age(today).clamp(2, 12) - 1));
    let since =
        (today - Days::new(years * 365 + u64::from(random.between(0, 200)))).max(one.born + Days::new(200));
    let clinical =
        |state: &str| concept("http://terminology.hl7.org/CodeSystem/condition-clinical", state, "Active");
    if key == PENICILLIN {
        bundle.add(
            "AllergyIntolerance",
            &name,
            json!({
                "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "Active"),
                "code": {"coding": [coding(SNOMED, "91936005", "Allergy to penicillin")], "text": "Penicillin: rash"},
                "patient": subject,
                "recordedDate": since.to_string(),
            }),
        );
    }
    for (_, code, words, medicines) in BACKGROUND.iter().filter(|(known, ..)| *known == key) {
        bundle.add(
            "Condition",
            &name,
            json!({
                "clinicalStatus": clinical("active"),
                "code": {"coding": [coding(ICD10, code, words)], "text": words},
                "subject": subject,
                "onsetDateTime": since.to_string(),
                "recordedDate": since.to_string(),
            }),
        );
        for (medicine, number) in medicines.iter().zip(1..) {
            bundle.add(
                "MedicationRequest",
                &format!("{name}-{number}"),
                json!({
                    "status": "active",
                    "intent": "order",
                    "medicationCodeableConcept": {"text": medicine},
                    "subject": subject,
                    "authoredOn": since.to_string(),
                }),
            );
        }
    }
}
