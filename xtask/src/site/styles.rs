//! One stylesheet from `app/styles`.

use std::path::Path;

use anyhow::Context;

use super::files;

/// First line of the sheet. Rules live in layers, so the order of the files decides nothing between layers.
const LAYERS: &str = "@layer tokens, base, layout, components, pages, utilities, print;\n";

/// The files at the top, in this order; after them the rest: components, pages, and last of all print.
const FIRST: &[&str] = &["tokens.css", "base.css", "layout.css"];

/// Reads, orders and joins every `.css` file below the folder, without comments and needless white space.
///
/// # Errors
/// When a file cannot be read.
pub fn joined(folder: &Path) -> anyhow::Result<String> {
    let mut paths = files::below(folder)?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "css"));
    paths.sort_by_key(|path| (rank(path), path.clone()));
    let mut sheet = String::from(LAYERS);
    for path in paths {
        let text = std::fs::read_to_string(folder.join(&path))
            .with_context(|| format!("app/styles/{} cannot be read", path.display()))?;
        sheet.push_str(&squeezed(&text));
        sheet.push('\n');
    }
    Ok(sheet)
}

fn rank(path: &Path) -> usize {
    let name = path.to_string_lossy();
    if let Some(place) = FIRST.iter().position(|first| *first == name) {
        return place;
    }
    let after = FIRST.len();
    if name == "print.css" {
        after + 3
    } else if name.starts_with("components/") {
        after
    } else if name.starts_with("pages/") {
        after + 1
    } else {
        after + 2
    }
}

/// Takes out comments, and white space around `{`, `}`, `;` and `,`. Strings are left as they are. Other white space
/// shrinks to one space, never to nothing, because inside selectors and values it has a meaning.
fn squeezed(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut chars = css.chars().peekable();
    let mut space = false;
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                space = true;
            }
            c if c.is_whitespace() => space = true,
            '"' | '\'' => {
                push(&mut out, &mut space, c);
                while let Some(inside) = chars.next() {
                    out.push(inside);
                    if inside == '\\' {
                        out.extend(chars.next());
                    } else if inside == c {
                        break;
                    }
                }
            }
            c => push(&mut out, &mut space, c),
        }
    }
    out
}

fn push(out: &mut String, space: &mut bool, c: char) {
    let tight = |c: char| matches!(c, '{' | '}' | ';' | ',');
    if *space && !tight(c) && !out.is_empty() && !out.ends_with(tight) {
        out.push(' ');
    }
    *space = false;
    if c == '}' && out.ends_with(';') {
        out.pop();
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(css: &str, expected: &str) {
        assert_eq!(squeezed(css), expected);
    }

    #[test]
    fn comments_and_needless_space_go() {
        check("/* a */\n.a,\n.b {\n  margin: 0 /* b */ auto;\n}\n", ".a,.b{margin: 0 auto}");
    }

    #[test]
    fn space_with_a_meaning_stays() {
        check(
            ".a > .b :not(.c) { width: calc(1rem + 2px) }",
            ".a > .b :not(.c){width: calc(1rem + 2px) }".replace(" }", "}").as_str(),
        );
        check("@media (a) and (b) { x { y: z } }", "@media (a) and (b){x{y: z}}");
    }

    #[test]
    fn strings_are_left_alone() {
        check(r#".a::before { content: "  /* \" */ ; " }"#, r#".a::before{content: "  /* \" */ ; "}"#);
    }

    #[test]
    fn an_unfinished_comment_or_string_ends_with_the_file() {
        check(".a{} /* b", ".a{}");
        check(".a{content:\"b", ".a{content:\"b");
    }

    #[test]
    fn files_come_in_the_order_of_their_layers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["print", "pages/a", "components/b", "components/a", "layout", "base", "tokens"] {
            let path = folder.path().join(format!("{name}.css"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, format!("/* */ {}{{}}", name.replace('/', "-"))).unwrap();
        }
        let sheet = joined(folder.path()).unwrap();
        assert_eq!(
            sheet,
            format!(
                "{LAYERS}tokens{{}}\nbase{{}}\nlayout{{}}\ncomponents-a{{}}\ncomponents-b{{}}\npages-a{{}}\nprint{{}}\n"
            )
        );
    }
}
