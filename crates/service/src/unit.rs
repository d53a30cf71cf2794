//! A unit of work: one command, one transaction, one effect however often it is repeated.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::policy::delegation::InName;
use domain::policy::{self, Involvement, Relation, Stage};
use domain::referral::{
    Act, Asked, Clocks, Kind, NextAction, NextStep, Passage, Plan, Side, State, duty, promised, seen_by,
    transition_of,
};
use domain::{Actor, OfferedPriority, OrganisationId, PatientId, Principal, Priority, ReferralId, Role};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use store::entity::{event, idempotency, organisation, patient, referral, service};
use store::referrals::Scope;
use store::{Db, StoreError, Tx, Unique};

use crate::audit::{self, Outcome, Touched};
use crate::outbox::Post;
use crate::{Call, Conflict, Desk, Notice, ServiceError, ids};

mod attempt;

use attempt::Attempt;

/// A command that has begun, or the answer it gave the first time.
pub enum Begun<'a, T> {
    Fresh(Unit<'a>),
    Repeated(T),
}

/// An open transaction with who asks and what they are allowed.
pub struct Unit<'a> {
    pub desk: &'a Desk,
    pub call: &'a Call,
    pub tx: Tx,
    command: &'static str,
    fingerprint: Box<str>,
    audit: Vec<store::entity::audit::Model>,
    /// Where in `audit` the row of a record stands, by organisation, id and what it is.
    recorded: HashMap<(uuid::Uuid, uuid::Uuid, String), usize>,
    attempt: Box<Attempt<'a>>,
    pub(crate) post: Box<Post>,
    notices: Vec<Notice>,
    freed: AtomicBool,
}

/// A referral with what decides about it.
#[derive(Debug, Clone)]
pub struct Case {
    pub row: referral::Model,
    pub state: State,
    pub relation: Relation,
    /// In whose name the caller acts on it.
    pub in_name: InName,
    pub service: service::Model,
    pub organisation: organisation::Model,
    pub patient: patient::Model,
}

impl Case {
    pub fn id(&self) -> ReferralId {
        ReferralId(self.row.id)
    }

    pub fn organisation_id(&self) -> OrganisationId {
        OrganisationId(self.row.organisation_id)
    }

    pub fn zone(&self) -> chrono_tz::Tz {
        self.organisation.zone.parse().unwrap_or(chrono_tz::Europe::London)
    }

    pub fn priority(&self) -> Priority {
        Priority::from_code(&self.row.priority).unwrap_or(Priority::Routine)
    }

    pub fn kind(&self) -> Kind {
        Kind::from_code(&self.row.kind).unwrap_or(Kind::Referral)
    }

    pub fn clocks(&self) -> Clocks {
        // Both were checked when they were written.
        let clocks = Clocks::read(&self.organisation.clocks, &self.service.clocks).unwrap_or_default();
        match self.kind() {
            Kind::Referral => {
                clocks.seen_within(OfferedPriority::seen_days(&self.service.priorities, self.priority()))
            }
            Kind::Advice => clocks.for_advice(),
        }
    }

    /// Who was asked, and what comes after acceptance.
    pub fn plan(&self) -> Plan {
        Plan {
            asked: self.row.asked_of.as_deref().and_then(Asked::from_code),
            step: self.row.next_step.as_deref().and_then(NextStep::from_code),
        }
    }

    pub fn touched(&self, entity: &'static str) -> Touched {
        touched(&self.row, entity)
    }

    /// The roles in which somebody acts on it: as a referrer not in nobody's name.
    pub fn roles_of(&self, actor: &Actor) -> Vec<Role> {
        let mut roles = policy::acting_roles(&actor.principal, self.relation, &involvement(&self.row));
        roles.retain(|role| *role != Role::Referrer || self.in_name != InName::Nobody);
        roles
    }

    /// Whether a delegate acts. Who stands on the receiving side as well acts as themselves.
    pub fn is_for_referrer(&self) -> bool {
        self.relation == Relation::Referring && self.in_name == InName::Referrer
    }

    /// Who acts, as history and audit name them: a delegate with the clinician for whom they do.
    pub fn signed(&self, actor: &Actor) -> String {
        match &actor.principal {
            Principal::Patient { .. } => format!("{} {}", self.patient.given, self.patient.family),
            _ if self.is_for_referrer() => format!("{} for {}", actor.label(), self.row.referrer_name),
            _ => actor.label(),
        }
    }

    /// The service's names of documents.
    pub fn items(&self) -> Vec<crate::facts::RequiredItem> {
        serde_json::from_str(&self.service.required).unwrap_or_default()
    }

    /// The service's items that a referral must bring.
    pub fn required(&self) -> Vec<crate::facts::RequiredItem> {
        match self.kind() {
            Kind::Referral => self.items(),
            // A question needs no more than what it is about.
            Kind::Advice => Vec::new(),
        }
    }
}

/// Finds a referral for whoever asks; what they may not see is not found, and the attempt is recorded.
pub async fn find_case(desk: &Desk, db: &impl Db, call: &Call, id: ReferralId) -> Result<Case, ServiceError> {
    if let Some(case) = visible_case(db, call, id).await? {
        return Ok(case);
    }
    let touched = Touched {
        organisation: call.actor.organisation().unwrap_or(OrganisationId(uuid::Uuid::nil())),
        entity: "referral",
        id: Some(id.0),
        patient: None,
    };
    desk.record_refusal(call, "find", &touched);
    Err(ServiceError::NotFound)
}

/// A referral, if whoever asks may see it; says nothing of one that they may not. For looking along from another one:
/// nobody asked for it by its id.
pub(crate) async fn visible_case(
    db: &impl Db,
    call: &Call,
    id: ReferralId,
) -> Result<Option<Case>, ServiceError> {
    match visible_row(db, call, id).await? {
        Some((row, relation)) => {
            let mut case = complete_case(db, row, relation).await?;
            case.in_name = crate::referrals::in_name(db, call, &case).await?;
            Ok(Some(case))
        }
        None => Ok(None),
    }
}

/// The referral's row alone, and how whoever asks is related to it, if they may see it.
pub(crate) async fn visible_row(
    db: &impl Db,
    call: &Call,
    id: ReferralId,
) -> Result<Option<(referral::Model, Relation)>, ServiceError> {
    let scope = match &call.actor.principal {
        Principal::Staff { organisation, .. } | Principal::Client { organisation, .. } => {
            Scope::Organisation(*organisation)
        }
        Principal::Patient { organisation, patient, .. } => Scope::Patient(*organisation, *patient),
        Principal::System { .. } => Scope::Product,
    };
    let found = store::referrals::find(db, scope, id).await?;
    Ok(found.and_then(|row| {
        let facts = involvement(&row);
        policy::relation(&call.actor.principal, &facts).map(|relation| (row, relation))
    }))
}

/// Whose data of a referral was touched.
pub(crate) fn touched(row: &referral::Model, entity: &'static str) -> Touched {
    Touched {
        organisation: OrganisationId(row.organisation_id),
        entity,
        id: Some(row.id),
        patient: Some(PatientId(row.patient_id)),
    }
}

/// Puts a referral together with its service, organisation and patient, for somebody who acts in their own name.
pub async fn complete_case(
    db: &impl Db,
    row: referral::Model,
    relation: Relation,
) -> Result<Case, ServiceError> {
    let missing = |what: &str| ServiceError::Broken(format!("referral {} has no {what}", row.id));
    let around = store::referrals::around(db, &row).await?;
    let store::referrals::Around { service, organisation, patient } =
        around.ok_or_else(|| missing("service, organisation or patient"))?;
    Ok(Case {
        state: State::from_code(&row.state).ok_or_else(|| missing("known state"))?,
        relation,
        service,
        organisation,
        patient,
        in_name: InName::Own,
        row,
    })
}

pub fn involvement(row: &referral::Model) -> Involvement {
    Involvement {
        receiving: OrganisationId(row.organisation_id),
        referring: OrganisationId(row.referrer_organisation_id),
        patient_organisation: OrganisationId(row.patient_organisation_id),
        patient: PatientId(row.patient_id),
        stage: match row.state.as_str() {
            "draft" => Stage::Draft,
            _ if row.patient_sees => Stage::Submitted,
            _ => Stage::BetweenColleagues,
        },
    }
}

impl<'a> Unit<'a> {
    /// Begins a command; a repeat of one that was carried out gives its first answer.
    pub async fn begin<I: Serialize, T: DeserializeOwned>(
        desk: &'a Desk,
        call: &'a Call,
        command: &'static str,
        input: &I,
    ) -> Result<Begun<'a, T>, ServiceError> {
        let input = serde_json::to_vec(input).map_err(|error| ServiceError::Broken(error.to_string()))?;
        let fingerprint = hex::encode(
            Sha256::new().chain_update(command).chain_update(b"\0").chain_update(input).finalize(),
        )
        .into_boxed_str();
        let unit = Unit {
            tx: desk.store.write_tx().await?,
            desk,
            call,
            command,
            fingerprint,
            audit: Vec::new(),
            recorded: HashMap::new(),
            attempt: Box::new(Attempt::new(call, command)),
            post: Box::default(),
            notices: Vec::new(),
            freed: AtomicBool::new(false),
        };
        if let Some(key) = unit.key() {
            store::idempotency::wait_for_twin(&unit.tx, &call.actor.key(), key).await?;
            if let Some(known) = store::idempotency::find(&*unit.tx, &call.actor.key(), key).await? {
                return unit.repeated(known).map(Begun::Repeated);
            }
        }
        Ok(Begun::Fresh(unit))
    }

    fn key(&self) -> Option<&'a str> {
        self.call.key.as_deref().filter(|key| !key.is_empty() && key.len() <= 100)
    }

    fn repeated<T: DeserializeOwned>(&self, known: idempotency::Model) -> Result<T, ServiceError> {
        if known.command != self.command || *known.fingerprint != *self.fingerprint {
            return Err(Conflict::KeyReused.into());
        }
        serde_json::from_str(&known.answer).map_err(|error| ServiceError::Broken(error.to_string()))
    }

    /// Finds a referral for whoever asks.
    pub async fn case(&self, id: ReferralId) -> Result<Case, ServiceError> {
        let case = find_case(self.desk, &*self.tx, self.call, id).await?;
        self.attempts(case.touched("referral"));
        Ok(case)
    }

    /// The record that the command is for. Should it come to nothing, the audit says that it was tried.
    pub fn attempts(&self, touched: Touched) {
        self.attempt.is_for(touched);
    }

    /// Decides whether the actor may do the act, and to which state it leads.
    pub async fn decide(&self, case: &Case, act: Act) -> Result<State, ServiceError> {
        let mut refusal = None;
        for role in case.roles_of(&self.call.actor) {
            match transition_of(case.kind(), case.state, act, role) {
                Ok(next) => return Ok(next),
                Err(why) => refusal = Some(why),
            }
        }
        self.desk.record_refusal(self.call, act.code(), &case.touched("referral"));
        Err(refusal.map_or(ServiceError::NotAllowed, ServiceError::from))
    }

    /// Refuses when the form was made from an older version than the one stored now.
    pub fn same_version(&self, case: &Case, version: i64) -> Result<(), ServiceError> {
        if case.row.version == version { Ok(()) } else { Err(Conflict::Stale.into()) }
    }

    /// Does the act: new state, owner, next action and due time, one event, one audit row.
    ///
    /// `until` is the instant the new state itself carries (end of a visit, expiry of a hold).
    pub async fn apply(
        &mut self,
        case: &mut Case,
        act: Act,
        why: Option<&str>,
        until: Option<chrono::DateTime<chrono::Utc>>,
        mut detail: serde_json::Value,
    ) -> Result<State, ServiceError> {
        let from = case.state;
        // On the heap: every act calls this, some several times, and their own futures would carry it each time.
        let next = Box::pin(self.change(case, act, until)).await?;
        if from == State::Draft && next != State::Draft {
            store::letters::forget(&self.tx, &case.row).await?;
        }
        // So that somebody with an older form can be told what happened since.
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("version".to_owned(), case.row.version.into());
        }
        let event = event::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(self.call.now),
            referral_id: case.row.id,
            at: self.call.now.timestamp_millis(),
            kind: act.event().to_owned(),
            actor: self.call.actor.key(),
            actor_name: case.signed(&self.call.actor),
            from_state: Some(from.code().to_owned()),
            to_state: next.code().to_owned(),
            why: why.map(str::trim).filter(|why| !why.is_empty()).map(str::to_owned),
            detail: detail.to_string(),
        };
        store::referrals::add_event(&self.tx, event).await?;
        Ok(next)
    }

    /// Does the act as [`Unit::apply`] does, without a line in the history: it says what the line before says.
    pub async fn change(
        &mut self,
        case: &mut Case,
        act: Act,
        until: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Result<State, ServiceError> {
        let next = self.decide(case, act).await?;
        let from = case.state;
        settle(case, next, self.call.now, until);
        self.keep_promise(case).await?;
        store::referrals::update(&self.tx, case.row.clone()).await?;
        case.row.version += 1;
        if next.is_ended() && act != Act::Resubmit {
            let (note, at) = ("The referral has ended", self.call.now.timestamp_millis());
            store::follow_ups::end_all(&self.tx, &case.row, note, at).await?;
        }
        if from.keeps_waiting() && !next.keeps_waiting() {
            // Boxed, as it is rare: every act's future would grow by it.
            Box::pin(crate::booking::waitlist::end(self, case, "over")).await?;
        }
        // Boxed, as few acts begin or end any waiting.
        Box::pin(crate::referrals::follow_waiting(self, case, from)).await?;
        crate::referrals::child_moved(self, case, next).await?;
        self.record_act(act.code(), case);
        self.notify(case);
        Ok(next)
    }

    /// Makes what a case owes due no later than its service promises for the priority. The case is as it is about to be
    /// written, the history as it was before.
    pub(crate) async fn keep_promise(&self, case: &mut Case) -> Result<(), ServiceError> {
        if case.clocks().seen_days.is_some() {
            let history = store::referrals::history(&*self.tx, &case.row).await?;
            owe_as_promised(case, &crate::facts::passages(&history), self.call.now);
        }
        Ok(())
    }

    /// Adds an audit row about a referral; a delegate's says for whom it was done.
    pub fn record_act(&mut self, action: &str, case: &Case) {
        let mut row =
            audit::row(&self.call.actor, self.call.now, action, &case.touched("referral"), Outcome::Allowed);
        if case.is_for_referrer() {
            row.actor_name = case.signed(&self.call.actor);
        }
        self.push(row);
    }

    /// Adds an audit row to the transaction.
    pub fn record(&mut self, action: &str, touched: &Touched) {
        self.push(audit::row(&self.call.actor, self.call.now, action, touched, Outcome::Allowed));
    }

    /// One command leaves one row for each record: of several acts on one, the last. The history has all.
    fn push(&mut self, row: store::entity::audit::Model) {
        let Some(id) = row.entity_id else {
            return self.audit.push(row);
        };
        match self.recorded.entry((row.organisation_id, id, row.entity.clone())) {
            Entry::Occupied(known) => self.audit[*known.get()] = row,
            Entry::Vacant(place) => {
                place.insert(self.audit.len());
                self.audit.push(row);
            }
        }
    }

    /// After the commit, somebody may be offered a time: one has come free, or they have begun to wait.
    pub fn frees_time(&self) {
        self.freed.store(true, Ordering::Relaxed);
    }

    /// Tells live pages after the commit.
    pub fn notify(&mut self, case: &Case) {
        self.notices.push(Notice { referral: case.id(), version: case.row.version });
    }

    /// Commits everything and answers; a twin that was quicker gives its answer instead.
    pub async fn finish<T: Serialize + DeserializeOwned>(mut self, answer: T) -> Result<T, ServiceError> {
        if let Some(touched) = self.attempt.record().filter(|_| self.audit.is_empty()).cloned() {
            // It was right as it was; that somebody asked is a look all the same.
            self.record(self.command, &touched);
        }
        self.post.write(&self.tx).await?;
        let rows = std::mem::take(&mut self.audit);
        let ids: Vec<_> = rows.iter().map(|row| row.entity_id).collect();
        store::audit::record(&self.tx, rows).await?;
        if let Some(key) = self.key() {
            let row = idempotency::Model {
                actor: self.call.actor.key(),
                key: key.to_owned(),
                command: self.command.to_owned(),
                fingerprint: self.fingerprint.to_string(),
                answer: serde_json::to_string(&answer)
                    .map_err(|error| ServiceError::Broken(error.to_string()))?,
                at: self.call.now.timestamp_millis(),
            };
            match store::idempotency::insert(&self.tx, row).await {
                Err(StoreError::Duplicate(Unique::Idempotency)) => {
                    self.attempt.succeeds();
                    return self.answer_of_twin(key).await;
                }
                other => other?,
            }
        }
        let Unit { tx, desk, notices, freed, call, mut attempt, .. } = self;
        tx.commit().await?;
        attempt.succeeds();
        ids.into_iter().for_each(|id| call.trail.left(id, Outcome::Allowed));
        desk.wake.send_replace(());
        if freed.into_inner() {
            desk.freed.notify_one();
        }
        for notice in notices {
            // Nobody may be watching.
            let _ = desk.notices.send(notice);
        }
        Ok(answer)
    }

    async fn answer_of_twin<T: DeserializeOwned>(self, key: &str) -> Result<T, ServiceError> {
        let known = store::idempotency::find(self.desk.store.reader(), &self.call.actor.key(), key).await?;
        match known {
            Some(known) => self.repeated(known),
            None => Err(ServiceError::Broken("a twin of this command vanished".to_owned())),
        }
    }
}

/// The same for a case with this history.
pub(crate) fn owe_as_promised(case: &mut Case, history: &[Passage], now: chrono::DateTime<chrono::Utc>) {
    let by = seen_by(history, &case.clocks(), now);
    if let Some(due) = case.row.due_at {
        owe_by(case, promised(case.state, crate::facts::instant(due), by));
    }
}

/// Makes a case due at an instant, in each of the ways in which that is written.
pub(crate) fn owe_by(case: &mut Case, due: chrono::DateTime<chrono::Utc>) {
    let zone = case.zone();
    case.row.due_at = Some(due.timestamp_millis());
    case.row.due_zone = Some(zone.name().to_owned());
    case.row.due_wall = Some(due.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string());
}

/// Puts a case into a state with everything that the state owes.
pub fn settle(
    case: &mut Case,
    next: State,
    now: chrono::DateTime<chrono::Utc>,
    until: Option<chrono::DateTime<chrono::Utc>>,
) {
    let zone = case.zone();
    // An act that leaves the state alone leaves its duty alone: whoever owes it, and by when; or that it has ended.
    let is_settled = case.row.due_at.is_some() || case.row.ended_at.is_some();
    if next == case.state && until.is_none() && is_settled {
        return;
    }
    if next != case.state || case.row.state_since == 0 {
        case.row.state_since = now.timestamp_millis();
    }
    let owed = duty(next, case.priority(), &case.clocks(), now, until, zone);
    let plan = case.plan().kept_in(next);
    case.row.asked_of = plan.asked.map(|asked| asked.code().to_owned());
    case.row.next_step = plan.step.map(|step| step.code().to_owned());
    if plan.step.is_none() {
        case.row.next_step_note = None;
        case.row.next_resource_id = None;
    }
    case.state = next;
    case.row.state = next.code().to_owned();
    case.row.ended_at = owed.is_none().then(|| now.timestamp_millis());
    let advice = case.kind() == Kind::Advice;
    let outside = crate::referrals::is_outside(case) && next != State::Draft;
    let row = &mut case.row;
    row.escalation = 0;
    row.escalated_at = None;
    match owed {
        None => {
            row.owner_organisation_id = None;
            row.owner_person_id = None;
            row.owner_name = None;
            row.next_action = None;
            row.due_at = None;
            row.due_zone = None;
            row.due_wall = None;
        }
        Some(owed) => {
            let owed = owed.planned(next, plan);
            match owed.side {
                // Nobody outside can sign in: the house sees to it that the answer reaches them.
                Side::Referring if outside => {
                    row.owner_organisation_id = Some(row.organisation_id);
                    row.owner_person_id = None;
                    row.owner_name = Some(case.service.team.clone());
                }
                Side::Referring => {
                    row.owner_organisation_id = Some(row.referrer_organisation_id);
                    row.owner_person_id = row.referrer_id;
                    row.owner_name = Some(row.referrer_name.clone());
                }
                Side::Receiving => {
                    row.owner_organisation_id = Some(row.organisation_id);
                    row.owner_person_id = None;
                    row.owner_name = Some(case.service.team.clone());
                }
            }
            let next = match (advice, owed.next) {
                (true, NextAction::Triage) => NextAction::GiveAdvice,
                (_, next) => next,
            };
            row.next_action = Some(next.code().to_owned());
            owe_by(case, owed.due);
        }
    }
}
