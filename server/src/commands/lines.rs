//! Verbs that answer line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::Done;

/// The longest line that is read, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// Standard output, line by line. A reader that has gone away ends the work, and that is no fault.
pub struct Lines(std::io::BufWriter<std::io::StdoutLock<'static>>);

impl Lines {
    pub fn new() -> Self {
        Self(std::io::BufWriter::new(std::io::stdout().lock()))
    }

    pub fn line(&mut self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.0, value).map_err(|error| gone(error.into()))?;
        self.0.write_all(b"\n").map_err(gone)
    }

    pub fn finish(mut self) -> anyhow::Result<()> {
        self.0.flush().map_err(gone)
    }
}

/// What was in the way of writing: most often that nobody reads any more.
fn gone(error: std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::BrokenPipe => super::ReaderGone.into(),
        _ => error.into(),
    }
}

/// An answer, and whether it is what one hopes for.
pub struct Answer {
    pub line: Value,
    pub is_good: bool,
}

/// Answers each line of a file, or of standard input where it is `-`, with a line. One that cannot be understood is named on
/// standard error with its number, and the others are answered.
pub fn answer_each(
    file: &Path,
    mut answer: impl FnMut(&str) -> Result<Answer, String>,
) -> anyhow::Result<Done> {
    let name = || format!("FILE: {}", file.display());
    let mut reader: Box<dyn BufRead> = match file == Path::new("-") {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(file).with_context(name)?)),
    };
    let (mut out, mut done) = (Lines::new(), Done::Good);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let limit = LONGEST as u64 + 1;
        if reader.by_ref().take(limit).read_until(b'\n', &mut line).with_context(name)? == 0 {
            break;
        }
        if line.len() > LONGEST {
            // Where the next line begins is not known without reading on, and that may be for ever.
            bail!("FILE: line {number} is longer than {} MiB", LONGEST / 1024 / 1024);
        }
        let bare = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        let answered = match std::str::from_utf8(bare).map(str::trim) {
            Ok("") => continue,
            Ok(text) => answer(text),
            Err(_) => Err("it is not UTF-8 text".to_owned()),
        };
        match answered {
            Ok(answered) => {
                out.line(&answered.line)?;
                if !answered.is_good {
                    done = Done::ProblemsFound;
                }
            }
            Err(problem) => {
                super::complain(&json!({ "line": number, "problem": problem }).to_string());
                done = Done::ProblemsFound;
            }
        }
    }
    out.finish()?;
    Ok(done)
}

/// Why a line of JSON was not understood. It is the only line there is, so its own number says nothing.
pub fn misread(error: &serde_json::Error) -> String {
    let said = error.to_string();
    match said.split_once(" at line 1 column ") {
        Some((what, column)) => format!("{what}, at column {column}"),
        None => said,
    }
}
