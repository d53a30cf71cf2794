//! Probable duplicates: found, shown side by side, and decided by a person. They are linked, never blocked.

use contract::{ComparedReferral, LikeLine, LikenessPage, Passage};
use domain::policy::Relation;
use domain::referral::State;
use domain::{Priority, ReferralId, spoken};
use serde_json::json;
use store::entity::{event, likeness};
use store::likenesses::Candidate;
use triage::likeness::{Compared, Likeness, Reason, likeness as compare, unlike};

use crate::unit::{Begun, Case, Unit, find_case};
use crate::{Call, Desk, ServiceError, describe, facts, ids};

/// Days that are looked back.
const DAYS_BACK: i64 = 365;

/// What somebody decides about two referrals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same need: kept together, each still open until somebody ends it.
    Related,
    /// Not the same need; they are not shown together again.
    Different,
}

impl Verdict {
    const fn code(self) -> &'static str {
        match self {
            Self::Related => "related",
            Self::Different => "different",
        }
    }
}

/// Open referrals that look like the same need as this one, the most alike first; those judged to be different are left
/// out. For the receiving side, while the referral is open.
pub(super) async fn alike(
    db: &impl store::Db,
    call: &Call,
    case: &Case,
) -> Result<Vec<LikeLine>, ServiceError> {
    if case.relation != Relation::Receiving || case.state.is_ended() {
        return Ok(Vec::new());
    }
    let since = (call.now - chrono::Duration::days(DAYS_BACK)).timestamp_millis();
    let candidates = store::likenesses::candidates(db, &case.row, &case.patient, since).await?;
    let own = (case.row.patient_id.to_string(), case.row.service_id.to_string());
    let mut found: Vec<(u8, LikeLine)> = candidates
        .iter()
        .filter(|other| other.verdict.as_deref() != Some("different"))
        .filter_map(|other| {
            let ids = (other.patient_id.to_string(), other.service_id.to_string());
            let alike = compare(&compared(case, &own), &compared_candidate(other, &ids))?;
            Some((alike.score, line(case, other, &alike)))
        })
        .collect();
    found.sort_by_key(|(score, line)| (std::cmp::Reverse(*score), line.reference.clone()));
    Ok(found.into_iter().map(|(_, line)| line).collect())
}

fn line(case: &Case, other: &Candidate, alike: &Likeness) -> LikeLine {
    let sent = facts::instant(other.sent_at.unwrap_or(other.created_at)).with_timezone(&case.zone());
    LikeLine {
        id: other.id.to_string(),
        reference: other.reference.clone(),
        service: other.service.clone(),
        state: State::from_code(&other.state).unwrap_or(State::EnteredInError),
        priority: Priority::from_code(&other.priority).unwrap_or(Priority::Routine),
        sent: format!("Sent {}", spoken::short_date(sent.date_naive())),
        reasons: alike.reasons.iter().map(|reason| words(*reason)).collect(),
        is_worse: alike.later_is_more_urgent,
    }
}

fn compared<'a>(case: &'a Case, ids: &'a (String, String)) -> Compared<'a> {
    Compared {
        patient: &ids.0,
        nhs_number: case.patient.nhs_number.as_deref(),
        family: &case.patient.family,
        given: &case.patient.given,
        birth_date: case.patient.birth_date.as_deref(),
        service: &ids.1,
        specialty: case.service.specialty_code.as_deref(),
        letter: &case.row.reason,
        sent_day: store::tallies::day(case.row.sent_at.unwrap_or(case.row.created_at)),
        urgency: urgency(&case.row.priority),
    }
}

fn compared_candidate<'a>(other: &'a Candidate, ids: &'a (String, String)) -> Compared<'a> {
    Compared {
        patient: &ids.0,
        nhs_number: other.nhs_number.as_deref(),
        family: &other.family,
        given: &other.given,
        birth_date: other.birth_date.as_deref(),
        service: &ids.1,
        specialty: other.specialty_code.as_deref(),
        letter: &other.reason,
        sent_day: store::tallies::day(other.sent_at.unwrap_or(other.created_at)),
        urgency: urgency(&other.priority),
    }
}

fn urgency(priority: &str) -> u8 {
    match Priority::from_code(priority) {
        Some(Priority::TwoWeekWait) => 2,
        Some(Priority::Urgent) => 1,
        Some(Priority::Routine) | None => 0,
    }
}

fn words(reason: Reason) -> String {
    match reason {
        Reason::SamePatient => "the same patient".to_owned(),
        Reason::SameNumber => "the same NHS number in two records".to_owned(),
        Reason::SameNameAndBirth => "the same name and date of birth in two records".to_owned(),
        Reason::SameService => "the same service".to_owned(),
        Reason::SameSpecialty => "the same specialty".to_owned(),
        Reason::AlikeLetters(percent) => format!("{percent}% of the letters’ words are the same"),
        Reason::DaysApart(0) => "sent on the same day".to_owned(),
        Reason::DaysApart(1) => "sent one day apart".to_owned(),
        Reason::DaysApart(days) => format!("sent {days} days apart"),
    }
}

/// Two referrals of the same organisation side by side. Specialists and coordinators of the receiving side; both reads are
/// recorded.
pub async fn compare_page(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    other: ReferralId,
) -> Result<LikenessPage, ServiceError> {
    let db = desk.store.reader();
    let (this, other) = both(desk, db, call, id, other).await?;
    desk.record_reads(call, "read", &[this.touched("referral"), other.touched("referral")]).await?;
    let ids = |case: &Case| (case.row.patient_id.to_string(), case.row.service_id.to_string());
    let (this_ids, other_ids) = (ids(&this), ids(&other));
    let found = compare(&compared(&this, &this_ids), &compared(&other, &other_ids));
    let verdict = store::likenesses::verdict(db, this.organisation_id(), this.id(), other.id()).await?;
    let day = |case: &Case| case.row.sent_at.unwrap_or(case.row.created_at);
    let later = if day(&this) > day(&other) { &this } else { &other };
    Ok(LikenessPage {
        reasons: found.iter().flat_map(|found| &found.reasons).map(|reason| words(*reason)).collect(),
        worse: found.is_some_and(|found| found.later_is_more_urgent).then(|| later.row.reference.clone()),
        verdict: verdict.map(|row| {
            let when = describe::day_and_clock(row.decided_at, this.zone());
            (row.verdict, row.decided_by_name, when)
        }),
        this: side(db, call, &this, &other).await?,
        other: side(db, call, &other, &this).await?,
    })
}

/// Writes down what somebody decided about two referrals, in the history of both when they are linked. Specialists and
/// coordinators of the receiving side.
pub async fn judge(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    other: ReferralId,
    verdict: Verdict,
) -> Result<(), ServiceError> {
    let command = match verdict {
        Verdict::Related => "link-referral",
        Verdict::Different => "tell-apart",
    };
    let mut unit = match Unit::begin(desk, call, command, &(id, other)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (this, other) = both(desk, &*unit.tx, call, id, other).await?;
    let row = likeness::Model {
        organisation_id: this.row.organisation_id,
        first_id: this.row.id.min(other.row.id),
        second_id: this.row.id.max(other.row.id),
        verdict: verdict.code().to_owned(),
        decided_by: call.actor.key(),
        decided_by_name: call.actor.label(),
        decided_at: call.now.timestamp_millis(),
    };
    store::likenesses::judge(&unit.tx, row).await?;
    for (case, with) in [(&this, &other), (&other, &this)] {
        let (kind, detail) = match verdict {
            Verdict::Related => {
                ("referral_linked", json!({ "referral": with.row.id, "reference": with.row.reference }))
            }
            Verdict::Different => ("referral_told_apart", json!({ "referral": with.row.id })),
        };
        let event = event::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(call.now),
            referral_id: case.row.id,
            at: call.now.timestamp_millis(),
            kind: kind.to_owned(),
            actor: call.actor.key(),
            actor_name: call.actor.label(),
            from_state: Some(case.row.state.clone()),
            to_state: case.row.state.clone(),
            why: None,
            detail: detail.to_string(),
        };
        store::referrals::add_event(&unit.tx, event).await?;
        unit.record(command, &case.touched("referral"));
        unit.notify(case);
    }
    unit.finish(()).await
}

/// Both referrals, when the reader stands on the receiving side of both with a role that acts there.
async fn both(
    desk: &Desk,
    db: &impl store::Db,
    call: &Call,
    id: ReferralId,
    other: ReferralId,
) -> Result<(Case, Case), ServiceError> {
    let this = find_case(desk, db, call, id).await?;
    let other = find_case(desk, db, call, other).await?;
    for case in [&this, &other] {
        if case.relation != Relation::Receiving {
            return Err(ServiceError::NotAllowed);
        }
    }
    if this.row.id == other.row.id || this.row.organisation_id != other.row.organisation_id {
        return Err(ServiceError::NotFound);
    }
    Ok((this, other))
}

async fn side(
    db: &impl store::Db,
    call: &Call,
    case: &Case,
    other: &Case,
) -> Result<ComparedReferral, ServiceError> {
    let zone = case.zone();
    let documents = store::documents::of_referral(db, &case.row).await?;
    let due = case.row.due_at.map(facts::instant);
    Ok(ComparedReferral {
        id: case.row.id.to_string(),
        reference: case.row.reference.clone(),
        patient: format!("{} {}", case.patient.given, case.patient.family),
        birth_date: facts::birth_date(&case.patient)
            .map_or("not known".to_owned(), |born| born.format("%-d %B %Y").to_string()),
        nhs_number: case.patient.nhs_number.clone(),
        service: case.service.name.clone(),
        state: case.state,
        priority: case.priority(),
        sent: describe::day_and_clock(case.row.sent_at.unwrap_or(case.row.created_at), zone),
        referrer: case.row.referrer_name.clone(),
        owner: case.row.owner_name.clone().unwrap_or_default(),
        next: case.row.next_action.clone().unwrap_or_default(),
        due: due.map_or(String::new(), |due| spoken::instant(due, zone, call.now)),
        documents: documents
            .iter()
            .map(|row| describe::document(case, row))
            .map(|line| format!("{} ({})", line.file_name, line.kind))
            .collect(),
        letter: passages(&case.row.reason, &other.row.reason),
    })
}

/// A letter in pieces, those apart that the other one does not have.
fn passages(letter: &str, other: &str) -> Vec<Passage> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut add = |text: &str, is_unlike| {
        if !text.is_empty() {
            pieces.push(Passage { text: text.to_owned(), is_unlike });
        }
    };
    for (from, to) in unlike(letter, other) {
        add(&letter[at..from], false);
        add(&letter[from..to], true);
        at = to;
    }
    add(&letter[at..], false);
    pieces
}
