//! A small HTTP/1.1 client (RFC 9112): one kept connection, cookies, and the bytes as they came.
//!
//! It says whether a request can have arrived when no answer came; that is what the kill harness lives on.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(35);

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// Nothing was sent: there was no connection.
    NotSent(io::Error),
    /// It may have arrived, or not.
    Unknown(io::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotSent(error) => write!(f, "not sent: {error}"),
            Self::Unknown(error) => write!(f, "no answer: {error}"),
        }
    }
}

impl std::error::Error for Failure {}

/// An answer as it came over the wire.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    /// As sent: compressed when the head says so.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header; its name in small letters.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The body as text; only of use when it is not compressed.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One browser.
pub struct Client {
    address: SocketAddr,
    encoding: &'static str,
    cookies: BTreeMap<String, String>,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    /// Nothing is connected yet. `encoding` is what it accepts: `identity`, `br`.
    pub fn new(address: SocketAddr, encoding: &'static str) -> Self {
        Self { address, encoding, cookies: BTreeMap::new(), connection: None }
    }

    /// Another browser with the same cookies: the same sign-in over a connection of its own.
    pub fn twin(&self, encoding: &'static str) -> Self {
        Self { address: self.address, encoding, cookies: self.cookies.clone(), connection: None }
    }

    /// Fetches a path.
    ///
    /// # Errors
    /// When no answer came.
    pub fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        self.send("GET", path, None)
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When no answer came.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Failure> {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        self.send("POST", path, Some(body.join("&")))
    }

    fn send(&mut self, method: &str, path: &str, form: Option<String>) -> Result<Answer, Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().map_err(Failure::NotSent)?,
        };
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\naccept-encoding: {}\r\n",
            self.address, self.encoding
        );
        if !self.cookies.is_empty() {
            let all: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head.push_str(&format!("cookie: {}\r\n", all.join("; ")));
        }
        if let Some(form) = &form {
            head.push_str(&format!(
                "origin: http://{}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
                self.address,
                form.len()
            ));
        }
        head.push_str("\r\n");
        head.push_str(form.as_deref().unwrap_or_default());
        connection.get_mut().write_all(head.as_bytes()).map_err(Failure::Unknown)?;
        let answer = read(&mut connection).map_err(Failure::Unknown)?;
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        if !answer.header("connection").eq_ignore_ascii_case("close") {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }
}

fn read(from: &mut impl BufRead) -> io::Result<Answer> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let line = |from: &mut dyn BufRead| -> io::Result<String> {
        let mut text = String::new();
        let read = from.read_line(&mut text)?;
        if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(text.trim_end().to_owned()) }
    };
    let first = line(from)?;
    let status =
        first.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| bad("no status"))?;
    let mut headers = Vec::new();
    loop {
        let text = line(from)?;
        let Some((name, value)) = text.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    if answer.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
        loop {
            let mut size = String::new();
            from.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim().split(';').next().unwrap_or_default(), 16)
                .map_err(|_| bad("a chunk without size"))?;
            let mut chunk = vec![0; size + 2];
            from.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(answer);
            }
            answer.body.extend_from_slice(&chunk[..size]);
        }
    }
    let length: u64 = match answer.header("content-length") {
        "" => 0,
        length => length.parse().map_err(|_| bad("a length that is no number"))?,
    };
    let read = from.take(length).read_to_end(&mut answer.body)?;
    if read as u64 == length { Ok(answer) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A form's value (WHATWG URL, application/x-www-form-urlencoded serialising).
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_its_length() {
        let wire = b"HTTP/1.1 303 See Other\r\nLocation: /my\r\ncontent-length: 3\r\n\r\nabcHTTP/1.1";
        let answer = read(&mut &wire[..]).unwrap();
        assert_eq!(
            (answer.status, answer.header("location"), answer.body.as_slice()),
            (303, "/my", &b"abc"[..])
        );
    }

    #[test]
    fn an_answer_in_chunks_is_put_together() {
        let wire =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(read(&mut &wire[..]).unwrap().body, b"abcde");
    }

    #[test]
    fn an_answer_cut_short_is_no_answer() {
        for wire in ["", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", "HTTP/1.1 200 OK\r\n"] {
            assert!(read(&mut wire.as_bytes()).is_err(), "{wire:?}");
        }
    }

    #[test]
    fn a_form_keeps_every_sign() {
        assert_eq!(encoded("a b|c&d=ü"), "a%20b%7Cc%26d%3D%C3%BC");
    }
}
