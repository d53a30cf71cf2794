//! Mail as it arrives: how its receiver ends it, and what becomes of one that does not arrive.

use axum::body::Body;
use axum::http::Request;
use domain::ReferralId;
use harness::{Answer, TestApp, both};
use service::{clock, jobs};

/// A patient with a mailbox and no telephone, who is reminded of something by mail; the mail as it arrived.
async fn reminded(app: &TestApp) -> (ReferralId, String, String) {
    let id = app.an_accepted_referral().await;
    app.deliver().await;
    let patient = app.literal(app.patient_of(id).await.id);
    app.raw(&format!(
        "update patient set phone = null, email = 'margaret@patients.example' where id = {patient}"
    ))
    .await
    .expect("set");
    app.act("coordinator", id, "remind", &[]).await.must_be(303);
    app.deliver().await;
    let mail =
        app.mails().into_iter().rev().find(|mail| mail.to == ["margaret@patients.example"]).expect("a mail");
    (id, mail.from, String::from_utf8(mail.raw).expect("UTF-8").replace("\r\n ", " ").replace("\r\n\t", " "))
}

/// The address that ends mails, as it stands in a mail's head.
fn way_out(raw: &str) -> String {
    let value = raw.split("List-Unsubscribe: <").nth(1).and_then(|rest| rest.split('>').next());
    value.expect("a way out").trim_start_matches("http://waymark.test").to_owned()
}

/// As a mail program does it by itself: from nowhere, without cookies.
async fn one_click(app: &TestApp, path: &str) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded");
    app.browser().send(request, Body::from("List-Unsubscribe=One-Click")).await
}

/// As the site's mail server hands a report on.
async fn report(app: &TestApp, token: &str, action: &str, status: &str) -> Answer {
    let text = format!(
        "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; margaret@patients.example\r\n\
         Action: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    );
    let request = Request::builder().method("POST").uri(format!("/hooks/bounces/{token}"));
    app.browser().send(request, Body::from(text)).await
}

async fn state(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    let query = format!(
        "select state as t from message where referral_id = {of} and channel = 'email' and template like 'reminder%'"
    );
    app.texts(&query).await
}

both! {
    async fn one_click_in_a_mail_program_ends_the_mails_and_the_page_can_ask_for_them_again(app) {
        let (id, _, raw) = reminded(app).await;
        assert!(raw.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{raw}");
        let path = way_out(&raw);
        app.browser().get(&path).await.must_be(200).must_say("No more e-mails").must_say("m…@patients.example");
        let stopped = "select count(*) as n from contact_point where channel = 'email' and stopped_at is not null";
        assert_eq!(app.count(stopped).await, 0, "looking ends nothing");
        let answer = one_click(app, &path).await.must_be(200).must_say("We send no more e-mails");
        assert_eq!(answer.header("set-cookie"), "");
        assert_eq!(app.count(stopped).await, 1);
        one_click(app, &path).await.must_be(200);
        assert_eq!(app.count("select count(*) as n from consent_event").await, 1, "said once");
        let before = app.mails().len();
        app.act("coordinator", id, "remind", &[]).await;
        app.deliver().await;
        jobs::see_on(&app.desk, clock::now()).await.expect("seen on");
        app.deliver().await;
        let to_patient = app.mails()[before..].iter().filter(|mail| mail.to == ["margaret@patients.example"]).count();
        assert_eq!(to_patient, 0, "final at once");
        app.browser().post(&format!("{path}/again"), &[]).await.must_be(200).must_say("Do you want no more");
        assert_eq!(app.count(stopped).await, 0);
    }

    async fn a_code_to_sign_in_has_no_way_out_and_a_made_up_one_leads_nowhere(app) {
        let (_, _, raw) = reminded(app).await;
        let path = way_out(&raw);
        let mut other = path.clone();
        let last = other.pop().expect("a digit");
        other.push(if last == '0' { '1' } else { '0' });
        one_click(app, &other).await.must_be(404);
        let staff = app.mails().into_iter().find(|mail| mail.to != ["margaret@patients.example"]).expect("one to staff");
        assert!(!String::from_utf8_lossy(&staff.raw).contains("List-Unsubscribe"), "staff have their work to do");
    }
}

both! {
    [harness::Options::with("email.bounces", "bounces@clinic.example")]
    async fn a_mail_that_comes_back_is_not_delivered_and_somebody_hears_of_it(app) {
        let (id, from, raw) = reminded(app).await;
        let token = from.trim_start_matches("bounces+").trim_end_matches("@clinic.example").to_owned();
        assert!(from.starts_with("bounces+") && from.ends_with("@clinic.example"), "{from}");
        assert!(!way_out(&raw).contains(&token), "one name for one use");
        report(app, &token.replace('-', "-0"), "failed", "5.1.1").await.must_be(403);
        report(app, &token, "delayed", "4.4.7").await.must_be(204);
        assert_eq!(state(app, id).await, ["sent"]);
        report(app, &token, "exploded", "5.1.1").await.must_be(422);
        report(app, &token, "failed", "5.1.1").await.must_be(204);
        assert_eq!(state(app, id).await, ["permanent-failure"]);
        report(app, &token, "failed", "4.4.1").await.must_be(204);
        assert_eq!(state(app, id).await, ["permanent-failure"], "states move forward alone");
        app.sign_in("coordinator").await.get("/messages?state=permanent-failure").await.must_say("there is no such mailbox");
        jobs::see_on(&app.desk, clock::now()).await.expect("seen on");
        app.deliver().await;
    }
}
