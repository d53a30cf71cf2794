//! The review of access: who can come in, how, and when they last did.

use chrono::Duration;
use contract::{AccessPerson, AccessReview};
use domain::standing::standing;
use domain::{PersonId, Role};

use super::{administrator, changes};
use crate::account::{home, said_day, zone};
use crate::audit::Touched;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, describe};

/// Days without a sign-in after which an account stands out in the review.
const QUIET_DAYS: i64 = 90;
/// Minutes since its last use for which a session is called open; the site's own limit may be shorter.
const OPEN_MIN: i64 = 60;

/// Everybody with their roles, ways in, last sign-in and open sessions. Administrators; looking is an event.
pub async fn access_review(desk: &Desk, call: &Call) -> Result<AccessReview, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let zone = zone(&home(db, organisation).await?);
    let touched = Touched { organisation, entity: "access", id: None, patient: None };
    desk.record_reads(call, "read", &[touched]).await?;
    let at = |ago: Duration| (call.now - ago).timestamp_millis();
    let held = store::people::with_roles(db, organisation).await?;
    let quiet = at(Duration::days(QUIET_DAYS));
    let rows =
        store::people::access(db, organisation, call.now.timestamp_millis(), at(Duration::minutes(OPEN_MIN)))
            .await?;
    let people = rows
        .into_iter()
        .map(|row| AccessPerson {
            roles: held
                .iter()
                .filter(|held| held.id == row.id)
                .filter_map(|held| Role::from_code(&held.role))
                .collect(),
            role_days: held
                .iter()
                .filter(|held| held.id == row.id)
                .filter_map(|held| {
                    let day = said_day(held.valid_until.as_deref()?, call.now, zone);
                    Some((Role::from_code(&held.role)?, day))
                })
                .collect(),
            standing: standing(&row.status, row.valid_until.as_deref(), call.now, zone),
            last_day: row.valid_until.as_deref().map(|day| said_day(day, call.now, zone)),
            is_quiet: row.status == "active" && row.last_sign_in_at.unwrap_or(row.created_at) < quiet,
            last_sign_in: row.last_sign_in_at.map(|ms| describe::day_and_clock(ms, zone)),
            is_self: call.actor.key() == format!("staff:{}", row.id),
            id: row.id.to_string(),
            name: row.name,
            email: row.email,
            has_password: row.has_password,
            has_authenticator: row.has_authenticator,
            passkeys: row.passkeys,
            recovery_codes: row.recovery_codes,
            sessions: row.sessions,
        })
        .collect();
    Ok(AccessReview { people, quiet_days: QUIET_DAYS })
}

/// Signs a colleague out everywhere, at once. Administrators. Answers how many sessions ended.
pub async fn end_sessions(desk: &Desk, call: &Call, id: PersonId) -> Result<u64, ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "end-sessions", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = store::people::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    let at = call.now.timestamp_millis();
    let ended = store::sessions::revoke_principal(&*unit.tx, &format!("staff:{id}"), at).await?;
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    let fields = vec![("sessions".to_owned(), ended.to_string(), "0".to_owned())];
    changes::record(&mut unit, &subject, fields).await?;
    unit.finish(ended).await
}
