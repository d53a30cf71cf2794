//! Letters on paper: somebody prints what waits, posts it, and sees to what comes back.
//!
//! A letter is a message of the channel `letter`. It waits as `pending`, has left as `sent` once somebody says that it was posted, and
//! is a `permanent-failure` once the post has brought it back. Nothing is printed that is out of date or has no address.

mod acts;
mod care;
mod sheet;

pub use acts::{act, act_on_batch, print};
pub use care::look_after;
pub use sheet::{batch, one};

use contract::{LetterLine, LetterPile, LettersPage};
use domain::policy::{Capability, may};
use domain::{OrganisationId, PatientId, Principal};
use store::print_queue::{Line, Pile};

use crate::audit::Touched;
use crate::availability::zone_of;
use crate::{Call, Desk, ServiceError, describe};

/// Lines on one page.
const PAGE: usize = 100;
/// For so long a letter may wait for the printer.
const LATE_MS: i64 = 24 * 3_600_000;

/// A pile of the print queue. Coordinators. Records whom it names, as every list does.
pub async fn page(
    desk: &Desk,
    call: &Call,
    pile: LetterPile,
    after: &str,
) -> Result<LettersPage, ServiceError> {
    let organisation = coordinator(call)?;
    let (db, now) = (desk.store.reader(), call.now.timestamp_millis());
    let mut rows =
        store::print_queue::lines(db, organisation, stored(pile), now, after.parse().ok(), PAGE as u64 + 1)
            .await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let mut looked: Vec<Touched> = rows.iter().filter_map(|row| about(organisation, row)).collect();
    looked.sort_by_key(|touched| touched.id);
    looked.dedup_by_key(|touched| touched.id);
    desk.record_reads(call, "list", &looked).await?;
    let zone = zone_of(db, organisation).await?;
    let count = |pile, at| store::print_queue::count(db, organisation, pile, at);
    Ok(LettersPage {
        pile,
        to_print: count(Pile::ToPrint, now).await?,
        printed: count(Pile::Printed, now).await?,
        stuck: count(Pile::Stuck, now).await?,
        late: count(Pile::ToPrint, now - LATE_MS).await?,
        next: rows.last().filter(|_| more).map(|row| row.id.to_string()),
        lines: rows.iter().map(|row| line(row, zone, now)).collect(),
    })
}

/// How many letters have waited for the printer for more than a day, or cannot be printed; for those who may see them.
pub async fn waiting_long(desk: &Desk, call: &Call) -> Result<i64, ServiceError> {
    let Ok(organisation) = coordinator(call) else {
        return Ok(0);
    };
    let (db, now) = (desk.store.reader(), call.now.timestamp_millis());
    let late = store::print_queue::count(db, organisation, Pile::ToPrint, now - LATE_MS).await?;
    Ok(late + store::print_queue::count(db, organisation, Pile::Stuck, now).await?)
}

fn line(row: &Line, zone: chrono_tz::Tz, now: i64) -> LetterLine {
    let by = |at: Option<i64>, who: &Option<String>| {
        at.map(|at| match who {
            Some(who) => format!("{}, {who}", describe::day_and_clock(at, zone)),
            None => describe::day_and_clock(at, zone),
        })
    };
    let patient = row.family.as_ref().zip(row.given.as_ref());
    LetterLine {
        id: row.id.to_string(),
        template: row.template.clone(),
        to: match (row.recipient.starts_with("patient:"), patient) {
            (true, Some((family, given))) => format!("{family}, {given}"),
            _ => row.address.lines().next().unwrap_or_default().to_owned(),
        },
        reference: row.reference.clone().unwrap_or_default(),
        referral: row.referral_id.map(|id| id.to_string()),
        when: describe::day_and_clock(row.due_at, zone),
        is_late: row.printed_at.is_none() && row.due_at < now - LATE_MS,
        batch: row.batch_id.map(|id| id.to_string()),
        printed: by(row.printed_at, &row.printed_by_name),
        posted: by(row.posted_at, &row.posted_by_name),
        returned: by(row.returned_at, &None),
        stuck: row.stuck.clone().unwrap_or_default(),
    }
}

fn stored(pile: LetterPile) -> Pile {
    match pile {
        LetterPile::ToPrint => Pile::ToPrint,
        LetterPile::Printed => Pile::Printed,
        LetterPile::Posted => Pile::Posted,
        LetterPile::Stuck => Pile::Stuck,
        LetterPile::Returned => Pile::Returned,
    }
}

/// Whose referral a letter is about.
fn about(organisation: OrganisationId, row: &Line) -> Option<Touched> {
    row.referral_id.map(|id| Touched {
        organisation,
        entity: "referral",
        id: Some(id),
        patient: row.patient_id.map(PatientId),
    })
}

/// The letter itself, which holds a patient's address and news.
fn touched(organisation: OrganisationId, row: &Line) -> Touched {
    Touched { organisation, entity: "letter", id: Some(row.id), patient: row.patient_id.map(PatientId) }
}

/// Why nobody can print it, as of now; `None`: somebody can.
fn stuck(row: &Line) -> Option<&'static str> {
    if domain::letter::address_lines(row.goes_to()).is_empty() {
        Some("no-address")
    } else if row.address_returned_at.is_some() {
        Some("address-returned")
    } else {
        None
    }
}

fn coordinator(call: &Call) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, Capability::MessageLog)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}
