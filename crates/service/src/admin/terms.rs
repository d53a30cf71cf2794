//! Locums: people with a last day, or with one of a role. After it they are as if suspended, or without the role, and what
//! they owned, or owned in that role, goes to their teams.

use chrono::{DateTime, Days, Utc};
use contract::{FieldError, LastDayInput, LeaveOutcome};
use domain::referral::{Act, NextAction, Side};
use domain::standing::{Standing, keeps, role_of};
use domain::{Actor, OrganisationId, PersonId, ReferralId, Role, dates, spoken};
use serde_json::json;
use store::entity::{event, person, person_role};

use super::{administrator, changes, people};
use crate::account::{home, zone};
use crate::availability::{broken, leavers};
use crate::sign_in::{Staff, current_roles, standing_of};
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, ids};

/// People of one round, and referrals of one of them.
const BATCH: u64 = 500;

/// Sets the last day of a colleague, or of one of their roles, or takes it away. Administrators; nobody their own.
///
/// With booked visits after it nothing is saved before these were shown: the answer is then the preview, and the same input
/// with its `seen` saves. The visits stay booked and are listed for the coordinators.
pub async fn set_last_day(
    desk: &Desk,
    call: &Call,
    id: PersonId,
    input: &LastDayInput,
) -> Result<LeaveOutcome, ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "set-last-day", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = store::people::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    unit.attempts(people::touched(&row));
    let parts = [&input.last_day_day, &input.last_day_month, &input.last_day_year];
    let day = match spoken::read_date(parts[0], parts[1], parts[2]) {
        Some(day) => day.to_string(),
        None if parts.iter().all(|part| part.trim().is_empty()) => String::new(),
        None => "?".to_owned(),
    };
    if let Err(wrong) = fitting(&unit, &row, &day).await? {
        return Err(ServiceError::Invalid(vec![wrong]));
    }
    let is_clinical = matches!(input.last_day_of.as_str(), "" | "specialist");
    store::free_busy::alone(&unit.tx, organisation).await?;
    let visits = match is_clinical && !day.is_empty() {
        true => leavers::visits_after(&unit, organisation, id, Some(&day)).await?,
        false => Vec::new(),
    };
    if !visits.is_empty() && input.seen != broken::fingerprint(&visits) {
        return broken::preview(unit, organisation, &visits).await.map(LeaveOutcome::Preview);
    }
    let written = match input.last_day_of.as_str() {
        "" => write_last_day(&mut unit, row.clone(), &day).await?,
        code => write_role_last_day(&mut unit, &row, code, &day).await?,
    };
    if let Err(wrong) = written {
        return Err(ServiceError::Invalid(vec![wrong]));
    }
    let listed = match is_clinical {
        true => leavers::list_visits(&mut unit, &row, &visits).await?,
        false => 0,
    };
    unit.finish(LeaveOutcome::Kept { listed, taken_back: 0 }).await
}

/// Sets a last day (YYYY-MM-DD; empty: none), with a line of history. The inner error says what is wrong with it.
pub(super) async fn write_last_day(
    unit: &mut Unit<'_>,
    mut row: person::Model,
    day: &str,
) -> Result<Result<(), FieldError>, ServiceError> {
    let day = match fitting(unit, &row, day).await? {
        Ok(day) => day,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let organisation = OrganisationId(row.organisation_id);
    let before = std::mem::replace(&mut row.valid_until, day.clone());
    store::people::update(&unit.tx, row.clone()).await?;
    let fields = vec![("last_day".to_owned(), before.unwrap_or_default(), day.unwrap_or_default())];
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(unit, &subject, fields).await?;
    Ok(Ok(()))
}

/// Sets the last day of a role that somebody holds (YYYY-MM-DD; empty: none), with a line of history.
pub(super) async fn write_role_last_day(
    unit: &mut Unit<'_>,
    row: &person::Model,
    role: &str,
    day: &str,
) -> Result<Result<(), FieldError>, ServiceError> {
    let day = match fitting(unit, row, day).await? {
        Ok(day) => day,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let held = store::people::held(&*unit.tx, row).await?;
    let Some(before) = held.into_iter().find(|held| held.role == role) else {
        let remedy = "They do not have this role. Give it to them first.";
        return Ok(Err(FieldError::new("last_day_of", remedy)));
    };
    store::people::set_role_until(&unit.tx, row, role, day.as_deref()).await?;
    let fields =
        vec![(format!("last_day_{role}"), before.valid_until.unwrap_or_default(), day.unwrap_or_default())];
    let organisation = OrganisationId(row.organisation_id);
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(unit, &subject, fields).await?;
    Ok(Ok(()))
}

/// A last day that can be set for somebody: none, or one from today on; never one's own.
async fn fitting(
    unit: &Unit<'_>,
    row: &person::Model,
    day: &str,
) -> Result<Result<Option<String>, FieldError>, ServiceError> {
    if unit.call.actor.key() == format!("staff:{}", row.id) {
        let remedy = "You cannot set your own last day. Ask another administrator.";
        return Ok(Err(FieldError::new("last_day", remedy)));
    }
    if day.is_empty() {
        return Ok(Ok(None));
    }
    let zone = zone(&home(&*unit.tx, OrganisationId(row.organisation_id)).await?);
    let today = unit.call.now.with_timezone(&zone).date_naive();
    let read = dates::day(day).filter(|day| *day >= today);
    Ok(read.map(|day| Some(day.to_string())).ok_or_else(|| {
        let remedy = "Enter today or a later day, like 31 8 2026, or leave all three empty. To end somebody’s access \
                      now, suspend them.";
        FieldError::new("last_day", remedy)
    }))
}

/// Suspends everybody whose last day has passed, and takes roles away whose last day has; answers how many. What waits for people who have left goes to their teams.
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
        hand_to_teams(desk, call.now, &row, &Left::Everything).await?;
    }
    for held in store::people::roles_past_last_day(desk.store.reader(), &somewhere.to_string(), BATCH).await?
    {
        let id = held.person_id;
        match end_role(desk, call, &held).await {
            Ok(true) => ended += 1,
            Ok(false) => {}
            Err(error) => tracing::error!(person = %id, %error, "a role could not be ended"),
        }
    }
    Ok(ended)
}

/// Takes a role away whose last day has passed. What was owned in it goes first, so that nothing is left behind when the
/// server stops halfway: the next round finds the role again.
async fn end_role(desk: &Desk, call: &Call, held: &person_role::Model) -> Result<bool, ServiceError> {
    let (organisation, id) = (OrganisationId(held.organisation_id), PersonId(held.person_id));
    let db = desk.store.reader();
    let Some(row) = store::people::find(db, organisation, id).await? else {
        return Ok(false);
    };
    let kept = current_roles(db, &row, call.now).await?;
    let Some(ended) = Role::from_code(&held.role).filter(|role| !kept.contains(role)) else {
        return Ok(false);
    };
    hand_to_teams(desk, call.now, &row, &Left::Role { ended, kept: kept.clone() }).await?;
    let mut unit = match Unit::begin(desk, call, "end-role", &(id, ended)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let before = store::people::roles(&*unit.tx, &row).await?.join(", ");
    if !store::people::take_role(&unit.tx, &row, ended.code()).await? {
        return unit.finish(false).await;
    }
    let after = store::people::roles(&*unit.tx, &row).await?.join(", ");
    if kept.is_empty() {
        leave(&mut unit, &row).await?;
    }
    if ended == Role::Specialist {
        leavers::end_specialist(&mut unit, &row).await?;
    }
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(&mut unit, &subject, vec![("roles".to_owned(), before, after)]).await?;
    unit.finish(true).await
}

/// What somebody does not do any more.
pub(super) enum Left {
    Everything,
    /// One role; those that they keep.
    Role {
        ended: Role,
        kept: Vec<Role>,
    },
}

impl Left {
    /// Whether they go on owning a referral.
    fn keeps(&self, case: &Case) -> bool {
        let Self::Role { ended, kept } = self else {
            return false;
        };
        let next = case.row.next_action.as_deref().and_then(NextAction::from_code);
        next.is_some_and(|next| {
            let side = if role_of(next) == Role::Referrer { Side::Referring } else { Side::Receiving };
            keeps(next, side, *ended, kept)
        })
    }

    /// What the history says.
    fn why(&self, name: &str) -> String {
        match self {
            Self::Everything => format!("{name} no longer works here."),
            Self::Role { ended, .. } => format!("{name} no longer works here as {ended}."),
        }
    }
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
    leavers::list_what_is_left(&mut unit, &row).await?;
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

/// Gives every referral that waits for somebody in what they have left to the team of its service, or to the organisation that sent it.
pub(super) async fn hand_to_teams(
    desk: &Desk,
    now: DateTime<Utc>,
    row: &person::Model,
    left: &Left,
) -> Result<(), ServiceError> {
    let staff = Staff::of(row);
    let call = Call::new(Actor::system("end-terms", ids::fresh(now)), now);
    let waiting =
        store::referrals::waiting_for(desk.store.reader(), staff.organisation, staff.person, BATCH).await?;
    for id in waiting {
        match hand_to_team(desk, &call, &staff, &row.name, left, ReferralId(id)).await {
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
    left: &Left,
    id: ReferralId,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "hand-to-team", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    let is_theirs = case.row.owner_person_id == Some(from.person.0);
    if !is_theirs || case.state.is_ended() || left.keeps(&case) {
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
        why: Some(left.why(name)),
        detail: json!({ "owner": null, "name": team }).to_string(),
    };
    store::referrals::add_event(&unit.tx, line).await?;
    unit.record(Act::Assign.code(), &case.touched("referral"));
    unit.notify(&case);
    unit.finish(()).await
}
