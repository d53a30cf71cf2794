//! FHIR R4 (4.0.1) in: a Bundle or a single resource becomes [`records::Records`] and a list of problems.
//!
//! Only what a referral needs is read. Types without use here are counted, in one line per type.

pub mod audit_event;
mod bundle;
mod directory;
mod guard;
mod node;
mod papers;
mod patients;
mod plain;
pub mod records;
mod referrals;
mod types;

use std::collections::BTreeMap;

use crate::problem::{Problem, Sink, refused};
use records::Records;

pub use bundle::{ADDRESS, MAX_ENTRIES};
pub use guard::{MAX_BYTES, MAX_NESTING, MAX_VALUES};
pub use node::OWN;

/// What a file said. If [`crate::problem::refused`] holds of the problems, the records are not to be stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    pub records: Records,
    /// What was found wrong, in order of reading.
    pub problems: Vec<Problem>,
    /// Where each record stands in the file, by its key: `Bundle.entry[3].resource`. A single resource is its type.
    pub paths: BTreeMap<String, String>,
    /// How many resources of each type the file holds, those without use here included.
    pub counts: BTreeMap<String, usize>,
}

/// Reads a FHIR R4 Bundle (transaction, batch, collection, message, searchset, document) or a single resource.
///
/// References within the file become [`records::Link::Key`]; those that leave it become
/// [`records::Link::Identifier`], with the system [`ADDRESS`] when only an address such as `Patient/123` was sent.
pub fn read(bytes: &[u8]) -> Reading {
    let sink = Sink::default();
    let (mut records, mut counts, mut paths) = (Records::default(), BTreeMap::new(), BTreeMap::new());
    if let Some(root) = guard::parse(bytes, &sink)
        && let Some(entries) = bundle::Entries::of(&root, &sink)
    {
        let roles = directory::read(&entries, &mut records);
        patients::read(&entries, &mut records);
        referrals::read(&entries, &roles, &mut records);
        papers::read(&entries, &mut records);
        entries.note_unused();
        counts = entries.counts();
        paths = entries.all.iter().map(|entry| (entry.key.clone(), entry.path.clone())).collect();
    }
    let mut problems = sink.finish();
    if records == Records::default() && !refused(&problems) {
        problems.push(Problem {
            path: String::new(),
            severity: crate::problem::Severity::Error,
            problem: "nothing to import".to_owned(),
            remedy: "send patients, referrals, documents or a directory as FHIR R4".to_owned(),
        });
    }
    Reading { records, problems, paths, counts }
}
