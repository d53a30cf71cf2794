//! The directory as FHIR R4: Organization, Location, HealthcareService, Practitioner, PractitionerRole.

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::bundle::{Bundle, OWN, coding, extension, identifier, zone_extension};
use super::directory::{
    ORGANISATION, ORGANISATIONS, SERVICE, SERVICES, SITE, SITES, STAFF, STAFF_ID, Service, Staff, TRUST,
    document_kind,
};

/// `directory.json`: everything that referrals and calendars refer to.
pub fn bundle(seed: u64, zone: Tz) -> Bundle {
    let mut bundle = Bundle::new(seed);
    for one in ORGANISATIONS {
        bundle.add(
            "Organization",
            one.key,
            json!({
                "extension": [zone_extension(zone)],
                "identifier": [identifier(ORGANISATION, one.key)],
                "active": true,
                "name": one.name,
                "telecom": [{"system": "phone", "value": one.phone}],
                "address": [{"text": one.address}],
            }),
        );
    }
    for one in SITES {
        let (line, city, postcode) = one.address;
        let (latitude, longitude) = one.position;
        let organisation = bundle.reference("Organization", TRUST);
        bundle.add(
            "Location",
            one.key,
            json!({
                "extension": [zone_extension(zone)],
                "identifier": [identifier(SITE, one.key)],
                "status": "active",
                "name": one.name,
                "telecom": [{"system": "phone", "value": one.phone}],
                "address": {
                    "text": format!("{line}, {city}, {postcode}"),
                    "line": [line], "city": city, "postalCode": postcode, "country": "GB",
                },
                "position": {"longitude": longitude, "latitude": latitude},
                "managingOrganization": organisation,
            }),
        );
    }
    for one in SERVICES {
        let (organisation, site) =
            (bundle.reference("Organization", TRUST), bundle.reference("Location", one.site));
        bundle.add("HealthcareService", one.key, health_service(one, organisation, site));
    }
    for one in STAFF {
        bundle.add(
            "Practitioner",
            one.key,
            json!({
                "identifier": [identifier(STAFF_ID, one.key)],
                "active": true,
                "name": [practitioner_name(one.name)],
                "telecom": [{"system": "email", "value": one.email()}],
            }),
        );
        for role in one.roles {
            let resource = practitioner_role(&bundle, one, role, zone);
            bundle.add("PractitionerRole", &format!("{}-{role}", one.key), resource);
        }
    }
    bundle
}

fn health_service(one: &Service, organisation: Value, site: Value) -> Value {
    let mut extensions = vec![extension("visit-duration-min", json!({"valueUnsignedInt": one.visit_min}))];
    for document in one.documents {
        extensions.push(extension("referral-requirement", json!({"valueCoding": document_kind(document)})));
    }
    let (code, words) = one.specialty;
    json!({
        "extension": extensions,
        "identifier": [identifier(SERVICE, one.key)],
        "active": true,
        "providedBy": organisation,
        "location": [site],
        "name": one.name,
        "specialty": [{"coding": [coding("https://fhir.hl7.org.uk/CodeSystem/UKCore-PracticeSettingCode", code, words)]}],
        "type": one.conditions.iter().map(|words| json!({"text": words})).collect::<Vec<_>>(),
        "telecom": [{"system": "phone", "value": one.phone}],
        "extraDetails": one.note,
        "appointmentRequired": true,
    })
}

fn practitioner_role(bundle: &Bundle, one: &Staff, role: &str, zone: Tz) -> Value {
    let services: Vec<Value> =
        one.services.iter().map(|key| bundle.reference("HealthcareService", key)).collect();
    let times: Vec<Value> = one
        .sessions
        .iter()
        .filter(|_| role == "specialist")
        .map(|(days, from, to)| {
            let days: Vec<String> = days.iter().map(|day| day.to_string().to_lowercase()).collect();
            json!({"daysOfWeek": days, "availableStartTime": clock(*from), "availableEndTime": clock(*to)})
        })
        .collect();
    let mut resource = json!({
        "extension": [zone_extension(zone)],
        "identifier": [identifier("https://waymark.example/id/staff-role", &format!("{}-{role}", one.key))],
        "active": true,
        "practitioner": bundle.reference("Practitioner", one.key),
        "organization": bundle.reference("Organization", one.organisation),
        "code": [{"coding": [coding(&format!("{OWN}CodeSystem/role"), role, &title_case(role))]}],
    });
    if !services.is_empty() {
        resource["healthcareService"] = services.into();
    }
    if !times.is_empty() {
        resource["availableTime"] = times.into();
    }
    resource
}

/// `Dr Amara Osei` as prefix, given and family name; a nurse's post is a suffix.
fn practitioner_name(name: &str) -> Value {
    let (person, suffix) = name.split_once(", ").map_or((name, None), |(person, post)| (person, Some(post)));
    let mut words: Vec<&str> = person.split(' ').collect();
    let prefix =
        if matches!(words.first(), Some(&"Dr" | &"Mr" | &"Ms")) { Some(words.remove(0)) } else { None };
    let family = words.pop().unwrap_or(person);
    let mut value = json!({"use": "official", "text": person, "family": family, "given": words});
    if let Some(prefix) = prefix {
        value["prefix"] = json!([prefix]);
    }
    if let Some(suffix) = suffix {
        value["suffix"] = json!([suffix]);
    }
    value
}

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}:00", minutes / 60, minutes % 60)
}

fn title_case(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
