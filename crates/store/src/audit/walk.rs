//! A walk along a chain: every seal against the row that it names and the seal before it.

use domain::OrganisationId;
use futures::{StreamExt, stream};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, QueryResult};
use uuid::Uuid;

use super::{chained, head};
use crate::entity::audit;
use crate::{StoreError, sql};

/// What a walk along an organisation's chain found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

/// Seals of one page.
const PAGE: i64 = 1_000;
/// Pages under way at once, each over a connection of its own, so that no processor waits for the database.
const LANES: usize = 4;

/// Walks an organisation's chain from its beginning to its head, and looks for rows that are not in it.
///
/// Each page brings the hash before its first seal with it, so that pages are checked side by side; their answers are taken
/// in order. A gap, a seal that names no row and a seal that does not fit are faults all the same.
pub async fn walk(db: &DatabaseConnection, organisation: OrganisationId) -> Result<Walk, StoreError> {
    let mut walk = Walk::default();
    loop {
        // What was sealed since is walked as well, until nothing was.
        let last = head(db, organisation).await?.seq;
        if last == walk.events {
            break;
        }
        let begun = walk.events;
        let pages = (begun..last).step_by(usize::try_from(PAGE).expect("a small number")).map(|before| {
            let db = db.clone();
            tokio::spawn(async move { check(&db, organisation, before, last.min(before + PAGE)).await })
        });
        let mut pages = stream::iter(pages).buffered(LANES);
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| StoreError::Broken(DbErr::Custom(error.to_string())))??;
            walk.events = page.events;
            walk.from = walk.from.or(page.from);
            walk.to = page.to.or(walk.to);
            walk.first_fault = page.first_fault;
            if walk.first_fault.is_some() {
                return Ok(walk);
            }
        }
    }
    if !is_complete(db, organisation, walk.events).await? {
        walk.strays = strays(db, organisation).await?;
    }
    Ok(walk)
}

/// A seal with the row that it names, if that is there.
struct Link {
    seq: i64,
    hash: String,
    row: Option<audit::Model>,
}

impl FromQueryResult for Link {
    /// By place: by name, each column would be looked up for each row.
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let id: Option<Uuid> = row.try_get_by_index(2)?;
        let named = match id {
            None => None,
            Some(id) => Some(audit::Model {
                id,
                organisation_id: row.try_get_by_index(3)?,
                at: row.try_get_by_index(4)?,
                actor: row.try_get_by_index(5)?,
                actor_name: row.try_get_by_index(6)?,
                action: row.try_get_by_index(7)?,
                entity: row.try_get_by_index(8)?,
                entity_id: row.try_get_by_index(9)?,
                patient_id: row.try_get_by_index(10)?,
                outcome: row.try_get_by_index(11)?,
                request_id: row.try_get_by_index(12)?,
            }),
        };
        Ok(Self { seq: row.try_get_by_index(0)?, hash: row.try_get_by_index(1)?, row: named })
    }
}

/// Checks the seals after `before`, up to `last`. Along the primary key of the chain, and for each seal one look into that of
/// the audit: whatever ids were forged, a page reads no more rows than it has seals.
async fn check(
    db: &DatabaseConnection,
    organisation: OrganisationId,
    before: i64,
    last: i64,
) -> Result<Walk, StoreError> {
    let links: Vec<Link> = sql::all(
        db,
        "select s.seq, s.hash, a.id, a.organisation_id, a.at, a.actor, a.actor_name, a.action, a.entity, \
         a.entity_id, a.patient_id, a.outcome, a.request_id from audit_seal s \
         left join audit a on a.organisation_id = s.organisation_id and a.id = s.audit_id \
         where s.organisation_id = $1 and s.seq between $2 and $3 order by s.seq",
        [organisation.0.into(), before.into(), last.into()],
    )
    .await?;
    let mut walk = Walk { events: before, ..Walk::default() };
    let mut links = links.into_iter().peekable();
    // The chain's beginning has no seal before it.
    let mut head = match links.next_if(|link| link.seq == before && before > 0) {
        Some(link) => link.hash,
        None => String::new(),
    };
    for seq in before + 1..=last {
        let link = links.next().filter(|link| link.seq == seq);
        let fits = |link: &Link| link.row.as_ref().is_some_and(|row| chained(&head, seq, row) == link.hash);
        let Some(Link { hash, row: Some(row), .. }) = link.filter(fits) else {
            walk.first_fault = Some(seq);
            return Ok(walk);
        };
        walk.events = seq;
        walk.from = walk.from.or(Some(row.at));
        walk.to = Some(row.at);
        head = hash;
    }
    Ok(walk)
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

/// Some of the rows that are in no chain. A seal before the first place of the chain is no part of it.
async fn strays(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let rows: Vec<Row> = sql::all(
        db,
        "select a.id from audit a \
         left join audit_seal s on s.organisation_id = a.organisation_id and s.audit_id = a.id and s.seq > 0 \
         left join audit_pending p on p.organisation_id = a.organisation_id and p.audit_id = a.id \
         where a.organisation_id = $1 and s.audit_id is null and p.audit_id is null limit 20",
        [organisation.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
