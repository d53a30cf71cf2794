use super::*;

#[track_caller]
fn check(letter: &str, label: Label) {
    let got = suggest(letter, None, None);
    assert_eq!(got.label, label, "{letter}\n{:?}", got.reasons);
    for reason in &got.reasons {
        assert_eq!(&letter[reason.start..reason.end], reason.words);
    }
}

#[test]
fn a_letter_of_the_samples_is_read_as_its_author_meant() {
    let root = std::env::var("WAYMARK_SAMPLES")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into());
    let path = std::path::Path::new(&root).join("ai/urgency_letters_dev.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(std::env::var("CI").is_err(), "the samples are missing: {}", path.display());
        println!("skipped: no samples at {}", path.display());
        return;
    };
    let (mut must, mut flagged, mut traps, mut outside) = (0, 0, 0, Vec::new());
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("a row");
        let got = suggest(row["text"].as_str().expect("text"), None, None);
        let label = serde_json::to_value(got.label).expect("a label");
        let is_flagged = got.label >= Label::SuspectedCancer;
        if row["must_flag"] == true {
            must += 1;
            flagged += usize::from(is_flagged);
        }
        traps += usize::from(!row["trap"].is_null() && is_flagged);
        if row["level"] == "emergency" {
            assert_eq!(got.label, Label::Emergency, "{}", row["id"]);
        }
        if !row["acceptable_levels"].as_array().expect("levels").contains(&label) {
            outside.push(format!("{} {label} {:?}", row["id"], got.reasons));
        }
    }
    assert!(must > 0 && flagged * 100 >= must * 95, "{flagged} of {must} flagged");
    assert!(traps <= 4, "{traps} traps flagged");
    assert!(outside.is_empty(), "{outside:#?}");
}

#[test]
fn emergencies_are_seen() {
    for letter in [
        "62M with crushing chest pain since this morning, sweaty.",
        "Sudden facial droop and slurred speech today in this 70 year old lady.",
        "Back pain with numbness around the saddle area and urinary incontinence. 45F.",
        "Known breast cancer with new severe thoracic back pain at night and leg weakness. 66F",
        "75F new temporal headache, scalp tenderness and jaw pain on chewing.",
        "Painful red eye with reduced vision, 60M.",
        "Pulsatile abdominal mass and back pain in a 72 year old man.",
        "Cold, pulseless, painful left leg since last night. 70M",
        "Fever and a non-blanching rash in a 4 year old boy.",
        "15M with sudden severe testicular pain this morning.",
        "Active suicidal thoughts with a plan to end his life.",
        "Swollen calf and breathless with pleuritic chest pain, ?PE. 40F",
        "24 year old with diabetes, blood glucose 28, ketones 4, vomiting.",
        "Hot swollen knee with fever, 58M.",
        "Two episodes of haematemesis today, feels faint. 54M",
        "32 weeks pregnant, BP 165/110 with headache and visual disturbance.",
        "78M with a TIA two days ago, weakness resolved within an hour.",
        "New flashes and floaters with a shadow in the field of vision, 61F",
    ] {
        check(letter, Label::Emergency);
    }
}

#[test]
fn suspected_cancer_is_seen() {
    for letter in [
        "Coughing up blood for two weeks, 55M smoker.",
        "66 year old man, painless jaundice.",
        "PSA 12.4 in a 68 year old man.",
        "Hard, craggy prostate on examination. 70M.",
        "Hoarse voice for six weeks, 58M.",
        "Chest X-ray shows a right upper lobe mass. 64F",
        "Ulcer on the tongue for five weeks, not healing. 50F",
        "Painless lump in the thyroid, 45F, please see.",
        "Bloody discharge from the left nipple, 57F.",
        "Iron studies normal. Rectal mass felt on examination, 61M.",
        "Enlarged rubbery neck nodes, night sweats and itch for two months. 30M",
        "Skin of left breast is puckered with dimpling, 62F, please see.",
        "No fever, two episodes of frank haematuria, 66M.",
        "She has a 6 week history of dysphagia to solids.",
        "Dysphagia. No improvement on omeprazole for a month. 50M",
    ] {
        check(letter, Label::SuspectedCancer);
    }
}

#[test]
fn what_is_denied_past_of_others_or_advice_does_not_count() {
    for letter in [
        "Denies haemoptysis, chest pain, or weight loss. Asthma review please. 60M",
        "60M with heartburn. No dysphagia or haematemesis, and no weight loss.",
        "Haematuria: nil. Dysuria for a year in this 60 year old man with an enlarged prostate.",
        "Her father had haemoptysis and died of lung cancer. She is well. 50F requests advice.",
        "Family history of jaundice. The 60 year old man is well.",
        "He had frank haematuria in 2011, fully investigated. Now for vasectomy. 50M",
        "Previous breast lump excised. Here for contraception advice. 45F",
        "PMH: dysphagia 2010, asthma. Referred for knee pain. 60M",
        "Past medical history\nHaematuria\nJaundice\n\nReferred for knee pain, 66M, please see.",
        "Knee pain for a year. Told to return if he develops chest pain or haemoptysis today. 60M",
        "Low back pain for three years. Safety netted about saddle numbness and incontinence. 45M",
        "Breast cyst ten years ago, breast lump as a teenager. Routine advice about the pill. 40F",
    ] {
        check(letter, Label::Routine);
    }
}

#[test]
fn age_and_sex_from_the_record_limit_the_rules() {
    let letter = "New breast lump, please see in clinic.";
    assert_eq!(suggest(letter, Some(24), None).label, Label::Routine);
    assert_eq!(suggest(letter, Some(30), None).label, Label::SuspectedCancer);
    assert_eq!(suggest(letter, None, None).label, Label::SuspectedCancer, "an unknown age limits nothing");
    let letter = "PSA 5.0 on the last test, please see.";
    assert_eq!(suggest(letter, Some(65), Some(Sex::Male)).label, Label::SuspectedCancer);
    assert_eq!(suggest(letter, Some(75), Some(Sex::Male)).label, Label::Routine);
    assert_eq!(suggest(letter, Some(65), Some(Sex::Female)).label, Label::Routine);
    assert_eq!(suggest("FIT result 4, please review bloating.", Some(40), None).label, Label::Routine);
}

#[test]
fn a_result_below_the_threshold_does_not_count() {
    for letter in [
        "FIT <10 in a 40 year old man, please review.",
        "FIT less than 10. Please advise on bloating in this man.",
    ] {
        check(letter, Label::Routine);
    }
    check("NT-proBNP 3100, breathless on stairs, please see this 70 year old man.", Label::Urgent);
}

#[test]
fn too_little_or_another_language_is_said_so() {
    check("", Label::NotEnoughInformation);
    check("Please see.", Label::NotEnoughInformation);
    check(
        "Bitte um Mitbeurteilung wegen Kniebeschwerden seit drei Jahren ohne Trauma",
        Label::NotEnoughInformation,
    );
}

#[test]
fn any_text_is_read_without_a_panic_and_with_sound_offsets() {
    for letter in [
        "é — haemoptysis “ é”, 60M",
        "haemoptysis",
        "??!!..;;::",
        "no no no no",
        "\u{0}\u{202e}x\n\n\n",
        "if",
        "PMH:",
        "FH\n",
    ] {
        for reason in suggest(letter, None, None).reasons {
            assert_eq!(&letter[reason.start..reason.end], reason.words);
        }
    }
    let long = "no weight loss, haemoptysis and breathlessness; ".repeat(8_000);
    assert!(suggest(&long, Some(60), None).label >= Label::Routine);
}
