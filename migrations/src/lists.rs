//! Counters of referrals, saved views, and what people decided about probable duplicates.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::Table;

pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "tally",
        comment: "Counters of referrals, kept by triggers in the transaction of the change. Rows are added up: each change \
                  adds rows instead of updating one that others wait for, and a job folds them together.",
        columns: &[
            ("organisation_id", "uuid not null", "whose list counts"),
            ("side", "text not null", "receiving: what it was sent; referring: what it sent or drafts"),
            (
                "kind",
                "text not null",
                "age: bucket is the day of sending; due: bucket is the hour of the due time",
            ),
            ("state", "text not null", ""),
            ("bucket", "int not null", "whole days, or hours, since 1970 UTC; age of what has ended: 0"),
            ("n", "int not null", "how many more, or fewer"),
            ("folded", "int not null", "1: written by the job that adds up"),
        ],
        constraints: &["check (side in ('receiving', 'referring'))", "check (kind in ('age', 'due'))"],
        indexes: &[
            ("counts", "(organisation_id, side, kind, state, bucket, n)"),
            ("fold", "(folded, organisation_id)"),
        ],
    },
    Table {
        name: "saved_view",
        comment: "Filters of a list that somebody keeps under a name.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", ""),
            ("person_id", "uuid not null", "who saved it"),
            ("list", "text not null", "worklist or referrals"),
            ("name", "text not null", ""),
            ("query", "text not null", "the filters, as in the address"),
            ("audience", "text not null", "own: the person alone; all: the organisation"),
            ("created_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
            "check (list in ('worklist', 'referrals'))",
            "check (audience in ('own', 'all'))",
        ],
        indexes: &[("unique_name", "(organisation_id, list, person_id, name)")],
    },
    Table {
        name: "likeness",
        comment: "Two referrals of an organisation that looked like the same need, and what somebody decided about them.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("first_id", "uuid not null", "the lower id of the two"),
            ("second_id", "uuid not null", ""),
            ("verdict", "text not null", "related or different"),
            ("decided_by", "text not null", "actor key"),
            ("decided_by_name", "text not null", ""),
            ("decided_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, first_id, second_id)",
            "foreign key (organisation_id, first_id) references referral (organisation_id, id)",
            "foreign key (organisation_id, second_id) references referral (organisation_id, id)",
            "check (first_id < second_id)",
            "check (verdict in ('related', 'different'))",
        ],
        indexes: &[("second", "(organisation_id, second_id)")],
    },
];

const INDEXES: &[&str] = &[
    // The same person under another row: by number, or by day of birth and name.
    "create index patient_number on patient (nhs_number)",
    "create index patient_born on patient (birth_date, family)",
    // The referring side's list, the most pressing first.
    "create index referral_referrer_due on referral (referrer_organisation_id, due_at, id)",
    // Appointments of the coming days, for lists on paper.
    "create index appointment_days on appointment (organisation_id, start_at)",
];

/// Both sides on which a referral counts, and from which it is seen there.
const SIDES: [(&str, &str, &str); 2] =
    [("receiving", "organisation_id", "<> 'draft'"), ("referring", "referrer_organisation_id", "<> ''")];

/// The rows that one image of a referral (`new`, `old`, or a table) adds to the tallies.
fn counted(image: &str, n: &str, from: &str) -> Vec<String> {
    let mut statements = Vec::new();
    for (side, organisation, seen) in SIDES {
        statements.push(format!(
            "insert into tally (organisation_id, side, kind, state, bucket, n, folded) \
             select {image}.{organisation}, '{side}', 'age', {image}.state, case when {image}.due_at is null then 0 \
             else coalesce({image}.sent_at, {image}.created_at) / 86400000 end, {n}, 0 {from} \
             where {image}.state {seen}"
        ));
        statements.push(format!(
            "insert into tally (organisation_id, side, kind, state, bucket, n, folded) \
             select {image}.{organisation}, '{side}', 'due', {image}.state, {image}.due_at / 3600000, {n}, 0 {from} \
             where {image}.state {seen} and {image}.due_at is not null"
        ));
    }
    statements
}

/// What of a referral decides where it counts.
const COUNTED: [&str; 6] =
    ["state", "due_at", "sent_at", "created_at", "organisation_id", "referrer_organisation_id"];

fn triggers(backend: DbBackend) -> Vec<String> {
    let (less, more) = (counted("old", "-1", ""), counted("new", "1", ""));
    let differs =
        |unlike: &str| COUNTED.map(|column| format!("old.{column} {unlike} new.{column}")).join(" or ");
    let both: Vec<String> = less.iter().chain(&more).cloned().collect();
    let acts = [
        ("insert", more.clone(), String::new()),
        ("update", both, differs(if backend == DbBackend::Postgres { "is distinct from" } else { "is not" })),
        ("delete", less, String::new()),
    ];
    let mut statements = Vec::new();
    for (act, body, when) in acts {
        let body = body.join("; ");
        let when = if when.is_empty() { when } else { format!("when ({when}) ") };
        if backend == DbBackend::Postgres {
            statements.push(format!(
                "create function count_referral_{act}() returns trigger language plpgsql as \
                 $$ begin {body}; return null; end $$"
            ));
            statements.push(format!(
                "create trigger referral_counted_{act} after {act} on referral \
                 for each row {when}execute function count_referral_{act}()"
            ));
        } else {
            statements.push(format!(
                "create trigger referral_counted_{act} after {act} on referral {when}begin {body}; end"
            ));
        }
    }
    statements
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000008_add_tallies_views_and_likenesses"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        let tables = TABLES.iter().flat_map(|table| table.statements(backend));
        // What is there already is counted once; from then on the triggers count. Nobody writes meanwhile: a server brings the
        // schema up to date before it serves.
        let known = counted("referral", "1", "from referral");
        let indexes = INDEXES.iter().map(|index| (*index).to_owned());
        for statement in tables.chain(triggers(backend)).chain(known).chain(indexes) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for index in ["appointment_days", "referral_referrer_due", "patient_born", "patient_number"] {
            connection.execute_unprepared(&format!("drop index {index}")).await?;
        }
        for act in ["insert", "update", "delete"] {
            let on = if backend == DbBackend::Postgres { " on referral" } else { "" };
            connection.execute_unprepared(&format!("drop trigger referral_counted_{act}{on}")).await?;
            if backend == DbBackend::Postgres {
                connection.execute_unprepared(&format!("drop function count_referral_{act}()")).await?;
            }
        }
        for table in TABLES.iter().rev() {
            connection.execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        Ok(())
    }
}
