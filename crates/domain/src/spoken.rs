//! Dates and times as a person says them: "Tuesday 3 March, 2:15pm".

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use crate::dates::{self, YEARS};

/// "Tuesday 3 March", with the year when it is not the year of `today`.
pub fn date(day: NaiveDate, today: NaiveDate) -> String {
    let plain = format!("{} {} {}", weekday(day), day.day(), month(day));
    if day.year() == today.year() { plain } else { format!("{plain} {}", day.year()) }
}

/// "Tue 3 Mar", with the year when it is not the year of `today`; for lists.
pub fn list_date(day: NaiveDate, today: NaiveDate) -> String {
    let plain = format!("{} {}", &weekday(day)[..3], short_date(day));
    if day.year() == today.year() { plain } else { format!("{plain} {}", day.year()) }
}

/// "3 Mar", for dense lists.
pub fn short_date(day: NaiveDate) -> String {
    format!("{} {}", day.day(), &month(day)[..3])
}

/// "2:15pm", "9am" as "9:00am": the minutes are always said. A time that the clock shows twice says which of the two.
pub fn clock(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let (pm, hour) = local.hour12();
    let which = match zone.from_local_datetime(&local.naive_local()) {
        LocalResult::Ambiguous(first, _) if first == local => " (before the clocks go back)",
        LocalResult::Ambiguous(..) => " (after the clocks go back)",
        LocalResult::Single(_) | LocalResult::None => "",
    };
    format!("{hour}:{:02}{}{which}", local.minute(), if pm { "pm" } else { "am" })
}

/// "9:00am" for "09:00", a time on the wall; what is none stays as it is.
pub fn wall(time: &str) -> String {
    match time.split_once(':').map(|(hour, minute)| (hour.parse::<u32>(), minute)) {
        Some((Ok(hour @ 0..=23), minute)) => {
            format!("{}:{minute}{}", (hour + 11) % 12 + 1, if hour < 12 { "am" } else { "pm" })
        }
        _ => time.to_owned(),
    }
}

/// "Tuesday 3 March, 2:15pm" in the zone.
pub fn instant(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let day = at.with_timezone(&zone).date_naive();
    format!("{}, {}", date(day, now.with_timezone(&zone).date_naive()), clock(at, zone))
}

/// The same in another language: in figures, with a clock of 24 hours, because the names of days and months are not known here.
/// "03.03.2026, 14:15" is written where a full stop is usual, year first where that is, else "03/03/2026, 14:15".
pub fn instant_in(tag: &str, at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    if crate::language::is_product(tag) {
        return instant(at, zone, now);
    }
    let pattern = match crate::language::bare(tag) {
        "cs" | "de" | "pl" | "ro" | "tr" | "uk" => "%d.%m.%Y, %H:%M",
        "fa" | "zh" => "%Y/%m/%d, %H:%M",
        _ => "%d/%m/%Y, %H:%M",
    };
    at.with_timezone(&zone).format(pattern).to_string()
}

/// "Mondays, Tuesdays and Fridays".
pub fn list<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// "3 days late", "due today", "in 4 days": how a due time stands to now, counted in local days.
pub fn due(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let days = (at.with_timezone(&zone).date_naive() - now.with_timezone(&zone).date_naive()).num_days();
    match (at < now, days) {
        (true, 0) => "late since today".to_owned(),
        (true, -1) => "1 day late".to_owned(),
        (true, _) => format!("{} days late", -days),
        (false, 0) => "due today".to_owned(),
        (false, 1) => "due tomorrow".to_owned(),
        (false, _) => format!("in {days} days"),
    }
}

/// A day as people type it into three fields; `None` unless there is such a day in [`YEARS`]. The month may be its name, or
/// the first three letters of it or more.
pub fn read_date(day: &str, month: &str, year: &str) -> Option<NaiveDate> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let year = year.trim().parse::<i32>().ok().filter(|year| YEARS.contains(year))?;
    NaiveDate::from_ymd_opt(year, number(month).or_else(|| named_month(month))?, number(day)?)
}

/// A stored day (`2026-03-31`) in words: "31 March 2026". What is no day is left as it is.
pub fn stored_day(text: &str) -> String {
    match dates::day(text) {
        Some(day) => format!("{} {} {}", day.day(), month(day), day.year()),
        None => text.to_owned(),
    }
}

fn named_month(text: &str) -> Option<u32> {
    let text = text.trim().to_lowercase();
    let mut names = (1..).zip(MONTHS);
    let found = names.find(|(_, name)| text.len() >= 3 && name.to_lowercase().starts_with(&text));
    found.map(|(number, _)| number)
}

/// A day in one piece of text: `31 3 2026`, `31 March 2026`, `31/3/2026`, `31.03.2026` or `2026-03-31`.
pub fn read_day(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['/', '.', '-', ' ']).filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [day, month, year] if year.len() == 4 => read_date(day, month, year),
        [year, month, day] if year.len() == 4 => read_date(day, month, year),
        _ => None,
    }
}

fn weekday(day: NaiveDate) -> &'static str {
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        [day.weekday().num_days_from_monday() as usize]
}

fn month(day: NaiveDate) -> &'static str {
    MONTHS[day.month0() as usize]
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_other_languages_a_time_is_said_in_figures() {
        let at: DateTime<Utc> = "2026-03-03T14:15:00Z".parse().expect("an instant");
        let said = |tag: &str| instant_in(tag, at, chrono_tz::Europe::Warsaw, at);
        assert_eq!(said("pl"), "03.03.2026, 15:15");
        assert_eq!(said("pt-br"), "03/03/2026, 15:15");
        assert_eq!(said("zh"), "2026/03/03, 15:15");
        assert_eq!(said("en-gb"), "Tuesday 3 March, 3:15pm");
    }

    #[test]
    fn times_are_said_in_the_zone_of_the_place() {
        let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().expect("an instant");
        let at: DateTime<Utc> = "2026-07-03T13:15:00Z".parse().expect("an instant");
        assert_eq!(instant(at, chrono_tz::Europe::London, now), "Friday 3 July, 2:15pm");
        assert_eq!(due(now, chrono_tz::UTC, at), "124 days late");
    }

    #[test]
    fn of_a_time_that_comes_twice_it_is_said_which_one() {
        let said = |at: &str| clock(at.parse().expect("an instant"), chrono_tz::Europe::London);
        assert_eq!(said("2026-10-25T00:30:00Z"), "1:30am (before the clocks go back)");
        assert_eq!(said("2026-10-25T01:30:00Z"), "1:30am (after the clocks go back)");
        assert_eq!(said("2026-10-25T02:30:00Z"), "2:30am");
        assert_eq!(said("2026-03-29T01:30:00Z"), "2:30am");
    }

    #[test]
    fn a_list_says_day_and_month_in_short_and_the_year_only_where_it_is_another() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(list_date(day("2026-11-25"), day("2026-11-30")), "Wed 25 Nov");
        assert_eq!(list_date(day("2027-01-04"), day("2026-11-30")), "Mon 4 Jan 2027");
    }

    #[test]
    fn a_time_on_the_wall_is_said_like_every_other() {
        for (time, said) in [
            ("09:00", "9:00am"),
            ("12:30", "12:30pm"),
            ("00:05", "12:05am"),
            ("23:59", "11:59pm"),
            ("x", "x"),
        ] {
            assert_eq!(wall(time), said, "{time}");
        }
    }
}
