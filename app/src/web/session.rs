//! What a session remembers. Changed in POSTs only, but for what a page takes out once.

use domain::Principal;
use serde::{Deserialize, Serialize};
use service::clock;
use service::sign_in::{Staff, Ticket};
use tower_sessions::Session;

/// Names of what a session keeps.
pub mod keys {
    /// [`super::Known`]: who is signed in.
    pub const PRINCIPAL: &str = "principal";
    /// The store's index of who it is: `staff:<id>` or `patient:<id>`.
    pub const PRINCIPAL_KEY: &str = "principal_key";
    /// A member of staff who has given the password and not yet the one-time password.
    pub const PENDING: &str = "pending";
    /// What an invited colleague has chosen so far.
    pub const INVITED: &str = "invited";
    /// The referral that a patient wants to see, before identity is proved.
    pub const TICKET: &str = "ticket";
    /// When a member of staff last proved the second factor: ms since 1970.
    pub const SECOND_FACTOR: &str = "second_factor";
    /// [`super::super::confirm::Waiting`]: a form that waits for a fresh second factor.
    pub const WAITING: &str = "waiting";
    /// Recovery codes that are to be shown, once.
    pub const RECOVERY_CODES: &str = "recovery_codes";
    /// The address of a private feed that is to be shown, once.
    pub const FEED_ADDRESS: &str = "feed_address";
    /// A question to a device that waits for its passkey.
    pub const PASSKEY: &str = "passkey";
    /// A sign-on elsewhere that is under way.
    pub const AWAY: &str = "away";
    /// Who was signed in at this browser until the session went idle: `staff:<id>` or `patient:<id>`.
    pub const WAS: &str = "was";
    /// Forms that came after the session went idle, for whoever typed them.
    pub const LATE: &str = "late";
    /// Forms that were refused, by page: what was typed and what is wrong.
    pub const KEPT: &str = "kept";
}

/// Who is signed in, as kept in the session. Staff are looked up on every request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Known {
    Staff { organisation: domain::OrganisationId, person: domain::PersonId },
    Patient { principal: Principal },
}

/// Signs somebody in: the session gets a new id, so that one planted before is worth nothing. Answers the page to go on at
/// when a form of theirs came too late to be saved.
pub async fn sign_in(
    session: &Session,
    principal: &Principal,
) -> Result<Option<String>, tower_sessions::session::Error> {
    let (known, key) = match principal {
        Principal::Staff { organisation, person, .. } => {
            (Known::Staff { organisation: *organisation, person: *person }, format!("staff:{person}"))
        }
        other @ Principal::Patient { patient, .. } => {
            (Known::Patient { principal: other.clone() }, format!("patient:{patient}"))
        }
        Principal::Client { .. } | Principal::System { .. } => return Ok(None),
    };
    session.remove::<Staff>(keys::PENDING).await?;
    session.remove::<Ticket>(keys::TICKET).await?;
    match known {
        Known::Staff { .. } => session.insert(keys::SECOND_FACTOR, clock::now().timestamp_millis()).await?,
        Known::Patient { .. } => {
            session.remove::<i64>(keys::SECOND_FACTOR).await?;
        }
    }
    session.insert(keys::PRINCIPAL, known).await?;
    let back = super::late::come_back(session, &key).await?;
    session.insert(keys::PRINCIPAL_KEY, key).await?;
    session.cycle_id().await?;
    Ok(back)
}

/// Ends the session for good. One that has ended already is as good.
pub async fn sign_out(session: &Session) -> Result<(), tower_sessions::session::Error> {
    use tower_sessions::session::Error;
    use tower_sessions::session_store::Error::Backend;
    match session.flush().await {
        Err(Error::Store(Backend(why))) if why == ENDED => Ok(()),
        other => other,
    }
}

/// What the session store says of a session that has ended before.
const ENDED: &str = "the session has ended";
