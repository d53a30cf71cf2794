//! Beginning a referral: whom, to which of the services that were compared, and why this one.

mod compare;
mod services;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{BeginPage, NewReferral, ShortlistQuery};
use leptos::prelude::*;
use service::referrals;
use tower_sessions::Session;

use crate::components::{Button, Card, Empty, Look, RadioGroup, TextField, TextKind};
use crate::pages::console::{Console, Section, choices, with_query};
use crate::web::{Alive, Refused, Staff, Typed, Web, kept, page, refused_form};

const PATH: &str = "/referrals/new";
const COMPARE: &str = "/referrals/new/compare";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(begin)).route(COMPARE, get(compare::show))
}

/// The parts of the address; what is ticked comes once for each.
fn query(pairs: Vec<(String, String)>) -> (String, ShortlistQuery) {
    let typed = Typed { pairs, ..Typed::default() };
    let query = ShortlistQuery { chosen: typed.joined("chosen"), ..typed.read() };
    (typed.value("words").to_owned(), query)
}

/// Referrers: finding the patient, then a service.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Refused> {
    let (words, query) = query(pairs);
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Referrals, &kept);
    if query.patient.is_empty() {
        let data = referrals::begin_page(&web.desk, &staff.call, &words).await?;
        let view = move || console.page("Begin a referral", find_patient(&data));
        return Ok(page(&web, "Begin a referral", Alive::Plain, view).await);
    }
    let data = referrals::find_services(&web.desk, &staff.call, &query).await?;
    let view = move || console.page("Find a service", services::body(&data, &query));
    Ok(page(&web, "Find a service", Alive::Plain, view).await)
}

/// Referrers. Begins a draft that the referring side alone sees, and keeps what was chosen from.
async fn begin(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let input: NewReferral = typed.read();
    match referrals::begin(&web.desk, &staff.keyed(typed.value("key")), &input).await {
        Ok(id) => Ok(Redirect::to(&format!("/referrals/{id}/edit")).into_response()),
        Err(error) => {
            let path = match input.shortlist.is_empty() {
                true => PATH.to_owned(),
                false => address(COMPARE, &input.patient, &input.shortlist, &[]),
            };
            Ok(refused_form(&session, &path, &typed, error).await)
        }
    }
}

/// An address of these pages with the patient, each ticked service and more.
fn address(path: &str, patient: &str, chosen: &str, more: &[(&str, &str)]) -> String {
    let mut pairs = vec![("patient", patient)];
    pairs.extend(chosen.split(',').map(|id| ("chosen", id)));
    pairs.extend(more);
    with_query(path, &pairs)
}

fn find_patient(data: &BeginPage) -> AnyView {
    let found = if data.words.trim().is_empty() {
        ().into_any()
    } else if data.patients.is_empty() {
        view! {
            <Empty title="Nobody found">
                <p>"Check the spelling, or search by the NHS number alone."</p>
            </Empty>
        }
        .into_any()
    } else {
        patients(data)
    };
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
    view! {
        <div class="app-stack app-stack--loose">
            <Card title="Find the patient">{search}</Card>
            {found}
        </div>
    }
    .into_any()
}

fn patients(data: &BeginPage) -> AnyView {
    let hint = match data.patients.len() {
        25 => "The first 25 are shown. Search for others.".to_owned(),
        1 => "1 patient".to_owned(),
        count => format!("{count} patients"),
    };
    let only = if data.patients.len() == 1 { data.patients[0].value.clone() } else { String::new() };
    view! {
        <form class="app-stack app-stack--loose" method="get" action=PATH>
            <RadioGroup name="patient" label="Patient" hint choices=choices(&data.patients) value=only />
            <div class="app-actions">
                <Button label="Find a service" />
            </div>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ticked_is_read_from_an_address_and_written_into_one() {
        let pairs = [("patient", "p"), ("chosen", "a"), ("chosen", "b"), ("sort", "name")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let (_, read) = query(pairs);
        assert_eq!((read.chosen.as_str(), read.sort.as_str(), read.patient.as_str()), ("a,b", "name", "p"));
        assert_eq!(
            address(COMPARE, "p", &read.chosen, &[("sort", "name"), ("q", "")]),
            "/referrals/new/compare?patient=p&chosen=a&chosen=b&sort=name"
        );
    }
}
