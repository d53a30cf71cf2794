//! Organisations, sites, services, and the business identifiers of everything.

use domain::{OrganisationId, ServiceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::{api_client, change, external_identifier, organisation, service, site};
use crate::{StoreError, Tx, sql};

pub async fn organisation(
    db: &impl ConnectionTrait,
    id: OrganisationId,
) -> Result<Option<organisation::Model>, StoreError> {
    Ok(organisation::Entity::find_by_id(id.0).one(db).await?)
}

/// All organisations, oldest first.
pub async fn organisations(db: &impl ConnectionTrait) -> Result<Vec<organisation::Model>, StoreError> {
    Ok(organisation::Entity::find().order_by_asc(organisation::Column::Id).all(db).await?)
}

pub async fn insert_organisation(tx: &Tx, row: organisation::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update_organisation(tx: &Tx, row: organisation::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

pub async fn insert_site(tx: &Tx, row: site::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update_site(tx: &Tx, row: site::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

pub async fn site(
    db: &impl ConnectionTrait,
    organisation: Uuid,
    id: Uuid,
) -> Result<Option<site::Model>, StoreError> {
    Ok(site::Entity::find_by_id((organisation, id)).one(db).await?)
}

pub async fn insert_service(tx: &Tx, row: service::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update_service(tx: &Tx, row: service::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// The sites of one organisation, by name.
pub async fn sites_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<site::Model>, StoreError> {
    Ok(site::Entity::find()
        .filter(site::Column::OrganisationId.eq(organisation.0))
        .order_by_asc(site::Column::Name)
        .all(db)
        .await?)
}

/// Writes down what an administrator changed.
pub async fn insert_changes(tx: &Tx, rows: Vec<change::Model>) -> Result<(), StoreError> {
    if rows.is_empty() { Ok(()) } else { sql::insert_all(&**tx, rows).await }
}

/// The newest changes of an organisation, of one thing or of all.
pub async fn changes(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    entity: Option<Uuid>,
    limit: u64,
) -> Result<Vec<change::Model>, StoreError> {
    let mut query = change::Entity::find().filter(change::Column::OrganisationId.eq(organisation.0));
    if let Some(id) = entity {
        query = query.filter(change::Column::EntityId.eq(id));
    }
    Ok(query.order_by_desc(change::Column::Id).limit(limit).all(db).await?)
}

/// A service that one can refer to, whichever organisation offers it.
pub async fn service(db: &impl ConnectionTrait, id: ServiceId) -> Result<Option<service::Model>, StoreError> {
    Ok(service::Entity::find().filter(service::Column::Id.eq(id.0)).one(db).await?)
}

/// A service as the directory shows it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ListedService {
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub name: String,
    pub organisation: String,
    pub site: Option<String>,
    pub required: String,
}

/// The services that take referrals, by name.
pub async fn services(db: &impl ConnectionTrait) -> Result<Vec<ListedService>, StoreError> {
    sql::all(
        db,
        "select s.id, s.organisation_id, s.name, o.name as organisation, t.name as site, s.required from service s \
         join organisation o on o.id = s.organisation_id \
         left join site t on t.organisation_id = s.organisation_id and t.id = s.site_id \
         where s.active order by s.name, s.id limit 500",
        [],
    )
    .await
}

/// The services of one organisation, by name.
pub async fn services_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<service::Model>, StoreError> {
    Ok(service::Entity::find()
        .filter(service::Column::OrganisationId.eq(organisation.0))
        .order_by_asc(service::Column::Name)
        .all(db)
        .await?)
}

/// The thing of a kind that a business identifier names, with the organisation it is kept under.
pub async fn identified(
    db: &impl ConnectionTrait,
    kind: &str,
    system: &str,
    value: &str,
) -> Result<Vec<external_identifier::Model>, StoreError> {
    use external_identifier::Column as C;
    Ok(external_identifier::Entity::find()
        .filter(C::Kind.eq(kind))
        .filter(C::System.eq(system))
        .filter(C::Value.eq(value))
        .all(db)
        .await?)
}

/// The codes by which an organisation is known elsewhere.
pub async fn identifiers_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<String>, StoreError> {
    use external_identifier::Column as C;
    let rows = external_identifier::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::Kind.eq("organisation"))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}

pub async fn identify(tx: &Tx, row: external_identifier::Model) -> Result<(), StoreError> {
    let known = external_identifier::Entity::find_by_id((
        row.organisation_id,
        row.kind.clone(),
        row.system.clone(),
        row.value.clone(),
    ))
    .one(&**tx)
    .await?;
    if known.is_some() { Ok(()) } else { sql::insert(&**tx, row).await }
}

pub async fn insert_client(tx: &Tx, row: api_client::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// The system that a bearer token names, unless it was revoked.
pub async fn client(
    db: &impl ConnectionTrait,
    token_hash: &str,
) -> Result<Option<api_client::Model>, StoreError> {
    use api_client::Column as C;
    Ok(api_client::Entity::find()
        .filter(C::TokenHash.eq(token_hash))
        .filter(C::RevokedAt.is_null())
        .one(db)
        .await?)
}
