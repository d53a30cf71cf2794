//! How a patient wants to be reached: the first way, the clock that counts for them, and what they want no more of.

use contract::{ReachForm, ReachInput, ReachWay};
use domain::delivery::Channel;
use domain::{OrganisationId, PatientId};
use store::entity::patient;

use super::who;
use crate::audit::Touched;
use crate::consent::{self, Said, Saying};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, describe};

/// What is known of a patient's ways.
pub async fn reach_form(desk: &Desk, call: &Call) -> Result<ReachForm, ServiceError> {
    let (organisation, patient) = who(call)?;
    let db = desk.store.reader();
    let row = store::patients::find(db, organisation, patient).await?.ok_or(ServiceError::NotFound)?;
    desk.record_read(call, touched(organisation, patient)).await?;
    let browsers = store::messages::subscriptions(db, organisation, patient).await?;
    let mut ways = Vec::new();
    for (channel, address) in addresses(&row) {
        let point = store::consent::contact(db, channel.code(), &address).await?;
        ways.push(ReachWay {
            channel: channel.code().to_owned(),
            address: describe::masked(channel.code(), &address),
            stopped: point.as_ref().is_some_and(|point| point.stopped_at.is_some()),
        });
    }
    let stopped: Vec<_> = ways.iter().filter(|way| way.stopped).map(|way| way.channel.clone()).collect();
    Ok(ReachForm {
        ways,
        has_notices: !browsers.is_empty(),
        has_letters: row.address.is_some(),
        now: ReachInput {
            prefers: row.prefers.unwrap_or_default(),
            zone: row.zone.unwrap_or_default(),
            was: stopped.join(","),
            stopped: stopped.join(","),
        },
    })
}

/// Keeps how a patient wants to be reached. What they stop is stopped when this answers; `wording` is what stands beside the tick
/// of a channel.
///
/// Errors: `prefers` or `zone` that is none.
pub async fn set_reach(
    desk: &Desk,
    call: &Call,
    input: &ReachInput,
    wording: fn(Channel) -> &'static str,
) -> Result<(), ServiceError> {
    let (organisation, patient) = who(call)?;
    let prefers = match input.prefers.as_str() {
        "" => None,
        code => Some(
            Channel::from_code(code)
                .filter(|channel| *channel != Channel::InApp)
                .ok_or_else(|| ServiceError::invalid("prefers", "Choose one of the ways."))?,
        ),
    };
    let zone = match input.zone.trim() {
        "" => None,
        zone => Some(zone.parse::<chrono_tz::Tz>().map_err(|_| {
            ServiceError::invalid(
                "zone",
                "Choose a time zone of the list, like Europe/London, or leave it empty.",
            )
        })?),
    };
    let mut unit = match Unit::begin(desk, call, "set-reach", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = store::patients::find(&*unit.tx, organisation, patient).await?.ok_or(ServiceError::NotFound)?;
    unit.record("set-reach", &touched(organisation, patient));
    store::patients::set_reach(
        &unit.tx,
        (organisation, patient),
        prefers.map(Channel::code),
        zone.map(|zone| zone.name()),
    )
    .await?;
    let ticked = |list: &str, channel: Channel| list.split(',').any(|code| code == channel.code());
    let mut stopped = Vec::new();
    for (channel, address) in addresses(&row) {
        let wanted = ticked(&input.stopped, channel);
        if wanted == ticked(&input.was, channel) {
            continue;
        }
        let said = if wanted { Said::Stopped } else { Said::Returned };
        let saying = Saying {
            channel,
            address: &address,
            wording: wording(channel),
            source: "page",
            organisation: Some(organisation.0),
            message: None,
        };
        consent::write(&mut unit, said, &saying).await?;
        if said == Said::Stopped {
            stopped.push((channel, address));
        }
    }
    unit.finish(()).await?;
    for (channel, address) in stopped {
        consent::settled(desk, channel, &address).await?;
    }
    Ok(())
}

/// A patient has the list of what was sent to them, or their referrals, before them: nothing more is sent after it by another way.
pub(super) async fn has_read(desk: &Desk, call: &Call, patient: PatientId) -> Result<(), ServiceError> {
    if store::messages::has_unread(desk.store.reader(), patient).await? {
        let tx = desk.store.write_tx().await?;
        store::messages::mark_read(&tx, patient, call.now.timestamp_millis()).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn addresses(row: &patient::Model) -> Vec<(Channel, String)> {
    let phone = row.phone.clone().map(|phone| (Channel::Sms, phone));
    let email = row.email.clone().map(|email| (Channel::Email, email));
    phone.into_iter().chain(email).collect()
}

fn touched(organisation: OrganisationId, patient: PatientId) -> Touched {
    Touched { organisation, entity: "patient", id: Some(patient.0), patient: Some(patient) }
}
