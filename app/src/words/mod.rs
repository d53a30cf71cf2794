//! Every word that stands for a code, in one place, ready for translation: statuses, acts, priorities, channels.

mod access;
mod lists;
mod messages;
pub mod patient;
mod referrals;
mod refusals;
mod settings;

pub use access::{finding, standing_of_person, times};
pub use lists::{age, appointment, waiting};
pub use messages::{channel, delivery, template};
pub use referrals::{
    act, came, clock, event, kind, next_action, priority, role, scan, standing, status_patient, status_staff,
    urgency,
};
pub use refusals::refusal;
pub use settings::{duration, setting, setup_step};
