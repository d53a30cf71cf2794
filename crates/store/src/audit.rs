//! The audit and its chain.

mod walk;

use domain::{OrganisationId, PatientId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::entity::{audit, audit_pending, audit_seal, referral};
use crate::{StoreError, Tx, sql};

pub use walk::{Walk, walk};

/// Writes audit rows in the transaction of what they record.
pub async fn record(tx: &Tx, rows: Vec<audit::Model>) -> Result<(), StoreError> {
    let pending = rows
        .iter()
        .map(|row| audit_pending::Model { organisation_id: row.organisation_id, audit_id: row.id })
        .collect();
    sql::insert_all(&**tx, rows).await?;
    sql::insert_all(&**tx, pending).await
}

/// The head of an organisation's chain.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Head {
    pub organisation_id: Uuid,
    pub seq: i64,
    pub hash: String,
}

/// Chains up to `limit` committed rows of one organisation; answers the new head, or `None` when nothing waited.
pub async fn seal(
    tx: &Tx,
    organisation: OrganisationId,
    now: i64,
    limit: u64,
) -> Result<Option<Head>, StoreError> {
    use audit::Column as C;
    let waiting: Vec<Uuid> = audit_pending::Entity::find()
        .filter(audit_pending::Column::OrganisationId.eq(organisation.0))
        .order_by_asc(audit_pending::Column::AuditId)
        .limit(limit)
        .all(&**tx)
        .await?
        .into_iter()
        .map(|row| row.audit_id)
        .collect();
    if waiting.is_empty() {
        return Ok(None);
    }
    let rows = audit::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::Id.is_in(waiting.clone()))
        .order_by_asc(C::Id)
        .all(&**tx)
        .await?;
    let mut head = head(&**tx, organisation).await?;
    let mut seals = Vec::new();
    for row in &rows {
        head = Head {
            organisation_id: organisation.0,
            seq: head.seq + 1,
            hash: chained(&head.hash, head.seq + 1, row),
        };
        seals.push(audit_seal::Model {
            organisation_id: organisation.0,
            seq: head.seq,
            audit_id: row.id,
            hash: head.hash.clone(),
            sealed_at: now,
        });
    }
    sql::insert_all(&**tx, seals).await?;
    audit_pending::Entity::delete_many()
        .filter(audit_pending::Column::OrganisationId.eq(organisation.0))
        .filter(audit_pending::Column::AuditId.is_in(waiting))
        .exec(&**tx)
        .await?;
    Ok(Some(head))
}

/// Organisations whose committed rows wait for the sealer.
pub async fn waiting(db: &impl ConnectionTrait) -> Result<Vec<OrganisationId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        organisation_id: Uuid,
    }
    let rows: Vec<Row> = sql::all(db, "select distinct organisation_id from audit_pending", []).await?;
    Ok(rows.into_iter().map(|row| OrganisationId(row.organisation_id)).collect())
}

/// The last sealed row's place in the chain; sequence 0 and an empty hash before the first.
pub async fn head(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<Head, StoreError> {
    let last = audit_seal::Entity::find()
        .filter(audit_seal::Column::OrganisationId.eq(organisation.0))
        .order_by_desc(audit_seal::Column::Seq)
        .one(db)
        .await?;
    Ok(last.map_or(Head { organisation_id: organisation.0, seq: 0, hash: String::new() }, |row| Head {
        organisation_id: row.organisation_id,
        seq: row.seq,
        hash: row.hash,
    }))
}

/// Which audit rows are looked for.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// From this instant on, and before that one (ms).
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub patient: Option<Uuid>,
    /// Part of the actor's name.
    pub who: Option<String>,
    pub outcome: Option<String>,
    /// Continue after this row.
    pub after: Option<Uuid>,
}

/// Audit rows of an organisation, newest first.
pub async fn search(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    sought: &Sought,
    limit: u64,
) -> Result<Vec<audit::Model>, StoreError> {
    use audit::Column as C;
    let mut query = audit::Entity::find().filter(C::OrganisationId.eq(organisation.0));
    if let Some(from) = sought.from {
        query = query.filter(C::At.gte(from));
    }
    if let Some(to) = sought.to {
        query = query.filter(C::At.lt(to));
    }
    if let Some(patient) = sought.patient {
        query = query.filter(C::PatientId.eq(patient));
    }
    if let Some(outcome) = &sought.outcome {
        query = query.filter(C::Outcome.eq(outcome.as_str()));
    }
    if let Some(who) = &sought.who {
        let like = LikeExpr::new(format!("%{}%", crate::referrals::escaped(&who.to_lowercase()))).escape('!');
        query = query.filter(Expr::expr(Func::lower(Expr::col(C::ActorName))).like(like));
    }
    if let Some(after) = sought.after {
        query = query.filter(C::Id.lt(after));
    }
    Ok(query.order_by_desc(C::Id).limit(limit).all(db).await?)
}

/// The hash of a sealed sequence number, to compare with an anchor kept elsewhere.
pub async fn sealed(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    seq: i64,
) -> Result<Option<String>, StoreError> {
    Ok(audit_seal::Entity::find_by_id((organisation.0, seq)).one(db).await?.map(|row| row.hash))
}

/// Who read or changed a patient's record, newest first.
pub async fn of_patient(
    db: &impl ConnectionTrait,
    patient: PatientId,
    limit: u64,
) -> Result<Vec<audit::Model>, StoreError> {
    use audit::Column as C;
    Ok(audit::Entity::find()
        .filter(C::PatientId.eq(patient.0))
        .order_by_desc(C::At)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Looks of somebody at a patient's data with one verb, between two instants (ms), oldest first.
pub async fn looks(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    actor: &str,
    action: &str,
    patient: PatientId,
    (from, to): (i64, i64),
) -> Result<Vec<audit::Model>, StoreError> {
    use audit::Column as C;
    Ok(audit::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::PatientId.eq(patient.0))
        .filter(C::Actor.eq(actor))
        .filter(C::Action.eq(action))
        .filter(C::Outcome.eq("allowed"))
        .filter(C::At.between(from, to))
        .order_by_asc(C::At)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// Who read or changed one referral and what hangs on it, newest first: rows about its patient that name one of these ids.
pub async fn of_referral(
    db: &impl ConnectionTrait,
    row: &referral::Model,
    ids: &[Uuid],
    limit: u64,
) -> Result<Vec<audit::Model>, StoreError> {
    use audit::Column as C;
    Ok(audit::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::PatientId.eq(row.patient_id))
        .filter(C::EntityId.is_in(ids.iter().copied()))
        .order_by_desc(C::At)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// SHA-256 over the previous hash, the sequence number and every column, each led by its length.
fn chained(before: &str, seq: i64, row: &audit::Model) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    add(before.as_bytes());
    add(&seq.to_be_bytes());
    add(row.organisation_id.as_bytes());
    add(row.id.as_bytes());
    add(&row.at.to_be_bytes());
    for text in [&row.actor, &row.actor_name, &row.action, &row.entity, &row.outcome] {
        add(text.as_bytes());
    }
    for id in [row.entity_id, row.patient_id] {
        add(id.as_ref().map(|id| id.as_bytes().as_slice()).unwrap_or_default());
    }
    add(row.request_id.as_bytes());
    hex::encode(hash.finalize())
}
