//! A bare axum handler with a body of a given size, as the yardstick of `cargo xtask bench page`: `bare PORT BYTES`.

use axum::Router;
use axum::http::header;
use axum::routing::get;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<usize>());
    let (Some(Ok(port)), Some(Ok(bytes))) = (numbers.next(), numbers.next()) else {
        anyhow::bail!("bare wants a port and a number of bytes, for example: bare 3001 4096");
    };
    let body = axum::body::Bytes::from(vec![b'x'; bytes]);
    let page = get(move || async move { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body) });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", u16::try_from(port)?)).await?;
    axum::serve(listener, Router::new().route("/", page)).await?;
    Ok(())
}
