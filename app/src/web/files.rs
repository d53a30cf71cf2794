//! Files that a form brought.

/// A file as it was sent.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// Name of the control.
    pub field: String,
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// What a file is, by looking into it: never by its name.
pub fn media_type(bytes: &[u8]) -> &'static str {
    match infer::get(bytes).map(|kind| kind.mime_type()) {
        Some("image/heic" | "image/heif") => "image/heif",
        Some(known) => known,
        None if !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok() && !looks_like_markup(bytes) => {
            "text/plain"
        }
        None => "application/octet-stream",
    }
}

fn looks_like_markup(bytes: &[u8]) -> bool {
    let head: String = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).trim_start().to_lowercase();
    head.starts_with('<') || head.contains("<script") || head.contains("<html") || head.contains("<svg")
}
