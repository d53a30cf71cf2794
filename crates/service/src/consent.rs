//! Who wants no messages. A stop is final at once: it is written, with what had not left yet, in one transaction that comes
//! before or after the fence of every dispatcher, and whoever says it hears back when nothing of it is on its way any more.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::delivery::Channel;
use domain::{OrganisationId, PatientId};
use store::consent::Change;
use store::entity::{consent_event, message};
use store::messages::flight;

use crate::audit::Touched;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, clock, dispatch, ids};

/// What somebody says of messages to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Said {
    /// No more.
    Stopped,
    /// Again.
    Returned,
}

/// Which address, in which words, and how it came to be said.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Saying<'a> {
    pub channel: Channel,
    /// As messages carry it: E.164, or the mailbox.
    pub address: &'a str,
    /// As they said it, or what was put before them.
    pub wording: &'a str,
    /// `sms:<sid>`, `mail:<message>`, `page`, `staff:<id>` or `provider:<code>`.
    pub source: &'a str,
    /// Whose message it answers.
    pub organisation: Option<uuid::Uuid>,
    pub message: Option<uuid::Uuid>,
}

/// Longest wait for what was being handed over when the stop came; no provider is waited for longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes down that somebody wants no messages any more, or wants them again. When it answers, none is on its way to a stopped
/// address. Saying the same again changes nothing.
pub async fn say(desk: &Desk, call: &Call, said: Said, saying: &Saying<'_>) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "say-consent", &(said, saying)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    write(&mut unit, said, saying).await?;
    unit.finish(()).await?;
    if said == Said::Stopped {
        settled(desk, saying.channel, saying.address).await?;
    }
    Ok(())
}

/// As [`say`], within a command of the caller's; [`settled`] is theirs to wait for.
pub(crate) async fn write(unit: &mut Unit<'_>, said: Said, saying: &Saying<'_>) -> Result<(), ServiceError> {
    let (channel, address) = (saying.channel.code(), saying.address);
    flight::alone(&unit.tx, channel, address).await?;
    let known = store::consent::contact(&*unit.tx, channel, address).await?;
    if known.is_some_and(|point| point.stopped_at.is_some()) == (said == Said::Stopped) {
        return Ok(());
    }
    // Read within the lock: whatever passed the fence before did so earlier.
    let at = clock::now().max(unit.call.now);
    let patients = store::consent::patients_at(&*unit.tx, channel, address).await?;
    let event = consent_event::Model {
        id: ids::fresh(at),
        at: at.timestamp_millis(),
        channel: channel.to_owned(),
        address: address.to_owned(),
        what: if said == Said::Stopped { "stopped" } else { "returned" }.to_owned(),
        wording: saying.wording.chars().take(500).collect(),
        source: saying.source.to_owned(),
        actor: unit.call.actor.key(),
        organisation_id: saying.organisation,
        patient_id: Some(&patients[..]).filter(|all| all.len() == 1).map(|all| all[0].id),
        message_id: saying.message,
    };
    let since = (said == Said::Stopped).then_some(at.timestamp_millis());
    store::consent::record(&unit.tx, event, Change::Stopped(since)).await?;
    for patient in &patients {
        let touched = Touched {
            organisation: OrganisationId(patient.organisation_id),
            entity: "patient",
            id: Some(patient.id),
            patient: Some(PatientId(patient.id)),
        };
        unit.record(if said == Said::Stopped { "stop-messages" } else { "want-messages" }, &touched);
    }
    if said == Said::Stopped {
        let mut rows = store::consent::unsent(&*unit.tx, channel, address).await?;
        // Whoever asks for a code by mail gets it: nothing else leaves that they did not ask for.
        rows.retain(|row| saying.channel == Channel::Sms || row.template != "one-time-code");
        let why = "its receiver asked for no more messages";
        dispatch::withhold(&unit.tx, at, &rows, why).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        flight::need_person(&unit.tx, &ids, "stopped").await?;
        crate::faults::at("stop");
    }
    Ok(())
}

/// A provider says that nothing arrives at an address: nothing more is sent there, and it is kept why. Another number or mailbox
/// of the same person is another address.
pub(crate) async fn note_bad(
    desk: &Desk,
    row: &message::Model,
    code: &str,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if row.patient_id.is_none() || !matches!(row.channel.as_str(), "sms" | "email") {
        return Ok(());
    }
    let tx = desk.store.write_tx().await?;
    flight::alone(&tx, &row.channel, &row.address).await?;
    let known = store::consent::contact(&*tx, &row.channel, &row.address).await?;
    if known.is_some_and(|point| point.bad_since.is_some()) {
        return Ok(());
    }
    let event = consent_event::Model {
        id: ids::fresh(now),
        at: now.timestamp_millis(),
        channel: row.channel.clone(),
        address: row.address.clone(),
        what: "bad".to_owned(),
        wording: String::new(),
        source: format!("provider:{code}"),
        actor: "system:dispatch".to_owned(),
        organisation_id: Some(row.organisation_id),
        patient_id: row.patient_id,
        message_id: Some(row.id),
    };
    store::consent::record(&tx, event, Change::Bad(Some((now.timestamp_millis(), code)))).await?;
    tx.commit().await?;
    Ok(())
}

/// Staff try an address again at which nothing arrived: it counts as one at which something may.
pub(crate) async fn lift_bad(
    unit: &Unit<'_>,
    row: &message::Model,
    address: &str,
) -> Result<(), ServiceError> {
    flight::alone(&unit.tx, &row.channel, address).await?;
    let known = store::consent::contact(&*unit.tx, &row.channel, address).await?;
    if known.is_none_or(|point| point.bad_since.is_none()) {
        return Ok(());
    }
    let event = consent_event::Model {
        id: ids::fresh(unit.call.now),
        at: unit.call.now.timestamp_millis(),
        channel: row.channel.clone(),
        address: address.to_owned(),
        what: "good".to_owned(),
        wording: String::new(),
        source: unit.call.actor.key(),
        actor: unit.call.actor.key(),
        organisation_id: Some(row.organisation_id),
        patient_id: row.patient_id,
        message_id: Some(row.id),
    };
    Ok(store::consent::record(&unit.tx, event, Change::Bad(None)).await?)
}

/// Waits until nothing that passed the fence before a stop is on its way any more.
pub(crate) async fn settled(desk: &Desk, channel: Channel, address: &str) -> Result<(), ServiceError> {
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        let now = clock::now().timestamp_millis();
        if flight::leaving(desk.store.reader(), channel.code(), address, now).await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
