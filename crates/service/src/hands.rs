//! What the product cannot do by itself is asked of a person: whoever owns the referral, else whoever leads.

use domain::PersonId;
use domain::notice::StaffNotice;
use domain::referral::Side;
use store::entity::{person, task};
use uuid::Uuid;

use crate::referrals::lead;
use crate::unit::{Case, Unit};
use crate::{ServiceError, ids};

/// Something to see to.
pub(crate) struct Wanted<'a> {
    /// What it is about, for which the page has words: `reply`, `message-failed`, …
    pub kind: &'a str,
    /// What a patient wrote, or empty.
    pub text: &'a str,
    pub message: Option<Uuid>,
    /// The same cause asks nobody twice.
    pub cause: &'a str,
}

/// Asks somebody of the receiving side; `None`: there is nobody, which `waymark check` finds by the referral's owner.
pub(crate) async fn ask(
    unit: &mut Unit<'_>,
    case: &Case,
    wanted: Wanted<'_>,
) -> Result<Option<Uuid>, ServiceError> {
    let Some(person) = whom(unit, case).await? else {
        return Ok(None);
    };
    let id = ids::fresh(unit.call.now);
    let row = task::Model {
        organisation_id: person.organisation_id,
        id,
        person_id: person.id,
        referral_organisation_id: case.row.organisation_id,
        referral_id: case.row.id,
        text: wanted.text.to_owned(),
        asked_by: "Waymark".to_owned(),
        created_at: unit.call.now.timestamp_millis(),
        done_at: None,
        note_id: None,
        asked_by_id: None,
        kind: wanted.kind.to_owned(),
        message_id: wanted.message,
    };
    store::thread::add_task(&unit.tx, row).await?;
    let organisation = case.organisation_id();
    unit.tell_person(case, organisation, PersonId(person.id), StaffNotice::Asked, wanted.cause).await?;
    Ok(Some(id))
}

async fn whom(unit: &Unit<'_>, case: &Case) -> Result<Option<person::Model>, ServiceError> {
    if Side::Receiving.owns(case.row.owner_organisation_id, case.row.organisation_id)
        && let Some(owner) = case.row.owner_person_id
    {
        let owner = store::people::find(&*unit.tx, case.organisation_id(), PersonId(owner)).await?;
        if let Some(owner) = owner.filter(|person| person.status == "active") {
            return Ok(Some(owner));
        }
    }
    lead(unit, case).await
}
