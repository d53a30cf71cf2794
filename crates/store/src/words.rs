//! Versions of what organisations wrote of messages.

use domain::OrganisationId;
use domain::template::Template;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::words_version::{self, Column as C, Model};
use crate::{StoreError, Tx, sql};

/// A message in one language, as an organisation says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Which<'a> {
    pub organisation: OrganisationId,
    pub template: Template,
    /// BCP 47, small letters.
    pub language: &'a str,
}

/// The newest version of each message in each language.
pub async fn newest_of_all(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<Model>, StoreError> {
    newest_where(db, organisation, "").await
}

/// What is sent: the newest approved version of each message in each language.
pub async fn live_of_all(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<Model>, StoreError> {
    newest_where(db, organisation, "and w.approved_at is not null").await
}

/// Walks the organisation's part of the primary key once, and looks into it for each row.
async fn newest_where(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    condition: &str,
) -> Result<Vec<Model>, StoreError> {
    let sql = format!(
        "select v.* from words_version v where v.organisation_id = $1 and v.version = (select max(w.version) \
         from words_version w where w.organisation_id = v.organisation_id and w.template = v.template \
         and w.language = v.language {condition}) order by v.template, v.language"
    );
    sql::all(db, &sql, [organisation.0.into()]).await
}

/// The versions of one message in one language, the newest first; at most `most`.
pub async fn versions(
    db: &impl ConnectionTrait,
    which: Which<'_>,
    most: u64,
) -> Result<Vec<Model>, StoreError> {
    Ok(words_version::Entity::find()
        .filter(C::OrganisationId.eq(which.organisation.0))
        .filter(C::Template.eq(which.template.code()))
        .filter(C::Language.eq(which.language))
        .order_by_desc(C::Version)
        .limit(most)
        .all(db)
        .await?)
}

/// The newest version, draft or not.
pub async fn newest(db: &impl ConnectionTrait, which: Which<'_>) -> Result<Option<Model>, StoreError> {
    Ok(versions(db, which, 1).await?.pop())
}

/// The version that is sent.
pub async fn live(db: &impl ConnectionTrait, which: Which<'_>) -> Result<Option<Model>, StoreError> {
    Ok(words_version::Entity::find()
        .filter(C::OrganisationId.eq(which.organisation.0))
        .filter(C::Template.eq(which.template.code()))
        .filter(C::Language.eq(which.language))
        .filter(C::ApprovedAt.is_not_null())
        .order_by_desc(C::Version)
        .one(db)
        .await?)
}

pub async fn version(
    db: &impl ConnectionTrait,
    which: Which<'_>,
    version: i64,
) -> Result<Option<Model>, StoreError> {
    let key = (which.organisation.0, which.template.code().to_owned(), which.language.to_owned(), version);
    Ok(words_version::Entity::find_by_id(key).one(db).await?)
}

/// Writes a version after the newest one.
///
/// Errors: `Stale` when somebody else has written it meanwhile.
pub async fn add(tx: &Tx, row: Model) -> Result<(), StoreError> {
    match sql::insert(&**tx, row).await {
        Err(StoreError::Duplicate(_)) => Err(StoreError::Stale),
        done => done,
    }
}

/// Approves a version that nobody has approved.
///
/// Errors: `Stale` when it is approved already, or when there is a newer one.
pub async fn approve(
    tx: &Tx,
    which: Which<'_>,
    version: i64,
    at: i64,
    (person, name): (Option<uuid::Uuid>, String),
) -> Result<(), StoreError> {
    let touched = sql::run(
        &**tx,
        "update words_version set approved_at = $5, approved_by = $6, approved_by_name = $7 \
         where organisation_id = $1 and template = $2 and language = $3 and version = $4 and approved_at is null \
         and not exists (select 1 from words_version w where w.organisation_id = $1 and w.template = $2 \
         and w.language = $3 and w.version > $4)",
        [
            which.organisation.0.into(),
            which.template.code().into(),
            which.language.into(),
            version.into(),
            at.into(),
            person.into(),
            name.into(),
        ],
    )
    .await?;
    if touched == 0 { Err(StoreError::Stale) } else { Ok(()) }
}
