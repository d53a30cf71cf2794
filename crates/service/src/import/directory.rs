//! Organisations, sites and services of a file.

use interop::fhir::records::{Organisation, Service, Site};
use store::entity::{organisation, service, site};

use super::Import;
use super::known::Place;
use crate::facts::RequiredItem;
use crate::{ServiceError, ids};

impl Import<'_> {
    pub(super) async fn organisations(&mut self, records: &[Organisation]) -> Result<(), ServiceError> {
        for record in records {
            if let Some(place) = self.before("organisation", &record.identifiers, &record.key).await? {
                self.remember("organisation", &record.key, place);
                continue;
            }
            let id = ids::fresh(self.unit.call.now);
            let row = organisation::Model {
                id,
                name: record.name.clone(),
                phone: record.phone.clone(),
                zone: self.zone(record.zone.as_deref(), &record.key),
                clocks: "{}".to_owned(),
                urgency_accepted_by: None,
                urgency_accepted_at: None,
                created_at: self.unit.call.now.timestamp_millis(),
                escalate_to: None,
                privacy_contact: None,
                language: domain::language::PRODUCT.to_owned(),
                approve_many_above: domain::to_many::ONE_MAY_WRITE_TO,
            };
            store::directory::insert_organisation(&self.unit.tx, row).await?;
            self.identify("organisation", &record.identifiers, &record.key, Place { organisation: id, id })
                .await?;
            self.counted("organisations");
        }
        Ok(())
    }

    pub(super) async fn sites(&mut self, records: &[Site]) -> Result<(), ServiceError> {
        for record in records {
            if let Some(place) = self.before("site", &record.identifiers, &record.key).await? {
                self.remember("site", &record.key, place);
                continue;
            }
            let organisation = self
                .find_some("organisation", record.organisation.as_ref())
                .await?
                .map_or(self.home.id, |place| place.id);
            let id = ids::fresh(self.unit.call.now);
            let row = site::Model {
                organisation_id: organisation,
                id,
                name: record.name.clone(),
                address: record.address.clone(),
                phone: record.phone.clone(),
                zone: self.zone(record.zone.as_deref(), &record.key),
                latitude: record.position.map(|(latitude, _)| latitude),
                longitude: record.position.map(|(_, longitude)| longitude),
                map_url: None,
                step_free: false,
            };
            store::directory::insert_site(&self.unit.tx, row).await?;
            self.identify("site", &record.identifiers, &record.key, Place { organisation, id }).await?;
            self.counted("sites");
        }
        Ok(())
    }

    pub(super) async fn services(&mut self, records: &[Service]) -> Result<(), ServiceError> {
        for record in records {
            if let Some(place) = self.before("service", &record.identifiers, &record.key).await? {
                self.remember("service", &record.key, place);
                continue;
            }
            let organisation = self
                .find_some("organisation", record.organisation.as_ref())
                .await?
                .map_or(self.home.id, |place| place.id);
            let site = self.find_some("site", record.site.as_ref()).await?;
            let required: Vec<RequiredItem> = record
                .required_documents
                .iter()
                .map(|coding| RequiredItem {
                    code: coding.code.clone(),
                    label: coding.display.clone(),
                    ..RequiredItem::default()
                })
                .collect();
            let id = ids::fresh(self.unit.call.now);
            let row = service::Model {
                organisation_id: organisation,
                id,
                site_id: site.filter(|site| site.organisation == organisation).map(|site| site.id),
                name: record.name.clone(),
                specialty_code: record.specialty.as_ref().map(|coding| coding.code.clone()),
                team: format!("{} team", record.name),
                phone: record.phone.clone(),
                patient_note: record.patient_note.clone(),
                visit_min: i64::from(record.visit_min.unwrap_or(30).clamp(5, 720)),
                required: serde_json::to_string(&required)
                    .map_err(|error| ServiceError::Broken(error.to_string()))?,
                active: true,
                specialty: record
                    .specialty
                    .as_ref()
                    .map(|coding| coding.display.clone())
                    .filter(|name| !name.is_empty()),
                keywords: record.conditions.join(", "),
                clocks: String::new(),
                escalate_to: None,
                form: String::new(),
                form_version: 0,
                criteria: String::new(),
                priorities: String::new(),
                team_id: None,
                reminders: String::new(),
            };
            store::directory::insert_service(&self.unit.tx, row).await?;
            self.identify("service", &record.identifiers, &record.key, Place { organisation, id }).await?;
            self.counted("services");
        }
        Ok(())
    }

    /// A known zone, or the home organisation's with a word about it.
    fn zone(&mut self, named: Option<&str>, key: &str) -> String {
        match named {
            None => self.home.zone.clone(),
            Some(name) if name.parse::<chrono_tz::Tz>().is_ok() => name.to_owned(),
            Some(name) => {
                let problem = format!("the time zone {name} is not known");
                self.error(key, problem, "Use a name of the IANA time zone database, like Europe/London.");
                self.home.zone.clone()
            }
        }
    }
}
