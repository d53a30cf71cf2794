//! Choosing, holding, booking, moving and giving back a time.

pub mod board;
mod book;
mod calendar_part;
mod cancel;
pub(crate) mod crowd;
mod find;
mod hold;
mod invitation;
mod look_again;
pub mod matching;
mod offer;
mod pass;
pub(crate) mod search;
mod taken;
pub mod waitlist;
mod watch;
pub mod wishes;

pub use book::{confirm, staff_book};
pub use cancel::cancel;
pub(crate) use cancel::{break_visit, drop_times, end_visit};
pub(crate) use find::first_free;
pub use find::times;
pub use hold::{hold, lapse_expired, release};
pub use invitation::invitation;
pub use offer::offer;
pub(crate) use offer::{AtAcceptance, at_acceptance};
pub use pass::pass_booking;
pub use watch::watch_windows;

use domain::ReferralId;
use store::entity::appointment;

use crate::ServiceError;
use crate::unit::{Case, Unit};

/// The booked appointment of a referral, if it has one.
pub(crate) async fn booked(unit: &Unit<'_>, case: &Case) -> Result<Option<appointment::Model>, ServiceError> {
    Ok(kept(unit, case).await?.booked)
}

/// The booked appointment of a referral that has not begun.
pub(crate) async fn to_come(
    unit: &Unit<'_>,
    case: &Case,
) -> Result<Option<appointment::Model>, ServiceError> {
    let booked = booked(unit, case).await?;
    Ok(booked.filter(|visit| crate::facts::instant(visit.start_at) > unit.call.now))
}

/// The held appointment of a referral, if it has one.
async fn held(unit: &Unit<'_>, case: &Case) -> Result<Option<appointment::Model>, ServiceError> {
    Ok(kept(unit, case).await?.held)
}

/// What a referral has of times.
struct Kept {
    held: Option<appointment::Model>,
    booked: Option<appointment::Model>,
}

async fn kept(unit: &Unit<'_>, case: &Case) -> Result<Kept, ServiceError> {
    let rows = store::appointments::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
    let (mut held, mut booked) = (None, None);
    for row in rows {
        match row.state.as_str() {
            "held" => held = Some(row),
            "booked" => booked = Some(row),
            _ => {}
        }
    }
    Ok(Kept { held, booked })
}

/// The iCalendar UID of a referral's visits: the same for every change, so that calendars follow.
pub(crate) fn uid(referral: ReferralId) -> String {
    format!("{referral}@waymark")
}

/// When a visit is, and in which zone that is said.
pub(crate) fn visit_time(row: &appointment::Model) -> (chrono::DateTime<chrono::Utc>, chrono_tz::Tz) {
    (crate::facts::instant(row.start_at), row.zone.parse().unwrap_or(chrono_tz::Europe::London))
}
