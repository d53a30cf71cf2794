//! What the island of the draft calls.

use contract::{DraftInput, MissingItem};
use leptos::prelude::*;

use super::ApiError;

/// Referrers of the referring organisation: what the draft still lacks, by name. Changes nothing.
#[server(endpoint = "draft-completeness", prefix = "/api")]
pub async fn completeness(referral: String, reason: String) -> Result<Vec<MissingItem>, ApiError> {
    let (web, staff) = asking().await?;
    Ok(service::referrals::completeness(&web.desk, &staff.call, known(&referral)?, &reason).await?)
}

/// Referrers of the referring organisation: saves the draft as typed and answers its new version. Recorded as a write.
#[server(endpoint = "draft-save", prefix = "/api")]
pub async fn save_draft(referral: String, draft: DraftInput) -> Result<i64, ApiError> {
    let (web, staff) = asking().await?;
    Ok(service::referrals::save(&web.desk, &staff.call, known(&referral)?, &draft).await?)
}

/// The member of staff who asks; nobody else gets further.
#[cfg(feature = "ssr")]
pub(super) async fn asking() -> Result<(crate::web::Web, crate::web::Staff), ApiError> {
    use contract::PublicError;
    let web = expect_context::<crate::web::Web>();
    let broken = || ApiError::refused(PublicError::Broken { reference: String::new() });
    let staff: Option<crate::web::Staff> =
        leptos_axum::extract_with_state(&web).await.map_err(|_| broken())?;
    if staff.is_none() {
        // The witness sees who else is signed in, and the refusal is recorded.
        let _: Option<crate::web::Patient> =
            leptos_axum::extract_with_state(&web).await.map_err(|_| broken())?;
    }
    Ok((web, staff.ok_or_else(|| ApiError::refused(PublicError::SignedOut))?))
}

#[cfg(feature = "ssr")]
fn known(referral: &str) -> Result<domain::ReferralId, ApiError> {
    referral.parse().map_err(|_| ApiError::refused(contract::PublicError::NotFound))
}
