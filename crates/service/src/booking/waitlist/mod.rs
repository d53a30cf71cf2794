//! The waiting list: who waits for a time that comes free, and offering it to them.
//!
//! The rules are `scheduling::waitlist`. Here the list is kept, each offer is made in one transaction through the ledger that
//! everybody books in, and what becomes of it is noted wherever a held time is confirmed or given back.

mod fill;
mod join;
mod page;
mod people;

pub use fill::fill;
pub(super) use join::chosen;
pub use join::{form, join, leave};
pub(super) use page::each_once;
pub(crate) use page::groups;
pub use page::page;
pub(super) use people::{freed, kinds, rank, visit};

use chrono::Weekday;
use domain::{AppointmentId, OrganisationId, spoken};
use scheduling::PartOfDay;
use scheduling::waitlist::{Rules, Wishes};
use store::entity::appointment;

use super::held;
use super::hold::give_back;
use crate::availability::WEEKDAYS;
use crate::unit::{Case, Unit};
use crate::{Desk, ServiceError};

/// Notes what became of an offer when its time is confirmed or given back; answers whether the list had made it. The first
/// word on an offer stands.
pub(super) async fn settle(
    unit: &Unit<'_>,
    row: &appointment::Model,
    outcome: &str,
) -> Result<bool, ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let at = unit.call.now.timestamp_millis();
    Ok(store::waitlist::settle_offer(&unit.tx, organisation, AppointmentId(row.id), outcome, at).await?)
}

/// Ends a referral's entry, if it has one: it is booked, or over. A time that the list holds for it goes back.
pub(crate) async fn end(unit: &Unit<'_>, case: &Case, reason: &str) -> Result<bool, ServiceError> {
    let (organisation, id) = (case.organisation_id(), case.id());
    let at = unit.call.now.timestamp_millis();
    let was_on_it = store::waitlist::end(&unit.tx, organisation, id, reason, at).await?;
    if let Some(offer) = store::waitlist::open_offer(&*unit.tx, organisation, id).await?
        && let Some(row) = held(unit, case).await?
        && row.id == offer.appointment_id
    {
        give_back(unit, row, "lapsed").await?;
    }
    Ok(was_on_it)
}

/// What the site decides about offers.
fn rules(desk: &Desk) -> Rules {
    Rules {
        no_fill_min: desk.settings.no_fill_hours.saturating_mul(60),
        over_min: 120,
        quiet: desk.settings.quiet,
    }
}

/// Wishes as they are stored: comma lists.
pub(super) fn wishes(weekdays: &str, parts: &str) -> Wishes {
    Wishes {
        weekdays: weekdays.split(',').filter_map(crate::availability::weekday).collect(),
        parts: parts.split(',').filter_map(part).collect(),
        ..Wishes::default()
    }
}

fn part(code: &str) -> Option<PartOfDay> {
    match code {
        "morning" => Some(PartOfDay::Morning),
        "afternoon" => Some(PartOfDay::Afternoon),
        "evening" => Some(PartOfDay::Evening),
        _ => None,
    }
}

/// "Mondays and Fridays, mornings"; empty when any time will do.
pub(crate) fn wishes_in_words(weekdays: &str, parts: &str) -> String {
    let chosen: Vec<Weekday> = weekdays.split(',').filter_map(crate::availability::weekday).collect();
    let days: Vec<String> = WEEKDAYS
        .iter()
        .filter(|(_, day, _)| chosen.contains(day))
        .map(|(.., name)| format!("{name}s"))
        .collect();
    let parts: Vec<&str> = [("morning", "mornings"), ("afternoon", "afternoons"), ("evening", "evenings")]
        .into_iter()
        .filter(|(code, _)| parts.split(',').any(|part| part == *code))
        .map(|(_, words)| words)
        .collect();
    let lists = [spoken::list(&days), spoken::list(&parts)];
    lists.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_said_in_the_order_of_the_week() {
        for (days, parts, words) in [
            ("", "", ""),
            ("FR,MO", "", "Mondays and Fridays"),
            ("MO,TU,WE", "morning", "Mondays, Tuesdays and Wednesdays, mornings"),
            ("", "afternoon,morning", "mornings and afternoons"),
        ] {
            assert_eq!(wishes_in_words(days, parts), words);
        }
    }
}
