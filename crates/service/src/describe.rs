//! Rows as pages read them: times said in the zone of the place, words instead of codes where a person reads.

use chrono::{DateTime, Utc};
use contract::{AppointmentView, DocumentLine, HistoryLine, MessageLine};
use domain::policy::Relation;
use domain::referral::Act;
use domain::spoken;
use store::Db;
use store::entity::{appointment, document, event, message, site};

use crate::unit::Case;
use crate::{ServiceError, facts};

/// A held or booked time with place, who, and what to bring.
pub async fn appointment(
    db: &impl Db,
    case: &Case,
    row: &appointment::Model,
    now: DateTime<Utc>,
) -> Result<AppointmentView, ServiceError> {
    let zone: chrono_tz::Tz = row.zone.parse().unwrap_or(case.zone());
    let resource =
        store::calendars::resource(db, case.organisation_id(), domain::ResourceId(row.resource_id)).await?;
    let site = site_of(db, case, row.site_id).await?;
    let map = site.as_ref().and_then(map);
    let (place, address) = named(case, site);
    Ok(AppointmentView {
        id: row.id.to_string(),
        when: spoken::instant(facts::instant(row.start_at), zone, now),
        length_min: (row.end_at - row.start_at) / 60_000,
        who: resource.map_or(String::new(), |resource| resource.name),
        place,
        address,
        map,
        bring: case.service.patient_note.clone(),
        held: row.state == "held",
        hold_expires: row.hold_expires_at.map(|ms| ms / 1000),
        answer_by: row
            .hold_expires_at
            .filter(|_| row.offered_by.is_some() && row.state == "held")
            .map(|ms| spoken::instant(facts::instant(ms), zone, now)),
        confirmed: row.patient_confirmed_at.map(|ms| spoken::instant(facts::instant(ms), zone, now)),
        asks: row.state == "booked"
            && row.patient_confirmed_at.is_none()
            && (now..now + ASKED_AHEAD).contains(&facts::instant(row.start_at)),
    })
}

/// How long ahead a patient is asked on their page whether they come: from a day before the first usual reminder. A yes of
/// months ahead says little.
const ASKED_AHEAD: chrono::Duration = chrono::Duration::days(15);

/// Where a service sees people: name and address.
pub async fn place(db: &impl Db, case: &Case) -> Result<(String, Option<String>), ServiceError> {
    Ok(named(case, site_of(db, case, None).await?))
}

fn named(case: &Case, site: Option<site::Model>) -> (String, Option<String>) {
    site.map_or((case.organisation.name.clone(), None), |site| (site.name, site.address))
}

/// The site of a visit, or otherwise of the service.
async fn site_of(
    db: &impl Db,
    case: &Case,
    of_visit: Option<uuid::Uuid>,
) -> Result<Option<site::Model>, ServiceError> {
    Ok(match of_visit.or(case.service.site_id) {
        Some(site) => store::directory::site(db, case.row.organisation_id, site).await?,
        None => None,
    })
}

/// Whom it is about, as staff tell people apart: "Margaret Hale, born 31 March 1948".
pub fn patient(case: &Case) -> String {
    let name = format!("{} {}", case.patient.given, case.patient.family);
    match facts::birth_date(&case.patient) {
        Some(born) => format!("{name}, born {}", born.format("%-d %B %Y")),
        None => name,
    }
}

/// Address of a map of a place: the one that was named, else OpenStreetMap at its coordinates.
pub fn map(site: &site::Model) -> Option<String> {
    let drawn = site.latitude.zip(site.longitude).map(|(latitude, longitude)| {
        format!(
            "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
        )
    });
    site.map_url.clone().or(drawn)
}

/// A document's line.
pub fn document(case: &Case, row: &document::Model) -> DocumentLine {
    let items = case.items();
    let kind = match row.kind.as_str() {
        "decision" => "With the decision",
        "note" => "With a note",
        "original" => "The paper as it came",
        "report" => "With the report",
        code => items.iter().find(|item| item.code == code).map_or("Other document", |item| &item.label),
    };
    DocumentLine {
        id: row.id.to_string(),
        kind: kind.to_owned(),
        file_name: row.file_name.clone(),
        size: facts::size(row.size_bytes),
        added_by: row.added_by_name.clone(),
        when: day_and_clock(row.created_at, case.zone()),
        scan: row.scan.clone(),
        version: row.version,
        readers: row.audience.clone(),
        replaces: row.replaces.map(|id| id.to_string()),
    }
}

/// A line of the history.
pub fn history(case: &Case, row: &event::Model) -> HistoryLine {
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
    // What one colleague writes to another when they share out the work stays in the house.
    let is_internal = row.kind == Act::Assign.event() && case.relation != Relation::Receiving;
    HistoryLine {
        when: day_and_clock(row.at, case.zone()),
        who: row.actor_name.clone(),
        kind: row.kind.clone(),
        to: detail["name"].as_str().or(detail["reference"].as_str()).map(str::to_owned),
        reason: detail["reason"]["label"]
            .as_str()
            .map(str::to_owned)
            .filter(|label| row.why.as_ref() != Some(label)),
        why: row.why.clone().filter(|_| !is_internal),
    }
}

/// A line of the message log, its address masked.
pub fn message(row: &message::Model, zone: chrono_tz::Tz) -> MessageLine {
    MessageLine {
        id: row.id.to_string(),
        when: day_and_clock(row.created_at, zone),
        channel: row.channel.clone(),
        template: row.template.clone(),
        address: masked(&row.channel, &row.address),
        state: row.state.clone(),
        error: row.error.clone(),
        referral: row.referral_id.map(|id| id.to_string()),
        about: String::new(),
    }
}

/// "3 Mar, 2:15pm".
pub fn day_and_clock(ms: i64, zone: chrono_tz::Tz) -> String {
    let at = facts::instant(ms);
    format!("{}, {}", spoken::short_date(at.with_timezone(&zone).date_naive()), spoken::clock(at, zone))
}

/// Enough to recognise an address by, not enough to use it.
pub fn masked(channel: &str, address: &str) -> String {
    match channel {
        "sms" => {
            let tail: Vec<char> = address.chars().rev().take(3).collect();
            format!("number ending {}", tail.into_iter().rev().collect::<String>())
        }
        "email" => match address.split_once('@') {
            Some((name, host)) => format!("{}…@{host}", name.chars().next().unwrap_or('?')),
            None => "…".to_owned(),
        },
        "push" => "this phone or browser".to_owned(),
        _ => "by post".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked() {
        assert_eq!(masked("sms", "+447700900123"), "number ending 123");
        assert_eq!(masked("email", "margaret@example.org"), "m…@example.org");
        assert_eq!(masked("email", "nonsense"), "…");
    }
}
