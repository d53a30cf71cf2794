//! The patient's own pages, under `/my`: where each referral is, and what can be done now.

mod access;
mod calendar;
mod cancel;
mod confirm;
mod documents;
pub mod frame;
mod home;
mod messages;
mod reach;
mod survey;
mod times;
pub mod waiting;
pub mod wishes;

use axum::Router;

use crate::web::Web;

/// All of them. Each handler asks for a `Patient`, so nobody else gets in.
pub fn routes() -> Router<Web> {
    Router::new()
        .merge(home::routes())
        .merge(times::routes())
        .merge(waiting::routes())
        .merge(wishes::routes())
        .merge(confirm::routes())
        .merge(cancel::routes())
        .merge(documents::routes())
        .merge(messages::routes())
        .merge(reach::routes())
        .merge(access::routes())
        .merge(calendar::routes())
        .merge(survey::routes())
}
