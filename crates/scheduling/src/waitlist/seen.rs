//! The times that somebody has seen and not taken.
//!
//! Whoever joins a list has seen everything that is free then: thousands of times, of sessions that go on in equal steps.
//! They are kept as runs of such steps, so that each of them is known and the text stays short.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// A set of times by their keys. A key of the form `number:whose` takes part in a run; any other stands for itself.
///
/// As text: keys apart by spaces; `number+step*count:whose` is a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Seen {
    /// Runs by whose they are, in order and apart from each other.
    runs: BTreeMap<String, Vec<Run>>,
    /// What is no number, and what was added one by one.
    others: HashSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    first: i64,
    step: i64,
    /// At least 1.
    count: i64,
}

impl Run {
    fn last(self) -> i64 {
        self.first + self.step * (self.count - 1)
    }

    fn contains(self, number: i64) -> bool {
        (self.first..=self.last()).contains(&number) && (number - self.first) % self.step == 0
    }
}

impl Seen {
    pub fn of(keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut numbers: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let mut others = HashSet::new();
        for key in keys {
            let key = key.as_ref();
            match numbered(key) {
                Some((number, whose)) => numbers.entry(whose.to_owned()).or_default().push(number),
                None => {
                    others.insert(key.to_owned());
                }
            }
        }
        Self { runs: numbers.into_iter().map(|(whose, all)| (whose, runs(all))).collect(), others }
    }

    /// Adds keys: few, beside what is known.
    pub fn add(&mut self, keys: impl IntoIterator<Item = String>) {
        self.others.extend(keys.into_iter().filter(|key| !self.contains(key)).collect::<Vec<_>>());
    }

    /// Reads what [`fmt::Display`] wrote. What is no run is a key.
    pub fn read(text: &str) -> Self {
        let expand = |token: &str| -> Vec<String> {
            match run(token) {
                Some((run, whose)) => {
                    (0..run.count).map(|at| format!("{}:{whose}", run.first + at * run.step)).collect()
                }
                None => vec![token.to_owned()],
            }
        };
        Self::of(text.split_whitespace().flat_map(expand))
    }

    pub fn contains(&self, key: &str) -> bool {
        match numbered(key) {
            Some((number, whose)) => {
                let is_in_run = self.runs.get(whose).is_some_and(|runs| {
                    let after = runs.partition_point(|run| run.first <= number);
                    after > 0 && runs[after - 1].contains(number)
                });
                is_in_run || self.others.contains(key)
            }
            None => self.others.contains(key),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all: Vec<String> = self.others.iter().cloned().collect();
        all.sort();
        for (whose, runs) in &self.runs {
            all.extend(runs.iter().map(|run| match run.count {
                1 => format!("{}:{whose}", run.first),
                count => format!("{}+{}*{count}:{whose}", run.first, run.step),
            }));
        }
        f.write_str(&all.join(" "))
    }
}

impl From<String> for Seen {
    fn from(text: String) -> Self {
        Self::read(&text)
    }
}

impl From<Seen> for String {
    fn from(seen: Seen) -> Self {
        seen.to_string()
    }
}

fn numbered(key: &str) -> Option<(i64, &str)> {
    let (number, whose) = key.split_once(':')?;
    Some((number.parse().ok()?, whose))
}

/// Most times of one run that is read: far more than a year has.
const MOST: i64 = 200_000;

fn run(token: &str) -> Option<(Run, &str)> {
    let (text, whose) = token.split_once(':')?;
    let (first, rest) = text.split_once('+')?;
    let (step, count) = rest.split_once('*')?;
    let run = Run { first: first.parse().ok()?, step: step.parse().ok()?, count: count.parse().ok()? };
    let is_sane =
        (1..=MOST).contains(&run.count) && (1..=MOST).contains(&run.step) && run.first.abs() < i64::MAX / 4;
    is_sane.then_some((run, whose))
}

fn runs(mut numbers: Vec<i64>) -> Vec<Run> {
    numbers.sort_unstable();
    numbers.dedup();
    let mut all: Vec<Run> = Vec::new();
    for number in numbers {
        match all.last_mut() {
            Some(run) if run.count == 1 => (run.step, run.count) = (number - run.first, 2),
            Some(run) if number - run.last() == run.step => run.count += 1,
            // Of two that are far apart each stands for itself: the second may begin a run of its own.
            Some(run) if run.count == 2 && number - run.last() < run.step => {
                let second = run.last();
                (run.step, run.count) = (1, 1);
                all.push(Run { first: second, step: number - second, count: 2 });
            }
            _ => all.push(Run { first: number, step: 1, count: 1 }),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_year_of_sessions_is_a_line_for_each_day() {
        let keys = (0..250).flat_map(|day| (0..96).map(move |slot| format!("{}:abcd", day * 288 + slot)));
        let seen = Seen::of(keys.clone());
        assert!(seen.to_string().len() < 250 * 24, "{}", seen.to_string().len());
        assert!(keys.into_iter().all(|key| seen.contains(&key)));
        assert!(!seen.contains("96:abcd") && !seen.contains("0:dcba"));
    }

    #[test]
    fn what_was_kept_before_there_were_runs_is_read() {
        let seen = Seen::read("5900000:1a2b3c4d 5900006:1a2b3c4d odd");
        assert!(
            seen.contains("5900000:1a2b3c4d") && seen.contains("5900006:1a2b3c4d") && seen.contains("odd")
        );
        assert!(!seen.contains("5900003:1a2b3c4d"));
        let mut more = Seen::of(["1:a", "2:a"]);
        more.add(["2:a".to_owned(), "7:a".to_owned()]);
        assert!(more.contains("2:a") && more.contains("7:a") && !more.contains("6:a"));
        assert_eq!(Seen::read("1+2*999999999999:a").to_string(), "1+2*999999999999:a", "no such run is made");
    }

    proptest! {
        #[test]
        fn every_time_that_was_seen_is_known_and_no_other(
            numbers in prop::collection::vec((0i64..60, 0u8..2), 0..40)
        ) {
            let key = |(number, whose): &(i64, u8)| format!("{number}:{whose}");
            let seen = Seen::of(numbers.iter().map(key));
            let read = Seen::read(&seen.to_string());
            prop_assert_eq!(&read, &seen);
            for number in 0..60 {
                for whose in 0..2 {
                    let one = (number, whose);
                    prop_assert_eq!(seen.contains(&key(&one)), numbers.contains(&one));
                }
            }
        }
    }
}
