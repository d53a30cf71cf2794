//! A service: what it is called, what it asks for, its clocks.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::{ServiceForm, ServiceInput};
use domain::ServiceId;
use leptos::prelude::*;
use service::admin;
use tower_sessions::Session;

use super::shared::{self, Then};
use crate::components::{
    Button, CheckboxGroup, Choice, HiddenField, Need, SafeTextarea, SelectField, TextField, TextKind, Width,
};
use crate::pages::console::{Console, Section, choices, id, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};

pub fn routes() -> Router<Web> {
    Router::new().route("/admin/services/{id}", get(show).post(save))
}

/// The id in the address; `new` is none.
fn which(text: &str) -> Result<Option<ServiceId>, Refused> {
    if text == "new" { Ok(None) } else { id(text).map(Some) }
}

/// Administrators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(service): Path<String>,
    Query(then): Query<Then>,
) -> Result<Response, Refused> {
    let data = admin::service_form(&web.desk, &staff.call, which(&service)?).await?;
    let path = format!("/admin/services/{service}");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = if data.id.is_empty() { "Add a service" } else { "Change a service" };
    Ok(page(&web, title, Alive::Plain, move || console.page(title, form(&data, &path, &then, &kept))).await)
}

/// Administrators. Makes a service, or changes it and writes down what was changed.
async fn save(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(service): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let which = which(&service)?;
    let call = staff.keyed(typed.value("key"));
    let input: ServiceInput = typed.read();
    let saved = admin::save_service(&web.desk, &call, which, &input, &shared::durations(&typed)).await;
    let form = format!("/admin/services/{service}");
    shared::saved(&session, &form, "/admin", &typed, saved, "The service is saved.").await
}

fn form(data: &ServiceForm, path: &str, then: &Then, kept: &Kept) -> AnyView {
    let input = &data.input;
    let text = |name: &'static str, otherwise: &str| kept.value(name, otherwise);
    let is_refused = !kept.values.is_empty();
    let active = if is_refused { kept.value("active", "") } else { input.active.clone() };
    let rules = (!data.id.is_empty()).then(|| {
        view! {
            <p>
                <a href=to(format!("{path}/rules"))>"What the service asks: questions, documents, rules, priorities"</a>
            </p>
        }
    });
    view! {
        <div class="app-stack app-stack--loose">
            {rules}
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                {then.field(kept)}
                <TextField name="name" label="Name" value=text("name", &input.name) error=kept.error("name") />
                <TextField
                    name="team"
                    label="Team"
                    hint=team_hint(data)
                    need=Need::Optional
                    value=text("team", &input.team)
                    error=kept.error("team")
                />
                <TextField
                    name="phone"
                    label="Phone for patients"
                    kind=TextKind::Telephone
                    need=Need::Optional
                    value=text("phone", &input.phone)
                    error=kept.error("phone")
                />
                <SelectField
                    name="site"
                    label="Site"
                    choices=choices(&data.sites)
                    need=Need::Optional
                    empty="None"
                    value=text("site", &input.site)
                    error=kept.error("site")
                />
                <TextField
                    name="specialty_code"
                    label="Treatment function code"
                    hint="For example, 320 for cardiology"
                    width=Width::Short
                    need=Need::Optional
                    value=text("specialty_code", &input.specialty_code)
                    error=kept.error("specialty_code")
                />
                <TextField
                    name="specialty"
                    label="Specialty"
                    hint="As people read it: Cardiology"
                    need=Need::Optional
                    value=text("specialty", &input.specialty)
                    error=kept.error("specialty")
                />
                <TextField
                    name="keywords"
                    label="Conditions it sees"
                    hint="Words by which referrers find it, with commas between"
                    need=Need::Optional
                    maxlength=1000
                    value=text("keywords", &input.keywords)
                    error=kept.error("keywords")
                />
                <TextField
                    name="visit_min"
                    label="Length of a visit in minutes"
                    kind=TextKind::Digits
                    width=Width::Short
                    value=text("visit_min", &input.visit_min)
                    error=kept.error("visit_min")
                />
                <SafeTextarea
                    name="required"
                    label="Documents that every referral must bring"
                    hint="One a line, as the referrer reads it"
                    rows=4
                    maxlength=2000
                    need=Need::Optional
                    value=text("required", &input.required)
                    error=kept.error("required")
                />
                <SafeTextarea
                    name="patient_note"
                    label="What to bring and know"
                    hint="The patient reads it with the appointment"
                    rows=3
                    maxlength=2000
                    need=Need::Optional
                    value=text("patient_note", &input.patient_note)
                    error=kept.error("patient_note")
                />
                {shared::escalate(
                    &data.people,
                    "Who is told first when something is overdue",
                    "The first coordinator",
                    &input.escalate_to,
                    kept,
                )}
                {shared::clocks(&data.clocks, kept)}
                <CheckboxGroup
                    name="active"
                    label="Referrals"
                    choices=vec![Choice::new("1", "Takes new referrals")]
                    values=vec![active]
                    need=Need::Unsaid
                />
                <div class="app-actions">
                    <Button label="Save the service" />
                    <a href="/admin">"Back without saving"</a>
                </div>
            </form>
            {shared::history(&data.id, &data.changes)}
        </div>
    }
    .into_any()
}

fn team_hint(data: &ServiceForm) -> String {
    match data.teams.is_empty() {
        true => "Who looks after it, as the patient reads it".to_owned(),
        false => format!(
            "Who looks after it, as the patient reads it. A new name makes a team; there are {}",
            data.teams.join(", ")
        ),
    }
}
