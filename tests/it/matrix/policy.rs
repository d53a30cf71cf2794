//! The policy as it is written down, and what it expects of one cell.

use std::path::Path;

pub const PEOPLE: [&str; 9] = [
    "anonymous",
    "suspended",
    "pending",
    "patient",
    "referrer",
    "specialist",
    "coordinator",
    "quality",
    "administrator",
];

/// Nearest last: what is changed by asking is asked for last.
pub const RELATIONS: [&str; 6] = ["none", "other", "former", "delegate", "same", "own"];

/// What a cell must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    LetIn,
    /// The page, as for what does not exist.
    Blind,
    /// 404.
    Missing,
    /// 403.
    Refused,
    /// 303 to where one signs in.
    Door(&'static str),
    /// A status that everybody gets.
    Status(u16),
}

/// What those who are let in leave in the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    Exactly(usize),
    /// One for each referral that the page names.
    Each,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    None,
    Staff,
    Patient,
    StaffData,
    PatientData,
    Live,
    SecondStep,
    Link,
}

/// One line: what is asked for, in which state the referral is, and what the form sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub method: String,
    /// With the query.
    pub path: String,
    pub stage: String,
    pub form: Vec<(String, String)>,
}

impl Endpoint {
    /// Method and address without the query.
    pub fn route(&self) -> (String, String) {
        (self.method.clone(), self.path.split('?').next().unwrap_or_default().to_owned())
    }

    pub fn is_about_something(&self) -> bool {
        let mut texts = self.form.iter().map(|(_, value)| value).chain([&self.path]);
        texts.any(|text| {
            let names = text.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            names.into_iter().any(|name| !matches!(name, "token" | "code" | "account" | "browser"))
        })
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if !self.stage.is_empty() {
            write!(f, ", {}", self.stage)?;
        }
        let told = self.form.iter().filter(|(name, _)| name != "version");
        told.map(|(name, value)| format!(", {name}={value}")).try_for_each(|text| f.write_str(&text))
    }
}

/// A block of the policy.
#[derive(Debug, Clone)]
pub struct Rule {
    pub title: String,
    door: Door,
    answers: Option<u16>,
    /// Who, for which relations, and what they get.
    grants: Vec<(Vec<String>, Vec<String>, Outcome)>,
    otherwise: Outcome,
    rows: Rows,
    /// Who is let in is led to the door.
    pub leaves: bool,
    pub endpoints: Vec<Endpoint>,
}

impl Rule {
    pub fn expects(&self, who: &str, relation: &str) -> Outcome {
        let is_staff = !matches!(who, "anonymous" | "suspended" | "pending" | "patient");
        match self.door {
            Door::None | Door::Link => {
                return match self.answers {
                    None => Outcome::LetIn,
                    Some(404) => Outcome::Missing,
                    Some(403) => Outcome::Refused,
                    Some(status) => Outcome::Status(status),
                };
            }
            Door::Staff if !is_staff => return Outcome::Door("/sign-in"),
            Door::SecondStep if who != "pending" => return Outcome::Door("/sign-in"),
            Door::Patient if who != "patient" => return Outcome::Door("/start"),
            Door::StaffData if !is_staff => return Outcome::Status(401),
            Door::PatientData if who != "patient" => return Outcome::Status(401),
            Door::Live if !is_signed_in(who) => return Outcome::Refused,
            _ => {}
        }
        let holds = |names: &[String], name: &str| names.iter().any(|known| known == name || known == "all");
        let mut found = self
            .grants
            .iter()
            .filter(|(people, relations, _)| holds(people, who) && holds(relations, relation));
        let outcome = found.next().map_or(self.otherwise, |(.., outcome)| *outcome);
        assert!(found.next().is_none(), "“{}” says two things of {who} {relation}", self.title);
        outcome
    }

    /// Rows of the audit that a cell leaves.
    pub fn rows(&self, who: &str, outcome: Outcome) -> Rows {
        match outcome {
            _ if !is_signed_in(who) => Rows::Exactly(0),
            Outcome::LetIn => self.rows,
            _ if matches!(self.door, Door::None | Door::SecondStep) => Rows::Exactly(0),
            _ if self.door == Door::Link => Rows::Exactly(usize::from(who == "patient")),
            _ => Rows::Exactly(1),
        }
    }
}

pub fn is_signed_in(who: &str) -> bool {
    !matches!(who, "anonymous" | "suspended" | "pending")
}

/// The whole policy.
pub fn read() -> Vec<Rule> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/matrix/policy.txt");
    let text = std::fs::read_to_string(path).expect("the policy can be read");
    let mut rules: Vec<Rule> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(title) = line.strip_prefix("== ") {
            rules.push(empty(title));
            continue;
        }
        let rule = rules.last_mut().unwrap_or_else(|| panic!("“{line}” stands below no rule"));
        read_line(rule, line);
    }
    rules
}

fn empty(title: &str) -> Rule {
    Rule {
        title: title.to_owned(),
        door: Door::None,
        answers: None,
        grants: Vec::new(),
        otherwise: Outcome::Refused,
        rows: Rows::Exactly(0),
        leaves: false,
        endpoints: Vec::new(),
    }
}

fn read_line(rule: &mut Rule, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let unknown = || -> ! { panic!("the policy says “{line}”") };
    match word {
        "door" => {
            rule.door = match rest {
                "none" => Door::None,
                "staff" => Door::Staff,
                "patient" => Door::Patient,
                "staff-data" => Door::StaffData,
                "patient-data" => Door::PatientData,
                "live" => Door::Live,
                "second-step" => Door::SecondStep,
                "link" => Door::Link,
                _ => unknown(),
            }
        }
        "answers" => rule.answers = Some(rest.parse().unwrap_or_else(|_| unknown())),
        "leaves" => rule.leaves = true,
        "else" => {
            rule.otherwise = match rest {
                "missing" => Outcome::Missing,
                "refused" => Outcome::Refused,
                _ => unknown(),
            }
        }
        "rows" => {
            rule.rows = match rest {
                "none" => Rows::Exactly(0),
                "one" => Rows::Exactly(1),
                "two" => Rows::Exactly(2),
                "each" => Rows::Each,
                _ => unknown(),
            }
        }
        "may" | "cannot" | "missing" | "blind" => {
            let (people, relations) = rest.split_once(": ").unwrap_or_else(|| unknown());
            let names = |text: &str, known: &[&str]| -> Vec<String> {
                let names: Vec<String> = text.split(' ').map(str::to_owned).collect();
                let is_known = |name: &String| name == "all" || known.contains(&name.as_str());
                if names.iter().all(is_known) { names } else { unknown() }
            };
            let outcome = match word {
                "may" => Outcome::LetIn,
                "cannot" => Outcome::Refused,
                "missing" => Outcome::Missing,
                _ => Outcome::Blind,
            };
            rule.grants.push((names(people, &PEOPLE), names(relations, &RELATIONS), outcome));
        }
        "GET" | "POST" => rule.endpoints.push(endpoint(word, rest)),
        _ => unknown(),
    }
}

fn endpoint(method: &str, rest: &str) -> Endpoint {
    let mut words = rest.split(' ');
    let path = words.next().unwrap_or_default().to_owned();
    let (mut stage, mut form) = (String::new(), Vec::new());
    for word in words {
        match word.split_once('=') {
            Some((name, value)) => form.push((name.to_owned(), value.to_owned())),
            None => stage = word.to_owned(),
        }
    }
    Endpoint { method: method.to_owned(), path, stage, form }
}
