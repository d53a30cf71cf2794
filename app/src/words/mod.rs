//! Every word that stands for a code, in one place, ready for translation: statuses, acts, priorities, channels.

mod messages;
pub mod patient;
mod referrals;
mod refusals;

pub use messages::{channel, delivery, template};
pub use referrals::{act, event, next_action, priority, role, status_patient, status_staff, urgency};
pub use refusals::refusal;
