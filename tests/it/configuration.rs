//! An organisation's configuration as one document: out, in, refused by path, and the guided way of an empty installation.

use contract::ConfigReport;
use domain::{Actor, OrganisationId};
use harness::{Options, TestApp, both};
use service::admin::config::{ConfigDocument, Mode, export_config, load_config, read};
use service::{Call, ServiceError, clock};

async fn hospital(app: &TestApp) -> OrganisationId {
    OrganisationId(app.staff("administrator").await.organisation_id)
}

fn machine() -> Call {
    let request = uuid::Uuid::from_bytes(rand::random());
    Call::new(Actor::system("config", request), clock::now())
}

async fn load(app: &TestApp, text: &str, mode: Mode) -> ConfigReport {
    take_in(app, hospital(app).await, text, mode).await
}

async fn export(app: &TestApp) -> ConfigDocument {
    take_out(app, hospital(app).await).await
}

async fn take_in(app: &TestApp, into: OrganisationId, text: &str, mode: Mode) -> ConfigReport {
    let document = read(text).expect("it can be read");
    load_config(&app.desk, &machine(), Some(into), &document, mode).await.expect("it is judged")
}

async fn take_out(app: &TestApp, of: OrganisationId) -> ConfigDocument {
    export_config(&app.desk, &machine(), Some(of)).await.expect("it is written out")
}

async fn a_fresh_organisation(app: &TestApp, name: &str) -> OrganisationId {
    let id = OrganisationId(uuid::Uuid::from_bytes(rand::random()));
    let tx = app.desk.store.write_tx().await.expect("begun");
    let row = store::entity::organisation::Model {
        id: id.0,
        name: name.to_owned(),
        phone: None,
        zone: "Europe/London".to_owned(),
        clocks: String::new(),
        urgency_accepted_by: None,
        urgency_accepted_at: None,
        created_at: 0,
        escalate_to: None,
        privacy_contact: None,
        language: "en".to_owned(),
        approve_many_above: 100,
    };
    store::directory::insert_organisation(&tx, row).await.expect("written");
    tx.commit().await.expect("committed");
    id
}

const CHANGES: &str = r#"{
  "waymark_config": 1,
  "organisation": { "phone": "01632 960999", "holidays": ["2026-12-25"], "clocks": { "triage_routine_days": 4 },
    "escalate_to": "new.lead@wrenfield-hospitals.example" },
  "people": [
    { "email": "new.lead@wrenfield-hospitals.example", "name": "New Lead", "roles": ["coordinator", "administrator"],
      "last_day": "2199-12-31", "role_last_days": { "administrator": "2199-06-30" } },
    { "email": "grace.whitlock@wrenfield-hospitals.example", "name": "Grace Whitlock", "roles": ["coordinator", "referrer"] }
  ],
  "sites": [{ "name": "North wing", "address": "2 North Road", "latitude": 51.5, "longitude": -0.25 }],
  "teams": [{ "name": "Chest team", "phone": "01632 960500", "members": ["new.lead@wrenfield-hospitals.example"] }],
  "services": [{
    "name": "Cough clinic", "site": "North wing", "team": "Chest team", "visit_min": 40,
    "escalate_to": "new.lead@wrenfield-hospitals.example",
    "specialty": "Chest medicine", "keywords": "cough, breathlessness",
    "clocks": { "report_days": 5 },
    "questions": [
      { "code": "smokes", "label": "Smokes?", "kind": "yes-no", "required": true },
      { "code": "packs", "label": "Pack years", "kind": "number", "min": 0, "max": 200,
        "when": { "field": "smokes", "is": "yes" } }
    ],
    "documents": [{ "code": "xray", "label": "Chest X-ray", "kinds": ["application/pdf"], "max_mb": 5 }],
    "criteria": [{ "code": "adult", "label": "Adults", "severity": "stop", "expects": { "about": "age", "from": 16 } }],
    "priorities": [{ "code": "routine", "days": 42 }, { "code": "urgent", "meaning": "Coughs blood", "days": 7 }]
  }],
  "reasons": [
    { "act": "decline", "label": "No X-ray yet", "patient_line": "An X-ray comes first.", "comment_forced": true },
    { "act": "decline", "code": "double", "label": "It doubles another one", "active": false }
  ],
  "replies": [
    { "title": "Ask for an X-ray", "text": "Dear {first name}, please have an X-ray.", "audience": "patient", "act": "ask" },
    { "title": "Ask for results", "text": "Please add results to the {service}.", "audience": "colleague", "act": "ask", "active": false }
  ],
  "messages": [
    { "code": "declined", "subject": "Please read our answer", "sms": "" },
    { "code": "time-offered", "body": "We hold {when}.\n\nPlease answer by {until}.", "action": "Answer" }
  ]
}"#;

both! {
    async fn what_is_written_out_and_taken_in_again_changes_nothing(app) {
        load(app, CHANGES, Mode::Write).await;
        let before = (app.count("select count(*) as n from change").await, app.count("select count(*) as n from message").await);
        let document = export(app).await;
        let text = serde_json::to_string_pretty(&document).expect("JSON");
        let report = load(app, &text, Mode::Write).await;
        assert_eq!(report, ConfigReport::default());
        let after = (app.count("select count(*) as n from change").await, app.count("select count(*) as n from message").await);
        assert_eq!(before, after);
        assert_eq!(export(app).await, document);
        app.deliver().await;
    }

    async fn a_dry_run_says_everything_and_writes_nothing(app) {
        let document = export(app).await;
        let looked = load(app, CHANGES, Mode::DryRun).await;
        assert!(looked.problems.is_empty(), "{:?}", looked.problems);
        assert_eq!(export(app).await, document);
        assert_eq!(app.count("select count(*) as n from change").await, 0);
        let written = load(app, CHANGES, Mode::Write).await;
        assert_eq!(written.changes, looked.changes);
        let said: Vec<String> = written.changes.iter().map(|one| format!("{} {}: {} → {}", one.name, one.field, one.before, one.after)).collect();
        for line in [
            "Cough clinic criteria:  → Adults: stops unless age is 16 or more",
            "Cough clinic questions:  → Smokes?: yes or no, required; Pack years: number from 0 to 200, only if “Smokes?” is Yes",
            "Cough clinic required:  → Chest X-ray: a PDF, up to 5 MB",
            "Cough clinic report_days:  → 5",
            "Chest team members:  → New Lead",
            "Ask for an X-ray text:  → Dear {first name}, please have an X-ray.",
            "Ask for results offered: 1 → ",
            "declined subject:  → Please read our answer",
            "Cough clinic keywords:  → cough, breathlessness",
            "Cough clinic specialty:  → Chest medicine",
            "Grace Whitlock roles: coordinator → coordinator, referrer",
            "It doubles another one label: It doubles a referral that is open → It doubles another one",
            "New Lead last_day:  → 2199-12-31",
            "New Lead last_day_administrator:  → 2199-06-30",
            "No X-ray yet comment_forced:  → 1",
            "New Lead roles:  → administrator, coordinator",
            "North wing address:  → 2 North Road",
        ] {
            assert!(said.iter().any(|one| one == line), "{line} in {said:#?}");
        }
        let actors = app.texts("select distinct actor as t from change").await;
        assert_eq!(actors, ["system:config"]);
        // The new colleague is invited by mail, once.
        app.deliver().await;
        let invited = app.mails().iter().filter(|mail| mail.to.iter().any(|to| to.starts_with("new.lead@"))).count();
        assert_eq!(invited, 1);
        assert_eq!(load(app, CHANGES, Mode::Write).await, ConfigReport::default(), "the same again changes nothing");
    }

    async fn a_document_with_a_fault_changes_nothing_and_names_every_fault(app) {
        let document = export(app).await;
        let text = r#"{ "waymark_config": 1,
            "organisation": { "zone": "Wales", "phone": "1" },
            "people": [{ "email": "nobody", "name": "", "roles": [] },
                       { "email": "amara.osei@alder-street.example", "name": "A", "roles": ["referrer"] }],
            "sites": [{ "name": "A", "latitude": 51 }, { "name": "a" }],
            "teams": [{ "name": "T", "members": ["ghost@nowhere.example"] }],
            "services": [{ "name": "S", "site": "Nowhere", "visit_min": 2, "clocks": { "report_days": 9999 } },
                         { "name": "U", "questions": [{ "code": "a", "label": "A", "kind": "choice" }],
                           "criteria": [{ "code": "c", "label": "C", "severity": "stop",
                                          "expects": { "about": "document", "code": "mri" } }] }],
            "reasons": [{ "act": "decline", "label": "Late", "code": "Too Late" }, { "act": "accept", "label": "Yes" },
                        { "act": "decline", "label": "it doubles a referral that is open" },
                        { "act": "decline", "label": "Another reason of ours", "code": "other" },
                        { "act": "decline", "label": "Another reason", "code": "second" }],
            "replies": [{ "title": "R", "text": "Dear {colour}", "audience": "patient" },
                        { "title": "r", "text": "", "audience": "patient", "act": "book" }] }"#;
        let report = load(app, text, Mode::Write).await;
        let paths: Vec<&str> = report.problems.iter().map(|problem| problem.path.as_str()).collect();
        for path in [
            "sites[1].name", "people[0].name", "people[0].email", "people[0].roles", "people[1].email", "sites[0].longitude",
            "teams[0].members[0]", "organisation.zone", "services[0].site", "services[0].visit_min",
            "services[0].clocks.report_days", "services[1].questions[0].options", "services[1].criteria[0].expects.code",
            "reasons[0].code", "reasons[1].act", "replies[0].text", "replies[1].title", "replies[1].text", "replies[1].act",
        ] {
            assert!(paths.contains(&path), "{path} in {paths:?}");
        }
        assert_eq!(export(app).await, document);
        assert_eq!(app.count("select count(*) as n from change").await, 0);
    }

    [Options::empty()]
    async fn an_installation_made_from_another_one_s_file_writes_out_the_same_file(app) {
        let mut exported = Vec::new();
        for name in ["First", "Second"] {
            let id = a_fresh_organisation(app, name).await;
            let untouched = take_out(app, id).await;
            let said = serde_json::to_string(&untouched).expect("JSON");
            assert_eq!(take_in(app, id, &said, Mode::Write).await, ConfigReport::default(), "an empty one changes nothing");
            assert_eq!(take_out(app, id).await, untouched);
            assert!(store::reasons::reasons(app.desk.store.reader(), id).await.expect("read").is_empty(), "nothing became its own");
            // What is written out of the first goes into the second as it is, but for people, who sign in once.
            let text = exported.last().map_or_else(|| CHANGES.replace("grace.whitlock@wrenfield-hospitals", "grace@first"), String::clone);
            let text = if name == "First" { text } else { text.replace(".example", ".invalid") };
            let report = take_in(app, id, &text, Mode::Write).await;
            assert!(report.problems.is_empty(), "{:?}", report.problems);
            exported.push(serde_json::to_string(&take_out(app, id).await).expect("JSON"));
        }
        assert_eq!(exported[0].replace(".example", ".invalid"), exported[1]);
        app.leaves_messages();
    }

    async fn nobody_else_configures(app) {
        let document = read(CHANGES).expect("it can be read");
        for role in ["coordinator", "referrer", "specialist"] {
            let call = app.call(role).await;
            let refused = load_config(&app.desk, &call, None, &document, Mode::Write).await;
            assert!(matches!(refused, Err(ServiceError::NotAllowed)), "{role}");
        }
        let practice = OrganisationId(app.staff("referrer").await.organisation_id);
        let call = app.call("administrator").await;
        let other = load_config(&app.desk, &call, Some(practice), &document, Mode::Write).await;
        assert!(matches!(other, Err(ServiceError::NotFound)));
        assert!(matches!(export_config(&app.desk, &call, Some(practice)).await, Err(ServiceError::NotFound)));
    }

    async fn an_administrator_looks_at_a_file_before_it_is_taken_in(app) {
        let admin = app.sign_in("administrator").await;
        let path = "/admin/configuration";
        admin.upload(path, &[], "clinic.json", b"{\"waymark_config\":1,\"sites\":[{\"nam\":\"x\"}]}").await.must_lead_to(path);
        admin.get(path).await.must_say("This file cannot be taken in").must_say("sites[0].nam");
        admin.upload(path, &[], "clinic.json", b"\xff\xfe").await.must_lead_to(path);
        admin.get(path).await.must_say("not a text file");
        admin.upload(path, &[], "clinic.json", CHANGES.as_bytes()).await.must_lead_to(path);
        admin.get(path).await.must_say("This file would make").must_say("Coughs blood").must_say("2 North Road");
        assert_eq!(app.count("select count(*) as n from change").await, 0);
        admin.post("/admin/configuration/apply", &[("act", "write")]).await.must_lead_to(path);
        admin.get(path).await.must_say("The configuration is taken in");
        assert!(app.count("select count(*) as n from change").await > 10);
        let file = admin.get("/admin/configuration/file").await.must_be(200);
        assert!(file.header("content-disposition").starts_with("attachment;"));
        let written = read(&file.text()).expect("it can be read again");
        assert!(written.services.iter().any(|service| service.name == "Cough clinic"));
        admin.upload(path, &[], "again.json", file.body.as_ref()).await.must_lead_to(path);
        admin.get(path).await.must_say("Everything is as the file says");
        admin.post("/admin/configuration/apply", &[("act", "forget")]).await.must_lead_to(path);
        admin.get(path).await.must_say("Nothing was changed.");
        app.deliver().await;
    }

    async fn the_guided_way_shows_each_step_and_leads_back(app) {
        let admin = app.sign_in("administrator").await;
        app.raw("delete from site where id not in (select site_id from service where site_id is not null)").await.expect("set");
        app.raw("update organisation set phone = null").await.expect("set");
        let page = admin.get("/admin/setup").await.must_be(200).must_say("Next: Name the organisation");
        page.must_say("/admin/organisation?then=setup");
        admin.get("/admin").await.must_say("Go on with setting up");
        let form = [("name", "Wrenfield"), ("zone", "Wales"), ("then", "setup")];
        admin.post("/admin/organisation", &form).await.must_lead_to("/admin/organisation");
        let page = admin.get("/admin/organisation").await.must_say("IANA time zone").text();
        assert!(page.contains("name=\"then\""), "the way back is not lost");
        let form = [("name", "Wrenfield"), ("zone", "Europe/London"), ("phone", "01632 960001"), ("then", "setup")];
        admin.post("/admin/organisation", &form).await.must_lead_to("/admin/setup");
        admin.get("/admin/setup").await.must_say("The organisation is saved.").must_say("The organisation is set up");
        app.sign_in("coordinator").await.get("/admin/setup").await.must_be(403);
    }
}
