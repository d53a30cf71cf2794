//! Beginnings of paths, as the rim's lists name them.

/// Whether `path` begins with `prefix`, segment by segment: `/hooks` and `/hooks/` hold for `/hooks/sms`, not for
/// `/hooksmith`. A segment in braces, as in `/r/{id}/documents`, stands for any one segment that is not empty.
pub fn begins(path: &str, prefix: &str) -> bool {
    let mut segments = path.trim_start_matches('/').split('/');
    prefix.trim_matches('/').split('/').filter(|wanted| !wanted.is_empty()).all(|wanted| {
        let is_any = wanted.starts_with('{') && wanted.ends_with('}');
        segments.next().is_some_and(|segment| segment == wanted || (is_any && !segment.is_empty()))
    })
}

/// Whether `path` begins with one of `prefixes`.
pub fn begins_with_any(path: &str, prefixes: &[String]) -> bool {
    prefixes.iter().any(|prefix| begins(path, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_ends_where_a_segment_ends() {
        for (path, prefix, expected) in [
            ("/hooks/sms", "/hooks/", true),
            ("/hooks/sms", "/hooks", true),
            ("/hooks", "/hooks/", true),
            ("/hooksmith", "/hooks", false),
            ("/HOOKS/sms", "/hooks", false),
            ("/r/7/documents", "/r/{id}/documents", true),
            ("/r/7/documents/3", "/r/{id}/documents", true),
            ("/r/7/notes", "/r/{id}/documents", false),
            ("/r//documents", "/r/{id}/documents", false),
            ("/r/7", "/r/{id}/documents", false),
        ] {
            assert_eq!(begins(path, prefix), expected, "{path} {prefix}");
        }
    }
}
