//! Colleagues: invited, given roles, let in anew.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{LastDayInput, LeaveOutcome, LeavePreview, PersonInput, PersonLine};
use domain::{PersonId, Role};
use leptos::prelude::*;
use service::{ServiceError, admin};
use tower_sessions::Session;

use super::shared::{self, Then};
use crate::components::{
    Button, CheckboxGroup, Choice, DateField, DateParts, HiddenField, Look, Need, Notice, NoticeKind,
    TextField, TextKind,
};
use crate::pages::availability::{PREVIEW, broken_visits};
use crate::pages::console::{Console, Section, done, id, key, prefixed, to, unprefixed};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, confirm_first, keep, kept, page};
use crate::words;

const NEW: &str = "/admin/people/new";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(NEW, get(show_new).post(invite))
        .route("/admin/people/{id}", get(show))
        .route("/admin/people/{id}/roles", post(set_roles))
        .route("/admin/people/{id}/reset", post(reset))
        .route("/admin/people/{id}/last-day", post(set_last_day))
        .route("/admin/people/{id}/sessions", post(end_sessions))
}

fn roles() -> Vec<Choice> {
    Role::STAFF.iter().map(|role| Choice::new(role.code(), words::role(*role))).collect()
}

/// Administrators.
async fn show_new(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(then): Query<Then>,
) -> Result<Response, Refused> {
    // Whether they may; nobody is listed.
    admin::setup(&web.desk, &staff.call).await?;
    let kept = kept(&session, NEW).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "Invite a colleague";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, new_form(&then, &kept))).await)
}

/// Administrators. The colleague gets a mail with a link that works once.
async fn invite(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    if let Some(answer) = confirm_first(&session, NEW, &typed).await? {
        return Ok(answer);
    }
    let call = staff.keyed(typed.value("key"));
    let input = PersonInput { roles: typed.joined("roles"), ..typed.read() };
    let invited = admin::invite(&web.desk, &call, &input).await;
    shared::saved(&session, NEW, "/admin", &typed, invited, "The invitation is on its way.").await
}

/// Administrators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(person): Path<String>,
) -> Result<Response, Refused> {
    let person: PersonId = id(&person)?;
    let line = admin::person(&web.desk, &staff.call, person).await?;
    let path = format!("/admin/people/{person}");
    let kept = kept(&session, &path).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let view = move || console.page(line.name.clone(), person_forms(&line, &path, &kept));
    Ok(page(&web, "A colleague", Alive::Plain, view).await)
}

/// Administrators.
async fn set_roles(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(person): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let person: PersonId = id(&person)?;
    let path = format!("/admin/people/{person}");
    if let Some(answer) = confirm_first(&session, &path, &typed).await? {
        return Ok(answer);
    }
    let call = staff.keyed(typed.value("key"));
    let set = admin::set_roles(&web.desk, &call, person, &typed.joined("roles"), typed.value("seen")).await;
    let said = match &set {
        Ok(LeaveOutcome::Preview(preview)) => {
            return preview_first(&session, person, &typed, preview).await;
        }
        Ok(LeaveOutcome::Kept { listed, .. } | LeaveOutcome::Saved { cancelled: listed, .. })
            if *listed > 0 =>
        {
            format!("The roles are set. {}", words::visits_kept(*listed))
        }
        _ => "The roles are set.".to_owned(),
    };
    shared::saved(&session, &path, "/admin", &typed, set, &said).await
}

/// Administrators. After that day the colleague is signed out for good, and what they owned goes to their team.
async fn set_last_day(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(person): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let person: PersonId = id(&person)?;
    let path = format!("/admin/people/{person}");
    if let Some(answer) = confirm_first(&session, &path, &typed).await? {
        return Ok(answer);
    }
    let call = staff.keyed(typed.value("key"));
    // A role's form has fields of its own.
    let of = typed.value("last_day_of");
    let input = match of {
        "" => typed.read(),
        role => LastDayInput { last_day_of: role.to_owned(), ..unprefixed(role, &typed).read() },
    };
    let is_taken = [&input.last_day_day, &input.last_day_month, &input.last_day_year]
        .into_iter()
        .all(|part| part.trim().is_empty());
    let said = if is_taken { "The last day is taken away." } else { "The last day is set." };
    let set = admin::set_last_day(&web.desk, &call, person, &input).await;
    let said = match &set {
        Ok(LeaveOutcome::Preview(preview)) => {
            return preview_first(&session, person, &typed, preview).await;
        }
        Ok(LeaveOutcome::Kept { listed, .. } | LeaveOutcome::Saved { cancelled: listed, .. })
            if *listed > 0 =>
        {
            format!("{said} {}", words::visits_kept(*listed))
        }
        _ => said.to_owned(),
    };
    let set = set.map_err(|error| if of.is_empty() { error } else { prefixed(of, error) });
    shared::saved(&session, &path, "/admin", &typed, set, &said).await
}

/// Shows at somebody's page which booked visits they will not be there for, with what was pressed.
pub(super) async fn preview_first(
    session: &Session,
    person: PersonId,
    typed: &Typed,
    preview: &LeavePreview,
) -> Result<Response, Refused> {
    let broken = |cause: String| Refused(ServiceError::Broken(cause));
    let path = format!("/admin/people/{person}");
    let shown = serde_json::to_string(preview).map_err(|error| broken(error.to_string()))?;
    let mut values = typed.pairs.clone();
    values.push((PREVIEW.to_owned(), shown));
    let kept = Kept { path: path.clone(), values, ..Kept::default() };
    keep(session, kept).await.map_err(|error| broken(error.to_string()))?;
    Ok(Redirect::to(&path).into_response())
}

/// The visits, with the button that does it all the same.
fn preview(path: &str, kept: &Kept) -> AnyView {
    let Ok(shown) = serde_json::from_str::<LeavePreview>(&kept.value(PREVIEW, "")) else {
        return ().into_any();
    };
    let (is_suspension, is_roles) =
        (kept.value("standing", "") == "suspended", kept.values.iter().any(|(name, _)| name == "roles"));
    let (action, button) = match (is_suspension, is_roles) {
        (true, _) => (path.to_owned(), "Suspend them"),
        (false, true) => (format!("{path}/roles"), "Set the roles"),
        (false, false) => (format!("{path}/last-day"), "Set the last day"),
    };
    let fields = kept
        .values
        .iter()
        .filter(|(name, _)| !["key", "seen", PREVIEW].contains(&name.as_str()))
        .map(|(name, value)| view! { <HiddenField name=name.clone() value=value.clone() /> })
        .collect_view();
    let touched = words::Touched::of(&shown.visits);
    let title = if is_suspension { words::would_stop(touched) } else { words::would_leave(touched) };
    let lines = broken_visits(&shown);
    let back = to(path.to_owned());
    view! {
        <Notice kind=NoticeKind::Warning title>
            <p>"Nothing is saved yet."</p>
            {lines}
            <form class="app-stack app-stack--tight" method="post" action=to(action)>
                <HiddenField name="key" value=key() />
                {fields}
                <HiddenField name="seen" value=shown.seen />
                <p>
                    "The visits stay booked. They are listed under “Visits to rebook”, and the coordinators are told, until \
                     somebody has decided about each."
                </p>
                <div class="app-actions">
                    <Button label=button look=Look::Warning />
                    <a href=back>"Do nothing and go back"</a>
                </div>
            </form>
        </Notice>
    }
    .into_any()
}

/// Administrators. Signs the colleague out of every browser.
async fn end_sessions(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(person): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let person: PersonId = id(&person)?;
    if let Some(answer) = confirm_first(&session, "/admin/access", &typed).await? {
        return Ok(answer);
    }
    admin::end_sessions(&web.desk, &staff.keyed(typed.value("key")), person).await?;
    done(&session, "/admin/access", "They are signed out everywhere.").await
}

/// Administrators. What the colleague signed in with stops working; a mail brings a new way in.
async fn reset(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(person): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let person: PersonId = id(&person)?;
    let path = format!("/admin/people/{person}");
    if let Some(answer) = confirm_first(&session, &path, &typed).await? {
        return Ok(answer);
    }
    let reset = admin::reset(&web.desk, &staff.keyed(typed.value("key")), person).await;
    let message = "A new way in is on its way to them by mail.";
    shared::saved(&session, &path, "/admin", &typed, reset, message).await
}

fn new_form(then: &Then, kept: &Kept) -> AnyView {
    let chosen: Vec<String> = match kept.values.is_empty() {
        true => vec![then.role.clone()],
        false => chosen_roles(kept),
    };
    view! {
        <form class="app-stack" method="post" action=NEW>
            <HiddenField name="key" value=key() />
            {then.field(kept)}
            <TextField
                name="name"
                label="Name"
                hint="As patients and colleagues read it"
                value=kept.value("name", "")
                error=kept.error("name")
            />
            <TextField
                name="email"
                label="E-mail address"
                hint="They sign in with it, and the invitation goes there"
                kind=TextKind::Email
                value=kept.value("email", "")
                error=kept.error("email")
            />
            <CheckboxGroup
                name="roles"
                label="Roles"
                choices=roles()
                values=chosen
                error=kept.error("roles")
            />
            <div class="app-actions">
                <Button label="Send the invitation" />
                <a href="/admin">"Back without sending"</a>
            </div>
        </form>
    }
    .into_any()
}

fn chosen_roles(kept: &Kept) -> Vec<String> {
    kept.values.iter().filter(|(name, _)| name == "roles").map(|(_, value)| value.clone()).collect()
}

/// A last day as it was typed into the field of this name, or else as it is stored.
fn last_day(stored: Option<&String>, name: &str, kept: &Kept) -> DateParts {
    let stored = stored.cloned().unwrap_or_default();
    let mut parts = stored.split('-').map(|part| part.trim_start_matches('0').to_owned());
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let part = |part: &str, stored: Option<String>| {
        kept.value(&format!("{name}_{part}"), &stored.unwrap_or_default())
    };
    DateParts { day: part("day", day), month: part("month", month), year: part("year", year) }
}

/// A form of its own for all their work, and for each role that they hold beside others.
fn last_days(line: &PersonLine, path: &str, kept: &Kept) -> AnyView {
    let of_role = |role: &Role| {
        let day = line.role_days.iter().find(|(of, _)| of == role).map(|(_, day)| day);
        last_day_form(words::role(*role).to_owned(), role.code(), day, path, kept)
    };
    let several = line.roles.len() > 1 || !line.role_days.is_empty();
    let roles = several.then(|| {
        let forms: Vec<_> = line.roles.iter().map(of_role).collect();
        view! {
            <details class="app-act" open=!line.role_days.is_empty()>
                <summary class="app-act__summary">"Last day in one role"</summary>
                <div class="app-act__body app-stack app-stack--loose">{forms}</div>
            </details>
        }
    });
    view! {
        <section class="app-stack">
            <h2>"Last day"</h2>
            <p>
                "For a locum. After it they cannot sign in, or not in that role, and what they owned goes to their team. Leave "
                "all three fields empty for no last day."
            </p>
            {last_day_form("Of all their work here".to_owned(), "", line.last_day.as_ref(), path, kept)}
            {roles}
        </section>
    }
    .into_any()
}

fn last_day_form(
    label: String,
    of: &'static str,
    stored: Option<&String>,
    path: &str,
    kept: &Kept,
) -> AnyView {
    // Several of them stand on one page, so each field has an id of its own.
    let name = if of.is_empty() { "last_day".to_owned() } else { format!("{of}-last_day") };
    let value = last_day(stored, &name, kept);
    let error = kept.error(&name);
    view! {
        <form class="app-stack" method="post" action=to(format!("{path}/last-day"))>
            <HiddenField name="key" value=key() />
            <HiddenField name="last_day_of" value=of />
            <DateField
                name
                label
                hint="Like 31 8 2026"
                need=Need::Optional
                value
                error
            />
            <Button label="Set the last day" look=Look::Secondary />
        </form>
    }
    .into_any()
}

/// The last part: for somebody who never came in another one than for somebody who cannot any more.
fn way_in(line: &PersonLine) -> AnyView {
    if !line.can_sign_in {
        return view! {
            <h2>"They have not come in yet"</h2>
            <p>
                "They get a mail with a new link to set a password and to connect an authenticator. The link before stops "
                "working."
            </p>
            <Button label="Send the invitation again" look=Look::Secondary />
        }
        .into_any();
    }
    view! {
        <h2>"Forgotten password, new phone"</h2>
        <p>
            "What they sign in with now stops working. They get a mail with a link to set a new password and to connect a "
            "new authenticator."
        </p>
        <Button label="Send a new way in" look=Look::Warning />
    }
    .into_any()
}

fn person_forms(line: &PersonLine, path: &str, kept: &Kept) -> AnyView {
    let mut held: Vec<String> = line.roles.iter().map(|role| role.code().to_owned()).collect();
    let chosen = chosen_roles(kept);
    if !chosen.is_empty() {
        held = chosen;
    }
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{line.email.clone()}</p>
            {preview(path, kept)}
            <form class="app-stack" method="post" action=to(format!("{path}/roles"))>
                <HiddenField name="key" value=key() />
                <CheckboxGroup
                    name="roles"
                    label="Roles"
                    choices=roles()
                    values=held
                    error=kept.error("roles")
                />
                <Button label="Set the roles" />
            </form>
            {last_days(line, path, kept)}
            <form class="app-stack" method="post" action=to(format!("{path}/reset"))>
                <HiddenField name="key" value=key() />
                {way_in(line)}
            </form>
            <p>
                <a href="/admin">"Back to administration"</a>
            </p>
        </div>
    }
    .into_any()
}
