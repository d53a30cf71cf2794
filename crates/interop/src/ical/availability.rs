//! VAVAILABILITY (RFC 7953): in which stretches somebody is available at all, read and written.
//!
//! A VAVAILABILITY makes all time that it covers busy, except where one of its AVAILABLE components says otherwise. So
//! doubts go the other way here than with events: an AVAILABLE that is not understood is left out, and its time stays
//! busy.

mod read;
mod write;

use chrono::{DateTime, Utc};

use super::{Duration, RawEvent, When};

pub(super) use read::read;
pub use write::write;

/// A VAVAILABILITY.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAvailability {
    /// `UID`; empty where the file gives none.
    pub uid: String,
    /// The place in the file, as problems name it: `VCALENDAR/VAVAILABILITY[0]`.
    pub path: String,
    /// `SEQUENCE`, 0 where it is missing.
    pub sequence: i64,
    /// `DTSTAMP`, where it is an instant.
    pub stamped: Option<DateTime<Utc>>,
    /// `DTSTART`: from when on it says anything; without one, from ever.
    pub start: Option<When>,
    /// `DTEND`: until when; without it and without `duration`, for ever.
    pub end: Option<When>,
    /// `DURATION` from `start` on, where there is no `DTEND`.
    pub duration: Option<Duration>,
    /// `PRIORITY` from 1, the highest, to 9; 0, the lowest of all, where it is missing.
    pub priority: u8,
    /// `BUSYTYPE`: what time counts as in which nobody is available.
    pub busy_type: BusyType,
    /// When somebody is available.
    pub available: Vec<RawAvailable>,
}

/// An AVAILABLE component, or a change of one occurrence of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAvailable {
    /// Its times; `cancelled` takes an occurrence away, the other flags are never set.
    pub times: RawEvent,
    /// `SUMMARY`; empty where the file gives none.
    pub summary: String,
    /// `LOCATION`; empty where the file gives none.
    pub location: String,
}

/// How time counts in which nobody is available (RFC 7953 section 3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BusyType {
    /// `BUSY`, and every word that is not known: as RFC 5545 section 3.2.9 has it for FBTYPE.
    Busy,
    /// `BUSY-UNAVAILABLE`.
    #[default]
    Unavailable,
    /// `BUSY-TENTATIVE`.
    Tentative,
}

impl BusyType {
    fn read(word: &str) -> BusyType {
        match word.to_ascii_uppercase().as_str() {
            "BUSY-UNAVAILABLE" => BusyType::Unavailable,
            "BUSY-TENTATIVE" => BusyType::Tentative,
            _ => BusyType::Busy,
        }
    }

    fn word(self) -> &'static str {
        match self {
            BusyType::Busy => "BUSY",
            BusyType::Unavailable => "BUSY-UNAVAILABLE",
            BusyType::Tentative => "BUSY-TENTATIVE",
        }
    }
}
