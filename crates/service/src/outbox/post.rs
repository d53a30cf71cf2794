//! What the letters of one unit of work share, and those that are not written yet.

use domain::{OrganisationId, PatientId, ReferralId};
use store::Tx;
use store::entity::{message, push_subscription, words_version};

use crate::ServiceError;

/// A booking alone tells three people with up to six letters: each thing that they say is read once, and they are written
/// together.
#[derive(Default)]
pub(crate) struct Post {
    pub(super) link: Option<(ReferralId, String)>,
    words: Option<(OrganisationId, Vec<words_version::Model>)>,
    browsers: Option<(PatientId, Vec<push_subscription::Model>)>,
    pub(super) rows: Vec<message::Model>,
}

impl Post {
    /// All that an organisation wrote of messages in its own words, and that is approved.
    pub(super) async fn words(
        &mut self,
        tx: &Tx,
        of: OrganisationId,
    ) -> Result<&[words_version::Model], ServiceError> {
        if self.words.as_ref().is_none_or(|(known, _)| *known != of) {
            self.words = Some((of, store::words::live_of_all(&**tx, of).await?));
        }
        Ok(self.words.as_ref().map_or(&[], |(_, rows)| rows))
    }

    /// Says everything of this unit in these words, or in the product's.
    pub(super) fn say(&mut self, of: OrganisationId, words: Option<words_version::Model>) {
        self.words = Some((of, words.into_iter().collect()));
    }

    /// The browsers in which a patient asked for messages.
    pub(super) async fn browsers(
        &mut self,
        tx: &Tx,
        (organisation, patient): (OrganisationId, PatientId),
    ) -> Result<&[push_subscription::Model], ServiceError> {
        if self.browsers.as_ref().is_none_or(|(known, _)| *known != patient) {
            let rows = store::messages::subscriptions(&**tx, organisation, patient).await?;
            self.browsers = Some((patient, rows));
        }
        Ok(self.browsers.as_ref().map_or(&[], |(_, rows)| rows))
    }

    /// Writes what waits. Before messages are looked at in the same transaction, and at its end.
    pub(crate) async fn write(&mut self, tx: &Tx) -> Result<(), ServiceError> {
        Ok(store::messages::enqueue(tx, std::mem::take(&mut self.rows)).await?)
    }
}
