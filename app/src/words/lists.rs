//! Words for lists of referrals.

use domain::referral::{AgeBand, Waiting};

/// For whom or what a referral waits.
pub fn waiting(waiting: Waiting) -> &'static str {
    match waiting {
        Waiting::Patient => "The patient",
        Waiting::Referrer => "The referrer",
        Waiting::Clinic => "The clinic",
        Waiting::Day => "A day that is set: a visit, the end of a pause",
    }
}

/// How many days ago it was sent.
pub fn age(band: AgeBand) -> &'static str {
    match band {
        AgeBand::Week => "0–7 days",
        AgeBand::Month => "8–28 days",
        AgeBand::Quarter => "29–90 days",
        AgeBand::Older => "over 90 days",
    }
}

/// What became of a time that was held or booked.
pub fn appointment(state: &str) -> &'static str {
    match state {
        "held" => "Held",
        "booked" => "Booked",
        "fulfilled" => "Kept",
        "no-show" => "Missed",
        "lapsed" => "Held, not confirmed",
        _ => "Cancelled",
    }
}
