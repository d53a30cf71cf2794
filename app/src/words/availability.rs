//! Words about sessions, leave and what is to be rebooked.

use contract::RuleLine;

/// How many visits a session has.
pub fn booked(count: u64) -> String {
    match count {
        0 => "No visits".to_owned(),
        1 => "1 visit".to_owned(),
        many => format!("{many} visits"),
    }
}

/// How many visits wait for another time.
pub fn to_rebook(count: u64) -> String {
    match count {
        1 => "1 visit is still to be rebooked".to_owned(),
        many => format!("{many} visits are still to be rebooked"),
    }
}

/// How many visits new clock rules have moved.
pub fn moved_visits(count: u64) -> String {
    match count {
        1 => "1 visit was moved by new clock rules".to_owned(),
        many => format!("{many} visits were moved by new clock rules"),
    }
}

/// How many booked visits are in doubt.
pub fn in_doubt(count: u64) -> String {
    match count {
        1 => "1 booked visit is in doubt".to_owned(),
        many => format!("{many} booked visits are in doubt"),
    }
}

/// Why a booked visit is in doubt.
pub fn in_the_way(cause: &str) -> &'static str {
    match cause {
        "calendar" => "The calendar says busy at that time",
        "session" => "The session was changed or removed",
        "left" => "They are suspended, no longer a specialist, or their last day is before",
        "closure" => "The clinic is closed then",
        "clock-rules" => {
            "New clock rules make it another moment, at which it cannot take place. The patient was promised the time on the clock"
        }
        _ => "They are on leave then",
    }
}

/// What leave would do to bookings.
pub fn would_break(bookings: usize) -> String {
    match bookings {
        0 => "A patient is choosing one of these times now".to_owned(),
        1 => "1 booking would break".to_owned(),
        many => format!("{many} bookings would break"),
    }
}

/// The button that saves leave all the same.
pub fn cancel_and_save(bookings: usize) -> String {
    match bookings {
        0 => "Save the leave".to_owned(),
        1 => "Cancel 1 booking and save".to_owned(),
        many => format!("Cancel {many} bookings and save"),
    }
}

/// The button that closes days all the same.
pub fn cancel_and_close(bookings: usize) -> String {
    match bookings {
        0 => "Close the days".to_owned(),
        1 => "Cancel 1 booking and close".to_owned(),
        many => format!("Cancel {many} bookings and close"),
    }
}

/// What became of leave that was entered.
pub fn leave_saved(cancelled: u64) -> String {
    match cancelled {
        0 => "Saved. No time is offered then.".to_owned(),
        many => format!("Saved. {}", patients_told(many)),
    }
}

/// How many patients learn that their visit was cancelled.
pub fn patients_told(cancelled: u64) -> String {
    match cancelled {
        1 => "1 patient is being told and asked to choose another time.".to_owned(),
        many => format!("{many} patients are being told and asked to choose another time."),
    }
}

/// What a change would do to visits in a session.
pub fn would_strand(visits: usize) -> String {
    match visits {
        0 => "A patient is choosing one of these times now".to_owned(),
        1 => "1 booked visit would lie in no session any more".to_owned(),
        many => format!("{many} booked visits would lie in no session any more"),
    }
}

/// How many visits somebody who is suspended is booked for.
pub fn would_stop(visits: usize) -> String {
    match visits {
        0 => "A patient is choosing a time with them now".to_owned(),
        1 => "1 visit is still booked with them".to_owned(),
        many => format!("{many} visits are still booked with them"),
    }
}

/// How many visits somebody who leaves is booked for after the last day.
pub fn would_leave(visits: usize) -> String {
    match visits {
        0 => "A patient is choosing a time with them now".to_owned(),
        1 => "1 visit is booked with them after that".to_owned(),
        many => format!("{many} visits are booked with them after that"),
    }
}

/// What became of booked visits when a session was changed.
pub fn visits_kept(listed: u64) -> String {
    match listed {
        0 => "No booked visit is touched.".to_owned(),
        1 => "1 visit stays booked, and is on the list of visits to rebook until somebody has decided."
            .to_owned(),
        many => {
            format!(
                "{many} visits stay booked, and are on the list of visits to rebook until somebody has decided."
            )
        }
    }
}

/// What may become of booked visits that a change leaves without a session: its code, and what it means.
pub const OVER_VISITS: [(&str, &str); 2] = [
    ("keep", "They stay booked, and are listed until somebody has decided about each"),
    ("cancel", "They are cancelled: each patient is told once and asked to choose another time"),
];

/// How many sessions a file has.
pub fn sessions_in_file(count: usize) -> String {
    match count {
        1 => "1 weekly session would be added".to_owned(),
        many => format!("{many} weekly sessions would be added"),
    }
}

/// How many sessions were taken in.
pub fn sessions_added(count: u64) -> String {
    match count {
        1 => "1 session is added. Its times are offered from now on.".to_owned(),
        many => format!("{many} sessions are added. Their times are offered from now on."),
    }
}

/// A day as a narrow column is headed: "Wed 2 Dec" of "Wednesday 2 December". A year stays.
pub fn short_day(day: &str) -> String {
    let words = day
        .split(' ')
        .map(|word| if word.parse::<u32>().is_ok() { word } else { word.get(..3).unwrap_or(word) });
    words.collect::<Vec<_>>().join(" ")
}

/// How long visits of a session are, and how many come at once.
pub fn visits(rule: &RuleLine) -> String {
    let mut said = if rule.visits.is_empty() {
        format!("{} minutes each", rule.slot_min)
    } else {
        let kinds = rule.visits.iter().map(|(kind, minutes)| format!("{kind} {minutes} minutes"));
        kinds.collect::<Vec<_>>().join(", ")
    };
    if let Some(step) = rule.step_min {
        said.push_str(&format!(", beginning every {step} minutes"));
    }
    if rule.capacity > 1 {
        said.push_str(&format!(", {} people at once", rule.capacity));
    }
    said
}

/// What else a session asks for, a line each.
pub fn session_notes(rule: &RuleLine) -> Vec<String> {
    let mut notes = Vec::new();
    if rule.unsound {
        notes.push(
            "No times are offered: something in it cannot be right. Change it, or take it away.".to_owned(),
        );
    }
    match rule.every_weeks {
        0 | 1 => {}
        2 => notes.push("Every other week".to_owned()),
        weeks => notes.push(format!("Every {weeks} weeks")),
    }
    if !rule.dates.is_empty() {
        notes.push(format!("Also on {}", rule.dates.join(", ")));
    }
    if rule.buffer_before_min > 0 {
        notes.push(format!("{} minutes free before each", rule.buffer_before_min));
    }
    if rule.buffer_after_min > 0 {
        notes.push(format!("{} minutes free after each", rule.buffer_after_min));
    }
    if let Some(limit) = rule.daily_limit {
        notes.push(format!("At most {limit} a day"));
    }
    if let Some(notice) = rule.notice_min {
        notes.push(format!("{} hours’ notice", notice / 60));
    }
    if let Some(site) = &rule.site {
        notes.push(format!("At {site}"));
    }
    if !rule.pool.is_empty() {
        notes.push(format!("Or with {}", rule.pool.join(" or ")));
    }
    notes.extend(rule.also.iter().map(|group| format!("With {}", group.join(" or "))));
    notes
}

/// What happens when a subscribed calendar is old: its code, and what it means.
pub const WHEN_STALE: [(&str, &str); 2] = [
    ("warn", "Go on offering times, and warn whoever books"),
    ("refuse", "Offer no times until it is read again"),
];

/// Said of a calendar that comes over http://.
pub const CALENDAR_IS_PLAIN: &str = "Not encrypted: on the way, others can read this calendar and change it. Where there is an address that begins \
     with https://, change to it.";

/// Where a calendar comes from.
pub fn calendar_kind(kind: &str) -> &'static str {
    match kind {
        "feed" => "Subscribed",
        "caldav" => "On a CalDAV server",
        _ => "Uploaded file",
    }
}

/// What it means that a calendar is old.
pub fn calendar_is_old(when_stale: &str) -> &'static str {
    match when_stale {
        "refuse" => "What is known of it may be old: no times are offered until it is read again.",
        _ => "What is known of it may be old: something may be in it that is not known here.",
    }
}

/// Whose calendars are old.
pub fn outdated(names: &[String]) -> String {
    format!("Perhaps not up to date: the calendar of {}", domain::spoken::list(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bookings_are_counted_in_words() {
        assert_eq!(would_break(3), "3 bookings would break");
        assert_eq!(cancel_and_save(1), "Cancel 1 booking and save");
        assert_eq!(to_rebook(2), "2 visits are still to be rebooked");
    }

    #[test]
    fn a_day_above_a_narrow_column_is_short_and_keeps_its_year() {
        assert_eq!(short_day("Wednesday 2 December"), "Wed 2 Dec");
        assert_eq!(short_day("Friday 14 May 2027"), "Fri 14 May 2027");
    }

    #[test]
    fn a_session_says_what_is_special_about_it() {
        let rule = RuleLine {
            id: "r".into(),
            service: "Scans".into(),
            weekdays: "Tuesday".into(),
            times: "13:00 to 17:00".into(),
            slot_min: 20,
            capacity: 2,
            valid: String::new(),
            every_weeks: 2,
            dates: Vec::new(),
            step_min: Some(15),
            buffer_before_min: 0,
            buffer_after_min: 5,
            daily_limit: Some(10),
            notice_min: Some(2880),
            visits: vec![("First".into(), 40)],
            site: None,
            pool: vec!["Dr B".into()],
            also: vec![vec!["Room 1".into(), "Room 2".into()]],
            of: None,
            unsound: false,
        };
        assert_eq!(visits(&rule), "First 40 minutes, beginning every 15 minutes, 2 people at once");
        assert_eq!(
            session_notes(&rule),
            [
                "Every other week",
                "5 minutes free after each",
                "At most 10 a day",
                "48 hours’ notice",
                "Or with Dr B",
                "With Room 1 or Room 2"
            ]
        );
    }
}
