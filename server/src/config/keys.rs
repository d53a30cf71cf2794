//! Every key there is: name, kind, default and purpose.

/// What a key's value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Never shown; may also be given as a file's path under the key's name with `_file` appended.
    Secret,
    /// Address and port to listen on.
    Address,
    /// A whole number between the two, both included.
    Whole(u64, u64),
    Choice(&'static [&'static str]),
    /// Hours and minutes on the wall, `HH:MM`, or empty.
    TimeOfDay,
    /// In the file a list of texts, in the environment separated by commas.
    List,
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// `section.key`, or a key alone.
    pub name: &'static str,
    pub kind: Kind,
    /// As it would be written in the environment. Empty: not set.
    pub default: &'static str,
    pub help: &'static str,
}

const fn key(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Key {
    Key { name, kind, default, help }
}

/// The table of keys.
pub const KEYS: &[Key] = &[
    key("listen", Kind::Address, "127.0.0.1:3000", "Address and port of the web server"),
    key(
        "public_url",
        Kind::Text,
        "http://127.0.0.1:3000",
        "Where browsers find the site: scheme, host, port",
    ),
    key("data_dir", Kind::Text, "var", "Folder of the embedded database and of documents"),
    key(
        "database_url",
        Kind::Secret,
        "",
        "`sqlite:PATH` or `postgres://…`; not set: `waymark.db` in `data_dir`. Also read from `DATABASE_URL`",
    ),
    key("site_dir", Kind::Text, "target/site", "Folder of the built browser files"),
    key("sms.provider_base_url", Kind::Text, "https://api.twilio.com", "Where text messages are handed over"),
    key("sms.account_sid", Kind::Text, "", "Account with the provider; not set: no text messages leave"),
    key("sms.auth_token", Kind::Secret, "", "Its token; also checks that call-backs are genuine"),
    key("sms.from", Kind::Text, "", "Sender: number with `+`, or messaging service"),
    key(
        "sms.second_base_url",
        Kind::Text,
        "https://api.twilio.com",
        "Where they go while the first provider is in trouble",
    ),
    key(
        "sms.second_account_sid",
        Kind::Text,
        "",
        "Account there; not set: they wait until the first is well again",
    ),
    key("sms.second_auth_token", Kind::Secret, "", "Its token"),
    key("sms.second_from", Kind::Text, "", "Its sender"),
    key(
        "sms.help_by",
        Kind::Choice(&["provider", "waymark"]),
        "provider",
        "Who answers HELP: the provider does unless its account says otherwise",
    ),
    key("sms.default_country", Kind::Text, "44", "Calling code for numbers written without one"),
    key("email.host", Kind::Text, "", "Mail server; not set: no mail leaves"),
    key("email.port", Kind::Whole(1, 65_535), "587", "Its port"),
    key(
        "email.tls",
        Kind::Choice(&["none", "starttls", "implicit"]),
        "starttls",
        "How the connection is protected",
    ),
    key("email.user", Kind::Text, "", "Sign-in at the mail server, with `email.password`"),
    key("email.password", Kind::Secret, "", "Its password"),
    key("email.from", Kind::Text, "", "Sender, such as `Referrals <referrals@example.org>`"),
    key(
        "email.bounces",
        Kind::Text,
        "",
        "Mailbox for reports of what did not arrive, such as `bounces@example.org`; not set: the sender's",
    ),
    key(
        "messages.quiet_from",
        Kind::TimeOfDay,
        "21:00",
        "No message to a patient from this local time; both empty: none",
    ),
    key("messages.quiet_to", Kind::TimeOfDay, "08:00", "Messages to patients resume at this local time"),
    key(
        "messages.fall_back_hours",
        Kind::Whole(0, 72),
        "8",
        "Hours after which an unread notice on a screen is followed by a text message, mail or letter; 0: both at once",
    ),
    key(
        "push.vapid_private_key",
        Kind::Secret,
        "",
        "VAPID key (RFC 8292); not set: made once and kept in `data_dir`",
    ),
    key(
        "push.subject",
        Kind::Text,
        "",
        "Whom push services can reach: `mailto:` or `https:`; not set: no push messages leave",
    ),
    key("push.allowed_origins", Kind::List, "", "Push services accepted besides the well-known ones"),
    key("documents.store", Kind::Choice(&["folder", "s3"]), "folder", "Where documents are kept"),
    key("documents.endpoint", Kind::Text, "", "Address of the object store"),
    key("documents.bucket", Kind::Text, "", "Its bucket"),
    key("documents.region", Kind::Text, "us-east-1", "Its region"),
    key("documents.access_key", Kind::Text, "", "Its access key"),
    key("documents.secret_key", Kind::Secret, "", "Its secret key"),
    key(
        "documents.max_bytes",
        Kind::Whole(1_024, 1_073_741_824),
        "20971520",
        "Largest document that is accepted, in bytes",
    ),
    key(
        "documents.key",
        Kind::Secret,
        "",
        "Key that documents are sealed with: 32 bytes in base64; not set: made once and kept in `data_dir`",
    ),
    key("documents.older_key", Kind::Secret, "", "The key before it, which still opens older documents"),
    key(
        "documents.scanner",
        Kind::Text,
        "",
        "ClamAV's clamd: `tcp://127.0.0.1:3310` or `unix:///run/clamav/clamd.ctl`; not set: nothing is scanned",
    ),
    key("booking.hold_min", Kind::Whole(1, 60), "5", "How long a chosen time is held, in minutes"),
    key(
        "booking.offer_hours",
        Kind::Whole(1, 336),
        "48",
        "How long a time is held that staff offer a patient, in hours",
    ),
    key(
        "booking.no_fill_hours",
        Kind::Whole(1, 720),
        "24",
        "Hours before a visit within which the waiting list offers its time to nobody",
    ),
    key(
        "booking.notice_hours",
        Kind::Whole(0, 720),
        "24",
        "Hours from now to the first time that a patient may pick",
    ),
    key("booking.horizon_days", Kind::Whole(1, 365), "84", "How many days ahead times are offered"),
    key("feeds.allowed_origins", Kind::List, "", "Calendar servers that may be inside our own network"),
    key(
        "feeds.poll_minutes",
        Kind::Whole(1, 1_440),
        "15",
        "How often subscribed calendars are read, in minutes",
    ),
    key("audit.anchor_dir", Kind::Text, "", "Folder outside the database for heads of the audit chain"),
    key(
        "downtime.folder",
        Kind::Text,
        "",
        "Folder of the lists for the hour when nothing works; not set: `downtime` in `data_dir`",
    ),
    key("limits.max_connections", Kind::Whole(1, 1_000_000), "8192", "Connections held open at once"),
    key("limits.header_timeout_s", Kind::Whole(1, 300), "10", "Time to send a request's head, in seconds"),
    key(
        "limits.body_bytes",
        Kind::Whole(1_024, 1_073_741_824),
        "2097152",
        "Largest request but for uploads, in bytes",
    ),
    key(
        "limits.request_timeout_s",
        Kind::Whole(1, 3_600),
        "30",
        "Time until an answer must begin, in seconds",
    ),
    key(
        "session.staff_idle_min",
        Kind::Whole(2, 1_440),
        "15",
        "Staff are signed out after this, in minutes idle",
    ),
    key(
        "session.patient_idle_min",
        Kind::Whole(2, 1_440),
        "30",
        "Patients are signed out after this, in minutes idle",
    ),
    key("session.absolute_h", Kind::Whole(1, 168), "12", "Everybody is signed out after this, in hours"),
    key(
        "sign_on.issuer",
        Kind::Text,
        "",
        "Identity provider (OpenID Connect) at which staff may sign on, as it writes itself; not set: none",
    ),
    key("sign_on.client", Kind::Text, "", "Our name at the provider"),
    key("sign_on.secret", Kind::Secret, "", "Our secret at the provider"),
    key("sign_on.name", Kind::Text, "your organisation", "What the button says after “Sign on with”"),
    key(
        "sign_on.trusted",
        Kind::List,
        "",
        "Values of `amr` or `acr` by which the provider says that it asked for a second factor; others get ours as well",
    ),
    key("trust.proxy_hops", Kind::Whole(0, 8), "0", "Proxies in front that add to `X-Forwarded-For`"),
];

/// Variables of ours that are not keys: for finding the file, the log, and the tests.
pub fn is_other_variable(name: &str) -> bool {
    matches!(
        name,
        "WAYMARK_BIN" | "WAYMARK_CONFIG" | "WAYMARK_LOG" | "WAYMARK_RECURRENCE_CASES" | "WAYMARK_SAMPLES"
    ) || name.starts_with("WAYMARK_TEST_")
}

impl Key {
    /// The key's name in the environment, for example `WAYMARK_SMS_FROM`.
    pub fn variable(&self) -> String {
        format!("WAYMARK_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// Finds a key by its name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    fn kind_in_words(&self) -> String {
        match self.kind {
            Kind::Text => "text".to_owned(),
            Kind::Secret => "secret".to_owned(),
            Kind::Address => "address:port".to_owned(),
            Kind::Whole(min, max) => format!("{min}–{max}"),
            Kind::Choice(words) => words.join(", "),
            Kind::TimeOfDay => "HH:MM".to_owned(),
            Kind::List => "list".to_owned(),
        }
    }
}

/// The table of keys as it stands in `docs/OPERATIONS.md`.
pub fn markdown() -> String {
    let mut table = String::from("| key | variable | value | default | purpose |\n|---|---|---|---|---|\n");
    for key in KEYS {
        let default = if key.default.is_empty() { "–".to_owned() } else { format!("`{}`", key.default) };
        table.push_str(&format!(
            "| `{}` | `{}` | {} | {default} | {} |\n",
            key.name,
            key.variable(),
            key.kind_in_words(),
            key.help
        ));
    }
    table
}
