use contract::{SHORTLIST, ServiceOffer, ShortlistPage, ShortlistQuery};
use leptos::prelude::*;

use super::{COMPARE, PATH, address};
use crate::components::{
    Choice, Column, DataTable, Empty, HiddenField, Href, Need, Pager, Row, SelectField, TextField, TextKind,
};
use crate::pages::console::{choices, to};

/// One form holds search and ticks, so that changing the search keeps what is ticked; its buttons lead to two addresses.
pub fn body(data: &ShortlistPage, query: &ShortlistQuery) -> AnyView {
    let count = match data.found {
        0 => String::new(),
        1 => "1 service".to_owned(),
        more => format!("{more} services"),
    };
    let next = data.next.as_deref().map(|after| page_address(data, query, after));
    let first = (!query.after.is_empty()).then(|| page_address(data, query, ""));
    let results = match data.offers.is_empty() {
        true => view! {
            <Empty title="No service found">
                <p>"Try fewer or other words, or another specialty."</p>
            </Empty>
        }
        .into_any(),
        false => table("Services that take referrals", &data.offers, query),
    };
    let ticked = (!data.ticked.is_empty()).then(|| table("Ticked before", &data.ticked, query));
    let form = view! {
        <form class="app-stack app-stack--loose" method="get" action=PATH>
            <HiddenField name="patient" value=data.patient_id.clone() />
            {search(data, query)}
            {ticked}
            {results}
            <Pager next=next.map(Href::from) first=first.map(Href::from) showing=count />
            <div class="app-actions">
                <button type="submit" class="app-button app-button--primary" formaction=COMPARE>
                    "Compare the ticked ones"
                </button>
                <a href=PATH>"Another patient"</a>
            </div>
        </form>
    };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{format!("For {}", data.patient)}</p>
            {form}
        </div>
    }
    .into_any()
}

/// What is ticked is part of a page's address; ticks made since are carried by the buttons alone.
fn page_address(data: &ShortlistPage, query: &ShortlistQuery, after: &str) -> String {
    let more =
        [("q", query.q.as_str()), ("specialty", &query.specialty), ("sort", &query.sort), ("after", after)];
    address(PATH, &data.patient_id, &query.chosen, &more)
}

fn search(data: &ShortlistPage, query: &ShortlistQuery) -> AnyView {
    let sorts = vec![
        Choice::new("wait", "Shortest wait first"),
        Choice::new("distance", "Nearest first"),
        Choice::new("name", "By name"),
    ];
    let sort = if query.sort.is_empty() { "wait".to_owned() } else { query.sort.clone() };
    view! {
        <div class="app-filters__fields">
            <TextField
                name="q"
                label="Words"
                hint="Name, specialty, place or condition"
                kind=TextKind::Search
                need=Need::Unsaid
                value=query.q.clone()
            />
            <SelectField
                name="specialty"
                label="Specialty"
                choices=choices(&data.specialties)
                need=Need::Unsaid
                empty="Any"
                value=query.specialty.clone()
            />
            <SelectField name="sort" label="Order" choices=sorts value=sort />
        </div>
        <div class="app-actions">
            <button type="submit" class="app-button app-button--secondary">"Show these"</button>
        </div>
    }
    .into_any()
}

fn table(caption: &'static str, offers: &[ServiceOffer], query: &ShortlistQuery) -> AnyView {
    let ticked: Vec<&str> = query.chosen.split(',').collect();
    let rows = offers
        .iter()
        .map(|offer| {
            let field = format!("tick-{}", offer.id);
            let place = match &offer.site {
                Some(site) => format!("{site}, {}", offer.organisation),
                None => offer.organisation.clone(),
            };
            Row::new(vec![
                view! {
                    <div class="app-choice">
                        <input
                            class="app-choice__input"
                            type="checkbox"
                            id=field.clone()
                            name="chosen"
                            value=offer.id.clone()
                            checked=ticked.contains(&offer.id.as_str())
                        />
                        <label class="app-choice__label" for=field>{offer.name.clone()}</label>
                        {offer.specialty.clone().map(|name| view! { <p class="app-choice__hint">{name}</p> })}
                    </div>
                }
                .into_any(),
                place.into_any(),
                wait(offer),
                offer.distance.clone().into_any(),
            ])
        })
        .collect();
    let columns =
        ["Service", "Where", "Wait from referral to first visit", "Distance"].map(Column::new).to_vec();
    view! {
        <p class="app-quiet">{format!("Tick up to {SHORTLIST} to compare them with the patient.")}</p>
        <DataTable caption columns rows />
    }
    .into_any()
}

/// The figure, and what it was counted from.
pub fn wait(offer: &ServiceOffer) -> AnyView {
    view! {
        {offer.wait.clone()}
        <p class="app-quiet">{offer.wait_basis.clone()}</p>
    }
    .into_any()
}

/// Back to the list with everything ticked.
pub fn back(patient: &str, chosen: &str) -> String {
    to(address(PATH, patient, chosen, &[]))
}
