//! How the times are shown: the best first, then day by day.

use contract::{SlotInput, TimeOffer, TimesPage, TimesQuery};
use leptos::prelude::*;

use crate::components::{
    CheckboxGroup, Choice, Disclosure, Empty, Filters, HiddenField, Href, LinkButton, Look, Need, Notice,
    NoticeKind, RadioGroup, SelectField, TextField, TextKind, Width,
};
use crate::pages::patient::frame::{Here, back, frame, fresh_key};
use crate::web::Kept;
use crate::words;

/// The page of times.
pub fn times(path: &str, data: &TimesPage, query: &TimesQuery, kept: &Kept) -> AnyView {
    let heading = if data.booked.is_some() { "Change your time" } else { "Choose a time" };
    let about = format!(
        "{}, {}. {}.",
        data.clinic,
        data.place,
        capital(&words::patient::lengths(data.length_min, data.longest_min))
    );
    let held = data.held.as_ref().map(|held| {
        let href = format!("/my/{}/confirm", data.referral);
        let title = match &held.answer_by {
            Some(by) => format!("We hold {} for you until {by}", held.when),
            None => format!("We hold {} for you", held.when),
        };
        let stays = held.answer_by.as_ref().map(|_| view! { <p>"You keep this time until you confirm another one."</p> });
        view! { <Notice title>{stays}<LinkButton label="Look at it and confirm" href look=Look::Link/></Notice> }
    });
    let kept_offer = data.kept_offer.as_ref().map(|offer| {
        let action = format!("/my/{}/release", data.referral);
        let said = words::patient::kept_offer(offer);
        let chosen = data.held.as_ref().map_or(String::new(), |held| held.id.clone());
        view! {
            <Notice title="Your other time is still kept">
                <p>{said}</p>
                <form method="post" action=action>
                    <HiddenField name="key" value=fresh_key()/>
                    <HiddenField name="held" value=chosen/>
                    <button type="submit" class="app-button app-button--secondary">"Go back to it"</button>
                </form>
            </Notice>
        }
    });
    let booked = data.booked.as_ref().map(|booked| {
        let title = format!("You are booked for {}", booked.when);
        view! { <Notice title><p>"You keep this time until you confirm a new one."</p></Notice> }
    });
    let content = view! {
        {back("Your referrals", "/my".to_owned())}
        <h1>{heading}</h1>
        <p>{about}</p>
        {held}
        {kept_offer}
        {booked}
        {not_soon_enough(data, query)}
        {filters(path, data, query)}
        {offers(path, data, query)}
        {none_suits(data)}
    };
    frame(Here::Below, kept, content.into_any())
}

/// Somebody was quicker.
pub fn taken(path: &str, wanted: &str, alternatives: &[TimeOffer]) -> AnyView {
    let several = several(alternatives);
    let title = if alternatives.is_empty() {
        format!("Someone just took {wanted}, and no other time is free now.")
    } else {
        format!("Someone just took {wanted}. These are still free:")
    };
    let offers = alternatives.iter().map(|time| offer(time, several)).collect_view();
    let content = view! {
        {back("Your referrals", "/my".to_owned())}
        <h1>"Choose another time"</h1>
        <Notice kind=NoticeKind::Warning title/>
        <form method="post" action=path.to_owned() class="app-wide">
            <HiddenField name="key" value=fresh_key()/>
            {offers}
        </form>
        <p><LinkButton label="Show all times" href=path.to_owned() look=Look::Link/></p>
    };
    frame(Here::Below, &Kept::default(), content.into_any())
}

/// What a button of the list stands for: "resource start".
pub fn slot(value: &str) -> SlotInput {
    let (resource, start) = value.split_once(' ').unwrap_or_default();
    SlotInput { resource: resource.to_owned(), start: start.to_owned(), ..SlotInput::default() }
}

fn slot_value(offer: &TimeOffer) -> String {
    format!("{} {}", offer.resource, offer.start)
}

fn filters(path: &str, data: &TimesPage, query: &TimesQuery) -> AnyView {
    let chosen =
        [&query.part, &query.from, &query.days, &query.who, &query.site, &query.language, &query.step_free];
    let on = chosen.into_iter().filter(|value| !value.is_empty()).count();
    let label = if on == 0 {
        "Only some days or times".to_owned()
    } else {
        format!("Only some days or times ({on} on)")
    };
    let choices = vec![
        Choice::new("", "Any time"),
        Choice::new("morning", "Mornings"),
        Choice::new("afternoon", "Afternoons"),
        Choice::new("evening", "Evenings"),
    ];
    let clear = (on > 0).then(|| Href::from(path));
    let disclosure = if on > 0 { Disclosure::Open } else { Disclosure::Closed };
    let (part, from) = (query.part.clone(), query.from.clone());
    let one_of =
        |name: &'static str, label: &'static str, all: Vec<Choice>, value: &str, any: &'static str| {
            let value = value.to_owned();
            (all.len() > 1).then(|| {
                view! { <SelectField name label choices=all value need=Need::Optional empty=any/> }
            })
        };
    let plain = |all: &[contract::Choice]| -> Vec<Choice> {
        all.iter().map(|choice| Choice::new(choice.value.clone(), choice.label.clone())).collect()
    };
    let languages = data
        .languages
        .iter()
        .map(|tag| Choice::new(tag.value.clone(), domain::language::name(&tag.value)))
        .collect();
    let weekdays = service::availability::WEEKDAYS
        .iter()
        .map(|(code, _, name)| Choice::new(*code, format!("{name}s")))
        .collect::<Vec<_>>();
    let steps = (data.sites.len() > 1).then(|| {
        let choices = vec![Choice::new("1", "Only where there are no steps")];
        let values = if query.step_free == "1" { vec!["1".to_owned()] } else { Vec::new() };
        view! { <CheckboxGroup name="step_free" label="Getting in" choices values need=Need::Optional/> }
    });
    let days = one_of("days", "Day of the week", weekdays, &query.days, "Any day");
    let who = one_of("who", "With", plain(&data.clinicians), &query.who, "Anybody");
    let site = one_of("site", "Where", plain(&data.sites), &query.site, "Anywhere");
    let language = one_of("language", "Language", languages, &query.language, "Any language");
    view! {
        <Filters action=path.to_owned() label clear disclosure>
            <RadioGroup name="part" label="Time of day" choices value=part/>
            {days}
            <TextField name="from" label="From this day on" kind=TextKind::Day value=from width=Width::Medium/>
            {who}
            {site}
            {language}
            {steps}
        </Filters>
    }
    .into_any()
}

/// None of the times is soon enough: the clinic can be asked to find one.
fn not_soon_enough(data: &TimesPage, query: &TimesQuery) -> AnyView {
    if data.clinic_books {
        return view! {
            <Notice title="The clinic is finding a time for you">
                <p>"We tell you as soon as there is one. You can still choose one of these."</p>
            </Notice>
        }
        .into_any();
    }
    // Of a narrowed list it does not follow that there is none.
    if *query != TimesQuery::default() || data.in_window || data.booked.is_some() {
        return ().into_any();
    }
    let (title, why) = match &data.window_ends {
        Some(ends) if data.window_over => (
            format!("You should have been seen before {ends}"),
            if data.all.is_empty() {
                "That is not your fault. You can ask the clinic to find a time: it then has a few days for that."
            } else {
                "That is not your fault. Take one of these times, or ask the clinic to find a sooner one: it then has a \
                 few days for that."
            },
        ),
        Some(ends) => (
            format!("No time is free before {ends}"),
            "You should be seen by then. You can ask the clinic to find a time: it then has a few days for that.",
        ),
        None => (
            "No time is free now".to_owned(),
            "You can ask the clinic to find a time: it then has a few days for that.",
        ),
    };
    let action = format!("/my/{}/find-time", data.referral);
    view! {
        <Notice kind=NoticeKind::Warning title>
            <p>{why}</p>
            <form method="post" action=action>
                <HiddenField name="key" value=fresh_key()/>
                <button type="submit" class="app-button">"Ask the clinic to find a time"</button>
            </form>
        </Notice>
    }
    .into_any()
}

fn offers(path: &str, data: &TimesPage, query: &TimesQuery) -> AnyView {
    let more = data.more_from.as_ref().map(|from| {
        let href = later(path, query, from);
        view! { <p><LinkButton label="Show later days" href look=Look::Secondary/></p> }
    });
    if data.all.is_empty() {
        return view! {
            <Empty title="No time is free in these weeks">
                <p>"The clinic opens new times often. Look at later days, or call the clinic."</p>
            </Empty>
            {more}
        }
        .into_any();
    }
    let several = several(&data.all);
    let best = data.best.iter().map(|time| offer(time, several)).collect_view();
    let days = data.all.chunk_by(|a, b| a.date == b.date).map(|day| day_view(day, several)).collect_view();
    view! {
        <form method="post" action=path.to_owned() class="app-wide">
            <HiddenField name="key" value=fresh_key()/>
            <h2>"Good choices"</h2>
            {best}
            <h2>"All days"</h2>
            <ul class="app-days">{days}</ul>
        </form>
        {more}
    }
    .into_any()
}

fn offer(time: &TimeOffer, several: Clinicians) -> AnyView {
    let why = time.reason.as_deref().map(capital);
    let who = (several == Clinicians::Several || why.is_none()).then(|| format!("With {}", time.who));
    let place = time.place.as_ref().map(|place| format!("At {place}"));
    let said = format!("Hold this time: {}, {}", time.day, time.clock);
    view! {
        <div class="app-offer">
            <p class="app-offer__when">{time.day.clone()}", "{time.clock.clone()}</p>
            <p class="app-offer__why">{[why, who, place].into_iter().flatten().collect::<Vec<_>>().join(" · ")}</p>
            <button type="submit" class="app-button app-button--secondary" name="slot" value=slot_value(time) aria-label=said>
                "Hold this time"
            </button>
        </div>
    }
    .into_any()
}

fn day_view(day: &[TimeOffer], several: Clinicians) -> Option<AnyView> {
    let first = day.first()?;
    let slots = day
        .iter()
        .map(|time| {
            let at = time.place.as_ref().map_or(String::new(), |place| format!(", at {place}"));
            let said = format!("{}, {}, with {}{at}", time.clock, time.day, time.who);
            let who = (several == Clinicians::Several)
                .then(|| view! { <span class="app-slots__who">{time.who.clone()}</span> });
            view! {
                <li>
                    <button type="submit" class="app-slots__time" name="slot" value=slot_value(time) aria-label=said>
                        {time.clock.clone()}
                        {who}
                        {time.place.clone().map(|place| view! { <span class="app-slots__who">{place}</span> })}
                    </button>
                </li>
            }
        })
        .collect_view();
    Some(
        view! {
            <li>
                <details class="app-days__day">
                    <summary>
                        {first.day.clone()}
                        <span class="app-days__count">{words::patient::count_of_times(day.len())}</span>
                    </summary>
                    <ul class="app-slots">{slots}</ul>
                </details>
            </li>
        }
        .into_any(),
    )
}

fn none_suits(data: &TimesPage) -> AnyView {
    let call = match &data.phone {
        Some(phone) => {
            let href = format!("tel:{}", phone.replace(' ', ""));
            let label = format!("Call {phone}");
            view! { <LinkButton label href look=Look::Link/> }.into_any()
        }
        None => view! { <p>"The number is on your letter."</p> }.into_any(),
    };
    let waiting = format!("/my/{}/waiting", data.referral);
    let wishes = format!("/my/{}/wishes", data.referral);
    let list = match data.waits {
        true => view! {
            <p>"You are on the waiting list: when another time comes free, we hold it for you and ask you."</p>
            <p><a href=waiting>"Change or leave the waiting list"</a></p>
        }
        .into_any(),
        false => view! {
            <p>"Join the waiting list: when another time comes free, we hold it for you and ask you."</p>
            <p><LinkButton label="None of these suit me" href=waiting look=Look::Secondary/></p>
        }
        .into_any(),
    };
    view! {
        <section class="app-stack app-stack--tight">
            <h2>"None of these suit you?"</h2>
            {list}
            <p><a href=wishes>"Say what you need: language, getting in, days"</a></p>
            <p>"Or call the clinic. They can look for other times, an interpreter, or a visit by phone."</p>
            {call}
        </section>
    }
    .into_any()
}

/// The same list from a later day on.
fn later(path: &str, query: &TimesQuery, from: &str) -> String {
    let pairs = [
        ("part", query.part.as_str()),
        ("days", &query.days),
        ("who", &query.who),
        ("site", &query.site),
        ("language", &query.language),
        ("step_free", &query.step_free),
        ("from", from),
    ];
    crate::pages::console::with_query(path, &pairs)
}

/// Whether the list has times of more than one clinician, so that their names must be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clinicians {
    One,
    Several,
}

fn several(offers: &[TimeOffer]) -> Clinicians {
    let first = offers.first().map(|offer| &offer.resource);
    if offers.iter().all(|offer| Some(&offer.resource) == first) {
        Clinicians::One
    } else {
        Clinicians::Several
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(resource: &str, date: &str, clock: &str) -> TimeOffer {
        TimeOffer {
            resource: resource.into(),
            start: format!("{date}T14:15:00Z"),
            clock: clock.into(),
            day: "Tuesday 3 March".into(),
            date: date.into(),
            who: "Dr Okafor".into(),
            place: None,
            reason: None,
        }
    }

    #[test]
    fn a_button_names_its_time_and_is_read_back() {
        let offer = time("r1", "2026-03-03", "2:15pm");
        let input = slot(&slot_value(&offer));
        assert_eq!((input.resource, input.start), (offer.resource, offer.start));
        assert_eq!(slot("nonsense"), SlotInput::default());
    }

    #[test]
    fn a_lost_race_names_the_time_and_offers_buttons() {
        let offers = [time("r1", "2026-03-03", "2:45pm"), time("r2", "2026-03-04", "9am")];
        let html = crate::components::render(|| taken("/my/x/times", "2:15pm", &offers));
        assert!(html.contains("Someone just took 2:15pm. These are still free:"), "{html}");
        assert_eq!(html.matches("Hold this time<").count(), 2, "{html}");
        assert!(html.contains("With Dr Okafor"), "{html}");
    }
}
