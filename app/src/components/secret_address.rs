use leptos::prelude::*;

/// An address that is shown once, with a button that copies it (`/copy.js`).
#[component]
pub fn SecretAddress(
    /// The field's label.
    #[prop(into)]
    label: String,
    #[prop(into)] address: String,
) -> impl IntoView {
    let script = leptos::nonce::use_nonce().map(|nonce| {
        view! { <script type="module" nonce=nonce src="/copy.js"></script> }
    });
    view! {
        <div class="app-field app-secret">
            <label class="app-field__label" for="secret-address">{label}</label>
            <input
                class="app-input app-secret__address"
                id="secret-address"
                type="text"
                readonly
                autocomplete="off"
                spellcheck="false"
                value=address
            />
            <p class="app-secret__acts">
                <button
                    type="button"
                    class="app-button app-button--primary"
                    data-copy="secret-address"
                    data-copied="Copied. Paste it into your calendar program."
                    data-failed="It could not be copied. Select the address and copy it by hand."
                    hidden
                >
                    "Copy the address"
                </button>
                <span role="status"></span>
            </p>
        </div>
        {script}
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn the_address_can_be_read_without_a_script_and_the_button_waits_for_one() {
        let html =
            render(|| view! { <SecretAddress label="Address" address="https://x.test/calendar/a.ics"/> });
        for part in [r#"value="https://x.test/calendar/a.ics""#, "readonly", "hidden", r#"role="status""#] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
