//! What the islands of the patient's pages call.

use contract::StatusView;
use leptos::prelude::*;

use super::ApiError;

/// The patient: one referral's card as it is now. Recorded as a read.
#[server(endpoint = "patient-status", prefix = "/api")]
pub async fn patient_status(referral: String) -> Result<StatusView, ApiError> {
    let (web, patient) = asking().await?;
    let view = service::patient::status(&web.desk, &patient.call, known(&referral)?).await?;
    Ok(crate::words::patient::written_out(view))
}

/// The patient: notices on this phone or browser from now on. Recorded as a subscription.
#[server(endpoint = "push-subscribe", prefix = "/api")]
pub async fn push_subscribe(
    referral: String,
    endpoint: String,
    p256dh: String,
    auth: String,
) -> Result<(), ApiError> {
    let (web, patient) = asking().await?;
    let referral = known(&referral)?;
    Ok(service::patient::subscribe(&web.desk, &patient.call, referral, &endpoint, &p256dh, &auth).await?)
}

/// The patient who asks; nobody else gets further.
#[cfg(feature = "ssr")]
async fn asking() -> Result<(crate::web::Web, crate::web::Patient), ApiError> {
    use contract::PublicError;
    let web = expect_context::<crate::web::Web>();
    let broken = || ApiError::refused(PublicError::Broken { reference: String::new() });
    let patient: Option<crate::web::Patient> =
        leptos_axum::extract_with_state(&web).await.map_err(|_| broken())?;
    if patient.is_none() {
        // The witness sees who else is signed in, and the refusal is recorded.
        let _: Option<crate::web::Staff> =
            leptos_axum::extract_with_state(&web).await.map_err(|_| broken())?;
    }
    Ok((web, patient.ok_or_else(|| ApiError::refused(PublicError::SignedOut))?))
}

#[cfg(feature = "ssr")]
fn known(referral: &str) -> Result<domain::ReferralId, ApiError> {
    referral.parse().map_err(|_| ApiError::refused(contract::PublicError::NotFound))
}
