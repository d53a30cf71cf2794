//! Breaking the glass.

use contract::{EmergencyInput, FieldError};
use domain::emergency::{ends_at, may_break};
use domain::policy::{Capability, Relation, may, relation};
use domain::{OrganisationId, PersonId, ReferralId, Role};
use store::entity::{emergency, person, referral};
use store::referrals::Scope;

use crate::audit::Touched;
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::sign_in::{EMERGENCY, STAFF_ACCOUNT, Staff, count, spend, wrong_code};
use crate::unit::{Begun, Case, Unit, complete_case, involvement};
use crate::{Call, Desk, ServiceError, account, ids};

/// Shortest and longest reason, in characters.
const REASON: std::ops::RangeInclusive<usize> = 10..=1000;

/// Opens a patient's referrals for an hour: for staff of an organisation on either side who cannot see them otherwise, with a
/// reason and a fresh second factor. Answers the referral that was asked for.
///
/// Errors: fields by name; a reference of another organisation looks like one that does not exist.
pub async fn open(desk: &Desk, call: &Call, input: &EmergencyInput) -> Result<ReferralId, ServiceError> {
    let staff = Staff::calling(call)?;
    if !may(&call.actor.principal, Capability::BreakGlass) {
        return Err(ServiceError::NotAllowed);
    }
    let reason = checked(input)?;
    count(desk, EMERGENCY, &staff.person.to_string(), call.now).await?;
    count(desk, STAFF_ACCOUNT, &staff.person.to_string(), call.now).await?;
    let mut unit = match Unit::begin(desk, call, "break-glass", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let person = store::people::find(&*unit.tx, staff.organisation, staff.person).await?;
    let person = person.ok_or(ServiceError::NotFound)?;
    if spend(&unit.tx, &person, call.now, &input.code).await?.is_none() {
        desk.record_refusal(call, "break-glass", &staff.touched());
        return Err(wrong_code());
    }
    let unknown = || {
        let remedy = "Nothing of your organisation has this number. Check it digit by digit: a reference like \
                      WM-7K3Q-92PD, or an NHS number.";
        ServiceError::invalid("which", remedy)
    };
    let Some(row) = sought(&unit, staff.organisation, &input.which).await? else {
        desk.record_refusal(call, "break-glass", &staff.touched());
        return Err(unknown());
    };
    let facts = involvement(&row);
    if relation(&call.actor.principal, &facts).is_some() {
        let remedy = "You can open this one without an emergency: it is part of your work.";
        return Err(ServiceError::invalid("which", remedy));
    }
    if !may_break(&call.actor.principal, &facts) {
        desk.record_refusal(call, "break-glass", &staff.touched());
        return Err(unknown());
    }
    let case = complete_case(&*unit.tx, row, Relation::Emergency).await?;
    let access = emergency::Model {
        organisation_id: staff.organisation.0,
        id: ids::fresh(call.now),
        person_id: staff.person.0,
        person_name: person.name,
        referral_organisation_id: case.row.organisation_id,
        referral_id: case.row.id,
        reference: case.row.reference.clone(),
        patient_organisation_id: case.row.patient_organisation_id,
        patient_id: case.row.patient_id,
        reason: reason.to_owned(),
        opened_at: call.now.timestamp_millis(),
        expires_at: ends_at(call.now).timestamp_millis(),
        reviewed_at: None,
        reviewed_by: None,
        finding: None,
        finding_note: None,
    };
    store::emergencies::insert(&unit.tx, access.clone()).await?;
    tell(&mut unit, &case, &access).await?;
    unit.record("break-glass", &Touched { organisation: staff.organisation, ..case.touched("referral") });
    unit.finish(case.id()).await
}

fn checked(input: &EmergencyInput) -> Result<&str, ServiceError> {
    let mut wrong = Vec::new();
    if input.which.trim().is_empty() {
        let remedy = "Type the reference number of a referral, or the patient’s NHS number.";
        wrong.push(FieldError::new("which", remedy));
    }
    let reason = input.reason.trim();
    if !REASON.contains(&reason.chars().count()) {
        let remedy =
            "Say in a sentence why you need to look; the patient may read it. At most 1000 characters.";
        wrong.push(FieldError::new("reason", remedy));
    }
    if input.code.trim().is_empty() {
        wrong.push(FieldError::new("code", "Type the code that your authenticator shows now."));
    }
    if wrong.is_empty() { Ok(reason) } else { Err(ServiceError::Invalid(wrong)) }
}

async fn sought(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    typed: &str,
) -> Result<Option<referral::Model>, ServiceError> {
    let scope = Scope::Organisation(organisation);
    let digits: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let found = if digits.len() == 10 && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        match store::emergencies::by_nhs_number(&*unit.tx, organisation, &digits).await? {
            Some(id) => store::referrals::find(&*unit.tx, scope, ReferralId(id)).await?,
            None => None,
        }
    } else {
        let reference = ids::tidy_reference(typed);
        store::referrals::find_by_reference(&*unit.tx, scope, &reference).await?
    };
    Ok(found)
}

/// Tells the patient and whoever answers for privacy, at once.
async fn tell(unit: &mut Unit<'_>, case: &Case, access: &emergency::Model) -> Result<(), ServiceError> {
    let mut letter = Letter::new(Template::EmergencyAccess, format!("emergency:{}", access.id));
    letter.when = When::AtOnce;
    unit.tell_patient(case, letter).await?;
    for contact in privacy_contacts(unit, OrganisationId(access.organisation_id)).await? {
        let mut letter = Letter::new(Template::PrivacyNotice, format!("emergency:{}", access.id));
        letter.facts.first_name = access.person_name.clone();
        letter.facts.reference = access.reference.clone();
        letter.facts.link = format!("{}/admin/emergencies", unit.desk.settings.public_url);
        unit.tell_colleague(&contact, letter).await?;
    }
    Ok(())
}

/// The organisation's privacy contact, else every administrator.
async fn privacy_contacts(
    unit: &Unit<'_>,
    organisation: OrganisationId,
) -> Result<Vec<person::Model>, ServiceError> {
    let home = account::home(&*unit.tx, organisation).await?;
    if let Some(id) = home.privacy_contact {
        let named = store::people::find(&*unit.tx, organisation, PersonId(id)).await?;
        if let Some(named) = named.filter(|row| row.status == "active") {
            return Ok(vec![named]);
        }
    }
    let mut all = Vec::new();
    for held in store::people::with_roles(&*unit.tx, organisation).await? {
        if held.status == "active" && held.role == Role::Administrator.code() {
            all.extend(store::people::find(&*unit.tx, organisation, PersonId(held.id)).await?);
        }
    }
    Ok(all)
}
