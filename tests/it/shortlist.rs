//! Finding a service with the patient: waits, distances, the shortlist, and the table of postcodes.

use contract::ShortlistQuery;
use domain::ReferralId;
use harness::{TestApp, both, slots};
use service::{ServiceError, clock, jobs, postcodes, referrals};

/// The service's last patients waited for these days each; those seen before are forgotten.
async fn waited(app: &TestApp, service: uuid::Uuid, days: &[i64]) {
    let of = app.literal(service);
    let hospital = app.literal(app.staff("coordinator").await.organisation_id);
    app.raw(&format!("delete from service_wait where organisation_id = {hospital}")).await.expect("emptied");
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let now = clock::now().timestamp_millis();
    let (median, p90) = (sorted[(sorted.len() - 1) / 2], sorted[(sorted.len() * 9).div_ceil(10) - 1]);
    app.raw(&format!(
        "insert into service_wait (organisation_id, service_id, waits, median_days, p90_days, first_at, last_at, computed_at) \
         values ({hospital}, {of}, {}, {median}, {p90}, {now}, {now}, {now})",
        days.len()
    ))
    .await
    .expect("set");
}

async fn query(app: &TestApp) -> ShortlistQuery {
    ShortlistQuery { patient: app.patients().await[0].id.to_string(), ..ShortlistQuery::default() }
}

async fn names(app: &TestApp, query: &ShortlistQuery) -> Vec<String> {
    let call = app.call("referrer").await;
    let page = referrals::find_services(&app.desk, &call, query).await.expect("found");
    page.offers.into_iter().map(|offer| offer.name).collect()
}

both! {
    async fn a_service_is_found_by_name_specialty_place_and_condition(app) {
        let all = query(app).await;
        assert_eq!(names(app, &all).await.len(), 6);
        for (words, specialty, expected) in [
            ("heart", "", vec!["Heart clinic"]),
            ("CARDIOLOGY", "", vec!["Heart clinic"]),
            ("psoriasis", "", vec!["Skin clinic"]),
            ("", "330", vec!["Skin clinic"]),
            ("heart", "330", vec![]),
            ("100%", "", vec![]),
        ] {
            let query = ShortlistQuery { q: words.to_owned(), specialty: specialty.to_owned(), ..all.clone() };
            assert_eq!(names(app, &query).await, expected, "{words} {specialty}");
        }
        let refused = ShortlistQuery { sort: "price".to_owned(), ..all };
        let refused = referrals::find_services(&app.desk, &app.call("referrer").await, &refused).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(fields)) if fields[0].field == "sort"));
    }

    async fn waits_are_counted_from_those_who_were_seen_and_few_give_no_figure(app) {
        // Heart clinic: eleven were seen after 1 to 11 days. Skin clinic: two.
        let now = clock::now();
        let day_ms = 24 * 3_600_000_i64;
        let (heart, skin) = (app.service("Heart clinic").await, app.service("Skin clinic").await);
        let hospital = app.literal(app.staff("coordinator").await.organisation_id);
        app.raw(&format!(
            "update referral set sent_at = null where organisation_id = {hospital} and state <> 'draft'"
        )).await.expect("the demonstration is out of the way");
        for (service, count) in [(heart, 11_i64), (skin, 2)] {
            for days in 1..=count {
                let id = app.a_sent_referral().await;
                let (of, service) = (app.literal(id.0), app.literal(service));
                let seen = now.timestamp_millis() - day_ms;
                let sent = seen - days * day_ms + 3_600_000;
                app.raw(&format!("update referral set service_id = {service}, sent_at = {sent} where id = {of}")).await.expect("set");
                let event = app.literal(uuid::Uuid::from_bytes(rand::random()));
                app.raw(&format!(
                    "insert into event (organisation_id, id, referral_id, at, kind, actor, actor_name, from_state, to_state, detail) \
                     values ({hospital}, {event}, {of}, {seen}, 'visit_recorded', 'system:test', 'Test', 'accepted', 'seen', '{{}}')"
                )).await.expect("seen");
            }
        }
        assert_eq!(jobs::count_waits(&app.desk, now).await.expect("counted"), 2);
        let call = app.call("referrer").await;
        let page = referrals::find_services(&app.desk, &call, &query(app).await).await.expect("found");
        let of = |name: &str| page.offers.iter().find(|offer| offer.name == name).expect("there").clone();
        assert_eq!(of("Heart clinic").wait, "Half are seen within 6 days, nine of ten within 10 days");
        assert!(of("Heart clinic").wait_basis.starts_with("The last 11 people"), "{}", of("Heart clinic").wait_basis);
        assert_eq!(of("Skin clinic").wait, "Not known yet");
        assert_eq!(of("Skin clinic").wait_basis, "2 people were seen in the last year, too few to say");
        assert_eq!(of("Joint clinic").wait_basis, "Nobody was seen in the last year");
        assert_eq!(page.offers[0].name, "Heart clinic", "what is known comes first");
        app.leaves_messages();
    }

    async fn distances_come_from_postcodes_and_what_is_unknown_comes_last(app) {
        let patient = app.patients().await[0].clone();
        let address = patient.address.clone().expect("lives somewhere");
        let code = address.rsplit(',').next().expect("ends with it").trim().to_owned();
        let by_distance = ShortlistQuery { sort: "distance".to_owned(), ..query(app).await };
        let call = app.call("referrer").await;
        let page = referrals::find_services(&app.desk, &call, &by_distance).await.expect("found");
        assert!(page.offers.iter().all(|offer| offer.distance == "Distance not known"), "{:?}", page.offers);
        // Beside the first site; the second is some kilometres away.
        let table = format!("postcode,latitude,longitude\n{code},53.2312,-1.4108\n");
        let dry = postcodes::load(&app.desk, table.as_bytes(), postcodes::Mode::DryRun, |_, _| {}).await.expect("read");
        assert_eq!((dry.postcodes, dry.faults), (1, 0));
        assert_eq!(app.count("select count(*) as n from postcode").await, 0, "a dry run writes nothing");
        for _ in 0..2 {
            postcodes::load(&app.desk, table.as_bytes(), postcodes::Mode::Write, |_, _| {}).await.expect("loaded");
        }
        assert_eq!(app.count("select count(*) as n from postcode").await, 1, "twice changes nothing");
        let page = referrals::find_services(&app.desk, &call, &by_distance).await.expect("found");
        assert_eq!(page.offers[0].distance, "0 m");
        let (near, far): (Vec<_>, Vec<_>) = page.offers.iter().partition(|offer| offer.distance == "0 m");
        assert!(!near.is_empty() && !far.is_empty());
        assert!(far.iter().all(|offer| offer.distance.ends_with(" km")), "{far:?}");
        // One site whose place nobody knows.
        let hospital = app.literal(app.staff("coordinator").await.organisation_id);
        app.raw(&format!("update site set latitude = null where organisation_id = {hospital} and latitude < 53.24")).await.expect("set");
        let page = referrals::find_services(&app.desk, &call, &by_distance).await.expect("found");
        assert_eq!(page.offers.last().expect("some").distance, "Distance not known");
        assert!(page.offers[0].distance.ends_with(" km"));
        // What was imported with the patient goes before the postcode.
        let of = app.literal(patient.id);
        app.raw(&format!("update patient set latitude = 53.2871, longitude = -1.3524 where id = {of}")).await.expect("set");
        let page = referrals::find_services(&app.desk, &call, &by_distance).await.expect("found");
        assert_eq!(page.offers[0].distance, "0 m");
    }

    async fn a_table_with_a_fault_writes_nothing(app) {
        let table = "postcode,latitude,longitude\nAB1 0AA,57.1,-2.2\nAB1 0AB,157.1,-2.2\n";
        let loaded = postcodes::load(&app.desk, table.as_bytes(), postcodes::Mode::Write, |_, _| {}).await.expect("read");
        assert_eq!((loaded.faults, loaded.problems[0].path.as_str()), (1, "line 3"));
        assert_eq!(app.count("select count(*) as n from postcode").await, 0);
    }

    async fn the_patient_chooses_from_a_shortlist_and_the_reason_is_kept(app) {
        let browser = app.sign_in("referrer").await;
        let patient = app.patients().await[0].id.to_string();
        let (heart, skin) = (app.service("Heart clinic").await.to_string(), app.service("Skin clinic").await.to_string());
        waited(app, app.service("Heart clinic").await, &[5, 6, 7, 8, 9, 10, 11, 12, 13, 14]).await;
        browser.get("/referrals/new?words=hale").await.must_be(200).must_say("Find a service");
        let page = browser.get(&format!("/referrals/new?patient={patient}")).await.must_be(200).text();
        assert_eq!(slots(&page, "chosen").len(), 6);
        let shown = format!("/referrals/new/compare?patient={patient}&chosen={heart}&chosen={skin}");
        browser.get(&shown).await.must_be(200)
            .must_say("Half are seen within 9 days, nine of ten within 13 days").must_say("Not known yet");
        let both = format!("{heart},{skin}");
        let form = [("patient", patient.as_str()), ("service", &heart), ("shortlist", &both)];
        browser.post("/referrals/new", &form).await.must_lead_to(&shown);
        browser.get(&shown).await.must_say("Write why the patient chose this one");
        let mut form = form.to_vec();
        form.push(("choice_reason", "The bus stops at the door."));
        let path = browser.post("/referrals/new", &form).await.must_be(303).location();
        let id: ReferralId = path.trim_start_matches("/referrals/").trim_end_matches("/edit").parse().expect("a draft");
        let detail = browser.get(&format!("/referrals/{id}")).await.must_be(200);
        detail.must_say("The bus stops at the door.").must_say("Half are seen within 9 days");
        // What was not compared cannot have been chosen from it.
        let joints = app.service("Joint clinic").await.to_string();
        let form = [("patient", patient.as_str()), ("service", &joints), ("shortlist", &both), ("choice_reason", "x")];
        browser.post("/referrals/new", &form).await.must_lead_to(&shown);
        browser.get(&shown).await.must_say("Choose one of the services that you compared");
    }

    async fn nothing_or_too_much_ticked_leads_back_to_the_list(app) {
        let browser = app.sign_in("referrer").await;
        let patient = app.patients().await[0].id.to_string();
        let none = browser.get(&format!("/referrals/new/compare?patient={patient}")).await.must_be(303).location();
        browser.get(&none).await.must_be(200).must_say("Tick at least one service, and at most 5.");
        let page = browser.get(&format!("/referrals/new?patient={patient}")).await.must_be(200).text();
        let all: Vec<String> = slots(&page, "chosen").iter().map(|id| format!("&chosen={id}")).collect();
        let path = format!("/referrals/new/compare?patient={patient}{}", all.concat());
        let back = browser.get(&path).await.must_be(303).location();
        let page = browser.get(&back).await.must_be(200).must_say("at most 5").text();
        assert_eq!(page.matches("checked").count(), 6, "what was ticked stays ticked");
        // Another practice's patient is not there.
        app.sign_in("other-referrer").await.get(&format!("/referrals/new?patient={patient}")).await.must_be(404);
        app.sign_in("specialist").await.get(&format!("/referrals/new?patient={patient}")).await.must_be(403);
    }
}
