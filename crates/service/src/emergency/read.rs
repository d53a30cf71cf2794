//! Looking while the glass is broken. Every look is recorded as one in an emergency.

use contract::{EmergencyPage, OpenEmergency};
use domain::emergency::{Grant, relation_under};
use domain::{DocumentId, OrganisationId, PatientId, ReferralId, spoken};
use store::entity::emergency;
use store::referrals::Scope;

use crate::audit::Touched;
use crate::sign_in::Staff;
use crate::unit::{Case, complete_case, involvement};
use crate::{Call, Desk, ServiceError, account, facts, referrals};

/// The verb of the audit.
const LOOK: &str = "emergency-read";

/// The accesses of whoever calls that are still open.
pub async fn mine(desk: &Desk, call: &Call) -> Result<Vec<OpenEmergency>, ServiceError> {
    let staff = Staff::calling(call)?;
    let db = desk.store.reader();
    let zone = account::zone(&account::home(db, staff.organisation).await?);
    let open = open_of(desk, call, &staff).await?;
    Ok(open
        .into_iter()
        .map(|row| OpenEmergency {
            referral: row.referral_id.to_string(),
            reference: row.reference,
            until: spoken::clock(facts::instant(row.expires_at), zone),
        })
        .collect())
}

/// A referral under an open access. Without one, or after its hour, there is nothing here.
pub async fn detail(desk: &Desk, call: &Call, id: ReferralId) -> Result<EmergencyPage, ServiceError> {
    let (case, access) = case_under(desk, call, id).await?;
    let staff = Staff::calling(call)?;
    let db = desk.store.reader();
    let zone = account::zone(&account::home(db, staff.organisation).await?);
    desk.record_reads(call, LOOK, &[case.touched("referral")]).await?;
    let all = store::emergencies::referrals_of(
        db,
        staff.organisation,
        OrganisationId(access.patient_organisation_id),
        PatientId(access.patient_id),
    )
    .await?;
    let mut others = Vec::new();
    for row in all.into_iter().filter(|row| row.id != id.0) {
        let service = store::referrals::service_of(db, &row).await?.map_or(String::new(), |row| row.name);
        others.push((row.id.to_string(), row.reference, service));
    }
    Ok(EmergencyPage {
        until: spoken::clock(facts::instant(access.expires_at), zone),
        reason: access.reason,
        others,
        referral: referrals::page_of(desk, call, &case).await?,
    })
}

/// A document's name, type and bytes under an open access.
pub async fn document(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    document: DocumentId,
) -> Result<(String, String, Vec<u8>), ServiceError> {
    let (case, _) = case_under(desk, call, id).await?;
    referrals::document_of(desk, call, &case, document, LOOK).await
}

async fn open_of(desk: &Desk, call: &Call, staff: &Staff) -> Result<Vec<emergency::Model>, ServiceError> {
    let now = call.now.timestamp_millis();
    Ok(store::emergencies::open_of(desk.store.reader(), staff.organisation, staff.person, now).await?)
}

async fn case_under(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
) -> Result<(Case, emergency::Model), ServiceError> {
    let staff = Staff::calling(call)?;
    let db = desk.store.reader();
    if let Some(row) = store::referrals::find(db, Scope::Organisation(staff.organisation), id).await? {
        for access in open_of(desk, call, &staff).await? {
            let grant = Grant {
                patient_organisation: OrganisationId(access.patient_organisation_id),
                patient: PatientId(access.patient_id),
                until: facts::instant(access.expires_at),
            };
            if let Some(relation) =
                relation_under(&call.actor.principal, &involvement(&row), &[grant], call.now)
            {
                return Ok((complete_case(db, row, relation).await?, access));
            }
        }
    }
    let touched =
        Touched { organisation: staff.organisation, entity: "referral", id: Some(id.0), patient: None };
    desk.record_refusal(call, LOOK, &touched);
    Err(ServiceError::NotFound)
}
