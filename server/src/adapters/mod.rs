//! The outside services as `service` wants them, each a thin layer over `messaging` or `connect`.

mod anchors;
pub mod apart;
mod couriers;
mod papers;
mod providers;
mod sign_on;
mod storage;
mod words;

pub use anchors::FileAnchors;
pub use apart::Apart;
pub use couriers::Channels;
pub use papers::FilePapers;
pub use providers::Providers;
pub use sign_on::Elsewhere;
pub use storage::{Clamd, Folder, GuardedFeeds, SealedSecrets};
pub use words::Catalogue;
