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
    /// Within a sentence of a rule.
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Urgent => "urgent",
            Self::TwoWeekWait => "two-week wait",
        }
    }
}

/// A priority as one service offers it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferedPriority {
    pub code: Priority,
    /// What it means there, as the referrer reads it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub meaning: String,
    /// Within how many days of being sent patients are usually seen. Each referral of the priority has a clock of so many
    /// days, and deciding and booking take no longer than it leaves (`referral::clock::seen_by`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

impl OfferedPriority {
    /// Reads what a service offers; nothing stored is every priority.
    ///
    /// # Errors
    /// What is no list of priorities.
    pub fn read(json: &str) -> Result<Vec<Self>, serde_json::Error> {
        let all: Vec<Self> = if json.trim().is_empty() { Vec::new() } else { serde_json::from_str(json)? };
        if !all.is_empty() {
            return Ok(all);
        }
        let plain = |code: &Priority| Self { code: *code, meaning: String::new(), days: None };
        Ok(Priority::ALL.iter().map(plain).collect())
    }

    /// Within how many days patients of a priority are seen, by a service's stored priorities.
    pub fn seen_days(json: &str, priority: Priority) -> Option<u32> {
        let all = Self::read(json).unwrap_or_default();
        all.into_iter().find(|offered| offered.code == priority)?.days
    }

    /// What it means, in a line; empty when nothing is said.
    pub fn about(&self) -> String {
        let days = match self.days {
            Some(1) => "usually seen within a day".to_owned(),
            Some(days) => format!("usually seen within {days} days"),
            None => String::new(),
        };
        match (self.meaning.trim(), days.is_empty()) {
            ("", true) => String::new(),
            ("", false) => format!("U{}", &days[1..]),
            (meaning, true) => meaning.to_owned(),
            (meaning, false) => format!("{} – {days}", meaning.trim_end_matches('.')),
        }
    }
}

impl Priority {
    /// Within how many days of being sent somebody should be seen, where a service says nothing else. Sources (DOMAIN.md §2
    /// and §3): the two-week wait of the code's name; Queensland's and Tasmania's first category; 18 weeks from referral to
    /// treatment.
    pub const fn seen_within_days(self) -> u32 {
        match self {
            Self::TwoWeekWait => 14,
            Self::Urgent => 30,
            Self::Routine => 126,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_says_nothing_offers_every_priority() {
        assert_eq!(OfferedPriority::read("").unwrap().len(), Priority::ALL.len());
        assert_eq!(OfferedPriority::read("[]").unwrap().len(), Priority::ALL.len());
        assert!(OfferedPriority::read(r#"[{"code":"soon"}]"#).is_err());
    }

    #[test]
    fn a_priority_says_what_it_means_there() {
        for (json, about) in [
            (r#"[{"code":"routine"}]"#, ""),
            (r#"[{"code":"routine","days":42}]"#, "Usually seen within 42 days"),
            (r#"[{"code":"urgent","meaning":"Getting worse."}]"#, "Getting worse."),
            (
                r#"[{"code":"urgent","meaning":"Getting worse.","days":1}]"#,
                "Getting worse – usually seen within a day",
            ),
        ] {
            assert_eq!(OfferedPriority::read(json).unwrap()[0].about(), about, "{json}");
        }
    }
}
