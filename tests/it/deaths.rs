//! Somebody has died: nothing is sent, offered or asked any more, and a person sees to what is left.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use contract::{DeathInput, WaitingInput};
use domain::ReferralId;
use harness::{TestApp, both};
use service::{ServiceError, booking, clock, deaths, import, jobs};

use crate::sessions::{diary, free_day, must_book, no_sessions, session, times_on};

fn sure() -> DeathInput {
    DeathInput { sure: "yes".to_owned(), ..DeathInput::default() }
}

async fn die(app: &TestApp, id: ReferralId) {
    deaths::record(&app.desk, &app.call("coordinator").await, id, &sure()).await.expect("recorded");
}

async fn of(app: &TestApp, what: &str, id: ReferralId) -> i64 {
    app.count(&format!("select count(*) as n from {what} and referral_id = {}", app.literal(id.0))).await
}

/// A booked visit of somebody who has reminders to come, in words.
async fn booked(app: &TestApp) -> ReferralId {
    no_sessions(app).await;
    session(app, diary(app).await, |_| ()).await;
    let id = app.an_accepted_referral().await;
    let day = free_day(app, 20).await;
    let slot = times_on(app, id, day).await.remove(0);
    must_book(app, id, &slot).await;
    id
}

both! {
    async fn all_that_waits_for_somebody_who_died_ends_at_once_and_a_person_has_the_referral(app) {
        let id = booked(app).await;
        assert!(of(app, "message where state = 'created' and patient_id is not null", id).await > 2);
        let staff = app.sign_in("coordinator").await;
        let path = format!("/referrals/{id}/death");
        staff.get(&format!("/referrals/{id}")).await.must_say(&path);
        staff.get(&path).await.must_say("1 visit to come").must_say("given to a person each");
        staff.post(&path, &[]).await.must_lead_to(&path);
        staff.get(&path).await.must_say("Make sure that it is this person");
        assert_eq!(of(app, "appointment where state = 'booked'", id).await, 1);
        let form = [("sure", "yes"), ("died_day", "1"), ("died_month", "1"), ("died_year", "2026")];
        staff.post(&path, &form).await.must_lead_to(&format!("/referrals/{id}"));
        let page = staff.get(&format!("/referrals/{id}")).await.must_say("Recorded. Nothing is sent").text();
        assert!(page.contains("Died on Thursday 1 January"), "{page}");
        assert_eq!(of(app, "message where state in ('created', 'sending', 'technical-failure') and patient_id is not null", id).await, 0);
        assert_eq!(of(app, "appointment where state in ('booked', 'held')", id).await, 0);
        assert_eq!(of(app, "chase where 1 = 1", id).await, 0);
        assert_eq!(of(app, "task where kind = 'patient-died' and done_at is null", id).await, 1);
        let row = app.referral(id).await;
        assert!(row.owner_organisation_id.is_some() && row.next_action.is_some() && row.due_at.is_some());
        let told = "message where error = 'the patient has died'";
        assert!(of(app, told, id).await > 0);
        // The visit that is lost says nothing to the dead.
        assert_eq!(of(app, "message where template = 'booking-cancelled' and patient_id is not null", id).await, 0);
        for days in [1, 8, 30] {
            jobs::chase(&app.desk, clock::now() + Duration::days(days)).await.expect("looked");
            jobs::see_on(&app.desk, clock::now() + Duration::days(days)).await.expect("looked");
        }
        let later = clock::now() + Duration::days(30);
        jobs::dispatch(&app.desk, later).await.expect("sent");
        assert_eq!(of(app, "message where patient_id is not null and state not in ('withheld')", id).await, 0);
        staff.get(&path).await.must_say("They died on Thursday 1 January");
        let again = deaths::record(&app.desk, &app.call("coordinator").await, id, &sure()).await;
        assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
        app.leaves_messages();
    }

    async fn a_place_on_the_waiting_list_and_an_offered_time_go_back(app) {
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let id = app.an_accepted_referral().await;
        let call = app.patient_call(id).await;
        booking::waitlist::join(&app.desk, &call, id, &WaitingInput::default()).await.expect("waits");
        app.offer(id).await;
        assert_eq!(of(app, "appointment where state = 'held'", id).await, 1);
        die(app, id).await;
        assert_eq!(of(app, "appointment where state in ('booked', 'held')", id).await, 0);
        assert_eq!(of(app, "waitlist_entry where state = 'waiting'", id).await, 0);
        app.must_be_in(id, "accepted").await;
        app.leaves_messages();
    }

    async fn what_was_entered_in_error_is_taken_back_and_somebody_calls(app) {
        let id = app.an_accepted_referral().await;
        die(app, id).await;
        let staff = app.sign_in("coordinator").await;
        let path = format!("/referrals/{id}/death");
        let undo = format!("{path}/undo");
        staff.post(&undo, &[("why", "")]).await.must_lead_to(&path);
        staff.get(&path).await.must_say("how you know that they live");
        staff.post(&undo, &[("why", "They called us.")]).await.must_lead_to(&format!("/referrals/{id}"));
        let page = staff.get(&format!("/referrals/{id}")).await.text();
        assert!(!page.contains("Has died") && page.contains("entered in error"), "{page}");
        assert_eq!(of(app, "task where kind = 'patient-lives'", id).await, 1);
        assert_eq!(of(app, "chase where what = 'choose-time'", id).await, 1);
        // It can be true another time.
        die(app, id).await;
        assert_eq!(app.count("select count(*) as n from death").await, 2);
        app.leaves_messages();
    }

    async fn nobody_outside_records_a_death_and_whoever_refers_may(app) {
        let id = app.a_sent_referral().await;
        let refused = deaths::record(&app.desk, &app.patient_call(id).await, id, &sure()).await;
        assert!(matches!(refused, Err(ServiceError::NotAllowed)), "{refused:?}");
        let other = deaths::record(&app.desk, &app.call("other-referrer").await, id, &sure()).await;
        assert!(matches!(other, Err(ServiceError::NotFound)), "{other:?}");
        deaths::record(&app.desk, &app.call("referrer").await, id, &sure()).await.expect("recorded");
        assert_eq!(of(app, "task where kind = 'patient-died'", id).await, 1);
        app.leaves_messages();
    }

    async fn nothing_is_handed_over_after_a_death_was_recorded_while_dispatchers_run(app) {
        let mut ids = Vec::new();
        for _ in 0..12 {
            ids.push(app.a_sent_referral().await);
        }
        let patient = app.patient_of(ids[0]).await;
        assert_eq!(app.patient_of(ids[11]).await.id, patient.id, "all are one person's");
        let over = AtomicBool::new(false);
        let dispatch = async || {
            while !over.load(Ordering::SeqCst) {
                jobs::dispatch(&app.desk, clock::now()).await.expect("sent");
                tokio::task::yield_now().await;
            }
        };
        let recorded = async {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            die(app, ids[0]).await;
            let handed = (app.twilio.all().len(), app.mails().len());
            // Whatever would still be sent is sent now.
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            over.store(true, Ordering::SeqCst);
            handed
        };
        let (handed, ..) = tokio::join!(recorded, dispatch(), dispatch());
        let to_patient = |mails: usize| mails;
        assert_eq!(app.twilio.all().len(), handed.0);
        let late = "select count(*) as n from message m join death d on d.patient_id = m.patient_id \
                    where m.handing_at > d.recorded_at + 1000";
        assert_eq!(app.count(late).await, 0);
        let left = "select count(*) as n from message where patient_id is not null and state in ('created', 'sending', 'technical-failure')";
        let left = format!("{left} and patient_id = {}", app.literal(patient.id));
        assert_eq!(app.count(&left).await, 0);
        assert!(to_patient(app.mails().len()) >= handed.1);
        app.leaves_messages();
    }

    async fn an_import_that_says_so_ends_it_too_and_once(app) {
        let id = booked(app).await;
        let patient = app.patient_of(id).await;
        let number = patient.nhs_number.clone().expect("a number");
        let bundle = serde_json::json!({
            "resourceType": "Bundle", "type": "collection",
            "entry": [{ "fullUrl": "urn:uuid:5f0f7f0a-9a57-4c4b-8c64-6f1f4d6f2a01", "resource": {
                "resourceType": "Patient", "id": "dead",
                "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": number }],
                "name": [{ "family": patient.family, "given": [patient.given] }],
                "deceasedBoolean": true,
            } }],
        });
        let bytes = bundle.to_string().into_bytes();
        let into = Some(domain::OrganisationId(patient.organisation_id));
        for _ in 0..2 {
            let call = service::Call::new(domain::Actor::system("import", uuid::Uuid::from_bytes(rand::random())), clock::now());
            let report = import::fhir(&app.desk, &call, "dead.json", &bytes, into, import::Mode::Write).await.expect("read");
            assert_eq!(report.outcome, import::Outcome::Imported, "{report:?}");
        }
        assert_eq!(app.count("select count(*) as n from death where source = 'import'").await, 1);
        assert_eq!(of(app, "appointment where state = 'booked'", id).await, 0);
        assert_eq!(of(app, "task where kind = 'patient-died'", id).await, 1);
        app.leaves_messages();
    }
}
