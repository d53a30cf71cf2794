//! The quality page: how long each leg takes, and what patients say.

use std::collections::HashMap;

use chrono::Duration;
use contract::{QualityPage, ReasonCount, StageLine};
use domain::Principal;
use domain::policy::{Capability, may};
use domain::referral::State;
use quality::stages::{Leg, Stamps, figures, summary};
use quality::{Answer, Score, score};

use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, facts};

/// How far back the page looks.
const DAYS: i64 = 365;

/// Stage times and survey results of the last year. Quality leads and administrators.
pub async fn page(desk: &Desk, call: &Call) -> Result<QualityPage, ServiceError> {
    let organisation = match (&call.actor.principal, may(&call.actor.principal, Capability::Quality)) {
        (Principal::Staff { organisation, .. }, true) => *organisation,
        _ => return Err(ServiceError::NotAllowed),
    };
    let db = desk.store.reader();
    let since = (call.now - Duration::days(DAYS)).timestamp_millis();
    let touched = Touched { organisation, entity: "survey", id: None, patient: None };
    desk.record_read(call, touched).await?;
    let mut stamps: HashMap<uuid::Uuid, Stamps> = HashMap::new();
    for step in store::quality::steps(db, organisation, since).await? {
        let at = Some(facts::instant(step.at));
        let stamp = stamps.entry(step.referral_id).or_default();
        let first = |slot: &mut Option<chrono::DateTime<chrono::Utc>>| *slot = slot.or(at);
        match State::from_code(&step.to_state) {
            Some(State::Sent) => first(&mut stamp.sent),
            Some(State::Received) => first(&mut stamp.received),
            Some(State::Accepted) => {
                first(&mut stamp.decided);
                first(&mut stamp.accepted);
            }
            Some(State::Booked) => first(&mut stamp.booked),
            Some(State::Seen) => first(&mut stamp.seen),
            Some(State::OutcomeReceived) => first(&mut stamp.report),
            Some(State::Closed) => {
                first(&mut stamp.closed);
                first(&mut stamp.ended);
            }
            Some(State::Declined | State::Redirected) => {
                first(&mut stamp.decided);
                first(&mut stamp.ended);
            }
            Some(State::Cancelled | State::EnteredInError) => first(&mut stamp.ended),
            _ => {}
        }
    }
    let stamps: Vec<Stamps> = stamps.into_values().collect();
    let stages = Leg::ALL
        .into_iter()
        .map(|leg| {
            let found = figures(leg, &stamps, call.now);
            let days = |seconds: Option<i64>| seconds.map(|seconds| seconds as f64 / 86_400.0);
            StageLine {
                leg: question(leg).to_owned(),
                sentence: summary(&found),
                finished: found.finished as u64,
                waiting: found.unfinished as u64,
                median_days: days(found.median_s),
                p80_days: days(found.p80_s),
            }
        })
        .collect();
    let rows = store::quality::answers(db, organisation, since).await?;
    let answers: Vec<Answer> = rows.iter().filter_map(|row| answer(row.overall)).collect();
    let result = score(&answers);
    let (positive, negative, spread) = match result {
        Score::Suppressed => (None, None, None),
        Score::Shown { positive, negative, .. } => {
            let mut spread = [0u64; 6];
            for row in &rows {
                if let Some(count) = usize::try_from(row.overall - 1).ok().and_then(|at| spread.get_mut(at)) {
                    *count += 1;
                }
            }
            (Some(positive), Some(negative), Some(spread))
        }
    };
    let comments = rows
        .into_iter()
        .filter(|_| spread.is_some())
        .filter_map(|row| row.comment.map(|comment| (row.service, comment)))
        .take(20)
        .collect();
    Ok(QualityPage {
        stages,
        invited: store::quality::invited(db, organisation, since).await?,
        answered: answers.len() as u64,
        positive,
        negative,
        sentence: result.words(),
        reasons: reasons(&store::quality::reasoned(db, organisation, since).await?),
        spread,
        comments,
        offers: crate::booking::waitlist::groups(desk, call, organisation).await?,
    })
}

/// Counted by act and label, the most frequent first.
fn reasons(events: &[store::quality::Reasoned]) -> Vec<ReasonCount> {
    let mut counts: HashMap<(String, String), i64> = HashMap::new();
    for event in events {
        let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap_or_default();
        if let Some(label) = detail["reason"]["label"].as_str() {
            *counts.entry((event.kind.clone(), label.to_owned())).or_default() += 1;
        }
    }
    let mut counts: Vec<_> =
        counts.into_iter().map(|((kind, label), count)| ReasonCount { kind, label, count }).collect();
    counts.sort_by(|a, b| (&a.kind, -a.count, &a.label).cmp(&(&b.kind, -b.count, &b.label)));
    counts
}

fn question(leg: Leg) -> &'static str {
    match leg {
        Leg::SentToReceived => "How long until a referral is received?",
        Leg::ReceivedToDecided => "How long do people wait for a decision?",
        Leg::AcceptedToBooked => "How long do people wait from accepted to booked?",
        Leg::BookedToSeen => "How long from booked to seen?",
        Leg::SeenToReport => "How long until the report goes back?",
        Leg::ReportToClosed => "How long until the referrer has read it?",
    }
}

fn answer(overall: i64) -> Option<Answer> {
    Some(match overall {
        1 => Answer::VeryGood,
        2 => Answer::Good,
        3 => Answer::Neither,
        4 => Answer::Poor,
        5 => Answer::VeryPoor,
        6 => Answer::DontKnow,
        _ => return None,
    })
}
