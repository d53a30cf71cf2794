//! The words of messages: the product's own, and those that an organisation writes in their place.

use contract::{ConfigReport, TemplateInput};
use domain::notice::StaffNotice;
use domain::template::Texts;
use domain::{Actor, OrganisationId, PersonId, Principal, ReferralId, Role};
use harness::{Answer, Browser, TestApp, both, slots};
use server::adapters::Catalogue;
use service::admin::config::{ConfigDocument, Mode, export_config, load_config, read};
use service::ports::{MessageFacts, Template, Words};
use service::{Call, Conflict, ServiceError, admin, clock};
use sha2::{Digest, Sha256};

fn facts(notice: StaffNotice) -> MessageFacts {
    let at = |text: &str| text.parse().expect("an instant");
    MessageFacts {
        first_name: "Ann <b>".to_owned(),
        organisation: "North & South\r\nTrust".to_owned(),
        phone: Some("020 7946 0018".to_owned()),
        visit: Some((at("2026-09-30T09:10:00Z"), chrono_tz::Europe::London)),
        until: Some(at("2027-01-02T17:00:00Z")),
        now: at("2026-09-01T09:00:00Z"),
        place: String::new(),
        cost: "about £160".to_owned(),
        link: "https://waymark.example/r/8Qx2Lk9ZpT7wVb3R?a=1&b=2".to_owned(),
        reference: "WM-7F3K-21".to_owned(),
        code: "123456".to_owned(),
        standing_in: Some(("Dr “Jo” O’Neill".to_owned(), "from Monday until Friday".to_owned())),
        notice: Some(notice),
        clinical: Some((
            "Margaret Hale, born 31 March 1948".to_owned(),
            "Sinus rhythm.\n\nNo  visits. {when}".to_owned(),
        )),
        ..MessageFacts::default()
    }
}

#[test]
fn the_product_s_own_words_stay_as_agreed() {
    let words = Catalogue { default_country: "44".to_owned() };
    let mut said = String::new();
    let mut say = |template: Template, facts: &MessageFacts, name: String| {
        let rendered = words.render(template, &Texts::default(), facts);
        let page = hex::encode(Sha256::digest(rendered.html.as_bytes()));
        said.push_str(&format!(
            "== {name}\n{}\n{}\n{}\n{}page {page}\n\n",
            rendered.sms, rendered.subject, rendered.push, rendered.text
        ));
    };
    for template in Template::ALL {
        say(*template, &facts(StaffNotice::ReportReady), template.to_string());
        say(*template, &MessageFacts::default(), format!("{template}, with nothing"));
    }
    for notice in StaffNotice::ALL {
        say(Template::StaffNotice, &facts(*notice), format!("staff-notice, {notice}"));
    }
    insta::assert_snapshot!(said);
}

const RECEIVED: &str = "/admin/templates/referral-received";

/// Sends the page's form as it stands, with these fields in it.
async fn write(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await.must_be(200).text();
    let version = slots(&page, "version").first().cloned().expect("the form carries its version");
    let mut form = vec![("version", version.as_str())];
    form.extend(fields);
    browser.post(path, &form).await.must_lead_to(path);
    browser.get(path).await.must_be(200)
}

/// Lets the newest version out.
async fn approve(browser: &Browser, path: &str) {
    write(browser, path, &[("act", "approve")]).await.must_say("From the next message on it is sent.");
}

/// Writes and approves words on the service's side, as an administrator who is alone.
async fn let_out(app: &TestApp, call: &Call, code: &str, language: Option<&str>, input: &TemplateInput) {
    admin::save_template(&app.desk, call, code, language, input).await.expect("saved");
    let version = (input.version.parse::<i64>().expect("a number") + 1).to_string();
    admin::approve_template(&app.desk, call, code, language, &version).await.expect("approved");
}

/// An administrator of the practice that refers, which is another organisation.
async fn elsewhere(app: &TestApp) -> Call {
    let row = app.staff("referrer").await;
    let principal = Principal::Staff {
        organisation: OrganisationId(row.organisation_id),
        person: PersonId(row.id),
        roles: vec![Role::Administrator],
        name: row.name,
    };
    Call::new(Actor { principal, request: uuid::Uuid::from_bytes(rand::random()) }, clock::now())
}

/// The text messages that the referral's patient got, oldest first.
async fn texts(app: &TestApp, id: ReferralId) -> Vec<String> {
    app.deliver().await;
    let phone = app.patient_of(id).await.phone.expect("has a phone");
    app.twilio.texts(&phone)
}

async fn newest_text(app: &TestApp, id: ReferralId) -> String {
    texts(app, id).await.pop().expect("a text was sent")
}

async fn take_in(app: &TestApp, call: &Call, text: &str) -> ConfigReport {
    let document = read(text).expect("it can be read");
    load_config(&app.desk, call, None, &document, Mode::Write).await.expect("it is judged")
}

async fn take_out(app: &TestApp, call: &Call) -> ConfigDocument {
    export_config(&app.desk, call, None).await.expect("it is written out")
}

both! {
    async fn changed_words_are_sent_by_that_organisation_and_by_no_other(app) {
        let admin = app.sign_in("administrator").await;
        let before = app.a_sent_referral_of(0).await;
        write(&admin, RECEIVED, &[("sms", "mae eich llythyr yma:"), ("subject", "Your letter is here")]).await
            .must_say("The words are saved.").must_say("Version 1 waits to be approved").must_say("Until then Waymark’s words are sent.");
        let waiting = app.a_sent_referral_of(3).await;
        let said = newest_text(app, waiting).await;
        assert!(said.contains(" we have received your referral. Follow it here: http"), "a draft is not sent: {said}");
        approve(&admin, RECEIVED).await;
        let notice = "/admin/templates/staff-notice";
        write(&admin, notice, &[("subject", "{reference} {what}, see Waymark"), ("body", "It {what}.\r\n\r\nSo: {then} It is {reference}.")]).await
            .must_say("The words are saved.");
        approve(&admin, notice).await;
        let theirs = TemplateInput { version: "0".into(), sms: "the practice speaks:".into(), ..TemplateInput::default() };
        let_out(app, &elsewhere(app).await, "referral-received", None, &theirs).await;
        let after = app.a_sent_referral_of(1).await;
        let said = newest_text(app, before).await;
        assert!(said.contains(" we have received your referral. Follow it here: http"), "what waits keeps its words: {said}");
        let said = newest_text(app, after).await;
        let house = app.desk.store.reader();
        let of = OrganisationId(app.staff("administrator").await.organisation_id);
        let house = store::directory::organisation(house, of).await.expect("read").expect("there").name;
        assert!(said.starts_with(&format!("{house}: ")) && said.contains("mae eich llythyr yma: http"), "{said}");
        assert!(!said.contains("practice speaks"), "{said}");
        let reference = app.referral(after).await.reference;
        let subject = format!("{reference} has arrived, see Waymark");
        let mail = app.mails().into_iter().find(|mail| mail.subject == subject).expect("the coordinator is told");
        assert!(mail.text.replace("\r\n", "\n").starts_with(&format!("It has arrived.\n\nSo: It waits on your worklist. It is {reference}.\n\nOpen it: http")), "{}", mail.text);
        // Back again, in two steps: a word of what would be sent, then the act.
        admin.get(RECEIVED).await.must_say("Yes, go back to Waymark’s words").must_say("we have received your referral. Follow it here:");
        write(&admin, RECEIVED, &[("act", "built-in")]).await.must_say("Once this is approved, Waymark’s words are sent.");
        approve(&admin, RECEIVED).await;
        let last = app.a_sent_referral_of(2).await;
        let said = newest_text(app, last).await;
        assert!(said.contains(" we have received your referral. Follow it here: http"), "{said}");
        assert_eq!(app.count("select count(*) as n from words_version where template = 'referral-received'").await, 3);
    }

    async fn what_cannot_be_sent_is_refused_beside_its_field_and_nothing_is_saved(app) {
        let admin = app.sign_in("administrator").await;
        for (template, field, text, remedy) in [
            ("time-offered", "sms", "we offer you a time", "Add {when}. The message does not say enough without it."),
            ("time-offered", "sms", "we offer {date} or {when}", "Nothing fills {date} here. Use {when}, {until}, or write the words."),
            ("time-offered", "body", "We hold {when", "Close each { with a }."),
            ("time-offered", "push", "Come {when}", "Nothing fills {when} here. Use {organisation}"),
            ("referral-received", "subject", &"long ".repeat(20), "Shorten it to 78 characters"),
            ("referral-received", "sms", &"long ".repeat(80), "text messages; 2 are the most."),
            ("referral-received", "sms", &"ŵ".repeat(150), "Some of its letters leave less than half the room"),
            ("referral-received", "push", "News\u{7} for you", "without characters that cannot be seen"),
            ("referral-received", "push", "News of the Heart clinic", "Leave “Heart clinic” out."),
            ("referral-received", "sms", "your cancer referral is here:", "Leave “cancer” out."),
            ("one-time-code", "sms", "Your code from {organisation} is {code}", "Begin with {code}"),
            ("staff-invitation", "sms", "Come in", "This message has no such text."),
        ] {
            for act in ["save", "preview"] {
                let page = write(&admin, &format!("/admin/templates/{template}"), &[(field, text), ("act", act)]).await.text();
                assert!(page.contains("There is a problem") && page.contains(remedy), "{template} {field} {text}: {page}");
                assert!(field == "sms" && template == "staff-invitation" || page.contains(&format!("id=\"f-{field}-error\"")), "beside {field}");
            }
        }
        assert_eq!(app.count("select count(*) as n from words_version").await, 0);
        assert_eq!(app.count("select count(*) as n from change").await, 0);
    }

    async fn a_preview_shows_what_would_arrive_and_saves_nothing(app) {
        let admin = app.sign_in("administrator").await;
        let page = write(&admin, "/admin/templates/booking-confirmed", &[("act", "preview"), ("sms", "see <b>you</b> {when}:"), ("push", "Booked.")]).await.text();
        assert!(page.contains("Not saved yet") && page.contains("see &lt;b&gt;you&lt;/b&gt; "), "{page}");
        assert!(page.contains("It must have {when}") && page.contains("It may have {organisation}"), "{page}");
        assert!(page.contains("Counts as 1 text message") && page.contains("units of one message are used") && page.contains("Nothing is saved yet."), "{page}");
        assert!(page.contains("Your appointment is booked for "), "what is left empty is said in the product's words: {page}");
        let filled = write(&admin, "/admin/templates/booking-confirmed", &[("act", "begin"), ("push", "Booked.")]).await.text();
        assert!(filled.contains("you are booked for {when}. Details or change:") && filled.contains("value=\"Booked.\""), "{filled}");
        let plain = admin.get("/admin/templates/booking-confirmed").await.must_be(200).text();
        assert!(!plain.contains("Not saved yet") && !plain.contains("see &lt;b&gt;"), "{plain}");
        assert_eq!(app.count("select count(*) as n from words_version").await, 0);
        // What says the same as the product is nothing of their own.
        write(&admin, RECEIVED, &[("push", "There is news about your referral."), ("sms", " ")]).await;
        assert_eq!(app.count("select count(*) as n from words_version").await, 0);
    }

    async fn each_change_is_kept_with_who_and_what_it_was(app) {
        let admin = app.sign_in("administrator").await;
        write(&admin, RECEIVED, &[("push", "News for you.")]).await;
        write(&admin, RECEIVED, &[("push", "Something new for you.")]).await;
        write(&admin, RECEIVED, &[("act", "built-in")]).await;
        let page = admin.get(RECEIVED).await.must_say("Owen Blackwood").text();
        let history = page.split("<h2>Versions</h2>").last().expect("a history");
        assert!(history.contains("Version 3") && history.contains("Waits to be approved") && history.contains("Never approved"), "{history}");
        assert!(history.contains("Waymark’s words.") && history.contains("Written by Owen Blackwood, "), "{history}");
        admin.get("/admin/history").await.must_say("Message “Referral sent”, notice on a phone");
        admin.get("/admin/templates").await.must_say("Owen Blackwood, ");
        let rows = "select field || ':' || before || '>' || after as t from change where entity = 'template' order by id";
        assert_eq!(app.texts(rows).await, ["push:>News for you.", "push:News for you.>Something new for you.", "push:Something new for you.>"]);
        assert_eq!(app.count("select count(*) as n from audit where action = 'configure' and entity = 'template'").await, 3);
        admin.get("/admin/templates/no-such").await.must_be(404);
        for role in ["coordinator", "specialist", "referrer", "quality"] {
            let other = app.sign_in(role).await;
            other.get("/admin/templates").await.must_be(403);
            other.post(RECEIVED, &[("version", "3"), ("push", "Mine.")]).await.must_be(403);
            let input = TemplateInput { version: "3".into(), push: "Mine.".into(), ..TemplateInput::default() };
            let refused = admin::save_template(&app.desk, &app.call(role).await, "referral-received", None, &input).await;
            assert!(matches!(refused, Err(ServiceError::NotAllowed)), "{role}");
        }
    }

    async fn a_form_that_comes_too_late_is_refused_and_shows_both(app) {
        let admin = app.sign_in("administrator").await;
        let first = [("version", "0"), ("push", "Theirs."), ("act", "save")];
        admin.post(RECEIVED, &first).await.must_lead_to(RECEIVED);
        admin.get(RECEIVED).await.must_say("The words are saved.");
        for act in ["save", "built-in"] {
            admin.post(RECEIVED, &[("version", "0"), ("subject", "Mine too"), ("push", "Mine."), ("act", act)]).await.must_lead_to(RECEIVED);
            let page = admin.get(RECEIVED).await.must_say("Somebody else changed these words").text();
            assert!(act == "built-in" || page.contains("Saved now: “Theirs.”") && page.contains("value=\"Mine.\""), "{page}");
            assert_eq!(slots(&page, "version")[0], "1", "the form that comes back can be sent");
        }
        assert_eq!(app.texts("select push as t from words_version").await, ["Theirs."]);
        // Two at the same instant: one of them is late.
        let call = app.call("administrator").await;
        let other = app.call("administrator").await;
        let input = |push: &str| TemplateInput { version: "1".into(), push: push.into(), ..TemplateInput::default() };
        let (one, two) = (input("One."), input("Two."));
        let (one, two) = tokio::join!(
            admin::save_template(&app.desk, &call, "referral-received", None, &one),
            admin::save_template(&app.desk, &other, "referral-received", None, &two),
        );
        let late = |done: &Result<(), ServiceError>| matches!(done, Err(ServiceError::Conflict(Conflict::WordsChanged)));
        assert!(one.is_ok() && late(&two) || two.is_ok() && late(&one), "{one:?} {two:?}");
    }

    async fn stored_words_that_cannot_be_used_any_more_never_keep_a_message_back(app) {
        let admin = app.sign_in("administrator").await;
        write(&admin, RECEIVED, &[("sms", "it is here:")]).await;
        approve(&admin, RECEIVED).await;
        app.raw("update words_version set sms = 'it is {gone}:'").await.expect("set");
        let id = app.a_sent_referral().await;
        let said = newest_text(app, id).await;
        assert!(said.contains(" we have received your referral. Follow it here: http"), "{said}");
        // Whoever looks at the form can put it right.
        admin.get(RECEIVED).await.must_be(200).must_say("it is {gone}:");
    }

    async fn words_go_into_a_file_and_come_out_of_it(app) {
        let (here, there) = (app.call("administrator").await, elsewhere(app).await);
        let file = r#"{ "waymark_config": 1, "messages": [
            { "code": "time-offered", "sms": "come {when}?", "body": "We hold {when}.\n\nAnswer by {until}." },
            { "code": "declined", "push": "News." } ] }"#;
        let report = take_in(app, &here, file).await;
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        let said: Vec<String> = report.changes.iter().map(|one| format!("{} {}: {} → {}", one.name, one.field, one.before, one.after)).collect();
        assert_eq!(said, ["declined approved:  → 1", "declined push:  → News.", "time-offered approved:  → 1", "time-offered body:  → We hold {when}.\n\nAnswer by {until}.", "time-offered sms:  → come {when}?"]);
        let written = take_out(app, &here).await;
        assert_eq!(written.messages.len(), Template::ALL.len());
        assert_eq!(take_in(app, &app.call("administrator").await, &serde_json::to_string(&written).expect("JSON")).await, ConfigReport::default());
        // Into another organisation, which has words of its own: what the file leaves empty becomes the product's again.
        let theirs = TemplateInput { version: "0".into(), push: "Ours.".into(), ..TemplateInput::default() };
        let_out(app, &there, "accepted-wait", None, &theirs).await;
        let moved = ConfigDocument { messages: written.messages.clone(), ..ConfigDocument::empty() };
        let moved = serde_json::to_string(&moved).expect("JSON");
        let report = take_in(app, &elsewhere(app).await, &moved).await;
        assert!(report.problems.is_empty() && report.changes.len() == 7, "{report:?}");
        assert_eq!(take_out(app, &there).await.messages, written.messages);
        assert_eq!(take_in(app, &elsewhere(app).await, &moved).await, ConfigReport::default());
        // One that is left out stays, and what is wrong is named by its path.
        let wrong = r#"{ "waymark_config": 1, "messages": [ { "code": "declined", "sms": "about your heart:" },
            { "code": "time-offered", "body": "Soon." }, { "code": "declined" } ] }"#;
        let report = take_in(app, &app.call("administrator").await, wrong).await;
        let paths: Vec<&str> = report.problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["messages[2].code", "messages[0].sms", "messages[1].body", "messages[1].body"]);
        assert_eq!(take_out(app, &here).await, written);
    }

    async fn words_in_a_patient_s_language_are_sent_to_them_and_to_nobody_else(app) {
        let admin = app.sign_in("administrator").await;
        let path = "/admin/templates/referral-received/in/pl";
        admin.get("/admin/templates/referral-received?language=pl").await.must_lead_to(path);
        admin.get(path).await.must_be(200).must_say("Write every text").must_say("In Polish");
        let half = write(&admin, path, &[("sms", "mamy skierowanie. Zobacz:")]).await.text();
        assert!(half.contains("Waymark has no words of its own in this language."), "{half}");
        let words = [
            ("subject", "Mamy Twoje skierowanie"), ("sms", "mamy skierowanie. Zobacz:"), ("body", "Mamy Twoje skierowanie."),
            ("action", "Zobacz"), ("push", "Jest nowa wiadomość."),
        ];
        let telling = write(&admin, path, &[words[0], words[1], words[2], words[3], ("push", "Wiadomość z onkologii")]).await.text();
        assert!(telling.contains("Leave “onkologii” out."), "{telling}");
        write(&admin, path, &words).await.must_say("Until then patients get it in another language.");
        app.raw("update patient set language = 'pl-PL'").await.expect("set");
        let draft = app.a_sent_referral_of(0).await;
        assert!(newest_text(app, draft).await.contains(" we have received your referral. "));
        approve(&admin, path).await;
        let polish = app.a_sent_referral_of(1).await;
        let said = newest_text(app, polish).await;
        assert!(said.contains("mamy skierowanie. Zobacz: http"), "{said}");
        let kept = "select language || ' ' || words_version || ' ' || encoding || ' ' || segments as t from message where language = 'pl' and channel = 'sms'";
        assert_eq!(app.texts(kept).await, ["pl 1 GSM-7 1"]);
        // In another language those of the house, which are the product's while there are none.
        app.raw("update patient set language = 'so'").await.expect("set");
        let somali = app.a_sent_referral_of(2).await;
        assert!(newest_text(app, somali).await.contains(" we have received your referral. "));
        app.raw("update organisation set language = 'pl'").await.expect("set");
        let house = app.a_sent_referral_of(3).await;
        assert!(newest_text(app, house).await.contains("mamy skierowanie"));
        // Who reads English is written to in English.
        app.raw("update patient set language = 'en-GB'").await.expect("set");
        let english = app.a_sent_referral_of(4).await;
        assert!(newest_text(app, english).await.contains(" we have received your referral. "));
        // Given up again, and colleagues are written to in English alone.
        write(&admin, path, &[("act", "built-in")]).await;
        approve(&admin, path).await;
        app.raw("update patient set language = 'pl'").await.expect("set");
        let after = app.a_sent_referral_of(5).await;
        assert!(newest_text(app, after).await.contains(" we have received your referral. "));
        admin.get("/admin/templates/staff-notice/in/pl").await.must_be(404);
        admin.get("/admin/templates/referral-received/in/p").await.must_be(404);
        admin.get("/admin/templates").await.must_be(200).must_say("Written by Owen Blackwood");
        admin.get("/admin/history").await.must_say("Message “Referral sent” in Polish, version that is sent");
    }

    async fn nobody_lets_their_own_words_out_while_there_is_another_administrator(app) {
        let one = app.sign_in("administrator").await;
        let coordinator = app.staff("coordinator").await;
        app.raw(&format!(
            "insert into person_role (organisation_id, person_id, role) select organisation_id, id, 'administrator' from person where email = '{}'",
            coordinator.email
        )).await.expect("made an administrator");
        let other = app.sign_in("coordinator").await;
        let page = write(&one, RECEIVED, &[("push", "News for you.")]).await.must_say("so another administrator approves it").text();
        assert!(!page.contains("Approve version 1"), "{page}");
        one.post(RECEIVED, &[("version", "1"), ("act", "approve")]).await.must_be(403);
        assert_eq!(app.count("select count(*) as n from words_version where approved_at is not null").await, 0);
        other.get("/admin/templates").await.must_be(200).must_say("To approve");
        let page = other.get(RECEIVED).await.must_say("Approve version 1").text();
        assert!(page.contains("[put in: ") && page.contains("News for you."), "{page}");
        // Who changes what waits has written it; then the first one approves.
        write(&other, RECEIVED, &[("push", "News for you today.")]).await.must_say("so another administrator approves it");
        one.post(RECEIVED, &[("version", "1"), ("act", "approve")]).await.must_lead_to(RECEIVED);
        one.get(RECEIVED).await.must_say("Somebody else changed these words");
        approve(&one, RECEIVED).await;
        one.post(RECEIVED, &[("version", "2"), ("act", "approve")]).await.must_lead_to(RECEIVED);
        assert_eq!(app.texts("select version || ' ' || coalesce(approved_by_name, '-') as t from words_version order by version").await, ["1 -", "2 Owen Blackwood"]);
        // What is in use stays in use while a newer one waits; an older one comes back as a new one.
        write(&one, RECEIVED, &[("push", "Something else.")]).await.must_say("Until then version 2 is sent.");
        write(&one, RECEIVED, &[("act", "restore"), ("from", "1")]).await.must_say("brought back as a new one").must_say("It brought version 1 back.");
        approve(&other, RECEIVED).await;
        let sent = "select push as t from words_version where approved_at is not null order by version desc";
        assert_eq!(app.texts(sent).await, ["News for you.", "News for you today."]);
        // A file does not go around it.
        let file = r#"{ "waymark_config": 1, "messages": [ { "code": "declined", "push": "News." } ] }"#;
        assert!(take_in(app, &app.call("administrator").await, file).await.problems.is_empty());
        assert_eq!(app.texts("select 'no' as t from words_version where template = 'declined' and approved_at is null").await, ["no"]);
    }

    async fn what_could_not_be_written_any_more_is_not_approved(app) {
        let admin = app.sign_in("administrator").await;
        write(&admin, RECEIVED, &[("push", "News of the lighthouse.")]).await.must_say("Approve version 1");
        app.raw("update service set name = 'Lighthouse clinic' where name = (select max(name) from service where organisation_id = (select organisation_id from person where name = 'Owen Blackwood'))").await.expect("named");
        write(&admin, RECEIVED, &[("act", "approve")]).await.must_say("Leave “lighthouse” out.");
        assert_eq!(app.count("select count(*) as n from words_version where approved_at is not null").await, 0);
    }

    async fn a_test_goes_to_oneself_says_what_it_is_and_waits_a_minute(app) {
        let admin = app.sign_in("administrator").await;
        write(&admin, RECEIVED, &[("sms", "hello there, see:")]).await;
        for (fields, remedy) in [
            (vec![("act", "test"), ("way", "sms"), ("number", "12")], "Enter a mobile number"),
            (vec![("act", "test"), ("way", "sms"), ("number", "")], "Enter a mobile number"),
            (vec![("act", "test"), ("way", "pigeon")], "Choose whether it goes"),
        ] {
            admin.post(RECEIVED, &fields).await.must_lead_to(RECEIVED);
            admin.get(RECEIVED).await.must_say(remedy);
        }
        admin.post(RECEIVED, &[("act", "test"), ("way", "sms"), ("number", "07700 900777")]).await.must_lead_to(RECEIVED);
        admin.get(RECEIVED).await.must_say("The test is on its way.");
        app.deliver().await;
        let said = app.twilio.texts("+447700900777");
        assert!(said.len() == 1 && said[0].starts_with("Test: ") && said[0].contains("hello there, see: http"), "{said:?}");
        admin.post(RECEIVED, &[("act", "test"), ("way", "mail")]).await.must_lead_to(RECEIVED);
        admin.get(RECEIVED).await.must_say("Wait a minute");
        // It was not counted: after the minute, and the one after it, the next one goes.
        app.raw("update attempt_count set span_start = span_start - 120000 where subject like 'test-words:%'").await.expect("moved");
        admin.post(RECEIVED, &[("act", "test"), ("way", "mail")]).await.must_lead_to(RECEIVED);
        app.deliver().await;
        let mails: Vec<_> = app.mails().into_iter().filter(|mail| mail.subject.starts_with("Test: ")).collect();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text.starts_with("This is a test of a message"), "{}", mails[0].text);
        assert_eq!(app.count("select count(*) as n from audit where action = 'test-words'").await, 2);
        let other = app.sign_in("coordinator").await;
        other.post(RECEIVED, &[("act", "test"), ("way", "mail")]).await.must_be(403);
    }

    async fn a_message_is_shown_with_a_real_referral_and_the_look_is_recorded(app) {
        let admin = app.sign_in("administrator").await;
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let row = app.referral(id).await;
        let patient = app.patient_of(id).await;
        let first = patient.given.split_whitespace().next().expect("a name").to_owned();
        let looks = "select count(*) as n from audit where action = 'read' and entity = 'referral' and actor_name = 'Owen Blackwood' and outcome = 'allowed'";
        let sent = app.count("select count(*) as n from message").await;
        admin.post(RECEIVED, &[("act", "real"), ("language", "en"), ("reference", "WM-0000-0000")]).await.must_lead_to(RECEIVED);
        admin.get(RECEIVED).await.must_say("No referral to your organisation");
        assert_eq!(app.count(looks).await, 0);
        let path = format!("/admin/templates/referral-received/in/en/of/{id}");
        let typed = row.reference.to_lowercase();
        admin.post(RECEIVED, &[("act", "real"), ("language", "en"), ("reference", &typed)]).await.must_lead_to(&path);
        let page = admin.get(&path).await.must_be(200).must_say(&row.reference).text();
        assert!(page.contains(&format!("Hello {first},")) && page.contains("Nothing is sent."), "{page}");
        assert!(!page.contains(&patient.family), "no more than the message says: {page}");
        assert_eq!(app.count(looks).await, 1);
        let waits = admin.get(&format!("/admin/templates/time-offered/in/en/of/{id}")).await.must_be(200).text();
        assert!(waits.contains("There is no value for {when} and {until} now"), "{waits}");
        assert_eq!(app.count("select count(*) as n from message").await, sent, "nothing is sent");
        admin.get(&format!("/admin/templates/staff-notice/in/en/of/{id}")).await.must_be(404);
        let draft = app.begin().await;
        admin.get(&format!("/admin/templates/declined/in/en/of/{draft}")).await.must_be(404);
        for role in ["coordinator", "referrer", "quality"] {
            app.sign_in(role).await.get(&path).await.must_be(403);
        }
    }

    async fn the_command_line_says_what_a_reader_of_a_language_would_get(app) {
        let admin = app.call("administrator").await;
        let organisation = OrganisationId(app.staff("administrator").await.organisation_id);
        let call = Call::new(Actor::system("message preview", uuid::Uuid::from_bytes(rand::random())), clock::now());
        let shown = async |code: &str, tag: Option<&str>| admin::words_preview(&app.desk, &call, organisation, code, tag).await;
        let said = shown("referral-received", Some("cy")).await.expect("shown");
        assert_eq!((said.language.as_str(), said.version, said.draft), ("en", 0, None));
        let welsh = TemplateInput {
            version: "0".into(), subject: "Eich llythyr".into(), sms: "mae eich llythyr yma:".into(), body: "Mae yma.".into(),
            action: "Gweld".into(), push: "Mae newyddion.".into(),
        };
        let_out(app, &admin, "referral-received", Some("cy"), &welsh).await;
        admin::save_template(&app.desk, &app.call("administrator").await, "referral-received", Some("cy"), &TemplateInput { version: "1".into(), push: "Newyddion.".into(), ..welsh.clone() }).await.expect("saved");
        let said = shown("referral-received", Some("cy-GB")).await.expect("shown");
        assert_eq!((said.language.as_str(), said.version, said.draft), ("cy", 1, Some(2)));
        let sms = said.preview.sms.expect("a text message");
        assert!(sms.text.contains("Sam, mae eich llythyr yma: http") && sms.encoding == "GSM-7" && sms.segments == 1, "{sms:?}");
        assert!(said.preview.push.as_deref() == Some("Mae newyddion.") && said.problems.is_empty());
        app.raw("update words_version set sms = '{gone}' where language = 'cy'").await.expect("set");
        let said = shown("referral-received", Some("cy")).await.expect("shown");
        assert_eq!(said.problems.len(), 1, "{:?}", said.problems);
        assert!(matches!(shown("staff-notice", Some("cy")).await, Err(ServiceError::NotFound)));
        assert!(matches!(shown("no-such", None).await, Err(ServiceError::NotFound)));
        let foreign = admin::words_preview(&app.desk, &elsewhere(app).await, organisation, "declined", None).await;
        assert!(matches!(foreign, Err(ServiceError::NotFound)));
    }
}
