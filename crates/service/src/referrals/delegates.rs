//! Colleagues who write, send and follow referrals in a clinician's name.

use chrono::NaiveDate;
use contract::{Choice, DelegateInput, DelegateLine, DelegateStanding, DelegatesPage, FieldError};
use domain::policy::delegation::{self, End, InName, Term};
use domain::policy::{Capability, Relation, acting_roles, may};
use domain::{OrganisationId, PersonId, Principal, Role, dates, spoken};
use store::entity::{change, delegation as row, person};

use crate::audit::Touched;
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit, involvement};
use crate::{Call, Conflict, Desk, ServiceError, ids};

/// Longest delegation, in days: whoever stays longer is named again.
const LONGEST_DAYS: i64 = 366;

/// Whose delegations are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The referrer's who asks.
    Own,
    /// Everybody's of the organisation; administrators.
    Everybody,
}

/// Who keeps delegations.
struct Keeper {
    organisation: OrganisationId,
    person: PersonId,
    /// `None`: everybody's.
    of: Option<PersonId>,
}

fn keeper(call: &Call, whose: Whose) -> Result<Keeper, ServiceError> {
    let Principal::Staff { organisation, person, .. } = &call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    let (organisation, person) = (*organisation, *person);
    let (capability, of) = match whose {
        Whose::Own => (Capability::Refer, Some(person)),
        Whose::Everybody => (Capability::Administer, None),
    };
    match may(&call.actor.principal, capability) {
        true => Ok(Keeper { organisation, person, of }),
        false => Err(ServiceError::NotAllowed),
    }
}

/// In whose name the caller acts on a referral, today where the referring side works.
pub(crate) async fn in_name(db: &impl store::Db, call: &Call, case: &Case) -> Result<InName, ServiceError> {
    let Principal::Staff { organisation, person, .. } = &call.actor.principal else {
        return Ok(InName::Own);
    };
    let referrer = case.row.referrer_id.map(PersonId);
    // Where a house referred to itself, somebody may stand on both sides.
    let acts = acting_roles(&call.actor.principal, case.relation, &involvement(&case.row));
    let relation = if acts.contains(&Role::Referrer) { Relation::Referring } else { case.relation };
    let (terms, today) = match referrer {
        Some(referrer) if relation == Relation::Referring && referrer != *person => {
            let rows = store::delegations::between(db, *organisation, referrer, *person).await?;
            (rows.iter().filter_map(term).collect(), today(db, *organisation, call).await?)
        }
        _ => (Vec::new(), call.now.date_naive()),
    };
    Ok(delegation::in_name(&call.actor.principal, relation, referrer, &terms, today))
}

/// The clinicians in whose name the caller may act today.
pub async fn acting_for(db: &impl store::Db, call: &Call) -> Result<Vec<Choice>, ServiceError> {
    let Principal::Staff { organisation, person, .. } = &call.actor.principal else {
        return Ok(Vec::new());
    };
    let rows = store::delegations::to_delegate(db, *organisation, *person).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let today = today(db, *organisation, call).await?;
    let mut found: Vec<Choice> = Vec::new();
    for row in rows.iter().filter(|row| term(row).is_some_and(|term| term.holds(today))) {
        let value = row.clinician_id.to_string();
        if found.iter().any(|known| known.value == value) {
            continue;
        }
        let clinician = store::people::find(db, *organisation, PersonId(row.clinician_id)).await?;
        found.extend(clinician.map(|clinician| Choice { value, label: clinician.name, hint: None }));
    }
    Ok(found)
}

/// Whose referral a new draft is: the caller's, or a clinician's who named them.
pub(super) async fn referrer(
    unit: &Unit<'_>,
    in_name_of: &str,
) -> Result<((uuid::Uuid, String), InName), ServiceError> {
    let Principal::Staff { person, name, .. } = &unit.call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    if in_name_of.is_empty() || in_name_of == person.to_string() {
        return Ok(((person.0, name.clone()), InName::Own));
    }
    let found = acting_for(&*unit.tx, unit.call).await?.into_iter().find(|known| known.value == in_name_of);
    let clinician = found.and_then(|choice| Some((choice.value.parse().ok()?, choice.label)));
    let remedy =
        "You cannot write in this colleague’s name today. Choose another name, or ask them to name you.";
    let clinician = clinician.ok_or_else(|| ServiceError::invalid("in_name_of", remedy))?;
    Ok((clinician, InName::Referrer))
}

/// Who acts for whom: a referrer's own delegates, for administrators everybody's.
pub async fn delegates(desk: &Desk, call: &Call, whose: Whose) -> Result<DelegatesPage, ServiceError> {
    let keeper = keeper(call, whose)?;
    let db = desk.store.reader();
    let touched =
        Touched { organisation: keeper.organisation, entity: "delegations", id: None, patient: None };
    desk.record_read(call, touched).await?;
    let today = today(db, keeper.organisation, call).await?;
    let people = store::people::of_organisation(db, keeper.organisation).await?;
    let line = |row: &row::Model| line(row, &people, today);
    let given = store::delegations::given(db, keeper.organisation, keeper.of).await?;
    let received = store::delegations::to_delegate(db, keeper.organisation, keeper.person).await?;
    let referrers = referrers(db, keeper.organisation).await?;
    Ok(DelegatesPage {
        given: given.iter().map(line).collect(),
        received: received.iter().rev().map(line).collect(),
        clinicians: if keeper.of.is_none() { referrers.clone() } else { Vec::new() },
        colleagues: referrers
            .into_iter()
            .filter(|choice| keeper.of.is_none_or(|of| choice.value != of.to_string()))
            .collect(),
    })
}

/// Names a colleague who may act in a clinician's name. Clinicians name their own, administrators anybody's.
///
/// Errors: `Invalid` names the field; `NotAllowed` for another's name.
pub async fn name_delegate(
    desk: &Desk,
    call: &Call,
    whose: Whose,
    input: &DelegateInput,
) -> Result<(), ServiceError> {
    let keeper = keeper(call, whose)?;
    let mut unit = match Unit::begin(desk, call, "name-delegate", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let today = today(&*unit.tx, keeper.organisation, call).await?;
    let referrers = referrers(&*unit.tx, keeper.organisation).await?;
    let mut fields = Vec::new();
    let clinician = match keeper.of {
        Some(own) if input.clinician.is_empty() || input.clinician == own.to_string() => own,
        Some(_) => return Err(ServiceError::NotAllowed),
        None => chosen(&referrers, &input.clinician, "clinician", "Choose in whose name.", &mut fields),
    };
    let remedy = "Choose a colleague who may refer. An administrator gives that role.";
    let delegate = chosen(&referrers, &input.person, "person", remedy, &mut fields);
    if fields.is_empty() && delegate == clinician {
        fields
            .push(FieldError::new("person", "Choose a colleague: nobody needs to be named for themselves."));
    }
    let from = spoken::read_date(&input.from_day, &input.from_month, &input.from_year);
    let until = spoken::read_date(&input.until_day, &input.until_month, &input.until_year);
    let day = "Give a day, month and year, for example 31 3 2026.";
    match (from, until) {
        (Some(from), Some(until)) if until < from => {
            fields.push(FieldError::new("until", "The last day lies before the first. Give a later one."));
        }
        (Some(_), Some(until)) if until < today => {
            fields.push(FieldError::new("until", "This day is over. Give a last day from today on."));
        }
        (Some(from), Some(until)) if (until - from).num_days() > LONGEST_DAYS => {
            fields.push(FieldError::new("until", "Choose a last day within a year of the first."));
        }
        _ => {
            let given = [("from", from), ("until", until)];
            let empty = given.iter().filter(|(_, day)| day.is_none());
            fields.extend(empty.map(|(field, _)| FieldError::new(field, day)));
        }
    }
    let (Some(from), Some(until), true) = (from, until, fields.is_empty()) else {
        return Err(ServiceError::Invalid(fields));
    };
    let new = row::Model {
        organisation_id: keeper.organisation.0,
        id: ids::fresh(call.now),
        clinician_id: clinician.0,
        delegate_id: delegate.0,
        from_day: from.to_string(),
        until_day: until.to_string(),
        created_at: call.now.timestamp_millis(),
        created_by: call.actor.label(),
        ended_at: None,
        ended_by: None,
    };
    store::delegations::insert(&unit.tx, new.clone()).await?;
    changed(&mut unit, &new, "name-delegate", String::new(), format!("{from} – {until}")).await?;
    tell_delegate(&mut unit, &new, from, until, today).await?;
    unit.finish(()).await
}

/// Tells the colleague in whose name they may act, and when.
async fn tell_delegate(
    unit: &mut Unit<'_>,
    row: &row::Model,
    from: NaiveDate,
    until: NaiveDate,
    today: NaiveDate,
) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let person = async |id| store::people::find(&*unit.tx, organisation, PersonId(id)).await;
    let (clinician, delegate) = (person(row.clinician_id).await?, person(row.delegate_id).await?);
    let (Some(clinician), Some(delegate)) = (clinician, delegate) else {
        return Ok(());
    };
    let days = format!("from {} until {}", spoken::date(from, today), spoken::date(until, today));
    let mut letter = Letter::new(Template::DelegateNamed, format!("delegate:{}", row.id));
    letter.facts.first_name = delegate.name.clone();
    letter.facts.standing_in = Some((clinician.name, days));
    letter.facts.link = format!("{}/referrals/delegates", unit.desk.settings.public_url);
    unit.tell_colleague(&delegate, letter).await
}

/// Takes a delegation back: what the colleague tries from now on is refused. The clinician or an administrator.
pub async fn end_delegation(
    desk: &Desk,
    call: &Call,
    whose: Whose,
    id: uuid::Uuid,
) -> Result<(), ServiceError> {
    let keeper = keeper(call, whose)?;
    let mut unit = match Unit::begin(desk, call, "end-delegation", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let found = store::delegations::find(&*unit.tx, keeper.organisation, id).await?;
    let theirs = found.filter(|row| keeper.of.is_none_or(|of| row.clinician_id == of.0));
    let row = theirs.ok_or(ServiceError::NotFound)?;
    unit.attempts(touched(&row));
    let at = call.now.timestamp_millis();
    if !store::delegations::end(&unit.tx, &row, &call.actor.label(), at).await? {
        return Err(Conflict::DelegationEnded.into());
    }
    let before = format!("{} – {}", row.from_day, row.until_day);
    changed(&mut unit, &row, "end-delegation", before, String::new()).await?;
    unit.finish(()).await
}

/// History and audit of a delegation: the row is named after the colleague, the thing is the clinician.
async fn changed(
    unit: &mut Unit<'_>,
    row: &row::Model,
    action: &str,
    before: String,
    after: String,
) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let mut names = Vec::new();
    for id in [row.clinician_id, row.delegate_id] {
        let person = store::people::find(&*unit.tx, organisation, PersonId(id)).await?;
        names.push(person.map_or(String::new(), |person| person.name));
    }
    let line = change::Model {
        organisation_id: row.organisation_id,
        id: ids::fresh(unit.call.now),
        at: unit.call.now.timestamp_millis(),
        actor: unit.call.actor.key(),
        actor_name: unit.call.actor.label(),
        entity: "person".to_owned(),
        entity_id: row.clinician_id,
        entity_name: names[0].clone(),
        field: format!("delegate {}", names[1]),
        before,
        after,
    };
    store::directory::insert_changes(&unit.tx, vec![line]).await?;
    unit.record(action, &touched(row));
    Ok(())
}

fn touched(row: &row::Model) -> Touched {
    let organisation = OrganisationId(row.organisation_id);
    Touched { organisation, entity: "delegation", id: Some(row.id), patient: None }
}

fn chosen(
    referrers: &[Choice],
    id: &str,
    field: &str,
    remedy: &str,
    fields: &mut Vec<FieldError>,
) -> PersonId {
    let found =
        referrers.iter().find(|choice| choice.value == id).and_then(|choice| choice.value.parse().ok());
    found.unwrap_or_else(|| {
        fields.push(FieldError::new(field, remedy));
        PersonId(uuid::Uuid::nil())
    })
}

/// Active colleagues who may refer, by name.
async fn referrers(db: &impl store::Db, organisation: OrganisationId) -> Result<Vec<Choice>, ServiceError> {
    let people = store::people::with_roles(db, organisation).await?;
    Ok(people
        .into_iter()
        .filter(|person| person.status == "active" && person.role == Role::Referrer.code())
        .map(|person| Choice { value: person.id.to_string(), label: person.name, hint: None })
        .collect())
}

fn term(row: &row::Model) -> Option<Term> {
    Some(Term {
        from: dates::day(&row.from_day)?,
        until: dates::last_day(&row.until_day)?,
        end: if row.ended_at.is_some() { End::TakenBack } else { End::Standing },
    })
}

fn line(row: &row::Model, people: &[person::Model], today: NaiveDate) -> DelegateLine {
    let name = |id| people.iter().find(|person| person.id == id).map_or(String::new(), |p| p.name.clone());
    let day =
        |text: &str| dates::day(text).map_or(text.to_owned(), |day| day.format("%-d %B %Y").to_string());
    let standing = match term(row) {
        Some(Term { end: End::TakenBack, .. }) | None => DelegateStanding::TakenBack,
        Some(term) if term.holds(today) => DelegateStanding::Counts,
        Some(term) if term.from > today => DelegateStanding::Coming,
        Some(_) => DelegateStanding::Over,
    };
    DelegateLine {
        id: row.id.to_string(),
        clinician: name(row.clinician_id),
        delegate: name(row.delegate_id),
        term: format!("{} to {}", day(&row.from_day), day(&row.until_day)),
        standing,
        by: match &row.ended_by {
            Some(by) => format!("named by {}, taken back by {by}", row.created_by),
            None => format!("named by {}", row.created_by),
        },
    }
}

async fn today(
    db: &impl store::Db,
    organisation: OrganisationId,
    call: &Call,
) -> Result<NaiveDate, ServiceError> {
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
    Ok(call.now.with_timezone(&zone).date_naive())
}
