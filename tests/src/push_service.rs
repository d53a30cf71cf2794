//! A stand-in for the browsers' push service: a real local server that hands notices to browsers, which decrypt them
//! as RFC 8291 says, with another implementation than the sender's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Router, routing::post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ece::EcKeyComponents;
use serde_json::Value;

/// Clones are the same service.
#[derive(Clone, Default)]
pub struct PushService {
    origin: String,
    devices: Arc<Mutex<BTreeMap<String, Device>>>,
}

/// A browser that asked for notices.
struct Device {
    keys: EcKeyComponents,
    auth: Vec<u8>,
    is_gone: bool,
    notices: Vec<Value>,
    faults: Vec<String>,
}

/// What a browser gives to the site.
#[derive(Debug, Clone)]
pub struct Subscribed {
    pub name: String,
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

impl PushService {
    /// Starts it; [`PushService::origin`] says where it is.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let service = Self { origin: format!("http://{}", listener.local_addr()?), devices: Arc::default() };
        let router = Router::new().route("/to/{name}", post(take)).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(service)
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// A new browser's subscription.
    pub fn subscribe(&self) -> Subscribed {
        let (pair, auth) = ece::generate_keypair_and_auth_secret().expect("keys can be made");
        let keys = pair.raw_components().expect("keys have parts");
        let name = hex::encode(rand::random::<[u8; 8]>());
        let subscribed = Subscribed {
            endpoint: format!("{}/to/{name}", self.origin),
            p256dh: URL_SAFE_NO_PAD.encode(keys.public_key()),
            auth: URL_SAFE_NO_PAD.encode(auth),
            name: name.clone(),
        };
        let device =
            Device { keys, auth: auth.to_vec(), is_gone: false, notices: Vec::new(), faults: Vec::new() };
        self.devices(|devices| devices.insert(name, device));
        subscribed
    }

    /// The browser was thrown away: its address answers 410 from now on.
    pub fn forget(&self, name: &str) {
        self.devices(|devices| devices.get_mut(name).expect("subscribed").is_gone = true);
    }

    /// The notices that a browser could read, oldest first.
    pub fn notices(&self, name: &str) -> Vec<Value> {
        self.devices(|devices| devices[name].notices.clone())
    }

    /// What a push service or a browser would have refused.
    pub fn faults(&self) -> Vec<String> {
        self.devices(|devices| devices.values().flat_map(|device| device.faults.clone()).collect())
    }

    fn devices<T>(&self, look: impl FnOnce(&mut BTreeMap<String, Device>) -> T) -> T {
        look(&mut self.devices.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn take(
    State(service): State<PushService>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    service.devices(|devices| {
        let Some(device) = devices.get_mut(&name).filter(|device| !device.is_gone) else {
            return StatusCode::GONE;
        };
        let head = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // RFC 8030 section 5.2, RFC 8188 section 2, RFC 8292 section 3.
        if head("ttl").parse::<u32>().is_err()
            || head("content-encoding") != "aes128gcm"
            || !head("authorization").starts_with("vapid t=")
        {
            device.faults.push(format!("a notice with the headers {headers:?}"));
            return StatusCode::BAD_REQUEST;
        }
        let read = ece::decrypt(&device.keys, &device.auth, &body)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
        match read {
            Ok(notice) => device.notices.push(notice),
            Err(error) => device.faults.push(format!("a notice that cannot be read: {error}")),
        }
        StatusCode::CREATED
    })
}
