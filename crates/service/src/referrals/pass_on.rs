//! On to a better place: forwarded within the organisation, or redirected as a new referral.

use contract::PassOnInput;
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::policy::delegation::InName;
use domain::referral::{Act, State};
use domain::{Principal, ReferralId, ServiceId};
use serde_json::json;
use store::entity::{event, service};

use super::send::after_send;
use super::{fitting_text, required_text};
use crate::unit::{Begun, Case, Unit, complete_case, settle};
use crate::{Call, Conflict, Desk, ServiceError, ids, reasons};

/// Hands a referral to another service of the same organisation. It stays the same referral, with its history; what was
/// accepted is read anew there.
pub async fn forward(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &PassOnInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "forward", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Forward).await?;
    unit.same_version(&case, input.version)?;
    let reason = reasons::chosen(&unit, Act::Forward, &input.reason).await?;
    let comment = fitting_text("text", &input.text)?;
    let comment = reasons::why(reason.as_ref(), comment, "text", "Say why it is for that service.")?;
    let target = target(&unit, &case, input).await?;
    if target.organisation_id != case.row.organisation_id {
        return Err(ServiceError::invalid("service", "This is another organisation's service: redirect it."));
    }
    let detail = json!({ "from": case.row.service_id, "to": target.id, "name": target.name });
    let detail = reasons::with_reason(detail, reason.as_ref());
    case.row.service_id = target.id;
    case.service = target;
    unit.apply(&mut case, Act::Forward, Some(comment), None, detail).await?;
    // It belongs to the other team now, whoever owned it here.
    case.row.owner_person_id = None;
    case.row.owner_name = Some(case.service.team.clone());
    store::referrals::update(&unit.tx, case.row.clone()).await?;
    case.row.version += 1;
    let cause = format!("forward:{}:{}", case.row.id, case.row.version);
    unit.tell_coordinators(&case, StaffNotice::Arrived, &cause).await?;
    unit.tell_referrer(&case, StaffNotice::PassedOn, &cause).await?;
    unit.finish(()).await
}

/// Ends a referral here and begins the same one at another service, with its letter and documents. The patient reads
/// why; the new side's clock starts now. Answers the new referral.
pub async fn redirect(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &PassOnInput,
) -> Result<ReferralId, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "redirect", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Redirect).await?;
    unit.same_version(&case, input.version)?;
    let remedy = "Write what the patient reads: why another clinic is better, and what happens next.";
    let line = required_text("patient_line", &input.patient_line, remedy)?;
    let comment = fitting_text("text", &input.text)?;
    let reason = reasons::chosen(&unit, Act::Redirect, &input.reason).await?;
    let target = target(&unit, &case, input).await?;
    let mut source = case.clone();
    source.row.parent_kind = None;
    let next = onward(&unit, &source, &target, State::Sent, With::Documents).await?;
    case.row.patient_line = Some(line.to_owned());
    let detail = json!({ "to": next.row.id, "service": target.id, "name": target.name, "comment": comment });
    let detail = reasons::with_reason(detail, reason.as_ref());
    unit.apply(&mut case, Act::Redirect, Some(line), None, detail).await?;
    let cause = format!("redirect:{}", case.row.id);
    unit.tell_referrer(&case, StaffNotice::PassedOn, &cause).await?;
    after_send(&mut unit, &next).await?;
    let id = next.id();
    unit.finish(id).await
}

async fn target(unit: &Unit<'_>, case: &Case, input: &PassOnInput) -> Result<service::Model, ServiceError> {
    let choose = || ServiceError::invalid("service", "Choose a service from the list.");
    let id: ServiceId = input.service.parse().map_err(|_| choose())?;
    let found = store::directory::service(&*unit.tx, id).await?;
    let found = found.filter(|service| service.active).ok_or_else(choose)?;
    if found.id == case.row.service_id {
        return Err(ServiceError::invalid("service", "It is with this service already. Choose another one."));
    }
    Ok(found)
}

/// Begins a draft with the letter and the documents of a referral that was declined or cancelled, to be put right and
/// sent again. Referrers of the side that sent it. Answers the draft.
pub async fn resubmit(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    version: i64,
) -> Result<ReferralId, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "resubmit", &(id, version)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    let Principal::Staff { person, name, .. } = &call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    unit.decide(&case, Act::Resubmit).await?;
    unit.same_version(&case, version)?;
    if !case.service.active {
        return Err(Conflict::ServiceClosed.into());
    }
    // Whoever takes it up again answers for the new one, unless they do so in the referrer's name.
    let mut begun = case.clone();
    begun.row.parent_kind = None;
    if case.in_name != InName::Referrer {
        begun.row.referrer_id = Some(person.0);
        begun.row.referrer_name = name.clone();
    }
    let draft = onward(&unit, &begun, &case.service.clone(), State::Draft, With::Documents).await?;
    let detail = json!({ "to": draft.row.id, "name": draft.row.reference });
    unit.apply(&mut case, Act::Resubmit, None, None, detail).await?;
    let id = draft.id();
    unit.finish(id).await
}

/// What comes along besides the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    /// The documents that everybody reads.
    Documents,
    Nothing,
}

/// The referral that continues this one at the target, in its first state, with copies of its documents' rows: the bytes
/// are shared.
pub(super) async fn onward(
    unit: &Unit<'_>,
    case: &Case,
    target: &service::Model,
    state: State,
    with: With,
) -> Result<Case, ServiceError> {
    let call = unit.call;
    let now = call.now.timestamp_millis();
    let mut row = case.row.clone();
    row.organisation_id = target.organisation_id;
    row.id = ids::fresh(call.now);
    row.reference = ids::reference();
    row.service_id = target.id;
    row.priority = row.requested_priority.clone();
    row.patient_line = None;
    row.appointment_id = None;
    row.version = 1;
    row.created_at = now;
    row.sent_at = (state == State::Sent).then_some(now);
    row.ended_at = None;
    row.received_at = None;
    row.decided_at = None;
    row.state_since = now;
    row.paused_from = None;
    row.parent_organisation_id = Some(case.row.organisation_id);
    row.parent_id = Some(case.row.id);
    row.asked_of = None;
    row.next_step = None;
    row.next_step_note = None;
    row.next_resource_id = None;
    row.state = State::Draft.code().to_owned();
    row.due_at = None;
    let mut next = complete_case(&*unit.tx, row, Relation::Product).await?;
    settle(&mut next, state, call.now, None);
    store::referrals::insert(&unit.tx, next.row.clone()).await?;
    store::referrals::add_event(
        &unit.tx,
        event::Model {
            organisation_id: next.row.organisation_id,
            id: ids::fresh(call.now),
            referral_id: next.row.id,
            at: now,
            kind: if state == State::Sent { Act::Send.event() } else { "referral_begun" }.to_owned(),
            actor: call.actor.key(),
            actor_name: case.signed(&call.actor),
            from_state: None,
            to_state: state.code().to_owned(),
            why: None,
            detail: json!({ "continues": case.row.reference }).to_string(),
        },
    )
    .await?;
    super::sheet::copy(&unit.tx, &case.row, &next.row, call.now).await?;
    if with == With::Nothing {
        return Ok(next);
    }
    let mut copies = std::collections::BTreeMap::new();
    for mut document in store::documents::of_referral(&*unit.tx, &case.row).await? {
        document.organisation_id = next.row.organisation_id;
        document.referral_id = next.row.id;
        let before = std::mem::replace(&mut document.id, ids::fresh(call.now));
        copies.insert(before, document.id);
        document.replaces = document.replaces.and_then(|older| copies.get(&older).copied());
        store::documents::insert(&unit.tx, document).await?;
    }
    Ok(next)
}
