//! Two people at one referral at the same time: the second one sees what changed, joins it, and loses nothing.

use domain::ReferralId;
use harness::{Browser, TestApp, both, slots};

const BASE: &str = "Palpitations for three months. ECG attached. Please advise.";
const THEIRS: &str = "Palpitations for three months. ECG attached. Please see her soon.";
const MINE: &str = "Palpitations since March, with one faint. ECG attached. Please advise.";
const BOTH: &str = "Palpitations since March, with one faint. ECG attached. Please see her soon.";

/// What stands in the text area of this name.
fn area(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let inside = page[at..].split_once('>').expect("the tag ends").1;
    inside.split("</textarea>").next().expect("the area ends").to_owned()
}

fn path(id: ReferralId) -> String {
    format!("/referrals/{id}/edit")
}

/// Saves the draft as a form of this version would.
async fn save(browser: &Browser, id: ReferralId, version: &str, reason: &str) -> String {
    let form = [("act", "save"), ("version", version), ("priority", "routine"), ("reason", reason)];
    browser.post(&path(id), &form).await.must_lead_to(&path(id));
    browser.get(&path(id)).await.must_be(200).text()
}

fn version(page: &str) -> String {
    slots(page, "version").first().cloned().expect("the form carries its version")
}

/// A draft with the base text, and the version of a form made from it.
async fn a_draft(app: &TestApp) -> (ReferralId, String) {
    let id = app.begin().await;
    let browser = app.sign_in("referrer").await;
    let first = version(&browser.get(&path(id)).await.text());
    let page = save(&browser, id, &first, BASE).await;
    (id, version(&page))
}

/// What was stored and is somewhere to be read: `letter_version` holds what a draft said before.
async fn kept_versions(app: &TestApp, id: ReferralId) -> i64 {
    let of = app.literal(id.0);
    app.count(&format!("select count(*) as n from letter_version where referral_id = {of}")).await
}

/// Somebody fills a form in; meanwhile the coordinator gives the referral back to the team.
async fn meanwhile_given_back(app: &TestApp, id: ReferralId) -> String {
    let opened = app.referral(id).await.version.to_string();
    app.act("coordinator", id, "assign", &[("assign-person", ""), ("assign-text", "The team has it.")]).await;
    opened
}

/// Sends a form of this version: nothing is done, what was typed comes back beside what changed, and the form that came back
/// works.
async fn comes_late(
    app: &TestApp,
    id: ReferralId,
    (role, act): (&str, &str),
    opened: &str,
    fields: &[(&str, &str)],
) {
    let (browser, path) = (app.sign_in(role).await, format!("/referrals/{id}"));
    let before = app.referral(id).await;
    let send = async |version: &str| {
        let mut form = vec![("form", act), ("version", version)];
        form.extend_from_slice(fields);
        browser.post(&format!("{path}/{act}"), &form).await.must_lead_to(&path);
    };
    send(opened).await;
    let after = app.referral(id).await;
    assert_eq!((&after.state, after.version), (&before.state, before.version), "{act} changed something");
    let page = browser.get(&path).await.must_be(200).text();
    assert!(page.contains("Somebody else changed this referral"), "{act}: {page}");
    assert!(page.contains("What changed while you were writing"), "{act}: {page}");
    for (name, typed) in fields.iter().filter(|(name, _)| name.ends_with("-text")) {
        assert_eq!(area(&page, name), *typed, "{act}");
    }
    send(&version(&page)).await;
    assert!(app.referral(id).await.version > before.version, "{act} works with the form that came back");
}

async fn comes_late_after_a_colleague(
    app: &TestApp,
    id: ReferralId,
    who: (&str, &str),
    fields: &[(&str, &str)],
) {
    let opened = meanwhile_given_back(app, id).await;
    comes_late(app, id, who, &opened, fields).await;
}

async fn book(app: &TestApp, id: ReferralId) {
    let slot = app.times(id).await.remove(0);
    app.hold(id, &slot).await.must_be(303);
    app.confirm(id).await.must_lead_to("/my");
    app.must_be_in(id, "booked").await;
}

both! {
    async fn no_act_before_the_visit_goes_through_with_an_old_form(app) {
        let id = app.a_sent_referral().await;
        comes_late_after_a_colleague(app, id, ("specialist", "acknowledge"), &[]).await;
        app.must_be_in(id, "received").await;
        let ask = [("triage-outcome", "ask"), ("triage-ask_reason", "more-history"), ("triage-patient_line", "Since when?")];
        app.act("specialist", id, "triage", &ask).await;
        app.must_be_in(id, "info-needed").await;
        comes_late_after_a_colleague(app, id, ("referrer", "answer"), &[("answer-text", "Since March.")]).await;
        app.must_be_in(id, "received").await;
        let why = [("request-cancellation-reason", "better"), ("request-cancellation-text", "She is well.")];
        comes_late_after_a_colleague(app, id, ("referrer", "request-cancellation"), &why).await;
        app.must_be_in(id, "cancel-requested").await;
        let why = [("confirm-cancellation-reason", "as-asked"), ("confirm-cancellation-text", "As you asked.")];
        comes_late_after_a_colleague(app, id, ("coordinator", "confirm-cancellation"), &why).await;
        app.must_be_in(id, "cancelled").await;
        let other = app.a_sent_referral().await;
        let why = [("withdraw-reason", "wrong-service"), ("withdraw-text", "It was meant for another clinic.")];
        comes_late_after_a_colleague(app, other, ("referrer", "withdraw"), &why).await;
        app.must_be_in(other, "cancelled").await;
        app.deliver().await;
    }

    async fn no_act_of_the_visit_goes_through_with_an_old_form(app) {
        let id = app.an_accepted_referral().await;
        book(app, id).await;
        let why = [("cancel-appointment-reason", "clinician-away"), ("cancel-appointment-text", "Your doctor is away.")];
        comes_late_after_a_colleague(app, id, ("coordinator", "cancel-appointment"), &why).await;
        app.must_be_in(id, "appointment-cancelled").await;
        book(app, id).await;
        comes_late_after_a_colleague(app, id, ("specialist", "record-visit"), &[("record-visit-text", "Seen early.")]).await;
        app.must_be_in(id, "seen").await;
        comes_late_after_a_colleague(app, id, ("specialist", "note"), &[("note-text", "Tests are under way.")]).await;
        comes_late_after_a_colleague(app, id, ("specialist", "report"), &[("report-text", "All is well.")]).await;
        app.must_be_in(id, "outcome-received").await;
        // A second report comes while the first one is read: nobody acknowledges what they have not seen.
        let opened = app.referral(id).await.version.to_string();
        app.act("specialist", id, "report", &[("report-text", "One value was wrong: please repeat it.")]).await;
        comes_late(app, id, ("referrer", "acknowledge-report"), &opened, &[]).await;
        app.must_be_in(id, "closed").await;
        let unread = format!("select count(*) as n from report where acknowledged_at is null and kind = 'final' and referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&unread).await, 0);
        app.deliver().await;
    }

    async fn a_file_that_came_with_an_old_form_has_to_be_chosen_again_and_the_page_says_so(app) {
        let id = app.an_accepted_referral().await;
        let opened = meanwhile_given_back(app, id).await;
        let (browser, path) = (app.sign_in("specialist").await, format!("/referrals/{id}"));
        let form = [("form", "note"), ("version", opened.as_str()), ("note-text", "See the letter.")];
        browser.upload_as(&format!("{path}/note"), &form, ("note-file", "letter.pdf"), harness::PDF).await.must_lead_to(&path);
        let page = browser.get(&path).await.must_be(200).must_say("Choose the file again").text();
        assert_eq!(area(&page, "note-text"), "See the letter.");
        app.deliver().await;
    }

    async fn a_patient_whose_page_is_old_looks_again_before_a_time_is_given_back(app) {
        let id = app.an_accepted_referral().await;
        book(app, id).await;
        let (browser, path) = (app.as_patient(id).await, format!("/my/{id}/cancel"));
        let opened = version(&browser.get(&path).await.must_be(200).text());
        meanwhile_given_back(app, id).await;
        let form = [("version", opened.as_str()), ("text", "I am away that day.")];
        browser.post(&path, &form).await.must_lead_to(&path);
        app.must_be_in(id, "booked").await;
        let page = browser.get(&path).await.must_say("Somebody else changed this referral").text();
        assert_eq!(area(&page, "text"), "I am away that day.");
        let now = version(&page);
        let form = [("version", now.as_str()), ("text", "I am away that day.")];
        browser.post(&path, &form).await.must_lead_to("/my");
        app.must_be_in(id, "appointment-cancelled").await;
        app.deliver().await;
    }

    async fn a_patient_whose_question_was_answered_meanwhile_gets_the_words_back(app) {
        let id = app.a_sent_referral().await;
        let ask = [("triage-outcome", "ask"), ("triage-ask_reason", "more-history"), ("triage-patient_line", "Since when?")];
        app.act("specialist", id, "triage", &ask).await;
        let (browser, path) = (app.as_patient(id).await, format!("/my/{id}/documents"));
        let opened = slots(&browser.get(&path).await.must_be(200).text(), "version").remove(0);
        let form = [("version", opened.as_str()), ("text", "Since Easter.")];
        meanwhile_given_back(app, id).await;
        browser.post(&format!("/my/{id}/answer"), &form).await.must_lead_to(&path);
        let page = browser.get(&path).await.must_say("Somebody else changed this referral").text();
        assert_eq!(area(&page, "text"), "Since Easter.");
        app.act("referrer", id, "answer", &[("answer-text", "Since March.")]).await;
        browser.post(&format!("/my/{id}/answer"), &form).await.must_lead_to(&path);
        browser.get(&path).await.must_be(200).must_say("Your answer was not sent").must_say("Since Easter.");
        app.deliver().await;
    }

    async fn the_second_writer_of_a_draft_sees_what_changed_and_saves_both(app) {
        let (id, opened) = a_draft(app).await;
        let first = app.sign_in("referrer").await;
        let second = first.copy();
        save(&first, id, &opened, THEIRS).await;
        let page = save(&second, id, &opened, MINE).await;
        assert_eq!(app.referral(id).await.reason, THEIRS, "nothing was overwritten");
        for words in ["What changed while you were writing", "Draft saved by Dr Amara Osei", "As it is now", "As you wrote it"] {
            assert!(page.contains(words), "{words:?} in {page}");
        }
        assert!(page.contains("see her soon.") && page.contains("since March, with one"), "both are shown: {page}");
        assert_eq!(area(&page, "reason"), BOTH);
        assert!(page.contains("Save mine with these changes"), "{page}");
        let again = second.get(&path(id)).await.text();
        assert_eq!(area(&again, "reason"), BOTH, "loading the page again loses nothing");
        let after = save(&second, id, &version(&again), &area(&again, "reason")).await;
        assert!(!after.contains("As it is now"), "{after}");
        assert_eq!(app.referral(id).await.reason, BOTH);
    }

    async fn a_sentence_that_both_changed_is_shown_with_both_and_keeps_mine(app) {
        let (id, opened) = a_draft(app).await;
        let browser = app.sign_in("referrer").await;
        save(&browser, id, &opened, "Palpitations since Easter. ECG attached. Please advise.").await;
        let page = save(&browser, id, &opened, MINE).await;
        assert!(page.contains("Look at these places") && page.contains("Both changed this"), "{page}");
        assert!(page.contains("Palpitations since Easter."), "{page}");
        assert_eq!(area(&page, "reason"), MINE);
    }

    async fn the_urgency_that_somebody_else_chose_stays_unless_i_chose_another(app) {
        let (id, opened) = a_draft(app).await;
        let browser = app.sign_in("referrer").await;
        let theirs = [("act", "save"), ("version", opened.as_str()), ("priority", "urgent"), ("reason", BASE)];
        browser.post(&path(id), &theirs).await.must_lead_to(&path(id));
        let page = save(&browser, id, &opened, MINE).await;
        assert!(page.contains("was set to Urgent"), "{page}");
        let chosen = page.split("value=\"urgent\"").nth(1).and_then(|rest| rest.split('>').next()).expect("a radio");
        assert!(chosen.contains("checked"), "{chosen}");
    }

    async fn who_sends_an_old_form_is_asked_before_anything_leaves(app) {
        let (id, opened) = a_draft(app).await;
        app.attach(id).await;
        let browser = app.sign_in("referrer").await;
        save(&browser, id, &opened, THEIRS).await;
        let form = [("act", "send"), ("version", opened.as_str()), ("priority", "routine"), ("reason", MINE)];
        browser.post(&path(id), &form).await.must_lead_to(&path(id));
        app.must_be_in(id, "draft").await;
        let page = browser.get(&path(id)).await.text();
        let merged = area(&page, "reason");
        let now = version(&page);
        let form = [("act", "send"), ("version", now.as_str()), ("priority", "routine"), ("reason", merged.as_str())];
        browser.post(&path(id), &form).await.must_lead_to(&format!("/referrals/{id}"));
        app.must_be_in(id, "sent").await;
        assert_eq!(app.referral(id).await.reason, BOTH);
        assert_eq!(kept_versions(app, id).await, 0, "old wordings go when the letter goes");
        app.deliver().await;
    }

    async fn mine_can_be_left_out(app) {
        let (id, opened) = a_draft(app).await;
        let browser = app.sign_in("referrer").await;
        save(&browser, id, &opened, THEIRS).await;
        let page = save(&browser, id, &opened, MINE).await;
        let form = [("act", "leave"), ("version", &version(&page)), ("priority", "routine"), ("reason", BOTH)];
        browser.post(&path(id), &form).await.must_lead_to(&path(id));
        let page = browser.get(&path(id)).await.text();
        assert_eq!(area(&page, "reason"), THEIRS);
        assert!(!page.contains("As you wrote it"), "{page}");
    }

    async fn a_draft_that_was_sent_meanwhile_gives_the_words_back(app) {
        let (id, opened) = a_draft(app).await;
        app.attach(id).await;
        let browser = app.sign_in("referrer").await;
        let late = browser.copy();
        app.send_with(id, THEIRS).await.must_lead_to(&format!("/referrals/{id}"));
        let form = [("act", "save"), ("version", opened.as_str()), ("priority", "routine"), ("reason", MINE)];
        late.post(&path(id), &form).await.must_lead_to(&path(id));
        late.get(&path(id)).await.must_lead_to(&format!("/referrals/{id}"));
        let page = late.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(page.contains("Sent by Dr Amara Osei"), "{page}");
        assert_eq!(area(&page, "write-note-text"), MINE, "ready for the thread");
        assert_eq!(app.referral(id).await.reason, THEIRS);
        app.deliver().await;
    }

    async fn an_act_that_is_still_possible_comes_back_with_what_was_typed(app) {
        let id = app.a_sent_referral().await;
        let (browser, colleague) = (app.sign_in("specialist").await, app.sign_in("coordinator").await);
        let opened = app.referral(id).await.version.to_string();
        colleague.post(&format!("/referrals/{id}/acknowledge"), &[("form", "acknowledge"), ("version", &opened)]).await
            .must_lead_to(&format!("/referrals/{id}"));
        let form = [
            ("form", "triage"), ("version", opened.as_str()), ("triage-outcome", "decline"),
            ("triage-patient_line", "Please see your own doctor first."), ("triage-comment", "Try rest first."),
        ];
        browser.post(&format!("/referrals/{id}/triage"), &form).await.must_lead_to(&format!("/referrals/{id}"));
        app.must_be_in(id, "received").await;
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(page.contains("Receipt confirmed by Grace Whitlock"), "{page}");
        assert_eq!(area(&page, "triage-comment"), "Try rest first.");
        assert_eq!(area(&page, "write-note-text"), "", "its own form is still there");
        app.deliver().await;
    }

    async fn an_act_that_is_gone_gives_its_words_to_the_thread(app) {
        let id = app.a_sent_referral().await;
        let browser = app.sign_in("specialist").await;
        let opened = app.referral(id).await.version.to_string();
        let withdrawn = [("withdraw-text", "She is well again.")];
        app.act("referrer", id, "withdraw", &withdrawn).await;
        let form = [
            ("form", "triage"), ("version", opened.as_str()), ("triage-outcome", "decline"),
            ("triage-patient_line", "Please see your own doctor first."), ("triage-comment", "Try rest first."),
        ];
        browser.post(&format!("/referrals/{id}/triage"), &form).await.must_lead_to(&format!("/referrals/{id}"));
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(page.contains("What changed while you were writing"), "{page}");
        assert!(page.contains("She is well again."), "why: {page}");
        assert_eq!(area(&page, "write-note-text"), "Please see your own doctor first.\n\nTry rest first.");
        app.deliver().await;
    }

    async fn two_windows_keep_their_own_words(app) {
        let id = app.a_sent_referral().await;
        let other = app.a_sent_referral().await;
        let browser = app.sign_in("specialist").await;
        for (id, text) in [(id, "For the first."), (other, "For the second.")] {
            let form = [("form", "triage"), ("version", "0"), ("triage-outcome", "ask"), ("triage-comment", text)];
            browser.post(&format!("/referrals/{id}/triage"), &form).await.must_lead_to(&format!("/referrals/{id}"));
        }
        for (id, text) in [(id, "For the first."), (other, "For the second.")] {
            let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
            assert_eq!(area(&page, "triage-comment"), text);
        }
        app.leaves_messages();
    }
}
