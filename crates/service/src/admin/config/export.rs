//! The configuration written out.

use std::collections::{BTreeMap, HashMap};

use domain::referral::{Act, Clocks};
use domain::reply::Audience;
use domain::template::Template;
use domain::{OrganisationId, Role, language};
use store::entity::person_role;
use uuid::Uuid;

use super::document::{ConfigDocument, Message, Organisation, Person, Reason, Reply, Service, Site, Team};
use super::{super::clocks, configures};
use crate::admin::rules::Rules;
use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, own_words, reasons};

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
            let held = store::people::held(db, &person).await?;
            let until =
                |held: &person_role::Model| Some((Role::from_code(&held.role)?, held.valid_until.clone()?));
            people.push(Person {
                email: person.email,
                name: person.name,
                roles: held.iter().filter_map(|held| Role::from_code(&held.role)).collect(),
                role_last_days: Some(held.iter().filter_map(until).collect()),
                last_day: Some(person.valid_until.unwrap_or_default()),
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
            language: Some(row.language),
            approve_many_above: u32::try_from(row.approve_many_above).ok(),
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
                    specialty: Some(service.specialty.unwrap_or_default()),
                    keywords: Some(service.keywords),
                    phone: Some(service.phone.unwrap_or_default()),
                    patient_note: Some(service.patient_note.unwrap_or_default()),
                    visit_min: u32::try_from(service.visit_min).ok(),
                    escalate_to: Some(email(service.escalate_to)),
                    clocks: Some(durations(&service.clocks)),
                    questions: Some(rules.form),
                    criteria: Some(rules.criteria),
                    documents: Some(rules.documents),
                    priorities: Some(rules.priorities),
                    reminders: Some(rules.reminders),
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
                step_free: Some(site.step_free),
            })
            .collect(),
        reasons: reasons::all(db, organisation)
            .await?
            .into_iter()
            .filter_map(|row| {
                Some(Reason {
                    act: Act::from_code(&row.act)?,
                    code: Some(row.code),
                    label: row.label,
                    comment_forced: Some(row.comment_forced),
                    patient_line: Some(row.patient_line),
                    active: Some(row.active),
                })
            })
            .collect(),
        replies: reasons::replies(db, organisation)
            .await?
            .into_iter()
            .filter_map(|row| {
                Some(Reply {
                    audience: Audience::from_code(&row.audience)?,
                    act: Act::from_code(&row.act),
                    title: row.title,
                    text: row.text,
                    active: Some(row.active),
                })
            })
            .collect(),
        messages: messages(db, organisation).await?,
        ..ConfigDocument::empty()
    })
}

/// Every message that is sent: an empty text says that the product's own words are used.
async fn messages(db: &impl store::Db, organisation: OrganisationId) -> Result<Vec<Message>, ServiceError> {
    let rows = store::words::live_of_all(db, organisation).await?;
    let of = |template: Template, tag: &str| {
        let row = rows.iter().find(|row| row.template == template.code() && row.language == tag);
        row.map(own_words::texts_of).unwrap_or_default()
    };
    let others = rows.iter().filter(|row| row.language != language::PRODUCT);
    let others = others.filter_map(|row| Some((Template::from_code(&row.template)?, row.language.as_str())));
    let all = Template::ALL.iter().map(|template| (*template, language::PRODUCT)).chain(others);
    Ok(all
        .map(|(template, tag)| {
            let texts = of(template, tag);
            Message {
                code: template,
                language: Some(tag.to_owned()).filter(|tag| tag != language::PRODUCT),
                subject: Some(texts.subject),
                sms: Some(texts.sms),
                body: Some(texts.body),
                action: Some(texts.action),
                push: Some(texts.push),
            }
        })
        .collect())
}

fn durations(own: &str) -> BTreeMap<String, u32> {
    clocks::pairs(own).into_iter().filter_map(|(name, days)| Some((name, days.parse().ok()?))).collect()
}
