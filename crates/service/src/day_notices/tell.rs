//! The timer's part: who is told what now. Whoever writes a person's local day, or takes their changes, tells them; other
//! servers find it done.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use domain::calendar_days::at_wall;
use domain::day_notices::{
    Changes, Daily, DayNotice, DayNotices, Digest, GATHER_S, Net, REPORTS_AGAIN_DAYS, Tally, due_day, net,
};
use domain::delivery::Channel;
use domain::standing::{Standing, standing};
use store::day_notices::Receiver;
use store::entity::{day_notice, visit_change};
use uuid::Uuid;

use super::read;
use crate::outbox::{Letter, decent};
use crate::ports::Template;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts};

const DAY_MS: i64 = 86_400_000;

/// Tells everybody whose hour has come, or of whose next visits something has changed; answers how many. One that cannot be
/// told keeps no other from it.
pub async fn tell(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let db = desk.store.reader();
    let since = (call.now - Duration::days(2)).timestamp_millis();
    let told: HashSet<(Uuid, String)> =
        store::day_notices::told_since(db, since).await?.into_iter().collect();
    let mut done = 0;
    for one in store::day_notices::receivers(db).await? {
        let one = Told::of(one);
        let Some(day) = one.due(call.now) else { continue };
        if told.contains(&(one.row.person_id, day.to_string())) {
            continue;
        }
        done += u64::from(logged(&one, tell_day(desk, call, &one, day).await));
    }
    let gathered = (call.now - Duration::seconds(GATHER_S)).timestamp_millis();
    for one in store::day_notices::untold(db, gathered).await? {
        let one = Told::of(one);
        let with_list = one.wishes.changes == Changes::Daily && one.is_active(call.now);
        if !with_list && !one.sleeps(desk, call.now) {
            done += u64::from(logged(&one, tell_changes(desk, call, &one).await));
        }
    }
    Ok(done)
}

fn logged(one: &Told, outcome: Result<bool, ServiceError>) -> bool {
    outcome.unwrap_or_else(|error| {
        tracing::error!(person = %one.row.person_id, %error, "a clinician could not be told of their day");
        false
    })
}

/// Somebody with what they chose.
struct Told {
    row: Receiver,
    wishes: DayNotices,
    zone: Tz,
}

impl Told {
    fn of(row: Receiver) -> Self {
        let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
        let wishes = chosen(&row).map_or_else(DayNotices::default, |row| read(&row));
        Self { row, wishes, zone }
    }

    fn id(&self) -> (Uuid, Uuid) {
        (self.row.organisation_id, self.row.person_id)
    }

    fn is_active(&self, now: DateTime<Utc>) -> bool {
        standing(&self.row.status, self.row.valid_until.as_deref(), now, self.zone) == Standing::Active
    }

    /// The local day whose notice is due, where they want any.
    fn due(&self, now: DateTime<Utc>) -> Option<NaiveDate> {
        let wishes = &self.wishes;
        let of_visits =
            wishes.daily != Daily::Off || wishes.changes == Changes::Daily || wishes.report_days.is_some();
        let wants = wishes.digest == Digest::Daily || (self.row.resource_id.is_some() && of_visits);
        due_day(wishes.at, now, self.zone).filter(|_| wants && self.is_active(now))
    }

    /// Whether it is night where they are. What is only in Waymark wakes nobody.
    fn sleeps(&self, desk: &Desk, now: DateTime<Utc>) -> bool {
        self.wishes.channel != Channel::InApp && decent(now, self.zone, desk.settings.quiet) > now
    }

    /// A local day, from midnight to midnight (ms).
    fn bounds(&self, day: NaiveDate) -> (i64, i64) {
        let midnight = |day| at_wall(day, NaiveTime::MIN, self.zone).timestamp_millis();
        (midnight(day), midnight(day.checked_add_days(Days::new(1)).unwrap_or(day)))
    }

    /// Whether they are on leave all day.
    async fn is_away(&self, unit: &Unit<'_>, day: NaiveDate) -> Result<bool, ServiceError> {
        let Some(resource) = self.row.resource_id else { return Ok(false) };
        let whose = (self.row.organisation_id, resource);
        Ok(store::day_notices::is_away(&*unit.tx, whose, self.bounds(day)).await?)
    }
}

fn chosen(row: &Receiver) -> Option<day_notice::Model> {
    Some(day_notice::Model {
        organisation_id: row.organisation_id,
        person_id: row.person_id,
        daily: row.daily.clone()?,
        at_wall: row.at_wall.clone()?,
        if_empty: row.if_empty?,
        changes: row.changes.clone()?,
        within_hours: row.within_hours?,
        report_days: row.report_days,
        digest: row.digest.clone()?,
        channel: row.channel.clone()?,
        phone: row.phone.clone(),
        changed_at: 0,
    })
}

/// The notice of one local day. A day of leave has none, and is done with.
async fn tell_day(desk: &Desk, call: &Call, one: &Told, day: NaiveDate) -> Result<bool, ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, bool>(desk, call, "tell-day", &(one.id(), day)).await?
    else {
        return Ok(false);
    };
    let away = one.is_away(&unit, day).await?;
    let reports = if away { 0 } else { reports(&unit, one).await? };
    let at = (call.now.timestamp_millis(), i64::from(reports));
    if !store::day_notices::claim(&unit.tx, one.id(), &day.to_string(), at).await? {
        return Ok(false);
    }
    let mut tally = Tally { reports, ..Tally::default() };
    if one.wishes.changes != Changes::Off {
        // All that came until now is in the list; on a day of leave nobody hears of it.
        let taken = store::day_notices::take_changes(&unit.tx, one.id(), at.0).await?;
        gathered(&taken, one.wishes.within_hours, at.0).into_iter().for_each(|(net, _)| tally.add(net));
    }
    if away {
        return unit.finish(false).await;
    }
    let counted = match (one.wishes.daily, one.row.resource_id) {
        (Daily::Today, Some(resource)) => Some((day, resource)),
        (Daily::Tomorrow, Some(resource)) => {
            Some((day.checked_add_days(Days::new(1)).unwrap_or(day), resource))
        }
        _ => None,
    };
    let mut told = false;
    if let Some((day, resource)) = counted {
        let visits = match one.is_away(&unit, day).await? {
            true => 0,
            false => {
                let whose = (one.row.organisation_id, resource);
                store::day_notices::visits(&*unit.tx, whose, one.bounds(day)).await?
            }
        };
        tally.visits = u32::try_from(visits).unwrap_or(u32::MAX);
        if visits > 0 || one.wishes.if_empty || tally.changes() > 0 {
            let link = format!("/availability/{resource}/day/{day}");
            write(&mut unit, one, (DayNotice::List, tally), (&format!("list:{day}"), link, day)).await?;
            told = true;
        }
    } else if let Some(resource) = one.row.resource_id.filter(|_| tally.changes() > 0) {
        let link = format!("/availability/{resource}/day/{day}");
        write(&mut unit, one, (DayNotice::Changes, tally), (&format!("changes:{day}"), link, day)).await?;
        told = true;
    }
    if reports > 0 {
        let link = "/worklist".to_owned();
        write(&mut unit, one, (DayNotice::Reports, tally), (&format!("reports:{day}"), link, day)).await?;
        told = true;
    }
    if one.wishes.digest == Digest::Daily {
        let unread = store::told::unread(&*unit.tx, domain::PersonId(one.row.person_id)).await?;
        tally.unread = u32::try_from(unread).unwrap_or(u32::MAX);
        if unread > 0 {
            let link = "/account/messages?show=unread".to_owned();
            write(&mut unit, one, (DayNotice::Unread, tally), (&format!("unread:{day}"), link, day)).await?;
            told = true;
        }
    }
    unit.finish(told).await
}

/// How many visits wait for an outcome or a report, when that is worth a reminder: one more does, or the last reminder was a week
/// ago. 0: nobody is reminded.
async fn reports(unit: &Unit<'_>, one: &Told) -> Result<u32, ServiceError> {
    let (Some(days), Some(resource)) = (one.wishes.report_days, one.row.resource_id) else {
        return Ok(0);
    };
    let now = unit.call.now.timestamp_millis();
    let whose = (one.row.organisation_id, resource);
    // The one that ended last is the first.
    let ended = store::day_notices::without_report(&*unit.tx, whose, now - days * DAY_MS).await?;
    let Some(newest) = ended.first() else { return Ok(0) };
    let last = store::day_notices::reports_told_at(&*unit.tx, one.id()).await?;
    let is_new = last.is_none_or(|last| newest + days * DAY_MS > last);
    let again = last.is_some_and(|last| last <= now - REPORTS_AGAIN_DAYS * DAY_MS + DAY_MS / 24);
    Ok(if is_new || again { u32::try_from(ended.len()).unwrap_or(u32::MAX) } else { 0 })
}

/// What has changed of somebody's next visits, each once, however often it changed since they were told.
async fn tell_changes(desk: &Desk, call: &Call, one: &Told) -> Result<bool, ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, bool>(desk, call, "tell-changes", &one.id()).await? else {
        return Ok(false);
    };
    let now = call.now.timestamp_millis();
    let taken = store::day_notices::take_changes(&unit.tx, one.id(), now).await?;
    let Some(last) = taken.last() else { return Ok(false) };
    let today = call.now.with_timezone(&one.zone).date_naive();
    let silent =
        one.wishes.changes == Changes::Off || !one.is_active(call.now) || one.is_away(&unit, today).await?;
    let mut tally = Tally::default();
    let changes = gathered(&taken, one.wishes.within_hours, now);
    let first = changes.iter().map(|(_, start)| *start).min();
    changes.into_iter().for_each(|(net, _)| tally.add(net));
    let (Some(first), Some(resource), false) = (first, one.row.resource_id, silent) else {
        return unit.finish(false).await;
    };
    let day = facts::instant(first).with_timezone(&one.zone).date_naive();
    let link = format!("/availability/{resource}/day/{day}");
    let cause = format!("change:{}", last.id);
    write(&mut unit, one, (DayNotice::Changes, tally), (&cause, link, day)).await?;
    unit.finish(true).await
}

/// What became of each referral's visit, and when it is or was (ms): of visits that begin within so many hours and have not
/// begun, and of what others did.
fn gathered(taken: &[visit_change::Model], within_hours: i64, now: i64) -> Vec<(Net, i64)> {
    let mut by_referral: BTreeMap<Uuid, Vec<&visit_change::Model>> = BTreeMap::new();
    for row in taken {
        by_referral.entry(row.referral_id).or_default().push(row);
    }
    let mut all = Vec::new();
    for mut rows in by_referral.into_values() {
        // In one change a time is given back before another is taken.
        rows.sort_by_key(|row| (row.at, row.after_at.is_some(), row.id));
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { continue };
        let (before, after) = (first.before_at, last.after_at);
        let is_soon = |start: &i64| *start > now && *start <= last.at + within_hours * 3_600_000;
        let soonest = [before, after].into_iter().flatten().filter(is_soon).min();
        if rows.iter().all(|row| row.own) {
            continue;
        }
        if let (Some(net), Some(start)) = (net(before, after), soonest) {
            all.push((net, start));
        }
    }
    all
}

/// Writes one notice. Their list in Waymark has it whichever way it goes.
async fn write(
    unit: &mut Unit<'_>,
    one: &Told,
    said: (DayNotice, Tally),
    (cause, path, day): (&str, String, NaiveDate),
) -> Result<(), ServiceError> {
    let mut letter = Letter::new(Template::DayNotice, format!("day:{}:{cause}", one.row.person_id));
    letter.facts.first_name.clone_from(&one.row.name);
    letter.facts.organisation.clone_from(&one.row.organisation);
    letter.facts.now = unit.call.now;
    letter.facts.visit =
        Some((at_wall(day, NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default(), one.zone), one.zone));
    letter.facts.link = format!("{}{path}", unit.desk.settings.public_url);
    letter.facts.day = Some(said);
    let by = match (one.wishes.channel, &one.wishes.phone) {
        (Channel::Sms, Some(phone)) => (Channel::Sms, phone.clone()),
        (Channel::InApp, _) => (Channel::InApp, "in-app".to_owned()),
        _ => (Channel::Email, one.row.email.clone()),
    };
    unit.tell_of_day((one.row.organisation_id, one.row.person_id), by, letter).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn change(n: u128, at: i64, before: Option<i64>, after: Option<i64>) -> visit_change::Model {
        visit_change::Model {
            organisation_id: Uuid::nil(),
            id: Uuid::from_u128(n),
            person_id: Uuid::nil(),
            referral_id: Uuid::nil(),
            before_at: before,
            after_at: after,
            at,
            own: false,
            told_at: None,
        }
    }

    fn said(rows: &[visit_change::Model]) -> Vec<(Net, i64)> {
        gathered(rows, 24, 100)
    }

    #[test]
    fn a_visit_that_moved_twice_has_moved_once_and_one_that_came_back_has_not() {
        let (a, b, c) = (Some(2 * HOUR), Some(3 * HOUR), Some(4 * HOUR));
        let twice =
            [change(9, 1, a, None), change(1, 1, None, b), change(2, 2, b, None), change(3, 2, None, c)];
        assert_eq!(said(&twice), [(Net::Moved, 2 * HOUR)]);
        let back =
            [change(1, 1, a, None), change(2, 1, None, b), change(3, 2, b, None), change(4, 2, None, a)];
        assert_eq!(said(&back), []);
        assert_eq!(said(&[change(1, 1, None, a), change(2, 2, a, None)]), []);
    }

    #[test]
    fn only_what_begins_within_the_hours_counts_and_what_oneself_did_does_not() {
        assert_eq!(said(&[change(1, 1, None, Some(24 * HOUR))]), [(Net::Booked, 24 * HOUR)]);
        assert_eq!(said(&[change(1, 1, None, Some(25 * HOUR))]), []);
        assert_eq!(said(&[change(1, 1, Some(50), None)]), []);
        // From far away into the next hours.
        let near = [change(1, 1, Some(90 * HOUR), None), change(2, 1, None, Some(5 * HOUR))];
        assert_eq!(said(&near), [(Net::Moved, 5 * HOUR)]);
        let own = visit_change::Model { own: true, ..change(1, 1, None, Some(HOUR)) };
        assert_eq!(said(&[own]), []);
    }
}
