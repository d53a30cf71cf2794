//! The message log: what was sent to whom, and whether it arrived.

use contract::{MessageLine, MessageLog, MessageTrace};
use domain::delivery::DeliveryState;
use domain::policy::{Capability, may};
use domain::{MessageId, OrganisationId, Principal};
use store::messages::flight::{self, Fate};

use crate::audit::Touched;
use crate::dispatch::{NOT_KEPT, OPTED_OUT, stopped_at_provider, told};
use crate::ports::Template;
use crate::{Call, Desk, ServiceError, describe};

/// Lines on one page.
const PAGE: usize = 50;

/// A page of the log, newest first. Coordinators. Records whom it names, as every list does.
pub async fn log(desk: &Desk, call: &Call, state: &str, before: &str) -> Result<MessageLog, ServiceError> {
    let organisation = coordinator(call)?;
    let db = desk.store.reader();
    let state = DeliveryState::from_code(state).map(DeliveryState::code);
    let mut rows =
        store::messages::log(db, organisation, state, before.parse().ok(), PAGE as u64 + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let mut ids: Vec<_> = rows.iter().filter_map(|row| row.referral_id).collect();
    ids.sort();
    ids.dedup();
    let named = store::referrals::named(db, organisation, &ids).await?;
    let touched: Vec<_> = named
        .iter()
        .map(|row| Touched {
            organisation: OrganisationId(row.organisation_id),
            entity: "referral",
            id: Some(row.id),
            patient: None,
        })
        .collect();
    desk.record_reads(call, "list", &touched).await?;
    let zone = zone(desk, organisation).await?;
    let lines = rows
        .iter()
        .map(|row| {
            let about = named.iter().find(|named| Some(named.id) == row.referral_id);
            let about = about.map(|named| format!("{}, {}, {}", named.family, named.given, named.reference));
            MessageLine { about: about.unwrap_or_default(), ..describe::message(row, zone) }
        })
        .collect();
    Ok(MessageLog { next: rows.last().filter(|_| more).map(|row| row.id.to_string()), lines })
}

/// One message with all that happened to it. Coordinators.
pub async fn trace(desk: &Desk, call: &Call, id: MessageId) -> Result<MessageTrace, ServiceError> {
    let organisation = coordinator(call)?;
    let db = desk.store.reader();
    let row = store::messages::by_id(db, id)
        .await?
        .filter(|row| row.organisation_id == organisation.0)
        .ok_or(ServiceError::NotFound)?;
    let touched = Touched { organisation, entity: "message", id: Some(row.id), patient: None };
    desk.record_read(call, touched).await?;
    let zone = zone(desk, organisation).await?;
    let attempts = store::messages::attempts(db, &row)
        .await?
        .into_iter()
        .map(|attempt| (describe::day_and_clock(attempt.at, zone), attempt.what, attempt.detail))
        .collect();
    let is_secret = Template::from_code(&row.template).is_none_or(Template::is_secret);
    let body = if is_secret { NOT_KEPT.to_owned() } else { row.body.clone() };
    Ok(MessageTrace {
        line: describe::message(&row, zone),
        segments: row.segments.zip(row.encoding.clone()),
        language: row.language,
        words_version: row.words_version,
        subject: row.subject,
        body,
        attempts,
    })
}

/// A provider's receipt, with its error code and words for the trace. Late and repeated ones change nothing: states only move
/// forward.
pub async fn receipt(
    desk: &Desk,
    call: &Call,
    id: MessageId,
    state: DeliveryState,
    (code, detail): (Option<&str>, &str),
) -> Result<(), ServiceError> {
    if store::messages::by_id(desk.store.reader(), id).await?.is_none() {
        return Err(ServiceError::NotFound);
    }
    let now = call.now.timestamp_millis();
    let failed = matches!(state, DeliveryState::PermanentFailure | DeliveryState::TemporaryFailure);
    let fate = Fate {
        final_at: Some(now),
        handed_at: Some(now),
        error: failed.then_some(detail),
        error_code: code.filter(|_| failed),
        needs_person: failed.then_some("failed"),
        ..Fate::default()
    };
    let tx = desk.store.write_tx().await?;
    if let Some((row, after)) = flight::advance(&tx, id, state, &fate).await?
        && row.state != after.code()
    {
        let happened = told(&row, call.now, "receipt", after, detail);
        store::messages::add_attempts(&tx, &[happened]).await?;
    }
    tx.commit().await?;
    if failed
        && code == Some(OPTED_OUT)
        && let Some(row) = store::messages::by_id(desk.store.reader(), id).await?
    {
        stopped_at_provider(desk, &row, call.now).await?;
    }
    Ok(())
}

fn coordinator(call: &Call) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, Capability::MessageLog)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

async fn zone(desk: &Desk, organisation: OrganisationId) -> Result<chrono_tz::Tz, ServiceError> {
    let row = store::directory::organisation(desk.store.reader(), organisation).await?;
    Ok(row.and_then(|row| row.zone.parse().ok()).unwrap_or(chrono_tz::Europe::London))
}
