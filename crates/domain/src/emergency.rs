//! Emergency access ("breaking the glass"): a member of staff without a relation to a referral looks at one patient's, for an
//! hour, and everybody concerned is told.
//!
//! Source: 45 CFR 164.312(a)(2)(ii), an emergency access procedure; purpose of use BTG of HL7 v3 ActReason. The limits are
//! this product's own judgement (PROMISES P15).

use chrono::{DateTime, Duration, Utc};

use crate::policy::{Involvement, Relation, Stage, relation};
use crate::{OrganisationId, PatientId, PersonId, Principal, Role, coded};

/// Minutes for which an access lasts.
pub const LASTS_MIN: i64 = 60;
/// Hours after which an access that nobody has reviewed is late.
pub const REVIEW_WITHIN_H: i64 = 72;
/// Accesses of one person within [`HABIT_DAYS`] from which on it looks like a habit.
pub const HABIT: i64 = 4;
/// Days over which accesses are counted.
pub const HABIT_DAYS: i64 = 30;

coded! {
    /// What a review found.
    Finding {
        /// There was an emergency, or need enough.
        Justified = "justified",
        /// A slip: the wrong patient, the wrong way in.
        Mistaken = "mistaken",
        /// Nobody should have looked.
        Unjustified = "unjustified",
    }
}

/// One patient whom somebody may see until an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub patient_organisation: OrganisationId,
    pub patient: PatientId,
    pub until: DateTime<Utc>,
}

/// When an access that begins now ends.
pub fn ends_at(opened: DateTime<Utc>) -> DateTime<Utc> {
    opened + Duration::minutes(LASTS_MIN)
}

/// Whether a principal may break the glass for a referral at all: staff of an organisation that is a party to it, once it was
/// sent, who could not see it otherwise. Whoever works on it has no need to, and strangers no business.
pub fn may_break(principal: &Principal, facts: &Involvement) -> bool {
    let Principal::Staff { organisation, roles, .. } = principal else {
        return false;
    };
    let is_party = *organisation == facts.receiving || *organisation == facts.referring;
    is_party && !roles.is_empty() && facts.stage == Stage::Submitted && relation(principal, facts).is_none()
}

/// How a principal with grants stands to a referral now; `None` means that it does not exist for them.
pub fn relation_under(
    principal: &Principal,
    facts: &Involvement,
    grants: &[Grant],
    now: DateTime<Utc>,
) -> Option<Relation> {
    let covers = |grant: &Grant| {
        grant.patient_organisation == facts.patient_organisation
            && grant.patient == facts.patient
            && now < grant.until
    };
    (may_break(principal, facts) && grants.iter().any(covers)).then_some(Relation::Emergency)
}

/// Whether a review is late.
pub fn is_late(opened: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now >= opened + Duration::hours(REVIEW_WITHIN_H)
}

/// A colleague, as far as it decides who reviews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    pub person: PersonId,
    pub roles: Vec<Role>,
    /// The organisation's named privacy contact.
    pub is_contact: bool,
}

/// Whether somebody answers for privacy here, and so sees the audit and everything that was opened in an emergency: the privacy
/// contact and the administrators.
pub fn oversees(one: &Colleague) -> bool {
    one.is_contact || one.roles.contains(&Role::Administrator)
}

/// Who may review an access: the privacy contact and the administrators, but never whoever opened it. Where that leaves nobody,
/// whoever leads quality. Empty: nobody can, and that has to be said.
pub fn reviewers(opener: PersonId, colleagues: &[Colleague]) -> Vec<PersonId> {
    let others = || colleagues.iter().filter(|one| one.person != opener);
    let first: Vec<_> = others().filter(|one| oversees(one)).map(|one| one.person).collect();
    if !first.is_empty() {
        return first;
    }
    others().filter(|one| one.roles.contains(&Role::Quality)).map(|one| one.person).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReferralId;
    use uuid::Uuid;

    const HOSPITAL: OrganisationId = OrganisationId(Uuid::from_u128(1));
    const PRACTICE: OrganisationId = OrganisationId(Uuid::from_u128(2));
    const OTHER: OrganisationId = OrganisationId(Uuid::from_u128(3));
    const PATIENT: PatientId = PatientId(Uuid::from_u128(4));

    fn staff(organisation: OrganisationId, roles: &[Role]) -> Principal {
        Principal::Staff {
            organisation,
            person: PersonId(Uuid::nil()),
            roles: roles.to_vec(),
            name: String::new(),
        }
    }

    fn facts(stage: Stage) -> Involvement {
        Involvement {
            receiving: HOSPITAL,
            referring: PRACTICE,
            patient_organisation: PRACTICE,
            patient: PATIENT,
            stage,
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn only_staff_of_either_side_who_cannot_see_it_otherwise_may_break_the_glass() {
        use Role::{Administrator, Coordinator, Quality, Referrer, Specialist};
        let table: &[(OrganisationId, &[Role], Stage, bool)] = &[
            (HOSPITAL, &[Quality], Stage::Submitted, true),
            (HOSPITAL, &[Administrator], Stage::Submitted, true),
            (HOSPITAL, &[Quality, Administrator], Stage::Submitted, true),
            // Who only refers from there has nothing to do with what comes in.
            (HOSPITAL, &[Referrer], Stage::Submitted, true),
            (HOSPITAL, &[Specialist], Stage::Submitted, false),
            (HOSPITAL, &[Quality, Coordinator], Stage::Submitted, false),
            (HOSPITAL, &[], Stage::Submitted, false),
            (HOSPITAL, &[Quality], Stage::Draft, false),
            (PRACTICE, &[Specialist], Stage::Submitted, true),
            (PRACTICE, &[Administrator], Stage::Submitted, true),
            (PRACTICE, &[Administrator], Stage::Draft, false),
            (PRACTICE, &[Referrer], Stage::Submitted, false),
            (OTHER, &[Quality], Stage::Submitted, false),
            (OTHER, &[Specialist], Stage::Submitted, false),
        ];
        for (organisation, roles, stage, expected) in table {
            let who = staff(*organisation, roles);
            assert_eq!(may_break(&who, &facts(*stage)), *expected, "{organisation} {roles:?} {stage:?}");
        }
        let patient = Principal::Patient {
            organisation: PRACTICE,
            patient: PATIENT,
            referral: ReferralId(Uuid::nil()),
        };
        assert!(!may_break(&patient, &facts(Stage::Submitted)));
        let client = Principal::Client { organisation: HOSPITAL, client: Uuid::nil(), name: String::new() };
        assert!(!may_break(&client, &facts(Stage::Submitted)));
        assert!(!may_break(&Principal::System { job: String::new() }, &facts(Stage::Submitted)));
    }

    #[test]
    fn a_grant_covers_one_patient_for_an_hour_and_nobody_without_it_sees_anything() {
        let who = staff(HOSPITAL, &[Role::Quality]);
        let sent = facts(Stage::Submitted);
        let opened = at("2026-03-06T10:00:00Z");
        let grant = Grant { patient_organisation: PRACTICE, patient: PATIENT, until: ends_at(opened) };
        let table = [
            (vec![grant], "2026-03-06T10:00:00Z", true),
            (vec![grant], "2026-03-06T10:59:59Z", true),
            (vec![grant], "2026-03-06T11:00:00Z", false),
            (vec![], "2026-03-06T10:00:00Z", false),
            (vec![Grant { patient: PatientId(Uuid::from_u128(9)), ..grant }], "2026-03-06T10:00:00Z", false),
            (vec![Grant { patient_organisation: OTHER, ..grant }], "2026-03-06T10:00:00Z", false),
        ];
        for (grants, now, expected) in table {
            let found = relation_under(&who, &sent, &grants, at(now));
            assert_eq!(found, expected.then_some(Relation::Emergency), "{grants:?} {now}");
        }
        let stranger = staff(OTHER, &[Role::Quality]);
        assert_eq!(
            relation_under(&stranger, &sent, &[grant], opened),
            None,
            "a grant is no way round the sides"
        );
    }

    #[test]
    fn nobody_reviews_their_own_and_quality_steps_in_where_nobody_else_is_there() {
        let person = |number: u128| PersonId(Uuid::from_u128(number));
        let colleague = |number, roles: &[Role], is_contact| Colleague {
            person: person(number),
            roles: roles.to_vec(),
            is_contact,
        };
        let admin = colleague(1, &[Role::Administrator, Role::Specialist], false);
        let second = colleague(2, &[Role::Administrator], false);
        let contact = colleague(3, &[Role::Coordinator], true);
        let quality = colleague(4, &[Role::Quality], false);
        let nurse = colleague(5, &[Role::Specialist], false);
        for (opener, all, expected) in [
            (1, vec![&admin, &second, &quality], vec![2]),
            (1, vec![&admin, &contact, &quality], vec![3]),
            (3, vec![&admin, &contact, &quality], vec![1]),
            (1, vec![&admin, &quality, &nurse], vec![4]),
            (4, vec![&admin, &quality], vec![1]),
            (5, vec![&admin, &second, &quality, &nurse], vec![1, 2]),
            (1, vec![&admin, &nurse], vec![]),
            (4, vec![&quality], vec![]),
        ] {
            let all: Vec<Colleague> = all.into_iter().cloned().collect();
            let expected: Vec<PersonId> = expected.into_iter().map(person).collect();
            assert_eq!(reviewers(person(opener), &all), expected, "{opener} of {all:?}");
        }
    }

    #[test]
    fn a_review_is_late_after_three_days() {
        let opened = at("2026-03-06T10:00:00Z");
        assert!(!is_late(opened, at("2026-03-09T09:59:59Z")));
        assert!(is_late(opened, at("2026-03-09T10:00:00Z")));
    }
}
