//! Patients who are waited for are written to again, and after that somebody calls. Silence takes nobody off anything.

use chrono::Duration;
use domain::ReferralId;
use domain::delivery::Channel;
use domain::referral::{Kind, State};
use domain::reminders::{Chase, Rules, Waited};
use domain::reply_words::Question;
use serde_json::json;
use store::entity::{chase, event, survey};

use crate::hands::{self, Wanted};
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Desk, ServiceError, asking, facts, ids};

/// Looked at in one round.
const BATCH: u64 = 100;
/// Somebody who holds a time, or waits for one on the list, is looked at again after so long.
const LATER: Duration = Duration::days(1);
/// A message that cannot leave for so long says what may be over.
const KEEPS: Duration = Duration::hours(12);

/// What follows from a change of state: what is waited for now, from now on. What was waited for before goes on.
pub(crate) async fn follow(unit: &Unit<'_>, case: &Case, from: State) -> Result<(), ServiceError> {
    let next = case.state;
    // Nobody waits in either, or a time is held for some minutes.
    let is_same = from == next
        || (from.can_choose_time() && next == State::Offered)
        || (from == State::Offered && next.can_choose_time());
    if is_same || !(Waited::may_be_in(from) || Waited::may_be_in(next)) {
        return Ok(());
    }
    wait_anew(unit, case).await
}

/// What is waited for in the state of now, counted from now on where it is not waited for already.
pub(crate) async fn wait_anew(unit: &Unit<'_>, case: &Case) -> Result<(), ServiceError> {
    let rules = Rules::read(&case.service.reminders);
    let waited = match case.kind() {
        Kind::Referral if case.row.patient_sees && !case.patient.deceased => {
            Waited::of(case.state, case.plan(), &rules)
        }
        _ => Vec::new(),
    };
    let now = unit.call.now;
    let rows = waited.into_iter().map(|what| chase::Model {
        organisation_id: case.row.organisation_id,
        referral_id: case.row.id,
        what: what.code().to_owned(),
        since: now.timestamp_millis(),
        asked_at: None,
        next_at: match what.due(&rules, now, None, now, here(unit, case)) {
            Chase::Wait(at) | Chase::Ask { next: at, .. } => Some(at.timestamp_millis()),
            Chase::HandOver => Some(now.timestamp_millis()),
            Chase::Never => None,
        },
        done_at: None,
    });
    Ok(store::chases::keep(&unit.tx, &case.row, rows.collect()).await?)
}

/// The zone of the patient, and the hours in which nobody is told.
fn here(unit: &Unit<'_>, case: &Case) -> (chrono_tz::Tz, domain::reminders::Quiet) {
    let zone = case.patient.zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(case.zone());
    (zone, unit.desk.settings.quiet)
}

/// Writes to whom it is time to write to, and hands over to a person where all was asked; answers how many. One that cannot
/// be written to stops no other. Safe on many servers: each is a command of its own.
pub async fn chase_due(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let mut done = 0;
    for row in store::chases::due(desk.store.reader(), call.now.timestamp_millis(), BATCH).await? {
        match Box::pin(one(desk, call, &row)).await {
            Ok(is_done) => done += u64::from(is_done),
            Err(error) => {
                tracing::error!(referral = %row.referral_id, what = row.what, %error, "nobody was reminded of what is waited for");
            }
        }
    }
    Ok(done)
}

async fn one(desk: &Desk, call: &Call, row: &chase::Model) -> Result<bool, ServiceError> {
    let seen = (row.referral_id, &row.what, row.next_at);
    let Begun::Fresh(mut unit) = Unit::begin::<_, bool>(desk, call, "chase", &seen).await? else {
        return Ok(false);
    };
    let mut row = row.clone();
    if !store::chases::claim(&unit.tx, &row).await? {
        return Ok(false);
    }
    let case = unit.case(ReferralId(row.referral_id)).await?;
    let rules = Rules::read(&case.service.reminders);
    let what = Waited::from_code(&row.what).filter(|what| stands(&case, *what));
    let Some(what) = what.filter(|_| !case.patient.deceased) else {
        store::chases::forget(&unit.tx, &row).await?;
        unit.record("chase", &case.touched("referral"));
        return unit.finish(false).await;
    };
    let now = call.now;
    row.next_at = None;
    let mut acted = false;
    if answers_otherwise(&unit, &case, what).await? {
        row.next_at = Some((now + LATER).timestamp_millis());
    } else {
        let asked = row.asked_at.map(facts::instant);
        match what.due(&rules, facts::instant(row.since), asked, now, here(&unit, &case)) {
            Chase::Never => {}
            Chase::Wait(at) => row.next_at = Some(at.timestamp_millis()),
            Chase::Ask { days, next } => {
                ask(&mut unit, &case, what, days).await?;
                row.asked_at = Some(now.timestamp_millis());
                match what {
                    Waited::Missed | Waited::Survey => row.done_at = row.asked_at,
                    _ => row.next_at = Some(next.timestamp_millis()),
                }
                acted = true;
            }
            Chase::HandOver => {
                let cause = format!("chase:{}:{what}:{}", case.row.id, row.since);
                hand_over(&mut unit, &case, &format!("chase-{what}"), &cause).await?;
                row.done_at = Some(now.timestamp_millis());
                acted = true;
            }
        }
    }
    store::chases::update(&unit.tx, row).await?;
    unit.record("chase", &case.touched("referral"));
    unit.finish(acted).await
}

/// Whether it is still waited for, whatever the rules of the service say of when.
fn stands(case: &Case, what: Waited) -> bool {
    let always = Rules { missed_days: Some(1), survey_days: Some(1), ..Rules::default() };
    case.row.patient_sees
        && !case.patient.deceased
        && Waited::of(case.state, case.plan(), &always).contains(&what)
}

/// Whoever holds a time at this moment, or waits on the list for one to come free, has answered.
async fn answers_otherwise(unit: &Unit<'_>, case: &Case, what: Waited) -> Result<bool, ServiceError> {
    Ok(match what {
        Waited::ChooseTime => {
            let entry = store::waitlist::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
            case.state == State::Offered || entry.is_some()
        }
        Waited::StillNeeded => case.state == State::Offered,
        Waited::Documents | Waited::Missed | Waited::Survey => false,
    })
}

const fn template(what: Waited) -> Template {
    match what {
        Waited::ChooseTime => Template::ReminderChooseTime,
        Waited::Documents => Template::ReminderDocument,
        Waited::Missed => Template::VisitMissed,
        Waited::StillNeeded => Template::StillNeeded,
        Waited::Survey => Template::SurveyInvite,
    }
}

/// Writes to the patient once more.
async fn ask(unit: &mut Unit<'_>, case: &Case, what: Waited, days: u32) -> Result<(), ServiceError> {
    let now = unit.call.now;
    if what == Waited::Survey {
        if store::referrals::survey(&*unit.tx, &case.row).await?.is_some() {
            return Ok(());
        }
        store::referrals::add_survey(&unit.tx, invitation(case, unit)).await?;
    }
    let cause = format!("chase:{}:{what}:{}", case.row.id, now.timestamp_millis());
    let mut letter = Letter::new(template(what), cause);
    letter.when = When::Between(now, now + KEEPS);
    letter.rule = Some((format!("reminders:{}", case.service.id), format!("{what}-{days}")));
    if what == Waited::StillNeeded {
        let until = now + Duration::days(60);
        let about = asking::About { question: Question::StillNeeded, of: None, until };
        letter.facts.link = asking::links(unit, case, &about, 1).await?.remove(0);
    }
    // A letter takes longer than that.
    if case.patient.phone.is_none() && case.patient.email.is_none() {
        letter.when = When::Politely;
        letter.by = Some(Channel::Letter);
    }
    unit.tell_patient(case, letter).await?;
    let detail = json!({ "template": template(what), "step": format!("{what}-{days}") });
    note(unit, case, "reminder_sent", &detail).await
}

/// The invitation to a survey, as it is counted.
pub(super) fn invitation(case: &Case, unit: &Unit<'_>) -> survey::Model {
    survey::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(unit.call.now),
        referral_id: case.row.id,
        service_id: case.row.service_id,
        invited_at: unit.call.now.timestamp_millis(),
        answered_at: None,
        overall: None,
        comment: None,
    }
}

/// A line of the history that changes no state.
async fn note(
    unit: &Unit<'_>,
    case: &Case,
    kind: &str,
    detail: &serde_json::Value,
) -> Result<(), ServiceError> {
    let row = event::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(unit.call.now),
        referral_id: case.row.id,
        at: unit.call.now.timestamp_millis(),
        kind: kind.to_owned(),
        actor: unit.call.actor.key(),
        actor_name: case.signed(&unit.call.actor),
        from_state: Some(case.state.code().to_owned()),
        to_state: case.state.code().to_owned(),
        why: None,
        detail: detail.to_string(),
    };
    Ok(store::referrals::add_event(&unit.tx, row).await?)
}

/// Asks somebody of the receiving side to see to it. Nothing changes for the patient.
async fn hand_over(unit: &mut Unit<'_>, case: &Case, kind: &str, cause: &str) -> Result<(), ServiceError> {
    let wanted = Wanted { kind, text: "", message: None, cause };
    if hands::ask(unit, case, wanted).await?.is_none() {
        tracing::error!(referral = %case.row.id, kind, "there is nobody who could be asked to call");
    }
    Ok(())
}

/// Whether somebody who waits can be asked whether they still need it.
pub(crate) fn can_answer_need(case: &Case) -> bool {
    stands(case, Waited::StillNeeded)
}

/// Whoever has the link says that they still need it, or that they do not: then a person decides, and nothing is given up.
pub(crate) async fn answer_need(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    needs: bool,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "answer-need", &(id, needs)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = unit.case(id).await?;
    if !can_answer_need(&case) {
        return Err(crate::Conflict::State { state: case.state }.into());
    }
    let kind = if needs { "need_confirmed" } else { "need_denied" };
    note(&unit, &case, kind, &json!({})).await?;
    let what = Waited::StillNeeded.code();
    if let Some(mut row) = store::chases::find(&*unit.tx, case.organisation_id(), id, what).await? {
        let now = Some(call.now.timestamp_millis());
        row.asked_at = now;
        match needs {
            // The next time is counted from the answer.
            true => row.next_at = now,
            // It was answered; what follows is a person's.
            false => (row.next_at, row.done_at) = (None, now),
        }
        store::chases::update(&unit.tx, row).await?;
    }
    if !needs {
        let cause = format!("not-needed:{id}:{}", call.key.as_deref().unwrap_or_default());
        hand_over(&mut unit, &case, "not-needed", &cause).await?;
    }
    unit.record("answer-need", &case.touched("referral"));
    unit.notify(&case);
    unit.finish(()).await
}
