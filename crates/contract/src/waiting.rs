//! The waiting list: what is asked, and what its pages show.

use serde::{Deserialize, Serialize};

/// What somebody says who waits for another time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WaitingInput {
    /// Comma list of `MO` to `SU`; empty: any day.
    pub weekdays: String,
    /// Comma list of `morning`, `afternoon`, `evening`; empty: any time.
    pub parts: String,
    /// Comma lists of ids: where and with whom they would rather be seen; empty: it does not matter.
    pub sites: String,
    pub clinicians: String,
    /// "1": nothing else of places and people suits them.
    pub only_these: String,
    /// How many days they need between an offer and the visit: `1`, `3`, `7` or `14`.
    pub notice: String,
    /// `sms`, `email`, `letter`; empty: whichever there is.
    pub channel: String,
}

/// The question, with what is known already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingForm {
    pub referral: String,
    pub reference: String,
    pub clinic: String,
    pub place: String,
    pub phone: Option<String>,
    /// As it stands on the list now; `None`: not on it.
    pub now: Option<WaitingInput>,
    /// "Tuesday 3 March, 2:15pm": the booked time, which is kept until an earlier one is taken.
    pub booked: Option<String>,
    /// Where and with whom it can be; asked about where there are several.
    pub sites: Vec<crate::Choice>,
    pub clinicians: Vec<crate::Choice>,
    /// Ways to be reached that are known: code and how it reads ("number ending 123").
    pub channels: Vec<(String, String)>,
}

/// That somebody is on the list, on their card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnWaitingList {
    /// "Mondays and Tuesdays, mornings"; empty: any time.
    pub wishes: String,
    pub notice_days: i64,
}

/// A service with a waiting list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitedService {
    pub id: String,
    pub name: String,
    pub waiting: i64,
}

/// The page of one service's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingPage {
    pub services: Vec<WaitedService>,
    /// The service that is shown; `None`: nobody waits anywhere.
    pub service: Option<WaitedService>,
    /// In the order of the list, one page of them.
    pub lines: Vec<WaitingLine>,
    /// How many lines come before this page, and before the next where there is one.
    #[serde(default)]
    pub after: u64,
    #[serde(default)]
    pub more_after: Option<u64>,
    /// What would be offered now.
    pub next: Vec<NextOffer>,
    pub history: Vec<PastOffer>,
    pub groups: Vec<OfferGroup>,
}

/// Somebody on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLine {
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub priority: String,
    pub waited_days: i64,
    pub wishes: String,
    pub notice_days: i64,
    /// "2 hours by text message".
    pub reach: String,
    /// "asked about Tuesday 3 March, 2:15pm"; empty: nothing is offered now.
    pub now: String,
    /// The booked time, kept until an earlier one is taken.
    pub booked: Option<String>,
}

/// A time that would go to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextOffer {
    pub when: String,
    pub who: String,
    pub patient: String,
    pub reference: String,
    pub why: String,
    pub passed: Vec<PassedOver>,
}

/// Who stands before them, and why it is not theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    pub reference: String,
    pub why: String,
}

/// An offer that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastOffer {
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub when: String,
    pub who: String,
    pub offered: String,
    pub until: String,
    /// `accepted`, `declined`, `expired`, `withdrawn`, or empty while it is open.
    pub outcome: String,
    pub why: String,
    pub passed: Vec<PassedOver>,
}

/// Offers of the last year by group; the figures are `None` where too few would show a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferGroup {
    pub by: String,
    pub group: String,
    /// Offered, accepted, declined, not answered.
    pub counts: Option<[u32; 4]>,
}
