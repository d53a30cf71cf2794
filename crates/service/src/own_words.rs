//! Messages in an organisation's own words.

use domain::template::{Template, Texts};
use domain::{OrganisationId, language};
use store::entity::words_version;
use uuid::Uuid;

use crate::ports::MessageFacts;
use crate::reasons::named;

/// The words that are used for somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// BCP 47, small letters.
    pub language: String,
    /// 0: the product's own.
    pub version: i64,
    pub texts: Texts,
}

/// The words of a message in the first language that is wanted and written. `live` are the organisation's approved words.
/// Colleagues are always written to in the product's language, in which the console is too.
pub(crate) fn chosen(live: &[words_version::Model], template: Template, wanted: &[&str]) -> Chosen {
    let of: Vec<_> = live.iter().filter(|row| row.template == template.code()).collect();
    let wanted = if template.is_for_patient() { wanted } else { &[] };
    // What was given up again in a language is not written in it.
    let written: Vec<&str> =
        of.iter().filter(|row| !texts_of(row).is_empty()).map(|row| row.language.as_str()).collect();
    let language = language::chosen(wanted, &written);
    match of.into_iter().find(|row| row.language == language) {
        Some(row) => Chosen { version: row.version, texts: texts_of(row), language },
        None => Chosen { language, ..Chosen::default() },
    }
}

/// The languages in which a patient is written to, the best first: that in which they want to be seen, their own, and the
/// organisation's.
pub(crate) fn wanted<'a>(facts: &'a MessageFacts, own: Option<&'a str>) -> Vec<&'a str> {
    let all = [facts.wanted_language.as_str(), own.unwrap_or_default(), facts.house_language.as_str()];
    all.into_iter().filter(|tag| !tag.is_empty()).collect()
}

pub(crate) fn texts_of(row: &words_version::Model) -> Texts {
    Texts {
        subject: row.subject.clone(),
        sms: row.sms.clone(),
        body: row.body.clone(),
        action: row.action.clone(),
        push: row.push.clone(),
    }
}

/// Under which id the history keeps what an organisation wrote of a message in a language. It is always the same.
pub(crate) fn id_of(organisation: OrganisationId, template: Template, tag: &str) -> Uuid {
    match tag {
        language::PRODUCT => named(organisation, &format!("template:{template}")),
        tag => named(organisation, &format!("template:{template}:{tag}")),
    }
}

/// How the history names it.
pub(crate) fn name_of(template: Template, tag: &str) -> String {
    match tag {
        language::PRODUCT => template.code().to_owned(),
        tag => format!("{template} {tag}"),
    }
}
