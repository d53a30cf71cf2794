//! Coded reasons and texts to begin with, taken in.

use contract::{ReasonInput, ReplyInput};

use super::document::{Reason, Reply};
use super::load::{Load, same, set};
use crate::admin::reasons as admin;
use crate::{ServiceError, ids, reasons};

impl Load<'_> {
    pub(super) async fn reason(&mut self, at: usize, reason: &Reason) -> Result<(), ServiceError> {
        let all = reasons::all(&*self.unit.tx, self.organisation).await?;
        let code = reason.code.as_deref().map(str::trim);
        let before = all.iter().find(|row| {
            let is_it = code.map_or_else(|| same(&row.label, &reason.label), |code| row.code == code);
            row.act == reason.act.code() && is_it
        });
        let fresh = ReasonInput { active: "1".to_owned(), ..ReasonInput::default() };
        let mut input = before.map_or(fresh, admin::reason_input);
        input.act = reason.act.code().to_owned();
        input.label.clone_from(&reason.label);
        set(&mut input.comment_forced, reason.comment_forced.map(flag).as_ref());
        set(&mut input.patient_line, reason.patient_line.as_ref());
        set(&mut input.active, reason.active.map(flag).as_ref());
        let fresh = ids::fresh(self.unit.call.now);
        match admin::build_reason(self.organisation, &all, before, &input, code, fresh) {
            Err(wrong) => self.refuse_all(&format!("reasons[{at}]"), wrong),
            Ok(row) if before == Some(&row) => {}
            Ok(row) => admin::write_reason(&mut self.unit, before, &row).await?,
        }
        Ok(())
    }

    pub(super) async fn reply(&mut self, at: usize, reply: &Reply) -> Result<(), ServiceError> {
        let all = reasons::replies(&*self.unit.tx, self.organisation).await?;
        let before = all.iter().find(|row| same(&row.title, &reply.title));
        let active = before.is_none_or(|row| row.active);
        let input = ReplyInput {
            title: reply.title.clone(),
            text: reply.text.clone(),
            audience: reply.audience.code().to_owned(),
            act: reply.act.map_or(String::new(), |act| act.code().to_owned()),
            active: flag(reply.active.unwrap_or(active)),
        };
        let fresh = ids::fresh(self.unit.call.now);
        match admin::build_reply(self.organisation, &all, before, &input, fresh) {
            Err(wrong) => self.refuse_all(&format!("replies[{at}]"), wrong),
            Ok(row) if before == Some(&row) => {}
            Ok(row) => admin::write_reply(&mut self.unit, before, &row).await?,
        }
        Ok(())
    }
}

/// As a form sends it.
fn flag(is_on: bool) -> String {
    if is_on { "1".to_owned() } else { String::new() }
}
