//! The places where people are seen.

use contract::{FieldError, SiteForm, SiteInput, SiteLine};
use domain::OrganisationId;
use store::entity::site;
use uuid::Uuid;

use super::{administrator, changes};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, describe, ids};

/// The sites of the organisation, by name. Administrators.
pub async fn sites(desk: &Desk, call: &Call) -> Result<Vec<SiteLine>, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let services = store::directory::services_of(db, organisation).await?;
    let rows = store::directory::sites_of(db, organisation).await?;
    Ok(rows
        .into_iter()
        .map(|row| SiteLine {
            id: row.id.to_string(),
            map: describe::map(&row).unwrap_or_default(),
            services: services
                .iter()
                .filter(|service| service.site_id == Some(row.id))
                .map(|service| service.name.clone())
                .collect(),
            name: row.name,
            address: row.address.unwrap_or_default(),
            phone: row.phone.unwrap_or_default(),
        })
        .collect())
}

/// The form of a site, or of a new one. Administrators.
pub async fn site_form(desk: &Desk, call: &Call, id: Option<Uuid>) -> Result<SiteForm, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let own = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let Some(id) = id else {
        let input = SiteInput { zone: own.zone, ..SiteInput::default() };
        return Ok(SiteForm { id: String::new(), input, map: String::new(), changes: Vec::new() });
    };
    let row = store::directory::site(db, organisation.0, id).await?.ok_or(ServiceError::NotFound)?;
    let zone = own.zone.parse().unwrap_or(chrono_tz::Europe::London);
    Ok(SiteForm {
        id: row.id.to_string(),
        input: input_of(&row),
        map: describe::map(&row).unwrap_or_default(),
        changes: changes::newest(db, organisation, Some(row.id), zone).await?,
    })
}

/// Makes a site or changes it. Answers its id. Administrators.
pub async fn save_site(
    desk: &Desk,
    call: &Call,
    id: Option<Uuid>,
    input: &SiteInput,
) -> Result<Uuid, ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "save-site", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let before = match id {
        Some(id) => {
            let found = store::directory::site(&*unit.tx, organisation.0, id).await?;
            Some(found.ok_or(ServiceError::NotFound)?)
        }
        None => None,
    };
    let known = store::directory::sites_of(&*unit.tx, organisation).await?;
    let row = build(organisation, before.as_ref(), input, &known, ids::fresh(call.now))
        .map_err(ServiceError::Invalid)?;
    write(&mut unit, before.as_ref(), &row).await?;
    unit.finish(row.id).await
}

/// Writes a site that was checked, with the history of what changed.
pub(super) async fn write(
    unit: &mut Unit<'_>,
    before: Option<&site::Model>,
    row: &site::Model,
) -> Result<(), ServiceError> {
    match before {
        Some(_) => store::directory::update_site(&unit.tx, row.clone()).await?,
        None => store::directory::insert_site(&unit.tx, row.clone()).await?,
    }
    let organisation = OrganisationId(row.organisation_id);
    let subject = changes::Subject { organisation, entity: "site", id: row.id, name: &row.name };
    changes::record(unit, &subject, differences(before, row)).await
}

/// The row that this input makes of a site.
///
/// Errors: each field that cannot be so.
pub(super) fn build(
    organisation: OrganisationId,
    before: Option<&site::Model>,
    input: &SiteInput,
    known: &[site::Model],
    fresh: Uuid,
) -> Result<site::Model, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, remedy: &str| wrong.push(FieldError::new(field, remedy));
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > 120 {
        refuse("name", "Write the name that people know, up to 120 characters.");
    }
    let own = before.map(|row| row.id);
    if known.iter().any(|row| Some(row.id) != own && row.name.to_lowercase() == name.to_lowercase()) {
        refuse("name", "Another site has this name already. Add what tells them apart.");
    }
    if input.zone.parse::<chrono_tz::Tz>().is_err() {
        refuse("zone", "Write an IANA time zone, such as Europe/London.");
    }
    if input.address.chars().count() > 300 {
        refuse("address", "Shorten the address to 300 characters.");
    }
    let mut degrees = |field: &str, typed: &str, most: f64| match typed.trim().replace(',', ".").as_str() {
        "" => None,
        typed => match typed.parse::<f64>().ok().filter(|degrees| degrees.abs() <= most) {
            Some(degrees) => Some(degrees),
            None => {
                refuse(field, &format!("Give degrees from -{most} to {most}, such as 51.5074."));
                None
            }
        },
    };
    let latitude = degrees("latitude", &input.latitude, 90.0);
    let longitude = degrees("longitude", &input.longitude, 180.0);
    if input.latitude.trim().is_empty() != input.longitude.trim().is_empty() {
        let field = if input.latitude.trim().is_empty() { "latitude" } else { "longitude" };
        refuse(field, "Give both latitude and longitude, or neither.");
    }
    let map = input.map_url.trim();
    if !map.is_empty()
        && (!map.starts_with("https://") || map.len() > 500 || map.contains(char::is_whitespace))
    {
        refuse("map_url", "Paste an address that begins with https://, or leave it empty.");
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(site::Model {
        organisation_id: organisation.0,
        id: before.map_or(fresh, |row| row.id),
        name: name.to_owned(),
        address: text(&input.address),
        phone: text(&input.phone),
        zone: input.zone.clone(),
        latitude,
        longitude,
        map_url: text(map),
        step_free: input.step_free == "1",
    })
}

pub(super) fn input_of(row: &site::Model) -> SiteInput {
    let degrees = |degrees: Option<f64>| degrees.map_or(String::new(), |degrees| degrees.to_string());
    SiteInput {
        name: row.name.clone(),
        address: row.address.clone().unwrap_or_default(),
        phone: row.phone.clone().unwrap_or_default(),
        zone: row.zone.clone(),
        latitude: degrees(row.latitude),
        longitude: degrees(row.longitude),
        map_url: row.map_url.clone().unwrap_or_default(),
        step_free: if row.step_free { "1".to_owned() } else { String::new() },
    }
}

pub(super) fn differences(
    before: Option<&site::Model>,
    after: &site::Model,
) -> Vec<(String, String, String)> {
    let (old, new) = (before.map_or_else(SiteInput::default, input_of), input_of(after));
    let pair = |field: &str, before: String, after: String| (field.to_owned(), before, after);
    vec![
        pair("name", old.name, new.name),
        pair("address", old.address, new.address),
        pair("phone", old.phone, new.phone),
        pair("zone", old.zone, new.zone),
        pair("latitude", old.latitude, new.latitude),
        pair("longitude", old.longitude, new.longitude),
        pair("map_url", old.map_url, new.map_url),
        pair("step_free", old.step_free, new.step_free),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: SiteInput, fields: &[&str]) {
        let organisation = OrganisationId(Uuid::nil());
        let built = build(organisation, None, &input, &[], Uuid::nil());
        let found: Vec<String> =
            built.err().unwrap_or_default().into_iter().map(|error| error.field).collect();
        assert_eq!(found, fields, "{input:?}");
    }

    fn good() -> SiteInput {
        SiteInput {
            name: "North wing".into(),
            zone: "Europe/London".into(),
            latitude: "51.5".into(),
            longitude: "-0,12".into(),
            ..SiteInput::default()
        }
    }

    #[test]
    fn what_cannot_be_is_named_by_its_field() {
        check(good(), &[]);
        check(SiteInput { latitude: String::new(), longitude: String::new(), ..good() }, &[]);
        check(SiteInput { longitude: String::new(), ..good() }, &["longitude"]);
        check(SiteInput { latitude: "91".into(), ..good() }, &["latitude"]);
        check(SiteInput { latitude: "NaN".into(), ..good() }, &["latitude"]);
        check(SiteInput { zone: "Wales".into(), ..good() }, &["zone"]);
        check(SiteInput { map_url: "javascript:alert(1)".into(), ..good() }, &["map_url"]);
        check(SiteInput { name: " ".into(), ..good() }, &["name"]);
    }
}
