//! The guarded HTTP client for addresses that a user or a partner gave us.
//!
//! Such an address could point into our own network (server-side request forgery). So: every name is
//! resolved by our own resolver, which gives the connection public addresses or nothing, so that the address that
//! was checked is the address that is called; redirects are followed by hand, at most three, each checked anew;
//! the body is capped while it arrives, and the whole exchange has a deadline. What carries a password goes over https
//! alone; a document that anybody may read is fetched over http as well, where its address says so, and a redirect never
//! leaves https. Exact origins may be excepted by configuration: a CalDAV server in the same house, a test.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, Response, StatusCode, header, redirect};
use url::{Host, Url};

/// Redirects followed before giving up.
const MAX_REDIRECTS: usize = 3;

/// Settings of the client.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Exact origins (`http://127.0.0.1:5232`) that may be called although they are private or plain http.
    pub allowed_origins: Vec<String>,
    /// Deadline for one call, all redirects and the whole body together.
    pub timeout: Duration,
    /// What we call ourselves.
    pub user_agent: String,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            timeout: Duration::from_secs(20),
            user_agent: "Waymark".to_owned(),
        }
    }
}

/// What is already known of a document, to spare its transfer (RFC 9110 section 13.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditional {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// The answer to a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// 304: what we have is still right.
    NotModified,
    /// 2xx, with what to send next time.
    Body { bytes: Bytes, content_type: Option<String>, validators: Conditional },
}

/// Why nothing was fetched. The texts are for the person who gave the address; none repeats it, because a feed's
/// address is a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    #[error("this is not a web address: use one that begins with https://")]
    BadAddress,
    #[error(
        "this needs an address that begins with https://: over http:// everybody on the way can read along"
    )]
    NotHttps,
    #[error("leave the name and password out of the address")]
    Credentials,
    #[error("this address points into a private network and may not be fetched")]
    PrivateAddress,
    #[error("the address's host name is not known: check the spelling")]
    UnknownHost,
    #[error("the address redirects more than {MAX_REDIRECTS} times")]
    TooManyRedirects,
    #[error("the document is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the server did not answer in time")]
    Timeout,
    #[error("the server answered {code}")]
    Status {
        code: u16,
        /// Seconds that it asks us to wait (RFC 9110 section 10.2.3); a date is not read.
        retry_after_s: Option<u64>,
    },
    #[error("the server cannot be reached")]
    Unreachable,
    #[error("the connection broke off")]
    Broken,
    #[error("the HTTPS client could not be made: check the machine's certificates")]
    Setup,
}

impl FetchError {
    /// True when the same call may succeed later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::UnknownHost | Self::Timeout | Self::Unreachable | Self::Broken)
            || matches!(self, Self::Status { code, .. } if *code >= 500 || *code == 429 || *code == 408)
    }
}

/// Whether a call may go unencrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plain {
    Allowed,
    Refused,
}

/// The client; cheap to clone.
#[derive(Debug, Clone)]
pub struct GuardedClient {
    allowed: Arc<[String]>,
    timeout: Duration,
    /// Resolves public addresses only.
    public: reqwest::Client,
    /// For the excepted origins.
    excepted: reqwest::Client,
}

impl GuardedClient {
    /// Makes the client. Fails when the machine has no usable certificates, or an excepted origin is not one.
    pub fn new(cfg: HttpConfig) -> Result<Self, FetchError> {
        let allowed = cfg
            .allowed_origins
            .iter()
            .map(|text| {
                let url = Url::parse(text).map_err(|_| FetchError::BadAddress)?;
                if !matches!(url.scheme(), "http" | "https") {
                    return Err(FetchError::BadAddress);
                }
                Ok(url.origin().ascii_serialization())
            })
            .collect::<Result<Arc<[String]>, FetchError>>()?;
        let base = || {
            reqwest::Client::builder()
                .redirect(redirect::Policy::none())
                // A proxy from the environment would resolve names for us, past our resolver.
                .no_proxy()
                .user_agent(cfg.user_agent.clone())
        };
        Ok(Self {
            allowed,
            timeout: cfg.timeout,
            public: base().dns_resolver(Arc::new(PublicOnly)).build().map_err(|_| FetchError::Setup)?,
            excepted: base().build().map_err(|_| FetchError::Setup)?,
        })
    }

    /// True when the address may be called, as far as can be told without resolving its name: for a form.
    pub fn check(&self, url: &str) -> Result<(), FetchError> {
        self.judge(&Url::parse(url).map_err(|_| FetchError::BadAddress)?, Plain::Allowed).map(|_| ())
    }

    /// Gets `url`, http or https, with a body of at most `max_bytes`. Conditional headers go to the first address and to
    /// any that it redirects to; no credentials are ever sent.
    pub async fn fetch(
        &self,
        url: &str,
        known: &Conditional,
        max_bytes: usize,
    ) -> Result<Fetched, FetchError> {
        tokio::time::timeout(self.timeout, self.fetch_untimed(url, known, max_bytes))
            .await
            .unwrap_or(Err(FetchError::Timeout))
    }

    async fn fetch_untimed(
        &self,
        url: &str,
        known: &Conditional,
        max_bytes: usize,
    ) -> Result<Fetched, FetchError> {
        let mut url = Url::parse(url).map_err(|_| FetchError::BadAddress)?;
        let mut plain = Plain::Allowed;
        for _ in 0..=MAX_REDIRECTS {
            if url.scheme() == "https" {
                // Whoever was promised encryption keeps it.
                plain = Plain::Refused;
            }
            let mut request = self.judge(&url, plain)?.request(Method::GET, url.clone());
            if let Some(etag) = &known.etag {
                request = request.header(header::IF_NONE_MATCH, etag);
            }
            if let Some(date) = &known.last_modified {
                request = request.header(header::IF_MODIFIED_SINCE, date);
            }
            let answer = request.send().await.map_err(|e| told(&e))?;
            match answer.status() {
                StatusCode::NOT_MODIFIED => return Ok(Fetched::NotModified),
                status if status.is_success() => return read(answer, max_bytes).await,
                status if status.is_redirection() => {
                    let target = text(&answer, header::LOCATION).ok_or_else(|| refused(&answer))?;
                    url = url.join(&target).map_err(|_| FetchError::BadAddress)?;
                }
                _ => return Err(refused(&answer)),
            }
        }
        Err(FetchError::TooManyRedirects)
    }

    /// Sends a request that we composed, to an address that a partner gave us, over https; follows no redirect. Any status is an answer,
    /// with a body of at most `max_bytes`.
    pub async fn exchange(
        &self,
        request: http::Request<Vec<u8>>,
        max_bytes: usize,
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let exchange = async {
            let request = reqwest::Request::try_from(request).map_err(|_| FetchError::BadAddress)?;
            let answer =
                self.judge(request.url(), Plain::Refused)?.execute(request).await.map_err(|e| told(&e))?;
            let mut response = http::Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                headers.clone_from(answer.headers());
            }
            let Fetched::Body { bytes, .. } = read(answer, max_bytes).await? else {
                return Err(FetchError::Broken);
            };
            response.body(bytes.to_vec()).map_err(|_| FetchError::Broken)
        };
        tokio::time::timeout(self.timeout, exchange).await.unwrap_or(Err(FetchError::Timeout))
    }

    /// The client for this address, or why it may not be called.
    fn judge(&self, url: &Url, plain: Plain) -> Result<&reqwest::Client, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::BadAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Credentials);
        }
        let origin = url.origin().ascii_serialization();
        if self.allowed.contains(&origin) {
            return Ok(&self.excepted);
        }
        if url.scheme() != "https" && plain == Plain::Refused {
            return Err(FetchError::NotHttps);
        }
        // A name is judged when it is resolved; an address is never resolved, so it is judged here.
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchError::BadAddress),
        };
        if literal.is_some_and(|ip| !is_public(ip)) {
            return Err(FetchError::PrivateAddress);
        }
        Ok(&self.public)
    }
}

async fn read(mut answer: Response, max_bytes: usize) -> Result<Fetched, FetchError> {
    if answer.content_length().is_some_and(|n| n > max_bytes as u64) {
        return Err(FetchError::TooLarge(max_bytes));
    }
    let content_type = text(&answer, header::CONTENT_TYPE);
    let validators = Conditional {
        etag: text(&answer, header::ETAG),
        last_modified: text(&answer, header::LAST_MODIFIED),
    };
    let mut bytes = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| told(&e))? {
        if bytes.len() + chunk.len() > max_bytes {
            return Err(FetchError::TooLarge(max_bytes));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Fetched::Body { bytes: bytes.freeze(), content_type, validators })
}

/// A status that is no answer, and how long the server asks us to wait.
fn refused(answer: &Response) -> FetchError {
    let retry_after_s = text(answer, header::RETRY_AFTER).and_then(|text| text.trim().parse().ok());
    FetchError::Status { code: answer.status().as_u16(), retry_after_s }
}

fn text(answer: &Response, name: header::HeaderName) -> Option<String> {
    answer.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// What went wrong, found by the cause that our resolver left in the chain.
fn told(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(ours) = current.downcast_ref::<FetchError>() {
            return ours.clone();
        }
        cause = current.source();
    }
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_connect() {
        FetchError::Unreachable
    } else {
        FetchError::Broken
    }
}

/// Resolves by the system and refuses a name as soon as one of its addresses is not public: an honest name has
/// no private addresses among its public ones.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 is replaced by that of the address.
            let found =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| FetchError::UnknownHost)?;
            let found: Vec<SocketAddr> = found.collect();
            if found.is_empty() {
                return Err(FetchError::UnknownHost.into());
            }
            if found.iter().any(|a| !is_public(a.ip())) {
                return Err(FetchError::PrivateAddress.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// True for addresses of the open Internet only. Source: the IANA special-purpose address registries (RFC 6890 and
/// its updates); an IPv6 address that carries an IPv4 one is judged by it.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        // 100.64.0.0/10 carrier-grade NAT, 192.0.0.0/24 protocol assignments, 198.18.0.0/15 benchmarking.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let s = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        // 64:ff9b::/96, translation to IPv4 (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        // 2002::/16, 6to4 (RFC 3056).
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // 2001::/23 protocol assignments with Teredo, 2001:db8::/32 and 3fff::/20 documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Only 2000::/3 is given out at all: this leaves out loopback, link-local, unique-local and multicast.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_open_internet_are_public() {
        for ip in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(is_public(ip.parse().expect("an address")), "{ip}");
        }
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.251",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(ip.parse().expect("an address")), "{ip}");
        }
    }

    #[test]
    fn an_address_is_judged_before_anything_is_sent() {
        rustls::crypto::ring::default_provider().install_default().ok();
        let cfg = HttpConfig {
            allowed_origins: vec!["http://127.0.0.1:5232/".to_owned()],
            ..HttpConfig::default()
        };
        let client = GuardedClient::new(cfg).expect("a client");
        let check = |url: &str| client.check(url);
        assert_eq!(check("https://calendar.example/a.ics"), Ok(()));
        assert_eq!(check("http://127.0.0.1:5232/u/c"), Ok(()));
        assert_eq!(check("http://127.0.0.1:5233/u/c"), Err(FetchError::PrivateAddress));
        assert_eq!(check("http://169.254.169.254/latest"), Err(FetchError::PrivateAddress));
        assert_eq!(check("https://127.0.0.1:5232/u/c"), Err(FetchError::PrivateAddress));
        assert_eq!(check("http://calendar.example/a.ics"), Ok(()));
        let secret = Url::parse("http://calendar.example/a.ics").expect("an address");
        assert_eq!(client.judge(&secret, Plain::Refused).err(), Some(FetchError::NotHttps));
        assert_eq!(check("http://u:p@calendar.example/a.ics"), Err(FetchError::Credentials));
        assert_eq!(check("https://u:p@calendar.example/a.ics"), Err(FetchError::Credentials));
        // The URL standard reads these as 127.0.0.1 and 10.0.0.1.
        assert_eq!(check("https://2130706433/"), Err(FetchError::PrivateAddress));
        assert_eq!(check("https://0x0a.0.0.1/"), Err(FetchError::PrivateAddress));
        assert_eq!(check("https://[::ffff:127.0.0.1]/"), Err(FetchError::PrivateAddress));
        assert_eq!(check("file:///etc/passwd"), Err(FetchError::BadAddress));
        assert_eq!(check("calendar"), Err(FetchError::BadAddress));
    }
}
