//! Words between colleagues: of the own side, or with the other one.

use contract::ReferralPage;
use leptos::prelude::*;

use super::act_forms::{Reader, reply};
use crate::components::{
    Button, Choice, Empty, FileField, HiddenField, Level, Look, Need, RadioGroup, SafeTextarea, SelectField,
    files_of,
};
use crate::pages::console::{choices, key, to};
use crate::web::Kept;

pub fn thread(data: &ReferralPage, kept: &Kept) -> AnyView {
    let notes: Vec<_> = data
        .notes
        .iter()
        .map(|note| {
            let (class, for_whom) = match note.is_shared {
                true => ("app-note app-note--shared", "for both sides"),
                false => ("app-note", "for our side only"),
            };
            view! {
                <li class=class>
                    <p class="app-quiet">{format!("{}, {}, {for_whom}", note.who, note.when)}</p>
                    <p class="app-note__text" dir="auto">{note.text.clone()}</p>
                    {super::patient::enclosed(&data.id, &note.documents)}
                    {note.asked.iter().map(|(who, done)| asked(who, done.as_deref())).collect_view()}
                </li>
            }
        })
        .collect();
    let list = match notes.is_empty() {
        true => view! { <Empty title="Nobody has written yet" level=Level::Three /> }.into_any(),
        false => view! { <ol class="app-notes">{notes}</ol> }.into_any(),
    };
    let audiences = vec![
        Choice::new("own", "Our side only"),
        Choice::new("both", "Both sides").hint("The other side is told by mail"),
    ];
    view! {
        <section class="app-stack" id="thread">
            <h2>"Between colleagues"</h2>
            {list}
            <form
                class="app-stack app-screen-only"
                method="post"
                action=to(format!("/referrals/{}/write-note", data.id))
                enctype="multipart/form-data"
            >
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="write-note" />
                {reply("write-note", "text", Reader::Colleague, &[], "Ready words for colleagues here", data, kept)}
                <SafeTextarea
                    name="write-note-text"
                    label="Write to colleagues"
                    hint="The patient does not see it in Waymark, but may ask for the whole record"
                    rows=3
                    maxlength=20000
                    value=kept.value("write-note-text", "")
                    error=kept.error("write-note-text")
                />
                <RadioGroup
                    name="write-note-audience"
                    label="Who reads it?"
                    choices=audiences
                    value=kept.value("write-note-audience", "own")
                />
                <SelectField
                    name="write-note-person"
                    label="Ask somebody to act on it"
                    choices=choices(&data.own_side)
                    need=Need::Optional
                    empty="Nobody"
                    value=kept.value("write-note-person", "")
                    error=kept.error("write-note-person")
                />
                <FileField
                    name="write-note-file"
                    label="File for the same readers"
                    hint=files_of("PDF, photo or plain text")
                    accept=".pdf,.txt,image/*"
                    need=Need::Optional
                    error=kept.error("write-note-file")
                />
                <Button label="Write it" look=Look::Secondary />
            </form>
        </section>
    }
    .into_any()
}

/// Who is asked to act on words, and whether they have.
fn asked(who: &str, done: Option<&str>) -> AnyView {
    let said = match done {
        Some(when) => format!("{who} was asked to act – done {when}"),
        None => format!("{who} is asked to act on it"),
    };
    view! { <p class="app-quiet">{said}</p> }.into_any()
}
