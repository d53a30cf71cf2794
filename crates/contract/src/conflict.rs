//! What is in the way of an act that was possible when its form was made. The pages have the words.

use domain::referral::State;
use domain::to_many::Stage;
use serde::{Deserialize, Serialize};

/// A named conflict with what is already so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "conflict", rename_all = "kebab-case")]
#[error("{self:?}")]
pub enum Conflict {
    /// The referral is in a state in which this cannot be done.
    State {
        state: State,
    },
    /// Somebody else changed it since the form was made.
    Stale,
    /// Somebody else changed a message's words since the form was made.
    WordsChanged,
    /// The same request was sent before with other contents.
    KeyReused,
    SlotTaken,
    HoldLapsed,
    /// The clinic's calendar could not be read, so nothing is promised.
    CalendarUnknown,
    NoBookedTime,
    /// A message cannot be sent once more, or taken back, as it is now.
    NothingToSend,
    /// The patient can choose a time after all, so the clinic need not find one.
    TimesFree,
    /// The record says that the patient has died.
    PatientDied,
    /// What is confirmed is not the preview that is kept.
    PreviewChanged,
    /// A sending to many is not where this could be done: somebody else was quicker.
    SendingMoved {
        stage: Stage,
    },
    /// Nobody would get it.
    NobodyToSendTo,
    /// A preview holds for a day.
    PreviewOld,
    /// A test comes before the visit, so the patient chooses no time yet.
    TestFirst,
    /// There will be advice, and no visit.
    AdviceOnly,
    /// The appointment is on another day than the arrival.
    VisitOtherDay,
    VisitNotBegun,
    /// What was written says that the patient was seen, and the appointment has not begun.
    VisitToCome {
        when: String,
    },
    /// Somebody else than whoever answers was asked.
    OthersAsked,
    /// The service takes no referrals any more.
    ServiceClosed,
    /// No final report was acknowledged.
    ReportUnread,
    /// A referrer with an account closes it by acknowledging the report.
    ReferrerCloses,
    /// The referrer has not agreed that the specialist makes a referral of the question.
    TurningNotAgreed,
    /// Somebody else has said what became of the follow-up.
    FollowUpSettled,
    RemindedToday,
    NothingToRemind,
    DelegationEnded,
    /// Somebody else has reviewed the emergency access.
    ReviewedMeanwhile,
    SurveyAnswered,
    DocumentInfected,
    DocumentBeingChecked,
    /// The documents are larger together than one download may be.
    RecordTooLarge {
        limit_mib: u64,
    },
    /// Something else depends on what was to be changed; what to do about each.
    DependedOn {
        remedies: Vec<String>,
    },
}
