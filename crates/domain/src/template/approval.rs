//! Who may let new words of a message out: never whoever wrote them, while there is somebody else.

use crate::PersonId;

/// Whether this administrator may approve what `writer` wrote. `administrators` are those who could do it, with or without
/// the two.
pub fn may_approve(writer: Option<PersonId>, by: PersonId, administrators: &[PersonId]) -> bool {
    writer != Some(by) || administrators.iter().all(|person| *person == by)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn nobody_approves_their_own_words_unless_they_are_alone() {
        let [one, other] = [1, 2].map(|n| PersonId(Uuid::from_u128(n)));
        for (writer, by, administrators, may) in [
            (Some(one), other, vec![one, other], true),
            (Some(one), one, vec![one, other], false),
            (Some(one), one, vec![other], false),
            (Some(one), one, vec![one], true),
            (Some(one), one, vec![], true),
            // Whoever wrote them is no administrator any more, or it was a file.
            (Some(other), one, vec![one], true),
            (None, one, vec![one, other], true),
        ] {
            assert_eq!(may_approve(writer, by, &administrators), may, "{writer:?} {by} {administrators:?}");
        }
    }
}
