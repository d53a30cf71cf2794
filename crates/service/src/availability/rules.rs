//! Weekly sessions.

use chrono::{NaiveDate, NaiveTime};
use contract::{FieldError, RuleInput};
use domain::{OrganisationId, ResourceId, ServiceId};
use store::entity::availability_rule;

use super::{theirs, weekday};
use crate::audit::Touched;
use crate::booking::rule as engine_rule;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// Adds a weekly session to a resource's availability.
pub async fn add_rule(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    input: &RuleInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "add-rule", &(resource, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, resource) = theirs(&*unit.tx, call, Some(resource)).await?;
    let row = read(&unit, organisation, resource.id, input).await?;
    engine_rule(&row)?.check().map_err(|problem| {
        let text = problem.to_string();
        match text.split_once(": ") {
            Some((field, remedy)) => ServiceError::invalid(field, capitalised(remedy)),
            None => ServiceError::invalid("from", text),
        }
    })?;
    let touched = Touched { organisation, entity: "availability", id: Some(row.id), patient: None };
    store::calendars::insert_rule(&unit.tx, row).await?;
    unit.record("add-rule", &touched);
    unit.finish(()).await
}

/// Takes a weekly session away. Times booked in it stay booked.
pub async fn remove_rule(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    rule: uuid::Uuid,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "remove-rule", &(resource, rule)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, resource) = theirs(&*unit.tx, call, Some(resource)).await?;
    let known = store::calendars::rules_of_resource(&*unit.tx, organisation, ResourceId(resource.id)).await?;
    if !known.iter().any(|row| row.id == rule) {
        return Err(ServiceError::NotFound);
    }
    store::calendars::delete_rule(&unit.tx, organisation, rule).await?;
    unit.record(
        "remove-rule",
        &Touched { organisation, entity: "availability", id: Some(rule), patient: None },
    );
    unit.finish(()).await
}

async fn read(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    resource: uuid::Uuid,
    input: &RuleInput,
) -> Result<availability_rule::Model, ServiceError> {
    let mut fields = Vec::new();
    let mut bad = |field: &str, remedy: &str| fields.push(FieldError::new(field, remedy));
    let days: Vec<&str> =
        input.weekdays.split(',').map(str::trim).filter(|day| weekday(day).is_some()).collect();
    if days.is_empty() {
        bad("weekdays", "Choose at least one day.");
    }
    let clock = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    let (from, to) = (clock(&input.from), clock(&input.to));
    if from.is_none() {
        bad("from", "Enter a time, like 09:00.");
    }
    if to.is_none() {
        bad("to", "Enter a time, like 12:30.");
    }
    let number = |text: &str, otherwise: i64| match text.trim() {
        "" => Some(otherwise),
        text => text.parse::<i64>().ok(),
    };
    let slot_min = number(&input.slot_min, 30);
    if !slot_min.is_some_and(|minutes| (5..=720).contains(&minutes)) {
        bad("slot_min", "Enter the minutes of one visit, from 5 to 720.");
    }
    let capacity = number(&input.capacity, 1);
    if !capacity.is_some_and(|places| (1..=100).contains(&places)) {
        bad("capacity", "Enter how many people come at once, from 1 to 100.");
    }
    let buffer = number(&input.buffer_after_min, 0);
    if !buffer.is_some_and(|minutes| (0..=240).contains(&minutes)) {
        bad("buffer_after_min", "Enter the minutes to keep free after each visit, from 0 to 240.");
    }
    let today = unit.call.now.date_naive();
    let date = |text: &str| text.trim().parse::<NaiveDate>().ok();
    let valid_from = if input.valid_from.trim().is_empty() { Some(today) } else { date(&input.valid_from) };
    if valid_from.is_none() {
        bad("valid_from", "Enter a date, like 2026-03-01.");
    }
    let valid_to =
        if input.valid_to.trim().is_empty() { Some(None) } else { date(&input.valid_to).map(Some) };
    if valid_to.is_none() {
        bad("valid_to", "Enter a date, like 2026-06-30, or leave it empty.");
    }
    let service = match input.service.parse::<ServiceId>() {
        Ok(id) => store::directory::service(&*unit.tx, id)
            .await?
            .filter(|row| row.organisation_id == organisation.0),
        Err(_) => None,
    };
    if service.is_none() {
        bad("service", "Choose a service from the list.");
    }
    let (
        Some(from),
        Some(to),
        Some(slot_min),
        Some(capacity),
        Some(buffer),
        Some(valid_from),
        Some(valid_to),
        Some(service),
        true,
    ) = (from, to, slot_min, capacity, buffer, valid_from, valid_to, service, fields.is_empty())
    else {
        return Err(ServiceError::Invalid(fields));
    };
    let organisation_row =
        store::directory::organisation(&*unit.tx, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = match service.site_id {
        Some(site) => store::directory::site(&*unit.tx, organisation.0, site).await?.map(|site| site.zone),
        None => None,
    };
    Ok(availability_rule::Model {
        organisation_id: organisation.0,
        id: ids::fresh(unit.call.now),
        resource_id: resource,
        service_id: service.id,
        weekdays: days.join(","),
        from_wall: from.format("%H:%M").to_string(),
        to_wall: to.format("%H:%M").to_string(),
        zone: zone.unwrap_or(organisation_row.zone),
        slot_min,
        capacity,
        buffer_before_min: 0,
        buffer_after_min: buffer,
        valid_from: valid_from.to_string(),
        valid_to: valid_to.map(|day| day.to_string()),
    })
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
