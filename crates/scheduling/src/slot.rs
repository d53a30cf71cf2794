//! A bookable time.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::quanta::quanta;
use crate::wall::Fold;

/// A bookable time: an interval of instants, with the wall time that was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends; always exactly the rule's slot length after `start`.
    pub end: DateTime<Utc>,
    /// The zone in which it is offered.
    pub zone: Tz,
    /// The local date and time of its beginning, as on the clinic's clock.
    pub wall: NaiveDateTime,
    /// Set where the wall time happens twice, to tell the two apart.
    pub fold: Option<Fold>,
    /// How many people may be booked into it.
    pub capacity: u32,
    /// Minutes kept free before it.
    pub buffer_before_min: u32,
    /// Minutes kept free after it.
    pub buffer_after_min: u32,
    /// The id of the rule that it comes from.
    pub rule: String,
}

impl Slot {
    /// The ledger quanta that a booking of this slot takes, buffers included.
    pub fn quanta(&self) -> std::ops::RangeInclusive<i64> {
        quanta(self.start, self.end, self.buffer_before_min, self.buffer_after_min)
    }

    /// The slot's interval, widened by its buffers.
    pub fn with_buffers(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (
            self.start - TimeDelta::minutes(i64::from(self.buffer_before_min)),
            self.end + TimeDelta::minutes(i64::from(self.buffer_after_min)),
        )
    }
}
