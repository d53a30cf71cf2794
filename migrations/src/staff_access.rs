//! Ways in for staff: recovery codes, passkeys, sign-on elsewhere, last days; and emergency access with its review.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Column, Table};

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "person",
        columns: &[
            ("valid_until", "text", "YYYY-MM-DD, the last day in the organisation's zone; null: no end"),
            ("last_sign_in_at", "int", "ms since 1970 UTC"),
        ],
    },
    Addition {
        table: "organisation",
        columns: &[(
            "privacy_contact",
            "uuid",
            "person who is told of emergency access; null: every administrator",
        )],
    },
];

const TABLES: &[Table] = &[
    Table {
        name: "recovery_code",
        comment: "Codes that stand in for the authenticator, once each.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", ""),
            ("person_id", "uuid not null", ""),
            ("code_hash", "text not null", "hex SHA-256 of the code without its hyphens (80 random bits)"),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("used_at", "int", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
        ],
        indexes: &[("person", "(organisation_id, person_id, used_at)")],
    },
    Table {
        name: "passkey",
        comment: "Public keys with which staff sign in (WebAuthn).",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", ""),
            ("person_id", "uuid not null", ""),
            ("credential", "text not null", "credential id, base64url"),
            ("name", "text not null", "as the person calls the device"),
            ("data", "text not null", "JSON: public key, counter and flags"),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("last_used_at", "int", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
        ],
        indexes: &[("unique_credential", "(credential)"), ("person", "(organisation_id, person_id)")],
    },
    Table {
        name: "sign_on",
        comment: "Who somebody is at the identity provider (OpenID Connect), noted at the first sign-on.",
        columns: &[
            ("issuer", "text not null", "of the provider"),
            ("subject", "text not null", "the provider's name for them, which never changes"),
            ("organisation_id", "uuid not null", ""),
            ("person_id", "uuid not null", ""),
            ("linked_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (issuer, subject)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
        ],
        indexes: &[("unique_person", "(organisation_id, person_id, issuer)")],
    },
    Table {
        name: "emergency",
        comment: "Emergency access: one person, one patient, one hour; told to both, and reviewed.",
        columns: &[
            ("organisation_id", "uuid not null", "of the person who opened it, which reviews it"),
            ("id", "uuid not null", ""),
            ("person_id", "uuid not null", ""),
            ("person_name", "text not null", "as it was then"),
            ("referral_organisation_id", "uuid not null", ""),
            ("referral_id", "uuid not null", "the one that was asked for"),
            ("reference", "text not null", "of that referral"),
            ("patient_organisation_id", "uuid not null", ""),
            ("patient_id", "uuid not null", ""),
            ("reason", "text not null", "as they gave it"),
            ("opened_at", "int not null", "ms since 1970 UTC"),
            ("expires_at", "int not null", "ms since 1970 UTC"),
            ("reviewed_at", "int", "ms since 1970 UTC; null: waits for review"),
            ("reviewed_by", "text", "name"),
            ("finding", "text", "justified, mistaken, unjustified"),
            ("finding_note", "text", "in the reviewer's words"),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
            "foreign key (referral_organisation_id, referral_id) references referral (organisation_id, id)",
            "check (finding in ('justified', 'mistaken', 'unjustified'))",
        ],
        indexes: &[
            ("open", "(organisation_id, person_id, expires_at)"),
            ("review", "(organisation_id, reviewed_at, opened_at)"),
        ],
    },
];

const INDEXES: &[&str] = &[
    "create index person_term on person (status, valid_until)",
    "create index referral_waiting on referral (owner_organisation_id, owner_person_id, due_at) \
     where owner_person_id is not null",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000004_add_ways_in_for_staff"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for statement in ADDITIONS.iter().flat_map(|addition| addition.statements(backend)) {
            connection.execute_unprepared(&statement).await?;
        }
        for statement in TABLES.iter().flat_map(|table| table.statements(backend)) {
            connection.execute_unprepared(&statement).await?;
        }
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for index in ["person_term", "referral_waiting"] {
            connection.execute_unprepared(&format!("drop index {index}")).await?;
        }
        for table in TABLES.iter().rev() {
            connection.execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        for addition in ADDITIONS {
            for (column, ..) in addition.columns as &[Column] {
                let statement = format!("alter table {} drop column {column}", addition.table);
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }
}
