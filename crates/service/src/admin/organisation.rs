//! The organisation itself: what it is called, its clocks and holidays, who leads it.

use chrono::NaiveDate;
use contract::{ChangeLine, FieldError, OrganisationForm, OrganisationInput};
use domain::referral::Clocks;
use domain::{OrganisationId, PersonId, language, spoken};
use store::entity::organisation;

use super::{administrator, changes, clocks};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError};

/// To so many patients an administrator may let one person write.
const MOST_ALONE: i64 = 20_000;

/// The organisation's form. Administrators.
pub async fn organisation_form(desk: &Desk, call: &Call) -> Result<OrganisationForm, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
    Ok(OrganisationForm {
        input: input_of(&row),
        clocks: clocks::fields(&row.clocks, &Clocks::default()),
        people: super::people::staff(db, organisation).await?,
        changes: changes::newest(db, organisation, Some(row.id), zone).await?,
    })
}

/// The newest changes of everything in the organisation. Administrators.
pub async fn history(desk: &Desk, call: &Call) -> Result<Vec<ChangeLine>, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
    changes::newest(db, organisation, None, zone).await
}

/// Changes the organisation. Duties that began before keep their due times.
pub async fn save_organisation(
    desk: &Desk,
    call: &Call,
    input: &OrganisationInput,
    durations: &[(String, String)],
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "save-organisation", &(input, durations)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let before =
        store::directory::organisation(&*unit.tx, organisation).await?.ok_or(ServiceError::NotFound)?;
    match build(&unit, &before, input, durations).await? {
        Ok(row) => write(&mut unit, &before, &row).await?,
        Err(wrong) => return Err(ServiceError::Invalid(wrong)),
    }
    unit.finish(()).await
}

/// The row that this input makes of the organisation; the inner error names each field that cannot be so.
pub(super) async fn build(
    unit: &Unit<'_>,
    before: &organisation::Model,
    input: &OrganisationInput,
    durations: &[(String, String)],
) -> Result<Result<organisation::Model, Vec<FieldError>>, ServiceError> {
    let organisation = OrganisationId(before.id);
    let mut wrong = Vec::new();
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > 120 {
        wrong.push(FieldError::new("name", "Write the name that people know, up to 120 characters."));
    }
    if input.zone.parse::<chrono_tz::Tz>().is_err() {
        wrong.push(FieldError::new("zone", "Write an IANA time zone, such as Europe/London."));
    }
    // A form from before this was asked has none.
    let tag = match language::written(&input.language) {
        tag if tag.is_empty() => before.language.clone(),
        tag => tag,
    };
    if !language::is_tag(&tag) {
        wrong.push(FieldError::new("language", "Choose a language from the list."));
    }
    let holidays = match holidays(&input.holidays) {
        Ok(days) => days,
        Err(line) => {
            let remedy = format!("“{line}” is no date. Write one a line, like 25 12 2026.");
            wrong.push(FieldError::new("holidays", remedy));
            Vec::new()
        }
    };
    let own_clocks = match clocks::read(durations, Some(&holidays)) {
        Ok(clocks) => clocks,
        Err(ServiceError::Invalid(fields)) => {
            wrong.extend(fields);
            String::new()
        }
        Err(other) => return Err(other),
    };
    let escalate_to = match super::anybody(&*unit.tx, organisation, &input.escalate_to).await? {
        Ok(person) => person,
        Err(remedy) => {
            wrong.push(FieldError::new("escalate_to", remedy));
            None
        }
    };
    let privacy_contact = match super::anybody(&*unit.tx, organisation, &input.privacy_contact).await? {
        Ok(person) => person,
        Err(remedy) => {
            wrong.push(FieldError::new("privacy_contact", remedy));
            None
        }
    };
    // A form from before this was asked has none.
    let above = match input.approve_many_above.trim() {
        "" => Some(before.approve_many_above),
        typed => typed.parse().ok().filter(|above| (0..=MOST_ALONE).contains(above)),
    };
    if above.is_none() {
        let remedy = format!("Write a whole number from 0 to {MOST_ALONE}.");
        wrong.push(FieldError::new("approve_many_above", remedy));
    }
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    Ok(Ok(organisation::Model {
        approve_many_above: above.unwrap_or(before.approve_many_above),
        name: name.to_owned(),
        phone: Some(input.phone.trim().to_owned()).filter(|phone| !phone.is_empty()),
        zone: input.zone.clone(),
        language: tag,
        clocks: own_clocks,
        escalate_to,
        privacy_contact,
        ..before.clone()
    }))
}

/// Writes an organisation that was checked, with the history of what changed.
pub(super) async fn write(
    unit: &mut Unit<'_>,
    before: &organisation::Model,
    row: &organisation::Model,
) -> Result<(), ServiceError> {
    let fields = differences(before, row);
    store::directory::update_organisation(&unit.tx, row.clone()).await?;
    let subject = changes::Subject {
        organisation: OrganisationId(row.id),
        entity: "organisation",
        id: row.id,
        name: &row.name,
    };
    changes::record(unit, &subject, fields).await
}

/// Dates, one a line: `25 12 2026`, `25/12/2026` or `2026-12-25`. The line that is none is the error.
fn holidays(typed: &str) -> Result<Vec<NaiveDate>, String> {
    typed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| spoken::read_day(line).ok_or_else(|| line.chars().take(40).collect()))
        .collect()
}

pub(super) fn input_of(row: &organisation::Model) -> OrganisationInput {
    let clocks = Clocks::read(&row.clocks, "").unwrap_or_default();
    let holidays: Vec<String> =
        clocks.holidays.iter().map(|day| day.format("%-d %-m %Y").to_string()).collect();
    OrganisationInput {
        name: row.name.clone(),
        phone: row.phone.clone().unwrap_or_default(),
        zone: row.zone.clone(),
        language: row.language.clone(),
        holidays: holidays.join("\n"),
        escalate_to: row.escalate_to.map_or(String::new(), |id| PersonId(id).to_string()),
        privacy_contact: row.privacy_contact.map_or(String::new(), |id| PersonId(id).to_string()),
        approve_many_above: row.approve_many_above.to_string(),
    }
}

pub(super) fn differences(
    before: &organisation::Model,
    after: &organisation::Model,
) -> Vec<(String, String, String)> {
    let (old, new) = (input_of(before), input_of(after));
    let mut all = vec![
        ("name".to_owned(), old.name, new.name),
        ("phone".to_owned(), old.phone, new.phone),
        ("zone".to_owned(), old.zone, new.zone),
        ("language".to_owned(), old.language, new.language),
        ("escalate_to".to_owned(), old.escalate_to, new.escalate_to),
        ("privacy_contact".to_owned(), old.privacy_contact, new.privacy_contact),
        ("approve_many_above".to_owned(), old.approve_many_above, new.approve_many_above),
    ];
    all.extend(clocks::differences(&before.clocks, &after.clocks));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holidays_are_read_as_people_type_them() {
        let read = holidays("25 12 2026\n 26/12/2026 \n\n2027-01-01").unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!(holidays("25 12 2026\nBoxing Day").unwrap_err(), "Boxing Day");
    }
}
