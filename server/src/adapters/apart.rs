//! Calendar files are read by a child process: this very program, called again with a hidden verb, with little memory
//! and little time. Whatever a file does to its reader, the server goes on.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use interop::ical::MAX_BYTES;
use nix::sys::resource::{Resource, setrlimit};
use serde::de::DeserializeOwned;
use service::calendar::{self, BusyReading, CalendarProblem, Hours};
use service::ports::{Calendars, Waits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The hidden verb.
pub const VERB: &str = "read-calendar";
/// What the child is asked, as `FROM TO ZONE`, or `hours MINUTES ZONE`.
const QUESTION: &str = "WAYMARK_READ_CALENDAR";
/// The first word when it is asked for hours.
const HOURS: &str = "hours";
/// What helps against a file that takes too much.
const SHORTER: &str = "export a shorter period; this is not a usual calendar";
/// The child may use so much memory …
const MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// … and so much time.
const TIME: Duration = Duration::from_secs(5);
/// More than this is no answer.
const ANSWER_BYTES: u64 = 128 * 1024 * 1024;
/// What comes before the answer, should anything else be written there.
const MARK: &[u8] = b"\x1Ewaymark-busy ";
/// Children at a time: one per core of a small machine, and memory stays bounded.
const AT_ONCE: usize = 2;
/// One more for whoever books, who waits behind no other's file.
const FOR_BOOKINGS: usize = 1;

/// How the child is called.
struct Caller {
    program: PathBuf,
    arguments: Vec<OsString>,
}

static CALLER: OnceLock<Caller> = OnceLock::new();

/// Calls the present program with other arguments than the hidden verb; for programs that are not `waymark`, such as
/// tests. They must end up in [`answer`].
pub fn call_with(arguments: &[&str]) {
    let Ok(program) = this_program() else { return };
    // Whoever was first has set it.
    let _ = CALLER.set(Caller { program, arguments: arguments.iter().map(OsString::from).collect() });
}

/// The file that runs. Linux finds it also after an upgrade has put another one in its place.
fn this_program() -> std::io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Ok(running) } else { std::env::current_exe() }
}

/// Reads calendars in a child process.
pub struct Apart {
    permits: Semaphore,
    bookings: Semaphore,
}

impl Default for Apart {
    fn default() -> Self {
        Self { permits: Semaphore::new(AT_ONCE), bookings: Semaphore::new(FOR_BOOKINGS) }
    }
}

impl Apart {
    /// Waits until a child may begin; who books takes whichever comes first, their own or one of all.
    async fn permit(&self, waits: Waits) -> Result<SemaphorePermit<'_>, String> {
        let permit = match waits {
            Waits::Reading => self.permits.acquire().await,
            Waits::Booking => tokio::select! {
                biased;
                own = self.bookings.acquire() => own,
                of_all = self.permits.acquire() => of_all,
            },
        };
        permit.map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Calendars for Apart {
    async fn busy(
        &self,
        waits: Waits,
        bytes: Vec<u8>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        zone: Tz,
    ) -> Result<BusyReading, String> {
        // What is no calendar, or beyond a limit, is seen on the raw lines and never parsed.
        let looked = tokio::task::spawn_blocking(move || (interop::ical::unfit(&bytes), bytes));
        let (unfit, bytes) = looked.await.map_err(|error| error.to_string())?;
        if !unfit.is_empty() {
            let none_s = |problem| CalendarProblem { uid: String::new(), problem };
            return Ok(BusyReading {
                problems: unfit.into_iter().map(none_s).collect(),
                ..BusyReading::default()
            });
        }
        let _permit = self.permit(waits).await?;
        let question = format!("{} {} {}", from.to_rfc3339(), to.to_rfc3339(), zone.name());
        let read = asked(bytes, &question).await?;
        Ok(read.unwrap_or_else(|problem| BusyReading::refused(problem, SHORTER)))
    }

    async fn hours(&self, bytes: Vec<u8>, visit_min: u32, zone: Tz) -> Result<Result<Hours, String>, String> {
        let looked = tokio::task::spawn_blocking(move || (interop::ical::unfit(&bytes), bytes));
        let (unfit, bytes) = looked.await.map_err(|error| error.to_string())?;
        if let Some(first) = unfit.first() {
            return Ok(Err(format!("{}; {}", first.problem, first.remedy)));
        }
        let _permit = self.permit(Waits::Reading).await?;
        let read = asked(bytes, &format!("{HOURS} {visit_min} {}", zone.name())).await?;
        Ok(read.unwrap_or_else(|problem| Err(format!("{problem}; {SHORTER}"))))
    }
}

/// What the child answers, or what stopped it.
async fn asked<T: DeserializeOwned>(
    bytes: Vec<u8>,
    question: &str,
) -> Result<Result<T, &'static str>, String> {
    let unable = |what: &str, error: std::io::Error| format!("the calendar's reader {what}: {error}");
    let own = || this_program().map(|program| Caller { program, arguments: vec![VERB.into()] });
    let caller = match CALLER.get() {
        Some(caller) => caller,
        None => &own().map_err(|error| unable("is not found", error))?,
    };
    let mut child = Command::new(&caller.program)
        .args(&caller.arguments)
        // It needs no secret of ours.
        .env_clear()
        .env(QUESTION, question)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| unable("does not start", error))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Err("the calendar's reader has no pipes".to_owned());
    };
    let talk = async {
        let give = async {
            // A child that has ended takes no more; its ending says why.
            let _ = stdin.write_all(&bytes).await;
            drop(stdin);
        };
        let mut answer = Vec::new();
        let mut limited = stdout.take(ANSWER_BYTES);
        let (_, heard) = tokio::join!(give, limited.read_to_end(&mut answer));
        heard.map(|_| answer)
    };
    let answer = match tokio::time::timeout(TIME, talk).await {
        Ok(answer) => answer.map_err(|error| unable("is not heard", error))?,
        Err(_) => {
            child.kill().await.map_err(|error| unable("cannot be stopped", error))?;
            return Ok(Err("reading it takes longer than 5 seconds"));
        }
    };
    child.wait().await.map_err(|error| unable("is lost", error))?;
    let at = answer.windows(MARK.len()).position(|bytes| bytes == MARK);
    let read = at.and_then(|at| {
        let json = &answer[at + MARK.len()..];
        serde_json::Deserializer::from_slice(json).into_iter().next()?.ok()
    });
    Ok(read.ok_or("reading it takes more than 256 MiB of memory, or fails"))
}

/// What the child does: limits itself, reads a calendar from standard input and answers on standard output. Nothing
/// where this program was not called as a child.
pub fn answer() -> Option<ExitCode> {
    let question = std::env::var(QUESTION).ok()?;
    Some(match answered(&question) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    })
}

fn answered(question: &str) -> anyhow::Result<()> {
    setrlimit(Resource::RLIMIT_DATA, MEMORY_BYTES, MEMORY_BYTES)?;
    setrlimit(Resource::RLIMIT_CPU, TIME.as_secs() + 1, TIME.as_secs() + 1)?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    let mut parts = question.split(' ');
    let mut next = || parts.next().unwrap_or_default();
    let (first, second, zone) = (next(), next(), next());
    let zone: Tz = zone.parse().map_err(|_| anyhow::anyhow!("the zone is not known"))?;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let answer = if first == HOURS {
        serde_json::to_vec(&calendar::nameless_hours(&bytes, second.parse()?, zone))?
    } else {
        let (from, to): (DateTime<Utc>, DateTime<Utc>) = (first.parse()?, second.parse()?);
        serde_json::to_vec(&calendar::busy(&bytes, from, to, zone))?
    };
    let mut out = std::io::stdout().lock();
    out.write_all(MARK)?;
    out.write_all(&answer)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}
