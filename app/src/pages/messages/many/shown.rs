//! One sending: who gets what, who gets nothing and why, what can be done with it, what became of it.

use contract::{ToManyPage, ToManyPerson};
use domain::language;
use domain::to_many::Stage;
use leptos::prelude::*;

use crate::components::{
    Button, Card, Column, DataTable, Density, Empty, Fact, Facts, HiddenField, Href, LinkButton, Look,
    Notice, NoticeKind, Pager, Progress, Row, StatusTag,
};
use crate::pages::console::{key, to, with_query};
use crate::words;

pub fn shown(data: &ToManyPage, out: bool, is_later: bool) -> AnyView {
    let is_begun = matches!(data.line.stage, Stage::Running | Stage::Paused | Stage::Done | Stage::Cancelled);
    let has_results = is_begun && (data.written > 0 || data.dropped > 0);
    view! {
        <div class="app-stack app-stack--loose">
            {different(data)}
            {lead(data)}
            {progress(data)}
            {steps(data)}
            {has_results.then(|| fates(data))}
            {ways(data)}
            {left_out(data)}
            {people(data, out, is_later, has_results)}
            <p class="app-actions app-screen-only">
                <a href=to(format!("{}/table", path(data)))>"All of it as a table (CSV)"</a>
                <a href="/messages/many">"All messages to many"</a>
            </p>
        </div>
    }
    .into_any()
}

fn path(data: &ToManyPage) -> String {
    format!("/messages/many/{}", data.line.id)
}

fn patients(count: u64) -> String {
    if count == 1 { "1 patient".to_owned() } else { format!("{count} patients") }
}

/// What is no longer as it was shown when somebody confirmed.
fn different(data: &ToManyPage) -> Option<AnyView> {
    let difference = data.difference.as_ref()?;
    let counted = [
        (difference.added, "more", "gets it now"),
        (difference.gone, "fewer", "gets it no longer"),
        (difference.changed, "changed", "gets something else, or by another way"),
    ];
    let said: Vec<String> = counted
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, word, _)| format!("{} {word}", patients(*count)))
        .collect();
    let names: Vec<_> = difference
        .some
        .iter()
        .map(|(name, what)| {
            let what = match what.as_str() {
                "added" => counted[0].2,
                "gone" => counted[1].2,
                _ => counted[2].2,
            };
            view! { <li>{format!("{name}: {what}")}</li> }
        })
        .collect();
    let said = if said.is_empty() { "Who gets nothing has changed".to_owned() } else { said.join(", ") };
    let all = difference.added + difference.gone + difference.changed;
    let rest = all.saturating_sub(difference.some.len() as u64);
    let rest = (rest > 0).then(|| view! { <p>{format!("And {rest} more.")}</p> });
    Some(
        view! {
            <Notice kind=NoticeKind::Warning title="Nothing was confirmed: who gets what has changed since you looked">
                <p>{format!("{said}. Look at it again below, then confirm.")}</p>
                <ul>{names}</ul>
                {rest}
            </Notice>
        }
        .into_any(),
    )
}

fn lead(data: &ToManyPage) -> AnyView {
    let (meaning, label) = words::sending_stage(data.line.stage);
    let out: u64 = data.left_out.iter().map(|one| one.count).sum();
    let gets = match data.line.recipients {
        1 => "1 patient gets it".to_owned(),
        count => format!("{count} patients get it"),
    };
    let mut items = vec![
        Fact::new("Status", view! { <StatusTag meaning label /> }.into_any()),
        Fact::text("Who", format!("{gets}; {} found and left out", patients(out))),
        Fact::text("For", words::purpose(data.line.purpose)),
        Fact::text("Written", format!("{}, {}", data.line.by, data.line.made)),
        Fact::text("Who gets what as of", data.previewed.clone()),
        Fact::text("Begins", data.line.starts.clone().unwrap_or_else(|| "once it is confirmed".to_owned())),
    ];
    items.extend(data.per_minute.map(|count| Fact::text("Most in a minute", count.to_string())));
    items.extend(data.confirmed.clone().map(|who| Fact::text("Confirmed", who)));
    items.extend(data.approved.clone().map(|who| Fact::text("Agreed", who)));
    let ended = if data.line.stage == Stage::Cancelled { "Cancelled" } else { "Ended" };
    items.extend(data.ended.clone().map(|when| Fact::text(ended, when)));
    view! {
        <Card title="The sending" meaning>
            <Facts items />
        </Card>
    }
    .into_any()
}

fn progress(data: &ToManyPage) -> Option<AnyView> {
    if !matches!(data.line.stage, Stage::Confirmed | Stage::Running | Stage::Paused) {
        return None;
    }
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let (done, total) =
        (small((data.over + data.dropped).min(data.line.recipients)), small(data.line.recipients));
    Some(
        view! {
            <section class="app-stack app-stack--tight">
                <Progress label="Left, or never will" done total />
                <p class="app-screen-only"><a href=to(path(data))>"See how far it is now"</a></p>
            </section>
        }
        .into_any(),
    )
}

/// What can be done with it now.
fn steps(data: &ToManyPage) -> AnyView {
    let stage = data.line.stage;
    let form = |act: &'static str, label: String, look: Look| {
        view! {
            <form method="post" action=to(path(data))>
                <HiddenField name="key" value=key() />
                <HiddenField name="version" value=data.version.to_string() />
                <HiddenField name="seen" value=data.set_hash.clone() />
                <HiddenField name="act" value=act />
                <Button label look />
            </form>
        }
    };
    let nobody = data.line.recipients == 0;
    let confirm = (stage == Stage::Draft && !nobody).then(|| {
        let label = match data.needs_second {
            true => "Confirm, and ask a second person".to_owned(),
            false => format!("Send it to {}", patients(data.line.recipients)),
        };
        form("confirm", label, Look::Primary)
    });
    let second = (stage == Stage::Draft && data.needs_second && !nobody).then(|| {
        view! { <p>"It goes to so many that somebody else has to agree before anything is sent."</p> }
    });
    let none = (stage == Stage::Draft && nobody).then(|| {
        view! { <Notice kind=NoticeKind::Warning title="Nobody would get this message. Change whom it is for." /> }
    });
    let change = (stage == Stage::Draft).then(|| {
        let href = format!("{}/change", path(data));
        view! { <LinkButton label="Change it" href=Href::from(href) look=Look::Secondary /> }
    });
    let look = (stage == Stage::Draft)
        .then(|| form("look", "Work out again who gets what".to_owned(), Look::Secondary));
    let awaiting = (stage == Stage::Awaiting && !data.may_approve).then(|| {
        view! {
            <p>"Waits for a second person: another coordinator or administrator opens this page and agrees."</p>
        }
    });
    let approve = (stage == Stage::Awaiting && data.may_approve).then(|| {
        form("approve", format!("Agree, and send it to {}", patients(data.line.recipients)), Look::Primary)
    });
    let give_back = (stage == Stage::Awaiting)
        .then(|| form("give-back", "Give it back unsent".to_owned(), Look::Secondary));
    let pause = matches!(stage, Stage::Confirmed | Stage::Running)
        .then(|| form("pause", "Pause".to_owned(), Look::Secondary));
    let resume = (stage == Stage::Paused).then(|| form("resume", "Go on".to_owned(), Look::Primary));
    let cancel = match stage {
        Stage::Done | Stage::Cancelled => None,
        Stage::Draft | Stage::Awaiting => {
            Some(("Throw it away", "It is kept in the list as cancelled, and never sent."))
        }
        Stage::Confirmed | Stage::Running | Stage::Paused => Some((
            "Cancel what has not left",
            "Whoever has it keeps it. Nobody else gets it, and this cannot be taken back: to reach them, write a new one.",
        )),
    };
    let cancel = cancel.map(|(label, what)| {
        view! {
            <details class="app-filters">
                <summary class="app-filters__summary">{label}</summary>
                <div class="app-stack app-stack--tight">
                    <p>{what}</p>
                    {form("cancel", format!("Yes: {}", label.to_lowercase()), Look::Warning)}
                </div>
            </details>
        }
    });
    view! {
        <section class="app-stack app-screen-only" aria-label="What you can do">
            {none} {second} {awaiting}
            <div class="app-actions">{confirm} {approve} {resume} {pause} {change} {look} {give_back}</div>
            {cancel}
        </section>
    }
    .into_any()
}

fn fates(data: &ToManyPage) -> AnyView {
    let rows: Vec<Row> = data
        .fates
        .iter()
        .map(|fate| {
            let (meaning, label) = words::delivery_by(&fate.channel, &fate.state);
            let why =
                if fate.state == "withheld" { words::left_out_later(&fate.why) } else { fate.why.clone() };
            Row::new(vec![
                words::channel(&fate.channel).into_any(),
                view! { <StatusTag meaning label /> }.into_any(),
                why.into_any(),
                fate.count.into_any(),
            ])
        })
        .collect();
    let columns =
        vec![Column::new("By"), Column::new("Delivery"), Column::new("Why"), Column::number("Messages")];
    let dropped = (data.dropped > 0).then(|| {
        view! { <p>{format!("{} left out after it was confirmed, before a message was written.", patients(data.dropped))}</p> }
    });
    let table = (!rows.is_empty())
        .then(|| view! { <DataTable caption="Messages by what became of them" columns rows density=Density::Dense /> });
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"What became of it"</h2>
            {table} {dropped}
        </section>
    }
    .into_any()
}

fn ways(data: &ToManyPage) -> Option<AnyView> {
    if data.ways.is_empty() {
        return None;
    }
    let rows = data
        .ways
        .iter()
        .map(|way| {
            Row::new(vec![
                words::channel(&way.channel).into_any(),
                language::name(&way.language).to_owned().into_any(),
                way.encoding.clone().into_any(),
                way.count.into_any(),
                if way.segments == 0 { "–".into_any() } else { way.segments.into_any() },
            ])
        })
        .collect();
    let columns = vec![
        Column::new("By"),
        Column::new("Language"),
        Column::new("Alphabet"),
        Column::number("Patients"),
        Column::number("Text messages to pay for"),
    ];
    let total = (data.segments > 0).then(|| {
        view! { <p>{format!("{} text messages to pay for in all.", data.segments)}</p> }
    });
    Some(
        view! {
            <section class="app-stack app-stack--tight">
                <h2>"By which way"</h2>
                <DataTable caption="Patients by way and language" columns rows density=Density::Dense />
                {total}
            </section>
        }
        .into_any(),
    )
}

fn left_out(data: &ToManyPage) -> Option<AnyView> {
    if data.left_out.is_empty() {
        return None;
    }
    let rows = data
        .left_out
        .iter()
        .map(|one| Row::new(vec![words::left_out_of_many(one.reason).into_any(), one.count.into_any()]))
        .collect();
    let columns = vec![Column::new("Why"), Column::number("Patients")];
    let see = with_query(&path(data), &[("show", "out")]);
    Some(
        view! {
            <section class="app-stack app-stack--tight">
                <h2>"Who gets nothing"</h2>
                <DataTable caption="Found and left out" columns rows density=Density::Dense />
                <p class="app-screen-only"><a href=to(format!("{see}#people"))>"See who they are"</a></p>
            </section>
        }
        .into_any(),
    )
}

fn people(data: &ToManyPage, out: bool, is_later: bool, has_results: bool) -> AnyView {
    let tab = |show: &str, label: &'static str, here: bool| {
        let href = format!("{}#people", with_query(&path(data), &[("show", show)]));
        view! {
            <li>
                <a class="app-view" href=to(href) aria-current=here.then_some("page")>{label}</a>
            </li>
        }
    };
    let list = if data.people.is_empty() {
        let title = if out { "Nobody is left out" } else { "Nobody gets it" };
        view! { <Empty title /> }.into_any()
    } else if out {
        let columns = ["Patient", "Why they get nothing"].map(Column::new).to_vec();
        let rows = data
            .people
            .iter()
            .map(|one| Row::new(vec![name(data, one), left_out_words(one).into_any()]))
            .collect();
        view! { <DataTable caption="Found and left out" columns rows density=Density::Dense /> }.into_any()
    } else {
        let mut columns = ["Patient", "By", "To", "What it says"].map(Column::new).to_vec();
        if has_results {
            columns.push(Column::new("Delivery"));
        }
        let rows = data
            .people
            .iter()
            .map(|one| {
                let mut cells =
                    vec![name(data, one), words::channel(&one.channel).into_any(), goes_to(one), says(one)];
                if has_results {
                    cells.push(delivery(data, one));
                }
                Row::new(cells)
            })
            .collect();
        view! { <DataTable caption="In the order in which they are written to" columns rows density=Density::Dense /> }
            .into_any()
    };
    let show = if out { "out" } else { "" };
    let next = data
        .next
        .as_ref()
        .map(|after| Href::from(with_query(&path(data), &[("show", show), ("after", after)])));
    let first = is_later.then(|| Href::from(with_query(&path(data), &[("show", show)])));
    view! {
        <section class="app-stack" id="people">
            <h2>"Each of them"</h2>
            <nav aria-label="Who" class="app-screen-only">
                <ul class="app-views">{tab("", "Gets it", !out)} {tab("out", "Gets nothing", out)}</ul>
            </nav>
            {list} <Pager next first />
        </section>
    }
    .into_any()
}

fn name(data: &ToManyPage, one: &ToManyPerson) -> AnyView {
    // Administrators open no referrals.
    let name = match data.may_look {
        true => {
            view! { <a href=to(format!("/referrals/{}", one.referral))>{one.patient.clone()}</a> }.into_any()
        }
        false => one.patient.clone().into_any(),
    };
    view! { {name} <p class="app-quiet">{one.reference.clone()}</p> }.into_any()
}

/// To which address, in which language, and what it costs.
fn goes_to(one: &ToManyPerson) -> AnyView {
    let cost = (!one.encoding.is_empty()).then(|| format!(", {} × {}", one.segments, one.encoding));
    let rest = format!("{}{}", language::name(&one.language), cost.unwrap_or_default());
    view! { {one.address.clone()} <p class="app-quiet">{rest}</p> }.into_any()
}

/// A text message as it is; of a mail or letter the subject, and all of it one step away.
fn says(one: &ToManyPerson) -> AnyView {
    if one.subject.is_empty() {
        return view! { <div>{one.text.clone()}</div> }.into_any();
    }
    view! {
        <details>
            <summary>{one.subject.clone()}</summary>
            <div class="app-letter">{one.text.clone()}</div>
        </details>
    }
    .into_any()
}

fn left_out_words(one: &ToManyPerson) -> String {
    one.left_out.as_deref().map(words::left_out_later).unwrap_or_default()
}

fn delivery(data: &ToManyPage, one: &ToManyPerson) -> AnyView {
    if one.is_dropped {
        return format!("Left out later: {}", left_out_words(one)).into_any();
    }
    let Some(state) = &one.state else {
        return "Not written yet".into_any();
    };
    let (meaning, label) = words::delivery_by(&one.sent_by, state);
    let why =
        (state == "withheld").then(|| view! { <p class="app-quiet">{words::left_out_later(&one.why)}</p> });
    let other = (one.sent_by != one.channel).then(
        || view! { <p class="app-quiet">{format!("By another way: {}", words::channel(&one.sent_by))}</p> },
    );
    let open = one.message.as_ref().filter(|_| data.may_look).map(|id| {
        view! { <a href=to(format!("/messages/{id}"))>"The message"</a> }
    });
    view! { <StatusTag meaning label /> {why} {other} <p class="app-quiet">{one.when.clone()}" "{open}</p> }
        .into_any()
}
