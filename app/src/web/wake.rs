//! The scripts that wake a page's islands.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use super::render::hashed;

const WAKE: &str = include_str!("wake.js");

/// Hints for the client bundle and the script that starts it.
///
/// Leptos' own `HydrationScripts` (0.8.23) writes the nonce of the module's hint into `crossorigin`, so that the content
/// security policy refuses the hint and the bundle is fetched late; and it reads the names' hashes from disk each time.
pub(super) fn wake(options: &LeptosOptions) -> AnyView {
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let (package, nonce) = (options.site_pkg_dir.to_string(), use_nonce());
    let (js, wasm) = (hashed(options, "js"), hashed(options, "wasm"));
    let script = format!("{WAKE}(\"\", {package:?}, {js:?}, {wasm:?});");
    view! {
        <link rel="modulepreload" href=format!("/{package}/{js}.js") nonce=nonce.clone() />
        <link rel="preload" href=format!("/{package}/{wasm}.wasm") r#as="fetch" r#type="application/wasm" crossorigin="" />
        <script type="module" nonce=nonce>
            {script}
        </script>
    }
    .into_any()
}
