//! The one place where the product looks at the clock; everything below is told what "now" is.

use chrono::{DateTime, SubsecRound, Utc};

/// The instant of a request or of a job's run, in whole milliseconds, as the database keeps it.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}
