//! The house's plan: who may import whom, and what must never reach the browser. Read from cargo itself.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each room and the rooms that it may import. A new arrow is a design decision and gets its own commit.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("scheduling", &["domain"]),
    ("triage", &["domain"]),
    ("interop", &["domain"]),
    ("contract", &["domain"]),
    ("store", &["domain"]),
    ("messaging", &["domain"]),
    ("connect", &["domain"]),
    ("quality", &["domain"]),
    ("service", &["domain", "scheduling", "triage", "interop", "contract", "quality", "store"]),
    ("app", &["domain", "contract", "service"]),
    ("frontend", &["app"]),
    // The rim puts the parts together: it hands bytes to `interop` and answers in `contract`'s and `domain`'s words.
    (
        "server",
        &["app", "service", "store", "messaging", "connect", "migrations", "domain", "contract", "interop"],
    ),
    ("migrations", &[]),
    (
        "tests",
        &[
            "app",
            "server",
            "service",
            "store",
            "messaging",
            "connect",
            "migrations",
            "domain",
            "contract",
            "interop",
            "scheduling",
            "triage",
            "quality",
        ],
    ),
    ("xtask", &[]),
];

/// What has no place in the browser: data access, a runtime, an HTTP server, a regex engine.
const NOT_IN_THE_BROWSER: &[&str] =
    &["store", "service", "sea-orm", "sqlx", "tokio", "regex", "axum", "hyper"];

/// The arrows that the plan does not allow, as sentences.
fn faults(arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut faults = Vec::new();
    for (room, imports) in arrows {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| name == room) else {
            faults.push(format!("{room} is not in the plan"));
            continue;
        };
        for import in imports {
            if !allowed.contains(&import.as_str()) {
                faults.push(format!("{room} may not import {import}"));
            }
        }
    }
    faults
}

/// The packages of a tree (one `name version …` a line) that have no place in the browser.
fn strangers(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| NOT_IN_THE_BROWSER.contains(name))
        .map(String::from)
        .collect()
}

/// The normal dependencies of each workspace package on another, from `cargo metadata --no-deps`.
fn arrows(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            let imports = list(&package["dependencies"])
                .iter()
                .filter(|import| import["kind"].is_null() && import["path"].is_string())
                .map(|import| text(&import["name"]))
                .collect();
            (text(&package["name"]), imports)
        })
        .collect()
}

fn cargo(args: &[&str]) -> String {
    let out = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(args)
        .args(["--offline", "--locked"])
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("cargo prints UTF-8")
}

#[test]
fn no_room_imports_what_the_plan_does_not_allow() {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata = serde_json::from_str(&metadata).expect("cargo prints JSON");
    let arrows = arrows(&metadata);
    assert_eq!(arrows.len(), ROOMS.len(), "every room of the plan is there");
    assert_eq!(faults(&arrows), Vec::<String>::new());
}

#[test]
fn nothing_of_the_server_reaches_the_browser() {
    // `leptos_config` reads settings with a regex engine on every target. The browser never calls it, the linker drops
    // it, and we cannot cut that arrow: so what hangs on it alone is left out of the question.
    let tree = cargo(&[
        "tree",
        "--package",
        "frontend",
        "--target",
        "wasm32-unknown-unknown",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--prune",
        "leptos_config",
    ]);
    assert!(tree.contains("leptos"), "the tree was read");
    assert_eq!(strangers(&tree), BTreeSet::new());
}

#[test]
fn a_forbidden_arrow_is_found() {
    let graph =
        |room: &str, import: &str| BTreeMap::from([(room.to_owned(), BTreeSet::from([import.to_owned()]))]);
    assert_eq!(faults(&graph("domain", "store")), ["domain may not import store"]);
    assert_eq!(faults(&graph("app", "store")), ["app may not import store"]);
    assert_eq!(faults(&graph("attic", "domain")), ["attic is not in the plan"]);
    assert!(faults(&graph("service", "store")).is_empty());
}

#[test]
fn a_stranger_in_the_browser_is_found() {
    let tree = "frontend v0.1.0 (/x)\nleptos v0.8.23\ntokio v1.48.0\nregex-syntax v0.8.0\n";
    assert_eq!(strangers(tree), BTreeSet::from(["tokio".to_owned()]));
}

#[test]
fn only_normal_dependencies_on_our_own_rooms_are_arrows() {
    let metadata = serde_json::json!({ "packages": [{ "name": "store", "dependencies": [
        { "name": "domain", "kind": null, "path": "/x/domain" },
        { "name": "migrations", "kind": "dev", "path": "/x/migrations" },
        { "name": "serde", "kind": null },
    ] }] });
    let expected = BTreeMap::from([("store".to_owned(), BTreeSet::from(["domain".to_owned()]))]);
    assert_eq!(arrows(&metadata), expected);
}

/// Where a date is read otherwise than in `domain::dates`, and why.
const OWN_READERS: &[&str] = &[
    // Arguments of the command line, whose calendars may be of long ago; bounded there.
    "server/src/commands/calendar.rs",
    "crates/service/src/calendar/expand.rs",
    // A file's name, which this program wrote.
    "server/src/adapters/papers.rs",
    // Formats with readers of their own, bounded there.
    "crates/interop/src/fhir/node.rs",
];

#[test]
fn dates_from_outside_are_read_in_one_place() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let raw = [
        "parse::<NaiveDate>",
        "parse::<chrono::NaiveDate>",
        "parse::<NaiveDateTime>",
        "parse::<DateTime<Utc>>",
        "NaiveDateTime::parse_from_str",
        "NaiveDate::parse_from_str",
        "parse_from_rfc3339",
    ];
    let mut found = Vec::new();
    for room in [
        "crates/service/src",
        "crates/store/src",
        "crates/interop/src",
        "crates/contract/src",
        "crates/messaging/src",
        "crates/connect/src",
        "app/src",
        "server/src",
    ] {
        let mut folders = vec![std::path::PathBuf::from(format!("{root}/{room}"))];
        while let Some(folder) = folders.pop() {
            for entry in
                std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path())
            {
                let name = entry.display().to_string();
                if entry.is_dir() {
                    folders.push(entry);
                } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                    let text = std::fs::read_to_string(&entry).expect("a file");
                    let own = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                    let is_own = OWN_READERS.iter().any(|reader| name.ends_with(reader));
                    found.extend(
                        raw.iter()
                            .filter(|call| !is_own && own.contains(*call))
                            .map(|call| format!("{name}: {call}")),
                    );
                }
            }
        }
    }
    assert_eq!(found, Vec::<String>::new(), "use domain::dates");
}
