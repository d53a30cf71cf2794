//! From lines to components: which property stands in which event, availability or zone.

use super::lines::{Line, lines};
use super::property::parts;
use super::value::{duration, unescape};
use crate::problem::{Severity, Sink};

/// The properties that are kept; all others are passed over unread.
const EVENT: [&str; 17] = [
    "UID",
    "SEQUENCE",
    "DTSTAMP",
    "RECURRENCE-ID",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "EXRULE",
    "RDATE",
    "EXDATE",
    "TRANSP",
    "STATUS",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-MICROSOFT-BUSYSTATUS",
    "FREEBUSY",
    "METHOD",
];
/// Those of a VAVAILABILITY (RFC 7953 section 3.1).
const AVAILABILITY: [&str; 9] =
    ["UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "DURATION", "PRIORITY", "BUSYTYPE", "STATUS"];
/// Those of an AVAILABLE within it.
const AVAILABLE: [&str; 14] = [
    "UID",
    "SEQUENCE",
    "DTSTAMP",
    "RECURRENCE-ID",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "EXRULE",
    "RDATE",
    "EXDATE",
    "STATUS",
    "SUMMARY",
    "LOCATION",
];
const ZONE: [&str; 7] = ["TZID", "X-LIC-LOCATION", "DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO"];
const CALENDAR: [&str; 6] =
    ["NAME", "X-WR-CALNAME", "METHOD", "X-WR-TIMEZONE", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"];
/// Whose values are dates or times.
const TIMES: [&str; 5] = ["DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"];
/// Whose values are lists, which a wrongly folded line may continue.
const LISTS: [&str; 4] = ["RRULE", "RDATE", "EXDATE", "FREEBUSY"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Event,
    FreeBusy,
    Availability,
    /// Within the VAVAILABILITY at this place among the components.
    Available(usize),
}

/// A property that is used.
#[derive(Debug)]
pub(super) struct Prop {
    pub name: &'static str,
    pub params: Vec<(String, String)>,
    pub value: String,
    pub line: usize,
}

impl Prop {
    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A VEVENT, VFREEBUSY, VAVAILABILITY or AVAILABLE.
#[derive(Debug)]
pub(super) struct Component {
    pub kind: Kind,
    /// `VCALENDAR/VEVENT[2]`.
    pub path: String,
    pub line: usize,
    pub props: Vec<Prop>,
    /// A line of it could not be read, and it may say when it happens.
    pub damaged: Option<usize>,
}

impl Component {
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Prop> {
        self.props.iter().filter(move |prop| prop.name == name)
    }

    pub fn first(&self, name: &str) -> Option<&Prop> {
        self.props.iter().find(|prop| prop.name == name)
    }
}

/// A VTIMEZONE with the properties of each STANDARD and DAYLIGHT.
#[derive(Debug, Default)]
pub(super) struct ZoneText {
    pub props: Vec<Prop>,
    pub observances: Vec<Vec<Prop>>,
}

#[derive(Debug, Default)]
pub(super) struct File {
    pub name: Option<String>,
    pub method: Option<String>,
    /// `X-WR-TIMEZONE`: where times without a zone are.
    pub zone: Option<String>,
    /// `REFRESH-INTERVAL`, else `X-PUBLISHED-TTL`, in minutes.
    pub refresh_min: Option<u32>,
    pub components: Vec<Component>,
    pub zones: Vec<ZoneText>,
}

/// Goes through the lines of a file that has passed the prescan.
pub(super) fn collect(bytes: &[u8], sink: &Sink) -> File {
    let mut walk = Walk {
        file: File::default(),
        open: Vec::new(),
        current: Vec::new(),
        in_list: false,
        counts: [0; 4],
        sink,
    };
    // Folds may cut a character, so what is not UTF-8 as a whole may still be so line by line.
    let is_sound = std::str::from_utf8(bytes).is_ok();
    let mut not_utf8 = None;
    for line in lines(bytes) {
        if !is_sound && not_utf8.is_none() && std::str::from_utf8(&line.bytes()).is_err() {
            not_utf8 = Some(line.number);
        }
        if let Some(name) = line.after("BEGIN") {
            walk.open_component(name, &line);
        } else if line.after("END").is_some() {
            if walk.open.pop().is_some_and(|name| is_read(&name)) {
                walk.current.pop();
            }
            walk.in_list = false;
        } else {
            walk.property(&line);
        }
    }
    if let Some(number) = not_utf8 {
        sink.add(
            Severity::Warning,
            format!("VCALENDAR (line {number})"),
            "not all characters are UTF-8",
            "export as UTF-8; times were read, only names may look odd",
        );
    }
    walk.file
}

/// Whether components of this name are kept.
fn is_read(name: &str) -> bool {
    matches!(name, "VEVENT" | "VFREEBUSY" | "VAVAILABILITY" | "AVAILABLE")
}

struct Walk<'a> {
    file: File,
    open: Vec<String>,
    /// The places of the open components that are kept; none where one of them lies where it may not.
    current: Vec<Option<usize>>,
    /// The last property in the present component was a list.
    in_list: bool,
    counts: [usize; 4],
    sink: &'a Sink,
}

impl Walk<'_> {
    fn open_component(&mut self, name: String, line: &Line) {
        self.in_list = false;
        match name.as_str() {
            "VTIMEZONE" => self.file.zones.push(ZoneText::default()),
            "STANDARD" | "DAYLIGHT" => {
                if let Some(zone) = self.file.zones.last_mut() {
                    zone.observances.push(vec![]);
                }
            }
            name if is_read(name) => {
                let place = self.keep(name, line);
                self.current.push(place);
            }
            _ => {}
        }
        // It is repeated in problems, so a hostile one must not be long.
        self.open.push(name.chars().take(40).collect());
    }

    /// Makes room for a component, where it may stand there.
    fn keep(&mut self, name: &str, line: &Line) -> Option<usize> {
        let around = self.current.last().copied().flatten();
        let kind = match (name, around.and_then(|at| self.file.components.get(at)).map(|c| c.kind)) {
            ("AVAILABLE", Some(Kind::Availability)) => Kind::Available(around?),
            ("AVAILABLE", None) if self.current.is_empty() => {
                self.sink.add(
                    Severity::Warning,
                    format!("VCALENDAR/AVAILABLE (line {})", line.number),
                    "it does not lie within a VAVAILABILITY",
                    "nothing need be done; it was left out",
                );
                return None;
            }
            ("VEVENT", None) if self.current.is_empty() => Kind::Event,
            ("VFREEBUSY", None) if self.current.is_empty() => Kind::FreeBusy,
            ("VAVAILABILITY", None) if self.current.is_empty() => Kind::Availability,
            _ => {
                self.sink.error(
                    format!("VCALENDAR/{name} (line {})", line.number),
                    "an event lies within another",
                    "export the calendar again; the file is damaged",
                );
                return None;
            }
        };
        let (count, above) = match kind {
            Kind::Event => (0, "VCALENDAR"),
            Kind::FreeBusy => (1, "VCALENDAR"),
            Kind::Availability => {
                // Those within it are counted afresh.
                self.counts[3] = 0;
                (2, "VCALENDAR")
            }
            Kind::Available(at) => (3, self.file.components[at].path.as_str()),
        };
        let path = format!("{above}/{name}[{}]", self.counts[count]);
        self.counts[count] += 1;
        let component = Component { kind, path, line: line.number, props: vec![], damaged: None };
        self.file.components.push(component);
        Some(self.file.components.len() - 1)
    }

    /// The open component that is kept, if the present line stands right in it.
    fn present(&mut self) -> Option<&mut Component> {
        let at = self.current.last().copied().flatten()?;
        self.file.components.get_mut(at)
    }

    fn property(&mut self, line: &Line) {
        let (name, name_end) = line.name();
        let place = self.open.last().map_or("", String::as_str);
        let known: &[&'static str] = match place {
            "VEVENT" | "VFREEBUSY" => &EVENT,
            "VAVAILABILITY" => &AVAILABILITY,
            "AVAILABLE" => &AVAILABLE,
            "VTIMEZONE" | "STANDARD" | "DAYLIGHT" => &ZONE,
            "VCALENDAR" => &CALENDAR,
            _ => &[],
        };
        let wanted = known.iter().copied().find(|known| name.eq_ignore_ascii_case(known.as_bytes()));
        let Some(name) = wanted else {
            if line.has_colon() {
                self.in_list = false;
            } else {
                self.not_a_property(line);
            }
            return;
        };
        self.in_list = LISTS.contains(&name);
        let text = line.text();
        // A character that is not UTF-8 is longer as text, but none stands in a name that is known.
        let Some(parts) = parts(text.trim_end(), name_end, TIMES.contains(&name)) else {
            self.damaged(line.number);
            return;
        };
        let prop = Prop { name, params: parts.params, value: parts.value.to_owned(), line: line.number };
        match place {
            place if is_read(place) => {
                if let Some(component) = self.present() {
                    component.props.push(prop);
                }
            }
            "VTIMEZONE" => {
                if let Some(zone) = self.file.zones.last_mut() {
                    zone.props.push(prop);
                }
            }
            "VCALENDAR" if prop.name == "METHOD" => {
                self.file.method.get_or_insert(prop.value.to_ascii_uppercase());
            }
            "VCALENDAR" if prop.name == "X-WR-TIMEZONE" => {
                self.file.zone.get_or_insert(prop.value);
            }
            "VCALENDAR" if matches!(prop.name, "REFRESH-INTERVAL" | "X-PUBLISHED-TTL") => {
                let asked = duration(&prop.value).ok().map(|long| long.days * 1_440 + long.seconds / 60);
                let asked =
                    asked.and_then(|minutes| u32::try_from(minutes).ok()).filter(|minutes| *minutes > 0);
                self.file.refresh_min = self.file.refresh_min.or(asked);
            }
            "VCALENDAR" if !prop.value.is_empty() => {
                self.file.name.get_or_insert(unescape(&prop.value).chars().take(200).collect());
            }
            "VCALENDAR" => {}
            _ => {
                let zone = self.file.zones.last_mut();
                if let Some(observance) = zone.and_then(|zone| zone.observances.last_mut()) {
                    observance.push(prop);
                }
            }
        }
    }

    /// A line without a colon. After a list it may be the rest of the list, and then the list cannot be trusted.
    fn not_a_property(&mut self, line: &Line) {
        if self.in_list {
            self.damaged(line.number);
        }
        self.sink.add(
            Severity::Warning,
            format!("{} (line {})", self.open.join("/"), line.number),
            "the line is not NAME:VALUE",
            "nothing need be done where it is only text; it was left out",
        );
    }

    fn damaged(&mut self, number: usize) {
        let inside = self.open.last().is_some_and(|open| is_read(open));
        match self.present() {
            Some(component) if inside => component.damaged = component.damaged.or(Some(number)),
            _ => self.sink.add(
                Severity::Warning,
                format!("{} (line {number})", self.open.join("/")),
                "the property cannot be read",
                "export the calendar again",
            ),
        }
    }
}
