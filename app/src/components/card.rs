use super::heading::heading;
use super::{Level, Meaning};
use leptos::prelude::*;

/// A bordered piece of the page with a heading. `meaning` colours its leading edge; a [`super::StatusTag`] inside
/// should say the same in words.
#[component]
pub fn Card(
    #[prop(into)] title: String,
    #[prop(optional)] level: Level,
    #[prop(optional)] meaning: Option<Meaning>,
    children: Children,
) -> impl IntoView {
    let class = match meaning {
        None => "app-card",
        Some(Meaning::Done) => "app-card app-card--done",
        Some(Meaning::Waiting) => "app-card app-card--waiting",
        Some(Meaning::Attention) => "app-card app-card--attention",
        Some(Meaning::Stopped) => "app-card app-card--stopped",
    };
    view! {
        <section class=class>
            {heading(level, "app-card__title", title)}
            <div class="app-card__body">{children()}</div>
        </section>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn a_card_uses_the_heading_level_it_was_given() {
        let html = render(
            || view! { <Card title="Renal <clinic>" level=Level::Three meaning=Meaning::Waiting>"x"</Card> },
        );
        assert!(html.contains("<h3"), "{html}");
        assert!(html.contains("Renal &lt;clinic&gt;"), "{html}");
        assert!(html.contains("app-card--waiting"), "{html}");
    }
}
