//! Who is looked for, who gets what, and who gets nothing and why: worked out anew from the records each time.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, Duration, Months, NaiveDate, NaiveTime, Utc};
use contract::{ToManyDifference, ToManyFilter, ToManyWords};
use domain::calendar_days::at_wall;
use domain::delivery::Channel;
use domain::template::{Part, Piece, Place, pieces};
use domain::to_many::{Address, LeftOut, Letters, MOST, Purpose, Reach, way};
use domain::{OrganisationId, dates, language};
use sha2::{Digest, Sha256};
use store::campaigns::{Audience, Candidate};
use store::entity::{campaign, campaign_recipient, organisation};
use store::referrals::Filter;
use uuid::Uuid;

use super::{filter_of, purpose, words_of, zone_of};
use crate::booking::wishes;
use crate::outbox::fill_in;
use crate::ports::{MessageFacts, OwnWords};
use crate::referrals::worklist;
use crate::{Call, Desk, ServiceError, facts, outbox};

/// Referrals that are read at most: several of one patient are one message.
const MOST_ROWS: usize = 4 * MOST;
/// As long as a link's token, which nobody has before the message is written; see `ids::token`.
const TOKEN: &str = "8Qx2Lk9ZpT7wVb3R5mYcJa";
/// Oldest age that is asked for.
const OLDEST: u32 = 130;
/// Names in a difference.
const SOME: usize = 50;

/// What a filter asks of the database.
pub(super) struct Sought {
    filter: Filter,
    audience: Audience,
    /// BCP 47 without country; empty: any.
    tongue: String,
}

impl Sought {
    /// Errors: `Invalid` names what is no choice.
    pub async fn of(
        desk: &Desk,
        call: &Call,
        asked: &ToManyFilter,
        zone: chrono_tz::Tz,
        told_hours: i64,
    ) -> Result<Self, ServiceError> {
        let ToManyFilter { list, audience: typed } = asked;
        let mut filter = worklist::filter_of(desk, call, list, zone).await?;
        let today = call.now.with_timezone(&zone).date_naive();
        let mut audience = Audience {
            told_since: match told_hours {
                0 => i64::MAX,
                hours => (call.now - Duration::hours(hours)).timestamp_millis(),
            },
            ..Audience::default()
        };
        audience.resource = match typed.resource.as_str() {
            "" => None,
            id => {
                Some(id.parse().map_err(|_| ServiceError::invalid("resource", "Choose one from the list."))?)
            }
        };
        let asks_visit =
            [&typed.resource, &typed.visit_from, &typed.visit_to].iter().any(|text| !text.is_empty());
        if asks_visit {
            audience.visits = Some(visits(&typed.visit_from, &typed.visit_to, today, zone)?);
            audience.site = filter.site.take();
        }
        if let Some(days) = within(&typed.due_days, "due_days", 366)? {
            let before =
                at_wall(today + Days::new(u64::from(days) + 1), NaiveTime::MIN, zone).timestamp_millis();
            filter.due_before = Some(filter.due_before.map_or(before, |known| known.min(before)));
        }
        let born = |years: u32| today.checked_sub_months(Months::new(12 * years)).unwrap_or(today);
        audience.born_until =
            within(&typed.years_from, "years_from", OLDEST)?.map(|years| born(years).to_string());
        // Who is ten has their eleventh birthday after today.
        audience.born_from = within(&typed.years_to, "years_to", OLDEST)?
            .map(|years| (born(years + 1) + Days::new(1)).to_string());
        audience.has_phone = match typed.mobile.as_str() {
            "" => None,
            "with" => Some(true),
            "without" => Some(false),
            _ => return Err(ServiceError::invalid("mobile", "Choose one from the list.")),
        };
        Ok(Self { filter, audience, tongue: language::bare(&language::tidy(&typed.tongue)).to_owned() })
    }
}

/// From the beginning of one day to the end of another.
fn visits(from: &str, to: &str, today: NaiveDate, zone: chrono_tz::Tz) -> Result<(i64, i64), ServiceError> {
    let day = |field: &str, text: &str, otherwise: NaiveDate| match text.trim() {
        "" => Ok(otherwise),
        text => {
            dates::day(text).ok_or_else(|| ServiceError::invalid(field, "Choose a day, such as 2026-03-31."))
        }
    };
    let first = day("visit_from", from, today)?;
    let last = day("visit_to", to, if from.trim().is_empty() { dates::LAST } else { first })?;
    if last < first {
        return Err(ServiceError::invalid("visit_to", "Choose a day that is not before the first."));
    }
    let at = |day: NaiveDate| at_wall(day, NaiveTime::MIN, zone).timestamp_millis();
    Ok((at(first), at(last + Days::new(1))))
}

fn within(typed: &str, field: &str, most: u32) -> Result<Option<u32>, ServiceError> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().ok().filter(|number| *number <= most).map(Some).ok_or_else(|| {
            ServiceError::invalid(field, format!("Write a whole number from 0 to {most}, or leave it empty."))
        }),
    }
}

/// Everybody who was looked for.
pub(super) struct Worked {
    pub rows: Vec<campaign_recipient::Model>,
    pub hash: String,
}

impl Worked {
    /// Puts it into the campaign, whose version rises.
    pub fn keep(&self, row: &mut campaign::Model, now: DateTime<Utc>) {
        let chosen = self.rows.iter().filter(|row| row.state == "chosen").count();
        row.recipients = i64::try_from(chosen).unwrap_or(i64::MAX);
        row.left_out = i64::try_from(self.rows.len() - chosen).unwrap_or(i64::MAX);
        row.set_hash.clone_from(&self.hash);
        row.previewed_at = now.timestamp_millis();
        row.version += 1;
    }
}

/// Works out who gets what now. One statement, whatever it finds.
///
/// Errors: `Invalid` when it finds more patients than one sending may have.
pub(super) async fn work_out(
    desk: &Desk,
    db: &impl store::Db,
    call: &Call,
    row: &campaign::Model,
    house: &organisation::Model,
) -> Result<Worked, ServiceError> {
    let asked = filter_of(row)?;
    let sought = Sought::of(desk, call, &asked, zone_of(house), row.told_hours).await?;
    let (organisation, now) = (OrganisationId(row.organisation_id), call.now.timestamp_millis());
    let found =
        store::campaigns::candidates(db, organisation, &sought.filter, &sought.audience, now, MOST_ROWS + 1)
            .await?;
    let is_cut = found.len() > MOST_ROWS;
    let mut once = HashSet::new();
    let all: Vec<Candidate> = found
        .into_iter()
        .filter(|one| sought.tongue.is_empty() || language::bare(&tongue(one, house)) == sought.tongue)
        .filter(|one| once.insert(person_of(one)))
        .collect();
    if is_cut || all.len() > MOST {
        let remedy =
            format!("This finds more than {MOST} patients. Choose fewer, such as one service at a time.");
        return Err(ServiceError::invalid("service", remedy));
    }
    let plan = Plan::of(row, house)?;
    let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
    for one in &all {
        match plan.decide(one) {
            Ok(way) => chosen.push(plan.recipient(desk, row, one, way)?),
            Err(why) => left_out.push(plan.left_out(row, one, why)),
        }
    }
    chosen.append(&mut left_out);
    for (at, one) in chosen.iter_mut().enumerate() {
        one.seq = i64::try_from(at).unwrap_or(i64::MAX);
    }
    // In whichever order they come: what is most pressing moves with every day.
    let mut said: Vec<String> = chosen.iter().map(said).collect();
    said.sort_unstable();
    let mut hash = Sha256::new_with_prefix(&row.words);
    said.iter().for_each(|one| hash.update(one));
    Ok(Worked { hash: hex::encode(hash.finalize()), rows: chosen })
}

/// Everything of a row that somebody who confirms has seen.
fn said(row: &campaign_recipient::Model) -> String {
    let reason = row.reason.as_deref().unwrap_or_default();
    format!(
        "\n{} {} {} {} {} {} {} {}",
        row.patient_organisation_id,
        row.patient_id,
        row.referral_id,
        reason,
        row.channel,
        row.language,
        row.address,
        row.facts
    )
}

/// One person may be known to several practices.
fn person_of(one: &Candidate) -> String {
    one.nhs_number.clone().unwrap_or_else(|| format!("{} {}", one.patient_organisation_id, one.patient_id))
}

/// The language in which somebody is written to, as far as it is known; else that of the house.
fn tongue(one: &Candidate, house: &organisation::Model) -> String {
    let wanted = wishes::language_in(&one.wishes, one.language.as_deref()).filter(|tag| !tag.is_empty());
    language::tidy(&wanted.unwrap_or_else(|| house.language.clone()))
}

/// What decides for everybody alike.
struct Plan<'a> {
    purpose: Purpose,
    letters: Letters,
    leaves_out: bool,
    words: Vec<ToManyWords>,
    says_when: bool,
    house: &'a organisation::Model,
    now: DateTime<Utc>,
}

impl<'a> Plan<'a> {
    fn of(row: &campaign::Model, house: &'a organisation::Model) -> Result<Self, ServiceError> {
        let words = words_of(row)?;
        let says_when =
            |text: &str| pieces(text).unwrap_or_default().contains(&Piece::Place(Place::When.code()));
        Ok(Self {
            purpose: purpose(row)?,
            letters: if row.letters { Letters::Too } else { Letters::Never },
            leaves_out: row.others == "leave-out",
            says_when: words.iter().any(|one| Part::ALL.iter().any(|part| says_when(one.texts.get(*part)))),
            words,
            house,
            now: facts::instant(row.previewed_at),
        })
    }

    /// The way and the words of somebody, or why they get nothing.
    fn decide(&self, one: &Candidate) -> Result<(Channel, &ToManyWords), LeftOut> {
        if one.deceased {
            return Err(LeftOut::Died);
        }
        if !one.patient_sees {
            return Err(LeftOut::NotTold);
        }
        if one.told > 0 {
            return Err(LeftOut::ToldBefore);
        }
        let address = |known: &Option<String>, stopped: Option<i64>, bad: Option<i64>| match known {
            Some(known) if !known.trim().is_empty() => match (stopped, bad) {
                (Some(_), _) => Address::Stopped,
                (None, Some(_)) => Address::Bad,
                (None, None) => Address::Good,
            },
            _ => Address::None,
        };
        let reach = Reach {
            sms: address(&one.phone, one.sms_stopped_at, one.sms_bad_since),
            email: address(&one.email, one.mail_stopped_at, one.mail_bad_since),
            letter: address(&one.address, None, None),
            prefers: one.prefers.as_deref().and_then(Channel::from_code),
        };
        let channel = way(self.purpose, self.letters, &reach)?;
        let words = self.words_for(&tongue(one, self.house))?;
        if self.says_when && one.appointment_id.is_none() {
            return Err(LeftOut::NoVisit);
        }
        Ok((channel, words))
    }

    fn words_for(&self, tongue: &str) -> Result<&ToManyWords, LeftOut> {
        let wanted = language::written(tongue);
        let written = |tag: &str| self.words.iter().find(|words| words.language == tag);
        match written(&wanted).or_else(|| written(language::bare(&wanted))) {
            Some(words) => Ok(words),
            None if self.leaves_out => Err(LeftOut::Language),
            None => self.words.first().ok_or(LeftOut::Language),
        }
    }

    fn recipient(
        &self,
        desk: &Desk,
        row: &campaign::Model,
        one: &Candidate,
        (channel, words): (Channel, &ToManyWords),
    ) -> Result<campaign_recipient::Model, ServiceError> {
        let visit = one.start_at.filter(|_| self.says_when).map(|at| {
            let zone = one.zone.as_deref().and_then(|zone| zone.parse().ok());
            (facts::instant(at), zone.unwrap_or_else(|| zone_of(self.house)))
        });
        let said = MessageFacts {
            first_name: one.given.split_whitespace().next().unwrap_or_default().to_owned(),
            organisation: self.house.name.clone(),
            phone: one.service_phone.clone().or_else(|| self.house.phone.clone()),
            visit,
            reference: one.reference.clone(),
            house_language: self.house.language.clone(),
            ..MessageFacts::default()
        };
        let address = match channel {
            Channel::Sms => one.phone.clone(),
            Channel::Email => one.email.clone(),
            _ => one.address.clone(),
        };
        let rendered = render(desk, self.purpose, channel, words, &said, self.now);
        Ok(campaign_recipient::Model {
            state: "chosen".to_owned(),
            channel: channel.code().to_owned(),
            address: address.unwrap_or_default(),
            language: words.language.clone(),
            facts: serde_json::to_string(&said).map_err(|error| ServiceError::Broken(error.to_string()))?,
            appointment_id: one.appointment_id.filter(|_| self.says_when),
            encoding: rendered.encoding,
            segments: rendered.segments,
            ..self.left_out(row, one, LeftOut::Died)
        })
        .map(|recipient| campaign_recipient::Model { reason: None, ..recipient })
    }

    fn left_out(&self, row: &campaign::Model, one: &Candidate, why: LeftOut) -> campaign_recipient::Model {
        campaign_recipient::Model {
            organisation_id: row.organisation_id,
            campaign_id: row.id,
            patient_organisation_id: one.patient_organisation_id,
            patient_id: one.patient_id,
            seq: 0,
            referral_id: one.referral_id,
            state: "left-out".to_owned(),
            reason: Some(why.code().to_owned()),
            channel: String::new(),
            address: String::new(),
            language: String::new(),
            facts: "{}".to_owned(),
            appointment_id: None,
            encoding: None,
            segments: None,
            written_at: None,
        }
    }
}

/// The words of one message, in a row that is not written: with a link as long as its own will be. `now` is when the set was
/// worked out: what was shown then is what is sent.
pub(super) fn render(
    desk: &Desk,
    purpose: Purpose,
    channel: Channel,
    words: &ToManyWords,
    said: &MessageFacts,
    now: DateTime<Utc>,
) -> store::entity::message::Model {
    let mut row = outbox::blank(OrganisationId(Uuid::nil()), now);
    row.channel = channel.code().to_owned();
    let link = format!("{}/r/{TOKEN}", desk.settings.public_url);
    fill_in(desk, &mut row, purpose.template(), &[], &spoken(said, words, link, now), None);
    row
}

/// What a message says, with its words and its link.
pub(super) fn spoken(
    said: &MessageFacts,
    words: &ToManyWords,
    link: String,
    now: DateTime<Utc>,
) -> MessageFacts {
    let own = OwnWords { language: words.language.clone(), texts: words.texts.clone() };
    MessageFacts { link, now, own: Some(own), ..said.clone() }
}

/// What is different in a set that was shown and one that was worked out anew; names are put in later, here stand the ids of
/// patients.
pub(super) fn difference(
    before: &[campaign_recipient::Model],
    after: &[campaign_recipient::Model],
) -> ToManyDifference {
    let chosen = |rows: &[campaign_recipient::Model]| -> HashMap<Uuid, String> {
        rows.iter().filter(|row| row.state == "chosen").map(|row| (row.patient_id, said(row))).collect()
    };
    let (old, new) = (chosen(before), chosen(after));
    let mut all = ToManyDifference::default();
    let mut note = |id: &Uuid, what: &str| {
        match what {
            "added" => all.added += 1,
            "gone" => all.gone += 1,
            _ => all.changed += 1,
        }
        if all.some.len() < SOME {
            all.some.push((id.to_string(), what.to_owned()));
        }
    };
    // In the order in which they stand in the lists.
    for row in after.iter().filter(|row| row.state == "chosen") {
        match old.get(&row.patient_id) {
            None => note(&row.patient_id, "added"),
            Some(was) if new.get(&row.patient_id) != Some(was) => note(&row.patient_id, "changed"),
            Some(_) => {}
        }
    }
    for row in before.iter().filter(|row| row.state == "chosen" && !new.contains_key(&row.patient_id)) {
        note(&row.patient_id, "gone");
    }
    all
}
