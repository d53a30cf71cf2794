//! Providers of text messages, one after the other: while the first is in trouble the second is used.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use messaging::sms::TwilioSms;
use messaging::{Handed, SendError};

/// Failures in a row after which a provider counts as in trouble.
const FAILURES: u32 = 3;
/// Seconds for which it is then left alone; they double while it stays so, up to the last.
const REST_S: i64 = 30;
const LONGEST_REST_S: i64 = 600;

/// One provider and how it does.
pub struct Provider {
    /// As messages remember it: `sms-1` is the first of the configuration.
    pub name: &'static str,
    pub sms: TwilioSms,
    failures: AtomicU32,
    rests_until: AtomicI64,
}

/// All that are configured, in the order in which they are used.
#[derive(Default)]
pub struct Providers(Vec<Provider>);

impl Providers {
    pub fn new(all: impl IntoIterator<Item = TwilioSms>) -> Self {
        let provider =
            |(name, sms)| Provider { name, sms, failures: AtomicU32::new(0), rests_until: AtomicI64::new(0) };
        Self(["sms-1", "sms-2"].into_iter().zip(all).map(provider).collect())
    }

    /// Who sends now: the first that is well; where none is, the one that has rested longest. A message never goes by another
    /// while its outcome with one is unknown: the outbox looks that up first.
    pub fn choose(&self, now: DateTime<Utc>) -> Option<&Provider> {
        let until = |provider: &&Provider| provider.rests_until.load(Ordering::Relaxed);
        self.0.iter().find(|one| until(one) <= now.timestamp()).or_else(|| self.0.iter().min_by_key(until))
    }

    /// The one of this name; all of them where it is not known.
    pub fn named<'a>(&'a self, name: Option<&'a str>) -> impl Iterator<Item = &'a Provider> {
        let name = name.filter(|name| !name.is_empty());
        self.0.iter().filter(move |one| name.is_none_or(|name| one.name == name))
    }
}

impl Provider {
    /// Learns from an answer. A refusal of one message says nothing of the provider.
    pub fn remember(&self, answer: &Result<Handed, SendError>, now: DateTime<Utc>) {
        match answer {
            Ok(_) | Err(SendError::Permanent { .. } | SendError::Gone) => {
                self.failures.store(0, Ordering::Relaxed);
                self.rests_until.store(0, Ordering::Relaxed);
            }
            Err(SendError::Temporary { .. } | SendError::Unknown { .. }) => {
                let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
                if let Some(more) = failures.checked_sub(FAILURES) {
                    let rest = REST_S.checked_shl(more.min(5)).unwrap_or(LONGEST_REST_S).min(LONGEST_REST_S);
                    self.rests_until.store(now.timestamp() + rest, Ordering::Relaxed);
                    tracing::warn!(
                        provider = self.name,
                        failures,
                        rest,
                        "provider of text messages in trouble"
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use messaging::sms::TwilioConfig;

    fn both() -> Providers {
        rustls::crypto::ring::default_provider().install_default().ok();
        let one = |sid: &str| {
            let cfg = TwilioConfig {
                base_url: "http://127.0.0.1:9".parse().expect("an address"),
                account_sid: sid.to_owned(),
                auth_token: "t".to_owned(),
                from: "+15005550006".to_owned(),
                status_callback: None,
            };
            TwilioSms::new(cfg, reqwest::Client::new()).expect("good settings")
        };
        Providers::new([one("AC1"), one("AC2")])
    }

    fn chosen(all: &Providers, now: DateTime<Utc>) -> &'static str {
        all.choose(now).expect("two are configured").name
    }

    #[test]
    fn the_second_takes_over_after_three_failures_and_the_first_comes_back_rested() {
        let all = both();
        let now: DateTime<Utc> = "2026-12-01T09:00:00Z".parse().expect("an instant");
        let trouble = Err(SendError::Temporary { why: "away".to_owned(), retry_after: None });
        for _ in 0..FAILURES {
            assert_eq!(chosen(&all, now), "sms-1");
            all.0[0].remember(&trouble, now);
        }
        assert_eq!(chosen(&all, now), "sms-2");
        let rested = now + chrono::Duration::seconds(REST_S + 1);
        assert_eq!(chosen(&all, rested), "sms-1");
        all.0[0].remember(&trouble, rested);
        assert_eq!(chosen(&all, rested + chrono::Duration::seconds(REST_S + 1)), "sms-2", "it rests longer");
        let refused = Err(SendError::Permanent { code: "21211".to_owned(), why: "no number".to_owned() });
        all.0[0].remember(&refused, rested);
        assert_eq!(chosen(&all, rested), "sms-1", "it answers");
    }

    #[test]
    fn with_both_in_trouble_somebody_is_still_asked() {
        let all = both();
        let now: DateTime<Utc> = "2026-12-01T09:00:00Z".parse().expect("an instant");
        let trouble = Err(SendError::Unknown { why: "silence".to_owned() });
        for one in &all.0 {
            (0..FAILURES).for_each(|_| one.remember(&trouble, now));
        }
        assert_eq!(chosen(&all, now), "sms-1");
        assert!(Providers::default().choose(now).is_none());
    }
}
