//! One's own account: how one comes in.

use contract::{AccountPage, PasskeyLine};
use domain::{OrganisationId, Principal, Role, dates, spoken};
use store::entity::organisation;

use crate::sign_in::Staff;
use crate::{Call, Desk, ServiceError, describe};

/// What somebody has to sign in with. Staff; about nobody but themselves, so looking leaves no event.
pub async fn page(desk: &Desk, call: &Call) -> Result<AccountPage, ServiceError> {
    let staff = Staff::calling(call)?;
    let Principal::Staff { roles, .. } = &call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    let db = desk.store.reader();
    let row = store::people::find(db, staff.organisation, staff.person).await?;
    let row = row.ok_or(ServiceError::NotFound)?;
    let organisation = store::directory::organisation(db, staff.organisation).await?;
    let organisation = organisation.ok_or(ServiceError::NotFound)?;
    let zone = zone(&organisation);
    let passkeys = store::second_factors::passkeys(db, staff.organisation, staff.person).await?;
    Ok(AccountPage {
        name: row.name.clone(),
        email: row.email.clone(),
        organisation: organisation.name,
        roles: roles.clone(),
        role_days: store::people::held(db, &row)
            .await?
            .iter()
            .filter_map(|held| {
                let day = said_day(held.valid_until.as_deref()?, call.now, zone);
                Some((Role::from_code(&held.role)?, day))
            })
            .collect(),
        last_day: row.valid_until.as_deref().map(|day| said_day(day, call.now, zone)),
        has_authenticator: row.totp_secret.is_some(),
        recovery_codes: store::second_factors::recovery_codes_left(db, staff.organisation, staff.person)
            .await?,
        can_have_passkeys: crate::sign_in::has_passkeys(desk),
        passkeys: passkeys
            .into_iter()
            .map(|row| PasskeyLine {
                id: row.id.to_string(),
                name: row.name,
                added: describe::day_and_clock(row.created_at, zone),
                used: row.last_used_at.map(|ms| describe::day_and_clock(ms, zone)),
            })
            .collect(),
    })
}

/// Ends all sessions of whoever calls; answers how many were open.
pub async fn sign_out_everywhere(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let staff = Staff::calling(call)?;
    let tx = desk.store.write_tx().await?;
    let ended =
        store::sessions::revoke_principal(&*tx, &call.actor.key(), call.now.timestamp_millis()).await?;
    let trace = crate::audit::row(
        &call.actor,
        call.now,
        "end-sessions",
        &staff.touched(),
        crate::audit::Outcome::Allowed,
    );
    store::audit::record(&tx, vec![trace]).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Where an organisation is.
pub(crate) fn zone(row: &organisation::Model) -> chrono_tz::Tz {
    row.zone.parse().unwrap_or(chrono_tz::Europe::London)
}

/// A stored day, as people say it.
pub(crate) fn said_day(stored: &str, now: chrono::DateTime<chrono::Utc>, zone: chrono_tz::Tz) -> String {
    let today = now.with_timezone(&zone).date_naive();
    dates::day(stored).map_or_else(|| stored.to_owned(), |day| spoken::date(day, today))
}

/// The organisation of whoever calls.
pub(crate) async fn home(
    db: &impl store::Db,
    organisation: OrganisationId,
) -> Result<organisation::Model, ServiceError> {
    store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)
}
