//! What people do to referrals, one file for each act or reading.

mod accept;
mod acknowledge;
mod advice;
mod answer;
mod ask;
mod assign;
mod bulk;
mod cancel;
mod chase;
mod close;
mod decline;
mod delegates;
mod documents;
mod draft;
mod enclose;
mod escalate;
mod follow_up;
mod key_in;
mod likeness;
mod meanwhile;
mod pass_on;
mod pause;
mod read;
mod record;
mod refer_on;
mod remind;
mod report;
mod send;
pub(crate) mod sheet;
mod shortlist;
mod thread;
mod triage;
mod views;
mod visit;
pub(crate) mod worklist;

pub use acknowledge::acknowledge;
pub use advice::{advise, turn_into_referral};
pub use answer::answer;
pub use assign::{assign, assign_all, hand_over, owned};
pub use cancel::{confirm_cancellation, enter_in_error, reopen, request_cancellation, withdraw};
pub(crate) use chase::{answer_need, can_answer_need, chase_due, follow as follow_waiting, wait_anew};
pub use close::{acknowledge_report, close_early};
pub(crate) use delegates::in_name;
pub use delegates::{Whose, delegates, end_delegation, name_delegate};
pub use documents::{Added, KINDS, NewDocument, add_document, fetch_document};
pub(crate) use documents::{accepts, document_of, scan_waiting};
pub use draft::{begin, begin_page, completeness, save};
pub(crate) use escalate::{escalate_overdue, lead};
pub(crate) use follow_up::child_moved;
pub use follow_up::{plan_follow_up, settle_follow_up};
pub(crate) use key_in::is_outside;
pub use key_in::{alike, alike_here, close_for_outside, key_in, key_in_page, key_in_with, register_patient};
pub use likeness::{Verdict, compare_page, judge};
pub use meanwhile::meanwhile;
pub(crate) use meanwhile::pieces;
pub use pass_on::{forward, redirect, resubmit};
pub use pause::{pause, resume};
pub use read::{after_acceptance, detail, watch};
pub(crate) use read::{colleagues, page_of};
pub use record::{RECORD_BYTES, RecordFile, document_file, may_record, record, record_files};
pub use refer_on::refer_on;
pub use remind::{remind, remind_all};
pub use report::{note, report};
pub(crate) use send::after_send;
pub use send::send;
pub use shortlist::{compare, find_services};
pub(crate) use shortlist::{count_waits, home};
pub use store::referrals::Side as ListSide;
pub use thread::{finish_task, write_note};
pub use triage::{triage, triage_with};
pub use views::{remove_view, rename_view, save_view};
pub use visit::{arrive, mark_no_show, record_visit};
pub use worklist::{chosen, worklist, worklist_sent};

use contract::FieldError;

use crate::ServiceError;

/// Longest letter, comment or report, in characters.
pub const LONGEST_TEXT: usize = 20_000;

/// Text that must be there and not be too long.
pub(crate) fn required_text<'a>(field: &str, text: &'a str, remedy: &str) -> Result<&'a str, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ServiceError::Invalid(vec![FieldError::new(field, remedy)]));
    }
    fitting_text(field, text)
}

/// What is wrong with a form, gathered so that all of it is said at once.
#[derive(Debug, Default)]
pub(crate) struct Wrong(Vec<FieldError>);

impl Wrong {
    /// What was read; where a field is wrong, nothing in its place, and [`Self::or_on`] refuses. Any other error is
    /// given back at once.
    pub fn unless<T: Default>(&mut self, read: Result<T, ServiceError>) -> Result<T, ServiceError> {
        match read {
            Err(ServiceError::Invalid(fields)) => {
                self.0.extend(fields);
                Ok(T::default())
            }
            other => other,
        }
    }

    /// Goes on if nothing was wrong.
    pub fn or_on(self) -> Result<(), ServiceError> {
        if self.0.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(self.0)) }
    }
}

/// Text that may be empty but not too long.
pub(crate) fn fitting_text<'a>(field: &str, text: &'a str) -> Result<&'a str, ServiceError> {
    let text = text.trim();
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        return Err(ServiceError::invalid(
            field,
            format!(
                "This is {length} characters long. Shorten it to {LONGEST_TEXT}, or attach it as a document."
            ),
        ));
    }
    Ok(text)
}
