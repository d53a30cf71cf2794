//! Names, streets and towns that the demonstration draws from.

/// Families by where their names come from: surnames, women's and men's given names, spoken language (BCP 47).
pub type Names = (&'static [&'static str], &'static [&'static str], &'static [&'static str], &'static str);

/// Given names are in three equal parts: for those over sixty, for the middle years, and for those under 25.
pub const NAMES: &[Names] = &[
    (
        &[
            "Ashdown",
            "Brearley",
            "Cartwright",
            "Dunmore",
            "Ellery",
            "Fairhurst",
            "Garside",
            "Holroyd",
            "Inchbald",
            "Kershaw",
        ],
        &["Joyce", "Maureen", "Patricia", "Alison", "Rebecca", "Lorna", "Chloe", "Florence", "Isla"],
        &["Kenneth", "Raymond", "Derek", "Stephen", "Gareth", "Philip", "Liam", "Oscar", "Alfie"],
        "en",
    ),
    (
        &["Llewellyn", "Pryce", "Gallagher", "Mulvaney", "Drummond", "Abernethy"],
        &["Bronwen", "Sheila", "Carys", "Nuala", "Orla", "Eilidh"],
        &["Emrys", "Fergus", "Declan", "Gethin", "Callum", "Rhys"],
        "en",
    ),
    (
        &["Hussain", "Malik", "Siddiqui", "Chaudhry"],
        &["Nasreen", "Shazia", "Aaliyah"],
        &["Nadeem", "Imran", "Zain"],
        "ur",
    ),
    (&["Miah", "Choudhury", "Rahman"], &["Fatema", "Nazia", "Tahmina"], &["Rafiq", "Kamal", "Sami"], "bn"),
    (&["Patel", "Desai", "Mistry"], &["Hansa", "Bhavna", "Diya"], &["Kirit", "Jayesh", "Aarav"], "gu"),
    (&["Sandhu", "Grewal"], &["Manjit", "Harpreet", "Simran"], &["Balwinder", "Gurdeep", "Arjan"], "pa"),
    (
        &["Kowalczyk", "Wozniak", "Nowak"],
        &["Halina", "Agnieszka", "Zofia"],
        &["Zbigniew", "Tomasz", "Jakub"],
        "pl",
    ),
    (
        &["Adebayo", "Eze", "Mensah", "Boateng"],
        &["Comfort", "Folake", "Abena"],
        &["Kwame", "Tunde", "Kofi"],
        "en",
    ),
    (&["Warsame", "Abdi"], &["Sahra", "Hodan", "Ifrah"], &["Abdirahman", "Liban", "Yusuf"], "so"),
    (&["Ferreira", "Teixeira"], &["Fatima", "Ines", "Beatriz"], &["Joaquim", "Rui", "Tiago"], "pt"),
    (&["Yilmaz", "Demir"], &["Emine", "Sevgi", "Elif"], &["Mehmet", "Hakan", "Emre"], "tr"),
    (&["Cheung", "Lau"], &["Mei Ling", "Wing Yan", "Grace"], &["Wai Man", "Ka Ho", "Jason"], "yue"),
    (
        &["Campbell", "Bartley", "Gordon-Reid"],
        &["Yvonne", "Marcia", "Shanice"],
        &["Winston", "Leroy", "Tyrell"],
        "en",
    ),
    (&["Kovalenko", "Shevchuk"], &["Oksana", "Iryna", "Solomiia"], &["Mykola", "Andrii", "Danylo"], "uk"),
];

/// Words by which a letter tells what somebody does or how they live: nobody gets two such letters.
pub const TELLING: &[&str] = &[
    "drive",
    "teacher",
    "retired",
    "student",
    "barber",
    "gardener",
    "hairdresser",
    "receptionist",
    "surveyor",
    "roofer",
    "toddler",
    "electrician",
    "postman",
    "business",
    "cook",
    "ceiling",
    "publican",
    "college",
    "rugby",
    "club",
    "cabinet",
    "lorry",
    "job",
    "shift",
    "joiner",
    "alone",
    "marathon",
    "pipe",
    "smoke",
    "warehouse",
    "crane",
    "pregnan",
    "family",
    "son",
    "cycling",
    "football",
    "wife",
    "moving",
    "bus ",
];

pub const STREETS: &[&str] = &[
    "Tannery Lane",
    "Bishop's Walk",
    "Cooper Street",
    "Larkfield Avenue",
    "Station Terrace",
    "Quarry Hill",
    "Saint Hilda's Road",
    "Meadow Close",
    "Ropewalk",
    "Canal View",
    "Orchard Grove",
    "Priory Mews",
];

pub const TOWNS: &[(&str, &str)] = &[("Wrenfield", "XW1"), ("Oxley", "XW3"), ("Saltby", "XW7")];
