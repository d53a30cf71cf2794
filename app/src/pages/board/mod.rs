//! The coordinator's board: who does what on a day or in a week; free times go to somebody by a form.

mod time;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{BoardDay, BoardFree, BoardPage, BoardQuery, BoardRow, BoardVisit};
use domain::policy::{Capability, may};
use leptos::prelude::*;
use service::booking::board;
use service::{Conflict, ServiceError};
use tower_sessions::Session;

use super::console::{Console, Section, choices, done, id, key, to, with_query};
use crate::components::{
    Button, Choice, Disclosure, Empty, Filters, HiddenField, Href, Level, LinkButton, Look, Need, Notice,
    RadioGroup, SelectField, TextField, TextKind,
};
use crate::web::{Alive, Refused, Staff, Typed, Web, kept, page, refused_form};
use crate::words;

const PATH: &str = "/board";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/board/time", get(time::show))
        .route("/referrals/{id}/take-back", post(take_back))
}

/// Specialists and coordinators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<BoardQuery>,
) -> Result<Response, Refused> {
    let data = board::board(&web.desk, &staff.call, &query).await?;
    let matches = may(&staff.call.actor.principal, Capability::MatchMany);
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Board, &kept);
    let view = move || console.page("Board", body(&data, &query, matches));
    Ok(page(&web, "Board", Alive::Plain, view).await)
}

/// The receiving side. Takes a held or offered time back; the board comes again.
async fn take_back(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let board = with_query(PATH, &["day", "span", "service"].map(|name| (name, typed.value(name))));
    match board::withdraw(&web.desk, &call, id(&referral)?, typed.value("appointment")).await {
        Ok(()) => done(&session, &board, "Taken back. The time is free again.").await,
        // Said to whoever held it, this would be another sentence.
        Err(ServiceError::Conflict(Conflict::HoldLapsed)) => {
            done(&session, &board, words::HELD_NO_LONGER).await
        }
        Err(error) => Ok(refused_form(&session, &board, &typed, error).await),
    }
}

fn body(data: &BoardPage, query: &BoardQuery, matches: bool) -> AnyView {
    // One day alone has its name in the heading above it.
    let is_one = data.days.len() == 1;
    let days = data.days.iter().map(|one| day(one, query, is_one)).collect_view();
    let matching = (matches && data.to_book > 0).then(|| {
        let label = match data.to_book {
            1 => "Match 1 patient to free times".to_owned(),
            many => format!("Match {many} patients to free times"),
        };
        view! { <LinkButton label href="/matching" look=Look::Secondary /> }
    });
    // Only what nobody types by hand comes so; the field gives a day or nothing.
    let is_read = query.day.is_empty() || domain::dates::day(&query.day).is_some();
    let misread = (!is_read).then(|| {
        view! { <Notice title="This is today: the day in the address cannot be read" /> }
    });
    let other =
        |day: &str| to(with_query(PATH, &[("day", day), ("span", &query.span), ("service", &query.service)]));
    let (before, after) = match query.span.as_str() {
        "week" => ("The week before", "The week after"),
        _ => ("The day before", "The day after"),
    };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-actions app-screen-only">
                <LinkButton label="Waiting lists" href="/waiting" look=Look::Secondary />
                {matching}
            </p>
            {misread}
            {filters(data, query)}
            <div class="app-stack">
                <h2>{data.title.clone()}</h2>
                <p class="app-actions app-screen-only">
                    <a href=other(&data.before)>{before}</a>
                    <a href=other(&data.after)>{after}</a>
                </p>
                {days}
            </div>
        </div>
    }
    .into_any()
}

fn filters(data: &BoardPage, query: &BoardQuery) -> AnyView {
    let on = !query.service.is_empty() || !query.span.is_empty() || !query.day.is_empty();
    let disclosure = if on { Disclosure::Open } else { Disclosure::Closed };
    let clear = on.then(|| Href::from(PATH));
    let spans = vec![Choice::new("", "A day"), Choice::new("week", "A week")];
    let (service, span, first) = (query.service.clone(), query.span.clone(), data.first.clone());
    let services = choices(&data.services);
    view! {
        <Filters action=Href::from(PATH) label="Another day, a week, one service" clear disclosure>
            <TextField name="day" label="Day" kind=TextKind::Day value=first need=Need::Optional />
            <RadioGroup name="span" label="Show" choices=spans value=span />
            <SelectField
                name="service"
                label="Service"
                choices=services
                value=service
                need=Need::Optional
                empty="All services"
            />
        </Filters>
    }
    .into_any()
}

fn day(day: &BoardDay, query: &BoardQuery, is_one: bool) -> AnyView {
    let rows = day.rows.iter().map(|one| row(one, query, is_one)).collect_view();
    let content = if day.rows.is_empty() {
        view! { <p class="app-quiet">"Nobody sees patients."</p> }.into_any()
    } else {
        view! { <div class="app-board__day">{rows}</div> }.into_any()
    };
    view! {
        <section class="app-stack app-stack--tight">
            // Of one day the page's own heading says which.
            {(!is_one).then(|| view! { <h3>{day.day.clone()}</h3> })}
            {content}
        </section>
    }
    .into_any()
}

/// One clinician's or room's day.
fn row(row: &BoardRow, query: &BoardQuery, is_one: bool) -> AnyView {
    let who = if is_one {
        view! { <h3>{row.who.clone()}</h3> }.into_any()
    } else {
        view! { <h4>{row.who.clone()}</h4> }.into_any()
    };
    let sessions = row
        .sessions
        .iter()
        .map(|session| view! { <p class="app-board__session">{session.clone()}</p> })
        .collect_view();
    let visits = row.visits.iter().map(|one| visit(one, query)).collect_view();
    let unknown = row.unknown.then(|| {
        view! {
            <p class="app-late">
                "A calendar could not be read, so no time is offered: see “Availability”."
            </p>
        }
    });
    let full = row.full.then(|| view! { <p class="app-quiet">"Nothing is free."</p> });
    view! {
        <article class="app-board__row">
            {who}
            {sessions}
            <ul class="app-plain-list">{visits}</ul>
            {free(&row.free)}
            {full}
            {unknown}
        </article>
    }
    .into_any()
}

fn visit(visit: &BoardVisit, query: &BoardQuery) -> AnyView {
    let referral = format!("/referrals/{}", visit.referral);
    let class = match visit.state.as_str() {
        "held" | "offered" => "app-board__visit app-board__visit--held",
        _ => "app-board__visit",
    };
    let until = (!visit.until.is_empty())
        .then(|| view! { <p class="app-quiet">{format!("until {}", visit.until)}</p> });
    let moves = matches!(visit.state.as_str(), "booked").then(|| {
        view! {
            <a href=to(format!("{referral}/times"))>
                "Move"<span class="app-visually-hidden">{format!(" {}", visit.patient)}</span>
            </a>
        }
    });
    let again = visit.again.as_ref().map(|time| {
        let href = to(with_query(
            "/board/time",
            &[("service", &time.service), ("resource", &time.resource), ("start", &time.start)],
        ));
        view! {
            " "
            <a href=href>
                "Overbook"<span class="app-visually-hidden">{format!(" {}", visit.clock)}</span>
            </a>
        }
    });
    let back = matches!(visit.state.as_str(), "held" | "offered").then(|| {
        let label = format!("Take it back from {}", visit.patient);
        view! {
            <form class="app-screen-only" method="post" action=to(format!("{referral}/take-back"))>
                <HiddenField name="key" value=key() />
                <HiddenField name="appointment" value=visit.appointment.clone() />
                <HiddenField name="day" value=query.day.clone() />
                <HiddenField name="span" value=query.span.clone() />
                <HiddenField name="service" value=query.service.clone() />
                <Button label look=Look::Secondary />
            </form>
        }
    });
    let over = (!visit.overbooked.is_empty())
        .then(|| view! { <p>{format!("Overbooked: {}", visit.overbooked)}</p> });
    view! {
        <li class=class>
            <p>
                <span class="app-board__clock">{visit.clock.clone()}</span>
                " "
                <strong>{words::on_board(&visit.state)}</strong>
                {(visit.is_confirmed && visit.state == "booked").then_some(", the patient is coming")}
            </p>
            <p>
                <a href=to(referral.clone())>{visit.patient.clone()}</a>
                {format!(", {} · {}", visit.service, visit.reference)}
            </p>
            {over}
            {until}
            <span class="app-screen-only">{moves} {again}</span>
            {back}
        </li>
    }
    .into_any()
}

fn free(list: &[BoardFree]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let items = list
        .iter()
        .map(|time| {
            let href = to(with_query(
                "/board/time",
                &[("service", &time.service), ("resource", &time.resource), ("start", &time.start)],
            ));
            view! {
                <li>
                    <a class="app-slots__time" href=href>
                        <span class="app-visually-hidden">"Free at "</span>
                        {time.clock.clone()}
                    </a>
                </li>
            }
        })
        .collect_view();
    let few = list.len() <= 12;
    view! {
        <details class="app-board__free app-screen-only" open=few>
            <summary>{format!("Free: {}", words::patient::count_of_times(list.len()))}</summary>
            <ul class="app-slots">{items}</ul>
        </details>
    }
    .into_any()
}

/// When nobody is to book.
fn nobody(title: &'static str) -> AnyView {
    view! { <Empty title level=Level::Two /> }.into_any()
}
