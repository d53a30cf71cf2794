//! Messages' own words, taken in.

use domain::language;
use domain::template::Part;
use store::words::Which;

use super::document::Message;
use super::load::Load;
use crate::ServiceError;
use crate::admin::templates::{Samples, Written, approve, is_alone, put};
use crate::own_words::texts_of;

impl Load<'_> {
    /// After the services, whose names the words may not say. They are sent at once where whoever brings them could approve
    /// them alone: the command line, or the only administrator. Else they are drafts, for another one to approve.
    pub(super) async fn messages(&mut self, messages: &[Message]) -> Result<(), ServiceError> {
        if messages.is_empty() {
            return Ok(());
        }
        let organisation = self.organisation;
        let (desk, now) = (self.unit.desk, self.unit.call.now);
        let samples = Samples::of(desk, &*self.unit.tx, organisation, now).await?;
        let is_alone = is_alone(&self.unit, organisation).await?;
        for (at, message) in messages.iter().enumerate() {
            let tag = language::written(message.language.as_deref().unwrap_or(language::PRODUCT));
            if !language::is_tag(&tag) || !message.code.is_for_patient() && tag != language::PRODUCT {
                let remedy = match message.code.is_for_patient() {
                    true => "Write a language as a tag, such as cy or pt-BR.",
                    false => "Colleagues are written to in English alone. Leave the language out.",
                };
                self.refuse(format!("messages[{at}].language"), remedy);
                continue;
            }
            let which = Which { organisation, template: message.code, language: &tag };
            let sent = store::words::live(&*self.unit.tx, which).await?.as_ref().map(texts_of);
            let mut texts = sent.clone().unwrap_or_default();
            for part in Part::ALL {
                if let Some(text) = message.get(*part) {
                    texts.set(*part, text.clone());
                }
            }
            // What is sent already needs no new version, whatever draft waits.
            if texts.tidy() == sent.unwrap_or_default() {
                continue;
            }
            let before = store::words::newest(&*self.unit.tx, which).await?;
            let waiting = before.as_ref().filter(|row| row.approved_at.is_none()).map(|row| row.version);
            let version = match put(&mut self.unit, which, before, texts, None, &samples).await? {
                Written::Wrong(wrong) => {
                    self.refuse_all(&format!("messages[{at}]"), wrong);
                    continue;
                }
                Written::Draft(version) => Some(version),
                Written::Nothing => waiting,
            };
            if let Some(version) = version.filter(|_| is_alone) {
                approve(&mut self.unit, which, version).await?;
            }
        }
        Ok(())
    }
}
