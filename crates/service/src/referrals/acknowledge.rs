//! Acknowledging receipt.

use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;

use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError};

/// The receiving side confirms that it has the referral. Starts the triage clock; the referrer is told.
pub async fn acknowledge(desk: &Desk, call: &Call, id: ReferralId, version: i64) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "acknowledge", &(id, version)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Acknowledge).await?;
    unit.same_version(&case, version)?;
    case.row.received_at = Some(call.now.timestamp_millis());
    unit.apply(&mut case, Act::Acknowledge, None, None, json!({})).await?;
    let cause = format!("acknowledge:{id}");
    unit.tell_referrer(&case, StaffNotice::Received, &cause).await?;
    unit.finish(()).await
}
