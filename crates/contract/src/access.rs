//! Ways in, access and its review: what the account page, the emergency pages and the administrators' pages say.

use domain::Role;
use domain::emergency::Finding;
use domain::standing::Standing;
use serde::{Deserialize, Serialize};

use crate::ReferralPage;

/// The page of one's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    pub name: String,
    pub email: String,
    pub organisation: String,
    pub roles: Vec<Role>,
    /// The last day of work here.
    pub last_day: Option<String>,
    /// The last days of single roles.
    #[serde(default)]
    pub role_days: Vec<(Role, String)>,
    pub has_authenticator: bool,
    pub recovery_codes: i64,
    pub passkeys: Vec<PasskeyLine>,
    /// Whether this site's address allows passkeys at all.
    pub can_have_passkeys: bool,
}

/// A device that signs somebody in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyLine {
    pub id: String,
    pub name: String,
    pub added: String,
    /// `None`: never.
    pub used: Option<String>,
}

/// What somebody types to look in an emergency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EmergencyInput {
    /// Reference number of a referral, or an NHS number.
    pub which: String,
    pub reason: String,
    /// A fresh second factor; never part of what is remembered.
    #[serde(skip_serializing)]
    pub code: String,
}

/// An access that is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenEmergency {
    pub referral: String,
    pub reference: String,
    pub until: String,
}

/// A referral looked at in an emergency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmergencyPage {
    pub referral: ReferralPage,
    /// "11:15am".
    pub until: String,
    pub reason: String,
    /// The patient's other referrals here: id, reference, service.
    pub others: Vec<(String, String, String)>,
}

/// The review of emergency access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyReview {
    pub waiting: Vec<EmergencyLine>,
    pub reviewed: Vec<EmergencyLine>,
    /// Accesses of the last days, and of as many days before.
    pub lately: i64,
    pub before: i64,
    /// Days over which they are counted.
    pub days: i64,
    /// Who, how often, and whether that looks like a habit.
    pub people: Vec<(String, i64, bool)>,
    /// Whether the reader may search the audit.
    #[serde(default)]
    pub may_audit: bool,
}

/// One access in the review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyLine {
    pub id: String,
    pub when: String,
    /// "3 hours": for how long it waits.
    pub age: String,
    pub is_late: bool,
    pub who: String,
    pub reference: String,
    pub reason: String,
    /// How often they looked at something under it.
    pub looks: i64,
    /// At what, and when, in order.
    #[serde(default)]
    pub looked: Vec<(String, String)>,
    /// The one who opened it cannot review it.
    pub is_own: bool,
    /// Whether somebody at the organisation may review it.
    #[serde(default)]
    pub has_reviewer: bool,
    pub finding: Option<Finding>,
    /// "Owen Blackwood, 3 Mar, 2:15pm".
    pub reviewed: Option<String>,
    pub note: String,
}

/// What a reviewer finds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FindingInput {
    pub finding: String,
    pub note: String,
}

/// The review of who has access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessReview {
    pub people: Vec<AccessPerson>,
    /// Days without a sign-in after which an account stands out.
    pub quiet_days: i64,
}

/// A colleague in the review of access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPerson {
    pub id: String,
    pub name: String,
    pub email: String,
    pub roles: Vec<Role>,
    pub standing: Standing,
    pub last_day: Option<String>,
    /// The last days of single roles, in words.
    #[serde(default)]
    pub role_days: Vec<(Role, String)>,
    /// `None`: never.
    pub last_sign_in: Option<String>,
    /// Has not signed in for long, though they could.
    pub is_quiet: bool,
    pub has_password: bool,
    pub has_authenticator: bool,
    pub passkeys: i64,
    pub recovery_codes: i64,
    pub sessions: i64,
    pub is_self: bool,
}

/// A form that sets the last day of a colleague, or of one of their roles: three inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastDayInput {
    /// Code of the role that ends; empty: everything.
    pub last_day_of: String,
    pub last_day_day: String,
    pub last_day_month: String,
    pub last_day_year: String,
    /// The bookings that the preview showed; "": not previewed.
    pub seen: String,
}
