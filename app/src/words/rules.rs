//! Words of what services ask, and of how a referral stands to it.

use contract::CheckState;
use domain::criteria::{Severity, Verdict};
use domain::form::FieldKind;

use crate::components::Meaning;

/// A kind of answer, as an administrator chooses it.
pub fn field_kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "One line of text",
        FieldKind::LongText => "Several lines of text",
        FieldKind::Number => "A number",
        FieldKind::Date => "A date",
        FieldKind::YesNo => "Yes or no",
        FieldKind::Choice => "One answer of a list",
        FieldKind::Several => "Several answers of a list",
    }
}

/// What happens when a rule is not met.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Stop => "It cannot be sent",
        Severity::Warning => "It can be sent with a reason, which the specialist reads",
    }
}

/// How a rule stands.
pub fn verdict(verdict: Verdict, severity: Severity) -> (Meaning, &'static str) {
    match (verdict, severity) {
        (Verdict::Met, _) => (Meaning::Done, "Met"),
        (Verdict::Unknown, _) => (Meaning::Waiting, "Not known yet"),
        (Verdict::Unmet, Severity::Warning) => (Meaning::Attention, "Not met: give a reason"),
        (Verdict::Unmet, Severity::Stop) => (Meaning::Stopped, "Not met: cannot be sent"),
    }
}

/// How a document that is asked for stands.
pub fn check_state(state: CheckState) -> (Meaning, &'static str) {
    match state {
        CheckState::Missing => (Meaning::Attention, "Missing"),
        CheckState::Waiting => (Meaning::Waiting, "Being checked for malware"),
        CheckState::There => (Meaning::Done, "There"),
        CheckState::Refused => (Meaning::Stopped, "Malware found: send it again"),
    }
}

/// " · version 2"; nothing for the first.
pub fn version(version: i64) -> String {
    if version > 1 { format!(" · version {version}") } else { String::new() }
}

/// A kind of file.
pub fn media_types(media_type: &str) -> &str {
    match media_type {
        "application/pdf" => "PDF",
        "image/jpeg" => "Photo (JPEG)",
        "image/png" => "Picture (PNG)",
        "image/heif" => "Photo of a phone (HEIC)",
        "image/tiff" => "Scan or fax (TIFF)",
        "text/plain" => "Plain text",
        other => other,
    }
}
