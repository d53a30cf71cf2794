//! The reasons and replies that an organisation's forms offer.

use contract::{
    FieldError, ReasonForm, ReasonInput, ReasonLine, ReasonsPage, ReplyForm, ReplyInput, ReplyLine,
};
use domain::reason::ACTS;
use domain::referral::Act;
use domain::reply::{self, Audience};
use domain::{OrganisationId, reason as rules};
use store::entity::{reason, reply as reply_row};
use uuid::Uuid;

use super::{administrator, changes};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts, ids, reasons};

/// Longest label or title, and longest text, in characters.
const LONGEST_LABEL: usize = 120;
const LONGEST_TEXT: usize = 4_000;

/// All reasons and replies of the organisation. Administrators.
pub async fn reasons_page(desk: &Desk, call: &Call) -> Result<ReasonsPage, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let line = |row: reason::Model| {
        Some(ReasonLine {
            id: row.id.to_string(),
            act: Act::from_code(&row.act)?,
            label: row.label,
            is_comment_forced: row.comment_forced,
            is_active: row.active,
        })
    };
    Ok(ReasonsPage {
        reasons: reasons::all(db, organisation).await?.into_iter().filter_map(line).collect(),
        replies: reasons::replies(db, organisation)
            .await?
            .into_iter()
            .map(|row| ReplyLine {
                id: row.id.to_string(),
                title: row.title,
                is_for_patient: row.audience == Audience::Patient.code(),
                act: Act::from_code(&row.act),
                is_active: row.active,
            })
            .collect(),
    })
}

/// The form of a reason, or of a new one. Administrators.
pub async fn reason_form(desk: &Desk, call: &Call, id: Option<Uuid>) -> Result<ReasonForm, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let Some(id) = id else {
        let input = ReasonInput { active: "1".to_owned(), ..ReasonInput::default() };
        return Ok(ReasonForm { id: String::new(), input, changes: Vec::new() });
    };
    let all = reasons::all(db, organisation).await?;
    let row = all.into_iter().find(|row| row.id == id).ok_or(ServiceError::NotFound)?;
    let changes = changes::newest(db, organisation, Some(id), zone(db, organisation).await?).await?;
    Ok(ReasonForm { id: id.to_string(), input: reason_input(&row), changes })
}

/// Makes a reason or changes it. What was chosen before keeps the words of then. The first change of an organisation
/// makes the product's list its own.
///
/// Errors: `Invalid` names what to put right; the act of a reason never changes.
pub async fn save_reason(
    desk: &Desk,
    call: &Call,
    id: Option<Uuid>,
    input: &ReasonInput,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "save-reason", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let all = reasons::all(&*unit.tx, organisation).await?;
    let before = match id {
        Some(id) => Some(all.iter().find(|row| row.id == id).cloned().ok_or(ServiceError::NotFound)?),
        None => None,
    };
    let fresh = ids::fresh(call.now);
    let row = build_reason(organisation, &all, before.as_ref(), input, None, fresh)
        .map_err(ServiceError::Invalid)?;
    write_reason(&mut unit, before.as_ref(), &row).await?;
    unit.finish(()).await
}

/// The row that this input makes of a reason; the error names each field that cannot be so. `all` are the organisation's
/// reasons of now; a new one gets the id `fresh` and, unless a file names one, a code from its label.
pub(super) fn build_reason(
    organisation: OrganisationId,
    all: &[reason::Model],
    before: Option<&reason::Model>,
    input: &ReasonInput,
    code: Option<&str>,
    fresh: Uuid,
) -> Result<reason::Model, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let label =
        words(&mut wrong, "label", &input.label, LONGEST_LABEL, "Write the reason as colleagues read it");
    let line = fitting(&mut wrong, "patient_line", &input.patient_line);
    let act = match before {
        Some(row) => row.act.clone(),
        None => match Act::from_code(&input.act).filter(|act| rules::ACTS.contains(act)) {
            Some(act) => act.code().to_owned(),
            None => {
                wrong.push(FieldError::new("act", "Choose what the reason is for."));
                String::new()
            }
        },
    };
    let of_act = all.iter().filter(|row| row.act == act && Some(row.id) != before.map(|before| before.id));
    if of_act.clone().any(|row| row.active && row.label.eq_ignore_ascii_case(&label)) {
        wrong.push(FieldError::new(
            "label",
            "There is such a reason already. Write it otherwise, or change that one.",
        ));
    }
    if code.is_some_and(|code| code.is_empty() || code.len() > LONGEST_LABEL || facts::slug(code) != code) {
        let remedy = "Write a short code of small letters, digits and hyphens, or leave it out.";
        wrong.push(FieldError::new("code", remedy));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let new_code = || code.map_or_else(|| code_for(&label, of_act), str::to_owned);
    Ok(reason::Model {
        organisation_id: organisation.0,
        id: before.map_or(fresh, |row| row.id),
        code: before.map_or_else(new_code, |row| row.code.clone()),
        act,
        label,
        comment_forced: input.comment_forced == "1",
        patient_line: line,
        active: input.active == "1",
        position: before.map_or(all.len() as i64, |row| row.position),
    })
}

/// Writes a reason that was checked, with the history of what changed. The first change of an organisation makes the
/// product's list its own.
pub(super) async fn write_reason(
    unit: &mut Unit<'_>,
    before: Option<&reason::Model>,
    row: &reason::Model,
) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    if store::reasons::reasons(&*unit.tx, organisation).await?.is_empty() {
        store::reasons::insert_reasons(&unit.tx, reasons::standard(organisation)).await?;
    }
    match before {
        Some(_) => store::reasons::update_reason(&unit.tx, row.clone()).await?,
        None => store::reasons::insert_reasons(&unit.tx, vec![row.clone()]).await?,
    }
    let (old, new) = (before.map(reason_input).unwrap_or_default(), reason_input(row));
    let fields = vec![
        pair("act", old.act, new.act),
        pair("label", old.label, new.label),
        pair("comment_forced", old.comment_forced, new.comment_forced),
        pair("patient_line", old.patient_line, new.patient_line),
        pair("offered", old.active, new.active),
    ];
    let subject = changes::Subject { organisation, entity: "reason", id: row.id, name: &row.label };
    changes::record(unit, &subject, fields).await
}

/// The form of a reply, or of a new one. Administrators.
pub async fn reply_form(desk: &Desk, call: &Call, id: Option<Uuid>) -> Result<ReplyForm, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let Some(id) = id else {
        let input = ReplyInput { active: "1".to_owned(), ..ReplyInput::default() };
        return Ok(ReplyForm { id: String::new(), input, changes: Vec::new() });
    };
    let all = reasons::replies(db, organisation).await?;
    let row = all.into_iter().find(|row| row.id == id).ok_or(ServiceError::NotFound)?;
    let changes = changes::newest(db, organisation, Some(id), zone(db, organisation).await?).await?;
    Ok(ReplyForm { id: id.to_string(), input: reply_input(&row), changes })
}

/// Makes a canned reply or changes it.
///
/// Errors: `Invalid` names what to put right, also a place in braces that nothing fills.
pub async fn save_reply(
    desk: &Desk,
    call: &Call,
    id: Option<Uuid>,
    input: &ReplyInput,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "save-reply", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let all = reasons::replies(&*unit.tx, organisation).await?;
    let before = match id {
        Some(id) => Some(all.iter().find(|row| row.id == id).cloned().ok_or(ServiceError::NotFound)?),
        None => None,
    };
    let fresh = ids::fresh(call.now);
    let row =
        build_reply(organisation, &all, before.as_ref(), input, fresh).map_err(ServiceError::Invalid)?;
    write_reply(&mut unit, before.as_ref(), &row).await?;
    unit.finish(()).await
}

/// The row that this input makes of a reply; the error names each field that cannot be so. A new one gets the id `fresh`.
pub(super) fn build_reply(
    organisation: OrganisationId,
    all: &[reply_row::Model],
    before: Option<&reply_row::Model>,
    input: &ReplyInput,
    fresh: Uuid,
) -> Result<reply_row::Model, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let title = words(&mut wrong, "title", &input.title, LONGEST_LABEL, "Write a title to find it by");
    let text = words(&mut wrong, "text", &input.text, LONGEST_TEXT, "Write the text");
    if let Some(place) = reply::unknown_place(&text) {
        let known = reply::PLACES.map(|place| format!("{{{place}}}")).join(", ");
        let remedy = format!("Nothing fills {{{place}}}. Use {known}, or write the words.");
        wrong.push(FieldError::new("text", remedy));
    }
    if Audience::from_code(&input.audience).is_none() {
        wrong.push(FieldError::new("audience", "Choose who reads it."));
    }
    if !input.act.is_empty() && !Act::from_code(&input.act).is_some_and(|act| ACTS.contains(&act)) {
        wrong.push(FieldError::new("act", "Choose an act of the list, or any."));
    }
    let mut others = all.iter().filter(|row| Some(row.id) != before.map(|before| before.id));
    if others.any(|row| row.title.eq_ignore_ascii_case(&title)) {
        wrong.push(FieldError::new("title", "There is a reply of this title already. Choose another title."));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(reply_row::Model {
        organisation_id: organisation.0,
        id: before.map_or(fresh, |row| row.id),
        title,
        text,
        audience: input.audience.clone(),
        act: input.act.clone(),
        active: input.active == "1",
    })
}

/// Writes a reply that was checked, with the history of what changed. The first change of an organisation makes the
/// product's list its own.
pub(super) async fn write_reply(
    unit: &mut Unit<'_>,
    before: Option<&reply_row::Model>,
    row: &reply_row::Model,
) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    if store::reasons::replies(&*unit.tx, organisation).await?.is_empty() {
        store::reasons::insert_replies(&unit.tx, reasons::standard_replies(organisation)).await?;
    }
    match before {
        Some(_) => store::reasons::update_reply(&unit.tx, row.clone()).await?,
        None => store::reasons::insert_replies(&unit.tx, vec![row.clone()]).await?,
    }
    let (old, new) = (before.map(reply_input).unwrap_or_default(), reply_input(row));
    let fields = vec![
        pair("title", old.title, new.title),
        pair("text", old.text, new.text),
        pair("audience", old.audience, new.audience),
        pair("act", old.act, new.act),
        pair("offered", old.active, new.active),
    ];
    let subject = changes::Subject { organisation, entity: "reply", id: row.id, name: &row.title };
    changes::record(unit, &subject, fields).await
}

async fn zone(db: &impl store::Db, organisation: OrganisationId) -> Result<chrono_tz::Tz, ServiceError> {
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    Ok(row.zone.parse().unwrap_or(chrono_tz::Europe::London))
}

/// A code from the label that no other reason of the act has.
fn code_for<'a>(label: &str, others: impl Iterator<Item = &'a reason::Model> + Clone) -> String {
    let slug = facts::slug(label);
    let slug = if slug.is_empty() { "reason".to_owned() } else { slug };
    let is_free = |code: &str| others.clone().all(|row| row.code != code);
    let numbered = (2..).map(|number| format!("{slug}-{number}"));
    std::iter::once(slug.clone()).chain(numbered).find(|code| is_free(code)).unwrap_or(slug)
}

fn words(wrong: &mut Vec<FieldError>, field: &str, typed: &str, longest: usize, remedy: &str) -> String {
    let typed = typed.trim();
    if typed.is_empty() || typed.chars().count() > longest {
        wrong.push(FieldError::new(field, format!("{remedy}, up to {longest} characters.")));
    }
    typed.to_owned()
}

fn fitting(wrong: &mut Vec<FieldError>, field: &str, typed: &str) -> String {
    if typed.trim().chars().count() > LONGEST_TEXT {
        wrong.push(FieldError::new(field, format!("Shorten it to {LONGEST_TEXT} characters.")));
    }
    typed.trim().to_owned()
}

pub(super) fn reason_input(row: &reason::Model) -> ReasonInput {
    let flag = |on: bool| if on { "1".to_owned() } else { String::new() };
    ReasonInput {
        act: row.act.clone(),
        label: row.label.clone(),
        comment_forced: flag(row.comment_forced),
        patient_line: row.patient_line.clone(),
        active: flag(row.active),
    }
}

pub(super) fn reply_input(row: &reply_row::Model) -> ReplyInput {
    ReplyInput {
        title: row.title.clone(),
        text: row.text.clone(),
        audience: row.audience.clone(),
        act: row.act.clone(),
        active: if row.active { "1".to_owned() } else { String::new() },
    }
}

fn pair(field: &str, before: String, after: String) -> (String, String, String) {
    (field.to_owned(), before, after)
}
