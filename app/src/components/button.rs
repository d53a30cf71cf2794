use super::Href;
use leptos::prelude::*;

/// How loud an act looks. One `Primary` per page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do next.
    #[default]
    Primary,
    /// Another thing that can be done.
    Secondary,
    /// An act that takes something away, such as cancelling.
    Warning,
    /// An act that should look like a link.
    Link,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Look::Primary => "app-button app-button--primary",
            Look::Secondary => "app-button app-button--secondary",
            Look::Warning => "app-button app-button--warning",
            Look::Link => "app-button app-button--link",
        }
    }
}

/// A submit button. Its label says the act: "Hold this time".
///
/// With `name` and `value` it tells the form's handler which of several buttons was pressed; with `form` it belongs to a form
/// elsewhere on the page, by that form's id.
#[component]
pub fn Button(
    #[prop(into)] label: String,
    #[prop(optional)] look: Look,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional, into)] form: Option<String>,
) -> impl IntoView {
    view! {
        <button type="submit" class=look.class() name=name value=value form=form>{label}</button>
    }
    .into_any()
}

/// A link that looks like a button, for going to the page where an act is done.
#[component]
pub fn LinkButton(
    #[prop(into)] label: String,
    #[prop(into)] href: Href,
    #[prop(optional)] look: Look,
) -> impl IntoView {
    view! { <a class=look.class() href=href.as_str().to_owned()>{label}</a> }.into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn a_button_submits_and_carries_its_name_and_value_escaped() {
        let html = render(|| view! { <Button label="A & <b>" name="act" value="\"x\""/> });
        assert!(html.contains(r#"type="submit""#), "{html}");
        assert!(html.contains(r#"name="act""#), "{html}");
        assert!(html.contains("A &amp; &lt;b&gt;"), "{html}");
        assert!(!html.contains(r#"value=""x"""#), "{html}");
    }

    #[test]
    fn a_link_button_never_runs_a_script_address() {
        let html = render(|| view! { <LinkButton label="Go" href="javascript:alert(1)"/> });
        assert!(html.contains(r##"href="#""##), "{html}");
    }
}
