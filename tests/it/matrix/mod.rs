//! The access matrix: everything that can be asked for, as everybody, for every relation, compared with the policy.
//!
//! Refused and not there must look the same, byte by byte; and what is recorded is counted by the request's id.

mod ask;
mod cases;
mod endpoints;
mod policy;
mod table;
mod world;

use std::collections::{BTreeMap, HashMap};

use harness::{TestApp, both};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use service::clock;
use store::entity::audit;
use uuid::Uuid;

use ask::{Seen, ask};
use policy::{Endpoint, Outcome, PEOPLE, RELATIONS, Rows, Rule};
use world::World;

/// Fewest cells that a run asserts (PROMISES P7).
const FLOOR: usize = 5_000;

/// One cell and what came of it.
struct Cell<'a> {
    rule: &'a Rule,
    endpoint: &'a Endpoint,
    who: &'static str,
    relation: &'static str,
    expected: Outcome,
    seen: Seen,
}

impl std::fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} {}", self.endpoint, self.who, self.relation)
    }
}

/// Asks for one endpoint as everybody: whoever is not let in first, so that nothing has changed by then.
async fn walk<'a>(app: &TestApp, world: &World, rule: &'a Rule, endpoint: &'a Endpoint) -> Vec<Cell<'a>> {
    let relations: &[&'static str] = if endpoint.is_about_something() { &RELATIONS } else { &["own"] };
    let mut cells: Vec<_> = PEOPLE
        .into_iter()
        .flat_map(|who| relations.iter().map(move |relation| (who, *relation)))
        .map(|(who, relation)| (who, relation, rule.expects(who, relation)))
        .collect();
    cells.sort_by_key(|(.., expected)| *expected == Outcome::LetIn);
    let mut browsers = BTreeMap::new();
    let mut walked = Vec::new();
    for (who, relation, expected) in cells {
        let browser = match browsers.remove(who) {
            Some(browser) => browser,
            None => world.browser(app, who).await,
        };
        let thing = world.thing(who, relation, &endpoint.stage);
        let seen = ask(&browser, endpoint, &thing).await;
        browsers.insert(who, browser);
        walked.push(Cell { rule, endpoint, who, relation, expected, seen });
    }
    walked
}

/// Audit rows by the request that left them, once all are written.
async fn rows_since(app: &TestApp, world: &World, since: i64) -> HashMap<Uuid, Vec<String>> {
    // Refusals do not wait for their rows; this read does, and stands in line behind them.
    world.browser(app, "patient").await.get("/my/access").await.must_be(200);
    let rows = audit::Entity::find().filter(audit::Column::At.gte(since)).all(app.desk.store.reader()).await;
    let mut by_request: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in rows.expect("the audit can be read") {
        let id = row.entity_id.map_or(String::new(), |id| id.to_string());
        let said = format!("{} {} {} {id}", row.action, row.entity, row.outcome);
        by_request.entry(row.request_id).or_default().push(said);
    }
    by_request
}

fn problems(cells: &[Cell<'_>], rows: &HashMap<Uuid, Vec<String>>, referrals: &[Uuid]) -> Vec<String> {
    let mut problems = Vec::new();
    for cell in cells {
        let came = cell.seen.outcome();
        let is_right = match cell.expected {
            Outcome::LetIn | Outcome::Blind => {
                cell.seen.lets_in() || (cell.rule.leaves && matches!(came, Outcome::Door(_)))
            }
            other => came == other,
        };
        if !is_right {
            problems.push(format!("{cell} must be {:?}, but is {}", cell.expected, cell.seen));
        }
        let left = rows.get(&cell.seen.request).map_or(&[][..], Vec::as_slice);
        let expected = match cell.rule.rows(cell.who, cell.expected) {
            Rows::Exactly(count) => count,
            Rows::Each => cell.seen.named(referrals),
        };
        let mut records: Vec<_> = left.iter().map(|row| row.rsplit(' ').next()).collect();
        records.sort();
        records.dedup();
        if left.len() != expected || (records.len() < left.len()) {
            problems.push(format!("{cell} must leave {expected} rows, but left {left:?} ({})", cell.seen));
        }
    }
    problems
}

/// Cells where nothing may be told from the answer, although there is something: they answer as for what does not exist.
fn tell_tales(cells: &[Cell<'_>]) -> Vec<String> {
    let mut nothing = HashMap::new();
    for cell in cells.iter().filter(|cell| cell.relation == "none") {
        nothing.insert((cell.endpoint.to_string(), cell.who), cell);
    }
    let mut tales = Vec::new();
    for cell in cells.iter().filter(|cell| !matches!(cell.expected, Outcome::LetIn)) {
        let Some(none) = nothing.get(&(cell.endpoint.to_string(), cell.who)) else {
            continue;
        };
        let may_know = cell.expected == Outcome::Refused && none.expected != Outcome::Refused;
        if may_know {
            continue;
        }
        if cell.seen.bytes != none.seen.bytes {
            tales.push(format!(
                "{cell} answers {}\n{}\nand nothing answers {}\n{}",
                cell.seen, cell.seen.bytes, none.seen, none.seen.bytes
            ));
        }
    }
    tales
}

both! {
    async fn everybody_reaches_what_the_policy_says_and_every_look_is_recorded_once(app) {
        app.leaves_messages();
        // The far practice has nobody but the person who broke the glass.
        app.breaks("emergency access that waits for its review has somebody who may review it");
        let began = std::time::Instant::now();
        let world = World::build(app).await;
        let built = began.elapsed();
        let mut versions = Vec::new();
        for id in world.untouchable() {
            versions.push((id, app.referral(id).await.version));
        }
        let since = clock::now().timestamp_millis();
        let rules = policy::read();
        let mut cells = Vec::new();
        for rule in &rules {
            for endpoint in &rule.endpoints {
                cells.extend(walk(app, &world, rule, endpoint).await);
            }
        }
        let rows = rows_since(app, &world, since).await;
        let referrals: Vec<Uuid> = store::entity::referral::Entity::find()
            .all(app.desk.store.reader()).await.expect("referrals can be read").into_iter().map(|row| row.id).collect();
        println!("{} cells in {:?}, the world in {built:?}", cells.len(), began.elapsed() - built);
        let mut problems = problems(&cells, &rows, &referrals);
        problems.extend(tell_tales(&cells));
        for (id, version) in versions {
            if app.referral(id).await.version != version {
                problems.push(format!("{id} was changed by somebody who has nothing to do with it"));
            }
        }
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
        assert!(cells.len() >= FLOOR, "{} cells", cells.len());
        insta::assert_snapshot!("matrix", table::table(&cells, &rows));
    }
}

both! {
    async fn an_address_with_nonsense_for_an_id_answers_as_for_what_does_not_exist(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let none = domain::v7(1_700_000_000_000, [7; 10]).to_string();
        let (specialist, patient) = (app.sign_in("specialist").await, app.as_patient(id).await);
        for (browser, path) in [
            (&specialist, "/referrals/{}"),
            (&specialist, "/referrals/{}/times"),
            (&specialist, "/live/{}"),
            (&specialist, "/emergency/{}"),
            (&patient, "/my/{}/times"),
            (&patient, "/my/{}/documents"),
            (&patient, "/live/{}"),
        ] {
            let nobodys = browser.get(&path.replace("{}", &none)).await.must_be(404);
            for nonsense in ["nonsense", "0", "%00", "..%2F..", "00000000-0000-0000-0000-00000000000g"] {
                let answer = browser.get(&path.replace("{}", nonsense)).await.must_be(404);
                assert_eq!(answer.body, nobodys.body, "{path} {nonsense}");
            }
        }
    }
}

#[test]
fn the_policy_contradicts_itself_nowhere() {
    for rule in policy::read() {
        assert!(!rule.endpoints.is_empty(), "“{}” is about nothing", rule.title);
        for who in PEOPLE {
            for relation in RELATIONS {
                let _ = rule.expects(who, relation);
            }
        }
    }
}
