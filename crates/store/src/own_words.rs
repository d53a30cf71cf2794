//! Messages in an organisation's own words.

use domain::OrganisationId;
use domain::template::Template;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::own_words;
use crate::{StoreError, Tx, sql};

/// An organisation's own texts of a message; none when it never wrote any.
pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    template: Template,
) -> Result<Option<own_words::Model>, StoreError> {
    let key = (organisation.0, template.code().to_owned());
    Ok(own_words::Entity::find_by_id(key).one(db).await?)
}

/// All messages of which an organisation ever wrote texts.
pub async fn of_organisation(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<own_words::Model>, StoreError> {
    Ok(own_words::Entity::find()
        .filter(own_words::Column::OrganisationId.eq(organisation.0))
        .order_by_asc(own_words::Column::Template)
        .all(db)
        .await?)
}

/// Writes the texts over the version that was read; 0 when there were none. The version rises.
///
/// Errors: `Stale` when somebody else has written meanwhile.
pub async fn put(tx: &Tx, mut row: own_words::Model) -> Result<(), StoreError> {
    let read = row.version;
    row.version += 1;
    if read == 0 {
        return match sql::insert(&**tx, row).await {
            Err(StoreError::Duplicate(_)) => Err(StoreError::Stale),
            done => done,
        };
    }
    let touched = sql::run(
        &**tx,
        "update own_words set version = $3 where organisation_id = $1 and template = $2 and version = $4",
        [row.organisation_id.into(), row.template.clone().into(), row.version.into(), read.into()],
    )
    .await?;
    if touched == 0 {
        return Err(StoreError::Stale);
    }
    sql::update(&**tx, row).await
}
