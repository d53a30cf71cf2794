//! Staff of either side note what a patient needs at a visit, and when they like to come.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::WishesForm;
use domain::ReferralId;
use leptos::prelude::*;
use service::booking::wishes;
use tower_sessions::Session;

use crate::components::{Button, HiddenField, Notice, NoticeKind};
use crate::pages::console::{Console, Section, id, key, outcome, to};
use crate::pages::patient::wishes::{controls, input};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};

pub fn routes() -> Router<Web> {
    Router::new().route("/referrals/{id}/wishes", get(show).post(note))
}

/// Both sides.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let data = wishes::form(&web.desk, &staff.call, id(&referral)?).await?;
    let kept = kept(&session, &format!("/referrals/{}/wishes", data.referral)).await;
    let console = Console::new(&staff, Section::Worklist, &kept);
    let view = move || console.page("What the patient needs", body(&data, &kept));
    Ok(page(&web, "What the patient needs", Alive::Plain, view).await)
}

/// Both sides. Times are looked for with it from now on.
async fn note(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let result = wishes::note(&web.desk, &staff.keyed(typed.value("key")), referral, &input(&typed)).await;
    let path = match &result {
        Ok(()) => format!("/referrals/{referral}"),
        Err(_) => format!("/referrals/{referral}/wishes"),
    };
    outcome(&session, &path, &typed, result, "Noted. Times are looked for with it from now on.").await
}

fn body(data: &WishesForm, kept: &Kept) -> AnyView {
    let path = format!("/referrals/{}/wishes", data.referral);
    let form = match data.may_change {
        true => view! {
            <form class="app-stack" method="post" action=to(path)>
                <HiddenField name="key" value=key() />
                {controls(&data.now, kept)}
                <Button label="Save" />
            </form>
        }
        .into_any(),
        false => view! {
            <Notice kind=NoticeKind::Info title="This referral is over">
                <p>"Nothing about visits can be changed any more."</p>
            </Notice>
        }
        .into_any(),
    };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{format!("For {}. As the patient would say it: they read the same form.", data.patient)}</p>
            {form}
            <p>
                <a href=to(format!("/referrals/{}", data.referral))>"Back to the referral"</a>
            </p>
        </div>
    }
    .into_any()
}
