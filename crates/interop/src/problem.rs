//! What was found wrong in a file: where, how bad, and how to put it right.

use std::cell::{Cell, RefCell};

use serde::{Deserialize, Serialize};

/// How much a problem matters to whoever imports the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to put right.
    Information,
    /// Something was left out or read with an assumption; the rest can be stored.
    Warning,
    /// Something cannot be stored rightly; the file is refused as a whole.
    Error,
}

/// One problem. It names places and rules only, never what the file says of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The place: `Bundle.entry[3].resource.birthDate`, or `VCALENDAR/VEVENT[2]/DTSTART (line 17)`. Empty for the file.
    pub path: String,
    pub severity: Severity,
    /// What is wrong there.
    pub problem: String,
    /// How the sender puts it right.
    pub remedy: String,
}

/// Whether any problem forbids storing the file.
pub fn refused(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}

/// The most problems listed for one file; the rest are only counted.
pub const MAX_PROBLEMS: usize = 1_000;

/// Gathers problems while a file is read.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    found: RefCell<Vec<Problem>>,
    unlisted: Cell<usize>,
    unlisted_worst: Cell<Option<Severity>>,
}

impl Sink {
    pub fn add(
        &self,
        severity: Severity,
        path: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let mut found = self.found.borrow_mut();
        if found.len() < MAX_PROBLEMS {
            found.push(Problem {
                path: path.into(),
                severity,
                problem: problem.into(),
                remedy: remedy.into(),
            });
        } else {
            self.unlisted.set(self.unlisted.get() + 1);
            self.unlisted_worst.set(self.unlisted_worst.get().max(Some(severity)));
        }
    }

    pub fn error(&self, path: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) {
        self.add(Severity::Error, path, problem, remedy);
    }

    /// Whether an error was found so far.
    pub fn has_error(&self) -> bool {
        let listed = self.found.borrow().iter().any(|problem| problem.severity == Severity::Error);
        listed || self.unlisted_worst.get() == Some(Severity::Error)
    }

    /// What was found, in order; the last line tells of problems beyond [`MAX_PROBLEMS`], as bad as the worst of them.
    pub fn finish(self) -> Vec<Problem> {
        let mut problems = self.found.into_inner();
        if let Some(severity) = self.unlisted_worst.get() {
            problems.push(Problem {
                path: String::new(),
                severity,
                problem: format!("{} more problems are not listed", self.unlisted.get()),
                remedy: "put right those listed and read the file again".to_owned(),
            });
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_beyond_the_listed_problems_still_refuses_the_file() {
        let sink = Sink::default();
        for at in 0..MAX_PROBLEMS {
            sink.add(Severity::Warning, format!("[{at}]"), "is odd", "mend it");
        }
        sink.error("x", "is wrong", "mend it");
        sink.add(Severity::Information, "y", "is so", "nothing to do");
        assert!(sink.has_error());
        let problems = sink.finish();
        assert_eq!(problems.len(), MAX_PROBLEMS + 1);
        assert!(refused(&problems));
        assert_eq!(problems[MAX_PROBLEMS].problem, "2 more problems are not listed");
    }

    #[test]
    fn severities_are_written_in_lower_case() {
        assert_eq!(serde_json::to_string(&Severity::Error).unwrap(), "\"error\"");
    }
}
