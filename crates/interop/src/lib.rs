//! Exchange formats: bytes in, typed values and a list of problems out, and back. No IO, no clock.
//!
//! - [`fhir::read`] reads FHIR R4 bundles and single resources.
//! - [`csv::record`] writes tables for spreadsheets.
//! - [`ical::read`] reads iCalendar files; [`ical::invite`] writes invitations (iTIP).
//!
//! A reading never panics. A [`problem::Problem`] of severity error means that the file must not be stored.

pub mod csv;
pub mod fhir;
pub mod ical;
pub mod postcodes;
pub mod problem;
