//! The virus scanner: ClamAV's `clamd`, over TCP or a Unix socket.
//!
//! The exchange is that of `clamd(8)`: `zINSTREAM` and a zero byte, then chunks, each behind its length as four
//! bytes, big-endian, then a length of zero; the answer ends with a zero byte. It is written out here, because the
//! crate for it (`clamav-client` 2.3) reads answers of any length and, when clamd hangs up on a document that is too
//! large for it, drops the answer that says so.
//!
//! Only an exact `stream: OK`, after everything was sent, is [`Verdict::Clean`]. The content goes out as it is: over
//! TCP use this machine or a network of your own.
//!
//! What an OK is worth depends on the settings of clamd. `StreamMaxLength` (25 MB in Debian) must be at least
//! `documents.max_bytes`, or larger documents stay undecided. `MaxFileSize` must be at least as large again, because
//! clamd 1.4 answers OK to a larger file without looking at it. `AlertExceedsMax yes` makes it say so, for files in
//! an archive too, and is undecided here; even then it reads no more than `MaxFileSize` of a file in an archive that
//! was packed very tightly, and calls that OK.

use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};

/// Longest exchange with the scanner, connecting included, unless configured otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for the answer to a ping: readiness is asked often and must not pile up.
const PING_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes sent behind one length.
const CHUNK_BYTES: usize = 64 * 1024;
/// Longest answer that is read; real ones have less than 100 bytes.
const MAX_ANSWER_BYTES: u64 = 4096;
/// Longest signature name and message that is passed on.
const MAX_WORDS: usize = 120;

/// What the scanner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The scanner read all of it and found nothing.
    Clean,
    /// The signature that matched, such as `Eicar-Test-Signature`; printable ASCII.
    Infected { name: String },
    /// Nothing is known: keep it apart and ask again later. `why` is for the log; it holds no content.
    Undecided { why: String },
}

/// Why there is no scanner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScannerError {
    #[error("{field}: {remedy}")]
    Config { field: &'static str, remedy: &'static str },
    #[error("the virus scanner is not ready: {why}")]
    NotReady { why: String },
}

/// The scanner; cheap to clone, and each scan has its own connection.
#[derive(Debug, Clone)]
pub struct Scanner {
    address: Address,
    timeout: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    /// `host:port`.
    Tcp(String),
    Unix(PathBuf),
}

impl Scanner {
    /// Reads the address, `tcp://HOST:PORT` or `unix:///PATH`; nothing is connected before the first use.
    pub fn new(address: &str) -> Result<Self, ScannerError> {
        let address = read_address(address.trim()).ok_or(ScannerError::Config {
            field: "documents.scanner",
            remedy: "write tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl",
        })?;
        Ok(Self { address, timeout: DEFAULT_TIMEOUT })
    }

    /// Sets the longest time for one scan: connecting, sending and the answer together.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Whether the scanner would answer now.
    pub async fn ping(&self) -> Result<(), ScannerError> {
        let within = self.timeout.min(PING_TIMEOUT);
        match self.ask(b"zPING\0", None, within).await {
            Ok(answer) if answer.text == b"PONG" => Ok(()),
            Ok(_) => Err(ScannerError::NotReady { why: "its answer was not understood".to_owned() }),
            Err(why) => Err(ScannerError::NotReady { why }),
        }
    }

    /// Shows the whole document to the scanner. A scanner that is down, late or not understood is no error to pass
    /// by, but a document that stays undecided.
    pub async fn scan(&self, bytes: &[u8]) -> Verdict {
        match self.ask(b"zINSTREAM\0", Some(bytes), self.timeout).await {
            Ok(answer) => judge(&answer),
            Err(why) => Verdict::Undecided { why },
        }
    }

    async fn ask(&self, command: &[u8], content: Option<&[u8]>, within: Duration) -> Result<Answer, String> {
        let exchange = async {
            match &self.address {
                Address::Tcp(address) => {
                    let stream = TcpStream::connect(address).await.map_err(|e| not_reached(&e))?;
                    // Lengths and chunks are written apart; waiting to join them would only cost time.
                    stream.set_nodelay(true).ok();
                    exchange(stream, command, content).await
                }
                Address::Unix(path) => {
                    let stream = UnixStream::connect(path).await.map_err(|e| not_reached(&e))?;
                    exchange(stream, command, content).await
                }
            }
        };
        match tokio::time::timeout(within, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} ms", within.as_millis())),
        }
    }
}

/// What came back, without the zero byte at its end.
struct Answer {
    text: Vec<u8>,
    /// Whether the scanner had everything when it answered.
    all_sent: bool,
}

fn read_address(address: &str) -> Option<Address> {
    if let Some(path) = address.strip_prefix("unix://") {
        let path = PathBuf::from(path);
        return (path.is_absolute() && path.file_name().is_some()).then_some(Address::Unix(path));
    }
    let url = url::Url::parse(address).ok()?;
    let bare = url.scheme() == "tcp"
        && matches!(url.path(), "" | "/")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let host = url.host_str().filter(|host| bare && !host.is_empty())?;
    Some(Address::Tcp(format!("{host}:{}", url.port()?)))
}

fn not_reached(error: &std::io::Error) -> String {
    format!("the scanner cannot be reached ({})", error.kind())
}

/// Sends and reads at the same time: on a document that is too large clamd answers and hangs up at once, and
/// whoever only writes then sees a broken connection instead of the answer.
async fn exchange<S: AsyncRead + AsyncWrite>(
    stream: S,
    command: &[u8],
    content: Option<&[u8]>,
) -> Result<Answer, String> {
    let (reader, writer) = tokio::io::split(stream);
    let mut sending = pin!(send(writer, command, content));
    let mut answering = pin!(read_answer(reader));
    // Sending is looked at first, so that an answer to everything is never taken for an early one.
    tokio::select! {
        biased;
        sent = &mut sending => Ok(Answer { text: answering.await?, all_sent: sent.is_ok() }),
        text = &mut answering => Ok(Answer { text: text?, all_sent: false }),
    }
}

async fn send(
    mut writer: impl AsyncWrite + Unpin,
    command: &[u8],
    content: Option<&[u8]>,
) -> std::io::Result<()> {
    writer.write_all(command).await?;
    if let Some(content) = content {
        for chunk in content.chunks(CHUNK_BYTES) {
            let length = u32::try_from(chunk.len()).map_err(std::io::Error::other)?;
            writer.write_all(&length.to_be_bytes()).await?;
            writer.write_all(chunk).await?;
        }
        writer.write_all(&0_u32.to_be_bytes()).await?;
    }
    writer.flush().await
}

async fn read_answer(reader: impl AsyncRead + Unpin) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let read = BufReader::new(reader.take(MAX_ANSWER_BYTES)).read_until(0, &mut text).await;
    match (read, text.pop()) {
        (Ok(_), Some(0)) => Ok(text),
        (Ok(_), None) => Err("the scanner hung up without an answer".to_owned()),
        (Ok(_), Some(_)) => Err("the scanner's answer was cut short or too long".to_owned()),
        (Err(error), _) => Err(format!("the connection to the scanner broke ({})", error.kind())),
    }
}

fn judge(answer: &Answer) -> Verdict {
    let undecided = |why: &str| Verdict::Undecided { why: why.to_owned() };
    let text = String::from_utf8_lossy(&answer.text);
    if text == "stream: OK" {
        return if answer.all_sent {
            Verdict::Clean
        } else {
            undecided("the scanner answered before it had everything")
        };
    }
    if let Some(name) = text.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND")) {
        // No signature matched: it did not look further (`AlertExceedsMax`).
        if name.starts_with("Heuristics.Limits.Exceeded") {
            return undecided("the scanner could not look into all of it");
        }
        return Verdict::Infected { name: printable(name) };
    }
    match text.strip_suffix(" ERROR") {
        Some(message) => undecided(&format!("the scanner says: {}", printable(message))),
        None => undecided("the scanner's answer was not understood"),
    }
}

/// Fit for a log line, whatever was sent.
fn printable(words: &str) -> String {
    words.chars().filter(|c| *c == ' ' || c.is_ascii_graphic()).take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_a_port_or_the_path_of_a_socket() {
        let tcp = |text: &str| Some(Address::Tcp(text.to_owned()));
        assert_eq!(read_address("tcp://127.0.0.1:3310"), tcp("127.0.0.1:3310"));
        assert_eq!(read_address("tcp://clamav:3310/"), tcp("clamav:3310"));
        assert_eq!(read_address("tcp://[::1]:3310"), tcp("[::1]:3310"));
        let socket = Some(Address::Unix(PathBuf::from("/run/clamav/clamd.ctl")));
        assert_eq!(read_address("unix:///run/clamav/clamd.ctl"), socket);
        for bad in [
            "",
            "clamav:3310",
            "127.0.0.1:3310",
            "http://127.0.0.1:3310",
            "tcp://127.0.0.1",
            "tcp://:3310",
            "tcp://a:99999",
            "tcp://me@a:3310",
            "tcp://a:3310/x",
            "tcp://a:3310?x",
            "unix://run/clamd.ctl",
            "unix://",
            "unix:///",
        ] {
            assert_eq!(read_address(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_exact_answer_to_everything_is_clean() {
        let check = |text: &[u8], all_sent| judge(&Answer { text: text.to_vec(), all_sent });
        assert_eq!(check(b"stream: OK", true), Verdict::Clean);
        for other in [
            "",
            "OK",
            "stream: ok",
            "stream: OK ",
            " stream: OK",
            "stream: OK\n",
            "stream:OK",
            "1: stream: OK",
            "stream: OK FOUNDX",
        ] {
            assert!(matches!(check(other.as_bytes(), true), Verdict::Undecided { .. }), "{other}");
        }
        assert!(matches!(check(b"stream: OK", false), Verdict::Undecided { .. }));
        assert!(matches!(check(b"stream: OK\xff", true), Verdict::Undecided { .. }));
        let found = Verdict::Infected { name: "A.B.UNOFFICIAL".to_owned() };
        assert_eq!(check(b"stream: A.B.UNOFFICIAL FOUND", true), found);
        assert_eq!(check(b"stream: A\n.B.\x1b\xc3\xa9UNOFFICIAL FOUND", false), found);
        assert!(matches!(
            check(b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", true),
            Verdict::Undecided { .. }
        ));
        let why = "the scanner says: INSTREAM size limit exceeded.".to_owned();
        assert_eq!(check(b"INSTREAM size limit exceeded. ERROR", false), Verdict::Undecided { why });
    }
}
