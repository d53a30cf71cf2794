//! Who is offered times from the waiting list, and who takes them: by group, so that a list that is fair in its order and
//! unfair in its effect shows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fft::SHOWN_FROM;

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Accepted,
    Declined,
    Expired,
    /// The referral ended or the time went, before there was an answer.
    Withdrawn,
    /// It is still to be answered.
    Open,
}

/// An offer, and the groups to which its person belongs: one of each way of dividing people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub groups: Vec<(&'static str, String)>,
    pub outcome: Outcome,
}

/// The figures of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The way of dividing people, and the group.
    pub by: String,
    pub group: String,
    /// `None`: too few, or others could be reckoned from it.
    pub shown: Option<Counts>,
}

/// Offers that were answered or ran out; open and withdrawn ones say nothing of the people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub offered: u32,
    pub accepted: u32,
    pub declined: u32,
    pub expired: u32,
}

impl Counts {
    /// Share that was taken, in per cent, rounded down.
    pub fn accepted_percent(self) -> u32 {
        (self.accepted * 100).checked_div(self.offered).unwrap_or(0)
    }
}

/// The group of those of whom it is not known.
pub const NOT_KNOWN: &str = "not known";

/// The way to the visit, as the crow flies, in a band wide enough that it names nobody.
pub fn distance_band(km: Option<f64>) -> &'static str {
    match km {
        None => NOT_KNOWN,
        Some(km) if km < 5.0 => "under 5 km",
        Some(km) if km < 20.0 => "5 to 20 km",
        Some(km) if km < 50.0 => "20 to 50 km",
        Some(_) => "50 km and over",
    }
}

/// The age in a band wide enough that it names nobody.
pub fn age_band(age: Option<u32>) -> &'static str {
    match age {
        None => NOT_KNOWN,
        Some(..=17) => "0 to 17",
        Some(18..=39) => "18 to 39",
        Some(40..=64) => "40 to 64",
        Some(65..=79) => "65 to 79",
        Some(80..) => "80 and over",
    }
}

/// Counts by group. Groups with fewer than [`SHOWN_FROM`] offers are hidden; where that leaves one hidden group alone, so
/// that it could be reckoned from the whole, the next smallest is hidden too.
pub fn by_group(facts: &[Fact]) -> Vec<Line> {
    let mut counts: BTreeMap<(&str, &str), Counts> = BTreeMap::new();
    let mut ways: Vec<&str> = Vec::new();
    for fact in facts {
        for (by, group) in &fact.groups {
            if !ways.contains(by) {
                ways.push(by);
            }
            let count = counts.entry((by, group)).or_default();
            match fact.outcome {
                Outcome::Accepted => count.accepted += 1,
                Outcome::Declined => count.declined += 1,
                Outcome::Expired => count.expired += 1,
                Outcome::Withdrawn | Outcome::Open => continue,
            }
            count.offered += 1;
        }
    }
    let mut lines = Vec::new();
    for way in ways {
        let of_way: Vec<_> =
            counts.iter().filter(|((by, _), count)| *by == way && count.offered > 0).collect();
        let mut hidden: Vec<&str> = of_way
            .iter()
            .filter(|(_, count)| count.offered < SHOWN_FROM)
            .map(|((_, group), _)| *group)
            .collect();
        if hidden.len() == 1 {
            let shown = of_way.iter().filter(|(_, count)| count.offered >= SHOWN_FROM);
            hidden.extend(shown.min_by_key(|(_, count)| count.offered).map(|((_, group), _)| *group));
        }
        lines.extend(of_way.iter().map(|((by, group), count)| Line {
            by: (*by).to_owned(),
            group: (*group).to_owned(),
            shown: (!hidden.contains(group)).then_some(**count),
        }));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(groups: &[(&str, u32)]) -> Vec<Fact> {
        let fact = |group: &str| Fact { groups: vec![("age", group.to_owned())], outcome: Outcome::Accepted };
        groups.iter().flat_map(|(group, count)| (0..*count).map(move |_| fact(group))).collect()
    }

    fn shown(groups: &[(&str, u32)]) -> Vec<(String, Option<u32>)> {
        by_group(&facts(groups)).into_iter().map(|line| (line.group, line.shown.map(|c| c.offered))).collect()
    }

    #[test]
    fn a_small_group_is_hidden_and_so_is_another_from_which_it_could_be_reckoned() {
        let named = |name: &str, count| (name.to_owned(), count);
        assert_eq!(shown(&[("a", 5), ("b", 9)]), [named("a", Some(5)), named("b", Some(9))]);
        assert_eq!(
            shown(&[("a", 4), ("b", 9), ("c", 7)]),
            [named("a", None), named("b", Some(9)), named("c", None)]
        );
        assert_eq!(
            shown(&[("a", 4), ("b", 9), ("c", 1)]),
            [named("a", None), named("b", Some(9)), named("c", None)]
        );
        assert_eq!(shown(&[("a", 4)]), [named("a", None)]);
    }

    #[test]
    fn only_what_was_answered_or_ran_out_counts() {
        let mut all = facts(&[("a", 6)]);
        for outcome in [Outcome::Open, Outcome::Withdrawn, Outcome::Expired, Outcome::Declined] {
            all.push(Fact { groups: vec![("age", "a".to_owned())], outcome });
        }
        let counts = by_group(&all)[0].shown.expect("eight are enough");
        assert_eq!(counts, Counts { offered: 8, accepted: 6, declined: 1, expired: 1 });
        assert_eq!(counts.accepted_percent(), 75);
    }

    #[test]
    fn every_age_has_one_band() {
        for (age, band) in
            [(0, "0 to 17"), (17, "0 to 17"), (18, "18 to 39"), (64, "40 to 64"), (80, "80 and over")]
        {
            assert_eq!(age_band(Some(age)), band);
        }
        assert_eq!(age_band(None), "not known");
    }

    #[test]
    fn every_distance_has_one_band() {
        for (km, band) in
            [(0.0, "under 5 km"), (5.0, "5 to 20 km"), (49.9, "20 to 50 km"), (50.0, "50 km and over")]
        {
            assert_eq!(distance_band(Some(km)), band);
        }
        assert_eq!(distance_band(None), "not known");
    }
}
