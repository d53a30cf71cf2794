//! Messages to many: the campaigns, who is looked for with one, and what becomes of their messages.

use domain::OrganisationId;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value,
};
use uuid::Uuid;

use crate::entity::{campaign, campaign_recipient, patient};
use crate::referrals::{Filter, Side, conditions};
use crate::{StoreError, Tx, sql};

/// When a message is due (ms) that is held back until somebody lets it go: after the year 9999.
pub const HELD: i64 = 253_402_300_800_000;

pub async fn insert(tx: &Tx, row: campaign::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<campaign::Model>, StoreError> {
    Ok(campaign::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

/// A campaign that nobody else changes until the transaction ends, as it is by then.
pub async fn take(
    tx: &Tx,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<campaign::Model>, StoreError> {
    let query = "update campaign set version = version where organisation_id = $1 and id = $2 returning *";
    let statement = sql::statement(&**tx, query, [organisation.0.into(), id.into()]);
    Ok(campaign::Entity::find().from_raw_sql(statement).one(&**tx).await?)
}

/// Writes one that was taken.
pub async fn save(tx: &Tx, row: campaign::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// An organisation's campaigns, the newest first; continue behind `before`.
pub async fn list(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<campaign::Model>, StoreError> {
    use campaign::Column as C;
    let mut query = campaign::Entity::find().filter(C::OrganisationId.eq(organisation.0));
    if let Some(before) = before {
        query = query.filter(C::Id.lt(before));
    }
    Ok(query.order_by_desc(C::Id).limit(limit).all(db).await?)
}

/// Those that have something to write before the instant (ms), or nothing more.
pub async fn due(db: &impl ConnectionTrait, before: i64) -> Result<Vec<campaign::Model>, StoreError> {
    let query = "select * from campaign where state in ('confirmed', 'running') and next_due_at <= $1 order by next_due_at, id limit 50";
    let statement = sql::statement(db, query, [before.into()]);
    Ok(campaign::Entity::find().from_raw_sql(statement).all(db).await?)
}

/// Which of these (by id) are held back or cancelled.
pub async fn standing_still(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, String)>, StoreError> {
    use campaign::Column as C;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(campaign::Entity::find()
        .select_only()
        .columns([C::Id, C::State])
        .filter(C::Id.is_in(ids.iter().copied()))
        .filter(C::State.is_in(["paused", "cancelled"]))
        .into_tuple()
        .all(db)
        .await?)
}

/// What a campaign looks for besides what a worklist does.
#[derive(Debug, Clone, Default)]
pub struct Audience {
    /// Only who has a booked visit that begins from the first instant on and before the second (ms).
    pub visits: Option<(i64, i64)>,
    /// Whose visits: the id of a diary.
    pub resource: Option<Uuid>,
    /// Where the visit is, or else the service.
    pub site: Option<Uuid>,
    /// Born on this day or later, and on this day or earlier (ISO 8601).
    pub born_from: Option<String>,
    pub born_until: Option<String>,
    /// With a telephone number, or without one.
    pub has_phone: Option<bool>,
    /// What was written to with others since then counts as told (ms).
    pub told_since: i64,
}

/// A referral that was found, with what decides about its patient.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Candidate {
    pub referral_id: Uuid,
    pub reference: String,
    pub patient_sees: bool,
    pub wishes: String,
    pub service_phone: Option<String>,
    pub patient_organisation_id: Uuid,
    pub patient_id: Uuid,
    pub nhs_number: Option<String>,
    pub given: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
    pub language: Option<String>,
    pub deceased: bool,
    pub prefers: Option<String>,
    pub appointment_id: Option<Uuid>,
    pub start_at: Option<i64>,
    pub zone: Option<String>,
    pub sms_stopped_at: Option<i64>,
    pub sms_bad_since: Option<i64>,
    pub mail_stopped_at: Option<i64>,
    pub mail_bad_since: Option<i64>,
    pub told: i64,
}

/// Referrals to an organisation by a worklist's filter and an audience: by the time of the visit, then by what is most pressing.
/// Several may be of one patient. One statement; with visits it begins with the referrals of the organisation all the same, as a
/// filter of states does.
pub async fn candidates(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    filter: &Filter,
    audience: &Audience,
    now: i64,
    limit: usize,
) -> Result<Vec<Candidate>, StoreError> {
    let mut values: Vec<Value> = vec![organisation.0.into()];
    let mut clauses = conditions(Side::Receiving, filter, &mut values);
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let visit = match audience.visits {
        Some((from, before)) => {
            let (from, before) = (bind(from.into()), bind(before.into()));
            format!(
                "join appointment a on a.organisation_id = r.organisation_id and a.referral_id = r.id \
                     and a.state = 'booked' and a.start_at >= {from} and a.start_at < {before}"
            )
        }
        None => {
            let now = bind(now.into());
            format!(
                "left join appointment a on a.organisation_id = r.organisation_id and a.id = r.appointment_id \
                     and a.state = 'booked' and a.start_at > {now}"
            )
        }
    };
    if let Some(resource) = audience.resource {
        clauses.push(format!("a.resource_id = {}", bind(resource.into())));
    }
    if let Some(site) = audience.site {
        clauses.push(format!("coalesce(a.site_id, s.site_id) = {}", bind(site.into())));
    }
    if let Some(day) = &audience.born_from {
        clauses.push(format!("p.birth_date >= {}", bind(day.as_str().into())));
    }
    if let Some(day) = &audience.born_until {
        clauses.push(format!("p.birth_date <= {}", bind(day.as_str().into())));
    }
    match audience.has_phone {
        Some(true) => clauses.push("p.phone <> ''".to_owned()),
        Some(false) => clauses.push("coalesce(p.phone, '') = ''".to_owned()),
        None => {}
    }
    let told = bind(audience.told_since.into());
    let query = format!(
        "select r.id as referral_id, r.reference, r.patient_sees, r.wishes, s.phone as service_phone, \
         r.patient_organisation_id, r.patient_id, p.nhs_number, p.given, p.phone, p.email, p.address, p.language, p.deceased, \
         p.prefers, a.id as appointment_id, a.start_at, a.zone, cs.stopped_at as sms_stopped_at, cs.bad_since as sms_bad_since, \
         cm.stopped_at as mail_stopped_at, cm.bad_since as mail_bad_since, \
         cast(case when exists (select 1 from campaign_recipient t where t.organisation_id = r.organisation_id \
         and t.patient_id = r.patient_id and t.written_at >= {told}) then 1 else 0 end as bigint) as told \
         from referral r \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         join service s on s.organisation_id = r.organisation_id and s.id = r.service_id \
         {visit} \
         left join contact_point cs on cs.channel = 'sms' and cs.address = p.phone \
         left join contact_point cm on cm.channel = 'email' and cm.address = p.email \
         where {} order by coalesce(a.start_at, {HELD}), coalesce(r.due_at, {HELD}), r.id limit {limit}",
        clauses.join(" and ")
    );
    sql::all(db, &query, values).await
}

/// Puts everybody who was looked for in the place of those who were before.
pub async fn replace(
    tx: &Tx,
    of: &campaign::Model,
    rows: Vec<campaign_recipient::Model>,
) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "delete from campaign_recipient where organisation_id = $1 and campaign_id = $2",
        [of.organisation_id.into(), of.id.into()],
    )
    .await?;
    sql::insert_all(&**tx, rows).await
}

/// Everybody who was looked for, in their order.
pub async fn everybody(
    db: &impl ConnectionTrait,
    of: &campaign::Model,
) -> Result<Vec<campaign_recipient::Model>, StoreError> {
    use campaign_recipient::Column as C;
    Ok(campaign_recipient::Entity::find()
        .filter(C::OrganisationId.eq(of.organisation_id))
        .filter(C::CampaignId.eq(of.id))
        .order_by_asc(C::Seq)
        .all(db)
        .await?)
}

/// The next who are written to.
pub async fn next(
    tx: &Tx,
    of: &campaign::Model,
    limit: u64,
) -> Result<Vec<campaign_recipient::Model>, StoreError> {
    use campaign_recipient::Column as C;
    Ok(campaign_recipient::Entity::find()
        .filter(C::OrganisationId.eq(of.organisation_id))
        .filter(C::CampaignId.eq(of.id))
        .filter(C::State.eq("chosen"))
        .order_by_asc(C::Seq)
        .limit(limit)
        .all(&**tx)
        .await?)
}

/// Patients by id, whichever organisation has them.
pub async fn patients(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<patient::Model>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(patient::Entity::find().filter(patient::Column::Id.is_in(ids.iter().copied())).all(db).await?)
}

/// Their messages are in the outbox from now on (ms), from one to another in their order.
pub async fn written(
    tx: &Tx,
    of: &campaign::Model,
    (first, last): (i64, i64),
    at: i64,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update campaign_recipient set state = 'written', written_at = $1 where organisation_id = $2 and campaign_id = $3 \
         and state = 'chosen' and seq >= $4 and seq <= $5",
        [at.into(), of.organisation_id.into(), of.id.into(), first.into(), last.into()],
    )
    .await
}

/// Leaves some out although it was confirmed.
pub async fn drop_some(tx: &Tx, of: &campaign::Model, seqs: &[i64], reason: &str) -> Result<u64, StoreError> {
    if seqs.is_empty() {
        return Ok(0);
    }
    let marks: Vec<String> = (4..4 + seqs.len()).map(|n| format!("${n}")).collect();
    let query = format!(
        "update campaign_recipient set state = 'dropped', reason = $1 where organisation_id = $2 and campaign_id = $3 \
         and state = 'chosen' and seq in ({})",
        marks.join(", ")
    );
    let values = [Value::from(reason), of.organisation_id.into(), of.id.into()].into_iter();
    sql::run(&**tx, &query, values.chain(seqs.iter().map(|seq| (*seq).into()))).await
}

/// Leaves everybody out who is not written to yet.
pub async fn drop_rest(tx: &Tx, of: &campaign::Model, reason: &str) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update campaign_recipient set state = 'dropped', reason = $1 where organisation_id = $2 and campaign_id = $3 \
         and state = 'chosen'",
        [reason.into(), of.organisation_id.into(), of.id.into()],
    )
    .await
}

/// What an unsent message of a campaign is: not past the fence, or a letter that nobody has printed.
const UNSENT: &str = "campaign_id = $1 and organisation_id = $2 and (state in ('created', 'technical-failure') \
     or (state = 'sending' and handing_at = 0))";
const UNPRINTED: &str = "campaign_id = $1 and organisation_id = $2 and channel = 'letter' and state = 'pending' \
     and not exists (select 1 from paper_letter l where l.organisation_id = message.organisation_id \
     and l.message_id = message.id and l.printed_at is not null)";

/// Takes back whatever has not left (ms); answers those messages. What did not arrive by one way takes no other one.
pub async fn withhold(tx: &Tx, of: &campaign::Model, at: i64, why: &str) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let mut all = Vec::new();
    for which in [UNSENT, UNPRINTED] {
        let query = format!(
            "update message set state = 'withheld', final_at = $3, error = $4, error_code = 'cancelled', lease = null, \
             leased_until = null, needs_person = null where {which} returning id"
        );
        let values = [of.id.into(), of.organisation_id.into(), at.into(), why.into()];
        all.extend(sql::all::<Row>(&**tx, &query, values).await?.into_iter().map(|row| row.id));
    }
    sql::run(
        &**tx,
        "update message set needs_person = null where campaign_id = $1 and organisation_id = $2 and task_id is null \
         and needs_person is not null",
        [of.id.into(), of.organisation_id.into()],
    )
    .await?;
    Ok(all)
}

/// Holds back whatever has not left until [`let_go`].
pub async fn hold(tx: &Tx, of: &campaign::Model) -> Result<u64, StoreError> {
    let query = format!(
        "update message set due_at = {HELD}, wish_at = {HELD}, lease = null, leased_until = null, handing_at = null, \
         attempts = case when state = 'sending' then attempts - 1 else attempts end, \
         state = case when state = 'sending' then 'created' else state end where {UNSENT}"
    );
    sql::run(&**tx, &query, [of.id.into(), of.organisation_id.into()]).await
}

/// What was held back is due again (ms).
pub async fn let_go(tx: &Tx, of: &campaign::Model, at: i64) -> Result<u64, StoreError> {
    let query = format!(
        "update message set due_at = $3, wish_at = $3 where campaign_id = $1 and organisation_id = $2 and due_at = {HELD} \
         and state in ('created', 'technical-failure')"
    );
    sql::run(&**tx, &query, [of.id.into(), of.organisation_id.into(), at.into()]).await
}

/// How many of its messages are being handed over at the moment (ms).
pub async fn leaving(db: &impl ConnectionTrait, of: &campaign::Model, now: i64) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from message where campaign_id = $1 and state = 'sending' and handing_at > 0 and leased_until > $2",
        [of.id.into(), now.into()],
    )
    .await?)
}

/// How much of it has not left: patients without a message, and messages.
pub async fn unsent(db: &impl ConnectionTrait, of: &campaign::Model) -> Result<i64, StoreError> {
    let query = "select (select count(*) from campaign_recipient where organisation_id = $1 and campaign_id = $2 and state = 'chosen') \
         + (select count(*) from message where campaign_id = $2 and organisation_id = $1 and final_at is null \
         and state in ('created', 'sending', 'technical-failure', 'unknown')) as n";
    Ok(sql::count(db, query, [of.organisation_id.into(), of.id.into()]).await?)
}

/// How many are alike.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Count {
    pub state: String,
    pub reason: String,
    pub channel: String,
    pub language: String,
    pub encoding: String,
    pub count: i64,
    pub segments: i64,
}

/// Everybody who was looked for, counted by what they get or why they get nothing.
pub async fn counts(db: &impl ConnectionTrait, of: &campaign::Model) -> Result<Vec<Count>, StoreError> {
    let query = "select state, coalesce(reason, '') as reason, channel, language, coalesce(encoding, '') as encoding, \
         count(*) as count, cast(coalesce(sum(segments), 0) as bigint) as segments from campaign_recipient \
         where organisation_id = $1 and campaign_id = $2 \
         group by state, coalesce(reason, ''), channel, language, coalesce(encoding, '') order by 1, 2, 3, 4, 5";
    sql::all(db, query, [of.organisation_id.into(), of.id.into()]).await
}

/// How many of its messages stand somewhere; what was sent in the place of another one counts as well.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Fate {
    pub channel: String,
    pub state: String,
    pub error_code: String,
    pub count: i64,
}

/// What became of its messages.
pub async fn fates(db: &impl ConnectionTrait, of: &campaign::Model) -> Result<Vec<Fate>, StoreError> {
    let query = "select channel, state, coalesce(error_code, '') as error_code, count(*) as count from message \
         where campaign_id = $1 and organisation_id = $2 group by channel, state, coalesce(error_code, '') order by 1, 2, 3";
    sql::all(db, query, [of.id.into(), of.organisation_id.into()]).await
}

/// Somebody who was looked for, with the newest message that they were sent.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Line {
    pub patient_organisation_id: Uuid,
    pub patient_id: Uuid,
    pub seq: i64,
    pub referral_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub state: String,
    pub reason: Option<String>,
    pub channel: String,
    pub address: String,
    pub language: String,
    pub facts: String,
    pub encoding: Option<String>,
    pub segments: Option<i64>,
    pub message_id: Option<Uuid>,
    pub sent_by: Option<String>,
    pub sent_state: Option<String>,
    pub error_code: Option<String>,
    pub due_at: Option<i64>,
    pub handed_at: Option<i64>,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Who gets it, or was to.
    Recipients,
    /// Who got nothing from the beginning.
    LeftOut,
    All,
}

/// A page of them in their order, behind one.
pub async fn lines(
    db: &impl ConnectionTrait,
    of: &campaign::Model,
    group: Group,
    after: i64,
    limit: u64,
) -> Result<Vec<Line>, StoreError> {
    let states = match group {
        Group::Recipients => "and c.state in ('chosen', 'written', 'dropped')",
        Group::LeftOut => "and c.state = 'left-out'",
        Group::All => "",
    };
    let query = format!(
        "select c.patient_organisation_id, c.patient_id, c.seq, c.referral_id, r.reference, p.given, p.family, c.state, \
         c.reason, c.channel, c.address, c.language, c.facts, c.encoding, c.segments, m.id as message_id, m.channel as sent_by, \
         m.state as sent_state, m.error_code, m.due_at, m.handed_at from campaign_recipient c \
         join patient p on p.organisation_id = c.patient_organisation_id and p.id = c.patient_id \
         join referral r on r.organisation_id = c.organisation_id and r.id = c.referral_id \
         left join message m on m.organisation_id = c.organisation_id and m.id = (select n.id from message n \
         where n.campaign_id = c.campaign_id and n.patient_id = c.patient_id order by n.created_at desc, n.id desc limit 1) \
         where c.organisation_id = $1 and c.campaign_id = $2 and c.seq > $3 {states} order by c.seq limit {limit}"
    );
    sql::all(db, &query, [of.organisation_id.into(), of.id.into(), after.into()]).await
}
