//! When somebody can be seen: sessions, calendars, busy time, and the times that can be offered.
//!
//! Everything here is pure: instants and rules go in, slots and intervals come out. There is no clock, no
//! randomness and no input or output, so the same question always has the same answer. Instants are UTC; a
//! [`Slot`] carries its zone and the wall time that was meant.

pub mod availability;
pub mod busy;
pub mod costs;
pub mod diary;
pub mod expand;
pub mod matching;
pub mod quanta;
pub mod ranking;
pub mod recurrence;
pub mod rrule;
pub mod rules;
pub mod slot;
pub mod slots;
mod starts;
pub mod together;
pub mod waitlist;
pub mod wall;
pub mod zone;

pub use availability::{Availability, Available, End, unavailable};
pub use busy::{Busy, Effect, merge};
pub use diary::{Diaries, Diary, Taken};
pub use expand::{Event, busy};
pub use quanta::{QUANTUM_SECONDS, quanta};
pub use ranking::{Ask, Choices, PartOfDay, Reason, Wants, choices, offers, suiting};
pub use recurrence::{Expansion, Length, Occurrence, RDate, Series, Start};
pub use rrule::{ByDay, Freq, RRule, RuleProblem, Until};
pub use rules::{Away, Closed, Fault, Resource, Rules, RulesProblem, Session, Site, Visit};
pub use slot::Slot;
pub use slots::{Offer, Window, slots};
pub use wall::{Fold, Moment, Reread, reread};
pub use zone::{Zone, ZoneTable};
