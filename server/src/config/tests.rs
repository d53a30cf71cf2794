use std::collections::BTreeMap;
use std::path::PathBuf;

use super::keys::{KEYS, markdown};
use super::{Config, DocumentStore, Idle, MailTls};

const OPERATIONS: &str = include_str!("../../../docs/OPERATIONS.md");

fn file(text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("waymark-config-{}.toml", uuid_like()));
    std::fs::write(&path, text).expect("the temporary folder can be written");
    path
}

fn uuid_like() -> String {
    hex::encode(rand::random::<[u8; 12]>())
}

fn load(text: &str, env: &[(&str, &str)], overrides: &[(&str, &str)]) -> Result<Config, String> {
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    let path = file(text);
    let env: BTreeMap<String, String> = own(env).into_iter().collect();
    let answer = Config::load(&own(overrides), &env, Some(&path)).map_err(|error| error.to_string());
    std::fs::remove_file(&path).expect("our own file");
    answer.map_err(|text| text.replace(&path.display().to_string(), "FILE"))
}

#[test]
fn nothing_at_all_gives_the_defaults() {
    let config = load("", &[], &[]).expect("the defaults are good");
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.origin(), "http://127.0.0.1:3000");
    assert!(!config.is_https());
    assert_eq!(PathBuf::from(config.database_url.reveal()), PathBuf::from("sqlite:var/waymark.db"));
    assert!(config.sms.accounts.is_empty() && config.email.host.is_none());
    assert!(config.push.vapid_private_key.is_none());
    assert!(matches!(config.documents.store, DocumentStore::Folder));
    assert_eq!(config.documents.max_bytes, 20 * 1024 * 1024);
    assert_eq!(config.limits.body_bytes, 2 * 1024 * 1024);
    assert_eq!(config.session, Idle { staff_min: 15, patient_min: 30, absolute_h: 12 });
    let booking = config.booking;
    assert_eq!((booking.hold_min, booking.notice_hours, booking.horizon_days), (5, 24, 84));
    assert_eq!(
        config.messages.quiet.map(|(from, to)| (from.to_string(), to.to_string())),
        Some(("21:00:00".to_owned(), "08:00:00".to_owned()))
    );
}

#[test]
fn file_gives_way_to_environment_and_environment_to_command_line() {
    let text = "listen = \"0.0.0.0:1\"\ndata_dir = \"a\"\nsite_dir = \"f\"\n[email]\ntls = \"implicit\"\nport = 465\n";
    let env =
        [("WAYMARK_LISTEN", "0.0.0.0:2"), ("WAYMARK_DATA_DIR", "b"), ("WAYMARK_FEEDS_POLL_MINUTES", "5")];
    let config = load(text, &env, &[("listen", "0.0.0.0:3")]).expect("good");
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.data_dir, PathBuf::from("b"));
    assert_eq!(config.site_dir, PathBuf::from("f"));
    assert_eq!((config.email.tls, config.email.port), (MailTls::Implicit, 465));
    assert_eq!(config.feeds.poll.as_secs(), 300);
}

#[test]
fn database_url_is_read_by_its_plain_name_and_ours_wins() {
    let plain = [("DATABASE_URL", "postgres://a/b")];
    assert_eq!(load("", &plain, &[]).expect("good").database_url.reveal(), "postgres://a/b");
    let both = [("DATABASE_URL", "postgres://a/b"), ("WAYMARK_DATABASE_URL", "sqlite:x.db")];
    assert_eq!(load("", &both, &[]).expect("good").database_url.reveal(), "sqlite:x.db");
}

#[test]
fn every_unfit_value_is_refused_by_its_key_and_all_at_once() {
    let check = |text: &str, env: &[(&str, &str)], expected: &[&str]| {
        let error = load(text, env, &[]).expect_err("must be refused");
        assert_eq!(error.lines().collect::<Vec<_>>(), expected);
    };
    check("lisen = \"x\"", &[], &["lisen (FILE): there is no such key; did you mean listen?"]);
    check(
        "[sms]\ncolour = 1",
        &[],
        &["sms.colour (FILE): there is no such key; docs/OPERATIONS.md lists them all"],
    );
    check(
        "",
        &[("WAYMARK_SMS_FORM", "x")],
        &["WAYMARK_SMS_FORM (environment): there is no such key; did you mean WAYMARK_SMS_FROM?"],
    );
    check(
        "listen = \"localhost\"\n[limits]\nbody_bytes = \"2\"",
        &[],
        &[
            "limits.body_bytes (FILE): give a whole number from 1024 to 1073741824",
            "listen (FILE): give an IP address and a port, such as 127.0.0.1:3000",
        ],
    );
    check(
        "",
        &[("WAYMARK_EMAIL_PORT", "65536"), ("WAYMARK_EMAIL_TLS", "yes")],
        &[
            "email.port (environment): give a whole number from 1 to 65535",
            "email.tls (environment): give one of none, starttls, implicit",
        ],
    );
    check(
        "public_url = \"https://a.example/path\"",
        &[],
        &["public_url (FILE): give scheme, host and port only, such as https://refer.example.org"],
    );
    check(
        "[push]\nallowed_origins = [\"push.example\"]",
        &[],
        &[
            "push.allowed_origins (FILE): give scheme, host and port of each, such as https://push.example.org",
        ],
    );
    check("database_url = \"mysql://x\"", &[], &["database_url (FILE): begin it with sqlite: or postgres:"]);
    check(
        "listen = 3\nsms = 1",
        &[],
        &[
            "listen (FILE): give an IP address and a port, such as 127.0.0.1:3000",
            "sms (FILE): there is no such key; docs/OPERATIONS.md lists them all",
        ],
    );
    check(
        "a = ",
        &[],
        &["configuration file (FILE): line 1: string values must be quoted, expected literal string"],
    );
}

#[test]
fn keys_that_belong_together_are_asked_for_together() {
    let error = load("[sms]\naccount_sid = \"AC1\"", &[], &[]).expect_err("token and sender are missing");
    assert!(error.contains("sms.auth_token") && error.contains("sms.from"), "{error}");
    let error = load("[documents]\nstore = \"s3\"", &[], &[]).expect_err("all of s3 is missing");
    for key in ["endpoint", "bucket", "access_key", "secret_key"] {
        assert!(error.contains(&format!("documents.{key} (")), "{error}");
    }
    let error = load("[email]\nhost = \"mail.example\"\nuser = \"u\"", &[], &[]).expect_err("half a sign-in");
    assert!(error.contains("email.password (") && error.contains("email.from ("), "{error}");
}

#[test]
fn variables_of_the_tests_are_not_taken_for_keys() {
    let env = [("WAYMARK_LOG", "info"), ("WAYMARK_BIN", "x"), ("WAYMARK_TEST_POSTGRES", "x"), ("HOME", "/")];
    load("", &env, &[]).expect("good");
}

#[test]
fn quiet_hours_are_both_or_none() {
    let none = load("[messages]\nquiet_from = \"\"\nquiet_to = \"\"", &[], &[]).expect("good");
    assert_eq!(none.messages.quiet, None);
    let error = load("[messages]\nquiet_to = \"\"", &[], &[]).expect_err("half of it");
    assert_eq!(error, "messages.quiet_to (FILE): give both times, or an empty text for both");
    let error = load("", &[("WAYMARK_MESSAGES_QUIET_FROM", "25:00")], &[]).expect_err("no such time");
    assert!(
        error.starts_with("messages.quiet_from (environment): give hours and minutes such as 21:00"),
        "{error}"
    );
}

#[test]
fn a_secret_may_come_from_a_file_and_is_never_shown() {
    let secret = file("t0ken\n");
    let text = format!(
        "[sms]\naccount_sid = \"AC1\"\nfrom = \"+441632960000\"\nauth_token_file = \"{}\"",
        secret.display()
    );
    let config = load(&text, &[], &[]).expect("good");
    let account = config.sms.accounts.first().expect("given");
    assert_eq!(account.auth_token.reveal(), "t0ken");
    assert!(!format!("{config:?}").contains("t0ken"));

    let path = secret.display().to_string();
    let config = load("", &[("WAYMARK_DATABASE_URL_FILE", &path)], &[]);
    assert_eq!(
        config.expect_err("not an address"),
        "database_url (environment): begin it with sqlite: or postgres:"
    );
    std::fs::remove_file(&secret).expect("our own file");
    let error = load(&text, &[], &[]).expect_err("the file is gone");
    assert!(error.starts_with("sms.auth_token_file (FILE): the file "), "{error}");
    let error = load("listen_file = \"x\"", &[], &[]).expect_err("not a secret");
    assert!(error.contains("there is no such key"), "{error}");
}

#[test]
fn a_broken_file_does_not_show_its_lines() {
    let error = load("[sms]\nauth_token = \"hush\" hush", &[], &[]).expect_err("broken");
    assert!(error.contains("line 2") && !error.contains("hush"), "{error}");
}

#[test]
fn a_named_file_that_is_missing_is_refused() {
    let path = PathBuf::from("/nowhere/waymark.toml");
    let error = Config::load(&[], &BTreeMap::new(), Some(&path)).expect_err("missing");
    assert!(error.to_string().starts_with("configuration file (/nowhere/waymark.toml): it cannot be read"));
}

#[test]
fn the_table_in_the_operations_page_is_the_table_in_the_code() {
    assert!(OPERATIONS.contains(&markdown()), "docs/OPERATIONS.md should contain:\n{}", markdown());
}

#[test]
fn no_two_keys_share_a_name_or_a_variable() {
    let names: std::collections::BTreeSet<_> = KEYS.iter().map(|key| key.variable()).collect();
    assert_eq!(names.len(), KEYS.len());
}
