use leptos::prelude::*;

/// Whether a device is asked for a passkey that it has, or to make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyAct {
    /// Sign in, or confirm.
    Get,
    /// Make a new one.
    Create,
}

impl PasskeyAct {
    const fn code(self) -> &'static str {
        match self {
            PasskeyAct::Get => "get",
            PasskeyAct::Create => "create",
        }
    }
}

/// A form whose submit first asks the device, by `/passkeys.js`. It stays hidden where scripts or passkeys are missing, so the
/// page must offer another way. What the device answers is sent as `credential`.
#[component]
pub fn PasskeyForm(
    act: PasskeyAct,
    /// Where the form is sent.
    action: &'static str,
    /// What answers a POST with what the device is asked.
    options: &'static str,
    /// Id of another form whose fields go along.
    #[prop(optional)]
    along: &'static str,
    children: Children,
) -> impl IntoView {
    let script = leptos::nonce::use_nonce().map(|nonce| {
        view! { <script type="module" nonce=nonce src="/passkeys.js"></script> }
    });
    view! {
        <form
            class="app-stack"
            method="post"
            action=action
            data-passkey=act.code()
            data-options=options
            data-along=(!along.is_empty()).then_some(along)
            hidden
        >
            <input type="hidden" name="credential" value="" />
            {children()}
            <p role="status" class="app-quiet"></p>
        </form>
        {script}
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    #[test]
    fn the_form_is_hidden_until_a_script_shows_it() {
        let html = render(|| {
            view! { <PasskeyForm act=PasskeyAct::Get action="/in" options="/ask">"x"</PasskeyForm> }
        });
        for part in [r#"data-passkey="get""#, r#"data-options="/ask""#, "hidden", r#"name="credential""#] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
