//! The schema's history. Frozen: a migration that has landed is never edited, and none uses live entities.

mod first_schema;
pub mod table;

use sea_orm_migration::prelude::*;

/// Runs the schema's history, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(first_schema::Migration)]
    }
}
