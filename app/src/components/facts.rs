use leptos::prelude::*;

/// One fact: what it is and what it says.
pub struct Fact {
    /// "Looked after by".
    pub term: String,
    /// Text, a link, a status tag …
    pub detail: AnyView,
}

impl Fact {
    /// A fact whose detail is a view.
    pub fn new(term: impl Into<String>, detail: impl IntoAny) -> Self {
        Fact { term: term.into(), detail: detail.into_any() }
    }

    /// A fact whose detail is plain text.
    pub fn text(term: impl Into<String>, detail: impl Into<String>) -> Self {
        Fact::new(term, detail.into())
    }
}

/// A definition list of facts; term above detail on phones, side by side on wide screens.
#[component]
pub fn Facts(items: Vec<Fact>) -> impl IntoView {
    let rows = items
        .into_iter()
        .map(|fact| {
            view! {
                <div class="app-facts__row">
                    <dt class="app-facts__term">{fact.term}</dt>
                    <dd class="app-facts__detail">{fact.detail}</dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="app-facts">{rows}</dl> }.into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn terms_and_details_are_escaped_and_paired() {
        let html =
            render(|| view! { <Facts items=vec![Fact::text("Reason", "<script>alert(1)</script>")]/> });
        assert!(html.contains("<dt"), "{html}");
        assert!(html.contains("<dd"), "{html}");
        assert!(!html.contains("<script>"), "{html}");
    }
}
