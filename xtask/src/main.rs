//! The project's own chores: `cargo xtask run`, `cargo xtask test`.
//!
//! Exit status: 0 done and good, 1 done and problems found, 2 misuse or could not run.

mod bans;
mod bench;
mod caldav;
mod fuzz;
mod mutants;
mod needs;
mod output;
mod peers;
mod postgres;
mod run;
mod s3;
mod service;
mod site;
mod steps;
mod test;
mod tree;

use std::process::ExitCode;

/// A chore: its name, the line shown in the usage, and what to call with the arguments after the name.
struct Verb {
    name: &'static str,
    usage: &'static str,
    call: fn(&[String]) -> anyhow::Result<u8>,
}

/// Every chore. A new one is a module and a line here.
const VERBS: &[Verb] = &[
    Verb { name: "run", usage: run::USAGE, call: run::run },
    Verb { name: "test", usage: test::USAGE, call: test::run },
    Verb { name: "peers", usage: peers::USAGE, call: peers::run },
    Verb { name: "bench", usage: bench::USAGE, call: bench::run },
    Verb { name: "fuzz", usage: fuzz::USAGE, call: fuzz::run },
    Verb { name: "mutants", usage: mutants::USAGE, call: mutants::run },
];

/// A request that cannot be carried out as put. Ends with exit status 2 and the message on standard error.
#[derive(Debug)]
pub struct Misuse(pub String);

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    ExitCode::from(dispatch(&args))
}

fn dispatch(args: &[String]) -> u8 {
    let Some(name) = args.first() else {
        eprintln!("{}", usage());
        return 2;
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        println!("{}", usage());
        return 0;
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name) else {
        eprintln!("xtask: there is no chore called {name:?}\n\n{}", usage());
        return 2;
    };
    let rest = &args[1..];
    if rest.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) {
        println!("cargo xtask {}", verb.usage);
        return 0;
    }
    match (verb.call)(rest) {
        Ok(status) => status,
        Err(error) if error.is::<Misuse>() => {
            eprintln!("xtask {name}: {error}");
            2
        }
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            1
        }
    }
}

fn usage() -> String {
    let mut text = String::from("Usage:\n");
    for verb in VERBS {
        text.push_str("  cargo xtask ");
        text.push_str(verb.usage);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_chore_is_misuse() {
        assert_eq!(dispatch(&["fly".into()]), 2);
        assert_eq!(dispatch(&[]), 2);
    }

    #[test]
    fn an_unknown_argument_is_misuse() {
        assert_eq!(dispatch(&["run".into(), "--fast".into()]), 2);
        assert_eq!(dispatch(&["test".into(), "--only".into()]), 2);
    }

    #[test]
    fn help_lists_every_chore() {
        assert!(VERBS.iter().all(|verb| usage().contains(verb.usage)));
        assert_eq!(dispatch(&["run".into(), "--help".into()]), 0);
    }
}
