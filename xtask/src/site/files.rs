//! Writing the site's files: only what changed, compressed beside, nothing stale left.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::tree::Profile;

/// Endings of files that compression makes smaller. Pictures and fonts are compressed by their own format.
const COMPRESSIBLE: &[&str] =
    &["css", "html", "ico", "js", "json", "map", "mjs", "svg", "txt", "wasm", "webmanifest", "xml"];

/// Names the profile that the site was compressed for.
const STAMP: &str = ".profile";

/// The first 16 hexadecimal digits of the content's SHA-256: fit for a URL, and enough to tell builds apart.
pub fn hash(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..8])
}

/// Every file below a folder, sorted, relative to it. A missing folder has none.
///
/// # Errors
/// When a folder cannot be listed.
pub fn below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        collect(folder, Path::new(""), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, prefix: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = prefix.join(entry.file_name());
        if entry.path().is_dir() {
            collect(&entry.path(), &path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// Writes under one folder.
pub struct Writer {
    site: PathBuf,
    /// Brotli's quality, 0 to 11 (RFC 7932 leaves it to the encoder).
    brotli: u32,
}

impl Writer {
    /// Makes the folder, emptied if it was last written for the other profile: its files are compressed otherwise.
    ///
    /// # Errors
    /// When it cannot be made or emptied.
    pub fn open(site: &Path, profile: Profile) -> anyhow::Result<Self> {
        let context = || format!("{} cannot be written", site.display());
        let stamp = site.join(STAMP);
        let wanted = format!("{profile:?}");
        if site.exists() && std::fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
            std::fs::remove_dir_all(site).with_context(context)?;
        }
        std::fs::create_dir_all(site).with_context(context)?;
        std::fs::write(stamp, wanted).with_context(context)?;
        Ok(Self {
            site: site.to_path_buf(),
            brotli: match profile {
                Profile::Dev => 5,
                Profile::Release => 11,
            },
        })
    }

    /// Writes one file and its compressed forms, unless they are there already. Gives the path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, path: &Path, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let file = self.site.join(path);
        let context = || format!("{} cannot be written", file.display());
        let squeezed = is_compressible(path);
        let is_there = std::fs::read(&file).is_ok_and(|old| old == bytes)
            && (!squeezed || (beside(&file, "br").exists() && beside(&file, "gz").exists()));
        if is_there {
            return Ok(path.to_path_buf());
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).with_context(context)?;
        }
        if squeezed {
            std::fs::write(beside(&file, "br"), self.brotli(bytes)?).with_context(context)?;
            std::fs::write(beside(&file, "gz"), self.gzip(bytes)?).with_context(context)?;
        }
        std::fs::write(&file, bytes).with_context(context)?;
        Ok(path.to_path_buf())
    }

    /// Removes every file that is not among these, nor their compressed forms, nor ours.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub fn remove_all_but(&self, kept: &[PathBuf]) -> anyhow::Result<()> {
        let mut keep: HashSet<PathBuf> = HashSet::from([STAMP.into(), "hash.txt".into()]);
        for path in kept {
            if is_compressible(path) {
                keep.insert(beside(path, "br"));
                keep.insert(beside(path, "gz"));
            }
            keep.insert(path.clone());
        }
        for path in below(&self.site)? {
            if !keep.contains(&path) {
                std::fs::remove_file(self.site.join(&path))
                    .with_context(|| format!("{} cannot be removed", path.display()))?;
            }
        }
        Ok(())
    }

    fn brotli(&self, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut writer = brotli::CompressorWriter::new(&mut out, 1 << 16, self.brotli, 22);
        writer.write_all(bytes)?;
        writer.flush()?;
        drop(writer);
        Ok(out)
    }

    fn gzip(&self, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let level = if self.brotli == 11 { Compression::best() } else { Compression::fast() };
        let mut writer = GzEncoder::new(Vec::new(), level);
        writer.write_all(bytes)?;
        Ok(writer.finish()?)
    }
}

fn is_compressible(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| COMPRESSIBLE.contains(&ending))
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn writer(folder: &Path) -> Writer {
        Writer::open(folder, Profile::Dev).unwrap()
    }

    #[test]
    fn both_compressed_forms_give_the_file_back() {
        let folder = tempfile::tempdir().unwrap();
        let text = "body { margin: 0 } ".repeat(500);
        writer(folder.path()).put(Path::new("pkg/a.css"), text.as_bytes()).unwrap();
        let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&read("pkg/a.css.gz")[..]).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, text);
        plain.clear();
        brotli::Decompressor::new(&read("pkg/a.css.br")[..], 4096).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, text);
        assert!(read("pkg/a.css.br").len() < text.len() / 10);
    }

    #[test]
    fn a_picture_is_not_compressed_again() {
        let folder = tempfile::tempdir().unwrap();
        writer(folder.path()).put(Path::new("icon.png"), b"picture").unwrap();
        assert!(!folder.path().join("icon.png.br").exists());
    }

    #[test]
    fn stale_files_go_and_the_current_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        writer.put(Path::new("pkg/waymark.old.js"), b"old").unwrap();
        let kept = writer.put(Path::new("pkg/waymark.new.js"), b"new").unwrap();
        writer.remove_all_but(&[kept]).unwrap();
        let left: Vec<_> =
            below(folder.path()).unwrap().iter().map(|path| path.display().to_string()).collect();
        assert_eq!(
            left,
            [".profile", "pkg/waymark.new.js", "pkg/waymark.new.js.br", "pkg/waymark.new.js.gz"]
        );
    }

    #[test]
    fn the_hash_follows_the_content_and_fits_a_url() {
        assert_eq!(hash(b"a"), hash(b"a"));
        assert_ne!(hash(b"a"), hash(b"b"));
        assert!(hash(b"a").len() == 16 && hash(b"a").chars().all(|c| c.is_ascii_hexdigit()));
    }
}
