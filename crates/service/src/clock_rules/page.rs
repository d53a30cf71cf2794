//! The list of visits that new clock rules have moved.

use contract::{MovedLine, MovedPage};
use domain::policy::{Capability, may};
use domain::{Principal, spoken};

use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, facts};

/// Where staff find it.
pub(super) const PATH: &str = "/availability/moved";

/// Visits to come that were moved. The receiving side's staff who see availability.
pub async fn moved(desk: &Desk, call: &Call) -> Result<MovedPage, ServiceError> {
    let organisation = match &call.actor.principal {
        Principal::Staff { organisation, .. } if may(&call.actor.principal, Capability::Availability) => {
            *organisation
        }
        _ => return Err(ServiceError::NotAllowed),
    };
    let rows =
        store::clock_rules::moved(desk.store.reader(), organisation, call.now.timestamp_millis()).await?;
    let mut once = std::collections::HashSet::new();
    let touched: Vec<_> = rows
        .iter()
        .filter(|row| once.insert(row.referral_id))
        .map(|row| Touched { organisation, entity: "referral", id: Some(row.referral_id), patient: None })
        .collect();
    desk.record_reads(call, "list", &touched).await?;
    let lines = rows
        .into_iter()
        .map(|row| {
            let zone: chrono_tz::Tz = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
            // Two instants of the same time on the clock: by the clock of its place as it now is, with its distance from UTC.
            let local = |at: i64| {
                facts::instant(at).with_timezone(&zone).format("%-d %B %Y, %H:%M (UTC%:z)").to_string()
            };
            MovedLine {
                referral: row.referral_id.to_string(),
                reference: row.reference,
                patient: format!("{} {}", row.given, row.family),
                service: row.service,
                with: row.resource,
                when: spoken::instant(facts::instant(row.to_at), zone, call.now),
                zone: row.zone,
                from: local(row.from_at),
                to: local(row.to_at),
                edition: row.edition,
                moved: spoken::instant(facts::instant(row.at), zone, call.now),
            }
        })
        .collect();
    Ok(MovedPage { lines })
}
