//! One referral as FHIR R4: ServiceRequest, Task, Appointment, documents, report and survey.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::background::{ICD10, SNOMED};
use super::bundle::{Bundle, OWN, by_identifier, coding, concept, extension, identifier, instant};
use super::cases::Case;
use super::diary::instant_of;
use super::directory::{
    ORGANISATION, SERVICE, Service, TRUST, document_kind, organisation_named, service, staff_reference,
};
use super::journey::{Cast, Journey};
use super::random::Random;
use super::{paper, pdf};

/// System of referral numbers.
pub const REFERRAL: &str = "https://waymark.example/id/referral";

/// All that is known of one referral.
pub struct Story<'a> {
    pub number: usize,
    pub case: &'a Case,
    pub cast: Cast<'a>,
    pub journey: Journey,
    pub today: NaiveDate,
    pub zone: Tz,
}

impl Story<'_> {
    fn name(&self) -> String {
        format!("referral-{:04}", self.number)
    }

    fn service(&self) -> &'static Service {
        service(self.case.service)
    }

    /// The letter with everything filled in.
    pub fn letter(&self) -> String {
        let patient = self.cast.patient;
        let age = patient.age(self.today);
        let article = if matches!(age, 8 | 11 | 18 | 80..=89) { "an" } else { "a" };
        let body = self
            .case
            .letter
            .replace("{N}", &patient.name())
            .replace("{F}", &patient.given)
            .replace("{age}", &age.to_string())
            .replace("{a}", article);
        let referrer = self.cast.referrer;
        if self.case.state == "draft" {
            return format!("Dear colleague,\n\n{body}");
        }
        let closing = [
            "With many thanks.",
            "Thank you for your help.",
            "With kind regards.",
            "I look forward to your advice.",
        ][self.number % 4];
        let practice = organisation_named(referrer.organisation).name;
        format!("Dear colleague,\n\n{body}\n\n{closing}\n\nYours sincerely,\n{}\n{practice}", referrer.name)
    }

    /// Adds everything to a bundle.
    pub fn add(&self, bundle: &mut Bundle, random: &mut Random) {
        let name = self.name();
        bundle.add("ServiceRequest", &name, self.service_request());
        let request = bundle.reference("ServiceRequest", &name);
        bundle.add("Task", &name, self.task(&request));
        if let Some(appointment) = self.appointment(&request) {
            bundle.add("Appointment", &name, appointment);
        }
        for (kind, title, bytes) in self.documents(random) {
            bundle.add(
                "DocumentReference",
                &format!("{name}-{kind}"),
                self.document(&request, kind, &title, &bytes),
            );
        }
        if let Some(report) = self.report(&request) {
            bundle.add("DiagnosticReport", &name, report);
        }
        if let Some(answers) = self.survey(&request) {
            bundle.add("QuestionnaireResponse", &name, answers);
        }
    }

    fn service_request(&self) -> Value {
        let (code, words) = self.case.reason;
        let status = match self.case.state {
            "draft" => "draft",
            "cancelled" | "declined" => "revoked",
            "outcome-received" | "closed" => "completed",
            _ => "active",
        };
        json!({
            "identifier": [identifier(REFERRAL, &self.name())],
            "status": status,
            "intent": "order",
            "priority": self.case.urgency.fhir(),
            "code": concept(SNOMED, "3457005", "Patient referral"),
            "subject": self.cast.patient.reference(),
            "authoredOn": self.journey.history.first().map(|past| instant(past.at)),
            "requester": staff_reference(self.cast.referrer),
            "performer": [self.service_reference()],
            "reasonCode": [concept(ICD10, code, words)],
            "note": [{"text": self.letter()}],
        })
    }

    fn service_reference(&self) -> Value {
        by_identifier("HealthcareService", SERVICE, self.service().key, self.service().name)
    }

    fn task(&self, request: &Value) -> Value {
        let state = self.case.state;
        let owner = match state {
            "draft" | "outcome-received" => self.cast.referrer,
            "sent" | "no-show" | "appointment-cancelled" => self.cast.coordinator,
            _ => self.cast.specialist,
        };
        let history: Vec<Value> = self
            .journey
            .history
            .iter()
            .map(|past| {
                let mut parts = vec![
                    json!({"url": "state", "valueCode": past.state}),
                    json!({"url": "at", "valueInstant": instant(past.at)}),
                    json!({"url": "by", "valueString": past.by}),
                ];
                if let Some(why) = past.why {
                    parts.push(json!({"url": "why", "valueString": why}));
                }
                extension("state-history", json!({"extension": parts}))
            })
            .collect();
        let mut task = json!({
            "extension": history,
            "identifier": [identifier("https://waymark.example/id/task", &self.name())],
            "basedOn": [request],
            "focus": request,
            "status": task_status(state),
            "businessStatus": {"coding": [{"system": format!("{OWN}CodeSystem/referral-state"), "code": state}]},
            "intent": "order",
            "priority": self.case.urgency.fhir(),
            "for": self.cast.patient.reference(),
            "authoredOn": self.journey.history.first().map(|past| instant(past.at)),
            "lastModified": self.journey.history.last().map(|past| instant(past.at)),
            "requester": staff_reference(self.cast.referrer),
            "owner": staff_reference(owner),
        });
        if let Some(why) = self.journey.history.last().and_then(|past| past.why) {
            task["statusReason"] = json!({"text": why});
        }
        task
    }

    fn appointment(&self, request: &Value) -> Option<Value> {
        let (span, status) = self.journey.visit.as_ref()?;
        let answer = if *status == "cancelled" { "declined" } else { "accepted" };
        let taking_part = |actor: Value| json!({"actor": actor, "status": answer});
        Some(json!({
            "identifier": [identifier("https://waymark.example/id/appointment", &self.name())],
            "status": status,
            "basedOn": [request],
            "start": instant(instant_of(span.from, self.zone)),
            "end": instant(instant_of(span.to, self.zone)),
            "minutesDuration": (span.to - span.from).num_minutes(),
            "participant": [
                taking_part(self.cast.patient.reference()),
                taking_part(staff_reference(self.cast.specialist)),
                taking_part(self.service_reference()),
            ],
        }))
    }

    /// Letters for most that were sent, and what the service requires unless that is what it still waits for.
    fn documents(&self, random: &mut Random) -> Vec<(&'static str, String, Vec<u8>)> {
        let mut documents = Vec::new();
        if self.case.state == "draft" {
            return documents;
        }
        if !self.number.is_multiple_of(4) {
            let title = format!("Referral letter to the {}", self.service().name.to_lowercase());
            let practice = organisation_named(self.cast.referrer.organisation);
            let text =
                format!("{}\n{}\n{}\n\n{}", practice.name, practice.address, self.about(), self.letter());
            documents.push(("letter", title.clone(), pdf::letter(&title, &text, "")));
        }
        if self.case.state != "info-needed" {
            for kind in self.service().documents {
                let (title, bytes) = paper::of(kind, &self.about(), self.case, random);
                documents.push((kind, title, bytes));
            }
        }
        documents
    }

    fn about(&self) -> String {
        let patient = self.cast.patient;
        format!(
            "About: {}, born {}, NHS number {}",
            patient.name(),
            patient.born.format("%-d %B %Y"),
            patient.number
        )
    }

    fn document(&self, request: &Value, kind: &str, title: &str, bytes: &[u8]) -> Value {
        let sent = self.journey.history.first().map(|past| instant(past.at));
        json!({
            "identifier": [identifier("https://waymark.example/id/document", &format!("{}-{kind}", self.name()))],
            "status": "current",
            "type": {"coding": [document_kind(kind)]},
            "subject": self.cast.patient.reference(),
            "date": sent,
            "author": [staff_reference(self.cast.referrer)],
            "description": title,
            "content": [{"attachment": {
                "contentType": "application/pdf", "title": title, "creation": sent,
                "size": bytes.len(), "data": STANDARD.encode(bytes),
            }}],
            "context": {"related": [request]},
        })
    }

    fn report(&self, request: &Value) -> Option<Value> {
        let at = self.journey.report_at?;
        let seen = self.journey.visit.as_ref().map(|(span, _)| instant(instant_of(span.from, self.zone)));
        let mut report = json!({
            "identifier": [identifier("https://waymark.example/id/report", &self.name())],
            "basedOn": [request],
            "status": "final",
            "code": concept("http://loinc.org", "11488-4", "Consult note"),
            "subject": self.cast.patient.reference(),
            "effectiveDateTime": seen,
            "issued": instant(at),
            "performer": [staff_reference(self.cast.specialist),
                by_identifier("Organization", ORGANISATION, TRUST, organisation_named(TRUST).name)],
            "conclusion": self.case.note,
        });
        if let Some(read) = self.journey.acknowledged_at {
            report["extension"] =
                json!([extension("acknowledged-at", json!({"valueInstant": instant(read)}))]);
        }
        Some(report)
    }

    fn survey(&self, request: &Value) -> Option<Value> {
        let (overall, words) = self.case.survey?;
        let at = self.journey.survey_at?;
        let answers = ["Very good", "Good", "Neither good nor poor", "Poor", "Very poor", "Don't know"];
        let display = answers.get(usize::from(overall).saturating_sub(1)).copied().unwrap_or_default();
        let answer = coding(&format!("{OWN}CodeSystem/friends-and-family"), &overall.to_string(), display);
        let mut items = vec![json!({"linkId": "overall", "answer": [{"valueCoding": answer}]})];
        if !words.is_empty() {
            items.push(json!({"linkId": "why", "answer": [{"valueString": words}]}));
        }
        Some(json!({
            "identifier": identifier("https://waymark.example/id/survey", &self.name()),
            "questionnaire": format!("{OWN}Questionnaire/after-your-visit"),
            "basedOn": [request],
            "status": "completed",
            "subject": self.cast.patient.reference(),
            "authored": instant(at),
            "item": items,
        }))
    }
}

/// FHIR R4 `Task.status` of a state (DOMAIN: suggested superset and mapping).
fn task_status(state: &str) -> &'static str {
    match state {
        "draft" => "draft",
        "sent" => "requested",
        "received" => "received",
        "info-needed" => "on-hold",
        "accepted" => "accepted",
        "declined" => "rejected",
        "cancelled" => "cancelled",
        "outcome-received" | "closed" => "completed",
        _ => "in-progress",
    }
}
