//! `cargo xtask bench`: measurements, each left as evidence in `docs/evidence`.

mod crowd;
pub mod evidence;
mod http;
mod kill;
mod lots;
mod matching;
mod page;
mod scheduling;
mod served;
mod start;
mod twin;

use crate::Misuse;
use crate::tree::Profile;

pub const USAGE: &str = "bench [kill|page|scheduling|start|worklist|history|audit|seal|search|booking|stampede|matching|messaging] [--release] [--kills N] [--attempts N] [--seconds N] [--referrals N] [--events N] [--specialists N] [--messages N] [--stops N] [--calls N] [--seed N] [--cold]   measure, write docs/evidence";

/// What the page of scheduling shows beside the engine's own figures.
const SCHEDULING: [&str; 4] = ["search", "booking", "stampede", "matching"];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    /// Empty: all.
    name: String,
    profile: Profile,
    kills: u32,
    attempts: u64,
    seconds: u64,
    seed: u64,
    /// Open referrals of the worklist.
    referrals: u64,
    /// Events of the audit.
    events: u64,
    /// Specialists of the search.
    specialists: u64,
    /// Due reminders, and numbers that are stopped.
    messages: u64,
    stops: u64,
    /// Calls of a provider of text messages.
    calls: u64,
    start: Start,
}

/// Which starts are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Second,
    /// Also from an empty build folder; takes long.
    Cold,
}

/// Runs one measurement, or all.
///
/// # Errors
/// [`Misuse`] for an unknown argument; otherwise when something cannot be built or measured.
pub fn run(args: &[String]) -> anyhow::Result<u8> {
    let wish = parse(args)?;
    let wants = |name: &str| wish.name.is_empty() || wish.name == name;
    let mut status = 0;
    if wants("kill") {
        let plan = kill::Plan { kills: wish.kills, attempts: wish.attempts, seed: wish.seed };
        status = status.max(kill::run(wish.profile, &plan, args)?);
    }
    if wants("page") {
        status = status.max(page::run(wish.seconds, args)?);
    }
    let is_scheduling = |name: &str| wants("scheduling") && SCHEDULING.contains(&name);
    for name in ["worklist", "history", "audit", "seal", "search", "booking", "stampede", "messaging"]
        .into_iter()
        .filter(|name| wants(name) || is_scheduling(name))
    {
        let plan = crowd::Plan {
            profile: wish.profile,
            referrals: wish.referrals,
            audit: wish.events,
            specialists: wish.specialists,
            seconds: wish.seconds,
            seed: wish.seed,
            messages: wish.messages,
            stops: wish.stops,
            calls: wish.calls,
            ..crowd::Plan::default()
        };
        status = status.max(crowd::run(name, plan, args)?);
    }
    if wants("matching") || is_scheduling("matching") {
        status = status.max(matching::run(wish.seed, args)?);
    }
    if wants("scheduling") {
        let (mut evidence, is_good) = scheduling::measure(wish.seed, args)?;
        for name in SCHEDULING {
            evidence.take_in(name)?;
        }
        evidence.write()?;
        status = status.max(u8::from(!is_good));
    }
    if wants("start") {
        status = status.max(start::run(wish.start, args)?);
    }
    Ok(status)
}

/// The command as it was typed.
fn typed(args: &[String]) -> String {
    format!("cargo xtask bench {}", args.join(" ")).trim_end().to_owned()
}

fn parse(args: &[String]) -> Result<Wish, Misuse> {
    let mut wish = Wish {
        name: String::new(),
        profile: Profile::Dev,
        kills: 20,
        attempts: 5_000,
        seconds: 10,
        seed: 1,
        referrals: 100_000,
        events: 1_000_000,
        specialists: 200,
        messages: 1_000_000,
        stops: 100_000,
        calls: 100_000,
        start: Start::Second,
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "kill" | "page" | "scheduling" | "start" | "worklist" | "history" | "audit" | "seal"
            | "search" | "booking" | "stampede" | "matching" | "messaging"
                if wish.name.is_empty() =>
            {
                wish.name = arg.clone()
            }
            "--release" => wish.profile = Profile::Release,
            "--cold" => wish.start = Start::Cold,
            "--kills" => wish.kills = number(arg, args.next())?,
            "--attempts" => wish.attempts = number(arg, args.next())?,
            "--seconds" => wish.seconds = number(arg, args.next())?,
            "--referrals" => wish.referrals = number(arg, args.next())?,
            "--events" => wish.events = number(arg, args.next())?,
            "--specialists" => wish.specialists = number(arg, args.next())?,
            "--messages" => wish.messages = number(arg, args.next())?,
            "--stops" => wish.stops = number(arg, args.next())?,
            "--calls" => wish.calls = number(arg, args.next())?,
            "--seed" => wish.seed = number(arg, args.next())?,
            other => {
                return Err(Misuse(format!("unknown argument {other:?}\nUsage: cargo xtask {USAGE}")));
            }
        }
    }
    Ok(wish)
}

fn number<T: std::str::FromStr>(name: &str, value: Option<&String>) -> Result<T, Misuse> {
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| Misuse(format!("{name} wants a whole number, for example {name} 20")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn without_arguments_everything_is_measured_at_the_agreed_size() {
        let wish = parse(&[]).unwrap();
        assert_eq!((wish.name.as_str(), wish.kills, wish.attempts), ("", 20, 5_000));
    }

    #[test]
    fn a_bad_argument_is_refused_by_name() {
        for (line, name) in [("kill --kills many", "--kills"), ("--seed", "--seed"), ("fly", "fly")] {
            assert!(parse(&words(line)).unwrap_err().0.contains(name), "{line}");
        }
    }

    #[test]
    fn the_command_is_told_as_it_was_typed() {
        assert_eq!(typed(&words("kill --release")), "cargo xtask bench kill --release");
    }
}
