//! Messages in an organisation's own words.

use domain::OrganisationId;
use domain::template::{Template, Texts};
use store::entity::own_words;
use uuid::Uuid;

use crate::reasons::named;

pub(crate) fn texts_of(row: &own_words::Model) -> Texts {
    Texts {
        subject: row.subject.clone(),
        sms: row.sms.clone(),
        body: row.body.clone(),
        action: row.action.clone(),
        push: row.push.clone(),
    }
}

/// Under which id the history keeps what an organisation wrote of a message. It is always the same.
pub(crate) fn id_of(organisation: OrganisationId, template: Template) -> Uuid {
    named(organisation, &format!("template:{template}"))
}
