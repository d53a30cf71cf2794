use leptos::prelude::*;

/// What each key does, as `public/keys.js` has it.
const KEYS: [(&str, &str); 6] = [
    ("j", "Next referral"),
    ("k", "Referral before"),
    ("Enter", "Open the referral"),
    ("x", "Tick it, or untick it"),
    ("/", "Search"),
    ("?", "Show these keys"),
];

/// The keys of a list: a button that shows them, and the script behind it. Without the script there is neither.
pub fn help() -> AnyView {
    let lines: Vec<_> = KEYS
        .iter()
        .map(|(name, what)| {
            view! {
                <div class="app-facts__row">
                    <dt class="app-facts__term"><kbd>{*name}</kbd></dt>
                    <dd class="app-facts__detail">{*what}</dd>
                </div>
            }
        })
        .collect();
    let script = leptos::nonce::use_nonce().map(|nonce| {
        view! { <script type="module" nonce=nonce src="/keys.js"></script> }
    });
    view! {
        <button type="button" class="app-button app-button--link" data-keys hidden>"Keys for this list"</button>
        <dialog id="keys" class="app-dialog" aria-labelledby="keys-title">
            <div class="app-stack">
                <h2 id="keys-title">"Keys for this list"</h2>
                <dl class="app-facts">{lines}</dl>
                <label class="app-choice">
                    <input class="app-choice__input" type="checkbox" checked />
                    <span class="app-choice__label">"Use these keys on this device"</span>
                </label>
                <form method="dialog">
                    <button class="app-button app-button--secondary">"Close"</button>
                </form>
            </div>
        </dialog>
        {script}
    }
    .into_any()
}
