//! Keying in what came by fax, phone or letter for a referrer without an account.

use chrono::{Duration, NaiveDate};
use contract::{KeyInInput, NewPatient, TextInput};
use domain::{PatientId, ReferralId};
use harness::{TestApp, both};
use service::{ServiceError, clock, referrals};

fn day_of(day: NaiveDate) -> (String, String, String) {
    (day.format("%-d").to_string(), day.format("%-m").to_string(), day.format("%Y").to_string())
}

fn somebody() -> NewPatient {
    NewPatient {
        given: "Ottoline".to_owned(),
        family: "Vane".to_owned(),
        birth_date_day: "3".to_owned(),
        birth_date_month: "5".to_owned(),
        birth_date_year: "1961".to_owned(),
        sex: "female".to_owned(),
        nhs_number: "943 476 5919".to_owned(),
        phone: "07700 900461".to_owned(),
        address: "2 Mill Lane, Wrenfield, XW1 1AA".to_owned(),
        ..NewPatient::default()
    }
}

async fn registered(app: &TestApp) -> PatientId {
    let call = app.call("coordinator").await;
    referrals::register_patient(&app.desk, &call, &somebody()).await.expect("registered")
}

async fn faxed(app: &TestApp, days_ago: i64) -> KeyInInput {
    let day = clock::now().with_timezone(&chrono_tz::Europe::London).date_naive() - Duration::days(days_ago);
    let (received_day, received_month, received_year) = day_of(day);
    KeyInInput {
        patient: registered(app).await.to_string(),
        service: app.service("Heart clinic").await.to_string(),
        came: "fax".to_owned(),
        received_day,
        received_month,
        received_year,
        organisation: "Lockside Surgery".to_owned(),
        person: "Dr Edith Marsh".to_owned(),
        address: "9 Lock Road, Wrenfield".to_owned(),
        priority: "routine".to_owned(),
        reason: "Breathless on stairs for two months, ankles swollen. Please see.".to_owned(),
        ..KeyInInput::default()
    }
}

async fn key_in(app: &TestApp, input: &KeyInInput) -> Result<ReferralId, ServiceError> {
    referrals::key_in(&app.desk, &app.call("coordinator").await, input).await
}

async fn said(app: &TestApp, id: ReferralId, text: &str) -> TextInput {
    TextInput { version: app.referral(id).await.version, text: text.to_owned(), ..TextInput::default() }
}

both! {
    async fn a_fax_is_back_dated_and_its_clocks_run_from_the_day_it_came(app) {
        let id = key_in(app, &faxed(app, 3).await).await.expect("entered");
        let row = app.referral(id).await;
        assert_eq!((row.state.as_str(), row.referrer_name.as_str(), row.referrer_id), ("received", "Dr Edith Marsh", None));
        let sent = service::clock::now().timestamp_millis() - row.sent_at.expect("came on a day");
        assert!(sent > 2 * 24 * 3_600_000, "{sent}");
        let fresh = app.a_sent_referral().await;
        app.act("coordinator", fresh, "acknowledge", &[]).await;
        assert!(row.due_at < app.referral(fresh).await.due_at, "it is due before one that came today");
        let of = app.literal(id.0);
        let history = app.texts(&format!("select kind || ' ' || to_state || ' by ' || actor_name as t from event where referral_id = {of} order by at, id")).await;
        assert_eq!(history, ["referral_sent sent by Dr Edith Marsh, Lockside Surgery", "referral_keyed_in received by Grace Whitlock"]);
        let page = app.sign_in("coordinator").await.get(&format!("/referrals/{id}")).await.must_be(200);
        page.must_say("Came from outside").must_say("From Dr Edith Marsh, Lockside Surgery").must_say("The original is not attached yet").must_say("By post to 9 Lock Road");
        let path = format!("/referrals/{id}/documents");
        let browser = app.sign_in("coordinator").await;
        browser.upload(&path, &[("kind", "other")], "fax.pdf", harness::PDF).await.must_be(303);
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(!page.contains("The original is not attached yet") && page.contains("fax.pdf"));
        app.deliver().await;
        let texts = app.twilio.texts("+447700900461");
        assert_eq!(texts.len(), 1, "the patient is told");
    }

    async fn the_report_goes_to_the_outside_referrer_and_the_house_closes(app) {
        let id = key_in(app, &faxed(app, 0).await).await.expect("entered");
        app.accept(id).await;
        app.act("specialist", id, "report", &[("report-text", "Mild heart failure. Ramipril begun.")]).await;
        let row = app.referral(id).await;
        assert_eq!(row.owner_organisation_id, Some(row.organisation_id), "nobody else could see to it");
        let of = app.literal(id.0);
        let letters = app.texts(&format!(
            "select body as t from message where referral_id = {of} and template = 'outside-referrer' and channel = 'letter' order by id"
        )).await;
        assert_eq!(letters.len(), 2, "accepted, and the report: {letters:?}");
        assert!(letters[1].contains("Dear Dr Edith Marsh") && letters[1].contains("Ramipril begun") && letters[1].contains("Ottoline Vane"));
        let call = app.call("coordinator").await;
        let empty = referrals::close_for_outside(&app.desk, &call, id, &said(app, id, "").await).await;
        assert!(matches!(empty, Err(ServiceError::Invalid(_))), "{empty:?}");
        app.act("coordinator", id, "close-for-outside", &[("close-for-outside-text", "Posted today.")]).await;
        app.must_be_in(id, "closed").await;
        // Where the referrer has an account, they close it themselves.
        let own = app.a_sent_referral().await;
        app.accept(own).await;
        app.act("specialist", own, "report", &[("report-text", "Nothing found.")]).await;
        let refused = referrals::close_for_outside(&app.desk, &call, own, &said(app, own, "x").await).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(service::Conflict::ReferrerCloses))), "{refused:?}");
        app.deliver().await;
    }

    async fn the_paper_itself_is_added_in_the_same_step_and_a_refused_form_leaves_none(app) {
        let (browser, input) = (app.sign_in("coordinator").await, faxed(app, 2).await);
        let fields = |reason: &'static str| {
            [
                ("patient", input.patient.clone()), ("service", input.service.clone()), ("came", "fax".to_owned()),
                ("received_day", input.received_day.clone()), ("received_month", input.received_month.clone()),
                ("received_year", input.received_year.clone()), ("organisation", input.organisation.clone()),
                ("person", input.person.clone()), ("address", input.address.clone()), ("priority", "routine".to_owned()),
                ("reason", reason.to_owned()), ("key", format!("fax-{reason}")),
            ]
        };
        let send = async |reason: &'static str, name: &str, bytes: &[u8]| {
            let own = fields(reason);
            let form: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.upload("/key-in", &form, name, bytes).await
        };
        let stored = async || app.count("select count(*) as n from document where kind = 'original'").await;
        let page = format!("/key-in?patient={}", input.patient);
        send("", "fax.pdf", harness::PDF).await.must_lead_to(&page);
        browser.get(&page).await.must_say("Write what the referral says").must_say("Choose the file again");
        send("Breathless.", "fax.exe", b"MZ\x90\x00").await.must_lead_to(&page);
        browser.get(&page).await.must_say("Send a PDF").must_say("Breathless.");
        assert_eq!(stored().await, 0);
        let first = send("Breathless on stairs.", "fax.pdf", harness::PDF).await.must_be(303).location();
        let again = send("Breathless on stairs.", "fax.pdf", harness::PDF).await.must_be(303).location();
        assert_eq!(first, again, "sent twice, it is one referral with one paper");
        assert_eq!(stored().await, 1);
        browser.get(&first).await.must_be(200).must_say("The paper as it came").must_say("fax.pdf");
        app.deliver().await;
    }

    async fn a_given_mailbox_gets_the_answers_by_mail(app) {
        let input = KeyInInput { email: "edith.marsh@lockside.example".to_owned(), ..faxed(app, 1).await };
        let id = key_in(app, &input).await.expect("entered");
        app.accept(id).await;
        app.deliver().await;
        let mail = app.mails().into_iter().rev().find(|mail| mail.to == ["edith.marsh@lockside.example"]).expect("a mail");
        assert!(mail.subject.ends_with("was accepted") && !mail.subject.contains("Vane"), "{}", mail.subject);
    }

    async fn a_practice_that_works_with_us_sees_what_it_faxed(app) {
        let practice = app.staff("referrer").await.organisation_id.to_string();
        let input = KeyInInput { known: practice, organisation: String::new(), address: String::new(), ..faxed(app, 2).await };
        let id = key_in(app, &input).await.expect("entered");
        app.sign_in("referrer").await.get(&format!("/referrals/{id}")).await.must_be(200).must_say("Alder Street Surgery");
        app.sign_in("other-referrer").await.get(&format!("/referrals/{id}")).await.must_be(404);
        app.deliver().await;
    }

    async fn what_cannot_be_is_refused_beside_its_field(app) {
        let good = faxed(app, 1).await;
        let with = |change: &dyn Fn(&mut KeyInInput)| {
            let mut input = good.clone();
            change(&mut input);
            input
        };
        let (day, month, year) = day_of(clock::now().date_naive() + Duration::days(2));
        let cases: Vec<(&str, KeyInInput)> = vec![
            ("received", with(&|input| (input.received_day, input.received_month, input.received_year) = (day.clone(), month.clone(), year.clone()))),
            ("received", with(&|input| input.received_year = "2001".to_owned())),
            ("received", with(&|input| input.received_month = "13".to_owned())),
            ("came", with(&|input| input.came = "pigeon".to_owned())),
            ("organisation", with(&|input| input.organisation = " ".to_owned())),
            ("person", with(&|input| input.person = String::new())),
            ("address", with(&|input| input.address = String::new())),
            ("email", with(&|input| input.email = "nowhere".to_owned())),
            ("priority", with(&|input| input.priority = "soon".to_owned())),
            ("reason", with(&|input| input.reason = String::new())),
            ("patient", with(&|input| input.patient = String::new())),
        ];
        for (field, input) in cases {
            let refused = key_in(app, &input).await;
            assert!(matches!(&refused, Err(ServiceError::Invalid(fields)) if fields[0].field == field), "{field}: {refused:?}");
        }
        let refused = referrals::key_in(&app.desk, &app.call("specialist").await, &good).await;
        assert!(matches!(refused, Err(ServiceError::NotAllowed)), "{refused:?}");
    }

    async fn a_patient_of_another_organisation_with_a_referral_here_is_named_before_anybody_is_taken_down(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let (patient, reference) = (app.patient_of(id).await, app.referral(id).await.reference);
        let number = patient.nhs_number.clone().expect("a number");
        let coordinator = app.sign_in("coordinator").await;
        let name = format!("{},+{}", patient.family, patient.given);
        for words in [name.as_str(), number.as_str()] {
            let page = coordinator.get(&format!("/key-in?words={words}")).await.must_be(200)
                .must_say("They have a referral here already").must_say(&reference).text();
            assert!(!page.contains("Nobody found"), "{page}");
        }
        let born = patient.birth_date.clone().expect("a day");
        let mut parts = born.split('-');
        let (year, month, day) = (parts.next().expect("y"), parts.next().expect("m"), parts.next().expect("d"));
        let mut form = vec![
            ("form", "patient"), ("given", patient.given.as_str()), ("family", &patient.family), ("birth_date_day", day),
            ("birth_date_month", month), ("birth_date_year", year), ("sex", "female"), ("nhs_number", &number),
        ];
        coordinator.post("/key-in/patient", &form).await.must_lead_to("/key-in/patient");
        coordinator.get("/key-in/patient").await.must_say("has a referral here already").must_say("tick this").must_say(&reference);
        form.push(("another", "1"));
        let answer = coordinator.post("/key-in/patient", &form).await;
        assert!(answer.location().starts_with("/key-in?patient="), "{}", answer.location());
    }

    async fn somebody_on_record_is_shown_beside_who_is_typed_in(app) {
        let known = registered(app).await;
        let call = app.call("coordinator").await;
        let same = referrals::register_patient(&app.desk, &call, &somebody()).await;
        assert!(matches!(same, Err(ServiceError::Invalid(fields)) if fields[0].field == "nhs_number"));
        let browser = app.sign_in("coordinator").await;
        let form = [
            ("given", "Otti"), ("family", "vane"), ("birth_date_day", "3"), ("birth_date_month", "5"),
            ("birth_date_year", "1961"), ("sex", "female"), ("phone", "0114 496 0000"),
        ];
        browser.post("/key-in/patient", &form).await.must_lead_to("/key-in/patient");
        browser.get("/key-in/patient").await.must_be(200)
            .must_say("Is it one of them?").must_say("date of birth, family name").must_say(&known.to_string());
        let mut form = form.to_vec();
        form.push(("another", "1"));
        let next = browser.post("/key-in/patient", &form).await.must_be(303).location();
        assert!(next.starts_with("/key-in?patient="), "{next}");
        browser.get(&next).await.must_be(200).must_say("Otti vane, born 3 May 1961");
        for (field, wrong) in [("nhs_number", "943 476 5918"), ("birth_date_year", "2190"), ("sex", "")] {
            let form: Vec<(&str, &str)> =
                form.iter().copied().filter(|(name, _)| *name != field).chain([(field, wrong)]).collect();
            browser.post("/key-in/patient", &form).await.must_lead_to("/key-in/patient");
            browser.get("/key-in/patient").await.must_be(200).must_say("There is a problem");
        }
        app.sign_in("specialist").await.get("/key-in").await.must_be(403);
    }
}
