//! Signing on at the organisation's own identity provider. It finds people who are here already, and never makes any.

use chrono::{DateTime, Duration, Utc};
use domain::{OrganisationId, PersonId, Principal};
use serde::{Deserialize, Serialize};
use store::entity::{person, sign_on};
use store::{StoreError, Unique};

use super::limits::{ADDRESS, count};
use super::staff::{Staff, admit, standing_of};
use crate::ports::{SignOnBegun, SignOnFault};
use crate::{Desk, ServiceError};

/// Minutes in which somebody must come back from the provider.
const BACK_MIN: i64 = 15;

/// A sign-on under way; kept in the session.
#[derive(Clone, Serialize, Deserialize)]
pub struct Away {
    at: DateTime<Utc>,
    begun: SignOnBegun,
}

/// Who came back.
pub enum Back {
    /// The provider asked for a second factor, and this site trusts it to.
    In(Principal),
    /// Ours is still to be given.
    Halfway(Staff),
}

/// What the button for signing on says; `None`: this site has no provider.
pub fn sign_on_name(desk: &Desk) -> Option<String> {
    desk.ports.sign_on.as_ref().map(|provider| provider.name().to_owned())
}

/// Begins a sign-on: where the browser goes, and what is kept for its return.
pub async fn go_away(desk: &Desk, now: DateTime<Utc>, address: &str) -> Result<(String, Away), ServiceError> {
    let provider = desk.ports.sign_on.as_ref().ok_or(ServiceError::NotFound)?;
    count(desk, ADDRESS, address, now).await?;
    let begun = provider.send_off().await.map_err(said)?;
    Ok((begun.address.clone(), Away { at: now, begun }))
}

/// What the provider sent back in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Returned {
    pub code: String,
    pub state: String,
    /// Set when the provider refused.
    pub error: String,
    /// The provider's own name (RFC 9207).
    pub iss: Option<String>,
}

/// Ends a sign-on: an active person who is linked to the provider's subject, or at the first time whose address the provider
/// has verified. Errors speak of `sign_on`.
pub async fn come_back(
    desk: &Desk,
    now: DateTime<Utc>,
    away: &Away,
    returned: &Returned,
    address: &str,
) -> Result<Back, ServiceError> {
    let provider = desk.ports.sign_on.as_ref().ok_or(ServiceError::NotFound)?;
    count(desk, ADDRESS, address, now).await?;
    if now - away.at > Duration::minutes(BACK_MIN) {
        return Err(refused("That took too long. Begin again."));
    }
    if !returned.error.is_empty() {
        return Err(refused("You were not signed on there. Begin again, or use your password."));
    }
    // Compared as a whole: neither is a secret of ours that could be guessed bit by bit, but nothing is lost by care.
    use subtle::ConstantTimeEq;
    let is_same: bool = returned.state.as_bytes().ct_eq(away.begun.state.as_bytes()).into();
    let is_ours = returned.iss.as_ref().is_none_or(|issuer| *issuer == away.begun.issuer);
    if !is_same || !is_ours || returned.code.is_empty() {
        return Err(refused("This answer does not belong to your sign-on. Begin again."));
    }
    let known = provider.finish(&away.begun, &returned.code, now).await.map_err(said)?;
    let tx = desk.store.write_tx().await?;
    let linked = store::second_factors::sign_on(&*tx, &known.issuer, &known.subject).await?;
    let row: Option<person::Model> = match &linked {
        Some(link) => {
            let organisation = OrganisationId(link.organisation_id);
            store::people::find(&*tx, organisation, PersonId(link.person_id)).await?
        }
        None => {
            let email = known.email.as_deref().ok_or_else(|| {
                let remedy = "Your provider has not verified your e-mail address, so we cannot tell who you are. Ask \
                              its operator to verify it, or use your password.";
                refused(remedy)
            })?;
            store::people::by_email(&*tx, email).await?
        }
    };
    let unknown =
        || refused("Nobody who may sign in here has your address. Ask your administrator to invite you.");
    let row = row.ok_or_else(unknown)?;
    if standing_of(&*tx, &row, now).await? != domain::standing::Standing::Active {
        return Err(unknown());
    }
    let staff = Staff::of(&row);
    if linked.is_none() {
        let link = sign_on::Model {
            issuer: known.issuer,
            subject: known.subject,
            organisation_id: row.organisation_id,
            person_id: row.id,
            linked_at: now.timestamp_millis(),
        };
        match store::second_factors::link_sign_on(&tx, link).await {
            // Somebody else at the provider was this person before: an address that was given to another.
            Err(StoreError::Duplicate(Unique::Other(_))) => return Err(unknown()),
            other => other?,
        }
    }
    if known.has_second_factor {
        return admit(tx, now, &staff, "sign-in-elsewhere").await?.map(Back::In).ok_or_else(unknown);
    }
    if row.totp_secret.is_none() {
        let remedy = "You have no authenticator here yet. Use the link of your invitation first, or ask your \
                      administrator for a new one.";
        return Err(refused(remedy));
    }
    tx.commit().await?;
    Ok(Back::Halfway(staff))
}

fn refused(words: &str) -> ServiceError {
    ServiceError::invalid("sign_on", words)
}

fn said(fault: SignOnFault) -> ServiceError {
    match fault {
        SignOnFault::Away(cause) => {
            tracing::warn!(%cause, "the identity provider cannot be used");
            refused(
                "Your organisation’s sign-on cannot be reached now. Use your password, or try again later.",
            )
        }
        SignOnFault::NotProved(cause) => {
            tracing::warn!(%cause, "a sign-on was not proved");
            refused("Your provider’s answer could not be trusted. Begin again, or use your password.")
        }
    }
}
