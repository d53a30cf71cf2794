//! That a patient has died. With it, in one transaction, all that would still have been said to them or asked of them ends:
//! messages and letters, offers and held times, visits that are to come, surveys and reminders. Their open referrals go to a person
//! each, who decides what is left to do.

use contract::{DeathForm, DeathInput, DiedView};
use domain::delivery::{Channel, DeliveryState};
use domain::referral::{Act, State};
use domain::{Actor, OrganisationId, PatientId, ReferralId, spoken};
use serde_json::json;
use store::entity::{death, event, patient};
use store::messages::flight;

use crate::booking::{self, waitlist};
use crate::hands::{self, Wanted};
use crate::unit::{Begun, Case, Unit, find_case};
use crate::{
    Call, Conflict, Desk, ServiceError, account, consent, describe, dispatch, facts, ids, referrals,
};

/// As it stands in the trace of a message, and in the reason of a cancelled visit.
const WHY: &str = "the patient has died";

type Whose = (OrganisationId, PatientId);
/// Channel code and address.
type Way = (String, String);

fn whose(row: &patient::Model) -> Whose {
    (OrganisationId(row.organisation_id), PatientId(row.id))
}

/// What is recorded of a referral's patient, and what recording it would end. Staff of both sides; the read is recorded.
pub async fn form(desk: &Desk, call: &Call, id: ReferralId) -> Result<DeathForm, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    desk.record_read(call, case.touched("referral")).await?;
    let who = whose(&case.patient);
    let referrals = store::deaths::open_referrals(db, who).await?;
    let mut visits = 0;
    for referral in &referrals {
        let of = (OrganisationId(referral.organisation_id), ReferralId(referral.id));
        let all = store::appointments::of_referral(db, of.0, of.1).await?;
        let now = call.now.timestamp_millis();
        visits += all.iter().filter(|row| row.state == "booked" && row.start_at > now).count();
    }
    Ok(DeathForm {
        referral: id.to_string(),
        patient: format!("{} {}", case.patient.given, case.patient.family),
        died: of(db, call, &case).await?,
        unsent: store::deaths::unsent(db, who).await?.len(),
        visits,
        referrals: referrals.len(),
        may_change: !case.roles_of(&call.actor).is_empty(),
    })
}

/// What a referral's page says of it; `None`: they live, as far as anybody knows.
pub(crate) async fn of(
    db: &impl store::Db,
    call: &Call,
    case: &Case,
) -> Result<Option<DiedView>, ServiceError> {
    if !case.patient.deceased {
        return Ok(None);
    }
    let row = store::deaths::holding(db, whose(&case.patient)).await?;
    let said = |row: &death::Model| {
        let at = describe::day_and_clock(row.recorded_at, case.zone());
        format!("{at}, by {}", row.recorded_by_name)
    };
    let day = row.as_ref().and_then(|row| row.died_on.as_deref());
    Ok(Some(DiedView {
        on: day.map_or(String::new(), |day| account::said_day(day, call.now, case.zone())),
        recorded: row.as_ref().map_or(String::new(), said),
    }))
}

/// Records that a referral's patient has died, and ends what waits for them. Staff of both sides who act on the referral.
///
/// Errors: `Invalid` while nobody has made sure; a conflict where it is recorded already.
pub async fn record(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &DeathInput,
) -> Result<(), ServiceError> {
    let system = Call::new(Actor::system("record-death", call.actor.request), call.now);
    let mut unit = match Unit::begin(desk, call, "record-death", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = acting(&unit, id, "record-death").await?;
    if input.sure.is_empty() {
        let remedy = "Make sure that it is this person, and tick this.";
        return Err(ServiceError::invalid("sure", remedy));
    }
    let died_on = day(input, &case, call)?;
    let who = whose(&case.patient);
    unit.record_act("record-death", &case);
    let by = case.signed(&call.actor);
    let told = died(&mut unit, &system, who, &Said { source: "staff", by: &by, died_on }).await?;
    unit.finish(()).await?;
    settled(desk, &told).await
}

/// The same as an import says it; false where it is known. Each is a transaction of its own.
pub(crate) async fn imported(desk: &Desk, call: &Call, who: Whose) -> Result<bool, ServiceError> {
    let system = Call::new(Actor::system("record-death", call.actor.request), call.now);
    let Begun::Fresh(mut unit) = Unit::begin::<_, bool>(desk, &system, "record-death", &who).await? else {
        return Ok(false);
    };
    let said = Said { source: "import", by: "an import", died_on: None };
    match died(&mut unit, &system, who, &said).await {
        Ok(told) => {
            let touched = crate::audit::Touched {
                organisation: who.0,
                entity: "patient",
                id: Some(who.1.0),
                patient: Some(who.1),
            };
            unit.record("record-death", &touched);
            unit.finish(true).await?;
            settled(desk, &told).await?;
            Ok(true)
        }
        Err(ServiceError::Conflict(Conflict::PatientDied)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// It was a mistake: the patient lives. Nothing that was cancelled comes back by itself; what is waited for is waited for again
/// from now on, and the open referrals say so in their history.
pub async fn undo(desk: &Desk, call: &Call, id: ReferralId, why: &str) -> Result<(), ServiceError> {
    let system = Call::new(Actor::system("undo-death", call.actor.request), call.now);
    let mut unit = match Unit::begin(desk, call, "undo-death", &(id, why)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = acting(&unit, id, "undo-death").await?;
    let why = referrals::fitting_text("why", why)?;
    let why = referrals::required_text("why", why, "Say how you know that they live.")?;
    let who = whose(&case.patient);
    if !store::deaths::set_deceased(&unit.tx, who, false).await? {
        return Err(Conflict::Stale.into());
    }
    unit.record_act("undo-death", &case);
    let by = case.signed(&call.actor);
    if let Some(mut row) = store::deaths::holding(&*unit.tx, who).await? {
        row.undone_at = Some(call.now.timestamp_millis());
        row.undone_by_name = Some(by.clone());
        row.undone_why = Some(why.to_owned());
        store::deaths::update(&unit.tx, row).await?;
    }
    unit.call = &system;
    for referral in store::deaths::open_referrals(&*unit.tx, who).await? {
        let case = unit.case(ReferralId(referral.id)).await?;
        note(&unit, &case, "death_undone", &format!("{by}: {why}")).await?;
        referrals::wait_anew(&unit, &case).await?;
        let cause = format!("death-undone:{}:{}", referral.id, call.now.timestamp_millis());
        let wanted = Wanted { kind: "patient-lives", text: "", message: None, cause: &cause };
        hands::ask(&mut unit, &case, wanted).await?;
        unit.notify(&case);
    }
    unit.call = call;
    unit.finish(()).await
}

/// The referral, for whoever acts on it.
async fn acting(unit: &Unit<'_>, id: ReferralId, act: &str) -> Result<Case, ServiceError> {
    let case = unit.case(id).await?;
    let is_staff = matches!(unit.call.actor.principal, domain::Principal::Staff { .. });
    if is_staff && !case.roles_of(&unit.call.actor).is_empty() {
        return Ok(case);
    }
    unit.desk.record_refusal(unit.call, act, &case.touched("referral"));
    Err(ServiceError::NotAllowed)
}

fn day(input: &DeathInput, case: &Case, call: &Call) -> Result<Option<String>, ServiceError> {
    let parts = [&input.died_day, &input.died_month, &input.died_year];
    if parts.iter().all(|part| part.trim().is_empty()) {
        return Ok(None);
    }
    let today = call.now.with_timezone(&case.zone()).date_naive();
    let born = facts::birth_date(&case.patient);
    spoken::read_date(parts[0], parts[1], parts[2])
        .filter(|day| *day <= today && born.is_none_or(|born| *day >= born))
        .map(|day| Some(day.to_string()))
        .ok_or_else(|| {
            let remedy = "Enter the day on which they died, like 31 3 2026, or leave all three empty.";
            ServiceError::invalid("died", remedy)
        })
}

/// Who says it.
struct Said<'a> {
    source: &'static str,
    by: &'a str,
    died_on: Option<String>,
}

/// All that follows, as the product does it, whichever side recorded it. Answers the ways by which they were written to.
async fn died<'a>(
    unit: &mut Unit<'a>,
    system: &'a Call,
    who: Whose,
    said: &Said<'_>,
) -> Result<Vec<Way>, ServiceError> {
    let now = unit.call.now.timestamp_millis();
    if !store::deaths::set_deceased(&unit.tx, who, true).await? {
        return Err(Conflict::PatientDied.into());
    }
    let row = death::Model {
        organisation_id: who.0.0,
        id: ids::fresh(unit.call.now),
        patient_id: who.1.0,
        source: said.source.to_owned(),
        died_on: said.died_on.clone(),
        recorded_at: now,
        recorded_by_name: said.by.to_owned(),
        undone_at: None,
        undone_by_name: None,
        undone_why: None,
    };
    store::deaths::insert(&unit.tx, row).await?;
    let held_back = withhold(unit, who).await?;
    store::deaths::end_chases(&unit.tx, who).await?;
    store::deaths::end_surveys(&unit.tx, who).await?;
    store::deaths::end_tasks(&unit.tx, who, now).await?;
    let acting = std::mem::replace(&mut unit.call, system);
    for referral in store::deaths::open_referrals(&*unit.tx, who).await? {
        Box::pin(end_of(unit, ReferralId(referral.id), said.by)).await?;
    }
    unit.call = acting;
    Ok(held_back)
}

/// Takes back every message and letter that has not left. Whoever lets messages to the same addresses leave goes before or after
/// this, and those that come after see that the patient has died.
async fn withhold(unit: &Unit<'_>, who: Whose) -> Result<Vec<Way>, ServiceError> {
    let rows = store::deaths::unsent(&*unit.tx, who).await?;
    let mut ways: Vec<Way> = rows.into_iter().map(|row| (row.channel, row.address)).collect();
    // What is being handed over goes to one of these.
    if let Some(patient) = store::patients::find(&*unit.tx, who.0, who.1).await? {
        ways.extend(patient.phone.map(|phone| (Channel::Sms.code().to_owned(), phone)));
        ways.extend(patient.email.map(|email| (Channel::Email.code().to_owned(), email)));
    }
    ways.sort_unstable();
    ways.dedup();
    for (channel, address) in &ways {
        flight::alone(&unit.tx, channel, address).await?;
    }
    let rows = store::deaths::unsent(&*unit.tx, who).await?;
    let (letters, others): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.channel == Channel::Letter.code() && row.state == "pending");
    dispatch::withhold(&unit.tx, unit.call.now, &others, WHY).await?;
    let (now, code) = (unit.call.now.timestamp_millis(), domain::letter::Outdated::Died.code());
    for row in &letters {
        let organisation = OrganisationId(row.organisation_id);
        if store::print_queue::withhold(&unit.tx, organisation, row.id, now, code).await? {
            let line = dispatch::told(row, unit.call.now, "withheld", DeliveryState::Withheld, code);
            store::messages::add_attempts(&unit.tx, &[line]).await?;
        }
    }
    Ok(ways)
}

/// One open referral: nothing is booked, held or waited for any more, and somebody is asked what is left to do.
async fn end_of(unit: &mut Unit<'_>, id: ReferralId, by: &str) -> Result<(), ServiceError> {
    let mut case = unit.case(id).await?;
    waitlist::end(unit, &case, "died").await?;
    let kept = booking::kept(unit, &case).await?;
    for row in kept.held().into_iter().cloned().collect::<Vec<_>>() {
        booking::give_back(unit, row, "lapsed").await?;
    }
    let to_come = kept.booked.filter(|row| facts::instant(row.start_at) > unit.call.now);
    match to_come {
        Some(_) if !matches!(case.state, State::Booked | State::NoShow | State::Seen) => {
            // The referral stands still, or somebody has asked to cancel it: its state stays, the time goes back.
            booking::drop_times(unit, &mut case, "The patient has died").await?;
        }
        Some(row) => {
            booking::break_visit(unit, &mut case, row.id, "The patient has died").await?;
        }
        None if case.state == State::Offered => {
            case.row.appointment_id = None;
            unit.apply(&mut case, Act::Lapse, Some("The patient has died"), None, json!({})).await?;
        }
        None => {}
    }
    note(unit, &case, "death_recorded", by).await?;
    let at = unit.call.now.timestamp_millis();
    // What was waited for in the new state is waited for no more.
    store::chases::keep(&unit.tx, &case.row, Vec::new()).await?;
    let cause = format!("died:{id}:{at}");
    let wanted = Wanted { kind: "patient-died", text: "", message: None, cause: &cause };
    if hands::ask(unit, &case, wanted).await?.is_none() {
        tracing::error!(referral = %id, "there is nobody who could be asked about the referral of somebody who died");
    }
    unit.record("record-death", &case.touched("referral"));
    unit.notify(&case);
    Ok(())
}

/// A line of the history that changes no state.
async fn note(unit: &Unit<'_>, case: &Case, kind: &str, why: &str) -> Result<(), ServiceError> {
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
        why: Some(why.to_owned()),
        detail: "{}".to_owned(),
    };
    Ok(store::referrals::add_event(&unit.tx, row).await?)
}

/// Waits until nothing is on its way that was let go before it was recorded: once this returns, nothing is handed over any more.
async fn settled(desk: &Desk, ways: &[Way]) -> Result<(), ServiceError> {
    for (channel, address) in ways {
        if let Some(channel) = Channel::from_code(channel) {
            consent::settled(desk, channel, address).await?;
        }
    }
    Ok(())
}
