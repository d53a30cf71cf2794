//! The forms: the words themselves, what can stand in them, and trying them out.

use contract::{PlaceLine, TemplatePage};
use domain::template::Part;
use leptos::prelude::*;

use crate::components::{
    Button, Choice, Column, DataTable, Density, HiddenField, Look, Need, RadioGroup, Row, SafeTextarea,
    TextField, TextKind,
};
use crate::islands::MessageCost;
use crate::pages::console::{key, to};
use crate::web::Kept;
use crate::words;

pub(super) fn own_words(data: &TemplatePage, path: &str, kept: &Kept) -> AnyView {
    // After a conflict what somebody else wrote stands beside each text that differs.
    let is_late = kept.message.is_some()
        && super::is_unsaved(kept)
        && matches!(kept.value("act", "").as_str(), "" | "save");
    let fields: Vec<_> = data.parts.iter().map(|part| field(data, *part, kept, is_late)).collect();
    let is_ours = domain::language::is_product(&data.language);
    let otherwise = match is_ours {
        true => "What you leave empty is said in Waymark’s words.",
        false => {
            "Write every text: Waymark has no words of its own in this language. Days and times are said in figures, and nothing in English is put around your words."
        }
    };
    let begin = is_ours.then(|| {
        view! {
            <Button label="Fill in Waymark’s words" look=Look::Secondary name="act" value="begin" />
        }
    });
    let (version, action) = (data.version.to_string(), to(path));
    view! {
        <section class="app-stack">
            <h2>"Your own words"</h2>
            <p>{otherwise}</p>
            <form class="app-stack" method="post" action=action>
                <HiddenField name="key" value=key() />
                <HiddenField name="version" value=version />
                {fields}
                <div class="app-actions">
                    <Button label="Save the words" name="act" value="save" />
                    <Button label="Preview" look=Look::Secondary name="act" value="preview" />
                    {begin}
                </div>
            </form>
        </section>
    }
    .into_any()
}

fn field(data: &TemplatePage, part: Part, kept: &Kept, is_late: bool) -> AnyView {
    let (name, label) = (part.code(), words::part(part));
    let saved = data.own.get(part);
    let value = kept.value(name, saved);
    let hint: String = match is_late && value.trim() != saved {
        true if saved.is_empty() => "Saved now: nothing, so Waymark’s words are sent".to_owned(),
        true => format!("Saved now: “{saved}”"),
        false => [words::part_hint(data.template, part).to_owned(), fillable(&data.places, part)]
            .into_iter()
            .filter(|said| !said.is_empty())
            .collect::<Vec<_>>()
            .join(". "),
    };
    let need = if domain::language::is_product(&data.language) { Need::Optional } else { Need::Required };
    let error = kept.error(name);
    match part {
        Part::Body => {
            view! { <SafeTextarea name label hint rows=8 maxlength=4000 need value error /> }.into_any()
        }
        Part::Sms => {
            let (template, language) = (data.template.code().to_owned(), data.language.clone());
            view! {
                <MessageCost template language>
                    <SafeTextarea name label hint rows=3 need value error />
                </MessageCost>
            }
            .into_any()
        }
        Part::Subject | Part::Action | Part::Push => {
            view! { <TextField name label hint need value error /> }.into_any()
        }
    }
}

/// The places that a text may have, those that it must have first.
fn fillable(lines: &[PlaceLine], part: Part) -> String {
    let named = |is_there: fn(&PlaceLine, Part) -> bool| {
        let names =
            lines.iter().filter(|line| is_there(line, part)).map(|line| format!("{{{}}}", line.place));
        domain::spoken::list(&names.collect::<Vec<_>>())
    };
    let must = named(|line, part| line.must.contains(&part));
    let may = named(|line, part| line.may.contains(&part) && !line.must.contains(&part));
    match (must.is_empty(), may.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("It must have {must}"),
        (true, false) => format!("It may have {may}"),
        (false, false) => format!("It must have {must}, and may have {may}"),
    }
}

/// What can stand in braces.
pub(super) fn places(lines: &[PlaceLine]) -> AnyView {
    let names = |parts: &[Part]| {
        let names: Vec<_> = parts.iter().map(|part| words::part(*part).to_lowercase()).collect();
        if names.is_empty() { "–".to_owned() } else { words::capitalised(&domain::spoken::list(&names)) }
    };
    let rows = lines
        .iter()
        .map(|line| {
            Row::new(vec![
                view! { <code>{format!("{{{}}}", line.place)}</code> }.into_any(),
                words::place(line.place).into_any(),
                names(&line.may).into_any(),
                names(&line.must).into_any(),
            ])
        })
        .collect();
    let columns = ["Write", "It becomes", "May stand in", "Must stand in"].map(Column::new).to_vec();
    view! {
        <section class="app-stack">
            <h2>"Places that are filled"</h2>
            <DataTable caption="What to write in braces, and what it becomes" columns rows density=Density::Dense />
        </section>
    }
    .into_any()
}

/// A test to oneself, and the message with the data of a referral.
pub(super) fn try_out(data: &TemplatePage, path: &str, kept: &Kept) -> AnyView {
    let has_sms = data.parts.contains(&Part::Sms);
    let mut ways = vec![Choice::new("mail", format!("My mail, {}", data.mail))];
    ways.extend(has_sms.then(|| Choice::new("sms", "A text message to this number")));
    let number = has_sms.then(|| {
        view! {
            <TextField
                name="number"
                label="Mobile number"
                kind=TextKind::Telephone
                need=Need::Optional
                value=kept.value("number", "")
                error=kept.error("number")
            />
        }
    });
    let real = data.template.is_for_patient().then(|| {
        view! {
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="language" value=data.language.clone() />
                <TextField
                    name="reference"
                    label="Number of a referral"
                    hint="Like WM-7K3Q-92PD. Looking is recorded, and its patient sees it under “Who looked”"
                    value=kept.value("reference", "")
                    error=kept.error("reference")
                />
                <div class="app-actions">
                    <Button label="Show it with this referral" look=Look::Secondary name="act" value="real" />
                </div>
            </form>
        }
    });
    view! {
        <section class="app-stack">
            <h2>"Try it out"</h2>
            <p>"The newest version that is saved is tried out, whether it is approved or not."</p>
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                <RadioGroup
                    name="way"
                    label="Send me a test"
                    hint="With example data, once a minute at most"
                    choices=ways
                    value=kept.value("way", "mail")
                    error=kept.error("way")
                />
                {number}
                <div class="app-actions">
                    <Button label="Send the test" look=Look::Secondary name="act" value="test" />
                </div>
            </form>
            {real}
        </section>
    }
    .into_any()
}
