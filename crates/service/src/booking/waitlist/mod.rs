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
pub(super) use people::{freed, kinds, of_service, rank, visit};

use std::collections::HashMap;

use chrono::Weekday;
use domain::{AppointmentId, OrganisationId, spoken};
use scheduling::PartOfDay;
use scheduling::waitlist::{Rules, Wishes};
use store::Db;
use store::entity::{appointment, waitlist_entry};
use store::matching::ToBook;

use super::hold::give_back;
use super::kept;
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
        && let Some(row) = kept(unit, case).await?.offered
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

/// What somebody said, as it is stored: comma lists.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said<'a> {
    pub weekdays: &'a str,
    pub parts: &'a str,
    pub sites: &'a str,
    pub clinicians: &'a str,
    /// Nothing else of places and people suits them.
    pub only_these: bool,
}

impl Said<'_> {
    /// Days and times of day that they cannot come on are none for them; places and people are, where they say so.
    pub fn must(&self) -> Wishes {
        let listed = if self.only_these { self.like() } else { Wishes::default() };
        let Wishes { weekdays, parts, .. } = days(self.weekdays, self.parts);
        Wishes { weekdays, parts, ..listed }
    }

    /// Where and with whom they would rather be seen.
    pub fn like(&self) -> Wishes {
        Wishes { sites: ids(self.sites), who: ids(self.clinicians), ..Wishes::default() }
    }
}

impl<'a> From<&'a ToBook> for Said<'a> {
    fn from(row: &'a ToBook) -> Self {
        Said {
            weekdays: row.weekdays.as_deref().unwrap_or_default(),
            parts: row.parts.as_deref().unwrap_or_default(),
            sites: row.sites.as_deref().unwrap_or_default(),
            clinicians: row.clinicians.as_deref().unwrap_or_default(),
            only_these: row.only_these.unwrap_or_default(),
        }
    }
}

/// Days of the week and parts of the day, of comma lists.
pub(super) fn days(weekdays: &str, parts: &str) -> Wishes {
    Wishes {
        weekdays: weekdays.split(',').filter_map(crate::availability::weekday).collect(),
        parts: parts.split(',').filter_map(part).collect(),
        ..Wishes::default()
    }
}

fn ids(list: &str) -> Vec<String> {
    list.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

fn part(code: &str) -> Option<PartOfDay> {
    match code {
        "morning" => Some(PartOfDay::Morning),
        "afternoon" => Some(PartOfDay::Afternoon),
        "evening" => Some(PartOfDay::Evening),
        _ => None,
    }
}

/// The same with places and people, by their names: "Mondays, rather at North House, rather with Dr Okafor".
pub(super) fn said_in_words(said: &Said<'_>, names: &HashMap<String, String>) -> String {
    let named = |list: &str| -> Vec<String> {
        ids(list).into_iter().filter_map(|id| names.get(&id).cloned()).collect()
    };
    let how = if said.only_these { "only" } else { "rather" };
    let mut words = vec![wishes_in_words(said.weekdays, said.parts)];
    for (by, list) in [("at", named(said.sites)), ("with", named(said.clinicians))] {
        if !list.is_empty() {
            words.push(format!("{how} {by} {}", either(&list)));
        }
    }
    words.retain(|words| !words.is_empty());
    words.join(", ")
}

/// What somebody on the list said, for their own card.
pub(crate) async fn said_of(db: &impl Db, entry: &waitlist_entry::Model) -> Result<String, ServiceError> {
    let said = Said {
        weekdays: &entry.weekdays,
        parts: &entry.parts,
        sites: &entry.sites,
        clinicians: &entry.clinicians,
        only_these: entry.only_these,
    };
    let has_names = !(entry.sites.is_empty() && entry.clinicians.is_empty());
    let names = match has_names {
        true => names(db, OrganisationId(entry.organisation_id)).await?,
        false => HashMap::new(),
    };
    Ok(said_in_words(&said, &names))
}

/// "A, B or C".
fn either(list: &[String]) -> String {
    match list {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => list.join(", "),
    }
}

/// The names of an organisation's sites and clinicians, by id.
pub(super) async fn names(
    db: &impl Db,
    organisation: OrganisationId,
) -> Result<HashMap<String, String>, ServiceError> {
    let sites = store::directory::sites_of(db, organisation).await?;
    let people = store::calendars::resources(db, organisation).await?;
    let sites = sites.into_iter().map(|row| (row.id.to_string(), row.name));
    Ok(sites.chain(people.into_iter().map(|row| (row.id.to_string(), row.name))).collect())
}

/// "Mondays and Fridays, mornings"; empty when any time will do.
pub(super) fn wishes_in_words(weekdays: &str, parts: &str) -> String {
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
