//! SMS over Twilio's Messages resource (REST API 2010-04-01).
//!
//! The request is built by the crate `twilio-async` (paths, basic auth, form encoding). Its fixed host is then
//! replaced by the configured base, the status callback, which the crate does not know, is added to the form, and
//! the answer is read with types of our own: the crate's refuse an ordinary answer with status `accepted`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use reqwest::{StatusCode, header};
use serde::Deserialize;
use twilio_async::{Execute, Twilio, encode_pairs};
use url::Url;

use crate::{ConfigError, DeliveryState, Handed, SendError, retry_after};

/// The public address of the service.
pub const TWILIO_BASE: &str = "https://api.twilio.com";
/// Longest wait for one exchange with the provider.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How far the provider's clock, in whole seconds, may lag behind ours.
const CLOCK_SLACK: TimeDelta = TimeDelta::seconds(60);
/// Messages asked for in one look-up, newest first; one patient never has so many in the days that matter.
const LOOKUP_PAGE: &str = "100";

/// Whether a sender is a messaging service, which picks its number itself: MG and 32 hexadecimal digits.
fn is_messaging_service(from: &str) -> bool {
    from.strip_prefix("MG")
        .is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// How to reach the provider.
#[derive(Clone)]
pub struct TwilioConfig {
    /// Scheme and host to send to: [`TWILIO_BASE`], or a capture page or stand-in. A path is kept as a prefix.
    pub base_url: Url,
    pub account_sid: String,
    pub auth_token: String,
    /// The sender: a number in E.164, an alphanumeric sender id, or the id of a messaging service.
    pub from: String,
    /// Public address of our status hook; `id=<message id>` is added to its query.
    pub status_callback: Option<Url>,
}

impl fmt::Debug for TwilioConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioConfig").field("base_url", &self.base_url.as_str()).finish_non_exhaustive()
    }
}

/// Sends SMS; cheap to clone.
#[derive(Clone)]
pub struct TwilioSms {
    cfg: Arc<TwilioConfig>,
    api: Arc<Twilio>,
    http: reqwest::Client,
}

impl TwilioSms {
    /// Takes the settings; refuses an account id or token that cannot stand in a basic-auth header or a path.
    pub fn new(cfg: TwilioConfig, http: reqwest::Client) -> Result<Self, ConfigError> {
        if cfg.account_sid.is_empty() || !cfg.account_sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ConfigError::new(
                "twilio.account_sid",
                "use the account's id: letters and digits, beginning with AC",
            ));
        }
        if cfg.auth_token.is_empty() {
            return Err(ConfigError::new("twilio.auth_token", "give the account's token"));
        }
        if cfg.from.trim().is_empty() {
            return Err(ConfigError::new("twilio.from", "give the sending number, for example +15005550006"));
        }
        if !matches!(cfg.base_url.scheme(), "http" | "https") || cfg.base_url.cannot_be_a_base() {
            return Err(ConfigError::new("twilio.base_url", "use an http or https address"));
        }
        let api = Twilio::new(cfg.account_sid.clone(), &cfg.auth_token).map_err(|_| {
            ConfigError::new("twilio.auth_token", "use plain letters and digits, as the provider gives them")
        })?;
        Ok(Self { cfg: Arc::new(cfg), api: Arc::new(api), http })
    }

    /// Sends `body` to `to` (E.164). There is no idempotency key: write the outbox row first, and after
    /// [`SendError::Unknown`] ask [`Self::lookup`] before sending again.
    ///
    /// A 4xx answer is permanent, except for 401, 404 (our own settings), 408 and 429; 503 is temporary; any other
    /// 5xx and a missing answer leave the outcome unknown.
    pub async fn send(&self, to: &str, body: &str, message_id: &str) -> Result<Handed, SendError> {
        let message = self.api.send_msg(&self.cfg.from, to, body);
        let mut form = match is_messaging_service(&self.cfg.from) {
            true => {
                encode_pairs([("MessagingServiceSid", self.cfg.from.as_str()), ("To", to), ("Body", body)])
                    .ok_or_else(|| {
                        SendError::permanent("form", "the text message could not be written as a form")
                    })?
            }
            false => message.msg.to_string(),
        };
        if let Some(callback) = &self.cfg.status_callback {
            let mut callback = callback.clone();
            callback.query_pairs_mut().append_pair("id", message_id);
            if let Some(pair) = encode_pairs([("StatusCallback", callback.as_str())]) {
                form.push('&');
                form.push_str(&pair);
            }
        }
        let (status, headers, text) = self.exchange(&message, "POST", "Messages.json", Some(form)).await?;
        if !status.is_success() {
            return Err(refusal(status, &headers, &text));
        }
        let answer: Message = serde_json::from_str(&text)
            .map_err(|_| SendError::unknown("Twilio took the message, but its answer could not be read"))?;
        Ok(answer.handed())
    }

    /// Finds out what became of a message whose outcome is unknown: all messages to `to` with exactly this `body`, made at or
    /// after `since` (give the start of the attempt), newest first. None means that the provider has no such message.
    ///
    /// The list is not narrowed by `DateSent`: a message that still waits at the provider has no such date, would
    /// be left out, and would then be sent twice. Its date of creation is looked at instead.
    pub async fn lookup(&self, to: &str, body: &str, since: DateTime<Utc>) -> Result<Vec<Handed>, SendError> {
        let query = encode_pairs([("To", to), ("PageSize", LOOKUP_PAGE)]).unwrap_or_default();
        let list = self.api.msgs();
        let (status, headers, text) =
            self.exchange(&list, "GET", &format!("Messages.json?{query}"), None).await?;
        if !status.is_success() {
            return Err(refusal(status, &headers, &text));
        }
        let page: Page = serde_json::from_str(&text)
            .map_err(|_| SendError::unknown("Twilio's list of messages could not be read"))?;
        let since = since - CLOCK_SLACK;
        let reaches_back = page.messages.iter().any(|m| !m.made_since(since));
        let ours = |m: &Message| {
            m.made_since(since) && m.to.as_deref() == Some(to) && m.body.as_deref() == Some(body)
        };
        if page.next_page_uri.is_some() && !reaches_back {
            return Err(SendError::unknown("Twilio has more messages to this number than can be searched"));
        }
        Ok(page.messages.into_iter().filter(ours).map(Message::handed).collect())
    }

    /// Lets the crate build the request, moves it to the configured base and sends it.
    async fn exchange(
        &self,
        builder: &impl Execute,
        method: &str,
        path: &str,
        form: Option<String>,
    ) -> Result<(StatusCode, header::HeaderMap, String), SendError> {
        let unbuilt = || SendError::permanent("request", "the request to Twilio could not be built");
        let verb = method.parse().map_err(|_| unbuilt())?;
        let built = builder.request(verb, path, form).map_err(|_| unbuilt())?;

        let target = built.uri().path_and_query().map(|p| p.as_str()).ok_or_else(unbuilt)?;
        let prefix = self.cfg.base_url.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{prefix}{target}")).map_err(|_| unbuilt())?;
        let verb = reqwest::Method::from_bytes(method.as_bytes()).map_err(|_| unbuilt())?;
        let mut request = self.http.request(verb, url).timeout(TIMEOUT);
        for (name, value) in built.headers() {
            request = request.header(name.as_str(), value.as_bytes());
        }
        let body: Vec<u8> = built
            .into_body()
            .try_fold(Vec::new(), |mut all, chunk| async move {
                all.extend_from_slice(&chunk);
                Ok(all)
            })
            .await
            .map_err(|_| unbuilt())?;

        let answer = request.body(body).send().await.map_err(|e| SendError::from_http(&e, "Twilio"))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.map_err(|e| SendError::from_http(&e, "Twilio"))?;
        Ok((status, headers, text))
    }
}

/// What a status word of Twilio (callback field `MessageStatus`) and its error code mean. A word that we do not
/// know counts as `Sending`, so that it can never move a message.
///
/// Source: Twilio's list of outbound message statuses and its error dictionary.
pub fn from_twilio(status: &str, error_code: Option<u32>) -> DeliveryState {
    match status {
        "accepted" | "scheduled" | "queued" => DeliveryState::Pending,
        "sending" => DeliveryState::Pending,
        "sent" => DeliveryState::Sent,
        "delivered" | "read" | "partially_delivered" => DeliveryState::Delivered,
        "canceled" => DeliveryState::Withheld,
        "failed" | "undelivered" => failure(error_code),
        _ => DeliveryState::Sending,
    }
}

/// A wrong or refusing number is permanent; a phone switched off, a filter and our own account's faults may pass.
fn failure(error_code: Option<u32>) -> DeliveryState {
    match error_code {
        // 30004 blocked by the recipient, 30005 unknown, 30006 landline, 21211 and 21217 invalid, 21610 opted out,
        // 21612 and 21614 cannot receive SMS.
        Some(30004..=30006 | 21211 | 21217 | 21610 | 21612 | 21614) => DeliveryState::PermanentFailure,
        _ => DeliveryState::TemporaryFailure,
    }
}

/// The part of Twilio's message resource that we read.
#[derive(Deserialize)]
struct Message {
    sid: String,
    status: String,
    #[serde(default)]
    error_code: Option<u32>,
    #[serde(default)]
    date_created: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    body: Option<String>,
}

impl Message {
    /// By its date of creation (RFC 2822); without a readable one it counts, since a message too many in the search
    /// is better than a message sent twice.
    fn made_since(&self, since: DateTime<Utc>) -> bool {
        let made = self.date_created.as_deref().and_then(|d| DateTime::parse_from_rfc2822(d).ok());
        made.is_none_or(|made| made >= since)
    }

    fn handed(self) -> Handed {
        Handed { state: from_twilio(&self.status, self.error_code), provider_ref: self.sid }
    }
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
    #[serde(default)]
    next_page_uri: Option<String>,
}

/// Twilio's error body. Its `message` is not read, because it repeats the recipient's number.
#[derive(Deserialize)]
struct Problem {
    code: u32,
}

fn refusal(status: StatusCode, headers: &header::HeaderMap, text: &str) -> SendError {
    let code = serde_json::from_str::<Problem>(text).ok().map(|p| p.code);
    let later = |why: String| SendError::Temporary { why, retry_after: retry_after::from_headers(headers) };
    match status.as_u16() {
        401 => {
            later("Twilio refused our credentials: check twilio.account_sid and twilio.auth_token".to_owned())
        }
        404 => {
            later("Twilio does not know our account: check twilio.account_sid and twilio.base_url".to_owned())
        }
        408 => later("Twilio waited too long for our request".to_owned()),
        429 => later("Twilio asks us to slow down".to_owned()),
        503 => later("Twilio is unavailable".to_owned()),
        400..=499 => {
            let why = match code {
                Some(21211 | 21217) => "the number is not valid",
                Some(21408) => "our account may not send to this country",
                Some(21606 | 21603 | 21212) => "our sending number may not be used: check twilio.from",
                Some(21610) => "the person opted out of messages from our number",
                Some(21612 | 21614) => "the number cannot receive SMS",
                Some(21617) => "the text is too long",
                _ => "Twilio refused the message",
            };
            SendError::permanent(code.map_or_else(|| status.as_u16().to_string(), |c| c.to_string()), why)
        }
        other => SendError::unknown(format!("Twilio answered {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_become_delivery_states_and_unknown_ones_move_nothing() {
        assert_eq!(from_twilio("accepted", None), DeliveryState::Pending);
        assert_eq!(from_twilio("sent", None), DeliveryState::Sent);
        assert_eq!(from_twilio("delivered", None), DeliveryState::Delivered);
        assert_eq!(from_twilio("undelivered", Some(30003)), DeliveryState::TemporaryFailure);
        assert_eq!(from_twilio("undelivered", Some(30006)), DeliveryState::PermanentFailure);
        assert_eq!(from_twilio("failed", Some(21610)), DeliveryState::PermanentFailure);
        assert_eq!(
            DeliveryState::Pending.advanced_by(from_twilio("brand-new-word", None)),
            DeliveryState::Pending
        );
        assert_eq!(DeliveryState::Delivered.advanced_by(from_twilio("sent", None)), DeliveryState::Delivered);
        assert_eq!(
            DeliveryState::Sent.advanced_by(from_twilio("failed", Some(30008))),
            DeliveryState::TemporaryFailure
        );
    }

    #[test]
    fn the_settings_are_checked_and_never_printed() {
        let cfg = |sid: &str, token: &str| TwilioConfig {
            base_url: Url::parse(TWILIO_BASE).expect("an address"),
            account_sid: sid.to_owned(),
            auth_token: token.to_owned(),
            from: "+15005550006".to_owned(),
            status_callback: None,
        };
        assert!(!format!("{:?}", cfg("AC1", "secret")).contains("secret"));
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = reqwest::Client::new();
        assert_eq!(
            TwilioSms::new(cfg("AC:1/", "t"), http.clone()).err().map(|e| e.field),
            Some("twilio.account_sid")
        );
        assert_eq!(
            TwilioSms::new(cfg("AC1", ""), http.clone()).err().map(|e| e.field),
            Some("twilio.auth_token")
        );
        assert!(TwilioSms::new(cfg("AC1", "t"), http).is_ok());
    }
}
