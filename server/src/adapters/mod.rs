//! The outside services as `service` wants them, each a thin layer over `messaging` or `connect`.

mod anchors;
mod couriers;
mod storage;
mod words;

pub use anchors::FileAnchors;
pub use couriers::Channels;
pub use storage::{Clamd, Folder, GuardedFeeds};
pub use words::Catalogue;
