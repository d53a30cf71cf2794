//! What one request has left in the audit so far, so that it leaves one row for each record, and not none.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::{Outcome, Touched};

/// Belongs to a [`crate::Call`]; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Trail(Arc<Mutex<Left>>);

#[derive(Debug, Default)]
struct Left {
    /// Records that have a row, and how it ended.
    rows: Vec<(Option<Uuid>, Outcome)>,
    /// Commands that ended without effect, with the record that they were for.
    attempts: Vec<(&'static str, Touched)>,
}

impl Trail {
    /// A row is written.
    pub(crate) fn left(&self, id: Option<Uuid>, outcome: Outcome) {
        self.with(|left| left.rows.push((id, outcome)));
    }

    /// A command on a record has ended without effect.
    pub(crate) fn attempted(&self, command: &'static str, touched: Touched) {
        self.with(|left| left.attempts.push((command, touched)));
    }

    pub(super) fn has_refusal(&self) -> bool {
        self.with(|left| left.rows.iter().any(|(_, outcome)| *outcome == Outcome::Refused))
    }

    /// Attempts whose record has no row, each record once. They count as recorded from now on.
    pub(super) fn open_attempts(&self) -> Vec<(&'static str, Touched)> {
        self.with(|left| {
            let mut open: Vec<(&'static str, Touched)> = Vec::new();
            for (command, touched) in std::mem::take(&mut left.attempts) {
                let is_recorded = left.rows.iter().any(|(id, _)| *id == touched.id)
                    || open.iter().any(|(_, known)| known.id == touched.id);
                if !is_recorded {
                    open.push((command, touched));
                }
            }
            open
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Left) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use domain::OrganisationId;

    use super::*;

    fn record(id: u128) -> Touched {
        let organisation = OrganisationId(Uuid::nil());
        Touched { organisation, entity: "referral", id: Some(Uuid::from_u128(id)), patient: None }
    }

    #[test]
    fn an_attempt_is_recorded_once_and_only_where_the_record_has_no_row() {
        let trail = Trail::default();
        trail.attempted("send", record(1));
        trail.attempted("assign", record(2));
        trail.attempted("assign", record(2));
        trail.left(Some(Uuid::from_u128(1)), Outcome::Allowed);
        let open = trail.clone().open_attempts();
        assert_eq!(
            open.iter().map(|(command, touched)| (*command, touched.id)).collect::<Vec<_>>(),
            [("assign", Some(Uuid::from_u128(2)))]
        );
        assert!(trail.open_attempts().is_empty());
        assert!(!trail.has_refusal());
        trail.left(None, Outcome::Refused);
        assert!(trail.has_refusal());
    }
}
