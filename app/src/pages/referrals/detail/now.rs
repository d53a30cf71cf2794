//! Where the referral is: status, owner, next step, due, and the visit.

use contract::ReferralPage;
use domain::referral::{Side, State};
use leptos::prelude::*;

use crate::components::{Card, Fact, Facts, Meaning, StatusTag, visit};
use crate::words;

pub fn card(data: &ReferralPage) -> AnyView {
    let (meaning, label) = words::status_staff(data.state);
    let mut items = Vec::new();
    if let Some(died) = &data.died {
        let label = if died.on.is_empty() { "Has died".to_owned() } else { format!("Died on {}", died.on) };
        items.push(Fact::new("Patient", view! { <StatusTag meaning=Meaning::Stopped label/> }.into_any()));
    }
    items.push(Fact::text("Priority", priority(data)));
    if !data.state.is_ended() {
        items.push(Fact::text("Owner", data.owner.clone()));
        items.push(Fact::text("Next step", words::next_action(&data.next)));
        let class = if data.overdue { "app-late" } else { "app-quiet" };
        let due = view! {
            {data.due.clone()}
            " "
            <span class=class>{format!("({})", data.due_words)}</span>
        };
        items.push(Fact::new("Due", due.into_any()));
    }
    if let Some(step) = data.next_step.filter(|_| !data.state.is_ended()) {
        let is_offered = data.state == State::Offered
            && data.appointment.as_ref().is_some_and(|visit| visit.answer_by.is_some());
        let words = match &data.next_step_note {
            // A choice was planned; by now a time is held, and the patient says whether they take it.
            _ if is_offered => "The patient says whether the held time suits".to_owned(),
            Some(note) => format!("{}: {note}", words::next_step(step)),
            None => words::next_step(step).to_owned(),
        };
        items.push(Fact::text("Planned", words));
    }
    if let Some(line) = data.patient_line.as_ref().filter(|_| data.patient_sees) {
        items.push(Fact::text("The patient reads", line.clone()));
    }
    if let Some(survey) = data.survey.as_ref().filter(|_| data.side == Side::Receiving) {
        items.push(Fact::text("Survey", survey.clone()));
    }
    for item in &data.missing {
        items.push(Fact::text("Missing", item.label.clone()));
    }
    let booked = data.appointment.as_ref().map(|appointment| {
        let title = if appointment.held { "Held for the patient" } else { "Appointment" };
        let mut facts = vec![Fact::text("When", appointment.when.clone())];
        facts.extend(visit::facts(appointment));
        match (&appointment.confirmed, appointment.asks) {
            (Some(when), _) => facts.push(Fact::text("Patient", format!("Is coming, as they said {when}"))),
            (None, true) => facts.push(Fact::text("Patient", "Has not said yet whether they are coming")),
            (None, false) => {}
        }
        view! {
            <h3>{title}</h3>
            <Facts items=facts />
        }
    });
    view! {
        <Card title="Where it is" meaning>
            <p>
                <StatusTag meaning label />
            </p>
            <Facts items />
            {booked}
            <p class="app-case__jump app-screen-only">
                <a href="#acts">"What you can do now"</a>
            </p>
        </Card>
    }
    .into_any()
}

/// The priority, and what was asked for when it was decided otherwise.
fn priority(data: &ReferralPage) -> String {
    let now = words::priority(data.priority);
    if data.priority == data.requested_priority {
        now.to_owned()
    } else {
        format!("{now} (asked for: {})", words::priority(data.requested_priority).to_lowercase())
    }
}
