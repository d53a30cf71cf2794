//! What the island of a message's words calls.

use contract::SmsPreview;
use leptos::prelude::*;

use super::ApiError;

/// Administrators: what a text message would cost in words that are being written. Changes nothing, and nothing of anybody is
/// in it.
#[server(endpoint = "message-cost", prefix = "/api")]
pub async fn message_cost(template: String, language: String, sms: String) -> Result<SmsPreview, ApiError> {
    let (web, staff) = super::drafts::asking().await?;
    Ok(service::admin::template_cost(&web.desk, &staff.call, &template, Some(&language), &sms).await?)
}
