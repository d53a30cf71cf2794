//! Links that ask one thing, and the answers to them: whether somebody comes to a visit, whether they still need one.
//!
//! Whoever has the message may answer: it says no more than the message did, and a visit is neither moved nor given back by
//! it. Looking changes nothing, as programs look at links before people do.

use chrono::{DateTime, Duration, Utc};
use contract::AskedPage;
use domain::reply_words::Question;
use domain::{Actor, AppointmentId, OrganisationId, ReferralId, spoken};
use serde::{Deserialize, Serialize};
use store::entity::{appointment, patient_link};
use uuid::Uuid;

use crate::sign_in::Ticket;
use crate::unit::{Case, Unit, complete_case};
use crate::{Call, Desk, ServiceError, booking, facts, ids};

/// What a link asks, of what, and until when it can be answered.
pub(crate) struct About {
    pub question: Question,
    pub of: Option<Uuid>,
    pub until: DateTime<Utc>,
}

/// A question behind a link that was opened. Kept in the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub question: Question,
    /// The link, so that each answer is one however often it is given.
    pub link: Uuid,
    pub about: Option<Uuid>,
}

impl Asked {
    /// What a link asks; `None` when it only leads to the referral.
    pub(crate) fn of(link: &patient_link::Model) -> Option<Self> {
        let question = Question::from_code(link.asks.as_deref()?)?;
        Some(Self { question, link: link.id, about: link.about_id })
    }
}

/// Fresh links that ask this.
pub(crate) async fn links(
    unit: &Unit<'_>,
    case: &Case,
    about: &About,
    how_many: usize,
) -> Result<Vec<String>, ServiceError> {
    let (mut links, mut rows) = (Vec::new(), Vec::new());
    for _ in 0..how_many {
        let token = ids::token();
        rows.push(patient_link::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(unit.call.now),
            token_hash: ids::hashed(&token),
            referral_id: case.row.id,
            created_at: unit.call.now.timestamp_millis(),
            // What it asks is over then; for a while longer it leads to the referral.
            expires_at: (about.until + Duration::days(30)).timestamp_millis(),
            revoked_at: None,
            asks: Some(about.question.code().to_owned()),
            about_id: about.of,
        });
        links.push(format!("{}/r/{token}", unit.desk.settings.public_url));
    }
    store::ways_in::insert_links(&unit.tx, rows).await?;
    Ok(links)
}

/// What a ticket's link asks, while it can be answered. Says nothing else, and so leaves no trace.
pub async fn question(
    desk: &Desk,
    now: DateTime<Utc>,
    ticket: &Ticket,
) -> Result<Option<Question>, ServiceError> {
    Ok(read(desk, now, ticket).await?.and_then(|(page, _)| Question::from_code(&page.question)))
}

/// What is asked, as the page behind the link shows it; `None` when it cannot be answered any more. The look is recorded.
pub async fn page(
    desk: &Desk,
    now: DateTime<Utc>,
    ticket: &Ticket,
) -> Result<Option<AskedPage>, ServiceError> {
    let (Some((page, case)), Some(asked)) = (read(desk, now, ticket).await?, &ticket.asked) else {
        return Ok(None);
    };
    desk.record_read(&call(asked, now, "look"), case.touched("referral")).await?;
    Ok(Some(page))
}

async fn read(
    desk: &Desk,
    now: DateTime<Utc>,
    ticket: &Ticket,
) -> Result<Option<(AskedPage, Case)>, ServiceError> {
    let Some((asked, case)) = found(desk, ticket).await? else {
        return Ok(None);
    };
    let mut page = AskedPage {
        question: asked.question.code().to_owned(),
        organisation: case.organisation.name.clone(),
        phone: case.service.phone.clone().or_else(|| case.organisation.phone.clone()),
        when: String::new(),
        answered: false,
    };
    match asked.question {
        Question::Visit => {
            let Some(visit) = visit(desk, &case, &asked, now).await? else {
                return Ok(None);
            };
            let zone = visit.zone.parse().unwrap_or(case.zone());
            page.when = spoken::instant(facts::instant(visit.start_at), zone, now);
            page.answered = visit.patient_confirmed_at.is_some();
        }
        Question::StillNeeded if crate::referrals::can_answer_need(&case) => {}
        Question::StillNeeded | Question::Offer => return Ok(None),
    }
    Ok(Some((page, case)))
}

/// The case that a ticket asks about.
async fn found(desk: &Desk, ticket: &Ticket) -> Result<Option<(Asked, Case)>, ServiceError> {
    let (Some(asked), Some(referral)) = (ticket.asked.clone(), ticket.referral) else {
        return Ok(None);
    };
    let db = desk.store.reader();
    let Some(row) = store::referrals::find(db, store::referrals::Scope::Product, referral).await? else {
        return Ok(None);
    };
    if !row.patient_sees {
        return Ok(None);
    }
    Ok(Some((asked, complete_case(db, row, domain::policy::Relation::Product).await?)))
}

/// The visit that is asked about, while it is booked and has not begun.
async fn visit(
    desk: &Desk,
    case: &Case,
    asked: &Asked,
    now: DateTime<Utc>,
) -> Result<Option<appointment::Model>, ServiceError> {
    let Some(id) = asked.about else { return Ok(None) };
    let organisation = OrganisationId(case.row.organisation_id);
    let row = store::appointments::find(desk.store.reader(), organisation, AppointmentId(id)).await?;
    Ok(row.filter(|row| {
        row.state == "booked" && row.referral_id == case.row.id && facts::instant(row.start_at) > now
    }))
}

/// Whoever has the link. They come.
///
/// Errors: not found when the link asks something else; `NoBookedTime` when the visit was moved, cancelled or is over.
pub async fn say_coming(desk: &Desk, now: DateTime<Utc>, ticket: &Ticket) -> Result<(), ServiceError> {
    let (asked, referral) = asks(ticket, Question::Visit)?;
    let shown = asked.about.map(|id| id.to_string()).unwrap_or_default();
    booking::say_coming(desk, &call(asked, now, "yes"), referral, &shown).await
}

/// Whoever has the link. They still need what they wait for, or do not: a person decides what follows from a no.
///
/// Errors: not found when the link asks something else; a conflict when nobody waits any more.
pub async fn say_needed(
    desk: &Desk,
    now: DateTime<Utc>,
    ticket: &Ticket,
    needs: bool,
) -> Result<(), ServiceError> {
    let (asked, referral) = asks(ticket, Question::StillNeeded)?;
    let answer = if needs { "yes" } else { "no" };
    crate::referrals::answer_need(desk, &call(asked, now, answer), referral, Some(needs)).await
}

fn asks(ticket: &Ticket, question: Question) -> Result<(&Asked, ReferralId), ServiceError> {
    let asked = ticket.asked.as_ref().filter(|asked| asked.question == question);
    asked.zip(ticket.referral).ok_or(ServiceError::NotFound)
}

/// By the link, and by nobody who has proved who they are.
fn call(asked: &Asked, now: DateTime<Utc>, answer: &str) -> Call {
    let mut call = Call::new(Actor::system("patient-link", ids::fresh(now)), now);
    call.key = Some(format!("{}-{}-{answer}", asked.question, asked.link));
    call
}
