//! Passkeys (WebAuthn level 3): a device that knows its owner by finger, face or PIN counts as both factors.
//!
//! Credentials are discoverable and verified, so that nobody types an address first. What is asked stays on the server, for
//! one answer and a few minutes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use contract::FieldError;
use domain::{OrganisationId, PersonId, Principal};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::entity::passkey;
use store::{Db, StoreError, Tx, Unique};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::limits::{ADDRESS, STAFF_ACCOUNT, count};
use super::staff::{Staff, admit};
use crate::audit::{self, Outcome};
use crate::{Call, Desk, ServiceError, ids};

/// Minutes in which a question must be answered.
const ANSWER_MIN: i64 = 5;
/// Passkeys that one person may have.
const MOST: usize = 10;
/// Longest name of a device, in characters.
const NAME: usize = 60;

/// A question to a device that waits for its answer; kept in the session, never sent.
#[derive(Clone, Serialize, Deserialize)]
pub struct Asked {
    at: DateTime<Utc>,
    state: Value,
}

impl Asked {
    fn new(now: DateTime<Utc>, state: &impl Serialize) -> Result<Self, ServiceError> {
        Ok(Self { at: now, state: serde_json::to_value(state).map_err(broken)? })
    }

    fn state<T: DeserializeOwned>(&self, now: DateTime<Utc>) -> Result<T, ServiceError> {
        if now - self.at > Duration::minutes(ANSWER_MIN) {
            return Err(ServiceError::invalid("passkey", "That took too long. Try again."));
        }
        // A question of another kind is no question.
        serde_json::from_value(self.state.clone()).map_err(|_| refused())
    }
}

/// Whether this site can have passkeys: browsers bind them to a host's name, so that an address of digits has none.
pub fn has_passkeys(desk: &Desk) -> bool {
    site(desk).is_ok()
}

fn site(desk: &Desk) -> Result<Webauthn, ServiceError> {
    let none =
        || ServiceError::invalid("passkey", "This site’s address has no name, so it cannot have passkeys.");
    let origin: Url = desk.settings.public_url.parse().map_err(|_| none())?;
    let host = origin.domain().ok_or_else(none)?.to_owned();
    WebauthnBuilder::new(&host, &origin)
        .map(|builder| builder.rp_name("Waymark"))
        .and_then(WebauthnBuilder::build)
        .map_err(|_| none())
}

/// What a browser needs to make a passkey for whoever calls.
pub async fn ask_for_new_passkey(desk: &Desk, call: &Call) -> Result<(Value, Asked), ServiceError> {
    let staff = Staff::calling(call)?;
    let site = site(desk)?;
    let db = desk.store.reader();
    let row = store::people::find(db, staff.organisation, staff.person).await?;
    let row = row.ok_or(ServiceError::NotFound)?;
    let known = store::second_factors::passkeys(db, staff.organisation, staff.person).await?;
    if known.len() >= MOST {
        let remedy = "You have ten passkeys. Remove one that you no longer use.";
        return Err(ServiceError::invalid("passkey", remedy));
    }
    let known = known.iter().filter_map(|row| read(row).ok()).map(|key| key.cred_id().clone()).collect();
    let (options, state) = site
        .start_passkey_registration(staff.person.0, &row.email, &row.name, Some(known))
        .map_err(broken)?;
    let mut options = serde_json::to_value(options).map_err(broken)?;
    // The device must be able to name its owner by itself at the next sign-in.
    let wanted = &mut options["publicKey"]["authenticatorSelection"];
    wanted["residentKey"] = Value::from("required");
    wanted["requireResidentKey"] = Value::from(true);
    Ok((options, Asked::new(call.now, &state)?))
}

/// Keeps a passkey that a device made for whoever calls. The page asks for a fresh second factor first.
pub async fn add_passkey(
    desk: &Desk,
    call: &Call,
    asked: &Asked,
    name: &str,
    answer: &str,
) -> Result<(), ServiceError> {
    let staff = Staff::calling(call)?;
    let state: PasskeyRegistration = asked.state(call.now)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME {
        let remedy = "Name the device, like “Work laptop”, in up to 60 characters.";
        return Err(ServiceError::Invalid(vec![FieldError::new("passkey_name", remedy)]));
    }
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(|_| refused())?;
    let key = site(desk)?.finish_passkey_registration(&answer, &state).map_err(|_| refused())?;
    let row = passkey::Model {
        organisation_id: staff.organisation.0,
        id: ids::fresh(call.now),
        person_id: staff.person.0,
        credential: URL_SAFE_NO_PAD.encode(key.cred_id()),
        name: name.to_owned(),
        data: serde_json::to_string(&key).map_err(broken)?,
        created_at: call.now.timestamp_millis(),
        last_used_at: None,
    };
    let tx = desk.store.write_tx().await?;
    match store::second_factors::insert_passkey(&tx, row).await {
        Err(StoreError::Duplicate(Unique::Other(_))) => {
            return Err(ServiceError::invalid("passkey", "This passkey is known already."));
        }
        other => other?,
    }
    let trace = audit::row(&call.actor, call.now, "add-passkey", &staff.touched(), Outcome::Allowed);
    store::audit::record(&tx, vec![trace]).await?;
    Ok(tx.commit().await?)
}

/// Forgets a passkey of whoever calls; another's is not found.
pub async fn remove_passkey(desk: &Desk, call: &Call, id: uuid::Uuid) -> Result<(), ServiceError> {
    let staff = Staff::calling(call)?;
    let tx = desk.store.write_tx().await?;
    if !store::second_factors::remove_passkey(&tx, staff.organisation, staff.person, id).await? {
        return Err(ServiceError::NotFound);
    }
    let trace = audit::row(&call.actor, call.now, "remove-passkey", &staff.touched(), Outcome::Allowed);
    store::audit::record(&tx, vec![trace]).await?;
    Ok(tx.commit().await?)
}

/// What a browser needs to ask its device for a passkey; the same for everybody.
pub async fn ask_for_passkey(
    desk: &Desk,
    now: DateTime<Utc>,
    address: &str,
) -> Result<(Value, Asked), ServiceError> {
    count(desk, ADDRESS, address, now).await?;
    let (mut options, state) = site(desk)?.start_discoverable_authentication().map_err(broken)?;
    // The button was pressed: the browser asks at once, not only when a field is filled in.
    options.mediation = None;
    Ok((serde_json::to_value(options).map_err(broken)?, Asked::new(now, &state)?))
}

/// Signs in with a passkey: both factors in one.
pub async fn sign_in_with_passkey(
    desk: &Desk,
    now: DateTime<Utc>,
    asked: &Asked,
    answer: &str,
    address: &str,
) -> Result<Principal, ServiceError> {
    count(desk, ADDRESS, address, now).await?;
    let (row, key) = judged(desk, desk.store.reader(), now, asked, answer).await?;
    let staff = owner(&row);
    count(desk, STAFF_ACCOUNT, &staff.person.to_string(), now).await?;
    let tx = desk.store.write_tx().await?;
    store::second_factors::used_passkey(&tx, &row, &key, now.timestamp_millis()).await?;
    admit(tx, now, &staff, "sign-in-passkey").await?.ok_or_else(refused)
}

/// Whoever is signed in proves it once more with a passkey of theirs.
pub async fn prove_with_passkey(
    desk: &Desk,
    call: &Call,
    asked: &Asked,
    answer: &str,
) -> Result<(), ServiceError> {
    let staff = Staff::calling(call)?;
    count(desk, STAFF_ACCOUNT, &staff.person.to_string(), call.now).await?;
    let (row, key) = judged(desk, desk.store.reader(), call.now, asked, answer).await?;
    if owner(&row) != staff {
        desk.record_refusal(call, "prove-again", &staff.touched());
        return Err(refused());
    }
    let tx = desk.store.write_tx().await?;
    store::second_factors::used_passkey(&tx, &row, &key, call.now.timestamp_millis()).await?;
    let trace = audit::row(&call.actor, call.now, "prove-again", &staff.touched(), Outcome::Allowed);
    store::audit::record(&tx, vec![trace]).await?;
    Ok(tx.commit().await?)
}

/// Uses a passkey of somebody up as a fresh second factor, within the transaction of what it opens. The caller counts attempts,
/// and commits.
pub(crate) async fn use_passkey(
    desk: &Desk,
    tx: &Tx,
    now: DateTime<Utc>,
    staff: &Staff,
    asked: &Asked,
    answer: &str,
) -> Result<(), ServiceError> {
    let (row, key) = judged(desk, &**tx, now, asked, answer).await?;
    if owner(&row) != *staff {
        return Err(refused());
    }
    Ok(store::second_factors::used_passkey(tx, &row, &key, now.timestamp_millis()).await?)
}

/// The passkey that gave the right answer, and what is to be kept of it from now on.
async fn judged(
    desk: &Desk,
    db: &impl Db,
    now: DateTime<Utc>,
    asked: &Asked,
    answer: &str,
) -> Result<(passkey::Model, String), ServiceError> {
    let state: DiscoverableAuthentication = asked.state(now)?;
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| refused())?;
    let site = site(desk)?;
    let (person, credential) = site.identify_discoverable_authentication(&answer).map_err(|_| refused())?;
    let row = store::second_factors::passkey(db, &URL_SAFE_NO_PAD.encode(credential)).await?;
    let row = row.filter(|row| row.person_id == person).ok_or_else(refused)?;
    let mut key = read(&row)?;
    let result = site.finish_discoverable_authentication_v2(&answer, state, &key).map_err(|_| refused())?;
    if !result.user_verified() {
        return Err(refused());
    }
    key.update_credential(&result);
    let data = serde_json::to_string(&key).map_err(broken)?;
    Ok((row, data))
}

fn owner(row: &passkey::Model) -> Staff {
    Staff { organisation: OrganisationId(row.organisation_id), person: PersonId(row.person_id) }
}

fn read(row: &passkey::Model) -> Result<Passkey, ServiceError> {
    serde_json::from_str(&row.data)
        .map_err(|error| ServiceError::Broken(format!("passkey {} cannot be read: {error}", row.id)))
}

/// The refusal of an answer to which there is no question: it was answered before, or the session is another one.
pub fn no_passkey() -> ServiceError {
    refused()
}

/// The same words whatever was wrong with an answer.
fn refused() -> ServiceError {
    ServiceError::invalid(
        "passkey",
        "This passkey was not accepted. Try again, or use your password and code.",
    )
}

fn broken(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Broken(error.to_string())
}
