//! Pages, components, islands, server functions and words.
//!
//! Pages are rendered on the server and call `service` directly; what has to be alive in the browser is an island.
#![recursion_limit = "256"]

pub mod api;
pub mod components;
pub mod islands;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod web;
pub mod words;
