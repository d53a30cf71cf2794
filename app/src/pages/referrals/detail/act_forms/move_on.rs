//! To somebody else, to another service, or to a later day.

use contract::ReferralPage;
use domain::referral::Act;
use leptos::prelude::*;

use super::offered::{Reader, reason, reply};
use super::plain::posted;
use crate::components::{Choice, DateField, DateParts, Look, Need, SafeTextarea, SelectField};
use crate::pages::console::choices;
use crate::web::Kept;
use crate::words;

pub(super) fn assign(data: &ReferralPage, kept: &Kept) -> AnyView {
    let controls = view! {
        <SelectField
            name="assign-person"
            label="To whom?"
            choices=by_team(&data.colleagues)
            value=kept.value("assign-person", "")
            need=Need::Optional
            empty="The team"
            error=kept.error("assign-person")
        />
        <SafeTextarea
            name="assign-text"
            label="For the colleague"
            rows=2
            maxlength=20000
            need=Need::Optional
            value=kept.value("assign-text", "")
            error=kept.error("assign-text")
        />
    };
    posted("assign", data, controls.into_any(), "Give it to them", Look::Secondary)
}

/// Colleagues by name; who belongs to the service's team says so.
pub(super) fn by_team(colleagues: &[contract::Choice]) -> Vec<Choice> {
    let label = |choice: &contract::Choice| match &choice.hint {
        Some(team) => format!("{} – {team}", choice.label),
        None => choice.label.clone(),
    };
    colleagues.iter().map(|choice| Choice::new(choice.value.clone(), label(choice))).collect()
}

/// To another service: of the house, or of another organisation with a line for the patient.
pub(super) fn pass_on(act: Act, data: &ReferralPage, kept: &Kept) -> AnyView {
    let leaves = act == Act::Redirect;
    let (form, services) = match leaves {
        true => ("redirect", &data.services_elsewhere),
        false => ("forward", &data.services_here),
    };
    if services.is_empty() {
        return view! { <p>"There is no other service that takes referrals."</p> }.into_any();
    }
    let (service, line, text) =
        (format!("{form}-service"), format!("{form}-patient_line"), format!("{form}-text"));
    let what = match leaves {
        true => "Ends here and begins anew there, with the letter and the documents.",
        false => "The same referral, with its history, for another team.",
    };
    let (label, need) = match leaves {
        true => ("For the other clinic and the referrer", Need::Optional),
        false => ("Why is it for that service? A reason of the list may be enough", Need::Optional),
    };
    let controls = view! {
        <p>{what}</p>
        <SelectField
            name=service.clone()
            label="Service"
            choices=choices(services)
            value=kept.value(&service, "")
            empty="Choose a service"
            error=kept.error(&service)
        />
        {reason(form, act, if leaves { "Reason for redirecting" } else { "Reason for forwarding" }, data, kept)}
        {leaves
            .then(|| {
                view! {
                    {reply(
                        form,
                        "patient_line",
                        Reader::Patient,
                        &[act],
                        "Ready words about the other clinic",
                        data,
                        kept,
                    )}
                    <SafeTextarea
                        name=line.clone()
                        label="What the patient reads"
                        hint="Why another clinic is better, and what happens next. They read it as it stands"
                        rows=3
                        maxlength=20000
                        value=kept.value(&line, "")
                        error=kept.error(&line)
                    />
                }
            })}
        <SafeTextarea
            name=text.clone()
            label
            rows=2
            maxlength=20000
            need
            value=kept.value(&text, "")
            error=kept.error(&text)
        />
    };
    posted(form, data, controls.into_any(), words::act(act), Look::Secondary)
}

pub(super) fn pause(data: &ReferralPage, kept: &Kept) -> AnyView {
    let part = |part: &str| kept.value(&format!("pause-until_{part}"), "");
    let until = DateParts { day: part("day"), month: part("month"), year: part("year") };
    let controls = view! {
        <DateField
            name="pause-until"
            label="Look at it again on"
            hint="A day within a year"
            value=until
            error=kept.error("pause-until")
        />
        {reason("pause", Act::Pause, "Reason for pausing", data, kept)}
        {reply("pause", "text", Reader::Patient, &[Act::Pause], "Ready words about the pause", data, kept)}
        <SafeTextarea
            name="pause-text"
            label="What the patient reads"
            hint="Why it waits. They read it as it stands"
            rows=3
            maxlength=20000
            value=kept.value("pause-text", "")
            error=kept.error("pause-text")
        />
    };
    posted("pause", data, controls.into_any(), words::act(Act::Pause), Look::Secondary)
}
