//! Every endpoint that the source has, found by reading it, and compared with the policy.

use std::collections::BTreeSet;
use std::path::Path;

use harness::all_below;

use super::policy;

/// Method and address, names in braces left out.
type Route = (String, String);

/// What is given to one `.route(`: methods and address, constants of the same file put in.
fn routes_of(source: &str) -> Vec<Route> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let constant = |name: &str| {
        let at = source.split(&format!("const {name}: ")).nth(1)?;
        Some(at.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
    };
    let mut found = Vec::new();
    for call in source.split(".route(").skip(1).map(arguments) {
        let (given, handlers) = call.split_once(',').expect("an address and its handlers");
        let given = given.trim();
        let path = match given.split_once('[') {
            _ if given.starts_with('"') => given.trim_matches('"').to_owned(),
            Some((list, at)) => {
                let at: usize = at.trim_end_matches(']').parse().expect("a number");
                constant(list).expect("a list of addresses")[at].clone()
            }
            None => constant(given).expect("an address")[0].clone(),
        };
        let methods: Vec<_> = ["get", "post", "put", "patch", "delete", "any"]
            .into_iter()
            .filter(|method| calls(handlers, method))
            .collect();
        assert!(!methods.is_empty(), "{path} has no handler that is understood: {handlers}");
        found.extend(methods.into_iter().map(|method| (method.to_uppercase(), path.clone())));
    }
    found
}

/// The text up to the parenthesis that closes the call.
fn arguments(rest: &str) -> &str {
    let mut depth = 1;
    for (at, letter) in rest.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &rest[..at];
        }
    }
    rest
}

fn calls(handlers: &str, method: &str) -> bool {
    let call = format!("{method}(");
    handlers.match_indices(&call).any(|(at, _)| {
        !handlers[..at].chars().next_back().is_some_and(|before| before.is_alphanumeric() || before == '_')
    })
}

/// Names in braces do not count.
fn nameless((method, path): Route) -> Route {
    let parts: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    (method, parts.join("/"))
}

/// The forms that `POST /referrals/{id}/{act}` knows.
fn acts(root: &Path) -> Vec<String> {
    let source =
        std::fs::read_to_string(root.join("app/src/pages/referrals/acts.rs")).expect("the acts can be read");
    let run = source.split("async fn run(").nth(1).expect("the function that does them");
    let arms = run.lines().filter_map(|line| line.strip_prefix("        \"")?.split_once("\" =>"));
    arms.map(|(name, _)| name.to_owned()).collect()
}

/// Every endpoint of pages, server and server functions. Static files have no guard and are not among them.
fn found() -> BTreeSet<Route> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = all_below(&root.join("app/src"), ".rs");
    files.extend(
        all_below(&root.join("server/src"), ".rs")
            .into_iter()
            .filter(|file| !file.to_string_lossy().ends_with("tests.rs")),
    );
    let mut all = BTreeSet::new();
    for file in files {
        let source = std::fs::read_to_string(&file).expect("our own source can be read");
        all.extend(routes_of(&source).into_iter().map(nameless));
    }
    // Two addresses stand for many.
    assert!(all.remove(&("POST".to_owned(), "/referrals/{}/{}".to_owned())), "the acts have their address");
    assert!(all.remove(&("POST".to_owned(), "/api/{}".to_owned())), "functions have their address");
    let acts = acts(&root);
    assert!(acts.len() >= 29, "the acts were found: {acts:?}");
    all.extend(acts.into_iter().map(|act| ("POST".to_owned(), format!("/referrals/{{}}/{act}"))));
    all.extend(server::router::function_paths().into_iter().map(|(path, method)| (method, path)));
    all.insert(("POST".to_owned(), "/referrals/{}/nothing".to_owned()));
    all.insert(("POST".to_owned(), "/api/nothing".to_owned()));
    all
}

#[test]
fn the_policy_names_every_endpoint_and_no_other() {
    let found = found();
    let known: BTreeSet<Route> = policy::read()
        .iter()
        .flat_map(|rule| rule.endpoints.iter().map(policy::Endpoint::route))
        .map(nameless)
        .collect();
    let absent: Vec<_> = found.difference(&known).collect();
    assert!(absent.is_empty(), "not in the policy: {absent:?}");
    let dead: Vec<_> = known.difference(&found).collect();
    assert!(dead.is_empty(), "in the policy, and nowhere else: {dead:?}");
    assert!(found.len() >= 180, "the endpoints were found: {}", found.len());
}

#[test]
fn every_server_function_is_declared_where_it_is_looked_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut declared = BTreeSet::new();
    for file in all_below(&root.join("app/src"), ".rs") {
        let source = std::fs::read_to_string(&file).expect("our own source can be read");
        for rest in source.split("#[server(endpoint = \"").skip(1) {
            declared.insert(format!("/api/{}", rest.split('"').next().unwrap_or_default()));
        }
        assert!(!source.contains("#[server]"), "{}: a function without a fixed address", file.display());
    }
    let served: BTreeSet<_> = server::router::function_paths().into_iter().map(|(path, _)| path).collect();
    assert_eq!(declared, served);
}
