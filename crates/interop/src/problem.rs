//! What a reader found wrong with a file, in words that its sender can act on.

use serde::Serialize;

/// How much a problem matters to the import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something that cannot be stored rightly: the importer refuses the whole file.
    Error,
    /// Something was left out or read with an assumption; the rest can be stored.
    Warning,
    /// Worth knowing, nothing to put right.
    Information,
}

/// One thing that is wrong, where, and how to put it right. Never quotes a patient's name, number or free text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Place in the file: `Bundle.entry[3].resource.birthDate`, or `VCALENDAR/VEVENT[2]/DTSTART (line 17)`.
    pub path: String,
    pub severity: Severity,
    /// What is wrong.
    pub problem: String,
    /// What the sender or the importer can do about it.
    pub remedy: String,
}

impl Problem {
    /// A problem at `path`.
    pub fn new(
        severity: Severity,
        path: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), severity, problem: problem.into(), remedy: remedy.into() }
    }
}
