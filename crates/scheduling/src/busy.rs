//! Busy time: what a calendar says about when somebody cannot be booked.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How firmly a stretch of time is taken. All three keep a slot from being offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Provisionally taken (STATUS:TENTATIVE, or FBTYPE=BUSY-TENTATIVE).
    Tentative,
    /// Taken.
    Busy,
    /// Away (FBTYPE=BUSY-UNAVAILABLE, or a client's out-of-office mark).
    OutOfOffice,
}

impl Effect {
    /// The word for it on the command line and in the database.
    pub fn code(self) -> &'static str {
        match self {
            Effect::Tentative => "tentative",
            Effect::Busy => "busy",
            Effect::OutOfOffice => "out-of-office",
        }
    }
}

/// A half-open stretch of time, `start..end`, during which the owner of the calendar is not free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Busy {
    /// The first instant taken.
    pub start: DateTime<Utc>,
    /// The first instant free again. Equal to `start` for an event without length, which blocks nothing.
    pub end: DateTime<Utc>,
    /// How firmly the time is taken.
    pub effect: Effect,
    /// The UID of the event that it comes from; empty if it has none.
    pub uid: String,
}

impl Busy {
    /// Whether this stretch and `start..end` share an instant. Stretches that only touch do not overlap, and an
    /// event without length overlaps nothing.
    pub fn overlaps(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
        self.start < self.end && start < end && self.start < end && start < self.end
    }
}

/// Joins stretches that overlap or touch, whatever event they come from, ordered by start. The joined stretch keeps
/// the firmest effect, and the UID if all parts share it. Stretches without length vanish.
pub fn merge(mut stretches: Vec<Busy>) -> Vec<Busy> {
    stretches.retain(|b| b.start < b.end);
    stretches.sort_by(|a, b| (a.start, a.end, &a.uid).cmp(&(b.start, b.end, &b.uid)));
    let mut merged: Vec<Busy> = Vec::new();
    for next in stretches {
        match merged.last_mut() {
            Some(last) if next.start <= last.end => {
                last.end = last.end.max(next.end);
                last.effect = last.effect.max(next.effect);
                if last.uid != next.uid {
                    last.uid.clear();
                }
            }
            _ => merged.push(next),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(start: i64, end: i64, effect: Effect, uid: &str) -> Busy {
        let at = |minute: i64| DateTime::from_timestamp(minute * 60, 0).expect("in range");
        Busy { start: at(start), end: at(end), effect, uid: uid.into() }
    }

    #[test]
    fn overlapping_and_touching_stretches_become_one() {
        let merged = merge(vec![
            busy(60, 90, Effect::Busy, "b"),
            busy(0, 30, Effect::Tentative, "a"),
            busy(20, 60, Effect::Tentative, "a"),
            busy(120, 130, Effect::OutOfOffice, "c"),
            busy(100, 100, Effect::Busy, "instant"),
        ]);
        assert_eq!(merged, vec![busy(0, 90, Effect::Busy, ""), busy(120, 130, Effect::OutOfOffice, "c")]);
    }

    #[test]
    fn stretches_that_only_touch_do_not_overlap() {
        let b = busy(10, 20, Effect::Busy, "a");
        let probe = |s, e| {
            let p = busy(s, e, Effect::Busy, "");
            b.overlaps(p.start, p.end)
        };
        assert!(!probe(0, 10));
        assert!(!probe(20, 30));
        assert!(probe(0, 11));
        assert!(probe(19, 30));
        assert!(probe(12, 13));
        assert!(!busy(15, 15, Effect::Busy, "a").overlaps(b.start, b.end));
    }
}
