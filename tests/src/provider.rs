//! A stand-in for an identity provider (OpenID Connect): a real local server with real keys that lets nobody through who did
//! not keep the protocol.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use rsa::pkcs1v15;
use rsa::signature::SignatureEncoding;
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Our name at the provider.
pub const CLIENT: &str = "waymark";
/// Our secret there.
pub const CLIENT_SECRET: &str = "a-secret-of-the-tests";

/// How the provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    Es256,
    Rs256,
    /// With another key than the one it shows.
    WrongKey,
    /// Not at all (`alg: none`).
    Not,
}

/// What the provider vouches for at the next sign-on.
#[derive(Debug, Clone)]
pub struct Vouched {
    pub subject: String,
    pub email: Option<String>,
    pub is_verified: bool,
    /// Methods of authentication, such as `pwd`, `otp`.
    pub amr: Vec<&'static str>,
    /// Whether the ID token itself carries the address, or only the answer about the user.
    pub tells_in_token: bool,
    /// Instead of what was asked for.
    pub nonce: Option<&'static str>,
    /// Instead of our name.
    pub audience: Option<&'static str>,
    /// Instead of its own.
    pub issuer: Option<&'static str>,
    /// Seconds from now to the end.
    pub lasts_s: i64,
    pub signs: Signs,
}

impl Vouched {
    /// An ordinary person with a verified address.
    pub fn of(subject: &str, email: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            email: Some(email.to_owned()),
            is_verified: true,
            amr: vec!["pwd"],
            tells_in_token: true,
            nonce: None,
            audience: None,
            issuer: None,
            lasts_s: 300,
            signs: Signs::Es256,
        }
    }
}

struct Grant {
    query: BTreeMap<String, String>,
    vouched: Vouched,
}

/// Clones are the same server.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    origin: String,
    key: SigningKey,
    other: SigningKey,
    rsa: Mutex<Option<rsa::RsaPrivateKey>>,
    grants: Mutex<BTreeMap<String, Grant>>,
    /// Access token to what may be told with it.
    tokens: Mutex<BTreeMap<String, Vouched>>,
    faults: Mutex<Vec<String>>,
}

impl Provider {
    /// Starts it.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let provider = Self(Arc::new(Inner {
            origin: format!("http://{}", listener.local_addr()?),
            key: fresh_key(),
            other: fresh_key(),
            rsa: Mutex::default(),
            grants: Mutex::default(),
            tokens: Mutex::default(),
            faults: Mutex::default(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/me", get(me))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(provider)
    }

    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// What a real one would have refused.
    pub fn faults(&self) -> Vec<String> {
        lock(&self.0.faults).clone()
    }

    /// Somebody signs on there, having been sent to `address`; answers where their browser is sent back to.
    pub fn sign_on(&self, address: &str, vouched: Vouched) -> String {
        let url = url::Url::parse(address).expect("an address");
        assert_eq!(url.origin().ascii_serialization(), self.0.origin, "{address}");
        assert_eq!(url.path(), "/authorize");
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let said = |name: &str| query.get(name).map(String::as_str).unwrap_or_default().to_owned();
        assert_eq!(said("response_type"), "code");
        assert_eq!(said("client_id"), CLIENT);
        assert_eq!(said("code_challenge_method"), "S256");
        assert!(said("scope").split(' ').any(|scope| scope == "openid"), "{address}");
        for long in ["state", "nonce", "code_challenge"] {
            assert!(said(long).len() >= 16, "{long} can be guessed: {address}");
        }
        if vouched.signs == Signs::Rs256 {
            // Its public half is shown before it signs.
            self.rsa();
        }
        let back = url::Url::parse(&said("redirect_uri")).expect("an address");
        let (code, state) = (hex::encode(rand::random::<[u8; 16]>()), said("state"));
        lock(&self.0.grants).insert(code.clone(), Grant { query, vouched });
        format!("{}?code={code}&state={state}&iss={}", back.path(), self.0.origin)
    }

    fn fault(&self, what: &str) -> Response {
        lock(&self.0.faults).push(what.to_owned());
        (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant", "error_description": what })))
            .into_response()
    }

    fn id_token(&self, vouched: &Vouched, nonce: &str) -> String {
        let now = chrono::Utc::now().timestamp();
        let mut claims = json!({
            "iss": vouched.issuer.unwrap_or(&self.0.origin), "aud": vouched.audience.unwrap_or(CLIENT),
            "sub": vouched.subject, "nonce": vouched.nonce.unwrap_or(nonce), "amr": vouched.amr,
            "iat": now - 5, "exp": now + vouched.lasts_s,
        });
        if let (Some(email), true) = (&vouched.email, vouched.tells_in_token) {
            claims["email"] = json!(email);
            claims["email_verified"] = json!(vouched.is_verified);
        }
        let (algorithm, key) = match vouched.signs {
            Signs::Es256 | Signs::WrongKey => ("ES256", "e"),
            Signs::Rs256 => ("RS256", "r"),
            Signs::Not => ("none", "e"),
        };
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed =
            format!("{}.{}", part(&json!({ "alg": algorithm, "kid": key, "typ": "JWT" })), part(&claims));
        let ecdsa = |key: &SigningKey| -> Vec<u8> {
            let signature: Signature = key.sign(signed.as_bytes());
            signature.to_bytes().to_vec()
        };
        let signature = match vouched.signs {
            Signs::Es256 => ecdsa(&self.0.key),
            Signs::WrongKey => ecdsa(&self.0.other),
            Signs::Rs256 => pkcs1v15::SigningKey::<Sha256>::new(self.rsa()).sign(signed.as_bytes()).to_vec(),
            Signs::Not => Vec::new(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Made when first wanted: it takes a while.
    fn rsa(&self) -> rsa::RsaPrivateKey {
        let mut kept = lock(&self.0.rsa);
        kept.get_or_insert_with(|| {
            rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key can be made")
        })
        .clone()
    }
}

fn fresh_key() -> SigningKey {
    loop {
        // All but one in 2^32 random numbers are keys.
        if let Ok(key) = SigningKey::from_slice(&rand::random::<[u8; 32]>()) {
            return key;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn describe(State(provider): State<Provider>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", provider.0.origin);
    Json(json!({
        "issuer": provider.0.origin, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/me"), "jwks_uri": at("/keys"), "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let point = provider.0.key.verifying_key().to_encoded_point(false);
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let x = point.x().map(|x| part(x)).unwrap_or_default();
    let y = point.y().map(|y| part(y)).unwrap_or_default();
    let mut all = vec![
        json!({ "kty": "EC", "crv": "P-256", "kid": "e", "use": "sig", "alg": "ES256", "x": x, "y": y }),
    ];
    if let Some(rsa) = &*lock(&provider.0.rsa) {
        let (n, e) = (part(&rsa.n().to_bytes_be()), part(&rsa.e().to_bytes_be()));
        all.push(json!({ "kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "n": n, "e": e }));
    }
    Json(json!({ "keys": all }))
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{CLIENT_SECRET}")));
    if headers.get("authorization").and_then(|value| value.to_str().ok()) != Some(expected.as_str()) {
        return provider.fault("wrong client or secret");
    }
    // A code is good for once.
    let Some(Grant { query, vouched }) = lock(&provider.0.grants).remove(said("code")) else {
        return provider.fault("an unknown code");
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(said("code_verifier")));
    if query.get("code_challenge") != Some(&challenge) {
        return provider.fault("another verifier");
    }
    if query.get("redirect_uri").map(String::as_str) != Some(said("redirect_uri")) {
        return provider.fault("another redirect_uri");
    }
    let nonce = query.get("nonce").cloned().unwrap_or_default();
    let access = hex::encode(rand::random::<[u8; 16]>());
    let id_token = provider.id_token(&vouched, &nonce);
    lock(&provider.0.tokens).insert(access.clone(), vouched);
    Json(json!({ "access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": id_token }))
        .into_response()
}

async fn me(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = lock(&provider.0.tokens).get(given.trim_start_matches("Bearer ")).cloned();
    match known {
        Some(vouched) => Json(json!({
            "sub": vouched.subject, "email": vouched.email, "email_verified": vouched.is_verified,
        }))
        .into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}
