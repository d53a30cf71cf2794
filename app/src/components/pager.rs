use super::Href;
use leptos::prelude::*;

/// Moves through a list that is paged by key: forwards, or back to the first page. Shows nothing on a single page.
#[component]
pub fn Pager(
    /// The address of the next page, when there is more.
    #[prop(optional_no_strip)]
    next: Option<Href>,
    /// The address of the first page, when this is not it.
    #[prop(optional_no_strip)]
    first: Option<Href>,
    /// What is shown: "50 of 312 referrals".
    #[prop(optional, into)]
    showing: Option<String>,
) -> impl IntoView {
    (next.is_some() || first.is_some()).then(|| {
        view! {
            <nav class="app-pager" aria-label="Pages of this list">
                {showing.map(|showing| view! { <p class="app-pager__showing">{showing}</p> })}
                {first.map(|href| view! {
                    <a class="app-pager__link" href=href.as_str().to_owned()>"Back to the first"</a>
                })}
                {next.map(|href| view! {
                    <a class="app-pager__link" rel="next" href=href.as_str().to_owned()>"Next"</a>
                })}
            </nav>
        }
        .into_any()
    })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn a_single_page_has_no_pager_and_the_last_page_no_next() {
        assert!(!render(|| view! { <Pager/> }).contains("<nav"));
        let html = render(|| view! { <Pager first=Some(Href::from("/worklist"))/> });
        assert!(html.contains("Back to the first"), "{html}");
        assert!(!html.contains("Next"), "{html}");
    }
}
