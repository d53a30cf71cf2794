//! How people prove who they are: staff by password and one-time password, patients by date of birth and code.

mod invited;
mod limits;
mod passkeys;
mod patient;
mod second_factor;
mod sign_on;
mod staff;

pub use invited::{Connected, HalfSet, Invited, choose_password, connect_authenticator, invited};
pub(crate) use limits::{EMERGENCY, FEED, FEED_MISSES, STAFF_ACCOUNT, count};
pub(crate) use passkeys::use_passkey;
pub use passkeys::{
    Asked, add_passkey, ask_for_new_passkey, ask_for_passkey, has_passkeys, no_passkey, prove_with_passkey,
    remove_passkey, sign_in_with_passkey,
};
pub(crate) use patient::CODE_MIN;
pub use patient::{LinkState, Ticket, find_by_reference, open_link, prove, request_code};
pub use second_factor::{new_recovery_codes, prove_again};
pub(crate) use second_factor::{spend, wrong_code};
pub use sign_on::{Away, Back, Returned, come_back, go_away, sign_on_name};
pub use staff::{Staff, check_password, check_second_factor, current, hash_password, set_credentials, totp};
pub(crate) use staff::{current_roles, standing_of};

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
