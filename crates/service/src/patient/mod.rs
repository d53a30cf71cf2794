//! What a patient sees and does.

mod home;
mod look;
mod push;
mod reach;
mod survey;
mod timeline;

pub use home::{home, say_needed, status, status_after};
pub use look::{looked, sent};
pub use push::subscribe;
pub use reach::{reach_form, set_reach};
pub use survey::{answer_survey, survey_page};

use domain::{OrganisationId, PatientId, Principal};

use crate::{Call, ServiceError};

/// The patient who asks.
fn who(call: &Call) -> Result<(OrganisationId, PatientId), ServiceError> {
    match call.actor.principal {
        Principal::Patient { organisation, patient, .. } => Ok((organisation, patient)),
        _ => Err(ServiceError::NotAllowed),
    }
}
