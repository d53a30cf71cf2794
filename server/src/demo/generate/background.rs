//! Long-standing conditions that the demonstration's patients have, with their usual medicines.

pub const ICD10: &str = "http://hl7.org/fhir/sid/icd-10";
pub const SNOMED: &str = "http://snomed.info/sct";

/// Key, ICD-10 code, words, medicines.
pub const BACKGROUND: &[(&str, &str, &str, &[&str])] = &[
    ("htn", "I10", "Essential (primary) hypertension", &["Amlodipine 5 mg tablets, one each morning"]),
    ("chol", "E78.0", "Pure hypercholesterolaemia", &["Atorvastatin 20 mg tablets, one at night"]),
    (
        "ihd",
        "I25.9",
        "Chronic ischaemic heart disease, unspecified",
        &["Aspirin 75 mg dispersible tablets, one each morning"],
    ),
    (
        "af",
        "I48.9",
        "Atrial fibrillation and atrial flutter, unspecified",
        &["Rivaroxaban 20 mg tablets, one with the evening meal"],
    ),
    (
        "dm2",
        "E11.9",
        "Type 2 diabetes mellitus without complications",
        &["Metformin 500 mg tablets, two twice a day with food"],
    ),
    (
        "dm1",
        "E10.9",
        "Type 1 diabetes mellitus without complications",
        &["Insulin degludec 100 units/ml, once a day", "Insulin aspart 100 units/ml, with meals"],
    ),
    (
        "asthma",
        "J45.9",
        "Asthma, unspecified",
        &[
            "Salbutamol 100 micrograms inhaler, when needed",
            "Beclometasone 100 micrograms inhaler, two puffs twice a day",
        ],
    ),
    (
        "copd",
        "J44.9",
        "Chronic obstructive pulmonary disease, unspecified",
        &["Tiotropium 18 micrograms inhaler, once a day"],
    ),
    ("ckd", "N18.3", "Chronic kidney disease, stage 3", &["Ramipril 5 mg capsules, one each morning"]),
    (
        "hypothyroid",
        "E03.9",
        "Hypothyroidism, unspecified",
        &["Levothyroxine 75 micrograms tablets, one each morning"],
    ),
    (
        "depression",
        "F32.9",
        "Depressive episode, unspecified",
        &["Sertraline 50 mg tablets, one each morning"],
    ),
    ("oa", "M19.9", "Arthrosis, unspecified", &["Paracetamol 500 mg tablets, two when needed"]),
];

/// Key of an allergy to penicillin among a story's conditions.
pub const PENICILLIN: &str = "pen";
