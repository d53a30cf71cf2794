//! Who may see what, in one place; deny by default.

pub mod delegation;
pub mod papers;

use crate::{OrganisationId, PatientId, Principal, Role};

/// The facts of a referral that decide who is involved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Involvement {
    /// The organisation that was asked.
    pub receiving: OrganisationId,
    /// The organisation that asked.
    pub referring: OrganisationId,
    pub patient_organisation: OrganisationId,
    pub patient: PatientId,
    /// A draft is seen by the referring side alone.
    pub stage: Stage,
}

/// Whether a referral has left the referring side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Draft,
    /// Sent, and the patient is not shown it: a question between colleagues.
    BetweenColleagues,
    Submitted,
}

/// From which side somebody stands to a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Referring,
    Receiving,
    Subject,
    Product,
    /// Looks only, for an hour, by breaking the glass; see [`crate::emergency`].
    Emergency,
}

/// How the principal stands to a referral; `None` means it does not exist for them.
pub fn relation(principal: &Principal, facts: &Involvement) -> Option<Relation> {
    match principal {
        Principal::Staff { organisation, roles, .. } => {
            let holds = |counts: fn(Role) -> bool| roles.iter().any(|role| counts(*role));
            // In a house that refers to itself, everybody stands where their role counts; who has roles of both sides
            // stands on the receiving one, and acts for both.
            if *organisation == facts.receiving && facts.stage != Stage::Draft && holds(receives) {
                Some(Relation::Receiving)
            } else if *organisation == facts.referring && holds(refers) {
                Some(Relation::Referring)
            } else {
                None
            }
        }
        Principal::Patient { organisation, patient, .. } => (*organisation == facts.patient_organisation
            && *patient == facts.patient
            && facts.stage == Stage::Submitted)
            .then_some(Relation::Subject),
        Principal::Client { organisation, .. } => {
            if *organisation == facts.receiving && facts.stage != Stage::Draft {
                Some(Relation::Receiving)
            } else {
                (*organisation == facts.referring).then_some(Relation::Referring)
            }
        }
        Principal::System { .. } => Some(Relation::Product),
    }
}

/// The roles in which the principal acts on a referral from where they stand: the receiving side's roles count
/// on the receiving side only, and the other way round. Where a house referred to itself, both count.
pub fn acting_roles(principal: &Principal, relation: Relation, facts: &Involvement) -> Vec<Role> {
    let all = |roles: &[Role], counts: &dyn Fn(Role) -> bool| {
        roles.iter().copied().filter(|role| counts(*role)).collect()
    };
    match (principal, relation) {
        (Principal::Staff { roles, organisation, .. }, Relation::Receiving) => {
            let is_own = *organisation == facts.referring;
            all(roles, &|role| receives(role) || (is_own && refers(role)))
        }
        (Principal::Staff { roles, .. }, Relation::Referring) => all(roles, &refers),
        (Principal::Patient { .. }, Relation::Subject) => vec![Role::Patient],
        (Principal::Client { .. }, Relation::Receiving | Relation::Referring)
        | (Principal::System { .. }, Relation::Product) => vec![Role::System],
        _ => Vec::new(),
    }
}

/// A part of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    Refer,
    Worklist,
    Availability,
    MessageLog,
    /// Write to many patients at once.
    SendToMany,
    /// Match many waiting patients to many free times at once.
    MatchMany,
    /// Give everything that one colleague owns to another.
    HandOver,
    /// Take down what came by fax, phone or letter.
    KeyIn,
    /// Keep a list's filters for everybody of the organisation.
    ShareViews,
    /// Read the lists on paper for the hour when nothing works.
    Downtime,
    Quality,
    Administer,
    /// Open a patient's referrals in an emergency, with a reason and a fresh second factor.
    BreakGlass,
}

/// Whether a principal may use a part of the console that is not about one referral.
pub fn may(principal: &Principal, capability: Capability) -> bool {
    let Principal::Staff { roles, .. } = principal else {
        return false;
    };
    let needed: &[Role] = match capability {
        Capability::Refer => &[Role::Referrer],
        Capability::Worklist => &[Role::Specialist, Role::Coordinator],
        Capability::Availability => &[Role::Specialist, Role::Coordinator, Role::Administrator],
        Capability::MessageLog
        | Capability::MatchMany
        | Capability::HandOver
        | Capability::KeyIn
        | Capability::ShareViews
        | Capability::Downtime => &[Role::Coordinator],
        Capability::SendToMany => &[Role::Coordinator, Role::Administrator],
        Capability::Quality => &[Role::Quality, Role::Administrator],
        Capability::Administer => &[Role::Administrator],
        Capability::BreakGlass => &Role::STAFF,
    };
    roles.iter().any(|role| needed.contains(role))
}

fn refers(role: Role) -> bool {
    role == Role::Referrer
}

fn receives(role: Role) -> bool {
    matches!(role, Role::Specialist | Role::Coordinator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PersonId, ReferralId};
    use uuid::Uuid;

    const HOSPITAL: OrganisationId = OrganisationId(Uuid::from_u128(1));
    const PRACTICE: OrganisationId = OrganisationId(Uuid::from_u128(2));
    const OTHER: OrganisationId = OrganisationId(Uuid::from_u128(3));
    const PATIENT: PatientId = PatientId(Uuid::from_u128(4));

    fn staff(organisation: OrganisationId, role: Role) -> Principal {
        Principal::Staff {
            organisation,
            person: PersonId(Uuid::nil()),
            roles: vec![role],
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

    #[test]
    fn each_side_sees_its_own_referrals_and_nobody_else_does() {
        let table = [
            (HOSPITAL, Role::Specialist, Stage::Submitted, Some(Relation::Receiving)),
            (HOSPITAL, Role::Coordinator, Stage::Submitted, Some(Relation::Receiving)),
            (HOSPITAL, Role::Specialist, Stage::BetweenColleagues, Some(Relation::Receiving)),
            (PRACTICE, Role::Referrer, Stage::BetweenColleagues, Some(Relation::Referring)),
            (HOSPITAL, Role::Specialist, Stage::Draft, None),
            (HOSPITAL, Role::Quality, Stage::Submitted, None),
            (HOSPITAL, Role::Administrator, Stage::Submitted, None),
            (PRACTICE, Role::Referrer, Stage::Draft, Some(Relation::Referring)),
            (PRACTICE, Role::Specialist, Stage::Submitted, None),
            (HOSPITAL, Role::Referrer, Stage::Submitted, None),
            (OTHER, Role::Referrer, Stage::Submitted, None),
            (OTHER, Role::Coordinator, Stage::Submitted, None),
        ];
        for (organisation, role, stage, expected) in table {
            assert_eq!(
                relation(&staff(organisation, role), &facts(stage)),
                expected,
                "{organisation} {role}"
            );
        }
    }

    #[test]
    fn a_patient_sees_only_their_own() {
        let patient = |organisation, patient| Principal::Patient {
            organisation,
            patient,
            referral: ReferralId(Uuid::nil()),
        };
        assert_eq!(relation(&patient(PRACTICE, PATIENT), &facts(Stage::Submitted)), Some(Relation::Subject));
        assert_eq!(relation(&patient(PRACTICE, PATIENT), &facts(Stage::Draft)), None);
        assert_eq!(relation(&patient(PRACTICE, PATIENT), &facts(Stage::BetweenColleagues)), None);
        assert_eq!(relation(&patient(OTHER, PATIENT), &facts(Stage::Submitted)), None);
        let stranger = PatientId(Uuid::from_u128(9));
        assert_eq!(relation(&patient(PRACTICE, stranger), &facts(Stage::Submitted)), None);
    }

    #[test]
    fn the_message_log_is_the_coordinators() {
        assert!(may(&staff(HOSPITAL, Role::Coordinator), Capability::MessageLog));
        assert!(!may(&staff(HOSPITAL, Role::Specialist), Capability::MessageLog));
        assert!(!may(&Principal::System { job: String::new() }, Capability::Administer));
    }

    #[test]
    fn whoever_looks_in_an_emergency_acts_in_no_role() {
        let facts = facts(Stage::Submitted);
        for role in Role::STAFF {
            let roles = acting_roles(&staff(HOSPITAL, role), Relation::Emergency, &facts);
            assert_eq!(roles, Vec::new(), "{role}");
        }
    }

    #[test]
    fn in_a_house_that_refers_to_itself_everybody_stands_where_their_roles_count() {
        use Role::{Administrator, Coordinator, Quality, Referrer, Specialist};
        let inside = |stage| Involvement { referring: HOSPITAL, ..facts(stage) };
        type Line<'a> = (&'a [Role], Stage, Option<Relation>, &'a [Role]);
        let table: &[Line<'_>] = &[
            (&[Referrer], Stage::Submitted, Some(Relation::Referring), &[Referrer]),
            (&[Referrer], Stage::Draft, Some(Relation::Referring), &[Referrer]),
            (&[Specialist], Stage::Submitted, Some(Relation::Receiving), &[Specialist]),
            (&[Specialist], Stage::Draft, None, &[]),
            (&[Referrer, Specialist], Stage::Draft, Some(Relation::Referring), &[Referrer]),
            (&[Referrer, Specialist], Stage::Submitted, Some(Relation::Receiving), &[Referrer, Specialist]),
            (
                &[Referrer, Coordinator],
                Stage::BetweenColleagues,
                Some(Relation::Receiving),
                &[Referrer, Coordinator],
            ),
            (&[Referrer, Quality], Stage::Submitted, Some(Relation::Referring), &[Referrer]),
            (&[Quality, Administrator], Stage::Submitted, None, &[]),
        ];
        for (roles, stage, stands, acts) in table {
            let who = Principal::Staff {
                organisation: HOSPITAL,
                person: PersonId(Uuid::nil()),
                roles: roles.to_vec(),
                name: String::new(),
            };
            let found = relation(&who, &inside(*stage));
            assert_eq!(found, *stands, "{roles:?} {stage:?}");
            let acting = found.map_or(Vec::new(), |found| acting_roles(&who, found, &inside(*stage)));
            assert_eq!(acting, *acts, "{roles:?} {stage:?}");
        }
    }

    #[test]
    fn a_role_counts_on_its_own_side_alone() {
        use Role::{Coordinator, Referrer, Specialist};
        let everything = |organisation| Principal::Staff {
            organisation,
            person: PersonId(Uuid::nil()),
            roles: Role::STAFF.to_vec(),
            name: String::new(),
        };
        let facts = facts(Stage::Submitted);
        assert_eq!(
            acting_roles(&everything(HOSPITAL), Relation::Receiving, &facts),
            [Specialist, Coordinator],
            "no referrer on the receiving side"
        );
        assert_eq!(acting_roles(&everything(PRACTICE), Relation::Referring, &facts), [Referrer]);
        let patient = Principal::Patient {
            organisation: PRACTICE,
            patient: PATIENT,
            referral: ReferralId(Uuid::nil()),
        };
        assert_eq!(acting_roles(&patient, Relation::Subject, &facts), [Role::Patient]);
        for wrong in [Relation::Referring, Relation::Receiving, Relation::Product, Relation::Emergency] {
            assert_eq!(acting_roles(&patient, wrong, &facts), [], "{wrong:?}");
        }
        for wrong in [Relation::Subject, Relation::Product] {
            assert_eq!(acting_roles(&everything(HOSPITAL), wrong, &facts), [], "{wrong:?}");
        }
    }
}
