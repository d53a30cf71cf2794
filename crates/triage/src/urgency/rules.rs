//! The red-flag rules: what must not wait in a routine queue.
//!
//! Written by ourselves from public guidance: NICE NG12 (suspected cancer: recognition and referral, 2015, as updated
//! to 2025), whose facts are restated in our words, and emergency criteria common to UK guidance. **Draft**: a clinical
//! safety lead must sign the table off against the current guideline before a site switches it on. Patterns are
//! explained in [`super::text`].

use super::{Label, Sex};

/// How a rule is tested against a letter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Test {
    /// Each group must have one of its patterns as an asserted, current fact of the patient.
    All(&'static [&'static [&'static str]]),
    /// So many of the patterns, each counted once.
    AtLeast(usize, &'static [&'static str]),
    /// One of the patterns, followed closely by a number of at least this.
    Number(&'static [&'static str], f64),
    /// A PSA above the threshold for the age (NG12 1.6: 2.5, 3.5, 4.5 and 6.5 µg/L in the 40s, 50s, 60s and 70s).
    Psa,
    /// A pigmented lesion with 3 or more points on the weighted 7-point checklist (NG12 1.7).
    Mole,
}

/// One red-flag rule.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub id: &'static str,
    pub area: &'static str,
    pub level: Label,
    pub age_min: u32,
    pub age_max: u32,
    pub sex: Option<Sex>,
    pub source: &'static str,
    pub test: Test,
}

const EMERGENCY: &str = "Emergency criteria common to UK guidance";

const fn emergency(id: &'static str, area: &'static str, test: Test) -> Rule {
    Rule { id, area, level: Label::Emergency, age_min: 0, age_max: 150, sex: None, source: EMERGENCY, test }
}

const fn cancer(
    id: &'static str,
    area: &'static str,
    age_min: u32,
    source: &'static str,
    test: Test,
) -> Rule {
    Rule { id, area, level: Label::SuspectedCancer, age_min, age_max: 150, sex: None, source, test }
}

const fn urgent(
    id: &'static str,
    area: &'static str,
    age_min: u32,
    source: &'static str,
    test: Test,
) -> Rule {
    Rule { id, area, level: Label::Urgent, age_min, age_max: 150, sex: None, source, test }
}

const fn female(rule: Rule) -> Rule {
    Rule { sex: Some(Sex::Female), ..rule }
}

const fn male(rule: Rule) -> Rule {
    Rule { sex: Some(Sex::Male), ..rule }
}

const WEIGHT_LOSS: &[&str] = &[
    "weight loss",
    "lost weight",
    "losing weight",
    "loss of weight",
    "lost|losing ~ kg|kilos|kilograms|stone|lb|lbs|pounds",
    "weight has fallen|dropped",
    "weight is falling|dropping",
    "weight down",
];
const ABDOMINAL_PAIN_0: &str =
    "abdominal|abdomen|abdo|tummy|stomach|epigastric|iliac|pelvic ~ pain|pains|ache|discomfort|tenderness";
const ABDOMINAL_PAIN_1: &str = "pain ~ abdomen|tummy|stomach|epigastrium|fossa|pelvis";
const ABDOMINAL_PAIN_2: &str = "stomach|tummy ache";
const BACK_PAIN_0: &str = "back|spinal|spine|thoracic|lumbar pain|ache";
const BACK_PAIN_1: &str = "pain ~ back|spine";
const BACK_PAIN_2: &str = "sciatica";
const BACK_PAIN_3: &str = "lbp";
const BACK_PAIN_4: &str = "backache";
const HAEMOPTYSIS: &[&str] = &[
    "haemoptysis|hemoptysis|haemoptyses",
    "cough* ~ blood|bloody",
    "blood ~ sputum|phlegm",
    "blood stained|streaked sputum|phlegm",
    "bloodstained sputum|phlegm",
    "spit* ~ blood",
];
const VISIBLE_HAEMATURIA: &[&str] = &[
    "frank|visible|macroscopic|gross ~ haematuria|hematuria",
    "blood ~ urine",
    "urine ~ blood|bloody|red",
    "pass* ~ blood ~ urine",
    "red|pink|rose|bloody urine",
    "haematuria|hematuria",
    "urinating|peeing blood",
];
const DYSPHAGIA: &[&str] = &[
    "dysphagia",
    "difficult*|trouble|problem*|unable|cannot|can't|struggl* ~ swallow*",
    "swallow* ~ difficult*|problem*|hard|harder",
    "food|solids|meat|bread ~ stick*|stuck|lodg*|catch*",
    "odynophagia",
];

/// All the rules, the gravest first.
pub(super) const RULES: &[Rule] = &[
    emergency(
        "em-acs",
        "cardiac",
        Test::All(&[
            &[
                "chest|retrosternal|substernal pain|pains|tightness|pressure|heaviness|discomfort",
                "pain ~ chest",
                "central|crushing chest",
                "tight chest",
                "nstemi|stemi",
                "acute coronary syndrome",
                "myocardial infarction",
            ],
            &[
                "crushing",
                "sweaty|sweating|clammy|diaphoretic|grey",
                "this morning|afternoon|evening",
                "today|tonight|currently|ongoing",
                "last night",
                "for|past|last ~ hour|hours",
                "hour|hours ago",
                "st elevation|depression",
                "raised|elevated|positive troponin",
                "troponin ~ raised|elevated|positive",
                "ecg changes",
                "at rest now",
                "right now",
                "nstemi|stemi",
                "acute coronary syndrome",
                "acute myocardial infarction",
            ],
        ]),
    ),
    emergency(
        "em-stroke",
        "neurology",
        Test::All(&[&[
            "sudden|suddenly|acute|today|morning|abrupt ~ facial|face|arm|leg|speech|slurred|weakness|hemiparesis|droop*|dysphasia|aphasia|confus*|unsteady|numbness",
            "facial|face droop|drooping|weakness ~ arm|leg|speech|slurred|sudden|since|today",
            "mouth|face droop* ~ today|since|morning|hour|hours|yesterday",
            "slurred speech|speaking ~ today|since|hours|morning|arm|leg|face|sudden",
            "acute|suspected|possible stroke|cva",
            "arm|speech|face ~ suddenly|abruptly",
            "new hemiparesis|hemiplegia|dysphasia|aphasia",
            "droop* ~ face|mouth ~ arm|speech|hour|hours|today|morning|since",
            "weak arm ~ slurred|speech|droop*",
        ]]),
    ),
    emergency(
        "em-tia",
        "neurology",
        Test::All(&[
            &[
                "tia|tias",
                "transient isch*",
                "mini stroke",
                "amaurosis fugax",
                "transient|temporary|brief ~ weakness|speech|dysphasia|facial|droop|numbness",
                "weakness|speech|droop|numb* ~ resolved|recovered|lasting|lasted ~ minutes|hour|hours",
                "minutes ~ weakness|dysphasia|droop|speech",
            ],
            &[
                "today|yesterday|tonight|overnight",
                "this morning|afternoon|evening|week|weekend",
                "last night|weekend|monday|tuesday|wednesday|thursday|friday|saturday|sunday",
                "on monday|tuesday|wednesday|thursday|friday|saturday|sunday",
                "days|hours|hour ago",
                "past|last|within ~ days|week|hours",
                "crescendo|recurrent",
                "suspected|probable|possible|likely tia",
            ],
        ]),
    ),
    emergency(
        "em-cauda",
        "spine",
        Test::All(&[
            &[
                BACK_PAIN_0,
                BACK_PAIN_1,
                BACK_PAIN_2,
                BACK_PAIN_3,
                BACK_PAIN_4,
                "leg pain",
                "cauda equina",
                "disc prolapse",
                "saddle",
            ],
            &[
                "saddle ~ numb*|anaesthesia|anesthesia|paraesthesia|sensation|loss",
                "numb* ~ saddle|perineum|perineal|genital*|bottom|buttocks|groin|anus",
                "perianal|perineal ~ numb*|sensation|anaesthesia",
                "cannot|can't|unable|not|difficult* ~ pass|passing|void|urinate",
                "urinary|urine|bladder|bowel|faecal ~ retention|incontinen*|dysfunction|disturbance",
                "retention|incontinen* ~ urine|bladder|faeces|bowel|bowels",
                "incontinent|incontinence",
                "both|bilateral ~ leg|legs ~ weak*|numb*|sciatica|pain",
                "both legs weak*",
                "bilateral sciatica",
                "weak* ~ both legs",
                "cauda equina",
                "lost|loss ~ control ~ bladder|bowel|bowels",
                "wet himself|herself",
                "reduced anal tone",
            ],
        ]),
    ),
    emergency(
        "em-mscc",
        "spine",
        Test::All(&[
            &["cancer|carcinoma|metast*|myeloma|lymphoma|malignancy|mets"],
            &["back|spinal|spine|thoracic|lumbar ~ pain", "pain ~ back|spine", "cord compression", "mscc"],
            &[
                "leg|legs|limb|limbs ~ weak*|numb*|heavy|unsteady|giving",
                "weak*|numb* ~ leg|legs|limb|limbs",
                "unsteady|falls|gait|walking ~ difficult*|unsteady|deterior*",
                "difficult* ~ walk*",
                "nocturnal|night|severe|unremitting|progressive|worsening|band",
                "sensory level",
                "bladder|bowel",
                "cord compression",
                "mscc",
            ],
        ]),
    ),
    Rule {
        age_min: 50,
        ..emergency(
            "em-gca",
            "rheumatology",
            Test::All(&[
                &[
                    "headache|headaches",
                    "head|temple|temporal pain|tenderness",
                    "giant cell",
                    "gca",
                    "temporal arteritis",
                ],
                &[
                    "scalp ~ tender*|sore|pain*",
                    "tender*|sore ~ scalp|temple|temples|temporal",
                    "jaw ~ claudication|pain|ache|aches|aching|chew*|tired",
                    "pain* ~ chew*",
                    "hurts|aches ~ chew*",
                    "visual|vision|sight|diplopia|blurred|blurring|amaurosis",
                    "double vision",
                    "giant cell",
                    "gca",
                    "temporal arteritis",
                ],
            ]),
        )
    },
    emergency(
        "em-vision",
        "eye",
        Test::All(&[&[
            "sudden*|acute|abrupt* ~ loss|lost|reduc*|drop|decrease* ~ vision|sight|visual",
            "sudden*|acute|abrupt* ~ visual|vision|sight loss|lost",
            "vision|sight ~ lost|went|gone|loss ~ sudden*|today|morning|hours|yesterday|overnight",
            "lost ~ vision|sight ~ today|morning|hours|yesterday|overnight|sudden*|since",
            "woke ~ blind|unable ~ see",
            "sudden* ~ blind*",
            "curtain|shadow ~ vision|eye|sight|field",
            "painful|red ~ eye ~ vision|sight|visual|blurred|blurring",
            "eye ~ red|painful ~ vision|sight|visual|blurred",
            "flashes|flashing|floaters ~ floaters|flashes|field|shadow|curtain|vision",
            "retinal detachment",
        ]]),
    ),
    emergency(
        "em-aaa",
        "vascular",
        Test::All(&[
            &[
                "pulsatile|pulsating|expansile ~ mass|swelling|lump|abdomen|aorta",
                "mass|swelling ~ pulsatile|pulsating|pulsates|expansile",
                "ruptured|leaking|symptomatic ~ aaa|aneurysm",
                "aaa|aneurysm ~ tender|ruptured|leaking|painful",
            ],
            &[
                ABDOMINAL_PAIN_0,
                ABDOMINAL_PAIN_1,
                ABDOMINAL_PAIN_2,
                BACK_PAIN_0,
                BACK_PAIN_1,
                "flank|loin pain",
                "ruptured|leaking|symptomatic|tender|painful",
            ],
        ]),
    ),
    emergency(
        "em-limb",
        "vascular",
        Test::All(&[
            &["leg|foot|arm|hand|limb|toes|fingers"],
            &[
                "cold|cool ~ pale|white|painful|pulseless|numb|leg|foot|limb|arm|hand|mottled",
                "pulseless",
                "no ~ pulse|pulses ~ foot|leg|palpable|pedal",
                "absent|lost ~ pulse|pulses",
                "pulses absent|impalpable",
                "acute limb isch*",
                "acutely isch*",
                "white|pale|mottled ~ cold|pulseless",
            ],
            &[
                "acute*|sudden*|today|yesterday|overnight|hours|hour|pulseless|mottled|white|perishing",
                "this morning",
                "last night",
            ],
        ]),
    ),
    emergency(
        "em-sepsis",
        "infection",
        Test::All(&[&[
            "sepsis|septic|septicaemia|septicaemic",
            "septic shock",
            "neutropenic sepsis|fever",
            "fever|febrile|pyrexia*|infection|temperature ~ hypotens*|confus*|rigors|mottled|drowsy|tachycardi*",
            "rigors ~ confus*|hypotens*|drowsy|tachycardi*|mottled",
            "news|news2 score ~ 7|8|9|10|11|12",
        ]]),
    ),
    emergency(
        "em-mening",
        "infection",
        Test::All(&[
            &["fever|febrile|pyrexia*|temperature|feverish|meningitis|meningococc*", "non blanching"],
            &[
                "non blanching",
                "nonblanching",
                "neck stiff*",
                "stiff neck",
                "rash ~ not ~ blanch*|fade",
                "photophobia",
                "purpuric|petechial rash",
                "drowsy|confus*|unrousable|obtunded",
                "altered|reduced ~ consciousness",
                "meningitis|meningococc*",
            ],
        ]),
    ),
    male(emergency(
        "em-tors",
        "urology",
        Test::All(&[
            &[
                "testic*|testis|testes|scrot* ~ pain*|tender*|ache",
                "pain* ~ testic*|testis|testes|scrot*|ball",
                "torsion",
                "testic*|testis|scrotum ~ agony",
            ],
            &[
                "sudden*|acute*|today|yesterday|overnight|hours|hour|severe|woke",
                "this morning|afternoon|evening",
                "last night",
                "torsion",
            ],
        ]),
    )),
    female(emergency(
        "em-ectopic",
        "gynaecology",
        Test::All(&[
            &[
                "pregnan* test ~ positive",
                "positive|pos ~ pregnan*",
                "positive|raised|rising ~ hcg|bhcg",
                "hcg ~ positive|raised",
                "early pregnancy",
                "weeks pregnant",
                "pregnant",
                "ectopic",
                "missed period",
                "weeks amenorrhoea",
            ],
            &[
                ABDOMINAL_PAIN_0,
                ABDOMINAL_PAIN_1,
                ABDOMINAL_PAIN_2,
                "bleed*|spotting",
                "shoulder tip pain",
                "iliac|pelvic|adnexal ~ pain|tender*",
                "ectopic",
            ],
        ]),
    )),
    female(emergency(
        "em-preecl",
        "obstetrics",
        Test::All(&[
            &["pregnan*|gestation|primigravida|antenatal|weeks|trimester|preeclampsia", "pre eclampsia"],
            &[
                "hypertens*|preeclampsia|proteinuria",
                "pre eclampsia",
                "blood pressure ~ raised|high|elevated",
                "raised|high|elevated|bp ~ blood|bp|14*|15*|16*|17*|18*|19*",
            ],
            &[
                "headache|headaches|epigastric|blurred|blurring|flashing|preeclampsia",
                "visual ~ disturbance*|symptoms|change*|aura",
                "seeing ~ spots|lights|stars",
                "vision",
                "pre eclampsia",
            ],
            &[
                "pregnan*|gestation|primigravida|antenatal|trimester|preeclampsia|fetal|foetal",
                "pre eclampsia",
                "weeks pregnant|gestation",
            ],
        ]),
    )),
    emergency(
        "em-gib",
        "GI",
        Test::All(&[
            &[
                "haematemesis|hematemesis|melaena|melena",
                "vomit* ~ blood|bloody|coffee",
                "coffee ground*",
                "black ~ tarry|sticky|tar ~ stool|stools|motion*|faeces",
                "black tarry",
                "tarry stool*",
            ],
            &[
                "today|yesterday|overnight|collaps*|dizz*|faint*|syncop*|tachycardi*|hypotens*|pale|pallor|shock*|lighthead*|light|clammy|pulse|bp|presyncop*",
                "postural drop",
                "hb ~ drop*|fallen|fell",
                "this morning",
                "last night",
                "low blood pressure",
            ],
        ]),
    ),
    emergency(
        "em-septjoint",
        "MSK",
        Test::All(&[
            &[
                "hot|red|inflamed ~ swollen|painful|joint|knee|hip|ankle|wrist|elbow|shoulder",
                "swollen ~ hot|red|joint|knee|hip|ankle|wrist|elbow|shoulder",
                "septic arthritis|joint",
                "joint|knee|hip|ankle|wrist|elbow|shoulder ~ hot|swollen|effusion",
            ],
            &[
                "fever|febrile|pyrexia*|feverish|rigors|unwell|septic",
                "temperature ~ 38*|39*|40*|raised|high",
                "temp ~ 38*|39*|40*",
            ],
            &["joint|knee|hip|ankle|wrist|elbow|shoulder|arthritis|finger|toe|prosthe*"],
            &["hot|septic|red|warm|inflamed"],
        ]),
    ),
    emergency(
        "em-suicide",
        "mental health",
        Test::All(&[&[
            "suicid* ~ intent|plan|plans|planned|planning|intention|thoughts|ideation|active*|attempt*",
            "active*|current|ongoing ~ suicid*",
            "plan|plans|planning|intends|intent|intending|wants|wishes|threaten* ~ suicide|die|kill|end|hang|overdose|jump",
            "kill himself|herself|themselves|myself",
            "end ~ his|her|their|my life",
            "overdose ~ today|yesterday|plan*|stockpil*",
            "stockpil* ~ tablets|pills|medication|paracetamol",
            "actively suicidal",
        ]]),
    ),
    emergency(
        "em-dka",
        "endocrine",
        Test::All(&[
            &["glucose|sugar|sugars|bm|bms|hyperglyc*|diabet*|t1dm|dka|ketoacidosis"],
            &[
                "ketone|ketones|ketotic|ketonuria|ketosis|dka|ketoacidosis",
                "vomiting ~ drows*|glucose|sugar|ketones",
                "glucose|sugar|sugars|bm|hyperglyc* ~ vomit*|drows*",
                "kussmaul",
            ],
            &[
                "raised|high|positive|vomit*|drows*|unwell|dka|ketoacidosis|hyperglyc*|confus*|breathing|thirst*|polyuria",
                "2*|3*|4*",
            ],
        ]),
    ),
    emergency(
        "em-pe",
        "respiratory",
        Test::All(&[&[
            "pulmonary embol*",
            "pe ~ suspected|possible|likely|wells|query",
            "suspect*|possible|query|likely|probable ~ pe",
            "suspect*|possible|query|likely|probable ~ pulmonary embol*",
            "pleuritic ~ breathless*|sob|calf|dyspn*|swollen",
            "breathless*|dyspn*|sob ~ pleuritic",
            "sudden*|acute* ~ breathless*|dyspnoea ~ calf|pleuritic|swollen|leg|flight|surgery",
            "calf|leg swelling ~ breathless*|chest|dyspn*",
            "swollen ~ calf|leg ~ breathless*|chest|dyspn*",
            "breathless* ~ calf|swollen",
        ]]),
    ),
    Rule {
        age_max: 24,
        source: "NICE NG12 1.10",
        ..emergency(
            "haem-2",
            "leukaemia (child)",
            Test::All(&[&[
                "petechia*",
                "hepatosplenomegaly",
                "enlarged ~ liver ~ spleen",
                "enlarged spleen",
                "purpur*",
            ]]),
        )
    },
    cancer(
        "lung-1",
        "lung",
        0,
        "NICE NG12 1.1.1",
        Test::All(&[
            &[
                "x|xray|cxr|radiograph ray|shows|showed|suspicious|reported|reports ~ mass|opacity|lesion|nodule|shadow|shadowing|suspicious|malignan*|tumour|cancer",
                "cxr|xray ~ mass|opacity|lesion|nodule|shadow|suspicious|malignan*|tumour|cancer",
                "x ray ~ mass|opacity|lesion|nodule|shadow|suspicious|malignan*|tumour|cancer|collapse",
                "lung|hilar|pulmonary|lobe ~ mass|nodule|tumour|opacity|lesion",
                "mass|opacity|lesion|nodule ~ lung|lobe|hilum|hilar|cxr",
            ],
            &["lung|chest|cxr|hilar|hilum|pulmonary|lobe|thoracic"],
        ]),
    ),
    cancer("lung-2", "lung", 40, "NICE NG12 1.1.1", Test::All(&[HAEMOPTYSIS])),
    cancer(
        "meso-1",
        "mesothelioma",
        0,
        "NICE NG12 1.1.4",
        Test::All(&[
            &["mesothelioma", "pleural ~ thickening|plaque*|mass|effusion"],
            &["mesothelioma", "x|xray|cxr|asbestos|radiograph"],
        ]),
    ),
    cancer("ugi-1", "upper GI", 0, "NICE NG12 1.2", Test::All(&[DYSPHAGIA])),
    cancer(
        "ugi-2",
        "upper GI",
        55,
        "NICE NG12 1.2",
        Test::All(&[
            WEIGHT_LOSS,
            &[
                "reflux|dyspepsia|heartburn|indigestion|dyspeptic|gord",
                "upper abdominal|abdo ~ pain",
                "epigastric ~ pain|discomfort|tenderness",
                "pain ~ epigastrium|stomach",
                "stomach pain",
            ],
        ]),
    ),
    cancer(
        "ugi-3",
        "stomach",
        0,
        "NICE NG12 1.2",
        Test::All(&[&[
            "epigastric|upper ~ mass|lump",
            "mass|lump ~ epigastrium|epigastric|stomach",
            "mass|lump ~ upper abdomen",
        ]]),
    ),
    cancer(
        "panc-1",
        "pancreas",
        40,
        "NICE NG12 1.2",
        Test::All(&[&[
            "jaundice|jaundiced|icteric|icterus",
            "yellow ~ skin|eyes|sclera*",
            "skin|eyes|sclera* ~ yellow",
            "turned|gone|going yellow",
        ]]),
    ),
    cancer(
        "crc-1",
        "colorectal",
        0,
        "NICE NG12 1.3 (FIT 10 µg/g or more)",
        Test::Number(&["fit|qfit", "faecal immunochemical", "immunochemical test"], 10.0),
    ),
    cancer(
        "crc-1",
        "colorectal",
        0,
        "NICE NG12 1.3 (FIT 10 µg/g or more)",
        Test::All(&[&[
            "fit|qfit ~ positive|raised|elevated|abnormal",
            "positive|raised|elevated fit|qfit",
            "faecal immunochemical ~ positive|raised",
        ]]),
    ),
    cancer(
        "crc-3",
        "colorectal",
        0,
        "NICE NG12 1.3",
        Test::All(&[&[
            "rectal|rectum ~ mass|lump|tumour|lesion",
            "mass|lump|tumour|lesion ~ rectum|rectal|pr|dre",
            "pr ~ mass|lump|hard",
        ]]),
    ),
    cancer(
        "anal-1",
        "anal",
        0,
        "NICE NG12 1.3",
        Test::All(&[&[
            "anal|perianal|anus ~ mass|lump|ulcer*|growth|lesion",
            "mass|lump|ulcer*|growth ~ anus|anal canal|verge|margin",
        ]]),
    ),
    cancer(
        "breast-1",
        "breast",
        30,
        "NICE NG12 1.4",
        Test::All(&[&[
            "breast ~ lump|lumps|mass|nodule|thickening|lumpiness",
            "lump|lumps|mass|nodule|thickening ~ breast",
        ]]),
    ),
    cancer(
        "breast-2",
        "breast",
        50,
        "NICE NG12 1.4",
        Test::All(&[&[
            "nipple ~ discharge|retract*|inver*|change*|pulled|bleed*|blood*|crust*|eczema*|scal*|drawn|indrawn",
            "discharge|blood*|inver*|retract* ~ nipple",
        ]]),
    ),
    cancer(
        "breast-3",
        "breast",
        0,
        "NICE NG12 1.4",
        Test::All(&[&[
            "breast ~ dimpl*|pucker*|peau|tether*|ulcerat*",
            "dimpl*|pucker*|tether* ~ breast",
            "peau d'orange",
            "skin change* ~ breast",
            "peau orange",
        ]]),
    ),
    cancer(
        "breast-4",
        "breast",
        30,
        "NICE NG12 1.4",
        Test::All(&[&[
            "axilla|axillary|armpit ~ lump|mass|node|nodes|swelling|lymphadenopathy",
            "lump|mass|node|nodes|swelling ~ axilla|armpit",
        ]]),
    ),
    female(cancer(
        "ovar-1",
        "ovarian",
        0,
        "NICE NG12 1.5",
        Test::All(&[&[
            "ascites",
            "pelvic|adnexal|ovarian ~ mass|lump",
            "mass|lump ~ pelvis|pelvic",
            "abdominal ~ mass",
            "mass ~ abdomen",
            "raised|elevated ca125",
            "ca125 ~ raised|elevated|high",
            "complex ~ ovarian|adnexal cyst",
        ]]),
    )),
    female(cancer(
        "endo-1",
        "endometrial",
        0,
        "NICE NG12 1.5",
        Test::All(&[&[
            "postmenopausal bleeding",
            "post menopausal ~ bleed*|spotting",
            "bleed*|spotting|blood ~ postmenopausal|menopause",
            "bleed*|spotting ~ after|since ~ last period|periods|menopause",
            "bleed*|spotting ~ years ~ period|periods|menopause",
            "pmb",
            "bleed* ~ vagina* ~ years ~ last|after",
            "postmenopausal ~ bleed*|spotting",
            "menopause ~ bleed*|spotting",
            "periods stopped|ended ~ bleed*|spotting",
            "bleed* ~ years after|since",
            "years ~ menopaus* ~ bleed*|spotting",
            "fresh|new vaginal bleeding ~ years",
        ]]),
    )),
    female(cancer(
        "cerv-1",
        "cervical",
        0,
        "NICE NG12 1.5",
        Test::All(&[
            &[
                "cervix|cervical ~ suspicious|cancer|ulcer*|friable|irregular|mass|tumour|lesion|malignan*|abnormal|craggy",
                "suspicious|abnormal|irregular|friable ~ cervix",
            ],
            &["cervix|speculum|smear|colposcopy|postcoital|vagina*|bleed*|intermenstrual|gynae*"],
        ]),
    )),
    female(cancer(
        "vulv-1",
        "vulval",
        0,
        "NICE NG12 1.5",
        Test::All(&[&[
            "vulva|vulval|vulvar|labial|labia|labium ~ lump|ulcer*|bleed*|lesion|mass|growth|swelling",
            "lump|ulcer*|bleed*|lesion|mass|growth ~ vulva|vulval|labia|labial|labium",
        ]]),
    )),
    female(cancer(
        "vag-1",
        "vaginal",
        0,
        "NICE NG12 1.5",
        Test::All(&[&[
            "vagina|vaginal|introitus ~ mass|lump|growth",
            "mass|lump|growth ~ vagina|introitus|vaginal",
        ]]),
    )),
    male(cancer(
        "pros-1",
        "prostate",
        0,
        "NICE NG12 1.6",
        Test::All(&[&[
            "prostate ~ hard|craggy|nodul*|irregular|malignan*|asymmetric*|firm|suspicious",
            "hard|craggy|nodul*|irregular|malignan* ~ prostate",
        ]]),
    )),
    male(cancer("pros-2", "prostate", 0, "NICE NG12 1.6", Test::Psa)),
    cancer("blad-1", "bladder or kidney", 45, "NICE NG12 1.6", Test::All(&[VISIBLE_HAEMATURIA])),
    cancer(
        "blad-2",
        "bladder",
        60,
        "NICE NG12 1.6",
        Test::All(&[
            &[
                "non visible|microscopic haematuria|hematuria",
                "nvh",
                "microscopic|dipstick ~ haematuria|hematuria|blood",
                "nonvisible haematuria",
                "haematuria|hematuria ~ dip|dipstick",
            ],
            &[
                "dysuria|leucocytosis|leukocytosis|stinging|burning",
                "white ~ cell|cells|count ~ raised|high|elevated|1*|2*",
                "raised|high|elevated ~ white|wcc|wbc",
                "wcc|wbc",
                "pain* ~ urin*|micturition",
            ],
        ]),
    ),
    male(cancer(
        "test-1",
        "testicular",
        0,
        "NICE NG12 1.6",
        Test::All(&[&[
            "testic*|testis|scrotal ~ lump|mass|swelling|swollen|enlarge*|hard|bigger|harder|heavy|heaviness|heavier|firm|shape|texture|larger|nodule",
            "lump|mass|swelling|swollen|enlarge*|hard|nodule ~ testic*|testis",
            "change ~ testic*|testis",
        ]]),
    )),
    male(cancer(
        "pen-1",
        "penile",
        0,
        "NICE NG12 1.6",
        Test::All(&[&[
            "penis|penile|glans|foreskin ~ mass|lump|ulcer*|lesion|growth|sore",
            "mass|lump|ulcer*|lesion|growth|sore ~ penis|penile|glans|foreskin",
        ]]),
    )),
    cancer("skin-1", "skin", 0, "NICE NG12 1.7 (weighted 7-point checklist)", Test::Mole),
    cancer(
        "skin-1",
        "skin",
        0,
        "NICE NG12 1.7",
        Test::All(&[
            &["melanoma"],
            &[
                "suspect*|suspicious|dermoscop*|possible|likely|query|consistent|appearance*|concern*|suggest*|pigmented|mole|lesion",
            ],
        ]),
    ),
    cancer(
        "skin-2",
        "skin",
        0,
        "NICE NG12 1.7",
        Test::All(&[
            &[
                "squamous cell",
                "scc",
                "keratotic|hyperkeratotic|crusted|ulcerated|crusting|indurated|keratinising|keratinizing ~ lesion|nodule|lump|growth|plaque",
                "lesion|nodule|lump|growth ~ crusted|ulcerated|keratotic|crusting|indurated|keratinising",
            ],
            &[
                "grow*|grown|enlarg*|bleed*|tender|rapid*|weeks|suspect*|suspicious|possible|query|likely|indurated|increas*|ulcerated|painful|concern*",
            ],
            &["skin|lesion|nodule|plaque|growth|scc|squamous"],
        ]),
    ),
    cancer(
        "hn-1",
        "larynx",
        45,
        "NICE NG12 1.8",
        Test::All(&[&[
            "hoarse*|dysphonia",
            "neck ~ lump|mass|swelling|node|nodes",
            "lump|mass|swelling ~ neck",
            "voice ~ change*|hoarse|husky|croaky",
            "husky|croaky voice",
        ]]),
    ),
    cancer(
        "hn-2",
        "mouth and throat",
        0,
        "NICE NG12 1.8",
        Test::All(&[
            &[
                "mouth|oral|tongue|lip|gum|cheek|palate|buccal ~ ulcer*|lesion|lump|sore|patch",
                "ulcer*|sore|patch ~ mouth|tongue|lip|gum|cheek|palate|buccal",
                "erythroplakia|erythroleukoplakia|leukoplakia",
                "neck ~ lump",
                "lump ~ neck",
            ],
            &[
                "weeks|month|months|persist*|non|healing|heal|healed|unhealed|enlarg*|growing|erythroplakia|erythroleukoplakia|unexplained|painless",
                "3|4|5|6|7|8 52",
                "3 52|12",
            ],
        ]),
    ),
    cancer(
        "thy-1",
        "thyroid",
        0,
        "NICE NG12 1.8",
        Test::All(&[&[
            "thyroid ~ lump|mass|nodule|swelling|enlarge*",
            "lump|mass|nodule|swelling ~ thyroid",
        ]]),
    ),
    cancer(
        "lymph-1",
        "lymphoma",
        0,
        "NICE NG12 1.10",
        Test::All(&[
            &[
                "lymphadenopathy",
                "splenomegaly",
                "enlarged|swollen|rubbery|palpable ~ node|nodes|glands|spleen",
                "node|nodes|glands ~ enlarged|swollen|rubbery|cm|mm|palpable",
                "supraclavicular ~ node|lump|mass|swelling",
            ],
            &[
                "weeks|month|months|persist*|unexplained|painless|generalised|rubbery|sweats|fever|itch*|pruritus|enlarging|growing|supraclavicular|splenomegaly|widespread",
                "weight loss",
                "lost weight",
            ],
        ]),
    ),
    cancer(
        "myel-1",
        "myeloma",
        0,
        "NICE NG12 1.10",
        Test::All(&[&[
            "paraprotein|paraproteinaemia|myeloma",
            "bence jones",
            "electrophoresis ~ band|abnormal|monoclonal|suggest*",
            "monoclonal ~ band|protein|gammopathy",
        ]]),
    ),
    cancer(
        "bone-1",
        "bone sarcoma",
        0,
        "NICE NG12 1.11",
        Test::All(&[&[
            "osteosarcoma|sarcoma",
            "x|xray|radiograph|mri ~ lytic|sclerotic|destructive|aggressive|sunburst|tumour|periosteal",
            "bone ~ lesion|tumour|destruction",
            "codman*",
            "lytic|destructive ~ lesion|area",
        ]]),
    ),
    Rule {
        age_max: 15,
        ..cancer(
            "retino-1",
            "retinoblastoma",
            0,
            "NICE NG12 1.12",
            Test::All(&[&[
                "absent|no|lost|abnormal red reflex",
                "red reflex absent|abnormal",
                "red reflex ~ absent|seen|lost|missing|abnormal",
                "white ~ pupil|reflex|eye ~ photo*|flash|reflex|pupil",
                "leukocoria|leucocoria",
            ]]),
        )
    },
    urgent(
        "lung-3",
        "lung",
        40,
        "NICE NG12 1.1.2",
        Test::AtLeast(
            2,
            &[
                "cough|coughing",
                "fatigue|tiredness|exhausted|tired",
                "breathless*|dyspn*|short ~ breath|sob",
                "chest pain",
                "weight loss",
                "lost|losing weight",
                "appetite ~ loss|poor|lost|reduced",
                "loss ~ appetite",
                "off ~ food",
                "anorexia",
            ],
        ),
    ),
    urgent(
        "lung-4",
        "lung",
        40,
        "NICE NG12 1.1.3",
        Test::All(&[&[
            "finger clubbing",
            "clubbing|clubbed",
            "recurrent|persistent|repeated chest infection*",
            "thrombocytosis",
        ]]),
    ),
    urgent(
        "panc-2",
        "pancreas",
        60,
        "NICE NG12 1.2",
        Test::All(&[
            WEIGHT_LOSS,
            &[
                "diarrhoea|nausea|vomiting|constipation|constipated|steatorrhoea",
                "back|abdominal|tummy|stomach pain",
                "new ~ diabet*",
                "newly diagnosed diabet*",
            ],
        ]),
    ),
    urgent(
        "crc-2",
        "colorectal",
        0,
        "NICE NG12 1.3",
        Test::All(&[&[
            "change* ~ bowel ~ habit|habits",
            "bowel|bowels ~ changed|looser",
            "looser|loose stool|stools|motions",
            "iron deficien*",
            "rectal|pr bleed*",
            "bleed* ~ rectum|rectal|back passage",
            "blood ~ stool|stools|motions|faeces|pan|paper",
            "anaemi*|anemi* ~ iron|ferritin|deficien*",
            "low ferritin",
            "abdominal mass",
        ]]),
    ),
    female(urgent(
        "ovar-2",
        "ovarian",
        50,
        "NICE NG12 1.5",
        Test::All(&[&[
            "persistent|frequent|constant|daily|increasing|new bloating",
            "bloat*",
            "early satiety",
            "feel* full quickly",
            "abdominal distension",
        ]]),
    )),
    urgent(
        "brain-1",
        "brain",
        18,
        "NICE NG12 1.9",
        Test::All(&[&[
            "progressive|worsening|increasing|new|deteriorating ~ weakness|hemiparesis|ataxia|dysphasia|unsteadiness|numbness|clumsiness|neurolog*|personality|confusion",
            "weakness|ataxia|dysphasia|clumsiness ~ progressive|worsening|weeks",
        ]]),
    ),
    Rule {
        age_max: 24,
        ..urgent(
            "neuro-1",
            "brain (child)",
            0,
            "NICE NG12 1.9",
            Test::All(&[&[
                "ataxi*|unsteady|wobbly|nystagmus|clumsy|clumsiness|papilloedema|cerebellar|squint",
                "head tilt",
                "cranial nerve palsy",
                "morning ~ vomiting|headache*",
                "headache* ~ vomiting|morning|waking|wakes",
            ]]),
        )
    },
    urgent(
        "haem-1",
        "leukaemia",
        18,
        "NICE NG12 1.10",
        Test::All(&[&[
            "unexplained|easy|spontaneous|new|extensive ~ bruis*|bleeding",
            "bruis* ~ easily|unexplained|easy",
            "petechia*|hepatosplenomegaly",
            "generalised ~ lymphadenopathy",
            "unexplained ~ fever",
            "blasts|pancytopenia",
            "recurrent|persistent|repeated ~ infections|infection ~ pallor|pale|tired|fatigue|bruis*",
        ]]),
    ),
    Rule {
        age_max: 15,
        ..urgent(
            "wilms-1",
            "Wilms’ tumour or neuroblastoma",
            0,
            "NICE NG12 1.12",
            Test::All(&[&[
                "abdominal|abdomen|tummy|loin|flank|belly ~ mass|lump|swelling",
                "mass|lump|swelling ~ abdomen|tummy|abdominal|flank|loin|belly",
                "enlarged ~ kidney|liver|spleen|organ",
                "hepatomegaly|splenomegaly|hepatosplenomegaly",
            ]]),
        )
    },
    urgent(
        "sarc-1",
        "sarcoma",
        0,
        "NICE NG12 1.11",
        Test::All(&[
            &[
                "lump|mass|swelling ~ thigh|calf|arm|leg|forearm|buttock|shoulder|back|flank|groin|tissue|muscle",
                "thigh|calf|arm|forearm|leg|buttock|shoulder|back|tissue|muscle ~ lump|mass|swelling",
                "soft tissue ~ lump|mass|swelling",
            ],
            &[
                "enlarg*|growing|grown|grew|doubled|bigger|deep|rapid*",
                "increas* ~ size",
                "larger",
                "5|6|7|8|9|10 cm",
                "getting ~ bigger|larger",
            ],
        ]),
    ),
    urgent(
        "urg-arthritis",
        "rheumatology",
        0,
        "Early inflammatory arthritis: NICE NG100 1.1, seen within 3 weeks",
        Test::All(&[
            &[
                "inflammatory arthritis|polyarthritis",
                "synovitis",
                "early morning stiffness",
                "swollen ~ stiff ~ morning",
                "rheumatoid factor positive",
                "rheumatoid factor ~ positive|raised",
                "anti ccp positive",
                "ccp positive",
                "morning stiffness ~ hour|hours|minutes",
            ],
            &["suspect*|new|newly|early|weeks|swollen|crp|esr|synovitis|positive|possible"],
        ]),
    ),
    urgent(
        "urg-seizure",
        "neurology",
        0,
        "First seizure: NICE NG217 1.1, seen within 2 weeks",
        Test::All(&[&[
            "first ~ seizure|fit|convulsion",
            "new ~ seizure|seizures",
            "seizure|convulsion ~ first|witnessed|last week|yesterday|today",
            "new onset seizures|epilepsy",
        ]]),
    ),
    urgent(
        "urg-af",
        "cardiology",
        0,
        "New atrial fibrillation with symptoms: NICE NG196",
        Test::All(&[&[
            "new|newly|first|fast|onset ~ atrial fibrillation|flutter",
            "new|newly|fast ~ af",
            "atrial fibrillation ~ new|newly|onset",
            "new onset af",
        ]]),
    ),
    urgent(
        "urg-hf",
        "cardiology",
        0,
        "Suspected heart failure: NICE NG106 1.2 (NT-proBNP over 2,000 ng/L, 2 weeks)",
        Test::Number(&["bnp|probnp|ntprobnp", "pro bnp"], 2000.0),
    ),
    urgent(
        "urg-angina",
        "cardiology",
        0,
        "Worsening angina: NICE CG95",
        Test::All(&[&[
            "worsening|increasing|crescendo|unstable|new ~ angina",
            "angina ~ worsening|increasing|rest|frequent",
            "chest pain ~ exertion|exercise|walking ~ worsening|increasing|new|rest",
            "exertional syncope",
            "syncope|collapse ~ exertion|exercise",
        ]]),
    ),
];

/// The lesion that the 7-point checklist is about.
pub(super) const MOLE: &[&str] = &[
    "mole|moles|naevus|nevus",
    "pigmented ~ lesion|patch|spot|naevus",
    "brown|dark|black ~ lesion|patch|spot|mark",
];

/// The weighted 7-point checklist: patterns and points.
pub(super) const MOLE_POINTS: &[(u32, &[&str])] = &[
    (
        2,
        &[
            "grown|growing|grew|enlarg*|bigger|larger|doubled",
            "increas* ~ size",
            "chang* ~ size",
            "size ~ increas*|chang*|doubled",
        ],
    ),
    (
        2,
        &[
            "irregular|uneven|asymmetr*|jagged|ragged|notched ~ edge*|border*|shape|outline|margin*",
            "edge*|border*|shape|outline|margin* ~ irregular|uneven|asymmetr*|jagged|ragged|changed",
            "asymmetr*",
            "chang* ~ shape",
        ],
    ),
    (
        2,
        &[
            "two|three|several|multiple|different|mixed|varied|variable ~ colour*|color*|shades|tones",
            "colour*|color* ~ chang*|irregular|uneven|varied|variable|variegat*|darker",
            "chang*|irregular|uneven|variegat* ~ colour*|color*|pigment*",
            "darker|darkened|darkening|variegat*",
            "irregular pigment*",
        ],
    ),
    (
        1,
        &[
            "7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|25|30 mm",
            "7mm|8mm|9mm|10mm|11mm|12mm|13mm|14mm|15mm|20mm",
            "1|1.2|1.5|2|3 cm",
            "1cm|2cm",
        ],
    ),
    (1, &["inflam*|red|erythema*"]),
    (1, &["ooz*|bleed*|bled|crust*|weep*"]),
    (1, &["itch*|sore|tingling|pruri*", "altered|change* ~ sensation"]),
];
