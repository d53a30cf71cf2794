//! Messages in an organisation's own words: read, tried out, written, approved. Data with versions, for each language.

mod page;
mod real;
mod samples;
mod tried;
mod versions;

use contract::{FieldError, SmsPreview, TemplateInput, TemplatePreview, WordsPreview};
use domain::template::{Design, Part, Template, Texts};
use domain::{OrganisationId, language};
use store::words::Which;

pub use page::{template_page, templates_page};
pub use real::{preview_of, referral_by_reference};
pub(crate) use samples::Samples;
pub use tried::send_test;
pub(crate) use versions::holders;
pub(super) use versions::{Written, approve, is_alone, put};
pub use versions::{approve_template, reset_template, restore_template, save_template};

use super::administrator;
use crate::own_words::chosen;
use crate::ports::{MessageFacts, Rendered};
use crate::{Call, Desk, ServiceError};

/// A message in a language that it can have: every message in the product's own, and one to a patient in any.
///
/// Errors: `NotFound` for what is no message, or no language of it.
fn known(code: &str, tag: &str) -> Result<(Template, String), ServiceError> {
    let template = Template::from_code(code).ok_or(ServiceError::NotFound)?;
    let tag = language::written(tag);
    let can = language::is_tag(&tag) && (template.is_for_patient() || tag == language::PRODUCT);
    if can { Ok((template, tag)) } else { Err(ServiceError::NotFound) }
}

/// Where words of a message are written when nobody names a language: in that of the organisation, or, to colleagues, in the
/// product's.
async fn home(db: &impl store::Db, organisation: OrganisationId, code: &str) -> Result<String, ServiceError> {
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let is_for_patient = Template::from_code(code).is_some_and(Template::is_for_patient);
    Ok(if is_for_patient { row.language } else { language::PRODUCT.to_owned() })
}

/// The message and language that a page is about; without a language that of the organisation.
async fn asked(
    db: &impl store::Db,
    organisation: OrganisationId,
    code: &str,
    tag: Option<&str>,
) -> Result<(Template, String), ServiceError> {
    match tag {
        Some(tag) => known(code, tag),
        None => known(code, &home(db, organisation, code).await?),
    }
}

fn which(organisation: OrganisationId, template: Template, language: &str) -> Which<'_> {
    Which { organisation, template, language }
}

fn preview(
    desk: &Desk,
    template: Template,
    texts: &Texts,
    example: &MessageFacts,
    longest: &MessageFacts,
) -> TemplatePreview {
    let words = &desk.ports.words;
    let design = words.design(template);
    let shown = words.render(template, texts, example);
    let longest = words.render(template, texts, longest);
    as_it_arrives(desk, &design, shown, &longest.sms)
}

/// `longest` is the text message with the longest values.
fn as_it_arrives(desk: &Desk, design: &Design, shown: Rendered, longest: &str) -> TemplatePreview {
    let has = |part: Part| !design.texts.get(part).is_empty();
    TemplatePreview {
        sms: has(Part::Sms).then(|| sms_preview(desk, shown.sms, longest)),
        subject: shown.subject,
        text: shown.text,
        push: has(Part::Push).then_some(shown.notice),
    }
}

fn sms_preview(desk: &Desk, text: String, longest: &str) -> SmsPreview {
    let cost = desk.ports.words.size(&text);
    SmsPreview {
        encoding: cost.encoding.to_owned(),
        units: cost.units as u64,
        segments: cost.segments as u64,
        most_segments: desk.ports.words.size(longest).segments as u64,
        text,
    }
}

/// What a text message would cost in words that somebody is writing. Administrators; of messages to many, whoever may send them. Writes and records nothing: there is
/// nothing of anybody in it.
pub async fn template_cost(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    sms: &str,
) -> Result<SmsPreview, ServiceError> {
    // Whoever writes to many writes the words of these messages.
    let organisation = match Template::from_code(code).is_some_and(Template::is_for_many) {
        true => crate::to_many::sender(call)?,
        false => administrator(call)?,
    };
    let db = desk.store.reader();
    let (template, language) = asked(db, organisation, code, tag).await?;
    let samples = Samples::of(desk, db, organisation, call.now).await?;
    let texts = Texts { sms: sms.to_owned(), ..Texts::default() }.tidy();
    let words = &desk.ports.words;
    let longest = words.render(template, &texts, &samples.longest(&language));
    let shown = words.render(template, &texts, &samples.example(template, &language));
    Ok(sms_preview(desk, shown.sms, &longest.sms))
}

/// What a patient who reads a language would get now, with example data; without a language in that of the organisation. For
/// the command line. Nothing of anybody is in it.
///
/// Errors: `NotFound` for what is no organisation, message or language.
pub async fn words_preview(
    desk: &Desk,
    call: &Call,
    wanted: OrganisationId,
    code: &str,
    tag: Option<&str>,
) -> Result<WordsPreview, ServiceError> {
    let organisation = super::config::configures(call, Some(wanted))?;
    let db = desk.store.reader();
    let (template, tag) = asked(db, organisation, code, tag).await?;
    let samples = Samples::of(desk, db, organisation, call.now).await?;
    let live = store::words::live_of_all(db, organisation).await?;
    let chosen = chosen(&live, template, &[&tag, &samples.language]);
    let newest = store::words::newest(db, which(organisation, template, &chosen.language)).await?;
    let (example, longest) = (samples.example(template, &chosen.language), samples.longest(&chosen.language));
    Ok(WordsPreview {
        preview: preview(desk, template, &chosen.texts, &example, &longest),
        problems: judge(desk, template, &chosen.language, &chosen.texts, &samples),
        draft: newest.filter(|row| row.approved_at.is_none()).map(|row| row.version),
        language: chosen.language,
        version: chosen.version,
        template,
    })
}

/// Whether these words could be saved. Administrators. Writes nothing.
///
/// Errors: `Invalid` names each text that cannot be used.
pub async fn try_template(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    input: &TemplateInput,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let (template, language) = asked(db, organisation, code, tag).await?;
    let samples = Samples::of(desk, db, organisation, call.now).await?;
    match judge(desk, template, &language, &input.texts().tidy(), &samples) {
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

fn judge(desk: &Desk, template: Template, tag: &str, texts: &Texts, samples: &Samples) -> Vec<FieldError> {
    let wrong = desk.ports.words.faults(template, texts, &samples.longest(tag), &samples.names);
    wrong.into_iter().map(|wrong| FieldError::new(wrong.part.code(), wrong.fault.remedy())).collect()
}
