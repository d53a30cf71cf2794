//! What people and browsers send that nobody wanted: each has a clear outcome. Old forms are in `concurrent_edits`, files in
//! `uploads`, repeated commands in `idempotent`; what a browser itself does is in `end2end/journeys/bad-input.test.mjs`.

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use domain::ReferralId;
use harness::{Browser, TestApp, both, slots};
use store::entity::{availability_rule, closure};

use crate::sessions::{day, diary, hospital, no_sessions, session, times_on};

/// Hebrew and Arabic with Latin words, digits and a line break.
const FROM_THE_RIGHT: &str =
    "כאבים בחזה מזה שבועיים, ECG תקין.\nنبضات قلب سريعة منذ 3 أشهر. נא לייעץ בבקשה על טיפול.";

/// What a library's calendar holds at its ends, and near them; and what is no date.
const FAR_DATES: [&str; 7] =
    ["+262142-12-31", "-262143-01-01", "+262141-06-01", "0000-01-01", "9999-12-31", "2027-02-30", "soon"];

fn area(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let inside = page[at..].split_once('>').expect("the tag ends").1;
    inside.split("</textarea>").next().expect("the area ends").to_owned()
}

/// The opening tag of the element that this text stands in.
fn tag_around<'a>(page: &'a str, text: &str) -> &'a str {
    let at = page.find(text).unwrap_or_else(|| panic!("no {text} in {page}"));
    let start = page[..at].rfind('<').expect("an element");
    &page[start..at]
}

async fn events(app: &TestApp, id: ReferralId, kind: &str) -> i64 {
    let of = app.literal(id.0);
    app.count(&format!("select count(*) as n from event where referral_id = {of} and kind = '{kind}'")).await
}

async fn open(app: &TestApp, role: &str, id: ReferralId) -> (Browser, String) {
    let browser = app.sign_in(role).await;
    let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
    let version = slots(&page, "version").first().cloned().unwrap_or_default();
    (browser, version)
}

both! {
    async fn a_button_pressed_twice_does_it_once(app) {
        let id = app.a_sent_referral().await;
        let (browser, version) = open(app, "specialist", id).await;
        let form = [
            ("key", "pressed-twice"), ("form", "triage"), ("version", version.as_str()),
            ("triage-outcome", "accept"), ("triage-priority", "urgent"),
        ];
        let path = format!("/referrals/{id}/triage");
        let (one, two) = tokio::join!(browser.post(&path, &form), browser.post(&path, &form));
        for answer in [one, two, browser.post(&path, &form).await] {
            answer.must_lead_to(&format!("/referrals/{id}"));
        }
        browser.get(&format!("/referrals/{id}")).await.must_be(200).must_say("Accepted. The patient is asked");
        assert_eq!(events(app, id, "referral_accepted").await, 1);
        app.must_be_in(id, "accepted").await;
        app.deliver().await;
    }

    async fn going_back_and_sending_the_form_again_with_other_words_overwrites_nothing(app) {
        let id = app.begin().await;
        let browser = app.sign_in("referrer").await;
        let path = format!("/referrals/{id}/edit");
        let page = browser.get(&path).await.text();
        let version = slots(&page, "version")[0].clone();
        // The form as the browser remembers it: the same key and version both times.
        let first = [("key", "remembered"), ("act", "save"), ("version", version.as_str()), ("priority", "routine"), ("reason", "First words.")];
        browser.post(&path, &first).await.must_lead_to(&path);
        let again = [("key", "remembered"), ("act", "save"), ("version", version.as_str()), ("priority", "routine"), ("reason", "Other words.")];
        browser.post(&path, &again).await.must_lead_to(&path);
        let page = browser.get(&path).await.must_be(200).text();
        assert_eq!(app.referral(id).await.reason, "First words.");
        assert!(page.contains("As it is now") && page.contains("First words."), "{page}");
        assert!(area(&page, "reason").contains("Other words."), "{page}");
        // And with the same words it is the same request.
        browser.post(&path, &first).await.must_lead_to(&path);
        assert_eq!(app.referral(id).await.version, version.parse::<i64>().expect("a number") + 1);
    }

    async fn going_back_after_deciding_explains_what_is_so_now(app) {
        let id = app.a_sent_referral().await;
        let (browser, version) = open(app, "specialist", id).await;
        let path = format!("/referrals/{id}/triage");
        let accept = [("form", "triage"), ("version", version.as_str()), ("triage-outcome", "accept"), ("triage-priority", "routine")];
        browser.post(&path, &accept).await.must_lead_to(&format!("/referrals/{id}"));
        let ask = [("form", "triage"), ("version", version.as_str()), ("triage-outcome", "ask"), ("triage-patient_line", "Which tablets do you take?")];
        browser.post(&path, &ask).await.must_lead_to(&format!("/referrals/{id}"));
        app.must_be_in(id, "accepted").await;
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(page.contains("Accepted by Dr Daniel Okafor"), "{page}");
        assert!(page.contains("Which tablets do you take?"), "the words are still there: {page}");
        app.deliver().await;
    }

    async fn a_connection_that_is_lost_in_the_form_changes_nothing_and_the_form_works_again(app) {
        let id = app.begin().await;
        let browser = app.sign_in("referrer").await;
        let path = format!("/referrals/{id}/edit");
        let version = app.referral(id).await.version.to_string();
        let form = format!("key=lost&act=save&version={version}&priority=routine&reason=Words+that+arrive");
        let half = Bytes::from(form[..form.len() / 2].to_owned());
        let broken = futures::stream::iter([Ok(half), Err(std::io::Error::other("the connection was lost"))]);
        let request = || {
            Request::builder().method("POST").uri(path.as_str()).header("content-type", "application/x-www-form-urlencoded")
        };
        let answer = browser.send(request(), Body::from_stream(broken)).await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        assert_eq!(app.referral(id).await.version.to_string(), version);
        // Half a form that looks whole: the words are there, the urgency is not.
        let cut = format!("key=cut&act=save&version={version}&reason=Words+that+arr");
        browser.send(request(), Body::from(cut)).await.must_lead_to(&path);
        browser.get(&path).await.must_be(200).must_say("Choose how urgent it is").must_say("Words that arr");
        assert_eq!(app.referral(id).await.version.to_string(), version);
        browser.send(request(), Body::from(form)).await.must_lead_to(&path);
        assert_eq!(app.referral(id).await.reason, "Words that arrive");
    }

    async fn signing_out_in_one_window_ends_the_other_and_nothing_is_done_there(app) {
        let id = app.a_sent_referral().await;
        let (browser, version) = open(app, "specialist", id).await;
        let other = browser.copy();
        browser.post("/sign-out", &[]).await.must_be(303);
        let form = [("form", "triage"), ("version", version.as_str()), ("triage-outcome", "accept"), ("triage-priority", "routine")];
        other.post(&format!("/referrals/{id}/triage"), &form).await.must_lead_to("/sign-in");
        app.must_be_in(id, "sent").await;
        app.deliver().await;
    }

    async fn an_act_that_the_state_does_not_allow_is_named_and_not_done(app) {
        let id = app.a_sent_referral().await;
        for (role, act, fields) in [
            ("specialist", "record-visit", vec![("record-visit-text", "Seen today, all well.")]),
            ("specialist", "report", vec![("report-text", "Dear colleague, all is well.")]),
            ("referrer", "acknowledge-report", vec![]),
            ("referrer", "answer", vec![("answer-text", "She takes ramipril.")]),
            ("coordinator", "resume", vec![]),
        ] {
            app.act(role, id, act, &fields).await;
            let page = app.sign_in(role).await.get(&format!("/referrals/{id}")).await.must_be(200).text();
            assert!(page.contains("so this can no longer be done"), "{act}: {page}");
            for (_, words) in fields {
                assert!(page.contains(words), "{act}: the words are still there: {page}");
            }
        }
        app.must_be_in(id, "sent").await;
        app.deliver().await;
    }

    async fn the_open_page_of_somebody_who_was_suspended_does_nothing_more(app) {
        let id = app.a_sent_referral().await;
        let (browser, version) = open(app, "suspended", id).await;
        let mut row = app.staff("suspended").await;
        "suspended".clone_into(&mut row.status);
        let tx = app.desk.store.write_tx().await.expect("begun");
        store::people::update(&tx, row).await.expect("suspended");
        tx.commit().await.expect("committed");
        let form = [("form", "triage"), ("version", version.as_str()), ("triage-outcome", "accept"), ("triage-priority", "routine")];
        browser.post(&format!("/referrals/{id}/triage"), &form).await.must_lead_to("/sign-in");
        browser.get(&format!("/referrals/{id}")).await.must_lead_to("/sign-in");
        browser.get(&format!("/live/{id}")).await.must_be(403);
        browser.post("/api/draft-completeness", &[("referral", &id.to_string()), ("reason", "x")]).await.must_be(401);
        app.must_be_in(id, "sent").await;
        app.deliver().await;
    }

    async fn a_picture_that_is_called_a_letter_is_kept_as_what_it_is(app) {
        let id = app.begin().await;
        let browser = app.sign_in("referrer").await;
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
        browser.upload(&format!("/referrals/{id}/documents"), &[("kind", "ecg")], "letter.pdf", png).await.must_be(303);
        let row = app.referral(id).await;
        let kept = store::documents::of_referral(app.desk.store.reader(), &row).await.expect("read").remove(0);
        assert_eq!((kept.media_type.as_str(), kept.file_name.as_str()), ("image/png", "letter.pdf"));
        let answer = browser.get(&format!("/referrals/{id}/documents/{}", kept.id)).await.must_be(200);
        assert_eq!(answer.header("content-type"), "image/png");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-disposition").starts_with("attachment"), "never opened in our name");
    }

    async fn a_comment_of_a_hundred_thousand_characters_comes_back_whole_with_what_to_do(app) {
        let id = app.a_sent_referral().await;
        // Four bytes each, twelve on the wire.
        let comment = "𝔸".repeat(100_000);
        let (browser, version) = open(app, "specialist", id).await;
        for (act, field, more) in [
            ("triage", "triage-comment", vec![("triage-outcome", "accept"), ("triage-priority", "routine")]),
            ("write-note", "write-note-text", vec![("write-note-audience", "own")]),
        ] {
            let mut form = vec![("form", act), ("version", version.as_str()), (field, comment.as_str())];
            form.extend(more);
            browser.post(&format!("/referrals/{id}/{act}"), &form).await.must_lead_to(&format!("/referrals/{id}"));
            let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
            assert!(page.contains("This is 100000 characters long. Shorten it to 20000, or attach it as a document."), "{act}");
            assert_eq!(area(&page, field), comment, "{act}: nothing typed is lost");
        }
        app.must_be_in(id, "sent").await;
        let draft = app.begin().await;
        let browser = app.sign_in("referrer").await;
        let path = format!("/referrals/{draft}/edit");
        let version = app.referral(draft).await.version.to_string();
        let form = [("act", "save"), ("version", version.as_str()), ("priority", "routine"), ("reason", comment.as_str())];
        browser.post(&path, &form).await.must_lead_to(&path);
        let page = browser.get(&path).await.must_be(200).text();
        assert_eq!(area(&page, "reason"), comment);
        assert!(page.contains("This is 100000 characters long"));
        app.deliver().await;
    }

    async fn text_from_right_to_left_is_kept_as_typed_and_shown_in_its_direction(app) {
        let id = app.begin().await;
        app.attach(id).await;
        let written = FROM_THE_RIGHT.replace('\n', "\r\n");
        app.send_with(id, &written).await.must_lead_to(&format!("/referrals/{id}"));
        let stored = app.referral(id).await.reason;
        assert_eq!(stored.replace("\r\n", "\n"), FROM_THE_RIGHT, "not a sign is lost or turned round");
        let line = "נא להביא רשימת תרופות ECG.";
        let form = [("triage-outcome", "ask"), ("triage-patient_line", line), ("triage-comment", line)];
        app.act("specialist", id, "triage", &form).await;
        let page = app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await.must_be(200).text();
        let letter = tag_around(&page, "כאבים בחזה מזה שבועיים, ECG תקין.");
        assert!(letter.contains("app-letter") && letter.contains("dir=\"auto\""), "{letter}");
        let history: Vec<&str> = page
            .split("<span")
            .filter(|part| part.contains("app-timeline__detail") && part.contains(line))
            .collect();
        assert!(!history.is_empty() && history.iter().all(|part| part.contains("dir=\"auto\"")), "{history:?}");
        let patient = app.as_patient(id).await.get("/my").await.must_be(200).text();
        let around = tag_around(&patient, line);
        assert!(around.contains("dir=\"auto\""), "{around}");
        app.deliver().await;
        for mail in app.mails() {
            assert!(!mail.subject.chars().any(|letter| ('\u{590}'..'\u{700}').contains(&letter)), "no clinical words in a mail");
        }
    }

    async fn a_name_from_right_to_left_reaches_the_mail_whole(app) {
        let id = app.begin().await;
        app.attach(id).await;
        let patient = app.literal(app.patient_of(id).await.id);
        // Without a telephone everything goes by mail.
        app.raw(&format!("update patient set given = 'שרה', family = 'כהן', phone = null where id = {patient}")).await.expect("named");
        app.send(id).await.must_lead_to(&format!("/referrals/{id}"));
        app.deliver().await;
        let to = app.patient_of(id).await.email.expect("has a mailbox");
        let mail = app.mails().into_iter().rev().find(|mail| mail.to.contains(&to)).expect("a mail");
        assert!(mail.text.contains("Hello שרה,"), "{}", mail.text);
        let of = app.literal(id.0);
        let html = app.texts(&format!("select html as t from message where channel = 'email' and referral_id = {of} and html like '%שרה%'")).await;
        assert!(html.iter().any(|html| html.contains("<p dir=\"auto\">Hello שרה,</p>")), "{html:?}");
    }

    async fn a_date_that_nobody_can_mean_breaks_no_page_and_is_never_kept(app) {
        app.leaves_messages();
        let doctor = diary(app).await;
        let rule = session(app, doctor, |_| ()).await;
        let id = app.an_accepted_referral().await;
        let (patient, specialist) = (app.as_patient(id).await, app.sign_in("specialist").await);
        let (coordinator, admin) = (app.sign_in("coordinator").await, app.sign_in("administrator").await);
        let service = app.service("Heart clinic").await.to_string();
        let colleague = app.staff("suspended").await.id;
        let asks = app.browser();
        asks.post("/start", &[("text", &app.referral(id).await.reference)]).await.must_lead_to("/verify");
        for date in FAR_DATES {
            let asked = url::form_urlencoded::byte_serialize(date.as_bytes()).collect::<String>();
            let pages = [
                (&patient, format!("/my/{id}/times?from={asked}")),
                (&coordinator, format!("/referrals/{id}/times?from={asked}")),
                (&coordinator, format!("/board?day={asked}")),
                (&coordinator, format!("/board?day={asked}&span=week")),
                (&coordinator, format!("/board/time?service={service}&resource={doctor}&start={asked}T09:00:00Z")),
                (&specialist, format!("/availability?week={asked}")),
                (&coordinator, format!("/availability?resource={doctor}&week={asked}")),
                (&specialist, format!("/availability/{doctor}/day/{date}")),
                (&coordinator, format!("/availability/closed?day={asked}")),
                (&coordinator, format!("/worklist?q=born+{asked}")),
                (&coordinator, format!("/worklist?after={asked}.{id}")),
                (&admin, format!("/admin/audit?from={asked}&to={asked}")),
                (&admin, format!("/admin/audit/export?to={asked}")),
            ];
            for (browser, path) in &pages {
                let answer = browser.get(path).await;
                assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.text());
            }
            let slot = format!("{doctor}|{date}T09:00:00Z");
            let instant = format!("{date}T09:00:00Z");
            let (year, _) = date.rsplit_once('-').and_then(|(rest, _)| rest.rsplit_once('-')).unwrap_or((date, ""));
            let hours = format!(
                r#"{{"zone": "Europe/London", "sessions": [{{"id": "a", "weekdays": ["Mon"], "from": "09:00", "to": "10:00",
                "valid_from": "{date}", "every_weeks": 2, "visits": [{{"length_min": 20}}]}}],
                "closed": [{{"from": "{date}", "session": "a"}}], "away": [{{"who": "", "from": "{date}T00:00", "to": "{date}T01:00"}}]}}"#
            );
            let session = |valid_from, valid_to, dates| {
                vec![
                    ("form", "rule"), ("service", service.as_str()), ("weekdays", "MO"), ("from", "09:00"), ("to", "11:00"),
                    ("slot_min", "30"), ("every_weeks", "2"), ("valid_from", valid_from), ("valid_to", valid_to), ("dates", dates),
                ]
            };
            let of = |names: [&'static str; 3]| [(names[0], "1"), (names[1], "3"), (names[2], year)];
            let forms = [
                (&patient, format!("/my/{id}/times"), vec![("slot", slot.as_str())]),
                (&coordinator, format!("/referrals/{id}/book"), vec![("slot", slot.as_str()), ("resource", "x"), ("start", instant.as_str())]),
                (&specialist, format!("/availability/{doctor}/rules"), session(date, "", "")),
                (&specialist, format!("/availability/{doctor}/rules"), session("2020-01-06", date, "")),
                (&specialist, format!("/availability/{doctor}/rules"), session("2020-01-06", "", date)),
                (&specialist, format!("/availability/{doctor}/rules/{rule}"), session(date, date, date)),
                (&specialist, format!("/availability/{doctor}/leave"), vec![("form", "leave"), ("from_day", date), ("to_day", date)]),
                (&specialist, format!("/availability/{doctor}/hours"), vec![("service", service.as_str()), ("slot_min", "20"), ("hours", hours.as_str())]),
                (&coordinator, "/availability/closed".to_owned(), vec![("from_day", date), ("to_day", date)]),
                (&coordinator, "/matching".to_owned(), vec![("services", service.as_str()), ("from", date), ("to", date)]),
                (&specialist, "/referrals/delegates".to_owned(), {
                    [of(["from_day", "from_month", "from_year"]), of(["until_day", "until_month", "until_year"])].concat()
                }),
                (&admin, format!("/admin/people/{colleague}/last-day"), of(["last_day_day", "last_day_month", "last_day_year"]).to_vec()),
                (&admin, "/admin/organisation".to_owned(), vec![("name", "X"), ("zone", "Europe/London"), ("holidays", date)]),
                (&coordinator, "/key-in/patient".to_owned(), {
                    of(["birth_date_day", "birth_date_month", "birth_date_year"]).to_vec()
                }),
                (&coordinator, "/key-in".to_owned(), of(["received_day", "received_month", "received_year"]).to_vec()),
                (&asks, "/verify".to_owned(), of(["birth_date_day", "birth_date_month", "birth_date_year"]).to_vec()),
            ];
            for (browser, path, form) in &forms {
                let answer = browser.post(path, form).await;
                assert!(answer.status < 500, "{path} {form:?}: {} {}", answer.status, answer.text());
            }
            let due = of(["plan-follow-up-due_day", "plan-follow-up-due_month", "plan-follow-up-due_year"]);
            app.act("specialist", id, "plan-follow-up", &due).await;
        }
        let kept = app.texts("select valid_from || coalesce(valid_to, '') || dates as t from availability_rule").await;
        assert!(kept.iter().all(|days| days.starts_with("20") && !days.contains("262142") && !days.contains("262143")), "{kept:?}");
        for (browser, path) in [
            (&patient, format!("/my/{id}/times")), (&coordinator, format!("/referrals/{id}/times")),
            (&coordinator, "/board".to_owned()), (&specialist, "/availability".to_owned()),
        ] {
            browser.get(&path).await.must_be(200);
        }
    }

    async fn a_stored_session_that_cannot_be_is_never_free_and_keeps_nobody_from_the_others(app) {
        const NAMED: &str = "every stored session is one that can take place";
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let id = app.an_accepted_referral().await;
        let sound = times_on(app, id, day(4)).await.len();
        assert!(sound > 0 && app.findings().await.is_empty());
        let coordinator = app.sign_in("coordinator").await;
        let broken: [fn(&mut availability_rule::Model); 4] = [
            |row| (row.valid_from, row.every_weeks) = ("-262143-01-01".to_owned(), 2),
            |row| row.valid_from = "soon".to_owned(),
            |row| row.dates = "+262142-12-31".to_owned(),
            |row| row.visits = "?".to_owned(),
        ];
        for change in broken {
            let rule = session(app, doctor, |row| {
                "12:00".clone_into(&mut row.from_wall);
                "14:00".clone_into(&mut row.to_wall);
                change(row);
            })
            .await;
            assert_eq!(times_on(app, id, day(4)).await.len(), sound, "only the sound ones");
            assert!(!app.times(id).await.is_empty(), "the patient chooses among them");
            for path in ["/board", "/board?span=week", &format!("/availability?resource={doctor}"), &format!("/availability/{doctor}/hours.ics")] {
                coordinator.get(path).await.must_be(200);
            }
            assert_eq!(app.findings().await, [NAMED]);
            // And whoever sees it there can take it away.
            coordinator.get(&format!("/availability?resource={doctor}")).await.must_say("something in it cannot be right");
            coordinator.get(&format!("/availability/{doctor}/rules/{rule}")).await.must_be(200);
            let path = format!("/availability/{doctor}/rules/{rule}/remove");
            coordinator.post(&path, &[("form", "remove"), ("seen", ""), ("visits_over", "")]).await.must_be(303);
            assert!(app.findings().await.is_empty());
        }
        let row = closure::Model {
            organisation_id: hospital(app).await.0, id: doctor.0, resource_id: Some(doctor.0), rule_id: None,
            from_day: "0000-01-01".to_owned(), to_day: "9999-99-99".to_owned(), note: String::new(), created_at: 0,
            created_by_name: String::new(),
        };
        let tx = app.desk.store.write_tx().await.expect("begun");
        store::leave::insert_closure(&tx, row).await.expect("inserted");
        tx.commit().await.expect("committed");
        assert!(times_on(app, id, day(4)).await.is_empty(), "what is not known to be open is closed");
        coordinator.get(&format!("/availability?resource={doctor}")).await.must_be(200);
        coordinator.get("/board").await.must_be(200);
        assert_eq!(app.findings().await, ["closed days are days"]);
        app.raw("delete from closure").await.expect("deleted");
        app.deliver().await;
    }
}
