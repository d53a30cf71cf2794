//! A stand-in for ClamAV's daemon: takes a stream as clamd does, and finds one word of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What this scanner takes for malware.
pub const MALWARE: &[u8] = b"a-word-that-only-malware-has";

/// Clones are the same daemon.
#[derive(Clone, Default)]
pub struct Clamd {
    is_ill: Arc<AtomicBool>,
}

impl Clamd {
    /// Starts it; answers its address as the configuration wants it.
    pub async fn start() -> anyhow::Result<(String, Self)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("tcp://{}", listener.local_addr()?);
        let clamd = Self::default();
        let serving = clamd.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let is_ill = serving.is_ill.load(Ordering::SeqCst);
                tokio::spawn(async move { answer(stream, is_ill).await });
            }
        });
        Ok((address, clamd))
    }

    /// From now on it hangs up instead of answering, or answers again.
    pub fn is_ill(&self, is_ill: bool) {
        self.is_ill.store(is_ill, Ordering::SeqCst);
    }
}

async fn answer(mut stream: TcpStream, is_ill: bool) -> std::io::Result<()> {
    let mut command = Vec::new();
    while command.last() != Some(&0) && command.len() < 20 {
        command.push(stream.read_u8().await?);
    }
    match command.as_slice() {
        _ if is_ill => return Ok(()),
        b"zPING\0" => return stream.write_all(b"PONG\0").await,
        b"zINSTREAM\0" => {}
        _ => return Ok(()),
    }
    let mut content = Vec::new();
    loop {
        let length = stream.read_u32().await?;
        if length == 0 {
            break;
        }
        let mut chunk = vec![0; length as usize];
        stream.read_exact(&mut chunk).await?;
        content.extend(chunk);
    }
    let is_bad = content.windows(MALWARE.len()).any(|part| part == MALWARE);
    let verdict: &[u8] = if is_bad { b"stream: Test.Word.UNOFFICIAL FOUND\0" } else { b"stream: OK\0" };
    stream.write_all(verdict).await
}
