//! Versions of words: a draft, its approval by somebody else, an older one brought back.

use chrono::Utc;
use contract::{FieldError, TemplateInput};
use domain::template::{Part, Template, Texts, may_approve};
use domain::{OrganisationId, PersonId, Principal, Role, language};
use store::entity::words_version as row;
use store::words::Which;

use super::super::{administrator, changes};
use super::{Samples, asked, judge, which};
use crate::own_words::{id_of, name_of, texts_of};
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError};

/// Writes the organisation's own words of a message, as a draft. They are sent once they are approved. Administrators.
///
/// Errors: `Invalid` names each text that cannot be used; `WordsChanged` when somebody else wrote meanwhile.
pub async fn save_template(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    input: &TemplateInput,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "save-template", &(code, tag, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (template, language) = asked(&*unit.tx, organisation, code, tag).await?;
    let which = which(organisation, template, &language);
    let before = newest(&unit, which, &input.version).await?;
    let samples = Samples::of(desk, &*unit.tx, organisation, call.now).await?;
    match put(&mut unit, which, before, input.texts(), None, &samples).await? {
        Written::Wrong(wrong) => Err(ServiceError::Invalid(wrong)),
        Written::Nothing | Written::Draft(_) => unit.finish(()).await,
    }
}

/// Goes back to the product's words, as a draft; what was written stays among the versions. Administrators.
///
/// Errors: `WordsChanged` when somebody else wrote meanwhile.
pub async fn reset_template(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    version: &str,
) -> Result<(), ServiceError> {
    let input = TemplateInput { version: version.to_owned(), ..TemplateInput::default() };
    save_template(desk, call, code, tag, &input).await
}

/// Brings an older version back, as a draft. Administrators.
///
/// Errors: `Invalid` when it says what could not be written today; `WordsChanged` when somebody else wrote meanwhile.
pub async fn restore_template(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    version: &str,
    from: &str,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "restore-template", &(code, tag, version, from)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (template, language) = asked(&*unit.tx, organisation, code, tag).await?;
    let which = which(organisation, template, &language);
    let before = newest(&unit, which, version).await?;
    let from: i64 = from.parse().map_err(|_| ServiceError::NotFound)?;
    let older = store::words::version(&*unit.tx, which, from).await?.ok_or(ServiceError::NotFound)?;
    let samples = Samples::of(desk, &*unit.tx, organisation, call.now).await?;
    match put(&mut unit, which, before, texts_of(&older), Some(from), &samples).await? {
        Written::Wrong(wrong) => Err(ServiceError::Invalid(wrong)),
        Written::Nothing | Written::Draft(_) => unit.finish(()).await,
    }
}

/// Lets the newest version out: from the next message on it is sent. Administrators, but for whoever wrote it, while there is
/// somebody else.
///
/// Errors: `WordsChanged` when there is a newer version, or when it is approved already; `NotAllowed` for whoever wrote it;
/// `Invalid` when it says what could not be written any more, such as the name of a new clinic.
pub async fn approve_template(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    version: &str,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "approve-template", &(code, tag, version)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (template, language) = asked(&*unit.tx, organisation, code, tag).await?;
    let which = which(organisation, template, &language);
    let draft = newest(&unit, which, version).await?.ok_or(ServiceError::NotFound)?;
    let person = person_of(call).ok_or(ServiceError::NotAllowed)?;
    let others = administrators(&*unit.tx, organisation, call.now).await?;
    if !may_approve(draft.written_by.map(PersonId), person, &others) {
        return Err(ServiceError::NotAllowed);
    }
    let samples = Samples::of(desk, &*unit.tx, organisation, call.now).await?;
    let wrong = judge(desk, template, &language, &texts_of(&draft), &samples);
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    approve(&mut unit, which, draft.version).await?;
    unit.finish(()).await
}

/// The newest version, if it is the one that the form was made from.
async fn newest(
    unit: &Unit<'_>,
    which: Which<'_>,
    version: &str,
) -> Result<Option<row::Model>, ServiceError> {
    let newest = store::words::newest(&*unit.tx, which).await?;
    match version.parse() == Ok(newest.as_ref().map_or(0, |row| row.version)) {
        true => Ok(newest),
        false => Err(Conflict::WordsChanged.into()),
    }
}

/// What came of texts that were to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::admin) enum Written {
    /// They are there already.
    Nothing,
    /// As this version, which waits to be approved.
    Draft(i64),
    /// Nothing was written.
    Wrong(Vec<FieldError>),
}

/// Writes texts as a version after `before`, the newest one, when they differ from it.
pub(in crate::admin) async fn put(
    unit: &mut Unit<'_>,
    which: Which<'_>,
    before: Option<row::Model>,
    texts: Texts,
    from_version: Option<i64>,
    samples: &Samples,
) -> Result<Written, ServiceError> {
    let texts = own(unit.desk, which, texts);
    let old = before.as_ref().map(texts_of).unwrap_or_default();
    // What is there already stays, also when it could not be written today.
    if old == texts {
        return Ok(Written::Nothing);
    }
    let wrong = judge(unit.desk, which.template, which.language, &texts, samples);
    if !wrong.is_empty() {
        return Ok(Written::Wrong(wrong));
    }
    let pair = |part: &Part| (part.code().to_owned(), old.get(*part).to_owned(), texts.get(*part).to_owned());
    let fields = Part::ALL.iter().map(pair).collect();
    let version = before.map_or(0, |row| row.version) + 1;
    let row = row::Model {
        organisation_id: which.organisation.0,
        template: which.template.code().to_owned(),
        language: which.language.to_owned(),
        version,
        written_at: unit.call.now.timestamp_millis(),
        written_by: person_of(unit.call).map(|person| person.0),
        written_by_name: unit.call.actor.label(),
        from_version,
        approved_at: None,
        approved_by: None,
        approved_by_name: None,
        subject: texts.subject,
        sms: texts.sms,
        body: texts.body,
        action: texts.action,
        push: texts.push,
    };
    settled(store::words::add(&unit.tx, row).await)?;
    record(unit, which, fields).await?;
    Ok(Written::Draft(version))
}

/// Approves a version in the name of whoever calls. The caller has looked whether they may.
pub(in crate::admin) async fn approve(
    unit: &mut Unit<'_>,
    which: Which<'_>,
    version: i64,
) -> Result<(), ServiceError> {
    let sent = store::words::live(&*unit.tx, which).await?.map_or(0, |row| row.version);
    let by = (person_of(unit.call).map(|person| person.0), unit.call.actor.label());
    let at = unit.call.now.timestamp_millis();
    settled(store::words::approve(&unit.tx, which, version, at, by).await)?;
    let said = |version: i64| if version == 0 { String::new() } else { version.to_string() };
    record(unit, which, vec![("approved".to_owned(), said(sent), said(version))]).await
}

fn settled(done: Result<(), store::StoreError>) -> Result<(), ServiceError> {
    match done {
        Err(store::StoreError::Stale) => Err(Conflict::WordsChanged.into()),
        done => Ok(done?),
    }
}

async fn record(
    unit: &mut Unit<'_>,
    which: Which<'_>,
    fields: Vec<(String, String, String)>,
) -> Result<(), ServiceError> {
    let Which { organisation, template, language } = which;
    let (id, name) = (id_of(organisation, template, language), name_of(template, language));
    let subject = changes::Subject { organisation, entity: "template", id, name: &name };
    changes::record(unit, &subject, fields).await
}

/// What is kept of texts: one that says what the product says is none of their own, so that it improves with the product.
fn own(desk: &Desk, which: Which<'_>, texts: Texts) -> Texts {
    let mut own = texts.tidy();
    if which.language == language::PRODUCT {
        let ours = desk.ports.words.design(which.template).texts;
        for part in Part::ALL {
            if ours.get(*part) == own.get(*part) {
                own.set(*part, String::new());
            }
        }
    }
    own
}

pub(super) fn person_of(call: &Call) -> Option<PersonId> {
    match &call.actor.principal {
        Principal::Staff { person, .. } => Some(*person),
        _ => None,
    }
}

/// Everybody who could approve: administrators who have been here. One who was invited and never came cannot, and is not
/// waited for.
pub(in crate::admin) async fn administrators(
    db: &impl store::Db,
    organisation: OrganisationId,
    now: chrono::DateTime<Utc>,
) -> Result<Vec<PersonId>, ServiceError> {
    holders(db, organisation, &[Role::Administrator], now).await
}

/// The same of whoever has one of these roles.
pub(crate) async fn holders(
    db: &impl store::Db,
    organisation: OrganisationId,
    roles: &[Role],
    now: chrono::DateTime<Utc>,
) -> Result<Vec<PersonId>, ServiceError> {
    let today = now.date_naive().to_string();
    let ended = |day: &Option<String>| day.as_ref().is_some_and(|day| *day < today);
    let been: Vec<uuid::Uuid> = store::people::of_organisation(db, organisation)
        .await?
        .into_iter()
        .filter(|person| person.last_sign_in_at.is_some() && !ended(&person.valid_until))
        .map(|person| person.id)
        .collect();
    let held = store::people::with_roles(db, organisation).await?;
    Ok(held
        .into_iter()
        .filter(|held| roles.iter().any(|role| held.role == role.code()) && held.status == "active")
        .filter(|held| !ended(&held.valid_until) && been.contains(&held.id))
        .map(|held| PersonId(held.id))
        .collect())
}

/// Whether a draft may be approved by whoever looks.
pub(super) async fn is_approvable(
    db: &impl store::Db,
    call: &Call,
    which: Which<'_>,
    draft: &row::Model,
) -> Result<bool, ServiceError> {
    let others = administrators(db, which.organisation, call.now).await?;
    Ok(person_of(call).is_some_and(|person| may_approve(draft.written_by.map(PersonId), person, &others)))
}

/// Whether words that come in a file are sent at once: where whoever brings them could approve what they write.
pub(in crate::admin) async fn is_alone(
    unit: &Unit<'_>,
    organisation: OrganisationId,
) -> Result<bool, ServiceError> {
    let Some(person) = person_of(unit.call) else {
        return Ok(true);
    };
    let others = administrators(&*unit.tx, organisation, unit.call.now).await?;
    Ok(may_approve(Some(person), person, &others))
}

/// The message of a row, if it is known here.
pub(super) fn template_of(row: &row::Model) -> Option<Template> {
    Template::from_code(&row.template)
}
