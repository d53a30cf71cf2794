//! Resources, their weekly sessions and their calendars.

use domain::{CalendarId, OrganisationId, PersonId, ResourceId, ServiceId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::entity::{availability_rule, calendar, resource};
use crate::{StoreError, Tx, sql};

/// The bookable resource that a clinician is.
pub async fn resource_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<Option<resource::Model>, StoreError> {
    use resource::Column as C;
    Ok(resource::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::PersonId.eq(person.0))
        .one(db)
        .await?)
}

pub async fn resource(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: ResourceId,
) -> Result<Option<resource::Model>, StoreError> {
    Ok(resource::Entity::find_by_id((organisation.0, id.0)).one(db).await?)
}

/// A resource by id alone, for the command line.
pub async fn resource_anywhere(
    db: &impl ConnectionTrait,
    id: ResourceId,
) -> Result<Option<resource::Model>, StoreError> {
    Ok(resource::Entity::find().filter(resource::Column::Id.eq(id.0)).one(db).await?)
}

pub async fn resources(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<resource::Model>, StoreError> {
    use resource::Column as C;
    Ok(resource::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .order_by_asc(C::Name)
        .all(db)
        .await?)
}

/// A resource that can be booked, and until when the person behind it works here.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Bookable {
    pub id: Uuid,
    pub name: String,
    pub places: i64,
    pub daily_limit: Option<i64>,
    pub languages: String,
    /// The person's; `None` for a room, a machine, and a name without an account.
    pub status: Option<String>,
    /// YYYY-MM-DD, included.
    pub valid_until: Option<String>,
    /// Of the specialist's role alone.
    pub role_until: Option<String>,
    /// ms since 1970: they see nobody any more, as their specialist's role was taken away.
    pub ended_at: Option<i64>,
    /// Of the organisation.
    pub zone: String,
}

/// Resources by id, by name.
pub async fn bookable_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    ids: &[Uuid],
) -> Result<Vec<Bookable>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (2..2 + ids.len()).map(|at| format!("${at}")).collect();
    let query = format!(
        "select q.id, q.name, q.places, q.daily_limit, q.languages, p.status, p.valid_until, h.valid_until as role_until, \
         q.ended_at, o.zone from resource q join organisation o on o.id = q.organisation_id \
         left join person p on p.organisation_id = q.organisation_id and p.id = q.person_id \
         left join person_role h on h.organisation_id = p.organisation_id and h.person_id = p.id and h.role = 'specialist' \
         where q.organisation_id = $1 and q.id in ({}) order by q.name, q.id",
        marks.join(", ")
    );
    let mut values: Vec<sea_orm::Value> = vec![organisation.0.into()];
    values.extend(ids.iter().map(|id| sea_orm::Value::from(*id)));
    sql::all(db, &query, values).await
}

/// Whether somebody sees people no more (ms), or does again.
pub async fn end_resource(
    tx: &Tx,
    organisation: OrganisationId,
    person: PersonId,
    at: Option<i64>,
) -> Result<(), StoreError> {
    let query = "update resource set ended_at = $3 where organisation_id = $1 and person_id = $2";
    sql::run(&**tx, query, [organisation.0.into(), person.0.into(), at.into()]).await?;
    Ok(())
}

pub async fn update_resource(tx: &Tx, row: resource::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

pub async fn update_rule(tx: &Tx, row: availability_rule::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

pub async fn insert_resource(tx: &Tx, row: resource::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn insert_rule(tx: &Tx, row: availability_rule::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn delete_rule(tx: &Tx, organisation: OrganisationId, id: Uuid) -> Result<u64, StoreError> {
    // The days on which it did not take place go with it.
    let closed = "delete from closure where organisation_id = $1 and rule_id = $2";
    sql::run(&**tx, closed, [organisation.0.into(), id.into()]).await?;
    let query = "delete from availability_rule where organisation_id = $1 and id = $2";
    sql::run(&**tx, query, [organisation.0.into(), id.into()]).await
}

/// A weekly session by its id.
pub async fn rule(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<availability_rule::Model>, StoreError> {
    Ok(availability_rule::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

/// Whether anybody in the organisation has a weekly session.
pub async fn has_rules(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<bool, StoreError> {
    let found = availability_rule::Entity::find()
        .filter(availability_rule::Column::OrganisationId.eq(organisation.0))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// The weekly sessions in which a service sees people.
pub async fn rules_of_service(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<Vec<availability_rule::Model>, StoreError> {
    use availability_rule::Column as C;
    Ok(availability_rule::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ServiceId.eq(service.0))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// All weekly sessions of an organisation.
pub async fn rules(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<availability_rule::Model>, StoreError> {
    let own = availability_rule::Entity::find()
        .filter(availability_rule::Column::OrganisationId.eq(organisation.0));
    Ok(own.order_by_asc(availability_rule::Column::Id).all(db).await?)
}

/// Those of a service's weekly sessions in which one clinician may see people: alone, or with others among whom they are to
/// be looked for.
pub async fn rules_with(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
    who: ResourceId,
) -> Result<Vec<availability_rule::Model>, StoreError> {
    use availability_rule::Column as C;
    let mut rows = availability_rule::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ServiceId.eq(service.0))
        .filter(Condition::any().add(C::ResourceId.eq(who.0)).add(C::Pool.ne("")))
        .all(db)
        .await?;
    // Sorted here: in SQL it makes SQLite walk all of the organisation's in this order.
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// The weekly sessions of a resource, also those for which it is one of several.
pub async fn rules_of_resource(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resource: ResourceId,
) -> Result<Vec<availability_rule::Model>, StoreError> {
    use availability_rule::Column as C;
    Ok(availability_rule::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(
            Condition::any()
                .add(C::ResourceId.eq(resource.0))
                // Ids are of one length, so none is part of another one.
                .add(C::Pool.contains(resource.0.to_string()))
                .add(C::Also.contains(resource.0.to_string())),
        )
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// The calendars of an organisation; those without a resource first.
pub async fn calendars(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<calendar::Model>, StoreError> {
    use calendar::Column as C;
    let mut rows = calendar::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .order_by_asc(C::Name)
        .order_by_asc(C::Id)
        .all(db)
        .await?;
    rows.sort_by_key(|row| row.resource_id.is_some());
    Ok(rows)
}

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: CalendarId,
) -> Result<Option<calendar::Model>, StoreError> {
    Ok(calendar::Entity::find_by_id((organisation.0, id.0)).one(db).await?)
}

/// Calendars of the same content in the organisation, the oldest first: one file imported twice for the same clinician stays
/// one.
pub async fn same(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    sha256: &str,
) -> Result<Vec<calendar::Model>, StoreError> {
    use calendar::Column as C;
    Ok(calendar::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::Sha256.eq(sha256))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// Subscribed calendars whose turn has come (ms), the longest waiting first, at most `most`.
pub async fn due_for_refresh(
    db: &impl ConnectionTrait,
    now: i64,
    most: u64,
) -> Result<Vec<calendar::Model>, StoreError> {
    use calendar::Column as C;
    Ok(calendar::Entity::find()
        .filter(C::Url.is_not_null())
        .filter(Condition::any().add(C::NextAt.is_null()).add(C::NextAt.lte(now)))
        .order_by_asc(C::NextAt)
        .order_by_asc(C::Id)
        .limit(most)
        .all(db)
        .await?)
}

/// Takes a calendar's turn until `until` (ms), so that of several servers one reads it. False: somebody else has it.
pub async fn take_turn(tx: &Tx, row: &calendar::Model, until: i64) -> Result<bool, StoreError> {
    let (known, mut values): (_, Vec<sea_orm::Value>) =
        (row.next_at, vec![row.organisation_id.into(), row.id.into(), until.into()]);
    let unchanged = if known.is_some() { "next_at = $4" } else { "next_at is null" };
    values.extend(known.map(sea_orm::Value::from));
    let query =
        format!("update calendar set next_at = $3 where organisation_id = $1 and id = $2 and {unchanged}");
    Ok(sql::run(&**tx, &query, values).await? == 1)
}

/// Makes it a subscribed calendar's turn (ms), and forgets what it had answered: it answers with everything again.
pub async fn ask_anew(tx: &Tx, row: &calendar::Model, now: i64) -> Result<(), StoreError> {
    let query = "update calendar set etag = null, last_modified = null, next_at = $3 where organisation_id = $1 and id = $2";
    sql::run(&**tx, query, [row.organisation_id.into(), row.id.into(), now.into()]).await.map(|_| ())
}

/// Subscribed calendars of resources.
pub async fn feeds_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resources: &[Uuid],
) -> Result<Vec<calendar::Model>, StoreError> {
    use calendar::Column as C;
    let mut rows = calendar::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ResourceId.is_in(resources.iter().copied()))
        .filter(C::Url.is_not_null())
        .all(db)
        .await?;
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// Takes a calendar away, with the busy times that it meant.
pub async fn remove(tx: &Tx, row: &calendar::Model) -> Result<(), StoreError> {
    replace_busy(tx, row, &[]).await?;
    let query = "delete from calendar where organisation_id = $1 and id = $2";
    sql::run(&**tx, query, [row.organisation_id.into(), row.id.into()]).await?;
    Ok(())
}

/// Names of the resources among these whose subscribed calendar was last read before it counts as old, though times are
/// offered all the same.
pub async fn outdated(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resources: &[Uuid],
    now: i64,
) -> Result<Vec<Uuid>, StoreError> {
    use calendar::Column as C;
    let rows = calendar::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ResourceId.is_in(resources.iter().copied()))
        .filter(C::Url.is_not_null())
        .all(db)
        .await?;
    let old = rows.iter().filter(|row| is_stale(row, now));
    Ok(old.filter_map(|row| row.resource_id).collect())
}

/// Whether what was read of a subscribed calendar is older than its owner allows (ms), or it did not answer in time when
/// somebody booked.
pub fn is_stale(row: &calendar::Model, now: i64) -> bool {
    row.url.is_some() && (row.unsure_since.is_some() || row.fetched_at < now - row.stale_hours * 3_600_000)
}

/// The ids of all calendars, with the organisation of each.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        organisation_id: Uuid,
        id: Uuid,
    }
    let rows: Vec<Row> =
        sql::all(db, "select organisation_id, id from calendar order by organisation_id, id", []).await?;
    Ok(rows.into_iter().map(|row| (row.organisation_id, row.id)).collect())
}

/// Calendars whose busy times do not reach `until` (ms), but those whose content could not be read a short while ago.
pub async fn due_for_expansion(
    db: &impl ConnectionTrait,
    now: i64,
    until: i64,
) -> Result<Vec<calendar::Model>, StoreError> {
    use calendar::Column as C;
    Ok(calendar::Entity::find()
        .filter(Condition::any().add(C::ExpandedTo.is_null()).add(C::ExpandedTo.lt(until)))
        .filter(Condition::any().add(C::ExpandAfter.is_null()).add(C::ExpandAfter.lte(now)))
        .all(db)
        .await?)
}

pub async fn insert(tx: &Tx, row: calendar::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update(tx: &Tx, row: calendar::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// A busy time of a resource.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct BusyRow {
    pub start_at: i64,
    pub end_at: i64,
    pub effect: String,
    pub uid: String,
}

/// Replaces all busy times of a calendar.
pub async fn replace_busy(tx: &Tx, row: &calendar::Model, busy: &[BusyRow]) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "delete from calendar_busy where organisation_id = $1 and calendar_id = $2",
        [row.organisation_id.into(), row.id.into()],
    )
    .await?;
    for chunk in busy.chunks(100) {
        let mut values: Vec<sea_orm::Value> = vec![row.organisation_id.into(), row.id.into()];
        let mut marks = Vec::new();
        for time in chunk {
            let at = values.len();
            marks.push(format!("($1, $2, ${}, ${}, ${}, ${})", at + 1, at + 2, at + 3, at + 4));
            values.extend([
                time.start_at.into(),
                time.end_at.into(),
                time.effect.as_str().into(),
                time.uid.as_str().into(),
            ]);
        }
        let query = format!(
            "insert into calendar_busy (organisation_id, calendar_id, start_at, end_at, effect, uid) values {}",
            marks.join(", ")
        );
        sql::run(&**tx, &query, values).await?;
    }
    let stretches = busy.iter().map(|time| (time.start_at, time.end_at));
    crate::free_busy::pack_busy(tx, row.organisation_id, row.id, stretches).await
}

/// Busy times of a resource's calendars that touch the span.
pub async fn busy(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resource: ResourceId,
    from: i64,
    to: i64,
) -> Result<Vec<BusyRow>, StoreError> {
    sql::all(
        db,
        "select b.start_at, b.end_at, b.effect, b.uid from calendar c \
         join calendar_busy b on b.organisation_id = c.organisation_id and b.calendar_id = c.id \
         where c.organisation_id = $1 and c.resource_id = $2 and b.start_at < $4 and b.end_at > $3 \
         order by b.start_at",
        [organisation.0.into(), resource.0.into(), from.into(), to.into()],
    )
    .await
}
