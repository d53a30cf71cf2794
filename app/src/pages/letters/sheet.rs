//! A letter as a page of paper: the address stands where the window of an envelope is.

use contract::{LetterBatch, LetterSheet};
use leptos::prelude::*;

use super::PATH;
use crate::components::{Button, HiddenField, Look};
use crate::pages::console::{key, to};

/// All letters of one print, each beginning on a page of its own.
pub fn batch(data: &LetterBatch) -> AnyView {
    let sheets: Vec<_> = data.sheets.iter().map(sheet).collect();
    let action = to(format!("{PATH}/batch/{}", data.id));
    let acts = (!data.is_posted).then(|| {
        let form = |act: &'static str, label: &'static str, look| {
            view! {
                <form method="post" action=action.clone()>
                    <HiddenField name="key" value=key()/>
                    <Button label look name="act" value=act/>
                </form>
            }
        };
        view! {
            {form("posted", "They are all posted", Look::Secondary)}
            {form("not-printed", "They were not printed", Look::Link)}
        }
    });
    view! {
        <div class="app-stack">
            <p class="app-screen-only">
                "Print them on A4, one side, at full size. Fold each twice: the address then stands in the window of a long envelope."
            </p>
            <div class="app-cluster app-screen-only">{printer()} {acts}</div>
            {sheets}
            {way_back()}
        </div>
    }
    .into_any()
}

/// One letter, to be looked at.
pub fn one(data: &LetterSheet) -> AnyView {
    view! { <div class="app-stack">{sheet(data)} {way_back()}</div> }.into_any()
}

fn way_back() -> AnyView {
    view! { <p class="app-screen-only"><a href=PATH>"All letters"</a></p> }.into_any()
}

/// A button that opens the browser's print window (`/print.js`).
fn printer() -> AnyView {
    let script = leptos::nonce::use_nonce().map(|nonce| {
        view! { <script type="module" nonce=nonce src="/print.js"></script> }
    });
    view! {
        <button type="button" class="app-button app-button--primary" data-print hidden>"Open the print window"</button>
        {script}
    }
    .into_any()
}

fn sheet(data: &LetterSheet) -> AnyView {
    let from = match data.organisation_address.as_str() {
        "" => data.organisation.clone(),
        address => format!("{}, {address}", data.organisation),
    };
    let address: Vec<_> = data.address.iter().map(|line| view! { <span>{line.clone()}</span> }).collect();
    let paragraphs: Vec<_> = data.paragraphs.iter().map(|text| view! { <p>{text.clone()}</p> }).collect();
    let reference = (!data.reference.is_empty()).then(|| format!("Reference {}", data.reference));
    view! {
        <article class="app-sheet" aria-label=format!("Letter, {}", data.reference)>
            <header class="app-sheet__head">
                <p class="app-sheet__house">{data.organisation.clone()}</p>
                {data.phone.clone().map(|phone| view! { <p>{format!("Phone {phone}")}</p> })}
            </header>
            <div class="app-sheet__window">
                <p class="app-sheet__from">{from}</p>
                <p class="app-sheet__address">{address}</p>
            </div>
            <p class="app-sheet__date">
                <span>{data.date.clone()}</span>
                {reference.map(|reference| view! { <span>{reference}</span> })}
            </p>
            <h2 class="app-sheet__subject">{data.subject.clone()}</h2>
            <div class="app-sheet__text">{paragraphs}</div>
            {ways(data)}
        </article>
    }
    .into_any()
}

/// How a patient answers who has paper in hand: a long link is not typed.
fn ways(data: &LetterSheet) -> AnyView {
    if data.web.is_empty() {
        return ().into_any();
    }
    let phone = data.phone.clone().map(|phone| {
        view! { <li>{format!("By phone: call {phone} and give your reference, {}.", data.reference)}</li> }
    });
    // Without the scheme, as people type it.
    let web = data.web.split_once("://").map_or(data.web.as_str(), |(_, rest)| rest).to_owned();
    view! {
        <section class="app-sheet__ways">
            <h3>"How to answer"</h3>
            <ul>
                {phone}
                <li>{format!("On the web: go to {web} and enter your reference, {}.", data.reference)}</li>
            </ul>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;

    fn letter() -> LetterSheet {
        LetterSheet {
            id: "7".into(),
            organisation: "Northgate Hospital".into(),
            organisation_address: "1 Elm Road, Ashford".into(),
            phone: Some("01632 960000".into()),
            address: vec!["Margaret Hale".into(), "12 Elm Road".into(), "Ashford".into()],
            date: "6 March 2026".into(),
            reference: "WM-7K3Q-92PD".into(),
            subject: "Your appointment is booked".into(),
            paragraphs: vec!["Hello Margaret,".into(), "You are booked.".into()],
            web: "https://waymark.test/start".into(),
        }
    }

    #[test]
    fn a_letter_has_address_date_house_text_and_two_ways_to_answer() {
        let html = render(|| one(&letter()));
        for part in [
            "Margaret Hale",
            "6 March 2026",
            "Northgate Hospital, 1 Elm Road, Ashford",
            "You are booked.",
            "call 01632 960000 and give your reference, WM-7K3Q-92PD",
            "go to waymark.test/start and enter your reference, WM-7K3Q-92PD",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn a_print_holds_every_letter_and_what_is_posted_is_not_posted_again() {
        let mut data = LetterBatch { id: "8".into(), sheets: vec![letter(), letter()], is_posted: false };
        let html = render(|| batch(&data));
        assert_eq!(html.matches("<article").count(), 2, "{html}");
        assert!(html.contains("value=\"posted\"") && html.contains("data-print"), "{html}");
        data.is_posted = true;
        assert!(!render(|| batch(&data)).contains("value=\"posted\""));
    }
}
