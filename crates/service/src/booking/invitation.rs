//! The booked visit as a calendar file, for whoever may see the referral.

use domain::ReferralId;

use super::calendar_part;
use crate::unit::find_case;
use crate::{Call, Desk, ServiceError, describe};

/// The same calendar entry that the confirmation carried (RFC 5545), for a download. Recorded as a read.
///
/// Errors: `NotFound` when no time is booked.
pub async fn invitation(desk: &Desk, call: &Call, id: ReferralId) -> Result<Vec<u8>, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    let row = store::appointments::of_referral(db, case.organisation_id(), id)
        .await?
        .into_iter()
        .rev()
        .find(|row| row.state == "booked")
        .ok_or(ServiceError::NotFound)?;
    desk.record_read(call, case.touched("appointment")).await?;
    let view = describe::appointment(db, &case, &row, call.now).await?;
    Ok(calendar_part::request(&case, &row, &view, call.now, &desk.settings.organizer)?.0)
}
