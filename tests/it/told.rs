//! What members of staff were told: a list of their own.

use harness::both;

both! {
    async fn staff_find_what_they_were_told_and_what_they_have_not_opened(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let reference = app.referral(id).await.reference;
        let browser = app.sign_in("coordinator").await;
        let page = browser.get("/account/messages").await.must_say(&reference).text();
        assert!(page.contains(">New<") && !page.contains("://waymark.test"), "{page}");
        browser.get("/worklist").await.must_say("/account/messages");
        let at = page.find("action=\"/account/messages/").expect("a way in") + 8;
        let open = page[at..].split('"').next().expect("its end").to_owned();
        browser.post(&open, &[]).await.must_lead_to(&format!("/referrals/{id}"));
        let left = browser.get("/account/messages?show=unread").await.text();
        assert!(!left.contains(&open), "what was opened is read");
        app.sign_in("specialist").await.post(&open, &[]).await.must_be(404);
        let newest = page.split("name=\"newest\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the newest");
        browser.post("/account/messages", &[("newest", newest)]).await.must_be(303);
        browser.get("/account/messages?show=unread").await.must_say("You have read everything");
    }
}
