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
        /// Ends here; a new referral begins at a better service.
        Redirect = "redirect",
        /// On to another service of the same organisation, as the same referral.
        Forward = "forward",
        /// Staff or the waiting list put a time before the patient, held until it is answered.
        Offer = "offer",
        /// A person making up their mind has a time held for some minutes.
        Hold = "hold",
        /// A held time that was not confirmed goes back.
        Lapse = "lapse",
        Book = "book",
        Reschedule = "reschedule",
        /// No time is free while the visit should begin: the clinic finds one.
        PassBooking = "pass-booking",
        CancelAppointment = "cancel-appointment",
        Arrive = "arrive",
        MarkNoShow = "no-show",
        RecordVisit = "record-visit",
        InterimNote = "interim-note",
        Report = "report",
        /// Answers a request for advice: with advice, or that the patient should be referred.
        Advise = "advise",
        /// Ends a request for advice; a referral begins from it.
        TurnIntoReferral = "turn-into-referral",
        AcknowledgeReport = "acknowledge-report",
        Close = "close",
        Reopen = "reopen",
        RequestCancellation = "request-cancellation",
        ConfirmCancellation = "confirm-cancellation",
        Withdraw = "withdraw",
        Pause = "pause",
        /// Goes on where it is read and decided.
        Resume = "resume",
        /// Goes on where a time is chosen: it was accepted before the pause.
        ResumeToBook = "resume-to-book",
        /// Nobody acted in time: a named person is told and owns it.
        Escalate = "escalate",
        EnterInError = "enter-in-error",
        /// The side that sent it takes it up again: a new draft begins with its letter and documents.
        Resubmit = "resubmit",
        /// A referral of its own to another service, for the same patient, that stays linked to this one.
        ReferOn = "refer-on",
        /// A visit or test that is still to come under this referral.
        PlanFollowUp = "plan-follow-up",
        /// What became of it: booked, done, or not needed.
        SettleFollowUp = "settle-follow-up",
        /// No free time suits, or an earlier one is wanted: times that come free are offered. Joining again changes the wishes.
        /// What the patient needs at a visit, and when they like to come.
        NoteWishes = "note-wishes",
        JoinWaitingList = "join-waiting-list",
        LeaveWaitingList = "leave-waiting-list",
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
            Self::Forward => "referral_forwarded",
            Self::Offer => "appointment_offered",
            Self::Hold => "appointment_held",
            Self::Lapse => "appointment_hold_lapsed",
            Self::Book => "appointment_booked",
            Self::Reschedule => "appointment_moved",
            Self::PassBooking => "booking_passed",
            Self::CancelAppointment => "appointment_cancelled",
            Self::Arrive => "patient_arrived",
            Self::MarkNoShow => "visit_missed",
            Self::RecordVisit => "visit_recorded",
            Self::InterimNote => "interim_note_written",
            Self::Report => "report_sent",
            Self::Advise => "advice_given",
            Self::TurnIntoReferral => "advice_turned_into_referral",
            Self::AcknowledgeReport => "report_acknowledged",
            Self::Close => "referral_closed",
            Self::Reopen => "referral_reopened",
            Self::RequestCancellation => "cancellation_requested",
            Self::ConfirmCancellation => "cancellation_confirmed",
            Self::Withdraw => "referral_withdrawn",
            Self::Pause => "referral_paused",
            Self::Resume | Self::ResumeToBook => "referral_resumed",
            Self::Escalate => "referral_escalated",
            Self::EnterInError => "referral_entered_in_error",
            Self::Resubmit => "referral_resubmitted",
            Self::ReferOn => "referral_referred_on",
            Self::PlanFollowUp => "follow_up_planned",
            Self::SettleFollowUp => "follow_up_settled",
            Self::NoteWishes => "wishes_noted",
            Self::JoinWaitingList => "waiting_list_joined",
            Self::LeaveWaitingList => "waiting_list_left",
        }
    }
}
