use super::Need;
use super::field::{described_by, field_id, invalid, labelled};
use leptos::prelude::*;

/// Several lines of text with label, hint and error; the only text area in the product.
///
/// The renderer (tachys 0.2) writes what stands inside a text area without escaping it, so a stored `</textarea><script>`
/// would run. Here the value is escaped on the server, and in the browser, where it becomes a text node, left as it is.
/// Source: leptos-rs/leptos#4730, #4821.
#[component]
pub fn SafeTextarea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional, into)] value: String,
    /// Height in lines.
    #[prop(default = 5)]
    rows: u16,
    /// Longest text in characters. Nothing is cut off: `/forms.js` says when it is too long, and the server refuses it.
    #[prop(optional)]
    maxlength: Option<u32>,
    #[prop(optional)] need: Need,
) -> impl IntoView {
    let id = field_id(&name);
    let content = if cfg!(feature = "ssr") { escape(&value) } else { value };
    let control = view! {
        <textarea
            class="app-input app-textarea"
            id=id.clone()
            name=name
            rows=rows.to_string()
            dir="auto"
            data-longest=maxlength.map(|n| n.to_string())
            aria-describedby=described_by(&id, &hint, &error)
            aria-invalid=invalid(&error)
        >
            {content}
        </textarea>
        {maxlength.map(too_long)}
    }
    .into_any();
    labelled(&id, label, hint, error, need, control)
}

/// Shown while the text is too long.
fn too_long(longest: u32) -> impl IntoView {
    view! {
        <p class="app-field__error" role="status" hidden>
            "Too long by " <span data-over></span> {format!(" characters. Shorten it to {longest}.")}
        </p>
    }
}

/// Escapes text for the inside of a text area. A parser drops one line end right after the opening tag (HTML, section
/// 13.2.6.4.7), so one is put in front to be dropped instead of the reader's own.
fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 16);
    if value.starts_with(['\n', '\r']) {
        out.push('\n');
    }
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    fn content_of(value: &str) -> String {
        let value = value.to_owned();
        let html = render(move || view! { <SafeTextarea name="reason" label="Reason" value/> });
        let start = html.find("<textarea").and_then(|at| html[at..].find('>').map(|end| at + end + 1));
        let start = start.expect("a text area is rendered");
        let end = html.rfind("</textarea>").expect("the text area is closed");
        html[start..end].to_owned()
    }

    #[test]
    fn a_stored_closing_tag_and_script_stay_text() {
        let content = content_of("</textarea><script>alert(1)</script>");
        assert_eq!(content, "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    }

    #[test]
    fn text_is_neither_padded_nor_escaped_twice() {
        assert_eq!(content_of(""), "");
        assert_eq!(content_of("a &amp; b"), "a &amp;amp; b");
        assert_eq!(content_of("\nsecond line"), "\n\nsecond line");
    }

    #[test]
    fn the_error_is_wired_to_the_text_area() {
        let html = render(|| {
            view! {
                <SafeTextarea name="reason" label="Reason" error=Some("Say why in a sentence".to_owned()) maxlength=500/>
            }
        });
        assert!(html.contains(r#"aria-describedby="f-reason-error""#), "{html}");
    }

    #[test]
    fn a_text_that_is_pasted_is_never_cut_off_in_silence() {
        let html = render(|| view! { <SafeTextarea name="reason" label="Reason" maxlength=500/> });
        assert!(html.contains(r#"data-longest="500""#) && !html.contains("maxlength"), "{html}");
        assert!(html.contains("Too long by"), "{html}");
    }
}
