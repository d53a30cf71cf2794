use super::{Button, Href, Look};
use leptos::prelude::*;

/// Whether a part that can be opened starts open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disclosure {
    /// Starts closed: nothing is filtered.
    #[default]
    Closed,
    /// Starts open: something is filtered, or there is room.
    Open,
}

/// Filters of a list behind one button: a GET form, so that the choice lives in the address and survives a reload.
#[component]
pub fn Filters(
    /// The list's own address.
    #[prop(into)]
    action: Href,
    /// The button's words; say what is on: "Filters (2 on)".
    #[prop(default = "Filters".to_owned(), into)]
    label: String,
    /// The list without filters, when some are on.
    #[prop(optional_no_strip)]
    clear: Option<Href>,
    #[prop(optional)] disclosure: Disclosure,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="app-filters" open=disclosure == Disclosure::Open>
            <summary class="app-filters__summary">{label}</summary>
            <form class="app-filters__form" method="get" action=action.as_str().to_owned()>
                <div class="app-filters__fields">{children()}</div>
                <div class="app-actions">
                    <Button label="Show these" look=Look::Secondary/>
                    {clear.map(|href| view! { <a href=href.as_str().to_owned()>"Clear filters"</a> })}
                </div>
            </form>
        </details>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn filters_are_a_get_form_that_opens_without_script() {
        let html = render(|| view! { <Filters action="/worklist" disclosure=Disclosure::Open>"x"</Filters> });
        assert!(html.contains("<details"), "{html}");
        assert!(html.contains(" open"), "{html}");
        assert!(html.contains(r#"method="get""#), "{html}");
        let html = render(|| view! { <Filters action="/worklist">"x"</Filters> });
        assert!(!html.contains(" open"), "{html}");
    }
}
