//! Visits, tests and referrals that are still to come under a referral.

use domain::{OrganisationId, PersonId, ReferralId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::{follow_up, referral};
use crate::{StoreError, Tx, sql};

pub async fn insert(tx: &Tx, row: follow_up::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update(tx: &Tx, row: follow_up::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// The follow-ups of a referral, oldest first.
pub async fn of_referral(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Vec<follow_up::Model>, StoreError> {
    use follow_up::Column as C;
    Ok(follow_up::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// The follow-up that waits for a referral made from another one.
pub async fn of_child(
    db: &impl ConnectionTrait,
    child: ReferralId,
) -> Result<Option<follow_up::Model>, StoreError> {
    Ok(follow_up::Entity::find().filter(follow_up::Column::ChildId.eq(child.0)).one(db).await?)
}

/// A follow-up whose day has passed, with the referral that it belongs to.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Overdue {
    pub referral_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub what: String,
    pub due_at: i64,
    pub owner_name: String,
}

/// What an organisation has still to do that is due before a moment (ms), the oldest first, at most 50: everything, or what one person or the
/// team owns.
pub async fn overdue(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    owner: Option<PersonId>,
    before: i64,
) -> Result<Vec<Overdue>, StoreError> {
    let mut values: Vec<sea_orm::Value> = vec![organisation.0.into(), before.into()];
    let whose = match owner {
        Some(person) => {
            values.push(person.0.into());
            " and (f.owner_person_id = $3 or f.owner_person_id is null)"
        }
        None => "",
    };
    let query = format!(
        "select f.referral_id, r.reference, p.given, p.family, f.what, f.due_at, f.owner_name from follow_up f \
         join referral r on r.organisation_id = f.organisation_id and r.id = f.referral_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where f.organisation_id = $1 and f.state in ('planned', 'booked') and f.due_at < $2{whose} \
         order by f.due_at, f.id limit 50"
    );
    sql::all(db, &query, values).await
}

/// Ends what is still open under a referral that has ended; answers how many.
pub async fn end_all(tx: &Tx, row: &referral::Model, note: &str, at: i64) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update follow_up set state = 'not-needed', note = $3, changed_at = $4 \
         where organisation_id = $1 and referral_id = $2 and state in ('planned', 'booked')",
        [row.organisation_id.into(), row.id.into(), note.into(), at.into()],
    )
    .await
}
