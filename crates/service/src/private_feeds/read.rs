//! A calendar program reads a private feed.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use contract::FeedOf;
use domain::{Actor, OrganisationId, PatientId, PersonId, Principal, ReferralId, ResourceId};
use store::entity::private_feed;
use store::private_feeds::FeedLine;

use super::{content, may_have, of};
use crate::audit::{self, Outcome, Touched};
use crate::facts;
use crate::sign_in::{self, FEED, FEED_MISSES, Staff};
use crate::{Desk, ServiceError, ids};

/// What a program asks with.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `If-None-Match` as it came.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`; counts only where the other one is absent (RFC 9110 section 13.1.3).
    pub if_modified_since: Option<DateTime<Utc>>,
    /// `User-Agent`, of which a name of ours is kept.
    pub program: String,
    /// The network address that it comes from.
    pub address: String,
    /// Of the request, for the audit.
    pub request: uuid::Uuid,
}

/// What it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The file; `None` when the program has it already.
    pub file: Option<Vec<u8>>,
    /// With its quotes.
    pub etag: String,
    pub modified: DateTime<Utc>,
}

/// The feed behind a secret. One that never was, one that was taken back and one whose owner may not have it any more are
/// not found alike.
///
/// Every visit that is read for the first time, or again after it has changed, leaves a row in the audit before the answer
/// leaves, and so does the first reading of a day; a program that asks again for what it was told is counted.
///
/// Errors: `NotFound`; `TooMany` when one feed is read, or one address asks for feeds that are none, too often.
pub async fn read(
    desk: &Desk,
    now: DateTime<Utc>,
    token: &str,
    asked: &Asked,
) -> Result<Answer, ServiceError> {
    let db = desk.store.reader();
    let found = match store::private_feeds::by_token(db, &ids::hashed(token)).await? {
        Some(row) => reader(desk, &row, now).await?.map(|reader| (row, reader)),
        None => None,
    };
    let Some((row, (of, principal))) = found else {
        sign_in::count(desk, FEED_MISSES, &asked.address, now).await?;
        return Err(ServiceError::NotFound);
    };
    sign_in::count(desk, FEED, &row.id.to_string(), now).await?;
    let lines = content::chosen(lines(desk, &row, of, now).await?);
    let file = content::file(of, &lines);
    let etag = format!("\"{}\"", &ids::digest(&file)[..32]);
    // What HTTP dates can say.
    let second = now.duration_trunc(TimeDelta::seconds(1)).unwrap_or(now);
    let modified = if etag == row.etag { facts::instant(row.modified_at) } else { second };
    let is_known = knows(asked, &etag, modified);
    let actor = Actor { principal, request: asked.request };
    note(desk, now, row, &lines, (&etag, modified), is_known, &actor, &asked.program).await?;
    Ok(Answer { file: (!is_known).then_some(file), etag, modified })
}

/// In whose name a feed is read; `None` when they may not have it any more.
async fn reader(
    desk: &Desk,
    row: &private_feed::Model,
    now: DateTime<Utc>,
) -> Result<Option<(FeedOf, Principal)>, ServiceError> {
    let db = desk.store.reader();
    let organisation = OrganisationId(row.organisation_id);
    if row.kind == "patient" {
        let patient = PatientId(row.whose);
        let alive =
            store::patients::find(db, organisation, patient).await?.filter(|patient| !patient.deceased);
        let principal = Principal::Patient { organisation, patient, referral: ReferralId(uuid::Uuid::nil()) };
        return Ok(alive.map(|_| (FeedOf::Patient, principal)));
    }
    let Some(person) = row.made_by.map(PersonId) else {
        return Ok(None);
    };
    let Some(principal) = sign_in::current(desk, &Staff { organisation, person }, now).await? else {
        return Ok(None);
    };
    let resource = store::calendars::resource(db, organisation, ResourceId(row.whose)).await?;
    Ok(resource.filter(|resource| may_have(&principal, resource)).map(|row| (of(&row), principal)))
}

async fn lines(
    desk: &Desk,
    row: &private_feed::Model,
    of: FeedOf,
    now: DateTime<Utc>,
) -> Result<Vec<FeedLine>, ServiceError> {
    let (db, organisation) = (desk.store.reader(), OrganisationId(row.organisation_id));
    let span = content::span(now);
    Ok(match of {
        FeedOf::Patient => {
            store::private_feeds::of_patient(db, organisation, PatientId(row.whose), span).await?
        }
        FeedOf::Clinician => {
            store::private_feeds::of_clinician(db, organisation, ResourceId(row.whose), span).await?
        }
        FeedOf::Room => store::private_feeds::of_room(db, organisation, ResourceId(row.whose), span).await?,
    })
}

/// Whether the program has what it would get.
fn knows(asked: &Asked, etag: &str, modified: DateTime<Utc>) -> bool {
    match (&asked.if_none_match, asked.if_modified_since) {
        // Weak comparison (RFC 9110 section 13.1.2).
        (Some(tags), _) => {
            tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
        }
        (None, Some(since)) => modified <= since,
        (None, None) => false,
    }
}

/// Counts the reading, notes what the feed says by now, and records who was read of.
#[allow(clippy::too_many_arguments, reason = "one reading")]
async fn note(
    desk: &Desk,
    now: DateTime<Utc>,
    mut row: private_feed::Model,
    lines: &[FeedLine],
    (etag, modified): (&str, DateTime<Utc>),
    is_known: bool,
    actor: &Actor,
    program: &str,
) -> Result<(), ServiceError> {
    let day = now.date_naive().to_string();
    let mut rows = Vec::new();
    let mut changed = row.etag != etag;
    if !is_known {
        for line in content::fresh(lines, &row.told) {
            let touched = Touched {
                organisation: OrganisationId(line.organisation_id),
                entity: "calendar-feed",
                id: Some(line.referral_id),
                patient: Some(PatientId(line.patient_id)),
            };
            rows.push(audit::row(actor, now, "read-feed", &touched, Outcome::Allowed));
        }
        if row.recorded_day != day {
            let touched = Touched {
                organisation: OrganisationId(row.organisation_id),
                entity: "calendar-feed",
                id: Some(row.id),
                patient: None,
            };
            rows.push(audit::row(actor, now, "read-feed", &touched, Outcome::Allowed));
        }
        let told = lines.iter().map(content::mark).collect::<Vec<_>>().join("\n");
        changed = changed || row.told != told || row.recorded_day != day;
        (row.told, row.recorded_day) = (told, day.clone());
    }
    let tx = desk.store.write_tx().await?;
    if changed {
        (row.etag, row.modified_at) = (etag.to_owned(), modified.timestamp_millis());
        if !store::private_feeds::note_content(&tx, &row).await? {
            // It was taken back a moment ago.
            return Err(ServiceError::NotFound);
        }
    }
    store::audit::record(&tx, rows).await?;
    store::private_feeds::count_reading(&tx, &row, &day, called(program), now.timestamp_millis()).await?;
    Ok(tx.commit().await?)
}

/// A program by a name of ours; what it says of itself may be anything.
fn called(program: &str) -> &'static str {
    let program = program.to_ascii_lowercase();
    let is = |part: &str| program.contains(part);
    if is("google-calendar") {
        "Google Calendar"
    } else if is("dataaccessd") || is("calendaragent") || is("ios/") || is("macos/") || is("mac+os+x") {
        "Apple Calendar"
    } else if is("outlook") || is("microsoft") || is("exchange") {
        "Outlook"
    } else if is("thunderbird") {
        "Thunderbird"
    } else if is("icsx5") || is("davx5") || is("android") {
        "a program on Android"
    } else if is("mozilla/") {
        "a web browser"
    } else {
        "another program"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_has_it_is_told_so() {
        let modified: DateTime<Utc> = "2026-03-06T10:00:00Z".parse().expect("an instant");
        let asked = |tags: Option<&str>, since: Option<&str>| Asked {
            if_none_match: tags.map(str::to_owned),
            if_modified_since: since.map(|at| at.parse().expect("an instant")),
            ..Asked::default()
        };
        let cases = [
            (None, None, false),
            (Some("\"a\""), None, true),
            (Some("W/\"a\""), None, true),
            (Some("\"b\", \"a\""), None, true),
            (Some("*"), None, true),
            (Some("\"b\""), Some("2027-01-01T00:00:00Z"), false),
            (None, Some("2026-03-06T10:00:00Z"), true),
            (None, Some("2026-03-06T09:59:59Z"), false),
        ];
        for (tags, since, expected) in cases {
            assert_eq!(knows(&asked(tags, since), "\"a\"", modified), expected, "{tags:?} {since:?}");
        }
    }

    #[test]
    fn programs_are_called_by_names_of_ours() {
        for (agent, name) in [
            ("Google-Calendar-Importer", "Google Calendar"),
            ("iOS/17.4 (21E219) dataaccessd/1.0", "Apple Calendar"),
            ("Mozilla/5.0 Gecko/20100101 Thunderbird/128.0", "Thunderbird"),
            ("Microsoft Office/16.0", "Outlook"),
            ("Mozilla/5.0 (Windows NT 10.0)", "a web browser"),
            ("<script>", "another program"),
            ("", "another program"),
        ] {
            assert_eq!(called(agent), name, "{agent}");
        }
    }
}
