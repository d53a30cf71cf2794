//! A number, or "never": a document in TOML has no word for nothing, and what is left out is the product's own.

use serde::{Deserialize, Deserializer, Serializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u32),
    Word(String),
}

#[allow(clippy::ref_option, reason = "serde asks with a reference")]
pub(super) fn serialize<S: Serializer>(number: &Option<u32>, to: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => to.serialize_u32(*number),
        None => to.serialize_str("never"),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    match Option::<Written>::deserialize(from)? {
        None => Ok(None),
        Some(Written::Number(number)) => Ok(Some(number)),
        Some(Written::Word(word)) if word == "never" => Ok(None),
        Some(Written::Word(_)) => Err(serde::de::Error::custom("write a number, or \"never\"")),
    }
}
