//! What all of the patient's pages have around them.

use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;
use service::ServiceError;
use tower_sessions::Session;
use uuid::Uuid;

use crate::components::{
    ErrorSummary, FieldError, NavItem, Notice, NoticeKind, PageFooter, PatientHeader, SignOut, field_id,
};
use crate::web::{Kept, Refused, keep};
use crate::words;

/// Which page is shown, for the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    Home,
    Messages,
    Access,
    /// A page below one of them.
    Below,
}

/// Marks what was kept as a reason rather than a word of success: a refused form always kept something that was typed.
const REASON: &str = "reason";

/// A signed-in patient's page: navigation, what a refused form or a finished act has to say, then the content.
pub fn frame(here: Here, kept: &Kept, content: AnyView) -> AnyView {
    let link = |label: &str, href: &str, page: Here| {
        let item = NavItem::new(label, href);
        if page == here { item.here() } else { item }
    };
    let nav = vec![
        link("Your referrals", "/my", Here::Home),
        link("What we sent you", "/my/messages", Here::Messages),
        link("Who looked", "/my/access", Here::Access),
    ];
    let sign_out = SignOut { action: "/my/sign-out".into(), name: "key".into(), value: fresh_key() };
    around(view! { <PatientHeader nav sign_out=Some(sign_out)/> }.into_any(), kept, content)
}

/// A page before signing in.
pub fn open_frame(kept: &Kept, content: AnyView) -> AnyView {
    around(view! { <PatientHeader nav=Vec::new()/> }.into_any(), kept, content)
}

fn around(header: AnyView, kept: &Kept, content: AnyView) -> AnyView {
    let errors = kept
        .errors
        .iter()
        .map(|error| FieldError { field_id: field_id(&error.field), message: error.message.clone() })
        .collect::<Vec<_>>();
    let kind = if kept.values.is_empty() { NoticeKind::Success } else { NoticeKind::Warning };
    let notice = kept.message.clone().map(|title| view! { <Notice kind title/> });
    view! {
        <div class="app-frame">
            {header}
            <main id="main" tabindex="-1" class="app-main app-main--patient">
                <ErrorSummary errors/>
                {notice}
                {content}
            </main>
            <PageFooter note=words::patient::URGENT_HELP/>
        </div>
    }
    .into_any()
}

/// Goes to a page that then says that an act has worked.
pub async fn done(session: &Session, path: &str, message: String) -> Result<Response, Refused> {
    go(session, path, Kept { path: path.to_owned(), message: Some(message), ..Kept::default() }).await
}

/// Goes to a page that then says why it is shown.
pub async fn sorry(session: &Session, path: &str, message: &str) -> Result<Response, Refused> {
    let values = vec![(REASON.to_owned(), "1".to_owned())];
    let kept = Kept { path: path.to_owned(), values, message: Some(message.to_owned()), ..Kept::default() };
    go(session, path, kept).await
}

/// A hidden field for a form that sends nothing else, so that a refusal of it is told from a success.
pub fn marked() -> AnyView {
    view! { <crate::components::HiddenField name=REASON value="1"/> }.into_any()
}

async fn go(session: &Session, path: &str, kept: Kept) -> Result<Response, Refused> {
    keep(session, kept).await.map_err(|error| broken(&error))?;
    Ok(Redirect::to(path).into_response())
}

/// The session's store did not answer.
pub fn broken(error: &tower_sessions::session::Error) -> Refused {
    Refused(ServiceError::Broken(error.to_string()))
}

/// An id in a path; what cannot be one names nothing.
pub fn id<T: std::str::FromStr>(text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| Refused(ServiceError::NotFound))
}

/// A key for a form, so that sending it twice does it once.
pub fn fresh_key() -> String {
    Uuid::new_v4().to_string()
}

/// A link back, at the top of a page below another one.
pub fn back(label: &'static str, href: String) -> AnyView {
    let href = crate::components::Href::from(href);
    view! { <p class="app-back app-screen-only"><a href=href.as_str().to_owned()>{label}</a></p> }.into_any()
}
