//! The people of an organisation: invited, with roles, suspended.

use chrono::Duration;
use contract::{Choice, FieldError, LeaveOutcome, PersonInput};
use domain::{OrganisationId, PersonId, Role};
use store::entity::{invitation, person};

use super::{administrator, changes, terms};
use crate::audit::Touched;
use crate::availability::{broken, leavers};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::sign_in::standing_of;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// How long an invitation can be used.
const INVITED_DAYS: i64 = 7;

/// Invites a colleague, who sets a password and an authenticator by a link in a mail. Administrators.
pub async fn invite(desk: &Desk, call: &Call, input: &PersonInput) -> Result<PersonId, ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "invite", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    if !desk.settings.sends_mail {
        let remedy = "This installation sends no mail, so an invitation would reach nobody. Ask whoever runs the server to set \
                      email.host and email.from, or to add them there with `waymark user add`.";
        return Err(ServiceError::invalid("email", remedy));
    }
    let row = match add(&mut unit, organisation, input).await? {
        Ok(row) => row,
        Err(wrong) => return Err(ServiceError::Invalid(wrong)),
    };
    unit.finish(PersonId(row.id)).await
}

/// Makes a person and sends the invitation; the inner error names each field that cannot be so.
pub(super) async fn add(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    input: &PersonInput,
) -> Result<Result<person::Model, Vec<FieldError>>, ServiceError> {
    let mut wrong = Vec::new();
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > 120 {
        wrong.push(FieldError::new("name", "Write their name as patients read it, up to 120 characters."));
    }
    let email = input.email.trim().to_lowercase();
    let is_address = email.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
    if !is_address || email.len() > 250 || email.contains(char::is_whitespace) {
        wrong.push(FieldError::new("email", "Write a mail address, like name@clinic.example."));
    } else if store::people::by_email(&*unit.tx, &email).await?.is_some() {
        wrong.push(FieldError::new("email", "Somebody signs in with this address already."));
    }
    let roles = match roles_of(&input.roles) {
        Ok(roles) => roles,
        Err(error) => {
            wrong.push(error);
            Vec::new()
        }
    };
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let row = person::Model {
        organisation_id: organisation.0,
        id: ids::fresh(unit.call.now),
        name: name.to_owned(),
        email,
        password_hash: None,
        totp_secret: None,
        totp_last_step: 0,
        status: "active".to_owned(),
        created_at: unit.call.now.timestamp_millis(),
        valid_until: None,
        last_sign_in_at: None,
    };
    store::people::insert(&unit.tx, row.clone()).await?;
    for role in &roles {
        store::people::give_role(&unit.tx, &row, role.code()).await?;
    }
    if roles.contains(&Role::Specialist) {
        crate::availability::bookable(unit, organisation, PersonId(row.id), &row.name).await?;
    }
    let fields = vec![
        ("name".to_owned(), String::new(), row.name.clone()),
        ("roles".to_owned(), String::new(), codes(&roles)),
    ];
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(unit, &subject, fields).await?;
    send_invitation(unit, &row).await?;
    Ok(Ok(row))
}

/// Sends a fresh link by which somebody sets password and authenticator anew; what they had stops working now.
/// Administrators.
pub async fn reset(desk: &Desk, call: &Call, id: PersonId) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "reset-credentials", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row = store::people::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    unit.attempts(touched(&row));
    if call.actor.key() == format!("staff:{id}") {
        return Err(ServiceError::invalid("person", "You cannot reset yourself. Ask another administrator."));
    }
    if !desk.settings.sends_mail {
        let remedy = "This installation sends no mail, so a new way in would reach nobody. Ask whoever runs the server to set \
                      email.host and email.from, or to run `waymark user reset` there.";
        return Err(ServiceError::invalid("person", remedy));
    }
    row.password_hash = None;
    row.totp_secret = None;
    store::people::update(&unit.tx, row.clone()).await?;
    store::second_factors::forget(&unit.tx, organisation, id).await?;
    // Whoever is signed in with the old ones is signed out.
    store::sessions::revoke_principal(&*unit.tx, &format!("staff:{id}"), call.now.timestamp_millis()).await?;
    let fields = vec![("credentials".to_owned(), "set".to_owned(), "reset".to_owned())];
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(&mut unit, &subject, fields).await?;
    send_invitation(&mut unit, &row).await?;
    unit.finish(()).await
}

/// A colleague's record.
pub(super) fn touched(row: &person::Model) -> Touched {
    let organisation = OrganisationId(row.organisation_id);
    Touched { organisation, entity: "person", id: Some(row.id), patient: None }
}

async fn send_invitation(unit: &mut Unit<'_>, row: &person::Model) -> Result<(), ServiceError> {
    let now = unit.call.now;
    store::people::void_invitations(&unit.tx, row, now.timestamp_millis()).await?;
    let token = ids::token();
    let invitation = invitation::Model {
        organisation_id: row.organisation_id,
        id: ids::fresh(now),
        person_id: row.id,
        token_hash: ids::hashed(&token),
        created_at: now.timestamp_millis(),
        expires_at: (now + Duration::days(INVITED_DAYS)).timestamp_millis(),
        used_at: None,
    };
    store::people::insert_invitation(&unit.tx, invitation.clone()).await?;
    let mut letter = Letter::new(Template::StaffInvitation, format!("invite:{}", invitation.id));
    letter.facts.link = format!("{}/invited/{token}", unit.desk.settings.public_url);
    letter.facts.first_name = row.name.clone();
    unit.tell_colleague(row, letter).await
}

/// Sets the roles of a colleague. Administrators; nobody takes that role from themselves.
///
/// With booked visits to come nobody stops being a specialist before these were shown: the answer is then the preview, and the
/// same with its `seen` sets the roles. The visits stay booked and are listed for the coordinators.
pub async fn set_roles(
    desk: &Desk,
    call: &Call,
    id: PersonId,
    wanted: &str,
    seen: &str,
) -> Result<LeaveOutcome, ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "set-roles", &(id, wanted, seen)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = store::people::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    unit.attempts(touched(&row));
    let roles = roles_of(wanted).map_err(|error| ServiceError::Invalid(vec![error]))?;
    if call.actor.key() == format!("staff:{id}") && !roles.contains(&Role::Administrator) {
        let remedy = "You cannot take the administrator's role from yourself. Ask another administrator.";
        return Err(ServiceError::invalid("roles", remedy));
    }
    let held = store::people::roles(&*unit.tx, &row).await?;
    if held.iter().any(|code| code == Role::Specialist.code()) && !roles.contains(&Role::Specialist) {
        store::free_busy::alone(&unit.tx, organisation).await?;
        let visits = leavers::visits_after(&unit, organisation, id, None).await?;
        if !visits.is_empty() && seen != broken::fingerprint(&visits) {
            return broken::preview(unit, organisation, &visits).await.map(LeaveOutcome::Preview);
        }
    }
    let listed = write_roles(&mut unit, &row, &roles).await?;
    unit.finish(LeaveOutcome::Kept { listed, taken_back: 0 }).await
}

/// Gives a person another name, with a line of history.
pub(super) async fn rename(unit: &mut Unit<'_>, row: person::Model, name: &str) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let before = row.name.clone();
    let row = person::Model { name: name.to_owned(), ..row };
    store::people::update(&unit.tx, row.clone()).await?;
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(unit, &subject, vec![("name".to_owned(), before, name.to_owned())]).await
}

/// Gives and takes roles until exactly these are held, with a line of history. Answers how many visits are listed, of one who
/// is a specialist no longer.
pub(super) async fn write_roles(
    unit: &mut Unit<'_>,
    row: &person::Model,
    roles: &[Role],
) -> Result<u64, ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let held = store::people::roles(&*unit.tx, row).await?;
    for role in Role::STAFF {
        let (has, shall) = (held.iter().any(|code| code == role.code()), roles.contains(&role));
        match (has, shall) {
            (false, true) => store::people::give_role(&unit.tx, row, role.code()).await?,
            (true, false) => {
                store::people::take_role(&unit.tx, row, role.code()).await?;
            }
            _ => {}
        }
    }
    let was_specialist = held.iter().any(|code| code == Role::Specialist.code());
    let listed = match (was_specialist, roles.contains(&Role::Specialist)) {
        (true, false) => leavers::end_specialist(unit, row).await?,
        // Also of one who is: a role that came back by import may have found them ended.
        (_, true) => {
            leavers::begin_specialist(unit, row).await?;
            0
        }
        (false, false) => 0,
    };
    let fields = vec![("roles".to_owned(), held.join(", "), codes(roles))];
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(unit, &subject, fields).await?;
    Ok(listed)
}

pub(super) fn roles_of(joined: &str) -> Result<Vec<Role>, FieldError> {
    let remedy = || FieldError::new("roles", "Choose at least one role.");
    let mut roles = Vec::new();
    for code in joined.split(',').map(str::trim).filter(|code| !code.is_empty()) {
        roles.push(Role::from_code(code).filter(|role| Role::STAFF.contains(role)).ok_or_else(remedy)?);
    }
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { Err(remedy()) } else { Ok(roles) }
}

fn codes(roles: &[Role]) -> String {
    // In the order of their codes, as they are stored.
    let mut codes: Vec<&str> = roles.iter().map(|role| role.code()).collect();
    codes.sort_unstable();
    codes.join(", ")
}

/// Everybody active, by name.
pub(super) async fn staff(
    db: &impl store::Db,
    organisation: OrganisationId,
) -> Result<Vec<Choice>, ServiceError> {
    let all = store::people::of_organisation(db, organisation).await?;
    Ok(all
        .into_iter()
        .filter(|person| person.status == "active")
        .map(|person| Choice { value: person.id.to_string(), label: person.name, hint: None })
        .collect())
}

/// Suspends a person, or lets them in again. The next request of a suspended person is refused.
///
/// With booked visits to come nobody is suspended before these were shown: the answer is then the preview, and the same with
/// its `seen` suspends. The visits stay booked and are listed for the coordinators.
pub async fn set_active(
    desk: &Desk,
    call: &Call,
    person: PersonId,
    wanted: Standing,
    seen: &str,
) -> Result<LeaveOutcome, ServiceError> {
    let organisation = administrator(call)?;
    let code = match wanted {
        Standing::Active => "active",
        Standing::Suspended => "suspended",
    };
    let mut unit = match Unit::begin(desk, call, "set-standing", &(person, code, seen)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row =
        store::people::find(&*unit.tx, organisation, person).await?.ok_or(ServiceError::NotFound)?;
    unit.attempts(touched(&row));
    if call.actor.key() == format!("staff:{person}") {
        return Err(ServiceError::invalid(
            "person",
            "You cannot suspend yourself. Ask another administrator.",
        ));
    }
    let before = std::mem::replace(&mut row.status, code.to_owned());
    if wanted == Standing::Active
        && standing_of(&*unit.tx, &row, call.now).await? == domain::standing::Standing::Ended
    {
        let remedy = "Their last day has passed. Set a later one first, or none; then let them in again.";
        return Err(ServiceError::invalid("person", remedy));
    }
    store::free_busy::alone(&unit.tx, organisation).await?;
    let visits = match wanted {
        Standing::Suspended => leavers::visits_after(&unit, organisation, person, None).await?,
        Standing::Active => Vec::new(),
    };
    if wanted == Standing::Suspended && !visits.is_empty() && seen != broken::fingerprint(&visits) {
        return broken::preview(unit, organisation, &visits).await.map(LeaveOutcome::Preview);
    }
    store::people::update(&unit.tx, row.clone()).await?;
    if wanted == Standing::Suspended {
        terms::leave(&mut unit, &row).await?;
    }
    let listed = match wanted {
        Standing::Suspended => leavers::list_visits(&mut unit, &row, &visits).await?,
        Standing::Active => {
            leavers::forget_others(&unit, &row).await?;
            0
        }
    };
    let fields = vec![("standing".to_owned(), before, code.to_owned())];
    let subject = changes::Subject { organisation, entity: "person", id: row.id, name: &row.name };
    changes::record(&mut unit, &subject, fields).await?;
    let outcome = unit.finish(LeaveOutcome::Kept { listed, taken_back: 0 }).await?;
    if wanted == Standing::Suspended {
        terms::hand_to_teams(desk, call.now, &row, &terms::Left::Everything).await?;
    }
    Ok(outcome)
}

/// Whether a person may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Active,
    Suspended,
}
