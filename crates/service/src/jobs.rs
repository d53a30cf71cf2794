//! What the product does by itself, each as one call that a timer makes. All are safe to run on many servers at once.

use chrono::{DateTime, Duration, Utc};
use domain::Actor;

use crate::{Call, Desk, ServiceError, availability, booking, ids, referrals};

pub use crate::dispatch::{CHANNELS, dispatch, rescue, round, see_on};

fn call(job: &str, now: DateTime<Utc>) -> Call {
    Call::new(Actor::system(job, ids::fresh(now)), now)
}

/// Gives back held times whose hold has ended.
pub async fn lapse_holds(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    booking::lapse_expired(desk, &call("lapse-holds", now)).await
}

/// Offers times that have come free to whoever waits for one.
pub async fn fill_from_waiting_list(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    booking::waitlist::fill(desk, &call("waiting-list", now)).await
}

/// Passes the duty to book to the clinic where no time is left in somebody's window.
pub async fn watch_windows(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    booking::watch_windows(desk, &call("watch-windows", now)).await
}

/// Reads everything again that is planned for a wall time, as the clock rules may be other ones than it was planned by;
/// answers how much was moved.
pub async fn replan(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    crate::clock_rules::replan(desk, &call("clock-rules", now)).await
}

/// Plans the reminders anew of visits whose service reminds otherwise by now.
pub async fn replan_reminders(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    booking::reminders::replan_waiting(desk, &call("reminder-rules", now)).await
}

/// Writes to patients who are waited for, and asks a colleague to call where that helped nothing.
pub async fn chase(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    referrals::chase_due(desk, &call("chase", now)).await
}

/// Carries confirmed plans of bulk matching on; answers how many it went on with.
pub async fn carry_out_plans(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    booking::matching::go_on(desk, ids::fresh(now), now).await
}

/// Writes the next messages of sendings to many; answers how many.
pub async fn send_to_many(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    crate::to_many::go_on(desk, now).await
}

/// Tells a named person of what nobody did in time, and makes it theirs.
pub async fn escalate(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    referrals::escalate_overdue(desk, &call("escalate", now)).await
}

/// Withholds letters that are out of date, and asks somebody where none reaches the patient.
pub async fn look_after_letters(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    crate::letters::look_after(desk, &call("letters", now)).await
}

/// Tells clinicians of their own days, as each of them chose; answers how many were told.
pub async fn tell_clinicians(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    crate::day_notices::tell(desk, &call("tell-clinicians", now)).await
}

/// Suspends whose last day has passed, and gives what they owned to their teams.
pub async fn end_terms(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    crate::admin::end_terms(desk, &call("end-terms", now)).await
}

/// Lets the virus scanner look at documents that wait for it.
pub async fn scan(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    referrals::scan_waiting(desk, &call("scan", now)).await
}

/// Counts anew how long each service's last patients waited.
pub async fn count_waits(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    referrals::count_waits(desk, now).await
}

/// Audit rows that are chained in one transaction, and transactions for one organisation in one round: the others' turn
/// comes, and no change waits long for the writing connection.
const SEALED_AT_ONCE: u64 = 1_000;
const SEALS_IN_A_ROW: u32 = 8;

/// Chains committed audit rows; writes the heads outside the database.
pub async fn seal(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let mut sealed = 0;
    for organisation in store::audit::waiting(desk.store.reader()).await? {
        for _ in 0..SEALS_IN_A_ROW {
            let some = seal_some(desk, organisation, now).await?;
            sealed += some;
            if some < SEALED_AT_ONCE {
                break;
            }
        }
    }
    Ok(sealed)
}

/// One transaction's worth of [`seal`].
async fn seal_some(
    desk: &Desk,
    organisation: domain::OrganisationId,
    now: DateTime<Utc>,
) -> Result<u64, ServiceError> {
    let before = store::audit::head(desk.store.reader(), organisation).await?.seq;
    let tx = desk.store.write_tx().await?;
    let head = match store::audit::seal(&tx, organisation, now.timestamp_millis(), SEALED_AT_ONCE).await {
        // Another server seals this organisation at the moment.
        Err(store::StoreError::Duplicate(_)) => return Ok(0),
        other => other?,
    };
    tx.commit().await?;
    let Some(head) = head else {
        return Ok(0);
    };
    // Every thousand events, and the first.
    if before == 0 || head.seq / 1000 > before / 1000 {
        anchor_line(desk, &head, now)?;
    }
    Ok(u64::try_from(head.seq - before).unwrap_or(0))
}

/// Anchors the present heads, every five minutes.
pub async fn anchor(desk: &Desk, now: DateTime<Utc>) -> Result<(), ServiceError> {
    for organisation in store::directory::organisations(desk.store.reader()).await? {
        let head = store::audit::head(desk.store.reader(), domain::OrganisationId(organisation.id)).await?;
        if head.seq > 0 {
            anchor_line(desk, &head, now)?;
        }
    }
    Ok(())
}

fn anchor_line(desk: &Desk, head: &store::audit::Head, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let line = serde_json::json!({
        "organisation": head.organisation_id, "seq": head.seq, "hash": head.hash, "at": now,
    });
    desk.ports.anchors.append(&line.to_string()).map_err(ServiceError::Broken)
}

/// Adds up the counters of referrals.
pub async fn fold_tallies(desk: &Desk) -> Result<u64, ServiceError> {
    Ok(store::tallies::fold(&desk.store).await?)
}

/// Makes the lists for the hour when nothing works.
pub async fn downtime(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    crate::downtime::make(desk, now).await
}

/// Looks at subscribed calendars whose turn it is, and keeps busy times known far enough ahead.
pub async fn refresh_calendars(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    availability::refresh(desk, &call("refresh-calendars", now)).await
}

/// Forgets what is only kept for a while.
pub async fn tidy(desk: &Desk, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let tx = desk.store.write_tx().await?;
    store::idempotency::forget(&tx, (now - Duration::days(30)).timestamp_millis()).await?;
    store::ways_in::forget_attempts(&tx, (now - Duration::days(1)).timestamp_millis()).await?;
    crate::private_feeds::forget(&tx, now).await?;
    store::day_notices::forget(&tx, (now - Duration::days(60)).timestamp_millis()).await?;
    tx.commit().await?;
    Ok(desk.store.know_tables().await.map_err(store::StoreError::from)?)
}

/// Why the virus scanner does not answer; `None` when it does, or when none is configured.
pub async fn scanner_fault(desk: &Desk) -> Option<String> {
    match &desk.ports.scanner {
        Some(scanner) => scanner.ready().await.err(),
        None => None,
    }
}

/// Whether a virus scanner is configured.
pub fn has_scanner(desk: &Desk) -> bool {
    desk.ports.scanner.is_some()
}

/// How many messages have been due for more than fifteen minutes and were not sent: an alarm when not zero.
pub async fn overdue_messages(desk: &Desk, now: DateTime<Utc>) -> Result<i64, ServiceError> {
    Ok(store::messages::overdue(desk.store.reader(), (now - Duration::minutes(15)).timestamp_millis())
        .await?)
}
