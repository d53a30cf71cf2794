//! What did not arrive goes on: by another way to the same person, or to somebody who reaches them. Never silence.

use chrono::{DateTime, Duration, Utc};
use domain::delivery::{Channel, DeliveryState};
use domain::letter::POST_DAYS;
use domain::{Actor, ReferralId};
use store::entity::message;
use store::messages::flight;

use super::{prepare, told};
use crate::hands::{self, Wanted};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Desk, ServiceError, faults, ids};

/// Messages of one round.
const BATCH: u64 = 50;

/// Decides what becomes of messages that did not arrive; answers how many.
pub async fn see_on(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let mut done = 0;
    for row in flight::without_task(desk.store.reader(), now.timestamp_millis(), BATCH).await? {
        let call = Call::new(Actor::system("see-on", ids::fresh(now)), now);
        match one(desk, &call, &row).await {
            Ok(()) => done += 1,
            // One that is broken must not keep the others silent.
            Err(error) => tracing::error!(message = %row.id, %error, "nobody could be asked about a message"),
        }
    }
    Ok(done)
}

async fn one(desk: &Desk, call: &Call, row: &message::Model) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "see-on", &row.id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = match row.referral_id {
        Some(referral) => Some(unit.case(ReferralId(referral)).await?),
        None => None,
    };
    let is_over = match row.campaign_id {
        Some(id) => {
            let still = store::campaigns::standing_still(&*unit.tx, &[id]).await?;
            still.iter().any(|(_, state)| state == "cancelled")
        }
        // News to many holds when its referral has ended, too.
        None => case.as_ref().is_some_and(|case| case.state.is_ended()),
    };
    let Some(case) = case.filter(|_| !is_over && !is_pointless(row)) else {
        flight::seen_to(&unit.tx, row.id, None).await?;
        return unit.finish(()).await;
    };
    if !prepare::holds_by_now(&*unit.tx, row, call.now).await? {
        flight::seen_to(&unit.tx, row.id, None).await?;
        return unit.finish(()).await;
    }
    let others = brothers(&unit, &case, row).await?;
    let arrives = |one: &&message::Model| {
        DeliveryState::from_code(&one.state).is_some_and(|state| !state.is_failure()) && one.channel != "push"
    };
    if others.iter().any(|one| arrives(&one)) {
        flight::seen_to(&unit.tx, row.id, None).await?;
        return unit.finish(()).await;
    }
    if let Some((channel, address)) = another_way(&unit, &case, row, &others).await? {
        match channel.code() == row.channel {
            true => unit.send_again(row, channel, address).await?,
            false => unit.send_instead(row, channel, address).await?,
        }
        if !flight::seen_to(&unit.tx, row.id, None).await? {
            return Ok(());
        }
        let detail = format!("it goes by another way: {channel}");
        let state = DeliveryState::from_code(&row.state).unwrap_or(DeliveryState::Withheld);
        store::messages::add_attempts(&unit.tx, &[told(row, call.now, "another-way", state, detail)]).await?;
        faults::at("fallback");
        return unit.finish(()).await;
    }
    let kind = format!("message-{}", row.needs_person.as_deref().unwrap_or("failed"));
    let patient = (case.row.patient_organisation_id, case.row.patient_id);
    // Two servers that ask at the same time ask one after the other.
    flight::alone(&unit.tx, "task", &patient.1.to_string()).await?;
    // Whoever is asked already to reach this patient tells them this as well.
    let open = store::thread::open_about(&*unit.tx, case.row.organisation_id, patient, &kind).await?;
    let task = match open {
        Some(task) => Some(task),
        None => {
            let cause = format!("message:{}", row.id);
            let wanted = Wanted { kind: &kind, text: "", message: Some(row.id), cause: &cause };
            hands::ask(&mut unit, &case, wanted).await?
        }
    };
    // Another server may have been quicker: then nothing of this happens.
    if !flight::seen_to(&unit.tx, row.id, task).await? {
        return Ok(());
    }
    unit.finish(()).await
}

/// A way in that its receiver asked for, and may ask for again; or what nobody loses anything without.
fn is_pointless(row: &message::Model) -> bool {
    Template::from_code(&row.template)
        .is_none_or(|template| template.is_secret() || template == Template::AskedOfMany)
}

/// The other messages of the same cause to the same person.
async fn brothers(
    unit: &Unit<'_>,
    case: &Case,
    row: &message::Model,
) -> Result<Vec<message::Model>, ServiceError> {
    let cause = cause_of(row);
    let mut all = store::messages::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
    all.retain(|one| one.id != row.id && one.recipient == row.recipient && cause_of(one) == cause);
    Ok(all)
}

/// What a key is made of before the way that a message takes.
fn cause_of(row: &message::Model) -> &str {
    let end = row.dedupe_key.find(&format!(":{}:", row.channel)).unwrap_or(row.dedupe_key.len());
    &row.dedupe_key[..end]
}

/// The next way to a patient that was not tried and leaves this site: text message, mail, letter. An outcome that nobody knows is not tried again by
/// any: it may have arrived.
async fn another_way(
    unit: &Unit<'_>,
    case: &Case,
    row: &message::Model,
    others: &[message::Model],
) -> Result<Option<(Channel, String)>, ServiceError> {
    if row.patient_id.is_none() || row.facts.is_none() || row.needs_person.as_deref() == Some("unknown") {
        return Ok(None);
    }
    let now = unit.call.now;
    let patient = &case.patient;
    let ways = [
        (Channel::Sms, patient.phone.clone()),
        (Channel::Email, patient.email.clone()),
        (Channel::Letter, patient.address.clone()),
    ];
    for (channel, address) in ways {
        let Some(address) = address.filter(|address| !address.trim().is_empty()) else { continue };
        // Whoever stopped one way may want it again by now.
        let tried = channel.code() == row.channel && row.needs_person.as_deref() != Some("stopped");
        if tried || !unit.desk.settings.can(channel) || others.iter().any(|one| one.channel == channel.code())
        {
            continue;
        }
        let point = store::consent::contact(&*unit.tx, channel.code(), &address).await?;
        if point.is_some_and(|point| point.stopped_at.is_some() || point.bad_since.is_some()) {
            continue;
        }
        let until = match prepare::pointless_from(&*unit.tx, row).await? {
            Some(until) => until,
            None => return Ok(Some((channel, address))),
        };
        let arrives = if channel == Channel::Letter { now + Duration::days(POST_DAYS) } else { now };
        if arrives < until {
            return Ok(Some((channel, address)));
        }
    }
    Ok(None)
}
