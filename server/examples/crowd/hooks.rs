//! What a provider calls, over HTTP: right, repeated, out of order and falsified.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::{Context, ensure};
use base64::Engine;
use domain::MessageId;
use domain::delivery::DeliveryState;
use hmac::{Hmac, Mac};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use server::config::Config;
use server::rim::{self, Limits};
use service::Desk;
use tokio::sync::watch;
use uuid::Uuid;

use crate::messages::write;
use crate::{Lots, count};

const SECRET: &str = "t";
const WORKERS: u64 = 8;
const STATUS: &str = "/hooks/twilio/status";
const INBOUND: &str = "/hooks/twilio/inbound";

/// A call as it goes over the wire.
#[derive(Clone)]
struct Wire {
    path: &'static str,
    query: Vec<u8>,
    body: Vec<u8>,
    signature: Vec<u8>,
}

impl Wire {
    fn signed(origin: &str, path: &'static str, query: &str, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        let address =
            if query.is_empty() { format!("{origin}{path}") } else { format!("{origin}{path}?{query}") };
        let text = fields.iter().fold(address, |all, (key, value)| format!("{all}{key}{value}"));
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SECRET.as_bytes()).expect("any key");
        mac.update(text.as_bytes());
        let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        Self { path, query: query.into(), body: body.into(), signature: signature.into() }
    }

    fn says(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// With one bit turned, so that it says something else or is signed otherwise.
    fn falsified(&self, lots: &mut Lots) -> Self {
        loop {
            let mut other = self.clone();
            let part = match lots.below(3) {
                0 => &mut other.body,
                1 if !other.query.is_empty() => &mut other.query,
                _ => &mut other.signature,
            };
            let at = usize::try_from(lots.below(part.len() as u64)).unwrap_or_default();
            part[at] ^= 1 << lots.below(8);
            // What no address or header can carry never comes.
            let carried = other.query.iter().chain(&other.signature).all(u8::is_ascii_graphic);
            let differs =
                other.says() != self.says() || other.query != self.query || other.signature != self.signature;
            if carried && differs {
                return other;
            }
        }
    }

    async fn call(&self, http: &reqwest::Client, to: &str, host: &str) -> anyhow::Result<u16> {
        let query = String::from_utf8_lossy(&self.query);
        let mark = if query.is_empty() { "" } else { "?" };
        let request = http
            .post(format!("{to}{}{mark}{query}", self.path))
            .header("host", host)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", self.signature.as_slice());
        Ok(request.body(self.body.clone()).send().await?.status().as_u16())
    }
}

#[derive(Default)]
struct Tally {
    calls: u64,
    repeated: u64,
    out_of_order: u64,
    falsified: u64,
    falsified_accepted: u64,
    refused_wrongly: u64,
    state_differs: u64,
    moved: u64,
    texts: HashSet<String>,
}

/// N calls by so many clients, each with messages of its own, and what became of those messages.
pub async fn hooks(desk: &Desk, config: &Config, n: u64, seed: u64) -> anyhow::Result<Value> {
    let mut lots = Lots(seed);
    write(desk, 200 * WORKERS, &mut lots, "hook").await?;
    let pending = "update message set state = 'pending', handed_at = due_at where dedupe_key like 'hook:%'";
    desk.store.writer().execute_unprepared(pending).await?;
    let (stop, stopping) = watch::channel(false);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let to = format!("http://{}", listener.local_addr()?);
    let router = server::router::router(config, desk, stopping.clone(), None);
    let limits = Limits {
        max_connections: 100,
        header_timeout: Duration::from_secs(10),
        shutdown_grace: Duration::from_secs(1),
    };
    let served = tokio::spawn(rim::serve(listener, router, limits, stopping));
    let mut clients = tokio::task::JoinSet::new();
    for worker in 0..WORKERS {
        let (desk, to, origin) = (desk.clone(), to.clone(), config.origin());
        clients.spawn(async move { client(&desk, (&to, &origin), worker, n / WORKERS, seed).await });
    }
    let mut all = Tally::default();
    while let Some(one) = clients.join_next().await {
        let one = one??;
        all.calls += one.calls;
        all.repeated += one.repeated;
        all.out_of_order += one.out_of_order;
        all.falsified += one.falsified;
        all.falsified_accepted += one.falsified_accepted;
        all.refused_wrongly += one.refused_wrongly;
        all.state_differs += one.state_differs;
        all.moved += one.moved;
        all.texts.extend(one.texts);
    }
    let _ = stop.send(true);
    served.await??;
    let told = count(
        desk,
        "select count(*) as n from message_attempt a join message m on m.organisation_id = a.organisation_id \
         and m.id = a.message_id where a.what = 'receipt' and m.dedupe_key like 'hook:%'",
    )
    .await?;
    let taken =
        count(desk, "select count(*) as n from received_message where provider_ref like 'SMhook%'").await?;
    let twice = (told - i64::try_from(all.moved)?).abs() + (taken - i64::try_from(all.texts.len())?).abs();
    ensure!(all.moved > 0 && !all.texts.is_empty(), "nothing was accepted");
    Ok(json!({
        "calls": all.calls, "repeated": all.repeated, "out_of_order": all.out_of_order,
        "falsified": all.falsified, "falsified_accepted": all.falsified_accepted,
        "refused_wrongly": all.refused_wrongly, "state_differs": all.state_differs,
        "receipts": told, "texts": taken, "accepted_twice": twice,
    }))
}

const WORDS: [(&str, &str); 7] = [
    ("queued", ""),
    ("sending", ""),
    ("sent", ""),
    ("delivered", ""),
    ("undelivered", "30003"),
    ("undelivered", "30006"),
    ("failed", "30008"),
];

async fn client(
    desk: &Desk,
    (to, origin): (&str, &str),
    worker: u64,
    n: u64,
    seed: u64,
) -> anyhow::Result<Tally> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let host = origin.split("://").nth(1).context("a host")?;
    let mut lots = Lots(seed.wrapping_mul(31) ^ (worker + 1));
    let mut states: HashMap<Uuid, DeliveryState> = HashMap::new();
    let range = worker * 200..(worker + 1) * 200;
    let keys: Vec<String> = range.map(|n| format!("hook:{n}")).collect();
    let mut own = Vec::new();
    for key in keys {
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
        use store::entity::message;
        let row = message::Entity::find().filter(message::Column::DedupeKey.eq(key));
        let row = row.one(desk.store.reader()).await?.context("it was written")?;
        states.insert(row.id, DeliveryState::Pending);
        own.push((row.id, row.address));
    }
    let mut tally = Tally::default();
    let mut past: Vec<(Wire, Option<(Uuid, DeliveryState)>)> = Vec::new();
    for i in 0..n {
        tally.calls += 1;
        let kind = lots.below(10);
        if kind >= 4 && !past.is_empty() {
            let (wire, about) = lots.one(&past).clone();
            if kind >= 7 {
                tally.falsified += 1;
                let status = wire.falsified(&mut lots).call(&http, to, host).await?;
                tally.falsified_accepted += u64::from(status < 400);
            } else {
                tally.repeated += 1;
                let status = wire.call(&http, to, host).await?;
                tally.refused_wrongly += u64::from(status >= 300);
            }
            tally.state_differs += u64::from(differs(desk, &states, about).await?);
            continue;
        }
        let (id, number) = lots.one(&own).clone();
        if kind == 3 {
            let sid = format!("SMhook{worker}x{i}");
            let word = *lots.one(&["STOP", "START", "stop please", "Stop."]);
            let fields =
                [("From", number.as_str()), ("To", "+441632960000"), ("Body", word), ("MessageSid", &sid)];
            let wire = Wire::signed(origin, INBOUND, "", &fields);
            let status = wire.call(&http, to, host).await?;
            tally.refused_wrongly += u64::from(status >= 300);
            tally.texts.insert(sid);
            past.push((wire, None));
            continue;
        }
        let (word, code) = *lots.one(&WORDS);
        let query = format!("id={id}");
        let mut fields = vec![("MessageSid", "SM1"), ("MessageStatus", word)];
        if !code.is_empty() {
            fields.push(("ErrorCode", code));
        }
        let wire = Wire::signed(origin, STATUS, &query, &fields);
        let status = wire.call(&http, to, host).await?;
        tally.refused_wrongly += u64::from(status >= 300);
        let before = states[&id];
        let said = messaging::sms::from_twilio(word, code.parse().ok());
        let after = before.advanced_by(said);
        tally.moved += u64::from(after != before);
        tally.out_of_order += u64::from(after == before && said != before);
        states.insert(id, after);
        let about = Some((id, said));
        tally.state_differs += u64::from(differs(desk, &states, about).await?);
        past.push((wire, about));
    }
    Ok(tally)
}

/// Whether the message is elsewhere than it should be by now.
async fn differs(
    desk: &Desk,
    states: &HashMap<Uuid, DeliveryState>,
    about: Option<(Uuid, DeliveryState)>,
) -> anyhow::Result<bool> {
    let Some((id, _)) = about else { return Ok(false) };
    let row = store::messages::by_id(desk.store.reader(), MessageId(id)).await?.context("it is there")?;
    Ok(row.state != states[&id].code())
}
