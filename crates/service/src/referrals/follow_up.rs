//! Visits and tests that are still to come under a referral: planned, booked, done, or not needed.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use contract::{FollowUpInput, FollowUpLine, OverdueLine, SettleInput};
use domain::calendar_days::{at_wall, working_days_after};
use domain::policy::Relation;
use domain::referral::{Act, FollowUpKind, FollowUpState, NextAction, NextStep, State};
use domain::{OrganisationId, PersonId, Principal, ReferralId, Role, dates, spoken};
use serde_json::json;
use store::entity::follow_up;
use uuid::Uuid;

use super::{close, fitting_text};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit, settle};
use crate::{Call, Conflict, Desk, ServiceError, facts, ids};

/// Longest words for what is planned, in characters.
const LONGEST: usize = 200;
/// A follow-up is planned at most so far ahead, in days.
const LONGEST_DAYS: i64 = 730;

/// Plans a visit or a test by a day. The receiving side, from acceptance until the referral has ended.
pub async fn plan_follow_up(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &FollowUpInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "plan-follow-up", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::PlanFollowUp).await?;
    unit.same_version(&case, input.version)?;
    let kind = FollowUpKind::from_code(&input.kind)
        .filter(|kind| *kind != FollowUpKind::Referral)
        .ok_or_else(|| ServiceError::invalid("kind", "Choose whether it is a visit or a test."))?;
    let what = input.what.trim();
    if what.is_empty() || what.chars().count() > LONGEST {
        return Err(ServiceError::invalid("what", "Write what is to be done, up to 200 characters."));
    }
    let today = call.now.with_timezone(&case.zone()).date_naive();
    let day = spoken::read_date(&input.due_day, &input.due_month, &input.due_year)
        .ok_or_else(|| ServiceError::invalid("due", "Enter the day by which it is due, like 31 3 2027."))?;
    if day < today || (day - today).num_days() > LONGEST_DAYS {
        return Err(ServiceError::invalid("due", "Choose a day from today on and within two years."));
    }
    let owner = owner(&unit, &case, &input.person).await?;
    let row = row(&unit, &case, kind, what, day, owner);
    let detail = json!({ "follow_up": row.id, "kind": kind, "due": day });
    store::follow_ups::insert(&unit.tx, row).await?;
    unit.apply(&mut case, Act::PlanFollowUp, Some(what), None, detail).await?;
    if is_waiting_to_close(&case) {
        wait_for_follow_ups(&mut unit, &mut case).await?;
    }
    unit.finish(()).await
}

/// A test that comes before the visit, by the time a visit should be booked.
pub(super) async fn plan_test(unit: &mut Unit<'_>, case: &mut Case, test: &str) -> Result<(), ServiceError> {
    let due = facts::instant(case.row.due_at.unwrap_or(unit.call.now.timestamp_millis()));
    let day = due.with_timezone(&case.zone()).date_naive();
    let team = (None, case.service.team.clone());
    let row = row(unit, case, FollowUpKind::Test, test, day, team);
    let detail = json!({ "follow_up": row.id, "kind": FollowUpKind::Test, "due": day });
    store::follow_ups::insert(&unit.tx, row).await?;
    unit.apply(case, Act::PlanFollowUp, Some(test), None, detail).await?;
    Ok(())
}

/// A referral made from this one: whoever made it looks after it until it has an outcome.
pub(super) async fn plan_referral(unit: &Unit<'_>, case: &Case, child: &Case) -> Result<(), ServiceError> {
    let clocks = case.clocks();
    let due = working_days_after(unit.call.now, clocks.contact_routine_days, case.zone(), &clocks.holidays);
    let day = due.with_timezone(&case.zone()).date_naive();
    let owner = match &unit.call.actor.principal {
        Principal::Staff { person, name, .. } => (Some(person.0), name.clone()),
        _ => (None, case.service.team.clone()),
    };
    let what = format!("{}, {}", child.service.name, child.row.reference);
    let mut row = row(unit, case, FollowUpKind::Referral, &what, day, owner);
    row.child_id = Some(child.row.id);
    Ok(store::follow_ups::insert(&unit.tx, row).await?)
}

/// Says what became of a follow-up. A test that came before the visit lets the patient choose a time once it is over; the
/// last one lets a referral close whose report was read.
pub async fn settle_follow_up(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &SettleInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "settle-follow-up", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::SettleFollowUp).await?;
    unit.same_version(&case, input.version)?;
    if input.follow_up.is_empty() {
        return Err(ServiceError::invalid("follow_up", "Choose which follow-up."));
    }
    let known = store::follow_ups::of_referral(&*unit.tx, &case.row).await?;
    let mut row = known.into_iter().find(|row| row.id.to_string() == input.follow_up).ok_or_else(|| {
        ServiceError::invalid("state", "This follow-up is not there any more. Reload the page.")
    })?;
    let next = FollowUpState::from_code(&input.state)
        .ok_or_else(|| ServiceError::invalid("state", "Choose what became of it."))?;
    let note = fitting_text("text", &input.text)?;
    if next.needs_reason() && note.is_empty() {
        return Err(ServiceError::invalid("text", "Say why it is not needed."));
    }
    let before = FollowUpState::from_code(&row.state).unwrap_or(FollowUpState::Planned);
    if !before.may_become(next) {
        return Err(Conflict::FollowUpSettled.into());
    }
    row.state = next.code().to_owned();
    row.note = Some(note.to_owned()).filter(|note| !note.is_empty());
    row.changed_at = call.now.timestamp_millis();
    let (what, kind) = (row.what.clone(), row.kind.clone());
    let detail = json!({ "follow_up": row.id, "kind": kind, "state": next });
    store::follow_ups::update(&unit.tx, row).await?;
    let why = match note.is_empty() {
        true => format!("{what} – {}", words(next)),
        false => format!("{what} – {}: {note}", words(next)),
    };
    unit.apply(&mut case, Act::SettleFollowUp, Some(&why), None, detail).await?;
    if next.is_over() && kind == FollowUpKind::Test.code() && case.plan().step == Some(NextStep::TestFirst) {
        let_choose(&mut unit, &mut case).await?;
    }
    close_when_done(&mut unit, &mut case).await?;
    unit.finish(()).await
}

const fn words(state: FollowUpState) -> &'static str {
    match state {
        FollowUpState::Planned => "planned again",
        FollowUpState::Booked => "booked",
        FollowUpState::Done => "done",
        FollowUpState::NotNeeded => "not needed",
    }
}

/// The test before the visit is over: the patient chooses a time, and the duty to book begins now.
async fn let_choose(unit: &mut Unit<'_>, case: &mut Case) -> Result<(), ServiceError> {
    let open = open(unit, case).await?;
    if case.state != State::Accepted || open.iter().any(|row| row.kind == FollowUpKind::Test.code()) {
        return Ok(());
    }
    case.row.next_step = Some(NextStep::Book.code().to_owned());
    case.row.next_step_note = None;
    // The duty is a new one, though the state is the same.
    case.row.due_at = None;
    settle(case, State::Accepted, unit.call.now, None);
    unit.keep_promise(case).await?;
    store::referrals::update(&unit.tx, case.row.clone()).await?;
    case.row.version += 1;
    let cause = format!("choose:{}:{}", case.row.id, case.row.version);
    unit.tell_patient(case, Letter::new(Template::AcceptedChooseTime, cause)).await
}

/// What is still open under a referral, oldest first.
pub(super) async fn open(unit: &Unit<'_>, case: &Case) -> Result<Vec<follow_up::Model>, ServiceError> {
    let mut rows = store::follow_ups::of_referral(&*unit.tx, &case.row).await?;
    rows.retain(|row| FollowUpState::from_code(&row.state).is_some_and(|state| !state.is_over()));
    Ok(rows)
}

/// The report was read and the referral waits for its follow-ups.
fn is_waiting_to_close(case: &Case) -> bool {
    let next = case.row.next_action.as_deref().and_then(NextAction::from_code);
    case.state == State::OutcomeReceived && next == Some(NextAction::FinishFollowUps)
}

/// The report was read, but something is still to come: the receiving side owns the referral until it is done.
pub(super) async fn wait_for_follow_ups(unit: &mut Unit<'_>, case: &mut Case) -> Result<(), ServiceError> {
    let open = open(unit, case).await?;
    let Some(first) = open.iter().min_by_key(|row| row.due_at) else {
        return Ok(());
    };
    let zone = case.zone();
    let due = facts::instant(first.due_at);
    case.row.owner_organisation_id = Some(case.row.organisation_id);
    case.row.owner_person_id = first.owner_person_id;
    case.row.owner_name = Some(first.owner_name.clone());
    case.row.next_action = Some(NextAction::FinishFollowUps.code().to_owned());
    case.row.due_at = Some(first.due_at);
    case.row.due_zone = Some(zone.name().to_owned());
    case.row.due_wall = Some(due.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string());
    case.row.escalation = 0;
    case.row.escalated_at = None;
    store::referrals::update(&unit.tx, case.row.clone()).await?;
    case.row.version += 1;
    Ok(())
}

/// Closes a referral whose report was read once its last follow-up is over.
async fn close_when_done(unit: &mut Unit<'_>, case: &mut Case) -> Result<(), ServiceError> {
    if !is_waiting_to_close(case) {
        return Ok(());
    }
    if open(unit, case).await?.is_empty() {
        close::close(unit, case, None, "report acknowledged, follow-ups over").await
    } else {
        wait_for_follow_ups(unit, case).await
    }
}

/// A referral that was made from another one has an outcome, or has ended without one: what waits for it is over, or due
/// at once for whoever made it.
pub(crate) async fn child_moved(unit: &Unit<'_>, child: &Case, next: State) -> Result<(), ServiceError> {
    let has_outcome = matches!(next, State::OutcomeReceived | State::Closed);
    if child.row.parent_kind.is_none() || !(has_outcome || next.is_ended()) {
        return Ok(());
    }
    let Some(mut row) = store::follow_ups::of_child(&*unit.tx, child.id()).await? else {
        return Ok(());
    };
    let is_over = FollowUpState::from_code(&row.state).is_none_or(FollowUpState::is_over);
    if is_over {
        return Ok(());
    }
    row.changed_at = unit.call.now.timestamp_millis();
    if has_outcome {
        row.state = FollowUpState::Done.code().to_owned();
        row.note = Some("The report was sent".to_owned());
    } else {
        row.due_at = row.due_at.min(row.changed_at);
        row.note = Some("It ended without a report. Decide what happens instead".to_owned());
    }
    Ok(store::follow_ups::update(&unit.tx, row).await?)
}

/// The follow-ups of a referral as staff of both sides read them.
pub(super) async fn lines(
    db: &impl store::Db,
    case: &Case,
    now: DateTime<Utc>,
) -> Result<Vec<FollowUpLine>, ServiceError> {
    let today = now.with_timezone(&case.zone()).date_naive();
    let rows = store::follow_ups::of_referral(db, &case.row).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let state = FollowUpState::from_code(&row.state).unwrap_or(FollowUpState::Planned);
            FollowUpLine {
                id: row.id.to_string(),
                kind: FollowUpKind::from_code(&row.kind).unwrap_or(FollowUpKind::Visit),
                what: row.what,
                due: dates::day(&row.due_on).map_or(String::new(), |day| spoken::date(day, today)),
                is_overdue: !state.is_over() && row.due_at < now.timestamp_millis(),
                state,
                owner: row.owner_name,
                note: row.note,
            }
        })
        .collect())
}

/// A follow-up stands on its owner's list so many days before it is due.
const SOON_DAYS: i64 = 7;

/// What is due within a week, or was not done in time: for coordinators everything, for others what they or the team own.
pub(super) async fn overdue(db: &impl store::Db, call: &Call) -> Result<Vec<OverdueLine>, ServiceError> {
    let Principal::Staff { organisation, person, roles, .. } = &call.actor.principal else {
        return Ok(Vec::new());
    };
    let owner = (!roles.contains(&Role::Coordinator)).then_some(*person);
    let now = call.now.timestamp_millis();
    let row = store::directory::organisation(db, *organisation).await?;
    let zone: chrono_tz::Tz = row.and_then(|row| row.zone.parse().ok()).unwrap_or(chrono_tz::Europe::London);
    let soon = (call.now + chrono::Duration::days(SOON_DAYS)).timestamp_millis();
    let rows = store::follow_ups::overdue(db, *organisation, owner, soon).await?;
    Ok(rows
        .into_iter()
        .map(|row| OverdueLine {
            referral: row.referral_id.to_string(),
            reference: row.reference,
            patient: format!("{}, {}", row.family, row.given),
            what: row.what,
            due: spoken::due(facts::instant(row.due_at), zone, call.now),
            is_late: row.due_at < now,
            owner: row.owner_name,
        })
        .collect())
}

/// Whether whoever calls works on the receiving side of a referral.
pub(super) fn receives(call: &Call, case: &Case) -> bool {
    case.relation == Relation::Receiving && !case.roles_of(&call.actor).is_empty()
}

async fn owner(unit: &Unit<'_>, case: &Case, person: &str) -> Result<(Option<Uuid>, String), ServiceError> {
    if person.is_empty() {
        return Ok((None, case.service.team.clone()));
    }
    let all = super::colleagues(&*unit.tx, case.organisation_id()).await?;
    let unknown = || ServiceError::invalid("person", "Choose a colleague from the list, or the team.");
    let chosen = all.into_iter().find(|choice| choice.value == person).ok_or_else(unknown)?;
    let id: PersonId = chosen.value.parse().map_err(|_| unknown())?;
    Ok((Some(id.0), chosen.label))
}

fn row(
    unit: &Unit<'_>,
    case: &Case,
    kind: FollowUpKind,
    what: &str,
    day: NaiveDate,
    (owner_person_id, owner_name): (Option<Uuid>, String),
) -> follow_up::Model {
    let evening = NaiveTime::from_hms_opt(17, 0, 0).expect("five in the afternoon is a time");
    let now = unit.call.now.timestamp_millis();
    follow_up::Model {
        organisation_id: OrganisationId(case.row.organisation_id).0,
        id: ids::fresh(unit.call.now),
        referral_id: case.row.id,
        kind: kind.code().to_owned(),
        what: what.to_owned(),
        due_on: day.to_string(),
        due_at: at_wall(day, evening, case.zone()).timestamp_millis(),
        state: FollowUpState::Planned.code().to_owned(),
        owner_person_id,
        owner_name,
        note: None,
        child_id: None,
        created_at: now,
        created_by_name: unit.call.actor.label(),
        changed_at: now,
    }
}
