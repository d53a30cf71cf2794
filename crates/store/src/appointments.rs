//! Held and booked times, and the ledger that makes an overlap impossible.

use std::collections::HashSet;

use domain::{AppointmentId, OrganisationId, ReferralId, ResourceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::{appointment, slot_ledger};
use crate::{StoreError, Tx, Unique, sql};

/// What a visit takes of somebody's time: a place among so many that there are at once; `None`: that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    pub resource: Uuid,
    pub place: i64,
    pub among: Option<i64>,
}

/// Writes an appointment and takes its quanta on its place `among` so many, and on those of the rooms and machines that go
/// with it.
///
/// Whoever books at once waits at the packed week, so that one of two sees the other: a visit among few may share no place
/// with one among many, and still there is no room for both.
///
/// Errors: `Duplicate(SlotLedger)` when somebody holds one of them, or when more would take place at once than there can
/// where one of those visits was made (a deliberate overbooking may). In the first case the transaction is of no further use,
/// in the second nothing of it is left.
pub async fn take(
    tx: &Tx,
    row: appointment::Model,
    quanta: std::ops::RangeInclusive<i64>,
    among: Option<i64>,
    also: &[Seat],
) -> Result<(), StoreError> {
    let mut of = vec![Seat { resource: row.resource_id, place: row.place, among }];
    of.extend(also);
    let rows = ledger_rows(&row, &quanta, &of);
    sql::insert(&**tx, row.clone()).await?;
    sql::insert_all(&**tx, rows).await?;
    crate::free_busy::note(tx, &row, &quanta, &of).await?;
    let bound: Vec<Uuid> =
        of.iter().skip(usize::from(row.overbook_reason.is_some())).map(|seat| seat.resource).collect();
    if is_overfull(tx, row.organisation_id, &bound, &quanta).await? {
        free(tx, &row).await?;
        let query = "delete from appointment where organisation_id = $1 and id = $2";
        sql::run(&**tx, query, [row.organisation_id.into(), row.id.into()]).await?;
        return Err(StoreError::Duplicate(Unique::SlotLedger));
    }
    Ok(())
}

/// Whether more takes place in one of these quanta than there can where one of those visits was made.
async fn is_overfull(
    tx: &Tx,
    organisation: Uuid,
    resources: &[Uuid],
    quanta: &std::ops::RangeInclusive<i64>,
) -> Result<bool, StoreError> {
    if resources.is_empty() {
        return Ok(false);
    }
    let marks: Vec<String> = (4..4 + resources.len()).map(|at| format!("${at}")).collect();
    let query = format!(
        "select count(*) as n from (select quantum from slot_ledger where organisation_id = $1 \
         and quantum between $2 and $3 and resource_id in ({}) group by resource_id, quantum \
         having count(*) > min(among)) overfull",
        marks.join(", ")
    );
    let mut values: Vec<sea_orm::Value> =
        vec![organisation.into(), (*quanta.start()).into(), (*quanta.end()).into()];
    values.extend(resources.iter().map(|id| sea_orm::Value::from(*id)));
    Ok(sql::count(&**tx, &query, values).await? > 0)
}

/// Moves an appointment's quanta, with those of its rooms and machines, to where the row says by now. `before` is the row as
/// it was.
///
/// Errors: `Duplicate(SlotLedger)` when somebody holds one of them; the transaction is then of no further use.
pub async fn shift(
    tx: &Tx,
    before: &appointment::Model,
    row: appointment::Model,
    quanta: std::ops::RangeInclusive<i64>,
) -> Result<(), StoreError> {
    let of = seats(&**tx, before).await?;
    free(tx, before).await?;
    let rows = ledger_rows(&row, &quanta, &of);
    sql::update(&**tx, row.clone()).await?;
    sql::insert_all(&**tx, rows).await?;
    crate::free_busy::note(tx, &row, &quanta, &of).await
}

/// What a visit takes of everybody's time.
async fn seats(db: &impl ConnectionTrait, row: &appointment::Model) -> Result<Vec<Seat>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        resource_id: Uuid,
        place: i64,
        among: Option<i64>,
    }
    let rows: Vec<Row> = sql::all(
        db,
        "select distinct resource_id, place, among from slot_ledger where organisation_id = $1 and appointment_id = $2",
        [row.organisation_id.into(), row.id.into()],
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Seat { resource: row.resource_id, place: row.place, among: row.among })
        .collect())
}

/// Whether somebody else has a place of these quanta that a visit would keep, or more would take place at once than there can
/// where one of those visits was made. Who was overbooked on purpose needs a place of their own and no more.
pub async fn is_in_the_way(
    db: &impl ConnectionTrait,
    row: &appointment::Model,
    quanta: &std::ops::RangeInclusive<i64>,
) -> Result<bool, StoreError> {
    let bound = i64::from(row.overbook_reason.is_none());
    let others = sql::count(
        db,
        "select count(*) as n from (select o.quantum from slot_ledger o \
         join appointment a on a.organisation_id = o.organisation_id and a.id = o.appointment_id \
         join (select distinct resource_id, place, among from slot_ledger \
         where organisation_id = $1 and appointment_id = $2) own on own.resource_id = o.resource_id \
         where o.organisation_id = $1 and o.quantum between $3 and $4 and o.appointment_id <> $2 \
         group by o.resource_id, o.quantum, own.place, own.among \
         having max(case when o.place = own.place then 1 else 0 end) = 1 or ($5 = 1 \
         and max(case when a.overbook_reason is null then 0 else 1 end) = 0 \
         and (count(*) >= min(o.among) or count(*) >= own.among))) in_the_way",
        [
            row.organisation_id.into(),
            row.id.into(),
            (*quanta.start()).into(),
            (*quanta.end()).into(),
            bound.into(),
        ],
    )
    .await?;
    Ok(others > 0)
}

/// Writes an appointment that holds no time (cancelled before it came here).
pub async fn keep(tx: &Tx, row: appointment::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Gives an appointment's quanta back.
pub async fn free(tx: &Tx, row: &appointment::Model) -> Result<u64, StoreError> {
    crate::free_busy::forget(tx, row).await?;
    sql::run(
        &**tx,
        "delete from slot_ledger where organisation_id = $1 and appointment_id = $2",
        [row.organisation_id.into(), row.id.into()],
    )
    .await
}

pub async fn update(tx: &Tx, row: appointment::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// Visits whose reminders are to be planned anew, the longest waiting first. Along the index of those few rows.
pub async fn to_replan(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<appointment::Model>, StoreError> {
    use appointment::Column as C;
    Ok(appointment::Entity::find()
        .filter(C::ReplanAt.is_not_null())
        .order_by_asc(C::ReplanAt)
        .order_by_asc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Those of these referrals (organisation, id) whose patient said that they come to the booked visit.
pub async fn coming(
    db: &impl ConnectionTrait,
    referrals: &[(Uuid, Uuid)],
) -> Result<HashSet<Uuid>, StoreError> {
    use appointment::Column as C;
    let rows: Vec<Uuid> = appointment::Entity::find()
        .filter(
            C::OrganisationId
                .is_in(referrals.iter().map(|(organisation, _)| *organisation).collect::<HashSet<_>>()),
        )
        .filter(C::ReferralId.is_in(referrals.iter().map(|(_, id)| *id)))
        .filter(C::State.eq("booked"))
        .filter(C::PatientConfirmedAt.is_not_null())
        .select_only()
        .column(C::ReferralId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Marks all visits of a service that have not begun, as its reminders are other ones now; answers how many.
pub async fn mark_to_replan(
    tx: &Tx,
    organisation: OrganisationId,
    service: Uuid,
    now: i64,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update appointment set replan_at = $3 where organisation_id = $1 and service_id = $2 and state = 'booked' \
         and start_at > $3",
        [organisation.0.into(), service.into(), now.into()],
    )
    .await
}

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: AppointmentId,
) -> Result<Option<appointment::Model>, StoreError> {
    Ok(appointment::Entity::find_by_id((organisation.0, id.0)).one(db).await?)
}

/// All appointments a referral ever had, oldest first.
pub async fn of_referral(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    referral: ReferralId,
) -> Result<Vec<appointment::Model>, StoreError> {
    use appointment::Column as C;
    Ok(appointment::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ReferralId.eq(referral.0))
        .order_by_asc(C::CreatedAt)
        .all(db)
        .await?)
}

/// A quantum and place that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct TakenRow {
    pub quantum: i64,
    pub place: i64,
}

/// What is taken of a resource between two quanta, both included.
pub async fn taken(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resource: ResourceId,
    from: i64,
    to: i64,
) -> Result<Vec<TakenRow>, StoreError> {
    sql::all(
        db,
        "select quantum, place from slot_ledger where organisation_id = $1 and resource_id = $2 \
         and quantum between $3 and $4 order by quantum, place",
        [organisation.0.into(), resource.0.into(), from.into(), to.into()],
    )
    .await
}

/// Held times whose hold ended before `now` (ms).
pub async fn expired_holds(
    db: &impl ConnectionTrait,
    now: i64,
) -> Result<Vec<appointment::Model>, StoreError> {
    use appointment::Column as C;
    Ok(appointment::Entity::find()
        .filter(C::State.eq("held"))
        .filter(C::HoldExpiresAt.lte(now))
        .order_by_asc(C::HoldExpiresAt)
        .all(db)
        .await?)
}

/// A line of a clinician's day.
#[derive(Debug, Clone, FromQueryResult)]
pub struct DayLine {
    pub id: Uuid,
    pub referral_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub start_at: i64,
    pub end_at: i64,
    pub zone: String,
    pub state: String,
    /// Why a place beyond the capacity was given; none: it was not.
    pub overbook_reason: Option<String>,
    /// Who offered it, of one that is held for an answer.
    pub offered_by: Option<String>,
}

/// Held and booked times of a resource within a span, in order.
pub async fn day(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resource: ResourceId,
    from: i64,
    to: i64,
) -> Result<Vec<DayLine>, StoreError> {
    sql::all(
        db,
        "select a.id, a.referral_id, r.reference, p.given, p.family, a.start_at, a.end_at, a.zone, a.state, \
         a.overbook_reason, a.offered_by from appointment a \
         join referral r on r.organisation_id = a.organisation_id and r.id = a.referral_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where a.organisation_id = $1 and a.resource_id = $2 and a.start_at >= $3 and a.start_at < $4 \
         and a.state in ('held', 'booked', 'fulfilled', 'no-show') order by a.start_at, a.id",
        [organisation.0.into(), resource.0.into(), from.into(), to.into()],
    )
    .await
}

/// A held or booked time on the board.
#[derive(Debug, Clone, FromQueryResult)]
pub struct BoardLine {
    pub id: Uuid,
    pub resource_id: Uuid,
    pub service_id: Uuid,
    pub referral_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub start_at: i64,
    pub end_at: i64,
    pub zone: String,
    pub state: String,
    pub hold_expires_at: Option<i64>,
    pub offered_by: Option<String>,
    /// Who sees the patient: `resource_id` may be a room.
    pub seen_by: Uuid,
    /// When the patient said that they come (ms).
    pub patient_confirmed_at: Option<i64>,
    pub overbook_reason: Option<String>,
}

/// Held and booked times within a span, in order: a line for each clinician and each room whose time they take.
pub async fn board(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    from: i64,
    to: i64,
) -> Result<Vec<BoardLine>, StoreError> {
    sql::all(
        db,
        "select distinct a.id, l.resource_id, a.service_id, a.referral_id, r.reference, p.given, p.family, a.start_at, \
         a.end_at, a.zone, a.state, a.hold_expires_at, a.offered_by, \
         a.resource_id as seen_by, a.patient_confirmed_at, a.overbook_reason from appointment a \
         join slot_ledger l on l.organisation_id = a.organisation_id and l.appointment_id = a.id \
         join referral r on r.organisation_id = a.organisation_id and r.id = a.referral_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where a.organisation_id = $1 and a.start_at >= $2 and a.start_at < $3 \
         and a.state in ('held', 'booked', 'fulfilled', 'no-show') order by a.start_at, a.id",
        [organisation.0.into(), from.into(), to.into()],
    )
    .await
}

fn ledger_rows(
    row: &appointment::Model,
    quanta: &std::ops::RangeInclusive<i64>,
    of: &[Seat],
) -> Vec<slot_ledger::Model> {
    of.iter()
        .flat_map(|seat| {
            quanta.clone().map(|quantum| slot_ledger::Model {
                organisation_id: row.organisation_id,
                resource_id: seat.resource,
                quantum,
                place: seat.place,
                appointment_id: row.id,
                among: seat.among,
            })
        })
        .collect()
}

/// The resources whose time a referral's held and booked visits take, each with its first quantum.
pub async fn held_by(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    referral: ReferralId,
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        resource_id: Uuid,
        first: i64,
    }
    let rows: Vec<Row> = sql::all(
        db,
        "select l.resource_id, min(l.quantum) as first from appointment a join slot_ledger l \
         on l.organisation_id = a.organisation_id and l.appointment_id = a.id where a.organisation_id = $1 \
         and a.referral_id = $2 and a.state in ('held', 'booked') group by l.resource_id, l.appointment_id",
        [organisation.0.into(), referral.0.into()],
    )
    .await?;
    Ok(rows.into_iter().map(|row| (row.resource_id, row.first)).collect())
}

/// Whose time a visit takes: the clinician's, and that of rooms and machines.
pub async fn takes(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    appointment: Uuid,
) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        resource_id: Uuid,
    }
    let rows: Vec<Row> = sql::all(
        db,
        "select distinct resource_id from slot_ledger where organisation_id = $1 and appointment_id = $2",
        [organisation.0.into(), appointment.into()],
    )
    .await?;
    Ok(rows.into_iter().map(|row| row.resource_id).collect())
}

/// Who last saw the patient of a referral here, or is booked to; `None` when nobody is.
pub async fn last_with(
    db: &impl ConnectionTrait,
    row: &crate::entity::referral::Model,
) -> Result<Option<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        resource_id: Uuid,
    }
    // A cross join keeps its order: otherwise SQLite walks the organisation's appointments instead of taking the patient's.
    let found: Option<Row> = sql::one(
        db,
        "select a.resource_id from referral r cross join appointment a where a.organisation_id = r.organisation_id \
         and a.referral_id = r.id and r.patient_organisation_id = $2 and r.patient_id = $3 and r.organisation_id = $1 \
         and a.state in ('booked', 'fulfilled') order by a.start_at desc, a.id desc limit 1",
        [row.organisation_id.into(), row.patient_organisation_id.into(), row.patient_id.into()],
    )
    .await?;
    Ok(found.map(|row| row.resource_id))
}

/// A booked visit that something would break.
#[derive(Debug, Clone, FromQueryResult)]
pub struct BrokenLine {
    pub id: Uuid,
    pub referral_id: Uuid,
    pub service_id: Uuid,
    pub resource_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub start_at: i64,
    pub end_at: i64,
    pub zone: String,
    pub start_wall: String,
    pub state: String,
    /// Who offered it, of one that is held for an answer.
    pub offered_by: Option<String>,
    /// Of the session; `None`: where the service is.
    pub site_id: Option<Uuid>,
}

/// Held and booked visits of an organisation that touch `from..to` (ms), in order; of one clinician, room or machine whose
/// time they take, or of all.
pub async fn touching(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resource: Option<ResourceId>,
    from: i64,
    to: i64,
) -> Result<Vec<BrokenLine>, StoreError> {
    let one = if resource.is_some() { format!("and {}", takes_time_of("$4")) } else { String::new() };
    let query = format!(
        "{BROKEN} where a.organisation_id = $1 and a.start_at < $3 and a.start_at > $2 - 86400000 and a.end_at > $2 \
         and a.state in ('held', 'booked') {one} order by a.start_at, a.id"
    );
    let mut values: Vec<sea_orm::Value> = vec![organisation.0.into(), from.into(), to.into()];
    values.extend(resource.map(|resource| resource.0.into()));
    sql::all(db, &query, values).await
}

const BROKEN: &str = "select a.id, a.referral_id, a.service_id, a.resource_id, r.reference, p.given, p.family, a.start_at, \
     a.end_at, a.zone, a.start_wall, a.state, a.offered_by, a.site_id from appointment a \
     join referral r on r.organisation_id = a.organisation_id and r.id = a.referral_id \
     join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id";

/// Whether a visit takes the time of a resource, which a mark names.
fn takes_time_of(mark: &str) -> String {
    format!(
        "(a.resource_id = {mark} or exists (select 1 from slot_ledger l where l.organisation_id = a.organisation_id \
         and l.appointment_id = a.id and l.resource_id = {mark}))"
    )
}

/// A booked visit that lies over a busy time of a calendar.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Clash {
    pub id: Uuid,
    pub referral_id: Uuid,
    /// Of what is busy.
    pub uid: String,
    pub overbook_reason: Option<String>,
    /// Why it is known already that this calendar speaks against it, decided or not; `None`: it is not.
    pub cause: Option<String>,
}

/// Booked visits to come (ms) that take a resource's time and lie over busy times of one of its calendars; one of several
/// busy times each.
pub async fn clashing(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    (resource, calendar): (Uuid, Uuid),
    now: i64,
) -> Result<Vec<Clash>, StoreError> {
    let query = format!(
        "select a.id, a.referral_id, b.uid, a.overbook_reason, k.cause from appointment a \
         join calendar_busy b on b.organisation_id = a.organisation_id and b.calendar_id = $3 \
         and b.start_at < a.end_at and b.end_at > a.start_at \
         left join rebooking k on k.organisation_id = a.organisation_id and k.appointment_id = a.id \
         and k.cause = 'calendar' and k.cause_id = $3 \
         where a.organisation_id = $1 and a.state = 'booked' and a.start_at > $4 and {} order by a.start_at, a.id",
        takes_time_of("$2")
    );
    let values: [sea_orm::Value; 4] = [organisation.0.into(), resource.into(), calendar.into(), now.into()];
    sql::all(db, &query, values).await
}

/// These visits, in order of time.
pub async fn lines(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    ids: &[Uuid],
) -> Result<Vec<BrokenLine>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (2..2 + ids.len()).map(|at| format!("${at}")).collect();
    let query = format!(
        "{BROKEN} where a.organisation_id = $1 and a.id in ({}) order by a.start_at, a.id",
        marks.join(", ")
    );
    let mut values: Vec<sea_orm::Value> = vec![organisation.0.into()];
    values.extend(ids.iter().map(|id| sea_orm::Value::from(*id)));
    sql::all(db, &query, values).await
}
