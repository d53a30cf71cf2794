//! The services of an organisation.

use contract::{Choice, FieldError, ServiceForm, ServiceInput};
use domain::referral::Clocks;
use domain::{OrganisationId, PersonId, ServiceId};
use store::entity::service;

use super::rules::Rules;
use super::{administrator, changes, clocks};
use crate::facts::RequiredItem;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts, ids};

/// The form of a service, or of a new one. Administrators.
pub async fn service_form(
    desk: &Desk,
    call: &Call,
    id: Option<ServiceId>,
) -> Result<ServiceForm, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let own = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = own.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let row = match id {
        Some(id) => Some(find(db, organisation, id).await?),
        None => None,
    };
    let sites = store::directory::sites_of(db, organisation).await?;
    let otherwise = Clocks::read(&own.clocks, "").unwrap_or_default();
    Ok(ServiceForm {
        id: row.as_ref().map_or(String::new(), |row| row.id.to_string()),
        input: row.as_ref().map_or_else(fresh, input_of),
        clocks: clocks::fields(row.as_ref().map_or("", |row| &row.clocks), &otherwise),
        sites: sites
            .into_iter()
            .map(|site| Choice { value: site.id.to_string(), label: site.name, hint: None })
            .collect(),
        teams: store::teams::of_organisation(db, organisation)
            .await?
            .into_iter()
            .map(|team| team.name)
            .collect(),
        people: crate::referrals::colleagues(db, organisation).await?,
        changes: match &row {
            Some(row) => changes::newest(db, organisation, Some(row.id), zone).await?,
            None => Vec::new(),
        },
    })
}

/// Makes a service or changes it; `durations` are pairs of a clock's name and its days. Answers its id.
pub async fn save_service(
    desk: &Desk,
    call: &Call,
    id: Option<ServiceId>,
    input: &ServiceInput,
    durations: &[(String, String)],
) -> Result<ServiceId, ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "save-service", &(id, input, durations)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let before = match id {
        Some(id) => Some(find(&*unit.tx, organisation, id).await?),
        None => None,
    };
    let row = match build(&unit, organisation, before.as_ref(), input, durations).await? {
        Ok(row) => row,
        Err(wrong) => return Err(ServiceError::Invalid(wrong)),
    };
    let row = write(&mut unit, before.as_ref(), row).await?;
    unit.finish(ServiceId(row.id)).await
}

/// The row that this input makes of a service; the inner error names each field that cannot be so.
pub(super) async fn build(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    before: Option<&service::Model>,
    input: &ServiceInput,
    durations: &[(String, String)],
) -> Result<Result<service::Model, Vec<FieldError>>, ServiceError> {
    let (own_clocks, mut wrong) = match clocks::read(durations, None) {
        Ok(clocks) => (clocks, Vec::new()),
        Err(ServiceError::Invalid(fields)) => (String::new(), fields),
        Err(other) => return Err(other),
    };
    let mut refuse = |field: &str, remedy: &str| wrong.push(FieldError::new(field, remedy));
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > 120 {
        refuse("name", "Write the name that people know, up to 120 characters.");
    }
    if input.team.trim().chars().count() > 120 {
        refuse("team", "Shorten the team’s name to 120 characters.");
    }
    let visit_min = input.visit_min.trim().parse::<i64>().ok().filter(|min| (5..=720).contains(min));
    if visit_min.is_none() {
        refuse("visit_min", "Give the length of a visit in minutes, from 5 to 720.");
    }
    let site = match input.site.as_str() {
        "" => None,
        id => match id.parse::<uuid::Uuid>() {
            Ok(id) if store::directory::site(&*unit.tx, organisation.0, id).await?.is_some() => Some(id),
            _ => {
                refuse("site", "Choose a site from the list.");
                None
            }
        },
    };
    let escalate_to = match super::colleague(&*unit.tx, organisation, &input.escalate_to).await? {
        Ok(person) => person,
        Err(remedy) => {
            refuse("escalate_to", remedy);
            None
        }
    };
    let known = before.map_or_else(Rules::default, Rules::of);
    let rules = Rules { documents: required(&input.required, &known.documents), ..known };
    for problem in rules.problems() {
        refuse("required", &problem.remedy);
    }
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut row = service::Model {
        organisation_id: organisation.0,
        id: before.map_or_else(|| ids::fresh(unit.call.now), |row| row.id),
        site_id: site,
        name: name.to_owned(),
        specialty_code: text(&input.specialty_code),
        team: text(&input.team).unwrap_or_else(|| format!("{name} team")),
        phone: text(&input.phone),
        patient_note: text(&input.patient_note),
        visit_min: visit_min.unwrap_or(30),
        required: String::new(),
        active: input.active == "1",
        specialty: text(&input.specialty),
        keywords: text(&input.keywords).unwrap_or_default(),
        clocks: own_clocks,
        escalate_to,
        form: before.map_or(String::new(), |row| row.form.clone()),
        form_version: before.map_or(0, |row| row.form_version),
        criteria: before.map_or(String::new(), |row| row.criteria.clone()),
        priorities: before.map_or(String::new(), |row| row.priorities.clone()),
        team_id: None,
        reminders: before.map_or(String::new(), |row| row.reminders.clone()),
    };
    rules.write_into(&mut row)?;
    Ok(Ok(row))
}

/// Writes a service that was checked, with its team and the history of what changed.
pub(super) async fn write(
    unit: &mut Unit<'_>,
    before: Option<&service::Model>,
    mut row: service::Model,
) -> Result<service::Model, ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let team = super::teams::ensure(unit, organisation, &row.team).await?;
    row.team_id = Some(team.id);
    row.team = team.name;
    match before {
        Some(before) => {
            store::directory::update_service(&unit.tx, row.clone()).await?;
            if before.reminders != row.reminders {
                super::rules::changed(unit, organisation, row.id).await?;
            }
        }
        None => store::directory::insert_service(&unit.tx, row.clone()).await?,
    }
    let subject = changes::Subject { organisation, entity: "service", id: row.id, name: &row.name };
    changes::record(unit, &subject, differences(before, &row)).await?;
    Ok(row)
}

pub(super) async fn find(
    db: &impl store::Db,
    organisation: OrganisationId,
    id: ServiceId,
) -> Result<service::Model, ServiceError> {
    let found = store::directory::service(db, id).await?;
    found.filter(|row| row.organisation_id == organisation.0).ok_or(ServiceError::NotFound)
}

pub(super) fn fresh() -> ServiceInput {
    ServiceInput { visit_min: "30".to_owned(), active: "1".to_owned(), ..ServiceInput::default() }
}

pub(super) fn input_of(row: &service::Model) -> ServiceInput {
    let required: Vec<RequiredItem> = serde_json::from_str(&row.required).unwrap_or_default();
    let labels: Vec<String> = required.into_iter().map(|item| item.label).collect();
    ServiceInput {
        name: row.name.clone(),
        team: row.team.clone(),
        phone: row.phone.clone().unwrap_or_default(),
        specialty_code: row.specialty_code.clone().unwrap_or_default(),
        specialty: row.specialty.clone().unwrap_or_default(),
        keywords: row.keywords.clone(),
        site: row.site_id.map_or(String::new(), |id| id.to_string()),
        visit_min: row.visit_min.to_string(),
        patient_note: row.patient_note.clone().unwrap_or_default(),
        required: labels.join("\n"),
        escalate_to: row.escalate_to.map_or(String::new(), |id| PersonId(id).to_string()),
        active: if row.active { "1".to_owned() } else { String::new() },
    }
}

/// One required document a line. A line that was there keeps its code, so that documents already sent still count.
fn required(typed: &str, known: &[RequiredItem]) -> Vec<RequiredItem> {
    let mut items: Vec<RequiredItem> = Vec::new();
    for label in typed.lines().map(str::trim).filter(|label| !label.is_empty()) {
        let before = known.iter().find(|item| item.label.eq_ignore_ascii_case(label));
        let code = before.map_or_else(|| facts::slug(label), |item| item.code.clone());
        if !code.is_empty() && items.iter().all(|item| item.code != code) {
            let kept = before.cloned().unwrap_or_default();
            items.push(RequiredItem { code, label: label.to_owned(), ..kept });
        }
    }
    items
}

pub(super) fn differences(
    before: Option<&service::Model>,
    after: &service::Model,
) -> Vec<(String, String, String)> {
    let empty = ServiceInput::default();
    let (old, new) = (before.map_or(empty, input_of), input_of(after));
    let pair = |field: &str, before: String, after: String| (field.to_owned(), before, after);
    let mut all = vec![
        pair("name", old.name, new.name),
        pair("team", old.team, new.team),
        pair("phone", old.phone, new.phone),
        pair("specialty_code", old.specialty_code, new.specialty_code),
        pair("specialty", old.specialty, new.specialty),
        pair("keywords", old.keywords, new.keywords),
        pair("site", old.site, new.site),
        pair("visit_min", old.visit_min, new.visit_min),
        pair("patient_note", old.patient_note, new.patient_note),
        pair("escalate_to", old.escalate_to, new.escalate_to),
        pair("active", old.active, new.active),
    ];
    all.extend(before.map_or_else(Rules::default, Rules::of).differences(&Rules::of(after)));
    all.extend(clocks::differences(before.map_or("", |row| &row.clocks), &after.clocks));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_document_keeps_its_code_and_a_new_one_gets_its_own() {
        let known =
            [RequiredItem { code: "ecg".into(), label: "12-lead ECG".into(), ..RequiredItem::default() }];
        let read =
            required("12-lead ECG\n\n Blood results (last 3 months) \nblood results (last 3 months)", &known);
        let codes: Vec<&str> = read.iter().map(|item| item.code.as_str()).collect();
        assert_eq!(codes, ["ecg", "blood-results-last-3-months"]);
    }
}
