//! One message to many patients: written, looked at with everybody who would get it, confirmed, sent bit by bit.
//!
//! What was looked at is kept, row by row (`campaign_recipient`), and is what is sent: a confirmation works the set out anew and
//! is refused where it differs. From there [`go_on`] writes the messages a lot at a time into the outbox, where the dispatcher
//! looks at each once more before it leaves.

mod acts;
mod export;
mod fan_out;
mod form;
mod page;
mod set;

pub use acts::{act, change, make};
pub use export::export;
pub use fan_out::go_on;
pub use form::form;
pub use page::{list, page};

use contract::{ToManyFilter, ToManyWords};
use domain::policy::{Capability, may};
use domain::to_many::{Purpose, Stage};
use domain::{OrganisationId, Principal};
use store::entity::{campaign, organisation};
use uuid::Uuid;

use crate::audit::Touched;
use crate::{Call, ServiceError};

/// The organisation for which somebody writes to many.
pub(crate) fn sender(call: &Call) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, Capability::SendToMany)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

fn id_of(text: &str) -> Result<Uuid, ServiceError> {
    text.parse().map_err(|_| ServiceError::NotFound)
}

fn touched(row: &campaign::Model) -> Touched {
    let organisation = OrganisationId(row.organisation_id);
    Touched { organisation, entity: "campaign", id: Some(row.id), patient: None }
}

fn stage(row: &campaign::Model) -> Result<Stage, ServiceError> {
    Stage::from_code(&row.state).ok_or_else(|| broken(row, "stage"))
}

fn purpose(row: &campaign::Model) -> Result<Purpose, ServiceError> {
    Purpose::from_code(&row.purpose).ok_or_else(|| broken(row, "purpose"))
}

fn words_of(row: &campaign::Model) -> Result<Vec<ToManyWords>, ServiceError> {
    serde_json::from_str(&row.words).map_err(|_| broken(row, "words"))
}

fn filter_of(row: &campaign::Model) -> Result<ToManyFilter, ServiceError> {
    serde_json::from_str(&row.filter).map_err(|_| broken(row, "filter"))
}

fn broken(row: &campaign::Model, what: &str) -> ServiceError {
    ServiceError::Broken(format!("campaign {}: {what} cannot be read", row.id))
}

fn zone_of(row: &organisation::Model) -> chrono_tz::Tz {
    row.zone.parse().unwrap_or(chrono_tz::Europe::London)
}
