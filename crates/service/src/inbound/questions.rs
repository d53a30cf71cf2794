//! What whoever texts was asked, and has not answered.

use chrono::Duration;
use domain::delivery::Channel;
use domain::referral::State;
use domain::reply_words::Question;
use domain::{OrganisationId, PatientId, ReferralId};
use store::entity::{message, patient};
use uuid::Uuid;

use crate::ports::Template;
use crate::unit::{Case, Unit};
use crate::{ServiceError, booking, referrals};

/// A question that was asked longer ago is no longer what somebody answers by one word.
const ASKED_DAYS: i64 = 45;

/// A question to one patient about one referral: of which offer, or of which visit.
pub(super) struct Open {
    pub case: Case,
    pub question: Question,
    pub of: Option<Uuid>,
}

/// The one question that was asked at a number and is open; with more than one, or none, nothing is taken for an answer. A number
/// may be that of several patients: what was asked of all of them counts.
pub(super) async fn open(unit: &Unit<'_>, number: &str) -> Result<Option<Open>, ServiceError> {
    let since = (unit.call.now - Duration::days(ASKED_DAYS)).timestamp_millis();
    let mut all: Vec<Open> = Vec::new();
    for row in store::consent::asked_at(&*unit.tx, Channel::Sms.code(), number, since).await? {
        let Some(found) = of_message(unit, &row).await? else { continue };
        let is_same = |one: &Open| one.case.id() == found.case.id() && one.question == found.question;
        if !all.iter().any(is_same) {
            all.push(found);
        }
    }
    Ok(if all.len() == 1 { all.pop() } else { None })
}

/// What a message asked, if nobody has answered it and it can still be answered.
async fn of_message(unit: &Unit<'_>, row: &message::Model) -> Result<Option<Open>, ServiceError> {
    let (Some(referral), Some(template)) = (row.referral_id, Template::from_code(&row.template)) else {
        return Ok(None);
    };
    let case = unit.case(ReferralId(referral)).await?;
    let now = unit.call.now.timestamp_millis();
    let kept = booking::kept(unit, &case).await?;
    let found = match template {
        Template::ReminderConfirm | Template::ReminderCost => kept
            .booked
            .filter(|visit| visit.start_at > now && visit.patient_confirmed_at.is_none())
            .filter(|visit| row.appointment_id.is_none_or(|id| id == visit.id))
            .map(|visit| (Question::Visit, Some(visit.id))),
        Template::TimeOffered | Template::OtherTimeOffered => kept
            .offered
            .filter(|offer| offer.hold_expires_at.is_some_and(|until| until > now))
            .filter(|offer| row.appointment_id.is_none_or(|id| id == offer.id))
            .map(|offer| (Question::Offer, Some(offer.id))),
        Template::StillNeeded => referrals::can_answer_need(&case).then_some((Question::StillNeeded, None)),
        _ => None,
    };
    Ok(found.map(|(question, of)| Open { case, question, of }))
}

/// The one booked visit or open offer of whoever has the number: what a wish for another time is about, asked or not.
pub(super) async fn matter(unit: &Unit<'_>, owners: &[patient::Model]) -> Result<Option<Open>, ServiceError> {
    let mut all = Vec::new();
    let now = unit.call.now.timestamp_millis();
    for case in cases(unit, owners).await? {
        let kept = booking::kept(unit, &case).await?;
        let offer = kept.offered.filter(|row| row.hold_expires_at.is_some_and(|until| until > now));
        match (offer, kept.booked) {
            (Some(offer), _) => all.push(Open { case, question: Question::Offer, of: Some(offer.id) }),
            (None, Some(visit)) if case.state == State::Booked && visit.start_at > now => {
                all.push(Open { case, question: Question::Visit, of: Some(visit.id) });
            }
            _ => {}
        }
    }
    Ok(if all.len() == 1 { all.pop() } else { None })
}

/// The referral to put a text to that answers nothing we wrote: the newest of theirs that is open.
pub(super) async fn newest(unit: &Unit<'_>, owners: &[patient::Model]) -> Result<Option<Case>, ServiceError> {
    let mut open: Vec<_> = cases(unit, owners).await?;
    open.retain(|case| !case.state.is_ended());
    Ok(open.into_iter().max_by_key(|case| case.row.created_at))
}

async fn cases(unit: &Unit<'_>, owners: &[patient::Model]) -> Result<Vec<Case>, ServiceError> {
    let mut all = Vec::new();
    for owner in owners {
        let (organisation, patient) = (OrganisationId(owner.organisation_id), PatientId(owner.id));
        for row in store::referrals::of_patient(&*unit.tx, organisation, patient).await? {
            if row.patient_sees {
                all.push(unit.case(ReferralId(row.id)).await?);
            }
        }
    }
    Ok(all)
}
