//! The only room that knows SeaORM and SQL: entities, scoped finders, writes.
//!
//! Every finder begins with a scope, so that nobody finds by id what they may not see. Writes take a [`Tx`];
//! a decision and all that follows from it is one transaction.

pub mod appointments;
pub mod audit;
pub mod calendars;
pub mod campaigns;
pub mod chases;
pub mod clock_rules;
pub mod consent;
pub mod day_notices;
pub mod deaths;
pub mod delegations;
pub mod directory;
pub mod documents;
pub mod downtime;
pub mod emergencies;
pub mod entity;
mod error;
pub mod follow_ups;
pub mod free_busy;
pub mod idempotency;
pub mod invariants;
pub mod leave;
pub mod letters;
pub mod likenesses;
pub mod matching;
pub mod messages;
mod open;
pub mod outside;
pub mod patients;
pub mod people;
pub mod postcodes;
pub mod print_queue;
pub mod private_feeds;
pub mod quality;
pub mod reasons;
pub mod referrals;
pub mod second_factors;
pub mod sessions;
pub mod sheets;
pub mod shortlists;
mod sql;
pub mod tallies;
pub mod teams;
pub mod thread;
pub mod told;
pub mod views;
pub mod waitlist;
pub mod ways_in;
pub mod words;
mod write;

pub use error::{StoreError, Unique};
pub use open::{OpenError, Store};
pub use sea_orm::ConnectionTrait as Db;
pub use write::Tx;
