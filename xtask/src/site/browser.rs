//! From Rust to the script and the wasm file that a browser loads.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use super::{NAME, files};
use crate::needs::{WASM, locked_cargo};
use crate::tree::{self, Profile, done};

/// Part of the stamp: raise it when what [`bind`] does changes.
const RECIPE: &str = "1 wasm-bindgen 0.2.130";

/// What `wasm-bindgen` made, with final names relative to `pkg/`.
pub struct Browser {
    pub files: Vec<(PathBuf, Vec<u8>)>,
    pub js_hash: String,
    pub wasm_hash: String,
}

/// Compiles `frontend` for the browser and gives the raw wasm file.
///
/// # Errors
/// When it does not compile.
pub fn compile(profile: Profile) -> anyhow::Result<PathBuf> {
    let mut command = locked_cargo("build");
    command.args(["--package", "frontend", "--lib", "--target", WASM]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            command.args(["--profile", "wasm-release"]);
            "wasm-release"
        }
    };
    done(&mut command)?;
    Ok(tree::target().join(WASM).join(folder).join("frontend.wasm"))
}

/// Runs `wasm-bindgen` over the raw wasm file, unless it did so for exactly these bytes before.
///
/// The script finds its wasm file by the path that the page passes in, so neither file names the other and each carries
/// the hash of its own content. Snippets keep their paths, relative to the script.
///
/// # Errors
/// When the file cannot be read, or `wasm-bindgen` refuses it.
pub fn bind(wasm: &Path, profile: Profile) -> anyhow::Result<Browser> {
    let bytes = std::fs::read(wasm).with_context(|| format!("{} cannot be read", wasm.display()))?;
    let work = tree::target().join("xtask").join("bound");
    let stamp = work.join("stamp");
    let key = format!("{RECIPE} {profile:?} {}", files::hash(&bytes));
    let out = work.join("out");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(key.as_str()) {
        eprintln!("+ wasm-bindgen {}", wasm.display());
        if work.exists() {
            std::fs::remove_dir_all(&work).context("target/xtask/bound cannot be emptied")?;
        }
        let mut bindgen = Bindgen::new();
        bindgen
            .input_bytes(NAME, bytes)
            .web(true)?
            .omit_default_module_path(true)
            .typescript(false)
            .debug(false)
            .keep_debug(false)
            .remove_name_section(profile == Profile::Release)
            .remove_producers_section(profile == Profile::Release);
        bindgen.generate(&out).map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;
        std::fs::write(&stamp, key).context("target/xtask/bound/stamp")?;
    }
    named(&out)
}

/// Reads what `wasm-bindgen` wrote and gives the two main files their final names.
fn named(out: &Path) -> anyhow::Result<Browser> {
    let mut browser = Browser { files: Vec::new(), js_hash: String::new(), wasm_hash: String::new() };
    for path in files::below(out)? {
        let bytes = std::fs::read(out.join(&path))?;
        let hash = files::hash(&bytes);
        let name = if path == Path::new(&format!("{NAME}.js")) {
            browser.js_hash.clone_from(&hash);
            PathBuf::from(format!("{NAME}.{hash}.js"))
        } else if path == Path::new(&format!("{NAME}_bg.wasm")) {
            browser.wasm_hash.clone_from(&hash);
            PathBuf::from(format!("{NAME}.{hash}.wasm"))
        } else {
            path
        };
        browser.files.push((name, bytes));
    }
    if browser.js_hash.is_empty() || browser.wasm_hash.is_empty() {
        return Err(anyhow!("wasm-bindgen wrote no script or no wasm file"));
    }
    Ok(browser)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_main_files_carry_their_hash_and_snippets_stay_where_the_script_looks() {
        let out = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(out.path().join("snippets/a")).unwrap();
        for name in ["waymark.js", "waymark_bg.wasm", "snippets/a/inline0.js"] {
            std::fs::write(out.path().join(name), name).unwrap();
        }
        let browser = named(out.path()).unwrap();
        let names: Vec<_> = browser.files.iter().map(|(path, _)| path.display().to_string()).collect();
        assert!(names.contains(&"snippets/a/inline0.js".to_owned()));
        assert!(names.contains(&format!("waymark.{}.js", files::hash(b"waymark.js"))));
        assert!(names.contains(&format!("waymark.{}.wasm", files::hash(b"waymark_bg.wasm"))));
    }

    #[test]
    fn an_empty_result_is_an_error() {
        assert!(named(tempfile::tempdir().unwrap().path()).is_err());
    }
}
