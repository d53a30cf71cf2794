//! The product driven from outside, over real databases and local stand-ins.

mod access;
mod administration;
mod audit;
mod delegates;
mod emergency;
mod gate;
mod health;
mod house;
mod idempotent;
mod import_samples;
mod locums;
mod messages;
mod notices;
mod passkeys;
mod race;
mod reasons;
mod sequences;
mod shortlist;
mod sign_in;
mod sign_on;
mod stop;
mod uploads;
mod ways_in;
mod whole_way;
mod workflow;
