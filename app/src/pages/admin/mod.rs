//! Administration: people, calendars, and whether urgency suggestions are shown.

mod access;
mod audit;
pub mod configuration;
mod emergencies;
mod organisation;
mod people;
mod places;
mod reasons;
mod reminders;
mod rule_forms;
mod rules;
mod services;
pub mod setup;
mod shared;
mod templates;

pub use audit::audit_address;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{AdminPage, CalendarLine, LeaveOutcome, PersonLine};
use domain::{CalendarId, PersonId, spoken};
use leptos::prelude::*;
use service::admin::{self, Standing, Switch};
use service::availability;
use tower_sessions::Session;

use super::console::{Console, Section, choices, id, key, outcome, prefixed, to};
use crate::components::{
    Button, Card, Column, DataTable, Empty, HiddenField, Level, LinkButton, Look, Meaning, Row, SelectField,
    StatusTag,
};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, confirm_first, kept, page};
use crate::words;

const PATH: &str = "/admin";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/admin/people/{id}", post(set_standing))
        .merge(people::routes())
        .merge(services::routes())
        .merge(reminders::routes())
        .merge(rules::routes())
        .merge(places::routes())
        .merge(setup::routes())
        .merge(configuration::routes())
        .merge(organisation::routes())
        .merge(reasons::routes())
        .merge(templates::routes())
        .merge(audit::routes())
        .merge(access::routes())
        .merge(emergencies::routes())
        .route("/admin/calendars/{id}", post(assign))
        .route("/admin/urgency", post(set_urgency))
}

/// Administrators.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let data = admin::page(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let view = move || console.page("Administration", body(&data, &kept));
    Ok(page(&web, "Administration", Alive::Plain, view).await)
}

/// Administrators. Suspends a person or lets them in again.
async fn set_standing(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(person): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let person: PersonId = id(&person)?;
    if let Some(answer) = confirm_first(&session, PATH, &typed).await? {
        return Ok(answer);
    }
    let (wanted, message) = match typed.value("standing") {
        "active" => (Standing::Active, "They can sign in again."),
        _ => (
            Standing::Suspended,
            "They are suspended and signed out. Pages that they have open close within seconds.",
        ),
    };
    let call = staff.keyed(typed.value("key"));
    let set = admin::set_active(&web.desk, &call, person, wanted, typed.value("seen")).await;
    let said = match &set {
        Ok(LeaveOutcome::Preview(preview)) => {
            return people::preview_first(&session, person, &typed, preview).await;
        }
        Ok(LeaveOutcome::Kept { listed, .. } | LeaveOutcome::Saved { cancelled: listed, .. })
            if *listed > 0 =>
        {
            format!("{message} {}", words::visits_kept(*listed))
        }
        _ => message.to_owned(),
    };
    outcome(&session, PATH, &typed, set.map_err(|error| prefixed(&person.to_string(), error)), &said).await
}

/// Administrators. Says whose calendar it is.
async fn assign(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(calendar): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let calendar: CalendarId = id(&calendar)?;
    let call = staff.keyed(typed.value("key"));
    let field = format!("{calendar}-resource");
    let assigned = availability::assign_calendar(&web.desk, &call, calendar, typed.value(&field)).await;
    let assigned = assigned.map_err(|error| prefixed(&calendar.to_string(), error));
    outcome(&session, PATH, &typed, assigned, "The calendar is assigned. Its busy times count from now on.")
        .await
}

/// Administrators. Accepts responsibility for urgency suggestions, or switches them off.
async fn set_urgency(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let (wanted, message) = match typed.value("wanted") {
        "on" => (Switch::On, "Urgency suggestions are shown from now on."),
        _ => (Switch::Off, "Urgency suggestions are no longer shown."),
    };
    let set = admin::set_urgency_suggestions(&web.desk, &staff.keyed(typed.value("key")), wanted).await;
    outcome(&session, PATH, &typed, set, message).await
}

fn body(data: &AdminPage, kept: &Kept) -> AnyView {
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{data.organisation.clone()}</p>
            {setup_card(data)}
            {ways()}
            {services(data)}
            {people(data)}
            {calendars(data, kept)}
            <div id="urgency">{urgency(data)}</div>
        </div>
    }
    .into_any()
}

/// An address, what it is called, and a line on what stands there.
type Way = (&'static str, &'static str, &'static str);

/// Where each thing is set or looked up.
const WAYS: [(&str, &[Way]); 2] = [
    (
        "Settings",
        &[
            ("/admin/organisation", "The organisation", "Name, phone, clocks and holidays"),
            ("/admin/sites", "Sites", "Where people are seen"),
            ("/admin/teams", "Teams", "Who looks after services"),
            ("/admin/reasons", "Reasons and ready words", "What forms offer"),
            ("/admin/templates", "Words of messages", "What patients are sent"),
            ("/messages/many", "Messages to many", "A closed clinic, a moved site"),
            ("/admin/configuration", "Configuration as a file", "Keep it, or load it"),
        ],
    ),
    (
        "Access and records",
        &[
            ("/admin/access", "Who has access", "To go through every quarter"),
            ("/admin/delegates", "Who acts for whom", "Delegates of clinicians"),
            ("/admin/emergencies", "Emergency access", "To review within three days"),
            ("/admin/audit", "Who touched what", "Every read and every change"),
            ("/admin/history", "What was changed", "Settings: before and after"),
        ],
    ),
];

fn ways() -> AnyView {
    let parts: Vec<_> = WAYS
        .iter()
        .map(|(heading, ways)| {
            let lines: Vec<_> = ways
                .iter()
                .map(|(href, label, about)| {
                    view! {
                        <li>
                            <a href=*href>{*label}</a>
                            <span class="app-quiet">{*about}</span>
                        </li>
                    }
                })
                .collect();
            view! {
                <section class="app-stack app-stack--tight">
                    <h2>{*heading}</h2>
                    <ul class="app-ways">{lines}</ul>
                </section>
            }
        })
        .collect();
    view! { <div class="app-panels">{parts}</div> }.into_any()
}

/// What a fresh organisation still needs; nothing once all is there.
fn setup_card(data: &AdminPage) -> AnyView {
    let needed: Vec<_> = data.setup.iter().filter(|line| !line.is_optional).collect();
    let done = needed.iter().filter(|line| line.is_done).count();
    if done == needed.len() {
        return ().into_any();
    }
    let said = format!("{done} of {} steps are done.", needed.len());
    view! {
        <Card title="Before the first referral" meaning=Meaning::Attention>
            <p>{said}</p>
            <LinkButton label="Go on with setting up" href=setup::PATH />
        </Card>
    }
    .into_any()
}

fn services(data: &AdminPage) -> AnyView {
    let list = if data.services.is_empty() {
        view! {
            <Empty title="There is no service yet" level=Level::Three>
                <p>"A service is what others refer to: a clinic with its team, its documents and its clocks."</p>
            </Empty>
        }
        .into_any()
    } else {
        let columns = ["Name", "Team", "Asks for", "Takes referrals"].map(Column::new).to_vec();
        let rows = data
            .services
            .iter()
            .map(|line| {
                let (meaning, label) =
                    if line.active { (Meaning::Done, "Yes") } else { (Meaning::Stopped, "No") };
                Row::new(vec![
                    view! {
                        <a href=to(format!("/admin/services/{}", line.id))>{line.name.clone()}</a>
                        {line.site.clone().map(|site| view! { <p class="app-quiet">{site}</p> })}
                        <p>
                            <a href=to(format!("/admin/services/{}/rules", line.id))>
                                "What it asks"
                                <span class="app-visually-hidden">{format!(" of a referral to {}", line.name)}</span>
                            </a>
                        </p>
                    }
                    .into_any(),
                    line.team.clone().into_any(),
                    line.required.join(", ").into_any(),
                    view! { <StatusTag meaning label /> }.into_any(),
                ])
            })
            .collect();
        view! { <DataTable caption="Services that others refer to" columns rows /> }.into_any()
    };
    view! {
        <section class="app-stack">
            <h2>"Services"</h2>
            {list}
            <p>
                <LinkButton label="Add a service" href="/admin/services/new" look=Look::Secondary />
            </p>
        </section>
    }
    .into_any()
}

fn people(data: &AdminPage) -> AnyView {
    let columns = ["Name", "Roles", "Standing", "Change"].map(Column::new).to_vec();
    let rows = data.people.iter().map(person).collect();
    view! {
        <section class="app-stack">
            <h2>"People"</h2>
            <DataTable caption="Who works here" columns rows />
            <p>
                <LinkButton label="Invite a colleague" href="/admin/people/new" look=Look::Secondary />
            </p>
        </section>
    }
    .into_any()
}

fn person(line: &PersonLine) -> Row {
    let roles: Vec<_> = line.roles.iter().map(|role| words::role(*role)).collect();
    let (meaning, standing) = match (line.active, line.can_sign_in) {
        (false, _) => (Meaning::Stopped, "Suspended"),
        (true, false) => (Meaning::Waiting, "Has no password yet"),
        (true, true) => (Meaning::Done, "Active"),
    };
    let (wanted, label) = if line.active { ("suspended", "Suspend") } else { ("active", "Let in again") };
    Row::new(vec![
        view! {
            <a href=to(format!("/admin/people/{}", line.id))>{line.name.clone()}</a>
            <p class="app-quiet">{line.email.clone()}</p>
        }
        .into_any(),
        roles.join(", ").into_any(),
        view! {
            <StatusTag meaning label=standing />
            {line.last_day.as_ref().map(|day| view! { <p class="app-quiet">{format!("Last day {}", spoken::stored_day(day))}</p> })}
            {line
                .role_days
                .iter()
                .map(|(role, day)| {
                    view! { <p class="app-quiet">{format!("{} until {}", words::role(*role), spoken::stored_day(day))}</p> }
                })
                .collect_view()}
        }
        .into_any(),
        view! {
            <form method="post" action=to(format!("/admin/people/{}", line.id))>
                <HiddenField name="key" value=key() />
                <HiddenField name="form" value="person" />
                <HiddenField name="standing" value=wanted />
                <button type="submit" class="app-button app-button--link" id=format!("f-{}-person", line.id)>
                    {label}
                    <span class="app-visually-hidden">{format!(" {}", line.name)}</span>
                </button>
            </form>
        }
        .into_any(),
    ])
}

/// Calendars, those without an owner first: their busy times count for nobody.
fn calendars(data: &AdminPage, kept: &Kept) -> AnyView {
    let (owned, unassigned): (Vec<_>, Vec<_>) = data.calendars.iter().partition(|line| line.whose.is_some());
    let forms: Vec<_> = unassigned.into_iter().map(|line| assign_form(line, data, kept)).collect();
    let waiting = (!forms.is_empty()).then(|| {
        view! {
            <Card title="Calendars without an owner" meaning=Meaning::Attention>
                <p>"They were imported, but nobody’s free times heed them yet. Say whose they are."</p>
                <div class="app-panels">{forms}</div>
            </Card>
        }
    });
    let list = if owned.is_empty() {
        view! {
            <Empty title="No calendar is in use" level=Level::Three>
                <p>"Clinicians add theirs under “Availability”."</p>
            </Empty>
        }
        .into_any()
    } else {
        let columns = ["Calendar", "Whose", "Freshness"].map(Column::new).to_vec();
        let rows = owned
            .into_iter()
            .map(|line| {
                Row::new(vec![
                    line.name.clone().into_any(),
                    line.whose.clone().unwrap_or_default().into_any(),
                    view! {
                        {line.fresh.clone()}
                        {line.error.clone().map(|error| view! { <p class="app-late">{error}</p> })}
                    }
                    .into_any(),
                ])
            })
            .collect();
        view! { <DataTable caption="Calendars in use" columns rows /> }.into_any()
    };
    view! {
        <section class="app-stack">
            <h2>"Calendars"</h2>
            {waiting}
            {list}
        </section>
    }
    .into_any()
}

fn assign_form(line: &CalendarLine, data: &AdminPage, kept: &Kept) -> AnyView {
    let field = format!("{}-resource", line.id);
    view! {
        <form class="app-stack" method="post" action=to(format!("/admin/calendars/{}", line.id))>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="calendar" />
            <SelectField
                name=field.clone()
                label=format!("Whose is “{}”?", line.name)
                hint=line.fresh.clone()
                choices=choices(&data.resources)
                value=kept.value(&field, "")
                error=kept.error(&field)
            />
            <Button label="Assign" look=Look::Secondary />
        </form>
    }
    .into_any()
}

fn urgency(data: &AdminPage) -> AnyView {
    let (meaning, label) = match &data.urgency_accepted {
        Some(who) => (Meaning::Done, format!("On: accepted by {who}")),
        None => (Meaning::Waiting, "Off".to_owned()),
    };
    let on = data.urgency_accepted.is_some();
    let (wanted, button, look) = if on {
        ("off", "Switch the suggestions off", Look::Warning)
    } else {
        ("on", "Accept responsibility and show suggestions", Look::Primary)
    };
    view! {
        <Card title="Urgency suggestions" meaning>
            <div class="app-stack">
                <p>
                    <StatusTag meaning label />
                </p>
                <p>
                    "Waymark can mark words in a letter that speak for urgency and suggest a priority beside it, with the rule and its source. "
                    "Software that does this is treated as a medical device in many places. Somebody in your organisation has to "
                    "answer for using it: that it fits your patients, that people are trained, and that its errors are looked for."
                </p>
                <p>
                    "A person always decides. A suggestion never declines a referral and never makes it less urgent, "
                    "and every decision against one is counted."
                </p>
                <form method="post" action="/admin/urgency">
                    <HiddenField name="key" value=key() />
                    <HiddenField name="form" value="urgency" />
                    <HiddenField name="wanted" value=wanted />
                    <Button label=button look />
                </form>
                {(!on)
                    .then(|| {
                        view! { <p class="app-quiet">"Your name and the time are kept as the acceptance."</p> }
                    })}
            </div>
        </Card>
    }
    .into_any()
}
