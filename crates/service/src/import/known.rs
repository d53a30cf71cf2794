//! Which record of a file is which row.

use std::collections::HashMap;

use interop::fhir::records::{Identifier, Link};
use store::entity::external_identifier;
use uuid::Uuid;

use super::Import;
use crate::ServiceError;

/// A row, with the organisation that it is kept under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub organisation: Uuid,
    pub id: Uuid,
}

/// Rows by the keys of the file under way.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<(&'static str, String), Place>);

/// Namespace of bundle keys, for records that carry no business identifier of their own.
const KEY_SYSTEM: &str = "urn:waymark:bundle-key";

impl Import<'_> {
    pub(super) fn remember(&mut self, kind: &'static str, key: &str, place: Place) {
        self.known.0.insert((kind, key.to_owned()), place);
    }

    /// The row that a link names, in this file or stored before.
    pub(super) async fn find(&self, kind: &'static str, link: &Link) -> Result<Option<Place>, ServiceError> {
        match link {
            Link::Key(key) => match self.known.0.get(&(kind, key.clone())) {
                Some(place) => Ok(Some(*place)),
                None => self.stored(kind, KEY_SYSTEM, key).await,
            },
            Link::Identifier(identifier) => self.stored(kind, &identifier.system, &identifier.value).await,
        }
    }

    /// The row of an optional link; `None` when there is no link.
    pub(super) async fn find_some(
        &self,
        kind: &'static str,
        link: Option<&Link>,
    ) -> Result<Option<Place>, ServiceError> {
        match link {
            Some(link) => self.find(kind, link).await,
            None => Ok(None),
        }
    }

    /// The row that was stored before under one of the identifiers or the key.
    pub(super) async fn before(
        &self,
        kind: &'static str,
        identifiers: &[Identifier],
        key: &str,
    ) -> Result<Option<Place>, ServiceError> {
        for identifier in identifiers {
            if let Some(place) = self.stored(kind, &identifier.system, &identifier.value).await? {
                return Ok(Some(place));
            }
        }
        self.stored(kind, KEY_SYSTEM, key).await
    }

    async fn stored(&self, kind: &str, system: &str, value: &str) -> Result<Option<Place>, ServiceError> {
        let rows = store::directory::identified(&*self.unit.tx, kind, system, value).await?;
        Ok(rows.first().map(|row| Place { organisation: row.organisation_id, id: row.entity_id }))
    }

    /// Notes under which identifiers a row is found again.
    pub(super) async fn identify(
        &mut self,
        kind: &'static str,
        identifiers: &[Identifier],
        key: &str,
        place: Place,
    ) -> Result<(), ServiceError> {
        let own = Identifier { system: KEY_SYSTEM.to_owned(), value: key.to_owned() };
        for identifier in identifiers.iter().chain([&own]) {
            let row = external_identifier::Model {
                organisation_id: place.organisation,
                kind: kind.to_owned(),
                system: identifier.system.clone(),
                value: identifier.value.clone(),
                entity_id: place.id,
            };
            store::directory::identify(&self.unit.tx, row).await?;
        }
        self.remember(kind, key, place);
        Ok(())
    }
}
