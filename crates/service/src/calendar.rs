//! Calendars as such: what a file says of busy time, what a rule yields, which times weekly rules leave free. Nothing
//! here touches the database, so that pages, jobs and the command line ask the same functions.

#[cfg(test)]
mod agreed_tests;
mod busy;
mod expand;
#[cfg(test)]
mod expected_busy_tests;
mod joined;
mod matched;
mod published;
mod slots;

pub use busy::{BusyReading, CalendarProblem, busy};
pub use expand::{Expand, expand};
pub use matched::{Matched, match_help, matched};
pub use published::{publish, read_hours};
/// When somebody can be seen, as a file describes it.
pub use scheduling::Rules as Hours;
pub use slots::{slots, slots_help};

/// A zone by its name in the IANA database, whatever the case, or in Windows.
pub fn zone(name: &str) -> Option<chrono_tz::Tz> {
    interop::ical::zone_by_name(name)
}

/// As [`read_hours`], of somebody whom the file does not name, with visits of so many minutes.
pub fn nameless_hours(bytes: &[u8], visit_min: u32, zone: chrono_tz::Tz) -> Result<Hours, String> {
    read_hours(bytes, "", &scheduling::Visit { kind: String::new(), length_min: visit_min }, zone)
}

/// What is wrong with an argument or a file that was given, and how to put it right: the place, then the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misuse {
    /// `--rrule`, or a place in a file such as `rules[1].from`; empty: the file as a whole.
    pub place: String,
    pub remedy: String,
}

impl Misuse {
    fn new(place: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place: place.into(), remedy: remedy.into() }
    }
}

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.remedy),
            place => write!(f, "{place}: {}", self.remedy),
        }
    }
}

/// What a reader of JSON says, for people who do not know its types.
fn plain(said: &str) -> String {
    let whole = said.replace("expected u32", "expected a whole number, 0 or more");
    whole
        .replace("expected i64", "expected a whole number")
        .replace("expected usize", "expected a whole number, 0 or more")
}

/// Reads a JSON file that a person wrote; the place of a fault is its path, or its line.
fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Misuse> {
    // Some programs begin every text with a byte order mark.
    let mut json = serde_json::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        Misuse::new(if path == "." { String::new() } else { path }, plain(&error.inner().to_string()))
    })?;
    json.end().map_err(|error| Misuse::new("", plain(&error.to_string())))?;
    Ok(read)
}
