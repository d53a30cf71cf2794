//! Locums: people with a last day. After it they are as if suspended, and what they owned goes to their teams.

use chrono::{DateTime, Days, Utc};
use contract::LastDayInput;
use domain::referral::Act;
use domain::standing::Standing;
use domain::{Actor, OrganisationId, PersonId, ReferralId, Role, spoken};
use serde_json::json;
use store::entity::{event, person};

use super::{administrator, changes, people};
use crate::account::{home, zone};
use crate::sign_in::{Staff, standing_of};
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, ids};

/// People of one round, and referrals of one of them.
const BATCH: u64 = 500;

/// Sets the last day of a colleague, or takes it away. Administrators; nobody their own.
pub async fn set_last_day(
    desk: &Desk,
    call: &Call,
    id: PersonId,
    input: &LastDayInput,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "set-last-day", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row = store::people::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    unit.attempts(people::touched(&row));
    if call.actor.key() == format!("staff:{id}") {
        let remedy = "You cannot set your own last day. Ask another administrator.";
        return Err(ServiceError::invalid("last_day", remedy));
    }
    let zone = zone(&home(&*unit.tx, organisation).await?);
    let parts = [&input.last_day_day, &input.last_day_month, &input.last_day_year];
    let day = if parts.iter().all(|part| part.trim().is_empty()) {
        None
    } else {
        let read = spoken::read_date(parts[0], parts[1], parts[2]);
        let today = call.now.with_timezone(&zone).date_naive();
        let day = read.filter(|day| *day >= today).ok_or_else(|| {
            let remedy = "Enter today or a later day, like 31 8 2026, or leave all three empty. To end somebody’s \
                          access now, suspend them.";
            ServiceError::invalid("last_day", remedy)
        })?;
        Some(day.to_string())
    };
    let before = std::mem::replace(&mut row.valid_until, day.clone());
    store::people::update(&unit.tx, row.clone()).await?;
    let fields = vec![("last_day".to_owned(), before.unwrap_or_default(), day.unwrap_or_default())];
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(&mut unit, &subject, fields).await?;
    unit.finish(()).await
}

/// Suspends everybody whose last day has passed; answers how many. What waits for people who have left goes to their teams.
/// Safe on many servers.
pub(crate) async fn end_terms(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    // Somewhere it is a day later already.
    let somewhere = call.now.date_naive() + Days::new(1);
    let mut ended = 0;
    for row in store::people::past_last_day(desk.store.reader(), &somewhere.to_string(), BATCH).await? {
        let id = row.id;
        match end_term(desk, call, row).await {
            Ok(true) => ended += 1,
            Ok(false) => {}
            // One that is broken must not keep the others in.
            Err(error) => tracing::error!(person = %id, %error, "a term could not be ended"),
        }
    }
    // Also what was left behind when the server stopped halfway.
    for row in store::people::gone_owners(desk.store.reader(), BATCH).await? {
        hand_to_teams(desk, call.now, &row).await?;
    }
    Ok(ended)
}

async fn end_term(desk: &Desk, call: &Call, row: person::Model) -> Result<bool, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "end-term", &row.id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let is_over = standing_of(&*unit.tx, &row, call.now).await? == Standing::Ended;
    if !is_over || !store::people::suspend(&unit.tx, &row).await? {
        return unit.finish(false).await;
    }
    leave(&mut unit, &row).await?;
    let organisation = OrganisationId(row.organisation_id);
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    let fields = vec![("standing".to_owned(), "active".to_owned(), "suspended".to_owned())];
    changes::record(&mut unit, &subject, fields).await?;
    unit.finish(true).await
}

/// Signs somebody out everywhere, and gives what they were asked to whoever leads the day's work.
pub(super) async fn leave(unit: &mut Unit<'_>, row: &person::Model) -> Result<(), ServiceError> {
    let staff = Staff::of(row);
    let (principal, at) = (format!("staff:{}", row.id), unit.call.now.timestamp_millis());
    store::sessions::revoke_principal(&*unit.tx, &principal, at).await?;
    let all = store::people::with_roles(&*unit.tx, staff.organisation).await?;
    let first = |role: Role| {
        all.iter().find(|held| held.status == "active" && held.id != row.id && held.role == role.code())
    };
    if let Some(heir) = first(Role::Coordinator).or_else(|| first(Role::Referrer)) {
        store::thread::move_tasks(&unit.tx, staff.organisation, staff.person, PersonId(heir.id)).await?;
    }
    Ok(())
}

/// Gives every referral that waits for somebody who has left to the team of its service, or to the organisation that sent it.
pub(super) async fn hand_to_teams(
    desk: &Desk,
    now: DateTime<Utc>,
    row: &person::Model,
) -> Result<(), ServiceError> {
    let staff = Staff::of(row);
    let call = Call::new(Actor::system("end-terms", ids::fresh(now)), now);
    let waiting =
        store::referrals::waiting_for(desk.store.reader(), staff.organisation, staff.person, BATCH).await?;
    for id in waiting {
        match hand_to_team(desk, &call, &staff, &row.name, ReferralId(id)).await {
            // Somebody acted meanwhile; if it still waits for who has left, it is escalated when due.
            Ok(()) | Err(ServiceError::Conflict(Conflict::Stale)) => {}
            Err(error) => tracing::error!(referral = %id, %error, "a referral could not go to its team"),
        }
    }
    Ok(())
}

async fn hand_to_team(
    desk: &Desk,
    call: &Call,
    from: &Staff,
    name: &str,
    id: ReferralId,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "hand-to-team", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    let is_theirs = case.row.owner_person_id == Some(from.person.0);
    if !is_theirs || case.state.is_ended() {
        return unit.finish(()).await;
    }
    let team = if from.organisation == case.organisation_id() {
        case.service.team.clone()
    } else {
        home(&*unit.tx, from.organisation).await?.name
    };
    case.row.owner_person_id = None;
    case.row.owner_name = Some(team.clone());
    store::referrals::update(&unit.tx, case.row.clone()).await?;
    case.row.version += 1;
    let line = event::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(call.now),
        referral_id: case.row.id,
        at: call.now.timestamp_millis(),
        kind: Act::Assign.event().to_owned(),
        actor: call.actor.key(),
        actor_name: call.actor.label(),
        from_state: Some(case.state.code().to_owned()),
        to_state: case.state.code().to_owned(),
        why: Some(format!("{name} no longer works here.")),
        detail: json!({ "owner": null, "name": team }).to_string(),
    };
    store::referrals::add_event(&unit.tx, line).await?;
    unit.record(Act::Assign.code(), &case.touched("referral"));
    unit.notify(&case);
    unit.finish(()).await
}
