//! Asking a specialist for advice, the answer, and the referral that may come of it.

use contract::{AdviceInput, DraftInput, NewReferral, TextInput, TriageInput};
use domain::ReferralId;
use domain::referral::Act;
use harness::{TestApp, both};
use service::referrals::{self, NewDocument};
use service::{Conflict, ServiceError};

const QUESTION: &str =
    "Palpitations on most days for three months, ECG normal. Is a longer recording of use?";

/// A question to the heart clinic that was sent; `may_turn`, "1": the specialist may make a referral of it.
async fn asked(app: &TestApp, may_turn: &str) -> ReferralId {
    let call = app.call("referrer").await;
    let input = NewReferral {
        patient: app.patients().await[0].id.to_string(),
        service: app.service("Heart clinic").await.to_string(),
        kind: "advice".to_owned(),
        may_turn: may_turn.to_owned(),
        ..NewReferral::default()
    };
    let id = referrals::begin(&app.desk, &call, &input).await.expect("begun");
    let version = app.referral(id).await.version;
    let input = DraftInput {
        version,
        priority: "routine".to_owned(),
        reason: QUESTION.to_owned(),
        ..DraftInput::default()
    };
    referrals::send(&app.desk, &call, id, &input).await.expect("needs no documents");
    id
}

async fn answer(app: &TestApp, id: ReferralId, outcome: &str) {
    let form =
        [("advise-outcome", outcome), ("advise-text", "A seven-day recorder, and stop the decongestant.")];
    app.act("specialist", id, "advise", &form).await;
    app.must_be_in(id, "outcome-received").await;
}

async fn turn(app: &TestApp, role: &str, id: ReferralId) -> Result<ReferralId, ServiceError> {
    let input = TextInput {
        version: app.referral(id).await.version,
        text: "As agreed.".to_owned(),
        ..TextInput::default()
    };
    referrals::turn_into_referral(&app.desk, &app.call(role).await, id, &input).await
}

both! {
    async fn a_question_is_answered_and_closed_without_the_patient_being_told(app) {
        let texts = app.twilio.all().len();
        let id = asked(app, "").await;
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), texts, "nothing is said to the patient");
        let hidden = referrals::watch(&app.desk, &app.patient_call(id).await, id).await;
        assert!(matches!(hidden, Err(ServiceError::NotFound)), "{hidden:?}");
        let specialist = app.sign_in("specialist").await;
        specialist.get(&format!("/referrals/{id}")).await.must_be(200)
            .must_say("Request for advice").must_say("The patient does not see this request");
        app.act("coordinator", id, "acknowledge", &[]).await;
        let row = app.referral(id).await;
        assert_eq!(row.next_action.as_deref(), Some("give-advice"));
        let usual = app.a_sent_referral().await;
        app.act("coordinator", usual, "acknowledge", &[]).await;
        assert!(row.due_at < app.referral(usual).await.due_at, "an answer is due before a decision would be");
        // Nobody is invited to anything.
        let accept = TriageInput {
            version: row.version, outcome: "accept".to_owned(), priority: "routine".to_owned(), ..TriageInput::default()
        };
        let refused = referrals::triage(&app.desk, &app.call("specialist").await, id, &accept).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(Conflict::State { .. }))), "{refused:?}");
        let input = AdviceInput { version: row.version, outcome: "advice".to_owned(), text: "x".to_owned() };
        let refused = referrals::advise(&app.desk, &app.call("coordinator").await, id, &input).await;
        assert!(matches!(refused, Err(ServiceError::NotAllowed)), "{refused:?}");
        let empty = AdviceInput { text: " ".to_owned(), ..input };
        let refused = referrals::advise(&app.desk, &app.call("specialist").await, id, &empty).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(fields)) if fields[0].field == "text"));
        answer(app, id, "advice").await;
        app.deliver().await;
        assert!(app.mails().iter().any(|mail| mail.subject.contains("was answered")));
        let referrer = app.sign_in("referrer").await;
        referrer.get(&format!("/referrals/{id}")).await.must_be(200).must_say("stop the decongestant");
        app.act("referrer", id, "acknowledge-report", &[]).await;
        app.must_be_in(id, "closed").await;
        let of = app.literal(id.0);
        assert_eq!(app.count(&format!("select count(*) as n from survey where referral_id = {of}")).await, 0);
        app.deliver().await;
    }

    async fn a_specialist_asks_the_referrer_for_more_before_answering_and_the_patient_hears_nothing(app) {
        let texts = app.twilio.all().len();
        let id = asked(app, "").await;
        let specialist = app.sign_in("specialist").await;
        let page = specialist.get(&format!("/referrals/{id}")).await.must_be(200).must_say("Ask for more, or give no advice").text();
        assert!(!page.contains("triage-patient_line") && !page.contains("triage-ask_of") && !page.contains("triage-priority"), "{page}");
        let ask = [("triage-outcome", "ask"), ("triage-ask_reason", "more-history"), ("triage-comment", "")];
        app.act("specialist", id, "triage", &ask).await;
        specialist.get(&format!("/referrals/{id}")).await.must_say("Write what you need to know from the referrer");
        let ask = [("triage-outcome", "ask"), ("triage-ask_reason", "more-history"), ("triage-comment", "Which beta blocker?")];
        app.act("specialist", id, "triage", &ask).await;
        app.must_be_in(id, "info-needed").await;
        let row = app.referral(id).await;
        assert_eq!((row.asked_of.as_deref(), row.next_action.as_deref()), (Some("referrer"), Some("referrer-answers")));
        app.deliver().await;
        let mail = app.mails().pop().expect("the referrer is told");
        assert!(mail.to.contains(&app.staff("referrer").await.email), "{:?}", mail.to);
        app.sign_in("referrer").await.get(&format!("/referrals/{id}")).await.must_say("Which beta blocker?");
        app.act("referrer", id, "answer", &[("answer-text", "Bisoprolol 2.5 mg.")]).await;
        let row = app.referral(id).await;
        assert_eq!((row.state.as_str(), row.next_action.as_deref()), ("received", Some("give-advice")));
        answer(app, id, "advice").await;
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), texts, "nothing is said to the patient");
    }

    async fn advice_is_refused_with_a_reason_that_the_referrer_reads_and_the_question_can_be_asked_again(app) {
        let texts = app.twilio.all().len();
        let id = asked(app, "").await;
        let decline = [("triage-outcome", "decline"), ("triage-decline_reason", ""), ("triage-comment", "Ask the pharmacist.")];
        app.act("specialist", id, "triage", &decline).await;
        app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await.must_say("Choose the reason that fits best");
        let decline = [("triage-outcome", "decline"), ("triage-decline_reason", "other"), ("triage-comment", "")];
        app.act("specialist", id, "triage", &decline).await;
        app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await.must_say("says too little alone");
        app.must_be_in(id, "sent").await;
        // A coordinator neither gives advice nor refuses it.
        let decline = [("triage-outcome", "decline"), ("triage-decline_reason", "other-service"), ("triage-comment", "Ask the pharmacist.")];
        let refused = app.sign_in("coordinator").await.post(&format!("/referrals/{id}/triage"), &decline).await;
        refused.must_be(403);
        app.act("specialist", id, "triage", &decline).await;
        app.must_be_in(id, "declined").await;
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), texts, "nothing is said to the patient");
        let referrer = app.sign_in("referrer").await;
        referrer.get(&format!("/referrals/{id}")).await.must_be(200)
            .must_say("Another kind of service fits better").must_say("Ask the pharmacist.").must_say("act-resubmit");
        app.resubmit(id).await;
        let of = app.literal(id.0);
        assert_eq!(app.count(&format!("select count(*) as n from referral where parent_id = {of} and kind = 'advice' and state = 'draft'")).await, 1);
    }

    async fn please_refer_becomes_a_referral_with_question_answer_and_documents(app) {
        let id = asked(app, "").await;
        let call = app.call("referrer").await;
        let document = NewDocument {
            kind: "ecg".to_owned(),
            file_name: "ecg.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: harness::PDF.to_vec(),
        };
        referrals::add_document(&app.desk, &call, id, document).await.expect("added");
        answer(app, id, "refer").await;
        app.deliver().await;
        let texts = app.twilio.all().len();
        let next = turn(app, "referrer", id).await.expect("made");
        let (old, new) = (app.referral(id).await, app.referral(next).await);
        assert_eq!((old.state.as_str(), new.kind.as_str(), new.parent_id), ("closed", "referral", Some(id.0)));
        assert!(new.reason.starts_with(QUESTION) && new.reason.contains("stop the decongestant"), "{}", new.reason);
        let of = app.literal(next.0);
        let documents = format!("select count(*) as n from document where referral_id = {of}");
        assert_eq!(app.count(&documents).await, 1);
        assert_eq!(new.state, "sent", "it has all that the service wants");
        let referrer = app.sign_in("referrer").await;
        referrer.get(&format!("/referrals/{next}")).await.must_be(200).must_say("Continues").must_say(&old.reference);
        let again = turn(app, "referrer", id).await;
        assert!(matches!(again, Err(ServiceError::Conflict(_))), "once: {again:?}");
        app.deliver().await;
        assert!(app.twilio.all().len() > texts, "now the patient is told");
    }

    async fn what_the_service_still_wants_is_added_to_a_draft(app) {
        let id = asked(app, "").await;
        let next = turn(app, "referrer", id).await.expect("before there is an answer, too");
        app.must_be_in(next, "draft").await;
        app.must_be_in(id, "closed").await;
        app.deliver().await;
    }

    async fn the_specialist_makes_a_referral_of_it_only_where_the_referrer_agreed(app) {
        let (closed, open) = (asked(app, "").await, asked(app, "1").await);
        let refused = turn(app, "specialist", closed).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(Conflict::TurningNotAgreed))), "{refused:?}");
        let specialist = app.sign_in("specialist").await;
        let page = specialist.get(&format!("/referrals/{closed}")).await.must_be(200).text();
        assert!(!page.contains("act-turn-into-referral"), "{page}");
        specialist.get(&format!("/referrals/{open}")).await.must_be(200).must_say("act-turn-into-referral");
        let next = turn(app, "specialist", open).await.expect("agreed");
        let row = app.referral(next).await;
        assert_eq!((row.state.as_str(), row.next_action.as_deref()), ("received", Some("triage")));
        let page = referrals::detail(&app.desk, &app.call("specialist").await, next).await.expect("read");
        assert!(page.acts.contains(&Act::Accept) && !page.acts.contains(&Act::Advise));
        app.deliver().await;
        app.as_patient(next).await.get("/my").await.must_be(200);
    }

    async fn a_number_of_a_question_between_colleagues_opens_nothing(app) {
        let id = asked(app, "").await;
        app.deliver().await;
        let texts = app.twilio.all().len();
        let browser = app.browser();
        let reference = app.referral(id).await.reference;
        browser.post("/start", &[("text", &reference)]).await.must_lead_to("/verify");
        app.give_birth_date(&browser, id).await;
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), texts, "no code is sent");
    }
}
