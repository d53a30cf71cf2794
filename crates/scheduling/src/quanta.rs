//! Five-minute pieces of UTC time: the unit in which the slot ledger makes an overlap impossible.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};

/// The length of a quantum, in seconds. Quantum 0 begins at 1970-01-01T00:00:00Z.
pub const QUANTUM_SECONDS: i64 = 300;

/// The quanta that `start..end` touches, once `before_min` and `after_min` minutes of buffer are added, rounded
/// outward. The range holds both ends and always at least one quantum, so that two intervals that overlap in time
/// always share a quantum.
///
/// ```
/// use chrono::{DateTime, Utc};
/// let at = |s: &str| s.parse::<DateTime<Utc>>().expect("an instant");
/// let q = scheduling::quanta(at("1970-01-01T00:10:00Z"), at("1970-01-01T00:20:00Z"), 0, 0);
/// assert_eq!(q, 2..=3);
/// ```
pub fn quanta(
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    before_min: u32,
    after_min: u32,
) -> RangeInclusive<i64> {
    let first_second = start.timestamp() - i64::from(before_min) * 60;
    let fraction = i64::from(end.timestamp_subsec_nanos() > 0);
    let past_end = end.timestamp() + fraction + i64::from(after_min) * 60;
    let first = first_second.div_euclid(QUANTUM_SECONDS);
    let last = (past_end - 1).div_euclid(QUANTUM_SECONDS);
    first..=last.max(first)
}

/// The instant at which `quantum` begins; `None` outside the calendar.
pub fn starts_at(quantum: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(quantum.checked_mul(QUANTUM_SECONDS)?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("in range")
    }

    #[test]
    fn quanta_round_outward() {
        assert_eq!(quanta(at(0), at(300), 0, 0), 0..=0);
        assert_eq!(quanta(at(0), at(301), 0, 0), 0..=1);
        assert_eq!(quanta(at(299), at(301), 0, 0), 0..=1);
        assert_eq!(quanta(at(600), at(900), 5, 10), 1..=4);
        assert_eq!(quanta(at(600), at(900), 1, 1), 1..=3);
    }

    #[test]
    fn times_before_1970_round_downward_too() {
        assert_eq!(quanta(at(-1), at(0), 0, 0), -1..=-1);
        assert_eq!(quanta(at(-301), at(-300), 0, 0), -2..=-2);
    }

    #[test]
    fn a_fraction_of_a_second_past_the_edge_takes_the_next_quantum() {
        let end = DateTime::from_timestamp(300, 1).expect("in range");
        assert_eq!(quanta(at(0), end, 0, 0), 0..=1);
    }

    #[test]
    fn an_empty_interval_still_takes_its_quantum() {
        assert_eq!(quanta(at(450), at(450), 0, 0), 1..=1);
    }

    proptest! {
        #[test]
        fn intervals_that_overlap_with_their_buffers_share_a_quantum(
            a in -1_000_000i64..1_000_000, a_len in 1i64..20_000, a_before in 0u32..60, a_after in 0u32..60,
            gap in -20_000i64..20_000, b_len in 1i64..20_000, b_before in 0u32..60, b_after in 0u32..60,
        ) {
            let b = a + gap;
            let (a0, a1) = (a - i64::from(a_before) * 60, a + a_len + i64::from(a_after) * 60);
            let (b0, b1) = (b - i64::from(b_before) * 60, b + b_len + i64::from(b_after) * 60);
            let qa = quanta(at(a), at(a + a_len), a_before, a_after);
            let qb = quanta(at(b), at(b + b_len), b_before, b_after);
            if a0 < b1 && b0 < a1 {
                prop_assert!(qa.start() <= qb.end() && qb.start() <= qa.end());
            }
        }

        #[test]
        fn the_quanta_cover_the_interval_and_less_than_a_quantum_more(
            start in -1_000_000i64..1_000_000, len in 1i64..50_000, before in 0u32..90, after in 0u32..90,
        ) {
            let q = quanta(at(start), at(start + len), before, after);
            let (from, to) = (start - i64::from(before) * 60, start + len + i64::from(after) * 60);
            let (covered_from, covered_to) = (q.start() * QUANTUM_SECONDS, (q.end() + 1) * QUANTUM_SECONDS);
            prop_assert!(covered_from <= from && from - covered_from < QUANTUM_SECONDS);
            prop_assert!(covered_to >= to && covered_to - to < QUANTUM_SECONDS);
        }
    }
}
