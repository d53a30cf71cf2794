//! Read models of the consoles.

use domain::referral::{Act, Clock, Kind, Side, Standing, State};
use domain::{Priority, Role};
use serde::{Deserialize, Serialize};

use crate::{AppointmentView, LikeLine, MissingItem, SavedView, SheetView, StateCount};

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
    /// What was searched for.
    pub words: String,
    pub patients: Vec<Choice>,
}

/// A line of a worklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistLine {
    pub id: String,
    pub reference: String,
    pub patient: String,
    pub birth_date: String,
    pub service: String,
    pub kind: Kind,
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
    /// The patient said that they come to the booked visit.
    #[serde(default)]
    pub is_coming: bool,
}

/// A worklist: what one side of an organisation has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistPage {
    pub lines: Vec<WorklistLine>,
    pub counts: Vec<StateCount>,
    pub services: Vec<Choice>,
    pub sites: Vec<Choice>,
    /// Filters that this reader can use by name.
    pub views: Vec<SavedView>,
    /// Whether this reader may keep filters for everybody.
    pub may_share: bool,
    /// Colleagues to whom referrals can be given; empty where that is not for this reader.
    pub colleagues: Vec<Choice>,
    /// Whether this reader may hand everything of one colleague to another.
    pub may_hand_over: bool,
    /// What colleagues ask of this reader.
    pub tasks: Vec<TaskLine>,
    /// Follow-ups whose day has passed.
    #[serde(default)]
    pub overdue: Vec<crate::OverdueLine>,
    /// Key of the next page, if there is one.
    pub next: Option<String>,
}

/// Words between colleagues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteLine {
    pub when: String,
    pub who: String,
    /// Both sides read it.
    pub is_shared: bool,
    pub text: String,
    /// What came with it.
    #[serde(default)]
    pub documents: Vec<DocumentLine>,
    /// Colleagues of the reader who are asked to act on it, and when they had done so.
    #[serde(default)]
    pub asked: Vec<(String, Option<String>)>,
}

/// Something that a colleague asks of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskLine {
    pub id: String,
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub text: String,
    pub asked_by: String,
    pub when: String,
    /// Empty: one person asks another.
    pub kind: String,
    /// The message that did not arrive.
    pub message: Option<String>,
}

/// What became of one act on many referrals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkOutcome {
    pub done: usize,
    pub refused: Vec<BulkRefusal>,
}

/// A referral that was left as it is, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRefusal {
    pub reference: String,
    pub why: Why,
}

/// Why one of many was left as it is. The pages have the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    NotYourRole,
    Conflict(crate::Conflict),
    TooMany {
        wait_min: u32,
    },
    /// What has to be put right.
    Fields {
        remedies: Vec<String>,
    },
}

/// One clock of a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockLine {
    pub clock: Clock,
    pub due: String,
    pub met: Option<String>,
    pub standing: Standing,
    /// Whole days for which it stood still; 0 for less.
    pub waited_days: i64,
}

/// Another referral that belongs to this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedLine {
    pub id: String,
    pub reference: String,
    pub service: String,
    pub state: State,
    /// It came before this one; else it continues it.
    pub is_before: bool,
    /// It goes on beside this one; else one continues the other.
    #[serde(default)]
    pub is_beside: bool,
    /// The reader may look into it.
    #[serde(default)]
    pub is_visible: bool,
    /// Somebody linked the two as the same need; neither continues the other.
    #[serde(default)]
    pub is_linked: bool,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    pub when: String,
    pub who: String,
    /// Event kind: referral_accepted, …
    pub kind: String,
    /// To whom or where, when the event says so.
    pub to: Option<String>,
    /// The coded reason, in the words of then.
    #[serde(default)]
    pub reason: Option<String>,
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
    /// unscanned, waiting, clean, infected.
    #[serde(default)]
    pub scan: String,
    /// 1 for the first; each time the same document is added again, one more.
    #[serde(default)]
    pub version: i64,
    /// Code of who reads it: all, staff (of both sides), own (the side that added it).
    #[serde(default)]
    pub readers: String,
    /// The version before it.
    #[serde(default)]
    pub replaces: Option<String>,
}

/// A note or report of the specialist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    pub interim: bool,
    pub when: String,
    pub who: String,
    pub text: String,
    pub acknowledged: Option<String>,
    /// What came with it.
    #[serde(default)]
    pub documents: Vec<DocumentLine>,
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReferralPage {
    pub id: String,
    /// On which side the reader stands.
    pub side: Side,
    pub kind: Kind,
    /// Whether the patient is shown it.
    pub patient_sees: bool,
    /// Whether the specialist may make a referral of a request for advice.
    pub may_turn: bool,
    /// Whether the best time is held for the patient when it is accepted, where that can be decided now.
    #[serde(default)]
    pub holds_at_acceptance: bool,
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
    /// "3 Mar, 2:15pm": the post brought a letter back from that address.
    #[serde(default)]
    pub address_returned: Option<String>,
    /// That they have died.
    #[serde(default)]
    pub died: Option<crate::DiedView>,
    /// From whom it came, when it was keyed in.
    pub outside: Option<crate::OutsideView>,
    /// Which services the patient chose from, and why.
    pub choice: Option<crate::ChoiceView>,
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
    pub sheet: SheetView,
    pub appointment: Option<AppointmentView>,
    pub reports: Vec<ReportLine>,
    pub history: Vec<HistoryLine>,
    /// Acts that this person may do now.
    pub acts: Vec<Act>,
    pub suggestion: Option<UrgencySuggestion>,
    pub survey: Option<String>,
    pub messages: Vec<MessageLine>,
    pub clocks: Vec<ClockLine>,
    pub related: Vec<RelatedLine>,
    /// Open referrals that look like the same need.
    #[serde(default)]
    pub alike: Vec<LikeLine>,
    pub notes: Vec<NoteLine>,
    /// Colleagues of the reader's own side, who can be asked something.
    pub own_side: Vec<Choice>,
    /// Colleagues to whom it can be given; empty when this person cannot.
    pub colleagues: Vec<Choice>,
    /// Services to which it can move: of this organisation, and of others.
    pub services_here: Vec<Choice>,
    pub services_elsewhere: Vec<Choice>,
    /// Reasons and canned replies of the reader's own organisation.
    /// Visits, tests and referrals that are to come under this one, or were.
    pub follow_ups: Vec<crate::FollowUpLine>,
    /// What comes after acceptance, and which test or which colleague that is.
    pub next_step: Option<domain::referral::NextStep>,
    pub next_step_note: Option<String>,
    /// Colleagues with sessions for this service, to be named for a visit.
    pub diaries: Vec<Choice>,
    /// Kinds of visit of the service's sessions, for whoever decides.
    #[serde(default)]
    pub visit_kinds: Vec<String>,
    pub reasons: Vec<crate::ReasonChoice>,
    pub replies: Vec<crate::ReplyChoice>,
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
    /// Whom the referral is about, and its reference: "Hale, Margaret, WM-AAAA-BBBB". Empty on the page of one referral.
    #[serde(default)]
    pub about: String,
}

/// The message log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLog {
    pub lines: Vec<MessageLine>,
    pub next: Option<String>,
}

/// How sending goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingPage {
    /// How far back it counts.
    pub days: u32,
    /// What should have left long ago: an alarm.
    pub late: Vec<LateMessages>,
    pub channels: Vec<ChannelFigures>,
    /// Messages that somebody has to see to.
    pub open: u64,
}

/// Messages of one channel that should have left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateMessages {
    pub channel: String,
    pub count: u64,
    pub oldest_min: u64,
}

/// What came of one channel's messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelFigures {
    pub channel: String,
    pub delivered: u64,
    /// Left; no receipt yet.
    pub sent: u64,
    pub waiting: u64,
    pub failed: u64,
    pub unknown: u64,
    pub withheld: u64,
    /// Text messages paid for.
    pub segments: u64,
}

/// One message with all that happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageTrace {
    pub line: MessageLine,
    pub subject: String,
    pub body: String,
    /// "3 Mar, 2:15pm · handed over · accepted by the provider".
    pub attempts: Vec<(String, String, String)>,
    /// It did not arrive, and can be sent once more.
    pub may_send_again: bool,
    /// It has not left, and can be taken back.
    pub may_take_back: bool,
    /// When it is due, while it waits: "3 Mar, 2:15pm".
    pub due: Option<String>,
    /// Version of its words; none: the product's own.
    pub words_version: Option<i64>,
    /// Tag of the language that they are in.
    pub language: Option<String>,
    /// How many text messages it took, and in which encoding.
    pub segments: Option<(i64, String)>,
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
    /// 2: every other week.
    #[serde(default)]
    pub every_weeks: i64,
    /// Single dates in words.
    #[serde(default)]
    pub dates: Vec<String>,
    #[serde(default)]
    pub step_min: Option<i64>,
    #[serde(default)]
    pub buffer_before_min: i64,
    #[serde(default)]
    pub buffer_after_min: i64,
    #[serde(default)]
    pub daily_limit: Option<i64>,
    #[serde(default)]
    pub notice_min: Option<i64>,
    /// Kinds of visit with their minutes.
    #[serde(default)]
    pub visits: Vec<(String, i64)>,
    #[serde(default)]
    pub site: Option<String>,
    /// Further clinicians of whom any one will do.
    #[serde(default)]
    pub pool: Vec<String>,
    /// Rooms and machines; of each list one.
    #[serde(default)]
    pub also: Vec<Vec<String>>,
    /// Whose it is, where it is not of whoever's page it stands on.
    #[serde(default)]
    pub of: Option<String>,
    /// It is stored with something that no form takes, so no times come of it.
    #[serde(default)]
    pub unsound: bool,
}

/// What can be chosen for a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionChoices {
    pub services: Vec<Choice>,
    pub sites: Vec<Choice>,
    /// Other clinicians, rooms and machines of the organisation.
    pub clinicians: Vec<Choice>,
    pub rooms: Vec<Choice>,
    pub machines: Vec<Choice>,
}

/// A weekly session that is to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulePage {
    /// Whose page one came from.
    pub resource: String,
    /// Whose session it is.
    pub name: String,
    pub zone: String,
    pub line: RuleLine,
    /// As it is now.
    pub input: crate::RuleInput,
    pub choices: SessionChoices,
}

/// Where hours of a calendar file are taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursPage {
    pub resource: String,
    pub name: String,
    pub services: Vec<Choice>,
}

/// What of a calendar file would be taken in; nothing is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursPreview {
    /// To send along when it is meant.
    pub hours: String,
    pub sessions: Vec<RuleLine>,
    /// Days on which one of the sessions does not take place, in words.
    pub closed: Vec<String>,
    /// Leave in words.
    pub away: Vec<String>,
}

/// A calendar and how fresh it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarLine {
    pub id: String,
    pub name: String,
    /// file, feed or caldav.
    pub kind: String,
    pub whose: Option<String>,
    pub fresh: String,
    /// When it is read next, of a subscribed one.
    pub next: Option<String>,
    pub error: Option<String>,
    /// What is known is older than its rule allows.
    pub stale: bool,
    pub rule: crate::CalendarRuleInput,
    /// It comes over http://, which everybody on the way can read.
    #[serde(default)]
    pub is_plain: bool,
    /// With which it is read, of a CalDAV collection.
    #[serde(default)]
    pub username: String,
    /// The server that it is read from, as `calendar.example.org`; empty: it is a file.
    #[serde(default)]
    pub host: String,
}

/// A line of a clinician's diary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiaryLine {
    pub day: String,
    pub clock: String,
    pub what: String,
    pub referral: Option<String>,
    /// booked, held, offered, seen, missed, busy, leave.
    pub kind: String,
    /// When it begins, in milliseconds since 1970: what a day is put in order by.
    #[serde(default)]
    pub at: i64,
}

/// A clinician's availability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailabilityPage {
    pub resource: String,
    pub name: String,
    pub zone: String,
    pub resources: Vec<Choice>,
    pub choices: SessionChoices,
    pub rules: Vec<RuleLine>,
    pub calendars: Vec<CalendarLine>,
    pub today: String,
    pub leave: Vec<LeaveLine>,
    pub week: WeekView,
    /// clinician, room or machine.
    pub kind: String,
    pub settings: crate::ResourceInput,
    /// Visits that are still to be rebooked.
    pub to_rebook: u64,
    /// Visits to come that new clock rules have moved.
    #[serde(default)]
    pub moved: u64,
    /// Whether rooms and machines can be added here.
    pub may_add: bool,
    /// Whether whoever looks may have a private feed of it.
    #[serde(default)]
    pub may_have_feed: bool,
    /// How each service books; only for whoever may change it.
    pub bookings: Vec<(Choice, crate::ServiceBookingInput)>,
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
    /// Reasons that were given, by act, the most frequent first.
    pub reasons: Vec<crate::ReasonCount>,
    /// Offers of the waiting list in the last year, by group.
    #[serde(default)]
    pub offers: Vec<crate::OfferGroup>,
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
    /// `YYYY-MM-DD`: the last day of a locum.
    pub last_day: Option<String>,
    /// The last days of single roles.
    #[serde(default)]
    pub role_days: Vec<(Role, String)>,
}

/// One audit event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    pub when: String,
    pub who: String,
    /// Our verb: find, accept, …
    pub action: String,
    /// referral, patient, …
    pub entity: String,
    /// Of a referral of theirs.
    pub reference: Option<String>,
    pub is_refused: bool,
}

/// A page of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub lines: Vec<AuditLine>,
    /// Key of the next page, if there is one.
    pub next: Option<String>,
}

/// A service in the administrator's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLine {
    pub id: String,
    pub name: String,
    pub team: String,
    pub site: Option<String>,
    pub required: Vec<String>,
    pub active: bool,
}

/// One clock as a form shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockField {
    /// Name as in `domain::referral::Clocks::DURATIONS`.
    pub name: String,
    /// As it is set here; empty: as elsewhere.
    pub days: String,
    /// What holds when it is not set here.
    pub otherwise: u32,
}

/// What an administrator changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLine {
    pub when: String,
    pub who: String,
    pub entity: String,
    pub what: String,
    pub field: String,
    pub before: String,
    pub after: String,
}

/// The form of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceForm {
    /// Empty: a new one.
    pub id: String,
    pub input: crate::ServiceInput,
    pub clocks: Vec<ClockField>,
    pub sites: Vec<Choice>,
    /// Names of the teams that there are.
    #[serde(default)]
    pub teams: Vec<String>,
    pub people: Vec<Choice>,
    pub changes: Vec<ChangeLine>,
}

/// The form of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationForm {
    pub input: crate::OrganisationInput,
    pub clocks: Vec<ClockField>,
    pub people: Vec<Choice>,
    pub changes: Vec<ChangeLine>,
}

/// A step of setting an organisation up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupLine {
    pub step: String,
    pub is_done: bool,
    /// It is done here, and somebody else has yet to do their part: an invitation that was not taken up.
    #[serde(default)]
    pub is_waiting: bool,
    /// It can be left out.
    pub is_optional: bool,
    /// Id of the service that it is about, when there is one.
    pub service: Option<String>,
    /// What of it is there already while the rest is not: `name`.
    #[serde(default)]
    pub has: Option<String>,
}

/// The administrator's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminPage {
    pub organisation: String,
    pub services: Vec<ServiceLine>,
    /// What stands between a fresh organisation and its first referral, in order.
    pub setup: Vec<SetupLine>,
    pub people: Vec<PersonLine>,
    pub calendars: Vec<CalendarLine>,
    pub resources: Vec<Choice>,
    /// Who accepted responsibility for urgency suggestions, and when; `None`: they are off.
    pub urgency_accepted: Option<String>,
}

/// A visit that leave or a closed day would break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenVisit {
    pub referral: String,
    pub patient: String,
    pub reference: String,
    pub when: String,
    /// Held and not yet booked.
    pub held: bool,
    /// Held because the clinic, or the waiting list, offered it.
    #[serde(default)]
    pub offered: bool,
}

/// What leave would break, before it is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeavePreview {
    /// To send along when these are meant to be cancelled.
    pub seen: String,
    pub visits: Vec<BrokenVisit>,
    /// Whoever saves gives back no time of a patient: visits stay booked and are listed, whatever is chosen.
    #[serde(default)]
    pub only_lists: bool,
}

/// What became of entering leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum LeaveOutcome {
    /// Saved; so many booked visits were cancelled, and so many offered times taken back.
    Saved {
        cancelled: u64,
        #[serde(default)]
        taken_back: u64,
    },
    /// Saved; so many visits stay booked, and are listed until somebody has decided; so many offered times were taken back.
    Kept {
        listed: u64,
        #[serde(default)]
        taken_back: u64,
    },
    /// Not saved yet: these would break.
    Preview(LeavePreview),
}

/// A visit that was broken and has no other time yet, or that is booked and in doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebookingLine {
    /// Of the list.
    pub id: String,
    /// It is still booked: somebody has to decide.
    pub is_booked: bool,
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub service: String,
    /// With whom it was.
    pub with: String,
    pub was: String,
    /// Codes.
    pub state: String,
    pub priority: String,
    pub owner: String,
    pub next_action: String,
    pub due: String,
    pub overdue: bool,
    /// leave, closure, calendar, session, left or clock-rules.
    pub cause: String,
    pub entered_by: String,
    pub entered: String,
    /// What else is in the way, the newest first.
    #[serde(default)]
    pub further: Vec<RebookingCause>,
}

/// What is in the way of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebookingCause {
    /// leave, closure, calendar, session or left.
    pub cause: String,
    pub entered_by: String,
    pub entered: String,
}

/// Which part of the list of visits to rebook is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RebookingQuery {
    /// rebook: without a time; doubt: still booked; empty: both.
    pub show: String,
    /// So many lines come before the page.
    pub after: String,
}

/// What is still to be rebooked: patients without a time first, the latest and most urgent of them before the others, then
/// booked visits in doubt, the soonest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebookingPage {
    /// One page of them.
    pub lines: Vec<RebookingLine>,
    /// How many have no time, and how many are booked and in doubt, on all pages.
    pub to_rebook: u64,
    pub in_doubt: u64,
    /// How many lines come before the next page, where there is one.
    pub next: Option<u64>,
    /// Whoever looks may open the referrals and choose times.
    pub may_open: bool,
}

/// A visit that was moved because the clock rules of its place changed; its time on the clock is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedLine {
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub service: String,
    pub with: String,
    /// By the clock of its place.
    pub when: String,
    /// IANA name.
    pub zone: String,
    /// Instants by that clock, as `1 July 2027, 08:30 (UTC+01:00)`.
    pub from: String,
    pub to: String,
    /// Of the time zone data.
    pub edition: String,
    /// When that was.
    pub moved: String,
}

/// Visits to come that new clock rules have moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedPage {
    pub lines: Vec<MovedLine>,
}

/// Leave, or days on which one session does not take place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveLine {
    pub id: String,
    /// "Monday 3 August to Friday 14 August".
    pub when: String,
    /// The one session; `None`: all of them.
    pub session: Option<String>,
    /// The whole organisation is closed.
    #[serde(default)]
    pub is_everybody: bool,
    pub note: String,
    pub by: String,
}

/// Days on which the whole organisation is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedPage {
    pub lines: Vec<LeaveLine>,
    /// Holidays of the clocks to come on which times are still offered: YYYY-MM-DD, and in words.
    pub open_holidays: Vec<(String, String)>,
}

/// A session on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionBlock {
    pub times: String,
    pub service: String,
    pub site: Option<String>,
    /// It does not take place; why, as far as that was said.
    pub closed: Option<String>,
    /// The session's id, under which its form is found.
    #[serde(default)]
    pub rule: String,
    pub booked: u64,
    pub lines: Vec<DiaryLine>,
    /// When it begins, in milliseconds since 1970.
    #[serde(default)]
    pub at: i64,
}

/// A day of the week's view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekDay {
    /// YYYY-MM-DD.
    pub date: String,
    pub day: String,
    pub is_today: bool,
    pub sessions: Vec<SessionBlock>,
    /// Busy time, leave, and visits outside every session, by time.
    pub beside: Vec<DiaryLine>,
}

/// A week, or a day, of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekView {
    pub days: Vec<WeekDay>,
    /// YYYY-MM-DD.
    pub from: String,
    pub before: String,
    pub after: String,
    /// How fresh busy times are: the oldest calendar's line; `None` without a calendar.
    pub fresh: Option<String>,
    /// A calendar does not cover these days: nobody can book them.
    pub unknown: bool,
}

/// The day of a resource, for the screen and for paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayPage {
    pub resource: String,
    pub name: String,
    pub zone: String,
    pub week: WeekView,
    pub printed: String,
}
