//! FHIR R4 JSON in: a Bundle or a single resource becomes [`Records`] and a list of problems.
//!
//! Source: HL7 FHIR R4 (4.0.1), <https://hl7.org/fhir/R4/>. What a field is read from is written on the field in
//! [`records`]. Resources that the product has no use for are counted and named once.

mod clinical;
mod directory;
mod entries;
mod narrative;
mod node;
mod papers;
mod patients;
mod prescan;
pub mod records;
mod referrals;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

use crate::problem::{Problem, Severity};
use node::Problems;
use records::Records;

/// What a file says, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// What could be read. To be stored only if [`Reading::is_refused`] is false.
    pub records: Records,
    /// Everything that was found wrong, in the order of the file's records.
    pub problems: Vec<Problem>,
    /// How many resources of each type the file holds, those that are not used included.
    pub counts: BTreeMap<String, usize>,
}

impl Reading {
    /// True when at least one problem is an error, so that nothing of this file may be stored.
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// Reads a FHIR R4 JSON file. Never panics and never fails: what cannot be read is an Error among the problems.
pub fn read(bytes: &[u8]) -> Reading {
    let value = match prescan::parse(bytes) {
        Ok(value) => value,
        Err(problem) => return Reading { problems: vec![*problem], ..Reading::default() },
    };
    let problems = Problems::default();
    let (records, counts) = match entries::Entries::of(&value, &problems) {
        Some(entries) => (read_entries(&entries), entries.counts()),
        None => (Records::default(), BTreeMap::new()),
    };
    let mut problems = problems.into_list();
    if records == Records::default() && !problems.iter().any(|problem| problem.severity == Severity::Error) {
        problems.push(Problem::new(
            Severity::Error,
            value["resourceType"].as_str().filter(|kind| node::is_type_name(kind)).unwrap_or("(file)"),
            "There is nothing to import in this file.",
            "Send a Bundle that holds at least one resource of a kind that is read, such as Patient or ServiceRequest.",
        ));
    }
    Reading { records, problems, counts }
}

fn read_entries(entries: &entries::Entries) -> Records {
    let mut records = Records::default();
    directory::read(entries, &mut records);
    patients::read(entries, &mut records);
    clinical::read(entries, &mut records);
    referrals::read(entries, &mut records);
    papers::read(entries, &mut records);
    records
}
