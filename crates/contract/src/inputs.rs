//! What forms send.

use serde::{Deserialize, Serialize};

/// A new referral: whom, and to which service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewReferral {
    pub patient: String,
    pub service: String,
    /// The clinician in whose name it is written, when that is a colleague; else empty.
    pub in_name_of: String,
    /// Ids of the services that were compared, joined by commas; may be empty.
    pub shortlist: String,
    /// Why the patient chose this one; needed when several were compared.
    pub choice_reason: String,
    /// Kind code; empty: a referral.
    pub kind: String,
    /// "1": the patient is shown the request for advice.
    pub patient_sees: String,
    /// "1": the specialist may make a referral of the request for advice.
    pub may_turn: String,
}

/// A draft as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftInput {
    /// Version of the referral that the form was made from.
    pub version: i64,
    /// Priority code.
    pub priority: String,
    /// The letter.
    pub reason: String,
    /// Names and values of the service's own questions (`answer-…`) and of reasons against its warnings (`override-…`).
    /// `None`, as an installed app of last week sends it, leaves what is there.
    pub pairs: Option<Vec<(String, String)>>,
}

/// The triage decision in one form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TriageInput {
    pub version: i64,
    /// accept, ask or decline.
    pub outcome: String,
    /// Code of the reason; with ask and decline. `None`: this door does not ask for one.
    pub reason: Option<String>,
    /// Priority code; with accept.
    pub priority: String,
    /// For colleagues and the referrer.
    pub comment: String,
    /// What the patient reads; required with decline, and when the patient is asked.
    pub patient_line: String,
    /// Code of who is asked: patient, referrer, both. Empty: both.
    pub ask_of: String,
    /// By when it is asked for, as people type a day; empty: as the service's clock has it.
    pub due_day: String,
    pub due_month: String,
    pub due_year: String,
    /// Code of what comes after acceptance. Empty: the patient chooses a time.
    pub next_step: String,
    /// With a test first: which one.
    pub next_step_note: String,
    /// With a named colleague: whose diary.
    pub named: String,
    /// The kind of visit, where the service has several. Empty: the first of each session.
    pub visit_kind: String,
}

/// The answer to a request for advice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdviceInput {
    pub version: i64,
    /// "advice": the patient can stay with the referrer; "refer": please refer.
    pub outcome: String,
    pub text: String,
}

/// A piece of text that goes with an act: a report, a comment, a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextInput {
    pub version: i64,
    /// Code of the reason, where the act takes one; or empty.
    pub reason: String,
    pub text: String,
}

/// To whom a referral is given: a person's id, or empty for the team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssignInput {
    pub version: i64,
    pub person: String,
    /// For the colleague.
    pub text: String,
}

/// To which service a referral moves on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PassOnInput {
    pub version: i64,
    /// Id of a service.
    pub service: String,
    /// Code of the reason, or empty.
    pub reason: String,
    /// For the colleagues there, and the history.
    pub text: String,
    /// What the patient reads; required when another organisation takes over.
    pub patient_line: String,
}

/// Until when a referral is put off, as people type a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PauseInput {
    pub version: i64,
    pub until_day: String,
    pub until_month: String,
    pub until_year: String,
    /// Code of the reason, or empty.
    pub reason: String,
    /// What the patient reads.
    pub text: String,
}

/// Which time: whose diary, and when it starts (RFC 3339, UTC).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlotInput {
    pub resource: String,
    pub start: String,
    /// Staff only: why a place beyond the capacity is given.
    pub overbook_reason: String,
    /// Staff only: another kind of visit than the one that is planned. Empty: that one.
    pub visit_kind: String,
    /// Only while none is held or booked.
    pub only_open: bool,
    /// Only while this visit is booked and none is held: it is the one that is moved. Empty: whatever is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instead_of: String,
}

/// A date of birth as people type it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BirthDateInput {
    pub day: String,
    pub month: String,
    pub year: String,
}

/// The short survey.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SurveyInput {
    /// 1 very good … 5 very poor, 6 don't know.
    pub overall: String,
    pub comment: String,
}

/// A calendar to subscribe to.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalendarInput {
    pub url: String,
    /// feed, or caldav: then user name and password are needed.
    pub kind: String,
    pub username: String,
    pub password: String,
}

impl std::fmt::Debug for CalendarInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address of a feed is a secret as well.
        f.debug_struct("CalendarInput").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What happens when a subscribed calendar was not read for long.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalendarRuleInput {
    /// Hours after which what was read counts as old.
    pub stale_hours: String,
    /// warn or refuse.
    pub when_stale: String,
}

/// A weekly session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleInput {
    pub service: String,
    /// Comma list of MO … SU.
    pub weekdays: String,
    /// HH:MM, local.
    pub from: String,
    pub to: String,
    pub slot_min: String,
    pub capacity: String,
    pub buffer_before_min: String,
    pub buffer_after_min: String,
    /// YYYY-MM-DD.
    pub valid_from: String,
    pub valid_to: String,
    /// Single dates, separated by commas or spaces.
    pub dates: String,
    pub every_weeks: String,
    /// Minutes from one beginning to the next.
    pub step_min: String,
    /// Kinds of visit with their minutes, one a line: "First visit 40".
    pub visits: String,
    pub daily_limit: String,
    /// Hours.
    pub notice_hours: String,
    /// Id of a site, or empty.
    pub site: String,
    /// Ids of further clinicians of whom any one will do, joined by commas.
    pub pool: String,
    /// Ids of rooms and machines that must be free as well; of each list one will do.
    pub rooms: String,
    pub machines: String,
}

/// Leave, or days without sessions, as they are typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeaveInput {
    /// YYYY-MM-DD; without a last day, the first is the only one.
    pub from_day: String,
    pub to_day: String,
    /// HH:MM; empty: from the beginning of the first day, or to the end of the last.
    pub from_time: String,
    pub to_time: String,
    /// For colleagues.
    pub note: String,
    /// Id of the one session that does not take place; empty: leave from all of them.
    pub rule: String,
    /// The bookings that the preview showed, so that nothing else is broken; "": not previewed.
    pub seen: String,
}

/// Days on which the whole organisation is closed, as they are typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClosedInput {
    /// YYYY-MM-DD; without a last day, the first is the only one.
    pub from_day: String,
    pub to_day: String,
    /// For colleagues.
    pub note: String,
    /// The bookings that the preview showed; "": not previewed.
    pub seen: String,
}

/// Hours of a calendar file that are taken in as sessions of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TakeHoursInput {
    pub service: String,
    /// Minutes of one visit.
    pub slot_min: String,
    /// What the file says, as the preview had it.
    pub hours: String,
}

/// What becomes of booked visits that a change leaves without a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OverVisitsInput {
    /// The bookings that the preview showed; "": not previewed.
    pub seen: String,
    /// "cancel"; whatever else: they stay booked and are listed.
    pub visits: String,
}

/// What of a bookable resource can be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceInput {
    /// Only of rooms and machines; a clinician's name is that of the person.
    pub name: String,
    /// Visits a day; empty: as many as fit.
    pub daily_limit: String,
    /// BCP 47 tags, separated by commas or spaces.
    pub languages: String,
    /// Rooms and machines: how many visits use it at once.
    pub places: String,
    /// room or machine; a new one alone.
    pub kind: String,
}

/// How a service books.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceBookingInput {
    /// Empty: as everywhere.
    pub notice_hours: String,
    pub horizon_days: String,
    /// "1": on acceptance the best time is held for the patient.
    pub holds_at_acceptance: String,
}

/// What a patient needs at a visit, and when they like to come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WishesInput {
    /// BCP 47 tag, or empty.
    pub language: String,
    /// "1": they need to get in without a step.
    pub step_free: String,
    /// Comma list of MO … SU; empty: any.
    pub weekdays: String,
    /// Comma list of morning, afternoon, evening; empty: any.
    pub parts: String,
}

/// Which days the list of times shows, as kept in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimesQuery {
    /// morning, afternoon or empty.
    pub part: String,
    /// YYYY-MM-DD: show from this day on.
    pub from: String,
    /// Comma list of MO … SU.
    pub days: String,
    /// Comma lists of ids of clinicians and of sites.
    pub who: String,
    pub site: String,
    /// A language that is spoken, as a BCP 47 tag.
    pub language: String,
    /// "1": only where one gets in without a step.
    pub step_free: String,
    /// Staff only: another kind of visit than the one that is planned. Empty: that one.
    pub kind: String,
    /// For staff: "1" to see taken times too, or the one that is meant, as `resource|start`.
    pub taken: String,
}

/// A service as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceInput {
    pub name: String,
    pub team: String,
    pub phone: String,
    pub specialty_code: String,
    /// Name of the specialty, as people read it.
    pub specialty: String,
    /// Conditions and other words by which referrers find it.
    pub keywords: String,
    /// Id of a site of the organisation, or empty.
    pub site: String,
    /// Minutes of one visit.
    pub visit_min: String,
    /// What to bring and know, as the patient reads it.
    pub patient_note: String,
    /// Documents that every referral must bring, one a line.
    pub required: String,
    /// Id of the person who is told of a breach first, or empty.
    pub escalate_to: String,
    /// "1": takes referrals.
    pub active: String,
}

/// An organisation as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganisationInput {
    pub name: String,
    pub phone: String,
    /// IANA time zone.
    pub zone: String,
    /// Of messages to patients whose own language has no words, BCP 47.
    pub language: String,
    /// Days on which nobody works, one a line, as people type them.
    pub holidays: String,
    pub escalate_to: String,
    /// Person who is told of emergency access; empty: every administrator.
    pub privacy_contact: String,
    /// One message to more patients than this needs a second person who agrees.
    pub approve_many_above: String,
}

/// A new colleague.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonInput {
    pub name: String,
    pub email: String,
    /// Role codes, joined by commas.
    pub roles: String,
}

/// What an invited colleague sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialsInput {
    pub password: String,
    pub again: String,
    /// What the authenticator shows.
    pub code: String,
}

/// Words between colleagues about a referral.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoteInput {
    pub text: String,
    /// "both": the other side reads it as well; else the own organisation alone.
    pub audience: String,
    /// A colleague who is asked to act on it, or empty.
    pub person: String,
}

/// Which audit events are shown, as kept in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// Part of the name of who acted.
    pub who: String,
    /// Reference of a referral: events about its patient.
    pub reference: String,
    /// Day, as YYYY-MM-DD.
    pub from: String,
    pub to: String,
    /// "refused": only what was not let through.
    pub outcome: String,
    pub after: String,
}
