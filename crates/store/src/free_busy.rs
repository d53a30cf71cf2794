//! Free and busy of many resources at once, packed by week: what a search for times reads.
//!
//! `taken_week` is written with the ledger, in the transaction of each booking, and says the same; the ledger decides.
//! `busy_week` is written with a calendar's busy times. Each question here is one statement, whatever the number of
//! resources and visits.

use std::collections::BTreeMap;

use domain::{OrganisationId, ReferralId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use uuid::Uuid;

use crate::appointments::Seat;
use crate::entity::appointment;
use crate::{StoreError, Tx, sql};

/// Quanta and minutes of a week; weeks are counted from 1970-01-01 UTC.
const QUANTA: i64 = 2_016;
const MINUTES: i64 = QUANTA * 5;

/// What a visit takes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Minutes since 1970 at which the visit itself begins.
    pub at_min: i64,
    /// The first and the last quantum, buffers included.
    pub start_q: i64,
    pub end_q: i64,
    /// From 0.
    pub place: i64,
    /// How many there can be at once where it was made; `None`: that is not known.
    pub among: Option<i64>,
}

/// A busy stretch in minutes since 1970; the end is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    pub from_min: i64,
    pub to_min: i64,
}

/// Several weeks of one resource in one row.
#[derive(Debug, FromQueryResult)]
struct Packed {
    resource_id: Uuid,
    packed: String,
}

/// What the ledger holds of resources between two quanta, and a little around them.
pub async fn taken(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resources: &[Uuid],
    from_q: i64,
    to_q: i64,
) -> Result<BTreeMap<Uuid, Vec<Taken>>, StoreError> {
    // A visit lies in the week of its first quantum and may reach into the next one.
    let (first, last) = (from_q.div_euclid(QUANTA) - 1, to_q.div_euclid(QUANTA));
    let query = format!(
        "select resource_id, {} as packed from taken_week where organisation_id = $1 and week between $2 and $3 \
         and taken <> '' and resource_id in ({}) group by resource_id",
        joined(db, "week", "taken"),
        marks(4, resources.len())
    );
    let rows: Vec<Packed> = sql::all(db, &query, values(organisation, first, last, resources)).await?;
    let mut all = BTreeMap::new();
    for row in rows {
        let visits = entries(&row.packed, |week, entry| {
            let (quanta, rest) = entry.split_once('@')?;
            let (start, count) = quanta.split_once('+')?;
            let (seat, at) = rest.split_once(':')?;
            let (place, among) = match seat.split_once('/') {
                Some((place, among)) => (place, Some(number(among)?)),
                None => (seat, None),
            };
            let start_q = week * QUANTA + number(start)?;
            Some(Taken {
                at_min: week * MINUTES + number(at)?,
                start_q,
                end_q: start_q + number(count)? - 1,
                place: number(place)?,
                among,
            })
        })?;
        all.insert(
            row.resource_id,
            visits.into_iter().filter(|t| t.end_q >= from_q && t.start_q <= to_q).collect(),
        );
    }
    Ok(all)
}

/// Busy times of the calendars of resources that touch `from_min..to_min`.
pub async fn busy(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resources: &[Uuid],
    from_min: i64,
    to_min: i64,
) -> Result<BTreeMap<Uuid, Vec<Busy>>, StoreError> {
    let (first, last) = (from_min.div_euclid(MINUTES), to_min.div_euclid(MINUTES));
    let query = format!(
        "select c.resource_id, {} as packed from calendar c join busy_week b on b.organisation_id = c.organisation_id \
         and b.calendar_id = c.id and b.week between $2 and $3 where c.organisation_id = $1 and c.resource_id in ({}) \
         group by c.resource_id",
        joined(db, "b.week", "b.busy"),
        marks(4, resources.len())
    );
    let rows: Vec<Packed> = sql::all(db, &query, values(organisation, first, last, resources)).await?;
    let mut all = BTreeMap::new();
    for row in rows {
        let stretches = entries(&row.packed, |week, entry| {
            let (from, long) = entry.split_once('+')?;
            let from_min = week * MINUTES + number(from)?;
            Some(Busy { from_min, to_min: from_min + number(long)? })
        })?;
        let touching = stretches.into_iter().filter(|b| b.to_min > from_min && b.from_min < to_min);
        all.insert(row.resource_id, touching.collect());
    }
    Ok(all)
}

/// Of these resources, those with a calendar whose busy times do not cover the span (ms), or that is stale `now` and whose
/// owner wants no times offered then: their silence does not mean "free".
pub async fn uncertain(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resources: &[Uuid],
    (from, to): (i64, i64),
    now: i64,
) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        resource_id: Uuid,
    }
    let query = format!(
        "select distinct resource_id from calendar where organisation_id = $1 \
         and (expanded_from is null or expanded_from > $2 or expanded_to is null or expanded_to < $3 \
         or (when_stale = 'refuse' and url is not null \
         and (unsure_since is not null or fetched_at < $4 - stale_hours * 3600000))) \
         and resource_id in ({})",
        marks(5, resources.len())
    );
    let mut values: Vec<Value> = vec![organisation.0.into(), from.into(), to.into(), now.into()];
    values.extend(resources.iter().map(|id| Value::from(*id)));
    let rows: Vec<Row> = sql::all(db, &query, values).await?;
    Ok(rows.into_iter().map(|row| row.resource_id).collect())
}

/// Notes what an appointment takes of resources, each on a place.
pub(crate) async fn note(
    tx: &Tx,
    row: &appointment::Model,
    quanta: &std::ops::RangeInclusive<i64>,
    of: &[Seat],
) -> Result<(), StoreError> {
    let (week, entry) = packed(row, *quanta.start(), quanta.end() - quanta.start() + 1);
    let mut values: Vec<Value> = vec![row.organisation_id.into(), week.into()];
    let mut rows = Vec::new();
    // In one order, whoever writes, so that two bookings never wait for each other crosswise.
    let mut of = of.to_vec();
    of.sort_unstable();
    for seat in &of {
        let at = values.len();
        rows.push(format!("($1, ${}, $2, ${})", at + 1, at + 2));
        values.extend([seat.resource.into(), entry(seat.place, seat.among).into()]);
    }
    let query = format!(
        "insert into taken_week (organisation_id, resource_id, week, taken) values {} \
         on conflict (organisation_id, resource_id, week) do update set taken = taken_week.taken || excluded.taken",
        rows.join(", ")
    );
    sql::run(&**tx, &query, values).await?;
    if quanta.end().div_euclid(QUANTA) != week {
        // Whoever books in the week into which it reaches waits as well.
        let last: Vec<(Uuid, i64)> = of.iter().map(|seat| (seat.resource, *quanta.end())).collect();
        lock(tx, OrganisationId(row.organisation_id), &last).await?;
    }
    Ok(())
}

/// Takes back what [`note`] noted, before the ledger's rows go.
pub(crate) async fn forget(tx: &Tx, row: &appointment::Model) -> Result<(), StoreError> {
    #[derive(FromQueryResult)]
    struct Held {
        resource_id: Uuid,
        place: i64,
        among: Option<i64>,
        first: i64,
        quanta: i64,
    }
    let held: Vec<Held> = sql::all(
        &**tx,
        "select resource_id, place, among, min(quantum) as first, count(*) as quanta from slot_ledger \
         where organisation_id = $1 and appointment_id = $2 group by resource_id, place, among \
         order by resource_id, place",
        [row.organisation_id.into(), row.id.into()],
    )
    .await?;
    for held in held {
        let (week, entry) = packed(row, held.first, held.quanta);
        sql::run(
            &**tx,
            "update taken_week set taken = replace(taken, $4, '') \
             where organisation_id = $1 and resource_id = $2 and week = $3",
            [
                row.organisation_id.into(),
                held.resource_id.into(),
                week.into(),
                entry(held.place, held.among).into(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// Takes the weeks of resources for this transaction, in one order: whoever else would change them waits. PostgreSQL; on
/// SQLite nobody else writes.
pub async fn lock(tx: &Tx, organisation: OrganisationId, weeks_of: &[(Uuid, i64)]) -> Result<(), StoreError> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut weeks: Vec<(Uuid, i64)> =
        weeks_of.iter().map(|(resource, quantum)| (*resource, quantum.div_euclid(QUANTA))).collect();
    weeks.sort_unstable();
    weeks.dedup();
    for (resource, week) in weeks {
        sql::run(
            &**tx,
            "insert into taken_week (organisation_id, resource_id, week, taken) values ($1, $2, $3, '') \
             on conflict (organisation_id, resource_id, week) do update set taken = taken_week.taken",
            [organisation.0.into(), resource.into(), week.into()],
        )
        .await?;
    }
    Ok(())
}

/// Before a time is looked at: until this transaction ends, nobody changes when people can be seen. PostgreSQL; on SQLite
/// nobody else writes.
pub async fn beside(tx: &Tx, organisation: OrganisationId) -> Result<(), StoreError> {
    advise(tx, organisation.0, "select pg_advisory_xact_lock_shared($1)").await
}

/// Before it is changed when people can be seen: whoever books comes before or after, and is seen or sees it. Taken before
/// any week, so that nobody waits crosswise.
pub async fn alone(tx: &Tx, organisation: OrganisationId) -> Result<(), StoreError> {
    advise(tx, organisation.0, "select pg_advisory_xact_lock($1)").await
}

/// Before a referral's held and booked times are read to be changed: until this transaction ends nobody else changes them.
/// Taken after [`beside`] and before any week.
pub async fn one_at_a_time(tx: &Tx, referral: ReferralId) -> Result<(), StoreError> {
    advise(tx, referral.0, "select pg_advisory_xact_lock($1)").await
}

async fn advise(tx: &Tx, whose: Uuid, query: &str) -> Result<(), StoreError> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // Two with the same half of an id would wait for each other, and no more.
    let half = (whose.as_u128() & u128::from(u64::MAX)) as u64;
    sql::run(&**tx, query, [half.cast_signed().into()]).await?;
    Ok(())
}

/// Packs a calendar's busy times, given in ms; fractions of a minute count outward.
pub(crate) async fn pack_busy(
    tx: &Tx,
    organisation: Uuid,
    calendar: Uuid,
    busy: impl Iterator<Item = (i64, i64)>,
) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "delete from busy_week where organisation_id = $1 and calendar_id = $2",
        [organisation.into(), calendar.into()],
    )
    .await?;
    let mut weeks: BTreeMap<i64, String> = BTreeMap::new();
    for (start, end) in busy {
        let (mut from, to) = (start.div_euclid(60_000), -(-end).div_euclid(60_000));
        while from < to {
            let week = from.div_euclid(MINUTES);
            let until = to.min((week + 1) * MINUTES);
            let entry = format!("{}+{};", from - week * MINUTES, until - from);
            weeks.entry(week).or_default().push_str(&entry);
            from = until;
        }
    }
    let weeks: Vec<(i64, String)> = weeks.into_iter().collect();
    for chunk in weeks.chunks(100) {
        let mut values: Vec<Value> = vec![organisation.into(), calendar.into()];
        let mut rows = Vec::new();
        for (week, packed) in chunk {
            let at = values.len();
            rows.push(format!("($1, $2, ${}, ${})", at + 1, at + 2));
            values.extend([(*week).into(), packed.as_str().into()]);
        }
        let query = format!(
            "insert into busy_week (organisation_id, calendar_id, week, busy) values {}",
            rows.join(", ")
        );
        sql::run(&**tx, &query, values).await?;
    }
    Ok(())
}

/// Appointments that the packed weeks and the ledger tell apart, from a quantum on; for the check of the whole.
pub async fn drifted(db: &impl ConnectionTrait, from_q: i64) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Held {
        appointment_id: Uuid,
        organisation_id: Uuid,
        resource_id: Uuid,
        place: i64,
        among: Option<i64>,
        first: i64,
        quanta: i64,
        start_at: i64,
    }
    #[derive(FromQueryResult)]
    struct Week {
        organisation_id: Uuid,
        resource_id: Uuid,
        week: i64,
        taken: String,
    }
    let first_week = from_q.div_euclid(QUANTA);
    let held: Vec<Held> = sql::all(
        db,
        "select l.appointment_id, l.organisation_id, l.resource_id, l.place, l.among, min(l.quantum) as first, \
         count(*) as quanta, a.start_at from slot_ledger l join appointment a \
         on a.organisation_id = l.organisation_id and a.id = l.appointment_id \
         group by l.appointment_id, l.organisation_id, l.resource_id, l.place, l.among, a.start_at \
         having min(l.quantum) >= $1",
        [(first_week * QUANTA).into()],
    )
    .await?;
    let weeks: Vec<Week> = sql::all(
        db,
        "select organisation_id, resource_id, week, taken from taken_week where week >= $1",
        [first_week.into()],
    )
    .await?;
    let mut noted: BTreeMap<(Uuid, Uuid, i64), Vec<String>> = BTreeMap::new();
    for row in weeks {
        let entries = row.taken.split_terminator(';').map(|entry| format!("{entry};")).collect();
        noted.insert((row.organisation_id, row.resource_id, row.week), entries);
    }
    let mut wrong = Vec::new();
    for held in held {
        let week = held.first.div_euclid(QUANTA);
        let wanted = written(week, (held.first, held.quanta), (held.place, held.among), held.start_at);
        let entries = noted.entry((held.organisation_id, held.resource_id, week)).or_default();
        match entries.iter().position(|entry| *entry == wanted) {
            Some(at) => drop(entries.swap_remove(at)),
            None => wrong.push(held.appointment_id),
        }
    }
    // What is left was noted for nothing; the resource is what can be named.
    wrong.extend(noted.iter().filter(|(_, left)| !left.is_empty()).map(|((_, resource, _), _)| *resource));
    Ok(wrong)
}

/// The week of an appointment's quanta, and its entry for a place.
fn packed(row: &appointment::Model, first: i64, quanta: i64) -> (i64, impl Fn(i64, Option<i64>) -> String) {
    let (week, start_at) = (first.div_euclid(QUANTA), row.start_at);
    (week, move |place, among| written(week, (first, quanta), (place, among), start_at))
}

fn written(
    week: i64,
    (first, quanta): (i64, i64),
    (place, among): (i64, Option<i64>),
    start_at: i64,
) -> String {
    let minute = start_at.div_euclid(60_000) - week * MINUTES;
    let among = among.map(|among| format!("/{among}")).unwrap_or_default();
    format!("{}+{quanta}@{place}{among}:{minute};", first - week * QUANTA)
}

/// The weeks of a group in one text: `WEEK=entry;entry;|WEEK=…`.
fn joined(db: &impl ConnectionTrait, week: &str, packed: &str) -> String {
    match db.get_database_backend() {
        DbBackend::Postgres => format!("string_agg({week} || '=' || {packed}, '|')"),
        _ => format!("group_concat({week} || '=' || {packed}, '|')"),
    }
}

/// Reads what [`joined`] made. What cannot be read is never taken for free.
fn entries<T>(packed: &str, read: impl Fn(i64, &str) -> Option<T>) -> Result<Vec<T>, StoreError> {
    let unreadable = |part: &str| {
        StoreError::Broken(sea_orm::DbErr::Custom(format!("a packed week cannot be read: {part}")))
    };
    let mut all = Vec::new();
    for part in packed.split('|') {
        let (week, list) = part.split_once('=').ok_or_else(|| unreadable(part))?;
        let week = number(week).ok_or_else(|| unreadable(part))?;
        for entry in list.split_terminator(';') {
            all.push(read(week, entry).ok_or_else(|| unreadable(entry))?);
        }
    }
    Ok(all)
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn marks(first: usize, count: usize) -> String {
    // An empty list is no SQL.
    if count == 0 {
        return "null".to_owned();
    }
    (first..first + count).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}

fn values(organisation: OrganisationId, first: i64, last: i64, resources: &[Uuid]) -> Vec<Value> {
    let mut values: Vec<Value> = vec![organisation.0.into(), first.into(), last.into()];
    values.extend(resources.iter().map(|id| Value::from(*id)));
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_are_written() {
        let (week, start_at) = (2_944, (2_944 * MINUTES + 605) * 60_000);
        let entry = written(week, (week * QUANTA + 120, 6), (2, None), start_at);
        assert_eq!(entry, "120+6@2:605;");
        assert_eq!(written(week, (week * QUANTA + 120, 6), (2, Some(3)), start_at), "120+6@2/3:605;");
        let text = format!("{week}={entry}{entry}|2945=");
        let read = entries(&text, |week, entry| Some((week, entry.to_owned()))).unwrap();
        assert_eq!(read, vec![(week, "120+6@2:605".to_owned()); 2]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_free() {
        assert!(entries("nonsense", |_, _| Some(())).is_err());
        assert!(entries("1=x;", |_, entry| number(entry)).is_err());
    }
}
