//! The last look at a message before it leaves: whether it still holds, whether the hour is decent where its receiver is, and
//! in which words and to which address it goes by now. What was planned weeks ago says what is true today.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::OrganisationId;
use domain::delivery::{Channel, DeliveryState};
use store::entity::{appointment, message, words_version};
use store::messages::around::{self, Around};
use store::messages::flight::{self, Fate, Lease};
use uuid::Uuid;

use super::told;
use super::wave::Ready;
use crate::outbox::{decent, fill_in};
use crate::ports::{MessageFacts, Outgoing, PushTarget, Template};
use crate::signed::{self, Use};
use crate::{Desk, ServiceError, facts};

/// Seconds within which what was written still holds.
const FRESH_S: i64 = 60;

/// What is done with a leased message.
enum Verdict {
    Send,
    /// In other words, or to another address.
    SendAnew(Box<message::Model>),
    /// Not before then.
    Later(DateTime<Utc>),
    /// Never: a code, words for the trace, and whether somebody has to see to it.
    Never {
        code: &'static str,
        why: &'static str,
        needs_person: Option<&'static str>,
    },
}

/// Answers those that leave now; the others are withheld, or wait for another hour.
pub(super) async fn all(
    desk: &Desk,
    lease: Lease,
    rows: Vec<message::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<Ready>, ServiceError> {
    let around = around::around(desk.store.reader(), &rows).await?;
    let words = words(desk, &rows, now).await?;
    let mut ready = Vec::with_capacity(rows.len());
    let mut other = Vec::new();
    for row in rows {
        match verdict(desk, &row, &around, &words, now) {
            Verdict::Send => ready.push(row),
            verdict => other.push((row, verdict)),
        }
    }
    if !other.is_empty() {
        let at = now.timestamp_millis();
        let tx = desk.store.write_tx().await?;
        let mut happened = Vec::new();
        for (row, verdict) in other {
            match verdict {
                Verdict::Send => ready.push(row),
                Verdict::SendAnew(anew) => {
                    if flight::reword(&tx, lease.id, &anew).await? {
                        ready.push(*anew);
                    }
                }
                Verdict::Later(due) => {
                    flight::put_back(&tx, lease.id, &[row.id], Some(due.timestamp_millis())).await?;
                }
                Verdict::Never { code, why, needs_person } => {
                    let fate = Fate {
                        final_at: Some(at),
                        error: Some(why),
                        error_code: Some(code),
                        needs_person,
                        forget: Template::from_code(&row.template)
                            .is_none_or(Template::is_secret)
                            .then_some(super::NOT_KEPT),
                        ..Fate::default()
                    };
                    let from = (DeliveryState::Sending, Some(lease.id));
                    if flight::settle(&tx, row.id, from, DeliveryState::Withheld, &fate).await? {
                        happened.push(told(&row, now, "withheld", DeliveryState::Withheld, why));
                        if code == "gone" {
                            flight::hasten(&tx, row.id, at).await?;
                        }
                    }
                }
            }
        }
        store::messages::add_attempts(&tx, &happened).await?;
        tx.commit().await?;
    }
    ready
        .into_iter()
        .map(|row| {
            let outgoing = outgoing_of(desk, &row, &around)?;
            Ok(Ready { row, outgoing })
        })
        .collect()
}

/// The own words of the organisations whose messages have waited.
async fn words(
    desk: &Desk,
    rows: &[message::Model],
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Vec<words_version::Model>>, ServiceError> {
    let mut all = HashMap::new();
    for row in rows.iter().filter(|row| has_waited(row, now) && row.facts.is_some()) {
        if let std::collections::hash_map::Entry::Vacant(place) = all.entry(row.organisation_id) {
            let organisation = OrganisationId(row.organisation_id);
            place.insert(store::words::live_of_all(desk.store.reader(), organisation).await?);
        }
    }
    Ok(all)
}

fn has_waited(row: &message::Model, now: DateTime<Utc>) -> bool {
    now.timestamp_millis() - row.created_at > FRESH_S * 1000
}

fn verdict(
    desk: &Desk,
    row: &message::Model,
    around: &Around,
    words: &HashMap<Uuid, Vec<words_version::Model>>,
    now: DateTime<Utc>,
) -> Verdict {
    let at = now.timestamp_millis();
    let never = |code, why| Verdict::Never { code, why, needs_person: None };
    let visit = row.appointment_id.and_then(|id| around.appointments.get(&id));
    // A reminder that was late because nothing could leave is not missed by the clinic: the visit is still ahead.
    let ahead = visit.is_some_and(|visit| visit.start_at > at) && row.person_id.is_none();
    let too_late = |why| Verdict::Never {
        code: "too-late",
        why,
        needs_person: (ahead && row.channel != Channel::Push.code()).then_some("too-late"),
    };
    if row.expires_at.is_some_and(|until| until < at) && holds(row, visit, at) {
        return too_late("it would have come too late");
    }
    if row.expires_at.is_some_and(|until| until < at) {
        return never("over", "the time no longer holds");
    }
    if row.channel == Channel::Push.code()
        && !around::browser_of(row).is_some_and(|id| around.browsers.contains_key(&id))
    {
        return never("gone", "the browser no longer takes notices");
    }
    if row.parent_id.is_some_and(|first| around.read.contains(&first)) {
        return never("read", "its receiver has read it by another way");
    }
    let patient = row.patient_id.and_then(|id| around.patients.get(&id));
    if patient.is_some_and(|patient| patient.deceased) {
        return never("died", "its receiver has died");
    }
    match row.campaign_id.and_then(|id| around.standing_still.get(&id)).map(String::as_str) {
        Some("cancelled") => return never("cancelled", "the sending to many was cancelled"),
        Some(_) => return Verdict::Later(facts::instant(store::campaigns::HELD)),
        None => {}
    }
    if !holds(row, visit, at) {
        return never("over", "the time no longer holds");
    }
    let zone = patient.and_then(|patient| patient.zone.as_deref()).unwrap_or(&row.zone);
    let zone: Option<Tz> = zone.parse().ok();
    if let Some(zone) = zone.filter(|_| row.polite) {
        let hour = decent(now, zone, desk.settings.quiet);
        if hour > now {
            return match row.expires_at.is_some_and(|until| until < hour.timestamp_millis()) {
                true => too_late("it would have come at night, or too late"),
                false => Verdict::Later(hour),
            };
        }
    }
    let is_bad = |address: &str| around.bad.contains(&(row.channel.clone(), address.to_owned()));
    if patient.is_some() && is_bad(&row.address) {
        let moved = match row.channel.as_str() {
            "sms" => patient.and_then(|patient| patient.phone.as_deref()),
            "email" => patient.and_then(|patient| patient.email.as_deref()),
            _ => None,
        };
        if moved.is_none_or(is_bad) {
            return Verdict::Never {
                code: "bad-address",
                why: "nothing arrives at this address any more",
                needs_person: Some("failed"),
            };
        }
    }
    let Some(patient) = patient.filter(|_| has_waited(row, now)) else {
        return Verdict::Send;
    };
    let address = match row.channel.as_str() {
        "sms" => patient.phone.as_ref(),
        "email" => patient.email.as_ref(),
        _ => Some(&row.address),
    };
    let Some(address) = address else {
        return Verdict::Never {
            code: "unreachable",
            why: "its receiver has no such address any more",
            needs_person: Some("unreachable"),
        };
    };
    let mut anew = row.clone();
    anew.address.clone_from(address);
    let template = Template::from_code(&row.template);
    let said = row.facts.as_deref().and_then(|facts| serde_json::from_str::<MessageFacts>(facts).ok());
    if let (Some(template), Some(mut said)) = (template, said) {
        said.now = now;
        said.first_name = facts::first_name(patient);
        if let Some(visit) = visit
            && let Some((_, zone)) = said.visit
        {
            said.visit = Some((facts::instant(visit.start_at), visit.zone.parse().unwrap_or(zone)));
        }
        let own = words.get(&row.organisation_id).map_or(&[][..], Vec::as_slice);
        fill_in(desk, &mut anew, template, own, &said, patient.language.as_deref());
    }
    if anew == *row { Verdict::Send } else { Verdict::SendAnew(Box::new(anew)) }
}

/// Whether what a message says of its visit is still so.
fn holds(row: &message::Model, visit: Option<&appointment::Model>, at: i64) -> bool {
    visit.is_none_or(|visit| match Template::from_code(&row.template) {
        Some(template) if template.reminds_of_visit() => visit.state == "booked" && visit.start_at > at,
        // It says when the visit is: another time is another message.
        Some(template) if template.is_for_many() => visit.state == "booked" && says_when(row, visit.start_at),
        Some(Template::BookingConfirmed | Template::BookingChanged | Template::CalendarRenewed) => {
            visit.state == "booked"
        }
        Some(Template::TimeOffered | Template::OtherTimeOffered) => {
            visit.state == "held" && visit.hold_expires_at.is_some_and(|until| until > at)
        }
        _ => true,
    })
}

/// As [`holds`], looked up.
pub(super) async fn holds_by_now(
    db: &impl store::Db,
    row: &message::Model,
    now: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    let around = around::around(db, std::slice::from_ref(row)).await?;
    let visit = row.appointment_id.and_then(|id| around.appointments.get(&id));
    Ok(holds(row, visit, now.timestamp_millis()))
}

/// Whether a message says that the visit begins at this instant (ms).
fn says_when(row: &message::Model, start_at: i64) -> bool {
    let said = row.facts.as_deref().and_then(|facts| serde_json::from_str::<MessageFacts>(facts).ok());
    said.and_then(|said| said.visit).is_some_and(|(at, _)| at.timestamp_millis() == start_at)
}

/// From when on a message says nothing of use any more; `None`: it always does.
pub(crate) async fn pointless_from(
    db: &impl store::Db,
    row: &message::Model,
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    let around = around::around(db, std::slice::from_ref(row)).await?;
    let visit = row.appointment_id.and_then(|id| around.appointments.get(&id));
    let of_visit = visit.map(|visit| match Template::from_code(&row.template) {
        Some(Template::TimeOffered | Template::OtherTimeOffered) => visit.hold_expires_at.unwrap_or_default(),
        _ => visit.start_at,
    });
    Ok(of_visit.or(row.expires_at).map(facts::instant))
}

/// A message as its channel wants it; `None`: its browser takes no notices any more.
pub(super) async fn outgoing(desk: &Desk, row: &message::Model) -> Result<Option<Outgoing>, ServiceError> {
    let around = around::around(desk.store.reader(), std::slice::from_ref(row)).await?;
    let outgoing = outgoing_of(desk, row, &around)?;
    Ok(Some(outgoing).filter(|one| one.channel != Channel::Push || one.push.is_some()))
}

fn outgoing_of(desk: &Desk, row: &message::Model, around: &Around) -> Result<Outgoing, ServiceError> {
    let channel = Channel::from_code(&row.channel)
        .ok_or_else(|| ServiceError::Broken(format!("message {}: unknown channel", row.id)))?;
    let browser = around::browser_of(row).and_then(|id| around.browsers.get(&id));
    let push = browser.filter(|_| channel == Channel::Push).map(|known| PushTarget {
        endpoint: known.endpoint.clone(),
        p256dh: known.p256dh.clone(),
        auth: known.auth.clone(),
    });
    let is_mail = channel == Channel::Email;
    let can_end = Template::from_code(&row.template).is_some_and(Template::can_be_ended);
    let unsubscribe = (is_mail && can_end).then(|| {
        let name = signed::name(desk, Use::Unsubscribe, row.id);
        format!("{}/unsubscribe/{name}", desk.settings.public_url)
    });
    Ok(Outgoing {
        id: row.id,
        unsubscribe,
        bounce_token: is_mail.then(|| signed::name(desk, Use::Bounce, row.id)),
        channel,
        address: row.address.clone(),
        subject: row.subject.clone(),
        body: row.body.clone(),
        html: row.html.clone(),
        calendar: row.calendar.clone().zip(row.calendar_method.clone()),
        push,
        first_tried_at: facts::instant(row.created_at),
    })
}
