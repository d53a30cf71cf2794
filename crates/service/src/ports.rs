//! What the service needs of the outside world, as traits that the server's adapters fill.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::OrganisationId;
use domain::delivery::{Channel, DeliveryState};
pub use domain::template::Template;
use domain::template::{Design, Texts, WrongText};

/// What a message may say: nothing clinical, first name at most, but in a letter to a clinician without an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct MessageFacts {
    pub first_name: String,
    /// Who sends: the organisation.
    pub organisation: String,
    pub phone: Option<String>,
    /// When the visit is, and in which zone that is said.
    pub visit: Option<(DateTime<Utc>, chrono_tz::Tz)>,
    /// Until when an offered time is held.
    pub until: Option<DateTime<Utc>>,
    /// Now: decides whether the year must be said.
    pub now: DateTime<Utc>,
    pub place: String,
    /// What a missed visit costs, as the service says it.
    pub cost: String,
    pub link: String,
    pub reference: String,
    pub code: String,
    /// For a colleague: in whose name they may act, and on which days.
    pub standing_in: Option<(String, String)>,
    /// For staff: the occasion.
    pub notice: Option<domain::notice::StaffNotice>,
    /// For a clinician: which notice about their own days, and what it counts.
    pub day: Option<(domain::day_notices::DayNotice, domain::day_notices::Tally)>,
    /// For a clinician without an account alone: whom it is about, and what there is to say.
    pub clinical: Option<(String, String)>,
    /// In which it is said, BCP 47 in small letters; empty: the product's own.
    pub language: String,
    /// In which the patient wants to be seen, where the referral says so, and in which the organisation writes to those for whom
    /// there are no words in theirs; both may be empty.
    pub wanted_language: String,
    pub house_language: String,
    /// It goes to whoever tries it out, and says so.
    pub is_test: bool,
    /// Words of its own, whatever the organisation says otherwise: those of a sending to many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnWords>,
}

/// The texts that one message alone is said in.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OwnWords {
    /// BCP 47, small letters.
    pub language: String,
    pub texts: Texts,
}

/// The words of one message for each channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    pub sms: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// What a phone shows of a push notice.
    pub notice: String,
    /// The notice as it is handed to a browser.
    pub push: String,
}

/// A message as it is handed to a channel.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Our reference, in the callback address and the message id.
    pub id: uuid::Uuid,
    pub channel: Channel,
    pub address: String,
    pub subject: String,
    pub body: String,
    pub html: String,
    /// text/calendar part with its method.
    pub calendar: Option<(Vec<u8>, String)>,
    pub push: Option<PushTarget>,
    /// Where its receiver ends mails of this kind with one click; `None`: it is none that one can end.
    pub unsubscribe: Option<String>,
    /// Of a mail: what a report that comes back is known by.
    pub bounce_token: Option<String>,
    pub first_tried_at: DateTime<Utc>,
}

/// Where a push message goes (RFC 8030 subscription).
#[derive(Debug, Clone)]
pub struct PushTarget {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// The provider took it.
    Accepted { provider_ref: String, state: DeliveryState, provider: String },
    /// It will never work for this address. `code` is the provider's.
    Refused { why: String, code: String },
    /// The address is gone (a push subscription that ended).
    Gone,
    /// Try again, not before so many seconds.
    Later { why: String, after_s: Option<u64> },
    /// It may have left: look it up before any resend. `provider` is who was asked to send it.
    Unknown { why: String, provider: String },
}

/// A message that a provider has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub provider_ref: String,
    pub state: DeliveryState,
}

/// What a provider says of a message in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedUp {
    /// All messages with these words to this address since it was tried; none: it never came there.
    Listed(Vec<Sighting>),
    /// It cannot be known now.
    NotNow { why: String },
    /// It can never be known.
    Never,
}

/// Hands messages to their channels.
#[async_trait]
pub trait Couriers: Send + Sync {
    async fn hand(&self, message: &Outgoing) -> Handed;
    /// Whether notices can be sent to a browser: a known push service, keys that can be used.
    fn reaches(&self, browser: &PushTarget) -> bool;
    /// Looks a message of unknown outcome up at the provider that was asked to send it; where that is not known, at all of them.
    async fn look_up(&self, message: &Outgoing, provider: Option<&str>) -> LookedUp;
}

/// What a text message costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextSize {
    /// `GSM-7` or `UCS-2`.
    pub encoding: &'static str,
    /// Messages to pay for.
    pub segments: usize,
    /// Septets or UTF-16 units.
    pub units: usize,
}

/// Puts facts into words.
pub trait Words: Send + Sync {
    /// The message in an organisation's own words, and in the product's where it has none or where one cannot be used.
    fn render(&self, template: Template, own: &Texts, facts: &MessageFacts) -> Rendered;
    /// What the message is made of.
    fn design(&self, template: Template) -> Design;
    /// Everything that is wrong with an organisation's own texts. `facts` are the longest that can be expected; `revealing` are
    /// names that say what the matter is, as of the organisation's clinics.
    fn faults(
        &self,
        template: Template,
        own: &Texts,
        facts: &MessageFacts,
        revealing: &[String],
    ) -> Vec<WrongText>;
    /// The answer to somebody who asks who writes: the organisation and where a person answers.
    fn help(&self, organisation: &str, phone: Option<&str>) -> String;
    /// What a text message costs.
    fn size(&self, sms: &str) -> TextSize;
    /// The message as a test.
    fn as_test(&self, rendered: Rendered) -> Rendered;
    /// A phone number as messages need it (E.164), or as it was when it cannot be read.
    fn phone(&self, typed: &str) -> String;
}

/// Keeps documents' bytes.
#[async_trait]
pub trait Documents: Send + Sync {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), String>;
    async fn get(&self, key: &str) -> Result<Vec<u8>, String>;
    async fn delete(&self, key: &str) -> Result<(), String>;
    /// Opens all of it and compares it with its checksum; answers whether it is not sealed with the key that seals what is
    /// written now.
    async fn try_reseal(&self, key: &str, sha256: &str) -> Result<bool, String>;
    /// Seals it with that key; `sha256` (lower-case hexadecimal) is the checksum of its content. Answers whether it was sealed
    /// anew.
    async fn reseal(&self, key: &str, sha256: &str) -> Result<bool, String>;
}

/// What a virus scanner says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    Clean,
    /// The name of what was found.
    Infected(String),
    /// It could not be decided, and why: not clean.
    Undecided(String),
}

/// Looks for malware.
#[async_trait]
pub trait Scanner: Send + Sync {
    async fn scan(&self, bytes: &[u8]) -> Scan;
    /// Whether it answers now; else why not, for the log.
    async fn ready(&self) -> Result<(), String>;
}

/// What a subscribed calendar answered.
#[derive(Debug, Clone)]
pub enum Fetched {
    NotModified,
    Calendar { bytes: Vec<u8>, known: Known },
}

/// What is kept to ask whether a calendar has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// A subscribed calendar.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    pub url: &'a str,
    /// User name and password: it is a CalDAV collection.
    pub login: Option<(&'a str, &'a str)>,
    pub known: Known,
    /// The span that is wanted of a collection.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// Why a calendar brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedFault {
    /// For the page that shows the calendar's freshness.
    pub words: String,
    /// Seconds that the server asks us to wait.
    pub after_s: Option<u64>,
    /// Whether the next reading may succeed by itself.
    pub passes: bool,
    /// Whether user name and password are at fault.
    pub is_sign_in: bool,
    /// Whether a file came that cannot be read: whoever keeps it may put it right at any moment.
    pub is_unreadable: bool,
}

impl FeedFault {
    /// One that may pass by itself.
    pub fn passing(words: &str) -> Self {
        Self { words: words.to_owned(), after_s: None, passes: true, is_sign_in: false, is_unreadable: false }
    }
}

/// Fetches subscribed calendars, guarded against addresses inside.
#[async_trait]
pub trait Feeds: Send + Sync {
    async fn fetch(&self, source: Source<'_>) -> Result<Fetched, FeedFault>;
}

/// Seals what others trusted us with, with the keys of the documents. Errors are our own.
pub trait Secrets: Send + Sync {
    /// It opens under the same name alone.
    fn seal(&self, under: &str, plain: &[u8]) -> Result<Vec<u8>, String>;
    fn open(&self, under: &str, sealed: &[u8]) -> Result<Vec<u8>, String>;
    /// A secret for another use, named by `label`: from the present key, then from those before.
    fn derived(&self, label: &str) -> Vec<[u8; 32]>;
    /// Whether it was sealed with another key than the present one.
    fn is_old(&self, sealed: &[u8]) -> bool;
}

/// Who waits for a calendar file to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Somebody who takes a time at this moment: they come before all others.
    Booking,
    /// Whoever adds a calendar, or nobody.
    Reading,
}

/// Reads calendar files where a hostile one can do no harm: apart from the server, with bounded time and memory.
#[async_trait]
pub trait Calendars: Send + Sync {
    /// As [`crate::calendar::busy`]; a file that takes too much is refused with a problem. An error is our own. Whoever gives
    /// up waiting ends the reading.
    async fn busy(
        &self,
        waits: Waits,
        bytes: Vec<u8>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        zone: chrono_tz::Tz,
    ) -> Result<crate::calendar::BusyReading, String>;

    /// As [`crate::calendar::nameless_hours`]; the inner error says what is wrong with the file. The
    /// outer one is our own.
    async fn hours(
        &self,
        bytes: Vec<u8>,
        visit_min: u32,
        zone: chrono_tz::Tz,
    ) -> Result<Result<crate::calendar::Hours, String>, String>;
}

/// A sign-on that has begun: where the browser goes, and what is kept for its return.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct SignOnBegun {
    pub address: String,
    pub issuer: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

/// Who somebody is, as the provider vouches for it.
#[derive(Debug, Clone)]
pub struct SignOnKnown {
    pub issuer: String,
    pub subject: String,
    /// In small letters; only when the provider has verified it.
    pub email: Option<String>,
    /// A second factor was given there, and the site trusts it.
    pub has_second_factor: bool,
}

/// Why nobody is known. The causes are for the log.
#[derive(Debug, Clone)]
pub enum SignOnFault {
    /// The provider cannot be used now.
    Away(String),
    /// What came back proves nothing.
    NotProved(String),
}

/// An identity provider.
#[async_trait]
pub trait SignOn: Send + Sync {
    /// As staff call it.
    fn name(&self) -> &str;
    async fn send_off(&self) -> Result<SignOnBegun, SignOnFault>;
    /// Redeems the code with which the browser came back; the caller has compared the state.
    async fn finish(
        &self,
        begun: &SignOnBegun,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<SignOnKnown, SignOnFault>;
}

/// Keeps heads of the audit chains outside the database.
pub trait Anchors: Send + Sync {
    fn append(&self, line: &str) -> Result<(), String>;
    /// All anchors written so far, oldest first.
    fn lines(&self) -> Result<Vec<String>, String>;
}

/// Prints downtime lists and keeps them where no server is needed to read them.
///
/// An edition is the files of one organisation that were made at one instant; it becomes the newest as a whole.
pub trait Papers: Send + Sync {
    /// A clinic's lists as files: ending and bytes.
    fn print(&self, sheet: &contract::DowntimeSheet) -> Vec<(&'static str, Vec<u8>)>;
    fn start(&self, organisation: OrganisationId, made: DateTime<Utc>) -> Result<(), String>;
    fn add(
        &self,
        organisation: OrganisationId,
        made: DateTime<Utc>,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), String>;
    /// Makes the edition the newest, with an index of its clinics (title, file name without ending), and forgets old ones.
    fn finish(
        &self,
        organisation: OrganisationId,
        made: DateTime<Utc>,
        house: &str,
        said_made: &str,
        clinics: &[(String, String)],
    ) -> Result<(), String>;
    fn newest(&self, organisation: OrganisationId) -> Result<Option<crate::downtime::Edition>, String>;
    /// A file of the newest edition; `None` for every other name.
    fn read(&self, organisation: OrganisationId, name: &str) -> Result<Option<Vec<u8>>, String>;
    /// Where the newest edition is, for people.
    fn place(&self, organisation: OrganisationId) -> String;
    /// Remembers that the last attempt failed, or that it did not.
    fn note(&self, failure: Option<(DateTime<Utc>, String)>);
    fn failure(&self) -> Option<(DateTime<Utc>, String)>;
}

/// Everything outside.
pub struct Ports {
    pub couriers: Box<dyn Couriers>,
    pub words: Box<dyn Words>,
    pub documents: Box<dyn Documents>,
    /// None: this site has no scanner, and its documents stay unscanned.
    pub scanner: Option<Box<dyn Scanner>>,
    pub feeds: Box<dyn Feeds>,
    pub secrets: Box<dyn Secrets>,
    pub calendars: Box<dyn Calendars>,
    pub anchors: Box<dyn Anchors>,
    /// None: staff sign in here alone.
    pub sign_on: Option<Box<dyn SignOn>>,
    pub papers: Box<dyn Papers>,
}
