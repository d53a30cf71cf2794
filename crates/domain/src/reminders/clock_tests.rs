//! Reminders around every clock change of every zone of the IANA list, 2020 to 2040 (design, PROMISES P18).

use chrono::{DateTime, Days, Duration, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::{OnlyIf, Step, decent, plan};

fn offset(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

/// Instants of a zone's clock changes, to the minute.
fn changes(zone: Tz) -> Vec<DateTime<Utc>> {
    let begin: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().expect("an instant");
    let end: DateTime<Utc> = "2041-01-01T00:00:00Z".parse().expect("an instant");
    let mut found = Vec::new();
    let mut at = begin;
    while at < end {
        let next = at + Duration::days(7);
        if offset(zone, at) != offset(zone, next) {
            let (mut low, mut high) = (at, next);
            while high - low > Duration::minutes(1) {
                let middle = low + Duration::minutes((high - low).num_minutes() / 2);
                if offset(zone, middle) == offset(zone, low) { low = middle } else { high = middle }
            }
            found.push(high);
        }
        at = next;
    }
    found
}

/// The instant that a wall time means, worked out by trying: that which shows it first; in a gap, what the clock of before would
/// have shown.
fn meant(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    let with = |seconds: i32| (wall - Duration::seconds(i64::from(seconds))).and_utc();
    let (before, after) =
        (offset(zone, with(0) - Duration::days(2)), offset(zone, with(0) + Duration::days(2)));
    let shown = [with(before), with(after)]
        .into_iter()
        .filter(|at| at.with_timezone(&zone).naive_local() == wall)
        .min();
    shown.unwrap_or(with(before))
}

/// Every zone of the list with its changes.
fn all() -> &'static [(Tz, Vec<DateTime<Utc>>)] {
    static ALL: std::sync::OnceLock<Vec<(Tz, Vec<DateTime<Utc>>)>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| TZ_VARIANTS.iter().map(|zone| (*zone, changes(*zone))).collect())
}

#[test]
fn a_reminder_comes_at_its_time_on_the_clock_around_every_clock_change() {
    let mut compared = 0;
    let mut in_gaps = 0;
    for (zone, changes) in all() {
        let zone = *zone;
        for change in changes {
            let day = change.with_timezone(&zone).date_naive();
            // The reminder falls on the day of the change and on its neighbours, around the hour that is skipped or doubled.
            for around in [-1i64, 0, 1] {
                let day = day + Duration::days(around);
                for minutes in [0u32, 15, 30, 59, 60, 90, 119, 120, 135, 150, 180, 195, 540, 1380, 1425] {
                    let Some(time) = NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0) else {
                        continue;
                    };
                    let step = Step {
                        at: Some(time.format("%H:%M").to_string()),
                        ..Step::days_before(4, OnlyIf::Always)
                    };
                    let visit = day.checked_add_days(Days::new(4)).expect("a day");
                    let start = meant(zone, visit.and_hms_opt(13, 0, 0).expect("a time"));
                    let planned = plan(
                        std::slice::from_ref(&step),
                        start,
                        zone,
                        None,
                        start - Duration::days(9),
                        false,
                    );
                    let expected = meant(zone, day.and_time(time));
                    let found = planned.first().map(|planned| planned.at).unwrap_or_default();
                    assert!(
                        (found - expected).num_seconds().abs() <= 60,
                        "{zone} {day} {time}: {found}, not {expected}"
                    );
                    compared += 1;
                    in_gaps += i32::from(found.with_timezone(&zone).naive_local() != day.and_time(time));
                }
            }
        }
    }
    assert!(compared > 300_000 && in_gaps > 1_000, "{compared} compared, {in_gaps} in gaps");
}

#[test]
fn nobody_is_told_at_night_in_any_zone() {
    let quiet = NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(8, 0, 0));
    for (zone, changes) in all() {
        let zone = *zone;
        for change in changes {
            for hours in -30..30 {
                let at = *change + Duration::hours(hours);
                let told = decent(at, zone, quiet);
                let local = told.with_timezone(&zone).naive_local();
                let hour = local.time().format("%H:%M").to_string();
                assert!(told >= at && ("08:00".."21:00").contains(&hour.as_str()), "{zone} {at}: {local}");
                // And not later than need be.
                assert!(told - at <= Duration::hours(14), "{zone} {at}: {told}");
            }
        }
    }
}
