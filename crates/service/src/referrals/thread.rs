//! Words between colleagues about a referral, and what one asks of another.

use contract::{Choice, NoteInput, NoteLine, TaskLine};
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::policy::papers::Readers;
use domain::{OrganisationId, PersonId, Principal, ReferralId};
use store::entity::{note, task};

use super::enclose::{self, Enclosure, Fate};
use super::{NewDocument, required_text};
use crate::account::{home, zone};
use crate::unit::{Begun, Case, Unit, visible_case};
use crate::{Call, Desk, ServiceError, describe, ids};

/// Writes into the thread: for the own side, or for both. The other side is told by mail; a colleague who is named gets a
/// task. Staff of either side, also after the end.
///
/// A file that comes with it has the readers that the words have.
pub async fn write_note(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &NoteInput,
    file: Option<NewDocument>,
) -> Result<(), ServiceError> {
    let file = enclose::put(desk, call, id, file).await?;
    let done = write(desk, call, id, input, file.as_ref()).await;
    enclose::settle(desk, file.as_ref(), done).await
}

async fn write(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &NoteInput,
    file: Option<&Enclosure>,
) -> Result<((), Fate), ServiceError> {
    let content = file.map(|file| &file.sha256);
    let mut unit = match Unit::begin(desk, call, "write-note", &(id, input, content)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok((answer, Fate::Spare)),
    };
    let case = unit.case(id).await?;
    let Principal::Staff { organisation, person: writer, .. } = call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    let text = required_text("text", &input.text, "Write what you want to say.")?;
    let is_shared = input.audience == "both";
    let colleague = match input.person.as_str() {
        "" => None,
        person => {
            let known = own_side(&*unit.tx, organisation).await?;
            let chosen = known.into_iter().find(|choice| choice.value == person);
            let chosen = chosen.ok_or_else(|| {
                ServiceError::invalid("person", "Choose a colleague from the list, or nobody.")
            })?;
            Some(chosen.value.parse::<PersonId>().map_err(|_| ServiceError::NotFound)?)
        }
    };
    let at = call.now.timestamp_millis();
    let row = note::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(call.now),
        referral_id: case.row.id,
        at,
        author: call.actor.key(),
        author_name: call.actor.label(),
        author_organisation_id: organisation.0,
        audience: if is_shared { "both" } else { "own" }.to_owned(),
        text: text.to_owned(),
    };
    store::thread::add_note(&unit.tx, row.clone()).await?;
    let readers = if is_shared { Readers::Staff } else { Readers::Own };
    enclose::enclose(&mut unit, &case, file, "note", readers, Some(row.id)).await?;
    let cause = format!("note:{}", row.id);
    if is_shared {
        match case.relation {
            Relation::Referring => unit.tell_coordinators(&case, StaffNotice::Message, &cause).await?,
            _ => unit.tell_referrer(&case, StaffNotice::Message, &cause).await?,
        }
    }
    if let Some(person) = colleague {
        let note_id = Some(row.id);
        let row = task::Model {
            organisation_id: organisation.0,
            id: ids::fresh(call.now),
            person_id: person.0,
            referral_organisation_id: case.row.organisation_id,
            referral_id: case.row.id,
            text: text.to_owned(),
            asked_by: call.actor.label(),
            created_at: at,
            done_at: None,
            note_id,
            asked_by_id: Some(writer.0),
            kind: String::new(),
            message_id: None,
        };
        store::thread::add_task(&unit.tx, row).await?;
        unit.tell_person(&case, organisation, person, StaffNotice::Asked, &format!("{cause}:asked")).await?;
    }
    unit.record("write-note", &case.touched("note"));
    unit.notify(&case);
    unit.finish(()).await?;
    Ok(((), Fate::Taken))
}

/// Ticks off what somebody was asked; whoever asked is told. Nobody else can.
pub async fn finish_task(desk: &Desk, call: &Call, id: &str) -> Result<(), ServiceError> {
    let Principal::Staff { organisation, person, .. } = call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    let task: uuid::Uuid = id.parse().map_err(|_| ServiceError::NotFound)?;
    let mut unit = match Unit::begin(desk, call, "finish-task", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let at = call.now.timestamp_millis();
    let row =
        store::thread::task(&*unit.tx, organisation, person, task).await?.ok_or(ServiceError::NotFound)?;
    if !store::thread::finish_task(&unit.tx, organisation, person, task, at).await? {
        return Err(ServiceError::NotFound);
    }
    if let Some(asker) = row.asked_by_id.map(PersonId).filter(|asker| *asker != person)
        && let Some(case) = visible_case(&*unit.tx, call, ReferralId(row.referral_id)).await?
    {
        let cause = format!("task:{task}:done");
        unit.tell_person(&case, organisation, asker, StaffNotice::AskedDone, &cause).await?;
        unit.notify(&case);
    }
    let touched = crate::audit::Touched { organisation, entity: "task", id: Some(task), patient: None };
    unit.record("finish-task", &touched);
    unit.finish(()).await
}

/// What colleagues ask of whoever calls.
pub(super) async fn tasks(db: &impl store::Db, call: &Call) -> Result<Vec<TaskLine>, ServiceError> {
    let Principal::Staff { organisation, person, .. } = call.actor.principal else {
        return Ok(Vec::new());
    };
    let zone = zone(&home(db, organisation).await?);
    let rows = store::thread::open_tasks(db, organisation, person).await?;
    let about = store::thread::messages_of(db, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let others = |row: &store::thread::OpenTask| {
        let of = about.iter().filter(|(task, message)| *task == row.id && Some(*message) != row.message_id);
        of.map(|(_, message)| message.to_string()).collect()
    };
    Ok(rows
        .into_iter()
        .map(|row| TaskLine {
            others: others(&row),
            id: row.id.to_string(),
            referral: row.referral_id.to_string(),
            reference: row.reference,
            patient: format!("{}, {}", row.family, row.given),
            text: row.text,
            asked_by: row.asked_by,
            when: describe::day_and_clock(row.created_at, zone),
            kind: row.kind,
            message: row.message_id.map(|id| id.to_string()),
        })
        .collect())
}

/// The thread as whoever calls may read it.
pub(super) async fn notes(
    db: &impl store::Db,
    call: &Call,
    case: &Case,
) -> Result<Vec<NoteLine>, ServiceError> {
    let Some(reader) = call.actor.organisation() else {
        return Ok(Vec::new());
    };
    let rows = store::thread::notes(db, &case.row, reader).await?;
    let enclosed = enclose::confined(db, call, case).await?;
    let asked = store::thread::asked(db, reader, &case.row).await?;
    let asked_by = |note: uuid::Uuid| {
        let of = asked.iter().filter(|task| task.note_id == note);
        let done = |at: i64| describe::day_and_clock(at, case.zone());
        of.map(|task| (task.person.clone(), task.done_at.map(done))).collect()
    };
    Ok(rows
        .into_iter()
        .map(|row| NoteLine {
            asked: asked_by(row.id),
            when: describe::day_and_clock(row.at, case.zone()),
            who: row.author_name,
            is_shared: row.audience == "both",
            documents: enclose::with(case, &enclosed, row.id),
            text: row.text,
        })
        .collect())
}

/// Colleagues of an organisation who work with referrals on either side, by name.
pub(super) async fn own_side(
    db: &impl store::Db,
    organisation: OrganisationId,
) -> Result<Vec<Choice>, ServiceError> {
    let mut all: Vec<Choice> = Vec::new();
    for person in store::people::with_roles(db, organisation).await? {
        let works = crate::facts::works_referrals(&person.role) || person.role == "referrer";
        if person.status == "active" && works && all.iter().all(|known| known.value != person.id.to_string())
        {
            all.push(Choice { value: person.id.to_string(), label: person.name, hint: None });
        }
    }
    Ok(all)
}
