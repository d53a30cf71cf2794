//! A stand-in for the provider of text messages: takes what comes, remembers when, lists it, and can kill whoever is sending.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use service::clock;
use uuid::Uuid;

/// What happens to whoever hands a message over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Take,
    /// The sender dies before its message is taken.
    KillBefore,
    /// The message is taken, and its sender dies before it has the answer.
    KillAfter,
}

/// A message that was taken.
pub struct Taken {
    pub to: String,
    body: String,
    sid: String,
    /// On the clock of whoever sends.
    at: DateTime<Utc>,
}

/// Clones are the same server.
#[derive(Clone, Default)]
pub struct StandIn(Arc<Mutex<Inner>>, Arc<AtomicI64>);

#[derive(Default)]
pub struct Inner {
    /// How often each of our references came.
    pub ids: HashMap<Uuid, u32>,
    /// When something came to a number, for measurements that ask.
    pub numbers: HashMap<String, Vec<Instant>>,
    /// When each came, for measurements that ask.
    pub arrivals: HashMap<Uuid, DateTime<Utc>>,
    pub taken: HashMap<Uuid, Vec<Taken>>,
    pub mood: Mood,
    /// The sender's process.
    pub victim: u32,
    pub keeps: Keeps,
    /// It lists nothing, whoever asks.
    pub is_deaf: bool,
    count: u64,
}

/// How much is remembered: a million messages must fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keeps {
    #[default]
    Ids,
    Numbers,
    All,
}

impl StandIn {
    /// Starts it; answers its address.
    pub async fn start() -> anyhow::Result<(String, Self)> {
        let own = Self::default();
        let path = "/2010-04-01/Accounts/{account}/Messages.json";
        let router = Router::new().route(path, post(take).get(list)).with_state(own.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((format!("http://{address}"), own))
    }

    pub fn look<T>(&self, at: impl FnOnce(&mut Inner) -> T) -> T {
        at(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Its clock goes ahead by so many seconds.
    pub fn ahead(&self, seconds: i64) {
        self.1.store(seconds, Ordering::Relaxed);
    }

    fn now(&self) -> DateTime<Utc> {
        clock::now() + Duration::seconds(self.1.load(Ordering::Relaxed))
    }
}

async fn take(
    State(own): State<StandIn>,
    Form(mut form): Form<Vec<(String, String)>>,
) -> (StatusCode, Json<Value>) {
    let mut value = |name: &str| {
        let found = form.iter_mut().find(|(key, _)| key == name);
        found.map_or(String::new(), |(_, value)| std::mem::take(value))
    };
    let id = value("StatusCallback").rsplit("id=").next().and_then(|id| id.parse::<Uuid>().ok());
    let id = id.unwrap_or_default();
    let (to, body, now) = (value("To"), value("Body"), own.now());
    let (sid, mood, victim) = own.look(|all| {
        all.count += 1;
        let sid = format!("SM{:032x}", all.count);
        if all.mood == Mood::KillBefore {
            return (sid, all.mood, std::mem::take(&mut all.victim));
        }
        *all.ids.entry(id).or_default() += 1;
        match all.keeps {
            Keeps::Ids => {}
            Keeps::Numbers => {
                all.numbers.entry(to).or_default().push(Instant::now());
                all.arrivals.insert(id, now);
            }
            Keeps::All => {
                all.taken.entry(id).or_default().push(Taken { to, body, sid: sid.clone(), at: now })
            }
        }
        (sid, all.mood, if all.mood == Mood::KillAfter { std::mem::take(&mut all.victim) } else { 0 })
    });
    if mood != Mood::Take {
        // One signal for one process, however many messages it had under way.
        let _ = victim != 0
            && std::process::Command::new("kill").args(["-KILL", &victim.to_string()]).status().is_ok();
        // Whoever waited for this answer is dead.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    }
    (StatusCode::CREATED, Json(json!({ "sid": sid, "status": "queued", "error_code": null })))
}

async fn list(State(own): State<StandIn>, Query(asked): Query<HashMap<String, String>>) -> Json<Value> {
    let to = asked.get("To").cloned().unwrap_or_default();
    let messages = own.look(|all| {
        let all = all.taken.values().flatten().filter(|one| one.to == to && !all.is_deaf);
        all.map(|one| {
            json!({ "sid": one.sid, "status": "sent", "error_code": null, "to": one.to, "body": one.body,
                    "date_created": one.at.to_rfc2822() })
        })
        .collect::<Vec<_>>()
    });
    Json(json!({ "messages": messages, "next_page_uri": null }))
}
