//! What a private feed says: when, where and the reference number, and for a patient whose appointment it is with.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use contract::FeedOf;
use domain::ReferralId;
use interop::ical::feed::{Feed, Visit};
use store::private_feeds::{FeedLine, Span};

use crate::booking::uid;
use crate::facts;

/// Days that a visit stays in a feed after it began.
const BACK_DAYS: i64 = 30;
/// Days ahead that a feed shows; nobody books farther.
const AHEAD_DAYS: i64 = 400;
/// Minutes after which programs shall look again.
const REFRESH_MIN: u32 = 60;
/// Before a visit a patient's program reminds them as an invitation does.
const ALARM_MIN: u32 = 24 * 60;

/// Which visits a feed shows at an instant.
pub(super) fn span(now: DateTime<Utc>) -> Span {
    let ms = |days: i64| (now + Duration::days(days)).timestamp_millis();
    Span { from: ms(-BACK_DAYS), to: ms(AHEAD_DAYS), now: now.timestamp_millis() }
}

/// One line for each referral, whose visits share a UID: the booked one, else the newest.
pub(super) fn chosen(lines: Vec<FeedLine>) -> Vec<FeedLine> {
    let mut newest: BTreeMap<_, FeedLine> = BTreeMap::new();
    let rank = |line: &FeedLine| (line.state == "booked", line.created_at, line.start_at);
    for line in lines {
        let key = (line.organisation_id, line.referral_id);
        if newest.get(&key).is_none_or(|known| rank(known) < rank(&line)) {
            newest.insert(key, line);
        }
    }
    let mut chosen: Vec<FeedLine> = newest.into_values().collect();
    chosen.sort_by_key(|line| (line.start_at, line.referral_id));
    chosen
}

/// The calendar file. Nothing in it depends on when it is read, so that what has not changed is the same, byte by byte.
pub(super) fn file(of: FeedOf, lines: &[FeedLine]) -> Vec<u8> {
    let name = match of {
        FeedOf::Patient => "My appointments",
        FeedOf::Clinician => "Appointments, Waymark",
        FeedOf::Room => "Room bookings, Waymark",
    };
    let visits = lines.iter().map(|line| visit(of, line)).collect();
    Feed { name: name.to_owned(), refresh_min: REFRESH_MIN, visits }.to_bytes()
}

/// The words of an invitation, for staff without whom it is about: a calendar is read over shoulders.
fn visit(of: FeedOf, line: &FeedLine) -> Visit {
    let place = match (&line.site, &line.address) {
        (Some(site), Some(address)) => format!("{site}, {address}"),
        (Some(site), None) => site.clone(),
        (None, _) => line.organisation.clone(),
    };
    let (summary, description, location) = match of {
        FeedOf::Patient => (
            format!("Appointment, {}", line.organisation),
            format!("Reference {}. To change or cancel, use the link in our message.", line.reference),
            place,
        ),
        FeedOf::Clinician => (
            format!("Appointment, {}", line.reference),
            String::new(),
            line.site.clone().unwrap_or_else(|| line.organisation.clone()),
        ),
        FeedOf::Room => (format!("Booked, {}", line.reference), String::new(), String::new()),
    };
    Visit {
        uid: uid(ReferralId(line.referral_id)),
        sequence: u32::try_from(line.sequence).unwrap_or(u32::MAX),
        changed: facts::instant(line.changed_at),
        start: facts::instant(line.start_at),
        end: facts::instant(line.end_at),
        zone: line.zone.parse().unwrap_or(chrono_tz::Europe::London),
        summary,
        description,
        location,
        is_cancelled: line.state == "cancelled",
        alarm_min: (of == FeedOf::Patient).then_some(ALARM_MIN),
    }
}

/// What tells a visit as it is from the same one later, as the audit's note of what was read keeps it.
pub(super) fn mark(line: &FeedLine) -> String {
    format!("{} {} {}", line.referral_id, line.sequence, line.state)
}

/// The visits of a reading that were not in what was read before.
pub(super) fn fresh<'a>(lines: &'a [FeedLine], told: &str) -> Vec<&'a FeedLine> {
    let told: HashSet<&str> = told.lines().collect();
    lines.iter().filter(|line| !told.contains(mark(line).as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn line(referral: u128, state: &str, created_at: i64) -> FeedLine {
        FeedLine {
            organisation_id: Uuid::from_u128(1),
            referral_id: Uuid::from_u128(referral),
            patient_id: Uuid::from_u128(9),
            reference: "WM-7K3Q-92PD".into(),
            state: state.into(),
            start_at: 1_772_791_200_000 + created_at,
            end_at: 1_772_793_000_000 + created_at,
            zone: "Europe/London".into(),
            created_at,
            changed_at: 1_772_000_000_000,
            sequence: 3,
            organisation: "Northgate Hospital".into(),
            site: Some("Elm House".into()),
            address: Some("1 Elm Road".into()),
        }
    }

    #[test]
    fn a_referral_has_one_line_the_booked_one_else_the_newest() {
        let lines = vec![
            line(1, "booked", 1),
            line(1, "cancelled", 2),
            line(2, "cancelled", 1),
            line(2, "cancelled", 5),
            line(3, "no-show", 4),
        ];
        let states: Vec<_> =
            chosen(lines).into_iter().map(|line| (line.referral_id.as_u128(), line.created_at)).collect();
        assert_eq!(states, [(1, 1), (3, 4), (2, 5)]);
    }

    #[test]
    fn staff_read_no_more_than_a_reference_number() {
        for of in [FeedOf::Clinician, FeedOf::Room] {
            let text = String::from_utf8(file(of, &[line(1, "booked", 1)])).expect("UTF-8");
            assert!(text.contains("WM-7K3Q-92PD") && !text.contains("VALARM"), "{text}");
        }
        let text = String::from_utf8(file(FeedOf::Patient, &[line(1, "booked", 1)])).expect("UTF-8");
        assert!(text.contains("SUMMARY:Appointment\\, Northgate Hospital"), "{text}");
        assert!(text.contains("TRIGGER:-PT1440M"), "{text}");
    }

    #[test]
    fn only_what_is_new_or_changed_is_fresh() {
        let before = line(1, "booked", 1);
        let told = mark(&before);
        let mut moved = before.clone();
        moved.sequence = 4;
        let cancelled = FeedLine { state: "cancelled".into(), ..before.clone() };
        assert!(fresh(std::slice::from_ref(&before), &told).is_empty());
        assert_eq!(fresh(&[before, moved, cancelled, line(2, "booked", 1)], &told).len(), 3);
    }
}
