//! Ending mails by the address that stands in their head (RFC 8058), and asking for them again.

use domain::delivery::Channel;
use store::entity::message;

use crate::consent::{self, Said, Saying};
use crate::signed::{self, Use};
use crate::{Call, Desk, ServiceError, describe};

/// What is put before whoever opens the address.
pub const WORDING: &str = "No more e-mails to this address";

/// Which mailbox an address is about, masked, and whether its owner wants no mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub shown: String,
    pub is_stopped: bool,
}

/// The mailbox behind an address. Whoever has the mail may ask; it shows no more than whoever has it knows.
///
/// Errors: `NotFound` for an address that we did not sign.
pub async fn mailbox(desk: &Desk, name: &str) -> Result<Mailbox, ServiceError> {
    let row = mail(desk, name).await?;
    let point = store::consent::contact(desk.store.reader(), &row.channel, &row.address).await?;
    Ok(Mailbox {
        shown: describe::masked(&row.channel, &row.address),
        is_stopped: point.is_some_and(|point| point.stopped_at.is_some()),
    })
}

/// Writes down that the owner of the mailbox wants no mails any more, or wants them again. A code that they ask for still comes.
pub async fn say(desk: &Desk, call: &Call, name: &str, said: Said) -> Result<(), ServiceError> {
    let row = mail(desk, name).await?;
    let source = format!("mail:{}", row.id);
    let saying = Saying {
        channel: Channel::Email,
        address: &row.address,
        wording: WORDING,
        source: &source,
        organisation: Some(row.organisation_id),
        message: Some(row.id),
    };
    consent::say(desk, call, said, &saying).await
}

async fn mail(desk: &Desk, name: &str) -> Result<message::Model, ServiceError> {
    let id = signed::read(desk, Use::Unsubscribe, name).ok_or(ServiceError::NotFound)?;
    let row = store::messages::by_id(desk.store.reader(), id).await?;
    row.filter(|row| row.channel == Channel::Email.code()).ok_or(ServiceError::NotFound)
}
