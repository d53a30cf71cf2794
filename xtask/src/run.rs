//! `cargo xtask run`: from a clone to a running product.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Context;

use crate::needs::{self, Need};
use crate::tree::{self, Profile};
use crate::{Misuse, site};

pub const USAGE: &str =
    "run [--release] [--port N] [--no-demo]   build, and serve on 127.0.0.1:3000 with the demonstration";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    profile: Profile,
    port: Option<u16>,
    demo: Demo,
}

#[derive(Debug, PartialEq, Eq)]
enum Demo {
    With,
    Without,
}

/// Installs what is missing, builds site and server, and becomes the server. Ctrl-C goes to the server itself.
///
/// # Errors
/// [`Misuse`] for an unknown argument or packages that we may not install; otherwise when a build fails.
pub fn run(args: &[String]) -> anyhow::Result<u8> {
    let wish = parse(args)?;
    needs::install(&[Need::Build])?;
    let site = site::build(wish.profile)?;
    let waymark = tree::build_server(wish.profile)?;
    let mut command = Command::new(&waymark);
    command.arg("serve").current_dir(tree::root()).env("WAYMARK_SITE_DIR", site);
    if wish.demo == Demo::With {
        command.arg("--demo");
    }
    if let Some(port) = wish.port {
        command
            .env("WAYMARK_LISTEN", format!("127.0.0.1:{port}"))
            .env("WAYMARK_PUBLIC_URL", format!("http://127.0.0.1:{port}"));
    }
    // Only returns when the program could not be started.
    Err(command.exec()).with_context(|| format!("could not start {}", waymark.display()))
}

fn parse(args: &[String]) -> Result<Wish, Misuse> {
    let mut wish = Wish { profile: Profile::Dev, port: None, demo: Demo::With };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--release" => wish.profile = Profile::Release,
            "--no-demo" => wish.demo = Demo::Without,
            "--port" => {
                let port = args.next().and_then(|port| port.parse().ok());
                wish.port = Some(port.ok_or_else(|| {
                    Misuse("--port wants a number from 0 to 65535, for example --port 3001".into())
                })?);
            }
            other => {
                return Err(Misuse(format!("unknown argument {other:?}\nUsage: cargo xtask {USAGE}")));
            }
        }
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn without_arguments_it_is_the_demonstration_on_the_configured_port() {
        let wish = parse(&[]).unwrap();
        assert_eq!(wish, Wish { profile: Profile::Dev, port: None, demo: Demo::With });
    }

    #[test]
    fn every_argument_is_understood() {
        let wish = parse(&words("--release --port 4000 --no-demo")).unwrap();
        assert_eq!(wish, Wish { profile: Profile::Release, port: Some(4000), demo: Demo::Without });
    }

    #[test]
    fn a_port_that_is_no_number_is_refused_by_name() {
        for line in ["--port", "--port web", "--port 70000"] {
            assert!(parse(&words(line)).unwrap_err().0.contains("--port"));
        }
    }
}
