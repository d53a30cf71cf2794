//! The outside services as `service` wants them, each a thin layer over `messaging` or `connect`.

mod anchors;
mod couriers;
mod papers;
mod sign_on;
mod storage;
mod words;

pub use anchors::FileAnchors;
pub use couriers::Channels;
pub use papers::FilePapers;
pub use sign_on::Elsewhere;
pub use storage::{Clamd, Folder, GuardedFeeds};
pub use words::Catalogue;
