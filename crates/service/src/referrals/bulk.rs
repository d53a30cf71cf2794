//! One act on many referrals: each a command of its own, so that one refusal stops none of the others.

use contract::{BulkOutcome, BulkRefusal, Why};
use domain::ReferralId;
use domain::policy::{Capability, may};

use super::assign::BULK;
use crate::unit::find_case;
use crate::{Call, Desk, ServiceError};

/// Specialists and coordinators; at least one referral, and not more than [`BULK`].
pub(super) fn check(call: &Call, ids: &[ReferralId]) -> Result<(), ServiceError> {
    if !may(&call.actor.principal, Capability::Worklist) {
        return Err(ServiceError::NotAllowed);
    }
    match ids.len() {
        0 => Err(ServiceError::invalid("chosen", "Tick at least one referral.")),
        1..=BULK => Ok(()),
        _ => Err(ServiceError::invalid("chosen", format!("Tick at most {BULK} referrals at a time."))),
    }
}

/// Does it for each referral as it is now, and gathers what could not be done and why.
///
/// Errors: `Invalid` when none or more than [`BULK`] are chosen; a fault on our side ends it.
pub(super) async fn each<F>(
    desk: &Desk,
    call: &Call,
    ids: &[ReferralId],
    act: impl Fn(Call, ReferralId, i64) -> F,
) -> Result<BulkOutcome, ServiceError>
where
    F: Future<Output = Result<(), ServiceError>>,
{
    check(call, ids)?;
    let mut outcome = BulkOutcome::default();
    for id in ids {
        let case = match find_case(desk, desk.store.reader(), call, *id).await {
            Ok(case) => case,
            Err(ServiceError::NotFound) => continue,
            Err(other) => return Err(other),
        };
        let mut own = call.clone();
        own.key = call.key.as_ref().map(|key| format!("{key}:{}", id.0.simple()));
        let why = match act(own, *id, case.row.version).await {
            Ok(()) => {
                outcome.done += 1;
                continue;
            }
            Err(ServiceError::NotAllowed) => Why::NotYourRole,
            Err(ServiceError::NotFound) => continue,
            Err(ServiceError::Invalid(fields)) if fields.iter().any(|field| field.field == "person") => {
                return Err(ServiceError::Invalid(fields));
            }
            Err(ServiceError::Invalid(fields)) => {
                Why::Fields { remedies: fields.into_iter().map(|field| field.message).collect() }
            }
            Err(ServiceError::Conflict(conflict)) => Why::Conflict(conflict),
            Err(ServiceError::TooMany { wait_min }) => Why::TooMany { wait_min },
            Err(broken @ ServiceError::Broken(_)) => return Err(broken),
        };
        outcome.refused.push(BulkRefusal { reference: case.row.reference.clone(), why });
    }
    Ok(outcome)
}
