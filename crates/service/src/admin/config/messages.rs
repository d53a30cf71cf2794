//! Messages' own words, taken in.

use domain::template::Part;

use super::document::Message;
use super::load::Load;
use crate::ServiceError;
use crate::admin::templates::{Samples, put};
use crate::own_words::texts_of;

impl Load<'_> {
    /// After the services, whose names the words may not say.
    pub(super) async fn messages(&mut self, messages: &[Message]) -> Result<(), ServiceError> {
        if messages.is_empty() {
            return Ok(());
        }
        let organisation = self.organisation;
        let (desk, now) = (self.unit.desk, self.unit.call.now);
        let samples = Samples::of(desk, &*self.unit.tx, organisation, now).await?;
        for (at, message) in messages.iter().enumerate() {
            let before = store::own_words::find(&*self.unit.tx, organisation, message.code).await?;
            let mut texts = before.as_ref().map(texts_of).unwrap_or_default();
            for part in Part::ALL {
                if let Some(text) = message.get(*part) {
                    texts.set(*part, text.clone());
                }
            }
            let wrong = put(&mut self.unit, organisation, message.code, before, texts, &samples).await?;
            self.refuse_all(&format!("messages[{at}]"), wrong.unwrap_or_default());
        }
        Ok(())
    }
}
