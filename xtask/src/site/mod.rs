//! What the browser loads, under `target/site`: scripts and styles with hashed names in `pkg/`, and `public/` as it is.
//!
//! `target/site/hash.txt` names the hashes in the form that leptos reads (`js: …`, `wasm: …`, `css: …`; leptos 0.8,
//! `hydration/mod.rs`). Every text and wasm file has its `.br` and `.gz` beside it.

mod browser;
pub mod files;
mod styles;

use std::path::PathBuf;

use anyhow::Context;

use crate::tree::{self, Profile};
use files::Writer;

/// Must match `LEPTOS_OUTPUT_NAME` in `.cargo/config.toml`.
const NAME: &str = "waymark";

/// Builds the browser's part and gives the site's folder. What has not changed is not done again.
///
/// # Errors
/// When something does not compile or cannot be written.
pub fn build(profile: Profile) -> anyhow::Result<PathBuf> {
    let site = tree::site();
    let wasm = browser::compile(profile)?;
    let writer = Writer::open(&site, profile)?;

    let browser = browser::bind(&wasm, profile)?;
    let css = styles::joined(&tree::root().join("app/styles"))?;
    let css_hash = files::hash(css.as_bytes());

    let pkg = PathBuf::from("pkg");
    let mut kept = Vec::new();
    for (path, bytes) in &browser.files {
        kept.push(writer.put(&pkg.join(path), bytes)?);
    }
    kept.push(writer.put(&pkg.join(format!("{NAME}.{css_hash}.css")), css.as_bytes())?);
    let public = tree::root().join("public");
    for path in files::below(&public)? {
        let bytes = std::fs::read(public.join(&path))
            .with_context(|| format!("public/{} cannot be read", path.display()))?;
        kept.push(writer.put(&path, &bytes)?);
    }
    let hashes = format!("js: {}\nwasm: {}\ncss: {css_hash}\n", browser.js_hash, browser.wasm_hash);
    std::fs::write(site.join("hash.txt"), hashes).context("target/site/hash.txt")?;
    writer.remove_all_but(&kept)?;
    Ok(site)
}
