//! What the receiving side does: deciding in one act with a file and a next step, asking one side by a day, offering a time,
//! following up, referring on.

use chrono::Duration;
use domain::ReferralId;
use harness::{Answer, PDF, TestApp, both, slots};
use service::{booking, clock, jobs};

async fn page(app: &TestApp, role: &str, id: ReferralId) -> Answer {
    app.sign_in(role).await.get(&format!("/referrals/{id}")).await.must_be(200)
}

async fn upload(app: &TestApp, role: &str, id: ReferralId, act: &str, fields: &[(&str, &str)], bytes: &[u8]) {
    let version = app.referral(id).await.version.to_string();
    let mut form = vec![("form", act), ("version", version.as_str())];
    form.extend_from_slice(fields);
    let browser = app.sign_in(role).await;
    let name = format!("{act}-file");
    let answer =
        browser.upload_as(&format!("/referrals/{id}/{act}"), &form, (&name, "enclosed.pdf"), bytes).await;
    answer.must_lead_to(&format!("/referrals/{id}"));
}

/// Paths of the documents of this name on a page.
fn enclosed(page: &str) -> Vec<String> {
    page.split("<a href=\"")
        .skip(1)
        .filter(|rest| rest.split("</a>").next().is_some_and(|link| link.contains("enclosed.pdf")))
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect()
}

async fn documents(app: &TestApp, id: ReferralId) -> i64 {
    let of = app.literal(id.0);
    app.count(&format!("select count(*) as n from document where referral_id = {of}")).await
}

async fn stored(app: &TestApp) -> usize {
    fn files(folder: &std::path::Path) -> usize {
        let entries =
            std::fs::read_dir(folder).map(|all| all.flatten().collect()).unwrap_or_else(|_| Vec::new());
        entries.iter().map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
    }
    files(&app.folder.path().join("documents"))
}

fn day_in(days: i64) -> (String, String, String) {
    let day = (clock::now() + Duration::days(days)).date_naive();
    (day.format("%-d").to_string(), day.format("%-m").to_string(), day.format("%Y").to_string())
}

/// The patient books the first time.
async fn book(app: &TestApp, id: ReferralId) {
    let slot = app.times(id).await.first().cloned().expect("a time");
    app.hold(id, &slot).await;
    app.confirm(id).await;
    app.must_be_in(id, "booked").await;
}

async fn visits(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!("select state as t from appointment where referral_id = {of} order by id")).await
}

both! {
    async fn a_visit_that_is_to_come_is_not_made_one_that_was_by_a_note_or_a_report(app) {
        let id = app.an_accepted_referral().await;
        book(app, id).await;
        app.deliver().await;
        let acts = page(app, "specialist", id).await.text();
        assert!(!acts.contains("act-note") && !acts.contains("act-report"), "what is refused is not offered: {acts}");
        for act in ["note", "report"] {
            let text = format!("{act}-text");
            app.act("specialist", id, act, &[(text.as_str(), "We will see her on Tuesday.")]).await;
            app.must_be_in(id, "booked").await;
            assert_eq!(visits(app, id).await, ["booked"], "{act}");
        }
        page(app, "specialist", id).await.must_say("Write it into the thread for both sides instead")
            .must_say("We will see her on Tuesday.");
        app.deliver().await;
        assert_eq!(app.findings().await, Vec::<String>::new());
        // Seen before the day: the time goes back, and its patient and their calendar are told.
        app.act("specialist", id, "record-visit", &[("record-visit-text", "Seen on the ward this morning.")]).await;
        app.must_be_in(id, "seen").await;
        assert_eq!(visits(app, id).await, ["cancelled"]);
        app.deliver().await;
        app.act("specialist", id, "report", &[("report-text", "All is well.")]).await;
        app.must_be_in(id, "outcome-received").await;
        app.deliver().await;
        assert_eq!(app.findings().await, Vec::<String>::new());
    }

    async fn a_note_once_the_visit_has_begun_says_that_the_patient_was_seen(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        page(app, "specialist", id).await.must_say("It says that the patient was seen; the report stays due.");
        book(app, id).await;
        let of = app.literal(id.0);
        let start = app.texts(&format!("select cast(start_at as text) as t from appointment where referral_id = {of}")).await;
        let begun = chrono::DateTime::from_timestamp_millis(start[0].parse().expect("ms")).expect("an instant");
        let call = service::Call { now: begun + Duration::minutes(30), ..app.call("specialist").await };
        let text = contract::TextInput {
            version: app.referral(id).await.version,
            text: "Blood taken; a report follows.".to_owned(),
            ..contract::TextInput::default()
        };
        service::referrals::note(&app.desk, &call, id, &text, None).await.expect("written");
        app.must_be_in(id, "seen").await;
        assert_eq!(visits(app, id).await, ["fulfilled"]);
        // A visit that was kept days before it was to be is found.
        let rule = "no visit was kept before the day on which it was to be";
        app.breaks(rule);
        app.raw(&format!("update appointment set changed_at = start_at - 172800000 where referral_id = {of}")).await.expect("set");
        let findings = service::check::check(&app.desk, clock::now()).await.expect("checked");
        assert_eq!(findings.iter().find(|finding| finding.rule == rule).map(|finding| finding.count), Some(1));
    }

    async fn the_times_say_for_whom_and_the_first_day_stands_open(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let browser = app.sign_in("coordinator").await;
        let path = format!("/referrals/{id}/times");
        let times = browser.get(&path).await.must_be(200).text();
        let patient = app.patient_of(id).await;
        let whom = format!("For {} {}, born ", patient.given, patient.family);
        assert!(times.contains(&whom), "{whom} in {times}");
        assert_eq!(times.matches("<details open class=\"app-act\"").count(), 1, "the first day: {times}");
    }

    async fn a_decision_in_one_act_carries_its_file_and_says_what_comes_next(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let (before, files) = (documents(app, id).await, stored(app).await);
        // Refused: no document, and no bytes that nobody names.
        let form = [("triage-outcome", "accept"), ("triage-priority", "urgent"), ("triage-next_step", "test-first")];
        upload(app, "specialist", id, "triage", &form, PDF).await;
        page(app, "specialist", id).await.must_say("Write which test comes first");
        assert_eq!((documents(app, id).await, stored(app).await), (before, files));
        app.must_be_in(id, "sent").await;
        let form = [
            ("triage-outcome", "accept"), ("triage-priority", "urgent"), ("triage-next_step", "test-first"),
            ("triage-next_step_note", "a 24-hour ECG"), ("triage-comment", "See the plan enclosed."),
        ];
        upload(app, "specialist", id, "triage", &form, PDF).await;
        app.must_be_in(id, "accepted").await;
        assert_eq!(app.referral(id).await.next_action.as_deref(), Some("do-test"));
        assert_eq!(documents(app, id).await, before + 1);
        for role in ["specialist", "referrer"] {
            let page = page(app, role, id).await.must_say("A test comes first: a 24-hour ECG").text();
            let path = enclosed(&page).first().cloned().unwrap_or_else(|| panic!("{role}: {page}"));
            assert_eq!(app.sign_in(role).await.get(&path).await.must_be(200).body, PDF);
            let mine = path.replace("/referrals/", "/my/");
            app.as_patient(id).await.get(&mine).await.must_be(404);
        }
        // The patient waits for the test, and cannot choose a time before it.
        let patient = app.as_patient(id).await;
        patient.get("/my").await.must_say("First comes: a 24-hour ECG").must_say("a test comes first");
        patient.get(&format!("/my/{id}/times")).await.must_be(409).must_say("A test comes first");
        let form = page(app, "coordinator", id).await.must_say("Follow-ups").text();
        let follow_up = form.split(">a 24-hour ECG</option>").next().and_then(|before| before.rsplit("value=\"").next())
            .and_then(|rest| rest.split('"').next()).expect("a choice").to_owned();
        let form = [("settle-follow-up-follow_up", follow_up.as_str()), ("settle-follow-up-state", "done")];
        app.act("coordinator", id, "settle-follow-up", &form).await;
        assert_eq!(app.referral(id).await.next_action.as_deref(), Some("choose-time"));
        assert!(!app.times(id).await.is_empty(), "a time can be chosen now");
        app.deliver().await;
    }

    async fn who_is_asked_answers_by_the_day_and_nobody_else(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let (day, month, year) = day_in(9);
        let (day, month, year) = (day.as_str(), month.as_str(), year.as_str());
        let form = [
            ("triage-outcome", "ask"), ("triage-ask_of", "referrer"), ("triage-comment", "Which dose of bisoprolol?"),
            ("triage-due_day", day), ("triage-due_month", month), ("triage-due_year", year),
        ];
        let past = [form[0], form[1], form[2], form[3], form[4], ("triage-due_year", "1999")];
        app.act("specialist", id, "triage", &past).await;
        page(app, "specialist", id).await.must_say("Choose a day after today and within a year");
        let texts = app.twilio.all().len();
        app.act("specialist", id, "triage", &form).await;
        app.must_be_in(id, "info-needed").await;
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), texts, "the patient is not asked");
        let row = app.referral(id).await;
        let wall = (clock::now() + Duration::days(9)).date_naive().to_string();
        assert!(row.due_wall.as_deref().is_some_and(|due| due.starts_with(&wall)), "{:?}", row.due_wall);
        app.sign_in("coordinator").await.get("/worklist?state=info-needed").await.must_say("Referrer gives information");
        let patient = app.as_patient(id).await;
        patient.get("/my").await.must_say("asked your doctor for something more");
        let version = row.version.to_string();
        let theirs = [("version", version.as_str()), ("text", "I do not know")];
        patient.post(&format!("/my/{id}/answer"), &theirs).await.must_be(303);
        patient.get(&format!("/my/{id}/documents")).await.must_say("Somebody else was asked this time");
        app.must_be_in(id, "info-needed").await;
        // A reminder goes to who was asked.
        let (mails, texts) = (app.mails().len(), app.twilio.all().len());
        app.act("coordinator", id, "remind", &[]).await;
        app.deliver().await;
        assert_eq!((app.mails().len(), app.twilio.all().len()), (mails + 1, texts));
        app.act("referrer", id, "answer", &[("answer-text", "2.5 mg")]).await;
        let row = app.referral(id).await;
        assert_eq!((row.state.as_str(), row.asked_of), ("received", None));
        app.deliver().await;
    }

    async fn a_file_for_our_side_stays_on_our_side(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let note = |audience: &'static str| [("write-note-text", "Look at this."), ("write-note-audience", audience)];
        upload(app, "specialist", id, "write-note", &note("own"), b"%PDF-1.4 ours\n%%EOF").await;
        let ours = enclosed(&page(app, "coordinator", id).await.text());
        assert_eq!(ours.len(), 1);
        app.sign_in("coordinator").await.get(&ours[0]).await.must_be(200);
        assert!(enclosed(&page(app, "referrer", id).await.text()).is_empty());
        let nobodys = format!("/referrals/{id}/documents/00000000-0000-7000-8000-000000000000");
        let referrer = app.sign_in("referrer").await;
        let (hidden, none) = (referrer.get(&ours[0]).await, referrer.get(&nobodys).await);
        assert_eq!((hidden.status, hidden.body), (404, none.body), "as if it did not exist");
        app.as_patient(id).await.get(&ours[0].replace("/referrals/", "/my/")).await.must_be(404);
        // The same content for both sides is another document.
        upload(app, "specialist", id, "write-note", &note("both"), b"%PDF-1.4 ours\n%%EOF").await;
        let shared = enclosed(&page(app, "referrer", id).await.text());
        assert_eq!(shared.len(), 1);
        referrer.get(&shared[0]).await.must_be(200);
        upload(app, "specialist", id, "report", &[("report-text", "All is well.")], b"%PDF-1.4 report\n%%EOF").await;
        assert_eq!(enclosed(&page(app, "referrer", id).await.text()).len(), 2);
        // Not a file at all: refused with the words, and nothing is written.
        upload(app, "referrer", id, "write-note", &note("both"), b"<html><script>1</script></html>").await;
        page(app, "referrer", id).await.must_say("Send a PDF, a photo");
        app.deliver().await;
    }

    async fn an_offered_time_is_held_until_the_patient_says_whether_it_suits(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        app.offer(id).await;
        app.deliver().await;
        let phone = app.patient_of(id).await.phone.expect("a phone");
        assert!(app.twilio.texts(&phone).last().is_some_and(|text| text.contains("Does it suit you?")));
        let of = app.literal(id.0);
        let held = format!(
            "select count(*) as n from slot_ledger l join appointment a on a.id = l.appointment_id \
             where a.referral_id = {of} and a.state = 'held'"
        );
        assert!(app.count(&held).await > 0, "the time is really held");
        let due = app.referral(id).await.due_at.expect("due");
        let hours = (due - clock::now().timestamp_millis()) / 3_600_000;
        assert!((1..=48).contains(&hours), "{hours}");
        let patient = app.as_patient(id).await;
        let card = patient.get("/my").await.must_say("The clinic offers you this time").must_say("This time suits me").text();
        // Declined: it goes back, and the clinic is told to find another one.
        let key = slots(&card, "key").into_iter().find(|key| key.starts_with("offer-no-")).expect("a key");
        patient.post(&format!("/my/{id}/release"), &[("reason", "1"), ("key", &key)]).await.must_be(303);
        app.must_be_in(id, "accepted").await;
        assert_eq!(app.count(&held).await, 0);
        app.deliver().await;
        assert!(app.mails().iter().any(|mail| mail.subject.contains("needs another time")));
        page(app, "coordinator", id).await.must_say("It does not suit me");
        // Accepted in one tap.
        app.offer(id).await;
        let card = patient.get("/my").await.text();
        let key = slots(&card, "key").into_iter().find(|key| key.starts_with("offer-yes-")).expect("a key");
        for _ in 0..2 {
            patient.post(&format!("/my/{id}/confirm"), &[("reason", "1"), ("key", &key)]).await.must_lead_to("/my");
        }
        app.must_be_in(id, "booked").await;
        app.deliver().await;
    }

    async fn whoever_was_offered_a_time_is_told_when_the_clinic_takes_it_back(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        app.offer(id).await;
        app.deliver().await;
        let phone = app.patient_of(id).await.phone.expect("a phone");
        let count = || app.twilio.texts(&phone).iter().filter(|text| text.contains("we can no longer keep")).count();
        let key = "take-it-back-once";
        let browser = app.sign_in("coordinator").await;
        for _ in 0..2 {
            browser.post(&format!("/referrals/{id}/take-back"), &[("key", key)]).await.must_be(303);
        }
        app.must_be_in(id, "accepted").await;
        app.deliver().await;
        assert_eq!(count(), 1, "{:?}", app.twilio.texts(&phone));
        // Leave over an offered time takes it back as well.
        app.offer(id).await;
        let call = app.call("coordinator").await;
        let house = crate::sessions::hospital(app).await;
        let visits = store::appointments::of_referral(app.desk.store.reader(), house, id).await.expect("read");
        let held = visits.into_iter().find(|visit| visit.state == "held").expect("it is held");
        let (day, doctor) = (held.start_wall[..10].to_owned(), domain::ResourceId(held.resource_id));
        let mut input = contract::LeaveInput { from_day: day, ..contract::LeaveInput::default() };
        let shown = service::availability::add_leave(&app.desk, &call, doctor, &input).await.expect("answered");
        let contract::LeaveOutcome::Preview(shown) = shown else { panic!("it breaks an offer: {shown:?}") };
        input.seen = shown.seen;
        service::availability::add_leave(&app.desk, &call, doctor, &input).await.expect("saved");
        app.must_be_in(id, "accepted").await;
        app.deliver().await;
        assert_eq!(count(), 2);
        // Whoever says that it does not suit, or does not answer, knows.
        app.offer(id).await;
        let later = clock::now() + Duration::hours(49);
        assert_eq!(jobs::lapse_holds(&app.desk, later).await.expect("lapsed"), 1);
        app.offer(id).await;
        booking::release(&app.desk, &app.patient_call(id).await, id).await.expect("released");
        app.deliver().await;
        assert_eq!(count(), 2);
        app.leaves_messages();
    }

    async fn an_offer_that_nobody_answers_lapses_and_is_not_given_twice(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        app.offer(id).await;
        assert_eq!(jobs::lapse_holds(&app.desk, clock::now()).await.expect("looked"), 0);
        let later = clock::now() + Duration::hours(49);
        assert_eq!(jobs::lapse_holds(&app.desk, later).await.expect("lapsed"), 1);
        app.must_be_in(id, "accepted").await;
        app.confirm(id).await.must_be(303);
        app.must_be_in(id, "accepted").await;
        page(app, "coordinator", id).await.must_say("No answer in time");
        app.leaves_messages();
    }

    async fn a_referral_stays_open_while_something_is_still_to_come(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let (day, month, year) = day_in(30);
        let (day, month, year) = (day.as_str(), month.as_str(), year.as_str());
        let form = [
            ("plan-follow-up-kind", "visit"), ("plan-follow-up-what", "Look at the new medicine"),
            ("plan-follow-up-due_day", day), ("plan-follow-up-due_month", month), ("plan-follow-up-due_year", year),
        ];
        app.act("specialist", id, "plan-follow-up", &form[..2]).await;
        page(app, "specialist", id).await.must_say("Enter the day by which it is due");
        app.act("specialist", id, "plan-follow-up", &form).await;
        app.act("specialist", id, "report", &[("report-text", "Start the medicine.")]).await;
        app.act("referrer", id, "acknowledge-report", &[]).await;
        let row = app.referral(id).await;
        assert_eq!((row.state.as_str(), row.next_action.as_deref()), ("outcome-received", Some("finish-follow-ups")));
        assert_eq!(row.owner_organisation_id, Some(row.organisation_id), "the clinic owns it now");
        app.act("coordinator", id, "close", &[("close-text", "")]).await;
        page(app, "coordinator", id).await.must_say("is still to come. Note what became of it");
        // A week before it is due it shows as a duty in the worklist, and as late when it is.
        let of = app.literal(id.0);
        let list = app.sign_in("coordinator").await.get("/worklist").await;
        assert!(!list.text().contains("Look at the new medicine"), "it is due in a month");
        let soon = (clock::now() + Duration::days(6)).timestamp_millis();
        app.raw(&format!("update follow_up set due_at = {soon} where referral_id = {of}")).await.expect("set");
        let list = app.sign_in("coordinator").await.get("/worklist").await;
        list.must_say("Follow-ups due (").must_say("Look at the new medicine");
        let past = (clock::now() - Duration::days(2)).timestamp_millis();
        app.raw(&format!("update follow_up set due_at = {past} where referral_id = {of}")).await.expect("set");
        app.sign_in("coordinator").await.get("/worklist").await.must_say("Follow-ups due (").must_say("1 late").must_say("Look at the new medicine");
        let id_of = app.texts(&format!("select what as t from follow_up where referral_id = {of}")).await;
        assert_eq!(id_of, ["Look at the new medicine"]);
        let form = page(app, "coordinator", id).await.text();
        let chosen = form.split(">Look at the new medicine</option>").next().and_then(|before| before.rsplit("value=\"").next())
            .and_then(|rest| rest.split('"').next()).expect("a choice").to_owned();
        let not_needed = [("settle-follow-up-follow_up", chosen.as_str()), ("settle-follow-up-state", "not-needed")];
        app.act("coordinator", id, "settle-follow-up", &not_needed).await;
        page(app, "coordinator", id).await.must_say("Say why it is not needed");
        let done = [not_needed[0], ("settle-follow-up-state", "done"), ("settle-follow-up-text", "Well tolerated")];
        app.act("coordinator", id, "settle-follow-up", &done).await;
        app.must_be_in(id, "closed").await;
        page(app, "referrer", id).await.must_say("Well tolerated");
        app.deliver().await;
    }

    async fn a_referral_beside_this_one_has_its_own_life_and_shows_here(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let service = app.service("Joint clinic").await.to_string();
        let form = [("refer-on-service", service.as_str()), ("refer-on-priority", "routine")];
        app.act("specialist", id, "refer-on", &form).await;
        page(app, "specialist", id).await.must_say("Write the letter");
        let form = [form[0], form[1], ("refer-on-text", "Painful knee since the fall. Please assess."), ("refer-on-documents", "1")];
        app.sign_in("coordinator").await.post(&format!("/referrals/{id}/refer-on"), &form).await.must_be(403);
        app.act("specialist", id, "refer-on", &form).await;
        app.must_be_in(id, "accepted").await;
        let of = app.literal(id.0);
        let child = app.texts(&format!("select reference as t from referral where parent_id = {of}")).await;
        assert_eq!(child.len(), 1, "coordinators make none");
        page(app, "specialist", id).await.must_say("Also referred as").must_say(&child[0]);
        let found = store::referrals::find_by_reference(app.desk.store.reader(), store::referrals::Scope::Product, &child[0]).await;
        let child = ReferralId(found.expect("read").expect("there").id);
        page(app, "referrer", child).await.must_say("Made from").must_say("Painful knee").must_say("ecg.pdf");
        app.must_be_in(child, "sent").await;
        // Its outcome ends the follow-up here; this one went on all the time.
        app.accept(child).await;
        app.act("specialist", child, "report", &[("report-text", "Nothing is broken.")]).await;
        page(app, "specialist", id).await.must_say("The report was sent");
        app.must_be_in(id, "accepted").await;
        app.deliver().await;
    }
}
