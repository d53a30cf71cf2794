//! The audit and its chain.

use domain::{OrganisationId, PatientId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::entity::{audit, audit_pending, audit_seal};
use crate::{StoreError, Tx, sql};

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

/// Walks an organisation's chain; answers the first sequence number that does not fit, or `None` when all do.
pub async fn first_fault(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Option<i64>, StoreError> {
    let mut before = String::new();
    let mut seq = 0;
    loop {
        let seals = audit_seal::Entity::find()
            .filter(audit_seal::Column::OrganisationId.eq(organisation.0))
            .filter(audit_seal::Column::Seq.gt(seq))
            .order_by_asc(audit_seal::Column::Seq)
            .limit(500)
            .all(db)
            .await?;
        if seals.is_empty() {
            return Ok(None);
        }
        let ids: Vec<Uuid> = seals.iter().map(|seal| seal.audit_id).collect();
        let rows = audit::Entity::find()
            .filter(audit::Column::OrganisationId.eq(organisation.0))
            .filter(audit::Column::Id.is_in(ids))
            .all(db)
            .await?;
        for seal in seals {
            seq += 1;
            let row = rows.iter().find(|row| row.id == seal.audit_id);
            let right = row.is_some_and(|row| seal.seq == seq && chained(&before, seq, row) == seal.hash);
            if !right {
                return Ok(Some(seq));
            }
            before = seal.hash;
        }
    }
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
