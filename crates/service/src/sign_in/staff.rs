//! Staff: password (argon2id), then a one-time password (RFC 6238).

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::{DateTime, Utc};
use domain::standing::{Standing, standing};
use domain::{Actor, OrganisationId, PersonId, Principal, Role};
use store::entity::person;
use store::{Db, Tx};
use tokio::sync::Semaphore;
use totp_rs::{Algorithm as TotpAlgorithm, TOTP};

use super::limits::{ADDRESS, STAFF_ACCOUNT, count};
use super::second_factor;
use crate::audit::{self, Outcome, Touched};
use crate::{Call, Desk, ServiceError, ids};

/// A member of staff who has given the right password, and not yet a one-time password.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Staff {
    pub organisation: OrganisationId,
    pub person: PersonId,
}

impl Staff {
    pub(crate) fn of(row: &person::Model) -> Self {
        Self { organisation: OrganisationId(row.organisation_id), person: PersonId(row.id) }
    }

    /// Whoever calls; not allowed for all but staff.
    pub(crate) fn calling(call: &Call) -> Result<Self, ServiceError> {
        match call.actor.principal {
            Principal::Staff { organisation, person, .. } => Ok(Self { organisation, person }),
            _ => Err(ServiceError::NotAllowed),
        }
    }

    pub(crate) fn touched(&self) -> Touched {
        Touched { organisation: self.organisation, entity: "person", id: Some(self.person.0), patient: None }
    }
}

/// Hashing is slow on purpose: only so many at once, so that nobody exhausts the machine with it.
static HASHING: Semaphore = Semaphore::const_new(4);
/// Of no password; checked when the account does not exist, so that the answer takes as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$0fDrKj+D6v7NmbOxv/FW8sMZMQ8aXWZPLX7iyXlSEXg";

/// First factor. Wrong address and wrong password give the same answer after the same work.
pub async fn check_password(
    desk: &Desk,
    now: DateTime<Utc>,
    email: &str,
    password: &str,
    address: &str,
) -> Result<Staff, ServiceError> {
    let email = email.trim().to_lowercase();
    count(desk, ADDRESS, address, now).await?;
    count(desk, STAFF_ACCOUNT, &email, now).await?;
    let row = store::people::by_email(desk.store.reader(), &email).await?;
    let hash = row.as_ref().and_then(|row| row.password_hash.clone()).unwrap_or_else(|| NOBODY.to_owned());
    let right = verify(hash, password.to_owned()).await?;
    let staff = row.filter(|row| right && row.totp_secret.is_some()).map(|row| Staff::of(&row));
    if let Some(staff) = staff
        && current(desk, &staff, now).await?.is_some()
    {
        return Ok(staff);
    }
    Err(ServiceError::invalid("password", "The e-mail address or the password is not right."))
}

/// Second factor: the authenticator's code, or a recovery code. Each works once.
pub async fn check_second_factor(
    desk: &Desk,
    now: DateTime<Utc>,
    staff: &Staff,
    code: &str,
) -> Result<Principal, ServiceError> {
    count(desk, STAFF_ACCOUNT, &staff.person.to_string(), now).await?;
    let wrong = second_factor::wrong_code;
    let tx = desk.store.write_tx().await?;
    let row = store::people::find(&*tx, staff.organisation, staff.person).await?.ok_or_else(wrong)?;
    let factor = second_factor::spend(&tx, &row, now, code).await?.ok_or_else(wrong)?;
    admit(tx, now, staff, factor.way()).await?.ok_or_else(wrong)
}

/// Notes that somebody came in, and how; answers who they are, or `None` when they may not work.
pub(super) async fn admit(
    tx: Tx,
    now: DateTime<Utc>,
    staff: &Staff,
    way: &'static str,
) -> Result<Option<Principal>, ServiceError> {
    let Some(principal) = look_up(&*tx, staff, now).await? else {
        return Ok(None);
    };
    store::people::signed_in(&tx, staff.organisation, staff.person, now.timestamp_millis()).await?;
    let actor = Actor { principal: principal.clone(), request: ids::fresh(now) };
    let touched = staff.touched();
    store::audit::record(&tx, vec![audit::row(&actor, now, way, &touched, Outcome::Allowed)]).await?;
    tx.commit().await?;
    Ok(Some(principal))
}

/// The time step (of 30 seconds since 1970) now, before or after, whose code this is.
pub(super) fn matching_step(totp: &TOTP, now: DateTime<Utc>, code: &str) -> Option<i64> {
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let step = now.timestamp() / 30;
    [0, -1, 1]
        .into_iter()
        .map(|drift| step + drift)
        .find(|step| u64::try_from(step * 30).is_ok_and(|at| constant_time_eq(&totp.generate(at), &code)))
}

/// The person as they are now: `None` once suspended, past their last day, or without a role. Asked on every request.
pub async fn current(
    desk: &Desk,
    staff: &Staff,
    now: DateTime<Utc>,
) -> Result<Option<Principal>, ServiceError> {
    look_up(desk.store.reader(), staff, now).await
}

async fn look_up(db: &impl Db, staff: &Staff, now: DateTime<Utc>) -> Result<Option<Principal>, ServiceError> {
    let Some(row) = store::people::find(db, staff.organisation, staff.person).await? else {
        return Ok(None);
    };
    if standing_of(db, &row, now).await? != Standing::Active {
        return Ok(None);
    }
    let roles = current_roles(db, &row, now).await?;
    Ok((!roles.is_empty()).then_some(Principal::Staff {
        organisation: staff.organisation,
        person: staff.person,
        roles,
        name: row.name,
    }))
}

/// The roles that a person holds at an instant: those whose last day has not passed.
pub(crate) async fn current_roles(
    db: &impl Db,
    row: &person::Model,
    now: DateTime<Utc>,
) -> Result<Vec<Role>, ServiceError> {
    let held = store::people::held(db, row).await?;
    let has_end = held.iter().any(|held| held.valid_until.is_some());
    let zone = if has_end { zone_of(db, row.organisation_id).await? } else { chrono_tz::UTC };
    let is_held =
        |until: Option<&str>| standing(Standing::Active.code(), until, now, zone) == Standing::Active;
    Ok(held
        .iter()
        .filter(|held| is_held(held.valid_until.as_deref()))
        .filter_map(|held| Role::from_code(&held.role))
        .collect())
}

/// How a person stands to their organisation at an instant.
pub(crate) async fn standing_of(
    db: &impl Db,
    row: &person::Model,
    now: DateTime<Utc>,
) -> Result<Standing, ServiceError> {
    // Only a last day needs to know where the organisation is.
    let zone = match &row.valid_until {
        None => chrono_tz::UTC,
        Some(_) => zone_of(db, row.organisation_id).await?,
    };
    Ok(standing(&row.status, row.valid_until.as_deref(), now, zone))
}

async fn zone_of(db: &impl Db, organisation: uuid::Uuid) -> Result<chrono_tz::Tz, ServiceError> {
    let row = store::directory::organisation(db, OrganisationId(organisation)).await?;
    Ok(row.and_then(|row| row.zone.parse().ok()).unwrap_or(chrono_tz::Europe::London))
}

/// Gives a person a password and a one-time password secret (at least 16 bytes), in the place of every way in from before; for
/// the command line.
pub async fn set_credentials(
    desk: &Desk,
    row: person::Model,
    password: &str,
    totp_secret: Vec<u8>,
) -> Result<(), ServiceError> {
    if password.chars().count() < 12 {
        return Err(ServiceError::invalid("password", "Use at least 12 characters."));
    }
    let password_hash = hash_password(password).await?;
    let tx = desk.store.write_tx().await?;
    let row = person::Model { password_hash: Some(password_hash), totp_secret: Some(totp_secret), ..row };
    let staff = Staff::of(&row);
    store::people::update(&tx, row).await?;
    store::second_factors::forget(&tx, staff.organisation, staff.person).await?;
    Ok(tx.commit().await?)
}

/// argon2id with 19 MiB, 2 passes, 1 lane (OWASP password storage sheet).
pub async fn hash_password(password: &str) -> Result<String, ServiceError> {
    let password = password.to_owned();
    heavy(move || {
        hasher()?
            .hash_password(password.as_bytes(), &SaltString::generate(&mut OsRng))
            .map(|hash| hash.to_string())
            .map_err(|error| ServiceError::Broken(error.to_string()))
    })
    .await
}

/// The one-time password generator of a secret: SHA-1, six digits, 30 seconds, as authenticator apps expect.
pub fn totp(secret: Vec<u8>, email: &str) -> Result<TOTP, ServiceError> {
    TOTP::new(TotpAlgorithm::SHA1, 6, 1, 30, secret, Some("Waymark".to_owned()), email.to_owned())
        .map_err(|error| ServiceError::Broken(error.to_string()))
}

async fn verify(hash: String, password: String) -> Result<bool, ServiceError> {
    heavy(move || {
        let parsed = PasswordHash::new(&hash).map_err(|error| ServiceError::Broken(error.to_string()))?;
        Ok(hasher()?.verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}

fn hasher() -> Result<Argon2<'static>, ServiceError> {
    let params = Params::new(19_456, 2, 1, None).map_err(|error| ServiceError::Broken(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn heavy<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    let _place = HASHING.acquire().await.map_err(|error| ServiceError::Broken(error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| ServiceError::Broken(error.to_string()))?
}

fn constant_time_eq(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
