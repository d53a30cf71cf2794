//! Values by key, checked against the key's kind when they are set, and the problems met on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use chrono::NaiveTime;
use url::Url;

use super::keys::{KEYS, Key, Kind};
use super::{ConfigError, Problem};

const TIME_REMEDY: &str = "give hours and minutes such as 21:00, or an empty text for none";

/// A value as it was written.
pub enum Value {
    /// From the environment or the command line, where everything is text.
    Text(String),
    /// A text in the file.
    Typed(String),
    Number(i64),
    List(Vec<String>),
}

struct Held {
    items: Vec<String>,
    source: String,
}

/// Every key has a value here; lists have several items, all else one.
pub struct Values {
    held: BTreeMap<&'static str, Held>,
    asked: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

impl Values {
    pub fn defaults() -> Self {
        let mut values = Self { held: BTreeMap::new(), asked: BTreeSet::new(), problems: Vec::new() };
        for key in KEYS {
            values.set(key, Value::Text(key.default.to_owned()), "default");
        }
        values
    }

    /// Keeps a value when it fits the key, else notes why not.
    pub fn set(&mut self, key: &'static Key, value: Value, source: &str) {
        match fit(key, value) {
            Ok(items) => {
                self.held.insert(key.name, Held { items, source: source.to_owned() });
            }
            Err(remedy) => self.note(key.name, source, remedy),
        }
    }

    pub fn note(&mut self, key: &str, source: &str, remedy: String) {
        let source_name = source.to_owned();
        self.problems.push(Problem { key: key.to_owned(), source_name, remedy });
    }

    /// Notes a problem with the value that is held.
    pub fn refuse(&mut self, name: &str, remedy: &str) {
        let source = self.held.get(name).map_or_else(String::new, |held| held.source.clone());
        self.note(name, &source, remedy.to_owned());
    }

    pub fn finish(self) -> Result<(), ConfigError> {
        debug_assert_eq!(self.asked.len(), KEYS.len(), "every key in the table is used");
        if self.problems.is_empty() { Ok(()) } else { Err(ConfigError(self.problems)) }
    }

    pub fn list(&mut self, name: &'static str) -> Vec<String> {
        self.asked.insert(name);
        self.held.get(name).map(|held| held.items.clone()).unwrap_or_default()
    }

    /// Empty when not set.
    pub fn text(&mut self, name: &'static str) -> String {
        self.list(name).into_iter().next().unwrap_or_default()
    }

    pub fn optional(&mut self, name: &'static str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The value, or an empty text and a problem.
    pub fn needed(&mut self, name: &str, value: Option<String>, why: &str) -> String {
        if value.is_none() {
            self.refuse(name, &format!("give it a value: {why}"));
        }
        value.unwrap_or_default()
    }

    /// Zero only when a problem was noted, as [`fit`] has checked the bounds.
    pub fn whole(&mut self, name: &'static str) -> u64 {
        self.text(name).parse().unwrap_or_default()
    }

    pub fn size(&mut self, name: &'static str) -> usize {
        usize::try_from(self.whole(name)).unwrap_or(usize::MAX)
    }

    pub fn small(&mut self, name: &'static str) -> u32 {
        u32::try_from(self.whole(name)).unwrap_or(u32::MAX)
    }

    pub fn address(&mut self, name: &'static str) -> Option<SocketAddr> {
        self.text(name).parse().ok()
    }

    /// None when not set.
    pub fn time_of_day(&mut self, name: &'static str) -> Option<NaiveTime> {
        self.optional(name).as_deref().and_then(time_of_day)
    }

    pub fn url(&mut self, name: &'static str) -> Option<Url> {
        let url = Url::parse(&self.text(name)).ok().filter(is_http);
        if url.is_none() {
            self.refuse(name, "give an address that begins with http:// or https://");
        }
        url
    }

    /// An address of which only scheme, host and port are given.
    pub fn origin_url(&mut self, name: &'static str) -> Option<Url> {
        let url = self.url(name)?;
        if !is_origin(&url) {
            self.refuse(name, "give scheme, host and port only, such as https://refer.example.org");
        }
        Some(url)
    }

    pub fn origins(&mut self, name: &'static str) -> Vec<String> {
        let mut origins = Vec::new();
        for text in self.list(name) {
            match Url::parse(&text).ok().filter(|url| is_http(url) && is_origin(url)) {
                Some(url) => origins.push(url.origin().ascii_serialization()),
                None => {
                    self.refuse(name, "give scheme, host and port of each, such as https://push.example.org")
                }
            }
        }
        origins
    }
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn is_origin(url: &Url) -> bool {
    url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

/// Checks a value against its key's kind. The remedy never repeats the value: it may be a secret.
fn fit(key: &Key, value: Value) -> Result<Vec<String>, String> {
    match (key.kind, value) {
        (Kind::List, Value::List(items)) => Ok(items),
        (Kind::List, Value::Text(text)) => {
            Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        }
        (Kind::List, _) => Err("give a list of texts".to_owned()),
        (Kind::Whole(min, max), Value::Number(number)) => whole(u64::try_from(number).ok(), min, max),
        (Kind::Whole(min, max), Value::Text(text)) => whole(text.trim().parse().ok(), min, max),
        (Kind::Whole(min, max), _) => whole(None, min, max),
        (Kind::Choice(words), Value::Text(text) | Value::Typed(text)) => {
            if words.contains(&text.as_str()) {
                Ok(vec![text])
            } else {
                Err(format!("give one of {}", words.join(", ")))
            }
        }
        (Kind::Choice(words), _) => Err(format!("give one of {}", words.join(", "))),
        (Kind::Address, Value::Text(text) | Value::Typed(text)) => match text.parse::<SocketAddr>() {
            Ok(_) => Ok(vec![text]),
            Err(_) => Err("give an IP address and a port, such as 127.0.0.1:3000".to_owned()),
        },
        (Kind::TimeOfDay, Value::Text(text) | Value::Typed(text)) => {
            if text.is_empty() || time_of_day(&text).is_some() {
                Ok(vec![text])
            } else {
                Err(TIME_REMEDY.to_owned())
            }
        }
        (Kind::TimeOfDay, _) => Err(TIME_REMEDY.to_owned()),
        (Kind::Text | Kind::Secret, Value::Text(text) | Value::Typed(text)) => Ok(vec![text]),
        (Kind::Address, _) => Err("give an IP address and a port, such as 127.0.0.1:3000".to_owned()),
        (Kind::Text | Kind::Secret, _) => Err("give a text, in quotation marks".to_owned()),
    }
}

fn whole(number: Option<u64>, min: u64, max: u64) -> Result<Vec<String>, String> {
    match number {
        Some(number) if (min..=max).contains(&number) => Ok(vec![number.to_string()]),
        _ => Err(format!("give a whole number from {min} to {max}")),
    }
}
