use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use migrations::Migrator;
use sea_orm_migration::MigratorTrait;
use store::Db;
use tower::ServiceExt;
use tower_sessions::Session;
use tower_sessions::session::Error as SessionError;

use super::*;

/// As the pages do it.
async fn sign_in(session: &Session, who: &str) -> std::result::Result<(), SessionError> {
    session.insert(PRINCIPAL_KEY, who).await?;
    session.cycle_id().await
}

async fn renew(session: &Session) -> std::result::Result<(), SessionError> {
    let outcome = session.cycle_id().await;
    if outcome.is_err() {
        session.clear().await;
    }
    outcome
}

async fn sign_out(session: &Session) -> std::result::Result<(), SessionError> {
    match session.flush().await {
        Err(SessionError::Store(Error::Backend(why))) if why == ENDED => Ok(()),
        outcome => outcome,
    }
}

struct Scene {
    sessions: SqlSessions,
    now: Arc<Mutex<DateTime<Utc>>>,
    router: Router,
    path: std::path::PathBuf,
}

impl Drop for Scene {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", self.path.display()));
        }
    }
}

fn random() -> String {
    hex::encode(rand::random::<[u8; 12]>())
}

/// A new database on the server that the test command started, if it did.
async fn postgres() -> Option<Store> {
    let Ok(server) = std::env::var("WAYMARK_TEST_POSTGRES") else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "WAYMARK_TEST_POSTGRES is not set");
        eprintln!("skipped on PostgreSQL: WAYMARK_TEST_POSTGRES is not set; `cargo xtask test` sets it");
        return None;
    };
    let name = format!("sessions_{}", random());
    let admin = Store::open(&server).await.expect("the server answers");
    admin
        .writer()
        .execute_unprepared(&format!("create database {name}"))
        .await
        .expect("it may create databases");
    let (root, _) = server.rsplit_once('/').expect("an address with a database");
    Some(Store::open(&format!("{root}/{name}")).await.expect("just made"))
}

impl Scene {
    async fn new(is_https: bool) -> Self {
        let path = std::env::temp_dir().join(format!("waymark-sessions-{}.db", random()));
        let store = Store::open(&format!("sqlite:{}", path.display())).await.expect("a new database");
        Self::on(store, path, is_https).await
    }

    async fn on(store: Store, path: std::path::PathBuf, is_https: bool) -> Self {
        Migrator::up(store.writer(), None).await.expect("the schema");
        let begin = DateTime::from_timestamp_millis(1_800_000_000_000).expect("an instant");
        let now = Arc::new(Mutex::new(begin));
        let clock = Arc::clone(&now);
        let rules = Idle { staff_min: 15, patient_min: 30, absolute_h: 12 };
        let sessions = SqlSessions::with_clock(store, rules, move || *clock.lock().expect("not poisoned"));
        let who = |session: Session| async move {
            session.get(PRINCIPAL_KEY).await.expect("a database").unwrap_or_else(|| "nobody".to_owned())
        };
        let enter = |name: &'static str| {
            move |session: Session| async move { sign_in(&session, name).await.expect("a database") }
        };
        let renewed = |session: Session| async move {
            match renew(&session).await {
                Ok(()) => StatusCode::OK,
                Err(_) => StatusCode::CONFLICT,
            }
        };
        let router = Router::new()
            .route("/who", get(who))
            .route("/staff", post(enter("staff:1")))
            .route("/patient", post(enter("patient:1")))
            .route("/renew", post(renewed))
            .route(
                "/out",
                post(|session: Session| async move { sign_out(&session).await.expect("a database") }),
            )
            .layer(sessions.layer(is_https));
        Self { sessions, now, router, path }
    }

    fn pass(&self, minutes: i64) {
        *self.now.lock().expect("not poisoned") += TimeDelta::minutes(minutes);
    }

    /// Status, text and the cookie that the browser holds afterwards.
    async fn send(&self, method: &str, path: &str, cookie: &str) -> (StatusCode, String, String) {
        let request = Request::builder().method(method).uri(path).header("cookie", cookie);
        let request = request.body(Body::empty()).expect("well formed");
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let set = response.headers().get("set-cookie").map(|value| value.to_str().expect("ascii").to_owned());
        let cookie = set.as_deref().and_then(|set| set.split(';').next()).unwrap_or(cookie).to_owned();
        let status = response.status();
        let text = response.into_body().collect().await.expect("short").to_bytes();
        (status, String::from_utf8(text.to_vec()).expect("UTF-8"), cookie)
    }

    async fn enter(&self, path: &str) -> String {
        let (status, _, cookie) = self.send("POST", path, "").await;
        assert_eq!(status, StatusCode::OK);
        cookie
    }

    async fn who(&self, cookie: &str) -> String {
        self.send("GET", "/who", cookie).await.1
    }

    fn handle(&self, cookie: &str) -> Session {
        let id = cookie.split('=').nth(1).and_then(|id| id.parse::<Id>().ok()).expect("our cookie");
        Session::new(Some(id), Arc::new(self.sessions.clone()), Some(Expiry::OnSessionEnd))
    }
}

#[tokio::test]
async fn the_cookie_is_as_narrow_as_can_be() {
    for (is_https, expected) in [(true, "__Host-waymark="), (false, "waymark=")] {
        let scene = Scene::new(is_https).await;
        let request =
            Request::builder().method("POST").uri("/staff").body(Body::empty()).expect("well formed");
        let response = scene.router.clone().oneshot(request).await.expect("infallible");
        let cookie = response.headers()["set-cookie"].to_str().expect("ascii");
        assert!(cookie.starts_with(expected), "{cookie}");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(cookie.contains("Secure"), is_https, "{cookie}");
        assert!(
            !cookie.contains("Domain") && !cookie.contains("Expires") && !cookie.contains("Max-Age"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn signing_in_gives_a_new_id_and_signing_out_ends_it() {
    let scene = Scene::new(false).await;
    let first = scene.enter("/patient").await;
    assert_eq!(scene.who(&first).await, "patient:1");
    let (_, _, second) = scene.send("POST", "/staff", &first).await;
    assert_ne!(first, second);
    assert_eq!(scene.who(&first).await, "nobody");
    assert_eq!(scene.who(&second).await, "staff:1");
    let (_, _, third) = scene.send("POST", "/renew", &second).await;
    assert_ne!(second, third);
    assert_eq!(
        (scene.who(&second).await, scene.who(&third).await),
        ("nobody".to_owned(), "staff:1".to_owned())
    );
    scene.send("POST", "/out", &third).await;
    assert_eq!(scene.who(&third).await, "nobody");
    assert_eq!(scene.send("POST", "/out", &third).await.0, StatusCode::OK, "twice is no error");
}

#[tokio::test]
async fn a_request_under_way_cannot_bring_a_session_back_after_signing_out() {
    let scene = Scene::new(false).await;
    for trial in 0..200 {
        let cookie = scene.enter("/staff").await;
        let under_way = scene.handle(&cookie);
        under_way.insert("draft", trial).await.expect("loaded");
        let out = scene.send("POST", "/out", &cookie);
        let save = under_way.save();
        if trial % 2 == 0 {
            let ((status, _, _), saved) = tokio::join!(out, save);
            assert_eq!(status, StatusCode::OK);
            saved.expect("a late save is ignored, not refused");
        } else {
            out.await;
            save.await.expect("a late save is ignored, not refused");
        }
        assert_eq!(scene.who(&cookie).await, "nobody", "trial {trial}");
    }
}

#[tokio::test]
async fn a_request_under_way_cannot_move_an_ended_session_to_a_new_id() {
    let scene = Scene::new(false).await;
    let cookie = scene.enter("/staff").await;
    let under_way = scene.handle(&cookie);
    under_way.insert("step", 2).await.expect("loaded");
    scene.send("POST", "/out", &cookie).await;
    renew(&under_way).await.expect_err("the session has ended");
    under_way.save().await.expect("an empty session is harmless");
    let new = under_way.id().expect("saved");
    assert_eq!(scene.who(&format!("waymark={new}")).await, "nobody");
}

#[tokio::test]
async fn staff_and_patients_are_signed_out_when_idle_and_use_puts_it_off() {
    let scene = Scene::new(false).await;
    let (staff, patient) = (scene.enter("/staff").await, scene.enter("/patient").await);
    scene.pass(14);
    assert_eq!(scene.who(&staff).await, "staff:1");
    scene.pass(14);
    assert_eq!(
        (scene.who(&staff).await, scene.who(&patient).await),
        ("staff:1".to_owned(), "patient:1".to_owned())
    );
    scene.pass(15);
    assert_eq!(
        (scene.who(&staff).await, scene.who(&patient).await),
        ("nobody".to_owned(), "patient:1".to_owned())
    );
    scene.pass(30);
    assert_eq!(scene.who(&patient).await, "nobody");
}

#[tokio::test]
async fn twelve_hours_are_the_end_even_for_the_busy_and_a_new_id_does_not_put_it_off() {
    let scene = Scene::new(false).await;
    let mut cookie = scene.enter("/staff").await;
    for _ in 0..71 {
        scene.pass(10);
        assert_eq!(scene.who(&cookie).await, "staff:1");
    }
    cookie = scene.send("POST", "/renew", &cookie).await.2;
    assert_eq!(scene.who(&cookie).await, "staff:1");
    scene.pass(10);
    assert_eq!(scene.who(&cookie).await, "nobody");
}

#[tokio::test]
async fn disabling_a_person_ends_all_their_sessions_and_nobody_elses() {
    let scene = Scene::new(false).await;
    let (one, two, other) =
        (scene.enter("/staff").await, scene.enter("/staff").await, scene.enter("/patient").await);
    let id = scene.handle(&one).id().expect("given");
    assert!(scene.sessions.is_alive(&id).await.expect("a database"));
    assert_eq!(scene.sessions.revoke_principal("staff:1").await.expect("a database"), 2);
    assert!(!scene.sessions.is_alive(&id).await.expect("a database"));
    for (cookie, expected) in [(&one, "nobody"), (&two, "nobody"), (&other, "patient:1")] {
        assert_eq!(scene.who(cookie).await, expected);
    }
}

#[tokio::test]
async fn asking_whether_a_session_is_alive_does_not_keep_it_alive() {
    let scene = Scene::new(false).await;
    let cookie = scene.enter("/staff").await;
    let id = scene.handle(&cookie).id().expect("given");
    scene.pass(14);
    assert!(scene.sessions.is_alive(&id).await.expect("a database"));
    scene.pass(1);
    assert!(!scene.sessions.is_alive(&id).await.expect("a database"));
    assert_eq!(scene.who(&cookie).await, "nobody");
}

#[tokio::test]
async fn neither_an_invented_cookie_nor_a_purged_one_opens_anything() {
    let scene = Scene::new(false).await;
    for cookie in ["waymark=", "waymark=x", "waymark=AAAAAAAAAAAAAAAAAAAAAA", "waymark=%00"] {
        assert_eq!(scene.who(cookie).await, "nobody", "{cookie}");
    }
    let cookie = scene.enter("/staff").await;
    assert_eq!(scene.sessions.purge().await.expect("a database"), 0);
    scene.pass(36 * 60);
    assert_eq!(scene.sessions.purge().await.expect("a database"), 1);
    assert_eq!(scene.who(&cookie).await, "nobody");
}

#[tokio::test]
async fn the_table_does_not_hold_what_the_cookie_holds() {
    let scene = Scene::new(false).await;
    let cookie = scene.enter("/staff").await;
    let id = cookie.split('=').nth(1).expect("our cookie");
    for ending in ["", "-wal"] {
        let bytes = std::fs::read(format!("{}{ending}", scene.path.display())).expect("the database");
        assert!(!bytes.windows(id.len()).any(|window| window == id.as_bytes()));
    }
}

#[tokio::test]
async fn use_is_noted_at_most_once_a_minute() {
    let scene = Scene::new(false).await;
    let cookie = scene.enter("/staff").await;
    let id = hash(&scene.handle(&cookie).id().expect("given"));
    let seen = async || {
        let row = sessions::find(scene.sessions.store.reader(), &id, 0).await.expect("a database");
        row.expect("alive").seen_at
    };
    let begin = seen().await;
    for (seconds, noted) in [(59, 0), (1, 60), (30, 60), (30, 120)] {
        *scene.now.lock().expect("not poisoned") += TimeDelta::seconds(seconds);
        scene.who(&cookie).await;
        assert_eq!(seen().await - begin, noted * 1_000);
    }
}

#[tokio::test]
async fn the_next_person_at_the_same_browser_gets_hours_of_their_own() {
    let scene = Scene::new(false).await;
    let mut cookie = scene.enter("/patient").await;
    for _ in 0..35 {
        scene.pass(20);
        assert_eq!(scene.who(&cookie).await, "patient:1");
    }
    cookie = scene.send("POST", "/staff", &cookie).await.2;
    for _ in 0..5 {
        scene.pass(14);
        assert_eq!(scene.who(&cookie).await, "staff:1");
    }
}

#[tokio::test]
async fn postgresql_keeps_sessions_by_the_same_rules() {
    let Some(store) = postgres().await else { return };
    let scene = Scene::on(store, std::env::temp_dir().join(random()), false).await;
    let cookie = scene.enter("/staff").await;
    scene.pass(14);
    assert_eq!(scene.who(&cookie).await, "staff:1");
    let under_way = scene.handle(&cookie);
    under_way.insert("draft", 1).await.expect("loaded");
    scene.send("POST", "/out", &cookie).await;
    under_way.save().await.expect("a late save is ignored, not refused");
    assert_eq!(scene.who(&cookie).await, "nobody");
    let cookie = scene.enter("/staff").await;
    assert_eq!(scene.sessions.revoke_principal("staff:1").await.expect("a database"), 1);
    assert_eq!(scene.who(&cookie).await, "nobody");
    scene.pass(36 * 60);
    assert_eq!(scene.sessions.purge().await.expect("a database"), 2);
}
