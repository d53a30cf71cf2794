//! What a FHIR R4 bundle says, in the field's words, before anything is stored.
//!
//! Every record carries its `key`: the bundle's `fullUrl` (or `Type/id` when there is none).
//! A link to another record is that record's key; a link that leaves the bundle is an [`Identifier`].

use chrono::{DateTime, NaiveDate, NaiveTime, Utc, Weekday};

/// A business identifier: `system` URI and `value` (FHIR R4 `Identifier`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    pub system: String,
    pub value: String,
}

/// A link to another record: inside the same bundle by key, or outside by identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    Key(String),
    Identifier(Identifier),
}

/// A code with its system and the words that were sent with it (FHIR R4 `Coding`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coding {
    pub system: String,
    pub code: String,
    pub display: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    pub key: String,
    pub identifiers: Vec<Identifier>,
    pub name: String,
    pub phone: Option<String>,
    /// IANA zone name, from the standard `timezone` extension when present.
    pub zone: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    pub key: String,
    pub identifiers: Vec<Identifier>,
    pub organisation: Option<Link>,
    pub name: String,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub zone: Option<String>,
    /// Degrees, WGS 84: (latitude, longitude).
    pub position: Option<(f64, f64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub key: String,
    pub identifiers: Vec<Identifier>,
    pub organisation: Option<Link>,
    pub site: Option<Link>,
    pub name: String,
    pub specialty: Option<Coding>,
    /// Conditions and other words by which it is found (`type`).
    pub conditions: Vec<String>,
    pub phone: Option<String>,
    /// What the patient should bring or know (`extraDetails`).
    pub patient_note: Option<String>,
    /// Minutes per visit, from the extension `…/StructureDefinition/visit-duration-min`.
    pub visit_min: Option<u32>,
    /// Required documents, as codes, from `referralRequirement` (one repetition of the extension each).
    pub required_documents: Vec<Coding>,
}

/// A weekly session at which a clinician sees people (`PractitionerRole.availableTime`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    pub weekdays: Vec<Weekday>,
    pub from: NaiveTime,
    pub to: NaiveTime,
}

/// A member of staff with one role in one organisation (Practitioner + PractitionerRole).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub key: String,
    pub identifiers: Vec<Identifier>,
    pub name: String,
    pub email: Option<String>,
    pub roles: Vec<PersonRole>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRole {
    pub organisation: Option<Link>,
    /// Codes as sent; ours are of system `https://waymark.example/fhir/CodeSystem/role`
    /// (referrer, specialist, coordinator, quality, administrator).
    pub codes: Vec<Coding>,
    pub services: Vec<Link>,
    pub availability: Vec<Availability>,
    pub zone: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
    Other,
    Unknown,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Patient {
    pub key: String,
    pub identifiers: Vec<Identifier>,
    pub organisation: Option<Link>,
    pub family: String,
    pub given: String,
    pub birth_date: Option<NaiveDate>,
    pub sex: Sex,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
    /// Latitude and longitude of the home, from HL7's extension of the address.
    pub position: Option<(f64, f64)>,
    /// BCP 47 language tag.
    pub language: Option<String>,
    pub deceased: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClinicalKind {
    Condition,
    Medication,
    Allergy,
    Procedure,
    Observation,
    Report,
    Immunization,
}

/// A line of the record that helps a reader of the referral: a condition, a medicine, a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClinicalItem {
    pub key: String,
    pub patient: Link,
    pub kind: ClinicalKind,
    pub code: Option<Coding>,
    pub words: String,
    pub value: Option<String>,
    pub on: Option<NaiveDate>,
    pub active: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    Routine,
    Urgent,
    Asap,
    Stat,
}

/// What was asked (ServiceRequest) with how far the work is (Task), if a Task came along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    pub key: String,
    pub identifiers: Vec<Identifier>,
    pub patient: Link,
    /// Requesting organisation, or the organisation of the requester.
    pub from: Option<Link>,
    pub requester: Option<Link>,
    /// HealthcareService asked for; else the performer organisation.
    pub service: Option<Link>,
    pub to: Option<Link>,
    pub priority: Priority,
    pub reason_codes: Vec<Coding>,
    /// The letter: `reasonCode.text`, `note`, in order, joined by blank lines.
    pub letter: String,
    pub authored_at: Option<DateTime<Utc>>,
    /// ServiceRequest.status as sent.
    pub status: String,
    pub task: Option<TaskState>,
}

/// The Task that follows a ServiceRequest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskState {
    /// Task.status as sent.
    pub status: String,
    /// `businessStatus` code of our own system `https://waymark.example/fhir/CodeSystem/referral-state`, if any.
    pub state: Option<String>,
    pub owner: Option<Link>,
    pub reason: Option<String>,
    pub last_modified: Option<DateTime<Utc>>,
    /// Past states with their instants, oldest first, from the extension `…/StructureDefinition/state-history`
    /// (sub-extensions `state` (code), `at` (instant), `by` (string), optional `why` (string)).
    pub history: Vec<PastState>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastState {
    pub state: String,
    pub at: DateTime<Utc>,
    pub by: String,
    pub why: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    pub key: String,
    /// ServiceRequest it is based on.
    pub referral: Option<Link>,
    pub patient: Option<Link>,
    pub practitioner: Option<Link>,
    pub service: Option<Link>,
    /// FHIR appointment status as sent.
    pub status: String,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub key: String,
    pub patient: Option<Link>,
    pub referral: Option<Link>,
    pub kind: Option<Coding>,
    pub title: String,
    pub media_type: String,
    pub created_at: Option<DateTime<Utc>>,
    pub bytes: Vec<u8>,
}

/// A patient's answers to the short survey (QuestionnaireResponse of our own Questionnaire).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyAnswer {
    pub key: String,
    pub referral: Link,
    pub authored_at: DateTime<Utc>,
    /// Friends and Family Test: 1 very good … 5 very poor, 6 don't know (linkId `overall`).
    pub overall: u8,
    /// linkId `why`.
    pub comment: Option<String>,
}

/// The specialist's report back (Composition or DiagnosticReport text based on the referral).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub key: String,
    pub referral: Link,
    pub author: Option<Link>,
    pub at: DateTime<Utc>,
    pub text: String,
    pub acknowledged_at: Option<DateTime<Utc>>,
}

/// All records of one bundle, in no particular order within each list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    pub organisations: Vec<Organisation>,
    pub sites: Vec<Site>,
    pub services: Vec<Service>,
    pub people: Vec<Person>,
    pub patients: Vec<Patient>,
    pub items: Vec<ClinicalItem>,
    pub referrals: Vec<Referral>,
    pub appointments: Vec<Appointment>,
    pub documents: Vec<Document>,
    pub answers: Vec<SurveyAnswer>,
    pub reports: Vec<Report>,
}
