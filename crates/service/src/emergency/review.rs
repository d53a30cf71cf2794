//! The review of emergency access: every one is closed with a finding, by somebody else.

use chrono::Duration;
use contract::{EmergencyLine, EmergencyReview, FieldError, FindingInput};
use domain::emergency::{Colleague, Finding, HABIT, HABIT_DAYS, is_late, oversees, reviewers};
use domain::{OrganisationId, PatientId, PersonId};
use store::entity::emergency;

use super::reviewers::colleagues;
use crate::audit::Touched;
use crate::sign_in::Staff;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, account, describe, facts};

/// Lines of each of the two lists.
const LINES: u64 = 200;

/// What waits for review, what was found, and how often it happens. Administrators and the privacy contact; where one of them
/// would have to review their own, whoever leads quality sees that one. Looking is an event.
pub async fn queue(desk: &Desk, call: &Call) -> Result<EmergencyReview, ServiceError> {
    let (staff, zone, all) = reviewer(desk, call).await?;
    let db = desk.store.reader();
    let organisation = staff.organisation;
    let touched = Touched { organisation, entity: "emergency", id: None, patient: None };
    desk.record_reads(call, "read", &[touched]).await?;
    let (mut waiting, mut reviewed) = (Vec::new(), Vec::new());
    for row in store::emergencies::of_organisation(db, organisation, LINES).await? {
        // Whoever steps in sees what they review, and no other.
        if !sees_all(&staff, &all) && !reviewers(PersonId(row.person_id), &all).contains(&staff.person) {
            continue;
        }
        let list = if row.reviewed_at.is_none() { &mut waiting } else { &mut reviewed };
        list.push(line(desk, call, &staff, &all, zone, row).await?);
    }
    let since = |days: i64| (call.now - Duration::days(days)).timestamp_millis();
    let people = store::emergencies::counts(db, organisation, since(HABIT_DAYS)).await?;
    let both = store::emergencies::counts(db, organisation, since(2 * HABIT_DAYS)).await?;
    let lately: i64 = people.iter().map(|person| person.n).sum();
    Ok(EmergencyReview {
        waiting,
        reviewed,
        lately,
        before: both.iter().map(|person| person.n).sum::<i64>() - lately,
        days: HABIT_DAYS,
        may_audit: sees_all(&staff, &all),
        people: people.into_iter().map(|row| (row.person_name, row.n, row.n >= HABIT)).collect(),
    })
}

async fn line(
    desk: &Desk,
    call: &Call,
    staff: &Staff,
    all: &[Colleague],
    zone: chrono_tz::Tz,
    row: emergency::Model,
) -> Result<EmergencyLine, ServiceError> {
    let opened = facts::instant(row.opened_at);
    let hours = (call.now - opened).num_hours();
    let looks = store::audit::looks(
        desk.store.reader(),
        OrganisationId(row.referral_organisation_id),
        &format!("staff:{}", row.person_id),
        "emergency-read",
        PatientId(row.patient_id),
        (row.opened_at, row.expires_at),
    )
    .await?;
    Ok(EmergencyLine {
        id: row.id.to_string(),
        when: describe::day_and_clock(row.opened_at, zone),
        age: match hours {
            0 => "less than an hour".to_owned(),
            1 => "1 hour".to_owned(),
            2..=71 => format!("{hours} hours"),
            _ => format!("{} days", hours / 24),
        },
        is_late: row.reviewed_at.is_none() && is_late(opened, call.now),
        who: row.person_name,
        reference: row.reference,
        reason: row.reason,
        looks: looks.len() as i64,
        looked: looks.iter().map(|row| (row.entity.clone(), describe::day_and_clock(row.at, zone))).collect(),
        is_own: row.person_id == staff.person.0,
        has_reviewer: !reviewers(PersonId(row.person_id), all).is_empty(),
        finding: row.finding.as_deref().and_then(Finding::from_code),
        reviewed: row
            .reviewed_by
            .zip(row.reviewed_at)
            .map(|(who, at)| format!("{who}, {}", describe::day_and_clock(at, zone))),
        note: row.finding_note.unwrap_or_default(),
    })
}

/// Closes an access with a finding: whoever may review it ([`reviewers`]), and never whoever opened it.
pub async fn review(
    desk: &Desk,
    call: &Call,
    id: uuid::Uuid,
    input: &FindingInput,
) -> Result<(), ServiceError> {
    let (staff, _, all) = reviewer(desk, call).await?;
    let mut unit = match Unit::begin(desk, call, "review-emergency", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = store::emergencies::find(&*unit.tx, staff.organisation, id).await?;
    let row = row.ok_or(ServiceError::NotFound)?;
    let touched = Touched {
        organisation: staff.organisation,
        entity: "emergency",
        id: Some(id),
        patient: Some(PatientId(row.patient_id)),
    };
    unit.attempts(touched.clone());
    if row.person_id == staff.person.0 {
        desk.record_refusal(call, "review-emergency", &touched);
        let remedy =
            "You opened this one yourself. Another administrator, or the privacy contact, reviews it.";
        return Err(ServiceError::invalid("finding", remedy));
    }
    if !reviewers(PersonId(row.person_id), &all).contains(&staff.person) {
        desk.record_refusal(call, "review-emergency", &touched);
        return Err(ServiceError::NotFound);
    }
    let mut wrong = Vec::new();
    let finding = Finding::from_code(&input.finding);
    if finding.is_none() {
        wrong.push(FieldError::new("finding", "Choose what you found."));
    }
    let note = input.note.trim();
    if note.is_empty() || note.chars().count() > 2000 {
        wrong.push(FieldError::new("note", "Say what you found, in up to 2000 characters."));
    }
    let (Some(finding), true) = (finding, wrong.is_empty()) else {
        return Err(ServiceError::Invalid(wrong));
    };
    let closing = store::emergencies::Finding {
        code: finding.code(),
        note,
        by: &call.actor.label(),
        at: call.now.timestamp_millis(),
    };
    if !store::emergencies::review(&unit.tx, &row, closing).await? {
        return Err(crate::Conflict::ReviewedMeanwhile.into());
    }
    unit.record("review-emergency", &touched);
    unit.finish(()).await
}

/// Whoever calls, the zone of the organisation, and everybody there who could review.
async fn reviewer(desk: &Desk, call: &Call) -> Result<(Staff, chrono_tz::Tz, Vec<Colleague>), ServiceError> {
    let staff = Staff::calling(call)?;
    let db = desk.store.reader();
    let home = account::home(db, staff.organisation).await?;
    let all = colleagues(db, staff.organisation).await?;
    let steps_in =
        |all: &[Colleague]| all.iter().any(|opener| reviewers(opener.person, all).contains(&staff.person));
    if !sees_all(&staff, &all) && !steps_in(&all) {
        return Err(ServiceError::NotAllowed);
    }
    Ok((staff, account::zone(&home), all))
}

/// Whether somebody sees all that was opened.
fn sees_all(staff: &Staff, all: &[Colleague]) -> bool {
    all.iter().find(|one| one.person == staff.person).is_some_and(oversees)
}
