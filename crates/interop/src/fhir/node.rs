//! A cursor over JSON that knows its path, so that each problem names its place.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::dates::is_meant;
use serde_json::Value;

use super::records::{Coding, Identifier};
use crate::problem::{Severity, Sink};

/// Base of our own extensions.
pub const OWN: &str = "https://waymark.example/fhir/StructureDefinition/";
/// HL7's extension for an IANA zone name.
const TIMEZONE: &str = "http://hl7.org/fhir/StructureDefinition/timezone";

/// One element of a resource.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub value: &'a Value,
    pub path: String,
    /// The resource that the element belongs to, for its `contained` list.
    pub root: &'a Value,
    /// The server part of the resource's `fullUrl`, with its final slash.
    pub base: Option<&'a str>,
    pub sink: &'a Sink,
}

impl<'a> Node<'a> {
    fn with(&self, value: &'a Value, path: String) -> Node<'a> {
        Node { value, path, ..self.clone() }
    }

    fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    pub fn error(&self, problem: impl Into<String>, remedy: impl Into<String>) {
        self.sink.error(self.path.clone(), problem, remedy);
    }

    pub fn warn(&self, problem: impl Into<String>, remedy: impl Into<String>) {
        self.sink.add(Severity::Warning, self.path.clone(), problem, remedy);
    }

    /// An error at a child that may not be there.
    pub fn error_at(&self, name: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.sink.error(self.at(name), problem, remedy);
    }

    pub fn warn_at(&self, name: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.sink.add(Severity::Warning, self.at(name), problem, remedy);
    }

    pub fn has(&self, name: &str) -> bool {
        self.value.get(name).is_some_and(|v| !v.is_null())
    }

    /// A child element, which must not be a list.
    pub fn child(&self, name: &str) -> Option<Node<'a>> {
        let value = self.value.get(name).filter(|v| !v.is_null())?;
        let node = self.with(value, self.at(name));
        if value.is_array() {
            node.error("is a list", "send a single value");
            return None;
        }
        Some(node)
    }

    /// A child object.
    pub fn object(&self, name: &str) -> Option<Node<'a>> {
        let node = self.child(name)?;
        if !node.value.is_object() {
            node.error("is not an object", "send it as FHIR R4 defines it");
            return None;
        }
        Some(node)
    }

    /// The objects of a child list.
    pub fn each(&self, name: &str) -> Vec<Node<'a>> {
        let Some(value) = self.value.get(name).filter(|v| !v.is_null()) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.error_at(name, "is not a list", "put it in a list, even if there is only one");
            return Vec::new();
        };
        let nodes = list.iter().enumerate().map(|(i, v)| self.with(v, format!("{}[{i}]", self.at(name))));
        let (objects, others): (Vec<_>, Vec<_>) = nodes.partition(|n| n.value.is_object());
        for other in others {
            other.error("is not an object", "send it as FHIR R4 defines it");
        }
        objects
    }

    pub fn first(&self, name: &str) -> Option<Node<'a>> {
        self.each(name).into_iter().next()
    }

    /// A string without control characters and outer space; an empty one counts as absent.
    pub fn text(&self, name: &str) -> Option<String> {
        let node = self.child(name)?;
        match node.value.as_str() {
            Some(text) => clean(text),
            None => {
                node.error("is not a string", "send it in quotes");
                None
            }
        }
    }

    /// The strings of a child list.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let Some(value) = self.value.get(name).filter(|v| !v.is_null()) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.error_at(name, "is not a list", "put it in a list, even if there is only one");
            return Vec::new();
        };
        list.iter().filter_map(|v| v.as_str()).filter_map(clean).collect()
    }

    /// A string that must be there; its absence is an error with this remedy.
    pub fn required(&self, name: &str, remedy: &str) -> Option<String> {
        let text = self.text(name);
        if text.is_none() && self.value.get(name).is_none_or(|v| v.is_null() || v.is_string()) {
            self.error_at(name, "is missing", remedy);
        }
        text
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        let node = self.child(name)?;
        let number = node.value.as_f64();
        if number.is_none() {
            node.error("is not a number", "send it without quotes");
        }
        number
    }

    /// The day of a `date` or `dateTime` as written. A date without its day is left out with a warning.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        let text = self.text(name)?;
        match parse_date(&text) {
            Some(Ok(date)) => Some(date),
            Some(Err(Partial)) => {
                self.warn_at(name, "names no day that can be meant and was left out", "send the full date");
                None
            }
            None => {
                self.error_at(name, "is not a date", "send it as YYYY-MM-DD");
                None
            }
        }
    }

    /// An `instant` or full `dateTime`. A date alone is taken as midnight UTC, with a warning.
    pub fn instant(&self, name: &str) -> Option<DateTime<Utc>> {
        let text = self.text(name)?;
        if let Some(at) = parse_instant(&text) {
            return Some(at);
        }
        match parse_date(&text) {
            Some(Ok(date)) if text.len() == 10 => {
                self.warn_at(name, "has no time; midnight UTC was taken", "send date, time and offset");
                Some(date.and_time(NaiveTime::MIN).and_utc())
            }
            Some(Err(Partial)) => {
                self.warn_at(
                    name,
                    "names no day that can be meant and was left out",
                    "send date, time and offset",
                );
                None
            }
            _ => {
                self.error_at(name, "is not a date and time", "send it as 2026-01-31T09:00:00Z");
                None
            }
        }
    }

    /// An `instant` that must be there, to the second and with offset.
    pub fn required_instant(&self, name: &str) -> Option<DateTime<Utc>> {
        let text = self.required(name, "send it as 2026-01-31T09:00:00Z")?;
        let at = parse_instant(&text);
        if at.is_none() {
            self.error_at(name, "is not a full date and time", "send it as 2026-01-31T09:00:00Z");
        }
        at
    }

    /// The extensions with this address.
    pub fn extensions(&self, url: &str) -> Vec<Node<'a>> {
        let wanted = |node: &Node<'_>| node.value.get("url").and_then(Value::as_str) == Some(url);
        self.each("extension").into_iter().filter(wanted).collect()
    }

    /// Our own extensions of this name.
    pub fn own(&self, name: &str) -> Vec<Node<'a>> {
        self.extensions(&format!("{OWN}{name}"))
    }

    /// The zone name of HL7's `timezone` extension. A name that is not in the zone data is an error.
    pub fn zone(&self) -> Option<String> {
        let node = self.extensions(TIMEZONE).into_iter().next()?;
        let name = node.required("valueCode", "send an IANA zone name such as Europe/London")?;
        if name.parse::<chrono_tz::Tz>().is_err() {
            node.error_at("valueCode", "is not a known time zone", "send an IANA name such as Europe/London");
            return None;
        }
        Some(name)
    }

    pub fn identifiers(&self) -> Vec<Identifier> {
        self.each("identifier").iter().filter_map(identifier).collect()
    }

    /// A `Coding` with a code.
    pub fn coding(&self) -> Option<Coding> {
        let code = self.text("code")?;
        let (system, display) = (self.text("system"), self.text("display"));
        Some(Coding { system: system.unwrap_or_default(), code, display: display.unwrap_or_default() })
    }

    /// The codings of a `CodeableConcept`.
    pub fn codings(&self) -> Vec<Coding> {
        self.each("coding").iter().filter_map(Node::coding).collect()
    }

    /// The words of a `CodeableConcept`: its text, else a display, else a code.
    pub fn words(&self) -> Option<String> {
        self.text("text").or_else(|| {
            let codings = self.codings();
            let display = codings.iter().map(|c| c.display.clone()).find(|d| !d.is_empty());
            display.or_else(|| codings.first().map(|c| c.code.clone()))
        })
    }

    /// The value of a telecom with this system, a mobile one before others.
    pub fn telecom(&self, system: &str) -> Option<String> {
        let of_system: Vec<Node<'_>> = self
            .each("telecom")
            .into_iter()
            .filter(|t| t.text("system").as_deref() == Some(system))
            .filter(|t| t.text("use").as_deref() != Some("old"))
            .collect();
        let mobile = of_system.iter().find(|t| t.text("use").as_deref() == Some("mobile"));
        mobile.or(of_system.first()).and_then(|t| t.text("value"))
    }

    /// An `Address` on one line.
    pub fn address_line(&self) -> Option<String> {
        let spelled = || {
            let mut parts = self.texts("line");
            parts.extend(["city", "district", "state", "postalCode"].iter().filter_map(|n| self.text(n)));
            (!parts.is_empty()).then(|| parts.join(", "))
        };
        self.text("text").or_else(spelled)
    }
}

/// The identifier of an `Identifier` element, if it has a value.
pub(super) fn identifier(node: &Node<'_>) -> Option<Identifier> {
    let value = node.text("value")?;
    Some(Identifier { system: node.text("system").unwrap_or_default(), value })
}

/// Without control characters (databases refuse some) and outer space; `None` if nothing is left.
pub(super) fn clean(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// A date of FHIR without its day (`1974`, `1974-12`).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Partial;

/// FHIR R4 `date` or the day of a `dateTime`. `None` if it is neither.
pub(super) fn parse_date(text: &str) -> Option<Result<NaiveDate, Partial>> {
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    if text.len() > 10 {
        parse_instant(text)?;
    }
    let day = text.get(..10).unwrap_or(text);
    let parts: Vec<&str> = day.split('-').collect();
    match parts[..] {
        [y] if digits(y, 4) => Some(Err(Partial)),
        [y, m] if digits(y, 4) && digits(m, 2) => {
            let month: u32 = m.parse().ok()?;
            (1..=12).contains(&month).then_some(Err(Partial))
        }
        [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2) => {
            let day = NaiveDate::from_ymd_opt(y.parse().ok()?, m.parse().ok()?, d.parse().ok()?)?;
            // The first and the last years of all stand for "not known" in many programs.
            Some(if is_meant(day) { Ok(day) } else { Err(Partial) })
        }
        _ => None,
    }
}

/// FHIR R4 `instant`: date, time and offset.
pub(super) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    // RFC 3339 has years of four digits: none is so far off that arithmetic fails.
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_fhir_writes_them() {
        let day = NaiveDate::from_ymd_opt(1974, 12, 25);
        assert_eq!(parse_date("1974-12-25").and_then(Result::ok), day);
        assert_eq!(parse_date("1974-12-25T23:30:00-08:00").and_then(Result::ok), day);
        assert_eq!(parse_date("0001-01-01"), Some(Err(Partial)));
        assert_eq!(parse_date("9999-12-31"), Some(Err(Partial)));
        assert_eq!(parse_date("1974"), Some(Err(Partial)));
        assert_eq!(parse_date("1974-12"), Some(Err(Partial)));
        for bad in
            ["", "25/12/1974", "1974-13", "1974-02-30", "1974-1-5", "1974-12-25T10:00", "19741225é", "éééééé"]
        {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn control_characters_are_left_out_of_text() {
        assert_eq!(clean(" a\u{0}b\nc\u{7} "), Some("ab\nc".to_owned()));
        assert_eq!(clean("\u{0} "), None);
    }
}
