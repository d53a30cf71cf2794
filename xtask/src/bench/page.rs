//! The patient's status page: what it weighs, and how it keeps up with a bare handler.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::evidence::{Evidence, Group, rounded};
use super::http::Client;
use super::served::{COORDINATOR, Place, free_address};
use crate::tree::{self, Profile};
use crate::{needs, site};

/// The first patient of the demonstration (`server/src/demo/generate/mod.rs`).
const NAME: &str = "Margaret Hale";
const BORN: (&str, &str, &str) = ("31", "3", "1948");
const MOBILE: &str = "+447700900123";
const PAGE: &str = "/my";
/// Connections of the load, each with one request under way.
const CONNECTIONS: usize = 8;
/// How often page and yardstick take turns.
const TURNS: usize = 3;

/// Weighs and loads the page of a release build.
///
/// # Errors
/// When something cannot be built, started or signed in to.
pub fn run(seconds: u64, args: &[String]) -> anyhow::Result<u8> {
    needs::install(&[needs::Need::Build])?;
    site::build(Profile::Release)?;
    let waymark = tree::build_server(Profile::Release)?;
    let bare = build_bare()?;
    let mut evidence = Evidence::begin("page", "The patient's status page", super::typed(args), None)?;
    let place = Place::with_demonstration(&waymark, None)?;
    let served = place.serve()?;
    let patient = sign_in(&place)?;
    evidence.about.push(format!(
        "`{PAGE}` of a release build over SQLite, as {NAME} of the demonstration, signed in by link, date of birth and code. \
         Weights are bytes of the bodies as they are served to a browser that accepts brotli; each file that the page's head \
         names is fetched once, as on a first visit."
    ));
    evidence.groups.extend(weigh(&patient)?);
    let mut client = patient.twin("br");
    let bytes = client.get(PAGE)?.body.len();
    evidence.about.push(format!(
        "The yardstick is a bare axum handler (`server/examples/bare.rs`) with a body of the same {bytes} bytes. Both are \
         asked over {CONNECTIONS} kept connections, each with one request under way, {seconds} s at a time, {TURNS} times in \
         turn, in one run on one machine, the load beside them. The page reads the session and the referral, writes the \
         audit of that look durably to the disk before it answers, renders, and compresses; the yardstick does none of it."
    ));
    evidence.groups.extend(compare(&patient, &bare, bytes, Duration::from_secs(seconds))?);
    served.stop()?;
    evidence.write()?;
    Ok(0)
}

fn build_bare() -> anyhow::Result<std::path::PathBuf> {
    tree::done(tree::cargo().args(["build", "--release", "--package", "server", "--example", "bare"]))?;
    Ok(tree::target().join("release/examples/bare"))
}

/// The patient's way in: a coordinator's reminder brings a link, the link asks for date of birth and code.
fn sign_in(place: &Place) -> anyhow::Result<Client> {
    let mut staff = place.sign_in(COORDINATOR)?;
    let list = staff.get("/worklist?state=accepted&q=Hale")?.text();
    let id = first_referral(&list).with_context(|| format!("{NAME} is not on the worklist"))?;
    let told = texts(&mut staff)?.len();
    let answer = staff.post(&format!("/referrals/{id}/remind"), &[("key", "bench-remind")])?;
    ensure!(answer.status == 303, "the reminder answered {}", answer.status);
    let link = awaited(&mut staff, told, |body| body.split_once("/r/").map(|(_, rest)| rest.to_owned()))?;
    let token = link
        .split(|sign: char| !(sign.is_ascii_alphanumeric() || "-_".contains(sign)))
        .next()
        .unwrap_or_default();
    let mut patient = Client::new(place.address, "identity");
    patient.get(&format!("/r/{token}"))?;
    let told = texts(&mut staff)?.len();
    let born = [("birth_date_day", BORN.0), ("birth_date_month", BORN.1), ("birth_date_year", BORN.2)];
    patient.post("/verify", &born)?;
    let code = awaited(&mut staff, told, |body| {
        body.split(|sign: char| !sign.is_ascii_digit()).find(|word| word.len() == 6).map(str::to_owned)
    })?;
    let answer = patient.post("/verify/code", &[("code", &code)])?;
    ensure!(answer.header("location") == PAGE, "the code was not accepted");
    ensure!(patient.get(PAGE)?.status == 200, "{PAGE} is not shown");
    Ok(patient)
}

fn first_referral(html: &str) -> Option<String> {
    html.split("/referrals/").nth(1).and_then(uuid)
}

fn uuid(text: &str) -> Option<String> {
    let id: String = text.chars().take_while(|sign| sign.is_ascii_hexdigit() || *sign == '-').collect();
    (id.len() == 36).then_some(id)
}

/// Bodies of the texts to the patient that were captured, newest first.
fn texts(client: &mut Client) -> anyhow::Result<Vec<String>> {
    let said: serde_json::Value = serde_json::from_str(&client.get("/demo/messages.json")?.text())?;
    let texts = said["texts"].as_array().cloned().unwrap_or_default();
    let mine = texts.iter().filter(|text| text["to"] == MOBILE);
    Ok(mine.filter_map(|text| text["body"].as_str().map(str::to_owned)).collect())
}

/// What the next text says, once there are more than `told`.
fn awaited(
    client: &mut Client,
    told: usize,
    read: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<String> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        let texts = texts(client)?;
        let fresh = texts.len().saturating_sub(told);
        if let Some(found) = texts[..fresh].iter().find_map(|body| read(body)) {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("no text message came within 30 s")
}

/// What a first visit fetches, in two tables: without scripts, and with them.
fn weigh(patient: &Client) -> anyhow::Result<Vec<Group>> {
    let html = patient.twin("identity").get(PAGE)?.text();
    let mut client = patient.twin("br");
    let mut plain = Group::new("Page weight without wasm, brotli");
    let mut alive = Group::new("Page weight with wasm, brotli");
    let mut weight = |path: &str| -> anyhow::Result<u64> {
        let answer = client.get(path)?;
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
        ensure!(answer.header("content-encoding") == "br", "{path} is not compressed with brotli");
        Ok(answer.body.len() as u64)
    };
    let document = weight(PAGE)?;
    plain.add(&format!("document `{PAGE}`"), document, "bytes");
    let mut total = document;
    for path in linked(&html, &["stylesheet", "icon", "manifest"]) {
        let bytes = weight(&path)?;
        plain.add(&format!("`{path}`"), bytes, "bytes");
        total += bytes;
    }
    plain.add("together", total, "bytes");
    plain.add("document before compression", html.len(), "bytes");
    alive.add("everything above", total, "bytes");
    for path in scripts(&html) {
        let bytes = weight(&path)?;
        alive.add(&format!("`{path}`"), bytes, "bytes");
        total += bytes;
    }
    alive.add("together", total, "bytes");
    Ok(vec![plain, alive])
}

/// Addresses of `<link>` elements of these kinds.
fn linked(html: &str, kinds: &[&str]) -> Vec<String> {
    let links = html.split("<link ").skip(1).filter_map(|rest| rest.split('>').next());
    links
        .filter(|link| attribute(link, "rel").is_some_and(|rel| kinds.contains(&rel)))
        .filter_map(|link| attribute(link, "href").map(str::to_owned))
        .collect()
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}

/// Scripts and wasm that the page names: preloaded, by address, and the service worker with its registration.
fn scripts(html: &str) -> Vec<String> {
    let mut found = linked(html, &["modulepreload", "preload"]);
    let named = html.split("<script").skip(1).filter_map(|rest| rest.split('>').next());
    found.extend(named.filter_map(|script| attribute(script, "src").map(str::to_owned)));
    if html.contains("/sw.js") {
        found.push("/sw.js".to_owned());
    }
    found.sort();
    found.dedup();
    found
}

/// What a load counted.
#[derive(Debug, Default)]
struct Load {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    failed: u64,
}

fn compare(patient: &Client, bare: &Path, bytes: usize, turn: Duration) -> anyhow::Result<Vec<Group>> {
    let address = free_address()?;
    let yardstick = Yardstick::start(bare, address, bytes)?;
    let (mut pages, mut bares) = (Vec::new(), Vec::new());
    // A first second each, not counted: caches, and the compiler of queries.
    load(patient, PAGE, Duration::from_secs(1))?;
    load(&Client::new(address, "br"), "/", Duration::from_secs(1))?;
    for _ in 0..TURNS {
        bares.push(load(&Client::new(address, "br"), "/", turn)?);
        pages.push(load(patient, PAGE, turn)?);
    }
    drop(yardstick);
    let (page, bare) = (median(&pages), median(&bares));
    let mut group = Group::new("Requests");
    group.add("requests per second, page", rounded(page.per_second), "");
    group.add("requests per second, bare handler", rounded(bare.per_second), "");
    group.add("page to bare, requests per second", ratio(page.per_second, bare.per_second), "");
    group.add("p50, page", rounded(page.p50_ms), "ms");
    group.add("p50, bare handler", rounded(bare.p50_ms), "ms");
    group.add("p99, page", rounded(page.p99_ms), "ms");
    group.add("p99, bare handler", rounded(bare.p99_ms), "ms");
    group.add("page to bare, p99", ratio(page.p99_ms, bare.p99_ms), "");
    group.must("answers other than 200", page.failed + bare.failed, "", "0");
    let mut turns = Group::new("Each turn");
    for (at, (bare, page)) in bares.iter().zip(&pages).enumerate() {
        for (name, load) in [("bare handler", bare), ("page", page)] {
            turns.add(&format!("{}: {name}, requests per second", at + 1), rounded(load.per_second), "");
            turns.add(&format!("{}: {name}, p99", at + 1), rounded(load.p99_ms), "ms");
        }
    }
    Ok(vec![group, turns])
}

/// With four decimals: some ratios are small.
fn ratio(a: f64, b: f64) -> f64 {
    (a / b * 10_000.0).round() / 10_000.0
}

/// The median of each figure over the turns.
fn median(loads: &[Load]) -> Load {
    let middle = |of: &dyn Fn(&Load) -> f64| {
        let mut all: Vec<f64> = loads.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    Load {
        per_second: middle(&|load| load.per_second),
        p50_ms: middle(&|load| load.p50_ms),
        p99_ms: middle(&|load| load.p99_ms),
        failed: loads.iter().map(|load| load.failed).sum(),
    }
}

/// A closed loop: each connection asks again as soon as it was answered.
fn load(like: &Client, path: &str, long: Duration) -> anyhow::Result<Load> {
    let failed = AtomicU64::new(0);
    let begun = Instant::now();
    let mut took: Vec<Duration> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (mut client, failed) = (like.twin("br"), &failed);
                scope.spawn(move || {
                    let mut took = Vec::new();
                    while begun.elapsed() < long {
                        let asked = Instant::now();
                        match client.get(path) {
                            Ok(answer) if answer.status == 200 => took.push(asked.elapsed()),
                            _ => {
                                failed.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    }
                    took
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().expect("a client does not panic")).collect()
    });
    let long = begun.elapsed().as_secs_f64();
    ensure!(!took.is_empty(), "{path} was never answered");
    took.sort();
    let at = |part: usize| took[(took.len() - 1) * part / 100].as_secs_f64() * 1e3;
    let (per_second, p50_ms, p99_ms) = (took.len() as f64 / long, at(50), at(99));
    Ok(Load { per_second, p50_ms, p99_ms, failed: failed.into_inner() })
}

/// The bare handler. Ended when dropped.
struct Yardstick(Child);

impl Yardstick {
    fn start(binary: &Path, address: SocketAddr, bytes: usize) -> anyhow::Result<Self> {
        let child = Command::new(binary)
            .args([address.port().to_string(), bytes.to_string()])
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {}", binary.display()))?;
        let yardstick = Self(child);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            if Client::new(address, "br").get("/").is_ok() {
                return Ok(yardstick);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the bare handler did not start")
    }
}

impl Drop for Yardstick {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"<link rel="stylesheet" href="/pkg/a.css"><link rel="icon" href="/f.svg" type="x">
        <link rel="apple-touch-icon" href="/icons/i.png"><link rel="modulepreload" href="/pkg/a.js">
        <script type="module" nonce="n">import("/pkg/a.js")</script><script src="/register.js" defer></script>"#;

    #[test]
    fn what_the_head_names_is_found() {
        assert_eq!(linked(HEAD, &["stylesheet", "icon", "manifest"]), ["/pkg/a.css", "/f.svg"]);
        assert_eq!(scripts(HEAD), ["/pkg/a.js", "/register.js"]);
    }

    #[test]
    fn the_middle_turn_counts() {
        let turn = |per_second| Load { per_second, ..Load::default() };
        assert_eq!(median(&[turn(3.0), turn(1.0), turn(2.0)]).per_second, 2.0);
    }
}
