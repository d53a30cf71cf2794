//! Every endpoint for everybody: who gets a page, who is sent to sign in, and for whom it does not exist.

use std::fmt::Write;
use std::path::Path;

use contract::NewReferral;
use domain::ReferralId;
use harness::{Browser, TestApp, all_below, both};
use service::referrals;

/// Every endpoint of the router. `{id}` is a referral that was accepted. Forms are sent empty, so that nobody who may
/// send them changes anything; those that do without contents come last.
pub const ENDPOINTS: &[&str] = &[
    "GET /",
    "GET /healthz",
    "GET /readyz",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "POST /sign-in/passkey",
    "POST /sign-in/passkey/options",
    "GET /sign-in/elsewhere",
    "GET /sign-in/elsewhere/back",
    "GET /sign-in/recovery",
    "POST /sign-in/recovery",
    "GET /start",
    "POST /start",
    "GET /r/{token}",
    "GET /invited/{token}",
    "POST /invited/{token}",
    "GET /invited/{token}/authenticator",
    "POST /invited/{token}/authenticator",
    "GET /verify",
    "POST /verify",
    "GET /verify/code",
    "POST /verify/code",
    "GET /referrals",
    "GET /referrals/new",
    "POST /referrals/new",
    "GET /referrals/new/compare",
    "GET /referrals/delegates",
    "POST /referrals/delegates",
    "POST /referrals/delegates/{id}/end",
    "GET /admin/delegates",
    "POST /admin/delegates",
    "POST /admin/delegates/{id}/end",
    "GET /referrals/{id}",
    "GET /referrals/{id}/edit",
    "POST /referrals/{id}/edit",
    "POST /referrals/{id}/send",
    "GET /referrals/{id}/times",
    "POST /referrals/{id}/book",
    "POST /referrals/{id}/{act}",
    "POST /referrals/{id}/documents",
    "GET /referrals/{id}/documents/{document}",
    "GET /referrals/{id}/record",
    "GET /referrals/{id}/record.zip",
    "GET /referrals/{id}/compare/{other}",
    "POST /referrals/{id}/compare/{other}",
    "GET /worklist",
    "POST /worklist/chosen",
    "POST /worklist/act",
    "POST /worklist/hand-over",
    "POST /worklist/views",
    "POST /worklist/views/{id}",
    "POST /tasks/{id}/done",
    "GET /availability",
    "POST /availability/{resource}/rules",
    "POST /availability/{resource}/rules/{rule}/remove",
    "POST /availability/{resource}/subscribe",
    "POST /availability/{resource}/calendar",
    "GET /key-in",
    "POST /key-in",
    "GET /key-in/patient",
    "POST /key-in/patient",
    "GET /messages",
    "GET /messages/{id}",
    "GET /downtime",
    "GET /downtime/{name}",
    "GET /quality",
    "GET /admin",
    "GET /admin/organisation",
    "POST /admin/organisation",
    "GET /admin/history",
    "GET /admin/audit",
    "GET /admin/access",
    "GET /admin/emergencies",
    "POST /admin/emergencies/{id}",
    "GET /admin/services/new",
    "GET /admin/services/{id}",
    "POST /admin/services/{id}",
    "GET /admin/reasons",
    "GET /admin/reasons/{id}",
    "POST /admin/reasons/{id}",
    "GET /admin/replies/{id}",
    "POST /admin/replies/{id}",
    "GET /admin/services/{id}/rules",
    "POST /admin/services/{id}/rules",
    "POST /admin/services/{id}/priorities",
    "GET /admin/services/{id}/questions/{code}",
    "POST /admin/services/{id}/questions/{code}",
    "GET /admin/services/{id}/criteria/{code}",
    "POST /admin/services/{id}/criteria/{code}",
    "GET /admin/services/{id}/documents/{code}",
    "POST /admin/services/{id}/documents/{code}",
    "GET /admin/setup",
    "GET /admin/configuration",
    "POST /admin/configuration",
    "GET /admin/configuration/file",
    "POST /admin/configuration/apply",
    "GET /admin/sites",
    "GET /admin/sites/{id}",
    "POST /admin/sites/{id}",
    "GET /admin/teams",
    "GET /admin/teams/{id}",
    "POST /admin/teams/{id}",
    "GET /admin/people/new",
    "POST /admin/people/new",
    "GET /admin/people/{id}",
    "POST /admin/people/{id}",
    "POST /admin/people/{id}/roles",
    "POST /admin/people/{id}/reset",
    "POST /admin/people/{id}/last-day",
    "POST /admin/people/{id}/sessions",
    "POST /admin/calendars/{id}",
    "POST /admin/urgency",
    "GET /account",
    "GET /account/confirm",
    "POST /account/confirm",
    "POST /account/confirm/passkey",
    "POST /account/passkeys",
    "POST /account/passkeys/options",
    "POST /account/passkeys/{id}/remove",
    "GET /account/recovery",
    "GET /emergency",
    "POST /emergency",
    "GET /emergency/{id}",
    "GET /emergency/{id}/documents/{document}",
    "GET /my",
    "GET /my/messages",
    "GET /my/access",
    "GET /my/{id}/times",
    "POST /my/{id}/times",
    "GET /my/{id}/change",
    "POST /my/{id}/change",
    "GET /my/{id}/confirm",
    "POST /my/{id}/confirm",
    "POST /my/{id}/release",
    "GET /my/{id}/appointment.ics",
    "GET /my/{id}/cancel",
    "POST /my/{id}/cancel",
    "GET /my/{id}/documents",
    "POST /my/{id}/documents",
    "GET /my/{id}/documents/{document}",
    "POST /my/{id}/answer",
    "GET /my/{id}/survey",
    "POST /my/{id}/survey",
    "GET /live/{id}",
    "POST /api/draft-completeness",
    "POST /api/draft-save",
    "POST /api/patient-status",
    "POST /api/push-subscribe",
    "POST /api/{*name}",
    "POST /fhir/R4",
    "POST /fhir/R4/",
    "POST /hooks/twilio/status",
    "POST /my/sign-out",
    "POST /sign-out",
    "POST /account/recovery",
    "POST /account/sign-out",
];

const VISITORS: [&str; 9] = [
    "anonymous",
    "referrer",
    "other-referrer",
    "specialist",
    "coordinator",
    "quality",
    "administrator",
    "patient",
    "suspended",
];

/// The visitor's browser, in a session of its own.
async fn visitor(app: &TestApp, who: &str, id: ReferralId) -> Browser {
    match who {
        "anonymous" => app.browser(),
        "patient" => app.as_patient(id).await.copy(),
        role => app.sign_in(role).await.copy(),
    }
}

async fn ask(browser: &Browser, endpoint: &str, id: ReferralId) -> String {
    let (method, path) = endpoint.split_once(' ').expect("method and path");
    let nobody = "00000000-0000-7000-8000-000000000000";
    let mut path =
        path.replace("{act}", "acknowledge").replace("{token}", "AAAA").replace("{*name}", "nothing");
    if path.starts_with("/admin") || path.starts_with("/messages") {
        path = path.replace("{id}", nobody);
    }
    for name in ["{document}", "{resource}", "{rule}", "{code}", "{other}", "{name}"] {
        path = path.replace(name, nobody);
    }
    let path = path.replace("{id}", &id.to_string());
    let answer = match method {
        "GET" if path.starts_with("/live") => browser.head_of(&path).await,
        "GET" => browser.get(&path).await,
        _ if endpoint.ends_with("/documents") => browser.upload(&path, &[], "nothing.pdf", b"").await,
        _ if endpoint == "POST /admin/configuration" => browser.upload(&path, &[], "a.json", b"{}").await,
        _ if endpoint.ends_with("/calendar") => browser.upload(&path, &[], "a.ics", b"BEGIN:VCALENDAR").await,
        _ if path.starts_with("/api/") => {
            let referral = id.to_string();
            let form = [
                ("referral", referral.as_str()),
                ("reason", "x"),
                ("draft[version]", "0"),
                ("draft[priority]", "routine"),
                ("draft[reason]", "x"),
                ("endpoint", "https://127.0.0.1/inside"),
                ("p256dh", "x"),
                ("auth", "x"),
            ];
            browser.post(&path, &form).await
        }
        _ => browser.post(&path, &[("key", ""), (&format!("{nobody}-resource"), nobody)]).await,
    };
    let to = answer.location().replace(&id.to_string(), "{id}");
    if to.is_empty() { answer.status.to_string() } else { format!("{} {to}", answer.status) }
}

both! {
    async fn every_endpoint_answers_everybody_as_the_table_says(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        // In the demonstration the quality lead coordinates as well; here she does not.
        let quality = app.literal(app.staff("quality").await.id);
        app.raw(&format!("delete from person_role where person_id = {quality} and role = 'coordinator'")).await.expect("set");
        app.sign_in("suspended").await;
        let mut suspended = app.staff("suspended").await;
        suspended.status = "suspended".to_owned();
        let tx = app.desk.store.write_tx().await.expect("begun");
        store::people::update(&tx, suspended).await.expect("suspended");
        tx.commit().await.expect("committed");
        let mut table = String::new();
        for endpoint in ENDPOINTS {
            writeln!(table, "{endpoint}").expect("text");
            let mut answers: Vec<(String, Vec<&str>)> = Vec::new();
            for who in VISITORS {
                let answer = ask(&visitor(app, who, id).await, endpoint, id).await;
                assert!(!answer.starts_with('5'), "{endpoint} {who} {answer}");
                match answers.iter_mut().find(|(known, _)| *known == answer) {
                    Some((_, all)) => all.push(who),
                    None => answers.push((answer, vec![who])),
                }
            }
            for (answer, who) in answers {
                writeln!(table, "    {answer}: {}", who.join(", ")).expect("text");
            }
        }
        insta::assert_snapshot!("access", table);
        app.must_be_in(id, "accepted").await;
    }

    async fn what_is_not_theirs_looks_like_what_does_not_exist(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let none = ReferralId(domain::v7(1_700_000_000_000, [7; 10]));
        let call = app.call("referrer").await;
        let patients = app.patients().await;
        let input = NewReferral {
            patient: patients[1].id.to_string(),
            service: app.service("Heart clinic").await.to_string(),
            ..NewReferral::default()
        };
        let draft = referrals::begin(&app.desk, &call, &input).await.expect("begun");
        let (other, specialist) = (app.sign_in("other-referrer").await, app.sign_in("specialist").await);
        let patient = app.as_patient(id).await;
        let cases: [(&Browser, ReferralId, &[&str]); 4] = [
            (&other, id, &["/referrals/{id}", "/referrals/{id}/edit", "/referrals/{id}/times", "/live/{id}"]),
            (&specialist, draft, &["/referrals/{id}", "/referrals/{id}/edit", "/referrals/{id}/times", "/live/{id}"]),
            (&patient, draft, &["/my/{id}/times", "/my/{id}/survey", "/my/{id}/documents", "/live/{id}"]),
            (&app.sign_in("administrator").await, id, &["/referrals/{id}", "/referrals/{id}/times"]),
        ];
        for (browser, hidden, paths) in cases {
            for path in paths {
                let theirs = browser.get(&path.replace("{id}", &hidden.to_string())).await;
                let nobodys = browser.get(&path.replace("{id}", &none.to_string())).await;
                let nonsense = browser.get(&path.replace("{id}", "nonsense")).await;
                assert_eq!((theirs.status, &theirs.body), (404, &nobodys.body), "{path}");
                assert_eq!((nobodys.status, nonsense.status), (404, 404), "{path}");
                assert_eq!(theirs.headers.get("content-type"), nobodys.headers.get("content-type"));
            }
        }
        for path in ["/referrals/{id}/acknowledge", "/referrals/{id}/report", "/referrals/{id}/book"] {
            let theirs = other.post(&path.replace("{id}", &id.to_string()), &[("report-text", "x"), ("slot", "x")]).await;
            let nobodys = other.post(&path.replace("{id}", &none.to_string()), &[("report-text", "x"), ("slot", "x")]).await;
            assert_eq!(theirs.status, nobodys.status, "{path}");
            let (own, none) = (id.to_string(), none.to_string());
            assert_eq!(theirs.location().replace(&own, ""), nobodys.location().replace(&none, ""), "{path}");
        }
    }
}

/// The addresses given to `.route(` in a source file, constants of the same file put in.
fn routes_of(source: &str) -> Vec<String> {
    let constant = |name: &str| {
        let at = source.split(&format!("const {name}: ")).nth(1)?;
        Some(at.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
    };
    let calls = source.split(".route(").skip(1).map(|rest| rest.split(',').next().unwrap_or_default().trim());
    calls
        .map(|given| match given.split_once('[') {
            _ if given.starts_with('"') => given.trim_matches('"').to_owned(),
            Some((list, at)) => {
                let at: usize = at.trim_end_matches(']').parse().expect("a number");
                constant(list).expect("a list of addresses")[at].clone()
            }
            None => constant(given).expect("an address")[0].clone(),
        })
        .collect()
}

/// Names in braces do not count.
fn nameless(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

#[test]
fn no_endpoint_is_missing_from_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = all_below(&root.join("app/src/pages"), ".rs");
    files.push(root.join("server/src/router.rs"));
    let known: Vec<String> =
        ENDPOINTS.iter().filter_map(|endpoint| endpoint.split(' ').nth(1)).map(nameless).collect();
    let mut found = 0;
    for file in files {
        let source = std::fs::read_to_string(&file).expect("our own source can be read");
        for path in routes_of(&source) {
            assert!(known.contains(&nameless(&path)), "{path} of {} is not in the table", file.display());
            found += 1;
        }
    }
    for file in all_below(&root.join("app/src/api"), ".rs") {
        let source = std::fs::read_to_string(&file).expect("our own source can be read");
        for rest in source.split("#[server(endpoint = \"").skip(1) {
            let path = format!("/api/{}", rest.split('"').next().unwrap_or_default());
            assert!(known.contains(&path), "{path} is not in the table");
            found += 1;
        }
    }
    assert!(found >= 49, "the endpoints were found: {found}");
}
