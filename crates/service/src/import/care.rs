//! What was done about the referrals of a file: visits, documents, reports and surveys.

use domain::referral::State;
use domain::{OrganisationId, PersonId};
use interop::fhir::records::{Appointment, Link, Records, Referral};
use interop::problem::Severity;
use sha2::{Digest, Sha256};
use store::entity::{appointment, document, report, survey};

use super::Import;
use crate::unit::Case;
use crate::{ServiceError, ids};

impl Import<'_> {
    pub(super) async fn visits(
        &mut self,
        case: &mut Case,
        record: &Referral,
        records: &Records,
    ) -> Result<(), ServiceError> {
        for visit in records.appointments.iter().filter(|visit| points_at(visit.referral.as_ref(), record)) {
            self.visit(case, visit).await?;
        }
        Ok(())
    }

    async fn visit(&mut self, case: &mut Case, visit: &Appointment) -> Result<(), ServiceError> {
        let state = match visit.status.as_str() {
            "booked" | "pending" | "arrived" | "checked-in" => "booked",
            "fulfilled" => "fulfilled",
            "noshow" => "no-show",
            "cancelled" => "cancelled",
            other => {
                let problem = format!("a visit that is {other} is not taken in");
                self.problem(Severity::Warning, &visit.key, problem, "Send it once it is booked.");
                return Ok(());
            }
        };
        let Some(place) = self.find_some("person", visit.practitioner.as_ref()).await? else {
            self.error(
                &visit.key,
                "it is not known whose visit this is",
                "Name the Practitioner as a participant.",
            );
            return Ok(());
        };
        if place.organisation != case.row.organisation_id {
            self.error(
                &visit.key,
                "the clinician belongs to another organisation than the service",
                "Name a clinician of the service's organisation.",
            );
            return Ok(());
        }
        let resource = self.resource(place, "Clinician").await?;
        let zone = case.zone();
        let now = self.unit.call.now.timestamp_millis();
        let row = appointment::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(self.unit.call.now),
            referral_id: case.row.id,
            service_id: case.row.service_id,
            resource_id: resource,
            state: state.to_owned(),
            start_at: visit.start.timestamp_millis(),
            end_at: visit.end.timestamp_millis(),
            zone: zone.name().to_owned(),
            start_wall: visit.start.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string(),
            buffer_before_min: 0,
            buffer_after_min: 0,
            place: 0,
            overbook_reason: None,
            site_id: None,
            hold_expires_at: None,
            sequence: 0,
            cancel_reason: None,
            booked_by: self.unit.call.actor.key(),
            created_at: now,
            changed_at: now,
            offered_by: None,
            patient_confirmed_at: None,
            replan_at: None,
            plan_no: 0,
        };
        let id = row.id;
        if state == "cancelled" {
            // It holds no time, so it takes none.
            return Ok(store::appointments::keep(&self.unit.tx, row).await?);
        }
        let quanta = scheduling::quanta(visit.start, visit.end, 0, 0);
        let taken = store::appointments::taken(
            &*self.unit.tx,
            case.organisation_id(),
            domain::ResourceId(resource),
            *quanta.start(),
            *quanta.end(),
        )
        .await?;
        if !taken.is_empty() {
            self.error(
                &visit.key,
                "the clinician is booked at this time already",
                "Move one of the two visits.",
            );
            return Ok(());
        }
        store::appointments::take(&self.unit.tx, row, quanta, None, &[]).await?;
        if state == "booked" {
            case.row.appointment_id = Some(id);
            store::referrals::update(&self.unit.tx, case.row.clone()).await?;
            case.row.version += 1;
        }
        self.counted("visits");
        Ok(())
    }

    pub(super) async fn documents(
        &mut self,
        case: &Case,
        record: &Referral,
        records: &Records,
    ) -> Result<(), ServiceError> {
        for found in records.documents.iter().filter(|found| points_at(found.referral.as_ref(), record)) {
            let sha256 = hex::encode(Sha256::digest(&found.bytes));
            if store::documents::same(&*self.unit.tx, &case.row, &sha256).await?.is_some() {
                continue;
            }
            if !crate::referrals::KINDS.contains(&found.media_type.as_str()) {
                let problem = format!("a document of type {} is left out", found.media_type);
                self.problem(
                    Severity::Warning,
                    &found.key,
                    problem,
                    "Send it as PDF, picture or plain text.",
                );
                continue;
            }
            let id = ids::fresh(self.unit.call.now);
            let key = format!("{}/{id}", case.row.organisation_id);
            self.unit
                .desk
                .ports
                .documents
                .put(&key, found.bytes.clone())
                .await
                .map_err(ServiceError::Broken)?;
            self.stored.push(key.clone());
            let required = case.required();
            let code = found.kind.as_ref().map(|coding| coding.code.clone()).unwrap_or_default();
            let row = document::Model {
                organisation_id: case.row.organisation_id,
                id,
                referral_id: case.row.id,
                kind: if required.iter().any(|item| item.code == code) { code } else { "other".to_owned() },
                file_name: found.title.clone(),
                media_type: found.media_type.clone(),
                size_bytes: i64::try_from(found.bytes.len()).unwrap_or(i64::MAX),
                sha256,
                storage_key: key,
                added_by: self.unit.call.actor.key(),
                added_by_name: case.row.referrer_name.clone(),
                created_at: found.created_at.unwrap_or(self.unit.call.now).timestamp_millis(),
                scan: if self.unit.desk.ports.scanner.is_some() { "waiting" } else { "unscanned" }.to_owned(),
                scan_note: None,
                scanned_at: None,
                audience: "all".to_owned(),
                author_organisation_id: None,
                enclosed_in: None,
                version: 1,
                replaces: None,
            };
            store::documents::insert(&self.unit.tx, row).await?;
            self.counted("documents");
        }
        Ok(())
    }

    pub(super) async fn reports(
        &mut self,
        case: &Case,
        record: &Referral,
        records: &Records,
    ) -> Result<(), ServiceError> {
        for found in records.reports.iter().filter(|found| points_at(Some(&found.referral), record)) {
            let author = self.find_some("person", found.author.as_ref()).await?;
            let person = match author {
                Some(place) => {
                    store::people::find(
                        &*self.unit.tx,
                        OrganisationId(place.organisation),
                        PersonId(place.id),
                    )
                    .await?
                }
                None => None,
            };
            let row = report::Model {
                organisation_id: case.row.organisation_id,
                id: ids::fresh(self.unit.call.now),
                referral_id: case.row.id,
                kind: "final".to_owned(),
                text: found.text.clone(),
                author: self.unit.call.actor.key(),
                author_name: person.map_or_else(|| case.service.team.clone(), |person| person.name),
                created_at: found.at.timestamp_millis(),
                acknowledged_at: found.acknowledged_at.map(|at| at.timestamp_millis()),
                acknowledged_by: found.acknowledged_at.map(|_| self.unit.call.actor.key()),
            };
            store::referrals::add_report(&self.unit.tx, row).await?;
            self.counted("reports");
        }
        Ok(())
    }

    pub(super) async fn surveys(
        &mut self,
        case: &Case,
        record: &Referral,
        records: &Records,
    ) -> Result<(), ServiceError> {
        let answer = records.answers.iter().find(|found| points_at(Some(&found.referral), record));
        if answer.is_none() && case.state != State::Closed {
            return Ok(());
        }
        let row = survey::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(self.unit.call.now),
            referral_id: case.row.id,
            service_id: case.row.service_id,
            invited_at: case.row.ended_at.unwrap_or(self.unit.call.now.timestamp_millis()),
            answered_at: answer.map(|answer| answer.authored_at.timestamp_millis()),
            overall: answer.map(|answer| i64::from(answer.overall)),
            comment: answer.and_then(|answer| answer.comment.clone()),
        };
        store::referrals::add_survey(&self.unit.tx, row).await?;
        self.counted("surveys");
        Ok(())
    }

    /// Things that hang on a referral which is not in the file: said, so that nothing is lost in silence.
    pub(super) fn loose(&mut self, records: &Records) -> Result<(), ServiceError> {
        let known = |link: Option<&Link>| records.referrals.iter().any(|referral| points_at(link, referral));
        let mut loose: Vec<String> = Vec::new();
        loose.extend(
            records
                .appointments
                .iter()
                .filter(|found| !known(found.referral.as_ref()))
                .map(|found| found.key.clone()),
        );
        loose.extend(
            records
                .documents
                .iter()
                .filter(|found| !known(found.referral.as_ref()))
                .map(|found| found.key.clone()),
        );
        loose.extend(
            records
                .reports
                .iter()
                .filter(|found| !known(Some(&found.referral)))
                .map(|found| found.key.clone()),
        );
        loose.extend(
            records
                .answers
                .iter()
                .filter(|found| !known(Some(&found.referral)))
                .map(|found| found.key.clone()),
        );
        for key in loose {
            self.error(
                &format!("{key}.basedOn"),
                "it belongs to no referral in this file",
                "Send it together with the ServiceRequest that it is based on.",
            );
        }
        Ok(())
    }
}

pub(super) fn points_at(link: Option<&Link>, record: &Referral) -> bool {
    match link {
        Some(Link::Key(key)) => *key == record.key,
        Some(Link::Identifier(identifier)) => record.identifiers.contains(identifier),
        None => false,
    }
}
