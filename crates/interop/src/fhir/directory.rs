//! Organization, Location, HealthcareService, Practitioner and PractitionerRole.

use std::collections::HashMap;

use chrono::{NaiveTime, Weekday};
use serde_json::Value;

use super::bundle::{Entries, Target};
use super::node::Node;
use super::records::{Availability, Link, Organisation, Person, PersonRole, Records, Service, Site};

/// What a PractitionerRole stands for when something else refers to it.
pub(super) struct RoleLinks {
    pub person: Link,
    pub organisation: Option<Link>,
    pub services: Vec<Link>,
}

/// Reads the directory into `records`; returns the roles by the place of their entry.
pub(super) fn read(entries: &Entries<'_>, records: &mut Records) -> HashMap<usize, RoleLinks> {
    for (i, node) in entries.of_kind("Organization") {
        records.organisations.extend(organisation(entries, i, &node));
    }
    for (i, node) in entries.of_kind("Location") {
        records.sites.extend(site(entries, i, &node));
    }
    for (i, node) in entries.of_kind("HealthcareService") {
        records.services.extend(service(entries, i, &node));
    }
    let mut places = HashMap::new();
    for (i, node) in entries.of_kind("Practitioner") {
        if let Some(person) = person(entries, i, &node) {
            places.insert(i, records.people.len());
            records.people.push(person);
        }
    }
    let mut roles = HashMap::new();
    for (i, node) in entries.of_kind("PractitionerRole") {
        let Some(practitioner) = node.object("practitioner") else {
            node.warn_at("practitioner", "is missing; the role was left out", "say whose role it is");
            continue;
        };
        let Some(person) = entries.link(&practitioner, "Practitioner") else { continue };
        let mut role = role(entries, &node);
        if is_inactive(&node) || inactive_person(entries, &practitioner) {
            // Others may still refer to it, but it must not let anybody in.
            node.warn("is not active; the role was left out", "send it as active if it still holds");
            roles.insert(
                i,
                RoleLinks { person, organisation: role.organisation.take(), services: role.services },
            );
            continue;
        }
        let links =
            RoleLinks { person, organisation: role.organisation.clone(), services: role.services.clone() };
        roles.insert(i, links);
        match entries.target(&practitioner) {
            Some(Target::Inside(p)) => {
                if let Some(person) = places.get(&p).and_then(|at| records.people.get_mut(*at)) {
                    person.roles.push(role);
                }
            }
            _ => practitioner.warn(
                "is not in this file; the role was left out",
                "send the Practitioner along with the role",
            ),
        }
    }
    roles
}

fn is_inactive(node: &Node<'_>) -> bool {
    node.value.get("active").and_then(Value::as_bool) == Some(false)
}

fn inactive_person(entries: &Entries<'_>, practitioner: &Node<'_>) -> bool {
    matches!(entries.target(practitioner), Some(Target::Inside(at)) if is_inactive(&entries.node(at)))
}

fn organisation(entries: &Entries<'_>, i: usize, node: &Node<'_>) -> Option<Organisation> {
    Some(Organisation {
        key: entries.all[i].key.clone(),
        identifiers: node.identifiers(),
        phone: node.telecom("phone"),
        zone: node.zone(),
        name: node.required("name", "name the organisation")?,
    })
}

fn site(entries: &Entries<'_>, i: usize, node: &Node<'_>) -> Option<Site> {
    Some(Site {
        key: entries.all[i].key.clone(),
        identifiers: node.identifiers(),
        organisation: link(entries, node, "managingOrganization", "Organization"),
        address: node.object("address").and_then(|a| a.address_line()),
        phone: node.telecom("phone"),
        zone: node.zone(),
        position: node.object("position").and_then(|p| position(&p)),
        name: node.required("name", "name the place")?,
    })
}

fn position(node: &Node<'_>) -> Option<(f64, f64)> {
    let (latitude, longitude) = (node.number("latitude")?, node.number("longitude")?);
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        node.error("is not on Earth", "send degrees: latitude -90 to 90, longitude -180 to 180");
        return None;
    }
    Some((latitude, longitude))
}

fn service(entries: &Entries<'_>, i: usize, node: &Node<'_>) -> Option<Service> {
    let site = node.first("location").and_then(|l| entries.link(&l, "Location"));
    if node.each("location").len() > 1 {
        node.warn_at("location", "has several places; the first was taken", "send one service per place");
    }
    let required = node.own("referral-requirement");
    Some(Service {
        key: entries.all[i].key.clone(),
        identifiers: node.identifiers(),
        organisation: link(entries, node, "providedBy", "Organization"),
        site,
        specialty: node.first("specialty").and_then(|s| s.codings().into_iter().next()),
        conditions: node.each("type").iter().filter_map(|concept| concept.words()).collect(),
        phone: node.telecom("phone"),
        patient_note: node.text("extraDetails"),
        visit_min: node.own("visit-duration-min").first().and_then(minutes),
        required_documents: required
            .iter()
            .filter_map(|e| match e.object("valueCoding").and_then(|c| c.coding()) {
                Some(coding) => Some(coding),
                None => {
                    e.error("has no code", "send the kind of document as valueCoding");
                    None
                }
            })
            .collect(),
        name: node.required("name", "name the service")?,
    })
}

/// A visit's length: 1 minute to a day.
fn minutes(node: &Node<'_>) -> Option<u32> {
    let names = ["valueUnsignedInt", "valuePositiveInt", "valueInteger"];
    let found = names.iter().find_map(|name| node.value.get(name)).and_then(Value::as_u64);
    let minutes = found.and_then(|m| u32::try_from(m).ok()).filter(|m| (1..=1440).contains(m));
    if minutes.is_none() {
        node.error("is not a number of minutes", "send valueUnsignedInt between 1 and 1440");
    }
    minutes
}

fn person(entries: &Entries<'_>, i: usize, node: &Node<'_>) -> Option<Person> {
    let identifiers = node.identifiers();
    let Some(name) = full_name(node) else {
        node.error_at("name", "is missing", "give the member of staff a name");
        return None;
    };
    Some(Person {
        key: entries.all[i].key.clone(),
        identifiers,
        name,
        email: node.telecom("email"),
        roles: Vec::new(),
    })
}

/// The `HumanName` to use: the official one, else the first.
pub(super) fn best_name<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    let names = node.each("name");
    let of_use = |wanted: &str| names.iter().find(|n| n.text("use").as_deref() == Some(wanted));
    of_use("official").or_else(|| of_use("usual")).or_else(|| names.first()).cloned()
}

/// Prefix, given and family names and suffixes, as one would address the person; else the name's own text.
fn full_name(node: &Node<'_>) -> Option<String> {
    let name = best_name(node)?;
    let mut words = name.texts("prefix");
    words.extend(name.texts("given"));
    match name.text("family") {
        Some(family) => {
            words.push(family);
            let suffix: String = name.texts("suffix").iter().map(|post| format!(", {post}")).collect();
            Some(words.join(" ") + &suffix)
        }
        None => name.text("text"),
    }
}

fn role(entries: &Entries<'_>, node: &Node<'_>) -> PersonRole {
    let services = node.each("healthcareService");
    let times = node.each("availableTime");
    PersonRole {
        organisation: link(entries, node, "organization", "Organization"),
        codes: node.each("code").iter().flat_map(|c| c.codings()).collect(),
        services: services.iter().filter_map(|s| entries.link(s, "HealthcareService")).collect(),
        availability: times.iter().filter_map(availability).collect(),
        zone: node.zone(),
    }
}

fn availability(node: &Node<'_>) -> Option<Availability> {
    if node.value.get("allDay").and_then(Value::as_bool) == Some(true) {
        node.warn("lasts all day and was left out", "send the hours of the session");
        return None;
    }
    let mut weekdays = Vec::new();
    for day in node.texts("daysOfWeek") {
        match weekday(&day) {
            Some(day) => weekdays.push(day),
            None => node.error_at("daysOfWeek", "is not a day", "send mon, tue, wed, thu, fri, sat or sun"),
        }
    }
    let time = |name: &str| {
        let text = node.required(name, "send it as 09:00:00")?;
        let time = NaiveTime::parse_from_str(&text, "%H:%M:%S%.f").ok();
        if time.is_none() {
            node.error_at(name, "is not a time of day", "send it as 09:00:00");
        }
        time
    };
    let (from, to) = (time("availableStartTime"), time("availableEndTime"));
    let (from, to) = (from?, to?);
    if weekdays.is_empty() {
        node.error_at("daysOfWeek", "is missing", "name the days of the session");
        return None;
    }
    if from >= to {
        node.error("ends before it begins", "split a session that runs past midnight");
        return None;
    }
    Some(Availability { weekdays, from, to })
}

/// FHIR R4 `days-of-week`.
fn weekday(code: &str) -> Option<Weekday> {
    Some(match code {
        "mon" => Weekday::Mon,
        "tue" => Weekday::Tue,
        "wed" => Weekday::Wed,
        "thu" => Weekday::Thu,
        "fri" => Weekday::Fri,
        "sat" => Weekday::Sat,
        "sun" => Weekday::Sun,
        _ => return None,
    })
}

/// The link of a single reference element, if there is one.
pub(super) fn link(entries: &Entries<'_>, node: &Node<'_>, name: &str, kind: &str) -> Option<Link> {
    node.object(name).and_then(|reference| entries.link(&reference, kind))
}
