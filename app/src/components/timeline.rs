use super::Meaning;
use super::status_tag::shape;
use leptos::prelude::*;

/// Where an item stands against today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineKind {
    /// It has happened.
    Past,
    /// What comes next.
    Next,
    /// What follows after that.
    Then,
}

/// One step of what happened and what will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineItem {
    /// "12 Feb", "Next", "Then".
    pub when: String,
    /// "St Aidan's Hospital received it".
    pub what: String,
    /// A further sentence.
    pub detail: Option<String>,
    /// Past, next or later.
    pub kind: TimelineKind,
}

/// What has happened and what comes next, in order.
#[component]
pub fn Timeline(items: Vec<TimelineItem>) -> impl IntoView {
    let steps = items.into_iter().map(step).collect_view();
    view! { <ol class="app-timeline">{steps}</ol> }.into_any()
}

fn step(item: TimelineItem) -> AnyView {
    let class = match item.kind {
        TimelineKind::Past => "app-timeline__item app-timeline__item--past",
        TimelineKind::Next => "app-timeline__item app-timeline__item--next",
        TimelineKind::Then => "app-timeline__item app-timeline__item--then",
    };
    let mark = match item.kind {
        TimelineKind::Past => shape(Meaning::Done),
        TimelineKind::Next | TimelineKind::Then => ring(),
    };
    view! {
        <li class=class>
            <span class="app-timeline__mark">{mark}</span>
            <span class="app-timeline__when">{item.when}</span>
            " "
            <span class="app-timeline__what">
                {item.what}
                {item.detail.map(|detail| view! { <span class="app-timeline__detail" dir="auto">{detail}</span> })}
            </span>
        </li>
    }
    .into_any()
}

fn ring() -> AnyView {
    view! {
        <svg class="app-status__shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="2.5"></circle>
        </svg>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn steps_keep_their_order_and_are_escaped() {
        let item = |when: &str, kind| TimelineItem {
            when: when.into(),
            what: "<b>sent</b>".into(),
            detail: None,
            kind,
        };
        let items = vec![item("12 Feb", TimelineKind::Past), item("Next", TimelineKind::Next)];
        let html = render(|| view! { <Timeline items/> });
        assert!(html.find("12 Feb") < html.find("Next"), "{html}");
        assert!(!html.contains("<b>"), "{html}");
    }
}
