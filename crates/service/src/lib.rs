//! One function for each thing that a person or a job may do: authorise, load, decide, and write row, event,
//! audit and outgoing messages in one transaction.
//!
//! Pages, feeds, the FHIR interface, imports and jobs all go through here, so that no door is without its guard.

pub mod account;
pub mod admin;
pub mod asking;
mod audit;
pub mod availability;
pub mod booking;
pub mod calendar;
pub mod check;
pub mod clock;
pub mod clock_rules;
pub mod consent;
pub mod day_notices;
pub mod deaths;
mod describe;
mod desk;
mod dispatch;
pub mod downtime;
pub mod emergency;
mod error;
mod facts;
mod faults;
mod hands;
mod ids;

pub mod import;
pub mod inbound;
pub mod jobs;
pub mod letters;
pub mod messages;
pub mod operations;
mod outbox;
mod own_words;
pub mod patient;
pub mod ports;
pub mod postcodes;
pub mod private_feeds;
pub mod quality;
pub mod reasons;
pub mod referrals;
pub mod reseal;
pub mod sign_in;
pub mod signed;
pub mod to_many;
pub mod told;
mod unit;
pub mod unsubscribe;

pub use audit::Trail;
pub use desk::{Call, Desk, Notice, Settings};
pub use error::{Conflict, ServiceError};
