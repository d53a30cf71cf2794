//! The review of access: who can come in, how, and when they last did.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::{AccessPerson, AccessReview};
use domain::standing::Standing;
use leptos::prelude::*;
use service::admin;
use tower_sessions::Session;

use crate::components::{Column, DataTable, Density, HiddenField, Meaning, Row, StatusTag};
use crate::pages::console::{Console, Section, key, to};
use crate::web::{Alive, Kept, Refused, Staff, Web, kept, page};
use crate::words;

const PATH: &str = "/admin/access";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show))
}

/// Administrators.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let data = admin::access_review(&web.desk, &staff.call).await?;
    let kept: Kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "Who has access";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, body(&data))).await)
}

fn body(data: &AccessReview) -> AnyView {
    let columns =
        ["Name", "Roles", "Standing", "Last signed in", "Ways in", "Change"].map(Column::new).to_vec();
    let rows = data.people.iter().map(row).collect();
    view! {
        <div class="app-stack">
            <p class="app-lead">
                {format!(
                    "Go through this list every quarter. Suspend whoever has left, and look at accounts that were not used for {} days.",
                    data.quiet_days,
                )}
            </p>
            <DataTable caption="Who can come in, and how" columns rows density=Density::Dense />
            <p>
                <a href="/admin">"Back to administration"</a>
            </p>
        </div>
    }
    .into_any()
}

fn row(line: &AccessPerson) -> Row {
    let roles: Vec<_> = line.roles.iter().map(|role| words::role(*role)).collect();
    let (meaning, standing) = words::standing_of_person(line.standing);
    let quiet =
        line.is_quiet.then(|| view! { <StatusTag meaning=Meaning::Attention label="Not used lately" /> });
    let open = match line.sessions {
        0 => None,
        1 => Some("1 open session".to_owned()),
        many => Some(format!("{many} open sessions")),
    };
    let open = open.map(|open| view! { <p class="app-quiet">{open}</p> });
    Row::new(vec![
        view! {
            <a href=to(format!("/admin/people/{}", line.id))>{line.name.clone()}</a>
            <p class="app-quiet">{line.email.clone()}</p>
        }
        .into_any(),
        roles.join(", ").into_any(),
        view! {
            <StatusTag meaning label=standing />
            {line.last_day.as_ref().map(|day| view! { <p class="app-quiet">{format!("Last day {day}")}</p> })}
            {line
                .role_days
                .iter()
                .map(|(role, day)| {
                    view! { <p class="app-quiet">{format!("{} until {day}", words::role(*role))}</p> }
                })
                .collect_view()}
        }
        .into_any(),
        view! {
            {line.last_sign_in.clone().unwrap_or_else(|| "never".to_owned())}
            {open}
            {quiet}
        }
        .into_any(),
        ways_in(line).into_any(),
        acts(line),
    ])
}

/// "Password, authenticator, 2 passkeys, 9 recovery codes".
fn ways_in(line: &AccessPerson) -> String {
    let counted = |count: i64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let ways: Vec<String> = [
        line.has_password.then(|| "password".to_owned()),
        line.has_authenticator.then(|| "authenticator".to_owned()),
        counted(line.passkeys, "passkey", "passkeys"),
        counted(line.recovery_codes, "recovery code", "recovery codes"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if ways.is_empty() { "none yet".to_owned() } else { ways.join(", ") }
}

fn acts(line: &AccessPerson) -> AnyView {
    if line.is_self {
        return view! { <a href="/account">"Your account"</a> }.into_any();
    }
    let end = (line.sessions > 0).then(|| {
        one_button(format!("/admin/people/{}/sessions", line.id), None, "End all sessions", &line.name)
    });
    let suspend = (line.standing == Standing::Active)
        .then(|| one_button(format!("/admin/people/{}", line.id), Some("suspended"), "Suspend", &line.name));
    view! {
        {end}
        {suspend}
    }
    .into_any()
}

fn one_button(action: String, standing: Option<&'static str>, label: &'static str, name: &str) -> AnyView {
    view! {
        <form method="post" action=to(action)>
            <HiddenField name="key" value=key() />
            {standing.map(|value| view! { <HiddenField name="standing" value /> })}
            <button type="submit" class="app-button app-button--link">
                {label}
                <span class="app-visually-hidden">{format!(" {name}")}</span>
            </button>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_in_are_said_in_words() {
        let mut line = AccessPerson {
            id: String::new(),
            name: String::new(),
            email: String::new(),
            roles: Vec::new(),
            standing: Standing::Active,
            last_day: None,
            role_days: Vec::new(),
            last_sign_in: None,
            is_quiet: false,
            has_password: false,
            has_authenticator: false,
            passkeys: 0,
            recovery_codes: 0,
            sessions: 0,
            is_self: false,
        };
        assert_eq!(ways_in(&line), "none yet");
        (line.has_password, line.passkeys, line.recovery_codes) = (true, 1, 9);
        assert_eq!(ways_in(&line), "password, 1 passkey, 9 recovery codes");
    }
}
