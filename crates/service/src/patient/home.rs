//! The first screen: where each referral is, who looks after it, what happens next and by when.

use contract::{OnWaitingList, PatientHome, PatientStep, StatusView};
use domain::referral::State;
use domain::{ReferralId, spoken};
use store::entity::appointment;

use super::{timeline, who};
use crate::booking::waitlist;
use crate::unit::{Case, complete_case, find_case};
use crate::{Call, Desk, ServiceError, describe, facts};

/// For so many days the first screen says that somebody opened the record in an emergency.
const EMERGENCY_DAYS: i64 = 30;

/// All of a patient's referrals, the most pressing first. The read is recorded before the answer leaves.
pub async fn home(desk: &Desk, call: &Call) -> Result<PatientHome, ServiceError> {
    let (organisation, patient) = who(call)?;
    let db = desk.store.reader();
    let row = store::patients::find(db, organisation, patient).await?.ok_or(ServiceError::NotFound)?;
    let (mut cards, mut needs) = (Vec::new(), Vec::new());
    let mut touched = Vec::new();
    for row in store::referrals::of_patient(db, organisation, patient).await? {
        let case = complete_case(db, row, domain::policy::Relation::Subject).await?;
        touched.push(case.touched("referral"));
        if crate::referrals::asks_need(db, &case).await? {
            needs.push((case.row.id.to_string(), case.service.name.clone()));
        }
        cards.push((rank(&case), view(desk, call, &case).await?));
    }
    desk.record_reads(call, "read", &touched).await?;
    super::reach::has_read(desk, call, patient).await?;
    let since = (call.now - chrono::Duration::days(EMERGENCY_DAYS)).timestamp_millis();
    let emergencies = store::emergencies::of_patient(db, organisation, patient, since).await?;
    let today = call.now.date_naive();
    let opened = |at: i64| spoken::date(facts::instant(at).date_naive(), today);
    cards.sort_by_key(|(rank, _)| *rank);
    Ok(PatientHome {
        first_name: row.given.split_whitespace().next().unwrap_or_default().to_owned(),
        cards: cards.into_iter().map(|(_, card)| card).collect(),
        needs,
        emergencies: emergencies.into_iter().map(|row| (row.person_name, opened(row.opened_at))).collect(),
        vapid_public_key: desk.settings.vapid_public_key.clone(),
    })
}

/// The patient says that they still need it (`yes`), or that they do not (`no`): then a person talks with them.
pub async fn say_needed(desk: &Desk, call: &Call, id: ReferralId, answer: &str) -> Result<(), ServiceError> {
    who(call)?;
    let needs = match answer {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    crate::referrals::answer_need(desk, call, id, needs).await
}

/// One referral's card, as it is now.
pub async fn status(desk: &Desk, call: &Call, id: ReferralId) -> Result<StatusView, ServiceError> {
    who(call)?;
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    desk.record_read(call, case.touched("referral")).await?;
    view(desk, call, &case).await
}

/// The same right after an act of theirs, which is what is recorded.
pub async fn status_after(desk: &Desk, call: &Call, id: ReferralId) -> Result<StatusView, ServiceError> {
    who(call)?;
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    view(desk, call, &case).await
}

/// What waits for the patient comes first, what is over comes last; then by due time.
fn rank(case: &Case) -> (u8, i64) {
    let class = match case.state {
        State::Offered => 0,
        State::Accepted | State::AppointmentCancelled | State::NoShow | State::InfoNeeded => 1,
        State::Booked => 2,
        state if state.is_ended() => 4,
        _ => 3,
    };
    (class, case.row.due_at.unwrap_or(i64::MAX))
}

async fn view(desk: &Desk, call: &Call, case: &Case) -> Result<StatusView, ServiceError> {
    let db = desk.store.reader();
    let zone = case.zone();
    let today = call.now.with_timezone(&zone).date_naive();
    let documents = store::documents::of_referral(db, &case.row).await?;
    let missing = facts::missing(&case.required(), &documents);
    let rows = store::appointments::of_referral(db, case.organisation_id(), case.id()).await?;
    let newest = |state: &str| rows.iter().rev().find(|row| row.state == state);
    let is_alive =
        |row: &&appointment::Model| row.hold_expires_at.is_some_and(|at| at > call.now.timestamp_millis());
    let mut alive = rows.iter().rev().filter(|row| row.state == "held").filter(is_alive);
    let held = match alive.next() {
        Some(row) => Some(describe::appointment(db, case, row, call.now).await?),
        None => None,
    };
    let kept_offer = match alive.find(|row| row.offered_by.is_some()) {
        Some(row) => Some(describe::appointment(db, case, row, call.now).await?),
        None => None,
    };
    let appointment = match newest("booked") {
        Some(row) => Some(describe::appointment(db, case, row, call.now).await?),
        None => held.clone(),
    };
    let waiting = match store::waitlist::of_referral(db, case.organisation_id(), case.id()).await? {
        Some(entry) => Some(OnWaitingList {
            wishes: waitlist::said_of(db, &entry).await?,
            notice_days: entry.notice_hours / 24,
        }),
        None => None,
    };
    let survey = store::referrals::survey(db, &case.row).await?;
    let step = match case.state {
        State::Offered => PatientStep::ConfirmTime,
        state if case.plan().lets_choose_time(state) => PatientStep::ChooseTime,
        State::InfoNeeded if asks_patient(case) => PatientStep::SendDocument,
        State::Closed if survey.is_some_and(|survey| survey.answered_at.is_none()) => {
            PatientStep::AnswerSurvey
        }
        _ => PatientStep::Wait,
    };
    let due = case.row.due_at.map(facts::instant);
    let (place, _) = describe::place(db, case).await?;
    let history = store::referrals::history(db, &case.row).await?;
    Ok(StatusView {
        referral: case.row.id.to_string(),
        reference: case.row.reference.clone(),
        version: case.row.version,
        clinic: case.service.name.clone(),
        place,
        state: case.state,
        by: due.map_or(String::new(), |due| spoken::date(due.with_timezone(&zone).date_naive(), today)),
        overdue: due.is_some_and(|due| due < call.now),
        step,
        next_step: case.plan().step,
        next_step_note: case.row.next_step_note.clone(),
        line: case.row.patient_line.clone(),
        owner: case.row.owner_name.clone().unwrap_or_else(|| case.service.team.clone()),
        phone: case.service.phone.clone().or_else(|| case.organisation.phone.clone()),
        timeline: timeline::timeline(case, &history, appointment.as_ref()),
        appointment,
        held,
        kept_offer,
        waiting,
        missing,
        updated: describe::day_and_clock(call.now.timestamp_millis(), zone),
    })
}

/// Whether the patient was asked for information; an imported question says nothing of it.
pub(super) fn asks_patient(case: &Case) -> bool {
    case.plan().asked.is_none_or(|asked| asked.includes(domain::Role::Patient))
}
