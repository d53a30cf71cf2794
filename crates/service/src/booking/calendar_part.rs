//! The calendar part of a booking's mail (RFC 5546 iTIP): the same UID for every change, SEQUENCE rising.

use chrono::{DateTime, Utc};
use contract::AppointmentView;
use domain::ReferralId;
use interop::ical::invite::{Invite, Method};
use store::entity::appointment;

use super::uid;
use crate::unit::Case;
use crate::{ServiceError, facts};

/// REQUEST: a new or moved visit.
pub fn request(
    case: &Case,
    row: &appointment::Model,
    view: &AppointmentView,
    now: DateTime<Utc>,
    organizer: &str,
) -> Result<(Vec<u8>, String), ServiceError> {
    Ok((invite(case, row, view, now, organizer, Method::Request)?.to_bytes(), "REQUEST".to_owned()))
}

/// CANCEL: the visit does not take place.
pub fn cancel(
    case: &Case,
    row: &appointment::Model,
    view: &AppointmentView,
    now: DateTime<Utc>,
    organizer: &str,
) -> Result<(Vec<u8>, String), ServiceError> {
    Ok((invite(case, row, view, now, organizer, Method::Cancel)?.to_bytes(), "CANCEL".to_owned()))
}

/// Nothing in it names the clinic's specialty: a calendar is read over shoulders.
fn invite(
    case: &Case,
    row: &appointment::Model,
    view: &AppointmentView,
    now: DateTime<Utc>,
    organizer: &str,
    method: Method,
) -> Result<Invite, ServiceError> {
    let zone = row.zone.parse().map_err(|_| ServiceError::Broken(format!("appointment {}: zone", row.id)))?;
    let location = match &view.address {
        Some(address) => format!("{}, {address}", view.place),
        None => view.place.clone(),
    };
    Ok(Invite {
        uid: uid(ReferralId(case.row.id)),
        sequence: u32::try_from(row.sequence).unwrap_or(u32::MAX),
        method,
        organizer_name: case.organisation.name.clone(),
        organizer_email: organizer.to_owned(),
        attendee_email: case.patient.email.clone().unwrap_or_default(),
        attendee_name: format!("{} {}", case.patient.given, case.patient.family),
        start: facts::instant(row.start_at),
        end: facts::instant(row.end_at),
        zone,
        summary: format!("Appointment, {}", case.organisation.name),
        description: format!(
            "Reference {}. To change or cancel, use the link in our message.",
            case.row.reference
        ),
        location,
        stamp: now,
        alarm_min: Some(24 * 60),
        url: None,
    })
}
