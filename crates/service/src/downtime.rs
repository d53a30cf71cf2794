//! Lists for the hour when nothing works: what each clinic needs on paper, made ahead and kept where no server is needed to
//! read them.

use chrono::{DateTime, Duration, Utc};
use contract::{DowntimeFile, DowntimePage, DowntimePatient, DowntimeReferral, DowntimeSheet, DowntimeVisit};
use domain::policy::{Capability, may};
use domain::referral::State;
use domain::{Actor, OrganisationId, Principal, Priority, spoken};
use store::entity::{organisation, service};

use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, describe, facts, ids};

/// Days of visits that are listed.
const DAYS: i64 = 7;
/// Open referrals read at once.
const PAGE: u64 = 2_000;
/// From which age lists are too old to rely on.
const OLD_MIN: i64 = 120;

/// A clinic whose lists are made: a service with its place.
#[derive(Debug, Clone)]
struct Clinic {
    organisation: OrganisationId,
    service: uuid::Uuid,
    /// Name of its files, without ending: letters of the service's name and the end of its id.
    file: String,
    name: String,
    house: organisation::Model,
    phone: Option<String>,
    site: Option<String>,
}

/// Files of one organisation that were made together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    pub made: DateTime<Utc>,
    /// Name and size in bytes.
    pub files: Vec<(String, u64)>,
}

/// Every clinic of every organisation, those of one organisation together.
async fn clinics(desk: &Desk) -> Result<Vec<Clinic>, ServiceError> {
    let db = desk.store.reader();
    let mut clinics = Vec::new();
    for house in store::directory::organisations(db).await? {
        let organisation = OrganisationId(house.id);
        let sites = store::directory::sites_of(db, organisation).await?;
        for row in store::directory::services_of(db, organisation).await? {
            let site = sites.iter().find(|site| Some(site.id) == row.site_id);
            clinics.push(Clinic {
                organisation,
                service: row.id,
                file: file_name(&row),
                name: row.name,
                phone: row.phone.or_else(|| house.phone.clone()),
                site: site.map(|site| site.name.clone()),
                house: house.clone(),
            });
        }
    }
    Ok(clinics)
}

/// What stands on a clinic's lists now. The reading is recorded once for the clinic, as the product's own.
async fn sheet(desk: &Desk, clinic: &Clinic, now: DateTime<Utc>) -> Result<DowntimeSheet, ServiceError> {
    let db = desk.store.reader();
    let call = Call::new(Actor::system("downtime", ids::fresh(now)), now);
    desk.record_reads(&call, "list", &[touched(clinic.organisation, clinic.service)]).await?;
    let zone: chrono_tz::Tz = clinic.house.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let today = now.with_timezone(&zone).date_naive();
    // What began an hour ago may still be going on.
    let from = (now - Duration::hours(1)).timestamp_millis();
    let to = (now + Duration::days(DAYS)).timestamp_millis();
    let visits = store::downtime::visits(db, clinic.organisation, clinic.service, from, to)
        .await?
        .into_iter()
        .map(|row| {
            let zone = row.zone.parse().unwrap_or(zone);
            let start = facts::instant(row.start_at);
            DowntimeVisit {
                day: spoken::date(start.with_timezone(&zone).date_naive(), today),
                clock: spoken::clock(start, zone),
                length_min: (row.end_at - row.start_at) / 60_000,
                with: row.resource,
                patient: patient(row.family, row.given, row.birth_date, row.nhs_number, row.phone),
                reference: row.reference,
                is_held: row.state == "held",
            }
        })
        .collect();
    let mut open = Vec::new();
    let mut after = None;
    loop {
        let rows = store::downtime::open(db, clinic.organisation, clinic.service, after, PAGE).await?;
        after = rows.last().map(|row| (row.due_at, row.id));
        let is_last = (rows.len() as u64) < PAGE;
        open.extend(rows.into_iter().map(|row| DowntimeReferral {
            patient: patient(row.family, row.given, row.birth_date, row.nhs_number, row.phone),
            reference: row.reference,
            state: State::from_code(&row.state).unwrap_or(State::EnteredInError),
            priority: Priority::from_code(&row.priority).unwrap_or(Priority::Routine),
            owner: row.owner_name.unwrap_or_default(),
            next: row.next_action.unwrap_or_default(),
            due: describe::day_and_clock(row.due_at, zone),
            is_late: row.due_at < now.timestamp_millis(),
            sent: row.sent_at.map_or(String::new(), |ms| describe::day_and_clock(ms, zone)),
        }));
        if is_last {
            break;
        }
    }
    Ok(DowntimeSheet {
        organisation: clinic.house.name.clone(),
        service: clinic.name.clone(),
        site: clinic.site.clone(),
        phone: clinic.phone.clone(),
        made: spoken::instant(now, zone, now),
        visits,
        open,
    })
}

/// Makes every clinic's lists; answers how many. When something fails the older lists stay, and the page says so.
pub async fn make(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let made = make_all(desk, now).await;
    let failure = made.as_ref().err().map(|error| {
        let why = match error {
            ServiceError::Broken(why) => why.clone(),
            other => other.to_string(),
        };
        (now, why)
    });
    desk.ports.papers.note(failure);
    made
}

async fn make_all(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let clinics = clinics(desk).await?;
    let number = clinics.len() as u64;
    for of_one in clinics.chunk_by(|one, next| one.organisation == next.organisation) {
        let Some(first) = of_one.first() else { continue };
        let organisation = first.organisation;
        let zone: chrono_tz::Tz = first.house.zone.parse().unwrap_or(chrono_tz::Europe::London);
        in_peace(desk, move |papers| papers.start(organisation, now)).await?;
        for clinic in of_one {
            let sheet = sheet(desk, clinic, now).await?;
            let file = clinic.file.clone();
            in_peace(desk, move |papers| {
                for (ending, bytes) in papers.print(&sheet) {
                    papers.add(organisation, now, &format!("{file}.{ending}"), &bytes)?;
                }
                Ok(())
            })
            .await?;
        }
        let listed: Vec<_> = of_one.iter().map(|clinic| (clinic.name.clone(), clinic.file.clone())).collect();
        let (house, said) = (first.house.name.clone(), spoken::instant(now, zone, now));
        in_peace(desk, move |papers| papers.finish(organisation, now, &house, &said, &listed)).await?;
    }
    Ok(number)
}

/// Printing and writing take their time: away from the threads that answer requests.
async fn in_peace(
    desk: &Desk,
    work: impl FnOnce(&dyn crate::ports::Papers) -> Result<(), String> + Send + 'static,
) -> Result<(), ServiceError> {
    let ports = desk.ports.clone();
    let done = tokio::task::spawn_blocking(move || work(ports.papers.as_ref())).await;
    done.map_err(|error| ServiceError::Broken(error.to_string()))?.map_err(ServiceError::Broken)
}

/// The newest lists of the reader's organisation and how old they are. Coordinators.
pub async fn page(desk: &Desk, call: &Call) -> Result<DowntimePage, ServiceError> {
    let organisation = coordinator(call)?;
    let zone = match store::directory::organisation(desk.store.reader(), organisation).await? {
        Some(row) => row.zone.parse().unwrap_or(chrono_tz::Europe::London),
        None => chrono_tz::Europe::London,
    };
    let edition = desk.ports.papers.newest(organisation).map_err(ServiceError::Broken)?;
    let made = edition.as_ref().map(|edition| edition.made);
    let age_min = made.map_or(0, |made| (call.now - made).num_minutes().max(0));
    let services = store::directory::services_of(desk.store.reader(), organisation).await?;
    let title = |name: &str| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        services.iter().find(|row| file_name(row) == stem).map_or(stem.to_owned(), |row| row.name.clone())
    };
    let files = edition.map_or(Vec::new(), |edition| {
        edition
            .files
            .into_iter()
            .map(|(name, bytes)| DowntimeFile {
                title: title(&name),
                size: facts::size(i64::try_from(bytes).unwrap_or(i64::MAX)),
                name,
            })
            .collect()
    });
    Ok(DowntimePage {
        is_old: age_min > OLD_MIN || made.is_none(),
        made: made.map(|made| spoken::instant(made, zone, call.now)),
        age_min,
        failure: desk
            .ports
            .papers
            .failure()
            .map(|(at, why)| format!("{}: {why}", describe::day_and_clock(at.timestamp_millis(), zone))),
        folder: desk.ports.papers.place(organisation),
        files,
    })
}

/// One file of the newest lists. Coordinators; the read is recorded before it leaves.
pub async fn file(desk: &Desk, call: &Call, name: &str) -> Result<Vec<u8>, ServiceError> {
    let organisation = coordinator(call)?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let services = store::directory::services_of(desk.store.reader(), organisation).await?;
    // Only names that we give ourselves are looked up in the folder.
    let service = services.iter().find(|row| file_name(row) == stem).ok_or(ServiceError::NotFound)?;
    let bytes = desk.ports.papers.read(organisation, name).map_err(ServiceError::Broken)?;
    let bytes = bytes.ok_or(ServiceError::NotFound)?;
    desk.record_reads(call, "read", &[touched(organisation, service.id)]).await?;
    Ok(bytes)
}

fn coordinator(call: &Call) -> Result<OrganisationId, ServiceError> {
    match call.actor.principal {
        Principal::Staff { organisation, .. } if may(&call.actor.principal, Capability::Downtime) => {
            Ok(organisation)
        }
        _ => Err(ServiceError::NotAllowed),
    }
}

fn touched(organisation: OrganisationId, service: uuid::Uuid) -> Touched {
    Touched { organisation, entity: "downtime-list", id: Some(service), patient: None }
}

fn file_name(row: &service::Model) -> String {
    let slug: String = facts::slug(&row.name).chars().filter(char::is_ascii).collect();
    format!("{slug}-{}", &row.id.simple().to_string()[20..])
}

fn patient(
    family: String,
    given: String,
    born: Option<String>,
    nhs_number: Option<String>,
    phone: Option<String>,
) -> DowntimePatient {
    let born = born.and_then(|text| domain::dates::day(&text));
    DowntimePatient {
        name: format!("{family}, {given}"),
        born: born.map_or(String::new(), |born| born.format("%-d %b %Y").to_string()),
        nhs_number: nhs_number.unwrap_or_default(),
        phone: phone.unwrap_or_default(),
    }
}
