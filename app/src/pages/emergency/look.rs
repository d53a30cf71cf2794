//! A referral under emergency access: everything to be read, nothing to be done.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::EmergencyPage;
use leptos::prelude::*;
use service::emergency;

use crate::components::{Card, Empty, Fact, Facts, Level, Notice, NoticeKind, StatusTag, visit};
use crate::pages::console::{Console, Section, id, to};
use crate::pages::referrals::detail;
use crate::web::{Alive, Kept, Refused, Staff, Web, page};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new().route("/emergency/{id}", get(show))
}

/// Staff with an open access to this patient. The read is recorded as one in an emergency.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let data = emergency::detail(&web.desk, &staff.call, id(&referral)?).await?;
    let console = Console::new(&staff, Section::Emergency, &Kept::default());
    let view = move || console.page(data.referral.patient.clone(), body(&data));
    Ok(page(&web, "Emergency access", Alive::Plain, view).await)
}

fn body(data: &EmergencyPage) -> AnyView {
    let referral = &data.referral;
    let title = format!("Emergency access until {}. You can read, and change nothing.", data.until);
    let reason = format!("Your reason: {}", data.reason);
    view! {
        <div class="app-stack app-stack--loose">
            <Notice kind=NoticeKind::Warning title>
                <p>{reason}</p>
            </Notice>
            <p class="app-lead">
                {format!("{}, {} · {}", referral.service, referral.organisation, referral.reference)}
            </p>
            {now(data)}
            {documents(data)}
            {others(data)}
            {detail::read_only(referral)}
        </div>
    }
    .into_any()
}

fn now(data: &EmergencyPage) -> AnyView {
    let referral = &data.referral;
    let (meaning, label) = words::status_staff(referral.state);
    let mut items = vec![Fact::text("Priority", words::priority(referral.priority))];
    if !referral.state.is_ended() {
        items.push(Fact::text("Owner", referral.owner.clone()));
        items.push(Fact::text("Next step", words::next_action(&referral.next)));
    }
    if let Some(appointment) = &referral.appointment {
        items.push(Fact::text("Appointment", appointment.when.clone()));
        items.extend(visit::facts(appointment));
    }
    view! {
        <Card title="Where it is" meaning>
            <p>
                <StatusTag meaning label />
            </p>
            <Facts items />
        </Card>
    }
    .into_any()
}

fn documents(data: &EmergencyPage) -> AnyView {
    let referral = &data.referral;
    let lines: Vec<_> = referral
        .documents
        .iter()
        .map(|line| {
            let href = to(format!("/emergency/{}/documents/{}", referral.id, line.id));
            view! {
                <li>
                    <a href=href>{line.file_name.clone()}</a>
                    <p class="app-quiet">
                        {format!("{} · {} · {}, {}", line.kind, line.size, line.added_by, line.when)}
                    </p>
                </li>
            }
        })
        .collect();
    let list = if lines.is_empty() {
        view! { <Empty title="No documents" level=Level::Three /> }.into_any()
    } else {
        view! { <ul class="app-plain-list">{lines}</ul> }.into_any()
    };
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Documents"</h2>
            {list}
        </section>
    }
    .into_any()
}

fn others(data: &EmergencyPage) -> AnyView {
    if data.others.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = data
        .others
        .iter()
        .map(|(id, reference, service)| {
            view! {
                <li>
                    <a href=to(format!("/emergency/{id}"))>{reference.clone()}</a>
                    {format!(" {service}")}
                </li>
            }
        })
        .collect();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"Other referrals of this patient"</h2>
            <ul>{lines}</ul>
        </section>
    }
    .into_any()
}
