//! Subscribed calendars are read again: politely, each in its turn, and once more before a time is given away.

use chrono::{DateTime, Duration, Utc};
use domain::{Actor, CalendarId, OrganisationId, ResourceId};
use futures::future::join_all;
use store::entity::calendar;
use uuid::Uuid;

use super::reading::{self, Read, read, span};
use super::{own, trouble};
use crate::ports::{FeedFault, Fetched, Known, Source, Waits};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError};

/// The most calendars that one round reads; the next round follows in a minute.
const MOST_A_ROUND: u64 = 50;
/// For so long a server that reads a calendar has the turn.
const TURN: Duration = Duration::minutes(5);
/// However often a calendar fails, or asks for rarer readings, it is read once in so many minutes.
const RAREST_MIN: i64 = 24 * 60;
/// Minutes between readings at most while a calendar fails.
const RAREST_FAILING_MIN: i64 = 6 * 60;
/// The same of one whose file came and cannot be read. Its tag is that of the last file that could be, so the whole file comes
/// each time; yet one wrong event is soon put right, and until then nothing new is known.
const RAREST_UNREADABLE_MIN: i64 = 60;
/// What was read within so many seconds is not read again before a booking.
const JUST_READ_S: i64 = 120;
/// Said of a calendar whose kept content is understood no more.
const UNREADABLE: &str =
    "What is kept of it can no longer be read. Replace it with a newer file, or have it read again.";
/// Said of one that was asked before a booking.
const TOO_SLOW: &str = "The server did not answer in time, or its calendar took too long to read.";
/// Nobody waits longer than this for calendars while they book, however many there are: asking and reading together.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);

/// Reads calendars whose turn it is, and expands those whose busy times end too soon; answers how many it handled.
pub async fn refresh(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let db = desk.store.reader();
    let now = call.now.timestamp_millis();
    let mut handled = 0;
    for row in store::calendars::due_for_refresh(db, now, MOST_A_ROUND).await? {
        let id = row.id;
        match in_turn(desk, call, row).await {
            Ok(is_ours) => handled += u64::from(is_ours),
            // One that is broken must not keep the others waiting.
            Err(error) => tracing::error!(calendar = %id, %error, "a calendar could not be read again"),
        }
    }
    for row in store::calendars::due_for_expansion(db, now, needed(desk, call).await?).await? {
        // What a collection gave reaches no further: it is asked again, in its turn.
        if row.kind == "caldav" && row.expanded_to.is_some() {
            continue;
        }
        let id = row.id;
        match expand(desk, call, row).await {
            Ok(is_ours) => handled += u64::from(is_ours),
            Err(error) => tracing::error!(calendar = %id, %error, "a calendar could not be expanded"),
        }
    }
    Ok(handled)
}

/// Reads a subscribed calendar unless another server has the turn; answers whether it did.
async fn in_turn(desk: &Desk, call: &Call, mut row: calendar::Model) -> Result<bool, ServiceError> {
    let until = (call.now + TURN).timestamp_millis();
    let tx = desk.store.write_tx().await?;
    let is_ours = store::calendars::take_turn(&tx, &row, until).await?;
    tx.commit().await?;
    if is_ours {
        row.next_at = Some(until);
        read_again(desk, call, row).await?;
    }
    Ok(is_ours)
}

/// Works out busy times further ahead from what is kept; answers whether there was something to do.
async fn expand(desk: &Desk, call: &Call, row: calendar::Model) -> Result<bool, ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let read = read(desk, call, organisation, &row.content, Waits::Reading).await;
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "expand-calendar", &row.id).await? else {
        return Ok(false);
    };
    // Reading takes its time: somebody may have changed or removed it, or brought a newer content.
    let current = store::calendars::find(&*unit.tx, organisation, CalendarId(row.id)).await?;
    let Some(mut current) = current.filter(|current| current.content == row.content) else {
        return unit.finish(()).await.map(|()| false);
    };
    match read {
        Ok(read) => read.keep(&mut unit, &mut current).await?,
        // It was kept by older rules; its busy time ends where it ended. Tomorrow it would say the same.
        Err(ServiceError::Invalid(_)) => {
            current.expand_after = Some((call.now + Duration::minutes(RAREST_MIN)).timestamp_millis());
            current.last_error = Some(UNREADABLE.to_owned());
        }
        Err(broken) => return Err(broken),
    }
    store::calendars::update(&unit.tx, current).await?;
    unit.finish(()).await?;
    Ok(true)
}

/// Works out all busy times anew, as the clock rules are other ones now. A collection gave what fitted the days that were asked
/// for: it is asked again in its next turn, for all of it. One that cannot be read stays as it is and stops no other.
pub(crate) async fn expand_all(desk: &Desk, call: &Call) -> Result<(), ServiceError> {
    for (organisation, id) in store::calendars::all(desk.store.reader()).await? {
        let known =
            store::calendars::find(desk.store.reader(), OrganisationId(organisation), CalendarId(id)).await?;
        let Some(row) = known else { continue };
        if row.kind == "caldav" {
            let tx = desk.store.write_tx().await?;
            store::calendars::ask_anew(&tx, &row, call.now.timestamp_millis()).await?;
            tx.commit().await?;
        } else if let Err(error) = expand(desk, call, row).await {
            tracing::error!(calendar = %id, %error, "a calendar could not be read by new clock rules");
        }
    }
    Ok(())
}

/// Until when busy times have to be known (ms).
async fn needed(desk: &Desk, call: &Call) -> Result<i64, ServiceError> {
    Ok((call.now + Duration::days(reading::farthest(desk).await? + 7)).timestamp_millis())
}

/// Reads a calendar at once, because somebody asks. Whoever may change the resource's availability.
///
/// Errors: `Invalid` on `calendar` when it cannot be read; what is known stays.
pub async fn read_now(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    id: CalendarId,
) -> Result<(), ServiceError> {
    let row = {
        let mut unit = match Unit::begin(desk, call, "read-calendar", &(resource, id)).await? {
            Begun::Fresh(unit) => unit,
            Begun::Repeated(answer) => return Ok(answer),
        };
        let row = own(&unit, resource, id).await?;
        if row.url.is_none() {
            let remedy = "This calendar is a file. Replace it with a newer one to renew it.";
            return Err(ServiceError::invalid("calendar", remedy));
        }
        super::record(&mut unit, "read-calendar", &row);
        unit.finish(()).await?;
        row
    };
    match read_again(desk, &system(call), row).await? {
        None => Ok(()),
        Some(words) => Err(ServiceError::invalid("calendar", words)),
    }
}

/// Before a time is given away: reads the subscribed calendars of everybody and everything that it takes again, side by
/// side, unless that was just done or their server wants patience. One that does not answer in time is stale. Whether what
/// is known will do is for the calendar's own rule.
pub(crate) async fn recheck(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    resources: &[Uuid],
) -> Result<(), ServiceError> {
    let now = call.now.timestamp_millis();
    let call = system(call);
    let due = store::calendars::feeds_of(desk.store.reader(), organisation, resources)
        .await?
        .into_iter()
        .filter(|row| {
            let is_fresh = row.checked_at.is_some_and(|at| at > now - JUST_READ_S * 1000);
            let has_to_wait = row.failures > 0 && row.next_at.is_some_and(|at| at > now);
            !is_fresh && !has_to_wait
        });
    let asked = due.map(|row| async {
        let answer = tokio::time::timeout(PATIENCE, answer(desk, &call, &row, Waits::Booking)).await;
        (row, answer)
    });
    for (row, answer) in join_all(asked).await {
        match answer {
            Ok(Ok(answer)) => drop(keep(desk, &call, row, answer).await?),
            Ok(Err(error)) => {
                tracing::error!(calendar = %row.id, %error, "a calendar could not be read before a booking");
                doubt(desk, &call, row).await?;
            }
            Err(_) => doubt(desk, &call, row).await?,
        }
    }
    Ok(())
}

/// Notes that a calendar did not answer in time: it is stale, and read in the next round, which has more patience. Its server
/// did nothing wrong that we know of, so that is no failure of it.
async fn doubt(desk: &Desk, call: &Call, row: calendar::Model) -> Result<(), ServiceError> {
    let Begun::Fresh(unit) = Unit::begin::<_, ()>(desk, call, "doubt-calendar", &row.id).await? else {
        return Ok(());
    };
    let (organisation, id) = (OrganisationId(row.organisation_id), CalendarId(row.id));
    let current = store::calendars::find(&*unit.tx, organisation, id).await?;
    // Somebody may have read, changed or removed it meanwhile.
    if let Some(mut current) = current.filter(|current| current.fetched_at == row.fetched_at) {
        let now = call.now.timestamp_millis();
        current.checked_at = Some(now);
        current.unsure_since = current.unsure_since.or(Some(now));
        current.next_at = Some(now);
        current.last_error = Some(TOO_SLOW.to_owned());
        store::calendars::update(&unit.tx, current).await?;
    }
    unit.finish(()).await
}

/// Calendars are read for the product, whoever's act is the reason.
fn system(call: &Call) -> Call {
    Call::new(Actor::system("calendars", call.actor.request), call.now)
}

/// Reads a calendar and keeps what it says; answers what was in the way.
async fn read_again(desk: &Desk, call: &Call, row: calendar::Model) -> Result<Option<String>, ServiceError> {
    let answer = answer(desk, call, &row, Waits::Reading).await?;
    keep(desk, call, row, answer).await
}

/// What asking for a calendar came to.
enum Answer {
    Unchanged,
    /// Its bytes, and what they say.
    Read(Vec<u8>, Known, Read),
    Nothing(FeedFault),
}

/// Asks for a calendar and reads what it says; nothing is written.
async fn answer(
    desk: &Desk,
    call: &Call,
    row: &calendar::Model,
    waits: Waits,
) -> Result<Answer, ServiceError> {
    let password = match password(desk, row) {
        Err(fault) => return Ok(Answer::Nothing(fault)),
        Ok(password) => password,
    };
    let (from, to) = span(desk, call).await?;
    let login = row.username.as_deref().zip(password.as_deref());
    // A collection that has not changed says nothing of the days that have come within reach since.
    let needed = needed(desk, call).await?;
    let reaches = row.expanded_to.is_some_and(|to| to >= needed);
    let known = match row.kind == "caldav" && !reaches {
        true => Known::default(),
        false => Known { etag: row.etag.clone(), last_modified: row.last_modified.clone() },
    };
    let url = row.url.as_deref().unwrap_or_default();
    let (bytes, known) = match ask(desk, Source { url, login, known, from, to }).await {
        Err(fault) => return Ok(Answer::Nothing(fault)),
        Ok(Fetched::NotModified) => return Ok(Answer::Unchanged),
        Ok(Fetched::Calendar { bytes, known }) => (bytes, known),
    };
    match read(desk, call, OrganisationId(row.organisation_id), &bytes, waits).await {
        Ok(read) => Ok(Answer::Read(bytes, known, read)),
        Err(ServiceError::Invalid(fields)) => Ok(Answer::Nothing(FeedFault {
            words: format!(
                "It answers, but what was known before stays. {} Once it is put right there, it is read in its turn, or at \
                 once by “Read it now”.",
                trouble(&fields)
            ),
            after_s: None,
            passes: false,
            is_sign_in: false,
            is_unreadable: true,
        })),
        Err(broken) => Err(broken),
    }
}

/// Asks for a calendar.
pub(super) async fn ask(desk: &Desk, source: Source<'_>) -> Result<Fetched, FeedFault> {
    desk.ports.feeds.fetch(source).await
}

/// Under this name the password of a calendar is sealed; it opens for no other.
pub(super) fn sealed_under(organisation: Uuid, calendar: Uuid) -> String {
    format!("{organisation}/calendar/{calendar}")
}

fn password(desk: &Desk, row: &calendar::Model) -> Result<Option<String>, FeedFault> {
    let Some(sealed) = &row.secret else {
        return Ok(None);
    };
    let lost = || FeedFault {
        words: "the password that was kept can no longer be read: enter it again".to_owned(),
        after_s: None,
        passes: false,
        is_sign_in: true,
        is_unreadable: false,
    };
    let plain = desk.ports.secrets.open(&sealed_under(row.organisation_id, row.id), sealed);
    plain.ok().and_then(|plain| String::from_utf8(plain).ok()).map(Some).ok_or_else(lost)
}

/// Writes what a calendar answered; answers what was in the way.
async fn keep(
    desk: &Desk,
    call: &Call,
    mut row: calendar::Model,
    answer: Answer,
) -> Result<Option<String>, ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "refresh-calendar", &row.id).await? else {
        return Ok(None);
    };
    let (organisation, id) = (OrganisationId(row.organisation_id), CalendarId(row.id));
    match store::calendars::find(&*unit.tx, organisation, id).await? {
        // Whoever gave it another address or password meanwhile has read it so.
        Some(current) if (&current.sha256, &current.secret) == (&row.sha256, &row.secret) => row = current,
        _ => return unit.finish(()).await.map(|()| None),
    }
    let now = call.now.timestamp_millis();
    row.checked_at = Some(now);
    let fault = match answer {
        Answer::Nothing(fault) => Some(fault),
        Answer::Unchanged => None,
        Answer::Read(bytes, known, read) => {
            row.content = bytes;
            (row.etag, row.last_modified) = (known.etag, known.last_modified);
            read.keep(&mut unit, &mut row).await?;
            None
        }
    };
    match &fault {
        None => {
            (row.fetched_at, row.failures, row.last_error, row.unsure_since) = (now, 0, None, None);
        }
        Some(fault) => {
            row.failures += 1;
            row.last_error = Some(super::capital(&fault.words));
        }
    }
    row.next_at =
        Some(next_reading(&row, fault.as_ref(), desk.settings.feed_minutes, call.now).timestamp_millis());
    // After a key was changed, secrets are sealed with the new one as they are used.
    if let (Some(sealed), Ok(Some(plain))) = (&row.secret, password(desk, &row))
        && desk.ports.secrets.is_old(sealed)
    {
        let under = sealed_under(row.organisation_id, row.id);
        row.secret = Some(desk.ports.secrets.seal(&under, plain.as_bytes()).map_err(ServiceError::Broken)?);
    }
    let words = row.last_error.clone();
    store::calendars::update(&unit.tx, row).await?;
    unit.finish(()).await?;
    Ok(words)
}

/// When a calendar is read next: after `minutes`, or as rarely as it asks for; after failures twice as rarely each time,
/// and never before its server allows. A little later for some than for others, so that not all come at once.
pub(super) fn next_reading(
    row: &calendar::Model,
    fault: Option<&FeedFault>,
    minutes: i64,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let usual = minutes.max(row.refresh_min.unwrap_or_default()).min(RAREST_MIN);
    let wait_s = match fault {
        None => usual * 60,
        Some(fault) if fault.is_unreadable => {
            minutes.saturating_mul(1 << row.failures.clamp(0, 10)).min(RAREST_UNREADABLE_MIN).max(usual) * 60
        }
        Some(fault) => {
            let doubled = minutes.saturating_mul(1 << row.failures.clamp(0, 10));
            // Somebody has to put it right: nothing is gained by asking often.
            let least = if fault.passes { 0 } else { RAREST_FAILING_MIN };
            let own_s = doubled.clamp(minutes, RAREST_FAILING_MIN).max(least) * 60;
            let asked_s = fault.after_s.and_then(|s| i64::try_from(s).ok()).unwrap_or_default();
            own_s.max(asked_s.min(RAREST_MIN * 60))
        }
    };
    let tenth = (wait_s / 10).max(1);
    let share = i64::try_from(row.id.as_u128() % 1_000).unwrap_or_default();
    now + Duration::seconds(wait_s + tenth * share / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes_until(refresh: Option<i64>, failures: i64, fault: Option<FeedFault>) -> i64 {
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().expect("an instant");
        let call = Call::new(Actor::system("calendars", Uuid::nil()), now);
        let mut row = super::super::fresh(OrganisationId(Uuid::nil()), &call);
        (row.id, row.refresh_min, row.failures) = (Uuid::nil(), refresh, failures);
        (next_reading(&row, fault.as_ref(), 15, now) - now).num_minutes()
    }

    #[test]
    fn a_calendar_is_read_as_often_as_it_asks_and_never_more_often_than_is_usual() {
        assert_eq!(minutes_until(None, 0, None), 15);
        assert_eq!(minutes_until(Some(1), 0, None), 15);
        assert_eq!(minutes_until(Some(240), 0, None), 240);
        assert_eq!(minutes_until(Some(100_000), 0, None), 24 * 60, "once a day at least");
    }

    #[test]
    fn failures_double_the_wait_up_to_six_hours_and_a_server_may_ask_for_more() {
        let passing = || Some(FeedFault::passing("no answer"));
        let all: Vec<i64> = (1..=7).map(|failures| minutes_until(None, failures, passing())).collect();
        assert_eq!(all, [30, 60, 120, 240, 360, 360, 360]);
        let asked = |after_s| Some(FeedFault { after_s, ..FeedFault::passing("busy") });
        assert_eq!(minutes_until(None, 1, asked(Some(7_200))), 120);
        assert_eq!(minutes_until(None, 1, asked(Some(u64::MAX))), 30, "nonsense is no wish");
        let lasting = Some(FeedFault { passes: false, ..FeedFault::passing("no calendar") });
        assert_eq!(minutes_until(None, 1, lasting), 360);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_asked_for_again_within_the_hour() {
        let unreadable =
            || Some(FeedFault { passes: false, is_unreadable: true, ..FeedFault::passing("bad") });
        let all: Vec<i64> = (1..=4).map(|failures| minutes_until(None, failures, unreadable())).collect();
        assert_eq!(all, [30, 60, 60, 60]);
        assert_eq!(minutes_until(Some(240), 5, unreadable()), 240, "no more often than it asks for");
    }
}
