//! One referral as both sides see it: on the left the letter and the facts, on the right where it is and what can be done.

mod act_forms;
mod advice;
mod answers;
mod history;
mod letter;
mod now;
mod outside;
mod patient;
mod thread;
mod why;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::{Meanwhile, ReferralPage};
use leptos::prelude::*;
use service::referrals;
use tower_sessions::Session;

use super::meanwhile;
use crate::pages::console::{Console, Section, id};
use crate::pages::referrals::{compare, record};
use crate::web::{Alive, Kept, Refused, Staff, Web, kept, page};
use crate::words;
use domain::referral::{Kind, Side};

pub fn routes() -> Router<Web> {
    Router::new().route("/referrals/{id}", get(show))
}

/// Staff of the referring or the receiving side with a clinical role. The read is recorded.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let data = referrals::detail(&web.desk, &staff.call, id(&referral)?).await?;
    let mut kept = kept(&session, &format!("/referrals/{}", data.id)).await;
    let meanwhile = match meanwhile::older(&kept, data.version) {
        Some(version) => {
            Some(referrals::meanwhile(&web.desk, &staff.call, id(&referral)?, version, None).await?)
        }
        None => None,
    };
    let lost = lost(&data, &mut kept);
    let section = match data.side {
        Side::Referring => Section::Referrals,
        Side::Receiving => Section::Worklist,
    };
    let console = Console::new(&staff, section, &kept);
    let view = move || console.page(data.patient.clone(), body(&data, &kept, meanwhile.as_ref(), &lost));
    Ok(page(&web, "Referral", Alive::Plain, view).await)
}

/// What was typed into a form that came too late and is gone. It stands in the thread's field from now on.
fn lost(data: &ReferralPage, kept: &mut Kept) -> String {
    let form = kept.value("form", "");
    let is_gone = form == "edit" || !act_forms::offers(data, &form);
    if kept.message.is_none() || kept.values.is_empty() || form == "write-note" || !is_gone {
        return String::new();
    }
    let words = meanwhile::words_of(kept);
    // Its controls are gone, so nothing leads to them.
    kept.errors.clear();
    kept.values.push(("write-note-text".to_owned(), words.clone()));
    words
}

fn body(data: &ReferralPage, kept: &Kept, meanwhile: Option<&Meanwhile>, lost: &str) -> AnyView {
    view! {
        <p class="app-lead">{lead(data)}</p>
        {record::link(data)}
        <div class="app-split app-split--case">
            <div class="app-case__now app-stack">{meanwhile::too_late(data, meanwhile, lost)} {now::card(data, kept)}</div>
            <div class="app-stack app-stack--loose app-case__letter">
                {outside::card(data, kept)} {letter::letter(data)} {answers::answers(data)} {letter::reports(data)} {patient::facts(data)} {patient::death(data)} {patient::documents(data)}
                {patient::record(data)} {history::clocks(data)} {history::choice(data)} {history::follow_ups(data)} {history::related(data)} {thread::thread(data, kept)} {history::history(data)}
                {history::messages(data)}
            </div>
            <div class="app-stack app-case__acts" id="acts">{compare::notice(data)} {advice::forms(data, kept)} {act_forms::acts(data, kept)} {why::help(data)}</div>
        </div>
    }
    .into_any()
}

/// The referral for whoever may look at it and do nothing.
pub fn read_only(data: &ReferralPage) -> AnyView {
    view! {
        <div class="app-stack app-stack--loose">
            {letter::letter(data)} {letter::reports(data)} {patient::facts(data)} {patient::record(data)}
            {history::clocks(data)} {history::history(data)}
        </div>
    }
    .into_any()
}

/// What it is, where it went, and its number.
fn lead(data: &ReferralPage) -> String {
    let to = format!("{}, {} · {}", data.service, data.organisation, data.reference);
    match data.kind {
        Kind::Referral => to,
        Kind::Advice => format!("{} · {to}", words::kind(data.kind)),
    }
}
