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
) -> impl IntoView {
    let id = field_id(&name);
    let control = view! {
        <input
            class="app-file"
            type="file"
            id=id.clone()
            name=name
            accept=accept
            multiple=files == Files::Many
            aria-describedby=described_by(&id, &hint, &error)
            aria-invalid=invalid(&error)
        />
    }
    .into_any();
    labelled(&id, label, hint, error, need, control)
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
    fn a_hidden_value_is_escaped() {
        let html = render(|| view! { <HiddenField name="key" value="\"/><script>"/> });
        assert!(!html.contains("\"/><script>"), "{html}");
    }
}
