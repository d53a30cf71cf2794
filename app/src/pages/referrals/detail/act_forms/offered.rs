//! What an organisation's forms offer: coded reasons and canned replies.

use contract::ReferralPage;
use domain::referral::Act;
use leptos::prelude::*;

use crate::components::{Button, Choice, Look, Need, SelectField};
use crate::web::Kept;

/// The reasons for an act; nothing where the organisation has none.
pub(super) fn reason(form: &str, act: Act, label: &'static str, data: &ReferralPage, kept: &Kept) -> AnyView {
    let choices: Vec<Choice> = data
        .reasons
        .iter()
        .filter(|reason| reason.act == act)
        .map(|reason| Choice::new(reason.code.clone(), reason.label.clone()))
        .collect();
    if choices.is_empty() {
        return ().into_any();
    }
    let name = format!("{form}-reason");
    view! {
        <SelectField
            name=name.clone()
            label
            choices
            need=Need::Optional
            empty="Choose a reason"
            value=kept.value(&name, "")
            error=kept.error(&name)
        />
    }
    .into_any()
}

/// Who reads what a reply is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Patient,
    Colleague,
}

/// Canned replies for a text of a form: one is chosen, and the button brings the form back with its words in the text.
/// Nothing where the organisation has none that fits.
pub fn reply(
    form: &str,
    field: &'static str,
    reader: Reader,
    acts: &[Act],
    label: &'static str,
    data: &ReferralPage,
    kept: &Kept,
) -> AnyView {
    let choices: Vec<Choice> = data
        .replies
        .iter()
        .filter(|reply| reply.is_for_patient == (reader == Reader::Patient))
        .filter(|reply| reply.act.is_none_or(|act| acts.contains(&act)))
        .map(|reply| Choice::new(reply.id.clone(), reply.title.clone()))
        .collect();
    if choices.is_empty() {
        return ().into_any();
    }
    let name = format!("{form}-reply-{field}");
    let error = kept.error(&name);
    let is_open = error.is_some();
    view! {
        <details class="app-ready" open=is_open>
            <summary class="app-ready__summary">{label}</summary>
            <div class="app-cluster">
                <SelectField
                    name=name.clone()
                    label="Which words?"
                    choices
                    need=Need::Unsaid
                    empty="None"
                    value=kept.value(&name, "")
                    error=error
                />
                <Button label="Put it into the text" look=Look::Secondary name="fill" value=field />
            </div>
        </details>
    }
    .into_any()
}
