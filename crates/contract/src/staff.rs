//! Read models of the consoles.

use domain::referral::{Act, Side, State};
use domain::{Priority, Role};
use serde::{Deserialize, Serialize};

use crate::{AppointmentView, MissingItem};

/// A choice in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: Option<String>,
}

/// The page on which a referral is begun: whom, and to which service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginPage {
    pub words: String,
    pub patients: Vec<Choice>,
    pub services: Vec<Choice>,
}

/// A line of a worklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistLine {
    pub id: String,
    pub reference: String,
    pub patient: String,
    pub birth_date: String,
    pub service: String,
    pub state: State,
    pub priority: Priority,
    pub owner: String,
    /// Next action code; empty when ended.
    pub next: String,
    /// "Friday 6 March".
    pub due: String,
    /// "3 days late", "due tomorrow".
    pub due_words: String,
    pub overdue: bool,
    /// Whole days since it was sent (or begun).
    pub age_days: i64,
}

/// How many referrals stand in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCount {
    pub state: State,
    pub count: i64,
    pub overdue: i64,
}

/// A worklist: what one side of an organisation has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistPage {
    pub lines: Vec<WorklistLine>,
    pub counts: Vec<StateCount>,
    pub services: Vec<Choice>,
    /// Key of the next page, if there is one.
    pub next: Option<String>,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    pub when: String,
    pub who: String,
    /// Event kind: referral_accepted, …
    pub kind: String,
    pub why: Option<String>,
}

/// A document of a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentLine {
    pub id: String,
    pub kind: String,
    pub file_name: String,
    pub size: String,
    pub added_by: String,
    pub when: String,
}

/// A note or report of the specialist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    pub interim: bool,
    pub when: String,
    pub who: String,
    pub text: String,
    pub acknowledged: Option<String>,
}

/// A word or phrase of the letter that led to a suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionReason {
    /// Byte offsets into the letter, on character boundaries.
    pub start: usize,
    pub end: usize,
    pub words: String,
    pub area: String,
    pub source: String,
}

/// A suggested urgency with its reasons. A person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgencySuggestion {
    /// emergency, suspected_cancer, urgent, routine, not_enough_information.
    pub label: String,
    pub model: String,
    pub reasons: Vec<SuggestionReason>,
}

/// A line of the patient's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLine {
    pub kind: String,
    pub words: String,
    pub on: Option<String>,
}

/// Everything a member of staff sees of one referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralPage {
    pub id: String,
    /// On which side the reader stands.
    pub side: Side,
    pub version: i64,
    pub reference: String,
    pub state: State,
    pub priority: Priority,
    pub requested_priority: Priority,
    pub patient: String,
    pub birth_date: String,
    pub age: Option<u32>,
    pub sex: String,
    pub nhs_number: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
    pub service: String,
    pub organisation: String,
    pub referrer: String,
    pub referring_organisation: String,
    pub letter: String,
    pub reason_codes: Vec<String>,
    pub record: Vec<RecordLine>,
    pub owner: String,
    /// Next action code; empty when ended.
    pub next: String,
    pub due: String,
    pub due_words: String,
    pub overdue: bool,
    pub sent: Option<String>,
    pub received: Option<String>,
    pub patient_line: Option<String>,
    pub documents: Vec<DocumentLine>,
    pub missing: Vec<MissingItem>,
    pub required: Vec<Choice>,
    pub appointment: Option<AppointmentView>,
    pub reports: Vec<ReportLine>,
    pub history: Vec<HistoryLine>,
    /// Acts that this person may do now.
    pub acts: Vec<Act>,
    pub suggestion: Option<UrgencySuggestion>,
    pub survey: Option<String>,
    pub messages: Vec<MessageLine>,
}

/// A line of the message log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLine {
    pub id: String,
    pub when: String,
    pub channel: String,
    pub template: String,
    /// Masked: the last three digits, or the first letter and the domain.
    pub address: String,
    /// Delivery state code.
    pub state: String,
    pub error: Option<String>,
    pub referral: Option<String>,
}

/// The message log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLog {
    pub lines: Vec<MessageLine>,
    pub next: Option<String>,
}

/// One message with all that happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageTrace {
    pub line: MessageLine,
    pub subject: String,
    pub body: String,
    /// "3 Mar, 2:15pm · handed over · accepted by the provider".
    pub attempts: Vec<(String, String, String)>,
}

/// A weekly session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLine {
    pub id: String,
    pub service: String,
    pub weekdays: String,
    pub times: String,
    pub slot_min: i64,
    pub capacity: i64,
    pub valid: String,
}

/// A calendar and how fresh it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarLine {
    pub id: String,
    pub name: String,
    pub url: Option<String>,
    pub whose: Option<String>,
    pub fresh: String,
    pub error: Option<String>,
}

/// A line of a clinician's diary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiaryLine {
    pub day: String,
    pub clock: String,
    pub what: String,
    pub referral: Option<String>,
    /// booked, held, seen, missed, busy.
    pub kind: String,
}

/// A clinician's availability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailabilityPage {
    pub resource: String,
    pub name: String,
    pub zone: String,
    pub resources: Vec<Choice>,
    pub services: Vec<Choice>,
    pub rules: Vec<RuleLine>,
    pub calendars: Vec<CalendarLine>,
    pub diary: Vec<DiaryLine>,
    pub today: String,
}

/// How long a leg takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageLine {
    pub leg: String,
    pub sentence: String,
    pub finished: u64,
    pub waiting: u64,
    pub median_days: Option<f64>,
    pub p80_days: Option<f64>,
}

/// The quality page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityPage {
    pub stages: Vec<StageLine>,
    pub invited: i64,
    pub answered: u64,
    /// Percent, or `None` when too few answered to show.
    pub positive: Option<f64>,
    pub negative: Option<f64>,
    pub sentence: String,
    /// Count of answers 1 … 6; hidden when too few.
    pub spread: Option<[u64; 6]>,
    pub comments: Vec<(String, String)>,
}

/// A member of staff as the administrator sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLine {
    pub id: String,
    pub name: String,
    pub email: String,
    pub roles: Vec<Role>,
    pub active: bool,
    pub can_sign_in: bool,
}

/// The administrator's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminPage {
    pub organisation: String,
    pub people: Vec<PersonLine>,
    pub calendars: Vec<CalendarLine>,
    pub resources: Vec<Choice>,
    /// Who accepted responsibility for urgency suggestions, and when; `None`: they are off.
    pub urgency_accepted: Option<String>,
}
