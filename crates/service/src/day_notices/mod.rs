//! What clinicians are told of their own days, as each of them chose.

mod tell;

use chrono::NaiveTime;
use contract::{DayNoticesForm, DayNoticesInput, FieldError};
use domain::day_notices::{Changes, Daily, DayNotices, Digest, MOST_HOURS, MOST_REPORT_DAYS};
use domain::delivery::Channel;
use store::entity::{appointment, day_notice};

use crate::sign_in::Staff;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

pub use tell::tell;

/// The ways that staff can choose. A browser of theirs cannot be asked yet.
const WAYS: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::InApp];

/// What whoever calls chose, or has by default. Staff, about themselves: looking leaves no event.
pub async fn form(desk: &Desk, call: &Call) -> Result<DayNoticesForm, ServiceError> {
    let staff = Staff::calling(call)?;
    let db = desk.store.reader();
    let row = store::day_notices::find(db, staff.organisation, staff.person).await?;
    let chosen = row.as_ref().map_or_else(DayNotices::default, read);
    let resource = store::calendars::resource_of(db, staff.organisation, staff.person).await?;
    Ok(DayNoticesForm {
        has_visits: resource.is_some_and(|row| row.ended_at.is_none()),
        zone: crate::account::zone(&crate::account::home(db, staff.organisation).await?).name().to_owned(),
        now: DayNoticesInput {
            daily: chosen.daily.code().to_owned(),
            at: chosen.at.format("%H:%M").to_string(),
            if_empty: if chosen.if_empty { "yes".to_owned() } else { String::new() },
            changes: chosen.changes.code().to_owned(),
            within_hours: chosen.within_hours.to_string(),
            report_days: chosen.report_days.map_or(String::new(), |days| days.to_string()),
            digest: chosen.digest.code().to_owned(),
            channel: chosen.channel.code().to_owned(),
            phone: chosen.phone.unwrap_or_default(),
        },
    })
}

/// Writes what whoever calls chose. Staff, for themselves.
pub async fn save(desk: &Desk, call: &Call, input: &DayNoticesInput) -> Result<(), ServiceError> {
    let staff = Staff::calling(call)?;
    let chosen = checked(desk, input).map_err(ServiceError::Invalid)?;
    let mut unit = match Unit::begin(desk, call, "choose-day-notices", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = day_notice::Model {
        organisation_id: staff.organisation.0,
        person_id: staff.person.0,
        daily: chosen.daily.code().to_owned(),
        at_wall: chosen.at.format("%H:%M").to_string(),
        if_empty: chosen.if_empty,
        changes: chosen.changes.code().to_owned(),
        within_hours: chosen.within_hours,
        report_days: chosen.report_days,
        digest: chosen.digest.code().to_owned(),
        channel: chosen.channel.code().to_owned(),
        phone: chosen.phone,
        changed_at: call.now.timestamp_millis(),
    };
    store::day_notices::keep(&unit.tx, row).await?;
    unit.record("choose-day-notices", &staff.touched());
    unit.finish(()).await
}

/// What was typed, or what is wrong with it, a remedy for each field.
fn checked(desk: &Desk, input: &DayNoticesInput) -> Result<DayNotices, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut say = |field: &str, remedy: &str| wrong.push(FieldError::new(field, remedy));
    let usual = DayNotices::default();
    let daily = Daily::from_code(&input.daily);
    let (changes, digest) = (Changes::from_code(&input.changes), Digest::from_code(&input.digest));
    for (field, is_known) in
        [("daily", daily.is_some()), ("changes", changes.is_some()), ("digest", digest.is_some())]
    {
        if !is_known {
            say(field, "Choose one of these.");
        }
    }
    let at = NaiveTime::parse_from_str(input.at.trim(), "%H:%M").ok();
    if at.is_none() {
        say("at", "Write a time of day, like 07:00.");
    }
    let number = |text: &str, most: i64| text.trim().parse().ok().filter(|n| (1..=most).contains(n));
    let within_hours = number(&input.within_hours, MOST_HOURS);
    if within_hours.is_none() {
        say("within_hours", "Write a number of hours from 1 to 72.");
    }
    let report_days = match input.report_days.trim() {
        "" => None,
        days => {
            let days = number(days, MOST_REPORT_DAYS);
            if days.is_none() {
                say("report_days", "Write a number of days from 1 to 60, or leave it empty for no reminder.");
            }
            days
        }
    };
    let channel = Channel::from_code(&input.channel).filter(|channel| WAYS.contains(channel));
    if channel.is_none() {
        say("channel", "Choose one of these.");
    }
    let phone = desk.ports.words.phone(input.phone.trim());
    let is_number = phone
        .strip_prefix('+')
        .is_some_and(|rest| (7..=15).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_number && (channel == Some(Channel::Sms) || !phone.is_empty()) {
        say("phone", "Write the number of your mobile phone, like 07700 900123.");
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(DayNotices {
        daily: daily.unwrap_or(usual.daily),
        at: at.unwrap_or(usual.at),
        if_empty: !input.if_empty.is_empty(),
        changes: changes.unwrap_or(usual.changes),
        within_hours: within_hours.unwrap_or(usual.within_hours),
        report_days,
        digest: digest.unwrap_or(usual.digest),
        channel: channel.unwrap_or(usual.channel),
        phone: Some(phone).filter(|phone| !phone.is_empty()),
    })
}

/// What is stored. What cannot be read is as if nobody had chosen it.
fn read(row: &day_notice::Model) -> DayNotices {
    let usual = DayNotices::default();
    DayNotices {
        daily: Daily::from_code(&row.daily).unwrap_or(usual.daily),
        at: NaiveTime::parse_from_str(&row.at_wall, "%H:%M").unwrap_or(usual.at),
        if_empty: row.if_empty,
        changes: Changes::from_code(&row.changes).unwrap_or(usual.changes),
        within_hours: row.within_hours,
        report_days: row.report_days,
        digest: Digest::from_code(&row.digest).unwrap_or(usual.digest),
        channel: Channel::from_code(&row.channel).unwrap_or(usual.channel),
        phone: row.phone.clone(),
    }
}

/// How a member of staff hears what happened to a referral.
pub(crate) async fn digest_of(
    unit: &Unit<'_>,
    person: &store::entity::person::Model,
) -> Result<Digest, ServiceError> {
    let (organisation, id) = (domain::OrganisationId(person.organisation_id), domain::PersonId(person.id));
    let row = store::day_notices::find(&*unit.tx, organisation, id).await?;
    Ok(row.and_then(|row| Digest::from_code(&row.digest)).unwrap_or(Digest::AtOnce))
}

/// A visit was booked: its clinician may want to hear of it.
pub(crate) async fn was_booked(unit: &Unit<'_>, row: &appointment::Model) -> Result<(), ServiceError> {
    note(unit, row, (None, Some(row.start_at))).await
}

/// A booked visit was given back.
pub(crate) async fn was_given_back(unit: &Unit<'_>, row: &appointment::Model) -> Result<(), ServiceError> {
    note(unit, row, (Some(row.start_at), None)).await
}

/// Only what begins soon is of interest to anybody.
async fn note(
    unit: &Unit<'_>,
    row: &appointment::Model,
    what: (Option<i64>, Option<i64>),
) -> Result<(), ServiceError> {
    let now = unit.call.now.timestamp_millis();
    if row.start_at > now && row.start_at <= now + (MOST_HOURS + 24) * 3_600_000 {
        let id = ids::fresh(unit.call.now);
        store::day_notices::changed(&unit.tx, id, row, what, (&unit.call.actor.key(), now)).await?;
    }
    Ok(())
}
