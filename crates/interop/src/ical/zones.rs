//! From the name of a zone in a file to a zone that is known.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use chrono_tz::{TZ_VARIANTS, Tz};

use super::component::ZoneText;
use super::displayed::{displayed, fixed_s, of_hours};
use super::value::unescape;
use super::vtimezone::{Definition, OwnZone};
use super::windows::windows;
use crate::problem::{Severity, Sink};

/// The most definitions that are compared with the known zones, so that a hostile file cannot take minutes.
const MAX_COMPARED: usize = 200;

/// The known zones by their names in lower case.
static LOWER: LazyLock<HashMap<String, Tz>> =
    LazyLock::new(|| TZ_VARIANTS.iter().map(|tz| (tz.name().to_ascii_lowercase(), *tz)).collect());

/// What a name means.
#[derive(Debug, Clone)]
pub(super) enum Zone {
    Known(Tz),
    /// Only the file's own definition says.
    Own(Arc<OwnZone>),
}

/// The zones of one file.
pub(super) struct Zones<'a> {
    written: HashMap<String, &'a ZoneText>,
    found: RefCell<BTreeMap<String, Option<Zone>>>,
    told: RefCell<Vec<(String, String)>>,
    compared: Cell<usize>,
    home: Option<Tz>,
}

impl<'a> Zones<'a> {
    /// The definitions of a file, and its own zone (`X-WR-TIMEZONE`).
    pub fn new(written: &'a [ZoneText], home: Option<&str>) -> Zones<'a> {
        let mut by_name = HashMap::new();
        for zone in written {
            if let Some(id) = zone.props.iter().find(|p| p.name == "TZID") {
                by_name.entry(clean(&unescape(&id.value))).or_insert(zone);
            }
        }
        Zones {
            written: by_name,
            found: RefCell::default(),
            told: RefCell::default(),
            compared: Cell::new(0),
            home: home.and_then(|name| zone_by_name(&clean(name))),
        }
    }

    /// The zone that the calendar as a whole names for times without one.
    pub fn home(&self) -> Option<Tz> {
        self.home
    }

    /// The zone for a TZID. None: it is not known, and neither does the file define it in a way that is understood.
    pub fn find(&self, id: &str) -> Option<Zone> {
        let name = clean(id);
        if let Some(found) = self.found.borrow().get(&name) {
            return found.clone();
        }
        let zone = self.resolve(&name);
        self.found.borrow_mut().insert(name, zone.clone());
        zone
    }

    /// Says what was assumed, once for each zone.
    pub fn tell(&self, sink: &Sink) {
        for (name, what) in self.told.borrow().iter() {
            let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            sink.add(
                Severity::Warning,
                format!("VCALENDAR/VTIMEZONE “{name}”"),
                what.as_str(),
                "check one summer and one winter time of it",
            );
        }
    }

    fn resolve(&self, name: &str) -> Option<Zone> {
        // A whole name from the IANA database is meant, even where a program's own copy of its rules is out of date.
        if name.contains('/')
            && let Ok(zone) = name.parse()
        {
            return Some(Zone::Known(zone));
        }
        let text = self.written.get(name).copied();
        let named = zone_by_name(name).or_else(|| zone_by_name(location(text?)?));
        let Some(text) = text else { return self.without_definition(name, named) };
        if self.compared.replace(self.compared.get() + 1) >= MAX_COMPARED {
            return None;
        }
        let Some(definition) = Definition::read(text) else {
            if let Some(zone) = named {
                self.say(
                    name,
                    format!("its definition is not understood; it was read as {zone}, as its name says"),
                );
            }
            return self.without_definition(name, named);
        };
        if let Some(zone) = named
            && definition.is_like(zone)
        {
            return Some(Zone::Known(zone));
        }
        let what = if named.is_some() { "its name and its definition differ" } else { "it is not known" };
        self.say(name, format!("{what}; its times were read by the definition in the file"));
        Some(Zone::Own(Arc::new(OwnZone::new(definition))))
    }

    /// What a name alone says: a zone, or an offset in its place, of whole hours or not.
    fn without_definition(&self, name: &str, named: Option<Tz>) -> Option<Zone> {
        let offset = fixed_s(name).filter(|_| windows(name).is_none() && displayed(name).is_none());
        if offset.is_some() {
            self.say(name, "it is an offset; its times were read with it in summer and winter".to_owned());
        }
        let own = || Some(Zone::Own(Arc::new(OwnZone::new(Definition::fixed(offset?)))));
        named.map(Zone::Known).or_else(own)
    }

    fn say(&self, name: &str, what: String) {
        self.told.borrow_mut().push((name.to_owned(), what));
    }
}

/// The zone that a name means by itself: of the IANA database in any case, of Windows, as Windows shows it, or an offset of
/// whole hours.
pub fn zone_by_name(name: &str) -> Option<Tz> {
    let lower = name.to_ascii_lowercase();
    if let Some(zone) = LOWER.get(&lower) {
        return Some(*zone);
    }
    if let Some(zone) = windows(name).or_else(|| displayed(name)).or_else(|| of_hours(fixed_s(name)?)) {
        return Some(zone);
    }
    if lower == "z" || lower == "tzone://microsoft/utc" {
        return Some(Tz::Etc__UTC);
    }
    // `/freeassociation.sourceforge.net/Tzfile/Europe/London`, `posix/Europe/Vaduz`: the end of the path.
    let parts: Vec<&str> = lower.split('/').filter(|part| !part.is_empty()).collect();
    (2..=parts.len().min(3)).rev().find_map(|n| LOWER.get(&parts[parts.len() - n..].join("/")).copied())
}

fn clean(name: &str) -> String {
    // Outlook escapes a comma in a name as if the name were a text.
    name.trim().trim_matches('"').trim().replace("\\,", ",")
}

fn location(text: &ZoneText) -> Option<&str> {
    text.props.iter().find(|p| p.name == "X-LIC-LOCATION").map(|p| p.value.as_str())
}
