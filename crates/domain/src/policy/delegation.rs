//! Acting in a colleague's name: who may, and for how long.

use chrono::NaiveDate;

use super::Relation;
use crate::{PersonId, Principal};

/// For how long somebody may act in a colleague's name. Both days count, in the zone of their organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub end: End,
}

/// Whether a delegation was taken back before its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Standing,
    TakenBack,
}

impl Term {
    /// Whether it counts on a day.
    pub fn holds(&self, today: NaiveDate) -> bool {
        self.end == End::Standing && self.from <= today && today <= self.until
    }
}

/// In whose name somebody acts on a referral that they may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InName {
    /// Their own: it is theirs, or nobody's by name, or they do not act as its referrer.
    Own,
    /// The referrer's, who named them.
    Referrer,
    /// Nobody's: a colleague of the referrer sees it and changes nothing.
    Nobody,
}

/// In whose name the principal acts. `terms` are the delegations from the referrer to the principal.
pub fn in_name(
    principal: &Principal,
    relation: Relation,
    referrer: Option<PersonId>,
    terms: &[Term],
    today: NaiveDate,
) -> InName {
    match (principal, relation, referrer) {
        (Principal::Staff { person, .. }, Relation::Referring, Some(referrer)) if *person != referrer => {
            if terms.iter().any(|term| term.holds(today)) {
                InName::Referrer
            } else {
                InName::Nobody
            }
        }
        _ => InName::Own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OrganisationId, Role};
    use uuid::Uuid;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn term(from: &str, until: &str, end: End) -> Term {
        Term { from: day(from), until: day(until), end }
    }

    fn staff(person: u128) -> Principal {
        Principal::Staff {
            organisation: OrganisationId(Uuid::nil()),
            person: PersonId(Uuid::from_u128(person)),
            roles: vec![Role::Referrer],
            name: String::new(),
        }
    }

    #[test]
    fn a_term_counts_from_its_first_day_to_its_last_unless_it_was_taken_back() {
        for (from, until, end, holds) in [
            ("2026-03-10", "2026-03-20", End::Standing, true),
            ("2026-03-15", "2026-03-15", End::Standing, true),
            ("2026-03-16", "2026-03-20", End::Standing, false),
            ("2026-03-10", "2026-03-14", End::Standing, false),
            ("2026-03-10", "2026-03-20", End::TakenBack, false),
        ] {
            assert_eq!(term(from, until, end).holds(day("2026-03-15")), holds, "{from} {until} {end:?}");
        }
    }

    #[test]
    fn only_who_was_named_acts_for_another_and_only_on_the_referring_side() {
        let doctor = Some(PersonId(Uuid::from_u128(1)));
        let holds = [term("2026-03-01", "2026-03-31", End::Standing)];
        let over = [term("2026-01-01", "2026-01-31", End::Standing)];
        let today = day("2026-03-15");
        let check = |person, relation, referrer, terms: &[Term]| {
            in_name(&staff(person), relation, referrer, terms, today)
        };
        assert_eq!(check(1, Relation::Referring, doctor, &[]), InName::Own);
        assert_eq!(check(2, Relation::Referring, doctor, &holds), InName::Referrer);
        assert_eq!(check(2, Relation::Referring, doctor, &over), InName::Nobody);
        assert_eq!(check(2, Relation::Referring, doctor, &[]), InName::Nobody);
        assert_eq!(check(2, Relation::Referring, None, &[]), InName::Own);
        assert_eq!(check(2, Relation::Receiving, doctor, &[]), InName::Own);
        let system = Principal::System { job: "import".to_owned() };
        assert_eq!(in_name(&system, Relation::Product, doctor, &[], today), InName::Own);
        let client = Principal::Client {
            organisation: OrganisationId(Uuid::nil()),
            client: Uuid::nil(),
            name: String::new(),
        };
        assert_eq!(in_name(&client, Relation::Referring, doctor, &[], today), InName::Own);
    }
}
