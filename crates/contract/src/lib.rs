//! What crosses the wire to a page: form inputs, page read models, the public error.
//!
//! Installed apps call with last week's bundle, so these types change only by adding. Instants arrive here as
//! words, said in the zone of the place; ids are plain text.

mod access;
mod board;
mod configuration;
mod conflict;
mod day_notices;
mod deaths;
mod delegates;
mod downtime;
mod error;
mod follow_ups;
mod inputs;
mod key_in;
mod letters;
mod likeness;
mod lists;
mod matching;
mod meanwhile;
mod patient;
mod places;
mod private_feeds;
mod reasons;
mod record;
mod rules;
mod sheet;
mod shortlist;
mod staff;
mod templates;
mod to_many;
mod told;
mod waiting;

pub use access::*;
pub use board::*;
pub use configuration::*;
pub use conflict::Conflict;
pub use day_notices::*;
pub use deaths::*;
pub use delegates::*;
pub use downtime::*;
pub use error::{FieldError, PublicError};
pub use follow_ups::*;
pub use inputs::*;
pub use key_in::*;
pub use letters::*;
pub use likeness::*;
pub use lists::*;
pub use matching::*;
pub use meanwhile::*;
pub use patient::*;
pub use places::*;
pub use private_feeds::*;
pub use reasons::*;
pub use record::*;
pub use rules::*;
pub use sheet::*;
pub use shortlist::*;
pub use staff::*;
pub use templates::*;
pub use to_many::*;
pub use told::*;
pub use waiting::*;
