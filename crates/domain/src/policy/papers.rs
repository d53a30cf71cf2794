//! Who reads a document of a referral.

use super::Relation;
use crate::{OrganisationId, coded};

coded! {
    /// For whom a document is.
    Readers {
        /// Everybody who sees the referral, the patient too.
        All = "all",
        /// Staff of both sides.
        Staff = "staff",
        /// Staff of the side that added it.
        Own = "own",
    }
}

/// Whether somebody who sees the referral may read the document. `author` is the side that added it.
pub fn may_read(
    readers: Readers,
    author: Option<OrganisationId>,
    relation: Relation,
    reader: Option<OrganisationId>,
) -> bool {
    let is_staff = matches!(relation, Relation::Referring | Relation::Receiving);
    match (readers, relation) {
        (Readers::All, _) | (_, Relation::Product) => true,
        (Readers::Staff, _) => is_staff,
        (Readers::Own, _) => is_staff && author.is_some() && author == reader,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_is_for_the_own_side_never_reaches_the_other_one_or_the_patient() {
        let (us, them) = (Some(OrganisationId(Uuid::from_u128(1))), Some(OrganisationId(Uuid::from_u128(2))));
        use Relation::{Product, Receiving, Referring, Subject};
        for (readers, author, relation, reader, expected) in [
            (Readers::All, None, Subject, us, true),
            (Readers::All, us, Referring, them, true),
            (Readers::Staff, us, Receiving, us, true),
            (Readers::Staff, us, Referring, them, true),
            (Readers::Staff, us, Subject, us, false),
            (Readers::Own, us, Receiving, us, true),
            (Readers::Own, us, Referring, them, false),
            (Readers::Own, us, Subject, us, false),
            (Readers::Own, None, Receiving, us, false),
            (Readers::Own, None, Receiving, None, false),
            (Readers::Own, us, Product, None, true),
        ] {
            assert_eq!(may_read(readers, author, relation, reader), expected, "{readers} {relation:?}");
        }
    }
}
