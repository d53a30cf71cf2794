//! What can be booked: clinicians with their limits, rooms and machines; and how a service books.

use contract::{FieldError, ResourceInput, ServiceBookingInput};
use domain::policy::{Capability, may};
use domain::{OrganisationId, Principal, ResourceId, ServiceId, language};
use store::entity::{resource, service_booking};

use super::theirs;
use crate::audit::Touched;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// Changes a resource's limits, languages and places. Whoever may change its availability.
pub async fn change_resource(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    input: &ResourceInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "change-resource", &(resource, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, row) = theirs(&*unit.tx, call, Some(resource)).await?;
    let row = filled(row, input)?;
    let touched = Touched { organisation, entity: "availability", id: Some(row.id), patient: None };
    store::calendars::update_resource(&unit.tx, row).await?;
    unit.record("change-resource", &touched);
    unit.finish(()).await
}

/// Adds a room or a machine. Coordinators and administrators.
pub async fn add_resource(
    desk: &Desk,
    call: &Call,
    input: &ResourceInput,
) -> Result<ResourceId, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "add-resource", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let organisation = sees_all(call)?;
    let row = resource::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        kind: "room".to_owned(),
        person_id: None,
        name: String::new(),
        places: 1,
        daily_limit: None,
        languages: String::new(),
        is_machine: input.kind == "machine",
        ended_at: None,
    };
    let row = filled(row, input)?;
    let id = row.id;
    store::calendars::insert_resource(&unit.tx, row).await?;
    unit.record(
        "add-resource",
        &Touched { organisation, entity: "availability", id: Some(id), patient: None },
    );
    unit.finish(ResourceId(id)).await
}

/// Sets how a service books. Coordinators and administrators.
pub async fn set_booking(
    desk: &Desk,
    call: &Call,
    service: ServiceId,
    input: &ServiceBookingInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "set-booking", &(service, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let organisation = sees_all(call)?;
    let known = store::directory::service(&*unit.tx, service).await?;
    if known.is_none_or(|row| row.organisation_id != organisation.0) {
        return Err(ServiceError::NotFound);
    }
    let mut fields = Vec::new();
    let mut some = |field: &str, text: &str, from: i64, to: i64, remedy: &str| match text.trim() {
        "" => None,
        text => {
            let value = text.parse::<i64>().ok().filter(|value| (from..=to).contains(value));
            if value.is_none() {
                fields.push(FieldError::new(field, remedy));
            }
            value
        }
    };
    let row = service_booking::Model {
        organisation_id: organisation.0,
        service_id: service.0,
        notice_hours: some(
            "notice_hours",
            &input.notice_hours,
            0,
            2_000,
            "Enter hours, from 0 to 2000, or leave it empty.",
        ),
        horizon_days: some(
            "horizon_days",
            &input.horizon_days,
            1,
            365,
            "Enter days, from 1 to 365, or leave it empty.",
        ),
        holds_at_acceptance: input.holds_at_acceptance == "1",
    };
    if !fields.is_empty() {
        return Err(ServiceError::Invalid(fields));
    }
    store::leave::set_booking(&unit.tx, row).await?;
    unit.record(
        "set-booking",
        &Touched { organisation, entity: "service", id: Some(service.0), patient: None },
    );
    unit.finish(()).await
}

/// The organisation of somebody who may change everybody's availability.
fn sees_all(call: &Call) -> Result<OrganisationId, ServiceError> {
    let Principal::Staff { organisation, .. } = &call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    match may(&call.actor.principal, Capability::Availability) && super::page::sees_others(call) {
        true => Ok(*organisation),
        false => Err(ServiceError::NotAllowed),
    }
}

fn filled(mut row: resource::Model, input: &ResourceInput) -> Result<resource::Model, ServiceError> {
    let mut fields = Vec::new();
    let mut bad = |field: &str, remedy: &str| fields.push(FieldError::new(field, remedy));
    if row.kind == "room" {
        row.name = input.name.trim().to_owned();
        if row.name.is_empty() || row.name.chars().count() > 100 {
            bad("name", "Enter a name that people know, up to 100 characters.");
        }
        let places = if input.places.trim().is_empty() { Ok(1) } else { input.places.trim().parse::<i64>() };
        match places {
            Ok(places) if (1..=100).contains(&places) => row.places = places,
            _ => bad("places", "Enter how many visits use it at once, from 1 to 100."),
        }
    }
    row.daily_limit = match input.daily_limit.trim() {
        "" => None,
        text => {
            let limit = text.parse::<i64>().ok().filter(|limit| (1..=500).contains(limit));
            if limit.is_none() {
                bad("daily_limit", "Enter the most visits of one day, from 1 to 500, or leave it empty.");
            }
            limit
        }
    };
    let tags: Vec<&str> = input.languages.split([',', ' ', ';']).filter(|tag| !tag.is_empty()).collect();
    if !tags.iter().all(|tag| language::is_tag(tag)) || tags.len() > 20 {
        bad("languages", "Enter languages by their short codes, like en, pl, ur.");
    }
    row.languages = tags.join(",");
    if fields.is_empty() { Ok(row) } else { Err(ServiceError::Invalid(fields)) }
}
