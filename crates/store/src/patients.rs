//! Patients and the lines of their records.

use domain::{OrganisationId, PatientId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{clinical_item, patient};
use crate::referrals::escaped;
use crate::{StoreError, Tx, sql};

/// A patient, as one organisation knows them.
pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: PatientId,
) -> Result<Option<patient::Model>, StoreError> {
    Ok(patient::Entity::find_by_id((organisation.0, id.0)).one(db).await?)
}

/// Patients of one organisation whose name or NHS number contains the words; at most `limit`, by name.
pub async fn search(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    words: &str,
    limit: u64,
) -> Result<Vec<patient::Model>, StoreError> {
    use patient::Column as C;
    let mut query = patient::Entity::find().filter(C::OrganisationId.eq(organisation.0));
    for word in words.split_whitespace().take(5) {
        // PostgreSQL tells capitals apart, and SQLite lowers only ASCII: as typed, or all lowered, finds on both.
        let like = |text: &str| LikeExpr::new(format!("%{}%", escaped(text))).escape('!');
        let mut any = Condition::any().add(Expr::col(C::NhsNumber).like(like(word)));
        for name in [C::Given, C::Family] {
            any = any
                .add(Expr::col(name).like(like(word)))
                .add(Expr::expr(Func::lower(Expr::col(name))).like(like(&word.to_lowercase())));
        }
        query = query.filter(any);
    }
    Ok(query.order_by_asc(C::Family).order_by_asc(C::Given).order_by_asc(C::Id).limit(limit).all(db).await?)
}

pub async fn insert(tx: &Tx, row: patient::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// How a patient wants to be reached: channel code and IANA zone; `None`: no wish.
pub async fn set_reach(
    tx: &Tx,
    (organisation, patient): (OrganisationId, PatientId),
    prefers: Option<&str>,
    zone: Option<&str>,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update patient set prefers = $3, zone = $4 where organisation_id = $1 and id = $2",
        [organisation.0.into(), patient.0.into(), prefers.into(), zone.into()],
    )
    .await
}

pub async fn insert_items(tx: &Tx, rows: Vec<clinical_item::Model>) -> Result<(), StoreError> {
    sql::insert_all(&**tx, rows).await
}

/// Current conditions, medicines and allergies of a patient.
pub async fn items(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    patient: PatientId,
) -> Result<Vec<clinical_item::Model>, StoreError> {
    use clinical_item::Column as C;
    Ok(clinical_item::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::PatientId.eq(patient.0))
        .filter(C::Kind.is_in(["condition", "medication", "allergy"]))
        .order_by_asc(C::Kind)
        .order_by_desc(C::OnDate)
        .limit(100)
        .all(db)
        .await?)
}
