//! Visits that something breaks or puts in doubt: shown before anything is saved, then cancelled or left as they are, and listed
//! either way.

use chrono::{DateTime, Utc};
use contract::{BrokenVisit, LeaveOutcome, LeavePreview};
use domain::notice::StaffNotice;
use domain::{OrganisationId, Principal, ReferralId, Role, spoken};
use sha2::{Digest, Sha256};
use store::appointments::BrokenLine;
use store::entity::rebooking;
use uuid::Uuid;

use crate::audit::Touched;
use crate::booking;
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::Unit;
use crate::{ServiceError, facts, ids};

/// What speaks against a visit, by the codes of `rebooking.cause`.
pub(crate) type Cause = (&'static str, Uuid);

/// What would break, with the words of whoever is to confirm it. Nothing is changed.
pub(crate) async fn preview(
    unit: Unit<'_>,
    organisation: OrganisationId,
    broken: &[BrokenLine],
) -> Result<LeavePreview, ServiceError> {
    let (desk, call) = (unit.desk, unit.call);
    let mut once = std::collections::HashSet::new();
    let shown = broken.iter().filter(|line| once.insert(line.referral_id));
    let touched: Vec<_> = shown.map(|line| seen_of(organisation, line)).collect();
    let visits = broken.iter().map(|line| described(line, call.now)).collect();
    let only_lists = !cares(&unit);
    // On SQLite whoever records the look waits for the end of this transaction.
    drop(unit);
    desk.record_reads(call, "list", &touched).await?;
    Ok(LeavePreview { seen: fingerprint(broken), visits, only_lists })
}

/// Which visits were shown: another one that is booked meanwhile is shown first. Nothing, of nothing.
pub(crate) fn fingerprint(broken: &[BrokenLine]) -> String {
    if broken.is_empty() {
        return String::new();
    }
    let mut ids: Vec<Uuid> = broken.iter().map(|line| line.id).collect();
    ids.sort();
    let mut hash = Sha256::new();
    ids.iter().for_each(|id| hash.update(id.as_bytes()));
    hex::encode(&hash.finalize()[..16])
}

/// Cancels each: its patient is told once and asked to choose again, and it stays on the list until another time is booked.
/// Held times go back. An administrator books and cancels for nobody: then visits stay booked, are listed, and the
/// coordinators are told.
pub(super) async fn cancel_all(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    broken: &[BrokenLine],
    why: &str,
    cause: Cause,
) -> Result<LeaveOutcome, ServiceError> {
    if broken.is_empty() {
        return Ok(LeaveOutcome::Saved { cancelled: 0, taken_back: 0 });
    }
    if !cares(unit) {
        let Listed { booked, offered } = list_all(unit, organisation, broken, why, cause).await?;
        tell(unit, organisation, broken).await?;
        return Ok(LeaveOutcome::Kept { listed: booked, taken_back: offered });
    }
    lock(unit, organisation, broken).await?;
    let mut cancelled = 0;
    for line in broken {
        let mut case = unit.case(ReferralId(line.referral_id)).await?;
        if Box::pin(booking::break_visit(unit, &mut case, line.id, why)).await? {
            store::leave::list_visit(&unit.tx, row(unit, organisation, line, cause)).await?;
            cancelled += 1;
        }
    }
    Ok(LeaveOutcome::Saved { cancelled, taken_back: offered(broken) })
}

/// What became of visits that something speaks against.
pub(crate) struct Listed {
    /// They stay booked, and are listed.
    pub booked: u64,
    /// They were offered, and are taken back.
    pub offered: u64,
}

fn offered(lines: &[BrokenLine]) -> u64 {
    lines.iter().filter(|line| line.state == "held" && line.offered_by.is_some()).count() as u64
}

/// Leaves each booked and lists it, until somebody has decided. Held times go back: nobody has said yes to them.
pub(crate) async fn list_all(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    doubtful: &[BrokenLine],
    why: &str,
    cause: Cause,
) -> Result<Listed, ServiceError> {
    let (mut held, booked): (Vec<_>, Vec<_>) =
        doubtful.iter().cloned().partition(|line| line.state == "held");
    if !cares(unit) {
        // They are refused when their patients say yes.
        held.clear();
    }
    lock(unit, organisation, &held).await?;
    for line in &held {
        let mut case = unit.case(ReferralId(line.referral_id)).await?;
        Box::pin(booking::break_visit(unit, &mut case, line.id, why)).await?;
    }
    for line in &booked {
        store::leave::list_visit(&unit.tx, row(unit, organisation, line, cause)).await?;
        unit.record("doubt-visit", &seen_of(organisation, line));
    }
    Ok(Listed { booked: booked.len() as u64, offered: offered(&held) })
}

/// Lists booked visits against which something speaks now, and tells the coordinators, in one mail, of those that are not on the
/// list for another cause already. Answers how many are listed.
pub(crate) async fn list_further(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    booked: &[BrokenLine],
    cause: Cause,
) -> Result<u64, ServiceError> {
    let ids: Vec<Uuid> = booked.iter().map(|line| line.id).collect();
    let before = store::leave::causes(&*unit.tx, organisation, &ids).await?;
    let listed = list_all(unit, organisation, booked, "", cause).await?;
    let is_new = |line: &&BrokenLine| before.iter().all(|row| row.appointment_id != line.id);
    let new: Vec<BrokenLine> = booked.iter().filter(is_new).cloned().collect();
    tell(unit, organisation, &new).await?;
    Ok(listed.booked)
}

/// Whether the actor gives times back for patients.
fn cares(unit: &Unit<'_>) -> bool {
    match &unit.call.actor.principal {
        Principal::Staff { roles, .. } => {
            roles.iter().any(|role| matches!(role, Role::Coordinator | Role::Specialist))
        }
        Principal::System { .. } => true,
        Principal::Patient { .. } | Principal::Client { .. } => false,
    }
}

/// Tells the coordinators, in one mail for all, that booked visits are in doubt.
pub(crate) async fn tell(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    doubtful: &[BrokenLine],
) -> Result<(), ServiceError> {
    let Some(first) = doubtful.iter().find(|line| line.state == "booked") else {
        return Ok(());
    };
    let cause = format!("in-doubt:{}:{}", first.id, unit.call.now.timestamp_millis());
    let told = (StaffNotice::InDoubt, "/availability/rebooking");
    tell_of(unit, organisation, &first.reference, told, &cause).await
}

/// Tells the coordinators of something that stands on a page, with one referral as its example. Of one cause they hear once.
pub(crate) async fn tell_of(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    reference: &str,
    (notice, path): (StaffNotice, &str),
    cause: &str,
) -> Result<(), ServiceError> {
    for held in store::people::with_roles(&*unit.tx, organisation).await? {
        if held.role != Role::Coordinator.code() || held.status != "active" {
            continue;
        }
        let person = store::people::find(&*unit.tx, organisation, domain::PersonId(held.id)).await?;
        let Some(person) = person else { continue };
        let mut letter = Letter::new(Template::StaffNotice, cause);
        letter.facts.first_name = person.name.clone();
        letter.facts.reference = reference.to_owned();
        letter.facts.notice = Some(notice);
        letter.facts.link = format!("{}{path}", unit.desk.settings.public_url);
        unit.tell_colleague(&person, letter).await?;
    }
    Ok(())
}

/// Takes the weeks in the order of whoever moves a visit meanwhile.
async fn lock(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    broken: &[BrokenLine],
) -> Result<(), ServiceError> {
    let mut weeks = Vec::new();
    for line in broken {
        let referral = ReferralId(line.referral_id);
        weeks.extend(store::appointments::held_by(&*unit.tx, organisation, referral).await?);
    }
    Ok(store::free_busy::lock(&unit.tx, organisation, &weeks).await?)
}

fn row(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    line: &BrokenLine,
    (cause, cause_id): Cause,
) -> rebooking::Model {
    rebooking::Model {
        organisation_id: organisation.0,
        id: ids::fresh(unit.call.now),
        appointment_id: line.id,
        referral_id: line.referral_id,
        resource_id: line.resource_id,
        start_at: line.start_at,
        cause: cause.to_owned(),
        cause_id,
        created_at: unit.call.now.timestamp_millis(),
        created_by_name: unit.call.actor.label(),
        settled_at: None,
        settled_by_name: None,
    }
}

fn seen_of(organisation: OrganisationId, line: &BrokenLine) -> Touched {
    Touched { organisation, entity: "referral", id: Some(line.referral_id), patient: None }
}

fn described(line: &BrokenLine, now: DateTime<Utc>) -> BrokenVisit {
    let zone = line.zone.parse().unwrap_or(chrono_tz::Europe::London);
    BrokenVisit {
        referral: line.referral_id.to_string(),
        patient: format!("{} {}", line.given, line.family),
        reference: line.reference.clone(),
        when: spoken::instant(facts::instant(line.start_at), zone, now),
        held: line.state == "held",
        offered: line.state == "held" && line.offered_by.is_some(),
    }
}
