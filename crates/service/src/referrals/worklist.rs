//! Worklists: what one side of an organisation has to do, the most pressing first.

use std::collections::HashSet;

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use contract::{Choice, StateCount, WorklistLine, WorklistPage, WorklistQuery};
use domain::calendar_days::at_wall;
use domain::policy::{Capability, may};
use domain::referral::{AgeBand, Kind, NextAction, State, Waiting};
use domain::{OrganisationId, Principal, Priority, ReferralId, spoken};
use store::referrals::{Filter, Owner, Side};

use crate::{Call, Desk, ServiceError, audit::Touched, facts};

/// Lines on one page.
const PAGE: usize = 50;

/// What the receiving side has to do. Specialists and coordinators.
pub async fn worklist(desk: &Desk, call: &Call, query: &WorklistQuery) -> Result<WorklistPage, ServiceError> {
    list(desk, call, query, Capability::Worklist, Side::Receiving).await
}

/// What the referring side sent or drafts. Referrers.
pub async fn worklist_sent(
    desk: &Desk,
    call: &Call,
    query: &WorklistQuery,
) -> Result<WorklistPage, ServiceError> {
    list(desk, call, query, Capability::Refer, Side::Referring).await
}

/// Referrals that somebody ticked, as they stand now: what they may not see is left out.
///
/// Errors: `Invalid` when none or too many are chosen.
pub async fn chosen(desk: &Desk, call: &Call, ids: &[ReferralId]) -> Result<WorklistPage, ServiceError> {
    super::bulk::check(call, ids)?;
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    those(desk, call, &ids).await
}

/// These referrals as lines, at most [`super::assign::BULK`]; who may see them not is recorded.
pub(super) async fn those(
    desk: &Desk,
    call: &Call,
    ids: &[uuid::Uuid],
) -> Result<WorklistPage, ServiceError> {
    let filter = Filter { ids: Some(ids.to_vec()), states: all_states(), ..Filter::default() };
    let which = (Side::Receiving, Beside::Nothing);
    let found = page(desk, call, &filter, Capability::Worklist, which, super::assign::BULK).await?;
    let organisation = may_list(call, Capability::Worklist)?;
    for id in ids.iter().copied().filter(|id| found.lines.iter().all(|line| line.id != id.to_string())) {
        let touched = Touched { organisation, entity: "referral", id: Some(id), patient: None };
        desk.record_refusal(call, "find", &touched);
    }
    Ok(found)
}

/// What a page of lines shows beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// What the reader was asked to do, and follow-ups that are late.
    Tasks,
    Nothing,
}

async fn list(
    desk: &Desk,
    call: &Call,
    query: &WorklistQuery,
    capability: Capability,
    side: Side,
) -> Result<WorklistPage, ServiceError> {
    let organisation = may_list(call, capability)?;
    let zone = match store::directory::organisation(desk.store.reader(), organisation).await? {
        Some(row) => row.zone.parse().unwrap_or(chrono_tz::Europe::London),
        None => return Err(ServiceError::NotAllowed),
    };
    let filter = filter_of(desk, call, query, zone).await?;
    page(desk, call, &filter, capability, (side, Beside::Tasks), PAGE).await
}

/// What a list's address asks for.
///
/// Errors: `Invalid` names what is no choice.
pub(crate) async fn filter_of(
    desk: &Desk,
    call: &Call,
    query: &WorklistQuery,
    zone: Tz,
) -> Result<Filter, ServiceError> {
    let states = match query.state.as_str() {
        "" => Vec::new(),
        "all" => all_states(),
        code => vec![
            State::from_code(code)
                .ok_or_else(|| ServiceError::invalid("state", "There is no such state."))?
                .code()
                .to_owned(),
        ],
    };
    let (sent_from, sent_before) = sent_between(&query.age, call.now)?;
    Ok(Filter {
        states,
        ids: None,
        service: chosen_id("service", &query.service)?,
        site: chosen_id("site", &query.site)?,
        priority: priority(&query.priority)?,
        next: next_actions(&query.waiting)?,
        sent_from,
        sent_before,
        due_before: due_before(&query.overdue, call.now, zone)?,
        owner: owner(&query.owner, call)?,
        kind: kind(&query.kind)?,
        referrers: own(desk, call, &query.mine).await?,
        next_actions: if query.mine == "act" { waits_for_referrer() } else { Vec::new() },
        words: Some(searched(&query.q)).filter(|words| !words.trim().is_empty()),
        after: query.after.split_once('.').and_then(|(due, id)| Some((due.parse().ok()?, id.parse().ok()?))),
    })
}

async fn page(
    desk: &Desk,
    call: &Call,
    filter: &Filter,
    capability: Capability,
    (side, beside): (Side, Beside),
    length: usize,
) -> Result<WorklistPage, ServiceError> {
    let organisation = may_list(call, capability)?;
    let db = desk.store.reader();
    let now = call.now.timestamp_millis();
    let mut rows = store::referrals::worklist(db, organisation, side, filter, length as u64 + 1).await?;
    let more = rows.len() > length;
    rows.truncate(length);
    let next =
        rows.last().filter(|_| more).map(|row| format!("{}.{}", row.due_at.unwrap_or_default(), row.id));
    let receiving = side == Side::Receiving;
    let tasks = match beside {
        Beside::Tasks => super::thread::tasks(db, call).await?,
        Beside::Nothing => Vec::new(),
    };
    let overdue = match receiving && beside == Beside::Tasks {
        true => super::follow_up::overdue(db, call).await?,
        false => Vec::new(),
    };
    // Everybody who is named on the page, once, whether among the lines or beside them.
    let mut named: Vec<_> = rows.iter().map(|row| (row.id, OrganisationId(row.organisation_id))).collect();
    let others = tasks.iter().map(|task| &task.referral).chain(overdue.iter().map(|line| &line.referral));
    named.extend(others.filter_map(|id| Some((id.parse().ok()?, organisation))));
    let mut once = HashSet::new();
    named.retain(|(id, _)| once.insert(*id));
    let touched: Vec<_> = named
        .into_iter()
        .map(|(id, organisation)| Touched { organisation, entity: "referral", id: Some(id), patient: None })
        .collect();
    desk.record_reads(call, "list", &touched).await?;
    let choice = |id: uuid::Uuid, label: String| Choice { value: id.to_string(), label, hint: None };
    let services = match side {
        Side::Receiving => store::directory::services_of(db, organisation)
            .await?
            .into_iter()
            .map(|row| choice(row.id, row.name))
            .collect(),
        // It may have gone to any service there is.
        Side::Referring => store::directory::services(db)
            .await?
            .into_iter()
            .map(|row| choice(row.id, format!("{}, {}", row.name, row.organisation)))
            .collect(),
    };
    let mut counts: Vec<StateCount> =
        store::tallies::counts(db, organisation, side, now, first_days(call.now))
            .await?
            .into_iter()
            .filter_map(|row| {
                let state = State::from_code(&row.state)?;
                Some(StateCount { state, count: row.n, overdue: row.overdue, ages: row.ages })
            })
            .collect();
    counts.sort_by_key(|count| count.state);
    let sites = match receiving {
        true => store::directory::sites_of(db, organisation).await?,
        false => Vec::new(),
    };
    let colleagues = match receiving {
        true => super::read::colleagues(db, organisation).await?,
        false => Vec::new(),
    };
    let shown: Vec<_> = rows.iter().map(|row| (row.organisation_id, row.id)).collect();
    let coming = store::appointments::coming(db, &shown).await?;
    let may_hand_over = receiving && may(&call.actor.principal, Capability::HandOver);
    Ok(WorklistPage {
        colleagues,
        may_hand_over,
        tasks,
        overdue,
        lines: rows.iter().map(|row| line(row, coming.contains(&row.id), call)).collect(),
        counts,
        services,
        sites: sites
            .into_iter()
            .map(|site| Choice { value: site.id.to_string(), label: site.name, hint: None })
            .collect(),
        views: super::views::views(db, call, side).await?,
        may_share: may(&call.actor.principal, Capability::ShareViews),
        next,
    })
}

fn all_states() -> Vec<String> {
    State::ALL.iter().map(|state| state.code().to_owned()).collect()
}

fn may_list(call: &Call, capability: Capability) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, capability)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

/// An id that was chosen from a list; empty: none.
fn chosen_id(field: &str, choice: &str) -> Result<Option<uuid::Uuid>, ServiceError> {
    match choice {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| ServiceError::invalid(field, "Choose one from the list.")),
    }
}

fn priority(choice: &str) -> Result<Option<String>, ServiceError> {
    match (choice, Priority::from_code(choice)) {
        ("", _) => Ok(None),
        (_, Some(priority)) => Ok(Some(priority.code().to_owned())),
        _ => Err(ServiceError::invalid("priority", "Choose a priority from the list.")),
    }
}

fn next_actions(choice: &str) -> Result<Vec<String>, ServiceError> {
    match (choice, Waiting::from_code(choice)) {
        ("", _) => Ok(Vec::new()),
        (_, Some(who)) => Ok(who.actions().map(NextAction::code).map(str::to_owned).collect()),
        _ => Err(ServiceError::invalid("waiting", "Choose for whom it waits from the list.")),
    }
}

/// Between which instants (ms) a referral of an age was sent: whole days in UTC, as the counters have them.
fn sent_between(choice: &str, now: DateTime<Utc>) -> Result<(Option<i64>, Option<i64>), ServiceError> {
    let band = match (choice, AgeBand::from_code(choice)) {
        ("", _) => return Ok((None, None)),
        (_, Some(band)) => band,
        _ => return Err(ServiceError::invalid("age", "Choose an age from the list.")),
    };
    let today = store::tallies::day(now.timestamp_millis());
    let (fewest, most) = band.days();
    let from = most.map(|most| store::tallies::day_begins(today - most));
    // What lies in the future belongs to the youngest.
    let before = (fewest > 0).then(|| store::tallies::day_begins(today - fewest + 1));
    Ok((from, before))
}

/// The first days of every band but the oldest, the youngest band first.
fn first_days(now: DateTime<Utc>) -> [i64; 3] {
    let today = store::tallies::day(now.timestamp_millis());
    let mut days = [today; 3];
    for (day, band) in days.iter_mut().zip(AgeBand::ALL) {
        *day -= band.days().1.unwrap_or_default();
    }
    days
}

/// The instant before which the list's duties fall: now, or the end of a day in the organisation's zone.
fn due_before(choice: &str, now: DateTime<Utc>, zone: Tz) -> Result<Option<i64>, ServiceError> {
    let days = match choice {
        "" => return Ok(None),
        "1" => return Ok(Some(now.timestamp_millis())),
        "today" => 1,
        "week" => 7,
        _ => return Err(ServiceError::invalid("overdue", "Choose late, today or within a week.")),
    };
    let day = now.with_timezone(&zone).date_naive() + chrono::Days::new(days);
    Ok(Some(at_wall(day, NaiveTime::MIN, zone).timestamp_millis()))
}

fn owner(choice: &str, call: &Call) -> Result<Option<Owner>, ServiceError> {
    Ok(match (choice, &call.actor.principal) {
        ("", _) => None,
        ("team", _) => Some(Owner::Team),
        ("me", Principal::Staff { person, .. }) => Some(Owner::Person(person.0)),
        (id, _) => Some(Owner::Person(
            id.parse()
                .map_err(|_| ServiceError::invalid("owner", "Choose a colleague, yourself or the team."))?,
        )),
    })
}

fn kind(code: &str) -> Result<Option<String>, ServiceError> {
    match (code, Kind::from_code(code)) {
        ("", _) => Ok(None),
        (_, Some(kind)) => Ok(Some(kind.code().to_owned())),
        (_, None) => Err(ServiceError::invalid("kind", "Choose referrals or requests for advice.")),
    }
}

/// Whose referrals are the caller's own: theirs, and those of clinicians in whose name they may act.
async fn own(desk: &Desk, call: &Call, choice: &str) -> Result<Option<Vec<uuid::Uuid>>, ServiceError> {
    match (choice, &call.actor.principal) {
        ("", _) => Ok(None),
        ("own" | "act", Principal::Staff { person, .. }) => {
            let clinicians = super::delegates::acting_for(desk.store.reader(), call).await?;
            let others = clinicians.iter().filter_map(|choice| choice.value.parse().ok());
            Ok(Some(std::iter::once(person.0).chain(others).collect()))
        }
        _ => Err(ServiceError::invalid("mine", "Choose all, your own, or what waits for you.")),
    }
}

/// Next steps that are the referrer's.
fn waits_for_referrer() -> Vec<String> {
    [NextAction::FinishAndSend, NextAction::GiveInformation, NextAction::AcknowledgeReport]
        .map(|next| next.code().to_owned())
        .to_vec()
}

/// Words to look for as they are stored, also where they are typed as pages show them: a name without its comma, a day of
/// birth as ISO 8601, a telephone number without its leading 0, a reference with its hyphens.
pub(super) fn searched(typed: &str) -> String {
    let compact: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let is_phone = compact.len() >= 9
        && compact.chars().enumerate().all(|(at, c)| c.is_ascii_digit() || (at == 0 && c == '+'))
        && (compact.starts_with('0') || compact.starts_with('+'));
    if is_phone {
        return compact.strip_prefix('0').unwrap_or(&compact).to_owned();
    }
    if let Some(reference) = reference(typed) {
        return reference;
    }
    let words: Vec<&str> = typed
        .split_whitespace()
        .map(|word| word.trim_matches([',', ';']))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut rest = words.as_slice();
    while let [word, others @ ..] = rest {
        // A day is one word, or three: "31 March 1948".
        let three = rest.get(..3).and_then(|three| spoken::read_day(&three.join(" ")));
        rest = if three.is_some() { &rest[3..] } else { others };
        found.push(match three.or_else(|| spoken::read_day(word)) {
            Some(day) => day.to_string(),
            None => reference(word).unwrap_or_else(|| (*word).to_owned()),
        });
    }
    found.join(" ")
}

/// A whole reference, however it is spaced. A name of eight letters is none.
fn reference(typed: &str) -> Option<String> {
    let is_marked = typed.trim().get(..2).is_some_and(|mark| mark.eq_ignore_ascii_case("wm"));
    Some(crate::ids::tidy_reference(typed)).filter(|tidy| is_marked && tidy.len() == "WM-7K3Q-92PD".len())
}

fn line(row: &store::referrals::Line, is_coming: bool, call: &Call) -> WorklistLine {
    let zone: chrono_tz::Tz =
        row.due_zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(chrono_tz::Europe::London);
    let today = call.now.with_timezone(&zone).date_naive();
    let due = row.due_at.map(facts::instant);
    let since = facts::instant(row.sent_at.unwrap_or(row.created_at));
    WorklistLine {
        id: row.id.to_string(),
        reference: row.reference.clone(),
        patient: format!("{}, {}", row.family, row.given),
        birth_date: row
            .birth_date
            .as_deref()
            .and_then(domain::dates::day)
            .map_or(String::new(), |born| born.format("%-d %b %Y").to_string()),
        service: row.service.clone(),
        state: State::from_code(&row.state).unwrap_or(State::EnteredInError),
        kind: Kind::from_code(&row.kind).unwrap_or(Kind::Referral),
        priority: Priority::from_code(&row.priority).unwrap_or(Priority::Routine),
        owner: row.owner_name.clone().unwrap_or_default(),
        next: row.next_action.clone().unwrap_or_default(),
        due: due.map_or(String::new(), |due| spoken::list_date(due.with_timezone(&zone).date_naive(), today)),
        due_words: due.map_or(String::new(), |due| spoken::due(due, zone, call.now)),
        overdue: due.is_some_and(|due| due < call.now),
        age_days: age_days(since, call.now),
        is_coming,
    }
}

/// Whole days since an instant, from one day in UTC to another as the counters have them.
fn age_days(since: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    let day = |at: DateTime<Utc>| store::tallies::day(at.timestamp_millis());
    (day(now) - day(since)).max(0)
}

#[cfg(test)]
mod tests {
    use domain::referral::AgeBand;

    use super::{age_days, first_days, searched, sent_between};
    use crate::facts;

    #[test]
    fn a_row_s_days_its_filter_and_its_counter_agree() {
        let now = "2026-03-06T23:59:00Z".parse().expect("an instant");
        let firsts = first_days(now);
        for hours in 0..(24 * 120) {
            let since = now - chrono::Duration::hours(hours);
            let ms = since.timestamp_millis();
            let band = AgeBand::of(age_days(since, now));
            for other in AgeBand::ALL {
                let (from, before) = sent_between(other.code(), now).expect("a band");
                let fits = from.is_none_or(|from| ms >= from) && before.is_none_or(|before| ms < before);
                assert_eq!(fits, *other == band, "{since} {other}");
            }
            let day = store::tallies::day(ms);
            let counted = firsts.iter().position(|first| day >= *first).unwrap_or(3);
            assert_eq!(AgeBand::ALL[counted], band, "{since}");
        }
        assert!(sent_between("nonsense", facts::instant(0)).is_err());
    }

    #[test]
    fn a_birthday_and_a_telephone_number_are_looked_for_as_they_are_stored() {
        for (typed, wanted) in [
            ("31/3/1948", "1948-03-31"),
            ("31 3 1948", "1948-03-31"),
            ("1948-03-31", "1948-03-31"),
            ("hale 31.03.1948", "hale 1948-03-31"),
            ("07700 900123", "7700900123"),
            ("+44 7700 900123", "+447700900123"),
            ("943 476 5919", "943 476 5919"),
            ("Margaret Hale", "Margaret Hale"),
            ("31/13/1948", "31/13/1948"),
        ] {
            assert_eq!(searched(typed), wanted, "{typed}");
        }
    }

    #[test]
    fn what_pages_print_is_found_as_it_is_stored() {
        for (typed, stored) in [
            ("Hale, Margaret", "Hale Margaret"),
            ("31 March 1948", "1948-03-31"),
            ("31 Mar 1948", "1948-03-31"),
            ("hale 31/3/1948", "hale 1948-03-31"),
            ("Hale, 31 March 1948", "Hale 1948-03-31"),
            ("WMVHW4FXGY", "WM-VHW4-FXGY"),
            ("wm v2tt lmzw", "WM-V2TT-LMZW"),
            ("WM-VHW4", "WM-VHW4"),
            ("Margaret", "Margaret"),
            ("Margaret Williams", "Margaret Williams"),
            ("07700 900123", "7700900123"),
            ("999 100 0038", "999 100 0038"),
        ] {
            assert_eq!(searched(typed), stored, "{typed}");
        }
    }
}
