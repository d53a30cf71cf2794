//! What is typed of a sending, and whether it can be sent.

use chrono::NaiveTime;
use contract::{Choice, FieldError, ToManyForm, ToManyInput, ToManyWords};
use domain::calendar_days::at_wall;
use domain::policy::Capability;
use domain::template::{Part, Texts};
use domain::to_many::{MOST_PER_MINUTE, Purpose};
use domain::{OrganisationId, dates, language};
use store::entity::{campaign, organisation};

use super::{filter_of, id_of, sender, set, stage, words_of, zone_of};
use crate::admin::Samples;
use crate::own_words::texts_of;
use crate::{Call, Conflict, Desk, ServiceError, availability, facts, referrals};

/// Longest name.
const LONGEST_NAME: usize = 120;
/// Languages of one sending.
const MOST_LANGUAGES: usize = 8;
/// Longest time for which somebody counts as told: four weeks.
const MOST_TOLD_HOURS: i64 = 672;
/// How far ahead a sending can be planned, in days.
const MOST_AHEAD_DAYS: i64 = 366;

/// The form of a new sending, or of one that is not confirmed yet. Coordinators and administrators.
pub async fn form(desk: &Desk, call: &Call, id: Option<&str>) -> Result<ToManyForm, ServiceError> {
    let organisation = sender(call)?;
    let db = desk.store.reader();
    let house = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let input = match id {
        None => begun(db, &house).await?,
        Some(id) => {
            let row = store::campaigns::find(db, organisation, id_of(id)?).await?;
            let row = row.ok_or(ServiceError::NotFound)?;
            desk.record_read(call, super::touched(&row)).await?;
            match stage(&row)? {
                domain::to_many::Stage::Draft => input_of(&row, &house)?,
                stage => return Err(Conflict::SendingMoved { stage }.into()),
            }
        }
    };
    let choice = |id: uuid::Uuid, label: String| Choice { value: id.to_string(), label, hint: None };
    let services = store::directory::services_of(db, organisation).await?;
    let sites = store::directory::sites_of(db, organisation).await?;
    Ok(ToManyForm {
        id: id.unwrap_or_default().to_owned(),
        input,
        house_language: language::written(&house.language),
        services: services.into_iter().map(|row| choice(row.id, row.name)).collect(),
        sites: sites.into_iter().map(|row| choice(row.id, row.name)).collect(),
        resources: availability::choices(desk, organisation).await?,
        colleagues: referrals::colleagues(db, organisation).await?,
    })
}

/// What a new one begins with: the organisation's own words, where it has written some to begin with.
async fn begun(db: &impl store::Db, house: &organisation::Model) -> Result<ToManyInput, ServiceError> {
    let tag = language::written(&house.language);
    let live = store::words::live_of_all(db, OrganisationId(house.id)).await?;
    let template = Purpose::Care.template();
    let own = live.iter().find(|row| row.template == template.code() && row.language == tag);
    let texts = own.map(texts_of).unwrap_or_default();
    Ok(ToManyInput {
        purpose: Purpose::Care.code().to_owned(),
        words: vec![ToManyWords { language: tag, texts }],
        letters: "1".to_owned(),
        ..ToManyInput::default()
    })
}

fn input_of(row: &campaign::Model, house: &organisation::Model) -> Result<ToManyInput, ServiceError> {
    let zone = zone_of(house);
    let start = row.start_at.map(|at| facts::instant(at).with_timezone(&zone));
    let say = |what: &str| start.map_or(String::new(), |at| at.format(what).to_string());
    Ok(ToManyInput {
        name: row.name.clone(),
        purpose: row.purpose.clone(),
        words: words_of(row)?,
        others: row.others.clone(),
        letters: if row.letters { "1" } else { "" }.to_owned(),
        told_hours: Some(row.told_hours)
            .filter(|hours| *hours > 0)
            .map_or(String::new(), |hours| hours.to_string()),
        start_day: say("%Y-%m-%d"),
        start_time: say("%H:%M"),
        per_minute: row.per_minute.map_or(String::new(), |count| count.to_string()),
        version: row.version.to_string(),
        filter: filter_of(row)?,
    })
}

/// What a sending says in which language, as the form names a field: the first language has none behind it.
fn field(part: Part, tag: &str, first: &str) -> String {
    match tag == first {
        true => part.code().to_owned(),
        false => format!("{part}-{tag}"),
    }
}

/// What was typed, put into a row; `before` is the row that is changed, or a new one.
///
/// Errors: `Invalid` names every field that cannot be so.
pub(super) async fn read(
    desk: &Desk,
    db: &impl store::Db,
    call: &Call,
    input: &ToManyInput,
    (before, house): (campaign::Model, &organisation::Model),
) -> Result<campaign::Model, ServiceError> {
    let mut wrong = Vec::new();
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let remedy = format!("Write what you call it, up to {LONGEST_NAME} characters. No patient reads it.");
        wrong.push(FieldError::new("name", remedy));
    }
    let purpose = Purpose::from_code(&input.purpose);
    if purpose.is_none() {
        wrong.push(FieldError::new("purpose", "Choose what it is for."));
    }
    let samples = Samples::of(desk, db, OrganisationId(house.id), call.now).await?;
    let words = words(desk, input, purpose.unwrap_or(Purpose::Care), &samples, &mut wrong);
    let told_hours = number(&input.told_hours, 1..=MOST_TOLD_HOURS);
    if told_hours.is_err() {
        let remedy = format!("Write a number of hours from 1 to {MOST_TOLD_HOURS}, or leave it empty.");
        wrong.push(FieldError::new("told_hours", remedy));
    }
    let per_minute = number(&input.per_minute, 1..=MOST_PER_MINUTE);
    if per_minute.is_err() {
        let remedy = format!("Write a whole number from 1 to {MOST_PER_MINUTE}, or leave it empty.");
        wrong.push(FieldError::new("per_minute", remedy));
    }
    let start_at = match start(input, call, zone_of(house)) {
        Ok(start) => start,
        Err(error) => {
            wrong.push(error);
            None
        }
    };
    match set::Sought::of(desk, call, &input.filter, zone_of(house), 0).await {
        Err(ServiceError::Invalid(fields)) => wrong.extend(fields),
        other => other.map(|_| ())?,
    }
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    let text =
        |value: serde_json::Result<String>| value.map_err(|error| ServiceError::Broken(error.to_string()));
    let mut filter = input.filter.clone();
    filter.list = filter.list.kept();
    Ok(campaign::Model {
        name: name.to_owned(),
        purpose: input.purpose.clone(),
        words: text(serde_json::to_string(&words))?,
        others: if input.others == "leave-out" { "leave-out" } else { "house" }.to_owned(),
        letters: input.letters == "1",
        told_hours: told_hours.ok().flatten().unwrap_or(0),
        filter: text(serde_json::to_string(&filter))?,
        start_at,
        per_minute: per_minute.ok().flatten(),
        difference: None,
        ..before
    })
}

/// The texts, each whole; languages in which nothing stands are left out, but for the first.
fn words(
    desk: &Desk,
    input: &ToManyInput,
    purpose: Purpose,
    samples: &Samples,
    wrong: &mut Vec<FieldError>,
) -> Vec<ToManyWords> {
    let first = language::written(&samples.language);
    let mut all: Vec<ToManyWords> = Vec::new();
    for given in &input.words {
        let tag = language::written(&given.language);
        let texts = Texts { push: String::new(), ..given.texts.tidy() };
        let is_left_out = texts.is_empty() && tag != first;
        if !is_left_out && language::is_tag(&tag) && all.iter().all(|known| known.language != tag) {
            all.push(ToManyWords { language: tag, texts });
        }
    }
    if all.iter().all(|words| words.language != first) {
        all.push(ToManyWords { language: first.clone(), texts: Texts::default() });
    }
    all.sort_by_key(|words| words.language != first);
    all.truncate(MOST_LANGUAGES);
    for words in &mut all {
        let name = |part: Part| field(part, &words.language, &first);
        for (part, remedy) in [
            (Part::Sms, "Write the text message."),
            (Part::Subject, "Write the mail’s subject."),
            (Part::Body, "Write the mail and the letter."),
        ] {
            if words.texts.get(part).is_empty() {
                wrong.push(FieldError::new(&name(part), remedy));
            }
        }
        // No notice goes to a phone's screen, but a language has all texts or none.
        if !language::is_product(&words.language) && words.texts.push.is_empty() {
            words.texts.push.clone_from(&words.texts.subject);
        }
        let longest = samples.longest(&words.language);
        let template = purpose.template();
        let faults = desk.ports.words.faults(template, &words.texts, &longest, &samples.names);
        for fault in faults.into_iter().filter(|fault| fault.part != Part::Push) {
            let field = name(fault.part);
            if wrong.iter().all(|known| known.field != field) {
                wrong.push(FieldError::new(&field, fault.fault.remedy()));
            }
        }
    }
    all
}

/// A number that may be left out; an error where it is none, or not in the range.
fn number(typed: &str, range: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, ()> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().ok().filter(|number| range.contains(number)).map(Some).ok_or(()),
    }
}

fn start(input: &ToManyInput, call: &Call, zone: chrono_tz::Tz) -> Result<Option<i64>, FieldError> {
    let (day, time) = (input.start_day.trim(), input.start_time.trim());
    if day.is_empty() && time.is_empty() {
        return Ok(None);
    }
    let day = match day {
        "" => Some(call.now.with_timezone(&zone).date_naive()),
        day => dates::day(day),
    };
    let day = day.ok_or_else(|| FieldError::new("start_day", "Choose a day, such as 2026-03-31."))?;
    let time = match time {
        "" => NaiveTime::from_hms_opt(8, 0, 0),
        time => NaiveTime::parse_from_str(time, "%H:%M").ok(),
    };
    let time = time.ok_or_else(|| FieldError::new("start_time", "Write a time of day, such as 09:30."))?;
    let at = at_wall(day, time, zone);
    if at - call.now > chrono::Duration::days(MOST_AHEAD_DAYS) {
        return Err(FieldError::new("start_day", "Choose a day within a year."));
    }
    Ok(Some(at.timestamp_millis()))
}

/// Whether somebody may open single messages from here.
pub(super) fn may_look(call: &Call) -> bool {
    domain::policy::may(&call.actor.principal, Capability::MessageLog)
}
