//! A coordinator reminds whoever is waited for.

use contract::BulkOutcome;
use domain::notice::StaffNotice;
use domain::referral::{Asked, State};
use domain::reply_words::Question;
use domain::{ReferralId, Role};
use serde_json::json;
use store::entity::event;

use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, asking, facts, ids};

/// Reminds many patients; who cannot be reminded is named and left alone.
pub async fn remind_all(desk: &Desk, call: &Call, ids: &[ReferralId]) -> Result<BulkOutcome, ServiceError> {
    super::bulk::each(
        desk,
        call,
        ids,
        |call, id, version| async move { remind(desk, &call, id, version).await },
    )
    .await
}

/// Sends the reminder that fits the state, to whoever was asked. Not twice on one day: the same reminder, day and person are one message.
pub async fn remind(desk: &Desk, call: &Call, id: ReferralId, version: i64) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "remind", &(id, version)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = unit.case(id).await?;
    let receives =
        matches!(case.relation, domain::policy::Relation::Receiving | domain::policy::Relation::Product);
    if !receives {
        return Err(ServiceError::NotAllowed);
    }
    unit.same_version(&case, version)?;
    let asked = case.plan().asked.unwrap_or(Asked::Both);
    let visit = crate::booking::booked(&unit, &case).await?;
    let template = match case.state {
        State::InfoNeeded => Template::ReminderDocument,
        State::Accepted if !case.plan().lets_choose_time(case.state) => {
            return Err(Conflict::NothingToRemind.into());
        }
        State::Accepted | State::Offered | State::AppointmentCancelled | State::NoShow => {
            Template::ReminderChooseTime
        }
        // Whoever has said that they come is not asked again.
        State::Booked if visit.as_ref().is_some_and(|visit| visit.patient_confirmed_at.is_some()) => {
            Template::ReminderAppointment
        }
        State::Booked => Template::ReminderConfirm,
        _ => return Err(Conflict::NothingToRemind.into()),
    };
    let zone = case.zone();
    let day = call.now.with_timezone(&zone).date_naive();
    let history = store::referrals::history(&*unit.tx, &case.row).await?;
    let is_same = |row: &event::Model| {
        let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
        detail["template"] == json!(template)
            && facts::instant(row.at).with_timezone(&zone).date_naive() == day
    };
    if history.iter().any(|row| row.kind == "reminder_sent" && is_same(row)) {
        return Err(Conflict::RemindedToday.into());
    }
    let mut letter = Letter::new(template, format!("remind:{id}:{day}"));
    if let Some(visit) = visit {
        letter.facts.visit = Some(crate::booking::visit_time(&visit));
        if template == Template::ReminderConfirm {
            let until = facts::instant(visit.end_at);
            let about = asking::About { question: Question::Visit, of: Some(visit.id), until };
            letter.facts.link = asking::links(&unit, &case, &about, 1).await?.remove(0);
        }
    }
    let is_question = case.state == State::InfoNeeded;
    if is_question && asked.includes(Role::Referrer) {
        unit.tell_referrer(&case, StaffNotice::InformationAsked, &letter.cause.clone()).await?;
    }
    if !is_question || asked.includes(Role::Patient) {
        unit.tell_patient(&case, letter).await?;
    }
    let event = event::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(call.now),
        referral_id: case.row.id,
        at: call.now.timestamp_millis(),
        kind: "reminder_sent".to_owned(),
        actor: call.actor.key(),
        actor_name: call.actor.label(),
        from_state: Some(case.state.code().to_owned()),
        to_state: case.state.code().to_owned(),
        why: None,
        detail: json!({ "template": template, "due": facts::instant(case.row.due_at.unwrap_or_default()) })
            .to_string(),
    };
    store::referrals::add_event(&unit.tx, event).await?;
    unit.record("remind", &case.touched("referral"));
    unit.finish(()).await
}
