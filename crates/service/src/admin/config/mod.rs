//! An organisation's configuration as one document: written out, checked, taken in.
//!
//! What a document names is made or changed; what it does not name is left alone, so nothing is ever removed by leaving it
//! out. Things are found by their names, people by their mail addresses, reasons by their
//! codes. A key that is left out leaves what is there.

mod document;
mod export;
mod load;
mod messages;
mod reasons;

use domain::{OrganisationId, Principal};

pub use document::{ConfigDocument, Format, MOST_BYTES, read};
pub use export::export_config;
pub use load::{Mode, load_config};

use crate::{Call, ServiceError};

/// Whose configuration this caller may read and write: administrators their own, the command line any.
pub(in crate::admin) fn configures(
    call: &Call,
    wanted: Option<OrganisationId>,
) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, wanted) {
        (Principal::System { .. }, Some(organisation)) => Ok(organisation),
        (Principal::System { .. }, None) => Err(ServiceError::NotFound),
        (_, None) => super::administrator(call),
        (_, Some(wanted)) => {
            let own = super::administrator(call)?;
            if own == wanted { Ok(own) } else { Err(ServiceError::NotFound) }
        }
    }
}
