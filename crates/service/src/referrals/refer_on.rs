//! A referral beside this one: to another service, for the same patient, linked, with a life of its own.

use contract::ReferOnInput;
use domain::referral::{Act, State};
use domain::{Priority, ReferralId, ServiceId};
use serde_json::json;

use super::follow_up;
use super::pass_on::{With, onward};
use super::required_text;
use super::send::after_send;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError};

/// Refers the patient to another service as well, of the house or elsewhere. The one who referred the patient here stays
/// the referrer there, and reads the report; whoever makes it follows it up here. Specialists. Answers the new referral.
pub async fn refer_on(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &ReferOnInput,
) -> Result<ReferralId, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "refer-on", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::ReferOn).await?;
    unit.same_version(&case, input.version)?;
    let letter = required_text(
        "text",
        &input.text,
        "Write the letter: what the other clinic should look at, and why.",
    )?;
    let priority = Priority::from_code(&input.priority)
        .ok_or_else(|| ServiceError::invalid("priority", "Choose how urgent it is."))?;
    let choose = || ServiceError::invalid("service", "Choose a service from the list.");
    let service: ServiceId = input.service.parse().map_err(|_| choose())?;
    let target = store::directory::service(&*unit.tx, service).await?;
    let target = target.filter(|service| service.active).ok_or_else(choose)?;
    if target.id == case.row.service_id {
        return Err(ServiceError::invalid("service", "It is with this service already. Choose another one."));
    }
    let mut source = case.clone();
    source.row.reason = letter.to_owned();
    source.row.requested_priority = priority.code().to_owned();
    source.row.parent_kind = Some("beside".to_owned());
    let with = if input.documents == "1" { With::Documents } else { With::Nothing };
    let child = onward(&unit, &source, &target, State::Sent, with).await?;
    follow_up::plan_referral(&unit, &case, &child).await?;
    let detail = json!({ "to": child.row.id, "service": target.id, "name": target.name });
    unit.apply(&mut case, Act::ReferOn, Some(&child.row.reference), None, detail).await?;
    after_send(&mut unit, &child).await?;
    let id = child.id();
    unit.finish(id).await
}
