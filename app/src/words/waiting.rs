//! Words for the waiting list and bulk matching.

/// What became of an offer.
pub fn offer_outcome(code: &str) -> &'static str {
    match code {
        "accepted" => "Taken",
        "declined" => "Declined",
        "expired" => "Not answered",
        "withdrawn" => "Taken back",
        _ => "Waiting for an answer",
    }
}

/// A way of dividing people, as the report says it.
pub fn divided_by(code: &str) -> &'static str {
    match code {
        "urgency" => "Urgency",
        "channel" => "Reached by",
        "sex" => "Sex",
        "language" => "Language",
        "distance" => "Distance",
        _ => "Age",
    }
}

/// A group of the report.
pub fn group(by: &str, code: &str) -> String {
    match by {
        "urgency" => priority_code(code),
        "channel" => super::channel(code).to_owned(),
        "sex" if code == "unknown" => "not known".to_owned(),
        "sex" => super::capitalised(code),
        "language" if code != "not known" => domain::language::name(code).to_owned(),
        _ => code.to_owned(),
    }
}

/// An urgency by its code.
pub fn priority_code(code: &str) -> String {
    domain::Priority::from_code(code)
        .map_or_else(|| code.to_owned(), |known| super::priority(known).to_owned())
}

/// "12 days".
pub fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// Asked of whoever books into a taken time.
pub const OVERBOOK_WHY: &str = "Say why this patient needs a place beyond the capacity.";

/// Said of a time that was to be taken back.
pub const HELD_NO_LONGER: &str =
    "This time is no longer held: the patient has answered, somebody took it back, or it has run out.";

/// How a held or booked time stands on the board.
pub fn on_board(state: &str) -> &'static str {
    match state {
        "offered" => "Offered",
        other => super::appointment(other),
    }
}
