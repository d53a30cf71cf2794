//! The scanner's client against the real `clamd` (Debian's clamav-daemon) with one signature of our own: the
//! EICAR test file (<https://www.eicar.org>), which is harmless and which every scanner knows.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use connect::scanner::{Scanner, Verdict};
use flate2::{Compression, Crc, write::DeflateEncoder};

/// Largest document that the daemon below takes, in bytes.
const STREAM_MAX: usize = 2 * 1024 * 1024;
/// Largest file, in an archive too, that it looks into.
const FILE_MAX: usize = 1024 * 1024;

/// Joined here, so that this file itself is no alarm.
fn eicar() -> Vec<u8> {
    let halves = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];
    halves.concat().into_bytes()
}

struct Daemon {
    child: Child,
    tcp: Scanner,
    unix: Scanner,
    _folder: tempfile::TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// `None` where clamd is not installed; on CI that is a failure.
async fn daemon() -> Option<Daemon> {
    let installed = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("clamd").is_file()));
    if !installed {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "clamd is not installed");
        println!("skipped: clamd is not installed (Debian: clamav-daemon)");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let (port, socket) = (free_port(), folder.path().join("clamd.ctl"));
    let config = write_config(folder.path(), port, &socket);
    let child = Command::new("clamd")
        .arg("-c")
        .arg(config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let daemon = Daemon {
        child,
        tcp: Scanner::new(&format!("tcp://127.0.0.1:{port}")).unwrap(),
        unix: Scanner::new(&format!("unix://{}", socket.display())).unwrap(),
        _folder: folder,
    };
    let begun = Instant::now();
    while let Err(error) = daemon.tcp.ping().await.and(daemon.unix.ping().await) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{error}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Some(daemon)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn write_config(folder: &Path, port: u16, socket: &Path) -> std::path::PathBuf {
    let database = folder.join("database");
    std::fs::create_dir(&database).unwrap();
    let signature = format!("Test.EICAR.Body:0:*:{}\n", hex::encode(eicar()));
    std::fs::write(database.join("local.ndb"), signature).unwrap();
    let config = folder.join("clamd.conf");
    let text = format!(
        "Foreground yes\nTCPSocket {port}\nTCPAddr 127.0.0.1\nLocalSocket {}\n\
         DatabaseDirectory {}\nTemporaryDirectory {}\n\
         StreamMaxLength {STREAM_MAX}\nMaxFileSize {FILE_MAX}\nAlertExceedsMax yes\n",
        socket.display(),
        database.display(),
        folder.display()
    );
    std::fs::write(&config, text).unwrap();
    config
}

/// A zip archive with one deflated file (APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16).
fn zip(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    let packed = encoder.finish().unwrap();
    let mut crc = Crc::new();
    crc.update(content);
    let (name, u32_of) = (b"letter.txt", |length: usize| (length as u32).to_le_bytes());
    // Version 2.0, no flags, deflated, 1 January 1980, sum, lengths, length of the name, no extra field.
    let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0];
    common.extend(crc.sum().to_le_bytes());
    common.extend(u32_of(packed.len()));
    common.extend(u32_of(content.len()));
    common.extend([name.len() as u8, 0, 0, 0]);
    let mut archive = [b"PK\x03\x04", &common[..], name, &packed].concat();
    let directory = [b"PK\x01\x02\x14\x00", &common[..], &[0; 14], name].concat();
    let (at, length) = (u32_of(archive.len()), u32_of(directory.len()));
    archive.extend(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    archive.extend(length);
    archive.extend(at);
    archive.extend([0, 0]);
    archive
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
      3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
        .to_vec()
}

#[tokio::test]
async fn the_real_scanner_finds_the_test_file_and_passes_a_letter() {
    let Some(daemon) = daemon().await else { return };
    let found = Verdict::Infected { name: "Test.EICAR.Body.UNOFFICIAL".to_owned() };
    // White space may follow; with it the file is worth compressing.
    let packed = zip(&[&eicar()[..], &[b' '; 60]].concat());
    assert!(!packed.windows(68).any(|w| w == eicar()), "it must be unpacked to be found");
    let with_tail = [&eicar()[..], &b" and more\n".repeat(20_000)].concat();
    for scanner in [&daemon.tcp, &daemon.unix] {
        assert_eq!(scanner.scan(&eicar()).await, found);
        assert_eq!(scanner.scan(&with_tail).await, found);
        assert_eq!(scanner.scan(&packed).await, found);
        assert_eq!(scanner.scan(&pdf()).await, Verdict::Clean);
        assert_eq!(scanner.scan(&zip(&pdf())).await, Verdict::Clean);
        assert_eq!(scanner.scan(b"").await, Verdict::Clean);
    }
}

#[tokio::test]
async fn what_the_real_scanner_does_not_look_into_is_undecided() {
    let Some(daemon) = daemon().await else { return };
    let undecided = |verdict| match verdict {
        Verdict::Undecided { why } => why,
        other => panic!("{other:?}"),
    };
    // Noise (a xorshift generator), which does not compress.
    let mut state = 1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let noise: Vec<u8> = (0..2_000_000).flat_map(|_| next()).collect();
    for scanner in [&daemon.tcp, &daemon.unix] {
        for length in [STREAM_MAX + 1, noise.len()] {
            let why = undecided(scanner.scan(&noise[..length]).await);
            assert_eq!(why, "the scanner says: INSTREAM size limit exceeded.");
        }
        assert_eq!(scanner.scan(&noise[..FILE_MAX]).await, Verdict::Clean);
        // More than it looks into, bare and in an archive.
        let why = "the scanner could not look into all of it";
        assert_eq!(undecided(scanner.scan(&noise[..FILE_MAX + 1]).await), why);
        assert_eq!(undecided(scanner.scan(&zip(&noise[..FILE_MAX + 1])).await), why);
    }
}
