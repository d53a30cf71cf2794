//! Weekly sessions.

use chrono::NaiveTime;
use contract::{FieldError, LeaveOutcome, OverVisitsInput, RuleInput, RulePage};
use domain::calendar_days::at_wall;
use domain::{OrganisationId, ResourceId, ServiceId, dates};
use store::appointments::BrokenLine;
use store::entity::{availability_rule, resource};
use uuid::Uuid;

use super::{broken, page, theirs, weekday};
use crate::audit::Touched;
use crate::booking::search::{sees_people, session as engine_session, sound};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts, ids};

/// The fields of a session's form, in order.
const ON_PAGE: [&str; 18] = [
    "service",
    "weekdays",
    "from",
    "to",
    "slot_min",
    "buffer_after_min",
    "capacity",
    "valid_from",
    "valid_to",
    "pool",
    "rooms",
    "machines",
    "site",
    "visits",
    "dates",
    "every_weeks",
    "step_min",
    "buffer_before_min",
];

/// Under this code visits are listed that a changed session left outside.
const STRANDED: &str = "session";

/// Adds a weekly session to a resource's availability.
pub async fn add_rule(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    input: &RuleInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "add-rule", &(resource, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, resource) = theirs(&*unit.tx, call, Some(resource)).await?;
    let row = read(&unit, organisation, resource.id, input).await?;
    let touched = Touched { organisation, entity: "availability", id: Some(row.id), patient: None };
    let service = ServiceId(row.service_id);
    store::calendars::insert_rule(&unit.tx, row).await?;
    take_in(&unit, organisation, service).await?;
    unit.frees_time();
    unit.record("add-rule", &touched);
    unit.finish(()).await
}

/// A weekly session as it is, with what can be chosen in its place. Whoever may change the availability of whose it is.
pub async fn rule(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    rule: Uuid,
) -> Result<RulePage, ServiceError> {
    let db = desk.store.reader();
    let (organisation, owner, row) = owned(db, call, resource, rule).await?;
    let zone = super::zone_of(db, organisation).await?;
    let services = store::directory::services_of(db, organisation).await?;
    let sites = store::directory::sites_of(db, organisation).await?;
    let everything = store::calendars::resources(db, organisation).await?;
    let today = call.now.with_timezone(&zone).date_naive();
    let service = services.iter().find(|service| service.id == row.service_id);
    let service = service.map_or(String::new(), |service| service.name.clone());
    Ok(RulePage {
        resource: resource.to_string(),
        zone: row.zone.clone(),
        line: page::rule_line(&row, service, (&everything, &sites), today),
        input: typed(&row, &everything),
        choices: page::session_choices(owner.id, &services, &sites, &everything),
        name: owner.name,
    })
}

/// Changes a weekly session. Whoever may change the availability of whose it is.
///
/// Where booked visits would lie in no session any more, nothing is saved until they were shown: the answer is then the
/// preview, and the same input with its `seen` saves. They stay booked and are listed, or are cancelled as by leave.
pub async fn change_rule(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    rule: Uuid,
    input: &RuleInput,
    over: &OverVisitsInput,
) -> Result<LeaveOutcome, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "change-rule", &(resource, rule, input, over)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, owner, old) = owned(&*unit.tx, call, resource, rule).await?;
    store::free_busy::alone(&unit.tx, organisation).await?;
    let mut row = read(&unit, organisation, owner.id, input).await?;
    row.id = old.id;
    let everything = store::calendars::resources(&*unit.tx, organisation).await?;
    let before = typed(&old, &everything);
    if (&before.rooms, &before.machines) == (&input.rooms, &input.machines) {
        // Two rooms at once can be stored, and not be typed.
        row.also = old.also.clone();
    }
    let stranded = stranded(&unit, organisation, &old, Some(&row)).await?;
    if !stranded.is_empty() && over.seen != broken::fingerprint(&stranded) {
        return broken::preview(unit, organisation, &stranded).await.map(LeaveOutcome::Preview);
    }
    let service = ServiceId(row.service_id);
    store::calendars::update_rule(&unit.tx, row).await?;
    let outcome = settle(&mut unit, organisation, &stranded, over, old.id).await?;
    take_in(&unit, organisation, service).await?;
    unit.frees_time();
    unit.record(
        "change-rule",
        &Touched { organisation, entity: "availability", id: Some(rule), patient: None },
    );
    unit.finish(outcome).await
}

/// Takes a weekly session away; booked visits in it as in [`change_rule`].
pub async fn remove_rule(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    rule: Uuid,
    over: &OverVisitsInput,
) -> Result<LeaveOutcome, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "remove-rule", &(resource, rule, over)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, _, old) = owned(&*unit.tx, call, resource, rule).await?;
    store::free_busy::alone(&unit.tx, organisation).await?;
    let stranded = stranded(&unit, organisation, &old, None).await?;
    if !stranded.is_empty() && over.seen != broken::fingerprint(&stranded) {
        return broken::preview(unit, organisation, &stranded).await.map(LeaveOutcome::Preview);
    }
    store::calendars::delete_rule(&unit.tx, organisation, rule).await?;
    let outcome = settle(&mut unit, organisation, &stranded, over, old.id).await?;
    unit.record(
        "remove-rule",
        &Touched { organisation, entity: "availability", id: Some(rule), patient: None },
    );
    unit.finish(outcome).await
}

/// A session, and whose it is: it stands on the pages of all who share it, and is changed by whoever may change its owner's.
async fn owned(
    db: &impl store::Db,
    call: &Call,
    resource: ResourceId,
    rule: Uuid,
) -> Result<(OrganisationId, resource::Model, availability_rule::Model), ServiceError> {
    let (organisation, shown) = theirs(db, call, Some(resource)).await?;
    let known = store::calendars::rules_of_resource(db, organisation, ResourceId(shown.id)).await?;
    let row = known.into_iter().find(|row| row.id == rule).ok_or(ServiceError::NotFound)?;
    let (_, owner) = theirs(db, call, Some(ResourceId(row.resource_id))).await?;
    Ok((organisation, owner, row))
}

/// Held and booked visits to come that lie in a session as it was, and in none once it is `new`, or gone.
async fn stranded(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    old: &availability_rule::Model,
    new: Option<&availability_rule::Model>,
) -> Result<Vec<BrokenLine>, ServiceError> {
    let service = ServiceId(old.service_id);
    let site = store::directory::service(&*unit.tx, service).await?.and_then(|row| row.site_id);
    let mut after = store::calendars::rules_of_service(&*unit.tx, organisation, service).await?;
    after.retain(|row| row.id != old.id);
    after.extend(new.filter(|row| row.service_id == old.service_id).cloned());
    // A session elsewhere is not where the patient was told to come.
    after.retain(|row| row.site_id.or(site) == old.site_id.or(site));
    // In one that is not sound nobody could be booked.
    let Some(was) = Hours::of(old) else { return Ok(Vec::new()) };
    let after: Vec<Hours> = after.iter().filter_map(Hours::of).collect();
    let now = unit.call.now;
    let mut lines =
        store::appointments::touching(&*unit.tx, organisation, None, now.timestamp_millis(), i64::MAX)
            .await?;
    lines.retain(|line| {
        let is_to_come = facts::instant(line.start_at) > now && line.service_id == old.service_id;
        is_to_come && was.hold(line) && !after.iter().any(|hours| hours.hold(line))
    });
    Ok(lines)
}

/// Takes visits off the list again that were left without a session and lie in one of the service now.
pub(super) async fn take_in(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<(), ServiceError> {
    let listed = store::leave::under(&*unit.tx, organisation, STRANDED).await?;
    let mut lines = store::appointments::lines(&*unit.tx, organisation, &listed).await?;
    lines.retain(|line| line.service_id == service.0);
    if lines.is_empty() {
        return Ok(());
    }
    let site = store::directory::service(&*unit.tx, service).await?.and_then(|row| row.site_id);
    let rules = store::calendars::rules_of_service(&*unit.tx, organisation, service).await?;
    let hours: Vec<(Option<Uuid>, Hours)> =
        rules.iter().filter_map(|row| Some((row.site_id.or(site), Hours::of(row)?))).collect();
    lines.retain(|line| hours.iter().any(|(at, hours)| *at == line.site_id.or(site) && hours.hold(line)));
    let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
    store::leave::forget_visits(&unit.tx, organisation, STRANDED, &ids).await?;
    Ok(())
}

/// When a session sees people, and who does.
struct Hours {
    session: scheduling::Session,
    who: Vec<Uuid>,
    zone: chrono_tz::Tz,
}

impl Hours {
    fn of(row: &availability_rule::Model) -> Option<Self> {
        let session = sound(row, None)?;
        let zone = session.zone.unwrap_or(chrono_tz::Europe::London);
        Some(Self { session, who: sees_people(row), zone })
    }

    /// Whether a visit lies in it from beginning to end.
    fn hold(&self, line: &BrokenLine) -> bool {
        let (start, end) = (facts::instant(line.start_at), facts::instant(line.end_at));
        let day = start.with_timezone(&self.zone).date_naive();
        let at = |wall: chrono::NaiveDateTime| at_wall(wall.date(), wall.time(), self.zone);
        // A session that began the evening before may run past midnight.
        let days = [Some(day), day.pred_opt()];
        self.who.contains(&line.resource_id)
            && days.into_iter().flatten().filter(|day| self.session.holds_on(*day)).any(|day| {
                let hours = self.session.hours_on(day);
                hours.is_some_and(|(opens, closes)| at(opens) <= start && end <= at(closes))
            })
    }
}

/// What becomes of visits without a session.
async fn settle(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    stranded: &[BrokenLine],
    over: &OverVisitsInput,
    rule: Uuid,
) -> Result<LeaveOutcome, ServiceError> {
    let (why, cause) = ("This clinic does not take place then any more", (STRANDED, rule));
    if stranded.is_empty() {
        return Ok(LeaveOutcome::Saved { cancelled: 0, taken_back: 0 });
    }
    if over.visits == "cancel" {
        return broken::cancel_all(unit, organisation, stranded, why, cause).await;
    }
    let broken::Listed { booked, offered } =
        broken::list_all(unit, organisation, stranded, why, cause).await?;
    Ok(LeaveOutcome::Kept { listed: booked, taken_back: offered })
}

/// A stored session as it would be typed.
fn typed(row: &availability_rule::Model, everything: &[resource::Model]) -> RuleInput {
    // What cannot be read is empty in the form, where it is put right.
    let visits: Vec<scheduling::Visit> = serde_json::from_str(&row.visits).unwrap_or_default();
    let also: Vec<Vec<String>> = serde_json::from_str(&row.also).unwrap_or_default();
    let listed = |is_machine: bool| {
        let known = |id: &&String| {
            everything.iter().any(|other| other.id.to_string() == **id && other.is_machine == is_machine)
        };
        also.iter().flatten().filter(known).cloned().collect::<Vec<_>>().join(",")
    };
    let some = |value: Option<i64>| value.map_or(String::new(), |value| value.to_string());
    RuleInput {
        service: row.service_id.to_string(),
        weekdays: row.weekdays.clone(),
        from: row.from_wall.clone(),
        to: row.to_wall.clone(),
        slot_min: row.slot_min.to_string(),
        capacity: row.capacity.to_string(),
        buffer_before_min: row.buffer_before_min.to_string(),
        buffer_after_min: row.buffer_after_min.to_string(),
        valid_from: row.valid_from.clone(),
        valid_to: row.valid_to.clone().unwrap_or_default(),
        dates: row.dates.replace(',', ", "),
        every_weeks: row.every_weeks.to_string(),
        step_min: some(row.step_min),
        visits: visits
            .iter()
            .map(|visit| format!("{} {}", visit.kind, visit.length_min))
            .collect::<Vec<_>>()
            .join("\n"),
        daily_limit: some(row.daily_limit),
        notice_hours: some(row.notice_min.map(|minutes| minutes / 60)),
        site: row.site_id.map_or(String::new(), |id| id.to_string()),
        pool: row.pool.clone(),
        rooms: listed(false),
        machines: listed(true),
    }
}

/// A session as it was typed, checked.
pub(super) async fn read(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    resource: uuid::Uuid,
    input: &RuleInput,
) -> Result<availability_rule::Model, ServiceError> {
    let mut fields = Vec::new();
    let mut bad = |field: &str, remedy: &str| fields.push(FieldError::new(field, remedy));
    let days: Vec<&str> =
        input.weekdays.split(',').map(str::trim).filter(|day| weekday(day).is_some()).collect();
    if days.is_empty() && input.dates.trim().is_empty() {
        bad("weekdays", "Choose at least one day, or give single dates.");
    }
    let clock = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    let (from, to) = (clock(&input.from), clock(&input.to));
    if from.is_none() {
        bad("from", "Enter a time, like 09:00.");
    }
    if to.is_none() {
        bad("to", "Enter a time, like 12:30.");
    }
    let number = |text: &str, otherwise: i64| match text.trim() {
        "" => Some(otherwise),
        text => text.parse::<i64>().ok(),
    };
    let slot_min = number(&input.slot_min, 30);
    if !slot_min.is_some_and(|minutes| (5..=720).contains(&minutes)) {
        bad("slot_min", "Enter the minutes of one visit, from 5 to 720.");
    }
    let capacity = number(&input.capacity, 1);
    if !capacity.is_some_and(|places| (1..=100).contains(&places)) {
        bad("capacity", "Enter how many people come at once, from 1 to 100.");
    }
    let buffer = number(&input.buffer_after_min, 0);
    if !buffer.is_some_and(|minutes| (0..=240).contains(&minutes)) {
        bad("buffer_after_min", "Enter the minutes to keep free after each visit, from 0 to 240.");
    }
    let before = number(&input.buffer_before_min, 0);
    if !before.is_some_and(|minutes| (0..=240).contains(&minutes)) {
        bad("buffer_before_min", "Enter the minutes to keep free before each visit, from 0 to 240.");
    }
    let some = |text: &str| match text.trim() {
        "" => Some(None),
        text => text.parse::<i64>().ok().map(Some),
    };
    let within = |value: &Option<Option<i64>>, from: i64, to: i64| {
        value.is_some_and(|value| value.is_none_or(|value| (from..=to).contains(&value)))
    };
    let step_min = some(&input.step_min);
    if !within(&step_min, 5, 720) {
        bad(
            "step_min",
            "Enter the minutes from one beginning to the next, from 5 to 720, or leave it empty.",
        );
    }
    let daily_limit = some(&input.daily_limit);
    if !within(&daily_limit, 1, 500) {
        bad("daily_limit", "Enter the most visits of one day, from 1 to 500, or leave it empty.");
    }
    let notice = some(&input.notice_hours);
    if !within(&notice, 0, 2_000) {
        bad("notice_hours", "Enter hours, from 0 to 2000, or leave it empty.");
    }
    let every_weeks = number(&input.every_weeks, 1);
    if !every_weeks.is_some_and(|weeks| (1..=52).contains(&weeks)) {
        bad("every_weeks", "Enter 1 for every week, 2 for every other week, at most 52.");
    }
    let single: Vec<&str> = words(&input.dates).collect();
    if single.iter().any(|date| dates::day(date).is_none()) || single.len() > 100 {
        bad("dates", "Enter dates like 2026-03-07, separated by commas; at most 100.");
    }
    let visits = kinds(&input.visits);
    if visits.is_none() {
        bad("visits", "Write one kind a line, with its minutes at the end, like: First visit 40.");
    }
    let today = unit.call.now.date_naive();
    let valid_from =
        if input.valid_from.trim().is_empty() { Some(today) } else { dates::day(&input.valid_from) };
    if valid_from.is_none() {
        bad("valid_from", "Enter a date, like 2026-03-01.");
    }
    let valid_to = if input.valid_to.trim().is_empty() {
        Some(None)
    } else {
        dates::last_day(&input.valid_to).map(Some)
    };
    if valid_to.is_none() {
        bad("valid_to", "Enter a date, like 2026-06-30, or leave it empty.");
    }
    let too_short = from.zip(to).zip(slot_min).is_some_and(|((from, to), minutes)| {
        // One that ends before it begins lasts past midnight.
        from < to && (to - from).num_minutes() < minutes
    });
    if too_short && input.visits.trim().is_empty() {
        bad(
            "slot_min",
            "One visit is longer than the whole session. Let it end later, or shorten the visits.",
        );
    }
    let service = match input.service.parse::<ServiceId>() {
        Ok(id) => store::directory::service(&*unit.tx, id)
            .await?
            .filter(|row| row.organisation_id == organisation.0),
        Err(_) => None,
    };
    if service.is_none() {
        bad("service", "Choose a service from the list.");
    }
    let all = store::calendars::resources(&*unit.tx, organisation).await?;
    let mut listed = |field: &str, text: &str, fits: fn(&store::entity::resource::Model) -> bool| {
        let known = |id: &&str| {
            let found = all.iter().find(|row| row.id.to_string() == **id);
            found.is_some_and(|row| row.id != resource && fits(row))
        };
        let chosen: Vec<String> = words(text).filter(known).map(str::to_owned).collect();
        if chosen.len() != words(text).count() {
            bad(field, "Choose from the list.");
        }
        chosen
    };
    let pool = listed("pool", &input.pool, |row| row.kind == "clinician");
    let rooms = listed("rooms", &input.rooms, |row| row.kind == "room" && !row.is_machine);
    let machines = listed("machines", &input.machines, |row| row.kind == "room" && row.is_machine);
    let also: Vec<Vec<String>> = [rooms, machines].into_iter().filter(|group| !group.is_empty()).collect();
    let site = match input.site.trim() {
        "" => None,
        text => match text.parse() {
            Ok(id) => store::directory::site(&*unit.tx, organisation.0, id).await?,
            Err(_) => None,
        },
    };
    if site.is_none() && !input.site.trim().is_empty() {
        fields.push(FieldError::new("site", "Choose a site from the list."));
    }
    // As they stand on the page.
    fields.sort_by_key(|error| ON_PAGE.iter().position(|name| *name == error.field).unwrap_or(ON_PAGE.len()));
    let (
        Some(from),
        Some(to),
        Some(slot_min),
        Some(capacity),
        Some(buffer),
        Some(valid_from),
        Some(valid_to),
        Some(service),
        true,
    ) = (from, to, slot_min, capacity, buffer, valid_from, valid_to, service, fields.is_empty())
    else {
        return Err(ServiceError::Invalid(fields));
    };
    let organisation_row =
        store::directory::organisation(&*unit.tx, organisation).await?.ok_or(ServiceError::NotFound)?;
    let site_id = site.as_ref().map(|site| site.id);
    let zone = match (site, service.site_id) {
        (Some(site), _) => Some(site.zone),
        (None, Some(site)) => {
            store::directory::site(&*unit.tx, organisation.0, site).await?.map(|site| site.zone)
        }
        (None, None) => None,
    };
    let row = availability_rule::Model {
        organisation_id: organisation.0,
        id: ids::fresh(unit.call.now),
        resource_id: resource,
        service_id: service.id,
        weekdays: days.join(","),
        from_wall: from.format("%H:%M").to_string(),
        to_wall: to.format("%H:%M").to_string(),
        zone: zone.unwrap_or(organisation_row.zone),
        slot_min,
        capacity,
        buffer_before_min: before.unwrap_or(0),
        buffer_after_min: buffer,
        valid_from: valid_from.to_string(),
        valid_to: valid_to.map(|day| day.to_string()),
        pool: pool.join(","),
        also: serde_json::to_string(&also).map_err(|error| ServiceError::Broken(error.to_string()))?,
        visits: serde_json::to_string(&visits.unwrap_or_default())
            .map_err(|error| ServiceError::Broken(error.to_string()))?,
        step_min: step_min.flatten(),
        every_weeks: every_weeks.unwrap_or(1),
        dates: single.join(","),
        daily_limit: daily_limit.flatten(),
        notice_min: notice.flatten().map(|hours| hours * 60),
        site_id,
    };
    engine_session(&row, None)?.check().map_err(|problem| {
        let field = match problem.place.split(['[', '.']).next().unwrap_or_default() {
            // Without kinds one length holds for every visit.
            "visits" if row.visits == "[]" => "slot_min",
            field => field,
        };
        ServiceError::invalid(field, capitalised(&problem.fault.to_string()))
    })?;
    Ok(row)
}

/// A session with nothing special about it, for whoever fills in the rest.
pub(crate) fn plain_rule() -> availability_rule::Model {
    availability_rule::Model {
        organisation_id: uuid::Uuid::nil(),
        id: uuid::Uuid::nil(),
        resource_id: uuid::Uuid::nil(),
        service_id: uuid::Uuid::nil(),
        weekdays: String::new(),
        from_wall: String::new(),
        to_wall: String::new(),
        zone: String::new(),
        slot_min: 30,
        capacity: 1,
        buffer_before_min: 0,
        buffer_after_min: 0,
        valid_from: String::new(),
        valid_to: None,
        pool: String::new(),
        also: "[]".to_owned(),
        visits: "[]".to_owned(),
        step_min: None,
        every_weeks: 1,
        dates: String::new(),
        daily_limit: None,
        notice_min: None,
        site_id: None,
    }
}

/// What is separated by commas or spaces.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\n', '\r', ';']).filter(|part| !part.is_empty())
}

/// Kinds of visit, one a line with its minutes at the end; `None` where a line is not.
fn kinds(text: &str) -> Option<Vec<scheduling::Visit>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let kind = |line: &str| {
        let (kind, minutes) = line.trim_end_matches(" minutes").trim_end_matches(" min").rsplit_once(' ')?;
        let length_min = minutes.parse().ok().filter(|minutes| (5..=720).contains(minutes))?;
        let kind = kind.trim_end_matches([':', ',', '-', ' ']).to_owned();
        (!kind.is_empty() && kind.chars().count() <= 60).then_some(scheduling::Visit { kind, length_min })
    };
    lines.map(kind).collect()
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_visit_are_read_one_a_line() {
        let read = kinds("First visit 40\n\nFollow-up: 20 minutes\n").unwrap();
        let read: Vec<_> = read.iter().map(|visit| (visit.kind.as_str(), visit.length_min)).collect();
        assert_eq!(read, [("First visit", 40), ("Follow-up", 20)]);
        assert!(kinds("").unwrap().is_empty());
        for wrong in ["First visit", "40", "First visit 2", "First visit 4000"] {
            assert!(kinds(wrong).is_none(), "{wrong}");
        }
    }
}
