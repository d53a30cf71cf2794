//! The audit and its chain.

use std::collections::HashMap;

use domain::{OrganisationId, PatientId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::entity::{audit, audit_pending, audit_seal, referral};
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

/// What a walk along an organisation's chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Events whose place in the chain is right, up to the first fault.
    pub events: i64,
    /// First and last instant of them (ms); `None` without any.
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// The first sequence number that does not fit.
    pub first_fault: Option<i64>,
    /// Rows that stand in the audit and neither in the chain nor among those that wait for the sealer: put in from outside.
    pub strays: Vec<Uuid>,
}

impl Walk {
    pub fn is_good(&self) -> bool {
        self.first_fault.is_none() && self.strays.is_empty()
    }
}

/// Walks an organisation's chain from its beginning, and looks for rows that are not in it.
///
/// A page of the chain at a time, along its primary key, with the rows that it names. While one page is hashed away from the
/// threads that wait for the database, the next one is read.
pub async fn walk(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<Walk, StoreError> {
    let mut walk = Walk { events: 0, from: None, to: None, first_fault: None, strays: Vec::new() };
    let mut before = String::new();
    let mut page = page_of(db, organisation, 0).await?;
    while let Some(last) = page.seals.last().map(|seal| seal.seq) {
        let seen = std::mem::take(&mut page);
        let (head, events) = (std::mem::take(&mut before), walk.events);
        let checked = tokio::task::spawn_blocking(move || seen.check(head, events));
        let (next, checked) = futures::join!(page_of(db, organisation, last), checked);
        page = next?;
        let checked = checked.map_err(|error| StoreError::Broken(DbErr::Custom(error.to_string())))?;
        walk.events = checked.events;
        walk.from = walk.from.or(checked.from);
        walk.to = checked.to.or(walk.to);
        walk.first_fault = checked.first_fault;
        before = checked.head;
        if walk.first_fault.is_some() {
            return Ok(walk);
        }
    }
    if !is_complete(db, organisation, walk.events).await? {
        walk.strays = strays(db, organisation).await?;
    }
    Ok(walk)
}

/// Seals read at once.
const PAGE: u64 = 5_000;

/// A page of a chain with the rows that it names.
#[derive(Default)]
struct Page {
    seals: Vec<audit_seal::Model>,
    rows: HashMap<Uuid, audit::Model>,
}

/// What a page's walk found.
struct Checked {
    /// Events that fit, counted from the chain's beginning.
    events: i64,
    from: Option<i64>,
    to: Option<i64>,
    first_fault: Option<i64>,
    head: String,
}

impl Page {
    /// Compares every seal with its row and the seal before it, whose hash is `head`.
    fn check(self, head: String, events: i64) -> Checked {
        let mut checked = Checked { events, from: None, to: None, first_fault: None, head };
        for seal in self.seals {
            let seq = checked.events + 1;
            let row = self.rows.get(&seal.audit_id);
            let right =
                row.is_some_and(|row| seal.seq == seq && chained(&checked.head, seq, row) == seal.hash);
            if !right {
                checked.first_fault = Some(seq);
                return checked;
            }
            checked.events = seq;
            checked.from = checked.from.or(row.map(|row| row.at));
            checked.to = row.map(|row| row.at);
            checked.head = seal.hash;
        }
        checked
    }
}

async fn page_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    after: i64,
) -> Result<Page, StoreError> {
    let seals = audit_seal::Entity::find()
        .filter(audit_seal::Column::OrganisationId.eq(organisation.0))
        .filter(audit_seal::Column::Seq.gt(after))
        .order_by_asc(audit_seal::Column::Seq)
        .limit(PAGE)
        .all(db)
        .await?;
    Ok(Page { rows: rows_of(db, organisation, &seals).await?, seals })
}

async fn rows_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    seals: &[audit_seal::Model],
) -> Result<HashMap<Uuid, audit::Model>, StoreError> {
    let ids = seals.iter().map(|seal| seal.audit_id);
    let (Some(first), Some(last)) = (ids.clone().min(), ids.max()) else {
        return Ok(HashMap::new());
    };
    // Ids sort by time, so a page of the chain is a narrow range of them.
    let rows = audit::Entity::find()
        .filter(audit::Column::OrganisationId.eq(organisation.0))
        .filter(audit::Column::Id.between(first, last))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Whether there are exactly as many rows as the chain has and wait for it. Every seal names another row, and each was seen:
/// with the same number, none is left over. Counted in one statement, so that the sealer does not come between.
async fn is_complete(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    sealed: i64,
) -> Result<bool, StoreError> {
    let over = sql::count(
        db,
        "select (select count(*) from audit where organisation_id = $1) - (select count(*) from audit_pending p \
         join audit a on a.organisation_id = p.organisation_id and a.id = p.audit_id \
         left join audit_seal s on s.organisation_id = p.organisation_id and s.audit_id = p.audit_id \
         where p.organisation_id = $1 and s.audit_id is null) as n",
        [organisation.0.into()],
    )
    .await?;
    Ok(over == sealed)
}

async fn strays(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let rows: Vec<Row> = sql::all(
        db,
        "select a.id from audit a \
         left join audit_seal s on s.organisation_id = a.organisation_id and s.audit_id = a.id \
         left join audit_pending p on p.organisation_id = a.organisation_id and p.audit_id = a.id \
         where a.organisation_id = $1 and s.audit_id is null and p.audit_id is null limit 20",
        [organisation.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
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

/// How often somebody looked at a patient's data with one verb, between two instants (ms).
pub async fn looks(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    actor: &str,
    action: &str,
    patient: PatientId,
    (from, to): (i64, i64),
) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from audit where organisation_id = $1 and patient_id = $2 and actor = $3 \
         and action = $4 and outcome = 'allowed' and at between $5 and $6",
        [organisation.0.into(), patient.0.into(), actor.into(), action.into(), from.into(), to.into()],
    )
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
