//! One message to many patients: what it is for, who gets none and why, by which way, and who has to agree.

use crate::coded;
use crate::delivery::Channel;
use crate::template::Template;

/// Most patients of one sending.
pub const MOST: usize = 20_000;
/// To so many one person may write alone, until an administrator decides otherwise. As the schema has it.
pub const ONE_MAY_WRITE_TO: i64 = 100;
/// Most messages a minute that a sending can be slowed down to.
pub const MOST_PER_MINUTE: i64 = 6_000;

coded! {
    /// What it is for. There is no advertising.
    Purpose {
        /// About the care that they wait for or have: a closed clinic, another site.
        Care = "care",
        /// Everything else, such as a survey: nobody loses anything without it.
        Other = "other",
    }
}

impl Purpose {
    pub const fn template(self) -> Template {
        match self {
            Self::Care => Template::NewsToMany,
            Self::Other => Template::AskedOfMany,
        }
    }
}

coded! {
    /// How far a sending has come.
    Stage {
        /// Somebody writes it, and looks at who would get what.
        Draft = "draft",
        /// Confirmed by one person; a second one has to agree.
        Awaiting = "awaiting",
        /// Begins by itself when its time has come.
        Confirmed = "confirmed",
        Running = "running",
        /// What has not left waits.
        Paused = "paused",
        Done = "done",
        /// What had not left never will.
        Cancelled = "cancelled",
    }
}

coded! {
    /// What is done with a sending.
    Step {
        Confirm = "confirm",
        /// The second person agrees.
        Approve = "approve",
        /// Back to whoever wrote it.
        GiveBack = "give-back",
        /// Its time has come.
        Begin = "begin",
        Pause = "pause",
        Resume = "resume",
        Cancel = "cancel",
        /// Nothing is left to be sent.
        Finish = "finish",
    }
}

/// Whether whoever confirms is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    ByOne,
    NeedsSecond,
}

/// Where a step leads; `None`: it is not possible from there.
pub fn next(from: Stage, step: Step, agreed: Agreed) -> Option<Stage> {
    use Stage as S;
    Some(match (from, step) {
        (S::Draft, Step::Confirm) if agreed == Agreed::NeedsSecond => S::Awaiting,
        (S::Draft, Step::Confirm) | (S::Awaiting, Step::Approve) => S::Confirmed,
        (S::Awaiting, Step::GiveBack) => S::Draft,
        (S::Confirmed, Step::Begin) | (S::Paused, Step::Resume) => S::Running,
        (S::Confirmed | S::Running, Step::Pause) => S::Paused,
        (S::Draft | S::Awaiting | S::Confirmed | S::Running | S::Paused, Step::Cancel) => S::Cancelled,
        (S::Running, Step::Finish) => S::Done,
        _ => return None,
    })
}

/// Whether a second person has to agree. `above`: the organisation lets one person write to so many.
pub fn agreed(recipients: usize, above: i64) -> Agreed {
    match i64::try_from(recipients).is_ok_and(|count| count <= above) {
        true => Agreed::ByOne,
        false => Agreed::NeedsSecond,
    }
}

coded! {
    /// Why somebody who was looked for gets no message.
    LeftOut {
        Died = "died",
        /// The referral is a question between colleagues, of which its patient is not told.
        NotTold = "not-told",
        /// They had another message to many a short time ago.
        ToldBefore = "told-before",
        OptedOut = "opted-out",
        NoAddress = "no-address",
        /// Nothing arrives at the number or mailbox that they have.
        BadAddress = "bad-address",
        /// Only a letter would reach them, and none is sent.
        LetterAlone = "letter-alone",
        /// It is not written in their language.
        Language = "language",
        /// It says when their visit is, and they have none.
        NoVisit = "no-visit",
    }
}

/// An address of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    None,
    Good,
    /// Its owner wants no messages there.
    Stopped,
    /// Nothing arrives there.
    Bad,
}

/// How somebody can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    pub sms: Address,
    pub email: Address,
    pub letter: Address,
    pub prefers: Option<Channel>,
}

/// Whether a letter goes to those whom nothing else reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    Too,
    Never,
}

/// By which way somebody gets it: what they prefer, else what is cheapest and reaches them. News about their care takes another
/// way where one is stopped; what is for anything else goes to nobody who stopped any.
pub fn way(purpose: Purpose, letters: Letters, reach: &Reach) -> Result<Channel, LeftOut> {
    let written = [reach.sms, reach.email];
    if purpose == Purpose::Other && written.contains(&Address::Stopped) {
        return Err(LeftOut::OptedOut);
    }
    let works = |channel: &Channel| match channel {
        Channel::Sms => reach.sms == Address::Good,
        Channel::Email => reach.email == Address::Good,
        Channel::Letter => reach.letter == Address::Good && letters == Letters::Too,
        Channel::Push | Channel::InApp => false,
    };
    let order = [Channel::Sms, Channel::Email, Channel::Letter];
    if let Some(channel) = reach.prefers.into_iter().chain(order).find(works) {
        return Ok(channel);
    }
    Err(if written.contains(&Address::Stopped) {
        LeftOut::OptedOut
    } else if written.contains(&Address::Bad) {
        LeftOut::BadAddress
    } else if reach.letter == Address::Good {
        LeftOut::LetterAlone
    } else {
        LeftOut::NoAddress
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_leads_somewhere_from_where_it_is_possible_and_nowhere_else() {
        use Stage as S;
        let table = [
            (S::Draft, Step::Confirm, Some(S::Confirmed)),
            (S::Draft, Step::Approve, None),
            (S::Draft, Step::Cancel, Some(S::Cancelled)),
            (S::Awaiting, Step::Confirm, None),
            (S::Awaiting, Step::Approve, Some(S::Confirmed)),
            (S::Awaiting, Step::GiveBack, Some(S::Draft)),
            (S::Awaiting, Step::Begin, None),
            (S::Confirmed, Step::Begin, Some(S::Running)),
            (S::Confirmed, Step::Pause, Some(S::Paused)),
            (S::Running, Step::Pause, Some(S::Paused)),
            (S::Running, Step::Begin, None),
            (S::Running, Step::Finish, Some(S::Done)),
            (S::Paused, Step::Finish, None),
            (S::Paused, Step::Resume, Some(S::Running)),
            (S::Paused, Step::Cancel, Some(S::Cancelled)),
            (S::Done, Step::Cancel, None),
        ];
        for (from, step, to) in table {
            assert_eq!(next(from, step, Agreed::ByOne), to, "{from} {step}");
        }
        assert_eq!(next(S::Draft, Step::Confirm, Agreed::NeedsSecond), Some(S::Awaiting));
        for step in Step::ALL {
            for end in [S::Done, S::Cancelled] {
                assert_eq!(next(end, *step, Agreed::ByOne), None, "{end} {step}");
            }
        }
    }

    #[test]
    fn a_second_person_is_asked_above_the_limit_and_not_at_it() {
        assert_eq!(agreed(100, 100), Agreed::ByOne);
        assert_eq!(agreed(101, 100), Agreed::NeedsSecond);
        assert_eq!(agreed(1, 0), Agreed::NeedsSecond);
    }

    #[test]
    fn the_purpose_decides_whether_another_way_is_taken_where_one_is_stopped() {
        use Address::{Bad, Good, None as No, Stopped};
        use Channel::{Email, Letter, Sms};
        let check = |sms, email, letter, prefers, expected: (_, _)| {
            let reach = Reach { sms, email, letter, prefers };
            let said = format!("{reach:?}");
            assert_eq!(way(Purpose::Care, Letters::Too, &reach), expected.0, "care, {said}");
            assert_eq!(way(Purpose::Other, Letters::Never, &reach), expected.1, "other, {said}");
        };
        let out = |why| Err(why);
        check(Good, Good, Good, None, (Ok(Sms), Ok(Sms)));
        check(Good, Good, Good, Some(Email), (Ok(Email), Ok(Email)));
        check(Good, No, Good, Some(Letter), (Ok(Letter), Ok(Sms)));
        check(Good, Good, Good, Some(Channel::Push), (Ok(Sms), Ok(Sms)));
        check(Stopped, Good, Good, None, (Ok(Email), out(LeftOut::OptedOut)));
        check(Good, Stopped, Good, Some(Email), (Ok(Sms), out(LeftOut::OptedOut)));
        check(Stopped, No, Good, None, (Ok(Letter), out(LeftOut::OptedOut)));
        check(Stopped, No, No, None, (out(LeftOut::OptedOut), out(LeftOut::OptedOut)));
        check(Bad, No, Good, None, (Ok(Letter), out(LeftOut::BadAddress)));
        check(Bad, Bad, No, None, (out(LeftOut::BadAddress), out(LeftOut::BadAddress)));
        check(No, No, Good, None, (Ok(Letter), out(LeftOut::LetterAlone)));
        check(No, No, No, None, (out(LeftOut::NoAddress), out(LeftOut::NoAddress)));
    }
}
