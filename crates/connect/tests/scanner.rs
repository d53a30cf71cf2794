//! The scanner's client against a stand-in that checks every byte of what it is sent.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use connect::scanner::{Scanner, ScannerError, Verdict};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::oneshot;

/// Reads one command and, for `zINSTREAM`, its content; panics on any byte that is out of place.
async fn read_request(socket: &mut (impl AsyncRead + Unpin)) -> (String, Vec<u8>) {
    let mut command = Vec::new();
    loop {
        match socket.read_u8().await.unwrap() {
            0 => break,
            byte => command.push(byte),
        }
    }
    let mut content = Vec::new();
    if command == b"zINSTREAM" {
        loop {
            // Big-endian, as `read_u32` reads.
            let length = socket.read_u32().await.unwrap() as usize;
            if length == 0 {
                break;
            }
            assert!(length <= 64 * 1024, "a chunk of {length} bytes");
            let begin = content.len();
            content.resize(begin + length, 0);
            socket.read_exact(&mut content[begin..]).await.unwrap();
        }
    }
    (String::from_utf8(command).unwrap(), content)
}

async fn serve(mut socket: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) -> (String, Vec<u8>) {
    let request = read_request(&mut socket).await;
    socket.write_all(answer).await.unwrap();
    socket.shutdown().await.unwrap();
    request
}

/// A scanner that gives one answer to one request and tells what it was sent.
async fn stand_in(answer: &'static [u8]) -> (Scanner, oneshot::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let (tell, heard) = oneshot::channel();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        tell.send(serve(socket, answer).await).ok();
    });
    (Scanner::new(&address).unwrap().with_timeout(Duration::from_secs(5)), heard)
}

fn why(verdict: Verdict) -> String {
    let Verdict::Undecided { why } = verdict else { panic!("{verdict:?}") };
    why
}

#[tokio::test]
async fn content_of_any_length_arrives_whole_in_chunks() {
    for length in [0, 1, 65_535, 65_536, 65_537, 1_000_000] {
        let (scanner, heard) = stand_in(b"stream: OK\0").await;
        let content: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        assert_eq!(scanner.scan(&content).await, Verdict::Clean);
        let (command, arrived) = heard.await.unwrap();
        assert_eq!(command, "zINSTREAM");
        assert!(arrived == content, "{length} bytes");
    }
}

#[tokio::test]
async fn whatever_is_not_an_exact_ok_is_not_clean() {
    let scan = async |answer: &'static [u8]| stand_in(answer).await.0.scan(b"x").await;
    let found = Verdict::Infected { name: "Test.EICAR.Body.UNOFFICIAL".to_owned() };
    assert_eq!(scan(b"stream: Test.EICAR.Body.UNOFFICIAL FOUND\0").await, found);
    assert_eq!(
        why(scan(b"INSTREAM size limit exceeded. ERROR\0").await),
        "the scanner says: INSTREAM size limit exceeded."
    );
    for answer in [b"stream: OK \0".as_slice(), b"OK\0", b"\0", b"UNKNOWN COMMAND\0", b"stream: OK\n\0"] {
        assert_eq!(why(scan(answer).await), "the scanner's answer was not understood");
    }
    assert_eq!(why(scan(b"").await), "the scanner hung up without an answer");
    assert_eq!(why(scan(b"stream: OK").await), "the scanner's answer was cut short or too long");
    assert_eq!(why(scan(&[b'x'; 9000]).await), "the scanner's answer was cut short or too long");
}

#[tokio::test]
async fn a_refusal_that_comes_while_sending_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for answer in [&b"INSTREAM size limit exceeded. ERROR\0"[..], b"stream: OK\0"] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut begin = [0; 100_000];
            socket.read_exact(&mut begin).await.unwrap();
            socket.write_all(answer).await.unwrap();
            // The rest is neither read nor refused: whoever goes on writing waits for ever.
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(60)).await;
                drop(socket);
            });
        }
    });
    let scanner = Scanner::new(&address).unwrap();
    let begun = Instant::now();
    let large = vec![7; 50_000_000];
    assert_eq!(why(scanner.scan(&large).await), "the scanner says: INSTREAM size limit exceeded.");
    assert_eq!(why(scanner.scan(&large).await), "the scanner answered before it had everything");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_scanner_that_is_down_or_late_leaves_the_document_undecided() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let scanner = Scanner::new(&address).unwrap().with_timeout(Duration::from_millis(300));
    // Nobody accepts, so nobody answers.
    assert_eq!(why(scanner.scan(b"x").await), "no answer within 300 ms");
    assert_eq!(
        scanner.ping().await,
        Err(ScannerError::NotReady { why: "no answer within 300 ms".to_owned() })
    );
    drop(listener);
    assert_eq!(why(scanner.scan(b"x").await), "the scanner cannot be reached (connection refused)");
    assert!(scanner.ping().await.is_err());

    let folder = tempfile::tempdir().unwrap();
    let scanner = Scanner::new(&format!("unix://{}/none", folder.path().display())).unwrap();
    assert_eq!(why(scanner.scan(b"x").await), "the scanner cannot be reached (entity not found)");
}

#[tokio::test]
async fn a_unix_socket_serves_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clamd.ctl");
    let listener = UnixListener::bind(&path).unwrap();
    let scanner = Scanner::new(&format!("unix://{}", path.display())).unwrap();
    let served = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        serve(socket, b"stream: OK\0").await
    });
    assert_eq!(scanner.scan(b"content").await, Verdict::Clean);
    assert_eq!(served.await.unwrap(), ("zINSTREAM".to_owned(), b"content".to_vec()));
}

#[tokio::test]
async fn readiness_is_an_exact_pong() {
    let (scanner, heard) = stand_in(b"PONG\0").await;
    assert_eq!(scanner.ping().await, Ok(()));
    assert_eq!(heard.await.unwrap(), ("zPING".to_owned(), Vec::new()));
    let (scanner, _) = stand_in(b"PONG?\0").await;
    assert!(matches!(scanner.ping().await, Err(ScannerError::NotReady { .. })));
}

#[test]
fn a_wrong_address_names_the_setting_and_the_remedy() {
    let error = Scanner::new("127.0.0.1:3310").unwrap_err().to_string();
    assert_eq!(error, "documents.scanner: write tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl");
}
