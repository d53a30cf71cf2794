//! A referral that was keyed in: how it came, from whom, where answers go, and closing it for who cannot sign in.

use contract::{OutsideView, ReferralPage};
use domain::referral::{Side, State};
use leptos::prelude::*;

use crate::components::{Button, Card, Fact, Facts, HiddenField, Look, Notice, NoticeKind, SafeTextarea};
use crate::pages::console::{key, to};
use crate::web::Kept;
use crate::words;

/// Nothing for a referral that was sent in Waymark.
pub fn card(data: &ReferralPage, kept: &Kept) -> AnyView {
    let Some(outside) = &data.outside else { return ().into_any() };
    let on_paper = outside.came != "phone";
    let missing = (on_paper && data.documents.is_empty()).then(|| {
        view! {
            <Notice kind=NoticeKind::Warning title="The original is not attached yet">
                <p>"Scan it and add it as a document."</p>
            </Notice>
        }
    });
    let items = vec![
        Fact::text("How it came", words::came(&outside.came)),
        Fact::text("Received", outside.received.clone()),
        Fact::text("Entered", outside.entered.clone()),
        Fact::text("From", format!("{}, {}", outside.person, outside.organisation)),
        Fact::text("Answers go", outside.answers.clone()),
    ];
    let closes = outside.closes_here && data.side == Side::Receiving && data.state == State::OutcomeReceived;
    let close = closes.then(|| close(data, outside, kept));
    view! {
        <Card title="Came from outside">
            {missing} <Facts items /> {close}
        </Card>
    }
    .into_any()
}

fn close(data: &ReferralPage, outside: &OutsideView, kept: &Kept) -> AnyView {
    let how = if outside.answers.starts_with("By post") {
        "The letter waits in the print queue under “Messages”. Close the referral once it is posted."
    } else {
        "Close the referral once the report has reached the referrer."
    };
    view! {
        <form
            class="app-stack app-screen-only"
            method="post"
            action=to(format!("/referrals/{}/close-for-outside", data.id))
        >
            <HiddenField name="key" value=key() />
            <HiddenField name="form" value="close-for-outside" />
            <HiddenField name="version" value=data.version.to_string() />
            <p>{how}</p>
            <SafeTextarea
                name="close-for-outside-text"
                label="How did the report go to the referrer?"
                hint="For example: posted on Monday"
                rows=2
                maxlength=2000
                value=kept.value("close-for-outside-text", "")
                error=kept.error("close-for-outside-text")
            />
            <Button label="Close the referral" look=Look::Primary />
        </form>
    }
    .into_any()
}
