use super::{Need, described_by, field_id, invalid, labelled};
use leptos::prelude::*;

/// How many files may be chosen at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Files {
    /// One.
    #[default]
    One,
    /// Several, sent under the same name.
    Many,
}

/// The largest file that the server takes, in bytes, as it is configured. Every page provides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LargestFile(pub u64);

/// What files may be, for a hint: "PDF or photo, up to 20 MB".
pub fn files_of(kinds: &str) -> String {
    match use_context() {
        Some(LargestFile(bytes)) => format!("{kinds}, up to {} MB", megabytes(bytes)),
        None => kinds.to_owned(),
    }
}

fn megabytes(bytes: u64) -> u64 {
    (bytes / (1024 * 1024)).max(1)
}

/// A file from the device or its camera. The form must be `enctype="multipart/form-data"`; say kinds and size in the hint.
#[component]
pub fn FileField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    /// Kinds offered first, as in HTML: ".pdf,image/*". Only a convenience: the server looks at the content.
    #[prop(optional, into)]
    accept: Option<String>,
    #[prop(optional)] files: Files,
    #[prop(optional)] need: Need,
    /// Largest file in bytes, where it is another than that of documents. `/forms.js` says at once when a file is larger: the
    /// server would not even read the words beside it. Without a script the server refuses it.
    #[prop(optional, into)]
    largest: Option<u64>,
) -> impl IntoView {
    let id = field_id(&name);
    let largest = largest.or_else(|| use_context().map(|LargestFile(bytes)| bytes));
    let control = view! {
        <input
            class="app-file"
            type="file"
            id=id.clone()
            name=name
            accept=accept
            multiple=files == Files::Many
            data-largest=largest.map(|bytes| bytes.to_string())
            aria-describedby=described_by(&id, &hint, &error)
            aria-invalid=invalid(&error)
        />
        {largest.map(too_large)}
    }
    .into_any();
    labelled(&id, label, hint, error, need, control)
}

/// Shown while the chosen file is too large.
fn too_large(bytes: u64) -> impl IntoView {
    let words = format!("This file is larger than {} MB. Choose a smaller one.", megabytes(bytes));
    view! {
        <p class="app-field__error" role="status" hidden>
            {words}
        </p>
    }
}

/// A value that travels with the form and is not shown. It can be changed by the sender: never trust it.
#[component]
pub fn HiddenField(#[prop(into)] name: String, #[prop(into)] value: String) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }.into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::super::render;
    use super::*;

    #[test]
    fn a_file_field_takes_several_only_when_told() {
        let html = render(
            || view! { <FileField name="d" label="Document" accept=".pdf,image/*" files=Files::Many/> },
        );
        assert!(html.contains(" multiple"), "{html}");
        let html = render(|| view! { <FileField name="d" label="Document"/> });
        assert!(!html.contains(" multiple"), "{html}");
    }

    #[test]
    fn a_file_field_knows_the_largest_file_of_the_page_or_its_own() {
        let html = render(|| {
            provide_context(LargestFile(20 * 1024 * 1024));
            let hint = files_of("PDF");
            view! { <FileField name="d" label="Document" hint/> <FileField name="e" label="Small" largest=1_000_000_u64/> }
        });
        for part in [
            r#"data-largest="20971520""#,
            "PDF, up to 20 MB",
            "larger than 20 MB. Choose a smaller one.",
            r#"data-largest="1000000""#,
            "larger than 1 MB. Choose a smaller one.",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn a_hidden_value_is_escaped() {
        let html = render(|| view! { <HiddenField name="key" value="\"/><script>"/> });
        assert!(!html.contains("\"/><script>"), "{html}");
    }
}
