//! Taking in FHIR bundles and calendars: a file goes in whole, or is refused with a list of problems by path.

mod care;
mod directory;
mod known;
mod people;
mod referrals;

use std::collections::BTreeMap;

use domain::{CalendarId, OrganisationId, PatientId, ResourceId};
use interop::problem::{Problem, Severity};
use serde::{Deserialize, Serialize};
use store::entity::organisation;

use crate::audit::Touched;
use crate::ports::Waits;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, availability, ids};
use known::Known;

/// What became of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportReport {
    pub file: String,
    pub outcome: Outcome,
    /// How many of which kind were written.
    pub counts: BTreeMap<String, usize>,
    pub problems: Vec<Problem>,
}

/// Whether a file went in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Imported,
    Refused,
    /// Read without a fault, nothing written, as was asked.
    DryRun,
}

/// Whether a good file is written or only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Write,
    DryRun,
}

impl ImportReport {
    fn refused(file: &str, problems: Vec<Problem>) -> Self {
        Self { file: file.to_owned(), outcome: Outcome::Refused, counts: BTreeMap::new(), problems }
    }
}

/// An import that is under way.
struct Import<'a> {
    unit: Unit<'a>,
    /// Where things go that name no organisation.
    home: organisation::Model,
    known: Known,
    counts: BTreeMap<String, usize>,
    problems: Vec<Problem>,
    /// Where in the file each record stands, by its key.
    paths: BTreeMap<String, String>,
    /// Documents' bytes that were stored, to be taken back when the file is refused.
    stored: Vec<String>,
    /// Known patients who have died since. All that follows is a transaction of its own for each, once the file is in; should that
    /// not come about, the same file says it again.
    died: Vec<(OrganisationId, PatientId)>,
}

/// Takes in a FHIR R4 bundle or resource. Things that name no organisation go to `into`, or to the oldest one.
pub async fn fhir(
    desk: &Desk,
    call: &Call,
    file: &str,
    bytes: &[u8],
    into: Option<OrganisationId>,
    mode: Mode,
) -> Result<ImportReport, ServiceError> {
    let reading = interop::fhir::read(bytes);
    if reading.problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Ok(ImportReport::refused(file, reading.problems));
    }
    let unit = match Unit::begin(desk, call, "import", &(file, ids::digest(bytes))).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(report) => return Ok(report),
    };
    let home = home(&unit, into).await?;
    let mut import = Import {
        unit,
        home,
        known: Known::default(),
        counts: BTreeMap::new(),
        problems: reading.problems,
        paths: reading.paths,
        stored: Vec::new(),
        died: Vec::new(),
    };
    let written = import.write(&reading.records).await;
    let refused = import.problems.iter().any(|problem| problem.severity == Severity::Error);
    if written.is_err() || refused || mode == Mode::DryRun {
        for key in &import.stored {
            desk.ports.documents.delete(key).await.map_err(ServiceError::Broken)?;
        }
        written?;
        let mut report = ImportReport::refused(file, import.problems);
        if !refused {
            report.outcome = Outcome::DryRun;
            report.counts = import.counts;
        }
        return Ok(report);
    }
    let Import { mut unit, home, counts, problems, died, .. } = import;
    let touched =
        Touched { organisation: OrganisationId(home.id), entity: "import", id: None, patient: None };
    unit.record("import", &touched);
    let report = ImportReport { file: file.to_owned(), outcome: Outcome::Imported, counts, problems };
    let report = unit.finish(report).await?;
    for who in died {
        crate::deaths::imported(desk, call, who).await?;
    }
    Ok(report)
}

/// Takes in a calendar; without a resource it is kept unassigned and shown to the administrator.
pub async fn calendar(
    desk: &Desk,
    call: &Call,
    file: &str,
    bytes: &[u8],
    resource: Option<ResourceId>,
    into: Option<OrganisationId>,
    mode: Mode,
) -> Result<ImportReport, ServiceError> {
    // To judge it; the busy times are worked out when it is kept, for the organisation that it belongs to.
    let judged =
        desk.ports.calendars.busy(Waits::Reading, bytes.to_vec(), call.now, call.now, chrono_tz::UTC);
    let reading = judged.await.map_err(ServiceError::Broken)?;
    let is_refused = reading.is_refused();
    let problems = reading.problems.into_iter().map(|problem| problem.problem).collect();
    if is_refused {
        return Ok(ImportReport::refused(file, problems));
    }
    let counts = BTreeMap::from([("calendars".to_owned(), 1), ("events".to_owned(), reading.events)]);
    let mut report = ImportReport { file: file.to_owned(), outcome: Outcome::DryRun, counts, problems };
    if mode == Mode::DryRun {
        return Ok(report);
    }
    let owner = match resource {
        Some(id) => {
            let row =
                store::calendars::resource_anywhere(desk.store.reader(), id).await?.ok_or_else(|| {
                    ServiceError::invalid(
                        "resource",
                        "No clinician or room has this id. `waymark user list` shows them.",
                    )
                })?;
            OrganisationId(row.organisation_id)
        }
        None => {
            // Only to find or make the organisation: keeping the calendar is the command.
            let unkeyed = Call { key: None, ..call.clone() };
            let Begun::Fresh(unit) = Unit::begin::<_, ()>(desk, &unkeyed, "import", &file).await? else {
                return Err(ServiceError::Broken("a command without a key is never repeated".to_owned()));
            };
            let home = home(&unit, into).await?;
            unit.finish(()).await?;
            OrganisationId(home.id)
        }
    };
    let kept: Result<CalendarId, _> =
        availability::keep_calendar(desk, call, owner, resource, file, bytes).await;
    match kept {
        Ok(_) => report.outcome = Outcome::Imported,
        Err(ServiceError::Invalid(fields)) => {
            report.outcome = Outcome::Refused;
            report.problems.extend(fields.into_iter().map(|field| Problem {
                path: field.field,
                severity: Severity::Error,
                problem: field.message,
                remedy: "Correct the calendar where it was made, and import it again.".to_owned(),
            }));
        }
        Err(other) => return Err(other),
    }
    Ok(report)
}

/// The organisation named, or the oldest one, or a first one.
async fn home(unit: &Unit<'_>, into: Option<OrganisationId>) -> Result<organisation::Model, ServiceError> {
    let found = match into {
        Some(id) => Some(
            store::directory::organisation(&*unit.tx, id)
                .await?
                .ok_or_else(|| ServiceError::invalid("organisation", "No organisation has this id."))?,
        ),
        None => store::directory::organisations(&*unit.tx).await?.into_iter().next(),
    };
    if let Some(row) = found {
        return Ok(row);
    }
    let row = organisation::Model {
        id: ids::fresh(unit.call.now),
        name: "This organisation".to_owned(),
        phone: None,
        zone: "Europe/London".to_owned(),
        clocks: "{}".to_owned(),
        urgency_accepted_by: None,
        urgency_accepted_at: None,
        created_at: unit.call.now.timestamp_millis(),
        escalate_to: None,
        privacy_contact: None,
        language: domain::language::PRODUCT.to_owned(),
        approve_many_above: domain::to_many::ONE_MAY_WRITE_TO,
    };
    store::directory::insert_organisation(&unit.tx, row.clone()).await?;
    Ok(row)
}

impl Import<'_> {
    async fn write(&mut self, records: &interop::fhir::records::Records) -> Result<(), ServiceError> {
        self.organisations(&records.organisations).await?;
        self.sites(&records.sites).await?;
        self.services(&records.services).await?;
        self.people(&records.people).await?;
        self.patients(&records.patients).await?;
        self.items(&records.items).await?;
        for referral in &records.referrals {
            self.referral(referral, records).await?;
        }
        self.loose(records)
    }

    fn problem(&mut self, severity: Severity, path: &str, problem: impl Into<String>, remedy: &str) {
        let (path, remedy) = (self.located(path), remedy.to_owned());
        self.problems.push(Problem { path, severity, problem: problem.into(), remedy });
    }

    /// The place in the file of a record's key, with what stands behind the key.
    fn located(&self, path: &str) -> String {
        let found = self
            .paths
            .iter()
            .filter_map(|(key, place)| Some((key, place, path.strip_prefix(key.as_str())?)))
            .filter(|(_, _, rest)| rest.is_empty() || rest.starts_with('.'))
            .max_by_key(|(key, ..)| key.len());
        found.map_or_else(|| path.to_owned(), |(_, place, rest)| format!("{place}{rest}"))
    }

    fn error(&mut self, path: &str, problem: impl Into<String>, remedy: &str) {
        self.problem(Severity::Error, path, problem, remedy);
    }

    fn counted(&mut self, what: &'static str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }
}
