//! `waymark calendar` and `waymark match`: the engine without the database, for people who want to see what it makes of a
//! calendar.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use serde_json::json;
use service::calendar::{self, BusyReading, Expand, match_help, slots_help};
use service::ports::{Calendars, Waits};

use super::Done;
use super::lines::Lines;
use crate::adapters::Apart;

/// What a calendar, a rule, or weekly sessions come to. Instants are RFC 3339.
#[derive(Subcommand)]
pub enum Calendar {
    /// The busy time of an iCalendar file, a JSON line each; what is wrong with it goes to standard error.
    ///
    /// Fields: start, end, effect (busy, tentative, out-of-office), uid. Problems: problem, uid, severity, path, remedy.
    /// Time in which the file says that nobody is available (VAVAILABILITY) is among it, as its BUSYTYPE says. What has no length
    /// is listed with an end that is its start; it takes no time.
    /// Ends with 1 if an event could not be understood: it is left out, and must not be taken for free time.
    #[command(
        after_help = "Example: waymark calendar busy diary.ics --from 2027-01-01T00:00:00Z --to 2027-02-01T00:00:00Z --zone Europe/London"
    )]
    Busy(Busy),
    /// The occurrences of one recurrence rule (RFC 5545), a JSON line each with its start.
    ///
    /// DTSTART itself is among them only where the rule yields it.
    #[command(
        after_help = "Example: waymark calendar expand --dtstart 19970902T090000 --zone America/New_York --rrule 'FREQ=MONTHLY;BYDAY=-1FR' --from 2027-01-01T00:00:00Z --to 2028-01-01T00:00:00Z --limit 12"
    )]
    Expand(ExpandVerb),
    /// The free times that sessions leave beside busy time, a JSON line each: start, end, place.
    #[command(after_help = slots_help())]
    Slots(Slots),
}

#[derive(Args)]
pub struct Window {
    /// The beginning, such as 2027-01-01T00:00:00Z, or a date for its midnight in UTC.
    #[arg(long, value_name = "T", value_parser = instant)]
    from: DateTime<Utc>,
    /// The end; what begins then is no longer meant.
    #[arg(long, value_name = "T", value_parser = instant)]
    to: DateTime<Utc>,
}

#[derive(Args)]
pub struct Busy {
    /// An iCalendar file; `-` reads standard input.
    #[arg(value_name = "FILE.ics")]
    file: PathBuf,
    #[command(flatten)]
    window: Window,
    /// Where whole days and times without a zone are.
    #[arg(long, default_value = "UTC", value_parser = zone)]
    zone: Tz,
}

#[derive(Args)]
pub struct ExpandVerb {
    /// Where the series begins: YYYYMMDDTHHMMSS, with Z for UTC, or YYYYMMDD for whole days.
    #[arg(long, value_name = "D")]
    dtstart: String,
    /// The zone of times without Z [default: UTC].
    #[arg(long)]
    zone: Option<String>,
    /// The rule, with or without `RRULE:`.
    #[arg(long, value_name = "R")]
    rrule: String,
    /// What does not happen; may be given again, or with commas.
    #[arg(long, value_name = "D")]
    exdate: Vec<String>,
    #[command(flatten)]
    window: Window,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 1_000, allow_negative_numbers = true, value_parser = limit)]
    limit: usize,
}

#[derive(Args)]
pub struct Slots {
    /// The rules, as described below; `-` reads standard input.
    #[arg(value_name = "RULES.json")]
    rules: PathBuf,
    /// An iCalendar file whose busy time is not free.
    #[arg(long, value_name = "FILE.ics")]
    busy: Option<PathBuf>,
    #[command(flatten)]
    window: Window,
    /// From when notice and horizon count [default: --from].
    #[arg(long, value_name = "T", value_parser = instant)]
    now: Option<DateTime<Utc>>,
    /// Where whole days and times without a zone in FILE.ics are.
    #[arg(long, default_value = "UTC", value_parser = zone)]
    zone: Tz,
}

/// Assign many waiting patients to many slots at once: an exact optimum, with a reason for each. One JSON line for each
/// patient (patient, slot or null, cost, reason), then one with the objective for each class.
#[derive(Args)]
#[command(after_help = match_help())]
pub struct Match {
    /// Patients and slots, as described below; `-` reads standard input.
    #[arg(value_name = "FILE.json")]
    file: PathBuf,
}

/// The years that RFC 3339 can write. Calendars of long ago can be looked at, too.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9_999;
/// The largest files that are read, in bytes.
const MOST_RULES: u64 = 16 * 1024 * 1024;
const MOST_PATIENTS: u64 = 256 * 1024 * 1024;

impl Calendar {
    pub async fn run(&self) -> anyhow::Result<Done> {
        match self {
            Self::Busy(verb) => verb.run().await,
            Self::Expand(verb) => verb.run(),
            Self::Slots(verb) => verb.run().await,
        }
    }
}

impl Busy {
    async fn run(&self) -> anyhow::Result<Done> {
        self.window.check()?;
        let reading = read_calendar("FILE.ics", &self.file, &self.window, self.zone).await?;
        let mut out = Lines::new();
        for busy in &reading.busy {
            out.line(&json!({
                "start": said(busy.start), "end": said(busy.end), "effect": busy.effect.code(), "uid": busy.uid,
            }))?;
        }
        out.finish()?;
        Ok(tell(&reading))
    }
}

impl ExpandVerb {
    fn run(&self) -> anyhow::Result<Done> {
        self.window.check()?;
        let asked = Expand {
            dtstart: &self.dtstart,
            zone: self.zone.as_deref(),
            rrule: &self.rrule,
            exdates: &self.exdate,
        };
        let found = calendar::expand(&asked, self.window.from, self.window.to, self.limit)
            .map_err(|wrong| anyhow::anyhow!("{wrong}"))?;
        let mut out = Lines::new();
        for occurrence in &found.occurrences {
            out.line(&json!({ "start": said(occurrence.start) }))?;
        }
        out.finish()?;
        if found.complete || found.occurrences.len() >= self.limit {
            return Ok(Done::Good);
        }
        let problem =
            "the rule takes too long to follow, or yields too much; there may be more after the last";
        super::complain(&json!({ "problem": problem, "uid": "" }).to_string());
        Ok(Done::ProblemsFound)
    }
}

impl Slots {
    async fn run(&self) -> anyhow::Result<Done> {
        self.window.check()?;
        if self.busy.as_deref() == Some(Path::new("-")) && self.rules == Path::new("-") {
            bail!("--busy: standard input has the rules already; give a file for one of them");
        }
        let rules = text("RULES.json", &self.rules, MOST_RULES)?;
        let reading = match &self.busy {
            Some(file) => read_calendar("--busy", file, &self.window, self.zone).await?,
            None => BusyReading::default(),
        };
        if reading.is_refused() {
            // What is not known is not free.
            tell(&reading);
            return Ok(Done::ProblemsFound);
        }
        let window = (self.window.from, self.window.to);
        let free = calendar::slots(&rules, &reading.busy, window, self.now.unwrap_or(self.window.from))
            .map_err(|wrong| anyhow::anyhow!("RULES.json: {wrong}"))?;
        let mut out = Lines::new();
        for free in &free {
            let mut line =
                json!({ "start": said(free.slot.start), "end": said(free.slot.end), "place": free.place });
            if !free.who.is_empty() {
                line["who"] = free.who.clone().into();
            }
            if let Some(site) = &free.site {
                line["site"] = site.clone().into();
            }
            out.line(&line)?;
        }
        out.finish()?;
        Ok(tell(&reading))
    }
}

impl Match {
    pub fn run(&self) -> anyhow::Result<Done> {
        let text = text("FILE.json", &self.file, MOST_PATIENTS)?;
        let matched = calendar::matched(&text).map_err(|wrong| anyhow::anyhow!("FILE.json: {wrong}"))?;
        let mut out = Lines::new();
        for line in &matched.lines {
            out.line(line)?;
        }
        out.line(&json!({ "objective": matched.objective }))?;
        out.finish()?;
        Ok(Done::Good)
    }
}

impl Window {
    fn check(&self) -> anyhow::Result<()> {
        if self.to <= self.from {
            bail!("--to: give an instant after --from");
        }
        Ok(())
    }
}

async fn read_calendar(name: &str, file: &Path, window: &Window, zone: Tz) -> anyhow::Result<BusyReading> {
    let bytes = bytes(name, file, interop::ical::MAX_BYTES as u64)?;
    let reading = Apart::default().busy(Waits::Reading, bytes, window.from, window.to, zone).await;
    // What a calendar says before the window may still last in it, and the engine has looked for that already.
    reading.map_err(anyhow::Error::msg)
}

/// Writes the problems to standard error.
fn tell(reading: &BusyReading) -> Done {
    for problem in &reading.problems {
        let inner = &problem.problem;
        let said = json!({
            "problem": inner.problem, "uid": problem.uid, "severity": inner.severity,
            "path": inner.path, "remedy": inner.remedy,
        });
        super::complain(&said.to_string());
    }
    if reading.is_refused() { Done::ProblemsFound } else { Done::Good }
}

fn bytes(name: &str, file: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let of_file = || format!("{name}: {}", file.display());
    if file == Path::new("-") {
        std::io::stdin().take(most + 1).read_to_end(&mut bytes).with_context(of_file)?;
    } else {
        std::fs::File::open(file)
            .with_context(of_file)?
            .take(most + 1)
            .read_to_end(&mut bytes)
            .with_context(of_file)?;
    }
    Ok(bytes)
}

fn text(name: &str, file: &Path, most: u64) -> anyhow::Result<String> {
    let bytes = bytes(name, file, most)?;
    if bytes.len() as u64 > most {
        bail!("{name}: larger than {} MiB; split it", most / 1024 / 1024);
    }
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("{name}: it is not UTF-8 text"))
}

fn said(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let midnight = || text.parse::<NaiveDate>().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let read = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).or_else(|_| midnight());
    let read = read.ok().filter(|at| YEARS.contains(&at.year()));
    read.ok_or_else(|| "give an instant such as 2027-01-01T00:00:00Z, in the years 1 to 9999".to_owned())
}

fn limit(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "give a whole number, 0 or more".to_owned())
}

fn zone(name: &str) -> Result<Tz, String> {
    calendar::zone(name).ok_or_else(|| "give an IANA zone such as Europe/London".to_owned())
}
