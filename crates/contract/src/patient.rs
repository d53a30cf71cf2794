//! Read models of the patient's pages.

use domain::referral::State;
use serde::{Deserialize, Serialize};

/// The one thing that the patient can do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatientStep {
    ChooseTime,
    ConfirmTime,
    SendDocument,
    AnswerSurvey,
    /// Nothing; we do the next step.
    Wait,
}

/// One referral, as its card on the first screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    pub referral: String,
    pub reference: String,
    /// Rises with each change; the page compares it to know whether it is up to date.
    pub version: i64,
    pub clinic: String,
    pub place: String,
    pub state: State,
    /// "Friday 6 March": by when the next step is due; empty when ended.
    pub by: String,
    pub overdue: bool,
    pub step: PatientStep,
    /// What comes after acceptance, and which test or which colleague that is.
    #[serde(default)]
    pub next_step: Option<domain::referral::NextStep>,
    #[serde(default)]
    pub next_step_note: Option<String>,
    /// What a member of staff wrote for the patient, with a question or a decline.
    pub line: Option<String>,
    /// Team or person that looks after it.
    pub owner: String,
    pub phone: Option<String>,
    /// The booked time; before anything is booked, the held one.
    pub appointment: Option<AppointmentView>,
    /// The time that is held now and waits to be confirmed, also beside a booked one that it would replace.
    #[serde(default)]
    pub held: Option<AppointmentView>,
    /// What the clinic offered, where another time is held beside it: kept until that one is confirmed.
    #[serde(default)]
    pub kept_offer: Option<AppointmentView>,
    /// They are on the waiting list for other times.
    #[serde(default)]
    pub waiting: Option<crate::OnWaitingList>,
    pub timeline: Vec<TimelineEntry>,
    /// Documents that are asked for and not there yet.
    pub missing: Vec<MissingItem>,
    /// "12 Feb, 9:03am": when this was read.
    pub updated: String,
}

/// A held or booked time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentView {
    /// Names it when it is confirmed or given back.
    #[serde(default)]
    pub id: String,
    /// "Tuesday 3 March, 2:15pm".
    pub when: String,
    pub length_min: i64,
    pub who: String,
    pub place: String,
    pub address: Option<String>,
    /// Address of a map of the place.
    #[serde(default)]
    pub map: Option<String>,
    pub bring: Option<String>,
    pub held: bool,
    /// Seconds since 1970 UTC when a held time goes back.
    pub hold_expires: Option<i64>,
    /// "Thursday 5 March, 5pm": the clinic offers this time and waits for an answer until then.
    #[serde(default)]
    pub answer_by: Option<String>,
    /// "Thursday 5 March, 5pm": when the patient said that they come.
    #[serde(default)]
    pub confirmed: Option<String>,
    /// The patient is asked whether they come: it is booked, not far ahead, and they have not said so.
    #[serde(default)]
    pub asks: bool,
}

/// What a link asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedPage {
    /// Code of the question: `visit`, `still-needed`.
    pub question: String,
    pub organisation: String,
    pub phone: Option<String>,
    /// "Tuesday 3 March, 2:15pm": the visit that is asked about.
    pub when: String,
    /// It was answered with yes before.
    pub answered: bool,
}

/// Where a line of the timeline stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimelineKind {
    #[default]
    Past,
    Next,
    Then,
}

domain::coded! {
    /// What a line of the timeline says. The pages have the words.
    TimelineSays {
        ReferrerSent = "referrer-sent",
        Received = "received",
        Asked = "asked",
        Answered = "answered",
        Accepted = "accepted",
        AcceptedUrgent = "accepted-urgent",
        AcceptedSoon = "accepted-soon",
        Declined = "declined",
        MovedOn = "moved-on",
        TimeOffered = "time-offered",
        TimeBooked = "time-booked",
        TimeChanged = "time-changed",
        TimeCancelled = "time-cancelled",
        Missed = "missed",
        Seen = "seen",
        ReportSent = "report-sent",
        ReportRead = "report-read",
        Finished = "finished",
        Reopened = "reopened",
        CancellationAsked = "cancellation-asked",
        Cancelled = "cancelled",
        Paused = "paused",
        Reminded = "reminded",
        Confirmed = "confirmed",
        BookingPassed = "booking-passed",
        WaitingListJoined = "waiting-list-joined",
        WaitingListLeft = "waiting-list-left",
        // What comes next.
        TheyConfirm = "they-confirm",
        TheyDecide = "they-decide",
        YouChoose = "you-choose",
        ReferrerAnswers = "referrer-answers",
        YouAnswer = "you-answer",
        TestFirst = "test-first",
        AdviceOnly = "advice-only",
        VisitThenReport = "visit-then-report",
        YouConfirm = "you-confirm",
        Visit = "visit",
        ReportToDoctor = "report-to-doctor",
        ReportWritten = "report-written",
        DoctorReads = "doctor-reads",
        DoctorReadsReport = "doctor-reads-report",
        ClinicCancels = "clinic-cancels",
        ClinicReviews = "clinic-reviews",
        ClinicFinds = "clinic-finds",
    }
}

/// A line of the timeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// "12 Feb"; of what comes next the kind says it.
    pub when: String,
    /// The words, for bundles from before `says`.
    pub what: String,
    /// Code of a [`TimelineSays`]: a text, so that a bundle which does not know it shows `what`.
    #[serde(default)]
    pub says: String,
    /// The person, house, test or time that the words name.
    #[serde(default)]
    pub name: String,
    pub detail: Option<String>,
    pub kind: TimelineKind,
}

/// Something that is asked for and not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingItem {
    pub code: String,
    pub label: String,
    pub remedy: String,
}

/// The first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientHome {
    pub first_name: String,
    /// Most pressing first.
    pub cards: Vec<StatusView>,
    /// Referrals of which they were asked whether they still need it and have not said: id and clinic.
    #[serde(default)]
    pub needs: Vec<(String, String)>,
    /// Who opened the record in an emergency in the last weeks: their name, and the day in words.
    #[serde(default)]
    pub emergencies: Vec<(String, String)>,
    pub vapid_public_key: Option<String>,
}

/// A time that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOffer {
    pub resource: String,
    /// RFC 3339, UTC.
    pub start: String,
    /// "2:15pm", with a note when the clocks change that night.
    pub clock: String,
    /// "Tuesday 3 March".
    pub day: String,
    /// YYYY-MM-DD, local.
    pub date: String,
    pub who: String,
    /// Where, if the service is at several places.
    #[serde(default)]
    pub place: Option<String>,
    /// "earliest free time"; only the best three have one.
    pub reason: Option<String>,
}

/// The page on which a time is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimesPage {
    pub referral: String,
    /// For whom, with the date of birth, as staff read it.
    pub patient: String,
    pub clinic: String,
    pub place: String,
    pub address: Option<String>,
    pub length_min: i64,
    /// The longest, where some of the times are longer.
    #[serde(default)]
    pub longest_min: Option<i64>,
    /// Nobody sees people for this clinic and kind of visit at all.
    #[serde(default)]
    pub no_sessions: bool,
    /// The patient is on the waiting list.
    #[serde(default)]
    pub waits: bool,
    pub bring: Option<String>,
    pub phone: Option<String>,
    /// Best first, at most three.
    pub best: Vec<TimeOffer>,
    /// All offers of the span, by start.
    pub all: Vec<TimeOffer>,
    /// Where to go on (YYYY-MM-DD), if there may be more.
    pub more_from: Option<String>,
    /// The time that is held now, if one is; of two the one that was chosen last.
    pub held: Option<AppointmentView>,
    /// What the clinic offered, where another time is held beside it: kept until that one is confirmed.
    #[serde(default)]
    pub kept_offer: Option<AppointmentView>,
    /// The time that is booked and would be changed.
    pub booked: Option<AppointmentView>,
    /// What times can be narrowed to.
    #[serde(default)]
    pub clinicians: Vec<crate::Choice>,
    #[serde(default)]
    pub sites: Vec<crate::Choice>,
    #[serde(default)]
    pub languages: Vec<crate::Choice>,
    /// For staff: the kinds of visit that the service has, and the one whose times are shown, if one is planned.
    #[serde(default)]
    pub kinds: Vec<String>,
    #[serde(default)]
    pub kind: String,
    /// Until when the visit should have begun, if the service says so.
    #[serde(default)]
    pub window_ends: Option<String>,
    /// Whether a time is free within that; where the service says nothing, whether one is free at all.
    #[serde(default)]
    pub in_window: bool,
    /// That moment is past.
    #[serde(default)]
    pub window_over: bool,
    /// The clinic looks for a time.
    #[serde(default)]
    pub clinic_books: bool,
    /// For staff: clinicians whose calendar was not read for longer than its rule allows.
    #[serde(default)]
    pub outdated: Vec<String>,
    /// For staff: times of the span that others have, which can be booked beyond the capacity.
    #[serde(default)]
    pub taken: Vec<TimeOffer>,
}

/// The question what a patient needs at a visit, with what is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WishesForm {
    pub referral: String,
    /// For whom, as staff read it.
    pub patient: String,
    pub clinic: String,
    pub now: crate::WishesInput,
    pub may_change: bool,
}

/// What became of an attempt to hold a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum HoldOutcome {
    Held {
        appointment: AppointmentView,
    },
    /// Somebody was quicker; these are still free.
    Taken {
        wanted: String,
        alternatives: Vec<TimeOffer>,
    },
}

/// A message as the patient sees it on "What we sent you".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMessage {
    pub when: String,
    /// Channel code.
    pub channel: String,
    pub address: String,
    pub subject: String,
    pub body: String,
    /// Delivery state code.
    pub state: String,
}

/// A line of "Who looked".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLine {
    pub when: String,
    pub who: String,
    pub organisation: String,
    pub what: String,
}

/// The survey page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyPage {
    pub referral: String,
    pub clinic: String,
    pub answered: bool,
}

/// How a patient wants to be reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReachInput {
    /// Channel code; empty: no matter.
    pub prefers: String,
    /// IANA zone; empty: the clinic's.
    pub zone: String,
    /// Channel codes that they want no more of, separated by commas.
    pub stopped: String,
    /// `stopped` as the form had it: what is as it was says nothing, and lifts no stop that came meanwhile.
    pub was: String,
}

/// One way to a patient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachWay {
    pub channel: String,
    /// Masked.
    pub address: String,
    pub stopped: bool,
}

/// The patient's ways, and what they have chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachForm {
    pub ways: Vec<ReachWay>,
    pub has_notices: bool,
    pub has_letters: bool,
    pub now: ReachInput,
}
