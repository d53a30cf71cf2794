//! Ids that sort by time: UUID version 7 (RFC 9562 §5.7), one type for each kind of thing.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Builds a version 7 UUID from an instant (milliseconds since 1970, UTC) and 10 random bytes.
pub fn v7(unix_ms: i64, random: [u8; 10]) -> Uuid {
    let ms = u64::try_from(unix_ms.max(0)).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

id! {
    /// An organisation: a practice, a hospital trust. Leads every key.
    OrganisationId,
    /// A place where people are seen.
    SiteId,
    /// A healthcare service that takes referrals.
    ServiceId,
    /// A member of staff.
    PersonId,
    /// A patient, as one organisation knows them.
    PatientId,
    /// A referral.
    ReferralId,
    /// A document attached to a referral.
    DocumentId,
    /// Somebody or something that can be booked: a clinician, a room.
    ResourceId,
    /// A booked or held time.
    AppointmentId,
    /// A calendar that was imported or subscribed to.
    CalendarId,
    /// One outgoing message.
    MessageId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_sort_later() {
        let early = v7(1_700_000_000_000, [255; 10]);
        let late = v7(1_700_000_000_001, [0; 10]);
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }
}
