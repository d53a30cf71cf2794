//! The demonstration: a small invented health system, and stand-ins that show what would have been sent.

pub mod capture;
pub mod generate;
pub mod load;
pub mod smtp;
