//! Everything a member of staff sees of one referral.

use contract::{
    Choice, ClockLine, RecordLine, ReferralPage, RelatedLine, ReportLine, SuggestionReason, UrgencySuggestion,
};
use domain::policy::Relation;
use domain::referral::{Act, Clock, Kind, NextStep, Side, State, acts_of, readings};
use domain::{OrganisationId, PatientId, Principal, Priority, ReferralId, spoken};
use store::entity::{event, suggestion};

use crate::unit::{Case, complete_case, find_case, visible_case};
use crate::{Call, Desk, ServiceError, describe, facts, ids};

/// Whether a member of staff may follow a referral's changes; recorded as a read.
pub async fn watch(desk: &Desk, call: &Call, id: ReferralId) -> Result<(), ServiceError> {
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    desk.record_read(call, case.touched("referral")).await
}

/// What acceptance led to: where the referral is now, and what comes next.
pub async fn after_acceptance(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
) -> Result<(State, Option<NextStep>), ServiceError> {
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    Ok((case.state, case.plan().step))
}

/// The whole referral, for staff on either side. The read is recorded before the answer leaves.
pub async fn detail(desk: &Desk, call: &Call, id: ReferralId) -> Result<ReferralPage, ServiceError> {
    if matches!(call.actor.principal, Principal::Patient { .. }) {
        return Err(ServiceError::NotAllowed);
    }
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    desk.record_read(call, case.touched("referral")).await?;
    page_of(desk, call, &case).await
}

/// The page of a referral that the reader may see; the caller has recorded the read.
pub(crate) async fn page_of(desk: &Desk, call: &Call, case: &Case) -> Result<ReferralPage, ServiceError> {
    let (db, id) = (desk.store.reader(), case.id());
    let suggestion = suggest(desk, call, case).await?;
    let zone = case.zone();
    let today = call.now.with_timezone(&zone).date_naive();
    let documents = store::documents::of_referral(db, &case.row).await?;
    let enclosed = super::enclose::confined(db, call, case).await?;
    let required = case.required();
    let appointments = store::appointments::of_referral(db, case.organisation_id(), id).await?;
    let visit =
        appointments.iter().rev().find(|row| matches!(row.state.as_str(), "booked" | "held" | "fulfilled"));
    let appointment = match visit {
        Some(row) => Some(describe::appointment(db, case, row, call.now).await?),
        None => None,
    };
    let born = facts::birth_date(&case.patient);
    let referring =
        store::directory::organisation(db, OrganisationId(case.row.referrer_organisation_id)).await?;
    let record =
        store::patients::items(db, OrganisationId(case.patient.organisation_id), PatientId(case.patient.id))
            .await?
            .into_iter()
            .map(|item| RecordLine { kind: item.kind, words: item.words, on: item.on_date })
            .collect();
    let outside = super::key_in::outside_of(db, case).await?;
    // Who is not known here is kept under the house's own name.
    let referring_organisation = match &outside {
        Some(outside) => outside.organisation.clone(),
        None => referring.map_or(String::new(), |organisation| organisation.name),
    };
    let due = case.row.due_at.map(facts::instant);
    let survey = store::referrals::survey(db, &case.row).await?;
    let history = store::referrals::history(db, &case.row).await?;
    let mut acts = acts(call, case);
    if case.state == State::Booked && visit.is_some_and(|visit| facts::instant(visit.start_at) > call.now) {
        // Both say that the patient was seen.
        acts.retain(|act| !matches!(act, Act::InterimNote | Act::Report));
    }
    let (services_here, services_elsewhere) =
        match [Act::Forward, Act::Redirect, Act::ReferOn].iter().any(|act| acts.contains(act)) {
            true => services(db, case).await?,
            false => Default::default(),
        };
    let (diaries, visit_kinds) = match acts.contains(&Act::Accept) {
        true => super::accept::sessions(db, case, call.now).await?,
        false => Default::default(),
    };
    let (reasons, replies) = crate::reasons::offered(db, call).await?;
    let messages = match case.relation {
        Relation::Receiving => store::messages::of_referral(db, case.organisation_id(), id)
            .await?
            .iter()
            .map(|row| describe::message(row, zone))
            .collect(),
        _ => Vec::new(),
    };
    Ok(ReferralPage {
        id: id.to_string(),
        died: crate::deaths::of(db, call, case).await?,
        side: if case.relation == Relation::Receiving { Side::Receiving } else { Side::Referring },
        kind: case.kind(),
        patient_sees: case.row.patient_sees,
        may_turn: case.row.may_turn,
        holds_at_acceptance: match acts.contains(&Act::Accept) {
            true => {
                let service = domain::ServiceId(case.row.service_id);
                let set = store::leave::booking_of(db, case.organisation_id(), service).await?;
                set.is_some_and(|set| set.holds_at_acceptance)
            }
            false => false,
        },
        version: case.row.version,
        reference: case.row.reference.clone(),
        state: case.state,
        priority: case.priority(),
        requested_priority: Priority::from_code(&case.row.requested_priority).unwrap_or(Priority::Routine),
        patient: format!("{} {}", case.patient.given, case.patient.family),
        birth_date: born.map_or("not known".to_owned(), |born| born.format("%-d %B %Y").to_string()),
        age: born.and_then(|born| facts::age(born, today)),
        sex: case.patient.sex.clone(),
        nhs_number: case.patient.nhs_number.clone(),
        phone: case.patient.phone.clone(),
        email: case.patient.email.clone(),
        address: case.patient.address.clone(),
        address_returned: match &case.patient.address {
            Some(address) => {
                let whose = (OrganisationId(case.patient.organisation_id), PatientId(case.patient.id));
                let at = store::print_queue::returned_at(db, whose, address).await?;
                at.map(|at| describe::day_and_clock(at, zone))
            }
            None => None,
        },
        outside,
        choice: super::shortlist::choice_of(db, case).await?,
        service: case.service.name.clone(),
        organisation: case.organisation.name.clone(),
        referrer: case.row.referrer_name.clone(),
        referring_organisation,
        letter: case.row.reason.clone(),
        reason_codes: reason_codes(&case.row.reason_codes),
        record,
        owner: case.row.owner_name.clone().unwrap_or_default(),
        next: case.row.next_action.clone().unwrap_or_default(),
        due: due.map_or(String::new(), |due| spoken::instant(due, zone, call.now)),
        due_words: due.map_or(String::new(), |due| spoken::due(due, zone, call.now)),
        overdue: due.is_some_and(|due| due < call.now),
        sent: case.row.sent_at.map(|ms| describe::day_and_clock(ms, zone)),
        received: case.row.received_at.map(|ms| describe::day_and_clock(ms, zone)),
        patient_line: case.row.patient_line.clone(),
        missing: facts::missing(&required, &documents),
        documents: documents
            .iter()
            .chain(enclosed.iter().filter(|row| row.enclosed_in.is_none()))
            .map(|row| describe::document(case, row))
            .collect(),
        required: required
            .into_iter()
            .map(|item| Choice { value: item.code, label: item.label, hint: None })
            .collect(),
        sheet: super::sheet::view(db, case, &documents, desk.settings.document_bytes, call.now).await?,
        appointment,
        reports: store::referrals::reports(db, &case.row)
            .await?
            .into_iter()
            .map(|row| ReportLine {
                documents: super::enclose::with(case, &enclosed, row.id),
                interim: row.kind == "interim",
                when: describe::day_and_clock(row.created_at, zone),
                who: row.author_name,
                text: row.text,
                acknowledged: row.acknowledged_at.map(|ms| describe::day_and_clock(ms, zone)),
            })
            .collect(),
        clocks: clocks(case, &history, call.now),
        related: related(db, call, case).await?,
        alike: super::likeness::alike(db, call, case).await?,
        notes: super::thread::notes(db, call, case).await?,
        own_side: match call.actor.organisation() {
            Some(organisation) => super::thread::own_side(db, organisation).await?,
            None => Vec::new(),
        },
        colleagues: match acts.contains(&Act::Assign) || acts.contains(&Act::PlanFollowUp) {
            true => team_first(db, case).await?,
            false => Vec::new(),
        },
        services_here,
        services_elsewhere,
        follow_ups: super::follow_up::lines(db, case, call.now).await?,
        next_step: case.plan().step,
        next_step_note: case.row.next_step_note.clone(),
        diaries,
        visit_kinds,
        reasons,
        replies,
        history: history.iter().map(|row| describe::history(case, row)).collect(),
        acts,
        suggestion,
        survey: survey.map(|row| match row.answered_at {
            Some(ms) => format!("Answered {}", describe::day_and_clock(ms, zone)),
            None => format!("Sent {}", describe::day_and_clock(row.invited_at, zone)),
        }),
        messages,
    })
}

/// The clocks as the history tells them, due times in the zone of the place.
fn clocks(case: &Case, history: &[event::Model], now: chrono::DateTime<chrono::Utc>) -> Vec<ClockLine> {
    let zone = case.zone();
    readings(&facts::passages(history), case.priority(), &case.clocks(), now, zone)
        .into_iter()
        // Nobody gets in touch with the patient about a question between colleagues.
        .filter(|reading| case.kind() == Kind::Referral || reading.clock != Clock::Contact)
        .map(|reading| ClockLine {
            clock: reading.clock,
            due: spoken::instant(reading.due, zone, now),
            met: reading.met.map(|met| spoken::instant(met, zone, now)),
            standing: reading.standing,
            waited_days: reading.waited.num_days(),
        })
        .collect()
}

/// Where it came from and where it went on, as far as the reader may see that.
async fn related(db: &impl store::Db, call: &Call, case: &Case) -> Result<Vec<RelatedLine>, ServiceError> {
    let before = case.row.parent_id.map(|id| (id, true, false));
    let mut ids: Vec<(uuid::Uuid, bool, bool)> = before.into_iter().collect();
    let after = store::referrals::children(db, case.organisation_id(), case.id()).await?;
    ids.extend(after.into_iter().map(|id| (id, false, false)));
    if case.relation == Relation::Receiving {
        let linked = store::likenesses::linked(db, case.organisation_id(), case.id()).await?;
        let other = |row: store::entity::likeness::Model| match row.first_id == case.row.id {
            true => row.second_id,
            false => row.first_id,
        };
        ids.extend(linked.into_iter().map(|row| (other(row), false, true)));
    }
    let mut lines = Vec::new();
    for (id, is_before, is_linked) in ids {
        let visible = visible_case(db, call, ReferralId(id)).await?;
        let is_visible = visible.is_some();
        // Who made a referral from this one learns where it is, also where they may not look into it.
        let other = match visible {
            Some(other) => Some(other),
            None if !is_before => beside(db, ReferralId(id)).await?,
            None => None,
        };
        if let Some(other) = other {
            lines.push(RelatedLine {
                is_visible,
                is_beside: other.row.parent_kind.is_some() && !is_before
                    || case.row.parent_kind.is_some() && is_before,
                id: if is_visible { id.to_string() } else { String::new() },
                reference: other.row.reference.clone(),
                service: other.service.name.clone(),
                state: other.state,
                is_before,
                is_linked,
            });
        }
    }
    Ok(lines)
}

/// A referral that was made beside another one, whoever may look into it.
async fn beside(db: &impl store::Db, id: ReferralId) -> Result<Option<Case>, ServiceError> {
    match store::referrals::find(db, store::referrals::Scope::Product, id).await? {
        Some(row) if row.parent_kind.is_some() => Ok(Some(complete_case(db, row, Relation::Product).await?)),
        _ => Ok(None),
    }
}

/// Colleagues of the receiving side who work on referrals, by name.
pub(crate) async fn colleagues(
    db: &impl store::Db,
    organisation: OrganisationId,
) -> Result<Vec<Choice>, ServiceError> {
    let people = store::people::with_roles(db, organisation).await?;
    Ok(people
        .into_iter()
        .filter(|person| person.status == "active" && facts::works_referrals(&person.role))
        .map(|person| Choice { value: person.id.to_string(), label: person.name, hint: None })
        .fold(Vec::new(), |mut all: Vec<Choice>, choice| {
            // Somebody with two roles has two rows, one after the other.
            if all.last().is_none_or(|last| last.value != choice.value) {
                all.push(choice);
            }
            all
        }))
}

/// The same for one referral: whoever belongs to its service's team comes first and is marked.
async fn team_first(db: &impl store::Db, case: &Case) -> Result<Vec<Choice>, ServiceError> {
    let mut all = colleagues(db, case.organisation_id()).await?;
    let Some(team) = case.service.team_id else {
        return Ok(all);
    };
    let members = store::teams::members(db, case.organisation_id()).await?;
    let of_team: Vec<String> =
        members.into_iter().filter(|(of, _)| *of == team).map(|(_, person)| person.to_string()).collect();
    for choice in all.iter_mut().filter(|choice| of_team.contains(&choice.value)) {
        choice.hint = Some(case.service.team.clone());
    }
    // Stable, so both parts stay in the order of names.
    all.sort_by_key(|choice| choice.hint.is_none());
    Ok(all)
}

/// Other services that take referrals: of this organisation, and of others.
async fn services(db: &impl store::Db, case: &Case) -> Result<(Vec<Choice>, Vec<Choice>), ServiceError> {
    let all = store::directory::services(db).await?;
    let (here, elsewhere): (Vec<_>, Vec<_>) = all
        .into_iter()
        .filter(|service| service.id != case.row.service_id)
        .partition(|service| service.organisation_id == case.row.organisation_id);
    let choice = |label: String, id: uuid::Uuid| Choice { value: id.to_string(), label, hint: None };
    let away = elsewhere.iter().chain(&here);
    Ok((
        here.iter().map(|row| choice(row.name.clone(), row.id)).collect(),
        away.map(|row| choice(format!("{}, {}", row.name, row.organisation), row.id)).collect(),
    ))
}

fn acts(call: &Call, case: &Case) -> Vec<Act> {
    let mut acts: Vec<Act> = case
        .roles_of(&call.actor)
        .into_iter()
        .flat_map(|role| acts_of(case.kind(), case.state, role))
        .collect();
    if super::advice::needs_consent(call, case) && !case.row.may_turn {
        acts.retain(|act| *act != Act::TurnIntoReferral);
    }
    acts.sort();
    acts.dedup();
    acts.retain(|act| *act != Act::Answer || super::answer::may_answer(call, case));
    acts
}

fn reason_codes(stored: &str) -> Vec<String> {
    let codes: Vec<serde_json::Value> = serde_json::from_str(stored).unwrap_or_default();
    codes
        .iter()
        .map(|code| {
            let text = |key: &str| code.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
            format!("{} ({})", text("display"), text("code"))
        })
        .collect()
}

/// The suggested urgency, for the receiving side before it has decided, where the site has accepted responsibility.
/// What was shown is kept, so that agreement can be measured.
async fn suggest(desk: &Desk, call: &Call, case: &Case) -> Result<Option<UrgencySuggestion>, ServiceError> {
    let undecided = matches!(case.state, State::Sent | State::Received | State::InfoNeeded);
    if case.kind() == Kind::Advice
        || case.relation != Relation::Receiving
        || !undecided
        || case.organisation.urgency_accepted_by.is_none()
    {
        return Ok(None);
    }
    let today = call.now.with_timezone(&case.zone()).date_naive();
    let age = facts::birth_date(&case.patient).and_then(|born| facts::age(born, today));
    let urgency = triage::urgency::suggest(&case.row.reason, age, facts::sex(&case.patient.sex));
    let label = serde_json::to_value(urgency.label)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default();
    let view = UrgencySuggestion {
        label: label.clone(),
        model: urgency.model.clone(),
        reasons: urgency
            .reasons
            .into_iter()
            .map(|reason| SuggestionReason {
                start: reason.start,
                end: reason.end,
                words: reason.words,
                area: reason.area,
                source: reason.source,
            })
            .collect(),
    };
    if store::referrals::suggestion(desk.store.reader(), &case.row).await?.is_none() {
        let row = suggestion::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(call.now),
            referral_id: case.row.id,
            kind: "urgency".to_owned(),
            suggested: label,
            reasons: serde_json::to_string(&view.reasons).unwrap_or_default(),
            model: urgency.model,
            shown_at: call.now.timestamp_millis(),
            decided: None,
            decided_at: None,
        };
        let tx = desk.store.write_tx().await?;
        store::referrals::note_suggestion(&tx, row).await?;
        tx.commit().await?;
    }
    Ok(Some(view))
}
