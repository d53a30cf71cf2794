//! The form of a sending: whom it looks for, what it says, when it goes.

use contract::{AudienceQuery, ToManyFilter, ToManyForm, ToManyInput, ToManyWords, WorklistQuery};
use domain::Priority;
use domain::language;
use domain::referral::{AgeBand, State, Waiting};
use domain::template::{Part, Texts};
use domain::to_many::Purpose;
use leptos::prelude::*;

use crate::components::{
    Button, CheckboxGroup, Choice, HiddenField, Look, Need, RadioGroup, SafeTextarea, SelectField, TextField,
    TextKind, Width,
};
use crate::islands::MessageCost;
use crate::pages::console::{choices, key, to};
use crate::web::{Kept, Typed};
use crate::words;

/// The texts that are written; a notice on a screen is none of them.
const PARTS: [Part; 4] = [Part::Sms, Part::Subject, Part::Body, Part::Action];

/// Reads the form. Texts of further languages carry the language behind their name: `sms-pl`.
pub fn input(typed: &Typed) -> ToManyInput {
    let mut input: ToManyInput = typed.read();
    let (list, audience): (WorklistQuery, AudienceQuery) = (typed.read(), typed.read());
    input.filter = ToManyFilter { list, audience };
    let mut words = vec![ToManyWords {
        language: typed.value("house_language").to_owned(),
        texts: texts(&|part| typed.value(part.code()).to_owned()),
    }];
    for tag in tags(&typed.pairs) {
        let texts = texts(&|part| typed.value(&format!("{part}-{tag}")).to_owned());
        words.push(ToManyWords { language: tag, texts });
    }
    input.words = words;
    input
}

fn texts(value: &dyn Fn(Part) -> String) -> Texts {
    let mut texts = Texts::default();
    for part in PARTS {
        texts.set(part, value(part));
    }
    texts
}

/// The further languages of which something was sent, in their order.
fn tags(pairs: &[(String, String)]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for tag in pairs.iter().filter_map(|(name, _)| name.strip_prefix("sms-")) {
        if language::is_tag(tag) && all.iter().all(|known| known != tag) {
            all.push(tag.to_owned());
        }
    }
    all
}

pub fn form(data: &ToManyForm, path: &str, kept: &Kept) -> AnyView {
    let back = match data.id.as_str() {
        "" => "/messages/many".to_owned(),
        id => format!("/messages/many/{id}"),
    };
    view! {
        <form class="app-stack app-stack--loose" method="post" action=to(path)>
            <HiddenField name="key" value=key() />
            <HiddenField name="version" value=data.input.version.clone() />
            <HiddenField name="house_language" value=data.house_language.clone() />
            <TextField
                name="name"
                label="What do you call it?"
                hint="For you and your colleagues; no patient reads it"
                maxlength=120
                value=kept.value("name", &data.input.name)
                error=kept.error("name")
            />
            {whom(data, kept)}
            {what(data, kept)}
            {when(data, kept)}
            <div class="app-actions">
                <Button label="Show who would get what" />
                <a href=to(back)>"Back without saving"</a>
            </div>
            <p class="app-quiet">"Nothing is sent yet."</p>
        </form>
    }
    .into_any()
}

fn whom(data: &ToManyForm, kept: &Kept) -> AnyView {
    let ToManyFilter { list, audience } = &data.input.filter;
    let select =
        |name: &'static str, label: &'static str, empty: &'static str, all: Vec<Choice>, value: &str| {
            let (value, error) = (kept.value(name, value), kept.error(name));
            view! { <SelectField name label choices=all value error need=Need::Unsaid empty /> }
        };
    let day = |name: &'static str, label: &'static str, value: &str| {
        let (value, error) = (kept.value(name, value), kept.error(name));
        view! { <TextField name label kind=TextKind::Day need=Need::Unsaid value error /> }
    };
    let number = |name: &'static str, label: &'static str, value: &str| {
        let (value, error) = (kept.value(name, value), kept.error(name));
        view! { <TextField name label kind=TextKind::Digits width=Width::Tiny need=Need::Unsaid value error /> }
    };
    let mut states = vec![Choice::new("all", "Open and ended")];
    states.extend(
        State::ALL
            .iter()
            .filter(|state| **state != State::Draft)
            .map(|state| Choice::new(state.code(), words::status_staff(*state).1)),
    );
    let mut owners = vec![Choice::new("me", "Me"), Choice::new("team", "The team, nobody by name")];
    owners.extend(choices(&data.colleagues));
    let due = vec![
        Choice::new("1", "Only late ones"),
        Choice::new("today", "Late, or due today"),
        Choice::new("week", "Late, or due within a week"),
    ];
    let priorities = Priority::ALL.iter().map(|one| Choice::new(one.code(), words::priority(*one))).collect();
    let waits = Waiting::ALL.iter().map(|who| Choice::new(who.code(), words::waiting(*who))).collect();
    let ages = AgeBand::ALL.iter().map(|band| Choice::new(band.code(), words::age(*band))).collect();
    let tongues = language::NAMED.iter().map(|(tag, name)| Choice::new(*tag, *name)).collect();
    let mobile = vec![Choice::new("with", "With a number"), Choice::new("without", "Without a number")];
    view! {
        <section class="app-stack">
            <h2>"Whom is it for?"</h2>
            <p class="app-quiet">
                "Everybody with a referral to your organisation to whom all of this applies; each of them once."
            </p>
            <HiddenField name="kind" value=kept.value("kind", &list.kind) />
            <h3>"With a booked visit"</h3>
            <div class="app-filters__fields">
                {day("visit_from", "From this day", &audience.visit_from)}
                {day("visit_to", "To this day", &audience.visit_to)}
                {select("resource", "With", "Anybody", choices(&data.resources), &audience.resource)}
                {select("site", "Site", "All sites", choices(&data.sites), &list.site)}
            </div>
            <h3>"With a referral"</h3>
            <div class="app-filters__fields">
                {select("service", "Service", "Any", choices(&data.services), &list.service)}
                {select("state", "Status", "All that are open", states, &list.state)}
                {select("overdue", "Due", "Whenever", due, &list.overdue)}
                {number("due_days", "Due within so many days", &audience.due_days)}
                {select("owner", "Owner", "Anybody", owners, &list.owner)}
                {select("priority", "Urgency", "Any", priorities, &list.priority)}
                {select("waiting", "Waits for", "Anybody", waits, &list.waiting)}
                {select("age", "Sent", "Whenever", ages, &list.age)}
            </div>
            <h3>"Who is"</h3>
            <div class="app-filters__fields">
                {number("years_from", "So many years old, or older", &audience.years_from)}
                {number("years_to", "So many years old, or younger", &audience.years_to)}
                {select("tongue", "Written to in", "Any language", tongues, &audience.tongue)}
                {select("mobile", "Telephone", "With or without", mobile, &audience.mobile)}
            </div>
        </section>
    }
    .into_any()
}

fn what(data: &ToManyForm, kept: &Kept) -> AnyView {
    let mut written: Vec<String> = match kept.values.is_empty() {
        true => data.input.words.iter().map(|words| words.language.clone()).collect(),
        false => tags(&kept.values),
    };
    let more = kept.value("also", "");
    if kept.value("act", "") == "language" && language::is_tag(&more) {
        written.push(more);
    }
    let mut others: Vec<String> = Vec::new();
    for tag in written {
        if tag != data.house_language && !others.contains(&tag) {
            others.push(tag);
        }
    }
    let free: Vec<Choice> = language::NAMED
        .iter()
        .filter(|(tag, _)| {
            *tag != "bfi" && *tag != data.house_language && others.iter().all(|known| known != tag)
        })
        .map(|(tag, name)| Choice::new(*tag, *name))
        .collect();
    let purposes = Purpose::ALL
        .iter()
        .map(|purpose| {
            let hint = match purpose {
                Purpose::Care => "Where they stopped text messages it goes by mail or letter",
                Purpose::Other => "Goes to nobody who stopped any messages",
            };
            Choice::new(purpose.code(), words::purpose(*purpose)).hint(hint)
        })
        .collect();
    let house = language::name(&data.house_language).to_owned();
    let leave_out = vec![
        Choice::new("house", format!("They get it in {house}")),
        Choice::new("leave-out", "They get nothing, and are listed"),
    ];
    let sections: Vec<_> = others.iter().map(|tag| in_language(data, tag, kept)).collect();
    let letters = match kept.values.is_empty() {
        true => data.input.letters.clone(),
        false => kept.value("letters", ""),
    };
    let others_value = if data.input.others.is_empty() { "house" } else { &data.input.others };
    view! {
        <section class="app-stack" id="words">
            <h2>"What does it say?"</h2>
            <RadioGroup
                name="purpose"
                label="What is it for?"
                choices=purposes
                value=kept.value("purpose", &data.input.purpose)
                error=kept.error("purpose")
            />
            {in_language(data, &data.house_language, kept)}
            {sections}
            <div class="app-cluster">
                <SelectField name="also" label="Another language" choices=free need=Need::Unsaid empty="None" />
                <Button label="Add this language" look=Look::Secondary name="act" value="language" />
            </div>
            <RadioGroup
                name="others"
                label="Who reads none of these languages?"
                choices=leave_out
                value=kept.value("others", others_value)
                error=kept.error("others")
            />
            <CheckboxGroup
                name="letters"
                label="Letters"
                choices=vec![
                    Choice::new("1", "A letter to those whom nothing else reaches")
                        .hint("It takes days. Leave it out where it would come too late"),
                ]
                values=vec![letters]
                need=Need::Unsaid
            />
            <TextField
                name="told_hours"
                label="Leave out who had another message to many within so many hours"
                kind=TextKind::Digits
                width=Width::Tiny
                need=Need::Optional
                value=kept.value("told_hours", &data.input.told_hours)
                error=kept.error("told_hours")
            />
        </section>
    }
    .into_any()
}

/// The texts in one language.
fn in_language(data: &ToManyForm, tag: &str, kept: &Kept) -> AnyView {
    let is_first = tag == data.house_language;
    let name = |part: Part| if is_first { part.code().to_owned() } else { format!("{part}-{tag}") };
    let before = data.input.words.iter().find(|words| words.language == tag);
    let value = |part: Part| kept.value(&name(part), before.map_or("", |words| words.texts.get(part)));
    let error = |part: Part| kept.error(&name(part));
    let sms = view! {
        <SafeTextarea
            name=name(Part::Sms)
            label="Text message"
            hint="Your name stands before it, a link and your phone behind it. {when}: their visit. Nothing that says what the matter is"
            rows=3
            value=value(Part::Sms)
            error=error(Part::Sms)
        />
    };
    // What it costs is counted while it is written; see the island.
    let sms = match is_first {
        true => {
            let (template, language) = (Purpose::Care.template().code().to_owned(), tag.to_owned());
            view! { <MessageCost template language>{sms}</MessageCost> }.into_any()
        }
        false => sms.into_any(),
    };
    let need = if language::is_product(tag) { Need::Optional } else { Need::Required };
    view! {
        <section class="app-stack">
            <h3>{format!("In {}", language::name(tag))}</h3>
            {sms}
            <TextField
                name=name(Part::Subject)
                label="Subject of the mail"
                hint="Others can read it in a list: nothing that says what the matter is"
                value=value(Part::Subject)
                error=error(Part::Subject)
            />
            <SafeTextarea
                name=name(Part::Body)
                label="Mail and letter"
                hint="A greeting stands before it, a link and whom to call behind it. {when}, {organisation} and {phone} are filled in"
                rows=6
                maxlength=4000
                value=value(Part::Body)
                error=error(Part::Body)
            />
            <TextField
                name=name(Part::Action)
                label="Words on the mail’s link"
                need
                value=value(Part::Action)
                error=error(Part::Action)
            />
        </section>
    }
    .into_any()
}

fn when(data: &ToManyForm, kept: &Kept) -> AnyView {
    let input = &data.input;
    view! {
        <section class="app-stack">
            <h2>"When does it go?"</h2>
            <div class="app-filters__fields">
                <TextField
                    name="start_day"
                    label="Not before this day"
                    kind=TextKind::Day
                    need=Need::Optional
                    value=kept.value("start_day", &input.start_day)
                    error=kept.error("start_day")
                />
                <TextField
                    name="start_time"
                    label="At this time"
                    kind=TextKind::Time
                    need=Need::Optional
                    value=kept.value("start_time", &input.start_time)
                    error=kept.error("start_time")
                />
                <TextField
                    name="per_minute"
                    label="Most messages in a minute"
                    kind=TextKind::Digits
                    width=Width::Tiny
                    need=Need::Optional
                    value=kept.value("per_minute", &input.per_minute)
                    error=kept.error("per_minute")
                />
            </div>
            <p class="app-quiet">
                "Left empty, it begins once it is confirmed and goes as fast as it can. Nobody gets it in the quiet hours. So many in a minute are as many as your colleagues can answer calls."
            </p>
        </section>
    }
    .into_any()
}
