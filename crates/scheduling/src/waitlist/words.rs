//! The reasons as staff read them.

use super::{Because, LeftWhy, Passed};

impl Because {
    pub fn words(self) -> String {
        match self {
            Because::MostUrgent => "nobody more urgent can take it".to_owned(),
            Because::LongestWait { days: 1 } => "longest wait of those as urgent: 1 day".to_owned(),
            Because::LongestWait { days } => format!("longest wait of those as urgent: {days} days"),
            Because::FitsBest => "fits their wishes best of those who have waited as long".to_owned(),
        }
    }
}

impl Passed {
    pub fn words(self) -> String {
        match self {
            Passed::OutsideWindow => "cannot come at that time".to_owned(),
            Passed::Weekday => "does not want that weekday".to_owned(),
            Passed::PartOfDay => "does not want that part of the day".to_owned(),
            Passed::Site => "does not want that place".to_owned(),
            Passed::Clinician => "is to see another clinician".to_owned(),
            Passed::Language => "needs somebody who speaks another language".to_owned(),
            Passed::ShortNotice { needs_min, has_min } => {
                format!("needs {} of notice; the time is in {}", span(needs_min), left(has_min))
            }
            Passed::NeedsLonger { needs_min, has_min } => {
                format!("needs {} to answer; only {} left", span(needs_min), left(has_min))
            }
            Passed::Night { needs_min, has_min } => {
                format!(
                    "sleeps now and needs {} to answer; from the morning only {} left",
                    span(needs_min),
                    left(has_min)
                )
            }
            Passed::SeenBefore => "has seen this time and not taken it".to_owned(),
            Passed::IsAsked => "is being asked about another time".to_owned(),
            Passed::Rests => "did not answer the last offer; is asked again later".to_owned(),
            Passed::Unreachable => "no phone, mail or address is known".to_owned(),
        }
    }
}

impl LeftWhy {
    pub fn words(self) -> &'static str {
        match self {
            LeftWhy::TooNear => "too near to offer it to anybody",
            LeftWhy::Nobody => "nobody on the list can take it",
        }
    }
}

/// A need, rounded up: "12 hours".
fn span(minutes: u32) -> String {
    in_words(i64::from(minutes.div_ceil(60)), i64::from(minutes))
}

/// What is left, rounded down.
fn left(minutes: i64) -> String {
    in_words(minutes / 60, minutes)
}

fn in_words(hours: i64, minutes: i64) -> String {
    let (count, unit) = match (hours, minutes) {
        (_, ..60) => (minutes, "minute"),
        (..48, _) => (hours, "hour"),
        _ => (hours / 24, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_can_be_said_aloud() {
        let passed = Passed::NeedsLonger { needs_min: 720, has_min: 310 };
        assert_eq!(passed.words(), "needs 12 hours to answer; only 5 hours left");
        let passed = Passed::ShortNotice { needs_min: 4_320, has_min: 1_500 };
        assert_eq!(passed.words(), "needs 3 days of notice; the time is in 25 hours");
        assert_eq!(Because::LongestWait { days: 40 }.words(), "longest wait of those as urgent: 40 days");
    }
}
