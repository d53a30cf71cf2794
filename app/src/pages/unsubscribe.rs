//! Ending mails: the page behind the address in a mail's head. It asks first, because programs open addresses by themselves; a
//! mail program's own button (RFC 8058) sends the form at once.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use domain::Actor;
use leptos::prelude::*;
use service::consent::Said;
use service::unsubscribe::{self, Mailbox};
use service::{Call, clock};

use super::patient::frame::open_frame;
use crate::components::{Button, Look};
use crate::web::{Alive, Kept, Refused, Visitor, Web, page};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/unsubscribe/{token}", get(show).post(stop))
        .route("/unsubscribe/{token}/again", post(again))
}

/// Whoever has the mail.
async fn show(State(web): State<Web>, Path(token): Path<String>) -> Result<Response, Refused> {
    shown(&web, &token).await
}

/// Whoever has the mail, or their mail program: without a session, a key or a field.
async fn stop(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    unsubscribe::say(&web.desk, &call(&visitor), &token, Said::Stopped).await?;
    shown(&web, &token).await
}

/// Whoever has the mail.
async fn again(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    unsubscribe::say(&web.desk, &call(&visitor), &token, Said::Returned).await?;
    shown(&web, &token).await
}

fn call(visitor: &Visitor) -> Call {
    Call::new(Actor::system("unsubscribe", visitor.request), clock::now())
}

async fn shown(web: &Web, token: &str) -> Result<Response, Refused> {
    let mailbox = unsubscribe::mailbox(&web.desk, token).await?;
    let action = format!("/unsubscribe/{token}");
    Ok(page(web, "E-mails from Waymark", Alive::Plain, move || body(&mailbox, &action)).await)
}

fn body(mailbox: &Mailbox, action: &str) -> AnyView {
    let content = if mailbox.is_stopped {
        view! {
            <h1>"No more e-mails"</h1>
            <p>{format!("We send no more e-mails to {}. If we must reach you, the clinic uses another way, such as a text message, a letter or the phone.", mailbox.shown)}</p>
            <p>"A code that you ask for to sign in still comes."</p>
            <form method="post" action=format!("{action}/again")>
                <Button label="Send me e-mails again" look=Look::Secondary/>
            </form>
        }
        .into_any()
    } else {
        view! {
            <h1>"Do you want no more e-mails?"</h1>
            <p>{format!("We then send no more e-mails to {}: no reminders, and no news of your appointments. If we must reach you, the clinic uses another way.", mailbox.shown)}</p>
            <p>"Your appointments stay as they are."</p>
            <form method="post" action=action.to_owned()>
                <Button label="No more e-mails" look=Look::Warning/>
            </form>
        }
        .into_any()
    };
    open_frame(&Kept::default(), content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;

    #[test]
    fn the_page_asks_first_and_offers_the_way_back() {
        let mailbox = |is_stopped| Mailbox { shown: "m…@example.org".into(), is_stopped };
        let html = render(|| body(&mailbox(false), "/unsubscribe/x"));
        assert!(html.contains("action=\"/unsubscribe/x\"") && html.contains("m…@example.org"), "{html}");
        let html = render(|| body(&mailbox(true), "/unsubscribe/x"));
        assert!(html.contains("action=\"/unsubscribe/x/again\""), "{html}");
    }
}
