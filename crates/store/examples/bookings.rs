//! Everything that bookings left in a database, as one JSON object on standard output, for the kill harness
//! (`cargo xtask bench kill`): `bookings sqlite:PATH` or `bookings postgres://…`. Reads only; ids, times and states, and
//! no patient's data.

use std::io::Write;

use chrono::{DateTime, SecondsFormat};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use store::entity::{appointment, event, idempotency, referral};
use store::{Store, StoreError};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("which database? For example: bookings sqlite:var/waymark.db")?;
    let found = everything(&Store::open(&url).await?).await?;
    std::io::stdout().write_all(found.to_string().as_bytes())?;
    Ok(())
}

async fn everything(store: &Store) -> Result<Value, StoreError> {
    let db = store.reader();
    let referrals: Vec<Value> = referral::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| json!({ "id": row.id, "service": row.service_id, "state": row.state }))
        .collect();
    let appointments: Vec<Value> = appointment::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            json!({
                "id": row.id, "referral": row.referral_id, "resource": row.resource_id, "place": row.place,
                "state": row.state, "start": written(row.start_at), "created": row.created_at,
                "from_ms": row.start_at - row.buffer_before_min * 60_000,
                "to_ms": row.end_at + row.buffer_after_min * 60_000,
            })
        })
        .collect();
    let events: Vec<Value> = event::Entity::find()
        .order_by_asc(event::Column::Id)
        .all(db)
        .await?
        .into_iter()
        .filter(|row| row.kind.starts_with("appointment_"))
        .map(|row| {
            let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
            let appointment = detail.get("appointment").and_then(Value::as_str).unwrap_or_default();
            json!({
                "id": row.id, "referral": row.referral_id, "kind": row.kind, "why": row.why.unwrap_or_default(),
                "appointment": appointment,
            })
        })
        .collect();
    let commands: Vec<Value> = idempotency::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| json!({ "key": row.key, "command": row.command, "at": row.at }))
        .collect();
    Ok(json!({
        "referrals": referrals, "appointments": appointments, "events": events, "commands": commands,
    }))
}

/// As forms write it.
fn written(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .map_or_else(String::new, |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}
