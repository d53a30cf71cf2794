//! What Waymark told whoever is signed in.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{ToldLine, ToldPage};
use leptos::prelude::*;
use serde::Deserialize;
use service::told;
use tower_sessions::Session;

use crate::components::{Button, Empty, HiddenField, Href, Look, Meaning, Pager, StatusTag};
use crate::pages::console::{Console, Section, done, id, key, to, with_query};
use crate::web::{Alive, Refused, Staff, Typed, Web, kept, page};
use crate::words;

const PATH: &str = "/account/messages";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(read_all)).route("/account/messages/{message}", post(open))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ToldQuery {
    /// `unread`, or empty for all.
    show: String,
    /// Where the page before ended.
    before: String,
}

/// Staff, about themselves.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<ToldQuery>,
) -> Result<Response, Refused> {
    let data = told::page(&web.desk, &staff.call, query.show == "unread", &query.before).await?;
    let console = Console::new(&staff, Section::Account, &kept(&session, PATH).await);
    let view = move || console.page("What Waymark told you", list(&data, &query));
    Ok(page(&web, "What Waymark told you", Alive::Plain, view).await)
}

/// Staff. It counts as read from now on.
async fn open(
    State(web): State<Web>,
    staff: Staff,
    Path(message): Path<String>,
    _: Typed,
) -> Result<Response, Refused> {
    let leads = told::open(&web.desk, &staff.call, id(&message)?).await?;
    Ok(Redirect::to(leads.as_deref().unwrap_or(PATH)).into_response())
}

/// Staff. All up to the newest that was shown.
async fn read_all(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    told::read_all(&web.desk, &staff.call, typed.value("newest")).await?;
    done(&session, PATH, "All marked as read.").await
}

fn list(data: &ToldPage, query: &ToldQuery) -> AnyView {
    let only_unread = query.show == "unread";
    let view_link = |show: &'static str, label: String| {
        let href = to(with_query(PATH, &[("show", show)]));
        view! {
            <li>
                <a class="app-view" href=href aria-current=(query.show == show).then_some("page")>{label}</a>
            </li>
        }
    };
    let body = if data.lines.is_empty() {
        let title = if only_unread { "You have read everything" } else { "Nothing yet" };
        view! { <Empty title><p>"When Waymark writes to you by mail, it stands here too."</p></Empty> }
            .into_any()
    } else {
        let items = data.lines.iter().map(line).collect_view();
        view! { <ul class="app-sent">{items}</ul> }.into_any()
    };
    let newest = data.lines.first().filter(|_| data.unread > 0 && query.before.is_empty()).map(|first| {
        view! {
            <form method="post" action=PATH class="app-screen-only">
                <HiddenField name="key" value=key()/>
                <HiddenField name="newest" value=first.id.clone()/>
                <Button label="Mark all as read" look=Look::Secondary/>
            </form>
        }
    });
    let address = |before: &str| with_query(PATH, &[("show", &query.show), ("before", before)]);
    let next = data.next.as_ref().map(|before| Href::from(address(before)));
    let first = (!query.before.is_empty()).then(|| Href::from(address("")));
    view! {
        <div class="app-stack">
            <p>
                "All that Waymark told you, the newest first, also when a mail got lost on its way. "
                <a href="/account/notices">"Choose what you are told"</a>
            </p>
            <nav aria-label="Messages" class="app-screen-only">
                <ul class="app-views">
                    {view_link("", "All".to_owned())}
                    {view_link("unread", format!("Unread ({})", data.unread))}
                </ul>
            </nav>
            {newest}
            {body}
            <Pager next first/>
        </div>
    }
    .into_any()
}

fn line(line: &ToldLine) -> AnyView {
    let (meaning, label) = words::delivery_by(&line.channel, &line.state);
    let text = line.text.iter().map(|text| view! { <p>{text.clone()}</p> }).collect_view();
    let unread = line.is_unread.then(|| view! { " " <StatusTag meaning=Meaning::Waiting label="New"/> });
    let act = if line.reference.is_empty() {
        match (line.leads, line.is_unread) {
            (true, _) => Some("Open it".to_owned()),
            (false, is_unread) => is_unread.then(|| "Mark as read".to_owned()),
        }
    } else {
        Some(format!("Open {}", line.reference))
    };
    let act = act.map(|label| {
        view! {
            <form method="post" action=to(format!("{PATH}/{}", line.id)) class="app-screen-only">
                <HiddenField name="key" value=key()/>
                <Button label look=Look::Link/>
            </form>
        }
    });
    view! {
        <li class="app-sent__message">
            <p><strong>{line.subject.clone()}</strong>{unread}</p>
            {text}
            <p class="app-quiet">
                {format!("{}, {} ", line.when, words::channel(&line.channel).to_lowercase())} <StatusTag meaning label/>
            </p>
            {act}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;

    fn data() -> ToldPage {
        let one = |id: &str, is_unread| ToldLine {
            id: id.into(),
            when: "3 Mar, 2:15pm".into(),
            subject: "WM-7K3Q-92PD was accepted".into(),
            text: vec!["It was accepted.".into()],
            channel: "email".into(),
            state: "sent".into(),
            is_unread,
            reference: "WM-7K3Q-92PD".into(),
            leads: false,
        };
        ToldPage { unread: 1, lines: vec![one("9", true), one("8", false)], next: Some("8".into()) }
    }

    #[test]
    fn unread_is_marked_in_words_and_each_leads_to_its_referral() {
        let html = render(|| list(&data(), &ToldQuery::default()));
        assert_eq!(html.matches(">New<").count(), 1, "{html}");
        for part in ["Open WM-7K3Q-92PD", "/account/messages/9", "Mark all as read", "Unread (1)", "before=8"]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
