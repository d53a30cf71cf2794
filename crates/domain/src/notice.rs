//! What staff are told by mail: an occasion each, never anything clinical.

use crate::coded;

coded! {
    /// The occasion of a notice to a member of staff.
    StaffNotice {
        /// To the referrer: it was sent.
        Submitted = "submitted",
        /// To the coordinators: a new one waits.
        Arrived = "arrived",
        /// To the referrer: the service has it.
        Received = "received",
        /// To the referrer: a question to answer.
        InformationAsked = "information-asked",
        /// To the coordinators: the answer has come.
        InformationGiven = "information-given",
        /// To the referrer.
        Accepted = "accepted",
        /// To the referrer.
        Declined = "declined",
        /// To the referrer.
        Booked = "booked",
        /// To the referrer.
        BookingChanged = "booking-changed",
        /// To the referrer.
        BookingCancelled = "booking-cancelled",
        /// To the referrer: the patient did not come.
        Missed = "missed",
        /// To the referrer: an interim note.
        Note = "note",
        /// To the referrer: read and acknowledge it.
        ReportReady = "report-ready",
        /// To the referrer: their question was answered.
        AdviceGiven = "advice-given",
        /// To the coordinators: the report was acknowledged.
        Closed = "closed",
        /// To the coordinators: the referrer asks to cancel.
        CancellationAsked = "cancellation-asked",
        /// To the referrer.
        CancellationConfirmed = "cancellation-confirmed",
        /// To the coordinators: the referrer took it back.
        Withdrawn = "withdrawn",
        /// To the referrer: another service has it now.
        PassedOn = "passed-on",
        /// To the referrer: it was taken back as a mistake.
        EnteredInError = "entered-in-error",
        /// To the other side: there are words in the thread.
        Message = "message",
        /// To a colleague: something is asked of them.
        Asked = "asked",
        /// To whoever asked a colleague: it is done.
        AskedDone = "asked-done",
        /// To both sides: a document has malware in it.
        Infected = "infected",
        /// To the coordinators: the patient declined the time that was offered, or did not answer.
        OfferOver = "offer-over",
        /// To the coordinators: booked visits cannot, or perhaps cannot, take place.
        InDoubt = "in-doubt",
        /// To the coordinators: visits were moved, so that they stay at the same time on the clock.
        Replanned = "replanned",
        /// To a colleague: it is theirs now.
        Assigned = "assigned",
        /// To the owner: the due time has passed.
        Overdue = "overdue",
    }
}
