//! The configuration written out.

use std::collections::{BTreeMap, HashMap};

use domain::referral::Clocks;
use domain::{OrganisationId, Role};
use uuid::Uuid;

use super::document::{ConfigDocument, Organisation, Person, Service, Site, Team};
use super::{super::clocks, configures};
use crate::admin::rules::Rules;
use crate::audit::Touched;
use crate::{Call, Desk, ServiceError};

/// The whole configuration of an organisation. Administrators, or the command line for the organisation it names. The
/// read is recorded: people are named in it.
pub async fn export_config(
    desk: &Desk,
    call: &Call,
    wanted: Option<OrganisationId>,
) -> Result<ConfigDocument, ServiceError> {
    let organisation = configures(call, wanted)?;
    let db = desk.store.reader();
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    desk.record_read(call, Touched { organisation, entity: "people", id: None, patient: None }).await?;
    let mut people = Vec::new();
    let mut emails: HashMap<Uuid, String> = HashMap::new();
    for person in store::people::of_organisation(db, organisation).await? {
        emails.insert(person.id, person.email.clone());
        if person.status == "active" {
            let roles = store::people::roles(db, &person).await?;
            people.push(Person {
                email: person.email,
                name: person.name,
                roles: roles.iter().filter_map(|code| Role::from_code(code)).collect(),
            });
        }
    }
    let email = |id: Option<Uuid>| id.and_then(|id| emails.get(&id).cloned()).unwrap_or_default();
    let holidays = Clocks::read(&row.clocks, "").unwrap_or_default().holidays;
    let sites = store::directory::sites_of(db, organisation).await?;
    let members = store::teams::members(db, organisation).await?;
    let services = store::directory::services_of(db, organisation).await?;
    Ok(ConfigDocument {
        organisation: Some(Organisation {
            name: Some(row.name),
            phone: Some(row.phone.unwrap_or_default()),
            zone: Some(row.zone),
            clocks: Some(durations(&row.clocks)),
            holidays: Some(holidays.into_iter().collect()),
            escalate_to: Some(email(row.escalate_to)),
            privacy_contact: Some(email(row.privacy_contact)),
        }),
        people,
        teams: store::teams::of_organisation(db, organisation)
            .await?
            .into_iter()
            .map(|team| Team {
                members: Some(
                    members
                        .iter()
                        .filter(|(of, _)| *of == team.id)
                        .filter_map(|(_, person)| emails.get(&person.0).cloned())
                        .collect(),
                ),
                phone: Some(team.phone.unwrap_or_default()),
                name: team.name,
            })
            .collect(),
        services: services
            .into_iter()
            .map(|service| {
                let rules = Rules::of(&service);
                let site = sites.iter().find(|site| Some(site.id) == service.site_id);
                Service {
                    active: Some(service.active),
                    site: Some(site.map_or(String::new(), |site| site.name.clone())),
                    team: Some(service.team),
                    specialty_code: Some(service.specialty_code.unwrap_or_default()),
                    phone: Some(service.phone.unwrap_or_default()),
                    patient_note: Some(service.patient_note.unwrap_or_default()),
                    visit_min: u32::try_from(service.visit_min).ok(),
                    escalate_to: Some(email(service.escalate_to)),
                    clocks: Some(durations(&service.clocks)),
                    questions: Some(rules.form),
                    criteria: Some(rules.criteria),
                    documents: Some(rules.documents),
                    priorities: Some(rules.priorities),
                    name: service.name,
                }
            })
            .collect(),
        sites: sites
            .iter()
            .map(|site| Site {
                name: site.name.clone(),
                address: Some(site.address.clone().unwrap_or_default()),
                phone: Some(site.phone.clone().unwrap_or_default()),
                zone: Some(site.zone.clone()),
                latitude: site.latitude,
                longitude: site.longitude,
                map_url: Some(site.map_url.clone().unwrap_or_default()),
            })
            .collect(),
        ..ConfigDocument::empty()
    })
}

fn durations(own: &str) -> BTreeMap<String, u32> {
    clocks::pairs(own).into_iter().filter_map(|(name, days)| Some((name, days.parse().ok()?))).collect()
}
