//! A browser: keeps cookies, sends forms as our own pages do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use tower::ServiceExt;

/// Clones share their cookies.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    jar: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Empty when there is none.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// Where it sends on to; empty when it does not.
    pub fn location(&self) -> String {
        self.header("location")
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub fn must_be(self, status: u16) -> Self {
        let at: String = self.text().chars().take(3000).collect();
        assert_eq!(self.status, status, "to {:?}: {at}", self.location());
        self
    }

    /// Fails the test unless it sends on to this path.
    #[track_caller]
    pub fn must_lead_to(self, path: &str) -> Self {
        let answer = self.must_be(303);
        assert_eq!(answer.location(), path);
        answer
    }

    /// Fails the test unless the page says this.
    #[track_caller]
    pub fn must_say(self, words: &str) -> Self {
        let text = self.text();
        assert!(text.contains(words), "does not say {words:?}: {text}");
        self
    }
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, jar: Arc::default() }
    }

    /// Another browser with a copy of the cookies of now.
    pub fn copy(&self) -> Self {
        let jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { router: self.router.clone(), jar: Arc::new(Mutex::new(jar)) }
    }

    /// A browser that has a cookie already.
    pub fn with_cookie(self, name: &str, value: String) -> Self {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value);
        self
    }

    /// The cookies as a header.
    pub fn cookies(&self) -> String {
        let jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::builder().uri(path), Body::empty()).await
    }

    /// Status and headers of an answer whose end is not waited for.
    pub async fn head_of(&self, path: &str) -> Answer {
        let (head, _) = self.ask(Request::builder().uri(path), Body::empty()).await.into_parts();
        Answer { status: head.status.as_u16(), headers: head.headers, body: Bytes::new() }
    }

    /// An answer whose body comes bit by bit.
    pub async fn open(&self, path: &str) -> Response {
        self.ask(Request::builder().uri(path), Body::empty()).await
    }

    /// Sends a form with a fresh key, unless it brings one.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        if !fields.iter().any(|(name, _)| *name == "key") {
            form.append_pair("key", &hex::encode(rand::random::<[u8; 16]>()));
        }
        let body = form.extend_pairs(fields).finish();
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    /// Sends a form with one file in it.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Answer {
        self.upload_as(path, fields, ("file", name), bytes).await
    }

    /// Sends a form with one file in it; the control's name, then the file's.
    pub async fn upload_as(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (control, name): (&str, &str),
        bytes: &[u8],
    ) -> Answer {
        let mut body = Vec::new();
        for (field, value) in fields {
            let head = format!("--limit\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n");
            body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
        }
        let head = format!(
            "--limit\r\nContent-Disposition: form-data; name=\"{control}\"; filename=\"{name}\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--limit--\r\n");
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=limit");
        self.send(request, Body::from(body)).await
    }

    /// Sends any request, with the cookies, as from our own pages unless it says otherwise.
    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let (head, body) = self.ask(request, body).await.into_parts();
        let body = body.collect().await.expect("the answer is whole").to_bytes();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn ask(&self, request: axum::http::request::Builder, body: Body) -> Response {
        let mut request = request.body(body).expect("the request is well formed");
        if !request.headers().contains_key("sec-fetch-site") {
            request.headers_mut().insert("sec-fetch-site", "same-origin".parse().expect("plain text"));
        }
        let cookies = self.cookies();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.parse().expect("plain text"));
        }
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        self.keep(response.headers());
        response
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        for cookie in headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap_or_default();
            let (pair, rest) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').unwrap_or_default();
            if value.is_empty() || rest.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// What the controls of this name on a page would send, in order.
pub fn slots(page: &str, name: &str) -> Vec<String> {
    let named = format!("name=\"{name}\"");
    page.split('<')
        .filter_map(|tag| tag.split('>').next())
        .filter(|tag| tag.contains(&named))
        .filter_map(|tag| tag.split("value=\"").nth(1)?.split('"').next().map(str::to_owned))
        .collect()
}
