//! What a calendar file says of busy times, read apart from the server.

use chrono::{DateTime, Duration, Utc};
use domain::OrganisationId;
use interop::problem::Severity;
use scheduling::{Busy, merge};
use store::calendars::BusyRow;
use store::entity::calendar;

use super::clashes;
use crate::calendar::BusyReading;
use crate::ports::Waits;
use crate::unit::Unit;
use crate::{Call, Desk, ServiceError};

/// Busy times are known from so many days back …
const BACK_DAYS: i64 = 30;
/// … to so many days beyond the booking horizon.
const BEYOND_DAYS: i64 = 30;
/// The most busy times of one calendar that are kept: they are written in one transaction, for which others wait.
const MOST_KEPT: usize = 10_000;
/// So much of an event's UID is shown, in characters.
const LONGEST_UID: usize = 80;

/// What a calendar file says for the time that bookings need.
pub(super) struct Read {
    pub name: Option<String>,
    refresh_min: Option<u32>,
    busy: Vec<BusyRow>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Read {
    /// Writes the busy times of `row`, whose calendar this is. Booked visits over which they lie are listed.
    pub async fn keep(&self, unit: &mut Unit<'_>, row: &mut calendar::Model) -> Result<(), ServiceError> {
        let known = clashes::under(unit, row).await?;
        store::calendars::replace_busy(&unit.tx, row, &self.busy).await?;
        clashes::heed(unit, row, &known).await?;
        row.expand_after = None;
        row.refresh_min = self.refresh_min.map(i64::from);
        row.expanded_from = Some(self.from.timestamp_millis());
        row.expanded_to = Some(self.to.timestamp_millis());
        Ok(())
    }
}

/// Reads a calendar file apart from the server. Of which something could not be understood is refused: a time that is
/// not known is not free.
pub(super) async fn read(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    bytes: &[u8],
    waits: Waits,
) -> Result<Read, ServiceError> {
    let zone: chrono_tz::Tz = store::directory::organisation(desk.store.reader(), organisation)
        .await?
        .and_then(|row| row.zone.parse().ok())
        .unwrap_or(chrono_tz::Europe::London);
    let (from, to) = span(desk, call).await?;
    let reading = desk
        .ports
        .calendars
        .busy(waits, bytes.to_vec(), from, to, zone)
        .await
        .map_err(ServiceError::Broken)?;
    let mut reading = readable(reading)?;
    // A reminder without a length takes no time.
    reading.busy.retain(|busy| busy.start < busy.end);
    if reading.busy.len() > MOST_KEPT {
        // What lies side by side needs no rows of its own.
        reading.busy = merge(reading.busy);
    }
    if reading.busy.len() > MOST_KEPT {
        let remedy = "This calendar has more busy times than can be kept. Export a shorter period.";
        return Err(ServiceError::invalid("file", remedy));
    }
    let busy = reading.busy.iter().map(busy_row).collect();
    Ok(Read { name: reading.name, refresh_min: reading.refresh_min, busy, from, to })
}

/// The time for which busy times are kept.
pub(super) async fn span(desk: &Desk, call: &Call) -> Result<(DateTime<Utc>, DateTime<Utc>), ServiceError> {
    let to = call.now + Duration::days(farthest(desk).await? + BEYOND_DAYS);
    Ok((call.now - Duration::days(BACK_DAYS), to))
}

/// The most days ahead for which any service offers times.
pub(super) async fn farthest(desk: &Desk) -> Result<i64, ServiceError> {
    let own = store::leave::farthest(desk.store.reader()).await?;
    Ok(own.unwrap_or(0).max(desk.settings.horizon_days))
}

fn readable(reading: BusyReading) -> Result<BusyReading, ServiceError> {
    let errors: Vec<_> = reading
        .problems
        .iter()
        .filter(|one| one.problem.severity == Severity::Error)
        .map(|one| {
            let (problem, uid) = (&one.problem, one.uid.chars().take(LONGEST_UID).collect::<String>());
            // By its UID, and never by what it is about, whoever keeps the calendar finds the event.
            let place = match (problem.path.as_str(), uid.as_str()) {
                ("", _) => String::new(),
                (path, "") => format!("{path}: "),
                (path, uid) => format!("{path}, UID {uid}: "),
            };
            let whole = format!("{place}{}. {}.", problem.problem, problem.remedy);
            contract::FieldError::new("file", sentence(&whole))
        })
        .collect();
    if errors.is_empty() { Ok(reading) } else { Err(ServiceError::Invalid(errors)) }
}

/// The same with a capital at each beginning and one full stop at the end.
fn sentence(text: &str) -> String {
    let parts = text.split(". ").map(|part| {
        let mut letters = part.trim_end_matches('.').chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect::<String>())
    });
    format!("{}.", parts.collect::<Vec<_>>().join(". "))
}

fn busy_row(busy: &Busy) -> BusyRow {
    BusyRow {
        start_at: busy.start.timestamp_millis(),
        end_at: busy.end.timestamp_millis(),
        effect: busy.effect.code().to_owned(),
        uid: busy.uid.chars().take(255).collect(),
    }
}
