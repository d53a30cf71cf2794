use super::{Need, described_by, field_id, invalid, labelled};
use leptos::prelude::*;

/// What is typed, which decides the keyboard that a phone offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextKind {
    /// Any text.
    #[default]
    Plain,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Telephone,
    /// A number that is a label, such as an NHS number: digits, never stepped.
    Digits,
    /// A one-time code; phones offer the one that just arrived.
    Code,
    /// A password; never shown again when the form comes back.
    Password,
    /// Words to search for.
    Search,
    /// A web address.
    Address,
    /// A time of day, with the browser's own control.
    Time,
    /// A calendar day, with the browser's own control. For dates of birth see [`super::DateOfBirthField`].
    Day,
}

/// How wide a control is: about as wide as what goes into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// The whole column.
    #[default]
    Full,
    /// About twenty letters.
    Medium,
    /// About ten letters.
    Short,
    /// About five letters.
    Tiny,
}

impl Width {
    fn class(self) -> &'static str {
        match self {
            Width::Full => "app-input",
            Width::Medium => "app-input app-input--medium",
            Width::Short => "app-input app-input--short",
            Width::Tiny => "app-input app-input--tiny",
        }
    }
}

/// A line of text with its label, hint and error.
#[component]
pub fn TextField(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional)] kind: TextKind,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] need: Need,
    #[prop(optional)] width: Width,
    /// The purpose by HTML's list of autofill names; a code, address or number has a fitting default.
    #[prop(optional, into)]
    autocomplete: Option<String>,
    /// Longest text in characters.
    #[prop(optional)]
    maxlength: Option<u32>,
) -> impl IntoView {
    let id = field_id(&name);
    let (input_type, inputmode, purpose) = match kind {
        TextKind::Plain => ("text", None, None),
        TextKind::Email => ("email", Some("email"), Some("email")),
        TextKind::Telephone => ("tel", Some("tel"), Some("tel")),
        TextKind::Digits => ("text", Some("numeric"), None),
        TextKind::Code => ("text", Some("numeric"), Some("one-time-code")),
        TextKind::Password => ("password", None, Some("current-password")),
        TextKind::Search => ("search", Some("search"), Some("off")),
        TextKind::Address => ("url", Some("url"), Some("url")),
        TextKind::Time => ("time", None, None),
        TextKind::Day => ("date", None, None),
    };
    let spellcheck = match kind {
        TextKind::Plain | TextKind::Search => None,
        TextKind::Email
        | TextKind::Telephone
        | TextKind::Digits
        | TextKind::Code
        | TextKind::Password
        | TextKind::Address
        | TextKind::Time
        | TextKind::Day => Some("false"),
    };
    let value = if kind == TextKind::Password { None } else { Some(value) };
    let autocomplete = autocomplete.or(purpose.map(str::to_owned));
    let control = view! {
        <input
            class=width.class()
            id=id.clone()
            name=name
            type=input_type
            inputmode=inputmode
            autocomplete=autocomplete
            spellcheck=spellcheck
            maxlength=maxlength.map(|n| n.to_string())
            aria-describedby=described_by(&id, &hint, &error)
            aria-invalid=invalid(&error)
            value=value
        />
    }
    .into_any();
    labelled(&id, label, hint, error, need, control)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::super::render;
    use super::*;

    #[test]
    fn label_hint_and_error_are_wired_to_the_control() {
        let html = render(|| {
            view! {
                <TextField name="code" label="Code" kind=TextKind::Code hint="6 digits" error=Some("Enter the code".to_owned())/>
            }
        });
        for part in [
            r#"for="f-code""#,
            r#"id="f-code""#,
            r#"aria-describedby="f-code-hint f-code-error""#,
            r#"id="f-code-hint""#,
            r#"id="f-code-error""#,
            r#"aria-invalid="true""#,
            r#"inputmode="numeric""#,
            r#"autocomplete="one-time-code""#,
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn what_was_typed_comes_back_escaped() {
        let html =
            render(|| view! { <TextField name="q" label="Search" value="\"><script>alert(1)</script>"/> });
        assert!(!html.contains("\"><script"), "{html}");
        assert!(!html.contains("aria-describedby"), "{html}");
        assert!(!html.contains("aria-invalid"), "{html}");
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let html = render(
            || view! { <TextField name="p" label="Password" kind=TextKind::Password value="hunter2"/> },
        );
        assert!(!html.contains("hunter2"), "{html}");
    }

    #[test]
    fn an_optional_field_says_so() {
        let html = render(|| view! { <TextField name="p" label="Phone" need=Need::Optional/> });
        assert!(html.contains("(optional)"), "{html}");
    }
}
