//! Whoever can write to the database directly cannot change what was written down without it being found (PROMISES P14).

use harness::{Kind, TestApp, both};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use service::{check, clock, jobs};

/// A small fraction of the 10,000 that the promise asks for, so that the gate stays quick.
const ATTACKS: usize = 150;

/// What somebody with the database's password may try.
const KINDS: usize = 11;

/// The sealed audit as it was, to go back to after each attack.
struct Kept<'a> {
    app: &'a TestApp,
    anchors: Vec<u8>,
    /// The organisation with the longest chain, and how long it is.
    organisation: String,
    length: i64,
}

impl<'a> Kept<'a> {
    async fn of(app: &'a TestApp) -> Self {
        for (table, verb) in
            [("audit", "update"), ("audit", "delete"), ("audit_seal", "update"), ("audit_seal", "delete")]
        {
            let on = if app.kind == Kind::Postgres { format!(" on {table}") } else { String::new() };
            app.raw(&format!("drop trigger {table}_no_{verb}{on}")).await.expect("dropped");
        }
        while jobs::seal(&app.desk, clock::now()).await.expect("sealed") > 0 {}
        jobs::anchor(&app.desk, clock::now()).await.expect("anchored");
        app.raw("create table kept_audit as select * from audit").await.expect("kept");
        app.raw("create table kept_seal as select * from audit_seal").await.expect("kept");
        let longest =
            "from audit_seal group by organisation_id order by count(*) desc, organisation_id limit 1";
        let hex = match app.kind {
            Kind::Sqlite => format!("select lower(hex(organisation_id)) as t {longest}"),
            Kind::Postgres => format!("select organisation_id::text as t {longest}"),
        };
        let id = app.texts(&hex).await.remove(0);
        let organisation = app.literal(id.parse().expect("an id"));
        let length = app
            .count(&format!("select count(*) as n from audit_seal where organisation_id = {organisation}"))
            .await;
        let anchors = std::fs::read(Self::file(app)).expect("the anchor file is there");
        Self { app, anchors, organisation, length }
    }

    fn file(app: &TestApp) -> std::path::PathBuf {
        app.folder.path().join("anchors/audit.jsonl")
    }

    async fn run(&self, sql: &str) {
        self.app.raw(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    async fn restore(&self) {
        for sql in [
            "delete from audit_pending",
            "delete from audit_seal",
            "delete from audit",
            "insert into audit select * from kept_audit",
            "insert into audit_seal select * from kept_seal",
        ] {
            self.run(sql).await;
        }
        std::fs::write(Self::file(self.app), &self.anchors).expect("the anchor file is put back");
    }

    async fn is_found(&self) -> bool {
        let reports = check::verify_audit(&self.app.desk).await.expect("verified");
        reports.iter().any(|report| !report.ok)
    }

    /// The id of the row at a place of the chain, as a part of a statement.
    fn row(&self, seq: i64) -> String {
        let of = &self.organisation;
        format!("(select audit_id from kept_seal where organisation_id = {of} and seq = {seq})")
    }

    async fn put_in(&self, id: &str) {
        let of = &self.organisation;
        self.run(&format!(
            "insert into audit (organisation_id, id, at, actor, actor_name, action, entity, entity_id, patient_id, outcome, \
             request_id) select organisation_id, {id}, at, actor, actor_name, action, entity, entity_id, patient_id, outcome, \
             request_id from kept_audit where organisation_id = {of} and id = {}",
            self.row(1)
        ))
        .await;
    }

    async fn edit(&self, lots: &mut StdRng, seq: i64) -> String {
        let other = self.app.literal(uuid::Uuid::from_u128(lots.random()));
        let changes = [
            "actor = actor || 'x'".to_owned(),
            "actor_name = 'Nobody ' || actor_name".to_owned(),
            "action = action || ' '".to_owned(),
            "entity = 'x' || entity".to_owned(),
            "outcome = case outcome when 'allowed' then 'refused' else 'allowed' end".to_owned(),
            "at = at + 1".to_owned(),
            format!("entity_id = {other}"),
            format!("patient_id = {other}"),
            format!("request_id = {other}"),
        ];
        let change = &changes[lots.random_range(0..changes.len())];
        let of = &self.organisation;
        self.run(&format!(
            "update audit set {change} where organisation_id = {of} and id = {}",
            self.row(seq)
        ))
        .await;
        change.clone()
    }

    /// Cuts rows and seals after a place.
    async fn cut(&self, after: i64) {
        let of = &self.organisation;
        self.run(&format!(
            "delete from audit where organisation_id = {of} and id in \
             (select audit_id from kept_seal where organisation_id = {of} and seq > {after})"
        ))
        .await;
        self.run(&format!("delete from audit_seal where organisation_id = {of} and seq > {after}")).await;
    }

    /// One attack; answers what it did.
    async fn attack(&self, kind: usize, lots: &mut StdRng) -> String {
        let of = &self.organisation;
        let seq = lots.random_range(1..=self.length);
        let fresh = self.app.literal(uuid::Uuid::from_u128(lots.random()));
        match kind {
            0 => format!("edit of {seq}: {}", self.edit(lots, seq).await),
            1 => {
                let other = 1 + (seq + lots.random_range(0..self.length - 1)) % self.length;
                let (a, b) = (self.row(seq), self.row(other));
                for (place, id) in [(seq, fresh), (other, a), (seq, b)] {
                    let set = format!("update audit_seal set audit_id = {id}");
                    self.run(&format!("{set} where organisation_id = {of} and seq = {place}")).await;
                }
                format!("{seq} and {other} change places")
            }
            2 => {
                self.put_in(&fresh).await;
                "a row put in".to_owned()
            }
            3 => {
                self.run(&format!(
                    "delete from audit where organisation_id = {of} and id = {}",
                    self.row(seq)
                ))
                .await;
                format!("row {seq} taken out")
            }
            4 => {
                self.run(&format!(
                    "delete from audit where organisation_id = {of} and id = {}",
                    self.row(seq)
                ))
                .await;
                self.run(&format!("delete from audit_seal where organisation_id = {of} and seq = {seq}"))
                    .await;
                format!("row {seq} and its seal taken out")
            }
            5 => {
                self.cut(seq - 1).await;
                format!("cut from {seq} on")
            }
            6 => {
                self.cut(0).await;
                "the whole chain taken out".to_owned()
            }
            7 => {
                let change = self.edit(lots, seq).await;
                self.run(&format!("delete from audit_seal where organisation_id = {of}")).await;
                let all = format!("select organisation_id, id from audit where organisation_id = {of}");
                self.run(&format!("insert into audit_pending (organisation_id, audit_id) {all}")).await;
                while jobs::seal(&self.app.desk, clock::now()).await.expect("sealed") > 0 {}
                format!("edit of {seq} ({change}) and the chain made anew")
            }
            8 => {
                let set = "update audit_seal set hash = substr(hash, 2) || substr(hash, 1, 1)";
                self.run(&format!("{set} where organisation_id = {of} and seq = {seq}")).await;
                format!("another hash at {seq}")
            }
            9 => {
                self.put_in(&fresh).await;
                self.run(&format!(
                    "insert into audit_seal (organisation_id, seq, audit_id, hash, sealed_at) \
                     values ({of}, {}, {fresh}, 'x', 0)",
                    -seq
                ))
                .await;
                "a row with a seal before the chain's beginning".to_owned()
            }
            _ => {
                self.put_in(&fresh).await;
                self.run(&format!(
                    "insert into audit_seal (organisation_id, seq, audit_id, hash, sealed_at) \
                     select organisation_id, {}, {fresh}, hash, sealed_at from kept_seal \
                     where organisation_id = {of} and seq = {}",
                    self.length + 1,
                    self.length
                ))
                .await;
                "a row with a seal behind the chain's end".to_owned()
            }
        }
    }
}

both! {
    async fn whatever_is_done_to_the_audit_from_outside_is_found(app) {
        app.sign_in("specialist").await.get("/worklist").await.must_be(200);
        let kept = Kept::of(app).await;
        assert!(kept.length > 20 && !kept.is_found().await, "a whole chain: {}", kept.length);
        let seed: u64 = rand::random();
        let mut lots = StdRng::seed_from_u64(seed);
        for at in 0..ATTACKS {
            let did = kept.attack(at % KINDS, &mut lots).await;
            assert!(kept.is_found().await, "not found: {did}, attack {at} of seed {seed}");
            kept.restore().await;
        }
        assert!(!kept.is_found().await, "all is as it was");
        for table in ["kept_audit", "kept_seal"] {
            app.raw(&format!("drop table {table}")).await.expect("dropped");
        }
    }
}
