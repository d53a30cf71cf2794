//! What must hold in every database, read from the whole of it.

use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{StoreError, sql};

/// A rule that is broken, how often, and ids to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub rule: &'static str,
    pub count: u64,
    pub examples: Vec<Uuid>,
}

/// Name of each rule with a query that selects, as `id`, what breaks it. `$1` is now (ms).
const RULES: &[(&str, &str)] = &[
    (
        "every open referral has an owner, a next action and a due time",
        "select id from referral where state not in ('closed','declined','redirected','cancelled','entered-in-error') \
         and (owner_name is null or owner_name = '' or owner_organisation_id is null or next_action is null \
         or due_at is null or due_wall is null) and $1 > 0",
    ),
    (
        "every referral's state is the state of its last event",
        "select r.id from referral r where $1 > 0 and r.state <> coalesce((select e.to_state from event e \
         where e.organisation_id = r.organisation_id and e.referral_id = r.id order by e.at desc, e.id desc limit 1), '')",
    ),
    ("the counters of referrals are what the referrals say", crate::tallies::WRONG),
    (
        "every held or booked appointment holds its time in the ledger",
        "select a.id from appointment a where $1 > 0 and a.state in ('held','booked') and not exists \
         (select 1 from slot_ledger l where l.organisation_id = a.organisation_id and l.appointment_id = a.id)",
    ),
    (
        "nothing but held, booked and past appointments holds time in the ledger",
        "select distinct a.id from slot_ledger l join appointment a on a.organisation_id = l.organisation_id \
         and a.id = l.appointment_id where $1 > 0 and a.state in ('cancelled','lapsed')",
    ),
    (
        "no two appointments of a resource overlap on one place",
        "select a.id from appointment a join appointment b on b.organisation_id = a.organisation_id \
         and b.resource_id = a.resource_id and b.place = a.place and b.id > a.id \
         and b.start_at < a.end_at and b.end_at > a.start_at \
         where $1 > 0 and a.state in ('held','booked') and b.state in ('held','booked')",
    ),
    (
        "no more visits take place at once than there can where one of them was made",
        "select distinct l.appointment_id as id from (select s.organisation_id, s.resource_id, s.quantum \
         from slot_ledger s join appointment a on a.organisation_id = s.organisation_id and a.id = s.appointment_id \
         where $1 > 0 group by s.organisation_id, s.resource_id, s.quantum having count(*) > min(s.among) \
         and max(case when a.overbook_reason is null then 0 else 1 end) = 0) x join slot_ledger l \
         on l.organisation_id = x.organisation_id and l.resource_id = x.resource_id and l.quantum = x.quantum",
    ),
    (
        "a booked referral has exactly one booked appointment",
        "select r.id from referral r where $1 > 0 and r.state = 'booked' and 1 <> (select count(*) from appointment a \
         where a.organisation_id = r.organisation_id and a.referral_id = r.id and a.state = 'booked')",
    ),
    (
        "a booked referral that has been booked here has a confirmation in the outbox",
        "select e.referral_id as id from event e join referral r on r.organisation_id = e.organisation_id \
         and r.id = e.referral_id where $1 > 0 and e.kind = 'appointment_booked' and r.state = 'booked' \
         and e.actor not like 'system:import%' and not exists (select 1 from message m \
         where m.organisation_id = e.organisation_id and m.referral_id = e.referral_id \
         and m.template = 'booking-confirmed')",
    ),
    (
        // Up to a day: whoever comes early is seen early.
        "no visit was kept before the day on which it was to be",
        "select id from appointment where $1 > 0 and state = 'fulfilled' and start_at > changed_at + 86400000",
    ),
    (
        "every open offer of the waiting list holds its time",
        "select o.id from waitlist_offer o where $1 > 0 and o.outcome is null and not exists (select 1 from appointment a \
         where a.organisation_id = o.organisation_id and a.id = o.appointment_id and a.state = 'held')",
    ),
    (
        // Ids rise: the newest event decides.
        "an address counts as stopped when the consent ledger says so",
        "select e.id from consent_event e left join contact_point c on c.channel = e.channel and c.address = e.address \
         where $1 > 0 and e.what in ('stopped','returned') and not exists (select 1 from consent_event n \
         where n.channel = e.channel and n.address = e.address and n.what in ('stopped','returned') and n.id > e.id) \
         and ((e.what = 'stopped') <> (c.stopped_at is not null))",
    ),
    (
        "no message was handed over after its receiver had asked for no more",
        "select m.id from contact_point c join message m on m.channel = c.channel and m.address = c.address \
         where $1 > 0 and m.patient_id is not null and m.handing_at > c.stopped_at \
         and (m.channel <> 'email' or m.template <> 'one-time-code')",
    ),
    (
        "nobody is on the waiting list whose referral is over",
        "select w.id from waitlist_entry w join referral r on r.organisation_id = w.organisation_id \
         and r.id = w.referral_id where $1 > 0 and w.state = 'waiting' and w.changed_at < $1 - 120000 and r.state in \
         ('closed','declined','redirected','cancelled','entered-in-error')",
    ),
    (
        "no hold is older than its expiry by more than a minute",
        "select id from appointment where state = 'held' and hold_expires_at < $1 - 60000",
    ),
    (
        "no message is due and untried for more than fifteen minutes",
        "select id from message where state in ('created','sending') and due_at < $1 - 900000",
    ),
    (
        "every audit row is sealed within a minute",
        "select a.id from audit_pending p join audit a on a.organisation_id = p.organisation_id and a.id = p.audit_id \
         where a.at < $1 - 60000",
    ),
    (
        "a closed referral has an acknowledged report",
        "select r.id from referral r where $1 > 0 and r.state = 'closed' and exists (select 1 from event e \
         where e.organisation_id = r.organisation_id and e.referral_id = r.id and e.kind = 'referral_closed' \
         and e.actor not like 'system:import%') and not exists (select 1 from report p \
         where p.organisation_id = r.organisation_id and p.referral_id = r.id and p.acknowledged_at is not null)",
    ),
];

/// What is compared by the program, as no query can.
const PACKED: &str = "the packed weeks say what the ledger says";

/// Names of all rules, for a report that says what was looked at.
pub fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(rule, _)| *rule).chain([PACKED])
}

/// Reads the whole database; answers the rules that are broken. `now` is ms since 1970 UTC.
pub async fn check(db: &impl ConnectionTrait, now: i64) -> Result<Vec<Violation>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let mut violations = Vec::new();
    for (rule, query) in RULES {
        let rows: Vec<Row> = sql::all(db, query, [now.into()]).await?;
        if !rows.is_empty() {
            violations.push(Violation {
                rule,
                count: rows.len() as u64,
                examples: rows.iter().take(5).map(|row| row.id).collect(),
            });
        }
    }
    // Weeks that are over are never searched.
    let drifted = crate::free_busy::drifted(db, now.div_euclid(300_000)).await?;
    if !drifted.is_empty() {
        violations.push(Violation {
            rule: PACKED,
            count: drifted.len() as u64,
            examples: drifted.into_iter().take(5).collect(),
        });
    }
    Ok(violations)
}
