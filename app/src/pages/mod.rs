//! One folder for each page: its route, who sees it, its data, its view; what its forms accept.

mod account;
pub mod admin;
mod availability;
mod board;
mod console;
mod difference;
pub mod downtime;
mod emergency;
mod home;
mod letters;
mod matching;
mod messages;
pub mod patient;
mod private_feed;
mod quality;
mod referrals;
mod sign_in;
mod start;
mod unsubscribe;
mod waiting;
mod worklist;

pub use admin::audit_address;
pub use referrals::record_document;

use axum::Router;

use crate::web::Web;

/// Every page's routes.
pub fn routes() -> Router<Web> {
    Router::new()
        .merge(home::routes())
        .merge(start::routes())
        .merge(unsubscribe::routes())
        .merge(patient::routes())
        .merge(sign_in::routes())
        .merge(referrals::routes())
        .merge(worklist::routes())
        .merge(availability::routes())
        .merge(board::routes())
        .merge(waiting::routes())
        .merge(matching::routes())
        .merge(messages::routes())
        .merge(letters::routes())
        .merge(quality::routes())
        .merge(downtime::routes())
        .merge(admin::routes())
        .merge(account::routes())
        .merge(emergency::routes())
}
