//! What whoever is signed in wants to be told of their own days.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::{DayNoticesForm, DayNoticesInput};
use leptos::prelude::*;
use service::day_notices;
use tower_sessions::Session;

use crate::components::{
    Button, CheckboxGroup, Choice, HiddenField, LinkButton, Look, Need, RadioGroup, TextField, TextKind,
    Width,
};
use crate::pages::console::{Console, Section, key, outcome};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};

const PATH: &str = "/account/notices";
const TITLE: &str = "What you are told";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(save))
}

/// Staff, about themselves.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let data = day_notices::form(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Account, &kept);
    Ok(page(&web, TITLE, Alive::Plain, move || console.page(TITLE, form(&data, &kept))).await)
}

/// Staff, for themselves.
async fn save(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let input: DayNoticesInput = typed.read();
    let saved = day_notices::save(&web.desk, &call, &input).await;
    outcome(&session, PATH, &typed, saved, "Saved. You are told like that from now on.").await
}

fn form(data: &DayNoticesForm, kept: &Kept) -> AnyView {
    let now = &data.now;
    let radios = |name: &'static str, label: &'static str, now: &str, choices: Vec<Choice>| {
        let (value, error) = (kept.value(name, now), kept.error(name));
        view! { <RadioGroup name label choices value error/> }
    };
    let referrals = radios(
        "digest",
        "What happens to your referrals",
        &now.digest,
        vec![
            Choice::new("at-once", "A mail each, at once"),
            Choice::new("daily", "One notice a day").hint("It says how many you have not opened"),
            Choice::new("in-app", "In Waymark alone"),
        ],
    );
    let ways = radios(
        "channel",
        "By which way?",
        &now.channel,
        vec![
            Choice::new("email", "E-mail"),
            Choice::new("sms", "Text message"),
            Choice::new("in-app", "In Waymark alone"),
        ],
    );
    // Whoever has no visits sends on what stands there, so that it is as it was should they have some one day.
    let visits = match data.has_visits {
        true => of_visits(data, kept),
        false => {
            let hidden = [
                ("daily", &now.daily),
                ("if_empty", &now.if_empty),
                ("changes", &now.changes),
                ("within_hours", &now.within_hours),
                ("report_days", &now.report_days),
            ];
            hidden
                .map(|(name, value)| view! { <HiddenField name value=value.clone()/> })
                .collect_view()
                .into_any()
        }
    };
    view! {
        <form method="post" action=PATH class="app-stack">
            <p>
                "No notice names a patient: it says how many, and leads to the page that says who. "
                <a href="/account/messages">"What Waymark told you"</a> " has all of them. What is overdue, and documents "
                "with malware, are always told by mail. On days of leave you are told nothing of your visits."
            </p>
            <HiddenField name="key" value=key()/>
            {visits}
            {referrals}
            <TextField
                name="at"
                label="At what time each day?"
                hint=format!("On the clock of {}", data.zone)
                kind=TextKind::Time
                width=Width::Short
                value=kept.value("at", &now.at)
                error=kept.error("at")
            />
            {ways}
            <TextField
                name="phone"
                label="Your mobile phone"
                hint="For text messages"
                kind=TextKind::Telephone
                need=Need::Optional
                value=kept.value("phone", &now.phone)
                error=kept.error("phone")
            />
            <div class="app-actions">
                <Button label="Save"/>
                <LinkButton label="Back" href="/account" look=Look::Link/>
            </div>
        </form>
    }
    .into_any()
}

fn of_visits(data: &DayNoticesForm, kept: &Kept) -> AnyView {
    let now = &data.now;
    let was_typed = !kept.values.is_empty();
    let if_empty = if was_typed { kept.value("if_empty", "") } else { now.if_empty.clone() };
    let ticked = Some(if_empty).filter(|ticked| !ticked.is_empty()).into_iter().collect();
    view! {
        <RadioGroup
            name="daily"
            label="List of your visits, once a day"
            choices=vec![
                Choice::new("today", "Of that day"),
                Choice::new("tomorrow", "Of the day after"),
                Choice::new("off", "No list"),
            ]
            value=kept.value("daily", &now.daily)
            error=kept.error("daily")
        />
        <CheckboxGroup
            name="if_empty"
            label="On days without visits"
            choices=vec![Choice::new("yes", "Tell me that nobody comes")]
            values=ticked
            need=Need::Optional
        />
        <RadioGroup
            name="changes"
            label="When a visit is booked, moved or cancelled shortly before"
            hint="What you do yourself is not told. At night it waits for the morning"
            choices=vec![
                Choice::new("at-once", "Tell me at once"),
                Choice::new("daily", "Tell me with the daily list"),
                Choice::new("off", "Do not tell me"),
            ]
            value=kept.value("changes", &now.changes)
            error=kept.error("changes")
        />
        <TextField
            name="within_hours"
            label="Shortly before: how many hours?"
            hint="From 1 to 72"
            width=Width::Short
            value=kept.value("within_hours", &now.within_hours)
            error=kept.error("within_hours")
        />
        <TextField
            name="report_days"
            label="Remind me of visits without outcome or report after how many days?"
            hint="From 1 to 60. Leave it empty for no reminder"
            width=Width::Short
            need=Need::Optional
            value=kept.value("report_days", &now.report_days)
            error=kept.error("report_days")
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;

    fn shown(has_visits: bool) -> String {
        let now = DayNoticesInput {
            daily: "today".into(),
            at: "07:00".into(),
            changes: "at-once".into(),
            within_hours: "24".into(),
            digest: "at-once".into(),
            channel: "email".into(),
            ..DayNoticesInput::default()
        };
        let data = DayNoticesForm { has_visits, zone: "Europe/London".into(), now };
        render(move || form(&data, &Kept::default()))
    }

    #[test]
    fn whoever_has_no_visits_is_not_asked_about_them_and_keeps_what_is_stored() {
        let html = shown(false);
        assert!(
            !html.contains("List of your visits") && html.contains("What happens to your referrals"),
            "{html}"
        );
        assert!(html.contains("name=\"daily\" value=\"today\""), "{html}");
        assert!(shown(true).contains("List of your visits, once a day"));
    }
}
