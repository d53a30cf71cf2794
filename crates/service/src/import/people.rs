//! Staff and patients of a file.

use domain::Role;
use interop::fhir::records::{ClinicalItem, ClinicalKind, Identifier, Patient, Person, PersonRole, Sex};
use store::entity::{availability_rule, clinical_item, patient, person};

use super::Import;
use super::known::Place;
use crate::availability::leavers;
use crate::booking::search::session;
use crate::{ServiceError, availability::WEEKDAYS, ids};

/// Code system of our roles.
const ROLES: &str = "https://waymark.example/fhir/CodeSystem/role";
/// Identifier system of NHS numbers.
const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

impl Import<'_> {
    pub(super) async fn people(&mut self, records: &[Person]) -> Result<(), ServiceError> {
        for record in records {
            let place = match self.before("person", &record.identifiers, &record.key).await? {
                Some(place) => {
                    self.remember("person", &record.key, place);
                    place
                }
                None => self.person(record).await?,
            };
            for role in &record.roles {
                self.role(record, place, role).await?;
            }
        }
        Ok(())
    }

    async fn person(&mut self, record: &Person) -> Result<Place, ServiceError> {
        let organisation = match record.roles.iter().find_map(|role| role.organisation.as_ref()) {
            Some(link) => self.find("organisation", link).await?.map_or(self.home.id, |place| place.id),
            None => self.home.id,
        };
        let id = ids::fresh(self.unit.call.now);
        let email = record
            .email
            .as_deref()
            .map(|email| email.trim().to_lowercase())
            .filter(|email| !email.is_empty());
        let email = email.unwrap_or_else(|| format!("{id}@address.invalid"));
        if let Some(known) = store::people::by_email(&*self.unit.tx, &email).await? {
            let place = Place { organisation: known.organisation_id, id: known.id };
            self.identify("person", &record.identifiers, &record.key, place).await?;
            return Ok(place);
        }
        let row = person::Model {
            organisation_id: organisation,
            id,
            name: record.name.clone(),
            email,
            password_hash: None,
            totp_secret: None,
            totp_last_step: 0,
            status: "active".to_owned(),
            created_at: self.unit.call.now.timestamp_millis(),
            valid_until: None,
            last_sign_in_at: None,
        };
        store::people::insert(&self.unit.tx, row).await?;
        let place = Place { organisation, id };
        self.identify("person", &record.identifiers, &record.key, place).await?;
        self.counted("people");
        Ok(place)
    }

    async fn role(&mut self, record: &Person, place: Place, role: &PersonRole) -> Result<(), ServiceError> {
        let row = store::people::find(
            &*self.unit.tx,
            domain::OrganisationId(place.organisation),
            domain::PersonId(place.id),
        )
        .await?
        .ok_or(ServiceError::NotFound)?;
        for code in role.codes.iter().filter(|coding| coding.system == ROLES) {
            match Role::from_code(&code.code).filter(|role| Role::STAFF.contains(role)) {
                Some(role) => {
                    store::people::give_role(&self.unit.tx, &row, role.code()).await?;
                    if role == Role::Specialist {
                        leavers::begin_specialist(&self.unit, &row).await?;
                    }
                }
                None => self.error(
                    &format!("{}.code", record.key),
                    format!("{} is not a role", code.code),
                    "Use referrer, specialist, coordinator, quality or administrator.",
                ),
            }
        }
        if role.availability.is_empty() {
            return Ok(());
        }
        let resource = self.resource(place, &record.name).await?;
        let known = store::calendars::rules_of_resource(
            &*self.unit.tx,
            domain::OrganisationId(place.organisation),
            domain::ResourceId(resource),
        )
        .await?;
        if !known.is_empty() {
            return Ok(());
        }
        for link in &role.services {
            let Some(service) = self.find("service", link).await? else {
                self.error(
                    &record.key,
                    "the service of this role is not known",
                    "Put the HealthcareService into the bundle.",
                );
                continue;
            };
            let service_row = store::directory::service(&*self.unit.tx, domain::ServiceId(service.id))
                .await?
                .ok_or(ServiceError::NotFound)?;
            for hours in &role.availability {
                let days: Vec<&str> = WEEKDAYS
                    .iter()
                    .filter(|(_, day, _)| hours.weekdays.contains(day))
                    .map(|(code, ..)| *code)
                    .collect();
                let rule = availability_rule::Model {
                    organisation_id: place.organisation,
                    id: ids::fresh(self.unit.call.now),
                    resource_id: resource,
                    service_id: service.id,
                    weekdays: days.join(","),
                    from_wall: hours.from.format("%H:%M").to_string(),
                    to_wall: hours.to.format("%H:%M").to_string(),
                    zone: role.zone.clone().unwrap_or_else(|| self.home.zone.clone()),
                    slot_min: service_row.visit_min,
                    capacity: 1,
                    buffer_before_min: 0,
                    buffer_after_min: 0,
                    valid_from: (self.unit.call.now - chrono::Duration::days(400)).date_naive().to_string(),
                    valid_to: None,
                    ..crate::availability::plain_rule()
                };
                let wrong = session(&rule, None)?.check();
                if let Err(wrong) = wrong {
                    let what =
                        format!("a session with visits of {} minutes cannot take place", rule.slot_min);
                    self.error(&record.key, what, &format!("In {}: {}.", wrong.place, wrong.fault));
                    continue;
                }
                store::calendars::insert_rule(&self.unit.tx, rule).await?;
                self.counted("sessions");
            }
        }
        Ok(())
    }

    /// The bookable resource that a clinician is; made when missing.
    pub(super) async fn resource(&mut self, place: Place, name: &str) -> Result<uuid::Uuid, ServiceError> {
        let (organisation, person) = (domain::OrganisationId(place.organisation), domain::PersonId(place.id));
        crate::availability::bookable(&self.unit, organisation, person, name).await
    }

    pub(super) async fn patients(&mut self, records: &[Patient]) -> Result<(), ServiceError> {
        for record in records {
            if let Some(place) = self.before("patient", &record.identifiers, &record.key).await? {
                self.remember("patient", &record.key, place);
                let who = (domain::OrganisationId(place.organisation), domain::PatientId(place.id));
                let known = store::patients::find(&*self.unit.tx, who.0, who.1).await?;
                if record.deceased && known.is_some_and(|row| !row.deceased) {
                    self.died.push(who);
                    self.counted("deaths");
                }
                continue;
            }
            let organisation = self
                .find_some("organisation", record.organisation.as_ref())
                .await?
                .map_or(self.home.id, |place| place.id);
            let id = ids::fresh(self.unit.call.now);
            let row = patient::Model {
                organisation_id: organisation,
                id,
                nhs_number: nhs_number(&record.identifiers),
                family: record.family.clone(),
                given: record.given.clone(),
                birth_date: record.birth_date.map(|date| date.to_string()),
                sex: match record.sex {
                    Sex::Male => "male",
                    Sex::Female => "female",
                    Sex::Other => "other",
                    Sex::Unknown => "unknown",
                }
                .to_owned(),
                phone: record.phone.as_deref().map(|phone| self.unit.desk.ports.words.phone(phone)),
                email: record.email.clone(),
                address: record.address.clone(),
                language: record.language.clone(),
                deceased: record.deceased,
                created_at: self.unit.call.now.timestamp_millis(),
                latitude: record.position.map(|(latitude, _)| latitude),
                longitude: record.position.map(|(_, longitude)| longitude),
                zone: None,
                prefers: None,
            };
            store::patients::insert(&self.unit.tx, row).await?;
            self.identify("patient", &record.identifiers, &record.key, Place { organisation, id }).await?;
            self.counted("patients");
        }
        Ok(())
    }

    pub(super) async fn items(&mut self, records: &[ClinicalItem]) -> Result<(), ServiceError> {
        let mut rows = Vec::new();
        for record in records {
            if self.before("clinical-item", &[], &record.key).await?.is_some() {
                continue;
            }
            let Some(place) = self.find("patient", &record.patient).await? else {
                self.error(
                    &record.key,
                    "the patient of this line is not known",
                    "Put the Patient into the bundle, or import it first.",
                );
                continue;
            };
            let id = ids::fresh(self.unit.call.now);
            rows.push(clinical_item::Model {
                organisation_id: place.organisation,
                id,
                patient_id: place.id,
                kind: kind(record.kind).to_owned(),
                code_system: record.code.as_ref().map(|coding| coding.system.clone()),
                code: record.code.as_ref().map(|coding| coding.code.clone()),
                words: record.words.clone(),
                value: record.value.clone(),
                on_date: record.on.map(|date| date.to_string()),
                active: record.active,
            });
            self.identify("clinical-item", &[], &record.key, Place { organisation: place.organisation, id })
                .await?;
            self.counted("clinical items");
        }
        Ok(store::patients::insert_items(&self.unit.tx, rows).await?)
    }
}

fn nhs_number(identifiers: &[Identifier]) -> Option<String> {
    identifiers
        .iter()
        .find(|identifier| identifier.system == NHS_NUMBER)
        .map(|identifier| identifier.value.chars().filter(char::is_ascii_digit).collect())
}

fn kind(kind: ClinicalKind) -> &'static str {
    match kind {
        ClinicalKind::Condition => "condition",
        ClinicalKind::Medication => "medication",
        ClinicalKind::Allergy => "allergy",
        ClinicalKind::Procedure => "procedure",
        ClinicalKind::Observation => "observation",
        ClinicalKind::Report => "report",
        ClinicalKind::Immunization => "immunization",
    }
}
