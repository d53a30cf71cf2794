//! The second factor once more: codes that are spent, recovery codes, and proof for what is sensitive.

use chrono::{DateTime, Utc};
use store::Tx;
use store::entity::{person, recovery_code};

use super::limits::{STAFF_ACCOUNT, count};
use super::staff::{Staff, matching_step, totp};
use crate::audit::{self, Outcome};
use crate::{Call, Desk, ServiceError, ids};

/// Recovery codes that somebody gets at once.
const RECOVERY_CODES: usize = 10;

/// What a code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    Authenticator,
    RecoveryCode,
}

impl Factor {
    /// The verb of the audit for whoever signs in with it.
    pub(super) const fn way(self) -> &'static str {
        match self {
            Self::Authenticator => "sign-in",
            Self::RecoveryCode => "sign-in-recovery-code",
        }
    }
}

/// Uses up a code of the authenticator, or a recovery code; `None` when it is neither, or was used before. The caller counts
/// attempts, and commits.
pub(crate) async fn spend(
    tx: &Tx,
    row: &person::Model,
    now: DateTime<Utc>,
    typed: &str,
) -> Result<Option<Factor>, ServiceError> {
    if let Some(code) = ids::tidy_recovery_code(typed) {
        let staff = Staff::of(row);
        let hash = ids::hashed(&code);
        let at = now.timestamp_millis();
        let used =
            store::second_factors::use_recovery_code(tx, staff.organisation, staff.person, &hash, at).await?;
        return Ok(used.then_some(Factor::RecoveryCode));
    }
    let Some(secret) = row.totp_secret.clone() else {
        return Ok(None);
    };
    let Some(step) = matching_step(&totp(secret, &row.email)?, now, typed) else {
        return Ok(None);
    };
    let used = store::people::use_totp_step(tx, row, step).await?;
    Ok(used.then_some(Factor::Authenticator))
}

/// Whoever is signed in proves it once more, before something sensitive. Attempts are counted, and the proof recorded.
pub async fn prove_again(desk: &Desk, call: &Call, code: &str) -> Result<(), ServiceError> {
    let staff = Staff::calling(call)?;
    count(desk, STAFF_ACCOUNT, &staff.person.to_string(), call.now).await?;
    let tx = desk.store.write_tx().await?;
    let row = store::people::find(&*tx, staff.organisation, staff.person).await?;
    let row = row.ok_or(ServiceError::NotFound)?;
    if spend(&tx, &row, call.now, code).await?.is_none() {
        drop(tx);
        desk.record_refusal(call, "prove-again", &staff.touched());
        return Err(wrong_code());
    }
    let trace = audit::row(&call.actor, call.now, "prove-again", &staff.touched(), Outcome::Allowed);
    store::audit::record(&tx, vec![trace]).await?;
    Ok(tx.commit().await?)
}

/// The refusal of a code that is wrong or was used.
pub(crate) fn wrong_code() -> ServiceError {
    ServiceError::invalid(
        "code",
        "This code is not right, or was used already. Wait for the next one, or use a recovery code.",
    )
}

/// Fresh recovery codes for whoever calls, to be shown once; those from before stop working. The page asks for a fresh second
/// factor first.
pub async fn new_recovery_codes(desk: &Desk, call: &Call) -> Result<Vec<String>, ServiceError> {
    let staff = Staff::calling(call)?;
    let tx = desk.store.write_tx().await?;
    let codes = put_recovery_codes(&tx, &staff, call.now).await?;
    let trace = audit::row(&call.actor, call.now, "new-recovery-codes", &staff.touched(), Outcome::Allowed);
    store::audit::record(&tx, vec![trace]).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Puts ten fresh codes in the place of those from before. Their hashes are kept: with 80 random bits each, no slow hash is
/// needed.
pub(super) async fn put_recovery_codes(
    tx: &Tx,
    staff: &Staff,
    now: DateTime<Utc>,
) -> Result<Vec<String>, ServiceError> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| ids::recovery_code()).collect();
    let rows = codes
        .iter()
        .map(|code| recovery_code::Model {
            organisation_id: staff.organisation.0,
            id: ids::fresh(now),
            person_id: staff.person.0,
            code_hash: ids::hashed(&code.replace('-', "")),
            created_at: now.timestamp_millis(),
            used_at: None,
        })
        .collect();
    store::second_factors::replace_recovery_codes(tx, staff.organisation, staff.person, rows).await?;
    Ok(codes)
}
