//! Sites and teams: the lists, and the form of one. `new` in the address is one that is not there yet.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::{SiteForm, SiteInput, SiteLine, TeamForm, TeamInput, TeamLine};
use leptos::prelude::*;
use service::admin;
use tower_sessions::Session;
use uuid::Uuid;

use super::shared::{self, Then};
use crate::components::{
    Button, CheckboxGroup, Choice, Column, DataTable, Empty, HiddenField, Level, LinkButton, Look, Need, Row,
    TextField, TextKind, Width,
};
use crate::pages::console::{Console, Section, choices, id, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};

const SITES: &str = "/admin/sites";
const TEAMS: &str = "/admin/teams";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(SITES, get(list_sites))
        .route("/admin/sites/{id}", get(show_site).post(save_site))
        .route(TEAMS, get(list_teams))
        .route("/admin/teams/{id}", get(show_team).post(save_team))
}

fn which(text: &str) -> Result<Option<Uuid>, Refused> {
    if text == "new" { Ok(None) } else { id(text).map(Some) }
}

/// Administrators.
async fn list_sites(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let lines = admin::sites(&web.desk, &staff.call).await?;
    let kept = kept(&session, SITES).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    Ok(page(&web, "Sites", Alive::Plain, move || console.page("Sites", sites(&lines))).await)
}

/// Administrators.
async fn show_site(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(site): Path<String>,
    Query(then): Query<Then>,
) -> Result<Response, Refused> {
    let data = admin::site_form(&web.desk, &staff.call, which(&site)?).await?;
    let path = format!("{SITES}/{site}");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = if data.id.is_empty() { "Add a site" } else { "Change a site" };
    Ok(page(&web, title, Alive::Plain, move || console.page(title, site_form(&data, &path, &then, &kept)))
        .await)
}

/// Administrators. Makes a site, or changes it and writes down what was changed.
async fn save_site(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(site): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let saved = admin::save_site(&web.desk, &call, which(&site)?, &typed.read::<SiteInput>()).await;
    shared::saved(&session, &format!("{SITES}/{site}"), SITES, &typed, saved, "The site is saved.").await
}

/// Administrators.
async fn list_teams(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let lines = admin::teams(&web.desk, &staff.call).await?;
    let kept = kept(&session, TEAMS).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    Ok(page(&web, "Teams", Alive::Plain, move || console.page("Teams", teams(&lines))).await)
}

/// Administrators.
async fn show_team(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(team): Path<String>,
) -> Result<Response, Refused> {
    let data = admin::team_form(&web.desk, &staff.call, which(&team)?).await?;
    let path = format!("{TEAMS}/{team}");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = if data.id.is_empty() { "Add a team" } else { "Change a team" };
    Ok(page(&web, title, Alive::Plain, move || console.page(title, team_form(&data, &path, &kept))).await)
}

/// Administrators. Makes a team, or changes it; its services show the new name at once.
async fn save_team(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(team): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let input = TeamInput { members: typed.joined("members"), ..typed.read() };
    let saved = admin::save_team(&web.desk, &call, which(&team)?, &input).await;
    shared::saved(&session, &format!("{TEAMS}/{team}"), TEAMS, &typed, saved, "The team is saved.").await
}

fn sites(lines: &[SiteLine]) -> AnyView {
    let rows = lines
        .iter()
        .map(|line| {
            let map = (!line.map.is_empty())
                .then(|| view! { <a href=line.map.clone() rel="noopener noreferrer">"Map"<span class="app-visually-hidden">{format!(" of {}", line.name)}</span></a> });
            Row::new(vec![
                view! { <a href=to(format!("{SITES}/{}", line.id))>{line.name.clone()}</a> }.into_any(),
                view! { {line.address.clone()} " " {map} }.into_any(),
                line.phone.clone().into_any(),
                line.services.join(", ").into_any(),
            ])
        })
        .collect();
    let columns = ["Name", "Address", "Phone", "Services"].map(Column::new).to_vec();
    let about = "A site is where people are seen. Its address and map go to patients with the appointment.";
    list("Places where people are seen", columns, rows, about, SITES, "Add a site")
}

fn teams(lines: &[TeamLine]) -> AnyView {
    let rows = lines
        .iter()
        .map(|line| {
            Row::new(vec![
                view! { <a href=to(format!("{TEAMS}/{}", line.id))>{line.name.clone()}</a> }.into_any(),
                line.phone.clone().into_any(),
                line.members.join(", ").into_any(),
                line.services.join(", ").into_any(),
            ])
        })
        .collect();
    let columns = ["Name", "Phone", "Members", "Services"].map(Column::new).to_vec();
    let about =
        "A team looks after services. Patients read its name; its members share what nobody owns by name.";
    list("Teams that look after services", columns, rows, about, TEAMS, "Add a team")
}

fn list(
    caption: &'static str,
    columns: Vec<Column>,
    rows: Vec<Row>,
    about: &'static str,
    path: &'static str,
    add: &'static str,
) -> AnyView {
    let table = match rows.is_empty() {
        true => view! { <Empty title="None yet" level=Level::Two><p>{about}</p></Empty> }.into_any(),
        false => view! { <DataTable caption columns rows /> }.into_any(),
    };
    view! {
        <div class="app-stack">
            {table}
            <p class="app-actions">
                <LinkButton label=add href=to(format!("{path}/new")) look=Look::Secondary />
                <a href="/admin">"Back to administration"</a>
            </p>
        </div>
    }
    .into_any()
}

fn site_form(data: &SiteForm, path: &str, then: &Then, kept: &Kept) -> AnyView {
    let input = &data.input;
    let text = |name: &'static str, otherwise: &str| kept.value(name, otherwise);
    let map = (!data.map.is_empty()).then(|| {
        view! {
            <p>
                <a href=data.map.clone() rel="noopener noreferrer">"The map as patients open it"</a>
            </p>
        }
    });
    view! {
        <div class="app-stack app-stack--loose">
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                {then.field(kept)}
                <TextField name="name" label="Name" value=text("name", &input.name) error=kept.error("name") />
                <TextField
                    name="address"
                    label="Address"
                    hint="In one line, as patients read it"
                    need=Need::Optional
                    value=text("address", &input.address)
                    error=kept.error("address")
                    maxlength=300
                />
                <TextField
                    name="phone"
                    label="Phone"
                    kind=TextKind::Telephone
                    need=Need::Optional
                    value=text("phone", &input.phone)
                    error=kept.error("phone")
                />
                <TextField
                    name="zone"
                    label="Time zone"
                    hint="For example, Europe/London"
                    value=text("zone", &input.zone)
                    error=kept.error("zone")
                />
                <TextField
                    name="latitude"
                    label="Latitude"
                    hint="In degrees, such as 51.5074. With it, referrers see how far it is"
                    width=Width::Short
                    need=Need::Optional
                    value=text("latitude", &input.latitude)
                    error=kept.error("latitude")
                />
                <TextField
                    name="longitude"
                    label="Longitude"
                    hint="In degrees, such as -0.1278"
                    width=Width::Short
                    need=Need::Optional
                    value=text("longitude", &input.longitude)
                    error=kept.error("longitude")
                />
                <TextField
                    name="map_url"
                    label="Address of a map"
                    hint="Left empty, a map is drawn at the coordinates"
                    kind=TextKind::Address
                    need=Need::Optional
                    value=text("map_url", &input.map_url)
                    error=kept.error("map_url")
                />
                {map}
                <CheckboxGroup
                    name="step_free"
                    label="Getting in"
                    choices=vec![Choice::new("1", "One gets in without a step")]
                    values=if input.step_free == "1" { vec!["1".to_owned()] } else { Vec::new() }
                    need=Need::Optional
                />
                <div class="app-actions">
                    <Button label="Save the site" />
                    <a href=SITES>"Back without saving"</a>
                </div>
            </form>
            {shared::history(&data.id, &data.changes)}
        </div>
    }
    .into_any()
}

fn team_form(data: &TeamForm, path: &str, kept: &Kept) -> AnyView {
    let input = &data.input;
    let members: Vec<String> = match kept.values.is_empty() {
        true => input.members.split(',').map(str::to_owned).collect(),
        false => {
            let chosen = kept.values.iter().filter(|(name, _)| name == "members");
            chosen.map(|(_, value)| value.clone()).collect()
        }
    };
    view! {
        <div class="app-stack app-stack--loose">
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                <TextField
                    name="name"
                    label="Name"
                    hint="Who looks after a service, as the patient reads it"
                    value=kept.value("name", &input.name)
                    error=kept.error("name")
                />
                <TextField
                    name="phone"
                    label="Phone"
                    kind=TextKind::Telephone
                    need=Need::Optional
                    value=kept.value("phone", &input.phone)
                    error=kept.error("phone")
                />
                <CheckboxGroup
                    name="members"
                    label="Members"
                    choices=choices(&data.people)
                    values=members
                    need=Need::Optional
                    error=kept.error("members")
                />
                <div class="app-actions">
                    <Button label="Save the team" />
                    <a href=TEAMS>"Back without saving"</a>
                </div>
            </form>
            {shared::history(&data.id, &data.changes)}
        </div>
    }
    .into_any()
}
