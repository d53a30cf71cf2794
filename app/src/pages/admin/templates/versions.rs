//! The version that waits to be approved, the way back, and all versions with who wrote and approved them.

use contract::{LetterPiece, TemplatePage, WordsVersion};
use domain::template::{Part, Texts};
use leptos::prelude::*;

use super::said;
use crate::components::{Button, Card, Empty, Fact, Facts, HiddenField, Level, Look, Meaning, StatusTag};
use crate::pages::console::{key, to};
use crate::pages::difference;
use crate::web::Kept;
use crate::words;

/// What waits, with what it changes, and the approval for whoever may give it.
pub(super) fn draft(data: &TemplatePage, path: &str, kept: &Kept) -> AnyView {
    let Some(draft) = &data.draft else {
        return ().into_any();
    };
    let sent = match data.live_version {
        0 if domain::language::is_product(&data.language) => {
            "Until then Waymark’s words are sent.".to_owned()
        }
        0 => "Until then patients get it in another language.".to_owned(),
        version => format!("Until then version {version} is sent."),
    };
    // What could not be written any more is said beside the approval, too.
    let wrong: Vec<_> = match kept.value("act", "").as_str() {
        "approve" => data
            .parts
            .iter()
            .filter_map(|part| Some((*part, kept.error(part.code())?)))
            .map(|(part, error)| view! { <p class="app-field__error">{format!("{}: {error}", words::part(part))}</p> })
            .collect(),
        _ => Vec::new(),
    };
    let act = match draft.may_approve {
        true => view! {
            <form method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                <HiddenField name="version" value=draft.version.to_string() />
                {wrong}
                <Button label=format!("Approve version {}", draft.version) name="act" value="approve" />
            </form>
        }
        .into_any(),
        false => view! {
            <p>"You wrote it, so another administrator approves it."</p>
        }
        .into_any(),
    };
    let title = format!("Version {} waits to be approved", draft.version);
    let who = format!("Written by {}, {}. {sent}", draft.who, draft.when);
    let changes = changes(&draft.differences);
    view! {
        <Card title level=Level::Two meaning=Meaning::Attention>
            <p>{who}</p>
            {changes}
            {act}
        </Card>
    }
    .into_any()
}

fn changes(differences: &[(Part, Vec<LetterPiece>)]) -> AnyView {
    if differences.is_empty() {
        return view! { <p>"It says the same as what is sent."</p> }.into_any();
    }
    let facts = differences
        .iter()
        .map(|(part, pieces)| {
            let text = view! {
                <p class="app-said app-note__text" dir="auto">
                    {difference::marked(pieces)}
                </p>
            };
            Fact::new(words::part(*part), text.into_any())
        })
        .collect::<Vec<_>>();
    view! { <Facts items=facts /> }.into_any()
}

/// Going back to the product's words, in two steps. Nothing while there is nothing to go back from.
pub(super) fn back_to_ours(data: &TemplatePage, path: &str) -> AnyView {
    if data.own.is_empty() {
        return ().into_any();
    }
    let is_ours = domain::language::is_product(&data.language);
    let (summary, then, yes) = match is_ours {
        true => (
            "Go back to Waymark’s words",
            view! {
                <p>"These are sent then:"</p>
                <Facts items=ours(&data.built_in, &data.parts) />
            }
            .into_any(),
            "Yes, go back to Waymark’s words",
        ),
        false => (
            "Give this language up",
            view! { <p>"Patients get it in your organisation’s language then, or in English."</p> }
                .into_any(),
            "Yes, give this language up",
        ),
    };
    view! {
        <details class="app-act">
            <summary class="app-act__summary">{summary}</summary>
            <div class="app-act__body app-stack">
                {then}
                <p>"What you wrote stays in “Versions”."</p>
                <form method="post" action=to(path)>
                    <HiddenField name="key" value=key() />
                    <HiddenField name="version" value=data.version.to_string() />
                    <Button label=yes look=Look::Warning name="act" value="built-in" />
                </form>
            </div>
        </details>
    }
    .into_any()
}

fn ours(built_in: &Texts, parts: &[Part]) -> Vec<Fact> {
    parts.iter().map(|part| Fact::new(words::part(*part), said(built_in.get(*part)))).collect()
}

/// All versions, the newest first.
pub(super) fn history(data: &TemplatePage, path: &str) -> AnyView {
    let versions: Vec<_> = data.versions.iter().map(|version| one(data, version, path)).collect();
    let body = match versions.is_empty() {
        true => view! {
            <Empty title="Nothing has been written yet" level=Level::Three>
                <p>"Every version is kept here: who wrote and approved it, when, and what it changed."</p>
            </Empty>
        }
        .into_any(),
        false => view! { <div class="app-stack">{versions}</div> }.into_any(),
    };
    view! {
        <section class="app-stack">
            <h2>"Versions"</h2>
            {body}
        </section>
    }
    .into_any()
}

fn one(data: &TemplatePage, version: &WordsVersion, path: &str) -> AnyView {
    let is_newest = version.version == data.version;
    let (meaning, state) = match (version.is_live, version.approved.is_empty(), is_newest) {
        (true, ..) => (Meaning::Done, "Sent now"),
        (false, true, true) => (Meaning::Attention, "Waits to be approved"),
        (false, true, false) => (Meaning::Stopped, "Never approved"),
        (false, false, _) => (Meaning::Waiting, "Sent before"),
    };
    let mut lines = vec![format!("Written by {}, {}.", version.who, version.when)];
    if !version.approved.is_empty() {
        lines.push(format!("Approved by {}.", version.approved));
    }
    if let Some(from) = version.from_version {
        lines.push(format!("It brought version {from} back."));
    }
    if version.is_product {
        lines.push(match domain::language::is_product(&data.language) {
            true => "Waymark’s words.".to_owned(),
            false => "This language is given up.".to_owned(),
        });
    }
    let back = (!is_newest).then(|| {
        view! {
            <form method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                <HiddenField name="version" value=data.version.to_string() />
                <HiddenField name="from" value=version.version.to_string() />
                <Button
                    label=format!("Bring version {} back", version.version)
                    look=Look::Secondary
                    name="act"
                    value="restore"
                />
            </form>
        }
    });
    view! {
        <details class="app-act">
            <summary class="app-act__summary">
                {format!("Version {}", version.version)} " " <StatusTag meaning label=state />
            </summary>
            <div class="app-act__body app-stack">
                <p>{lines.join(" ")}</p>
                {changes(&version.differences)}
                {back}
            </div>
        </details>
    }
    .into_any()
}
