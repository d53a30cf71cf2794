use leptos::prelude::*;

/// The four meanings a status may have; each has its own colour, shape and ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Finished or settled: a disc with a tick.
    Done,
    /// Nothing for the reader to do but wait: a ring with clock hands.
    Waiting,
    /// The reader should act: a triangle.
    Attention,
    /// It ended without its purpose, or is refused: a square with a bar.
    Stopped,
}

/// A status: one word or phrase with a shape, so that it never rests on colour alone.
#[component]
pub fn StatusTag(meaning: Meaning, #[prop(into)] label: String) -> impl IntoView {
    let class = match meaning {
        Meaning::Done => "app-status app-status--done",
        Meaning::Waiting => "app-status app-status--waiting",
        Meaning::Attention => "app-status app-status--attention",
        Meaning::Stopped => "app-status app-status--stopped",
    };
    view! {
        <span class=class>{shape(meaning)}<span class="app-status__label">{label}</span></span>
    }
    .into_any()
}

/// The shape of a meaning, hidden from screen readers because a word always stands beside it.
pub(super) fn shape(meaning: Meaning) -> AnyView {
    let path = match meaning {
        Meaning::Done => "M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0Zm4.4 5.9-5.2 6-3.7-3.2 1.3-1.5 2.2 1.9 3.9-4.5Z",
        Meaning::Waiting => {
            "M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0Zm0 2.1a5.9 5.9 0 1 1 0 11.8A5.9 5.9 0 0 1 8 2.1ZM7 4v4.7l3.2 2.2 1.1-1.6L9 7.7V4Z"
        }
        Meaning::Attention => "M8 .8 16 15H0L8 .8ZM7 5.6v4.6h2V5.6H7Zm0 5.7v2h2v-2H7Z",
        Meaning::Stopped => "M1 1h14v14H1V1Zm3 5.9v2.2h8V6.9H4Z",
    };
    view! {
        <svg class="app-status__shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path fill="currentColor" fill-rule="evenodd" d=path></path>
        </svg>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_meaning_has_its_own_shape_and_its_word() {
        let all = [Meaning::Done, Meaning::Waiting, Meaning::Attention, Meaning::Stopped];
        let shapes: BTreeSet<String> = all.iter().map(|m| render(|| shape(*m))).collect();
        assert_eq!(shapes.len(), 4);
        let html = render(
            || view! { <StatusTag meaning=Meaning::Waiting label="Held for you until 2:15pm & <5 min"/> },
        );
        assert!(html.contains(r#"aria-hidden="true""#), "{html}");
        assert!(html.contains("Held for you until 2:15pm &amp; &lt;5 min"), "{html}");
    }
}
