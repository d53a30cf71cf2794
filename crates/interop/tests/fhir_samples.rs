//! Real FHIR files are read, or refused with a list.

mod common;

use interop::fhir::{Reading, read};
use interop::problem::{Severity, refused};

fn sample(folder: &std::path::Path, name: &str) -> Reading {
    read(&std::fs::read(folder.join(name)).expect("a sample"))
}

fn paths_of_errors(reading: &Reading) -> Vec<&str> {
    let errors = reading.problems.iter().filter(|p| p.severity == Severity::Error);
    errors.map(|p| p.path.as_str()).collect()
}

#[test]
fn all_synthea_bundles_are_read_without_error() {
    let Some(folder) = common::samples("interop/fhir/synthea-r4") else { return };
    let hospital = sample(&folder, "hospitalInformation.json");
    assert!(hospital.problems.is_empty(), "{:#?}", hospital.problems);
    assert_eq!(hospital.records.organisations.len(), 102);
    let staff = sample(&folder, "practitionerInformation.json");
    assert!(staff.problems.is_empty());
    assert_eq!(staff.records.people.len(), 102);
    for (name, observations, items) in [("patient-00.json", 48, 58), ("patient-01.json", 33, 44)] {
        let patient = sample(&folder, name);
        assert_eq!(paths_of_errors(&patient), Vec::<&str>::new());
        assert_eq!(patient.records.patients.len(), 1);
        assert_eq!(patient.counts["Observation"], observations);
        assert_eq!(patient.records.items.len(), items, "{name}");
        assert!(patient.records.items.iter().all(|i| i.on.is_some()));
        let unused: Vec<_> = patient.problems.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(unused, ["Claim", "Encounter", "ExplanationOfBenefit"]);
    }
}

#[test]
fn every_fhir_sample_is_read_or_refused_with_a_remedy() {
    let Some(folder) = common::samples("interop/fhir") else { return };
    for path in common::files(&folder, "json") {
        let reading = read(&std::fs::read(&path).expect("a sample"));
        let empty = reading.records == Default::default();
        assert!(!empty || refused(&reading.problems), "{} is neither read nor refused", path.display());
        for problem in &reading.problems {
            assert!(!problem.problem.is_empty() && !problem.remedy.is_empty());
            println!("{}: {:?} {} {}", path.display(), problem.severity, problem.path, problem.problem);
        }
    }
}

#[test]
fn referral_examples_of_the_english_service_are_read_or_named() {
    let Some(folder) = common::samples("interop/fhir") else { return };
    let referral = sample(&folder, "ers-r4/ResponseExampleReferral.json");
    assert!(!refused(&referral.problems), "{:#?}", referral.problems);
    assert_eq!(referral.records.referrals[0].identifiers[0].value, "000000070000");
    let services = sample(&folder, "ers-r4/searchServiceWithMaxAndMinAttributes.json");
    assert_eq!(services.records.services.len(), 2, "{:#?}", services.problems);
    let nameless = sample(&folder, "ers-r4/PractitionerBundle.json");
    assert_eq!(
        paths_of_errors(&nameless),
        ["Bundle.entry[0].resource.identifier", "Bundle.entry[0].resource.name"]
    );
    let booking = sample(&folder, "bars/process_message-POST-body.json");
    assert_eq!(paths_of_errors(&booking), ["Bundle.entry[1].resource.basedOn"]);
    assert!(booking.problems.iter().any(|p| p.remedy == "a booking needs the referral it is for"));
    let outcome = sample(&folder, "bars/OperationOutcome/400-REC_BAD_REQUEST-value.json");
    assert!(outcome.problems.iter().any(|p| p.problem == "nothing to import"));
    let stu3 = sample(&folder, "ers-stu3/acceptReferral-responses-ExampleResponse.json");
    assert!(refused(&stu3.problems));
    let lone = sample(&folder, "us-core/servicerequest-foodpantry-referral.json");
    assert!(!refused(&lone.problems), "{:#?}", lone.problems);
    let summary = sample(&folder, "us-core/documentreference-discharge-summary.json");
    assert!(summary.records.documents[0].bytes.starts_with(b"No activity restriction"));
}
