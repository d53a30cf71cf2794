use leptos::prelude::*;

/// Which heading a piece begins with, so that levels follow one another on the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// `<h2>`: a part of the page.
    #[default]
    Two,
    /// `<h3>`: a part of a part.
    Three,
}

/// A heading of the given level with the given class.
pub(super) fn heading(level: Level, class: &'static str, text: String) -> AnyView {
    match level {
        Level::Two => view! { <h2 class=class>{text}</h2> }.into_any(),
        Level::Three => view! { <h3 class=class>{text}</h3> }.into_any(),
    }
}
