use super::Href;
use leptos::prelude::*;

/// One thing to put right, and the control where it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Id of the control, from [`super::field_id`]; of the first control for a date or a group.
    pub field_id: String,
    /// What to do, the same sentence as beside the field: "Enter a date of birth, like 31 3 1948".
    pub message: String,
}

/// The list of what to put right, first on the page when a form comes back. Shows nothing when there is nothing.
///
/// It takes focus when the browser honours `autofocus`, so that a screen reader begins here.
#[component]
pub fn ErrorSummary(
    errors: Vec<FieldError>,
    #[prop(default = "There is a problem".to_owned(), into)] title: String,
) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        let items = errors
            .into_iter()
            .map(|error| {
                let href = Href::from(format!("#{}", error.field_id));
                view! { <li><a href=href.as_str().to_owned()>{error.message}</a></li> }
            })
            .collect_view();
        view! {
            <div class="app-error-summary" role="alert" aria-labelledby="error-summary-title" tabindex="-1" autofocus>
                <h2 class="app-error-summary__title" id="error-summary-title">{title}</h2>
                <ul class="app-error-summary__list">{items}</ul>
            </div>
        }
        .into_any()
    })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::{field_id, render};
    use super::*;

    #[test]
    fn it_links_each_message_to_its_field() {
        let errors =
            vec![FieldError { field_id: field_id("code"), message: "Enter the 6 digits <we> sent".into() }];
        let html = render(|| view! { <ErrorSummary errors/> });
        assert!(html.contains(r##"href="#f-code""##), "{html}");
        assert!(html.contains(r#"role="alert""#), "{html}");
        assert!(html.contains("&lt;we&gt;"), "{html}");
    }

    #[test]
    fn with_nothing_wrong_it_shows_nothing() {
        let html = render(|| view! { <ErrorSummary errors=Vec::new()/> });
        assert!(!html.contains("app-error-summary"), "{html}");
    }
}
