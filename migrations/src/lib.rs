//! The schema's history. Frozen: a migration that has landed is never edited, and none uses live entities.

mod ask_for_advice;
mod asked_by_note;
mod calendar_feeds;
mod campaigns;
mod carry_out_plans;
mod causes_apart;
mod chases;
mod clock_rules;
mod compare_services;
mod day_notices;
mod deaths;
mod doubt_calendars;
mod first_schema;
mod key_in_referrals;
mod letters;
mod lists;
mod message_proofs;
mod name_delegates;
mod operations;
mod own_words;
mod places_at_once;
mod plans;
mod print_queue;
mod private_feeds;
mod reasons;
mod received_messages;
mod reminder_rules;
mod role_ends;
mod role_terms;
mod room_in_pages;
mod scanning;
mod service_rules;
mod sessions_and_leave;
mod staff_access;
pub mod table;
mod told;
mod version_words;
mod visit_places;
mod visit_wishes;
mod visits_in_doubt;
mod waiting_list;
mod ways_to_addresses;
mod ways_to_rows;
mod wishes_and_groups;
mod workflow;

use sea_orm_migration::prelude::*;

/// Runs the schema's history, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(first_schema::Migration),
            Box::new(workflow::Migration),
            Box::new(scanning::Migration),
            Box::new(name_delegates::Migration),
            Box::new(staff_access::Migration),
            Box::new(reasons::Migration),
            Box::new(compare_services::Migration),
            Box::new(ask_for_advice::Migration),
            Box::new(key_in_referrals::Migration),
            Box::new(letters::Migration),
            Box::new(plans::Migration),
            Box::new(service_rules::Migration),
            Box::new(lists::Migration),
            Box::new(role_terms::Migration),
            Box::new(waiting_list::Migration),
            Box::new(sessions_and_leave::Migration),
            Box::new(calendar_feeds::Migration),
            Box::new(own_words::Migration),
            Box::new(asked_by_note::Migration),
            Box::new(visit_places::Migration),
            Box::new(visit_wishes::Migration),
            Box::new(visits_in_doubt::Migration),
            Box::new(carry_out_plans::Migration),
            Box::new(wishes_and_groups::Migration),
            Box::new(places_at_once::Migration),
            Box::new(causes_apart::Migration),
            Box::new(role_ends::Migration),
            Box::new(ways_to_rows::Migration),
            Box::new(clock_rules::Migration),
            Box::new(doubt_calendars::Migration),
            Box::new(message_proofs::Migration),
            Box::new(version_words::Migration),
            Box::new(received_messages::Migration),
            Box::new(reminder_rules::Migration),
            Box::new(chases::Migration),
            Box::new(private_feeds::Migration),
            Box::new(print_queue::Migration),
            Box::new(told::Migration),
            Box::new(ways_to_addresses::Migration),
            Box::new(day_notices::Migration),
            Box::new(campaigns::Migration),
            Box::new(room_in_pages::Migration),
            Box::new(deaths::Migration),
            Box::new(operations::Migration),
        ]
    }
}

/// Brings a database's schema up to date.
pub async fn up(database: &sea_orm_migration::sea_orm::DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(database, None).await
}

/// Migrations that a database has not seen yet, by name.
pub async fn pending(
    database: &sea_orm_migration::sea_orm::DatabaseConnection,
) -> Result<Vec<String>, DbErr> {
    let pending = Migrator::get_pending_migrations(database).await?;
    Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
}
