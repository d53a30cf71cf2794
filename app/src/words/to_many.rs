//! Words for messages to many.

use domain::to_many::{LeftOut, Purpose, Stage};

use crate::components::Meaning;

/// How far a sending is.
pub fn sending_stage(stage: Stage) -> (Meaning, &'static str) {
    match stage {
        Stage::Draft => (Meaning::Waiting, "Not sent"),
        Stage::Awaiting => (Meaning::Attention, "Waits for a second person"),
        Stage::Confirmed => (Meaning::Waiting, "Confirmed, not begun"),
        Stage::Running => (Meaning::Waiting, "Being sent"),
        Stage::Paused => (Meaning::Attention, "Paused"),
        Stage::Done => (Meaning::Done, "Sent"),
        Stage::Cancelled => (Meaning::Stopped, "Cancelled"),
    }
}

/// What a sending is for.
pub fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Care => "News about their care",
        Purpose::Other => "Anything else, such as a survey",
    }
}

/// Why somebody gets nothing.
pub fn left_out_of_many(reason: LeftOut) -> &'static str {
    match reason {
        LeftOut::Died => "The record says that they have died",
        LeftOut::NotTold => "The referral is a question between colleagues, of which they are not told",
        LeftOut::ToldBefore => "They had another message to many a short time ago",
        LeftOut::OptedOut => "They want no such messages",
        LeftOut::NoAddress => "There is no number, mailbox or address",
        LeftOut::BadAddress => "Nothing arrives at the number or mailbox that they have",
        LeftOut::LetterAlone => "Only a letter would reach them, and none is sent",
        LeftOut::Language => "It is not written in their language",
        LeftOut::NoVisit => "It says when their visit is, and they have none booked",
    }
}

/// Why somebody who was to get it did not, by the code of a message or of a recipient.
pub fn left_out_later(code: &str) -> String {
    match code {
        "cancelled" => "The sending was cancelled",
        "stopped" => "They asked for no more messages meanwhile",
        "over" => "Their visit is at another time by now, or not at all",
        "unreachable" => "They have no such number, mailbox or address any more",
        "too-late" => "It would have come too late",
        "" => "",
        code => match LeftOut::from_code(code) {
            Some(reason) => left_out_of_many(reason),
            None => return super::undelivered(code),
        },
    }
    .to_owned()
}
