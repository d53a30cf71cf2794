//! Leave, closed days, how a service books, and bookings that leave broke.

use domain::{OrganisationId, ResourceId, ServiceId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::entity::{closure, leave, rebooking, service_booking};
use crate::{StoreError, Tx, sql};

/// Leave of resources that touches the span (ms), in order.
pub async fn touching(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resources: &[Uuid],
    from: i64,
    to: i64,
) -> Result<Vec<leave::Model>, StoreError> {
    use leave::Column as C;
    Ok(leave::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ResourceId.is_in(resources.iter().copied()))
        .filter(C::FromAt.lt(to))
        .filter(C::ToAt.gt(from))
        .order_by_asc(C::FromAt)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<leave::Model>, StoreError> {
    Ok(leave::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

pub async fn insert(tx: &Tx, row: leave::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Leave of every organisation that ends after an instant (ms).
pub async fn ending_after(db: &impl ConnectionTrait, from: i64) -> Result<Vec<leave::Model>, StoreError> {
    use leave::Column as C;
    Ok(leave::Entity::find().filter(C::ToAt.gt(from)).order_by_asc(C::Id).all(db).await?)
}

pub async fn update(tx: &Tx, row: leave::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

pub async fn delete(tx: &Tx, organisation: OrganisationId, id: Uuid) -> Result<u64, StoreError> {
    let query = "delete from leave where organisation_id = $1 and id = $2";
    sql::run(&**tx, query, [organisation.0.into(), id.into()]).await
}

/// Closed days of an organisation that touch the span (YYYY-MM-DD, both included), in order.
pub async fn closures(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    from_day: &str,
    to_day: &str,
) -> Result<Vec<closure::Model>, StoreError> {
    use closure::Column as C;
    Ok(closure::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::FromDay.lte(to_day))
        .filter(C::ToDay.gte(from_day))
        .order_by_asc(C::FromDay)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// All closed days of an organisation.
pub async fn all_closures(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<closure::Model>, StoreError> {
    let own = closure::Entity::find().filter(closure::Column::OrganisationId.eq(organisation.0));
    Ok(own.order_by_asc(closure::Column::Id).all(db).await?)
}

/// Closed days of a resource, of one of its sessions or of everybody, that are not over.
pub async fn closures_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resource: ResourceId,
    from_day: &str,
) -> Result<Vec<closure::Model>, StoreError> {
    use closure::Column as C;
    Ok(closure::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(Condition::any().add(C::ResourceId.eq(resource.0)).add(C::ResourceId.is_null()))
        .filter(C::ToDay.gte(from_day))
        .order_by_asc(C::FromDay)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

pub async fn insert_closure(tx: &Tx, row: closure::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn delete_closure(tx: &Tx, organisation: OrganisationId, id: Uuid) -> Result<u64, StoreError> {
    let query = "delete from closure where organisation_id = $1 and id = $2";
    sql::run(&**tx, query, [organisation.0.into(), id.into()]).await
}

/// How a service books, where it is not as everywhere.
pub async fn booking_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<Option<service_booking::Model>, StoreError> {
    Ok(service_booking::Entity::find_by_id((organisation.0, service.0)).one(db).await?)
}

/// The most days ahead for which a service of its own offers times; `None` where all do as everywhere.
pub async fn farthest(db: &impl ConnectionTrait) -> Result<Option<i64>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        days: Option<i64>,
    }
    let row: Option<Row> = sql::one(db, "select max(horizon_days) as days from service_booking", []).await?;
    Ok(row.and_then(|row| row.days))
}

/// How the services of an organisation book, of those where it is not as everywhere.
pub async fn bookings(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<service_booking::Model>, StoreError> {
    use service_booking::Column as C;
    Ok(service_booking::Entity::find().filter(C::OrganisationId.eq(organisation.0)).all(db).await?)
}

/// Writes how a service books.
pub async fn set_booking(tx: &Tx, row: service_booking::Model) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "insert into service_booking (organisation_id, service_id, notice_hours, horizon_days, holds_at_acceptance) \
         values ($1, $2, $3, $4, $5) on conflict (organisation_id, service_id) do update set \
         notice_hours = excluded.notice_hours, horizon_days = excluded.horizon_days, \
         holds_at_acceptance = excluded.holds_at_acceptance",
        [
            row.organisation_id.into(),
            row.service_id.into(),
            row.notice_hours.into(),
            row.horizon_days.into(),
            row.holds_at_acceptance.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Puts a visit on the list of those to rebook or to look at, once for each cause. One that is there already for the same is
/// there anew, whatever somebody has decided.
pub async fn list_visit(tx: &Tx, row: rebooking::Model) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "insert into rebooking (organisation_id, id, appointment_id, referral_id, resource_id, start_at, cause, cause_id, \
         created_at, created_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         on conflict (organisation_id, appointment_id, cause, cause_id) do update set created_at = excluded.created_at, \
         created_by_name = excluded.created_by_name, settled_at = null, settled_by_name = null",
        [
            row.organisation_id.into(),
            row.id.into(),
            row.appointment_id.into(),
            row.referral_id.into(),
            row.resource_id.into(),
            row.start_at.into(),
            row.cause.into(),
            row.cause_id.into(),
            row.created_at.into(),
            row.created_by_name.into(),
        ],
    )
    .await?;
    Ok(())
}

/// A visit of the list by the list's own id.
pub async fn listed(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<rebooking::Model>, StoreError> {
    Ok(rebooking::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

/// Of these visits, those against which a cause is known to speak, whether or not somebody has decided.
pub async fn known_to(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    (cause, id): (&str, Uuid),
    visits: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    use rebooking::Column as C;
    let rows = rebooking::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::AppointmentId.is_in(visits.iter().copied()))
        .filter(C::Cause.eq(cause))
        .filter(C::CauseId.eq(id))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.appointment_id).collect())
}

/// What speaks against these visits and is not decided, the newest first.
pub async fn causes(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    visits: &[Uuid],
) -> Result<Vec<rebooking::Model>, StoreError> {
    use rebooking::Column as C;
    Ok(rebooking::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::AppointmentId.is_in(visits.iter().copied()))
        .filter(C::SettledAt.is_null())
        .order_by_desc(C::CreatedAt)
        .order_by_desc(C::Id)
        .all(db)
        .await?)
}

/// Visits against which a kind of cause is known to speak, whether or not somebody has decided.
pub async fn under(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    cause: &str,
) -> Result<Vec<Uuid>, StoreError> {
    use rebooking::Column as C;
    let rows = rebooking::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::Cause.eq(cause))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.appointment_id).collect())
}

/// Somebody decided that a listed visit stays as it is (ms), whatever speaks against it. 0: somebody else did.
pub async fn settle(tx: &Tx, row: &rebooking::Model, at: i64, by: &str) -> Result<u64, StoreError> {
    let query = "update rebooking set settled_at = $3, settled_by_name = $4 \
                 where organisation_id = $1 and appointment_id = $2 and settled_at is null";
    sql::run(&**tx, query, [row.organisation_id.into(), row.appointment_id.into(), at.into(), by.into()])
        .await
}

/// A kind of cause does not speak against these booked visits any more: they are off the list, unless another one does.
pub async fn forget_visits(
    tx: &Tx,
    organisation: OrganisationId,
    cause: &str,
    visits: &[Uuid],
) -> Result<u64, StoreError> {
    if visits.is_empty() {
        return Ok(0);
    }
    let mut values: Vec<sea_orm::Value> = vec![organisation.0.into(), cause.into()];
    values.extend(visits.iter().map(|id| sea_orm::Value::from(*id)));
    let marks: Vec<String> = (3..3 + visits.len()).map(|at| format!("${at}")).collect();
    let query = format!(
        "delete from rebooking where organisation_id = $1 and cause = $2 and appointment_id in \
         (select a.id from appointment a where a.organisation_id = $1 and a.state = 'booked' and a.id in ({}))",
        marks.join(", ")
    );
    sql::run(&**tx, &query, values).await
}

/// A cause that had put booked visits on the list does not speak against them any more, but against these: the others are off
/// the list, unless another cause speaks against them.
pub async fn forget_cause(
    tx: &Tx,
    organisation: OrganisationId,
    (cause, id): (&str, Uuid),
    but: &[Uuid],
) -> Result<u64, StoreError> {
    let mut values: Vec<sea_orm::Value> = vec![organisation.0.into(), cause.into(), id.into()];
    values.extend(but.iter().map(|id| sea_orm::Value::from(*id)));
    let marks: Vec<String> = (4..4 + but.len()).map(|at| format!("${at}")).collect();
    let others = if but.is_empty() {
        String::new()
    } else {
        format!("and appointment_id not in ({})", marks.join(", "))
    };
    let query = format!(
        "delete from rebooking where organisation_id = $1 and cause = $2 and cause_id = $3 and appointment_id in \
         (select a.id from appointment a where a.organisation_id = $1 and a.state = 'booked') {others}"
    );
    sql::run(&**tx, &query, values).await
}

/// A visit that was broken and for which no other time is booked yet, or that is booked and in doubt.
#[derive(Debug, Clone, FromQueryResult)]
pub struct RebookingLine {
    /// Of the newest cause.
    pub id: Uuid,
    pub appointment_id: Uuid,
    pub referral_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub service: String,
    pub resource: String,
    pub start_at: i64,
    /// The time on the clock that was promised, `2027-03-31T09:30`.
    pub start_wall: String,
    /// Of the visit: booked or cancelled.
    pub visit: String,
    pub state: String,
    pub priority: String,
    pub owner_name: Option<String>,
    pub next_action: Option<String>,
    pub due_at: Option<i64>,
    pub cause: String,
    pub created_at: i64,
    pub created_by_name: String,
}

/// What is still to be rebooked or looked at: broken visits whose referral is open, and neither booked nor seen since, the
/// soonest due first; before them booked visits to come (ms) about which nobody has decided, the soonest first. Each once, with
/// the newest cause.
pub async fn rebookings(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    now: i64,
) -> Result<Vec<RebookingLine>, StoreError> {
    sql::all(
        db,
        "select b.id, b.appointment_id, r.id as referral_id, r.reference, p.given, p.family, s.name as service, q.name as resource, \
         b.start_at, a.start_wall, a.state as visit, r.state, r.priority, r.owner_name, r.next_action, r.due_at, b.cause, b.created_at, \
         b.created_by_name \
         from rebooking b join referral r on r.organisation_id = b.organisation_id and r.id = b.referral_id \
         join appointment a on a.organisation_id = b.organisation_id and a.id = b.appointment_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         join service s on s.organisation_id = r.organisation_id and s.id = r.service_id \
         join resource q on q.organisation_id = b.organisation_id and q.id = b.resource_id \
         where b.organisation_id = $1 and b.settled_at is null \
         and not exists (select 1 from rebooking n where n.organisation_id = b.organisation_id \
         and n.appointment_id = b.appointment_id and n.settled_at is null and (n.created_at > b.created_at \
         or (n.created_at = b.created_at and n.id > b.id))) \
         and ((a.state = 'booked' and a.start_at > $2) or (a.state <> 'booked' \
         and r.state in ('accepted', 'offered', 'appointment-cancelled', 'no-show', 'paused', 'cancel-requested') \
         and not exists (select 1 from rebooking l where l.organisation_id = b.organisation_id \
         and l.referral_id = b.referral_id and l.appointment_id <> b.appointment_id and (l.created_at > b.created_at or (l.created_at = b.created_at \
         and l.id > b.id))))) \
         order by case when a.state = 'booked' then 0 else 1 end, case when a.state = 'booked' then a.start_at end, \
         r.due_at, r.id",
        [organisation.0.into(), now.into()],
    )
    .await
}
