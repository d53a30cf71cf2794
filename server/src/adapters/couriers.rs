//! Messages to their channels.

use async_trait::async_trait;
use domain::delivery::{Channel, DeliveryState};
use messaging::SendError;
use messaging::email::{Email, Invitation, Letter, Method};
use messaging::push::{Delivery, Push, Subscription, Urgency};
use service::clock;
use service::ports::{Couriers, Handed, LookedUp, Outgoing, PushTarget, Sighting};

use super::providers::Providers;

/// The channels that are configured.
pub struct Channels {
    pub sms: Providers,
    pub email: Option<Email>,
    pub push: Option<Push>,
}

/// A phone that was off gets the newest notice only: each says no more than that there is something to read.
const PUSH_TOPIC: &str = "waymark";
/// Seconds for which a push service keeps a notice for a phone that is off.
const PUSH_TTL_S: u32 = 24 * 3600;

#[async_trait]
impl Couriers for Channels {
    async fn hand(&self, message: &Outgoing) -> Handed {
        match message.channel {
            Channel::Sms => match self.sms.choose(clock::now()) {
                Some(provider) => {
                    let id = message.id.to_string();
                    let answer = provider.sms.send(&message.address, &message.body, &id).await;
                    provider.remember(&answer, clock::now());
                    outcome(answer, provider.name)
                }
                None => missing("text messages: set sms.account_sid, sms.auth_token and sms.from"),
            },
            Channel::Email => match &self.email {
                Some(email) => self.mail(email, message).await,
                None => missing("mail: set email.host and email.from"),
            },
            Channel::Push => match (&self.push, &message.push) {
                (Some(push), Some(target)) => {
                    let subscription = subscription(target);
                    let topic = Some(PUSH_TOPIC.to_owned());
                    let delivery = Delivery { ttl_s: PUSH_TTL_S, urgency: Urgency::Normal, topic };
                    let answer = push.send(&subscription, message.body.as_bytes(), &delivery).await;
                    outcome(answer, "push")
                }
                _ => missing("notices: set push.vapid_private_key and push.subject"),
            },
            Channel::InApp | Channel::Letter => Handed::Accepted {
                provider_ref: String::new(),
                state: DeliveryState::Pending,
                provider: String::new(),
            },
        }
    }

    fn reaches(&self, browser: &PushTarget) -> bool {
        self.push.as_ref().is_some_and(|push| push.accepts(&subscription(browser)))
    }

    async fn look_up(&self, message: &Outgoing, provider: Option<&str>) -> LookedUp {
        if message.channel != Channel::Sms {
            return LookedUp::Never;
        }
        let mut all = Vec::new();
        let asked: Vec<_> = self.sms.named(provider).collect();
        if asked.is_empty() {
            return LookedUp::Never;
        }
        for one in asked {
            match one.sms.lookup(&message.address, &message.body, message.first_tried_at).await {
                Ok(found) => all.extend(
                    found
                        .into_iter()
                        .map(|one| Sighting { provider_ref: one.provider_ref, state: one.state }),
                ),
                Err(error) => return LookedUp::NotNow { why: format!("{}: {error}", one.name) },
            }
        }
        LookedUp::Listed(all)
    }
}

impl Channels {
    async fn mail(&self, email: &Email, message: &Outgoing) -> Handed {
        let id = message.id.to_string();
        let calendar = message.calendar.as_ref().map(|(ics, method)| (String::from_utf8_lossy(ics), method));
        let invitation = calendar.as_ref().map(|(ics, method)| Invitation {
            ics,
            method: if *method == "CANCEL" { Method::Cancel } else { Method::Request },
        });
        let letter = Letter {
            to: &message.address,
            subject: &message.subject,
            text: &message.body,
            html: &message.html,
            message_id: &id,
            invitation,
            unsubscribe: message.unsubscribe.as_deref(),
            bounce_token: message.bounce_token.as_deref(),
            now: clock::now(),
        };
        outcome(email.send(&letter).await, "mail")
    }
}

fn subscription(target: &PushTarget) -> Subscription {
    Subscription {
        endpoint: target.endpoint.clone(),
        p256dh: target.p256dh.clone(),
        auth: target.auth.clone(),
    }
}

fn missing(what: &str) -> Handed {
    Handed::Later { why: format!("this site has no way to send {what}"), after_s: Some(3600) }
}

fn outcome(answer: Result<messaging::Handed, SendError>, provider: &str) -> Handed {
    let provider = provider.to_owned();
    match answer {
        Ok(handed) => Handed::Accepted { provider_ref: handed.provider_ref, state: handed.state, provider },
        Err(SendError::Permanent { code, why }) => Handed::Refused { why: format!("{why} ({code})"), code },
        Err(SendError::Temporary { why, retry_after }) => {
            Handed::Later { why, after_s: retry_after.map(|wait| wait.as_secs()) }
        }
        Err(SendError::Unknown { why }) => Handed::Unknown { why, provider },
        Err(SendError::Gone) => Handed::Gone,
    }
}
