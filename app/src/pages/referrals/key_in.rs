//! Keying in what came by fax, phone or letter: the patient, found or taken down, then the referral.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{Alike, KeyInInput, KeyInPage, KnownHere, NewPatient};
use domain::Priority;
use leptos::prelude::*;
use serde::Deserialize;
use service::referrals::{self, NewDocument};
use tower_sessions::Session;

use crate::components::{
    Button, Card, CheckboxGroup, Choice, Column, DataTable, DateField, DateOfBirthField, DateParts, Empty,
    FileField, HiddenField, Look, Meaning, Need, RadioGroup, Row, SafeTextarea, SelectField, StatusTag,
    TextField, TextKind, files_of,
};
use crate::pages::console::{Console, Section, choices, done, key, to, with_query};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, media_type, page, refused_form};
use crate::words;

const PATH: &str = "/key-in";
const PATIENT: &str = "/key-in/patient";
const TITLE: &str = "Enter a fax, call or letter";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(key_in)).route(PATIENT, get(show_patient).post(register))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    words: String,
    patient: String,
}

/// Coordinators: finding the patient, then the form.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let data = referrals::key_in_page(&web.desk, &staff.call, &asked.words, &asked.patient).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Worklist, &kept);
    let view = move || {
        console.page(
            TITLE,
            match &data.patient {
                None => find(&data),
                Some((id, name)) => form(&data, id, name, &kept),
            },
        )
    };
    Ok(page(&web, TITLE, Alive::Plain, view).await)
}

/// Coordinators. Takes the referral down, back-dated to the day it came.
async fn key_in(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let input: KeyInInput = typed.read();
    let paper = typed.files.first().map(|sent| NewDocument {
        kind: "original".to_owned(),
        file_name: sent.file_name.clone(),
        media_type: media_type(&sent.bytes).to_owned(),
        bytes: sent.bytes.clone(),
    });
    let message = match (paper.is_some(), input.came.as_str()) {
        (false, "fax" | "letter") => {
            "It is entered; its clocks run from the day it came. Add the paper itself as a document when you have it."
        }
        _ => "It is entered; its clocks run from the day it came.",
    };
    let call = staff.keyed(typed.value("key"));
    match referrals::key_in_with(&web.desk, &call, &input, paper).await {
        Ok(id) => done(&session, &format!("/referrals/{id}"), message).await,
        Err(error) => {
            let path = with_query(PATH, &[("patient", &input.patient)]);
            Ok(refused_form(&session, &path, &typed, error).await)
        }
    }
}

/// Coordinators: the form of a patient who is not on record, beside those who are much alike.
async fn show_patient(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    // Whether they may, and nobody is listed.
    referrals::key_in_page(&web.desk, &staff.call, "", "").await?;
    let kept = kept(&session, PATIENT).await;
    let typed = Typed { pairs: kept.values.clone(), ..Typed::default() };
    let (alike, here) = match kept.values.is_empty() {
        true => (Vec::new(), Vec::new()),
        false => (
            referrals::alike(&web.desk, &staff.call, &typed.read()).await?,
            referrals::alike_here(&web.desk, &staff.call, &typed.read()).await?,
        ),
    };
    let console = Console::new(&staff, Section::Worklist, &kept);
    let view = move || console.page("A new patient", new_patient(&typed.read(), &alike, &here, &kept));
    Ok(page(&web, "A new patient", Alive::Plain, view).await)
}

/// Coordinators. Takes the patient down.
async fn register(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    match referrals::register_patient(&web.desk, &call, &typed.read::<NewPatient>()).await {
        Ok(id) => Ok(Redirect::to(&format!("{PATH}?patient={id}")).into_response()),
        Err(error) => Ok(refused_form(&session, PATIENT, &typed, error).await),
    }
}

fn find(data: &KeyInPage) -> AnyView {
    let search = view! {
        <form class="app-stack" method="get" action=PATH role="search">
            <TextField
                name="words"
                label="Name or NHS number"
                kind=TextKind::Search
                value=data.words.clone()
            />
            <Button label="Search" look=Look::Secondary />
        </form>
    };
    let found = match (data.words.trim().is_empty(), data.patients.is_empty()) {
        (true, _) => ().into_any(),
        (false, true) if !data.here.is_empty() => ().into_any(),
        (false, true) => view! {
            <Empty title="Nobody found">
                <p>"Check the spelling, or search by the NHS number alone."</p>
            </Empty>
        }
        .into_any(),
        (false, false) => view! {
            <form class="app-stack" method="get" action=PATH>
                <RadioGroup name="patient" label="Patient" choices=choices(&data.patients) />
                <div class="app-actions">
                    <Button label="Enter their referral" />
                </div>
            </form>
        }
        .into_any(),
    };
    view! {
        <div class="app-stack app-stack--loose">
            <Card title="Find the patient">{search}</Card>
            {found} {known_here(&data.here)}
            <p>
                <a href=PATIENT>
                    {match data.here.is_empty() {
                        true => "The patient is not on record: add them",
                        false => "It is none of them, or a new matter: take the patient down",
                    }}
                </a>
            </p>
        </div>
    }
    .into_any()
}

/// Referrals that are here of patients whom others have on record: what came on paper may be one of them.
fn known_here(here: &[KnownHere]) -> AnyView {
    if here.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = here
        .iter()
        .map(|line| {
            let href = to(format!("/referrals/{}", line.referral));
            let (meaning, state) = words::status_staff(line.state);
            view! {
                <li>
                    <a href=href>{line.reference.clone()}</a>
                    {format!(" {}, born {}, {} ", line.name, line.birth_date, line.service)}
                    <StatusTag meaning label=state />
                </li>
            }
        })
        .collect();
    view! {
        <Card title="They have a referral here already" meaning=Meaning::Attention>
            <p>
                "Another organisation sent it and has the patient on record. If the paper is about the same matter, add it there."
            </p>
            <ul>{lines}</ul>
        </Card>
    }
    .into_any()
}

fn form(data: &KeyInPage, patient: &str, name: &str, kept: &Kept) -> AnyView {
    let part = |part: &str| kept.value(&format!("received_{part}"), "");
    let received = DateParts { day: part("day"), month: part("month"), year: part("year") };
    let ways = ["fax", "phone", "letter"].map(|way| Choice::new(way, words::came(way))).to_vec();
    let priorities =
        Priority::ALL.iter().map(|one| Choice::new(one.code(), words::priority(*one))).collect::<Vec<_>>();
    let paper = view! {
        <RadioGroup
            name="came"
            label="How did it come?"
            choices=ways
            value=kept.value("came", "")
            error=kept.error("came")
        />
        <DateField
            name="received"
            label="Which day did it come?"
            hint="The clocks run from this day. At most a year ago"
            value=received
            error=kept.error("received")
        />
    };
    let sender = view! {
        <SelectField
            name="known"
            label="Organisation that works with Waymark"
            hint="Its referrers see the referral and acknowledge the report"
            choices=choices(&data.organisations)
            need=Need::Optional
            empty="Another one"
            value=kept.value("known", "")
            error=kept.error("known")
        />
        <TextField
            name="organisation"
            label="Another organisation"
            need=Need::Optional
            maxlength=200
            value=kept.value("organisation", "")
            error=kept.error("organisation")
        />
        <TextField
            name="person"
            label="Who referred"
            maxlength=200
            value=kept.value("person", "")
            error=kept.error("person")
        />
        <SafeTextarea
            name="address"
            label="Postal address"
            hint="Answers are printed as letters to it"
            rows=3
            maxlength=500
            need=Need::Optional
            value=kept.value("address", "")
            error=kept.error("address")
        />
        <TextField
            name="email"
            label="Mail address for answers"
            hint="Only one that may receive data of patients; then answers go by mail, not by post"
            kind=TextKind::Email
            need=Need::Optional
            value=kept.value("email", "")
            error=kept.error("email")
        />
    };
    let contents = view! {
        <SelectField
            name="service"
            label="Service"
            choices=choices(&data.services)
            value=kept.value("service", "")
            error=kept.error("service")
        />
        <RadioGroup
            name="priority"
            label="How urgent is it?"
            choices=priorities
            value=kept.value("priority", "")
            error=kept.error("priority")
        />
        <FileField
            name="file"
            label="The paper itself"
            hint=format!("{}. Everybody who sees the referral can read it", files_of("A scan as PDF, or a photo"))
            accept=".pdf,.txt,image/*"
            need=Need::Optional
            error=kept.error("file")
        />
        <SafeTextarea
            name="reason"
            label="What the referral says"
            rows=10
            maxlength=20000
            value=kept.value("reason", "")
            error=kept.error("reason")
        />
    };
    view! {
        <form class="app-stack app-stack--loose" method="post" action=PATH enctype="multipart/form-data">
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="key-in" />
            <HiddenField name="patient" value=patient.to_owned() />
            <p class="app-lead">{name.to_owned()}</p>
            <Card title="The paper or call">{paper}</Card>
            <Card title="From whom">{sender}</Card>
            <Card title="What is asked">{contents}</Card>
            <div class="app-actions">
                <Button label="Enter the referral" />
                <a href=PATH>"Another patient"</a>
            </div>
        </form>
    }
    .into_any()
}

fn new_patient(input: &NewPatient, alike: &[Alike], here: &[KnownHere], kept: &Kept) -> AnyView {
    let born = DateParts {
        day: input.birth_date_day.clone(),
        month: input.birth_date_month.clone(),
        year: input.birth_date_year.clone(),
    };
    let sexes = [("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Not known")]
        .map(|(code, label)| Choice::new(code, label))
        .to_vec();
    let text = |name: &'static str, label: &'static str, kind: TextKind, value: &str, need: Need| {
        view! {
            <TextField
                name
                label
                kind
                need
                autocomplete="off"
                value=value.to_owned()
                error=kept.error(name)
            />
        }
        .into_any()
    };
    let compared = (!alike.is_empty()).then(|| compared(input, alike));
    let another = (!alike.is_empty() || !here.is_empty()).then(|| another(input, kept));
    view! {
        <form class="app-stack" method="post" action=PATIENT>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="patient" />
            {compared} {known_here(here)} {another}
            {text("given", "First names", TextKind::Plain, &input.given, Need::Required)}
            {text("family", "Family name", TextKind::Plain, &input.family, Need::Required)}
            <DateOfBirthField name="birth_date" value=born error=kept.error("birth_date") />
            <RadioGroup
                name="sex"
                label="Sex on record"
                choices=sexes
                value=input.sex.clone()
                error=kept.error("sex")
            />
            {text("nhs_number", "NHS number", TextKind::Digits, &input.nhs_number, Need::Optional)}
            {text("phone", "Phone", TextKind::Telephone, &input.phone, Need::Optional)}
            {text("email", "E-mail address", TextKind::Email, &input.email, Need::Optional)}
            <SafeTextarea
                name="address"
                label="Home address"
                hint="With the postcode at the end"
                rows=3
                maxlength=500
                need=Need::Optional
                value=input.address.clone()
                error=kept.error("address")
            />
            <div class="app-actions">
                <Button label="Add the patient" />
                <a href=PATH>"Back to the search"</a>
            </div>
        </form>
    }
    .into_any()
}

/// Who is typed in stands beside who is on record, fact by fact.
fn compared(input: &NewPatient, alike: &[Alike]) -> AnyView {
    let typed = |text: &str| if text.trim().is_empty() { "–".to_owned() } else { text.to_owned() };
    let born = format!("{} {} {}", input.birth_date_day, input.birth_date_month, input.birth_date_year);
    type Fact = fn(&Alike) -> String;
    let facts: [(&str, String, Fact); 5] = [
        ("Name", format!("{} {}", input.given, input.family), |one| one.name.clone()),
        ("Born", born, |one| one.birth_date.clone()),
        ("NHS number", typed(&input.nhs_number), |one| one.nhs_number.clone()),
        ("Address", typed(&input.address), |one| one.address.clone()),
        ("Phone", typed(&input.phone), |one| one.phone.clone()),
    ];
    let mut rows: Vec<Row> = facts
        .into_iter()
        .map(|(name, own, fact)| {
            let mut cells = vec![name.to_owned(), own];
            cells.extend(alike.iter().take(4).map(fact));
            Row::text(cells)
        })
        .collect();
    let mut same = vec!["The same".to_owned(), "–".to_owned()];
    same.extend(alike.iter().take(4).map(|one| one.same.join(", ")));
    rows.push(Row::text(same));
    let mut choose = vec!["It is them".into_any(), "–".into_any()];
    choose.extend(alike.iter().take(4).map(|one| {
        let href = to(format!("{PATH}?patient={}", one.id));
        view! { <a href=href>{format!("Choose {}", one.name)}</a> }.into_any()
    }));
    rows.push(Row::new(choose));
    let mut columns = vec![Column::new("What"), Column::new("Typed in")];
    columns.extend((1..=alike.len().min(4)).map(|at| Column::new(format!("On record {at}"))));
    view! {
        <Card title="Is it one of them?">
            <DataTable caption="Who is typed in, and who is on record" columns rows />
        </Card>
    }
    .into_any()
}

fn another(input: &NewPatient, kept: &Kept) -> AnyView {
    view! {
        <CheckboxGroup
            name="another"
            label="After comparing"
            choices=vec![Choice::new("1", "It is none of them, but another person, or a new matter")]
            values=vec![input.another.clone()]
            error=kept.error("another")
            need=Need::Unsaid
        />
    }
    .into_any()
}
