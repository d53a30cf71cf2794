use contract::{AppointmentView, StatusView};
use domain::referral::State;
use leptos::prelude::*;

use super::{
    Button, Card, Disclosure, Fact, Facts, HiddenField, Href, LinkButton, Look, Notice, NoticeKind,
    StatusTag, Timeline, TimelineItem, TimelineKind,
};
use crate::words;

/// One referral as the patient sees it: where it is, what comes next and by when, who looks after it, what happened.
///
/// The page and the island that keeps it fresh render the same.
#[component]
pub fn StatusCard(
    view: StatusView,
    /// Whether the history is open; of several referrals, only the first.
    history: Disclosure,
) -> impl IntoView {
    let (meaning, label) = words::patient::status(&view);
    let title = format!("{}, {}", view.clinic, view.place);
    let next = words::patient::next(&view);
    let by = words::patient::by(&view);
    let late = words::patient::late(&view);
    let act = words::patient::main_act(&view);
    let sentence = words::patient::meaning(&view);
    let visit = view.appointment.clone();
    let is_offered = words::patient::offer(&view).is_some();
    let changing = view.held.clone().filter(|_| view.state == State::Booked && !is_offered);
    let waiting = words::patient::waiting(&view).filter(|_| !is_offered);
    let links = links(&view);
    let offer = offer(&view);
    let kept_offer = view.kept_offer.as_ref().map(words::patient::kept_offer);
    // Beside a booked visit, what is offered has a place and a name of its own.
    let is_booked = view.state == State::Booked;
    let offered = view.held.clone().filter(|_| is_offered && is_booked);
    let when = match (is_booked, offered.is_some()) {
        (true, true) => Some("Your time now"),
        (true, false) => None,
        (false, _) => Some("When"),
    };
    let offered = offered.map(|other| visit_facts(other, Some("The other time")));
    let care = care(&view);
    let coming = visit
        .clone()
        .filter(|_| view.state == State::Booked)
        .and_then(|visit| coming(&view.referral, &visit));
    let asked = view.missing.iter().map(|item| view! { <li>{item.label.clone()}</li> }).collect_view();
    let asks = view.state == State::InfoNeeded && !view.missing.is_empty();
    // What was written for the patient stands in the card already.
    let (line, timeline) = (view.line, view.timeline);
    let items = timeline
        .into_iter()
        .map(|entry| TimelineItem {
            detail: entry.detail.clone().filter(|detail| Some(detail) != line.as_ref()),
            ..item(entry)
        })
        .collect::<Vec<_>>();
    view! {
        <Card title meaning>
            <p><StatusTag meaning label/></p>
            {visit.clone().filter(|_| view.state == State::Booked).map(|visit| view! { <p class="app-visit__when">{visit.when}</p> })}
            <p>{sentence}</p>
            {line.map(|line| view! { <blockquote class="app-said" dir="auto">{line}</blockquote> })}
            {asks.then(|| view! { <ul>{asked}</ul> })}
            {late.map(|(title, sentence)| view! { <Notice kind=NoticeKind::Warning title><p>{sentence}</p></Notice> })}
            {next.map(|next| view! { <p class="app-next"><strong>"Next: "</strong>{next}"."{by.map(|by| view! { <br/>{by} })}</p> })}
            {kept_offer.map(|kept| view! { <p>{kept}</p> })}
            {offered}
            {changing.map(|held| view! { <p>"You chose a new time: "<strong>{held.when}</strong>". The old one stays booked until you confirm the new one."</p> })}
            {offer}
            {waiting.map(|waiting| view! { <p class="app-waiting">{waiting}</p> })}
            {act.map(|(label, href)| view! { <div class="app-actions"><LinkButton label href/></div> })}
            {coming}
            {visit.map(|visit| visit_facts(visit, when))}
            {links}
            {care}
        </Card>
        <details class="app-history" open=history == Disclosure::Open>
            <summary class="app-history__summary"><h3>"What has happened"</h3></summary>
            <Timeline items/>
            <p class="app-quiet">"Reference "{view.reference}</p>
        </details>
    }
    .into_any()
}

/// Whether the patient comes: one tap says so.
fn coming(referral: &str, visit: &AppointmentView) -> Option<AnyView> {
    if visit.confirmed.is_some() {
        return Some(view! { <p class="app-quiet">{words::patient::SAID_COMING}"."</p> }.into_any());
    }
    let action = Href::from(format!("/my/{referral}/coming")).as_str().to_owned();
    visit.asks.then(|| {
        view! {
            <form method="post" action=action>
                <HiddenField name="key" value=format!("coming-{}", visit.id)/>
                <HiddenField name="visit" value=visit.id.clone()/>
                <div class="app-actions"><Button label=words::patient::IM_COMING/></div>
            </form>
        }
        .into_any()
    })
}

/// Place, who, how long and what to bring; when it is, under a name, unless that stands above in large letters already.
fn visit_facts(visit: AppointmentView, when: Option<&'static str>) -> AnyView {
    let mut facts = Vec::new();
    if let Some(when) = when {
        facts.push(Fact::text(when, visit.when.clone()));
    }
    facts.extend(super::visit::facts(&visit));
    view! { <Facts items=facts/> }.into_any()
}

/// Taking or declining the time that the clinic offers. The keys follow from the referral's version, so that the same button
/// pressed twice is one answer.
fn offer(view: &StatusView) -> Option<AnyView> {
    words::patient::offer(view)?;
    let (yes, no) = words::patient::offer_answers(view);
    let action = |act: &str| Href::from(format!("/my/{}/{act}", view.referral)).as_str().to_owned();
    let shown = view.held.as_ref().map_or(String::new(), |held| held.id.clone());
    let key = |answer: &str| format!("offer-{answer}-{}-{}", view.referral, view.version);
    Some(
        view! {
            <form method="post" action=action("confirm")>
                <HiddenField name="reason" value="1"/>
                <HiddenField name="key" value=key("yes")/>
                <HiddenField name="held" value=shown.clone()/>
                <div class="app-actions"><Button label=yes/></div>
            </form>
            <form method="post" action=action("release")>
                <HiddenField name="reason" value="1"/>
                <HiddenField name="key" value=key("no")/>
                <HiddenField name="held" value=shown/>
                <div class="app-actions"><Button label=no look=Look::Secondary/></div>
            </form>
        }
        .into_any(),
    )
}

/// What else can be done, beside the main act.
fn links(view: &StatusView) -> Option<AnyView> {
    let to = |page: &str| Href::from(format!("/my/{}/{page}", view.referral));
    let booked = view.state == State::Booked;
    let mut links: Vec<(&'static str, Href)> = Vec::new();
    if booked {
        links.push(("Add to your calendar", to("appointment.ics")));
        links.push(("Change the time", to("change")));
        links.push(("Cancel the visit", to("cancel")));
    }
    match (&view.waiting, booked) {
        (Some(_), _) => links.push(("Change or leave the waiting list", to("waiting"))),
        (None, true) => links.push(("Ask for an earlier time", to("waiting"))),
        (None, false) => {}
    }
    if !view.state.is_ended() && view.state != State::InfoNeeded {
        links.push(("Add a document", to("documents")));
    }
    let items = links
        .iter()
        .map(|(label, href)| view! { <li><a href=href.as_str().to_owned()>{*label}</a></li> })
        .collect_view();
    (!links.is_empty()).then(|| view! { <ul class="app-links">{items}</ul> }.into_any())
}

fn care(view: &StatusView) -> AnyView {
    let call = view.phone.clone().map(|phone| {
        let label = format!("Call {phone}");
        let href = format!("tel:{}", phone.replace(' ', ""));
        view! { <LinkButton label href look=Look::Link/> }
    });
    view! {
        <div class="app-care">
            <p>"Looked after by: "<strong>{view.owner.clone()}</strong></p>
            {call}
        </div>
    }
    .into_any()
}

fn item(entry: contract::TimelineEntry) -> TimelineItem {
    let (when, what) = words::patient::timeline(&entry);
    TimelineItem {
        when,
        what,
        detail: entry.detail,
        kind: match entry.kind {
            contract::TimelineKind::Past => TimelineKind::Past,
            contract::TimelineKind::Next => TimelineKind::Next,
            contract::TimelineKind::Then => TimelineKind::Then,
        },
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;
    use contract::PatientStep;

    fn accepted() -> StatusView {
        StatusView {
            referral: "0190".into(),
            reference: "WM-AAAA-BBBB".into(),
            version: 4,
            clinic: "Kidney clinic".into(),
            place: "St Aidan’s Hospital".into(),
            state: State::Accepted,
            by: "Friday 6 March".into(),
            overdue: false,
            step: PatientStep::ChooseTime,
            next_step: None,
            next_step_note: None,
            line: None,
            owner: "Kidney team".into(),
            phone: Some("0113 496 0123".into()),
            appointment: None,
            held: None,
            kept_offer: None,
            waiting: None,
            timeline: Vec::new(),
            missing: Vec::new(),
            updated: String::new(),
        }
    }

    #[test]
    fn an_accepted_referral_shows_one_button_and_by_when() {
        let html = render(|| view! { <StatusCard view=accepted() history=Disclosure::Open/> });
        assert_eq!(html.matches("app-button--primary").count(), 1, "{html}");
        assert!(html.contains(r#"href="/my/0190/times""#), "{html}");
        assert!(html.contains("By Friday 6 March"), "{html}");
        assert!(html.contains(r#"href="tel:01134960123""#), "{html}");
    }

    #[test]
    fn what_staff_wrote_for_the_patient_is_shown_as_text() {
        let view = StatusView {
            state: State::Declined,
            step: PatientStep::Wait,
            line: Some("See your GP <soon>".into()),
            ..accepted()
        };
        let html = render(|| view! { <StatusCard view history=Disclosure::Closed/> });
        assert!(html.contains("See your GP &lt;soon&gt;"), "{html}");
        assert!(!html.contains("app-button--primary"), "{html}");
    }

    #[test]
    fn a_booked_visit_says_when_and_can_be_changed_cancelled_and_put_into_a_calendar() {
        let visit = AppointmentView {
            id: String::new(),
            when: "Tuesday 3 March, 2:15pm".into(),
            length_min: 30,
            who: "Dr Okafor".into(),
            place: "St Aidan’s Hospital".into(),
            address: Some("1 High Street".into()),
            map: None,
            bring: None,
            held: false,
            hold_expires: None,
            answer_by: None,
            confirmed: None,
            asks: false,
        };
        let view = StatusView {
            state: State::Booked,
            step: PatientStep::Wait,
            appointment: Some(visit),
            ..accepted()
        };
        let html = render(|| view! { <StatusCard view history=Disclosure::Closed/> });
        for part in
            ["Tuesday 3 March, 2:15pm", "/my/0190/appointment.ics", "/my/0190/change", "/my/0190/cancel"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    fn visit(when: &str, who: &str, answer_by: Option<&str>) -> AppointmentView {
        AppointmentView {
            id: String::new(),
            when: when.into(),
            length_min: 30,
            who: who.into(),
            place: "St Aidan’s Hospital".into(),
            address: None,
            map: None,
            bring: None,
            held: answer_by.is_some(),
            hold_expires: None,
            answer_by: answer_by.map(Into::into),
            confirmed: None,
            asks: false,
        }
    }

    #[test]
    fn an_offer_beside_a_booked_visit_says_of_both_when_where_and_with_whom() {
        let view = StatusView {
            state: State::Booked,
            step: PatientStep::Wait,
            appointment: Some(visit("Tuesday 3 March, 2:15pm", "Dr Okafor", None)),
            held: Some(visit("Monday 2 March, 9:00am", "Dr Holm", Some("Friday, 5pm"))),
            ..accepted()
        };
        let html = render(|| view! { <StatusCard view history=Disclosure::Closed/> });
        for part in ["The other time", "Your time now", "Dr Okafor", "Dr Holm"] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert_eq!(html.matches("Where").count(), 2, "{html}");
    }

    #[test]
    fn an_offer_is_named_while_another_time_is_held_beside_it() {
        let view = StatusView {
            state: State::Offered,
            step: PatientStep::ConfirmTime,
            held: Some(visit("Tuesday 3 March, 2:15pm", "Dr Okafor", None)),
            kept_offer: Some(visit("Monday 2 March, 9:00am", "Dr Holm", Some("Friday, 5pm"))),
            ..accepted()
        };
        let html = render(|| view! { <StatusCard view history=Disclosure::Closed/> });
        assert!(html.contains("The time that the clinic offered, Monday 2 March, 9:00am"), "{html}");
    }
}
