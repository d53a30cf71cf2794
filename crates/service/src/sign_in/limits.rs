//! How often something may be tried. Counts are kept in the database, so that a restart forgives nothing.

use chrono::{DateTime, Duration, Utc};

use crate::{Desk, ServiceError, ids};

/// So many tries in so many minutes.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub name: &'static str,
    pub most: i64,
    pub minutes: i64,
}

/// Passwords and one-time passwords for one account.
pub const STAFF_ACCOUNT: Limit = Limit { name: "staff-account", most: 10, minutes: 15 };
/// Sign-in attempts from one address.
pub const ADDRESS: Limit = Limit { name: "address", most: 60, minutes: 15 };
/// Dates of birth tried for one referral.
pub const BIRTH_DATES: Limit = Limit { name: "birth-dates", most: 10, minutes: 60 };
/// Codes sent for one referral: at most 3 text messages an hour (PROMISES P9).
pub const CODES_SENT: Limit = Limit { name: "codes-sent", most: 3, minutes: 60 };
/// Codes typed for one referral.
pub const CODES_TYPED: Limit = Limit { name: "codes-typed", most: 15, minutes: 60 };

/// Emergency accesses that one person tries to open.
pub const EMERGENCY: Limit = Limit { name: "emergency", most: 10, minutes: 60 };

/// Readings of one private feed: the busiest programs look every few minutes.
pub const FEED: Limit = Limit { name: "feed", most: 120, minutes: 60 };
/// Questions from one address for feeds that are none.
pub const FEED_MISSES: Limit = Limit { name: "feed-misses", most: 240, minutes: 60 };

/// Counts one more try; refuses when there were too many. The count commits whatever happens next.
pub async fn count(desk: &Desk, limit: Limit, subject: &str, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let span = limit.minutes * 60_000;
    let start = now.timestamp_millis().div_euclid(span) * span;
    let tx = desk.store.write_tx().await?;
    let key = format!("{}:{}", limit.name, ids::hashed(subject));
    let tried = store::ways_in::count_attempt(&tx, &key, start).await?;
    tx.commit().await?;
    if tried > limit.most {
        let left = Duration::milliseconds(start + span - now.timestamp_millis()).num_minutes() + 1;
        return Err(ServiceError::TooMany { wait_min: u32::try_from(left).unwrap_or(1) });
    }
    Ok(())
}
