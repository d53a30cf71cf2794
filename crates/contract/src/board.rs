//! The coordinator's board: what every clinician and room does on a day or in a week.

use serde::{Deserialize, Serialize};

/// What the board shows; lives in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BoardQuery {
    /// YYYY-MM-DD, local; empty: today.
    pub day: String,
    /// `week`, or empty for one day.
    pub span: String,
    /// A service's id; empty: all.
    pub service: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardPage {
    /// "Monday 2 March", or "2 March to 8 March".
    pub title: String,
    /// YYYY-MM-DD of the pages before and after, and of the first day shown.
    pub before: String,
    pub after: String,
    pub first: String,
    pub services: Vec<crate::Choice>,
    pub days: Vec<BoardDay>,
    /// How many are accepted and have no time yet.
    pub to_book: i64,
}

/// A day, clinician by clinician.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardDay {
    pub day: String,
    pub rows: Vec<BoardRow>,
}

/// One clinician's or room's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardRow {
    pub who: String,
    /// A clinician's sessions of the day: "Heart clinic, 9:00am to 12:30pm", with what stands against them: "on leave".
    pub sessions: Vec<String>,
    /// Held and booked times, in order.
    pub visits: Vec<BoardVisit>,
    pub free: Vec<BoardFree>,
    /// A calendar could not be read, and so nothing is offered.
    pub unknown: bool,
    /// Nothing is free in what is still to come of the day.
    pub full: bool,
}

/// A held or booked time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardVisit {
    /// "9:00am to 9:30am".
    pub clock: String,
    /// `booked`, `held`, `offered`, `fulfilled`, `no-show`.
    pub state: String,
    pub patient: String,
    pub referral: String,
    #[serde(default)]
    pub appointment: String,
    pub reference: String,
    pub service: String,
    /// Until when a held time is held; empty: it is booked.
    pub until: String,
    /// The patient said that they come.
    #[serde(default)]
    pub is_confirmed: bool,
    /// Why a place beyond the capacity was given; empty: it was not.
    pub overbooked: String,
    /// The time as a further patient could be booked into it: service, resource, start; `None`: in a room's row, or over.
    pub again: Option<BoardFree>,
}

/// A free time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardFree {
    pub clock: String,
    pub service: String,
    pub resource: String,
    /// RFC 3339, UTC.
    pub start: String,
}

/// Who could have a free time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardTime {
    pub when: String,
    pub who: String,
    pub service: String,
    pub service_id: String,
    pub resource: String,
    pub start: String,
    /// YYYY-MM-DD, local: the board to go back to.
    pub day: String,
    /// Somebody has it already: it can be booked beyond the capacity alone, with a reason.
    pub is_taken: bool,
    /// No session has it, it has passed or is too soon, or nobody is there then: it can be given to nobody.
    #[serde(default)]
    pub is_none: bool,
    /// Most urgent first, then the longest wait; only those who could have it.
    pub people: Vec<BoardPerson>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardPerson {
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub priority: String,
    pub waited_days: i64,
    /// What they said on the waiting list; empty: nothing.
    pub wishes: String,
}
