//! "What we sent you" and "Who looked".

use std::collections::HashMap;

use contract::{AccessLine, SentMessage};

use super::who;
use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, describe};

/// Every message to the patient about their referrals, newest first.
pub async fn sent(desk: &Desk, call: &Call) -> Result<Vec<SentMessage>, ServiceError> {
    let (organisation, patient) = who(call)?;
    let db = desk.store.reader();
    let recipient = format!("patient:{patient}");
    let mut found = Vec::new();
    for row in store::referrals::of_patient(db, organisation, patient).await? {
        let zone =
            row.due_zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(chrono_tz::Europe::London);
        let rows = store::messages::of_referral(
            db,
            domain::OrganisationId(row.organisation_id),
            domain::ReferralId(row.id),
        )
        .await?;
        found.extend(
            rows.into_iter().filter(|message| message.recipient == recipient).map(|message| (message, zone)),
        );
    }
    let touched = Touched { organisation, entity: "messages", id: None, patient: Some(patient) };
    desk.record_read(call, touched).await?;
    super::reach::has_read(desk, call, patient).await?;
    // Reminders that are planned for later are not shown as sent.
    found.retain(|(message, _)| message.due_at <= call.now.timestamp_millis() && message.state != "withheld");
    found.sort_by_key(|(message, _)| std::cmp::Reverse((message.created_at, message.id)));
    Ok(found
        .into_iter()
        .map(|(message, zone)| SentMessage {
            when: describe::day_and_clock(message.due_at.max(message.created_at), zone),
            address: describe::masked(&message.channel, &message.address),
            channel: message.channel,
            subject: message.subject,
            body: message.body,
            state: message.state,
        })
        .collect())
}

/// Who looked at the patient's record or changed it, newest first.
pub async fn looked(desk: &Desk, call: &Call) -> Result<Vec<AccessLine>, ServiceError> {
    let (organisation, patient) = who(call)?;
    let db = desk.store.reader();
    let touched = Touched { organisation, entity: "audit", id: None, patient: Some(patient) };
    desk.record_read(call, touched).await?;
    let names: HashMap<_, _> =
        store::directory::organisations(db).await?.into_iter().map(|row| (row.id, row.name)).collect();
    let own = call.actor.key();
    Ok(store::audit::of_patient(db, patient, 200)
        .await?
        .into_iter()
        .filter(|row| row.outcome == "allowed")
        .map(|row| AccessLine {
            when: describe::day_and_clock(row.at, chrono_tz::Europe::London),
            who: if row.actor == own { "You".to_owned() } else { row.actor_name },
            organisation: names.get(&row.organisation_id).cloned().unwrap_or_default(),
            what: match (row.action.as_str(), row.entity.as_str()) {
                ("read" | "list" | "search", "document") => "read a document".to_owned(),
                ("emergency-read", _) => "looked at it in an emergency".to_owned(),
                ("read", _) => "looked at it".to_owned(),
                ("list" | "search", _) => "saw your name in a list".to_owned(),
                (action, _) => action.replace('-', " "),
            },
        })
        .collect())
}
