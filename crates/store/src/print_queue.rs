//! Letters on paper: what waits for the printer, what was printed, posted and brought back.

use domain::{OrganisationId, PatientId};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult};
use uuid::Uuid;

use crate::entity::message;
use crate::{StoreError, Tx, sql};

/// Which letters of an organisation. Each is in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pile {
    /// Due, and not printed.
    ToPrint,
    /// Printed, and not posted.
    Printed,
    Posted,
    /// Nobody can print it: there is no address, or the post brought a letter back from there. What had no address from the
    /// beginning was withheld when it was written.
    Stuck,
    Returned,
}

impl Pile {
    fn condition(self) -> &'static str {
        match self {
            Pile::ToPrint => {
                "m.state = 'pending' and m.due_at <= $2 and l.printed_at is null and l.stuck is null"
            }
            Pile::Printed => "m.state = 'pending' and l.printed_at is not null and l.posted_at is null",
            Pile::Posted => "m.state = 'sent' and l.posted_at is not null and l.returned_at is null",
            Pile::Stuck => {
                "m.due_at <= $2 and ((m.state = 'pending' and l.stuck is not null) \
                 or (m.state = 'withheld' and m.needs_person = 'unreachable'))"
            }
            Pile::Returned => "m.state = 'permanent-failure' and l.returned_at is not null",
        }
    }
}

/// A letter with whom it is about.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Line {
    pub id: Uuid,
    pub referral_id: Option<Uuid>,
    pub reference: Option<String>,
    pub recipient: String,
    pub template: String,
    pub due_at: i64,
    pub patient_organisation_id: Option<Uuid>,
    pub patient_id: Option<Uuid>,
    pub given: Option<String>,
    pub family: Option<String>,
    /// As the message has it, and as the patient's record has it now.
    pub address: String,
    pub home: Option<String>,
    /// When the post brought a letter back from there.
    pub address_returned_at: Option<i64>,
    pub batch_id: Option<Uuid>,
    pub printed_at: Option<i64>,
    pub printed_by_name: Option<String>,
    pub posted_at: Option<i64>,
    pub posted_by_name: Option<String>,
    pub returned_at: Option<i64>,
    pub stuck: Option<String>,
    /// Where the service that it is about answers.
    pub service_phone: Option<String>,
}

impl Line {
    /// Where it goes: to a patient's home as it is known now, to a clinician outside as it was given.
    pub fn goes_to(&self) -> &str {
        match self.recipient.starts_with("patient:") {
            true => self.home.as_deref().unwrap_or_default(),
            false => &self.address,
        }
    }
}

const LINES: &str = "select m.id, m.referral_id, r.reference, m.recipient, m.template, m.due_at, \
     r.patient_organisation_id, r.patient_id, p.given, p.family, m.address, p.address as home, \
     b.at as address_returned_at, l.batch_id, l.printed_at, l.printed_by_name, l.posted_at, l.posted_by_name, \
     l.returned_at, l.stuck, s.phone as service_phone from message m \
     left join paper_letter l on l.organisation_id = m.organisation_id and l.message_id = m.id \
     left join referral r on r.organisation_id = m.organisation_id and r.id = m.referral_id \
     left join service s on s.organisation_id = r.organisation_id and s.id = r.service_id \
     left join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
     left join returned_address b on b.organisation_id = p.organisation_id and b.patient_id = p.id \
     and b.address = p.address and m.recipient like 'patient:%' \
     where m.organisation_id = $1 and m.channel = 'letter'";

/// A page of one pile, the oldest first; of what is done with, the newest. Continue behind `after`.
pub async fn lines(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    pile: Pile,
    now: i64,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Line>, StoreError> {
    let is_done = matches!(pile, Pile::Posted | Pile::Returned);
    let (beyond, order) = if is_done { ("m.id < $3", "desc") } else { ("m.id > $3", "asc") };
    let start = if is_done { Uuid::max() } else { Uuid::nil() };
    // The second place must be named for every pile, or PostgreSQL does not know its type.
    let query = format!(
        "{LINES} and {} and $2 >= 0 and {beyond} order by m.id {order} limit {limit}",
        pile.condition()
    );
    sql::all(db, &query, [organisation.0.into(), now.into(), after.unwrap_or(start).into()]).await
}

/// The letters with these ids, in whichever pile, in their order.
pub async fn by_ids(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    ids: &[Uuid],
) -> Result<Vec<Line>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (2..2 + ids.len()).map(|at| format!("${at}")).collect();
    let query = format!("{LINES} and m.id in ({}) order by m.id", marks.join(", "));
    let values: Vec<sea_orm::Value> =
        std::iter::once(organisation.0.into()).chain(ids.iter().map(|id| (*id).into())).collect();
    sql::all(db, &query, values).await
}

/// The letters that were printed together, in their order.
pub async fn of_batch(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    batch: Uuid,
) -> Result<Vec<Line>, StoreError> {
    let query = format!("{LINES} and l.batch_id = $2 order by m.id");
    sql::all(db, &query, [organisation.0.into(), batch.into()]).await
}

/// The message behind a letter.
pub async fn message(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<message::Model>, StoreError> {
    let row = message::Entity::find_by_id((organisation.0, id)).one(db).await?;
    Ok(row.filter(|row| row.channel == "letter"))
}

/// How many letters are in a pile.
pub async fn count(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    pile: Pile,
    now: i64,
) -> Result<i64, StoreError> {
    let query = format!(
        "select count(*) as n from message m left join paper_letter l \
         on l.organisation_id = m.organisation_id and l.message_id = m.id \
         where m.organisation_id = $1 and m.channel = 'letter' and {} and $2 >= 0",
        pile.condition()
    );
    Ok(sql::count(db, &query, [organisation.0.into(), now.into()]).await?)
}

/// Organisations that have letters which nobody has posted, or that had no address.
pub async fn organisations_waiting(db: &impl ConnectionTrait) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        organisation_id: Uuid,
    }
    let query = "select distinct organisation_id from message where channel = 'letter' \
         and (state = 'pending' or (state = 'withheld' and needs_person = 'unreachable'))";
    let rows: Vec<Row> = sql::all(db, query, []).await?;
    Ok(rows.into_iter().map(|row| row.organisation_id).collect())
}

/// Notes that a letter was printed; false where it was printed before, or waits for the printer no more.
pub async fn mark_printed(
    tx: &Tx,
    organisation: OrganisationId,
    id: Uuid,
    batch: Uuid,
    at: i64,
    by: &str,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "insert into paper_letter (organisation_id, message_id, batch_id, printed_at, printed_by_name) \
         select organisation_id, id, $3, $4, $5 from message \
         where organisation_id = $1 and id = $2 and channel = 'letter' and state = 'pending' \
         on conflict (organisation_id, message_id) do update set batch_id = excluded.batch_id, \
         printed_at = excluded.printed_at, printed_by_name = excluded.printed_by_name, stuck = null \
         where paper_letter.printed_at is null",
        [organisation.0.into(), id.into(), batch.into(), at.into(), by.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Takes back that a letter was printed; false where it was posted meanwhile.
pub async fn unmark_printed(tx: &Tx, organisation: OrganisationId, id: Uuid) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update paper_letter set batch_id = null, printed_at = null, printed_by_name = null \
         where organisation_id = $1 and message_id = $2 and printed_at is not null and posted_at is null",
        [organisation.0.into(), id.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Notes that a printed letter was posted: the message has left. False where it was before, or was not printed.
pub async fn mark_posted(
    tx: &Tx,
    organisation: OrganisationId,
    id: Uuid,
    at: i64,
    by: &str,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update paper_letter set posted_at = $3, posted_by_name = $4 \
         where organisation_id = $1 and message_id = $2 and printed_at is not null and posted_at is null",
        [organisation.0.into(), id.into(), at.into(), by.into()],
    )
    .await?;
    Ok(touched == 1 && moved(tx, organisation, id, ("pending", "sent"), Some(at), None, None).await?)
}

/// Takes back that a letter was posted; false where the post has brought it back.
pub async fn unmark_posted(tx: &Tx, organisation: OrganisationId, id: Uuid) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update paper_letter set posted_at = null, posted_by_name = null \
         where organisation_id = $1 and message_id = $2 and posted_at is not null and returned_at is null",
        [organisation.0.into(), id.into()],
    )
    .await?;
    Ok(touched == 1 && moved(tx, organisation, id, ("sent", "pending"), None, None, None).await?)
}

/// Notes that the post brought a letter back: it did not reach anybody. False where it was not posted.
pub async fn mark_returned(
    tx: &Tx,
    organisation: OrganisationId,
    id: Uuid,
    at: i64,
    by: &str,
    why: &str,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update paper_letter set returned_at = $3, returned_by_name = $4 \
         where organisation_id = $1 and message_id = $2 and posted_at is not null and returned_at is null",
        [organisation.0.into(), id.into(), at.into(), by.into()],
    )
    .await?;
    let states = ("sent", "permanent-failure");
    let is_moved = touched == 1 && moved(tx, organisation, id, states, None, Some(at), Some(why)).await?;
    if is_moved {
        need_person(tx, organisation, id, "returned").await?;
    }
    Ok(is_moved)
}

/// A letter is not printed any more, and nobody has to see to it; false where it was printed, or is over.
pub async fn withhold(
    tx: &Tx,
    organisation: OrganisationId,
    id: Uuid,
    at: i64,
    why: &str,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update message set state = 'withheld', final_at = $3, error = $4, needs_person = null \
         where organisation_id = $1 and id = $2 and channel = 'letter' \
         and (state = 'pending' or (state = 'withheld' and needs_person = 'unreachable')) \
         and not exists (select 1 from paper_letter l where l.organisation_id = message.organisation_id \
         and l.message_id = message.id and l.printed_at is not null)",
        [organisation.0.into(), id.into(), at.into(), why.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Notes that nobody can print a letter; false where that is known.
pub async fn mark_stuck(
    tx: &Tx,
    organisation: OrganisationId,
    id: Uuid,
    why: &str,
    at: i64,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "insert into paper_letter (organisation_id, message_id, stuck, stuck_at) values ($1, $2, $3, $4) \
         on conflict (organisation_id, message_id) do update set stuck = excluded.stuck, \
         stuck_at = excluded.stuck_at where paper_letter.stuck is null and paper_letter.printed_at is null",
        [organisation.0.into(), id.into(), why.into(), at.into()],
    )
    .await?;
    if touched == 1 {
        need_person(tx, organisation, id, "unreachable").await?;
    }
    Ok(touched == 1)
}

/// Somebody has to see to a letter: it goes by another way, or a person is asked.
async fn need_person(tx: &Tx, organisation: OrganisationId, id: Uuid, why: &str) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update message set needs_person = $3, task_id = null \
         where organisation_id = $1 and id = $2 and channel = 'letter'",
        [organisation.0.into(), id.into(), why.into()],
    )
    .await
}

/// There is an address by now: it waits for the printer.
pub async fn unmark_stuck(tx: &Tx, organisation: OrganisationId, id: Uuid) -> Result<bool, StoreError> {
    let freed = sql::run(
        &**tx,
        "update message set state = 'pending', final_at = null, error = null, error_code = null, \
         needs_person = null where organisation_id = $1 and id = $2 and channel = 'letter' \
         and (needs_person = 'unreachable' and state in ('withheld', 'pending'))",
        [organisation.0.into(), id.into()],
    )
    .await?;
    let touched = sql::run(
        &**tx,
        "update paper_letter set stuck = null, stuck_at = null \
         where organisation_id = $1 and message_id = $2 and stuck is not null",
        [organisation.0.into(), id.into()],
    )
    .await?;
    Ok(touched == 1 || freed == 1)
}

/// Notes that the post brought a letter back from a patient's address.
pub async fn note_returned(
    tx: &Tx,
    (organisation, patient): (OrganisationId, PatientId),
    address: &str,
    at: i64,
    by: &str,
) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "insert into returned_address (organisation_id, patient_id, address, at, by_name) \
         values ($1, $2, $3, $4, $5) on conflict (organisation_id, patient_id, address) \
         do update set at = excluded.at, by_name = excluded.by_name",
        [organisation.0.into(), patient.0.into(), address.into(), at.into(), by.into()],
    )
    .await
    .map(|_| ())
}

/// When the post brought a letter back from the address that a patient's record has now, ms.
pub async fn returned_at(
    db: &impl ConnectionTrait,
    (organisation, patient): (OrganisationId, PatientId),
    address: &str,
) -> Result<Option<i64>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        at: i64,
    }
    let row: Option<Row> = sql::one(
        db,
        "select at from returned_address where organisation_id = $1 and patient_id = $2 and address = $3",
        [organisation.0.into(), patient.0.into(), address.into()],
    )
    .await?;
    Ok(row.map(|row| row.at))
}

/// Moves a letter's message from one state to another; false where it is in a third.
async fn moved(
    tx: &Tx,
    organisation: OrganisationId,
    id: Uuid,
    (from, to): (&str, &str),
    handed_at: Option<i64>,
    final_at: Option<i64>,
    error: Option<&str>,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update message set state = $4, handed_at = coalesce($5, handed_at), final_at = $6, error = $7 \
         where organisation_id = $1 and id = $2 and channel = 'letter' and state = $3",
        [
            organisation.0.into(),
            id.into(),
            from.into(),
            to.into(),
            handed_at.into(),
            final_at.into(),
            error.into(),
        ],
    )
    .await?;
    Ok(touched == 1)
}
