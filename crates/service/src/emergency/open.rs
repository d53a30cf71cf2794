//! Breaking the glass.

use contract::{EmergencyInput, FieldError};
use domain::emergency::{ends_at, may_break};
use domain::policy::{Capability, Relation, may, relation};
use domain::{OrganisationId, PersonId, ReferralId};
use store::entity::{emergency, person, referral};
use store::referrals::Scope;

use super::reviewers::told;
use crate::audit::Touched;
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::sign_in::{Asked, EMERGENCY, STAFF_ACCOUNT, Staff, count, spend, use_passkey, wrong_code};
use crate::unit::{Begun, Case, Unit, complete_case, involvement};
use crate::{Call, Desk, ServiceError, ids};

/// Shortest and longest reason, in characters.
const REASON: std::ops::RangeInclusive<usize> = 10..=1000;

/// Opens a patient's referrals for an hour: for staff of an organisation on either side who cannot see them otherwise, with a
/// reason and a fresh second factor. Answers the referral that was asked for.
///
/// Errors: fields by name; a reference of another organisation looks like one that does not exist.
pub async fn open(desk: &Desk, call: &Call, input: &EmergencyInput) -> Result<ReferralId, ServiceError> {
    break_glass(desk, call, input, Proof::Code(&input.code)).await
}

/// The same, where a passkey is the fresh second factor.
pub async fn open_with_passkey(
    desk: &Desk,
    call: &Call,
    input: &EmergencyInput,
    asked: &Asked,
    answer: &str,
) -> Result<ReferralId, ServiceError> {
    break_glass(desk, call, input, Proof::Passkey { asked, answer }).await
}

/// What proves at this moment that it is them.
enum Proof<'a> {
    /// Of the authenticator, or a recovery code.
    Code(&'a str),
    Passkey {
        asked: &'a Asked,
        answer: &'a str,
    },
}

impl Proof<'_> {
    /// Uses the proof up; the refusal says what is wrong with it.
    async fn spend(&self, unit: &Unit<'_>, person: &person::Model) -> Result<(), ServiceError> {
        match self {
            Self::Code(code) => {
                let factor = spend(&unit.tx, person, unit.call.now, code).await?;
                factor.map(|_| ()).ok_or_else(wrong_code)
            }
            Self::Passkey { asked, answer } => {
                let staff = Staff::of(person);
                use_passkey(unit.desk, &unit.tx, unit.call.now, &staff, asked, answer).await
            }
        }
    }
}

async fn break_glass(
    desk: &Desk,
    call: &Call,
    input: &EmergencyInput,
    proof: Proof<'_>,
) -> Result<ReferralId, ServiceError> {
    let staff = Staff::calling(call)?;
    if !may(&call.actor.principal, Capability::BreakGlass) {
        return Err(ServiceError::NotAllowed);
    }
    let reason = checked(input, &proof)?;
    count(desk, EMERGENCY, &staff.person.to_string(), call.now).await?;
    count(desk, STAFF_ACCOUNT, &staff.person.to_string(), call.now).await?;
    let mut unit = match Unit::begin(desk, call, "break-glass", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let person = store::people::find(&*unit.tx, staff.organisation, staff.person).await?;
    let person = person.ok_or(ServiceError::NotFound)?;
    if let Err(refused) = proof.spend(&unit, &person).await {
        if matches!(refused, ServiceError::Invalid(_)) {
            desk.record_refusal(call, "break-glass", &staff.touched());
        }
        return Err(refused);
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
    // What is open for this patient already is handed back: one access, one text, one review.
    let at = call.now.timestamp_millis();
    let open = store::emergencies::open_of(&*unit.tx, staff.organisation, staff.person, at).await?;
    if open.iter().any(|open| {
        open.patient_organisation_id == row.patient_organisation_id && open.patient_id == row.patient_id
    }) {
        return unit.finish(ReferralId(row.id)).await;
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

fn checked<'a>(input: &'a EmergencyInput, proof: &Proof<'_>) -> Result<&'a str, ServiceError> {
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
    if matches!(proof, Proof::Code(code) if code.trim().is_empty()) {
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
    let (organisation, opener) = (OrganisationId(access.organisation_id), PersonId(access.person_id));
    for contact in told(&*unit.tx, organisation, opener).await? {
        let mut letter = Letter::new(Template::PrivacyNotice, format!("emergency:{}", access.id));
        letter.facts.first_name = access.person_name.clone();
        letter.facts.reference = access.reference.clone();
        letter.facts.link = format!("{}/admin/emergencies", unit.desk.settings.public_url);
        unit.tell_colleague(&contact, letter).await?;
    }
    Ok(())
}
