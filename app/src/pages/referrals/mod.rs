//! Referrals: the referring side's list, beginning and drafting one, and one referral as both sides see it.

mod acts;
mod begin;
mod compare;
mod death;
mod delegates;
pub mod detail;
mod edit;
mod key_in;
mod meanwhile;
mod record;
mod sent;
mod times;
mod waiting;
mod wishes;

pub use record::document as record_document;

use axum::Router;

use crate::web::Web;

pub fn routes() -> Router<Web> {
    Router::new()
        .merge(sent::routes())
        .merge(begin::routes())
        .merge(delegates::routes())
        .merge(edit::routes())
        .merge(key_in::routes())
        .merge(times::routes())
        .merge(waiting::routes())
        .merge(wishes::routes())
        .merge(death::routes())
        .merge(detail::routes())
        .merge(record::routes())
        .merge(compare::routes())
        .merge(acts::routes())
}
