//! How sending goes: what is late, what came of the last days by channel, and what staff do with one message.

use chrono::Duration;
use contract::{ChannelFigures, LateMessages, SendingPage};
use domain::delivery::{Channel, DeliveryState};
use domain::policy::Relation;
use domain::{MessageId, ReferralId};
use store::entity::message;
use store::messages::flight;

use super::coordinator;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, dispatch, facts};

/// Minutes after which something that should have left is an alarm.
const LATE_MIN: i64 = 15;

/// The page of whoever answers for messages. Coordinators. `days`: how far back it counts, 1 to 90.
pub async fn sending(desk: &Desk, call: &Call, days: u32) -> Result<SendingPage, ServiceError> {
    let organisation = coordinator(call)?;
    let db = desk.store.reader();
    let days = days.clamp(1, 90);
    let since = (call.now - Duration::days(i64::from(days))).timestamp_millis();
    let late = (call.now - Duration::minutes(LATE_MIN)).timestamp_millis();
    let late = store::messages::late(db, organisation, late).await?;
    let counts = store::messages::by_channel(db, organisation, since).await?;
    let mut channels: Vec<ChannelFigures> = Vec::new();
    for row in counts {
        let index = channels.iter().position(|one| one.channel == row.channel).unwrap_or_else(|| {
            channels.push(ChannelFigures { channel: row.channel.clone(), ..ChannelFigures::default() });
            channels.len() - 1
        });
        let of = &mut channels[index];
        let count = u64::try_from(row.count).unwrap_or_default();
        of.segments += u64::try_from(row.segments).unwrap_or_default();
        match DeliveryState::from_code(&row.state) {
            Some(DeliveryState::Delivered) => of.delivered += count,
            Some(DeliveryState::Pending | DeliveryState::Sent) => of.sent += count,
            Some(DeliveryState::TemporaryFailure | DeliveryState::PermanentFailure) => of.failed += count,
            Some(DeliveryState::Unknown) => of.unknown += count,
            Some(DeliveryState::Withheld) => of.withheld += count,
            Some(DeliveryState::Created | DeliveryState::Sending | DeliveryState::TechnicalFailure)
            | None => {
                of.waiting += count;
            }
        }
    }
    let minutes = |ms: i64| u64::try_from((call.now - facts::instant(ms)).num_minutes()).unwrap_or_default();
    Ok(SendingPage {
        days,
        late: late
            .into_iter()
            .map(|row| LateMessages {
                channel: row.channel,
                count: u64::try_from(row.count).unwrap_or_default(),
                oldest_min: minutes(row.oldest),
            })
            .collect(),
        channels,
        open: u64::try_from(store::messages::needing(db, organisation).await?).unwrap_or_default(),
    })
}

/// Sends a message that did not arrive once more, in the words and to the address of now. Coordinators of its receiver's side.
///
/// Errors: `NothingToSend` while it may still arrive by itself, or when it says nothing of what it was made of.
pub async fn send_again(desk: &Desk, call: &Call, id: MessageId) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "send-again", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (row, case) = theirs(&unit, call, id).await?;
    let state = DeliveryState::from_code(&row.state).unwrap_or(DeliveryState::Sending);
    let is_over = state.is_failure() || (state == DeliveryState::Unknown && row.final_at.is_some());
    let channel = Channel::from_code(&row.channel).filter(|channel| *channel != Channel::Push);
    let (Some(channel), true, true) = (channel, is_over, row.facts.is_some()) else {
        return Err(Conflict::NothingToSend.into());
    };
    let now_at = match channel {
        Channel::Sms => case.patient.phone.clone(),
        Channel::Email => case.patient.email.clone(),
        _ => case.patient.address.clone(),
    };
    let address = now_at.filter(|at| !at.trim().is_empty()).ok_or(Conflict::NothingToSend)?;
    unit.send_again(&row, channel, address).await?;
    flight::seen_to(&unit.tx, row.id, None).await?;
    unit.record("send-again", &case.touched("message"));
    unit.finish(()).await
}

/// Takes a message back that has not left. Coordinators of its receiver's side.
///
/// Errors: `NothingToSend` when it has left, or is leaving.
pub async fn take_back(desk: &Desk, call: &Call, id: MessageId) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "take-back-message", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (row, case) = theirs(&unit, call, id).await?;
    let why = format!("taken back by {}", call.actor.label());
    dispatch::withhold(&unit.tx, call.now, std::slice::from_ref(&row), &why).await?;
    let now = store::messages::by_id(&*unit.tx, id).await?.ok_or(ServiceError::NotFound)?;
    if now.state != DeliveryState::Withheld.code() {
        return Err(Conflict::NothingToSend.into());
    }
    unit.record("take-back-message", &case.touched("message"));
    unit.finish(()).await
}

/// A message to a patient about a referral that the caller's house received.
async fn theirs(unit: &Unit<'_>, call: &Call, id: MessageId) -> Result<(message::Model, Case), ServiceError> {
    let organisation = coordinator(call)?;
    let row = store::messages::by_id(&*unit.tx, id)
        .await?
        .filter(|row| row.organisation_id == organisation.0)
        .ok_or(ServiceError::NotFound)?;
    let referral = row.referral_id.ok_or(ServiceError::NotFound)?;
    let case = unit.case(ReferralId(referral)).await?;
    if !matches!(case.relation, Relation::Receiving | Relation::Product) || row.patient_id.is_none() {
        return Err(ServiceError::NotAllowed);
    }
    Ok((row, case))
}
