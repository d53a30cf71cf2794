//! Words that say what the matter is to whoever looks over a shoulder.

mod tongues;

use std::collections::BTreeSet;

use domain::language;
use domain::template::{Piece, Template, pieces};

use super::built_in;

/// Beginnings of words that name an illness, a specialty, a procedure or a result.
const STEMS: &str = "abortion addict alcohol alzheimer anorexi antenatal asthma biops bulimi cancer cardiolog chemotherap \
    chlamydia colonoscop contracept dementia depressi dermatolog diabet diagnos dialysis eczema \
    endocrinolog endoscop epilep fertilit gastroenterolog gastroscop genitourinary gonorrh gynaecolog \
    gynecolog haematolog hematolog hepatitis hospice hysterectom incontinen infertil leukaemi leukemi \
    lymphoma malignan mammogra melanoma menopaus metasta miscarr nephrolog neurolog obstetric oncolog \
    palliative parkinson pathology pregnan prostat psychiatr psycholog psychos psychother radiotherap \
    rheumatolog schizophren suicid symptom syphilis transplant tumor tumour ultrasound urolog vasectom";

/// Whole words of the kind, too short or too common as beginnings.
const WHOLE: &str = "aids biopsy bladder blood bowel brain breast breasts cervical ear ears eye eyes heart hiv joint \
    joints kidney kidneys liver lung lungs mental mri nose operation rectal respiratory result results \
    scan scans sexual skin std sti stroke surgical throat urine womb xray";

/// Words in the names of clinics that say nothing of what they see. What the product's own messages say is plain as well.
const PLAIN: &str = "access adult adults advice all and assessment care center centre clinic clinics community consultant \
    department early east evening first follow for from general group health hospital hospitals hub \
    infirmary local morning national new north nurse of office one opinion our outpatient outpatients \
    park practice rapid review routine royal second service services south specialist stop street suite \
    team telephone the trust unit urgent video virtual walk ward week weekend west with you your";

/// Shortest word of a clinic's name that is looked for alone.
const SHORTEST: usize = 3;

/// The first word, or name, in a text in this language that says what the matter is. `names` are those of the organisation's
/// clinics and specialties; what its own name says is said in every message anyway.
pub(super) fn word(text: &str, names: &[String], organisation: &str, tag: &str) -> Option<String> {
    let spoken: String = pieces(text)?
        .into_iter()
        .map(|piece| match piece {
            Piece::Words(words) => words,
            Piece::Place(_) => " ",
        })
        .collect();
    let there = split(&spoken);
    let plain = plain(organisation);
    for name in names {
        let parts = split(name);
        let telling: Vec<&String> = parts.iter().filter(|part| !plain.contains(*part)).collect();
        if telling.is_empty() {
            continue;
        }
        if there.windows(parts.len()).any(|window| window == parts) {
            return Some(name.trim().to_owned());
        }
        let alone =
            telling.into_iter().find(|part| part.chars().count() >= SHORTEST && there.contains(*part));
        if alone.is_some() {
            return alone.cloned();
        }
    }
    let tongue = tongues::of(language::bare(tag));
    let said = spoken.to_lowercase();
    let anywhere = tongue.anywhere.split('|').map(str::trim).filter(|words| !words.is_empty());
    if let Some(words) = anywhere.into_iter().find(|words| said.contains(words)) {
        return Some(words.to_owned());
    }
    // The short words of one language mean something else in another; the long ones are read everywhere.
    let (whole, shared) =
        if language::is_product(tag) { (WHOLE, "") } else { (tongue.whole, tongues::SHARED) };
    let stems = || [STEMS, shared, tongue.stems].into_iter().flat_map(str::split_whitespace);
    there.into_iter().find(|word| {
        whole.split_whitespace().any(|whole| whole == word) || stems().any(|stem| word.starts_with(stem))
    })
}

/// The words of a text in small letters. A hyphen does not part a word: "x-ray" is "xray".
fn split(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['-', '‐', '‑'], "")
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn plain(organisation: &str) -> BTreeSet<String> {
    let mut plain: BTreeSet<String> = PLAIN.split_whitespace().map(str::to_owned).collect();
    plain.extend(split(organisation));
    for template in Template::ALL.iter().filter(|template| template.is_for_patient()) {
        let words = built_in::words(*template);
        for text in [words.subject, words.sms, words.push] {
            plain.extend(split(text));
        }
    }
    plain
}
