//! Loading the demonstration: generated files through the very same import as anybody's.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::priority::OfferedPriority;
use domain::{Actor, OrganisationId, PersonId, Priority, ResourceId};
use service::import::{self, ImportReport, Mode, Outcome};
use service::{Call, Desk, sign_in};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::generate::{Demo, DemoPerson, STAFF_IDENTIFIER, generate};

/// Everybody's password in the demonstration.
pub const PASSWORD: &str = "try-waymark-here";
const SEED: u64 = 1;

/// The demonstration as of an instant.
pub fn demo(now: DateTime<Utc>) -> Demo {
    let zone = Tz::Europe__London;
    generate(now.with_timezone(&zone).date_naive(), zone, SEED)
}

/// Whether the database holds nobody yet.
pub async fn is_empty(desk: &Desk) -> anyhow::Result<bool> {
    Ok(store::directory::organisations(desk.store.reader()).await?.is_empty())
}

/// Imports the demonstration, lets its people sign in, and accepts urgency suggestions for it.
pub async fn load(desk: &Desk, now: DateTime<Utc>) -> anyhow::Result<Vec<ImportReport>> {
    let demo = demo(now);
    let call = Call::new(Actor::system("import", Uuid::nil()), now);
    let mut reports = Vec::new();
    for file in &demo.files {
        let report = if file.name.ends_with(".ics") {
            let resource = whose(desk, &file.name).await?;
            let hospital = hospital(desk, &demo).await?;
            import::calendar(desk, &call, &file.name, &file.bytes, resource, hospital, Mode::Write).await
        } else {
            import::fhir(desk, &call, &file.name, &file.bytes, None, Mode::Write).await
        };
        let report = report.with_context(|| file.name.clone())?;
        if report.outcome != Outcome::Imported {
            bail!("{} was refused: {:?}", file.name, report.problems.iter().take(3).collect::<Vec<_>>());
        }
        reports.push(report);
    }
    let hash = sign_in::hash_password(PASSWORD).await?;
    let tx = desk.store.write_tx().await?;
    let mut hospitals: Vec<OrganisationId> = Vec::new();
    for person in &demo.people {
        let Some(row) = store::people::by_email(&*tx, &person.email).await? else {
            bail!("{} is not in the directory", person.email);
        };
        if person.role == "specialist" && !hospitals.contains(&OrganisationId(row.organisation_id)) {
            hospitals.push(OrganisationId(row.organisation_id));
        }
        let secret = Some(totp_secret(&person.email));
        let row =
            store::entity::person::Model { password_hash: Some(hash.clone()), totp_secret: secret, ..row };
        store::people::update(&tx, row).await?;
    }
    for hospital in hospitals {
        promise(&tx, hospital).await?;
        if let Some(mut row) = store::directory::organisation(&*tx, hospital).await? {
            row.urgency_accepted_by = Some("Demonstration".to_owned());
            row.urgency_accepted_at = Some(now.timestamp_millis());
            store::directory::update_organisation(&tx, row).await?;
        }
    }
    tx.commit().await?;
    Ok(reports)
}

/// Clinics of the demonstration that say within how many days patients are seen; the others promise nothing.
const PROMISING: [&str; 2] = ["Ear, nose and throat clinic", "Diabetes clinic"];

/// Sets the days of each priority where they are promised, so that windows can be seen.
async fn promise(tx: &store::Tx, hospital: OrganisationId) -> anyhow::Result<()> {
    let all: Vec<OfferedPriority> = Priority::ALL
        .iter()
        .map(|code| OfferedPriority {
            code: *code,
            meaning: String::new(),
            days: Some(code.seen_within_days()),
        })
        .collect();
    for mut row in store::directory::services_of(&**tx, hospital).await? {
        if PROMISING.contains(&row.name.as_str()) {
            row.priorities = serde_json::to_string(&all)?;
            store::directory::update_service(tx, row).await?;
        }
    }
    Ok(())
}

/// The organisation of the first specialist: a calendar that names nobody is shown there.
async fn hospital(desk: &Desk, demo: &Demo) -> anyhow::Result<Option<OrganisationId>> {
    let Some(person) = demo.people.iter().find(|person| person.role == "specialist") else {
        return Ok(None);
    };
    let row = store::people::by_email(desk.store.reader(), &person.email).await?;
    Ok(row.map(|row| OrganisationId(row.organisation_id)))
}

/// The clinician whose staff key a calendar's file name carries.
async fn whose(desk: &Desk, name: &str) -> anyhow::Result<Option<ResourceId>> {
    let key = name.trim_start_matches("calendar-").trim_end_matches(".ics");
    let db = desk.store.reader();
    let found = store::directory::identified(db, "person", STAFF_IDENTIFIER, key).await?;
    let Some(person) = found.first() else {
        return Ok(None);
    };
    let organisation = OrganisationId(person.organisation_id);
    let resource = store::calendars::resource_of(db, organisation, PersonId(person.entity_id)).await?;
    Ok(resource.map(|row| ResourceId(row.id)))
}

/// The authenticator secret of a person in the demonstration; everybody may know it.
pub fn totp_secret(email: &str) -> Vec<u8> {
    Sha256::digest(format!("waymark demonstration {email}").as_bytes())[..20].to_vec()
}

/// The code that their authenticator would show.
pub fn totp_now(person: &DemoPerson, now: DateTime<Utc>) -> String {
    let at = u64::try_from(now.timestamp()).unwrap_or_default();
    sign_in::totp(totp_secret(&person.email), &person.email)
        .map_or_else(|_| String::new(), |totp| totp.generate(at))
}
