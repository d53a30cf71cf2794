//! E-mail over SMTP submission (RFC 6409), with calendar invitations after RFC 6047.
//!
//! The dialogue is led step by step, because what a broken connection means depends on the step: before the
//! message's text was offered nothing was sent; after that nobody knows.

use std::fmt;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, Message};

use crate::{ConfigError, DeliveryState, Handed, SendError};

/// Longest wait for connecting and for each reply of the mail server (RFC 5321 section 4.5.3.2 allows minutes; a
/// submission server answers in seconds).
const TIMEOUT: Duration = Duration::from_secs(30);

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Plain text: for a mail server on the same machine only.
    None,
    /// Upgraded by STARTTLS before anything is said (port 587); refused if the server does not offer it.
    StartTls,
    /// From the first byte (port 465).
    Implicit,
}

/// How to reach the mail server.
#[derive(Clone)]
pub struct EmailConfig {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// Empty: no sign-in.
    pub user: String,
    pub password: String,
    /// The sender, `Name <address>` or an address alone.
    pub from: String,
    /// Where mail servers send reports of what could not be delivered; empty: to the sender.
    pub bounces: String,
}

impl fmt::Debug for EmailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// The method of an invitation (RFC 5546); must equal the METHOD line of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A new or changed appointment.
    Request,
    /// A cancelled one.
    Cancel,
    /// For information, without an answer.
    Publish,
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::Publish => "PUBLISH",
        }
    }
}

/// A calendar to travel with a letter, both as an alternative part and as an attachment.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    pub ics: &'a str,
    pub method: Method,
}

/// One message to one person.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// The recipient's bare address.
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
    /// Our id of the message (letters, digits and hyphens): becomes the left side of the Message-ID, so that a
    /// bounce can be matched.
    pub message_id: &'a str,
    pub invitation: Option<Invitation<'a>>,
    /// Where the receiver ends mails of this kind with one click (RFC 8058): an https address that takes a POST.
    pub unsubscribe: Option<&'a str>,
    /// Tells whom a report is about that comes back: letters, digits and hyphens.
    pub bounce_token: Option<&'a str>,
    /// The Date header.
    pub now: DateTime<Utc>,
}

/// Sends e-mail; one connection per message.
#[derive(Debug, Clone)]
pub struct Email {
    cfg: EmailConfig,
    from: Mailbox,
    bounces: Option<Address>,
}

impl Email {
    /// Takes the settings; refuses a sender that is not an address, and an empty host.
    pub fn new(cfg: EmailConfig) -> Result<Self, ConfigError> {
        if cfg.host.trim().is_empty() {
            return Err(ConfigError::new("email.host", "give the mail server's name"));
        }
        let from = cfg.from.parse::<Mailbox>().map_err(|_| {
            ConfigError::new("email.from", "use an address, for example Waymark <no-reply@clinic.example>")
        })?;
        let bounces = match cfg.bounces.trim() {
            "" => None,
            text => Some(text.parse::<Address>().map_err(|_| {
                ConfigError::new("email.bounces", "use a bare address, for example bounces@clinic.example")
            })?),
        };
        Ok(Self { cfg, from, bounces })
    }

    /// Sends one letter. A 4xx reply is temporary, 5xx permanent; a connection lost once the text was offered
    /// leaves the outcome unknown. A refused sign-in is temporary, since the letter is not at fault. `Handed`
    /// carries the Message-ID without its angle brackets and the state `Sent`: mail servers send no receipts.
    pub async fn send(&self, letter: &Letter<'_>) -> Result<Handed, SendError> {
        let to: Address = letter.to.trim().parse().map_err(|_| {
            SendError::permanent("address", "the e-mail address is not valid: ask for it again")
        })?;
        let provider_ref = self.message_id(letter.message_id)?;
        let message = self.compose(letter, to, &provider_ref)?;
        let envelope = Envelope::new(self.returns_to(letter), message.envelope().to().to_vec())
            .map_err(|_| SendError::permanent("address", "the mail has no receiver"))?;
        self.deliver(&envelope, &message.formatted()).await?;
        Ok(Handed { provider_ref, state: DeliveryState::Sent })
    }

    /// The envelope's sender, to whom reports go. It carries our token behind a `+`, so that a report that quotes nothing of the
    /// mail still says which one it is about.
    fn returns_to(&self, letter: &Letter<'_>) -> Option<Address> {
        let Some(bounces) = &self.bounces else {
            return Some(self.from.email.clone());
        };
        let marked = letter.bounce_token.map(|token| format!("{}+{token}", bounces.user()));
        let address = marked.and_then(|user| Address::new(user, bounces.domain()).ok());
        Some(address.unwrap_or_else(|| bounces.clone()))
    }

    fn message_id(&self, id: &str) -> Result<String, SendError> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(SendError::permanent(
                "message-id",
                "our id of the message may hold letters, digits and hyphens only",
            ));
        }
        Ok(format!("{id}@{}", self.from.email.domain()))
    }

    /// mixed → alternative (plain, HTML, calendar) + the same calendar as a file: the structure that mail programs
    /// show as an invitation.
    fn compose(&self, letter: &Letter<'_>, to: Address, message_id: &str) -> Result<Message, SendError> {
        let unbuilt = |_| SendError::permanent("letter", "the letter could not be put together");
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(letter.subject))
            .date(SystemTime::from(letter.now))
            .message_id(Some(format!("<{message_id}>")))
            .header(AutoSubmitted);
        if let Some(address) = letter.unsubscribe {
            builder = builder.header(ListUnsubscribe(format!("<{address}>"))).header(ListUnsubscribePost);
        }
        let alternative = MultiPart::alternative()
            .singlepart(SinglePart::plain(letter.text.to_owned()))
            .singlepart(SinglePart::html(letter.html.to_owned()));
        let Some(Invitation { ics, method }) = letter.invitation else {
            return builder.multipart(alternative).map_err(unbuilt);
        };
        let method = method.name();
        let typed = |value: String| {
            ContentType::parse(&value)
                .map_err(|_| SendError::permanent("letter", "the invitation's type could not be written"))
        };
        let shown = SinglePart::builder()
            .header(typed(format!("text/calendar; charset=utf-8; method={method}"))?)
            .body(ics.to_owned());
        let file = Attachment::new("invite.ics".to_owned()).body(
            ics.to_owned(),
            typed(format!("application/ics; charset=utf-8; method={method}; name=\"invite.ics\""))?,
        );
        builder
            .multipart(MultiPart::mixed().multipart(alternative.singlepart(shown)).singlepart(file))
            .map_err(unbuilt)
    }

    async fn deliver(&self, envelope: &Envelope, raw: &[u8]) -> Result<(), SendError> {
        let (mut smtp, utf8, eight_bit) = self.open().await?;
        let outcome = async {
            let mut options = Vec::new();
            if envelope.from().is_some_and(|a| !a.to_string().is_ascii())
                || envelope.to().iter().any(|a| !a.to_string().is_ascii())
            {
                if !utf8 {
                    return Err(SendError::permanent(
                        "address",
                        "the mail server cannot send to addresses with accents",
                    ));
                }
                options.push(MailParameter::SmtpUtfEight);
            }
            if !raw.is_ascii() && eight_bit {
                options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
            }
            smtp.command(Mail::new(envelope.from().cloned(), options)).await.map_err(|e| before_text(&e))?;
            for to in envelope.to() {
                smtp.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(|e| before_text(&e))?;
            }
            smtp.command(Data).await.map_err(|e| before_text(&e))?;
            smtp.message(raw).await.map_err(|e| after_text(&e))?;
            Ok(())
        }
        .await;
        // The answer to our farewell changes nothing.
        smtp.abort().await;
        outcome
    }

    /// Connects, protects the line and signs in. Answers also whether the server takes addresses and texts beyond
    /// ASCII.
    async fn open(&self) -> Result<(AsyncSmtpConnection, bool, bool), SendError> {
        let cfg = &self.cfg;
        let tls = || {
            TlsParameters::new(cfg.host.clone())
                .map_err(|_| SendError::temporary("TLS could not be prepared: check email.host"))
        };
        let hello = ClientId::default();
        let implicit = if cfg.tls == Tls::Implicit { Some(tls()?) } else { None };
        let mut smtp = AsyncSmtpConnection::connect_tokio1(
            (cfg.host.as_str(), cfg.port),
            Some(TIMEOUT),
            &hello,
            implicit,
            None,
        )
        .await
        .map_err(|e| opening(&e, "the mail server cannot be reached"))?;
        if cfg.tls == Tls::StartTls {
            smtp.starttls(tls()?, &hello)
                .await
                .map_err(|e| opening(&e, "the mail server did not agree to STARTTLS"))?;
        }
        if !cfg.user.is_empty() {
            let credentials = Credentials::new(cfg.user.clone(), cfg.password.clone());
            smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await.map_err(|e| {
                opening(&e, "the mail server refused our sign-in: check email.user and email.password")
            })?;
        }
        let info = smtp.server_info();
        let (utf8, eight_bit) =
            (info.supports_feature(Extension::SmtpUtfEight), info.supports_feature(Extension::EightBitMime));
        Ok((smtp, utf8, eight_bit))
    }
}

/// Anything that fails before the envelope is our settings' or the network's fault, never the letter's.
fn opening(error: &lettre::transport::smtp::Error, why: &str) -> SendError {
    match error.status() {
        Some(code) => SendError::temporary(format!("{why} ({code})")),
        None => SendError::temporary(why),
    }
}

fn before_text(error: &lettre::transport::smtp::Error) -> SendError {
    replied(error)
        .unwrap_or_else(|| SendError::temporary("the connection broke before the message was offered"))
}

fn after_text(error: &lettre::transport::smtp::Error) -> SendError {
    replied(error).unwrap_or_else(|| SendError::unknown("the connection broke after the message was offered"))
}

/// What a reply code means (RFC 5321 section 4.2.1), in the more exact form of RFC 3463 where the server gives it; its text is not
/// kept, because it repeats the address.
fn replied(error: &lettre::transport::smtp::Error) -> Option<SendError> {
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let code = exact(&said)
        .map_or_else(|| error.status().map(|code| code.to_string()), |code| Some(code.to_owned()))?;
    if error.is_permanent() {
        Some(SendError::permanent(code, "the mail server refused the message"))
    } else {
        Some(SendError::temporary(format!("the mail server asks to try later ({code})")))
    }
}

/// The code that begins a reply's text, as in `5.1.1 No such mailbox`.
fn exact(said: &str) -> Option<&str> {
    let first = said.split_whitespace().next()?;
    let mut parts = first.split('.');
    let is_code = matches!(parts.next(), Some("4" | "5"))
        && parts.by_ref().take(2).filter(|part| part.len() <= 3 && part.parse::<u16>().is_ok()).count() == 2
        && parts.next().is_none();
    is_code.then_some(first)
}

/// A header is one line, whatever a name brought along.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `Auto-Submitted: auto-generated` (RFC 3834 section 5): keeps out-of-office answers away.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `List-Unsubscribe` (RFC 2369 section 3.2).
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// `List-Unsubscribe-Post: List-Unsubscribe=One-Click` (RFC 8058 section 3.1): a mail program may do it by itself.
#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}
