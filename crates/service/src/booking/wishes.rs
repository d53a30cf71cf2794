//! What a patient needs at a visit, and when they like to come: it goes with the referral, and every search asks for it.

use contract::{WishesForm, WishesInput};
use domain::referral::{Act, transition_of};
use domain::{OrganisationId, ReferralId, language};
use scheduling::Wants;
use scheduling::waitlist::Wishes;
use serde_json::json;
use store::Db;
use store::entity::referral;

use super::waitlist;
use crate::unit::{Begun, Case, Unit, find_case};
use crate::{Call, Desk, ServiceError, describe};

/// What is kept of a referral.
fn of(row: &referral::Model) -> WishesInput {
    // It was checked when it was written.
    serde_json::from_str(&row.wishes).unwrap_or_default()
}

/// Whether somebody cannot manage steps.
pub(super) fn needs_no_steps(stored: &str) -> bool {
    serde_json::from_str::<WishesInput>(stored).unwrap_or_default().step_free == "1"
}

/// Adds them to what somebody on a list said: where there are steps is no place for who cannot manage them, and what they
/// like counts where they said nothing there. A language is liked, as when a time is chosen.
pub(super) fn add(
    stored: &str,
    own_language: Option<&str>,
    step_free: &[String],
    must: &mut Wishes,
    like: &mut Wishes,
) {
    let wishes: WishesInput = serde_json::from_str(stored).unwrap_or_default();
    if wishes.step_free == "1" {
        must.sites = match must.sites.is_empty() {
            true => step_free.to_vec(),
            false => must.sites.iter().filter(|site| step_free.contains(site)).cloned().collect(),
        };
        if must.sites.is_empty() {
            // An empty list would mean anywhere.
            must.sites.push("nowhere".to_owned());
        }
    }
    let days = waitlist::days(&wishes.weekdays, &wishes.parts);
    like.weekdays.extend(days.weekdays);
    like.parts.extend(days.parts);
    like.language = language_of(wishes, own_language);
}

/// Places of an organisation without steps.
pub(super) async fn step_free_sites(
    db: &impl Db,
    organisation: OrganisationId,
) -> Result<Vec<String>, ServiceError> {
    let sites = store::directory::sites_of(db, organisation).await?;
    Ok(sites.into_iter().filter(|site| site.step_free).map(|site| site.id.to_string()).collect())
}

/// What would be good: such times come first. A language that the referral does not name is the patient's own.
pub(super) fn liked(case: &Case) -> Wants {
    let wishes = of(&case.row);
    let days = waitlist::days(&wishes.weekdays, &wishes.parts);
    Wants {
        language: language_of(wishes, case.patient.language.as_deref()),
        weekdays: days.weekdays,
        parts: days.parts,
        ..Wants::default()
    }
}

/// The language in which they would be seen: what the referral names, or the patient's own.
fn language_of(wishes: WishesInput, own: Option<&str>) -> Option<String> {
    Some(wishes.language).filter(|tag| !tag.is_empty()).or_else(|| own.map(str::to_owned))
}

/// The same of what is stored of a referral.
pub(crate) fn language_in(stored: &str, own: Option<&str>) -> Option<String> {
    language_of(serde_json::from_str(stored).unwrap_or_default(), own)
}

/// The same of a stored referral.
pub(crate) fn language(row: &referral::Model, own: Option<&str>) -> Option<String> {
    language_of(of(row), own)
}

/// What they need to get in: other times are not offered.
pub(super) fn is_step_free(row: &referral::Model) -> bool {
    needs_no_steps(&row.wishes)
}

/// The question, with what is known. The patient and both sides.
pub async fn form(desk: &Desk, call: &Call, id: ReferralId) -> Result<WishesForm, ServiceError> {
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    desk.record_read(call, case.touched("referral")).await?;
    let mut now = of(&case.row);
    if now.language.is_empty() {
        now.language = case.patient.language.clone().unwrap_or_default();
    }
    Ok(WishesForm {
        referral: id.to_string(),
        patient: describe::patient(&case),
        clinic: case.service.name.clone(),
        now,
        may_change: case
            .roles_of(&call.actor)
            .into_iter()
            .any(|role| transition_of(case.kind(), case.state, Act::NoteWishes, role).is_ok()),
    })
}

/// Notes what the patient needs and likes. The patient, and both sides for them.
pub async fn note(desk: &Desk, call: &Call, id: ReferralId, input: &WishesInput) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "note-wishes", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::NoteWishes).await?;
    let read = read(input)?;
    if read == of(&case.row) {
        unit.record("note-wishes", &case.touched("referral"));
        return unit.finish(()).await;
    }
    let said = said(&read);
    case.row.wishes =
        serde_json::to_string(&read).map_err(|error| ServiceError::Broken(error.to_string()))?;
    unit.apply(&mut case, Act::NoteWishes, Some(&said), None, json!({})).await?;
    // Other times suit than before: the waiting list looks again.
    unit.frees_time();
    unit.finish(()).await
}

fn read(input: &WishesInput) -> Result<WishesInput, ServiceError> {
    let tag = input.language.trim().to_lowercase();
    if !tag.is_empty() && !language::is_tag(&tag) {
        return Err(ServiceError::invalid("language", "Choose a language from the list."));
    }
    let (weekdays, parts) = waitlist::chosen(&input.weekdays, &input.parts)?;
    let step_free = if input.step_free == "1" { "1" } else { "" };
    Ok(WishesInput { language: tag, step_free: step_free.to_owned(), weekdays, parts })
}

/// In a line of the history; never free text.
fn said(wishes: &WishesInput) -> String {
    let days = waitlist::wishes_in_words(&wishes.weekdays, &wishes.parts);
    let all = [
        (!wishes.language.is_empty()).then(|| format!("Language: {}", language::name(&wishes.language))),
        (wishes.step_free == "1").then(|| "No steps".to_owned()),
        (!days.is_empty()).then(|| format!("Best {days}")),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    if all.is_empty() { "Nothing in particular".to_owned() } else { all.join("; ") }
}
