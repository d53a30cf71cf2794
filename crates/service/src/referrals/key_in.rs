//! Keying in a referral that came by fax, phone or letter: back-dated, for a referrer without an account.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use contract::{
    Alike, Choice, FieldError, KeyInInput, KeyInPage, KnownHere, NewPatient, OutsideView, TextInput,
};
use domain::calendar_days::at_wall;
use domain::nhs_number::nhs_number;
use domain::notice::StaffNotice;
use domain::policy::papers::Readers;
use domain::policy::{Capability, Relation, may};
use domain::referral::{Act, Kind, Passage, State};
use domain::{OrganisationId, PatientId, Principal, Priority, ReferralId, ServiceId, dates, spoken};
use serde_json::json;
use store::entity::{event, outside_referrer, patient, referral};
use store::referrals::{Filter, Side};

use super::enclose::{self, Enclosure, Fate};
use super::worklist::searched;
use super::{NewDocument, close, required_text};
use crate::audit::Touched;
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit, complete_case, owe_as_promised, settle};
use crate::{Call, Conflict, Desk, ServiceError, describe, facts, ids};

/// How far back a referral may have come, in days.
const BACK_DAYS: i64 = 365;
/// When a day's post is taken to be there.
const POST_HOUR: u32 = 9;

fn keying(call: &Call) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, Capability::KeyIn)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

/// Finding the patient, then the form. Coordinators; that patients were listed is recorded.
pub async fn key_in_page(
    desk: &Desk,
    call: &Call,
    words: &str,
    patient: &str,
) -> Result<KeyInPage, ServiceError> {
    let organisation = keying(call)?;
    let db = desk.store.reader();
    let touched = |row: &patient::Model| Touched {
        organisation,
        entity: "patient",
        id: Some(row.id),
        patient: Some(PatientId(row.id)),
    };
    let chosen = match patient {
        "" => None,
        id => {
            let id: PatientId = id.parse().map_err(|_| ServiceError::NotFound)?;
            let row = store::patients::find(db, organisation, id).await?.ok_or(ServiceError::NotFound)?;
            desk.record_read(call, touched(&row)).await?;
            Some((row.id.to_string(), described(&row)))
        }
    };
    let rows = match words.trim() {
        words if chosen.is_none() && !words.is_empty() => {
            store::patients::search(db, organisation, words, 25).await?
        }
        _ => Vec::new(),
    };
    desk.record_reads(call, "search", &rows.iter().map(touched).collect::<Vec<_>>()).await?;
    let here = match chosen.is_none() && !words.trim().is_empty() {
        true => known_here(desk, call, organisation, words).await?,
        false => Vec::new(),
    };
    let services = store::directory::services_of(db, organisation).await?;
    let organisations = store::directory::organisations(db).await?;
    let choice = |id: uuid::Uuid, label: String| Choice { value: id.to_string(), label, hint: None };
    Ok(KeyInPage {
        words: words.to_owned(),
        patients: rows.iter().map(|row| choice(row.id, described(row))).collect(),
        here,
        patient: chosen,
        services: services.into_iter().filter(|row| row.active).map(|row| choice(row.id, row.name)).collect(),
        organisations: organisations
            .into_iter()
            .filter(|row| row.id != organisation.0)
            .map(|row| choice(row.id, row.name))
            .collect(),
    })
}

/// Referrals that are here already of patients whom another organisation has on record; recorded as a search.
async fn known_here(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    words: &str,
) -> Result<Vec<KnownHere>, ServiceError> {
    let lines = of_others(desk.store.reader(), organisation, words).await?;
    let touched: Vec<_> = lines
        .iter()
        .map(|line| Touched { organisation, entity: "referral", id: Some(line.id), patient: None })
        .collect();
    desk.record_reads(call, "search", &touched).await?;
    Ok(lines
        .into_iter()
        .map(|line| KnownHere {
            referral: line.id.to_string(),
            reference: line.reference,
            name: format!("{} {}", line.given, line.family),
            birth_date: line
                .birth_date
                .and_then(|text| dates::day(&text))
                .map_or("not known".to_owned(), |born| born.format("%-d %B %Y").to_string()),
            service: line.service,
            state: State::from_code(&line.state).unwrap_or(State::EnteredInError),
        })
        .collect())
}

async fn of_others(
    db: &impl store::Db,
    organisation: OrganisationId,
    words: &str,
) -> Result<Vec<store::referrals::Line>, ServiceError> {
    let filter = Filter {
        states: State::ALL.iter().map(|state| state.code().to_owned()).collect(),
        words: Some(searched(words)),
        ..Filter::default()
    };
    let lines = store::referrals::worklist(db, organisation, Side::Receiving, &filter, 25).await?;
    Ok(lines.into_iter().filter(|line| line.patient_organisation_id != organisation.0).collect())
}

/// What finds the person who is typed in: their number, or else their names and day of birth.
fn words_of(input: &NewPatient, born: NaiveDate, number: Option<&str>) -> String {
    match number {
        Some(number) => number.to_owned(),
        None => format!("{} {} {born}", input.given, input.family),
    }
}

/// Referrals that are here of somebody like the person who is typed in, whom another organisation has on record.
pub async fn alike_here(
    desk: &Desk,
    call: &Call,
    input: &NewPatient,
) -> Result<Vec<KnownHere>, ServiceError> {
    let organisation = keying(call)?;
    let Some(born) = born(input) else {
        return Ok(Vec::new());
    };
    let number = nhs_number(&input.nhs_number);
    known_here(desk, call, organisation, &words_of(input, born, number.as_deref())).await
}

/// Those on record who may be the person that is typed in, the likeliest first; recorded as a search.
pub async fn alike(desk: &Desk, call: &Call, input: &NewPatient) -> Result<Vec<Alike>, ServiceError> {
    let organisation = keying(call)?;
    let Some(born) = born(input) else {
        return Ok(Vec::new());
    };
    let number = nhs_number(&input.nhs_number);
    let found = like(desk.store.reader(), organisation, input, born, number.as_deref()).await?;
    let touched: Vec<_> = found
        .iter()
        .map(|(row, _)| Touched {
            organisation,
            entity: "patient",
            id: Some(row.id),
            patient: Some(PatientId(row.id)),
        })
        .collect();
    desk.record_reads(call, "search", &touched).await?;
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "not known".to_owned());
    Ok(found
        .into_iter()
        .map(|(row, same)| Alike {
            id: row.id.to_string(),
            name: format!("{} {}", row.given, row.family),
            birth_date: facts::birth_date(&row)
                .map_or("not known".to_owned(), |born| born.format("%-d %B %Y").to_string()),
            nhs_number: or_unknown(&row.nhs_number),
            address: or_unknown(&row.address),
            phone: or_unknown(&row.phone),
            same: same.into_iter().map(str::to_owned).collect(),
        })
        .collect())
}

/// Patients with the same NHS number, or born on the same day with the same family or first name.
async fn like(
    db: &impl store::Db,
    organisation: OrganisationId,
    input: &NewPatient,
    born: NaiveDate,
    number: Option<&str>,
) -> Result<Vec<(patient::Model, Vec<&'static str>)>, ServiceError> {
    let day = born.to_string();
    let rows = store::outside::candidates(db, organisation, number, &day).await?;
    let equal = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    let mut found: Vec<_> = rows
        .into_iter()
        .filter_map(|row| {
            let mut same = Vec::new();
            if number.is_some() && row.nhs_number.as_deref() == number {
                same.push("NHS number");
            }
            if row.birth_date.as_deref() == Some(&day) {
                same.push("date of birth");
            }
            if equal(&row.family, &input.family) {
                same.push("family name");
            }
            if equal(&row.given, &input.given) {
                same.push("first name");
            }
            (same.len() > 1 || same.contains(&"NHS number")).then_some((row, same))
        })
        .collect();
    found.sort_by_key(|(_, same)| (!same.contains(&"NHS number"), std::cmp::Reverse(same.len())));
    Ok(found)
}

fn born(input: &NewPatient) -> Option<NaiveDate> {
    spoken::read_date(&input.birth_date_day, &input.birth_date_month, &input.birth_date_year)
}

/// Takes a patient down who is not on record. Somebody alike must have been looked at first; the same NHS number twice is
/// refused. Answers the id.
pub async fn register_patient(
    desk: &Desk,
    call: &Call,
    input: &NewPatient,
) -> Result<PatientId, ServiceError> {
    let organisation = keying(call)?;
    let mut unit = match Unit::begin(desk, call, "register-patient", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let today = today(&unit, organisation).await?;
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, remedy: &str| wrong.push(FieldError::new(field, remedy));
    for (field, text) in [("given", &input.given), ("family", &input.family)] {
        if text.trim().is_empty() || text.trim().chars().count() > 100 {
            refuse(field, "Write the name, up to 100 characters.");
        }
    }
    let born = born(input).filter(|born| *born <= today);
    if born.is_none() {
        refuse("birth_date", "Give the day, month and year of birth, for example 31 3 1948.");
    }
    if !["female", "male", "other", "unknown"].contains(&input.sex.as_str()) {
        refuse("sex", "Choose one; “not known” is possible.");
    }
    let number = match input.nhs_number.trim() {
        "" => None,
        typed => {
            let read = nhs_number(typed);
            if read.is_none() {
                refuse("nhs_number", "This is no NHS number: check its ten digits, or leave it out.");
            }
            read
        }
    };
    let email = input.email.trim();
    if !email.is_empty() && !email.contains('@') {
        refuse("email", "This is no mail address. Correct it, or leave it out.");
    }
    if input.address.chars().count() > 500 {
        refuse("address", "Write the address in up to 500 characters.");
    }
    if let (Some(born), true) = (born, wrong.is_empty()) {
        let known = like(&*unit.tx, organisation, input, born, number.as_deref()).await?;
        if known.iter().any(|(_, same)| same.contains(&"NHS number")) {
            let remedy = "Somebody with this NHS number is on record: choose them, or correct the number.";
            wrong.push(FieldError::new("nhs_number", remedy));
        } else if !known.is_empty() && input.another != "1" {
            let remedy = "Somebody much alike is on record. Compare them, then choose them or tick this.";
            wrong.push(FieldError::new("another", remedy));
        } else if input.another != "1" {
            let words = words_of(input, born, number.as_deref());
            let here = of_others(&*unit.tx, organisation, &words).await?;
            if let Some(line) = here.first() {
                let remedy = format!(
                    "{} {} has a referral here already ({}). Go on with that one, or tick this to take them down all the same.",
                    line.given, line.family, line.reference
                );
                wrong.push(FieldError::new("another", remedy));
            }
        }
    }
    let (Some(born), true) = (born, wrong.is_empty()) else {
        return Err(ServiceError::Invalid(wrong));
    };
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let row = patient::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        nhs_number: number,
        family: input.family.trim().to_owned(),
        given: input.given.trim().to_owned(),
        birth_date: Some(born.to_string()),
        sex: input.sex.clone(),
        phone: text(&input.phone).map(|phone| desk.ports.words.phone(&phone)),
        email: text(email),
        address: text(&input.address),
        language: None,
        deceased: false,
        created_at: call.now.timestamp_millis(),
        latitude: None,
        longitude: None,
        zone: None,
        prefers: None,
    };
    let id = PatientId(row.id);
    store::patients::insert(&unit.tx, row).await?;
    unit.record("register", &Touched { organisation, entity: "patient", id: Some(id.0), patient: Some(id) });
    unit.finish(id).await
}

/// Takes a referral down that came from outside. Its clocks run from the day it was received; the history says who keyed it
/// in, and when. Answers its id.
pub async fn key_in(desk: &Desk, call: &Call, input: &KeyInInput) -> Result<ReferralId, ServiceError> {
    key_in_with(desk, call, input, None).await
}

/// The same with the paper itself, which everybody who sees the referral may read. Refused, it leaves no document.
pub async fn key_in_with(
    desk: &Desk,
    call: &Call,
    input: &KeyInInput,
    file: Option<NewDocument>,
) -> Result<ReferralId, ServiceError> {
    let organisation = keying(call)?;
    let file = enclose::put_beforehand(desk, call, organisation, file).await?;
    // On the heap, so that whoever awaits this carries little.
    let done = Box::pin(enter(desk, call, organisation, input, file.as_ref())).await;
    enclose::settle(desk, file.as_ref(), done).await
}

async fn enter(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    input: &KeyInInput,
    file: Option<&Enclosure>,
) -> Result<(ReferralId, Fate), ServiceError> {
    let content = file.map(|file| &file.sha256);
    let mut unit = match Unit::begin(desk, call, "key-in", &(input, content)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok((answer, Fate::Spare)),
    };
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, remedy: &str| wrong.push(FieldError::new(field, remedy));
    let patient = match input.patient.parse::<PatientId>() {
        Ok(id) => store::patients::find(&*unit.tx, organisation, id).await?,
        Err(_) => None,
    };
    let patient =
        patient.ok_or_else(|| ServiceError::invalid("patient", "Choose a patient from the list."))?;
    let service = match input.service.parse::<ServiceId>() {
        Ok(id) => store::directory::service(&*unit.tx, id).await?,
        Err(_) => None,
    };
    let service = service.filter(|row| row.active && row.organisation_id == organisation.0);
    if service.is_none() {
        refuse("service", "Choose one of your services.");
    }
    if !["fax", "phone", "letter"].contains(&input.came.as_str()) {
        refuse("came", "Choose how it came.");
    }
    let today = today(&unit, organisation).await?;
    let day = spoken::read_date(&input.received_day, &input.received_month, &input.received_year);
    match day {
        None => refuse("received", "Give the day, month and year on which it came."),
        Some(day) if day > today => refuse("received", "This day is still to come. Give the day it came on."),
        Some(day) if (today - day).num_days() > BACK_DAYS => {
            refuse("received", "This is more than a year ago. Ask the referrer to send it anew.");
        }
        Some(_) => {}
    }
    let known = match input.known.parse::<uuid::Uuid>() {
        Ok(id) => store::directory::organisation(&*unit.tx, OrganisationId(id)).await?,
        Err(_) => None,
    };
    let works_at = known.as_ref().map_or(input.organisation.trim(), |row| row.name.as_str()).to_owned();
    if works_at.is_empty() || works_at.chars().count() > 200 {
        refuse("organisation", "Choose the organisation, or write its name.");
    }
    let person = input.person.trim();
    if person.is_empty() || person.chars().count() > 200 {
        refuse("person", "Write who referred.");
    }
    let email = input.email.trim();
    if !email.is_empty() && !email.contains('@') {
        refuse("email", "This is no mail address. Correct it, or leave it out.");
    }
    if email.is_empty() && input.address.trim().is_empty() && known.is_none() {
        refuse("address", "Give a postal or a mail address: the answer has to go somewhere.");
    }
    let priority = Priority::from_code(&input.priority);
    if priority.is_none() {
        refuse("priority", "Choose how urgent it is.");
    }
    let reason = required_text("reason", &input.reason, "Write what the referral says.");
    if let Err(ServiceError::Invalid(fields)) = &reason {
        wrong.extend(fields.clone());
    }
    let (Some(service), Some(day), Some(priority), true) = (service, day, priority, wrong.is_empty()) else {
        return Err(ServiceError::Invalid(wrong));
    };
    let home =
        store::directory::organisation(&*unit.tx, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = home.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let received =
        at_wall(day, NaiveTime::from_hms_opt(POST_HOUR, 0, 0).unwrap_or_default(), zone).min(call.now);
    let row =
        row(call, &patient, &service, known.as_ref().map(|row| row.id), person, priority, reason?, received);
    let mut case = complete_case(&*unit.tx, row, Relation::Receiving).await?;
    settle(&mut case, State::Received, received, None);
    let sent = Passage { at: received, state: State::Sent };
    owe_as_promised(&mut case, &[sent], call.now);
    store::referrals::insert(&unit.tx, case.row.clone()).await?;
    let outside = outside_referrer::Model {
        organisation_id: organisation.0,
        referral_id: case.row.id,
        came: input.came.clone(),
        received_day: day.to_string(),
        entered_at: call.now.timestamp_millis(),
        entered_by: call.actor.label(),
        person: person.to_owned(),
        organisation: works_at,
        email: Some(email.to_owned()).filter(|email| !email.is_empty()),
        address: input.address.trim().to_owned(),
    };
    history(&unit, &case, &outside, received).await?;
    store::outside::insert(&unit.tx, outside).await?;
    unit.record_act("key-in", &case);
    enclose::enclose(&mut unit, &case, file, "original", Readers::All, None).await?;
    let cause = format!("key-in:{}", case.row.id);
    unit.tell_patient(&case, Letter::new(Template::ReferralReceived, cause)).await?;
    unit.notify(&case);
    let id = case.id();
    Ok((unit.finish(id).await?, Fate::Taken))
}

#[allow(clippy::too_many_arguments, reason = "the columns of one row")]
fn row(
    call: &Call,
    patient: &patient::Model,
    service: &store::entity::service::Model,
    known: Option<uuid::Uuid>,
    person: &str,
    priority: Priority,
    reason: &str,
    received: DateTime<Utc>,
) -> referral::Model {
    referral::Model {
        organisation_id: service.organisation_id,
        id: ids::fresh(call.now),
        reference: ids::reference(),
        // An organisation that is not known here has nobody to sign in: the house stands in for it.
        referrer_organisation_id: known.unwrap_or(service.organisation_id),
        referrer_id: None,
        referrer_name: person.to_owned(),
        patient_organisation_id: patient.organisation_id,
        patient_id: patient.id,
        service_id: service.id,
        state: State::Draft.code().to_owned(),
        priority: priority.code().to_owned(),
        requested_priority: priority.code().to_owned(),
        reason: reason.to_owned(),
        reason_codes: "[]".to_owned(),
        owner_organisation_id: None,
        owner_person_id: None,
        owner_name: None,
        next_action: None,
        due_at: None,
        due_zone: None,
        due_wall: None,
        patient_line: None,
        appointment_id: None,
        version: 1,
        created_at: call.now.timestamp_millis(),
        sent_at: Some(received.timestamp_millis()),
        received_at: Some(received.timestamp_millis()),
        decided_at: None,
        ended_at: None,
        state_since: 0,
        escalation: 0,
        escalated_at: None,
        paused_from: None,
        parent_organisation_id: None,
        parent_id: None,
        kind: Kind::Referral.code().to_owned(),
        patient_sees: true,
        may_turn: false,
        asked_of: None,
        next_step: None,
        next_step_note: None,
        next_resource_id: None,
        parent_kind: None,
        visit_kind: None,
        wishes: "{}".to_owned(),
    }
}

/// Sent by the referrer on the day it came, received by whoever keyed it in when they did.
async fn history(
    unit: &Unit<'_>,
    case: &Case,
    outside: &outside_referrer::Model,
    received: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let call = unit.call;
    let line = |at: DateTime<Utc>, kind: &str, name: String, from: Option<State>, to: State| event::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(at),
        referral_id: case.row.id,
        at: at.timestamp_millis(),
        kind: kind.to_owned(),
        actor: call.actor.key(),
        actor_name: name,
        from_state: from.map(|state| state.code().to_owned()),
        to_state: to.code().to_owned(),
        why: None,
        detail: json!({ "came": outside.came, "received": outside.received_day }).to_string(),
    };
    let from = format!("{}, {}", outside.person, outside.organisation);
    let sent = line(received, Act::Send.event(), from, None, State::Sent);
    // At the same instant the order of ids decides: the receipt is never the earlier.
    let entered = call.now.max(received + Duration::milliseconds(1));
    let keyed = line(entered, "referral_keyed_in", call.actor.label(), Some(State::Sent), State::Received);
    store::referrals::add_event(&unit.tx, sent).await?;
    store::referrals::add_event(&unit.tx, keyed).await?;
    Ok(())
}

/// From whom a referral came that was keyed in, for its page.
pub(super) async fn outside_of(
    db: &impl store::Db,
    case: &Case,
) -> Result<Option<OutsideView>, ServiceError> {
    let Some(row) = store::outside::of_referral(db, &case.row).await? else {
        return Ok(None);
    };
    let received = dates::day(&row.received_day);
    Ok(Some(OutsideView {
        closes_here: is_outside(case),
        received: received.map_or(row.received_day.clone(), |day| day.format("%-d %B %Y").to_string()),
        entered: format!("{}, by {}", describe::day_and_clock(row.entered_at, case.zone()), row.entered_by),
        answers: match (&row.email, row.address.as_str()) {
            (Some(email), _) => format!("By mail to {email}"),
            (None, "") => "In Waymark".to_owned(),
            (None, address) => format!("By post to {address}"),
        },
        came: row.came,
        person: row.person,
        organisation: row.organisation,
    }))
}

/// Whether nobody of the referring side can sign in: then the receiving side stands in for it.
pub(crate) fn is_outside(case: &Case) -> bool {
    case.row.referrer_id.is_none() && case.row.referrer_organisation_id == case.row.organisation_id
}

/// Closes a referral whose referrer has no account, once the report is on its way to them. Says how it went.
pub async fn close_for_outside(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "close-for-outside", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Close).await?;
    if !super::follow_up::receives(call, &case) {
        return Err(ServiceError::NotAllowed);
    }
    unit.same_version(&case, input.version)?;
    if !is_outside(&case) {
        return Err(Conflict::ReferrerCloses.into());
    }
    let text = required_text("text", &input.text, "Say how the report went to the referrer.")?;
    close::close(&mut unit, &mut case, Some(text), "report sent outside").await?;
    unit.finish(()).await
}

impl Unit<'_> {
    /// Writes to a referrer without an account: by mail where they gave an address for it, else a letter to print.
    pub(crate) async fn tell_outside(
        &mut self,
        case: &Case,
        what: StaffNotice,
        cause: &str,
    ) -> Result<(), ServiceError> {
        let Some(row) = store::outside::of_referral(&*self.tx, &case.row).await? else {
            return Ok(());
        };
        let text = match what {
            StaffNotice::ReportReady | StaffNotice::Note => {
                let reports = store::referrals::reports(&*self.tx, &case.row).await?;
                reports
                    .last()
                    .map_or(String::new(), |report| format!("{}\n\n{}", report.text, report.author_name))
            }
            StaffNotice::Declined | StaffNotice::InformationAsked | StaffNotice::PassedOn => {
                case.row.patient_line.clone().unwrap_or_default()
            }
            StaffNotice::Accepted | StaffNotice::CancellationConfirmed => String::new(),
            // The rest is for people who work with the list.
            _ => return Ok(()),
        };
        if row.email.is_none() && row.address.is_empty() {
            return Ok(());
        }
        self.tell_outside_referrer(case, &row, what, &text, cause).await
    }
}

async fn today(unit: &Unit<'_>, organisation: OrganisationId) -> Result<NaiveDate, ServiceError> {
    let row = store::directory::organisation(&*unit.tx, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone: chrono_tz::Tz = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
    Ok(unit.call.now.with_timezone(&zone).date_naive())
}

fn described(row: &patient::Model) -> String {
    let born = facts::birth_date(row)
        .map_or("date of birth not known".to_owned(), |born| format!("born {}", born.format("%-d %B %Y")));
    let number = row.nhs_number.as_ref().map_or(String::new(), |number| format!(", NHS {number}"));
    format!("{} {}, {born}{number}", row.given, row.family)
}
