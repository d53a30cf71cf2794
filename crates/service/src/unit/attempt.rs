//! What a command was tried on, should it come to nothing.

use std::sync::OnceLock;

use domain::Principal;

use crate::Call;
use crate::audit::Touched;

/// Noted when a command ends without effect: a form that was not taken, a conflict, a fault. Jobs try often and are not
/// somebody who looks.
pub(super) struct Attempt<'a> {
    call: &'a Call,
    command: &'static str,
    on: OnceLock<Touched>,
    is_done: bool,
}

impl<'a> Attempt<'a> {
    pub fn new(call: &'a Call, command: &'static str) -> Self {
        Self { call, command, on: OnceLock::new(), is_done: false }
    }

    /// The first record that is named counts.
    pub fn is_for(&self, touched: Touched) {
        if !matches!(self.call.actor.principal, Principal::System { .. }) {
            let _ = self.on.set(touched);
        }
    }

    pub fn record(&self) -> Option<&Touched> {
        self.on.get()
    }

    pub fn succeeds(&mut self) {
        self.is_done = true;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let (Some(touched), false) = (self.on.take(), self.is_done) {
            self.call.trail.attempted(self.command, touched);
        }
    }
}
