//! Patient, and the lines of the record that help a reader of the referral.

use serde_json::Value;

use super::bundle::{Entries, Target, contained_resource};
use super::directory::{best_name, link};
use super::node::Node;
use super::records::{ClinicalItem, ClinicalKind, Patient, Records, Sex};
use crate::problem::Severity;

pub(super) fn read(entries: &Entries<'_>, records: &mut Records) {
    for (i, node) in entries.of_kind("Patient") {
        records.patients.extend(patient(entries, i, &node));
    }
    for form in FORMS {
        for (i, node) in entries.of_kind(form.resource) {
            // A report on a referral is the specialist's answer, not a line of the record.
            if form.resource == "DiagnosticReport" && super::papers::answers_referral(entries, &node) {
                continue;
            }
            records.items.extend(item(entries, i, &node, form));
        }
    }
}

fn patient(entries: &Entries<'_>, i: usize, node: &Node<'_>) -> Option<Patient> {
    let name = best_name(node);
    let named = name.as_ref().and_then(|name| {
        let given = name.texts("given").join(" ");
        name.text("family")
            .map(|family| (family, given))
            .or_else(|| Some((name.text("text")?, String::new())))
    });
    let sex = match node.text("gender").as_deref() {
        Some("male") => Sex::Male,
        Some("female") => Sex::Female,
        Some("other") => Sex::Other,
        Some("unknown") | None => Sex::Unknown,
        Some(_) => {
            node.error_at("gender", "is not a code of FHIR R4", "send male, female, other or unknown");
            Sex::Unknown
        }
    };
    let spoken = node.each("communication");
    let preferred = spoken
        .iter()
        .find(|c| c.value.get("preferred").and_then(Value::as_bool) == Some(true))
        .or(spoken.first());
    let language = preferred
        .and_then(|c| c.object("language"))
        .and_then(|l| l.codings().into_iter().next())
        .map(|c| c.code);
    let patient = Patient {
        key: entries.all[i].key.clone(),
        identifiers: node.identifiers(),
        organisation: link(entries, node, "managingOrganization", "Organization"),
        birth_date: node.date("birthDate"),
        sex,
        phone: node.telecom("phone"),
        email: node.telecom("email"),
        address: node.first("address").and_then(|a| a.address_line()),
        position: node.first("address").and_then(|a| geolocation(&a)),
        language,
        deceased: node.has("deceasedDateTime")
            || node.value.get("deceasedBoolean").and_then(Value::as_bool) == Some(true),
        family: String::new(),
        given: String::new(),
    };
    let Some((family, given)) = named else {
        node.error_at("name", "is missing", "send at least a family name");
        return None;
    };
    Some(Patient { family, given, ..patient })
}

/// HL7's extension that says where an address is.
const GEOLOCATION: &str = "http://hl7.org/fhir/StructureDefinition/geolocation";

/// Where an address is, if it says so; what is not on Earth is reported and left out.
fn geolocation(address: &Node<'_>) -> Option<(f64, f64)> {
    let extensions = address.each("extension");
    let found = extensions.iter().find(|one| one.text("url").as_deref() == Some(GEOLOCATION))?;
    let parts = found.each("extension");
    let part = |name: &str| {
        parts.iter().find(|one| one.text("url").as_deref() == Some(name))?.number("valueDecimal")
    };
    let (latitude, longitude) = (part("latitude")?, part("longitude")?);
    if domain::place::Point::new(latitude, longitude).is_none() {
        found.warn(
            "is not on Earth and was left out",
            "send degrees: latitude -90 to 90, longitude -180 to 180",
        );
        return None;
    }
    Some((latitude, longitude))
}

/// How each kind of resource says what, when and whether still.
struct Form {
    resource: &'static str,
    kind: ClinicalKind,
    patient: &'static str,
    code: &'static str,
    dates: &'static [&'static str],
    periods: &'static [&'static str],
    /// Values of `status` under which the line no longer holds.
    over: &'static [&'static str],
}

const FORMS: &[Form] = &[
    Form {
        resource: "Condition",
        kind: ClinicalKind::Condition,
        patient: "subject",
        code: "code",
        dates: &["onsetDateTime", "recordedDate"],
        periods: &["onsetPeriod"],
        over: &[],
    },
    Form {
        resource: "AllergyIntolerance",
        kind: ClinicalKind::Allergy,
        patient: "patient",
        code: "code",
        dates: &["onsetDateTime", "recordedDate"],
        periods: &["onsetPeriod"],
        over: &[],
    },
    Form {
        resource: "MedicationRequest",
        kind: ClinicalKind::Medication,
        patient: "subject",
        code: "medicationCodeableConcept",
        dates: &["authoredOn"],
        periods: &[],
        over: &["completed", "stopped", "cancelled", "on-hold", "draft", "unknown"],
    },
    Form {
        resource: "MedicationStatement",
        kind: ClinicalKind::Medication,
        patient: "subject",
        code: "medicationCodeableConcept",
        dates: &["effectiveDateTime", "dateAsserted"],
        periods: &["effectivePeriod"],
        over: &["completed", "stopped", "on-hold", "intended", "unknown"],
    },
    Form {
        resource: "Procedure",
        kind: ClinicalKind::Procedure,
        patient: "subject",
        code: "code",
        dates: &["performedDateTime"],
        periods: &["performedPeriod"],
        over: &["stopped", "preparation", "unknown"],
    },
    Form {
        resource: "Observation",
        kind: ClinicalKind::Observation,
        patient: "subject",
        code: "code",
        dates: &["effectiveDateTime", "effectiveInstant", "issued"],
        periods: &["effectivePeriod"],
        over: &["unknown"],
    },
    Form {
        resource: "Immunization",
        kind: ClinicalKind::Immunization,
        patient: "patient",
        code: "vaccineCode",
        dates: &["occurrenceDateTime"],
        periods: &[],
        over: &[],
    },
    Form {
        resource: "DiagnosticReport",
        kind: ClinicalKind::Report,
        patient: "subject",
        code: "code",
        dates: &["effectiveDateTime", "issued"],
        periods: &["effectivePeriod"],
        over: &["unknown"],
    },
];

fn item(entries: &Entries<'_>, i: usize, node: &Node<'_>, form: &Form) -> Option<ClinicalItem> {
    let status = node.text("status");
    let verified = code_of(node, "verificationStatus");
    if status.as_deref() == Some("entered-in-error")
        || matches!(verified.as_deref(), Some("entered-in-error" | "refuted"))
    {
        node.sink.add(
            Severity::Information,
            node.path.clone(),
            "was entered in error and is left out",
            "nothing to do",
        );
        return None;
    }
    if matches!(status.as_deref(), Some("not-done" | "not-taken" | "cancelled"))
        && !matches!(form.resource, "MedicationRequest")
    {
        // Shown in a list it would read as something that did happen.
        node.warn("did not take place; the line was left out", "nothing to do, unless the status is wrong");
        return None;
    }
    if node.has("presentedForm") {
        node.warn_at(
            "presentedForm",
            "files of a report were left out",
            "send each as a DocumentReference with its bytes",
        );
    }
    let Some(subject) = node.object(form.patient) else {
        node.error_at(form.patient, "is missing", "say whose record this is");
        return None;
    };
    let patient = entries.link(&subject, "Patient")?;
    let (code, words) = concept(entries, node, form);
    let Some(words) = words else {
        node.warn_at(form.code, "says nothing; the line was left out", "send a code with words, or a text");
        return None;
    };
    let date = form.dates.iter().find(|name| node.has(name)).map(|name| (node.clone(), *name));
    let period = || form.periods.iter().find_map(|name| node.object(name)).map(|period| (period, "start"));
    let on = date.or_else(period).and_then(|(node, name)| node.date(name));
    let clinical = code_of(node, "clinicalStatus");
    let active = match clinical.as_deref() {
        Some("inactive" | "remission" | "resolved") => false,
        _ => !status.as_deref().is_some_and(|status| form.over.contains(&status)),
    };
    let value = match form.kind {
        ClinicalKind::Observation => observed(node),
        ClinicalKind::Report => node.text("conclusion"),
        _ => None,
    };
    let key = entries.all[i].key.clone();
    Some(ClinicalItem { key, patient, kind: form.kind, code, words, value, on, active })
}

/// The first code of a status that is sent as a `CodeableConcept`.
fn code_of(node: &Node<'_>, name: &str) -> Option<String> {
    let concept = node.value.get(name).filter(|v| v.is_object()).and_then(|_| node.object(name))?;
    concept.codings().into_iter().next().map(|c| c.code)
}

fn concept(
    entries: &Entries<'_>,
    node: &Node<'_>,
    form: &Form,
) -> (Option<super::records::Coding>, Option<String>) {
    let read = |concept: &Node<'_>| (concept.codings().into_iter().next(), concept.words());
    if let Some(concept) = node.object(form.code) {
        return read(&concept);
    }
    let Some(medicine) = node.object("medicationReference") else { return (None, None) };
    let words = medicine.text("display");
    if let Some(concept) = contained_resource(&medicine).and_then(|resource| resource.object("code")) {
        return read(&concept);
    }
    match entries.target(&medicine) {
        Some(Target::Inside(at)) => match entries.node(at).object("code") {
            Some(concept) => read(&concept),
            None => (None, words),
        },
        _ => (None, words),
    }
}

/// `value[x]` in words; a panel's parts joined by semicolons (blood pressure has no value of its own).
fn observed(node: &Node<'_>) -> Option<String> {
    one_value(node).or_else(|| {
        let parts: Vec<String> = node
            .each("component")
            .iter()
            .filter_map(|part| Some(format!("{}: {}", part.object("code")?.words()?, one_value(part)?)))
            .collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    })
}

fn one_value(node: &Node<'_>) -> Option<String> {
    let quantity = |q: &Node<'_>| {
        let sign = q.text("comparator").unwrap_or_default();
        let number = q.value.get("value").filter(|v| v.is_number())?.to_string();
        let unit = q.text("unit").or_else(|| q.text("code")).map(|u| format!(" {u}")).unwrap_or_default();
        Some(format!("{sign}{number}{unit}"))
    };
    if let Some(q) = node.object("valueQuantity") {
        return quantity(&q);
    }
    if let Some(range) = node.object("valueRange") {
        let side = |name| range.object(name).and_then(|q| quantity(&q));
        return match (side("low"), side("high")) {
            (Some(low), Some(high)) => Some(format!("{low} to {high}")),
            (Some(low), None) => Some(format!("from {low}")),
            (None, high) => high.map(|high| format!("up to {high}")),
        };
    }
    if let Some(concept) = node.object("valueCodeableConcept") {
        return concept.words();
    }
    let names = ["valueString", "valueInteger", "valueBoolean", "valueDateTime", "valueTime"];
    match names.iter().find_map(|name| node.value.get(name))? {
        Value::String(text) => super::node::clean(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        _ => None,
    }
}
