//! Reminders of a booked visit: planned by the rules of its service, planned anew when those change, and withheld when the
//! time no longer holds.

use std::collections::{BTreeSet, HashMap};

use domain::delivery::Channel;
use domain::reminders::{OnlyIf, Planned, Rules, Step, plan};
use domain::reply_words::Question;
use domain::{AppointmentId, OrganisationId, ReferralId};
use store::entity::{appointment, message};
use store::messages::flight;
use uuid::Uuid;

use super::{calendar_part, visit_time};
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Desk, ServiceError, asking, describe, dispatch, facts, faults};

/// Visits of one round.
const BATCH: u64 = 100;

/// Plans the reminders of a time that was just booked; steps that are past already are skipped, never sent late.
pub(super) async fn plan_all(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &appointment::Model,
    view: &contract::AppointmentView,
) -> Result<(), ServiceError> {
    let rules = Rules::read(&case.service.reminders);
    let planned = planned(unit, case, row, &rules);
    write(unit, case, (row, view), &rules, &planned).await
}

/// The steps of the rules with their moments, as things are now.
fn planned<'a>(unit: &Unit<'_>, case: &Case, row: &appointment::Model, rules: &'a Rules) -> Vec<Planned<'a>> {
    // On the clock of whoever reads it, where they say which that is.
    let zone = case.patient.zone.as_deref().unwrap_or(&row.zone).parse().unwrap_or(case.zone());
    let (start, quiet) = (facts::instant(row.start_at), unit.desk.settings.quiet);
    plan(&rules.visit, start, zone, quiet, unit.call.now, row.patient_confirmed_at.is_some())
}

/// Writes these reminders. Each that asks has a link of its own, so that it asks about this visit and no other.
async fn write(
    unit: &mut Unit<'_>,
    case: &Case,
    (row, view): (&appointment::Model, &contract::AppointmentView),
    rules: &Rules,
    planned: &[Planned<'_>],
) -> Result<(), ServiceError> {
    let asking = planned.iter().filter(|one| asks(one.step)).count();
    let until = facts::instant(row.end_at);
    let about = asking::About { question: Question::Visit, of: Some(row.id), until };
    let mut links = asking::links(unit, case, &about, asking).await?.into_iter();
    for one in planned {
        let mut letter = Letter::new(template(one.step), cause(row, one.step));
        letter.facts.visit = Some(visit_time(row));
        letter.facts.place = view.place.clone();
        letter.facts.cost = rules.missed_cost.clone();
        if asks(one.step) {
            letter.facts.link = links.next().unwrap_or_default();
        }
        letter.visit = Some(row.id);
        letter.rule = Some((format!("reminders:{}", case.service.id), one.step.code.clone()));
        letter.when = When::Between(one.at, one.until);
        letter.by = one.step.by;
        unit.tell_patient(case, letter).await?;
        faults::at("fan-out");
    }
    Ok(())
}

const fn asks(step: &Step) -> bool {
    step.ask_confirm || step.say_cost
}

const fn template(step: &Step) -> Template {
    match (step.say_cost, step.ask_confirm) {
        (true, _) => Template::ReminderCost,
        (false, true) => Template::ReminderConfirm,
        (false, false) => Template::ReminderAppointment,
    }
}

/// Makes a reminder unique: the visit, the step, and how often its reminders were planned anew.
fn cause(row: &appointment::Model, step: &Step) -> String {
    format!("planned:{}:{}.{}", row.id, step.code, row.plan_no)
}

/// The step under which a reminder of this visit was planned.
fn step_of(message: &message::Model, row: &appointment::Model) -> Option<String> {
    let (_, rest) = message.dedupe_key.split_once(&format!(":planned:{}:", row.id))?;
    match &message.step {
        Some(step) => Some(step.clone()),
        // As they were planned before services had rules: by the number of days.
        None => rest.split(':').next().map(|days| format!("{days}-days")),
    }
}

/// Plans anew what has not gone yet, by the rules and the clock of now. What has gone under a step is not sent again.
pub(super) async fn plan_anew(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &mut appointment::Model,
) -> Result<(), ServiceError> {
    let rules = Rules::read(&case.service.reminders);
    unit.post.write(&unit.tx).await?;
    let mut planned = planned(unit, case, row, &rules);
    let (mut kept, mut gone) = (BTreeSet::new(), Vec::new());
    let all = store::messages::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
    let due: HashMap<Uuid, i64> = all.iter().map(|message| (message.id, message.due_at)).collect();
    for message in all {
        let Some(code) = step_of(&message, row) else { continue };
        if !dispatch::has_not_left(&message) {
            match message.state.as_str() {
                // Nobody needs to see to what takes its place.
                "withheld" => {
                    flight::seen_to(&unit.tx, message.id, None).await?;
                }
                _ => planned.retain(|one| one.step.code != code),
            }
            continue;
        }
        let same = planned.iter().find(|one| one.step.code == code && is_same(&message, one));
        match same {
            // Its moment has come already, and it is tried again until it is out of date.
            Some(_) if message.state != "created" => {
                kept.insert(code);
            }
            Some(one) => {
                // What follows a notice comes as long after it as before.
                let first = message.parent_id.and_then(|first| due.get(&first));
                let later = first.map_or(0, |first| message.due_at - first);
                let at = one.at.timestamp_millis() + later;
                let until = match first {
                    Some(_) => message.expires_at,
                    None => Some(one.until.timestamp_millis()),
                };
                if (message.due_at, message.expires_at) != (at, until) {
                    flight::replan(&unit.tx, message.id, at, until).await?;
                }
                kept.insert(code);
            }
            None => gone.push(message),
        }
    }
    dispatch::withhold(&unit.tx, unit.call.now, &gone, "planned anew").await?;
    planned.retain(|one| !kept.contains(&one.step.code));
    row.plan_no += 1;
    row.replan_at = None;
    store::appointments::update(&unit.tx, row.clone()).await?;
    if planned.is_empty() {
        return Ok(());
    }
    let view = describe::appointment(&*unit.tx, case, row, unit.call.now).await?;
    write(unit, case, (row, &view), &rules, &planned).await
}

/// Whether a message says what the step says. What is said of the cost may have changed.
fn is_same(message: &message::Model, one: &Planned<'_>) -> bool {
    let by =
        one.step.by.is_none_or(|by| by.code() == message.channel || message.channel == Channel::Push.code());
    !one.step.say_cost && by && message.template == template(one.step).code()
}

/// What follows when a visit has another instant and the same time on the clock: reminders that wait are due by the clock of
/// now, and whoever has the visit in their calendar gets the entry anew. Nothing else is said: nothing else has changed.
pub(crate) async fn follow(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &appointment::Model,
) -> Result<(), ServiceError> {
    let mut row = row.clone();
    plan_anew(unit, case, &mut row).await?;
    if case.patient.email.is_none() {
        return Ok(());
    }
    let view = describe::appointment(&*unit.tx, case, &row, unit.call.now).await?;
    let cause = format!("clock-rules:{}:{}", row.id, row.sequence);
    let mut letter = Letter::new(Template::CalendarRenewed, cause);
    letter.by = Some(Channel::Email);
    letter.facts.visit = Some(visit_time(&row));
    letter.visit = Some(row.id);
    letter.facts.place = view.place.clone();
    letter.calendar =
        Some(calendar_part::request(case, &row, &view, unit.call.now, &unit.desk.settings.organizer)?);
    unit.tell_patient(case, letter).await
}

/// Reminders of a time that no longer holds are not sent, nor tried again.
pub(super) async fn withhold(unit: &mut Unit<'_>, case: &Case) -> Result<(), ServiceError> {
    withhold_those(unit, case, "the time no longer holds", |_| true).await
}

/// Reminders that are for whoever has not said that they come.
pub(super) async fn withhold_questions(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &appointment::Model,
) -> Result<(), ServiceError> {
    let rules = Rules::read(&case.service.reminders);
    let only: BTreeSet<String> = rules
        .visit
        .into_iter()
        .filter(|step| step.only_if == OnlyIf::Unconfirmed)
        .map(|step| step.code)
        .collect();
    withhold_those(unit, case, "the patient is coming", |message| {
        step_of(message, row).is_some_and(|code| only.contains(&code))
    })
    .await
}

async fn withhold_those(
    unit: &mut Unit<'_>,
    case: &Case,
    why: &str,
    which: impl Fn(&message::Model) -> bool,
) -> Result<(), ServiceError> {
    unit.post.write(&unit.tx).await?;
    let all = store::messages::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
    let reminds =
        |one: &message::Model| Template::from_code(&one.template).is_some_and(Template::reminds_of_visit);
    let those: Vec<_> =
        all.into_iter().filter(|one| reminds(one) && dispatch::has_not_left(one) && which(one)).collect();
    dispatch::withhold(&unit.tx, unit.call.now, &those, why).await
}

/// Plans the reminders anew of visits whose service has other rules by now; answers of how many. One that cannot be planned
/// stops no other. Safe on many servers: each is a command of its own that looks again.
pub async fn replan_waiting(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let mut done = 0;
    for row in store::appointments::to_replan(desk.store.reader(), BATCH).await? {
        match replan_one(desk, call, &row).await {
            Ok(is_done) => done += u64::from(is_done),
            Err(error) => {
                tracing::error!(appointment = %row.id, %error, "the reminders of a visit could not be planned anew");
            }
        }
    }
    Ok(done)
}

async fn replan_one(desk: &Desk, call: &Call, seen: &appointment::Model) -> Result<bool, ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, bool>(desk, call, "replan-reminders", &seen.id).await?
    else {
        return Ok(false);
    };
    let case = unit.case(ReferralId(seen.referral_id)).await?;
    super::hold::lock_own(&unit, &case).await?;
    let organisation = OrganisationId(seen.organisation_id);
    let row = store::appointments::find(&*unit.tx, organisation, AppointmentId(seen.id)).await?;
    let Some(mut row) = row.filter(|row| row.replan_at.is_some()) else {
        return Ok(false);
    };
    if row.state == "booked" && facts::instant(row.start_at) > call.now {
        plan_anew(&mut unit, &case, &mut row).await?;
    } else {
        row.replan_at = None;
        store::appointments::update(&unit.tx, row).await?;
    }
    unit.record("replan-reminders", &case.touched("referral"));
    unit.finish(true).await
}
