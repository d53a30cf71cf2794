//! The shortlist side by side, for looking at together and for printing, and the patient's choice.

use axum::extract::{Query, State};
use axum::response::Response;
use contract::{ComparePage, ServiceOffer};
use domain::referral::Kind;
use leptos::prelude::*;
use service::{ServiceError, referrals};
use tower_sessions::Session;

use super::{COMPARE, PATH, query, services};
use crate::components::{
    Button, Card, CheckboxGroup, Choice, Column, DataTable, HiddenField, Look, Need, RadioGroup, Row,
    SafeTextarea, SelectField,
};
use crate::pages::console::{Console, Section, choices, done, key};
use crate::web::{Alive, Kept, Refused, Staff, Web, kept, page};
use crate::words;

/// Referrers.
pub async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Refused> {
    let (_, query) = query(pairs);
    let data = match referrals::compare(&web.desk, &staff.call, &query).await {
        Ok(data) => data,
        // Nothing ticked, or too much: back to the list, which says so.
        Err(ServiceError::Invalid(fields)) if !query.patient.is_empty() => {
            let path = services::back(&query.patient, &query.chosen);
            let message = fields.first().map_or(String::new(), |field| field.message.clone());
            return said(&session, &path, &message).await;
        }
        Err(other) => return Err(other.into()),
    };
    let kept = kept(&session, COMPARE).await;
    let console = Console::new(&staff, Section::Referrals, &kept);
    let title = if data.offers.len() == 1 { "This service" } else { "Compare services" };
    let view = move || console.page(title, body(&data, &kept));
    Ok(page(&web, title, Alive::Plain, view).await)
}

async fn said(session: &Session, path: &str, message: &str) -> Result<Response, Refused> {
    // The message belongs to the page, whatever its query.
    let response = done(session, PATH, message).await?;
    let mut response = response;
    if let Ok(value) = path.parse() {
        response.headers_mut().insert(axum::http::header::LOCATION, value);
    }
    Ok(response)
}

fn body(data: &ComparePage, kept: &Kept) -> AnyView {
    let shortlist: Vec<String> = data.offers.iter().map(|offer| offer.id.clone()).collect();
    let back = services::back(&data.patient_id, &shortlist.join(","));
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{format!("For {}", data.patient)}</p>
            {table(&data.offers)}
            <p class="app-quiet">
                "Waits are counted from what happened to the last people referred; yours may be shorter or longer. "
                "Distances are as the crow flies."
            </p>
            <p class="app-screen-only">
                <a href=back>"Back to the list"</a>
                " · Print this page to take it away."
            </p>
            {choose(data, &shortlist.join(","), kept)}
        </div>
    }
    .into_any()
}

/// What is compared stands at the left, each service in a column of its own.
fn table(offers: &[ServiceOffer]) -> AnyView {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    type Cell = fn(&ServiceOffer) -> AnyView;
    let lines: [(&str, Cell); 4] = [
        ("Wait from referral to first visit", services::wait),
        ("First free time, as of today", |offer| offer.first_free.clone().unwrap_or_default().into_any()),
        ("Distance", |offer| offer.distance.clone().into_any()),
        ("Documents it asks for", |offer| {
            match offer.required.is_empty() {
                true => "None".to_owned(),
                false => offer.required.join(", "),
            }
            .into_any()
        }),
    ];
    let line = |name: &str, cells: Vec<AnyView>| {
        let mut all = vec![name.to_owned().into_any()];
        all.extend(cells);
        Row::new(all)
    };
    let texts = |name: &str, text: &dyn Fn(&ServiceOffer) -> String| {
        line(name, offers.iter().map(|offer| text(offer).into_any()).collect())
    };
    let mut rows = vec![
        texts("Specialty", &|offer| or_none(&offer.specialty)),
        texts("Organisation", &|offer| offer.organisation.clone()),
        texts("Place", &|offer| {
            let parts: Vec<_> = [&offer.site, &offer.address].into_iter().flatten().cloned().collect();
            if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
        }),
    ];
    rows.extend(lines.into_iter().map(|(name, cell)| line(name, offers.iter().map(cell).collect())));
    rows.push(texts("To bring and know", &|offer| or_none(&offer.patient_note)));
    rows.push(texts("Phone", &|offer| or_none(&offer.phone)));
    let mut columns = vec![Column::new("What")];
    columns.extend(offers.iter().map(|offer| Column::new(offer.name.clone())));
    view! { <DataTable caption="The services side by side" columns rows /> }.into_any()
}

fn choose(data: &ComparePage, shortlist: &str, kept: &Kept) -> AnyView {
    let several = data.offers.len() > 1;
    let services: Vec<Choice> = data
        .offers
        .iter()
        .map(|offer| {
            let place = offer.site.clone().unwrap_or_else(|| offer.organisation.clone());
            Choice::new(offer.id.clone(), offer.name.clone()).hint(place)
        })
        .collect();
    let only = if several { String::new() } else { shortlist.to_owned() };
    let reason = several.then(|| {
        view! {
            <SafeTextarea
                name="choice_reason"
                label="Why this one?"
                hint="What mattered to the patient, in a sentence"
                rows=2
                maxlength=2000
                value=kept.value("choice_reason", "")
                error=kept.error("choice_reason")
            />
        }
    });
    let in_name = (!data.in_name_of.is_empty()).then(|| {
        view! {
            <SelectField
                name="in_name_of"
                label="In whose name?"
                choices=choices(&data.in_name_of)
                value=kept.value("in_name_of", "")
                need=Need::Optional
                empty="My own"
                error=kept.error("in_name_of")
            />
        }
    });
    let form = view! {
        <form class="app-stack" method="post" action=PATH>
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="begin" />
            <HiddenField name="patient" value=data.patient_id.clone() />
            <HiddenField name="shortlist" value=shortlist.to_owned() />
            <RadioGroup
                name="service"
                label="Service"
                choices=services
                value=kept.value("service", &only)
                error=kept.error("service")
            />
            {reason}
            {in_name}
            {kind(kept)}
            <div class="app-actions">
                <Button label="Write the referral" look=Look::Primary />
            </div>
        </form>
    };
    view! {
        <div class="app-screen-only">
            <Card title="The patient’s choice">{form}</Card>
        </div>
    }
    .into_any()
}

/// A referral, or a question first.
fn kind(kept: &Kept) -> AnyView {
    let kinds = vec![
        Choice::new(Kind::Referral.code(), words::kind(Kind::Referral))
            .hint("The service takes the patient on"),
        Choice::new(Kind::Advice.code(), words::kind(Kind::Advice))
            .hint("A question to a specialist; the patient stays with you"),
    ];
    let ticked = |name: &str| vec![kept.value(name, "")];
    view! {
        <RadioGroup
            name="kind"
            label="What do you need?"
            choices=kinds
            value=kept.value("kind", Kind::Referral.code())
            error=kept.error("kind")
        />
        <CheckboxGroup
            name="patient_sees"
            label="When you ask for advice: the patient"
            choices=vec![Choice::new("1", "May see the request and the answer")]
            values=ticked("patient_sees")
            need=Need::Unsaid
        />
        <CheckboxGroup
            name="may_turn"
            label="When you ask for advice: the specialist"
            choices=vec![Choice::new("1", "May make a referral of it at once")]
            values=ticked("may_turn")
            need=Need::Unsaid
        />
    }
    .into_any()
}
