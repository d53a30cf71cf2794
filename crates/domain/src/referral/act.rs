//! What can be done to a referral.

use crate::coded;

coded! {
    /// An act; its past tense is the event that it leaves.
    Act {
        Save = "save",
        Send = "send",
        Acknowledge = "acknowledge",
        Assign = "assign",
        Ask = "ask",
        Answer = "answer",
        Accept = "accept",
        Decline = "decline",
        Redirect = "redirect",
        Offer = "offer",
        /// A held time that was not confirmed goes back.
        Lapse = "lapse",
        Book = "book",
        Reschedule = "reschedule",
        CancelAppointment = "cancel-appointment",
        MarkNoShow = "no-show",
        RecordVisit = "record-visit",
        InterimNote = "interim-note",
        Report = "report",
        AcknowledgeReport = "acknowledge-report",
        Close = "close",
        Reopen = "reopen",
        RequestCancellation = "request-cancellation",
        ConfirmCancellation = "confirm-cancellation",
        Withdraw = "withdraw",
        Pause = "pause",
        Resume = "resume",
        EnterInError = "enter-in-error",
    }
}

impl Act {
    /// The event that the act leaves in the history.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Save => "referral_saved",
            Self::Send => "referral_sent",
            Self::Acknowledge => "referral_received",
            Self::Assign => "referral_assigned",
            Self::Ask => "information_asked",
            Self::Answer => "information_given",
            Self::Accept => "referral_accepted",
            Self::Decline => "referral_declined",
            Self::Redirect => "referral_redirected",
            Self::Offer => "appointment_held",
            Self::Lapse => "appointment_hold_lapsed",
            Self::Book => "appointment_booked",
            Self::Reschedule => "appointment_moved",
            Self::CancelAppointment => "appointment_cancelled",
            Self::MarkNoShow => "visit_missed",
            Self::RecordVisit => "visit_recorded",
            Self::InterimNote => "interim_note_written",
            Self::Report => "report_sent",
            Self::AcknowledgeReport => "report_acknowledged",
            Self::Close => "referral_closed",
            Self::Reopen => "referral_reopened",
            Self::RequestCancellation => "cancellation_requested",
            Self::ConfirmCancellation => "cancellation_confirmed",
            Self::Withdraw => "referral_withdrawn",
            Self::Pause => "referral_paused",
            Self::Resume => "referral_resumed",
            Self::EnterInError => "referral_entered_in_error",
        }
    }
}
