//! Messages in an organisation's own words: read, tried out, written. Data with a history.

mod samples;

use contract::{
    FieldError, PlaceLine, SmsPreview, TemplateInput, TemplateLine, TemplatePage, TemplatePreview,
};
use domain::OrganisationId;
use domain::template::{Design, Part, Template, Texts};
use store::entity::own_words as row;

use super::{administrator, changes};
use crate::own_words::{id_of, texts_of};
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, describe};
pub(super) use samples::Samples;

/// Every message, and whether the organisation has words of its own. Administrators.
pub async fn templates_page(desk: &Desk, call: &Call) -> Result<Vec<TemplateLine>, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let own = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = own.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let rows = store::own_words::of_organisation(db, organisation).await?;
    Ok(Template::ALL
        .iter()
        .map(|template| {
            let row = rows.iter().find(|row| row.template == template.code());
            TemplateLine {
                template: *template,
                is_own: row.is_some_and(|row| !texts_of(row).is_empty()),
                changed: row.map_or(String::new(), |row| {
                    format!("{}, {}", row.changed_by_name, describe::day_and_clock(row.changed_at, zone))
                }),
            }
        })
        .collect())
}

/// One message: its words, its places and how it arrives, in the words of `typed` when there are some that are not saved yet.
/// Administrators.
pub async fn template_page(
    desk: &Desk,
    call: &Call,
    code: &str,
    typed: Option<&TemplateInput>,
) -> Result<TemplatePage, ServiceError> {
    let organisation = administrator(call)?;
    let template = Template::from_code(code).ok_or(ServiceError::NotFound)?;
    let db = desk.store.reader();
    let samples = Samples::of(desk, db, organisation, call.now).await?;
    let row = store::own_words::find(db, organisation, template).await?;
    let own = row.as_ref().map(texts_of).unwrap_or_default();
    let shown = typed.map_or_else(|| own.clone(), |typed| typed.texts().tidy());
    let design = desk.ports.words.design(template);
    Ok(TemplatePage {
        template,
        version: row.map_or(0, |row| row.version),
        preview: preview(desk, template, &design, &shown, &samples),
        parts: design.parts().collect(),
        places: design
            .slots
            .iter()
            .map(|slot| PlaceLine { place: slot.place, may: slot.may.to_vec(), must: slot.must.to_vec() })
            .collect(),
        changes: changes::newest(db, organisation, Some(id_of(organisation, template)), samples.zone).await?,
        built_in: design.texts,
        own,
    })
}

fn preview(
    desk: &Desk,
    template: Template,
    design: &Design,
    texts: &Texts,
    samples: &Samples,
) -> TemplatePreview {
    let words = &desk.ports.words;
    let shown = words.render(template, texts, &samples.example(template));
    let longest = words.render(template, texts, &samples.longest());
    let has = |part: Part| !design.texts.get(part).is_empty();
    TemplatePreview {
        sms: has(Part::Sms).then(|| SmsPreview {
            segments: words.size(&shown.sms).segments as u64,
            most_segments: words.size(&longest.sms).segments as u64,
            text: shown.sms,
        }),
        subject: shown.subject,
        text: shown.text,
        push: has(Part::Push).then_some(shown.notice),
    }
}

/// Whether these words could be saved. Administrators. Writes nothing.
///
/// Errors: `Invalid` names each text that cannot be used.
pub async fn try_template(
    desk: &Desk,
    call: &Call,
    code: &str,
    input: &TemplateInput,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let template = Template::from_code(code).ok_or(ServiceError::NotFound)?;
    let samples = Samples::of(desk, desk.store.reader(), organisation, call.now).await?;
    match judge(desk, template, &input.texts().tidy(), &samples) {
        wrong if wrong.is_empty() => Ok(()),
        wrong => Err(ServiceError::Invalid(wrong)),
    }
}

/// What the form shows with the product's words in every text that is empty, to begin with. Administrators.
pub fn begun_template(
    desk: &Desk,
    call: &Call,
    code: &str,
    input: &TemplateInput,
) -> Result<TemplateInput, ServiceError> {
    administrator(call)?;
    let template = Template::from_code(code).ok_or(ServiceError::NotFound)?;
    let ours = desk.ports.words.design(template).texts;
    let begun = |typed: &str, ours: String| if typed.trim().is_empty() { ours } else { typed.to_owned() };
    Ok(TemplateInput {
        version: input.version.clone(),
        subject: begun(&input.subject, ours.subject),
        sms: begun(&input.sms, ours.sms),
        body: begun(&input.body, ours.body),
        action: begun(&input.action, ours.action),
        push: begun(&input.push, ours.push),
    })
}

/// Writes the organisation's own words of a message; from the next message on they are sent. Administrators.
///
/// Errors: `Invalid` names each text that cannot be used; `WordsChanged` when somebody else wrote meanwhile.
pub async fn save_template(
    desk: &Desk,
    call: &Call,
    code: &str,
    input: &TemplateInput,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let template = Template::from_code(code).ok_or(ServiceError::NotFound)?;
    let mut unit = match Unit::begin(desk, call, "save-template", &(template, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let before = store::own_words::find(&*unit.tx, organisation, template).await?;
    let version = before.as_ref().map_or(0, |row| row.version);
    if input.version.parse() != Ok(version) {
        return Err(Conflict::WordsChanged.into());
    }
    let samples = Samples::of(desk, &*unit.tx, organisation, call.now).await?;
    if let Some(wrong) = put(&mut unit, organisation, template, before, input.texts(), &samples).await? {
        return Err(ServiceError::Invalid(wrong));
    }
    unit.finish(()).await
}

/// Goes back to the product's words; what was written stays in the history. Administrators.
///
/// Errors: `WordsChanged` when somebody else wrote meanwhile.
pub async fn reset_template(desk: &Desk, call: &Call, code: &str, version: &str) -> Result<(), ServiceError> {
    let input = TemplateInput { version: version.to_owned(), ..TemplateInput::default() };
    save_template(desk, call, code, &input).await
}

/// Writes texts when they differ from what is there. The answer is what is wrong with them.
pub(super) async fn put(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    template: Template,
    before: Option<row::Model>,
    texts: Texts,
    samples: &Samples,
) -> Result<Option<Vec<FieldError>>, ServiceError> {
    let texts = own(unit.desk, template, texts);
    let old = before.as_ref().map(texts_of).unwrap_or_default();
    // What is there already stays, also when it could not be written today.
    if old == texts {
        return Ok(None);
    }
    let wrong = judge(unit.desk, template, &texts, samples);
    if !wrong.is_empty() {
        return Ok(Some(wrong));
    }
    let pair = |part: &Part| (part.code().to_owned(), old.get(*part).to_owned(), texts.get(*part).to_owned());
    let fields = Part::ALL.iter().map(pair).collect();
    let row = row::Model {
        organisation_id: organisation.0,
        template: template.code().to_owned(),
        version: before.map_or(0, |row| row.version),
        changed_at: unit.call.now.timestamp_millis(),
        changed_by_name: unit.call.actor.label(),
        subject: texts.subject,
        sms: texts.sms,
        body: texts.body,
        action: texts.action,
        push: texts.push,
    };
    match store::own_words::put(&unit.tx, row).await {
        Err(store::StoreError::Stale) => return Err(Conflict::WordsChanged.into()),
        done => done?,
    }
    let id = id_of(organisation, template);
    let subject = changes::Subject { organisation, entity: "template", id, name: template.code() };
    changes::record(unit, &subject, fields).await?;
    Ok(None)
}

/// What is kept of texts: one that says what the product says is none of their own, so that it improves with the product.
fn own(desk: &Desk, template: Template, texts: Texts) -> Texts {
    let (ours, mut own) = (desk.ports.words.design(template).texts, texts.tidy());
    for part in Part::ALL {
        if ours.get(*part) == own.get(*part) {
            own.set(*part, String::new());
        }
    }
    own
}

fn judge(desk: &Desk, template: Template, texts: &Texts, samples: &Samples) -> Vec<FieldError> {
    let wrong = desk.ports.words.faults(template, texts, &samples.longest(), &samples.names);
    wrong.into_iter().map(|wrong| FieldError::new(wrong.part.code(), wrong.fault.remedy())).collect()
}
