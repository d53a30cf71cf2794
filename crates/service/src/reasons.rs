//! Coded reasons and canned replies, as forms offer them. Each side has those of its own organisation.

use contract::{ReasonChoice, ReplyChoice};
use domain::policy::Relation;
use domain::reason::{ACTS, Comment, PATIENT_CANCELS, STANDARD};
use domain::referral::Act;
use domain::{OrganisationId, ReferralId, reply};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Db;
use store::entity::{reason, reply as reply_row};
use uuid::Uuid;

use crate::unit::{Case, Unit, find_case};
use crate::{Call, Desk, ServiceError};

/// A reason that somebody chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub code: String,
    pub label: String,
    pub comment: Comment,
}

impl Chosen {
    /// As the event keeps it: the label may change later.
    pub fn detail(&self) -> Value {
        json!({ "code": self.code, "label": self.label })
    }
}

/// An organisation's reasons: its own, or the product's while it has changed none.
pub(crate) async fn all(
    db: &impl Db,
    organisation: OrganisationId,
) -> Result<Vec<reason::Model>, ServiceError> {
    let own = store::reasons::reasons(db, organisation).await?;
    Ok(if own.is_empty() { standard(organisation) } else { own })
}

/// The product's reasons as rows of an organisation. Their ids are always the same.
pub(crate) fn standard(organisation: OrganisationId) -> Vec<reason::Model> {
    STANDARD
        .iter()
        .zip(0..)
        .map(|(known, position)| reason::Model {
            organisation_id: organisation.0,
            id: named(organisation, &format!("reason:{}:{}", known.act, known.code)),
            act: known.act.code().to_owned(),
            code: known.code.to_owned(),
            label: known.label.to_owned(),
            comment_forced: known.comment == Comment::Forced,
            patient_line: known.patient_line.to_owned(),
            active: true,
            position,
        })
        .collect()
}

/// An organisation's canned replies: its own, or the product's while it has changed none.
pub(crate) async fn replies(
    db: &impl Db,
    organisation: OrganisationId,
) -> Result<Vec<reply_row::Model>, ServiceError> {
    let own = store::reasons::replies(db, organisation).await?;
    Ok(if own.is_empty() { standard_replies(organisation) } else { own })
}

/// The product's replies as rows of an organisation. Their ids are always the same.
pub(crate) fn standard_replies(organisation: OrganisationId) -> Vec<reply_row::Model> {
    reply::STANDARD
        .iter()
        .map(|known| reply_row::Model {
            organisation_id: organisation.0,
            id: named(organisation, &format!("reply:{}", known.title)),
            title: known.title.to_owned(),
            text: known.text.to_owned(),
            audience: known.audience.code().to_owned(),
            act: known.act.to_owned(),
            active: true,
        })
        .collect()
}

/// An id that follows from a name (RFC 9562 section 5.8).
pub(crate) fn named(organisation: OrganisationId, name: &str) -> Uuid {
    let hash = Sha256::new().chain_update(organisation.0).chain_update(name).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The reason that was chosen for an act; `None` when none was.
///
/// Errors: `Invalid` when it is not on the list of the actor's organisation.
pub(crate) async fn chosen(unit: &Unit<'_>, act: Act, code: &str) -> Result<Option<Chosen>, ServiceError> {
    if code.is_empty() {
        return Ok(None);
    }
    let unknown = || ServiceError::invalid("reason", "Choose a reason from the list.");
    let organisation = unit.call.actor.organisation().ok_or_else(unknown)?;
    let all = all(&*unit.tx, organisation).await?;
    let row = all.into_iter().find(|row| row.active && row.act == act.code() && row.code == code);
    let row = row.ok_or_else(unknown)?;
    let comment = if row.comment_forced { Comment::Forced } else { Comment::Free };
    Ok(Some(Chosen { code: row.code, label: row.label, comment }))
}

/// Why a patient gives a time back; they need not say.
pub(crate) fn of_patient(code: &str) -> Result<Chosen, ServiceError> {
    let known = match code {
        "" => PATIENT_CANCELS.first(),
        code => PATIENT_CANCELS.iter().find(|(known, _)| *known == code),
    };
    let (code, label) =
        known.ok_or_else(|| ServiceError::invalid("reason", "Choose one of the reasons, or none."))?;
    Ok(Chosen { code: (*code).to_owned(), label: (*label).to_owned(), comment: Comment::Free })
}

/// Whether the actor's organisation offers reasons for an act.
pub(crate) async fn are_offered(unit: &Unit<'_>, act: Act) -> Result<bool, ServiceError> {
    let Some(organisation) = unit.call.actor.organisation() else {
        return Ok(false);
    };
    let all = all(&*unit.tx, organisation).await?;
    Ok(all.iter().any(|row| row.active && row.act == act.code()))
}

/// What the history says: what was typed, else the reason's own words.
///
/// Errors: `Invalid` for `field` when the reason is too general to stand alone, or when there is neither.
pub(crate) fn why<'a>(
    chosen: Option<&'a Chosen>,
    typed: &'a str,
    field: &str,
    remedy: &str,
) -> Result<&'a str, ServiceError> {
    match chosen {
        _ if !typed.is_empty() => Ok(typed),
        Some(chosen) if chosen.comment == Comment::Free => Ok(&chosen.label),
        Some(chosen) => Err(ServiceError::invalid(
            field,
            format!("“{}” says too little alone. Add a few words.", chosen.label),
        )),
        None => Err(ServiceError::invalid(field, remedy)),
    }
}

/// The detail of an event with the reason that was chosen.
pub(crate) fn with_reason(mut detail: Value, chosen: Option<&Chosen>) -> Value {
    if let (Some(chosen), Some(object)) = (chosen, detail.as_object_mut()) {
        object.insert("reason".to_owned(), chosen.detail());
    }
    detail
}

/// What forms offer whoever calls.
pub(crate) async fn offered(
    db: &impl Db,
    call: &Call,
) -> Result<(Vec<ReasonChoice>, Vec<ReplyChoice>), ServiceError> {
    let Some(organisation) = call.actor.organisation() else {
        return Ok(Default::default());
    };
    let reasons = all(db, organisation).await?.into_iter().filter(|row| row.active);
    let replies = replies(db, organisation).await?.into_iter().filter(|row| row.active);
    Ok((
        reasons
            .filter_map(|row| {
                Some(ReasonChoice { act: known_act(&row.act)?, code: row.code, label: row.label })
            })
            .collect(),
        replies
            .map(|row| ReplyChoice {
                id: row.id.to_string(),
                title: row.title,
                is_for_patient: row.audience == "patient",
                act: known_act(&row.act),
            })
            .collect(),
    ))
}

fn known_act(code: &str) -> Option<Act> {
    Act::from_code(code).filter(|act| ACTS.contains(act))
}

/// A canned reply with its places filled for a referral, which is a read of it. Staff who see the referral; of their own
/// organisation's replies.
///
/// Errors: `Invalid` for `reply` when none of the list was chosen.
pub async fn filled_reply(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    chosen: &str,
) -> Result<String, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    let organisation = staff_of(call, &case)?;
    let row =
        replies(db, organisation).await?.into_iter().find(|row| row.active && row.id.to_string() == chosen);
    let row = row.ok_or_else(|| ServiceError::invalid("reply", "Choose a reply from the list first."))?;
    desk.record_read(call, case.touched("referral")).await?;
    let phone = case.service.phone.as_deref().or(case.organisation.phone.as_deref()).unwrap_or_default();
    let filling = reply::Filling {
        first_name: case.patient.given.split_whitespace().next().unwrap_or_default(),
        service: &case.service.name,
        phone,
    };
    Ok(reply::fill(&row.text, &filling))
}

/// What the patient could read with a reason; empty when nothing is suggested, or when the patient does not see it. Staff
/// who see the referral. Nothing of the referral is given out; that somebody was about to act on it is recorded.
pub async fn suggested_line(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    act: Act,
    code: &str,
) -> Result<String, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    let organisation = staff_of(call, &case)?;
    if !case.row.patient_sees {
        return Ok(String::new());
    }
    let all = all(db, organisation).await?;
    let row = all.into_iter().find(|row| row.active && row.act == act.code() && row.code == code);
    let line = row.map_or(String::new(), |row| row.patient_line);
    if !line.is_empty() {
        desk.record_read(call, case.touched("referral")).await?;
    }
    Ok(line)
}

fn staff_of(call: &Call, case: &Case) -> Result<OrganisationId, ServiceError> {
    match (case.relation, call.actor.organisation()) {
        (Relation::Receiving | Relation::Referring, Some(organisation)) => Ok(organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(comment: Comment) -> Chosen {
        Chosen { code: "x".into(), label: "Because".into(), comment }
    }

    #[test]
    fn a_reason_speaks_for_itself_unless_it_is_too_general() {
        let (free, forced) = (chosen(Comment::Free), chosen(Comment::Forced));
        for (reason, typed, expected) in [
            (Some(&free), "", Some("Because")),
            (Some(&free), "More", Some("More")),
            (Some(&forced), "", None),
            (Some(&forced), "More", Some("More")),
            (None, "", None),
            (None, "More", Some("More")),
        ] {
            assert_eq!(why(reason, typed, "text", "Say why.").ok(), expected, "{reason:?} {typed}");
        }
    }

    #[test]
    fn the_product_s_own_list_has_the_same_ids_each_time_and_none_twice() {
        let organisation = OrganisationId(Uuid::from_u128(7));
        let ids: Vec<Uuid> = standard(organisation).into_iter().map(|row| row.id).collect();
        assert_eq!(ids, standard(organisation).into_iter().map(|row| row.id).collect::<Vec<_>>());
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
    }
}
