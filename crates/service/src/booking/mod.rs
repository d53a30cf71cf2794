//! Choosing, holding, booking, moving and giving back a time.

pub mod board;
mod book;
mod calendar_part;
mod cancel;
mod coming;
pub(crate) mod crowd;
mod find;
mod hold;
mod invitation;
mod look_again;
pub mod matching;
mod offer;
mod pass;
pub(crate) mod reminders;
pub(crate) mod search;
mod taken;
pub mod waitlist;
mod watch;
pub mod wishes;

pub use book::{confirm, confirm_shown, staff_book};
pub use cancel::cancel;
pub(crate) use cancel::{break_visit, drop_times, end_visit};
pub use coming::say_coming;
pub(crate) use find::first_free;
pub use find::times;
pub(crate) use hold::give_back;
pub use hold::{hold, lapse_expired, release, release_shown};
pub use invitation::invitation;
pub use offer::offer;
pub(crate) use offer::{AtAcceptance, at_acceptance};
pub use pass::pass_booking;
pub(crate) use reminders::follow;
pub use watch::watch_windows;

use chrono::{DateTime, Utc};
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

/// What a referral has of times. Each kind it has once: whoever holds another time gives the one before back, and an offer
/// takes the place of both.
pub(crate) struct Kept {
    /// What staff or the waiting list put before the patient: kept until it is answered, or another time is confirmed.
    pub(crate) offered: Option<appointment::Model>,
    /// What is held for some minutes, to be confirmed.
    chosen: Option<appointment::Model>,
    pub(crate) booked: Option<appointment::Model>,
}

impl Kept {
    /// Which of the held times an answer means: the one that was shown to whoever answers, by its id; else what was chosen
    /// last, while it is held, and then what is offered.
    fn meant(&self, shown: &str, now: DateTime<Utc>) -> Option<&appointment::Model> {
        if !shown.is_empty() {
            return self.held().into_iter().find(|row| row.id.to_string() == shown);
        }
        let is_alive =
            |row: &&appointment::Model| row.hold_expires_at.is_some_and(|at| at > now.timestamp_millis());
        self.held().into_iter().find(is_alive).or(self.held().first().copied())
    }

    /// All that is held: what was chosen, then what is offered.
    pub(crate) fn held(&self) -> Vec<&appointment::Model> {
        [&self.chosen, &self.offered].into_iter().flatten().collect()
    }

    fn has_held(&self) -> bool {
        self.chosen.is_some() || self.offered.is_some()
    }
}

pub(crate) async fn kept(unit: &Unit<'_>, case: &Case) -> Result<Kept, ServiceError> {
    let rows = store::appointments::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
    let (mut offered, mut chosen, mut booked) = (None, None, None);
    for row in rows {
        match row.state.as_str() {
            "held" if row.offered_by.is_some() => offered = Some(row),
            "held" => chosen = Some(row),
            "booked" => booked = Some(row),
            _ => {}
        }
    }
    Ok(Kept { offered, chosen, booked })
}

/// The iCalendar UID of a referral's visits: the same for every change, so that calendars follow.
pub(crate) fn uid(referral: ReferralId) -> String {
    format!("{referral}@waymark")
}

/// When a visit is, and in which zone that is said.
pub(crate) fn visit_time(row: &appointment::Model) -> (DateTime<Utc>, chrono_tz::Tz) {
    (crate::facts::instant(row.start_at), row.zone.parse().unwrap_or(chrono_tz::Europe::London))
}
