//! Which forms a person gets: what is possible now, in the order in which it presses.

use domain::referral::{Act, Side, State};

/// What somebody can do on this page, in the order in which it presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Edit,
    AcknowledgeReport,
    ConfirmCancellation,
    Triage,
    Acknowledge,
    Answer,
    Report,
    Book,
    RecordVisit,
    Remind,
    Move,
    Wait,
    Wishes,
    NoShow,
    Note,
    AddDocument,
    CancelAppointment,
    Reopen,
    Resubmit,
    SettleFollowUp,
    PlanFollowUp,
    ReferOn,
    Close,
    Assign,
    Forward,
    Redirect,
    Pause,
    Resume,
    Arrive,
    RequestCancellation,
    Withdraw,
    EnterInError,
}

/// The forms for a state, a side and the acts allowed.
pub(super) fn forms(state: State, side: Side, acts: &[Act]) -> Vec<Form> {
    let can = |act: Act| acts.contains(&act);
    let receiving = side == Side::Receiving;
    let waits_for_patient = matches!(
        state,
        State::InfoNeeded
            | State::Accepted
            | State::Offered
            | State::AppointmentCancelled
            | State::NoShow
            | State::Booked
    );
    let books = receiving && can(Act::Book);
    // After acceptance a specialist may still decline; nobody is waited for to do so.
    let triages = can(Act::Accept) || can(Act::Ask);
    let seen = state == State::Seen;
    let all = [
        (Form::Edit, can(Act::Save)),
        (Form::AcknowledgeReport, can(Act::AcknowledgeReport)),
        (Form::ConfirmCancellation, can(Act::ConfirmCancellation)),
        (Form::Triage, triages),
        (Form::Acknowledge, can(Act::Acknowledge)),
        (Form::Answer, can(Act::Answer)),
        (Form::Report, seen && can(Act::Report)),
        (Form::Book, books && !seen),
        (Form::Resume, can(Act::Resume)),
        (Form::RecordVisit, can(Act::RecordVisit)),
        (Form::Arrive, can(Act::Arrive)),
        (Form::Remind, receiving && waits_for_patient),
        (Form::Book, books && seen),
        (Form::Move, receiving && can(Act::Reschedule) && !can(Act::Book)),
        (Form::Wait, receiving && (can(Act::JoinWaitingList) || can(Act::LeaveWaitingList))),
        (Form::Wishes, can(Act::NoteWishes)),
        (Form::NoShow, can(Act::MarkNoShow)),
        (Form::Report, !seen && can(Act::Report)),
        (Form::Note, can(Act::InterimNote)),
        (Form::AddDocument, !state.is_ended() && state != State::Draft),
        (Form::CancelAppointment, receiving && can(Act::CancelAppointment)),
        (Form::Triage, !triages && can(Act::Decline)),
        (Form::Reopen, can(Act::Reopen)),
        (Form::Resubmit, can(Act::Resubmit)),
        (Form::PlanFollowUp, can(Act::PlanFollowUp)),
        (Form::ReferOn, can(Act::ReferOn)),
        (Form::Assign, can(Act::Assign)),
        (Form::Forward, can(Act::Forward)),
        (Form::Redirect, can(Act::Redirect)),
        (Form::Pause, can(Act::Pause)),
        (Form::RequestCancellation, can(Act::RequestCancellation)),
        (Form::Withdraw, can(Act::Withdraw)),
        (Form::EnterInError, receiving && can(Act::EnterInError)),
    ];
    all.into_iter().filter(|(_, shown)| *shown).map(|(form, _)| form).collect()
}

/// Whether a form is what the person is waited for, so that it may stand open.
pub(super) fn pressing(form: Form, state: State) -> bool {
    match form {
        Form::Edit
        | Form::AcknowledgeReport
        | Form::ConfirmCancellation
        | Form::Triage
        | Form::Acknowledge
        | Form::Answer
        | Form::Book
        | Form::Resume
        | Form::RecordVisit => true,
        Form::Report => state == State::Seen,
        Form::Remind
        | Form::Move
        | Form::Wait
        | Form::Wishes
        | Form::NoShow
        | Form::Note
        | Form::AddDocument
        | Form::CancelAppointment
        | Form::Reopen
        | Form::Resubmit
        | Form::SettleFollowUp
        | Form::PlanFollowUp
        | Form::ReferOn
        | Form::Close
        | Form::Assign
        | Form::Forward
        | Form::Redirect
        | Form::Pause
        | Form::Arrive
        | Form::RequestCancellation
        | Form::Withdraw
        | Form::EnterInError => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Role;
    use domain::referral::acts_for;

    fn first(state: State, side: Side, role: Role) -> Option<Form> {
        forms(state, side, &acts_for(state, role)).first().copied()
    }

    #[test]
    fn the_first_form_is_what_the_person_is_waited_for() {
        use Form::*;
        use Side::{Receiving, Referring};
        for (state, side, role, expected) in [
            (State::Draft, Referring, Role::Referrer, Some(Edit)),
            (State::Received, Receiving, Role::Specialist, Some(Triage)),
            (State::Accepted, Receiving, Role::Coordinator, Some(Book)),
            (State::Accepted, Receiving, Role::Specialist, Some(Book)),
            (State::Booked, Receiving, Role::Specialist, Some(RecordVisit)),
            (State::Seen, Receiving, Role::Specialist, Some(Report)),
            (State::OutcomeReceived, Referring, Role::Referrer, Some(AcknowledgeReport)),
            (State::CancelRequested, Receiving, Role::Coordinator, Some(ConfirmCancellation)),
            (State::Cancelled, Receiving, Role::Coordinator, None),
        ] {
            assert_eq!(first(state, side, role), expected, "{state} {role}");
        }
    }

    #[test]
    fn the_referring_side_neither_books_nor_reminds() {
        let shown = forms(State::Accepted, Side::Referring, &acts_for(State::Accepted, Role::Referrer));
        assert!(!shown.contains(&Form::Book) && !shown.contains(&Form::Remind), "{shown:?}");
    }
}
