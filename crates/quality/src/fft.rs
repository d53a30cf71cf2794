//! The NHS Friends and Family Test: one question on the overall experience, in the wording used since April 2020.

use serde::{Deserialize, Serialize};

/// Fewer answers than this are not shown (NHS England, FFT guidance: results under 5 are suppressed).
pub const SHOWN_FROM: u32 = 5;

/// An answer to "Overall, how was your experience of our service?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Very good.
    VeryGood,
    /// Good.
    Good,
    /// Neither good nor poor.
    Neither,
    /// Poor.
    Poor,
    /// Very poor.
    VeryPoor,
    /// Don't know.
    DontKnow,
}

/// The score of a set of answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// Under [`SHOWN_FROM`] answers: no figure, not even their number, is to be shown.
    Suppressed,
    /// The figures.
    Shown {
        /// How many answered, "don't know" included.
        answers: u32,
        /// Share of very good and good among all answers, in per cent, 0 to 100.
        positive: f64,
        /// Share of poor and very poor among all answers, in per cent, 0 to 100.
        negative: f64,
    },
}

/// Scores answers as NHS England does: each share is of all answers, "don't know" included. Not meant to rank
/// providers.
pub fn score(answers: &[Answer]) -> Score {
    let count = |of: &[Answer]| answers.iter().filter(|answer| of.contains(answer)).count();
    let all = answers.len();
    if all < SHOWN_FROM as usize {
        return Score::Suppressed;
    }
    let share = |of: &[Answer]| 100.0 * count(of) as f64 / all as f64;
    Score::Shown {
        answers: u32::try_from(all).unwrap_or(u32::MAX),
        positive: share(&[Answer::VeryGood, Answer::Good]),
        negative: share(&[Answer::Poor, Answer::VeryPoor]),
    }
}

impl Score {
    /// The score as a sentence.
    pub fn words(&self) -> String {
        match self {
            Score::Suppressed => format!("Fewer than {SHOWN_FROM} answers, so no result is shown."),
            Score::Shown { answers, positive, negative } => {
                format!(
                    "{positive:.0} % of {answers} people said very good or good, {negative:.0} % poor or very poor."
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_answers_with_dont_know() {
        use Answer::{DontKnow, Good, Neither, Poor, VeryGood, VeryPoor};
        let got = score(&[VeryGood, VeryGood, Good, Neither, Poor, VeryPoor, DontKnow, Good]);
        // 4 of 8 and 2 of 8.
        assert_eq!(got, Score::Shown { answers: 8, positive: 50.0, negative: 25.0 });
        assert_eq!(got.words(), "50 % of 8 people said very good or good, 25 % poor or very poor.");
    }

    #[test]
    fn under_five_answers_nothing_is_shown() {
        assert_eq!(score(&[Answer::Good; 4]), Score::Suppressed);
        assert!(matches!(score(&[Answer::Good; 5]), Score::Shown { answers: 5, .. }));
        assert_eq!(score(&[]).words(), "Fewer than 5 answers, so no result is shown.");
    }
}
