//! Beginning a referral: whom, and to which service.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{BeginPage, NewReferral};
use leptos::prelude::*;
use serde::Deserialize;
use service::referrals;
use tower_sessions::Session;

use crate::components::{
    Button, Card, Empty, HiddenField, Look, RadioGroup, SelectField, TextField, TextKind,
};
use crate::pages::console::{Console, Section, choices, key, with_query};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page, refused_form};

const PATH: &str = "/referrals/new";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(begin))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    words: String,
}

/// Referrers.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(search): Query<Search>,
) -> Result<Response, Refused> {
    let data = referrals::begin_page(&web.desk, &staff.call, &search.words).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Referrals, &kept);
    let view = move || console.page("Begin a referral", body(&data, &kept));
    Ok(page(&web, "Begin a referral", Alive::Plain, view).await)
}

/// Referrers. Begins a draft that nobody else sees.
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
            let path = with_query(PATH, &[("words", typed.value("words"))]);
            Ok(refused_form(&session, &path, &typed, error).await)
        }
    }
}

fn body(data: &BeginPage, kept: &Kept) -> AnyView {
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
        form(data, kept)
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

fn form(data: &BeginPage, kept: &Kept) -> AnyView {
    let hint = match data.patients.len() {
        25 => "The first 25 are shown. Search for others.".to_owned(),
        1 => "1 patient".to_owned(),
        count => format!("{count} patients"),
    };
    view! {
        <form class="app-stack app-stack--loose" method="post" action=PATH>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="begin" />
            <HiddenField name="words" value=data.words.clone() />
            <div class="app-panels">
                <RadioGroup
                    name="patient"
                    label="Patient"
                    hint
                    choices=choices(&data.patients)
                    value=kept.value("patient", "")
                    error=kept.error("patient")
                />
                <RadioGroup
                    name="service"
                    label="Service"
                    choices=choices(&data.services)
                    value=kept.value("service", "")
                    error=kept.error("service")
                />
            </div>
            {in_name(data, kept)}
            <div class="app-actions">
                <Button label="Write the referral" />
            </div>
        </form>
    }
    .into_any()
}

/// In whose name it is written; nothing where it can only be the reader's own.
fn in_name(data: &BeginPage, kept: &Kept) -> AnyView {
    if data.in_name_of.is_empty() {
        return ().into_any();
    }
    view! {
        <SelectField
            name="in_name_of"
            label="In whose name?"
            choices=choices(&data.in_name_of)
            value=kept.value("in_name_of", "")
            empty="My own"
            error=kept.error("in_name_of")
        />
    }
    .into_any()
}
