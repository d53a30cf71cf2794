//! Words about sessions, leave and what is to be rebooked.

use contract::{BrokenVisit, LeaveOutcome, RuleLine};

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

/// How many of the visits that a change touches are booked, offered by the clinic, and being chosen by their patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    pub booked: usize,
    pub offered: usize,
    pub choosing: usize,
}

impl Touched {
    pub fn of(visits: &[BrokenVisit]) -> Self {
        let offered = visits.iter().filter(|visit| visit.held && visit.offered).count();
        let booked = visits.iter().filter(|visit| !visit.held).count();
        Self { booked, offered, choosing: visits.len() - booked - offered }
    }

    /// "8 booked visits, 1 offered time".
    fn counted(self) -> String {
        let some = |count: usize, one: &str, more: &str| {
            (count > 0).then(|| if count == 1 { format!("1 {one}") } else { format!("{count} {more}") })
        };
        let all = [
            some(self.booked, "booked visit", "booked visits"),
            some(self.offered, "offered time", "offered times"),
            some(
                self.choosing,
                "time that a patient is choosing now",
                "times that patients are choosing now",
            ),
        ];
        all.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// What becomes of the booked ones, and that the others go back.
    fn would(self, booked: String) -> String {
        let offered = match self.offered {
            0 => None,
            1 => Some("1 offered time would be taken back".to_owned()),
            many => Some(format!("{many} offered times would be taken back")),
        };
        let choosing = match self.choosing {
            0 => None,
            1 => Some("1 patient is choosing one of these times now".to_owned()),
            many => Some(format!("{many} patients are choosing one of these times now")),
        };
        let booked = (self.booked > 0).then_some(booked);
        [booked, offered, choosing].into_iter().flatten().collect::<Vec<_>>().join(", and ")
    }
}

/// What leave would do to bookings.
pub fn would_break(touched: Touched) -> String {
    touched.would(match touched.booked {
        1 => "1 booking would break".to_owned(),
        many => format!("{many} bookings would break"),
    })
}

/// What lies in the way of whoever cancels for nobody.
pub fn in_its_way(touched: Touched) -> String {
    format!("In the way: {}", touched.counted())
}

/// What becomes of the visits, said before leave is saved or days are closed.
pub fn then_told(touched: Touched) -> Vec<&'static str> {
    let mut said = Vec::new();
    if touched.booked > 0 {
        said.push(
            "Each patient who is booked is told once and asked to choose another time. They stay on the list of visits to \
             rebook until they have one.",
        );
    }
    said.extend(held_go_back(touched));
    said
}

/// What becomes of held times, said before they are taken back.
pub fn held_go_back(touched: Touched) -> Vec<&'static str> {
    let mut said = Vec::new();
    if touched.offered > 0 {
        said.push("Each patient whose offered time is taken back is told.");
    }
    if touched.choosing > 0 {
        said.push("Whoever is choosing one of these times chooses another.");
    }
    said
}

/// The same for whoever cancels for nobody.
pub fn then_listed(touched: Touched) -> Vec<&'static str> {
    let mut said = Vec::new();
    if touched.booked > 0 {
        said.push(
            "The visits stay booked, and their patients are told nothing: you cancel for nobody. They are listed under “Visits \
             to rebook”, and the coordinators are told, until somebody has decided about each.",
        );
    }
    if touched.offered + touched.choosing > 0 {
        said.push("What is held is not taken back. It is refused when the patient says yes.");
    }
    said
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

/// The same buttons for whoever cancels for nobody.
pub fn list_and(act: &str, bookings: usize) -> String {
    match bookings {
        0 => act.to_owned(),
        1 => format!("{act}, and list 1 visit"),
        many => format!("{act}, and list {many} visits"),
    }
}

/// What became of leave, or of closed days, that were entered.
pub fn leave_saved(outcome: &LeaveOutcome) -> String {
    match became(outcome).as_str() {
        "" => "Saved. No time is offered then.".to_owned(),
        said => format!("Saved. {said}"),
    }
}

/// What became of visits when a session was changed.
pub fn session_saved(outcome: &LeaveOutcome) -> String {
    match became(outcome).as_str() {
        "" => "No booked visit is touched.".to_owned(),
        said => said.to_owned(),
    }
}

/// What became of visits; nothing of none.
fn became(outcome: &LeaveOutcome) -> String {
    let (booked, taken_back) = match outcome {
        LeaveOutcome::Saved { cancelled: 0, taken_back } | LeaveOutcome::Kept { listed: 0, taken_back } => {
            (None, *taken_back)
        }
        LeaveOutcome::Saved { cancelled, taken_back } => (Some(patients_told(*cancelled)), *taken_back),
        LeaveOutcome::Kept { listed, taken_back } => (Some(visits_kept(*listed)), *taken_back),
        LeaveOutcome::Preview(_) => (None, 0),
    };
    let offered = match taken_back {
        0 => None,
        1 => Some("1 offered time is taken back, and its patient is told.".to_owned()),
        many => Some(format!("{many} offered times are taken back, and each patient is told.")),
    };
    [booked, offered].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// How many patients learn that their visit was cancelled.
pub fn patients_told(cancelled: u64) -> String {
    match cancelled {
        1 => "1 patient is being told and asked to choose another time.".to_owned(),
        many => format!("{many} patients are being told and asked to choose another time."),
    }
}

/// What a change would do to visits in a session.
pub fn would_strand(touched: Touched) -> String {
    touched.would(match touched.booked {
        1 => "1 booked visit would lie in no session any more".to_owned(),
        many => format!("{many} booked visits would lie in no session any more"),
    })
}

/// What somebody who is suspended is booked for, and what is held with them.
pub fn would_stop(touched: Touched) -> String {
    with_them(touched, "still booked with them", "still held with them")
}

/// The same of somebody who leaves, after the last day.
pub fn would_leave(touched: Touched) -> String {
    with_them(touched, "booked with them after that", "held with them after that")
}

fn with_them(touched: Touched, booked: &str, held: &str) -> String {
    let some = |count: usize, one: &str, more: &str, how: &str| match count {
        0 => None,
        1 => Some(format!("1 {one} is {how}")),
        many => Some(format!("{many} {more} are {how}")),
    };
    let all = [
        some(touched.booked, "visit", "visits", booked),
        some(touched.offered + touched.choosing, "time", "times", held),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", and ")
}

/// What became of booked visits that were not cancelled.
pub fn visits_kept(listed: u64) -> String {
    match listed {
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

/// Where a calendar comes from, with the server: several that have no name of their own are told apart by it.
pub fn calendar_from(kind: &str, host: &str) -> String {
    match (kind, host) {
        (_, "") => calendar_kind(kind).to_owned(),
        ("caldav", host) => format!("On the CalDAV server {host}"),
        (_, host) => format!("Subscribed, from {host}"),
    }
}

/// What kind of calendar it is.
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
        let touched = |booked, offered, choosing| Touched { booked, offered, choosing };
        assert_eq!(would_break(touched(3, 0, 0)), "3 bookings would break");
        assert_eq!(
            would_break(touched(8, 3, 0)),
            "8 bookings would break, and 3 offered times would be taken back"
        );
        assert_eq!(would_strand(touched(0, 36, 0)), "36 offered times would be taken back");
        assert_eq!(would_break(touched(0, 0, 1)), "1 patient is choosing one of these times now");
        assert_eq!(in_its_way(touched(1, 2, 0)), "In the way: 1 booked visit, 2 offered times");
        assert_eq!(cancel_and_save(1), "Cancel 1 booking and save");
        assert_eq!(to_rebook(2), "2 visits are still to be rebooked");
    }

    #[test]
    fn what_became_of_offers_is_said_beside_what_became_of_bookings() {
        assert_eq!(
            session_saved(&LeaveOutcome::Kept { listed: 0, taken_back: 36 }),
            "36 offered times are taken back, and each patient is told."
        );
        assert_eq!(
            leave_saved(&LeaveOutcome::Saved { cancelled: 1, taken_back: 1 }),
            "Saved. 1 patient is being told and asked to choose another time. 1 offered time is taken back, and its \
             patient is told."
        );
        assert_eq!(
            leave_saved(&LeaveOutcome::Saved { cancelled: 0, taken_back: 0 }),
            "Saved. No time is offered then."
        );
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
