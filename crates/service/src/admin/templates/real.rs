//! A message as it would say something about a real referral.

use contract::RealPreview;
use domain::policy::Relation;
use domain::template::Place;
use domain::{OrganisationId, ReferralId, language};
use store::referrals::Scope;

use super::super::administrator;
use super::{Samples, as_it_arrives, asked, which};
use crate::booking::wishes;
use crate::own_words::{chosen, texts_of, wanted};
use crate::ports::MessageFacts;
use crate::unit::{Case, complete_case, touched};
use crate::{Call, Desk, ServiceError, facts, ids};

/// The referral of this number, to look at a message with it. Administrators; says nothing of it.
///
/// Errors: `Invalid` for a number that is none of a referral to this organisation whose patient gets messages.
pub async fn referral_by_reference(
    desk: &Desk,
    call: &Call,
    reference: &str,
) -> Result<ReferralId, ServiceError> {
    let organisation = administrator(call)?;
    let reference = ids::tidy_reference(reference);
    let found = store::referrals::find_by_reference(
        desk.store.reader(),
        Scope::Organisation(organisation),
        &reference,
    )
    .await?;
    let found = found.filter(|row| is_written_to(row, organisation));
    found.map(|row| ReferralId(row.id)).ok_or_else(|| {
        let remedy = "No referral to your organisation whose patient gets messages has this number. It looks like WM-7K3Q-92PD.";
        ServiceError::invalid("reference", remedy)
    })
}

/// How the newest words, draft or not, would say it to the patient of a referral to this organisation: first name, times, phone
/// and number are theirs; a link opens nothing, and what there is no value for is an example. Administrators. A look at the
/// referral, which its patient sees.
///
/// Errors: `NotFound` for a referral elsewhere, one that is not sent, or whose patient gets no messages, and for a message
/// that does not go to patients.
pub async fn preview_of(
    desk: &Desk,
    call: &Call,
    code: &str,
    tag: Option<&str>,
    id: ReferralId,
) -> Result<RealPreview, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let (template, tag) = asked(db, organisation, code, tag).await?;
    let row = store::referrals::find(db, Scope::Organisation(organisation), id).await?;
    let row = row.filter(|row| is_written_to(row, organisation) && template.is_for_patient());
    let case = complete_case(db, row.ok_or(ServiceError::NotFound)?, Relation::Receiving).await?;
    desk.record_read(call, touched(&case.row, "referral")).await?;
    let samples = Samples::of(desk, db, organisation, call.now).await?;
    let newest = store::words::newest(db, which(organisation, template, &tag)).await?;
    let live = store::words::live_of_all(db, organisation).await?;
    let (facts, examples) = facts_of(db, &case, samples.example(template, &tag)).await?;
    let languages = wanted(&facts, case.patient.language.as_deref());
    let theirs = chosen(&live, template, &languages).language;
    let design = desk.ports.words.design(template);
    let words = &desk.ports.words;
    let shown = words.render(template, &newest.as_ref().map(texts_of).unwrap_or_default(), &facts);
    let sms = shown.sms.clone();
    let has = |place: &Place| design.slots.iter().any(|slot| slot.place == *place);
    Ok(RealPreview {
        template,
        language_name: language::name(&tag).to_owned(),
        version: newest.as_ref().map_or(0, |row| row.version),
        is_draft: newest.is_some_and(|row| row.approved_at.is_none()),
        reference: case.row.reference.clone(),
        patient_language: language::name(&theirs).to_owned(),
        examples: examples.into_iter().filter(has).collect(),
        preview: as_it_arrives(desk, &design, shown, &sms),
        language: tag,
    })
}

fn is_written_to(row: &store::entity::referral::Model, organisation: OrganisationId) -> bool {
    row.organisation_id == organisation.0 && row.state != "draft" && row.patient_sees
}

/// What a message would say of the referral now, and for what an example stands in.
async fn facts_of(
    db: &impl store::Db,
    case: &Case,
    example: MessageFacts,
) -> Result<(MessageFacts, Vec<Place>), ServiceError> {
    let all = store::appointments::of_referral(db, case.organisation_id(), case.id()).await?;
    let visit = all.iter().rfind(|visit| visit.state == "booked").or_else(|| all.last());
    let mut examples = vec![Place::Code];
    let mut said = MessageFacts {
        first_name: case.patient.given.split_whitespace().next().unwrap_or_default().to_owned(),
        organisation: case.organisation.name.clone(),
        phone: case.service.phone.clone().or_else(|| case.organisation.phone.clone()),
        reference: case.row.reference.clone(),
        wanted_language: wishes::language(&case.row, None).unwrap_or_default(),
        house_language: case.organisation.language.clone(),
        ..example
    };
    match visit {
        Some(visit) => {
            said.visit = Some((facts::instant(visit.start_at), visit.zone.parse().unwrap_or(case.zone())));
            match visit.hold_expires_at {
                Some(until) => said.until = Some(facts::instant(until)),
                None => examples.push(Place::Until),
            }
        }
        None => examples.extend([Place::When, Place::Until]),
    }
    Ok((said, examples))
}
