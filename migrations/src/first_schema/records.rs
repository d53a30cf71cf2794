//! Sessions, idempotency, audit.

use crate::table::Table;

pub const TABLES: &[Table] = &[
    Table {
        name: "session",
        comment: "Signed-in browsers. A revoked or expired row never becomes alive again.",
        columns: &[
            ("id_hash", "text primary key not null", "SHA-256 of the cookie's id, hex"),
            ("data", "text not null", "JSON"),
            ("principal", "text", "staff:<id> or patient:<id>; null: nobody yet"),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("seen_at", "int not null", "ms since 1970 UTC; idle time counts from here"),
            ("expires_at", "int not null", "ms since 1970 UTC; absolute"),
            ("revoked_at", "int", "ms since 1970 UTC"),
        ],
        constraints: &[],
        indexes: &[("principal", "(principal)"), ("expiry", "(expires_at)")],
    },
    Table {
        name: "idempotency",
        comment: "Commands that were carried out, so that a repeated one has one effect and one answer.",
        columns: &[
            ("actor", "text not null", "actor key"),
            ("key", "text not null", "chosen by the caller"),
            ("command", "text not null", "name of the command"),
            ("fingerprint", "text not null", "SHA-256 of command and input, hex"),
            ("answer", "text not null", "JSON"),
            ("at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &["primary key (actor, key)"],
        indexes: &[("age", "(at)")],
    },
    Table {
        name: "audit",
        comment: "Every read and write of identifiable data, allowed or refused. Append-only.",
        columns: &[
            ("organisation_id", "uuid not null", "whose record was touched"),
            ("id", "uuid not null", ""),
            ("at", "int not null", "ms since 1970 UTC"),
            ("actor", "text not null", "actor key"),
            ("actor_name", "text not null", "as the patient's access list shows it"),
            ("action", "text not null", "read, or the command's name"),
            ("entity", "text not null", "referral, document, patient, …"),
            ("entity_id", "uuid", ""),
            ("patient_id", "uuid", "whose data"),
            ("outcome", "text not null", "allowed or refused"),
            ("request_id", "uuid not null", ""),
        ],
        constraints: &["primary key (organisation_id, id)", "check (outcome in ('allowed', 'refused'))"],
        indexes: &[("patient", "(organisation_id, patient_id, at)"), ("id", "(id)")],
    },
    Table {
        name: "audit_pending",
        comment: "Committed audit rows that are not yet in the chain; the sealer empties it within a second.",
        columns: &[("organisation_id", "uuid not null", ""), ("audit_id", "uuid not null", "")],
        constraints: &["primary key (organisation_id, audit_id)"],
        indexes: &[],
    },
    Table {
        name: "audit_seal",
        comment: "The chain over audit rows, one for each organisation. Heads are also kept outside the database. Append-only.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("seq", "int not null", "from 1, without gaps"),
            ("audit_id", "uuid not null", ""),
            ("hash", "text not null", "SHA-256 over the previous hash and the row, hex"),
            ("sealed_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &["primary key (organisation_id, seq)"],
        indexes: &[("unique_audit", "(organisation_id, audit_id)")],
    },
];
