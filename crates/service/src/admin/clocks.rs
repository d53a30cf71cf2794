//! Clocks as forms show and send them.

use contract::{ClockField, FieldError};
use domain::referral::Clocks;
use serde_json::{Map, Value};

use crate::ServiceError;

/// The durations set in `own`, each with what holds otherwise.
pub(super) fn fields(own: &str, otherwise: &Clocks) -> Vec<ClockField> {
    let own: Map<String, Value> = serde_json::from_str(own).unwrap_or_default();
    let otherwise = serde_json::to_value(otherwise).unwrap_or_default();
    Clocks::DURATIONS
        .iter()
        .map(|name| ClockField {
            name: (*name).to_owned(),
            days: own.get(*name).map_or(String::new(), Value::to_string),
            otherwise: otherwise[*name]
                .as_u64()
                .and_then(|days| u32::try_from(days).ok())
                .unwrap_or_default(),
        })
        .collect()
}

/// What a form sent, as JSON: pairs of a duration's name and its days; what is empty is left out.
///
/// Errors: `Invalid` with the field `clock-NAME`.
pub(super) fn read(
    sent: &[(String, String)],
    holidays: Option<&[chrono::NaiveDate]>,
) -> Result<String, ServiceError> {
    let mut own = Map::new();
    let mut wrong = Vec::new();
    for (name, days) in sent.iter().filter(|(_, days)| !days.trim().is_empty()) {
        match days.trim().parse::<u32>() {
            Ok(days) if Clocks::DURATIONS.contains(&name.as_str()) => {
                own.insert(name.clone(), Value::from(days));
            }
            _ => wrong.push(FieldError::new(&format!("clock-{name}"), REMEDY)),
        }
    }
    if let Some(days) = holidays.filter(|days| !days.is_empty()) {
        own.insert("holidays".to_owned(), days.iter().map(ToString::to_string).collect());
    }
    let text = Value::Object(own).to_string();
    if wrong.is_empty()
        && let Err(error) = Clocks::read(&text, "")
    {
        let named = error.0.split(':').next().unwrap_or_default();
        wrong.push(FieldError::new(&format!("clock-{named}"), REMEDY));
    }
    if wrong.is_empty() { Ok(text) } else { Err(ServiceError::Invalid(wrong)) }
}

/// The durations set in `own`, as a form would send them.
pub(super) fn pairs(own: &str) -> Vec<(String, String)> {
    let own: Map<String, Value> = serde_json::from_str(own).unwrap_or_default();
    let set = own.into_iter().filter(|(name, _)| Clocks::DURATIONS.contains(&name.as_str()));
    set.map(|(name, days)| (name, days.to_string())).collect()
}

const REMEDY: &str = "Give a whole number of days from 0 to 730, or leave it empty.";

/// Pairs of name, before and after for the history, for each duration.
pub(super) fn differences(before: &str, after: &str) -> Vec<(String, String, String)> {
    let read = |text: &str| -> Map<String, Value> { serde_json::from_str(text).unwrap_or_default() };
    let (before, after) = (read(before), read(after));
    let said = |all: &Map<String, Value>, name: &str| match all.get(name) {
        Some(Value::Array(days)) => days.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    Clocks::DURATIONS
        .iter()
        .copied()
        .chain(["holidays"])
        .map(|name| (name.to_owned(), said(&before, name), said(&after, name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, days: &str) -> (String, String) {
        (name.to_owned(), days.to_owned())
    }

    #[test]
    fn only_what_is_set_is_kept() {
        let sent = [pair("triage_routine_days", " 4 "), pair("report_days", "")];
        assert_eq!(read(&sent, None).unwrap(), r#"{"triage_routine_days":4}"#);
    }

    #[test]
    fn a_wrong_duration_is_named() {
        for (name, days) in [("triage_routine_days", "soon"), ("report_days", "9999"), ("no_such_days", "3")]
        {
            let Err(ServiceError::Invalid(fields)) = read(&[pair(name, days)], None) else {
                panic!("{name} {days} was taken");
            };
            assert_eq!(fields[0].field, format!("clock-{name}"));
        }
    }
}
