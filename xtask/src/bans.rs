//! What may not be written in this project, beyond what the compiler and clippy know to refuse.
//!
//! A plain search over the source text of `app/`, `server/` and `crates/`, without comments and test code. It stops slips,
//! not ill will.

use std::path::Path;

use anyhow::Context;

/// Something that may not be written, where it may nevertheless, and why.
struct Ban {
    name: &'static str,
    /// Any of these texts is a hit.
    texts: &'static [&'static str],
    /// Path beginnings where it counts; all of them when empty.
    only: &'static [&'static str],
    /// Path beginnings where it is allowed.
    except: &'static [&'static str],
    reason: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        name: "raw text area",
        texts: &["<textarea", "textarea("],
        only: &[],
        except: &["app/src/components/safe_textarea.rs"],
        reason: "Leptos 0.8 writes a text area's children unescaped: stored script. Use SafeTextarea.",
    },
    Ban {
        name: "inner HTML",
        texts: &["inner_html"],
        only: &[],
        except: &[],
        reason: "it writes markup unescaped. Build the view from elements.",
    },
    Ban {
        name: "transaction without mode",
        texts: &[".begin(", "begin_with"],
        only: &[],
        // Scheduling has no database, and spans of time that begin.
        except: &["crates/store/src/write.rs", "crates/scheduling/"],
        reason: "a deferred transaction on SQLite fails at once under load. Use the store's write_tx().",
    },
    Ban {
        name: "SQL outside the store",
        texts: &["sea_orm::", "use sea_orm", "sqlx::", "use sqlx"],
        only: &[],
        // Examples fill databases for measurements; no product calls them.
        except: &["crates/store/", "server/examples/"],
        reason: "only the store knows the database. Add a finder or a write there.",
    },
    Ban {
        name: "reading the clock",
        texts: &["Utc::now(", "Local::now(", "SystemTime::now("],
        only: &[],
        except: &["crates/service/src/clock.rs", "server/"],
        reason: "now is an argument, so that a rule can be tested at any instant. Take it from the caller.",
    },
    Ban {
        name: "printing",
        texts: &["println!("],
        only: &["crates/", "app/"],
        except: &["crates/interop/examples/", "crates/scheduling/examples/"],
        reason: "a library has no terminal, and what it prints escapes the log's rules. Use tracing with ids only.",
    },
    Ban {
        name: "script in a link",
        texts: &["href=\"javascript:"],
        only: &[],
        except: &[],
        reason: "it runs in the reader's session. Link to a page or use a button.",
    },
    Ban {
        name: "unsafe code",
        texts: &["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"],
        only: &[],
        except: &[],
        reason: "nothing here needs it. Find a safe interface.",
    },
    Ban {
        name: "ignored test",
        texts: &["#[ignore"],
        only: &[],
        except: &[],
        reason: "nothing is ignored. Assert a known fault as it is, with a note.",
    },
];

/// Searches the tree and prints each finding as `path:line`. Gives their number.
///
/// # Errors
/// When a file cannot be read.
pub fn check(root: &Path) -> anyhow::Result<usize> {
    let mut found = 0;
    for room in ["app", "server", "crates"] {
        for path in crate::site::files::below(&root.join(room))? {
            let path = format!("{room}/{}", path.display());
            if !path.ends_with(".rs") {
                continue;
            }
            let text = std::fs::read_to_string(root.join(&path))
                .with_context(|| format!("{path} cannot be read"))?;
            for (line, ban) in findings(&path, &text) {
                println!("{path}:{line}: {}: {}", ban.name, ban.reason);
                found += 1;
            }
        }
    }
    Ok(found)
}

/// The banned things in one file, with the line (from 1) where each stands.
fn findings<'a>(path: &str, text: &str) -> Vec<(usize, &'a Ban)> {
    let under = |starts: &[&str]| starts.iter().any(|start| path.starts_with(start));
    // `#[ignore` is looked for in test code, everything else outside it.
    let code = without_comments(text);
    let product = if is_test_file(path) { Vec::new() } else { without_tests(&code) };
    let mut found = Vec::new();
    for ban in BANS {
        if under(ban.except) || !(ban.only.is_empty() || under(ban.only)) {
            continue;
        }
        let lines = if ban.name == "ignored test" { &code } else { &product };
        for (number, line) in lines.iter().enumerate() {
            if ban.texts.iter().any(|text| line.contains(text)) {
                found.push((number + 1, ban));
            }
        }
    }
    found
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

fn without_comments(text: &str) -> Vec<&str> {
    text.lines()
        .map(|line| {
            if line.trim_start().starts_with("//") {
                ""
            } else {
                line.split(" // ").next().unwrap_or_default()
            }
        })
        .collect()
}

/// Blanks every `#[cfg(test)] mod … { … }` (also `#[cfg(all(test, …))]`), up to the closing brace in the module's own column (as rustfmt writes it).
fn without_tests<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut out = Vec::with_capacity(lines.len());
    let mut armed = false;
    let mut end: Option<String> = None;
    for line in lines {
        if let Some(close) = &end {
            if line == close {
                end = None;
            }
            out.push("");
            continue;
        }
        let word = line.trim_start();
        if word.starts_with("#[cfg(test)") || word.starts_with("#[cfg(all(test") {
            armed = true;
        } else if armed && (word.starts_with("mod ") || word.starts_with("pub mod ")) {
            armed = false;
            if word.ends_with('{') {
                let indent = &line[..line.len() - word.len()];
                end = Some(format!("{indent}}}"));
            }
            out.push("");
            continue;
        } else if !word.is_empty() && !word.starts_with("#[") {
            armed = false;
        }
        out.push(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str, text: &str) -> Vec<&'static str> {
        findings(path, text).iter().map(|(_, ban)| ban.name).collect()
    }

    #[test]
    fn each_ban_fires_on_each_of_its_texts_and_not_where_it_is_allowed() {
        for ban in BANS {
            let home = ban.only.first().copied().unwrap_or("app/");
            for text in ban.texts {
                let line = format!("let a = b; {text} c");
                assert!(names(&format!("{home}src/some.rs"), &line).contains(&ban.name), "{text}");
                for allowed in ban.except {
                    assert!(!names(allowed, &line).contains(&ban.name), "{text} in {allowed}");
                }
            }
        }
    }

    #[test]
    fn clean_code_passes() {
        let text = "pub fn book(now: DateTime<Utc>) {\n    tracing::info!(%id, \"booked\");\n}\n";
        assert!(names("crates/service/src/book.rs", text).is_empty());
        assert!(names("app/src/a.rs", "view! { <SafeTextarea name=\"reason\"/> }").is_empty());
    }

    #[test]
    fn comments_and_test_modules_are_not_searched() {
        let text = "/// Never inner_html.\nfn a() {} // no Utc::now() here\n\n#[cfg(test)]\nmod tests {\n    fn b() {\n        Utc::now();\n    }\n}\n";
        assert!(names("crates/domain/src/a.rs", text).is_empty());
        let text = text.replace("cfg(test)", "cfg(all(test, feature = \"ssr\"))");
        assert!(names("app/src/a.rs", &text).is_empty());
        assert!(names("crates/domain/tests/a.rs", "println!(\"skipped\")").is_empty());
    }

    #[test]
    fn code_after_a_test_module_is_searched_again() {
        let text = "#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() { Utc::now(); }\n";
        let found = findings("crates/domain/src/a.rs", text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 5);
    }

    #[test]
    fn an_ignored_test_is_found_inside_a_test_module() {
        let text = "#[cfg(test)]\nmod tests {\n    #[test]\n    #[ignore]\n    fn b() {}\n}\n";
        assert_eq!(names("crates/domain/src/a.rs", text), ["ignored test"]);
    }

    #[test]
    fn printing_is_the_command_line_s_right() {
        assert!(names("server/src/main.rs", "println!(\"{}\", count);").is_empty());
    }
}
