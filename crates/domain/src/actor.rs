//! Who acts, as every service function is told.

use serde::{Deserialize, Serialize};

use crate::{OrganisationId, PatientId, PersonId, ReferralId, Role};

/// Who is behind a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Principal {
    /// A member of staff, signed in with both factors, in one organisation and with the roles held there.
    Staff { organisation: OrganisationId, person: PersonId, roles: Vec<Role>, name: String },
    /// A patient who has proved who they are, for the referrals of one patient record.
    /// `referral` is the one whose link was opened.
    Patient { organisation: OrganisationId, patient: PatientId, referral: ReferralId },
    /// Another system with a credential of ours, acting for one organisation.
    Client { organisation: OrganisationId, client: uuid::Uuid, name: String },
    /// A timer, a callback, the command line.
    System { job: String },
}

/// A principal together with the request that it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub principal: Principal,
    /// Of the request, for the audit; a fresh one for a job's run.
    pub request: uuid::Uuid,
}

impl Actor {
    /// The product itself.
    pub fn system(job: &str, request: uuid::Uuid) -> Self {
        Self { principal: Principal::System { job: job.to_owned() }, request }
    }

    /// Whether the actor holds a role.
    pub fn is(&self, role: Role) -> bool {
        self.roles().contains(&role)
    }

    /// Every role the actor holds here.
    pub fn roles(&self) -> Vec<Role> {
        match &self.principal {
            Principal::Staff { roles, .. } => roles.clone(),
            Principal::Patient { .. } => vec![Role::Patient],
            Principal::Client { .. } | Principal::System { .. } => vec![Role::System],
        }
    }

    /// The organisation the actor works in, if any.
    pub fn organisation(&self) -> Option<OrganisationId> {
        match &self.principal {
            Principal::Staff { organisation, .. }
            | Principal::Patient { organisation, .. }
            | Principal::Client { organisation, .. } => Some(*organisation),
            Principal::System { .. } => None,
        }
    }

    /// A stable name for keys and the audit: `staff:<id>`, `patient:<id>`, `client:<id>`, `system:<job>`.
    pub fn key(&self) -> String {
        match &self.principal {
            Principal::Staff { person, .. } => format!("staff:{person}"),
            Principal::Patient { patient, .. } => format!("patient:{patient}"),
            Principal::Client { client, .. } => format!("client:{client}"),
            Principal::System { job } => format!("system:{job}"),
        }
    }

    /// The name that the timeline shows.
    pub fn label(&self) -> String {
        match &self.principal {
            Principal::Staff { name, .. } | Principal::Client { name, .. } => name.clone(),
            Principal::Patient { .. } => "You".to_owned(),
            Principal::System { .. } => "Waymark".to_owned(),
        }
    }
}
