//! Closing the loop, on evidence: the report was sent, the referrer acknowledged it, the patient was told.

use contract::TextInput;
use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::{Act, Kind};
use domain::reminders::Rules;
use serde_json::json;

use super::{fitting_text, follow_up};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError};

/// The referring side acknowledges the report. With it the evidence is complete, so the referral closes and the patient
/// is asked how it was; while visits or tests are still to come, it stays open with the receiving side.
pub async fn acknowledge_report(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    version: i64,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "acknowledge-report", &(id, version)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::AcknowledgeReport).await?;
    unit.same_version(&case, version)?;
    unit.apply(&mut case, Act::AcknowledgeReport, None, None, json!({})).await?;
    let now = call.now.timestamp_millis();
    store::referrals::acknowledge_reports(&unit.tx, &case.row, &call.actor.key(), now).await?;
    if follow_up::open(&unit, &case).await?.is_empty() {
        close(&mut unit, &mut case, None, "report acknowledged").await?;
    } else {
        must_be_acknowledged(&unit, &case).await?;
        follow_up::wait_for_follow_ups(&mut unit, &mut case).await?;
    }
    unit.finish(()).await
}

/// The receiving side closes a referral whose report was read, with a word on why what is still to come is not needed.
///
/// Errors: a conflict while the report was not read; `Invalid` for `text` when follow-ups are open and nothing is said.
pub async fn close_early(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "close", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Close).await?;
    if !follow_up::receives(call, &case) {
        return Err(ServiceError::NotAllowed);
    }
    unit.same_version(&case, input.version)?;
    // Closing marks reports as read, so it is asked first whether they were.
    must_be_acknowledged(&unit, &case).await?;
    let why = fitting_text("text", &input.text)?;
    let open = follow_up::open(&unit, &case).await?;
    if let (Some(first), true) = (open.first(), why.is_empty()) {
        let remedy = format!(
            "“{}” is still to come. Note what became of it, or say here why it is not needed.",
            first.what
        );
        return Err(ServiceError::invalid("text", remedy));
    }
    close(&mut unit, &mut case, Some(why), "report acknowledged").await?;
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
    must_be_acknowledged(unit, case).await?;
    unit.apply(case, Act::Close, why, None, json!({ "evidence": evidence })).await?;
    let cause = format!("close:{}", case.row.id);
    unit.tell_coordinators(case, StaffNotice::Closed, &cause).await?;
    // Who was not seen is not asked how it was.
    let was_seen = case.kind() == Kind::Referral;
    // Where the service asks some days later, or never, nobody is asked now.
    let asks_now = Rules::read(&case.service.reminders).survey_days == Some(0);
    if asks_now
        && was_seen
        && !case.patient.deceased
        && store::referrals::survey(&*unit.tx, &case.row).await?.is_none()
    {
        store::referrals::add_survey(&unit.tx, super::chase::invitation(case, unit)).await?;
        unit.tell_patient(case, Letter::new(Template::SurveyInvite, cause)).await?;
    }
    Ok(())
}

/// There is a final report, and it was read.
async fn must_be_acknowledged(unit: &Unit<'_>, case: &Case) -> Result<(), ServiceError> {
    let reports = store::referrals::reports(&*unit.tx, &case.row).await?;
    let is_read = reports.iter().any(|report| report.kind == "final" && report.acknowledged_at.is_some());
    if is_read { Ok(()) } else { Err(Conflict::ReportUnread.into()) }
}
