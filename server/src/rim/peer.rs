//! Who is at the other end.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// The client's address, as far as we believe it. In every request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

/// Proxies in front of us.
#[derive(Debug, Clone, Copy)]
pub struct Proxies {
    /// How many of them add to `X-Forwarded-For`.
    pub hops: usize,
}

impl Proxies {
    /// Whether the other end of the connection is a proxy of ours.
    pub fn any(self) -> bool {
        self.hops > 0
    }

    /// The address that the outermost proxy of ours saw; what stands before it in the header is anybody's claim.
    /// None when there is no connection, as in tests.
    pub fn client(self, headers: &HeaderMap, extensions: &Extensions) -> Option<ClientIp> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
        if self.hops == 0 {
            return Some(ClientIp(peer));
        }
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
        let chain = lines.join(",");
        let told = chain.rsplit(',').nth(self.hops - 1).and_then(|text| text.trim().parse::<IpAddr>().ok());
        Some(ClientIp(told.map_or(peer, |ip| ip.to_canonical())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(hops: usize, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("well formed"));
        }
        let mut extensions = Extensions::new();
        let peer: SocketAddr = "10.0.0.1:4000".parse().expect("an address");
        extensions.insert(ConnectInfo(peer));
        Proxies { hops }.client(&headers, &extensions).expect("connected").0.to_string()
    }

    #[test]
    fn only_as_many_proxies_are_believed_as_there_are() {
        assert_eq!(seen(0, &["6.6.6.6"]), "10.0.0.1");
        assert_eq!(seen(1, &["6.6.6.6, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen(1, &["6.6.6.6", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen(2, &["6.6.6.6, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(seen(2, &["203.0.113.9"]), "10.0.0.1");
        assert_eq!(seen(1, &["unknown"]), "10.0.0.1");
        assert_eq!(seen(1, &["::ffff:203.0.113.9"]), "203.0.113.9");
    }
}
