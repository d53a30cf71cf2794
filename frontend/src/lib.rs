//! The browser's entry point and nothing else: it makes `app`'s islands live.

// Islands are exported by the macro in `app`; without this line the linker would drop the crate and every island with it.
use app as _;

/// Called once by the page's hydration script before it wakes each island on the page.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
