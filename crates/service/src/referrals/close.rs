//! Closing the loop, on evidence: the report was sent, the referrer acknowledged it, the patient was told.

use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::{Act, Kind};
use serde_json::json;
use store::entity::survey;

use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, ids};

/// The referring side acknowledges the report. With it the evidence is complete, so the referral closes and the
/// patient is asked how it was.
pub async fn acknowledge_report(desk: &Desk, call: &Call, id: ReferralId) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "acknowledge-report", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.apply(&mut case, Act::AcknowledgeReport, None, None, json!({})).await?;
    close(&mut unit, &mut case, None, "report acknowledged").await?;
    unit.finish(()).await
}

/// Closes, on the evidence of a final report that has been read or is on its way; the patient is asked how it was.
pub(super) async fn close(
    unit: &mut Unit<'_>,
    case: &mut Case,
    why: Option<&str>,
    evidence: &str,
) -> Result<(), ServiceError> {
    let call = unit.call;
    let now = call.now.timestamp_millis();
    store::referrals::acknowledge_reports(&unit.tx, &case.row, &call.actor.key(), now).await?;
    let reports = store::referrals::reports(&*unit.tx, &case.row).await?;
    let is_there = reports.iter().any(|report| report.kind == "final" && report.acknowledged_at.is_some());
    if !is_there {
        return Err(Conflict::Other("There is no final report to acknowledge yet.".to_owned()).into());
    }
    unit.apply(case, Act::Close, why, None, json!({ "evidence": evidence })).await?;
    let cause = format!("close:{}", case.row.id);
    unit.tell_coordinators(case, StaffNotice::Closed, &cause).await?;
    // Who was not seen is not asked how it was.
    let was_seen = case.kind() == Kind::Referral;
    if was_seen && !case.patient.deceased && store::referrals::survey(&*unit.tx, &case.row).await?.is_none() {
        let invitation = survey::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(call.now),
            referral_id: case.row.id,
            service_id: case.row.service_id,
            invited_at: now,
            answered_at: None,
            overall: None,
            comment: None,
        };
        store::referrals::add_survey(&unit.tx, invitation).await?;
        unit.tell_patient(case, Letter::new(Template::SurveyInvite, cause)).await?;
    }
    Ok(())
}
