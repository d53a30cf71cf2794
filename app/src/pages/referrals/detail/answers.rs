//! What the referrer answered to the service's questions, and in spite of which warnings it was sent.

use contract::ReferralPage;
use leptos::prelude::*;

use crate::components::{Card, Fact, Facts, Level, Meaning};

pub fn answers(data: &ReferralPage) -> AnyView {
    let sheet = &data.sheet;
    if sheet.said.is_empty() && sheet.overridden.is_empty() {
        return ().into_any();
    }
    let items = sheet.said.iter().map(|answer| Fact::new(&answer.label, as_written(&answer.text))).collect();
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

/// Line by line as it was written, and from the right where it is to be read from there.
fn as_written(text: &str) -> AnyView {
    view! { <div class="app-note__text" dir="auto">{text.to_owned()}</div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_its_lines_and_its_direction() {
        let html = crate::components::render(|| as_written("A line\nשלום <b>"));
        assert!(html.contains(r#"dir="auto""#) && html.contains("app-note__text"), "{html}");
        assert!(html.contains("A line\nשלום &lt;b"), "{html}");
    }
}
