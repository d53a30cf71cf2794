//! A message asks one thing, and one tap answers it: the page behind its link. Looking at it changes nothing.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::AskedPage;
use domain::reply_words::Question;
use leptos::prelude::*;
use service::sign_in::Ticket;
use service::{ServiceError, asking, clock, patient};
use tower_sessions::Session;

use crate::components::{Button, HiddenField, LinkButton, Look, Notice, NoticeKind};
use crate::pages::patient::frame::{broken, done, fresh_key, open_frame};
use crate::web::{Alive, Kept, Patient, Refused, Typed, Web, kept, keys, page, refused_form};
use crate::words;

/// Where the answer to a question is given.
pub const COMING: &str = "/coming";
pub const NEEDED: &str = "/still-needed";

pub fn routes() -> Router<Web> {
    Router::new().route(COMING, get(show).post(say_coming)).route(NEEDED, get(show_needed).post(say_needed))
}

/// The page that asks what a link asks; `None` when it asks nothing, or nothing that can still be answered.
pub async fn page_of(web: &Web, ticket: &Ticket) -> Result<Option<&'static str>, ServiceError> {
    Ok(match asking::question(&web.desk, clock::now(), ticket).await? {
        Some(Question::Visit) => Some(COMING),
        Some(Question::StillNeeded) => Some(NEEDED),
        Some(Question::Offer) | None => None,
    })
}

async fn ticket(session: &Session) -> Result<Option<Ticket>, Refused> {
    session.get(keys::TICKET).await.map_err(|error| broken(&error))
}

/// Whoever opened the link of a reminder. What cannot be answered any more leads on to the referral.
async fn show(
    State(web): State<Web>,
    session: Session,
    signed_in: Option<Patient>,
) -> Result<Response, Refused> {
    let Some(ticket) = ticket(&session).await? else {
        return Ok(Redirect::to("/start").into_response());
    };
    let Some(asked) = asked(&web, &ticket, Question::Visit).await? else {
        return Ok(Redirect::to("/verify").into_response());
    };
    let change = match (signed_in, ticket.referral) {
        (Some(patient), Some(referral))
            if patient::status(&web.desk, &patient.call, referral).await.is_ok() =>
        {
            Some(format!("/my/{referral}/change"))
        }
        _ => None,
    };
    let kept = kept(&session, COMING).await;
    let view = move || coming_view(&asked, change.as_deref(), &kept);
    Ok(page(&web, "Your appointment", Alive::Plain, view).await)
}

/// Whoever opened the link of a reminder. The visit that it was about is confirmed.
async fn say_coming(State(web): State<Web>, session: Session, typed: Typed) -> Result<Response, Refused> {
    let Some(ticket) = ticket(&session).await? else {
        return Ok(Redirect::to("/start").into_response());
    };
    match asking::say_coming(&web.desk, clock::now(), &ticket).await {
        Ok(()) => done(&session, COMING, words::patient::THANKS_COMING.to_owned()).await,
        // The link of another message was opened in between.
        Err(ServiceError::NotFound) => Ok(Redirect::to("/verify").into_response()),
        Err(error) => Ok(refused_form(&session, COMING, &typed, error).await),
    }
}

/// What the link of this ticket asks, where it is this question and can still be answered.
async fn asked(web: &Web, ticket: &Ticket, question: Question) -> Result<Option<AskedPage>, ServiceError> {
    let asked = asking::page(&web.desk, clock::now(), ticket).await?;
    Ok(asked.filter(|asked| asked.question == question.code()))
}

/// Whoever opened the link of a message that asks whether they still need it.
async fn show_needed(State(web): State<Web>, session: Session) -> Result<Response, Refused> {
    let Some(ticket) = ticket(&session).await? else {
        return Ok(Redirect::to("/start").into_response());
    };
    let Some(asked) = asked(&web, &ticket, Question::StillNeeded).await? else {
        return Ok(Redirect::to("/verify").into_response());
    };
    let kept = kept(&session, NEEDED).await;
    Ok(page(&web, "Do you still need it?", Alive::Plain, move || needed_view(&asked, &kept)).await)
}

/// Whoever opened that link. A yes is noted; after a no a person talks with them, and nothing is given up before.
async fn say_needed(State(web): State<Web>, session: Session, typed: Typed) -> Result<Response, Refused> {
    let Some(ticket) = ticket(&session).await? else {
        return Ok(Redirect::to("/start").into_response());
    };
    let (needs, said) = match typed.value("answer") {
        "yes" => (true, words::patient::THANKS_NEEDED),
        "no" => (false, words::patient::THANKS_NOT_NEEDED),
        _ => return Ok(Redirect::to(NEEDED).into_response()),
    };
    match asking::say_needed(&web.desk, clock::now(), &ticket, needs).await {
        Ok(()) => done(&session, NEEDED, said.to_owned()).await,
        Err(ServiceError::NotFound) => Ok(Redirect::to("/verify").into_response()),
        Err(error) => Ok(refused_form(&session, NEEDED, &typed, error).await),
    }
}

fn needed_view(asked: &AskedPage, kept: &Kept) -> AnyView {
    let answer = |value: &'static str, label: &'static str, look: Look| {
        view! {
            <form method="post" action=NEEDED>
                <HiddenField name="key" value=fresh_key()/>
                <HiddenField name="answer" value=value/>
                <div class="app-actions"><Button label look/></div>
            </form>
        }
    };
    // Answered a moment ago; the link can be opened again to say something else.
    let questions = kept.message.is_none().then(|| {
        view! {
            <p>"You keep your place whatever you answer. After a no, somebody from the clinic talks with you first."</p>
            {answer("yes", "Yes, I still need it", Look::Primary)}
            {answer("no", "No, I no longer need it", Look::Secondary)}
        }
    });
    let content = view! {
        <h1>"Do you still need your appointment?"</h1>
        <p>{format!("You are waiting for an appointment with {}.", asked.organisation)}</p>
        {questions}
        <p>"If you feel worse, do not wait: call us."</p>
        {call(asked)}
    };
    open_frame(kept, content.into_any())
}

fn call(asked: &AskedPage) -> Option<AnyView> {
    asked.phone.clone().map(|phone| {
        let label = format!("Call {phone}");
        let href = format!("tel:{}", phone.replace(' ', ""));
        view! { <LinkButton label href look=Look::Link/> }.into_any()
    })
}

fn coming_view(asked: &AskedPage, change: Option<&str>, kept: &Kept) -> AnyView {
    let answer = match asked.answered {
        true => {
            let said = kept.message.is_none().then(|| {
                view! { <Notice kind=NoticeKind::Success title=words::patient::SAID_COMING/> }
            });
            view! {
                {said}
                <p>"You need not do anything else. If something comes up, change or cancel it here."</p>
            }
            .into_any()
        }
        false => view! {
            <form method="post" action=COMING>
                <HiddenField name="key" value=fresh_key()/>
                <div class="app-actions"><Button label=words::patient::IM_COMING/></div>
            </form>
        }
        .into_any(),
    };
    let to_change = change.unwrap_or("/verify").to_owned();
    let proves = change.is_none().then(|| {
        view! { <p class="app-quiet">"To change it we ask for your date of birth first, so that nobody else can."</p> }
    });
    let heading = if asked.answered { "Your appointment" } else { "Are you coming?" };
    let content = view! {
        <h1>{heading}</h1>
        <p>{format!("Your appointment with {}:", asked.organisation)}</p>
        <p class="app-visit__when">{asked.when.clone()}</p>
        {answer}
        <div class="app-actions"><LinkButton label="Change or cancel it" href=to_change look=Look::Secondary/></div>
        {proves}
        {call(asked)}
    };
    open_frame(kept, content.into_any())
}
