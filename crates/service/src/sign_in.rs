//! How people prove who they are: staff by password and one-time password, patients by date of birth and code.

mod invited;
mod limits;
mod patient;
mod staff;

pub use invited::{HalfSet, Invited, choose_password, connect_authenticator, invited};
pub use patient::{LinkState, Ticket, find_by_reference, open_link, prove, request_code};
pub use staff::{Staff, check_password, check_totp, current, hash_password, set_credentials, totp};

use domain::Principal;

use crate::{Desk, ServiceError, ids};

/// The system that a bearer token belongs to, unless it was revoked.
pub async fn client(desk: &Desk, token: &str) -> Result<Option<Principal>, ServiceError> {
    if token.is_empty() {
        return Ok(None);
    }
    let row = store::directory::client(desk.store.reader(), &ids::hashed(token)).await?;
    Ok(row.map(|row| Principal::Client {
        organisation: domain::OrganisationId(row.organisation_id),
        client: row.id,
        name: row.name,
    }))
}
