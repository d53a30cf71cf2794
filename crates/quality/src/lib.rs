//! Statistics of care: waits by stage, and what people say afterwards.
//!
//! Pure: facts go in, figures go out, with a sentence in plain words for each. Small numbers are hidden where they
//! could show one person.

pub mod fft;
pub mod offers;
pub mod stages;
pub mod waits;

pub use fft::{Answer, Score, score};
pub use stages::{Leg, LegFigures, Stamps, figures, summary};
