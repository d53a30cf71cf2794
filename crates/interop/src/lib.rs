//! Exchange formats: bytes in, typed values and a list of problems out, and back.
//!
//! Pure: no clock, no network, no disk. Nothing here decides what to do with a record.

pub mod fhir;
pub mod ical;
pub mod problem;
