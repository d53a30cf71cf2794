//! The waiting list with its offers, and plans of bulk matching.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "waitlist_entry",
        comment: "A referral whose patient waits for a time that comes free, or for an earlier one than is booked.",
        columns: &[
            ("organisation_id", "uuid not null", "the receiving organisation, as of the referral"),
            ("id", "uuid not null", ""),
            ("referral_id", "uuid not null", ""),
            ("service_id", "uuid not null", "times of this service alone are offered"),
            ("state", "text not null", "waiting or ended"),
            (
                "since",
                "int not null",
                "ms since 1970 UTC: since when they wait to be seen; decides their place",
            ),
            ("weekdays", "text not null", "comma list of MO to SU; empty: any"),
            ("parts", "text not null", "comma list of morning, afternoon, evening; empty: any"),
            ("notice_hours", "int not null", "between an offer and the visit, to arrange things and to come"),
            (
                "channel",
                "text not null",
                "how offers reach them: sms, email, letter; empty: whichever there is",
            ),
            (
                "seen",
                "text not null",
                "times that were free and did not suit, with a space between: quantum of the beginning : end of the \
                 resource id",
            ),
            ("added_by", "text not null", "actor key"),
            ("added_by_name", "text not null", ""),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("changed_at", "int not null", "ms since 1970 UTC"),
            ("ended_at", "int", "ms since 1970 UTC"),
            ("end_reason", "text", "booked, left, died, over"),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
            "check (state in ('waiting', 'ended'))",
        ],
        indexes: &[
            ("unique_waiting", "(organisation_id, referral_id) where state = 'waiting'"),
            ("service", "(organisation_id, service_id, state, since)"),
        ],
    },
    Table {
        name: "waitlist_offer",
        comment: "A time that the waiting list offered somebody; the appointment holds it until it is answered.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", ""),
            ("entry_id", "uuid not null", ""),
            ("referral_id", "uuid not null", ""),
            ("appointment_id", "uuid not null", ""),
            ("service_id", "uuid not null", ""),
            ("patient_organisation_id", "uuid not null", ""),
            ("patient_id", "uuid not null", ""),
            ("resource_id", "uuid not null", ""),
            ("start_at", "int not null", "ms since 1970 UTC"),
            ("zone", "text not null", "IANA zone of the place"),
            ("offered_at", "int not null", "ms since 1970 UTC"),
            ("tell_at", "int not null", "ms since 1970 UTC: offered_at, or the next morning"),
            ("until_at", "int not null", "ms since 1970 UTC"),
            ("outcome", "text", "accepted, declined, expired, withdrawn; null: not answered yet"),
            ("answered_at", "int", "ms since 1970 UTC"),
            ("priority", "text not null", "as it was then"),
            ("channel", "text not null", "push, sms, email, letter"),
            ("age_band", "text not null", "for the report"),
            ("why", "text not null", "why it went to this person, for staff"),
            (
                "passed",
                "text not null",
                "JSON list of {reference, why}: who stood before them and was passed over",
            ),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, entry_id) references waitlist_entry (organisation_id, id)",
            "foreign key (organisation_id, appointment_id) references appointment (organisation_id, id)",
            "check (outcome in ('accepted', 'declined', 'expired', 'withdrawn'))",
        ],
        indexes: &[
            // One live offer for each person, whatever door it comes through.
            ("unique_open", "(patient_organisation_id, patient_id) where outcome is null"),
            ("unique_appointment", "(organisation_id, appointment_id)"),
            ("entry", "(organisation_id, entry_id, offered_at)"),
            ("report", "(organisation_id, offered_at)"),
        ],
    },
    Table {
        name: "matching_plan",
        comment: "A preview of bulk matching, and what became of it when it was applied.",
        columns: &[
            ("organisation_id", "uuid not null references organisation (id)", ""),
            ("id", "uuid not null", ""),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("created_by", "text not null", "actor key"),
            ("created_by_name", "text not null", ""),
            ("question", "text not null", "JSON: services and window"),
            ("fingerprint", "text not null", "SHA-256 over who gets what; confirming names it"),
            ("plan", "text not null", "JSON: a line for each patient, figures for each class"),
            ("applied_as", "text", "offer or book; null: not confirmed"),
            ("applied_at", "int", "ms since 1970 UTC"),
            ("applied_by_name", "text", ""),
            ("outcome", "text not null", "JSON object: referral id to done or why it was skipped"),
        ],
        constraints: &["primary key (organisation_id, id)", "check (applied_as in ('offer', 'book'))"],
        indexes: &[("newest", "(organisation_id, created_at)")],
    },
];

/// The board reads the times of all resources of some days.
const INDEX: &str = "create index appointment_board on appointment (organisation_id, start_at)";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000024_add_waiting_list_and_matching_plans"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for statement in TABLES.iter().flat_map(|table| table.statements(backend)) {
            connection.execute_unprepared(&statement).await?;
        }
        connection.execute_unprepared(INDEX).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("drop index appointment_board").await?;
        for table in TABLES.iter().rev() {
            connection.execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        Ok(())
    }
}
