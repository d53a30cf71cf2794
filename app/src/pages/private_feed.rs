//! What the pages of a private feed show: the address, once; how to take it back; when it was read.

use contract::{FeedOf, PrivateFeedPage};
use leptos::prelude::*;

use super::console::key;
use crate::components::{
    Button, Column, DataTable, Density, HiddenField, Look, Notice, NoticeKind, Row, SecretAddress,
};

/// The content below the heading. `address` was made a moment ago and is shown this once; forms go to `action` and
/// `action/revoke`.
pub fn content(data: &PrivateFeedPage, address: Option<String>, action: &str) -> AnyView {
    let is_new = address.is_some();
    let shown = address.map(|address| {
        // Where a program opens such addresses by itself, one tap subscribes.
        let opens = address.split_once("://").map(|(_, rest)| format!("webcal://{rest}"));
        view! {
            <section class="app-stack">
                <Notice kind=NoticeKind::Warning title="This is the only time we show this address">
                    <p>"Copy it now. If it is lost, make a new one; the old one then stops working."</p>
                </Notice>
                <SecretAddress label="Your secret address" address/>
                <p><a href=opens>"Open it in this device’s calendar program"</a></p>
                <p>
                    "In Google Calendar choose “Other calendars”, then “From URL”. In Outlook choose “Add calendar”, then “Subscribe from web”. On an iPhone or a Mac choose “Add subscription calendar”."
                </p>
            </section>
        }
    });
    let state = match &data.made {
        Some(made) => format!("There is an address, made {made}."),
        None => "There is no address at the moment.".to_owned(),
    };
    let renew = if data.made.is_some() { "Make a new address" } else { "Make a secret address" };
    let look = if is_new { Look::Secondary } else { Look::Primary };
    let revoke = data.made.is_some().then(|| {
        view! {
            <form method="post" action=format!("{action}/revoke")>
                <HiddenField name="key" value=key()/>
                <Button label="Stop the address" look=Look::Warning/>
            </form>
        }
    });
    let hint = data.made.is_some().then_some(
        "A new address replaces this one. Stop it if somebody else may know it, or when you do not need it any more.",
    );
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{about(data.of)}</p>
            {shown}
            <section class="app-stack">
                <h2>"The address"</h2>
                <p>{state}</p>
                {hint.map(|hint| view! { <p>{hint}</p> })}
                <div class="app-cluster app-screen-only">
                    <form method="post" action=action.to_owned()>
                        <HiddenField name="key" value=key()/>
                        <Button label=renew look/>
                    </form>
                    {revoke}
                </div>
            </section>
            {data.made.is_some().then(|| readings(data))}
        </div>
    }
    .into_any()
}

fn about(of: FeedOf) -> &'static str {
    match of {
        FeedOf::Patient => {
            "Your calendar program can show your visits and follow when they change. It reads them at a secret address. Whoever has the address can see when and where your visits are, and nothing else: keep it to yourself."
        }
        FeedOf::Clinician => {
            "Your calendar program can show your visits, with reference numbers and without patients’ names. It reads them at a secret address: keep it to yourself. It stops by itself when you no longer work here as a specialist."
        }
        FeedOf::Room => {
            "A calendar program, or the display at the door, can show when this is booked, with reference numbers and without patients’ names. The address stops by itself when whoever made it no longer works here as a coordinator or administrator."
        }
    }
}

fn readings(data: &PrivateFeedPage) -> AnyView {
    let list = if data.readings.is_empty() {
        view! { <p>"Nobody has read it yet."</p> }.into_any()
    } else {
        let columns = ["Last read that day", "By", "Times that day"].map(Column::new).to_vec();
        let rows = data
            .readings
            .iter()
            .map(|reading| {
                Row::new(vec![
                    reading.when.clone().into_any(),
                    reading.program.clone().into_any(),
                    reading.times.to_string().into_any(),
                ])
            })
            .collect();
        view! { <DataTable caption="The newest first" columns rows density=Density::Dense/> }.into_any()
    };
    view! {
        <section class="app-stack">
            <h2>"When it was read"</h2>
            {list}
            <p class="app-quiet">"If you do not know one of these programs, stop the address."</p>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;
    use contract::FeedReading;

    fn data(of: FeedOf, made: Option<&str>) -> PrivateFeedPage {
        let reading =
            FeedReading { when: "3 Mar, 2:15pm".into(), program: "Google Calendar".into(), times: 7 };
        PrivateFeedPage { of, name: String::new(), made: made.map(str::to_owned), readings: vec![reading] }
    }

    #[test]
    fn the_address_stands_on_the_page_that_follows_its_making_and_on_no_other() {
        let secret = "https://x.test/calendar/abc.ics";
        let feed = data(FeedOf::Patient, Some("3 Mar, 2:15pm"));
        let html = render(|| content(&feed, Some(secret.to_owned()), "/my/calendar"));
        for part in [secret, "webcal://x.test/calendar/abc.ics", "only time", "/my/calendar/revoke"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        let html = render(|| content(&feed, None, "/my/calendar"));
        assert!(!html.contains("abc.ics") && html.contains("Google Calendar"), "{html}");
    }

    #[test]
    fn without_an_address_there_is_one_thing_to_do() {
        let html = render(|| content(&data(FeedOf::Clinician, None), None, "/x"));
        assert_eq!(html.matches("<form").count(), 1, "{html}");
        assert!(html.contains("Make a secret address") && !html.contains("When it was read"), "{html}");
    }
}
