//! Beginning and saving a draft.

use contract::{BeginPage, Choice, DraftInput, MissingItem, NewReferral};
use domain::policy::{Capability, may};
use domain::referral::{Act, Kind, State};
use domain::{OrganisationId, PatientId, Principal, Priority, ReferralId, ServiceId};
use serde_json::json;
use store::entity::{event, referral};

use super::{delegates, fitting_text, sheet, shortlist};
use crate::audit::Touched;
use crate::unit::{Begun, Unit, complete_case, find_case, settle};
use crate::{Call, Desk, ServiceError, facts, ids};

/// A spell of writing: somebody's saves within it are one line of the history.
const SPELL: chrono::Duration = chrono::Duration::minutes(30);

/// The page on which a referral is begun: patients whose name or number contains the words.
/// Referrers only; records that patients were listed.
pub async fn begin_page(desk: &Desk, call: &Call, words: &str) -> Result<BeginPage, ServiceError> {
    let organisation = referring(call)?;
    let db = desk.store.reader();
    // Nobody is listed, and no read recorded, before somebody is looked for.
    let rows = match words.trim() {
        "" => Vec::new(),
        words => store::patients::search(db, organisation, words, 25).await?,
    };
    let touched: Vec<_> = rows
        .iter()
        .map(|row| Touched {
            organisation,
            entity: "patient",
            id: Some(row.id),
            patient: Some(PatientId(row.id)),
        })
        .collect();
    desk.record_reads(call, "search", &touched).await?;
    let patients = rows
        .into_iter()
        .map(|row| Choice {
            value: row.id.to_string(),
            label: format!("{} {}", row.given, row.family),
            hint: Some(describe(&row)),
        })
        .collect();
    Ok(BeginPage { words: words.to_owned(), patients })
}

fn describe(row: &store::entity::patient::Model) -> String {
    let born = facts::birth_date(row)
        .map_or("date of birth not known".to_owned(), |born| format!("born {}", born.format("%-d %B %Y")));
    match &row.nhs_number {
        Some(number) => format!("{born}, NHS {number}"),
        None => born,
    }
}

fn referring(call: &Call) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, Capability::Refer)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

/// Begins a draft for a patient of the referrer's organisation to a service. Answers its id.
pub async fn begin(desk: &Desk, call: &Call, input: &NewReferral) -> Result<ReferralId, ServiceError> {
    let organisation = referring(call)?;
    let mut unit = match Unit::begin(desk, call, "begin", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let choose =
        |field: &str, what: &str| ServiceError::invalid(field, format!("Choose a {what} from the list."));
    let patient: PatientId = input.patient.parse().map_err(|_| choose("patient", "patient"))?;
    let service: ServiceId = input.service.parse().map_err(|_| choose("service", "service"))?;
    let Some(row) = store::patients::find(&*unit.tx, organisation, patient).await? else {
        let touched =
            Touched { organisation, entity: "patient", id: Some(patient.0), patient: Some(patient) };
        desk.record_refusal(call, "find", &touched);
        return Err(choose("patient", "patient"));
    };
    let patient = row;
    if patient.deceased {
        return Err(ServiceError::invalid(
            "patient",
            "This patient is recorded as having died. Check the record first.",
        ));
    }
    let service = store::directory::service(&*unit.tx, service)
        .await?
        .filter(|service| service.active)
        .ok_or_else(|| choose("service", "service"))?;
    let kind = match input.kind.as_str() {
        "" => Kind::Referral,
        code => Kind::from_code(code)
            .ok_or_else(|| ServiceError::invalid("kind", "Choose a referral or advice."))?,
    };
    let (referrer, in_name) = delegates::referrer(&unit, &input.in_name_of).await?;
    let now = call.now.timestamp_millis();
    let row = referral::Model {
        organisation_id: service.organisation_id,
        id: ids::fresh(call.now),
        reference: ids::reference(),
        referrer_organisation_id: organisation.0,
        referrer_id: Some(referrer.0),
        referrer_name: referrer.1,
        patient_organisation_id: patient.organisation_id,
        patient_id: patient.id,
        service_id: service.id,
        state: State::Draft.code().to_owned(),
        priority: Priority::Routine.code().to_owned(),
        requested_priority: Priority::Routine.code().to_owned(),
        reason: String::new(),
        reason_codes: "[]".to_owned(),
        owner_organisation_id: None,
        owner_person_id: None,
        owner_name: None,
        next_action: None,
        due_at: None,
        due_zone: None,
        due_wall: None,
        patient_line: None,
        appointment_id: None,
        version: 1,
        created_at: now,
        sent_at: None,
        received_at: None,
        decided_at: None,
        ended_at: None,
        state_since: now,
        escalation: 0,
        escalated_at: None,
        paused_from: None,
        parent_organisation_id: None,
        parent_id: None,
        kind: kind.code().to_owned(),
        patient_sees: kind == Kind::Referral || input.patient_sees == "1",
        may_turn: kind == Kind::Advice && input.may_turn == "1",
        asked_of: None,
        next_step: None,
        next_step_note: None,
        next_resource_id: None,
        parent_kind: None,
        visit_kind: None,
        wishes: "{}".to_owned(),
    };
    let mut case = complete_case(&*unit.tx, row, domain::policy::Relation::Referring).await?;
    case.in_name = in_name;
    settle(&mut case, State::Draft, call.now, None);
    let id = case.id();
    store::referrals::insert(&unit.tx, case.row.clone()).await?;
    let event = event::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(call.now),
        referral_id: case.row.id,
        at: now,
        kind: "referral_begun".to_owned(),
        actor: call.actor.key(),
        actor_name: case.signed(&call.actor),
        from_state: None,
        to_state: State::Draft.code().to_owned(),
        why: None,
        detail: json!({}).to_string(),
    };
    store::referrals::add_event(&unit.tx, event).await?;
    let chosen = shortlist::chosen(&*unit.tx, call, &case, &input.shortlist, &input.choice_reason).await?;
    if let Some(choice) = chosen {
        store::shortlists::add_choice(&unit.tx, choice).await?;
    }
    unit.record_act("begin", &case);
    unit.finish(id).await
}

/// Saves a draft as typed, complete or not; answers its new version.
pub async fn save(desk: &Desk, call: &Call, id: ReferralId, input: &DraftInput) -> Result<i64, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "save", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Save).await?;
    unit.same_version(&case, input.version)?;
    let priority =
        sheet::priority(&case, &input.priority).map_err(|error| ServiceError::Invalid(vec![error]))?;
    let sheet = sheet::take(&*unit.tx, &case, input.pairs.as_deref()).await?;
    let reason = fitting_text("reason", &input.reason)?.to_owned();
    super::meanwhile::keep_letter(&unit, &case).await?;
    case.row.reason = reason;
    case.row.priority = priority.code().to_owned();
    case.row.requested_priority = priority.code().to_owned();
    sheet::keep(&unit.tx, &case, &sheet, call.now).await?;
    // A draft saves itself at each pause in typing: the history has one line for each spell of writing, the audit all.
    let since = (call.now - SPELL).timestamp_millis();
    match store::referrals::saved_since(&*unit.tx, &case.row, &call.actor.key(), since).await? {
        true => unit.change(&mut case, Act::Save, None).await?,
        false => unit.apply(&mut case, Act::Save, None, None, json!({})).await?,
    };
    let version = case.row.version;
    unit.finish(version).await
}

/// What a draft still lacks, in words that say how to put it right. Recorded as a read.
pub async fn completeness(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    reason: &str,
) -> Result<Vec<MissingItem>, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    desk.record_read(call, case.touched("referral")).await?;
    let documents = store::documents::of_referral(db, &case.row).await?;
    let sheet = sheet::read(db, &case.row).await?;
    Ok(sheet::unready(&case, &sheet, &documents, reason, call.now))
}
