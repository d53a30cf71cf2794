//! The demonstration's organisations, sites, services and staff.
//!
//! Names are invented. Telephone numbers are from the ranges that Ofcom keeps for drama (020 7946 0xxx,
//! 01632 960xxx, 07700 900xxx); mail addresses are under `.example` (RFC 2606); the postcode area XW does not exist.

use chrono::Weekday::{self, Fri, Mon, Thu, Tue, Wed};
use serde_json::Value;

use super::bundle::{OWN, by_identifier, coding};

/// Identifier systems of the demonstration.
pub const ORGANISATION: &str = "https://waymark.example/id/organisation";
pub const SITE: &str = "https://waymark.example/id/site";
pub const SERVICE: &str = "https://waymark.example/id/service";
pub const STAFF_ID: &str = "https://waymark.example/id/staff";

/// Key of the hospital trust.
pub const TRUST: &str = "wrenfield-hospitals";

/// A practice or the trust.
pub struct Organisation {
    pub key: &'static str,
    pub name: &'static str,
    pub phone: &'static str,
    /// Shown at the head of letters.
    pub address: &'static str,
}

/// The trust first, then the practices in the order of [`super::names::TOWNS`].
pub const ORGANISATIONS: &[Organisation] = &[
    organisation(TRUST, "Wrenfield Hospitals NHS Trust", "020 7946 0100", "Castle Road, Wrenfield, XW1 1AA"),
    organisation(
        "alder-street",
        "Alder Street Surgery",
        "01632 960110",
        "14 Alder Street, Wrenfield, XW1 4QT",
    ),
    organisation("millrace", "Millrace Health Centre", "01632 960220", "Millrace Lane, Oxley, XW3 2DP"),
    organisation("harbour-row", "Harbour Row Practice", "01632 960330", "3 Harbour Row, Saltby, XW7 9HR"),
];

const fn organisation(
    key: &'static str,
    name: &'static str,
    phone: &'static str,
    address: &'static str,
) -> Organisation {
    Organisation { key, name, phone, address }
}

/// A place where the trust sees people.
pub struct Site {
    pub key: &'static str,
    pub name: &'static str,
    /// Line, town, postcode.
    pub address: (&'static str, &'static str, &'static str),
    pub phone: &'static str,
    /// Degrees, WGS 84: latitude, longitude.
    pub position: (f64, f64),
}

/// Sites of the trust.
pub const SITES: &[Site] = &[
    Site {
        key: "castle-road",
        name: "Wrenfield General Hospital",
        address: ("Castle Road", "Wrenfield", "XW1 1AA"),
        phone: "020 7946 0101",
        position: (53.2312, -1.4108),
    },
    Site {
        key: "saltby",
        name: "Saltby Community Hospital",
        address: ("Lighthouse Way", "Saltby", "XW7 8LW"),
        phone: "020 7946 0102",
        position: (53.2871, -1.3524),
    },
];

/// A clinic of the trust.
pub struct Service {
    pub key: &'static str,
    pub name: &'static str,
    /// Treatment function code and words (NHS Data Dictionary, Treatment Function Code).
    pub specialty: (&'static str, &'static str),
    /// Words by which referrers find it.
    pub conditions: &'static [&'static str],
    pub site: &'static str,
    pub phone: &'static str,
    pub visit_min: u32,
    pub note: &'static str,
    /// Keys of [`DOCUMENTS`] that a referral must bring.
    pub documents: &'static [&'static str],
}

/// The clinics.
pub const SERVICES: &[Service] = &[
    Service {
        key: "heart",
        name: "Heart clinic",
        specialty: ("320", "Cardiology"),
        conditions: &["palpitations", "chest pain", "heart failure", "murmur"],
        site: "castle-road",
        phone: "020 7946 0110",
        visit_min: 30,
        note: "Please bring a list of your medicines and wear a top that opens at the front, because we will record \
               an ECG. Entrance B, first floor. Allow an hour and a half if you are to have a heart scan.",
        documents: &["ecg"],
    },
    Service {
        key: "skin",
        name: "Skin clinic",
        specialty: ("330", "Dermatology"),
        conditions: &["eczema", "psoriasis", "moles", "rash"],
        site: "saltby",
        phone: "020 7946 0120",
        visit_min: 20,
        note: "Please come without make-up or nail varnish and bring every cream that you use. We may take a small \
               sample of skin on the day, so tell us if you take blood thinners. Free parking behind the building.",
        documents: &["photo"],
    },
    Service {
        key: "joints",
        name: "Joint clinic",
        specialty: ("410", "Rheumatology"),
        conditions: &["arthritis", "gout", "joint pain"],
        site: "castle-road",
        phone: "020 7946 0130",
        visit_min: 40,
        note: "Please bring a list of your medicines and note how long your joints are stiff in the morning. You may \
               be asked to give blood after the visit. Entrance C, ground floor, with chairs that are easy to rise from.",
        documents: &["blood-results"],
    },
    Service {
        key: "ears",
        name: "Ear, nose and throat clinic",
        specialty: ("120", "Ear, Nose and Throat"),
        conditions: &["hearing loss", "tinnitus", "sinusitis", "vertigo"],
        site: "castle-road",
        phone: "020 7946 0140",
        visit_min: 20,
        note: "Please bring your hearing aids if you wear them. A thin camera may be passed through the nose; you can \
               eat and drink before. Children may bring a favourite toy. Entrance A, second floor.",
        documents: &[],
    },
    Service {
        key: "diabetes",
        name: "Diabetes clinic",
        specialty: ("307", "Diabetes Service"),
        conditions: &["type 1 diabetes", "type 2 diabetes", "insulin"],
        site: "saltby",
        phone: "020 7946 0150",
        visit_min: 30,
        note: "Please bring your meter or sensor, your insulin or tablets, and wear shoes that come off easily, as we \
               will look at your feet. Eat and take your medicines as usual.",
        documents: &["blood-results"],
    },
    Service {
        key: "eyes",
        name: "Eye clinic",
        specialty: ("130", "Ophthalmology"),
        conditions: &["cataract", "glaucoma", "macular degeneration"],
        site: "saltby",
        phone: "020 7946 0160",
        visit_min: 20,
        note: "Please bring your glasses and do not drive: the drops blur your sight for about four hours. Sunglasses \
               help on the way home. The 41 bus stops at the door.",
        documents: &["optometry-report"],
    },
];

/// Documents that a service may ask for: code and words.
pub const DOCUMENTS: &[(&str, &str)] = &[
    ("letter", "Referral letter"),
    ("ecg", "12-lead ECG"),
    ("photo", "Photographs of the skin"),
    ("blood-results", "Blood results"),
    ("optometry-report", "Optometrist's report"),
];

/// A member of staff.
pub struct Staff {
    pub key: &'static str,
    pub name: &'static str,
    pub organisation: &'static str,
    /// Role codes, the main one first.
    pub roles: &'static [&'static str],
    /// Services worked for; empty for staff of a practice.
    pub services: &'static [&'static str],
    /// Weekly sessions: days, from, to (minutes after midnight, local).
    pub sessions: &'static [(&'static [Weekday], u32, u32)],
}

impl Staff {
    /// `amara.osei@alder-street.example`
    pub fn email(&self) -> String {
        format!("{}@{}.example", self.key.replace('-', "."), self.organisation)
    }
}

const MORNING: u32 = 9 * 60;
const NOON: u32 = 12 * 60;
const AFTERNOON: u32 = 13 * 60 + 30;
const EVENING: u32 = 17 * 60;

const ALL_SERVICES: &[&str] = &["heart", "skin", "joints", "ears", "diabetes", "eyes"];

/// Everybody who works here.
pub const STAFF: &[Staff] = &[
    gp("amara-osei", "Dr Amara Osei", "alder-street"),
    gp("tom-pritchard", "Dr Tom Pritchard", "alder-street"),
    gp("leila-haddad", "Dr Leila Haddad", "millrace"),
    gp("kavita-menon", "Dr Kavita Menon", "harbour-row"),
    gp("joan-tierney", "Joan Tierney, nurse practitioner", "harbour-row"),
    specialist(
        "daniel-okafor",
        "Dr Daniel Okafor",
        &["heart"],
        &[(&[Mon, Wed], MORNING, NOON), (&[Thu], AFTERNOON, EVENING)],
    ),
    specialist(
        "helen-marsh",
        "Dr Helen Marsh",
        &["heart"],
        &[(&[Tue, Fri], MORNING, NOON), (&[Wed], AFTERNOON, 16 * 60 + 30)],
    ),
    specialist(
        "priya-raman",
        "Dr Priya Raman",
        &["skin"],
        &[(&[Mon, Thu], MORNING, NOON), (&[Tue], AFTERNOON, EVENING)],
    ),
    specialist(
        "luca-ferrante",
        "Dr Luca Ferrante",
        &["skin"],
        &[(&[Wed, Fri], MORNING, NOON), (&[Mon], AFTERNOON, 16 * 60 + 30)],
    ),
    specialist(
        "siobhan-keane",
        "Dr Siobhan Keane",
        &["joints"],
        &[(&[Tue, Thu], MORNING, 13 * 60), (&[Wed], AFTERNOON, 16 * 60 + 10)],
    ),
    specialist(
        "adrian-wolfe",
        "Mr Adrian Wolfe",
        &["ears"],
        &[(&[Mon, Wed], MORNING, NOON), (&[Fri], AFTERNOON, 16 * 60 + 30)],
    ),
    specialist(
        "yusuf-karim",
        "Dr Yusuf Karim",
        &["diabetes"],
        &[(&[Tue, Thu], MORNING, NOON), (&[Mon], AFTERNOON, EVENING)],
    ),
    specialist(
        "ingrid-solheim",
        "Ms Ingrid Solheim",
        &["eyes"],
        &[(&[Mon, Tue, Thu], MORNING, NOON), (&[Wed], AFTERNOON, EVENING)],
    ),
    of_trust("grace-whitlock", "Grace Whitlock", &["coordinator"], ALL_SERVICES),
    of_trust("ben-adeyemi", "Ben Adeyemi", &["coordinator"], ALL_SERVICES),
    of_trust("ruth-castellan", "Ruth Castellan", &["quality", "coordinator"], ALL_SERVICES),
    of_trust("owen-blackwood", "Owen Blackwood", &["administrator"], &[]),
];

const fn gp(key: &'static str, name: &'static str, organisation: &'static str) -> Staff {
    Staff { key, name, organisation, roles: &["referrer"], services: &[], sessions: &[] }
}

const fn specialist(
    key: &'static str,
    name: &'static str,
    services: &'static [&'static str],
    sessions: &'static [(&'static [Weekday], u32, u32)],
) -> Staff {
    Staff { key, name, organisation: TRUST, roles: &["specialist"], services, sessions }
}

const fn of_trust(
    key: &'static str,
    name: &'static str,
    roles: &'static [&'static str],
    services: &'static [&'static str],
) -> Staff {
    Staff { key, name, organisation: TRUST, roles, services, sessions: &[] }
}

/// The service with that key.
pub fn service(key: &str) -> &'static Service {
    SERVICES.iter().find(|service| service.key == key).expect("stories name services of the list")
}

/// The organisation with that key.
pub fn organisation_named(key: &str) -> &'static Organisation {
    ORGANISATIONS.iter().find(|one| one.key == key).expect("staff name organisations of the list")
}

/// The specialists who work for a service.
pub fn specialists(service: &str) -> Vec<&'static Staff> {
    STAFF.iter().filter(|one| one.roles.contains(&"specialist") && one.services.contains(&service)).collect()
}

/// Who refers from a practice.
pub fn referrers(organisation: &str) -> Vec<&'static Staff> {
    STAFF.iter().filter(|one| one.roles.contains(&"referrer") && one.organisation == organisation).collect()
}

/// A coding of a kind of document.
pub fn document_kind(key: &str) -> Value {
    let words = DOCUMENTS.iter().find(|(code, _)| *code == key).map_or(key, |(_, words)| *words);
    coding(&format!("{OWN}CodeSystem/document-kind"), key, words)
}

/// A reference that works from another bundle.
pub fn staff_reference(one: &Staff) -> Value {
    by_identifier("Practitioner", STAFF_ID, one.key, one.name)
}
