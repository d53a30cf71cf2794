//! When people can be seen, as it is written down: sessions, closed days, leave, and what is known of resources and sites.
//!
//! [`Rules`] is what `waymark calendar slots RULES.json` reads. The smallest that gives anything:
//!
//! ```
//! let text = r#"{
//!   "zone": "Europe/London",
//!   "sessions": [
//!     {"id": "mornings", "weekdays": ["Mon", "Thu"], "from": "09:00", "to": "12:00", "visits": [{"length_min": 20}]}
//!   ]
//! }"#;
//! let rules: scheduling::Rules = serde_json::from_str(text).expect("rules");
//! assert_eq!(rules.check(), Ok(()));
//! ```
//!
//! And one that uses most of it: two clinicians of whom either will do, one of two rooms and the ultrasound machine,
//! first visits twice as long as later ones, a fortnightly rhythm, an extra Saturday, and what is closed:
//!
//! ```
//! let text = r#"{
//!   "zone": "Europe/London",
//!   "notice_min": 1440, "horizon_days": 90,
//!   "sites": [{"id": "north", "step_free": true, "km": 3.5}],
//!   "resources": [
//!     {"id": "dr-a", "languages": ["en", "pl"], "daily_limit": 12},
//!     {"id": "dr-b"}, {"id": "room-1"}, {"id": "room-2"}, {"id": "ultrasound", "places": 2}
//!   ],
//!   "sessions": [{
//!     "id": "scans", "who": ["dr-a", "dr-b"], "also": [["room-1", "room-2"], ["ultrasound"]], "site": "north",
//!     "weekdays": ["Tue"], "every_weeks": 2, "valid_from": "2026-01-06", "dates": ["2026-02-07"],
//!     "from": "13:00", "to": "17:00",
//!     "visits": [{"kind": "first", "length_min": 40}, {"kind": "later", "length_min": 20}],
//!     "step_min": 20, "buffer_after_min": 5, "daily_limit": 10
//!   }],
//!   "closed": [{"from": "2026-04-03"}, {"from": "2026-04-06", "to": "2026-04-10", "session": "scans"}],
//!   "away": [{"who": "dr-b", "from": "2026-03-02T00:00", "to": "2026-03-07T00:00"}]
//! }"#;
//! let rules: scheduling::Rules = serde_json::from_str(text).expect("rules");
//! assert_eq!(rules.check(), Ok(()));
//! ```

mod check;
mod local;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use check::{Fault, RulesProblem};

/// Everything that is written down about when people can be seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The zone of every wall time that does not name its own.
    pub zone: Tz,
    /// Clinic lists.
    pub sessions: Vec<Session>,
    /// Days without sessions.
    #[serde(default)]
    pub closed: Vec<Closed>,
    /// Leave: stretches during which somebody sees nobody.
    #[serde(default)]
    pub away: Vec<Away>,
    /// What is known of clinicians, rooms and equipment. Whoever is not listed has one place and no limit.
    #[serde(default)]
    pub resources: Vec<Resource>,
    /// What is known of the places at which people are seen.
    #[serde(default)]
    pub sites: Vec<Site>,
    /// Minutes between now and the first time that is offered.
    #[serde(default)]
    pub notice_min: u32,
    /// A time is offered if it begins at most so many times 24 hours from now; without one, however far off it is.
    #[serde(default)]
    pub horizon_days: Option<u32>,
}

/// A clinic list: hours on the local wall clock at which somebody sees people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The session's own id, repeated in its slots.
    pub id: String,
    /// Who sees the people: any one of these. Left out, a nameless one.
    #[serde(default = "one_nameless")]
    pub who: Vec<String>,
    /// What must be free as well, such as a room and a machine: one of each group.
    #[serde(default)]
    pub also: Vec<Vec<String>>,
    /// Where.
    #[serde(default)]
    pub site: Option<String>,
    /// The local weekdays on which it begins.
    #[serde(default)]
    pub weekdays: Vec<Weekday>,
    /// 2 for every other week; weeks begin on Monday and are counted from that of `valid_from`.
    #[serde(default = "one")]
    pub every_weeks: u32,
    /// The first and the last local date on which the weekdays hold.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Further single dates on which it takes place, whatever the weekdays and their validity say.
    #[serde(default)]
    pub dates: Vec<NaiveDate>,
    /// The local time at which it begins, and at which it ends. An end not later than the beginning is on the next day.
    #[serde(with = "local::clock")]
    pub from: NaiveTime,
    #[serde(with = "local::clock")]
    pub to: NaiveTime,
    /// The zone of the wall clock, if it is not that of the rules.
    #[serde(default)]
    pub zone: Option<Tz>,
    /// The kinds of visit that it takes; the first is meant where none is asked for.
    pub visits: Vec<Visit>,
    /// Minutes from one possible beginning to the next, on the wall clock, from the session's beginning on. Left out: the
    /// length of the visit, so that one follows the other.
    #[serde(default)]
    pub step_min: Option<u32>,
    /// How many people can be seen at once by one clinician.
    #[serde(default = "one")]
    pub capacity: u32,
    /// Minutes kept free before and after each visit.
    #[serde(default)]
    pub buffer_before_min: u32,
    #[serde(default)]
    pub buffer_after_min: u32,
    /// The most visits that one clinician begins during the session of one day.
    #[serde(default)]
    pub daily_limit: Option<u32>,
    /// The notice of this session, if it is not that of the rules.
    #[serde(default)]
    pub notice_min: Option<u32>,
}

/// A kind of visit with its length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Its name or code; empty where there is only one.
    #[serde(default)]
    pub kind: String,
    /// Minutes of real time.
    pub length_min: u32,
}

/// Local dates on which no session begins. Goes before extra dates. Without a scope it means everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// The first date.
    pub from: NaiveDate,
    /// The last date; left out, the first is the only one.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// Only for this resource, at this site, or of this session; of several, all must fit.
    #[serde(default)]
    pub who: Option<String>,
    #[serde(default)]
    pub site: Option<String>,
    #[serde(default)]
    pub session: Option<String>,
}

/// Leave, in wall times of the rules' zone. It counts like busy time: buffers do not reach into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// Who is away.
    pub who: String,
    /// The first moment away, and the first one back.
    #[serde(with = "local::moment")]
    pub from: NaiveDateTime,
    #[serde(with = "local::moment")]
    pub to: NaiveDateTime,
}

/// A clinician, a room or a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    pub id: String,
    /// As one that must be free as well: how many visits can use it at once. (For whoever sees people, the session's
    /// capacity counts.)
    #[serde(default = "one")]
    pub places: u32,
    /// The most visits that begin on one local day, whatever the session.
    #[serde(default)]
    pub daily_limit: Option<u32>,
    /// Languages spoken, as BCP 47 tags.
    #[serde(default)]
    pub languages: Vec<String>,
}

/// A place at which people are seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    pub id: String,
    /// Whether one gets in without a step.
    #[serde(default)]
    pub step_free: bool,
    /// How far it is from the patient, in kilometres, if that is known.
    #[serde(default)]
    pub km: Option<f64>,
}

impl Rules {
    /// Empty rules for a zone, to be filled.
    pub fn of_zone(zone: Tz) -> Self {
        Self {
            zone,
            sessions: Vec::new(),
            closed: Vec::new(),
            away: Vec::new(),
            resources: Vec::new(),
            sites: Vec::new(),
            notice_min: 0,
            horizon_days: None,
        }
    }
}

impl Session {
    /// The zone of its wall clock.
    pub fn zone(&self, rules: &Rules) -> Tz {
        self.zone.unwrap_or(rules.zone)
    }

    /// The wall times at which the session of `date` opens and closes.
    pub fn hours_on(&self, date: NaiveDate) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let closing_date = if self.to > self.from { date } else { date.succ_opt()? };
        Some((date.and_time(self.from), closing_date.and_time(self.to)))
    }

    /// The visit meant by `kind`; the first where none is asked for.
    pub fn visit(&self, kind: Option<&str>) -> Option<&Visit> {
        match kind {
            None => self.visits.first(),
            Some(kind) => self.visits.iter().find(|visit| visit.kind == kind),
        }
    }

    /// The minutes from one possible beginning of a visit to the next.
    pub fn step(&self, visit: &Visit) -> u32 {
        self.step_min.unwrap_or(visit.length_min)
    }
}

impl Closed {
    /// Whether `date` is among its dates.
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.from <= date && date <= self.to.unwrap_or(self.from)
    }

    /// Whether it means this session with this clinician.
    pub fn means(&self, session: &Session, who: &str) -> bool {
        self.who.as_deref().is_none_or(|only| only == who)
            && self.session.as_deref().is_none_or(|only| only == session.id)
            && self.site.as_deref().is_none_or(|only| session.site.as_deref() == Some(only))
    }
}

fn one() -> u32 {
    1
}

fn one_nameless() -> Vec<String> {
    vec![String::new()]
}
