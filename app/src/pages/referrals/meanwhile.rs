//! What a page shows when somebody else was quicker: who did what, both texts side by side, and what was typed.

use contract::{LetterClash, LetterMerge, LetterPiece, Meanwhile, ReferralPage};
use domain::Priority;
use leptos::prelude::*;

use crate::components::{Card, Empty, Level, Meaning, Notice, NoticeKind};
use crate::pages::difference;
use crate::web::Kept;
use crate::words;

/// The version that a refused form was made from, when the referral has moved on since.
pub fn older(kept: &Kept, now: i64) -> Option<i64> {
    let version = kept.value("version", "").parse().ok()?;
    (kept.message.is_some() && version < now).then_some(version)
}

/// Who did what since the form was opened.
pub fn lines(meanwhile: &Meanwhile) -> AnyView {
    if meanwhile.lines.is_empty() {
        return view! { <Empty title="Nothing that the history tells" level=Level::Three /> }.into_any();
    }
    let lines: Vec<_> = meanwhile
        .lines
        .iter()
        .map(|line| {
            let to = line.to.as_ref().map_or(String::new(), |to| format!(" to {to}"));
            let what = format!("{}{to} by {}, {}", words::event(&line.kind), line.who, line.when);
            let why = line.why.clone().filter(|why| !why.is_empty());
            view! {
                <li>
                    {what} {why.map(|why| view! { <p class="app-letter app-quiet" dir="auto">{why}</p> })}
                </li>
            }
        })
        .collect();
    view! { <ul class="app-plain-list">{lines}</ul> }.into_any()
}

/// The letter as two people wrote it, side by side, with what has to be looked at before it is saved.
pub fn letter(merge: &LetterMerge) -> AnyView {
    let priority = merge.their_priority.as_deref().and_then(Priority::from_code).map(|theirs| {
        let title = format!("Meanwhile “How urgent is it?” was set to {}", words::priority(theirs));
        view! { <Notice kind=NoticeKind::Info title /> }
    });
    view! {
        <div class="app-panels">
            {side("As it is now", &merge.theirs)} {side("As you wrote it", &merge.mine)}
        </div>
        {priority}
        {clashes(&merge.clashes)}
    }
    .into_any()
}

fn side(title: &'static str, pieces: &[LetterPiece]) -> AnyView {
    let text = difference::marked(pieces);
    view! {
        <Card title level=Level::Three>
            <div class="app-letter" dir="auto">
                {text}
            </div>
        </Card>
    }
    .into_any()
}

fn clashes(clashes: &[LetterClash]) -> AnyView {
    if clashes.is_empty() {
        return view! {
            <p>
                "You changed different places, so the text below has both. Read it through before you save it."
            </p>
        }
        .into_any();
    }
    let items: Vec<_> = clashes
        .iter()
        .map(|clash| {
            let quoted = |said: &'static str, text: &str| {
                let text =
                    if text.trim().is_empty() { "(nothing)".to_owned() } else { text.trim().to_owned() };
                view! {
                    <p>
                        {said} <q class="app-diff__quote" dir="auto">
                            {text}
                        </q>
                    </p>
                }
            };
            let what = match clash.before.trim().is_empty() {
                true => "Both added here; the text below has both.",
                false => "Both changed this; the text below has yours.",
            };
            view! {
                <li>
                    <p>{what}</p>
                    {quoted("Theirs: ", &clash.theirs)}
                    {quoted("Yours: ", &clash.mine)}
                </li>
            }
        })
        .collect();
    view! {
        <Card title="Look at these places" level=Level::Three meaning=Meaning::Attention>
            <ol>{items}</ol>
        </Card>
    }
    .into_any()
}

/// On the referral's own page, after an act that came too late: what happened, and what was typed if its form is gone.
pub fn too_late(data: &ReferralPage, meanwhile: Option<&Meanwhile>, lost: &str) -> AnyView {
    if meanwhile.is_none() && lost.is_empty() {
        return ().into_any();
    }
    let state = words::status_staff(data.state).1;
    let typed = (!lost.is_empty()).then(|| {
        view! {
            <p>
                {format!(
                    "The referral is now “{state}”, so this cannot be done any more. What you wrote is not lost: it stands below and in the field “Write to colleagues”, ready to be kept in the thread.",
                )}
            </p>
            <div class="app-letter app-panel" dir="auto">
                {lost.to_owned()}
            </div>
            <p>
                <a href="#f-write-note-text">"Go to “Write to colleagues”"</a>
            </p>
        }
    });
    let lines = meanwhile.map(lines);
    view! {
        <Card title="What changed while you were writing" meaning=Meaning::Attention>
            {lines}
            {typed}
        </Card>
    }
    .into_any()
}

/// The words among what was typed into a form: whatever is longer than a choice. Empty when there are none.
pub fn words_of(kept: &Kept) -> String {
    let is_words = |name: &str, value: &str| {
        let named =
            ["text", "comment", "line", "reason", "note", "advice"].iter().any(|end| name.ends_with(end));
        !matches!(name, "key" | "form" | "version" | "act")
            && !value.trim().is_empty()
            && (named || value.trim().contains(char::is_whitespace))
    };
    let texts: Vec<&str> = kept
        .values
        .iter()
        .filter(|(name, value)| is_words(name, value))
        .map(|(_, value)| value.trim())
        .collect();
    texts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(values: &[(&str, &str)]) -> Kept {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Kept { values, message: Some("Somebody was quicker.".to_owned()), ..Kept::default() }
    }

    #[test]
    fn only_a_refused_form_of_an_older_version_is_too_late() {
        assert_eq!(older(&refused(&[("version", "3")]), 4), Some(3));
        assert_eq!(older(&refused(&[("version", "4")]), 4), None);
        assert_eq!(older(&refused(&[]), 4), None);
        let wrong_field = Kept { message: None, ..refused(&[("version", "3")]) };
        assert_eq!(older(&wrong_field, 4), None);
    }

    #[test]
    fn words_are_kept_and_choices_are_not() {
        let kept = refused(&[
            ("form", "triage"),
            ("version", "3"),
            ("triage-outcome", "decline"),
            ("triage-patient_line", "Please see your doctor."),
            ("triage-comment", "Done"),
        ]);
        assert_eq!(words_of(&kept), "Please see your doctor.\n\nDone");
    }
}
