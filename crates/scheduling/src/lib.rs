//! When somebody can be seen: weekly rules, calendars, busy time, and the times that can be offered.
//!
//! Everything here is pure: instants and rules go in, slots and intervals come out. There is no clock, no
//! randomness and no input or output, so the same question always has the same answer. Instants are UTC; a
//! [`Slot`] carries its zone and the wall time that was meant.

pub mod busy;
pub mod expand;
pub mod matching;
pub mod offers;
pub mod quanta;
pub mod recurrence;
pub mod rrule;
pub mod rule;
pub mod wall;

pub use busy::{Busy, Effect, merge};
pub use expand::{Event, busy};
pub use offers::{Offer, PartOfDay, Preferences, Reason, Taken, Window, offers};
pub use quanta::{QUANTUM_SECONDS, quanta};
pub use recurrence::{Expansion, Length, Occurrence, RDate, Series, Start};
pub use rrule::{ByDay, Freq, RRule, RuleProblem, Until};
pub use rule::{Slot, WeeklyRule, WeeklyRuleProblem};
pub use wall::{Fold, Moment};
