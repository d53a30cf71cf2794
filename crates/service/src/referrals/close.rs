//! Closing the loop, on evidence: the report was sent, the referrer acknowledged it, the patient was told.

use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;
use store::entity::survey;

use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Unit};
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
    let now = call.now.timestamp_millis();
    store::referrals::acknowledge_reports(&unit.tx, &case.row, &call.actor.key(), now).await?;
    let reports = store::referrals::reports(&*unit.tx, &case.row).await?;
    let evidence = reports.iter().any(|report| report.kind == "final" && report.acknowledged_at.is_some());
    if !evidence {
        return Err(Conflict::Other("There is no final report to acknowledge yet.".to_owned()).into());
    }
    unit.apply(&mut case, Act::Close, None, None, json!({ "evidence": "report acknowledged" })).await?;
    let cause = format!("close:{}", case.row.id);
    unit.tell_coordinators(&case, StaffNotice::Closed, &cause).await?;
    if !case.patient.deceased && store::referrals::survey(&*unit.tx, &case.row).await?.is_none() {
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
        unit.tell_patient(&case, Letter::new(Template::SurveyInvite, cause)).await?;
    }
    unit.finish(()).await
}
