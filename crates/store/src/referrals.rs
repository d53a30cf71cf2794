//! Referrals and their history.

use std::collections::HashMap;

use domain::referral::State;
use domain::{OrganisationId, PatientId, ReferralId};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    NotSet, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::{document, event, organisation, patient, referral, report, service, suggestion, survey};
use crate::{StoreError, Tx, sql};

/// Whose referrals may be found at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Staff of an organisation: what it was sent, and what it sent or drafts.
    Organisation(OrganisationId),
    /// A patient: their own, once sent.
    Patient(OrganisationId, PatientId),
    /// The product itself.
    Product,
}

impl Scope {
    fn condition(self) -> Condition {
        use referral::Column as C;
        match self {
            Self::Organisation(organisation) => Condition::any()
                .add(Condition::all().add(C::OrganisationId.eq(organisation.0)).add(C::State.ne("draft")))
                .add(C::ReferrerOrganisationId.eq(organisation.0)),
            Self::Patient(organisation, patient) => Condition::all()
                .add(C::PatientOrganisationId.eq(organisation.0))
                .add(C::PatientId.eq(patient.0))
                .add(C::PatientSees.eq(true))
                .add(C::State.ne("draft")),
            Self::Product => Condition::all(),
        }
    }
}

/// One referral within the scope.
pub async fn find(
    db: &impl ConnectionTrait,
    scope: Scope,
    id: ReferralId,
) -> Result<Option<referral::Model>, StoreError> {
    let found = referral::Entity::find()
        .filter(scope.condition())
        .filter(referral::Column::Id.eq(id.0))
        .one(db)
        .await?;
    Ok(found)
}

/// One referral by the reference that a person reads out.
pub async fn find_by_reference(
    db: &impl ConnectionTrait,
    scope: Scope,
    reference: &str,
) -> Result<Option<referral::Model>, StoreError> {
    let by_reference = referral::Column::Reference.eq(reference);
    Ok(referral::Entity::find().filter(scope.condition()).filter(by_reference).one(db).await?)
}

/// Reference numbers of those of these referrals that are within the scope, by id.
pub async fn references(
    db: &impl ConnectionTrait,
    scope: Scope,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, String>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = referral::Entity::find()
        .filter(scope.condition())
        .filter(referral::Column::Id.is_in(ids))
        .select_only()
        .columns([referral::Column::Id, referral::Column::Reference])
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Whom a referral is about, as a list names it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Named {
    /// Of the receiving organisation.
    pub organisation_id: Uuid,
    pub id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
}

/// Whom those of these referrals are about that an organisation was sent, or sent or drafts itself.
pub async fn named(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    ids: &[Uuid],
) -> Result<Vec<Named>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<_> = (2..ids.len() + 2).map(|at| format!("${at}")).collect();
    let query = format!(
        "select r.organisation_id, r.id, r.reference, p.given, p.family from referral r \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where ((r.organisation_id = $1 and r.state <> 'draft') or r.referrer_organisation_id = $1) and r.id in ({})",
        marks.join(", ")
    );
    let values = std::iter::once(organisation.0).chain(ids.iter().copied()).map(Into::into);
    sql::all(db, &query, values.collect::<Vec<sea_orm::Value>>()).await
}

/// All referrals of one patient that have been sent, newest first.
pub async fn of_patient(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    patient: PatientId,
) -> Result<Vec<referral::Model>, StoreError> {
    Ok(referral::Entity::find()
        .filter(Scope::Patient(organisation, patient).condition())
        .order_by_desc(referral::Column::CreatedAt)
        .all(db)
        .await?)
}

pub async fn insert(tx: &Tx, row: referral::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Writes a changed referral, if nobody else changed it since `row` was read: `row.version` must be the version
/// that was read; it rises by one.
pub async fn update(tx: &Tx, mut row: referral::Model) -> Result<(), StoreError> {
    use referral::Column as C;
    let (organisation, id, read) = (row.organisation_id, row.id, row.version);
    row.version += 1;
    let mut changed = row.into_active_model().reset_all();
    changed.organisation_id = NotSet;
    changed.id = NotSet;
    let touched = referral::Entity::update_many()
        .set(changed)
        .filter(C::OrganisationId.eq(organisation))
        .filter(C::Id.eq(id))
        .filter(C::Version.eq(read))
        .exec(&**tx)
        .await?;
    if touched.rows_affected == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// A line of a worklist.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Line {
    pub organisation_id: Uuid,
    pub id: Uuid,
    pub reference: String,
    /// Which organisation has the patient on record.
    pub patient_organisation_id: Uuid,
    pub given: String,
    pub family: String,
    pub birth_date: Option<String>,
    pub service: String,
    pub state: String,
    pub priority: String,
    pub kind: String,
    pub owner_name: Option<String>,
    pub next_action: Option<String>,
    pub due_at: Option<i64>,
    pub due_zone: Option<String>,
    pub sent_at: Option<i64>,
    pub created_at: i64,
}

/// Which side of an organisation's referrals a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Receiving,
    Referring,
}

/// Whose referrals a worklist shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Person(Uuid),
    /// Nobody by name.
    Team,
}

/// What a worklist shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// State codes; empty: all open states.
    pub states: Vec<String>,
    /// Only these.
    pub ids: Option<Vec<Uuid>>,
    pub service: Option<Uuid>,
    pub site: Option<Uuid>,
    /// Priority code.
    pub priority: Option<String>,
    /// Codes of next steps; empty: any.
    pub next: Vec<String>,
    /// Sent (drafts: begun) from this instant on, and before that one (ms).
    pub sent_from: Option<i64>,
    pub sent_before: Option<i64>,
    /// Only what was due before this instant (ms).
    pub due_before: Option<i64>,
    pub owner: Option<Owner>,
    /// Kind code.
    pub kind: Option<String>,
    /// Only referrals of these clinicians.
    pub referrers: Option<Vec<Uuid>>,
    /// Only what waits for one of these next steps; empty: for any.
    pub next_actions: Vec<String>,
    /// Words to find in name, reference, NHS number, date of birth (as ISO 8601) or telephone number.
    pub words: Option<String>,
    /// Continue after this row: (due or end, id).
    pub after: Option<(i64, Uuid)>,
}

/// What a filter asks of `referral r` and `patient p`, where `$1` is the organisation; binds further values behind those that
/// are there. The place in the list is not part of it.
pub(crate) fn conditions(side: Side, filter: &Filter, values: &mut Vec<sea_orm::Value>) -> Vec<String> {
    let mut clauses = vec![match side {
        Side::Receiving => "r.organisation_id = $1 and r.state <> 'draft'".to_owned(),
        Side::Referring => "r.referrer_organisation_id = $1".to_owned(),
    }];
    let mut bind = |value: sea_orm::Value| {
        values.push(value);
        format!("${}", values.len())
    };
    if filter.states.is_empty() {
        clauses.push("r.due_at is not null".to_owned());
    } else {
        let marks: Vec<_> = filter.states.iter().map(|state| bind(state.as_str().into())).collect();
        clauses.push(format!("r.state in ({})", marks.join(", ")));
    }
    if let Some(ids) = &filter.ids {
        let marks: Vec<_> = ids.iter().map(|id| bind((*id).into())).collect();
        // PostgreSQL takes no empty list.
        let those =
            if marks.is_empty() { "1 = 0".to_owned() } else { format!("r.id in ({})", marks.join(", ")) };
        clauses.push(those);
    }
    if let Some(service) = filter.service {
        clauses.push(format!("r.service_id = {}", bind(service.into())));
    }
    if let Some(site) = filter.site {
        clauses.push(format!(
            "r.service_id in (select id from service where organisation_id = r.organisation_id and site_id = {})",
            bind(site.into())
        ));
    }
    if let Some(priority) = &filter.priority {
        clauses.push(format!("r.priority = {}", bind(priority.as_str().into())));
    }
    if !filter.next.is_empty() {
        let marks: Vec<_> = filter.next.iter().map(|next| bind(next.as_str().into())).collect();
        clauses.push(format!("r.next_action in ({})", marks.join(", ")));
    }
    if let Some(from) = filter.sent_from {
        clauses.push(format!("coalesce(r.sent_at, r.created_at) >= {}", bind(from.into())));
    }
    if let Some(before) = filter.sent_before {
        clauses.push(format!("coalesce(r.sent_at, r.created_at) < {}", bind(before.into())));
    }
    if let Some(before) = filter.due_before {
        clauses.push(format!("r.due_at < {}", bind(before.into())));
    }
    if let Some(kind) = &filter.kind {
        clauses.push(format!("r.kind = {}", bind(kind.as_str().into())));
    }
    if let Some(referrers) = &filter.referrers {
        let marks: Vec<_> = referrers.iter().map(|id| bind((*id).into())).collect();
        clauses.push(format!("r.referrer_id in ({})", marks.join(", ")));
    }
    if !filter.next_actions.is_empty() {
        let marks: Vec<_> = filter.next_actions.iter().map(|next| bind(next.as_str().into())).collect();
        clauses.push(format!("r.next_action in ({})", marks.join(", ")));
    }
    match filter.owner {
        Some(Owner::Person(id)) => clauses.push(format!("r.owner_person_id = {}", bind(id.into()))),
        Some(Owner::Team) => clauses.push("r.owner_person_id is null".to_owned()),
        None => {}
    }
    for word in filter.words.iter().flat_map(|words| words.split_whitespace()).take(5) {
        let mark = bind(format!("%{}%", escaped(&word.to_lowercase())).into());
        clauses.push(format!(
            "(lower(p.given) like {mark} escape '!' or lower(p.family) like {mark} escape '!' \
             or lower(r.reference) like {mark} escape '!' or p.nhs_number like {mark} escape '!' \
             or p.birth_date like {mark} escape '!' or p.phone like {mark} escape '!')"
        ));
    }
    clauses
}

/// A page of an organisation's referrals: what is open the most pressing first, lists with what has ended the newest
/// first.
///
/// One statement; walks `referral_due`, `referral_worklist`, `referral_owner` or `referral_referrer_due` and looks patient and service up by
/// primary key. They are joined from the left although they are always there: SQLite, without statistics, would else begin with
/// the few services and sort everything.
pub async fn worklist(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    side: Side,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<Line>, StoreError> {
    let mut values: Vec<sea_orm::Value> = vec![organisation.0.into()];
    let mut clauses = conditions(side, filter, &mut values);
    let mut bind = |value: sea_orm::Value| {
        values.push(value);
        format!("${}", values.len())
    };
    // What is open comes by due time, walking an index; with what has ended among it, the newest comes first.
    let is_open = |state: &String| State::from_code(state).is_some_and(|state| !state.is_ended());
    let by_due = filter.states.iter().all(is_open);
    if let Some((due, id)) = filter.after {
        let id = bind(id.into());
        clauses.push(match by_due {
            true => {
                let due = bind(due.into());
                format!("(r.due_at > {due} or (r.due_at = {due} and r.id > {id}))")
            }
            false => format!("r.id < {id}"),
        });
    }
    let order = match (by_due, filter.states.as_slice()) {
        (true, _) => "r.due_at, r.id",
        // One ended state: nothing in it is due, so `referral_worklist` backwards is the newest first.
        (false, [_]) => "r.due_at desc, r.id desc",
        (false, _) => "r.id desc",
    };
    let query = format!(
        "select r.organisation_id, r.id, r.reference, r.patient_organisation_id, p.given, p.family, p.birth_date, \
         s.name as service, r.state, r.priority, r.kind, r.owner_name, r.next_action, r.due_at, r.due_zone, r.sent_at, r.created_at \
         from referral r \
         left join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         left join service s on s.organisation_id = r.organisation_id and s.id = r.service_id \
         where {} order by {order} limit {limit}",
        clauses.join(" and ")
    );
    sql::all(db, &query, values).await
}

/// Open referrals that are overdue and either not escalated yet, or once and not since a day: who decides looks closer.
/// New breaches first, then those escalated longest ago, so that none that has to wait stands before one that is due.
pub async fn to_escalate(
    db: &impl ConnectionTrait,
    now_ms: i64,
    limit: u64,
) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let query = format!(
        "select id from referral where due_at < $1 and (escalation = 0 \
         or (escalation = 1 and escalated_at < $1 - 86400000)) order by escalation, escalated_at, due_at, id limit {limit}"
    );
    let rows: Vec<Row> = sql::all(db, &query, [now_ms.into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// When an open referral is due, in each of the ways in which that is written.
#[derive(Debug, Clone, FromQueryResult)]
pub struct DueRow {
    pub organisation_id: Uuid,
    pub id: Uuid,
    pub due_at: i64,
    pub due_zone: String,
    pub due_wall: String,
}

/// What is due after an instant (ms), of every organisation.
pub async fn due_after(db: &impl ConnectionTrait, from: i64) -> Result<Vec<DueRow>, StoreError> {
    sql::all(
        db,
        "select organisation_id, id, due_at, due_zone, due_wall from referral where due_at > $1 and due_zone is not null \
         and due_wall is not null order by due_at, id",
        [from.into()],
    )
    .await
}

/// Referrals that continue this one, oldest first.
pub async fn children(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: ReferralId,
) -> Result<Vec<Uuid>, StoreError> {
    use referral::Column as C;
    let rows = referral::Entity::find()
        .filter(C::ParentOrganisationId.eq(organisation.0))
        .filter(C::ParentId.eq(id.0))
        .order_by_asc(C::CreatedAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Open referrals of an organisation that one person owns, the most pressing first.
pub async fn owned_by(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: domain::PersonId,
    limit: u64,
) -> Result<Vec<Uuid>, StoreError> {
    use referral::Column as C;
    let rows = referral::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::OwnerPersonId.eq(person.0))
        .filter(C::DueAt.is_not_null())
        .order_by_asc(C::DueAt)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Open referrals on either side whose next step waits for one person of an organisation, the most pressing first.
pub async fn waiting_for(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: domain::PersonId,
    limit: u64,
) -> Result<Vec<Uuid>, StoreError> {
    use referral::Column as C;
    let rows = referral::Entity::find()
        .filter(C::OwnerOrganisationId.eq(organisation.0))
        .filter(C::OwnerPersonId.eq(person.0))
        .order_by_asc(C::DueAt)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Writes a line of history.
pub async fn add_event(tx: &Tx, row: event::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Whether an author's save of a draft stands in its history since an instant (ms).
pub async fn saved_since(
    db: &impl ConnectionTrait,
    row: &referral::Model,
    actor: &str,
    since: i64,
) -> Result<bool, StoreError> {
    use event::Column as C;
    let found = event::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .filter(C::Kind.eq(domain::referral::Act::Save.event()))
        .filter(C::Actor.eq(actor))
        .filter(C::At.gt(since))
        .limit(1)
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// A referral's history, oldest first.
pub async fn history(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Vec<event::Model>, StoreError> {
    use event::Column as C;
    Ok(event::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .order_by_asc(C::At)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// The service a referral was sent to.
pub async fn service_of(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Option<service::Model>, StoreError> {
    Ok(service::Entity::find_by_id((row.organisation_id, row.service_id)).one(db).await?)
}

/// What a referral stands between: its service, the service's organisation, the patient.
#[derive(Debug)]
pub struct Around {
    pub service: service::Model,
    pub organisation: organisation::Model,
    pub patient: patient::Model,
}

/// The service, organisation and patient of a referral, in one statement; `None` when one of them is missing.
pub async fn around(db: &impl ConnectionTrait, row: &referral::Model) -> Result<Option<Around>, StoreError> {
    use {organisation::Column as O, patient::Column as P, service::Column as S};
    fn named<C: ColumnTrait>(query: &mut SelectStatement, mark: &str) {
        for column in C::iter() {
            query.expr_as(column.into_expr(), format!("{mark}{}", column.as_str()));
        }
    }
    let mut query = Query::select();
    query.from(service::Entity).from(organisation::Entity).from(patient::Entity);
    named::<S>(&mut query, "s_");
    named::<O>(&mut query, "o_");
    named::<P>(&mut query, "p_");
    query
        .and_where(S::OrganisationId.eq(row.organisation_id))
        .and_where(S::Id.eq(row.service_id))
        .and_where(O::Id.eq(row.organisation_id))
        .and_where(P::OrganisationId.eq(row.patient_organisation_id))
        .and_where(P::Id.eq(row.patient_id));
    let Some(found) = db.query_one(&query).await? else { return Ok(None) };
    Ok(Some(Around {
        service: service::Model::from_query_result(&found, "s_")?,
        organisation: organisation::Model::from_query_result(&found, "o_")?,
        patient: patient::Model::from_query_result(&found, "p_")?,
    }))
}

/// Reports written on a referral, oldest first.
pub async fn reports(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Vec<report::Model>, StoreError> {
    use report::Column as C;
    Ok(report::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .order_by_asc(C::CreatedAt)
        .all(db)
        .await?)
}

pub async fn add_report(tx: &Tx, row: report::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Marks all reports of a referral as read by the referring side.
pub async fn acknowledge_reports(
    tx: &Tx,
    row: &referral::Model,
    by: &str,
    at: i64,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update report set acknowledged_at = $3, acknowledged_by = $4 \
         where organisation_id = $1 and referral_id = $2 and acknowledged_at is null",
        [row.organisation_id.into(), row.id.into(), at.into(), by.into()],
    )
    .await
}

/// The survey of a referral, if one was sent.
pub async fn survey(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Option<survey::Model>, StoreError> {
    use survey::Column as C;
    Ok(survey::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .one(db)
        .await?)
}

pub async fn add_survey(tx: &Tx, row: survey::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Writes the answer of a survey that has none yet; answers how many rows took it (0 or 1).
pub async fn answer_survey(
    tx: &Tx,
    row: &survey::Model,
    overall: i64,
    comment: Option<&str>,
    at: i64,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update survey set answered_at = $3, overall = $4, comment = $5 \
         where organisation_id = $1 and id = $2 and answered_at is null",
        [row.organisation_id.into(), row.id.into(), at.into(), overall.into(), comment.into()],
    )
    .await
}

/// Records a suggestion the first time it is shown.
pub async fn note_suggestion(tx: &Tx, row: suggestion::Model) -> Result<(), StoreError> {
    match sql::insert(&**tx, row).await {
        Err(StoreError::Duplicate(_)) => Ok(()),
        other => other,
    }
}

/// The suggestion shown on a referral, if any.
pub async fn suggestion(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Option<suggestion::Model>, StoreError> {
    use suggestion::Column as C;
    Ok(suggestion::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .one(db)
        .await?)
}

/// Records what a person decided where a suggestion had been shown.
pub async fn decide_suggestion(
    tx: &Tx,
    row: &referral::Model,
    decided: &str,
    at: i64,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update suggestion set decided = $3, decided_at = $4 where organisation_id = $1 and referral_id = $2",
        [row.organisation_id.into(), row.id.into(), decided.into(), at.into()],
    )
    .await
}

/// How many documents of which kinds a referral has.
pub async fn document_kinds(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Vec<String>, StoreError> {
    let rows = document::Entity::find()
        .filter(document::Column::OrganisationId.eq(row.organisation_id))
        .filter(document::Column::ReferralId.eq(row.id))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.kind).collect())
}

/// `like` wildcards in what a person typed are ordinary characters.
pub(crate) fn escaped(words: &str) -> String {
    words.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Whether an organisation has sent or received a referral yet.
pub async fn has_any(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<bool, StoreError> {
    let sql = "select (case when exists (select 1 from referral where organisation_id = $1) \
               or exists (select 1 from referral where referrer_organisation_id = $1) then 1 else 0 end) as n";
    Ok(sql::count(db, sql, [organisation.0.into()]).await? > 0)
}
