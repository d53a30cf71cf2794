use super::Level;
use super::heading::heading;
use leptos::prelude::*;

/// What stands in the place of a list with nothing in it: a sentence, and in the children what can be done.
#[component]
pub fn Empty(
    #[prop(into)] title: String,
    #[prop(optional)] level: Level,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="app-empty">
            {heading(level, "app-empty__title", title)}
            {children.map(|children| view! { <div class="app-empty__body">{children()}</div> })}
        </div>
    }
    .into_any()
}
