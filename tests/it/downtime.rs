//! The lists for the hour when nothing works: made ahead, whole, private, and readable without the server.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::Duration;
use harness::{TestApp, both};
use service::{ServiceError, clock, jobs};

/// The newest lists of the clinic's organisation.
async fn current(app: &TestApp) -> PathBuf {
    let organisation = app.staff("coordinator").await.organisation_id;
    app.folder.path().join("downtime").join(organisation.to_string()).join("current")
}

fn named(folder: &Path, begin: &str, ending: &str) -> PathBuf {
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let mut found = files.map(|entry| entry.expect("readable").path()).filter(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        name.starts_with(begin) && name.ends_with(ending)
    });
    found.next().unwrap_or_else(|| panic!("no {begin}…{ending}"))
}

both! {
    async fn each_clinic_s_visits_and_open_referrals_lie_in_the_folder(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let slot = app.times(id).await.remove(0);
        app.hold(id, &slot).await.must_be(303);
        app.confirm(id).await.must_be(303);
        // Made two days before the visit, so that it stands on the list.
        let start = app.count(&format!("select start_at as n from appointment where referral_id = {}", app.literal(id.0))).await;
        let now = chrono::DateTime::from_timestamp_millis(start).expect("an instant") - Duration::days(2);
        let hostile = app.patient_of(id).await;
        let patient = app.literal(hostile.id);
        app.raw(&format!("update patient set family = '=HYPERLINK(\"x\")<b>' where id = {patient}")).await.expect("set");
        assert!(jobs::downtime(&app.desk, now).await.expect("made") > 0);
        let folder = current(app).await;
        let (page, table) = (named(&folder, "heart-clinic-", ".html"), named(&folder, "heart-clinic-", ".csv"));
        let (html, csv) = (std::fs::read_to_string(&page).expect("a page"), std::fs::read_to_string(&table).expect("a table"));
        let reference = app.referral(id).await.reference;
        assert!(html.contains(&reference) && html.contains("&lt;b&gt;") && !html.contains("<b>"));
        let visits = html.split("Open referrals").next().expect("a first part");
        assert!(visits.contains(&reference), "the visit is on the list");
        assert!(csv.contains("\"'=HYPERLINK(\"\"x\"\")<b>"));
        assert!(csv.contains("\"'+44"), "telephone numbers are text");
        assert!(std::fs::read_to_string(folder.join("index.html")).expect("an index").contains("Heart clinic"));
        // For nobody else's eyes.
        for (path, mode) in [(page.as_path(), 0o600), (table.as_path(), 0o600), (&std::fs::canonicalize(&folder).expect("there"), 0o700)] {
            assert_eq!(std::fs::metadata(path).expect("there").permissions().mode() & 0o777, mode, "{}", path.display());
        }
        assert!(app.count("select count(*) as n from audit where entity = 'downtime-list' and actor = 'system:downtime'").await > 0);
        // The hospital's other data and other hospitals' stay out.
        let other = named(&folder, "joint-clinic-", ".html");
        assert!(!std::fs::read_to_string(other).expect("a page").contains(&reference));
    }

    async fn a_new_edition_takes_the_place_of_the_old_one_at_once_and_few_are_kept(app) {
        let folder = current(app).await;
        let begun = clock::now();
        for hour in 0..4 {
            jobs::downtime(&app.desk, begun + Duration::hours(hour)).await.expect("made");
        }
        let editions = std::fs::read_dir(folder.parent().expect("a folder")).expect("there");
        let editions = editions.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())));
        assert_eq!(editions.count(), 2, "the newest and the one before");
        let newest = std::fs::read_link(&folder).expect("a link").display().to_string();
        assert_eq!(newest, (begun + Duration::hours(3)).format("%Y%m%dT%H%M%S%3fZ").to_string());
    }

    async fn coordinators_read_them_on_a_page_and_each_look_is_recorded(app) {
        let coordinator = app.sign_in("coordinator").await;
        coordinator.get("/downtime").await.must_be(200).must_say("None have been made yet");
        jobs::downtime(&app.desk, clock::now()).await.expect("made");
        let page = coordinator.get("/downtime").await.must_be(200).must_say("Heart clinic").text();
        assert!(!page.contains("older than two hours"));
        let folder = current(app).await;
        let name = |ending: &str| named(&folder, "heart-clinic-", ending).file_name().expect("a name").to_string_lossy().into_owned();
        let looks = "select count(*) as n from audit where entity = 'downtime-list' and action = 'read'";
        let shown = coordinator.get(&format!("/downtime/{}", name(".html"))).await.must_be(200).must_say("Downtime list: Heart clinic");
        assert!(shown.header("content-security-policy").contains("sandbox"));
        assert_eq!(shown.header("cache-control"), "no-store");
        let table = coordinator.get(&format!("/downtime/{}", name(".csv"))).await.must_be(200);
        assert!(table.header("content-disposition").starts_with("attachment"));
        assert_eq!(app.count(looks).await, 2);
        for nothing in ["index.html", "..%2f..%2fwaymark.db", "heart-clinic-000000000000.html", "current"] {
            coordinator.get(&format!("/downtime/{nothing}")).await.must_be(404);
        }
        for role in ["specialist", "referrer", "other-referrer", "administrator"] {
            let browser = app.sign_in(role).await;
            browser.get("/downtime").await.must_be(403);
            browser.get(&format!("/downtime/{}", name(".html"))).await.must_be(403);
        }
        assert_eq!(app.count(looks).await, 2);
    }

    async fn old_lists_are_called_old(app) {
        jobs::downtime(&app.desk, clock::now() - Duration::hours(3)).await.expect("made");
        app.sign_in("coordinator").await.get("/downtime").await.must_say("older than two hours").must_say("3 hours");
    }

    async fn a_failure_is_said_and_the_older_lists_stay(app) {
        jobs::downtime(&app.desk, clock::now() - Duration::minutes(30)).await.expect("made");
        let folder = current(app).await;
        let before = std::fs::read_link(&folder).expect("a link");
        // Something stands in the way where the next edition wants to be.
        let now = clock::now();
        let in_the_way = folder.parent().expect("a folder").join(now.format("%Y%m%dT%H%M%S%3fZ").to_string());
        std::fs::write(&in_the_way, "x").expect("written");
        let failed = jobs::downtime(&app.desk, now).await.expect_err("it cannot be made");
        assert!(matches!(failed, ServiceError::Broken(_)), "{failed:?}");
        assert_eq!(std::fs::read_link(&folder).expect("a link"), before);
        let coordinator = app.sign_in("coordinator").await;
        coordinator.get("/downtime").await.must_say("The last attempt to make the lists failed").must_say("Heart clinic");
        std::fs::remove_file(in_the_way).expect("removed");
        jobs::downtime(&app.desk, clock::now()).await.expect("made");
        assert!(!coordinator.get("/downtime").await.text().contains("The last attempt"));
    }
}
