//! Words of access and its review.

use domain::emergency::Finding;
use domain::standing::Standing;

use crate::components::Meaning;

/// How a colleague stands to the organisation.
pub fn standing_of_person(standing: Standing) -> (Meaning, &'static str) {
    match standing {
        Standing::Active => (Meaning::Done, "Active"),
        Standing::Suspended => (Meaning::Stopped, "Suspended"),
        Standing::Ended => (Meaning::Stopped, "Last day has passed"),
    }
}

/// What a review of emergency access found.
pub fn finding(finding: Finding) -> (Meaning, &'static str) {
    match finding {
        Finding::Justified => (Meaning::Done, "Justified: there was need enough"),
        Finding::Mistaken => (Meaning::Waiting, "A mistake: the wrong patient or the wrong way"),
        Finding::Unjustified => (Meaning::Stopped, "Not justified: it is taken further"),
    }
}

/// "never", "once", "3 times".
pub fn times(count: i64) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}
