//! A mailbox for the demonstration: receives what would have left by SMTP, and shows it. Used with `--demo` only.
//!
//! Just enough of RFC 5321 for a mail client on the same machine: no TLS, no sign-in, nothing sent onwards.

mod parse;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// As many messages as are kept.
const KEPT: usize = 500;
const MAX_MESSAGE_BYTES: usize = 20 * 1024 * 1024;
/// RFC 5321 section 4.5.3.1.6 allows 1,000; some senders take more.
const MAX_LINE_BYTES: u64 = 16 * 1024;
const MAX_RECIPIENTS: usize = 100;
/// RFC 5321 section 4.5.3.2.7.
const PATIENCE: Duration = Duration::from_secs(300);

/// One message as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The envelope's sender; empty for bounces.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    pub subject: String,
    /// The first plain text part, decoded.
    pub text: String,
    pub received_at: SystemTime,
    /// Headers and body (RFC 5322), dots unstuffed.
    pub raw: Vec<u8>,
}

/// The running mailbox: clones show the same mail. It ends when the last of them is dropped.
#[derive(Debug, Clone)]
pub struct Capture(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kept: Arc<Mutex<VecDeque<Mail>>>,
    task: JoinHandle<()>,
}

impl Capture {
    /// Listens on a free port of this machine, reachable from this machine only; the address is where to send mail to.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> io::Result<(SocketAddr, Self)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let task = tokio::spawn(receive(listener, Arc::clone(&kept)));
        Ok((address, Self(Arc::new(Inner { kept, task }))))
    }

    /// The last 500 messages, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(listener: TcpListener, kept: Arc<Mutex<VecDeque<Mail>>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let kept = Arc::clone(&kept);
        tokio::spawn(async move {
            // A sender who breaks off sends again, or not: either way there is nothing to tell.
            let _ = converse(stream, &kept).await;
        });
    }
}

async fn converse(stream: TcpStream, kept: &Mutex<VecDeque<Mail>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 demo mailbox\r\n").await?;
    let mut from: Option<String> = None;
    let mut to: Vec<String> = Vec::new();
    while let Some(line) = read_line(&mut stream).await? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => {
                (from, to) = (None, Vec::new());
                format!(
                    "250-demo mailbox\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {MAX_MESSAGE_BYTES}\r\n"
                )
            }
            "HELO" | "RSET" => {
                (from, to) = (None, Vec::new());
                "250 ok\r\n".to_owned()
            }
            "MAIL" => match path(&line) {
                Some(sender) => {
                    (from, to) = (Some(sender), Vec::new());
                    "250 ok\r\n".to_owned()
                }
                None => "501 write MAIL FROM:<address>\r\n".to_owned(),
            },
            "RCPT" if from.is_none() => "503 MAIL comes first\r\n".to_owned(),
            "RCPT" if to.len() >= MAX_RECIPIENTS => "452 too many recipients\r\n".to_owned(),
            "RCPT" => match path(&line).filter(|address| !address.is_empty()) {
                Some(address) => {
                    to.push(address);
                    "250 ok\r\n".to_owned()
                }
                None => "501 write RCPT TO:<address>\r\n".to_owned(),
            },
            "DATA" if to.is_empty() => "503 RCPT comes first\r\n".to_owned(),
            "DATA" => {
                stream.write_all(b"354 end with a dot alone on a line\r\n").await?;
                match read_message(&mut stream).await? {
                    Some(raw) => {
                        let mail = Mail {
                            from: from.take().unwrap_or_default(),
                            to,
                            subject: parse::header(&raw, "subject"),
                            text: parse::plain_text(&raw),
                            received_at: SystemTime::now(),
                            raw,
                        };
                        keep(kept, mail);
                        to = Vec::new();
                        "250 kept\r\n".to_owned()
                    }
                    None => {
                        (from, to) = (None, Vec::new());
                        "552 too large\r\n".to_owned()
                    }
                }
            }
            "NOOP" | "VRFY" => "252 ok\r\n".to_owned(),
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return stream.shutdown().await;
            }
            _ => "502 not known here\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// The address between `<` and `>`; empty for bounces.
fn path(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    let (address, _) = rest.split_once('>')?;
    Some(address.to_owned())
}

/// One line with its end; None when the sender is gone, too slow, or the line does not end.
async fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut bounded = stream.take(MAX_LINE_BYTES);
    match tokio::time::timeout(PATIENCE, bounded.read_until(b'\n', &mut line)).await {
        Ok(read) => read?,
        Err(_) => return Ok(None),
    };
    Ok(line.ends_with(b"\n").then_some(line))
}

/// Reads to the dot. None when the message is too large: then it is read to its end and thrown away.
async fn read_message(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut raw = Vec::new();
    let mut fits = true;
    loop {
        let Some(line) = read_line(stream).await? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        if line == b".\r\n" || line == b".\n" {
            return Ok(fits.then_some(raw));
        }
        let line = line.strip_prefix(b".").unwrap_or(&line);
        fits &= raw.len() + line.len() <= MAX_MESSAGE_BYTES;
        if fits {
            raw.extend_from_slice(line);
        } else {
            raw = Vec::new();
        }
    }
}

fn keep(kept: &Mutex<VecDeque<Mail>>, mail: Mail) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back(mail);
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn talk(address: SocketAddr, text: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("listening");
        stream.write_all(text.as_bytes()).await.expect("connected");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers and closes");
        answer
    }

    #[tokio::test]
    async fn a_message_is_kept_as_it_was_sent_and_shown_decoded() {
        let (address, mailbox) = Capture::start().await.expect("a port");
        let before = SystemTime::now();
        let answer = talk(
            address,
            "EHLO me\r\nMAIL FROM:<a@example.org> BODY=8BITMIME\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\n\
             DATA\r\nSubject: x\r\n\r\n..dot\r\nlast\r\n.\r\nQUIT\r\n",
        )
        .await;
        assert!(answer.ends_with("250 kept\r\n221 bye\r\n"), "{answer}");
        let mails = mailbox.clone().mails();
        let [mail] = mails.as_slice() else { panic!("one message, not {}", mails.len()) };
        assert_eq!(mail.from, "a@example.org");
        assert_eq!(mail.to, ["b@example.org", "c@example.org"]);
        assert_eq!(mail.raw, b"Subject: x\r\n\r\n.dot\r\nlast\r\n");
        assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("x", ".dot\nlast\n"));
        assert!(mail.received_at >= before);
    }

    #[tokio::test]
    async fn steps_out_of_order_are_refused_and_keep_nothing() {
        let (address, mailbox) = Capture::start().await.expect("a port");
        let answer = talk(
            address,
            "HELO me\r\nRCPT TO:<b@example.org>\r\nDATA\r\nMAIL FROM:a\r\nSTARTTLS\r\nNOOP\r\nQUIT\r\n",
        )
        .await;
        let codes: Vec<&str> = answer.lines().map(|line| &line[..3]).collect();
        assert_eq!(codes, ["220", "250", "503", "503", "501", "502", "252", "221"]);
        assert!(mailbox.mails().is_empty());
    }

    #[tokio::test]
    async fn a_sender_who_breaks_off_leaves_nothing() {
        let (address, mailbox) = Capture::start().await.expect("a port");
        let mut stream = TcpStream::connect(address).await.expect("listening");
        let half = "HELO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: half";
        stream.write_all(half.as_bytes()).await.expect("connected");
        drop(stream);
        let endless = "x".repeat(100_000);
        let mut stream = TcpStream::connect(address).await.expect("listening");
        // The mailbox may close while we are still sending.
        let _ = stream.write_all(endless.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(mailbox.mails().is_empty());
    }

    #[tokio::test]
    async fn only_the_last_five_hundred_are_kept() {
        let (address, mailbox) = Capture::start().await.expect("a port");
        let mut text = String::from("HELO me\r\n");
        for number in 0..KEPT + 3 {
            text.push_str(&format!("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n{number}\r\n.\r\n"));
        }
        text.push_str("QUIT\r\n");
        talk(address, &text).await;
        let mails = mailbox.mails();
        assert_eq!((mails.len(), mails[0].raw.as_slice()), (KEPT, b"3\r\n".as_slice()));
    }
}
