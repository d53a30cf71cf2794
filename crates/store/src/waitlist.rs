//! The waiting list and its offers.

use domain::{AppointmentId, OrganisationId, ReferralId, ServiceId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};
use uuid::Uuid;

use crate::entity::{waitlist_entry, waitlist_offer};
use crate::{StoreError, Tx, sql};

pub async fn insert(tx: &Tx, row: waitlist_entry::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update(tx: &Tx, row: waitlist_entry::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// The open entry of a referral; there is at most one.
pub async fn of_referral(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    referral: ReferralId,
) -> Result<Option<waitlist_entry::Model>, StoreError> {
    use waitlist_entry::Column as C;
    Ok(waitlist_entry::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ReferralId.eq(referral.0))
        .filter(C::State.eq("waiting"))
        .one(db)
        .await?)
}

/// Ends the open entry of a referral; answers whether there was one.
pub async fn end(
    tx: &Tx,
    organisation: OrganisationId,
    referral: ReferralId,
    reason: &str,
    at: i64,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update waitlist_entry set state = 'ended', ended_at = $3, changed_at = $3, end_reason = $4 \
         where organisation_id = $1 and referral_id = $2 and state = 'waiting'",
        [organisation.0.into(), referral.0.into(), at.into(), reason.into()],
    )
    .await?;
    Ok(touched > 0)
}

/// A service for which somebody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct Waited {
    pub organisation_id: Uuid,
    pub service_id: Uuid,
    pub n: i64,
}

/// The services for which somebody waits, of one organisation or of all, with how many do.
pub async fn services(
    db: &impl ConnectionTrait,
    organisation: Option<OrganisationId>,
) -> Result<Vec<Waited>, StoreError> {
    let (of, values) = match organisation {
        Some(organisation) => (" and organisation_id = $1", vec![organisation.0.into()]),
        None => ("", Vec::new()),
    };
    let query = format!(
        "select organisation_id, service_id, count(*) as n from waitlist_entry where state = 'waiting'{of} \
         group by organisation_id, service_id order by organisation_id, service_id"
    );
    sql::all(db, &query, values).await
}

/// Somebody on the list, with what decides about an offer.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Waiting {
    pub id: Uuid,
    pub referral_id: Uuid,
    pub since: i64,
    pub weekdays: String,
    pub parts: String,
    pub notice_hours: i64,
    pub channel: String,
    pub seen: String,
    pub sites: String,
    pub clinicians: String,
    pub only_these: bool,
    pub added_by_name: String,
    pub reference: String,
    pub state: String,
    pub priority: String,
    pub next_step: Option<String>,
    pub next_resource_id: Option<Uuid>,
    /// Which of the service's kinds of visit; `None`: the first.
    pub visit_kind: Option<String>,
    /// JSON: what the patient needs and likes.
    pub wishes: String,
    pub patient_organisation_id: Uuid,
    pub patient_id: Uuid,
    pub given: String,
    pub family: String,
    /// The patient's own.
    pub language: Option<String>,
    pub birth_date: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
    /// Browsers that take notices.
    pub browsers: i64,
    /// Offers of the list to this person that are not answered, whichever referral they are about.
    pub open_offers: i64,
    /// When the visit is that is booked now (ms).
    pub booked_at: Option<i64>,
    /// Which visit that is.
    pub booked_id: Option<Uuid>,
    /// Times held for this referral now.
    pub held: i64,
}

/// Everybody who waits for a service. The rows are found along the entries' index; each figure along the index of its own
/// table, so that the cost grows with the list alone.
pub async fn of_service(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<Vec<Waiting>, StoreError> {
    sql::all(
        db,
        "select w.id, w.referral_id, w.since, w.weekdays, w.parts, w.notice_hours, w.channel, w.seen, w.sites, \
         w.clinicians, w.only_these, w.added_by_name, \
         r.reference, r.state, r.priority, r.next_step, r.next_resource_id, r.visit_kind, r.wishes, r.patient_organisation_id, r.patient_id, \
         p.given, p.family, p.language, p.birth_date, p.phone, p.email, p.address, \
         (select count(*) from push_subscription s where s.organisation_id = p.organisation_id \
         and s.patient_id = p.id and s.gone_at is null) as browsers, \
         (select count(*) from waitlist_offer o where o.patient_organisation_id = p.organisation_id \
         and o.patient_id = p.id and o.outcome is null) as open_offers, \
         (select min(a.start_at) from appointment a where a.organisation_id = w.organisation_id \
         and a.referral_id = w.referral_id and a.state = 'booked') as booked_at, \
         (select a.id from appointment a where a.organisation_id = w.organisation_id \
         and a.referral_id = w.referral_id and a.state = 'booked' order by a.start_at limit 1) as booked_id, \
         (select count(*) from appointment a where a.organisation_id = w.organisation_id \
         and a.referral_id = w.referral_id and a.state = 'held') as held \
         from waitlist_entry w \
         join referral r on r.organisation_id = w.organisation_id and r.id = w.referral_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where w.organisation_id = $1 and w.service_id = $2 and w.state = 'waiting' and not p.deceased \
         order by w.since, w.id",
        [organisation.0.into(), service.0.into()],
    )
    .await
}

/// An entry that must end: who waited has died, or the referral has moved on without saying so here (an import).
#[derive(Debug, Clone, FromQueryResult)]
pub struct Stale {
    pub referral_id: Uuid,
    /// 1: has died.
    pub died: i64,
}

pub async fn stale(db: &impl ConnectionTrait) -> Result<Vec<Stale>, StoreError> {
    sql::all(
        db,
        "select w.referral_id, cast(case when p.deceased then 1 else 0 end as bigint) as died from waitlist_entry w \
         join referral r on r.organisation_id = w.organisation_id and r.id = w.referral_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where w.state = 'waiting' and (p.deceased or r.service_id <> w.service_id or r.state not in \
         ('accepted', 'offered', 'booked', 'appointment-cancelled', 'no-show', 'paused')) order by w.id",
        [],
    )
    .await
}

pub async fn insert_offer(tx: &Tx, row: waitlist_offer::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Notes what became of the offer that an appointment holds; answers whether the list had offered it.
pub async fn settle_offer(
    tx: &Tx,
    organisation: OrganisationId,
    appointment: AppointmentId,
    outcome: &str,
    at: i64,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update waitlist_offer set outcome = $3, answered_at = $4 \
         where organisation_id = $1 and appointment_id = $2 and outcome is null",
        [organisation.0.into(), appointment.0.into(), outcome.into(), at.into()],
    )
    .await?;
    Ok(touched > 0)
}

/// The offer of a referral that is not answered yet.
pub async fn open_offer(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    referral: ReferralId,
) -> Result<Option<waitlist_offer::Model>, StoreError> {
    use waitlist_offer::Column as C;
    Ok(waitlist_offer::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ReferralId.eq(referral.0))
        .filter(C::Outcome.is_null())
        .one(db)
        .await?)
}

/// An earlier offer to somebody who waits.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Earlier {
    pub patient_id: Uuid,
    pub entry_id: Uuid,
    pub resource_id: Uuid,
    pub start_at: i64,
    pub tell_at: i64,
    pub outcome: String,
    pub answered_at: i64,
}

/// What the people who wait for a service did with earlier offers, the newest first.
pub async fn earlier(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<Vec<Earlier>, StoreError> {
    sql::all(
        db,
        "select o.patient_id, o.entry_id, o.resource_id, o.start_at, o.tell_at, o.outcome, o.answered_at \
         from waitlist_entry w \
         join referral r on r.organisation_id = w.organisation_id and r.id = w.referral_id \
         join waitlist_offer o on o.organisation_id = w.organisation_id and o.patient_id = r.patient_id \
         where w.organisation_id = $1 and w.service_id = $2 and w.state = 'waiting' and o.outcome is not null \
         and o.answered_at is not null order by o.offered_at desc, o.id",
        [organisation.0.into(), service.0.into()],
    )
    .await
}

/// A time that somebody who waits had and gave back.
#[derive(Debug, Clone, Copy, FromQueryResult)]
pub struct GivenBack {
    pub referral_id: Uuid,
    pub resource_id: Uuid,
    pub start_at: i64,
}

/// The cancelled times after `now` (ms) of everybody who waits for a service.
pub async fn given_back(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
    now: i64,
) -> Result<Vec<GivenBack>, StoreError> {
    sql::all(
        db,
        "select a.referral_id, a.resource_id, a.start_at from waitlist_entry w \
         join appointment a on a.organisation_id = w.organisation_id and a.referral_id = w.referral_id \
         where w.organisation_id = $1 and w.service_id = $2 and w.state = 'waiting' and a.state = 'cancelled' \
         and a.start_at > $3",
        [organisation.0.into(), service.0.into(), now.into()],
    )
    .await
}

/// An offer as the list's history shows it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct OfferLine {
    pub referral_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub who: String,
    pub start_at: i64,
    pub zone: String,
    pub offered_at: i64,
    pub tell_at: i64,
    pub until_at: i64,
    pub outcome: Option<String>,
    pub answered_at: Option<i64>,
    pub priority: String,
    pub channel: String,
    pub why: String,
    pub passed: String,
}

/// The newest offers of a service's list, at most `limit`.
pub async fn history(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
    limit: u64,
) -> Result<Vec<OfferLine>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    sql::all(
        db,
        "select o.referral_id, r.reference, p.given, p.family, c.name as who, o.start_at, o.zone, o.offered_at, o.tell_at, \
         o.until_at, o.outcome, o.answered_at, o.priority, o.channel, o.why, o.passed from waitlist_offer o \
         join referral r on r.organisation_id = o.organisation_id and r.id = o.referral_id \
         join patient p on p.organisation_id = o.patient_organisation_id and p.id = o.patient_id \
         join resource c on c.organisation_id = o.organisation_id and c.id = o.resource_id \
         where o.organisation_id = $1 and o.service_id = $2 order by o.offered_at desc, o.id desc limit $3",
        [organisation.0.into(), service.0.into(), limit.into()],
    )
    .await
}

/// What the report counts of an offer.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Counted {
    pub priority: String,
    pub channel: String,
    pub age_band: String,
    pub sex: String,
    pub language: String,
    pub distance: String,
    pub outcome: Option<String>,
}

/// The offers of an organisation since an instant (ms).
pub async fn counted(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    since: i64,
) -> Result<Vec<Counted>, StoreError> {
    sql::all(
        db,
        "select priority, channel, age_band, sex, language, distance, outcome from waitlist_offer where organisation_id = $1 and offered_at >= $2 \
         order by offered_at, id",
        [organisation.0.into(), since.into()],
    )
    .await
}
