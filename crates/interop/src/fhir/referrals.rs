//! ServiceRequest with its Task, and Appointment.

use std::collections::HashMap;

use super::bundle::{Entries, Target, contained_resource};
use super::directory::RoleLinks;
use super::node::Node;
use super::records::{Appointment, Link, PastState, Person, Priority, Records, Referral, TaskState};
use crate::problem::Severity;

/// Our own code system of referral states.
const STATES: &str = "https://waymark.example/fhir/CodeSystem/referral-state";

pub(super) fn read(entries: &Entries<'_>, roles: &HashMap<usize, RoleLinks>, records: &mut Records) {
    let reader = Reader { entries, roles };
    let mut places = HashMap::new();
    let people: HashMap<&str, &Person> = records.people.iter().map(|p| (p.key.as_str(), p)).collect();
    for (i, node) in entries.of_kind("ServiceRequest") {
        if let Some(mut referral) = reader.referral(i, &node) {
            if referral.from.is_none() {
                referral.from = sole_organisation(&people, referral.requester.as_ref());
            }
            places.insert(i, records.referrals.len());
            records.referrals.push(referral);
        }
    }
    for (_, node) in entries.of_kind("Task") {
        if let Some((request, state)) = reader.task(&node)
            && let Some(referral) = places.get(&request).and_then(|at| records.referrals.get_mut(*at))
        {
            let earlier = referral.task.as_ref();
            if earlier.is_some() {
                node.warn("the request has several tasks; the latest was kept", "send one Task per request");
            }
            if earlier.is_none_or(|kept| kept.last_modified <= state.last_modified) {
                referral.task = Some(state);
            }
        }
    }
    for (i, node) in entries.of_kind("Appointment") {
        records.appointments.extend(reader.appointment(i, &node));
    }
}

/// The organisation of a requester who works for exactly one.
fn sole_organisation(people: &HashMap<&str, &Person>, requester: Option<&Link>) -> Option<Link> {
    let Some(Link::Key(key)) = requester else { return None };
    let person = people.get(key.as_str())?;
    let mut places: Vec<&Link> = person.roles.iter().filter_map(|r| r.organisation.as_ref()).collect();
    places.dedup();
    match places[..] {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Whom or what a reference may name, sorted into our words.
#[derive(Default)]
struct Party {
    person: Option<Link>,
    organisation: Option<Link>,
    service: Option<Link>,
    patient: Option<Link>,
}

struct Reader<'a> {
    entries: &'a Entries<'a>,
    roles: &'a HashMap<usize, RoleLinks>,
}

impl Reader<'_> {
    /// `None` when the reference leads nowhere (reported) or to something that has no place here (warned).
    fn party(&self, node: &Node<'_>) -> Option<Party> {
        if contained_resource(node).is_some_and(|resource| resource.identifiers().is_empty()) {
            node.warn(
                "points at a contained resource without identifier; left out",
                "send the resource as an entry of its own, or give it an identifier",
            );
            return None;
        }
        let (kind, link, role) = match self.entries.target(node)? {
            Target::Inside(at) => {
                (Some(self.entries.all[at].kind.to_owned()), self.entries.key(at), self.roles.get(&at))
            }
            Target::Outside { kind, identifier } => (kind, Link::Identifier(identifier), None),
        };
        let mut party = Party::default();
        match kind.as_deref() {
            Some("Practitioner") => party.person = Some(link),
            Some("Organization") => party.organisation = Some(link),
            Some("HealthcareService") => party.service = Some(link),
            Some("Patient") => party.patient = Some(link),
            Some("PractitionerRole") => match role {
                Some(role) => {
                    party.person = Some(role.person.clone());
                    party.organisation.clone_from(&role.organisation);
                    party.service = role.services.first().filter(|_| role.services.len() == 1).cloned();
                }
                None => {
                    node.warn(
                        "points at a role that is not in this file; left out",
                        "send the PractitionerRole along, or point at the Practitioner",
                    );
                    return None;
                }
            },
            Some(_) => {
                node.warn("points at something that has no place here; left out", "nothing to do");
                return None;
            }
            None => {
                node.warn("does not say what it points at; left out", "add Reference.type");
                return None;
            }
        }
        Some(party)
    }

    fn referral(&self, i: usize, node: &Node<'_>) -> Option<Referral> {
        let status = node.required("status", "send draft, active, on-hold, revoked or completed");
        if status.as_deref() == Some("entered-in-error") {
            node.error_at("status", "was entered in error", "leave the request and all that follows it out");
            return None;
        }
        let subject = match node.object("subject") {
            Some(subject) => self.entries.link(&subject, "Patient"),
            None => {
                node.error_at("subject", "is missing", "say which patient the referral is for");
                None
            }
        };
        let priority = match node.text("priority").as_deref() {
            None | Some("routine") => Priority::Routine,
            Some("urgent") => Priority::Urgent,
            Some("asap") => Priority::Asap,
            Some("stat") => Priority::Stat,
            Some(_) => {
                node.error_at("priority", "is not a code of FHIR R4", "send routine, urgent, asap or stat");
                Priority::Routine
            }
        };
        let requester = node.object("requester").and_then(|r| self.party(&r)).unwrap_or_default();
        let (mut service, mut to) = (None, None);
        for performer in node.each("performer").iter().filter_map(|p| self.party(p)) {
            service = service.or(performer.service);
            to = to.or(performer.organisation);
        }
        let reasons = node.each("reasonCode");
        let notes = node.each("note");
        let letter: Vec<String> = reasons.iter().chain(&notes).filter_map(|n| n.text("text")).collect();
        let referral = Referral {
            key: self.entries.all[i].key.clone(),
            identifiers: node.identifiers(),
            patient: subject.clone().unwrap_or_else(|| Link::Key(String::new())),
            from: requester.organisation,
            requester: requester.person,
            service,
            to,
            priority,
            reason_codes: reasons.iter().flat_map(|r| r.codings()).collect(),
            letter: letter.join("\n\n"),
            authored_at: node.instant("authoredOn"),
            status: status?,
            task: None,
        };
        // Without a patient there is no referral; the error has been reported above.
        subject.map(|_| referral)
    }

    /// The place of the request that a task follows, and how far it is.
    fn task(&self, node: &Node<'_>) -> Option<(usize, TaskState)> {
        let based_on = || node.first("basedOn");
        let Some(focus) = node.object("focus").or_else(based_on) else {
            note_unused(node, "follows no ServiceRequest");
            return None;
        };
        let request = match self.entries.target(&focus)? {
            Target::Inside(at) if self.entries.all[at].kind == "ServiceRequest" => at,
            Target::Outside { kind, .. } if kind.as_deref().is_none_or(|k| k == "ServiceRequest") => {
                focus.error("the request is not in this file", "send the ServiceRequest along with its Task");
                return None;
            }
            _ => {
                note_unused(node, "follows no ServiceRequest");
                return None;
            }
        };
        let business = node.object("businessStatus").map(|b| b.codings()).unwrap_or_default();
        let mut history: Vec<PastState> = node.own("state-history").iter().filter_map(past_state).collect();
        history.sort_by_key(|past| past.at);
        let state = TaskState {
            state: business.into_iter().find(|c| c.system == STATES).map(|c| c.code),
            owner: node
                .object("owner")
                .and_then(|o| self.party(&o))
                .and_then(|p| p.person.or(p.organisation)),
            reason: node.object("statusReason").and_then(|r| r.words()),
            last_modified: node.instant("lastModified"),
            history,
            status: node.required("status", "send a Task status of FHIR R4")?,
        };
        Some((request, state))
    }

    fn appointment(&self, i: usize, node: &Node<'_>) -> Option<Appointment> {
        let status = node.required("status", "send an Appointment status of FHIR R4");
        if status.as_deref() == Some("entered-in-error") {
            note_unused(node, "was entered in error");
            return None;
        }
        let referral = match node.first("basedOn") {
            Some(request) => self.entries.link(&request, "ServiceRequest"),
            None => {
                node.error_at("basedOn", "is missing", "a booking needs the referral it is for");
                None
            }
        };
        let unset = !node.has("start") && !node.has("end");
        if unset && matches!(status.as_deref(), Some("proposed" | "cancelled" | "waitlist")) {
            node.warn("has no time and was left out", "send start and end");
            return None;
        }
        let (start, end) = (node.required_instant("start"), node.required_instant("end"));
        let mut party = Party::default();
        for participant in node.each("participant") {
            let Some(actor) = participant.object("actor") else { continue };
            if contained_resource(&actor).is_some_and(|resource| resource.identifiers().is_empty()) {
                self.party(&actor);
                continue;
            }
            let place = self.entries.target(&actor).is_some_and(|target| match &target {
                Target::Inside(at) => {
                    matches!(self.entries.all[*at].kind, "Location" | "Device" | "RelatedPerson")
                }
                Target::Outside { kind, .. } => {
                    matches!(kind.as_deref(), Some("Location" | "Device" | "RelatedPerson"))
                }
            });
            if place {
                continue;
            }
            let Some(found) = self.party_once(&actor) else { continue };
            party.patient = party.patient.or(found.patient);
            party.person = party.person.or(found.person);
            party.service = party.service.or(found.service);
        }
        let (start, end) = (start?, end?);
        if end <= start {
            node.error_at("end", "is not after the start", "send the time at which the visit ends");
            return None;
        }
        referral.as_ref()?;
        Some(Appointment {
            key: self.entries.all[i].key.clone(),
            referral,
            patient: party.patient,
            practitioner: party.person,
            service: party.service,
            status: status?,
            start,
            end,
        })
    }

    /// Like [`Self::party`], for a reference whose target has been looked up (and reported) before.
    fn party_once(&self, node: &Node<'_>) -> Option<Party> {
        let silent = crate::problem::Sink::default();
        let again = Node { sink: &silent, ..node.clone() };
        self.entries.target(&again)?;
        self.party(node)
    }
}

fn past_state(node: &Node<'_>) -> Option<PastState> {
    let part = |name: &str| {
        let parts = node.each("extension");
        parts.into_iter().find(|e| e.value.get("url").and_then(serde_json::Value::as_str) == Some(name))
    };
    let (state, at, by) = (part("state"), part("at"), part("by"));
    let state = state.and_then(|e| e.text("valueCode"));
    let at = at.and_then(|e| e.required_instant("valueInstant"));
    let (Some(state), Some(at)) = (state, at) else {
        node.error("is incomplete", "send state (valueCode), at (valueInstant) and by (valueString)");
        return None;
    };
    Some(PastState {
        state,
        at,
        by: by.and_then(|e| e.text("valueString")).unwrap_or_default(),
        why: part("why").and_then(|e| e.text("valueString")),
    })
}

fn note_unused(node: &Node<'_>, why: &str) {
    node.sink.add(Severity::Information, node.path.clone(), format!("{why}; left out"), "nothing to do");
}
