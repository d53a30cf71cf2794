//! Priorities and what they mean in days.

use crate::coded;

coded! {
    /// The e-RS priorities (DOMAIN: ROUTINE / URGENT / TWO_WEEK_WAIT); the last keeps its code name
    /// although the two-week standard ended in October 2023.
    Priority {
        Routine = "routine",
        Urgent = "urgent",
        TwoWeekWait = "two-week-wait",
    }
}

impl Priority {
    /// The FHIR R4 `request-priority` code that carries this priority.
    pub const fn fhir(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Urgent => "urgent",
            Self::TwoWeekWait => "asap",
        }
    }

    /// Reads a FHIR R4 `request-priority` code. `stat` and `asap` both ask for the shortest clock we have.
    pub fn from_fhir(code: &str) -> Option<Self> {
        match code {
            "routine" => Some(Self::Routine),
            "urgent" => Some(Self::Urgent),
            "asap" | "stat" => Some(Self::TwoWeekWait),
            _ => None,
        }
    }
}
