//! The product driven from outside, over real databases and local stand-ins.

mod access;
mod administration;
mod audit;
mod delegates;
mod gate;
mod health;
mod house;
mod idempotent;
mod import_samples;
mod messages;
mod notices;
mod race;
mod sequences;
mod sign_in;
mod stop;
mod uploads;
mod whole_way;
mod workflow;
