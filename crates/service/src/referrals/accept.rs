//! Accepting a referral.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use contract::TriageInput;
use domain::notice::StaffNotice;
use domain::referral::{Act, NextStep};
use domain::{Priority, ServiceId};
use serde_json::json;
use store::calendars::Bookable;
use uuid::Uuid;

use super::fitting_text;
use crate::ServiceError;
use crate::booking::search::{kind_of, kinds, sees_people, sound};
use crate::booking::{AtAcceptance, at_acceptance};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Case, Unit};

/// Longest name of a test, in characters.
const LONGEST_NOTE: usize = 200;

/// Accepts with a priority and what comes next; the patient is told, and asked to choose a time where that is next. A
/// priority below the referrer's needs a comment that says why.
pub(super) async fn accept(
    unit: &mut Unit<'_>,
    case: &mut Case,
    input: &TriageInput,
) -> Result<(), ServiceError> {
    let priority = Priority::from_code(&input.priority)
        .ok_or_else(|| ServiceError::invalid("priority", "Choose a priority."))?;
    let comment = fitting_text("comment", &input.comment)?;
    if priority < case.priority() && comment.is_empty() {
        return Err(ServiceError::invalid(
            "comment",
            "You give it a lower priority than the referrer asked for. Say why.",
        ));
    }
    let (step, note, diary) = next_step(unit, case, input).await?;
    let kind = kind_of(&*unit.tx, case, &input.visit_kind).await?;
    case.row.priority = priority.code().to_owned();
    case.row.patient_line = None;
    case.row.decided_at = Some(unit.call.now.timestamp_millis());
    case.row.next_step = Some(step.code().to_owned());
    case.row.next_step_note = note.clone();
    case.row.next_resource_id = diary;
    case.row.visit_kind = kind;
    let detail =
        json!({ "priority": priority, "requested": case.row.requested_priority, "next": step, "note": note });
    unit.apply(case, Act::Accept, Some(comment), None, detail).await?;
    if let (NextStep::TestFirst, Some(test)) = (step, &note) {
        super::follow_up::plan_test(unit, case, test).await?;
    }
    let cause = format!("accept:{}:{}", case.row.id, case.row.version);
    unit.tell_referrer(case, StaffNotice::Accepted, &cause).await?;
    let template = match step.lets_choose_time() {
        false => Template::AcceptedWait,
        // On the heap: a search and a booking within a decision are more than a thread's stack is for.
        true => match Box::pin(at_acceptance(unit, case)).await? {
            // The offer says that it was accepted as well.
            AtAcceptance::Offered => return Ok(()),
            AtAcceptance::Chooses => Template::AcceptedChooseTime,
            AtAcceptance::ClinicBooks => Template::AcceptedWait,
        },
    };
    unit.tell_patient(case, Letter::new(template, cause)).await
}

/// What comes next, the test or the colleague's name, and the colleague's diary.
async fn next_step(
    unit: &Unit<'_>,
    case: &Case,
    input: &TriageInput,
) -> Result<(NextStep, Option<String>, Option<Uuid>), ServiceError> {
    let step = match input.next_step.as_str() {
        "" => NextStep::Book,
        code => NextStep::from_code(code)
            .ok_or_else(|| ServiceError::invalid("next_step", "Choose what comes next from the list."))?,
    };
    match step {
        // Whether the clinic finds a time follows from what is free.
        NextStep::ClinicBooks => Ok((NextStep::Book, None, None)),
        NextStep::Book | NextStep::AdviceOnly => Ok((step, None, None)),
        NextStep::TestFirst => {
            let test = input.next_step_note.trim();
            if test.is_empty() || test.chars().count() > LONGEST_NOTE {
                let remedy = "Write which test comes first, as the patient reads it, up to 200 characters.";
                return Err(ServiceError::invalid("next_step_note", remedy));
            }
            Ok((step, Some(test.to_owned()), None))
        }
        NextStep::BookNamed => {
            let (all, _) = sessions(&*unit.tx, case, unit.call.now).await?;
            let chosen = all.into_iter().find(|choice| choice.value == input.named).ok_or_else(|| {
                ServiceError::invalid("named", "Choose a colleague who has sessions for this service.")
            })?;
            let diary = chosen.value.parse().map_err(|_| ServiceError::NotFound)?;
            Ok((step, Some(chosen.label), Some(diary)))
        }
    }
}

/// Colleagues with sessions for the referral's service, and its kinds of visit.
pub(super) async fn sessions(
    db: &impl store::Db,
    case: &Case,
    now: DateTime<Utc>,
) -> Result<(Vec<contract::Choice>, Vec<String>), ServiceError> {
    let organisation = case.organisation_id();
    let service = ServiceId(case.row.service_id);
    let mut rules = store::calendars::rules_of_service(db, organisation, service).await?;
    rules.retain(|row| sound(row, None).is_some());
    let ids: BTreeSet<Uuid> = rules.iter().flat_map(sees_people).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let people = store::calendars::bookable_of(db, organisation, &ids).await?;
    let is_here = |row: &Bookable| crate::availability::gone_from(row).is_none_or(|gone| gone > now);
    let choices = people.into_iter().filter(is_here).map(|row| contract::Choice {
        value: row.id.to_string(),
        label: row.name,
        hint: None,
    });
    Ok((choices.collect(), kinds(&rules)?))
}
