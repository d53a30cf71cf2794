//! The pages of messages' words.

use std::collections::BTreeMap;

use contract::{
    LanguageLine, LetterPiece, PlaceLine, TemplateInput, TemplateLine, TemplatePage, WordsDraft, WordsVersion,
};
use domain::template::{Part, Template, Texts};
use domain::{OrganisationId, language};
use store::entity::words_version as row;

use super::super::administrator;
use super::versions::{is_approvable, person_of, template_of};
use super::{Samples, asked, preview, which};
use crate::own_words::texts_of;
use crate::referrals::pieces;
use crate::{Call, Desk, ServiceError, describe};

/// Versions that are shown.
const MOST_VERSIONS: u64 = 30;

/// Every message, and whether the organisation has words of its own. Administrators.
pub async fn templates_page(desk: &Desk, call: &Call) -> Result<Vec<TemplateLine>, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let own = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = own.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let newest = store::words::newest_of_all(db, organisation).await?;
    let live = store::words::live_of_all(db, organisation).await?;
    Ok(Template::ALL
        .iter()
        .map(|template| {
            let last = newest
                .iter()
                .filter(|row| template_of(row) == Some(*template))
                .max_by_key(|row| row.written_at);
            TemplateLine {
                template: *template,
                languages: languages(&newest, &live, *template),
                changed: last.map_or(String::new(), |row| {
                    format!("{}, {}", row.written_by_name, describe::day_and_clock(row.written_at, zone))
                }),
            }
        })
        .collect())
}

/// The languages in which something is written, by name.
fn languages(newest: &[row::Model], live: &[row::Model], template: Template) -> Vec<LanguageLine> {
    let of = |rows: &[row::Model]| -> BTreeMap<String, row::Model> {
        let rows = rows.iter().filter(|row| template_of(row) == Some(template));
        rows.map(|row| (row.language.clone(), row.clone())).collect()
    };
    let live = of(live);
    let mut lines: Vec<LanguageLine> = of(newest)
        .into_iter()
        .map(|(tag, row)| LanguageLine {
            name: language::name(&tag).to_owned(),
            is_own: live.get(&tag).is_some_and(|row| !texts_of(row).is_empty()),
            waits: row.approved_at.is_none(),
            tag,
        })
        .filter(|line| line.is_own || line.waits)
        .collect();
    lines.sort_by(|one, other| one.name.cmp(&other.name));
    lines
}

/// One message: its words, its places and how it arrives, in the words of `typed` when there are some that are not saved yet;
/// else in the newest ones, draft or not. Administrators. `tag` is the language; none is that of the organisation.
pub async fn template_page(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    typed: Option<&TemplateInput>,
) -> Result<TemplatePage, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let (template, tag) = asked(db, organisation, code, tag).await?;
    let which = which(organisation, template, &tag);
    let samples = Samples::of(desk, db, organisation, call.now).await?;
    let versions = store::words::versions(db, which, MOST_VERSIONS + 1).await?;
    let newest = versions.first();
    let live = store::words::live(db, which).await?;
    let own = newest.map(texts_of).unwrap_or_default();
    let shown = typed.map_or_else(|| own.clone(), |typed| typed.texts().tidy());
    let design = desk.ports.words.design(template);
    let draft = match newest.filter(|row| row.approved_at.is_none()) {
        Some(row) => Some(WordsDraft {
            version: row.version,
            who: row.written_by_name.clone(),
            when: describe::day_and_clock(row.written_at, samples.zone),
            may_approve: is_approvable(db, call, which, row).await?,
            differences: differences(&live.as_ref().map(texts_of).unwrap_or_default(), &own),
        }),
        None => None,
    };
    let live_version = live.as_ref().map_or(0, |row| row.version);
    Ok(TemplatePage {
        template,
        language_name: language::name(&tag).to_owned(),
        languages: offered(db, organisation, template, &samples.language).await?,
        is_house_language: tag == samples.language,
        version: newest.map_or(0, |row| row.version),
        live_version,
        preview: preview(desk, template, &shown, &samples.example(template, &tag), &samples.longest(&tag)),
        parts: design.parts().collect(),
        places: design
            .slots
            .iter()
            .map(|slot| PlaceLine { place: slot.place, may: slot.may.to_vec(), must: slot.must.to_vec() })
            .collect(),
        built_in: design.texts,
        own,
        draft,
        versions: lines(&versions, live_version, samples.zone),
        mail: mail_of(db, call, organisation).await?,
        language: tag,
    })
}

/// Where one could write: the product's language, the organisation's, all that are written, and the commoner ones.
async fn offered(
    db: &impl store::Db,
    organisation: OrganisationId,
    template: Template,
    house: &str,
) -> Result<Vec<LanguageLine>, ServiceError> {
    if !template.is_for_patient() {
        return Ok(Vec::new());
    }
    let newest = store::words::newest_of_all(db, organisation).await?;
    let live = store::words::live_of_all(db, organisation).await?;
    let mut lines = languages(&newest, &live, template);
    let others = language::NAMED.iter().map(|(tag, _)| *tag).filter(|tag| *tag != "bfi");
    for tag in others.chain([house]) {
        if lines.iter().all(|line| line.tag != tag) {
            let name = language::name(tag).to_owned();
            lines.push(LanguageLine { tag: tag.to_owned(), name, is_own: false, waits: false });
        }
    }
    lines.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(lines)
}

fn lines(versions: &[row::Model], live: i64, zone: chrono_tz::Tz) -> Vec<WordsVersion> {
    versions
        .iter()
        .take(usize::try_from(MOST_VERSIONS).unwrap_or(usize::MAX))
        .enumerate()
        .map(|(at, row)| {
            let texts = texts_of(row);
            let before = versions.get(at + 1).map(texts_of).unwrap_or_default();
            let approved = row.approved_by_name.as_ref().zip(row.approved_at);
            WordsVersion {
                version: row.version,
                who: row.written_by_name.clone(),
                when: describe::day_and_clock(row.written_at, zone),
                approved: approved.map_or(String::new(), |(who, at)| {
                    format!("{who}, {}", describe::day_and_clock(at, zone))
                }),
                is_live: row.version == live,
                from_version: row.from_version,
                is_product: texts.is_empty(),
                differences: differences(&before, &texts),
            }
        })
        .collect()
}

/// What differs, by text.
fn differences(before: &Texts, after: &Texts) -> Vec<(Part, Vec<LetterPiece>)> {
    let parts = Part::ALL.iter().copied().filter(|part| before.get(*part) != after.get(*part));
    parts.map(|part| (part, pieces(before.get(part), after.get(part)))).collect()
}

/// The address of whoever looks.
async fn mail_of(
    db: &impl store::Db,
    call: &Call,
    organisation: OrganisationId,
) -> Result<String, ServiceError> {
    let Some(person) = person_of(call) else {
        return Ok(String::new());
    };
    let row = store::people::find(db, organisation, person).await?;
    Ok(row.map_or(String::new(), |row| row.email))
}
