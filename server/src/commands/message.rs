//! `waymark message`: what a text costs as a text message.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use contract::WordsPreview;
use domain::template::Template;
use domain::{Actor, OrganisationId};
use messaging::segments::{Cost, cost_utf16};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::{Value, json};
use service::{Call, Desk, ServiceError, admin, clock};
use uuid::Uuid;

use super::Done;
use super::lines::{Answer, Lines, answer_each, misread};
use crate::config::Config;
use crate::open;

/// What messages say and cost.
#[derive(Subcommand)]
pub enum Message {
    /// How many text messages each text takes, a JSON line each: id, encoding (GSM-7 or UCS-2), segments, units, characters.
    ///
    /// Units are septets of GSM-7, where what stands in its extension takes two, or UTF-16 units. A character of two units is
    /// never parted, so that a text can take more segments than its units alone would. A line that is not understood is named
    /// on standard error with its number, and the verb ends with 1.
    #[command(
        after_help = "Example: echo '{\"id\":1,\"text\":\"See you at 9\"}' | waymark message segments -"
    )]
    Segments(Segments),
    /// A message as a patient would get it now, with example data, a JSON line for each way: template, language, version (0:
    /// Waymark's own words), draft (a newer version that waits to be approved, or null), channel, text; for a mail its subject; for
    /// a text message encoding, segments, units and most_segments, which is with the longest names and times.
    ///
    /// What the organisation wrote and could not write any more is named on standard error, and the verb ends with 1.
    #[command(after_help = "Example: waymark message preview booking-confirmed --lang cy --channel sms")]
    Preview(Preview),
    /// A message from its rule to its receipt. Words and addresses are not shown.
    #[command(after_help = "Example: waymark message trace 0199f3a2-7c1e-7b55-9d0e-3a4f5c6b7d8e")]
    Trace(super::trace::Trace),
}

#[derive(Args)]
pub struct Preview {
    /// Code of a message, such as booking-confirmed.
    #[arg(value_name = "TEMPLATE", value_parser = template)]
    template: Template,
    /// An organisation's id, name, or a code that it was imported with [default: the oldest one].
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
    /// The language of the reader, such as cy or pt-BR [default: the organisation's].
    #[arg(long = "lang", value_name = "L")]
    language: Option<String>,
    /// One way alone.
    #[arg(long, value_name = "C")]
    channel: Option<Way>,
}

/// A way on which words go out.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    Sms,
    Email,
    Push,
}

#[derive(Args)]
pub struct Segments {
    /// JSON lines with id and text; `-` reads standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
}

impl Message {
    /// Whether it looks at no installation.
    pub fn is_apart(&self) -> bool {
        matches!(self, Self::Segments(_))
    }

    pub fn run_apart(&self) -> anyhow::Result<Done> {
        match self {
            Self::Segments(verb) => answer_each(&verb.file, segments),
            Self::Preview(_) | Self::Trace(_) => bail!("there is no configuration"),
        }
    }

    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        match self {
            Self::Preview(verb) => verb.run(config).await,
            Self::Trace(verb) => verb.run(config).await,
            Self::Segments(_) => self.run_apart(),
        }
    }
}

impl Preview {
    async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let desk = open::desk(config, open::database(config).await?)?;
        let organisation = which(&desk, self.organisation.as_deref()).await?;
        let call = Call::new(Actor::system("message preview", Uuid::new_v4()), clock::now());
        let code = self.template.code();
        let shown = admin::words_preview(&desk, &call, organisation, code, self.language.as_deref()).await;
        let shown = match shown {
            Err(ServiceError::NotFound) => {
                bail!(
                    "--lang: give a language as a tag, such as cy; messages to colleagues are in English alone"
                )
            }
            shown => shown?,
        };
        let lines = self.lines(&shown);
        if lines.is_empty() {
            bail!("--channel: this message never goes out that way");
        }
        let mut out = Lines::new();
        for line in &lines {
            out.line(line)?;
        }
        out.finish()?;
        for problem in &shown.problems {
            eprintln!("{}", json!({ "part": problem.field, "problem": problem.message }));
        }
        Ok(if shown.problems.is_empty() { Done::Good } else { Done::ProblemsFound })
    }

    fn lines(&self, shown: &WordsPreview) -> Vec<Value> {
        let preview = &shown.preview;
        let sms = preview.sms.as_ref().map(|sms| {
            json!({
                "text": sms.text, "encoding": sms.encoding, "segments": sms.segments, "units": sms.units,
                "most_segments": sms.most_segments,
            })
        });
        let push = preview.push.as_ref().map(|push| json!({ "text": push }));
        let email = Some(json!({ "subject": preview.subject, "text": preview.text }));
        [(Way::Sms, "sms", sms), (Way::Email, "email", email), (Way::Push, "push", push)]
            .into_iter()
            .filter(|(way, ..)| self.channel.is_none_or(|wanted| wanted == *way))
            .filter_map(|(_, channel, said)| {
                let mut line = json!({
                    "template": shown.template, "language": shown.language, "version": shown.version, "draft": shown.draft,
                    "channel": channel,
                });
                line.as_object_mut()?.extend(said?.as_object()?.clone());
                Some(line)
            })
            .collect()
    }
}

fn template(code: &str) -> Result<Template, String> {
    Template::from_code(code).ok_or_else(|| {
        let all: Vec<&str> = Template::ALL.iter().map(|template| template.code()).collect();
        format!("there is no such message; there are {}", all.join(", "))
    })
}

async fn which(desk: &Desk, wanted: Option<&str>) -> anyhow::Result<OrganisationId> {
    let db = desk.store.reader();
    let all = store::directory::organisations(db).await.map_err(ServiceError::from)?;
    let Some(wanted) = wanted else {
        let first = all.first().context("there is no organisation yet; `waymark user add` makes one")?;
        return Ok(OrganisationId(first.id));
    };
    for row in &all {
        let id = OrganisationId(row.id);
        let codes = store::directory::identifiers_of(db, id).await.map_err(ServiceError::from)?;
        if row.id.to_string() == wanted
            || row.name.eq_ignore_ascii_case(wanted)
            || codes.iter().any(|code| code == wanted)
        {
            return Ok(id);
        }
    }
    bail!("--organisation: no organisation has this id, name or code; `waymark user list` shows the ids")
}

#[derive(Deserialize)]
struct Text {
    id: Value,
    text: Units,
}

fn segments(line: &str) -> Result<Answer, String> {
    let asked: Text = serde_json::from_str(line).map_err(|error| misread(&error))?;
    let Cost { encoding, units, segments } = cost_utf16(&asked.text.0);
    let characters = char::decode_utf16(asked.text.0.iter().copied()).count();
    let line = json!({
        "id": asked.id, "encoding": encoding.name(), "segments": segments, "units": units, "characters": characters,
    });
    Ok(Answer { line, is_good: true })
}

/// A string of JSON in UTF-16. JSON can escape half of a surrogate pair, which no string of Rust holds; `serde_json` gives it as
/// the three bytes that it would have (WTF-8) to whoever asks for bytes.
struct Units(Vec<u16>);

impl<'de> Deserialize<'de> for Units {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Units;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Units, E> {
                Ok(Units(text.encode_utf16().collect()))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Units, E> {
                match std::str::from_utf8(bytes) {
                    Ok(text) => self.visit_str(text),
                    Err(_) => Ok(Units(units(bytes))),
                }
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// UTF-16 of WTF-8.
fn units(bytes: &[u8]) -> Vec<u16> {
    let mut all = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        let (length, mut point) = match first {
            0..0x80 => (1, u32::from(*first)),
            0x80..0xe0 => (2, u32::from(first & 0x1f)),
            0xe0..0xf0 => (3, u32::from(first & 0x0f)),
            0xf0.. => (4, u32::from(first & 0x07)),
        };
        for byte in bytes.iter().skip(at + 1).take(length - 1) {
            point = point << 6 | u32::from(byte & 0x3f);
        }
        match (u16::try_from(point), char::from_u32(point)) {
            (Ok(unit), _) => all.push(unit),
            (Err(_), Some(letter)) => all.extend(letter.encode_utf16(&mut [0; 2]).iter()),
            (Err(_), None) => {}
        }
        at += length;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str) -> String {
        segments(line).map_or_else(|problem| problem, |answer| answer.line.to_string())
    }

    #[test]
    fn every_text_that_json_can_write_is_counted() {
        for (text, encoding, segments, units, characters) in [
            (r"", "GSM-7", 0, 0, 0),
            (r"plain", "GSM-7", 1, 5, 5),
            (r"\u20ac[]\n", "GSM-7", 1, 7, 4),
            (r"it\u2019s", "UCS-2", 1, 4, 4),
            (r"\ud83d\ude00", "UCS-2", 1, 2, 1),
            (r"😀", "UCS-2", 1, 2, 1),
            (r"a\ud83d", "UCS-2", 1, 2, 2),
            (r"\ude00\ud83dé😀", "UCS-2", 1, 5, 4),
            (r"\u0000", "UCS-2", 1, 1, 1),
        ] {
            let said = answered(&format!(r#"{{"id":"x","text":"{text}","more":[1]}}"#));
            let line: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{text}: {said}"));
            let expected = json!({ "id": "x", "encoding": encoding, "segments": segments, "units": units, "characters": characters });
            assert_eq!(line, expected, "{text}");
        }
    }

    #[test]
    fn a_line_that_is_no_question_is_named() {
        for (line, problem) in [
            ("{", "EOF while parsing an object, at column 1"),
            (r#"{"id":1}"#, "missing field `text`, at column 8"),
            (r#"{"text":"a"}"#, "missing field `id`, at column 12"),
            (r#"{"id":1,"text":7}"#, "expected a string"),
            (r#"{"id":1,"text":["a"]}"#, "expected a string"),
            (r#"{"id":1,"text":null}"#, "expected a string"),
            (r#"{"id":1,"text":"\u12"}"#, "escape"),
            ("[]", ""),
        ] {
            let said = answered(line);
            assert!(said.contains(problem) && !said.contains("encoding"), "{line}: {said}");
        }
    }
}
