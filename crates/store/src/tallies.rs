//! Counts of referrals: read from counters that triggers keep in the transaction of each change, so that a count costs the
//! same whatever stands behind it.

use domain::OrganisationId;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use uuid::Uuid;

use crate::referrals::Side;
use crate::{Store, StoreError, sql};

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// How many referrals stand in a state, since when, and how many of them are overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCount {
    pub state: String,
    pub n: i64,
    /// Sent on one of the first days of `since`, one of the second, …, before them all. Of what is open alone.
    pub ages: [i64; 4],
    pub overdue: i64,
}

/// Counts by state for one side of an organisation, exact at `now_ms`. `since` are the first days of three bands, the
/// youngest first, counted from 1970 in UTC.
///
/// One statement: adds up the counters of the organisation along `tally_counts`, and looks at the referrals that fall due
/// within the present hour along `referral_due` or `referral_referrer_due`.
pub async fn counts(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    side: Side,
    now_ms: i64,
    since: [i64; 3],
) -> Result<Vec<StateCount>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        state: String,
        n: i64,
        young: i64,
        middle: i64,
        old: i64,
        overdue: i64,
    }
    let (name, whose) = match side {
        Side::Receiving => ("receiving", "organisation_id = $1 and state <> 'draft'"),
        Side::Referring => ("referring", "referrer_organisation_id = $1"),
    };
    let of = |kind: &str, which: &str| {
        format!("cast(sum(case when kind = '{kind}' and {which} then n else 0 end) as bigint)")
    };
    let query = format!(
        "select state, {} as n, {} as young, {} as middle, {} as old, {} as overdue \
         from tally where organisation_id = $1 and side = '{name}' group by state \
         union all select state, 0, 0, 0, 0, cast(count(*) as bigint) from referral \
         where {whose} and due_at >= $6 and due_at < $7 group by state",
        of("age", "bucket >= 0"),
        of("age", "bucket >= $2"),
        of("age", "bucket >= $3"),
        of("age", "bucket >= $4"),
        of("due", "bucket < $5"),
    );
    let hour = now_ms.div_euclid(HOUR);
    let [young, middle, old] = since;
    let values = [
        organisation.0.into(),
        young.into(),
        middle.into(),
        old.into(),
        hour.into(),
        (hour * HOUR).into(),
        now_ms.into(),
    ];
    let rows: Vec<Row> = sql::all(db, &query, values).await?;
    let mut counts: Vec<StateCount> = Vec::new();
    for row in rows {
        match counts.iter_mut().find(|count| count.state == row.state) {
            Some(count) => count.overdue += row.overdue,
            None => counts.push(StateCount {
                ages: [row.young, row.middle - row.young, row.old - row.middle, row.n - row.old],
                state: row.state,
                n: row.n,
                overdue: row.overdue,
            }),
        }
    }
    counts.retain(|count| count.n > 0);
    Ok(counts)
}

/// The day of an instant (ms), as counters name it.
pub fn day(ms: i64) -> i64 {
    ms.div_euclid(DAY)
}

/// The instant (ms) at which a day begins.
pub fn day_begins(day: i64) -> i64 {
    day * DAY
}

/// Rows that changes have added, from which on an organisation's counters are folded.
const WORTH_FOLDING: i64 = 500;

/// Adds up the counters of organisations whose changes have added many rows; answers how many organisations. Safe beside
/// changes and other servers: what is taken away is what is written back.
pub async fn fold(store: &Store) -> Result<u64, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        organisation_id: Uuid,
    }
    let rows: Vec<Row> = sql::all(
        store.reader(),
        "select organisation_id from tally where folded = 0 group by organisation_id having count(*) >= $1",
        [WORTH_FOLDING.into()],
    )
    .await?;
    let folded = rows.len() as u64;
    for row in rows {
        fold_one(store, OrganisationId(row.organisation_id)).await?;
    }
    Ok(folded)
}

async fn fold_one(store: &Store, organisation: OrganisationId) -> Result<(), StoreError> {
    const SUMS: &str = "select organisation_id, side, kind, state, bucket, cast(sum(n) as bigint) as n, 1";
    const GROUPS: &str = "group by organisation_id, side, kind, state, bucket having sum(n) <> 0";
    const INTO: &str = "insert into tally (organisation_id, side, kind, state, bucket, n, folded)";
    let tx = store.write_tx().await?;
    let of = || [organisation.0.into()];
    if tx.get_database_backend() == DbBackend::Postgres {
        // What others add or fold meanwhile is not among the rows that this statement deletes.
        let query = format!(
            "with gone as (delete from tally where organisation_id = $1 \
             returning organisation_id, side, kind, state, bucket, n) {INTO} {SUMS} from gone {GROUPS}"
        );
        sql::run(&*tx, &query, of()).await?;
    } else {
        // Nobody else writes while this transaction is open. New rows carry 2 until the old ones are gone.
        let query =
            format!("{INTO} {} from tally where organisation_id = $1 {GROUPS}", SUMS.replace(", 1", ", 2"));
        sql::run(&*tx, &query, of()).await?;
        sql::run(&*tx, "delete from tally where organisation_id = $1 and folded <> 2", of()).await?;
        sql::run(&*tx, "update tally set folded = 1 where organisation_id = $1 and folded = 2", of()).await?;
    }
    tx.commit().await
}

/// Selects, as `id`, organisations with a counter that is not what the referrals say: for the whole-database check.
pub(crate) const WRONG: &str = "select distinct x.id from (select c.id from (\
    select organisation_id as id, side, kind, state, bucket, n from tally \
    union all select organisation_id, 'receiving', 'age', state, \
     case when due_at is null then 0 else coalesce(sent_at, created_at) / 86400000 end, -1 from referral where state <> 'draft' \
    union all select organisation_id, 'receiving', 'due', state, due_at / 3600000, -1 from referral \
     where state <> 'draft' and due_at is not null \
    union all select referrer_organisation_id, 'referring', 'age', state, \
     case when due_at is null then 0 else coalesce(sent_at, created_at) / 86400000 end, -1 from referral \
    union all select referrer_organisation_id, 'referring', 'due', state, due_at / 3600000, -1 from referral \
     where due_at is not null) c \
    where $1 > 0 group by c.id, c.side, c.kind, c.state, c.bucket having sum(c.n) <> 0) x";
