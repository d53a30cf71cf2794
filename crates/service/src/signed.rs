//! Names of messages that nobody can make up: in the address that ends reminders, and in that to which mail servers report.

use domain::MessageId;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::Desk;

/// Digits of the signature: 80 bits, so that the whole fits before the `@` of an address.
const SIGNATURE: usize = 20;

/// What a name is good for. One for the other is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Unsubscribe,
    Bounce,
}

impl Use {
    fn label(self) -> &'static str {
        match self {
            Use::Unsubscribe => "unsubscribe 1",
            Use::Bounce => "bounce 1",
        }
    }
}

/// The signed name of a message: small letters, digits and a hyphen.
pub(crate) fn name(desk: &Desk, what: Use, id: uuid::Uuid) -> String {
    let keys = desk.ports.secrets.derived(what.label());
    keys.first().map_or(String::new(), |key| format!("{}-{}", id.simple(), signature(key, id)))
}

/// The message behind a name; `None` for whatever we did not sign.
pub fn read(desk: &Desk, what: Use, name: &str) -> Option<MessageId> {
    let name = name.to_ascii_lowercase();
    let (id, given) = name.split_once('-')?;
    let id = uuid::Uuid::try_parse(id).ok()?;
    let keys = desk.ports.secrets.derived(what.label());
    // Equal hashes of what is compared: the time says nothing about where they differ.
    let is_ours = keys.iter().any(|key| crate::ids::hashed(&signature(key, id)) == crate::ids::hashed(given));
    is_ours.then_some(MessageId(id))
}

fn signature(key: &[u8; 32], id: uuid::Uuid) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(id.as_bytes());
    hex::encode(mac.finalize().into_bytes())[..SIGNATURE].to_owned()
}
