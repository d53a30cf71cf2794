//! Pages, islands, styles and words.

pub mod components;
