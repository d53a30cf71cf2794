//! Form controls: a label, a hint, the control, and what is wrong beside it.
//!
//! Nothing here refuses input in the browser (no `required`, no `pattern`): the form is checked on the server and comes
//! back with a sentence that says what to do. Names become ids by [`field_id`], which an error summary links to.

mod choice;
mod date;
mod file;
mod text;

pub use choice::{CheckboxGroup, Choice, RadioGroup, SelectField};
pub use date::{DateField, DateOfBirthField, DateParts};
pub use file::{FileField, Files, HiddenField, LargestFile, files_of};
pub use text::{TextField, TextKind, Width};

use leptos::prelude::*;

/// Whether a field must be filled in. Optional ones say so in their label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// The form cannot be sent without it.
    #[default]
    Required,
    /// It may stay empty.
    Optional,
    /// It may stay empty, which goes without saying: a filter.
    Unsaid,
}

/// The id of the control with this name. For a date it is the id of the day, for radios and checkboxes of the first choice.
pub fn field_id(name: &str) -> String {
    format!("f-{name}")
}

/// The value of `aria-describedby`: hint first, then error, or nothing.
pub(super) fn described_by(id: &str, hint: &Option<String>, error: &Option<String>) -> Option<String> {
    let hint = hint.as_ref().map(|_| format!("{id}-hint"));
    let error = error.as_ref().map(|_| format!("{id}-error"));
    match (hint, error) {
        (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
        (one, other) => one.or(other),
    }
}

/// The value of `aria-invalid`.
pub(super) fn invalid(error: &Option<String>) -> Option<&'static str> {
    error.as_ref().map(|_| "true")
}

/// A single control with its label above it.
pub(super) fn labelled(
    id: &str,
    label: String,
    hint: Option<String>,
    error: Option<String>,
    need: Need,
    control: AnyView,
) -> AnyView {
    let class = frame_class(&error);
    view! {
        <div class=class>
            <label class="app-field__label" for=id.to_owned()>{label}{optional(need)}</label>
            {hint_text(id, hint)}
            {error_text(id, error)}
            {control}
        </div>
    }
    .into_any()
}

/// Several controls that answer one question, with a legend.
pub(super) fn grouped(
    id: &str,
    legend: String,
    hint: Option<String>,
    error: Option<String>,
    need: Need,
    controls: AnyView,
) -> AnyView {
    let class = frame_class(&error);
    let described = described_by(id, &hint, &error);
    view! {
        <div class=class>
            <fieldset class="app-field__group" aria-describedby=described>
                <legend class="app-field__label">{legend}{optional(need)}</legend>
                {hint_text(id, hint)}
                {error_text(id, error)}
                {controls}
            </fieldset>
        </div>
    }
    .into_any()
}

fn frame_class(error: &Option<String>) -> &'static str {
    if error.is_some() { "app-field app-field--wrong" } else { "app-field" }
}

fn optional(need: Need) -> Option<AnyView> {
    (need == Need::Optional)
        .then(|| view! { <span class="app-field__optional">" (optional)"</span> }.into_any())
}

fn hint_text(id: &str, hint: Option<String>) -> Option<AnyView> {
    let id = format!("{id}-hint");
    hint.map(|hint| view! { <p class="app-field__hint" id=id>{hint}</p> }.into_any())
}

fn error_text(id: &str, error: Option<String>) -> Option<AnyView> {
    let id = format!("{id}-error");
    error.map(|error| {
        view! {
            <p class="app-field__error" id=id>
                <span class="app-visually-hidden">"Error: "</span>
                {error}
            </p>
        }
        .into_any()
    })
}
