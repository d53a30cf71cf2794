//! Notices on the patient's phone.

use domain::policy::Relation;
use domain::{OrganisationId, ReferralId};
use store::entity::push_subscription;

use crate::ports::PushTarget;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// Remembers a browser that asked for notices. `endpoint` must be an https address (guarded again at each use);
/// the keys are base64url as the browser gives them.
pub async fn subscribe(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    endpoint: &str,
    p256dh: &str,
    auth: &str,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "subscribe", &(id, endpoint)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = unit.case(id).await?;
    if case.relation != Relation::Subject {
        return Err(ServiceError::NotAllowed);
    }
    let browser =
        PushTarget { endpoint: endpoint.to_owned(), p256dh: p256dh.to_owned(), auth: auth.to_owned() };
    if endpoint.len() > 1000 || !desk.ports.couriers.reaches(&browser) {
        return Err(ServiceError::invalid("endpoint", "This browser's push address cannot be used."));
    }
    let row = push_subscription::Model {
        organisation_id: OrganisationId(case.patient.organisation_id).0,
        id: ids::fresh(call.now),
        patient_id: case.patient.id,
        endpoint: endpoint.to_owned(),
        p256dh: p256dh.to_owned(),
        auth: auth.to_owned(),
        created_at: call.now.timestamp_millis(),
        gone_at: None,
    };
    store::messages::subscribe(&unit.tx, row).await?;
    unit.record("subscribe", &case.touched("push-subscription"));
    unit.finish(()).await
}
