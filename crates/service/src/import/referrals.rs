//! Referrals of a file, with their history.

use chrono::{DateTime, Utc};
use domain::policy::Relation;
use domain::referral::{Act, State};
use domain::{OrganisationId, PersonId, Priority};
use interop::fhir::records::{PastState, Records, Referral};
use interop::problem::Severity;
use serde_json::json;
use store::entity::{event, referral};

use super::Import;
use super::care::points_at;
use super::known::Place;
use crate::referrals::after_send;
use crate::unit::{Case, complete_case, settle};
use crate::{ServiceError, ids};

impl Import<'_> {
    pub(super) async fn referral(
        &mut self,
        record: &Referral,
        records: &Records,
    ) -> Result<(), ServiceError> {
        if let Some(place) = self.before("referral", &record.identifiers, &record.key).await? {
            self.remember("referral", &record.key, place);
            self.problem(
                Severity::Information,
                &record.key,
                "this referral is here already",
                "Nothing was changed.",
            );
            return Ok(());
        }
        let Some(patient) = self.find("patient", &record.patient).await? else {
            self.error(
                &format!("{}.subject", record.key),
                "the patient is neither in this file nor known here",
                "Put the Patient into the bundle, or import the patient first.",
            );
            return Ok(());
        };
        let Some(service) = self.service_for(record).await? else {
            self.error(
                &format!("{}.performer", record.key),
                "the service asked for is neither in this file nor known here",
                "Name a HealthcareService that takes referrals, by reference or identifier.",
            );
            return Ok(());
        };
        let from = self.find_some("organisation", record.from.as_ref()).await?.map(|place| place.id);
        let requester = self.find_some("person", record.requester.as_ref()).await?;
        let from = from.or(requester.map(|place| place.organisation)).unwrap_or(patient.organisation);
        let Some(state) = self.state(record) else {
            return Ok(());
        };
        let history = history(record, state, self.unit.call.now);
        let since = history.last().map_or(self.unit.call.now, |past| past.at);
        let priority = match record.priority {
            interop::fhir::records::Priority::Routine => Priority::Routine,
            interop::fhir::records::Priority::Urgent => Priority::Urgent,
            interop::fhir::records::Priority::Asap | interop::fhir::records::Priority::Stat => {
                Priority::TwoWeekWait
            }
        };
        let row = self.row(record, patient, service, from, requester, state, priority, &history).await?;
        let id = row.id;
        let mut case = complete_case(&*self.unit.tx, row, Relation::Product).await?;
        case.row.state_since = 0;
        let visit = records
            .appointments
            .iter()
            .filter(|visit| points_at(visit.referral.as_ref(), record))
            .max_by_key(|visit| visit.start);
        let until = visit.filter(|_| state == State::Booked).map(|visit| visit.end);
        settle(&mut case, state, since, until);
        store::referrals::insert(&self.unit.tx, case.row.clone()).await?;
        let place = Place { organisation: service.organisation, id };
        self.identify("referral", &record.identifiers, &record.key, place).await?;
        self.events(&case, &history).await?;
        self.visits(&mut case, record, records).await?;
        if state == State::Booked && case.row.appointment_id.is_none() {
            self.error(
                &record.key,
                "it is booked, but there is no booked Appointment for it",
                "Send the Appointment along, based on this ServiceRequest.",
            );
        }
        self.documents(&case, record, records).await?;
        self.reports(&case, record, records).await?;
        self.surveys(&case, record, records).await?;
        crate::referrals::wait_anew(&self.unit, &case).await?;
        let touched = case.touched("referral");
        self.unit.record("import", &touched);
        let fresh = state == State::Sent && record.task.as_ref().is_none_or(|task| task.history.is_empty());
        if fresh {
            after_send(&mut self.unit, &case).await?;
        }
        self.unit.notify(&case);
        self.counted("referrals");
        Ok(())
    }

    async fn service_for(&self, record: &Referral) -> Result<Option<Place>, ServiceError> {
        if let Some(place) = self.find_some("service", record.service.as_ref()).await? {
            return Ok(Some(place));
        }
        // An organisation with a single service leaves no doubt.
        let Some(to) = self.find_some("organisation", record.to.as_ref()).await? else {
            return Ok(None);
        };
        let services = store::directory::services_of(&*self.unit.tx, OrganisationId(to.id)).await?;
        Ok(match services.as_slice() {
            [only] => Some(Place { organisation: only.organisation_id, id: only.id }),
            _ => None,
        })
    }

    fn state(&mut self, record: &Referral) -> Option<State> {
        let stated = record.task.as_ref().and_then(|task| task.state.as_deref());
        let found = match (stated, &record.task) {
            (Some(code), _) => State::from_code(code),
            (None, Some(task)) => State::from_fhir_task(&task.status),
            (None, None) => match record.status.as_str() {
                "draft" => Some(State::Draft),
                "active" | "unknown" => Some(State::Sent),
                "on-hold" => Some(State::InfoNeeded),
                "revoked" => Some(State::Cancelled),
                "completed" => Some(State::Closed),
                "entered-in-error" => Some(State::EnteredInError),
                _ => None,
            },
        };
        if found.is_none() {
            self.error(
                &format!("{}.status", record.key),
                "this status is not known",
                "Use a status of FHIR R4, or a state code of ours.",
            );
        }
        found
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of one row")]
    async fn row(
        &mut self,
        record: &Referral,
        patient: Place,
        service: Place,
        from: uuid::Uuid,
        requester: Option<Place>,
        state: State,
        priority: Priority,
        history: &[PastState],
    ) -> Result<referral::Model, ServiceError> {
        let person = match requester {
            Some(place) => {
                store::people::find(&*self.unit.tx, OrganisationId(place.organisation), PersonId(place.id))
                    .await?
            }
            None => None,
        };
        let name = match &person {
            Some(person) => person.name.clone(),
            None => store::directory::organisation(&*self.unit.tx, OrganisationId(from))
                .await?
                .map_or_else(|| "Your referrer".to_owned(), |row| row.name),
        };
        let when = |wanted: &[State]| {
            let found = history
                .iter()
                .find(|past| State::from_code(&past.state).is_some_and(|state| wanted.contains(&state)));
            found.map(|past| past.at.timestamp_millis())
        };
        let last_words = history.last().and_then(|past| past.why.clone());
        let codes: Vec<_> = record
            .reason_codes
            .iter()
            .map(|code| json!({ "system": code.system, "code": code.code, "display": code.display }))
            .collect();
        let begun = history.first().map_or(self.unit.call.now, |past| past.at).timestamp_millis();
        let priority = priority.code().to_owned();
        Ok(referral::Model {
            organisation_id: service.organisation,
            id: ids::fresh(self.unit.call.now),
            reference: ids::reference(),
            referrer_organisation_id: from,
            referrer_id: person.filter(|person| person.organisation_id == from).map(|person| person.id),
            referrer_name: name,
            patient_organisation_id: patient.organisation,
            patient_id: patient.id,
            service_id: service.id,
            state: state.code().to_owned(),
            requested_priority: priority.clone(),
            priority,
            reason: record.letter.clone(),
            reason_codes: serde_json::Value::from(codes).to_string(),
            owner_organisation_id: None,
            owner_person_id: None,
            owner_name: None,
            next_action: None,
            due_at: None,
            due_zone: None,
            due_wall: None,
            patient_line: match state {
                State::InfoNeeded => last_words,
                State::Declined => Some(last_words.unwrap_or_else(|| {
                    "The service could not take this on. Please ask the practice that referred you what happens next.".to_owned()
                })),
                _ => None,
            },
            appointment_id: None,
            version: 1,
            created_at: begun,
            sent_at: when(&[State::Sent]).or((state != State::Draft).then_some(begun)),
            received_at: when(&[State::Received]),
            decided_at: when(&[State::Accepted, State::Declined]),
            ended_at: None,
            state_since: 0,
            escalation: 0,
            escalated_at: None,
            paused_from: None,
            parent_organisation_id: None,
            parent_id: None,
            kind: domain::referral::Kind::Referral.code().to_owned(),
            patient_sees: true,
            may_turn: false,
            asked_of: None,
            next_step: None,
            next_step_note: None,
            next_resource_id: None,
            parent_kind: None,
            visit_kind: None,
            wishes: "{}".to_owned(),
        })
    }

    async fn events(&mut self, case: &Case, history: &[PastState]) -> Result<(), ServiceError> {
        let mut from: Option<String> = None;
        for past in history {
            let state = State::from_code(&past.state).unwrap_or(case.state);
            let row = event::Model {
                organisation_id: case.row.organisation_id,
                id: ids::fresh(past.at),
                referral_id: case.row.id,
                at: past.at.timestamp_millis(),
                kind: kind(state).to_owned(),
                actor: self.unit.call.actor.key(),
                actor_name: past.by.clone(),
                from_state: from.replace(state.code().to_owned()),
                to_state: state.code().to_owned(),
                why: past.why.clone(),
                detail: json!({ "imported": true }).to_string(),
            };
            store::referrals::add_event(&self.unit.tx, row).await?;
        }
        Ok(())
    }
}

/// The history as sent, ending in the present state; one entry when none was sent.
fn history(record: &Referral, state: State, now: DateTime<Utc>) -> Vec<PastState> {
    let mut history: Vec<PastState> =
        record.task.as_ref().map(|task| task.history.clone()).unwrap_or_default();
    history.retain(|past| State::from_code(&past.state).is_some() && past.at <= now);
    history.sort_by_key(|past| past.at);
    if history.last().is_none_or(|past| past.state != state.code()) {
        let task = record.task.as_ref();
        let at = task.and_then(|task| task.last_modified).filter(|at| *at <= now).unwrap_or(now);
        let at = history.last().map_or(at, |past| past.at.max(at));
        let why = task.and_then(|task| task.reason.clone());
        history.push(PastState { state: state.code().to_owned(), at, by: "Imported".to_owned(), why });
    }
    history
}

/// The event that leads into a state.
fn kind(state: State) -> &'static str {
    match state {
        State::Draft => "referral_begun",
        State::Sent => Act::Send.event(),
        State::Received => Act::Acknowledge.event(),
        State::InfoNeeded => Act::Ask.event(),
        State::Accepted => Act::Accept.event(),
        State::Offered => Act::Hold.event(),
        State::Booked => Act::Book.event(),
        State::AppointmentCancelled => Act::CancelAppointment.event(),
        State::NoShow => Act::MarkNoShow.event(),
        State::Seen => Act::RecordVisit.event(),
        State::OutcomeReceived => Act::Report.event(),
        State::Closed => Act::Close.event(),
        State::Declined => Act::Decline.event(),
        State::Redirected => Act::Redirect.event(),
        State::CancelRequested => Act::RequestCancellation.event(),
        State::Cancelled => Act::ConfirmCancellation.event(),
        State::Paused => Act::Pause.event(),
        State::EnteredInError => Act::EnterInError.event(),
    }
}
