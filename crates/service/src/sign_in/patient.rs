//! Patients: a link or a reference number, then the date of birth and a code that we send.

use chrono::{DateTime, Duration, Utc};
use contract::{BirthDateInput, TextInput};
use domain::{Actor, OrganisationId, PatientId, Principal, ReferralId, spoken};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use store::entity::one_time_code;
use store::referrals::Scope;

use super::limits::{ADDRESS, BIRTH_DATES, CODES_SENT, CODES_TYPED, count};
use crate::asking::Asked;
use crate::audit::Touched;
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Unit, complete_case};
use crate::{Call, Desk, ServiceError, facts, ids};

/// Minutes for which a code works.
pub(crate) const CODE_MIN: i64 = 10;
/// Wrong guesses that one code survives.
const GUESSES: i64 = 5;

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    Open(Ticket),
    /// It was ours, but is too old or was taken back.
    Expired,
    /// It never was ours.
    Unknown,
}

/// The referral that somebody wants to see; it proves nothing yet. Kept in the session, never in a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// `None` when the reference number named nothing: the way ahead looks the same.
    pub referral: Option<ReferralId>,
    /// What the link asks, where it asks something.
    #[serde(default)]
    pub asked: Option<Asked>,
}

/// Opens a link from a message. Reveals nothing of the referral.
pub async fn open_link(desk: &Desk, now: DateTime<Utc>, token: &str) -> Result<LinkState, ServiceError> {
    let Some(link) = store::ways_in::link(desk.store.reader(), &ids::hashed(token)).await? else {
        return Ok(LinkState::Unknown);
    };
    let live = link.revoked_at.is_none() && link.expires_at > now.timestamp_millis();
    Ok(if live {
        LinkState::Open(Ticket { referral: Some(ReferralId(link.referral_id)), asked: Asked::of(&link) })
    } else {
        LinkState::Expired
    })
}

/// Starts from a reference number, as read out on the phone. A number that names nothing looks the same.
pub async fn find_by_reference(
    desk: &Desk,
    now: DateTime<Utc>,
    input: &TextInput,
    address: &str,
) -> Result<Ticket, ServiceError> {
    count(desk, ADDRESS, address, now).await?;
    let reference = ids::tidy_reference(&input.text);
    if reference.is_empty() {
        return Err(ServiceError::invalid(
            "text",
            "Type the reference number from our message, like WM-7K3Q-92PD.",
        ));
    }
    let found = store::referrals::find_by_reference(desk.store.reader(), Scope::Product, &reference).await?;
    // A question between colleagues looks like a number that names nothing.
    let found = found.filter(|row| row.patient_sees);
    let referral = found.filter(|row| row.state != "draft").map(|row| ReferralId(row.id));
    Ok(Ticket { referral, asked: None })
}

/// Takes a date of birth; if it is right, a code is sent to the phone or mailbox on record. The answer is the same
/// in either case, so that nobody learns from it whether the guess was right.
pub async fn request_code(
    desk: &Desk,
    now: DateTime<Utc>,
    ticket: &Ticket,
    born: &BirthDateInput,
    address: &str,
) -> Result<(), ServiceError> {
    let born = date(born)?;
    count(desk, ADDRESS, address, now).await?;
    let Some(referral) = ticket.referral else {
        return Ok(());
    };
    count(desk, BIRTH_DATES, &referral.to_string(), now).await?;
    let actor = Actor::system("sign-in", ids::fresh(now));
    let call = Call::new(actor, now);
    let Some(row) = store::referrals::find(desk.store.reader(), Scope::Product, referral).await? else {
        return Ok(());
    };
    let case = complete_case(desk.store.reader(), row, domain::policy::Relation::Product).await?;
    if facts::birth_date(&case.patient) != Some(born) {
        desk.record_refusal(&call, "prove-identity", &case.touched("patient"));
        return Ok(());
    }
    count(desk, CODES_SENT, &referral.to_string(), now).await?;
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, &call, "request-code", &referral).await? else {
        return Ok(());
    };
    let code = ids::code();
    let id = ids::fresh(now);
    let row = one_time_code::Model {
        id,
        organisation_id: case.row.organisation_id,
        referral_id: case.row.id,
        code_hash: keyed(id, &code)?,
        created_at: now.timestamp_millis(),
        expires_at: (now + Duration::minutes(CODE_MIN)).timestamp_millis(),
        attempts: 0,
        used_at: None,
    };
    store::ways_in::insert_code(&unit.tx, row).await?;
    let mut letter = Letter::new(Template::OneTimeCode, format!("code:{id}"));
    letter.when = When::AtOnce;
    letter.facts.code = code;
    unit.tell_patient(&case, letter).await?;
    unit.record("request-code", &case.touched("patient"));
    unit.finish(()).await
}

/// Takes the code that was sent. Right: the patient is who they say, for all referrals of that record.
pub async fn prove(
    desk: &Desk,
    now: DateTime<Utc>,
    ticket: &Ticket,
    code: &str,
    address: &str,
) -> Result<Principal, ServiceError> {
    count(desk, ADDRESS, address, now).await?;
    let wrong = || {
        ServiceError::invalid("code", "This code is not right or is too old. Check it, or ask for a new one.")
    };
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let referral = ticket.referral.ok_or_else(wrong)?;
    count(desk, CODES_TYPED, &referral.to_string(), now).await?;
    let db = desk.store.reader();
    let found = store::referrals::find(db, Scope::Product, referral).await?.ok_or_else(wrong)?;
    let case = complete_case(db, found, domain::policy::Relation::Product).await?;
    let sent = store::ways_in::newest_code(db, case.organisation_id(), referral).await?.ok_or_else(wrong)?;
    let actor = Actor::system("sign-in", ids::fresh(now));
    let call = Call::new(actor, now);
    let live = sent.used_at.is_none() && sent.expires_at > now.timestamp_millis() && sent.attempts < GUESSES;
    let tx = desk.store.write_tx().await?;
    if !live || !matches_hash(&keyed(sent.id, &code)?, &sent.code_hash) {
        store::ways_in::count_guess(&tx, &sent, GUESSES).await?;
        tx.commit().await?;
        desk.record_refusal(&call, "prove-identity", &case.touched("patient"));
        return Err(wrong());
    }
    if !store::ways_in::use_code(&tx, &sent, now.timestamp_millis()).await? {
        return Err(wrong());
    }
    let touched = Touched { entity: "patient", ..case.touched("patient") };
    let row = crate::audit::row(&call.actor, now, "prove-identity", &touched, crate::audit::Outcome::Allowed);
    store::audit::record(&tx, vec![row]).await?;
    tx.commit().await?;
    Ok(Principal::Patient {
        organisation: OrganisationId(case.row.patient_organisation_id),
        patient: PatientId(case.row.patient_id),
        referral,
    })
}

fn keyed(id: uuid::Uuid, code: &str) -> Result<String, ServiceError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(id.as_bytes())
        .map_err(|error| ServiceError::Broken(error.to_string()))?;
    mac.update(code.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

fn matches_hash(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// A date of birth as people type it.
fn date(input: &BirthDateInput) -> Result<chrono::NaiveDate, ServiceError> {
    spoken::read_date(&input.day, &input.month, &input.year)
        .ok_or_else(|| ServiceError::invalid("birth_date", "Enter a date of birth, like 31 3 1948."))
}
