//! Finding a service with the patient: waits counted from what happened, distances from where things are.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use contract::{Choice, ChoiceView, ComparePage, SHORTLIST, ServiceOffer, ShortlistPage, ShortlistQuery};
use domain::place::{Point, postcodes_in};
use domain::policy::{Capability, may};
use domain::{OrganisationId, PatientId, Principal, ServiceId, spoken};
use quality::waits::{Wait, wait};
use serde::{Deserialize, Serialize};
use store::entity::{patient, service_choice, service_wait};
use store::shortlists::Offered;

use super::delegates;
use crate::audit::Touched;
use crate::facts::{self, RequiredItem};
use crate::unit::Case;
use crate::{Call, Desk, ServiceError, describe};

/// Services on one page.
const PAGE: usize = 20;
/// How many finished waits of a service count, the latest ones.
const COUNTED: usize = 100;
/// From how far back.
const COUNTED_DAYS: i64 = 365;
/// How far ahead the first free time is looked for.
const AHEAD_DAYS: i64 = 42;

/// By what services are sorted. What is not known comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Wait,
    Distance,
    Name,
}

impl Sort {
    fn read(text: &str) -> Result<Self, ServiceError> {
        match text {
            "" | "wait" => Ok(Self::Wait),
            "distance" => Ok(Self::Distance),
            "name" => Ok(Self::Name),
            _ => Err(ServiceError::invalid("sort", "Sort by wait, distance or name.")),
        }
    }
}

/// A service with how far it is from the patient.
struct Candidate {
    row: Offered,
    km: Option<f64>,
}

/// Services for a patient of the referrer's organisation. The look at the patient is recorded.
pub async fn find_services(
    desk: &Desk,
    call: &Call,
    query: &ShortlistQuery,
) -> Result<ShortlistPage, ServiceError> {
    let db = desk.store.reader();
    let patient = patient_of(desk, call, &query.patient).await?;
    let home = home(db, &patient).await?;
    let sort = Sort::read(&query.sort)?;
    let rows = store::shortlists::offered(db, &query.q, &query.specialty, None).await?;
    let mut found: Vec<Candidate> = rows.into_iter().map(|row| candidate(row, home)).collect();
    found.sort_by(|one, other| order(sort, one, other));
    let all = found.len();
    let from = match query.after.as_str() {
        "" => 0,
        after => found.iter().position(|one| one.row.id.to_string() == after).map_or(0, |at| at + 1),
    };
    let shown: Vec<&Candidate> = found.iter().skip(from).take(PAGE).collect();
    let next = (from + shown.len() < all).then(|| shown.last().map(|one| one.row.id.to_string())).flatten();
    let chosen = ids(&query.chosen)?;
    let missing: Vec<uuid::Uuid> =
        chosen.into_iter().filter(|id| shown.iter().all(|one| one.row.id != *id)).collect();
    let ticked = match missing.is_empty() {
        true => Vec::new(),
        false => store::shortlists::offered(db, "", "", Some(&missing)).await?,
    };
    let specialties = store::shortlists::specialties(db).await?;
    Ok(ShortlistPage {
        patient_id: patient.id.to_string(),
        patient: describe_patient(&patient),
        offers: shown.into_iter().map(offer).collect(),
        ticked: ticked.into_iter().map(|row| offer(&candidate(row, home))).collect(),
        specialties: specialties
            .into_iter()
            .map(|row| Choice {
                label: row.name.unwrap_or_else(|| row.code.clone()),
                value: row.code,
                hint: None,
            })
            .collect(),
        found: all as u64,
        next,
    })
}

/// The ticked services side by side, with their first free times. At least one, at most five.
pub async fn compare(desk: &Desk, call: &Call, query: &ShortlistQuery) -> Result<ComparePage, ServiceError> {
    let db = desk.store.reader();
    let patient = patient_of(desk, call, &query.patient).await?;
    let home = home(db, &patient).await?;
    let chosen = ids(&query.chosen)?;
    if chosen.is_empty() || chosen.len() > SHORTLIST {
        let message = format!("Tick at least one service, and at most {SHORTLIST}.");
        return Err(ServiceError::invalid("chosen", message));
    }
    let mut rows = store::shortlists::offered(db, "", "", Some(&chosen)).await?;
    rows.sort_by_key(|row| chosen.iter().position(|id| *id == row.id));
    let mut offers = Vec::new();
    for row in rows {
        let organisation = OrganisationId(row.organisation_id);
        let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
        let ahead = Duration::days(AHEAD_DAYS.min(desk.settings.horizon_days));
        let free =
            crate::booking::first_free(desk, db, call, (organisation, ServiceId(row.id)), ahead).await?;
        let mut offer = offer(&candidate(row, home));
        offer.first_free = Some(match free {
            Some(at) => spoken::instant(at, zone, call.now),
            None => format!("None in the next {} days that we know of", ahead.num_days()),
        });
        offers.push(offer);
    }
    Ok(ComparePage {
        patient_id: patient.id.to_string(),
        patient: describe_patient(&patient),
        offers,
        in_name_of: delegates::acting_for(db, call).await?,
    })
}

/// What is kept of a shortlist: each service as it was shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    service: uuid::Uuid,
    line: String,
}

/// Checks what was chosen from a shortlist; answers the row to keep, unless there was nothing to choose from.
///
/// Errors: `Invalid` when the service is not on the list, the list is too long, or the reason is missing.
pub(super) async fn chosen(
    db: &impl store::Db,
    call: &Call,
    case: &Case,
    shortlist: &str,
    reason: &str,
) -> Result<Option<service_choice::Model>, ServiceError> {
    let ids = ids(shortlist)?;
    if ids.len() < 2 {
        return Ok(None);
    }
    if ids.len() > SHORTLIST {
        let message = format!("Compare at most {SHORTLIST} services.");
        return Err(ServiceError::invalid("service", message));
    }
    if !ids.contains(&case.row.service_id) {
        return Err(ServiceError::invalid("service", "Choose one of the services that you compared."));
    }
    let remedy = "Write why the patient chose this one: what mattered to them.";
    let reason = super::required_text("choice_reason", reason, remedy)?;
    let home = home(db, &case.patient).await?;
    let mut rows = store::shortlists::offered(db, "", "", Some(&ids)).await?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    let kept: Vec<Kept> = rows
        .into_iter()
        .map(|row| {
            let service = row.id;
            let shown = offer(&candidate(row, home));
            let place = shown.site.unwrap_or(shown.organisation);
            let line = format!("{}, {place}: {}; {}", shown.name, shown.wait, shown.distance);
            Kept { service, line }
        })
        .collect();
    Ok(Some(service_choice::Model {
        organisation_id: case.row.organisation_id,
        referral_id: case.row.id,
        at: call.now.timestamp_millis(),
        offered: serde_json::to_string(&kept).map_err(|error| ServiceError::Broken(error.to_string()))?,
        reason: reason.to_owned(),
        by_name: case.signed(&call.actor),
    }))
}

/// What was chosen from, for the referral's page.
pub(super) async fn choice_of(db: &impl store::Db, case: &Case) -> Result<Option<ChoiceView>, ServiceError> {
    let Some(row) = store::shortlists::choice(db, &case.row).await? else {
        return Ok(None);
    };
    let kept: Vec<Kept> = serde_json::from_str(&row.offered).unwrap_or_default();
    Ok(Some(ChoiceView {
        offered: kept.into_iter().map(|one| one.line).collect(),
        reason: row.reason,
        by: format!("{}, {}", row.by_name, describe::day_and_clock(row.at, case.zone())),
    }))
}

/// Counts the waits of every service anew, from those who were seen in the last year. Answers how many services have any.
pub(crate) async fn count_waits(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let mut counted = 0;
    let since = (now - Duration::days(COUNTED_DAYS)).timestamp_millis();
    for organisation in store::directory::organisations(desk.store.reader()).await? {
        let organisation = OrganisationId(organisation.id);
        let mut by_service: BTreeMap<uuid::Uuid, Vec<(i64, i64)>> = BTreeMap::new();
        for row in store::shortlists::finished(desk.store.reader(), organisation, since).await? {
            let waits = by_service.entry(row.service_id).or_default();
            // The last visit comes first.
            if waits.len() < COUNTED {
                waits.push((row.seen_at, days_between(row.sent_at, row.seen_at)));
            }
        }
        let rows: Vec<service_wait::Model> = by_service
            .into_iter()
            .map(|(service_id, waits)| {
                let days: Vec<i64> = waits.iter().map(|(_, days)| *days).collect();
                let (median, p90) = match wait(&days) {
                    Wait::NotKnown { .. } => (None, None),
                    Wait::Known { median_days, p90_days, .. } => {
                        (Some(i64::from(median_days)), Some(i64::from(p90_days)))
                    }
                };
                service_wait::Model {
                    organisation_id: organisation.0,
                    service_id,
                    waits: i64::try_from(waits.len()).unwrap_or(i64::MAX),
                    median_days: median,
                    p90_days: p90,
                    first_at: waits.iter().map(|(at, _)| *at).min().unwrap_or_default(),
                    last_at: waits.iter().map(|(at, _)| *at).max().unwrap_or_default(),
                    computed_at: now.timestamp_millis(),
                }
            })
            .collect();
        counted += rows.len() as u64;
        let tx = desk.store.write_tx().await?;
        store::shortlists::put_waits(&tx, organisation, rows).await?;
        tx.commit().await?;
    }
    Ok(counted)
}

/// Whole days, begun ones counted: somebody seen on the third day waited for 3.
fn days_between(from_ms: i64, to_ms: i64) -> i64 {
    let day_ms = 24 * 3_600_000;
    ((to_ms - from_ms).max(0) + day_ms - 1) / day_ms
}

async fn patient_of(desk: &Desk, call: &Call, id: &str) -> Result<patient::Model, ServiceError> {
    let organisation = match (&call.actor.principal, may(&call.actor.principal, Capability::Refer)) {
        (Principal::Staff { organisation, .. }, true) => *organisation,
        _ => return Err(ServiceError::NotAllowed),
    };
    let id: PatientId = id.parse().map_err(|_| ServiceError::NotFound)?;
    let touched = Touched { organisation, entity: "patient", id: Some(id.0), patient: Some(id) };
    let Some(row) = store::patients::find(desk.store.reader(), organisation, id).await? else {
        desk.record_refusal(call, "find", &touched);
        return Err(ServiceError::NotFound);
    };
    desk.record_read(call, touched).await?;
    Ok(row)
}

/// Where the patient lives: as imported, or by the address's postcode.
/// Where a patient lives, as far as that is known.
pub(crate) async fn home(
    db: &impl store::Db,
    patient: &patient::Model,
) -> Result<Option<Point>, ServiceError> {
    if let (Some(latitude), Some(longitude)) = (patient.latitude, patient.longitude) {
        return Ok(Point::new(latitude, longitude));
    }
    let codes = patient.address.as_deref().map(postcodes_in).unwrap_or_default();
    Ok(store::postcodes::find(db, &codes).await?)
}

fn candidate(row: Offered, home: Option<Point>) -> Candidate {
    let site =
        row.latitude.zip(row.longitude).and_then(|(latitude, longitude)| Point::new(latitude, longitude));
    let km = home.zip(site).map(|(home, site)| home.km_to(site));
    Candidate { row, km }
}

fn order(sort: Sort, one: &Candidate, other: &Candidate) -> Ordering {
    let first = match sort {
        Sort::Wait => known_first(one.row.median_days, other.row.median_days, Ord::cmp)
            .then_with(|| known_first(one.row.p90_days, other.row.p90_days, Ord::cmp)),
        Sort::Distance => known_first(one.km, other.km, f64::total_cmp),
        Sort::Name => Ordering::Equal,
    };
    first.then_with(|| one.row.name.cmp(&other.row.name)).then_with(|| one.row.id.cmp(&other.row.id))
}

fn known_first<T>(one: Option<T>, other: Option<T>, by: impl Fn(&T, &T) -> Ordering) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => by(&one, &other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn offer(one: &Candidate) -> ServiceOffer {
    let row = &one.row;
    let required: Vec<RequiredItem> = serde_json::from_str(&row.required).unwrap_or_default();
    let (wait, wait_basis) = wait_words(row);
    ServiceOffer {
        id: row.id.to_string(),
        name: row.name.clone(),
        specialty: row.specialty.clone().or_else(|| row.specialty_code.clone()),
        organisation: row.organisation.clone(),
        site: row.site.clone(),
        address: row.address.clone(),
        wait,
        wait_basis,
        distance: one.km.map_or("Distance not known".to_owned(), distance),
        required: required.into_iter().map(|item| item.label).collect(),
        patient_note: row.patient_note.clone(),
        phone: row.phone.clone(),
        first_free: None,
    }
}

fn wait_words(row: &Offered) -> (String, String) {
    let zone: chrono_tz::Tz = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let day = |ms: Option<i64>| {
        let at = facts::instant(ms.unwrap_or_default()).with_timezone(&zone);
        at.date_naive().format("%-d %b %Y").to_string()
    };
    let waits = row.waits.unwrap_or(0);
    match (row.median_days, row.p90_days) {
        (Some(median), Some(p90)) => (
            format!("Half are seen within {}, nine of ten within {}", days(median), days(p90)),
            format!("The last {waits} people, seen from {} to {}", day(row.first_at), day(row.last_at)),
        ),
        _ => (
            "Not known yet".to_owned(),
            match waits {
                0 => "Nobody was seen in the last year".to_owned(),
                1 => "1 person was seen in the last year, too few to say".to_owned(),
                more => format!("{more} people were seen in the last year, too few to say"),
            },
        ),
    }
}

fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// "850 m", "4.2 km", "37 km": as the crow flies.
fn distance(km: f64) -> String {
    match km {
        km if km < 0.95 => format!("{:.0} m", (km * 20.0).round() * 50.0),
        km if km < 9.95 => format!("{km:.1} km"),
        km => format!("{km:.0} km"),
    }
}

fn describe_patient(row: &patient::Model) -> String {
    let born =
        facts::birth_date(row).map_or(String::new(), |born| format!(", born {}", born.format("%-d %B %Y")));
    format!("{} {}{born}", row.given, row.family)
}

/// Ids joined by commas, each once.
fn ids(text: &str) -> Result<Vec<uuid::Uuid>, ServiceError> {
    let mut ids = Vec::new();
    for id in text.split(',').filter(|id| !id.is_empty()) {
        let id = id.parse().map_err(|_| ServiceError::invalid("chosen", "Choose services from the list."))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, median: Option<i64>, km: Option<f64>) -> Candidate {
        let row = Offered {
            id: uuid::Uuid::nil(),
            organisation_id: uuid::Uuid::nil(),
            name: name.to_owned(),
            organisation: String::new(),
            specialty: None,
            specialty_code: None,
            phone: None,
            patient_note: None,
            required: "[]".to_owned(),
            zone: "Europe/London".to_owned(),
            site: None,
            address: None,
            latitude: None,
            longitude: None,
            waits: median.map(|_| 12),
            median_days: median,
            p90_days: median.map(|days| days + 7),
            first_at: Some(1_772_000_000_000),
            last_at: Some(1_783_000_000_000),
        };
        Candidate { row, km }
    }

    #[test]
    fn what_is_not_known_comes_last_whatever_it_is_sorted_by() {
        let all = || {
            vec![
                service("far", Some(3), Some(40.0)),
                service("unknown", None, None),
                service("near", Some(30), Some(1.5)),
                service("at once", Some(0), Some(9.0)),
            ]
        };
        for (sort, expected) in [
            (Sort::Wait, ["at once", "far", "near", "unknown"]),
            (Sort::Distance, ["near", "at once", "far", "unknown"]),
            (Sort::Name, ["at once", "far", "near", "unknown"]),
        ] {
            let mut found = all();
            found.sort_by(|one, other| order(sort, one, other));
            let names: Vec<&str> = found.iter().map(|one| one.row.name.as_str()).collect();
            assert_eq!(names, expected, "{sort:?}");
        }
    }

    #[test]
    fn waits_and_distances_are_said_and_what_is_unknown_says_so() {
        let known = offer(&service("heart", Some(1), Some(0.42)));
        assert_eq!(known.wait, "Half are seen within 1 day, nine of ten within 8 days");
        assert_eq!(known.wait_basis, "The last 12 people, seen from 25 Feb 2026 to 2 Jul 2026");
        assert_eq!(known.distance, "400 m");
        let unknown = offer(&service("heart", None, None));
        assert_eq!(
            (unknown.wait.as_str(), unknown.distance.as_str()),
            ("Not known yet", "Distance not known")
        );
        for (km, said) in [(0.0, "0 m"), (0.94, "950 m"), (0.96, "1.0 km"), (9.94, "9.9 km"), (12.4, "12 km")]
        {
            assert_eq!(distance(km), said);
        }
    }

    #[test]
    fn a_day_that_has_begun_counts() {
        let hour = 3_600_000;
        for (hours, days) in [(0, 0), (1, 1), (24, 1), (25, 2), (-5, 0)] {
            assert_eq!(days_between(0, hours * hour), days);
        }
    }
}
