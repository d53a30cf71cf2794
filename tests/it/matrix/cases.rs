//! Referrals in the states in which something can be done to them.

use contract::{
    DraftInput, HoldOutcome, NewReferral, PassOnInput, PauseInput, SlotInput, TextInput, TimesQuery,
    TriageInput,
};
use domain::ReferralId;
use harness::{PDF, TestApp};
use service::referrals::{self, Added, NewDocument};
use service::{Call, booking, clock};
use uuid::Uuid;

use super::world::Person;

pub const STAGES: [&str; 11] = [
    "draft",
    "sent",
    "asked",
    "open",
    "booked",
    "reported",
    "closed",
    "paused",
    "cancelling",
    "declined",
    "advice",
];

const LETTER: &str = "Palpitations on most days for three months, with one faint. ECG attached. \
                      Please assess and advise on treatment.";

/// A referral with what hangs on it.
#[derive(Debug, Clone)]
pub struct Case {
    pub organisation: Uuid,
    pub referral: ReferralId,
    pub document: Uuid,
    pub message: Uuid,
}

/// Where referrals go, and who decides on them there.
pub struct House {
    pub organisation: Uuid,
    pub service: Uuid,
    pub room: Uuid,
    pub decides: Person,
}

/// Makes a referral and brings it to a stage. `redirect`: on the way it is sent on to another house, and goes on there.
pub async fn make(
    app: &TestApp,
    from: &Person,
    to: &House,
    patient: Uuid,
    stage: &str,
    redirect: Option<&House>,
) -> Case {
    // A question to a colleague is not redirected; it was asked of the other house from the beginning.
    let (to, redirect) = match redirect.filter(|_| stage == "advice") {
        Some(away) => (away, None),
        None => (to, redirect),
    };
    let (mut referral, mut document) = begun(app, from, to, patient, stage).await;
    // What was redirected is a draft nowhere.
    let stage = if redirect.is_some() && stage == "draft" { "sent" } else { stage };
    let mut house = to;
    if stage != "draft" {
        let version = version(app, referral).await;
        let input = DraftInput {
            version,
            priority: "routine".to_owned(),
            reason: LETTER.to_owned(),
            ..DraftInput::default()
        };
        referrals::send(&app.desk, &from.call(), referral, &input).await.expect("sent");
        if let Some(away) = redirect {
            (referral, document) = redirected(app, referral, to, away).await;
            house = away;
        }
        advance(app, from, house, referral, stage).await;
    }
    let literal = app.literal(referral.0);
    let text = if app.kind == harness::Kind::Postgres { "id::text" } else { "lower(hex(id))" };
    let messages = app.texts(&format!("select {text} as t from message where referral_id = {literal} and recipient like 'patient:%' limit 1")).await;
    let message = messages.first().and_then(|id| id.parse().ok()).unwrap_or_else(Uuid::nil);
    Case { organisation: house.organisation, referral, document, message }
}

async fn begun(app: &TestApp, from: &Person, to: &House, patient: Uuid, stage: &str) -> (ReferralId, Uuid) {
    let is_advice = stage == "advice";
    let flag = if is_advice { "1" } else { "" };
    let new = NewReferral {
        patient: patient.to_string(),
        service: to.service.to_string(),
        kind: if is_advice { "advice" } else { "referral" }.to_owned(),
        may_turn: flag.to_owned(),
        patient_sees: flag.to_owned(),
        ..NewReferral::default()
    };
    let id = referrals::begin(&app.desk, &from.call(), &new).await.expect("begun");
    let file = NewDocument {
        kind: "other".to_owned(),
        file_name: "letter.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: PDF.to_vec(),
    };
    let Added::New(line) = referrals::add_document(&app.desk, &from.call(), id, file).await.expect("added")
    else {
        panic!("a new document");
    };
    (id, line.id.parse().expect("an id"))
}

async fn redirected(app: &TestApp, id: ReferralId, from: &House, to: &House) -> (ReferralId, Uuid) {
    let input = PassOnInput {
        version: version(app, id).await,
        service: to.service.to_string(),
        patient_line: "They see you sooner.".to_owned(),
        text: "Closer to home".to_owned(),
        ..PassOnInput::default()
    };
    let next = referrals::redirect(&app.desk, &from.decides.call(), id, &input).await.expect("redirected");
    let row = app.referral(next).await;
    let documents =
        store::documents::of_referral(app.desk.store.reader(), &row).await.expect("documents can be read");
    (next, documents[0].id)
}

async fn version(app: &TestApp, id: ReferralId) -> i64 {
    app.referral(id).await.version
}

async fn decide(app: &TestApp, call: &Call, id: ReferralId, outcome: &str) {
    let input = TriageInput {
        version: version(app, id).await,
        outcome: outcome.to_owned(),
        priority: "routine".to_owned(),
        patient_line: "A line for the patient.".to_owned(),
        ..TriageInput::default()
    };
    referrals::triage(&app.desk, call, id, &input).await.expect(outcome);
}

/// From sent to the stage.
async fn advance(app: &TestApp, from: &Person, house: &House, id: ReferralId, stage: &str) {
    let (desk, call) = (&app.desk, house.decides.call());
    let text =
        |version: i64| TextInput { version, text: "Seen and treated.".to_owned(), ..TextInput::default() };
    match stage {
        "sent" => return,
        "asked" => return decide(app, &call, id, "ask").await,
        "declined" => return decide(app, &call, id, "decline").await,
        "advice" => {
            let version = version(app, id).await;
            return referrals::acknowledge(desk, &call, id, version).await.expect("acknowledged");
        }
        "paused" => {
            let day = clock::now().date_naive() + chrono::Duration::days(30);
            let part = |what: &str| day.format(what).to_string();
            let input = PauseInput {
                version: version(app, id).await,
                until_day: part("%-d"),
                until_month: part("%-m"),
                until_year: part("%Y"),
                text: "Away until then".to_owned(),
                ..PauseInput::default()
            };
            return referrals::pause(desk, &call, id, &input).await.expect("paused");
        }
        _ => decide(app, &call, id, "accept").await,
    }
    match stage {
        "open" => {}
        "booked" => {
            let from = (clock::now().date_naive() + chrono::Duration::days(7)).to_string();
            let query = TimesQuery { from, ..TimesQuery::default() };
            let times = booking::times(desk, &call, id, &query).await.expect("times");
            let offer =
                times.all.iter().find(|offer| offer.resource == house.room.to_string()).expect("a free time");
            let slot = SlotInput {
                resource: offer.resource.clone(),
                start: offer.start.clone(),
                ..SlotInput::default()
            };
            let booked = booking::staff_book(desk, &call, id, &slot).await.expect("booked");
            assert!(matches!(booked, HoldOutcome::Held { .. }), "{booked:?}");
        }
        "cancelling" => {
            let input = text(version(app, id).await);
            referrals::request_cancellation(desk, &from.call(), id, &input).await.expect("asked for");
        }
        "reported" | "closed" => {
            referrals::report(desk, &call, id, &text(version(app, id).await), None).await.expect("reported");
            if stage == "closed" {
                let version = version(app, id).await;
                referrals::acknowledge_report(desk, &from.call(), id, version).await.expect("read");
            }
        }
        _ => panic!("there is no stage {stage}"),
    }
}
