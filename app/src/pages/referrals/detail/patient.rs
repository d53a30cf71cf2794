//! The patient, the documents and the lines of the record that came with the referral.

use contract::{DocumentLine, ReferralPage};
use leptos::prelude::*;
use std::collections::BTreeMap;

use crate::components::{Empty, Fact, Facts, Href, Level, Meaning, StatusTag};
use crate::pages::console::to;
use crate::words;

pub fn facts(data: &ReferralPage) -> AnyView {
    let born = match data.age {
        Some(age) => format!("{} ({age} years)", data.birth_date),
        None => data.birth_date.clone(),
    };
    let unknown = || "not known".to_owned();
    let mut items = vec![
        Fact::text("Name", data.patient.clone()),
        Fact::text("Born", born),
        Fact::text("Sex", words::capitalised(&data.sex)),
        Fact::text("NHS number", data.nhs_number.as_deref().map_or_else(unknown, words::nhs_number)),
    ];
    match &data.phone {
        Some(phone) => {
            let href = Href::from(format!("tel:{}", phone.replace(' ', ""))).as_str().to_owned();
            items.push(Fact::new("Phone", view! { <a href=href>{words::phone(phone)}</a> }.into_any()));
        }
        None => items.push(Fact::text("Phone", unknown())),
    }
    items.push(Fact::text("E-mail", data.email.clone().unwrap_or_else(unknown)));
    if let Some(address) = &data.address {
        items.push(match &data.address_returned {
            None => Fact::text("Address", address.clone()),
            Some(when) => {
                let label = format!("A letter came back, {when}");
                let value = view! { {address.clone()} " " <StatusTag meaning=Meaning::Attention label/> };
                Fact::new("Address", value.into_any())
            }
        });
    }
    if let Some(sent) = &data.sent {
        items.push(Fact::text("Sent", sent.clone()));
    }
    if let Some(received) = &data.received {
        items.push(Fact::text("Received", received.clone()));
    }
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Patient"</h2>
            <Facts items />
        </section>
    }
    .into_any()
}

/// The way to record that the patient has died, for whoever may act on the referral.
pub fn death(data: &ReferralPage) -> AnyView {
    let label = match &data.died {
        Some(_) => "How it was recorded that they have died",
        None => "Record that the patient has died",
    };
    view! {
        <p class="app-screen-only">
            <a href=to(format!("/referrals/{}/death", data.id))>{label}</a>
        </p>
    }
    .into_any()
}

/// What the service asks for and how it stands, then all documents; older versions behind the newest.
pub fn documents(data: &ReferralPage) -> AnyView {
    let checklist: Vec<_> = data
        .sheet
        .checklist
        .iter()
        .map(|item| {
            let (meaning, label) = words::check_state(item.state);
            view! {
                <li class="app-cluster">
                    <span>{item.label.clone()}</span>
                    <StatusTag meaning label />
                </li>
            }
        })
        .collect();
    let replaced: Vec<&String> = data.documents.iter().filter_map(|line| line.replaces.as_ref()).collect();
    let lines: Vec<_> = data
        .documents
        .iter()
        .filter(|line| !replaced.contains(&&line.id))
        .map(|line| {
            let older = older(data, line);
            let before = (!older.is_empty()).then(|| {
                view! {
                    <details>
                        <summary>{format!("Older versions ({})", older.len())}</summary>
                        <ul>{older}</ul>
                    </details>
                }
            });
            view! { <li>{document(data, line)} {before}</li> }
        })
        .collect();
    let list = if lines.is_empty() {
        view! { <Empty title="No documents yet" level=Level::Three /> }.into_any()
    } else {
        view! { <ul class="app-plain-list">{lines}</ul> }.into_any()
    };
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Documents"</h2>
            {(!checklist.is_empty()).then(|| view! { <ul class="app-plain-list">{checklist}</ul> })}
            {list}
        </section>
    }
    .into_any()
}

/// Files that came with words.
pub fn enclosed(referral: &str, lines: &[contract::DocumentLine]) -> AnyView {
    let links: Vec<_> = lines
        .iter()
        .map(|line| {
            let href = to(format!("/referrals/{referral}/documents/{}", line.id));
            view! {
                <p>
                    <a href=href>{line.file_name.clone()}</a>
                    <span class="app-quiet">{format!(" {}", line.size)}</span>
                    {words::scan(&line.scan).map(|(meaning, label)| view! { " " <StatusTag meaning label /> })}
                </p>
            }
        })
        .collect();
    links.into_any()
}

fn document(data: &ReferralPage, line: &DocumentLine) -> AnyView {
    let href = to(format!("/referrals/{}/documents/{}", data.id, line.id));
    let version = words::version(line.version);
    view! {
        <a href=href>{line.file_name.clone()}</a>
        <p class="app-quiet">
            {format!("{} · {}{version} · {}, {}", line.kind, line.size, line.added_by, line.when)}
        </p>
        {words::scan(&line.scan).map(|(meaning, label)| view! { <StatusTag meaning label /> })}
    }
    .into_any()
}

/// The versions before this one, newest first.
fn older(data: &ReferralPage, newest: &DocumentLine) -> Vec<AnyView> {
    let mut views = Vec::new();
    let mut before = newest.replaces.as_ref();
    while let Some(line) = before.and_then(|id| data.documents.iter().find(|line| line.id == *id)) {
        views.push(view! { <li>{document(data, line)}</li> }.into_any());
        // A chain is never longer than the list it is in.
        before = line.replaces.as_ref().filter(|_| views.len() < data.documents.len());
    }
    views
}

/// The record, by kind.
pub fn record(data: &ReferralPage) -> AnyView {
    if data.record.is_empty() {
        return ().into_any();
    }
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in &data.record {
        let words = match &line.on {
            Some(on) => format!("{} ({})", line.words, words::day(on)),
            None => line.words.clone(),
        };
        kinds.entry(&line.kind).or_default().push(words);
    }
    let groups: Vec<_> = kinds
        .into_iter()
        .map(|(kind, lines)| {
            let count = lines.len();
            let lines: Vec<_> = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect();
            view! {
                <details class="app-act">
                    <summary class="app-act__summary">{format!("{} ({count})", heading(kind))}</summary>
                    <ul class="app-act__body">{lines}</ul>
                </details>
            }
        })
        .collect();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"From the record"</h2>
            {groups}
        </section>
    }
    .into_any()
}

fn heading(kind: &str) -> &str {
    match kind {
        "condition" => "Conditions",
        "medication" => "Medicines",
        "allergy" => "Allergies",
        "observation" => "Measurements",
        "procedure" => "Procedures",
        "immunisation" | "immunization" => "Vaccinations",
        other => other,
    }
}
