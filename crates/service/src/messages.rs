//! The message log: what was sent to whom, and whether it arrived.

use contract::{MessageLine, MessageLog, MessageTrace};
use domain::delivery::DeliveryState;
use domain::policy::{Capability, may};
use domain::{MessageId, OrganisationId, Principal};
use store::messages::flight::{self, Fate};

use crate::audit::Touched;
use crate::dispatch::{NOT_KEPT, refused, told};
use crate::ports::Template;
use crate::{Call, Desk, ServiceError, describe};

mod sending;
mod traced;

pub use sending::{send_again, sending, take_back};
pub use traced::traced;

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
    let body =
        if is_secret { NOT_KEPT.to_owned() } else { without_links(&row.body, &desk.settings.public_url) };
    let state = DeliveryState::from_code(&row.state).unwrap_or(DeliveryState::Sending);
    let to_patient = row.patient_id.is_some() && row.referral_id.is_some();
    let over = state.is_failure() || (state == DeliveryState::Unknown && row.final_at.is_some());
    let waits = matches!(state, DeliveryState::Created | DeliveryState::TechnicalFailure);
    Ok(MessageTrace {
        line: describe::message(&row, zone),
        attempts,
        body,
        may_send_again: to_patient && over && row.facts.is_some() && row.channel != "push",
        may_take_back: to_patient && waits,
        due: waits.then(|| describe::day_and_clock(row.due_at, zone)),
        words_version: row.words_version,
        language: row.language,
        segments: row.segments.zip(row.encoding),
        subject: row.subject,
    })
}

/// A body whose links are its receiver's alone: some answer a question by being opened.
pub(crate) fn without_links(body: &str, origin: &str) -> String {
    let start = format!("{origin}/r/");
    let mut parts = body.split(&start);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest =
            part.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter));
        shown.push_str(&start);
        shown.push('…');
        shown.push_str(rest);
    }
    shown
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
    let moved =
        flight::advance(&tx, id, state, &fate).await?.filter(|(row, after)| row.state != after.code());
    if let Some((row, after)) = &moved {
        let happened = told(row, call.now, "receipt", *after, detail);
        store::messages::add_attempts(&tx, &[happened]).await?;
    }
    crate::faults::at("receipt");
    tx.commit().await?;
    // A repeat says nothing new of the address: staff, or the receiver, may have put it right since.
    if state == DeliveryState::PermanentFailure
        && let (Some(code), Some((row, _))) = (code, moved)
    {
        refused(desk, &row, code, call.now).await?;
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

#[cfg(test)]
mod tests {
    use super::without_links;

    #[test]
    fn links_are_their_receiver_s_alone() {
        let body = "Choose here: http://w.example/r/Ab-9_x Tel 1, or http://w.example/r/Z.";
        assert_eq!(
            without_links(body, "http://w.example"),
            "Choose here: http://w.example/r/… Tel 1, or http://w.example/r/…."
        );
        assert_eq!(without_links("No link", "http://w.example"), "No link");
    }
}
