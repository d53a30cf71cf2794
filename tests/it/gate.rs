//! What holds for every request and answer: where it may come from, and which headers it carries.

use axum::body::Body;
use axum::http::Request;
use harness::{Browser, both};

async fn post_from(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder()
        .method("POST")
        .uri(path)
        .header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(request, Body::from("key=1&text=1")).await.status
}

both! {
    async fn pages_are_compressed_for_who_can_read_that_and_documents_are_as_they_are(app) {
        let browser = app.browser();
        let asked = |path: &str| Request::builder().uri(path.to_owned()).header("accept-encoding", "br");
        let page = browser.send(asked("/start"), Body::empty()).await.must_be(200);
        assert_eq!(page.header("content-encoding"), "br");
        let plain = browser.get("/start").await.must_be(200);
        assert_eq!(plain.header("content-encoding"), "");
        assert!(page.body.len() * 2 < plain.body.len(), "{} of {}", page.body.len(), plain.body.len());
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let specialist = app.sign_in("specialist").await;
        let shown = specialist.get(&format!("/referrals/{id}")).await.text();
        let path = shown.split('"').find(|part| part.contains("/documents/")).expect("a link").to_owned();
        let document = specialist.send(asked(&path), Body::empty()).await.must_be(200);
        assert_eq!(document.header("content-encoding"), "");
    }

    async fn another_site_can_neither_sign_out_nor_hold_nor_send(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let staff = app.sign_in("referrer").await;
        let patient = app.as_patient(id).await;
        let paths = ["/sign-out", "/referrals/new", "/start", "/admin/urgency", "/api/save_draft"];
        for path in paths {
            for site in ["cross-site", "same-site", ""] {
                assert_eq!(post_from(&staff, path, &[("sec-fetch-site", site)]).await, 403, "{path} {site}");
            }
        }
        for path in [format!("/my/{id}/times"), format!("/my/{id}/confirm"), "/my/sign-out".to_owned()] {
            let headers = [("sec-fetch-site", "cross-site"), ("origin", "http://waymark.test")];
            assert_eq!(post_from(&patient, &path, &headers).await, 403, "{path}");
        }
        staff.get("/referrals").await.must_be(200);
        patient.get("/my").await.must_be(200);
        app.must_be_in(id, "accepted").await;
    }

    async fn every_answer_carries_the_security_headers(app) {
        let staff = app.sign_in("specialist").await;
        for path in ["/", "/start", "/sign-in", "/worklist", "/nothing/here", "/healthz"] {
            let answer = staff.get(path).await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "same-origin"),
                ("cache-control", "no-store"),
            ] {
                assert_eq!(answer.header(name), value, "{path} {name}");
            }
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe-inline"), "{policy}");
        }
    }

    async fn each_page_has_a_nonce_of_its_own_and_no_other_script(app) {
        let staff = app.sign_in("specialist").await;
        let mut nonces = Vec::new();
        for _ in 0..2 {
            let answer = staff.get("/worklist").await.must_be(200);
            let policy = answer.header("content-security-policy");
            let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
            for script in answer.text().split("<script").skip(1) {
                let tag = script.split('>').next().unwrap_or_default();
                assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
            }
            assert!(!answer.text().contains(" onclick="), "no script in attributes");
            nonces.push(nonce.to_owned());
        }
        assert_ne!(nonces[0], nonces[1]);
    }

    async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites(app) {
        let browser = app.browser();
        let answer = browser.post("/start", &[("text", "WM-2222-2222")]).await.must_be(303);
        let cookie = answer.header("set-cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    }

    async fn a_page_for_anybody_sets_no_cookie(app) {
        for path in ["/", "/start", "/sign-in", "/healthz"] {
            assert_eq!(app.browser().get(path).await.header("set-cookie"), "", "{path}");
        }
    }
}
