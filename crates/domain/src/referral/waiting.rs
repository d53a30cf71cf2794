//! For whom an open referral waits, and for how long it has.

use super::NextAction;
use crate::coded;

coded! {
    /// For whom or what an open referral waits.
    Waiting {
        Patient = "patient",
        Referrer = "referrer",
        Clinic = "clinic",
        /// Nobody owes anything before a day that is set: the visit, the end of a pause.
        Day = "day",
    }
}

coded! {
    /// How many days ago an open referral was sent (a draft: begun), as coordinators count ageing.
    AgeBand {
        Week = "0-7",
        Month = "8-28",
        Quarter = "29-90",
        Older = "91-",
    }
}

impl NextAction {
    /// Who owes it.
    pub const fn waits_for(self) -> Waiting {
        match self {
            Self::FinishAndSend | Self::AcknowledgeReport | Self::ReferrerAnswers => Waiting::Referrer,
            Self::GiveInformation | Self::PatientAnswers | Self::ChooseTime | Self::ConfirmTime => {
                Waiting::Patient
            }
            Self::Acknowledge
            | Self::Triage
            | Self::DoTest
            | Self::FindTime
            | Self::Rebook
            | Self::WriteReport
            | Self::WriteAdvice
            | Self::GiveAdvice
            | Self::FinishFollowUps
            | Self::ConfirmCancellation => Waiting::Clinic,
            Self::Attend | Self::ReviewPause => Waiting::Day,
        }
    }
}

impl Waiting {
    /// The next steps that are owed by them.
    pub fn actions(self) -> impl Iterator<Item = NextAction> {
        NextAction::ALL.iter().copied().filter(move |action| action.waits_for() == self)
    }
}

impl AgeBand {
    /// Fewest and most whole days; `None`: without end.
    pub const fn days(self) -> (i64, Option<i64>) {
        match self {
            Self::Week => (0, Some(7)),
            Self::Month => (8, Some(28)),
            Self::Quarter => (29, Some(90)),
            Self::Older => (91, None),
        }
    }

    /// The band of an age in whole days; what lies in the future is as young as can be.
    pub fn of(days: i64) -> Self {
        let fits = |band: &&Self| band.days().1.is_none_or(|most| days <= most);
        Self::ALL.iter().find(fits).copied().unwrap_or(Self::Older)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_next_step_is_owed_by_exactly_one() {
        let all: Vec<NextAction> = Waiting::ALL.iter().flat_map(|who| who.actions()).collect();
        assert_eq!(all.len(), NextAction::ALL.len());
        assert!(NextAction::ALL.iter().all(|action| all.contains(action)));
    }

    #[test]
    fn bands_follow_one_another_without_a_gap() {
        for (days, band) in [
            (-1, AgeBand::Week),
            (0, AgeBand::Week),
            (7, AgeBand::Week),
            (8, AgeBand::Month),
            (28, AgeBand::Month),
            (29, AgeBand::Quarter),
            (90, AgeBand::Quarter),
            (91, AgeBand::Older),
            (4000, AgeBand::Older),
        ] {
            assert_eq!(AgeBand::of(days), band, "{days}");
        }
        let mut next = 0;
        for band in AgeBand::ALL {
            let (from, to) = band.days();
            assert_eq!(from, next, "{band}");
            next = to.map_or(i64::MAX, |to| to + 1);
        }
    }
}
