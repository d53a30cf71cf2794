//! What the referrer answered to the service's questions, and in spite of which warnings it was sent.

use contract::ReferralPage;
use leptos::prelude::*;

use crate::components::{Card, Fact, Facts, Level, Meaning};

pub fn answers(data: &ReferralPage) -> AnyView {
    let sheet = &data.sheet;
    if sheet.said.is_empty() && sheet.overridden.is_empty() {
        return ().into_any();
    }
    let items = sheet.said.iter().map(|answer| answer_of(&answer.label, &answer.text)).collect();
    let lines: Vec<_> = sheet
        .overridden
        .iter()
        .map(|line| {
            view! {
                <li>
                    <strong>{line.label.clone()}</strong>
                    <p dir="auto">{line.reason.clone()}</p>
                </li>
            }
        })
        .collect();
    let overridden = (!lines.is_empty()).then(|| {
        view! {
            <Card title="Sent in spite of" level=Level::Three meaning=Meaning::Attention>
                <ul class="app-plain-list">{lines}</ul>
            </Card>
        }
    });
    view! {
        <section class="app-stack">
            <h2>"Answers to the service"</h2>
            {overridden}
            {(!sheet.said.is_empty()).then(|| view! { <Facts items /> })}
        </section>
    }
    .into_any()
}

/// An answer with the lines in which it was typed.
fn answer_of(label: &str, text: &str) -> Fact {
    let text = text.to_owned();
    Fact::new(label, view! { <div class="app-letter" dir="auto">{text}</div> })
}
