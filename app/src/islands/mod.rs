//! What is alive in the browser, one file for each island.

mod draft_helper;
mod hold_clock;
mod live_status;
mod message_cost;
mod push_opt_in;
mod uploader;

pub use draft_helper::DraftHelper;
pub use hold_clock::HoldClock;
pub use live_status::LiveStatus;
pub use message_cost::MessageCost;
pub use push_opt_in::PushOptIn;
pub use uploader::{UPLOAD_ACCEPT, Uploader};
