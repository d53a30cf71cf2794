//! How long people wait for a service: from the referral's sending to the first visit, over the last who were seen.

use serde::{Deserialize, Serialize};

/// Fewer finished waits than this give no figure: one person's wait is not "the wait".
pub const KNOWN_FROM: usize = 10;

/// The wait of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Too few have been seen. It is never 0.
    NotKnown {
        /// How many were seen.
        count: u32,
    },
    /// By nearest rank: half were seen within `median_days`, nine of ten within `p90_days`.
    Known { count: u32, median_days: u32, p90_days: u32 },
}

/// The figures of finished waits, in whole days; a visit before the sending counts as 0 days.
pub fn wait(days: &[i64]) -> Wait {
    let mut days: Vec<u32> =
        days.iter().map(|days| u32::try_from((*days).max(0)).unwrap_or(u32::MAX)).collect();
    days.sort_unstable();
    let count = u32::try_from(days.len()).unwrap_or(u32::MAX);
    if days.len() < KNOWN_FROM {
        return Wait::NotKnown { count };
    }
    // Nearest rank: the smallest value that at least this share of all lies at or below.
    let rank = |percent: usize| days[(days.len() * percent).div_ceil(100).max(1) - 1];
    Wait::Known { count, median_days: rank(50), p90_days: rank(90) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_waits_are_not_known_and_never_0() {
        assert_eq!(wait(&[]), Wait::NotKnown { count: 0 });
        assert_eq!(wait(&[3; 9]), Wait::NotKnown { count: 9 });
    }

    #[test]
    fn half_and_nine_of_ten_by_nearest_rank() {
        let known = |count, median_days, p90_days| Wait::Known { count, median_days, p90_days };
        let ten: Vec<i64> = (1..=10).rev().collect();
        assert_eq!(wait(&ten), known(10, 5, 9));
        let eleven: Vec<i64> = (1..=11).collect();
        assert_eq!(wait(&eleven), known(11, 6, 10));
        assert_eq!(wait(&[7; 10]), known(10, 7, 7));
        assert_eq!(wait(&[-2, 1, 1, 1, 1, 1, 1, 1, 1, 90]), known(10, 1, 1));
    }
}
