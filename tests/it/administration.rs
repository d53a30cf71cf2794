//! What administrators set: services, clocks, people; each change leaves a line of history.

use harness::{Browser, Options, TestApp, both, person};
use server::demo::load::PASSWORD;

/// The newest link to an invitation in a mail to this address.
fn invitation(app: &TestApp, email: &str) -> String {
    let mails = app.mails();
    let mail = mails.iter().rev().find(|mail| mail.to.iter().any(|to| to == email)).expect("a mail");
    let at = mail.text.find("/invited/").expect("a link");
    mail.text[at..].split_whitespace().next().expect("a path").to_owned()
}

/// What stands between two marks on a page.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).and_then(|(_, rest)| rest.split_once(to)).expect(from).0
}

fn code_of(key: &str) -> String {
    let bytes = totp_rs::Secret::Encoded(key.to_owned()).to_bytes().expect("base32");
    let totp = service::sign_in::totp(bytes, "x@y.example").expect("long enough");
    totp.generate(u64::try_from(service::clock::now().timestamp()).expect("after 1970"))
}

/// Goes the way of an invited colleague; answers their browser, signed in.
async fn accept(app: &TestApp, link: &str, password: &str) -> Browser {
    let browser = app.browser();
    browser.get(link).await.must_be(200).must_say("Choose a password");
    let form = [("password", password), ("again", password)];
    browser.post(link, &form).await.must_lead_to(&format!("{link}/authenticator"));
    let page = browser.get(&format!("{link}/authenticator")).await.must_be(200).text();
    let key: String = between(&page, "<code>", "</code>").split_whitespace().collect();
    let wrong = browser.post(&format!("{link}/authenticator"), &[("code", "000000")]).await;
    wrong.must_lead_to(&format!("{link}/authenticator"));
    let connected = browser.post(&format!("{link}/authenticator"), &[("code", &code_of(&key))]).await;
    connected.must_lead_to("/account/recovery");
    let codes =
        browser.get("/account/recovery").await.must_be(200).must_say("They are shown this once").text();
    assert_eq!(codes.matches("<code>").count(), 10);
    browser.get("/account/recovery").await.must_lead_to("/account");
    browser
}

const SERVICE: &[(&str, &str)] = &[
    ("name", "Sleep clinic"),
    ("team", "Sleep team"),
    ("visit_min", "40"),
    ("required", "Sleep diary\nEpworth score"),
    ("active", "1"),
    ("clock-triage_routine_days", "3"),
];

both! {
    [Options::with("email.host", "")] async fn where_no_mail_leaves_nobody_is_invited_and_it_is_said_what_to_do(app) {
        let admin = app.sign_in("administrator").await;
        let people = app.count("select count(*) as n from person").await;
        let form = [("name", "Cora Ordinate"), ("email", "cora@new.example"), ("roles", "coordinator")];
        admin.post("/admin/people/new", &form).await.must_lead_to("/admin/people/new");
        admin.get("/admin/people/new").await.must_say("waymark user add").must_say("Cora Ordinate");
        assert_eq!(app.count("select count(*) as n from person").await, people);
        let specialist = app.staff("specialist").await;
        let path = format!("/admin/people/{}", specialist.id);
        admin.post(&format!("{path}/reset"), &[]).await.must_lead_to(&path);
        admin.get(&path).await.must_say("waymark user reset");
        assert_eq!(app.staff("specialist").await.password_hash, specialist.password_hash, "they can still come in");
    }

    async fn setting_up_waits_for_those_who_were_invited(app) {
        let admin = app.sign_in("administrator").await;
        let hospital = app.literal(app.staff("administrator").await.organisation_id);
        app.raw("delete from site where id not in (select site_id from service where site_id is not null)").await.expect("set");
        app.raw(&format!("update person set status = 'suspended' where organisation_id = {hospital} and id in \
                         (select person_id from person_role where role = 'coordinator') and id not in \
                         (select person_id from person_role where role = 'administrator')")).await.expect("set");
        let form = [("name", "Cora Ordinate"), ("email", "cora@new.example"), ("roles", "coordinator"), ("then", "setup")];
        admin.get("/admin/setup").await.must_say("Next: Invite a coordinator");
        admin.post("/admin/people/new", &form).await.must_lead_to("/admin/setup");
        app.deliver().await;
        let page = admin.get("/admin/setup").await.must_say("Invited – waiting for them").must_say("Waiting for those you invited").text();
        assert!(!page.contains("Ready for the first referral") && !page.contains("The organisation is set up"), "{page}");
        admin.get("/admin").await.must_say("Before the first referral");
        let cora = admin.get("/admin").await.text();
        let path = cora.split("<a href=\"").find(|rest| rest.contains(">Cora Ordinate</a>")).and_then(|rest| rest.split('"').next());
        admin.get(path.expect("a link")).await.must_say("They have not come in yet").must_say("Send the invitation again");
        accept(app, &invitation(app, "cora@new.example"), "a long enough passphrase").await;
        admin.get("/admin/setup").await.must_say("The organisation is set up");
    }

    async fn a_new_service_takes_referrals_with_its_own_documents_and_clocks(app) {
        let admin = app.sign_in("administrator").await;
        admin.get("/admin/services/new").await.must_be(200).must_say("Takes new referrals");
        admin.post("/admin/services/new", SERVICE).await.must_lead_to("/admin");
        admin.get("/admin").await.must_say("The service is saved.").must_say("Sleep clinic").must_say("Epworth score");
        let referrer = app.sign_in("referrer").await;
        let patient = app.patients().await[0].id.to_string();
        let service = app.service("Sleep clinic").await.to_string();
        let answer = referrer.post("/referrals/new", &[("patient", &patient), ("service", &service)]).await.must_be(303);
        let edit = answer.location();
        let version = harness::slots(&referrer.get(&edit).await.text(), "version")[0].clone();
        let form = [("act", "send"), ("version", &version), ("priority", "routine"), ("reason", "Snores, and is tired all day.")];
        referrer.post(&edit, &form).await.must_lead_to(&edit);
        referrer.get(&edit).await.must_say("Add a document: Sleep diary.").must_say("Add a document: Epworth score.");
        // Changed: the old line keeps its code, the history names what changed.
        let path = format!("/admin/services/{service}");
        let mut changed = SERVICE.to_vec();
        changed[3] = ("required", "Sleep diary");
        changed[5] = ("clock-triage_routine_days", "2");
        admin.post(&path, &changed).await.must_lead_to("/admin");
        admin.get(&path).await.must_say("Epworth score").must_say("Decide, routine");
        admin.get("/admin/history").await.must_be(200).must_say("Sleep clinic");
        let before = app.count("select count(*) as n from change").await;
        admin.post(&path, &changed).await.must_lead_to("/admin");
        assert_eq!(app.count("select count(*) as n from change").await, before, "the same again changes nothing");
        assert!(app.raw("update change set after = 'x'").await.is_err(), "the history is written once");
    }

    async fn a_service_that_cannot_be_is_refused_by_field_and_nothing_typed_is_lost(app) {
        let admin = app.sign_in("administrator").await;
        let form = [("name", ""), ("visit_min", "soon"), ("team", "My team"), ("clock-report_days", "9999")];
        admin.post("/admin/services/new", &form).await.must_lead_to("/admin/services/new");
        let page = admin.get("/admin/services/new").await;
        page.must_say("Write the name that people know").must_say("from 5 to 720").must_say("from 0 to 730")
            .must_say("My team").must_say("9999");
        app.sign_in("coordinator").await.get("/admin/services/new").await.must_be(403);
    }

    async fn holidays_move_what_is_due(app) {
        let admin = app.sign_in("administrator").await;
        let page = admin.get("/admin/organisation").await.must_be(200).text();
        let name = harness::slots(&page, "name")[0].clone();
        let today = service::clock::now().date_naive();
        let days: Vec<String> = (0..30).map(|day| (today + chrono::Days::new(day)).to_string()).collect();
        let form = [("name", name.as_str()), ("zone", "Europe/London"), ("holidays", "Boxing Day")];
        admin.post("/admin/organisation", &form).await.must_lead_to("/admin/organisation");
        admin.get("/admin/organisation").await.must_say("is no date");
        let lines = days.join("\n");
        let form = [("name", name.as_str()), ("zone", "Europe/London"), ("holidays", &lines)];
        admin.post("/admin/organisation", &form).await.must_lead_to("/admin");
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        let due = app.referral(id).await.due_at.expect("due");
        assert!(due > (service::clock::now() + chrono::Duration::days(29)).timestamp_millis(), "after the holidays");
    }

    async fn a_colleague_is_invited_sets_a_way_in_and_works(app) {
        let admin = app.sign_in("administrator").await;
        let email = "new.colleague@wrenfield-hospitals.example";
        let bad = [("name", "New Colleague"), ("email", person("referrer")), ("roles", "coordinator")];
        admin.post("/admin/people/new", &bad).await.must_lead_to("/admin/people/new");
        admin.get("/admin/people/new").await.must_say("signs in with this address already");
        let form = [("name", "New Colleague"), ("email", email), ("roles", "coordinator"), ("roles", "specialist")];
        admin.post("/admin/people/new", &form).await.must_lead_to("/admin");
        // Whoever reads the message log must not be able to take the invitation: not while it waits, nor afterwards.
        for _ in 0..2 {
            let log = app.sign_in("coordinator").await.get("/messages").await.must_be(200).text();
            let rows = log.split_once("<tbody>").expect("a list").1;
            let path = rows.split('"').find(|part| part.starts_with("/messages/")).expect("the newest").to_owned();
            let trace = app.sign_in("coordinator").await.get(&path).await.must_say("Invitation of a colleague").text();
            assert!(!trace.contains("/invited/"), "{trace}");
            app.deliver().await;
        }
        let kept = "select count(*) as n from message where body like '%/invited/%' or html like '%/invited/%'";
        assert_eq!(app.count(kept).await, 0, "the link is not kept once it has left");
        let link = invitation(app, email);
        let weak = app.browser();
        weak.post(&link, &[("password", "short"), ("again", "short")]).await.must_lead_to(&link);
        weak.get(&link).await.must_say("at least 12 characters");
        let browser = accept(app, &link, "orange ladder seven rivers").await;
        browser.get("/worklist").await.must_be(200);
        browser.get("/availability").await.must_be(200).must_say("New Colleague");
        app.browser().get(&link).await.must_be(410).must_say("This invitation is over");
        // With password and authenticator from now on.
        let again = app.browser();
        let form = [("email", email), ("password", "orange ladder seven rivers")];
        again.post("/sign-in", &form).await.must_lead_to("/sign-in/code");
    }

    async fn a_reset_ends_the_old_way_in_and_a_role_taken_ends_its_pages(app) {
        let admin = app.sign_in("administrator").await;
        let coordinator = app.staff("coordinator").await;
        let theirs = app.sign_in("coordinator").await;
        theirs.get("/messages").await.must_be(200);
        let path = format!("/admin/people/{}", coordinator.id);
        admin.post(&format!("{path}/roles"), &[("roles", "specialist")]).await.must_lead_to("/admin");
        theirs.get("/messages").await.must_be(403);
        admin.post(&format!("{path}/roles"), &[]).await.must_lead_to(&path);
        admin.get(&path).await.must_say("Choose at least one role");
        admin.post(&format!("{path}/reset"), &[]).await.must_lead_to("/admin");
        theirs.get("/worklist").await.must_lead_to("/sign-in");
        app.deliver().await;
        let old = app.browser();
        let form = [("email", person("coordinator")), ("password", PASSWORD)];
        old.post("/sign-in", &form).await.must_lead_to("/sign-in");
        accept(app, &invitation(app, person("coordinator")), "seven orange ladders at noon").await;
        let own = format!("/admin/people/{}", app.staff("administrator").await.id);
        admin.post(&format!("{own}/roles"), &[("roles", "quality")]).await.must_lead_to(&own);
        admin.get(&own).await.must_say("cannot take the administrator");
    }
}
