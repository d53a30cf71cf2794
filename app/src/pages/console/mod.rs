//! What the staff's pages share: the frame, the navigation by role, what the last act did, and small helpers.

mod frame;
mod outcome;

pub use frame::{Console, Section, first_page, said};
pub use outcome::{done, id, outcome, prefixed, unprefixed};

use crate::components::{Choice, Href};

/// An address of our own, as it may stand in a link or a form.
pub fn to(address: impl Into<String>) -> String {
    Href::from(address.into()).as_str().to_owned()
}

/// A fresh key for a form, so that a repeat is recognised.
pub fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Choices of a read model as a form control shows them.
pub fn choices(from: &[contract::Choice]) -> Vec<Choice> {
    from.iter()
        .map(|choice| Choice {
            value: choice.value.clone(),
            label: choice.label.clone(),
            hint: choice.hint.clone(),
        })
        .collect()
}

/// An address with the parts of a query that are not empty.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let kept: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    match serde_urlencoded::to_string(kept) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_only_what_is_set_and_encodes_it() {
        assert_eq!(with_query("/worklist", &[("state", ""), ("q", "")]), "/worklist");
        assert_eq!(
            with_query("/worklist", &[("state", "sent"), ("q", "a&b c")]),
            "/worklist?state=sent&q=a%26b+c"
        );
    }
}
