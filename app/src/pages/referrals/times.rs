//! Staff choose a time for a patient.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{HoldOutcome, SlotInput, TimeOffer, TimesPage, TimesQuery};
use domain::ReferralId;
use leptos::prelude::*;
use service::{ServiceError, booking};
use tower_sessions::Session;

use crate::components::{
    Button, Card, CheckboxGroup, Choice, Disclosure, Empty, Filters, HiddenField, Href, LinkButton, Look,
    Need, Notice, NoticeKind, Pager, RadioGroup, SelectField, TextField, TextKind, field_id,
};
use crate::pages::console::{Console, Section, choices, done, id, key, to, with_query};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, keep, kept, page, refused_form};
use crate::words;

/// Under this name the times that are still free are kept for the page, after a lost race.
const ALTERNATIVES: &str = "alternatives";

pub fn routes() -> Router<Web> {
    Router::new().route("/referrals/{id}/times", get(show)).route("/referrals/{id}/book", post(book))
}

/// The receiving side.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    Query(query): Query<TimesQuery>,
) -> Result<Response, Refused> {
    let data = booking::times(&web.desk, &staff.call, id(&referral)?, &query).await?;
    let kept = kept(&session, &format!("/referrals/{}/times", data.referral)).await;
    let console = Console::new(&staff, Section::Worklist, &kept);
    let view = move || console.page("Book a time", body(&data, &query, &kept));
    Ok(page(&web, "Book a time", Alive::Plain, view).await)
}

/// The receiving side. Books the time, or shows the nearest ones when somebody was quicker.
async fn book(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let is_over = typed.pairs.iter().any(|(name, _)| name == "slot-taken");
    let back = |name: &str| typed.value(&format!("back_{name}")).to_owned();
    let query = TimesQuery {
        part: back("part"),
        from: back("from"),
        days: back("days"),
        who: back("who"),
        site: back("site"),
        language: back("language"),
        step_free: back("step_free"),
        kind: typed.value("visit_kind").to_owned(),
        taken: if is_over { "1".to_owned() } else { String::new() },
    };
    let path = address(&referral.to_string(), &query);
    let (resource, start) = chosen(&typed).split_once('|').unwrap_or_default();
    let input = SlotInput {
        resource: resource.to_owned(),
        start: start.to_owned(),
        overbook_reason: typed.value("overbook_reason").to_owned(),
        visit_kind: typed.value("visit_kind").to_owned(),
        ..SlotInput::default()
    };
    // Whoever means a taken time says why before anything else.
    if typed.pairs.iter().any(|(name, _)| name == "slot-taken") && input.overbook_reason.trim().is_empty() {
        let error = ServiceError::invalid("overbook_reason", words::OVERBOOK_WHY);
        return Ok(refused_form(&session, &path, &typed, error).await);
    }
    let call = staff.keyed(typed.value("key"));
    let is_offer = typed.value("offer") == "1";
    let taken_or_not = match is_offer {
        true => booking::offer(&web.desk, &call, referral, &input).await,
        false => booking::staff_book(&web.desk, &call, referral, &input).await,
    };
    match taken_or_not {
        Ok(HoldOutcome::Held { appointment }) => {
            let message = match appointment.answer_by.filter(|_| is_offer) {
                Some(by) => format!("Offered: {}. The patient is asked to answer by {by}.", appointment.when),
                None => format!("Booked for {}. The patient is being told.", appointment.when),
            };
            done(&session, &format!("/referrals/{referral}"), &message).await
        }
        Ok(HoldOutcome::Taken { wanted, alternatives }) => {
            let meant = if is_offer { Meant::Offer } else { Meant::Book };
            taken(&session, path, &typed, meant, &wanted, &alternatives).await
        }
        Err(error) => Ok(refused_form(&session, &path, &typed, error).await),
    }
}

/// The list with these filters.
fn address(referral: &str, query: &TimesQuery) -> String {
    let mut pairs = filtered(query).map(|(name, value)| (name, value.as_str())).to_vec();
    pairs.extend([("kind", query.kind.as_str()), ("taken", query.taken.as_str())]);
    with_query(&format!("/referrals/{referral}/times"), &pairs)
}

/// What the list is filtered by, besides the kind of visit.
fn filtered(query: &TimesQuery) -> [(&'static str, &String); 7] {
    [
        ("part", &query.part),
        ("from", &query.from),
        ("days", &query.days),
        ("who", &query.who),
        ("site", &query.site),
        ("language", &query.language),
        ("step_free", &query.step_free),
    ]
}

/// Which list a form stands on.
fn here(data: &TimesPage, query: &TimesQuery) -> TimesQuery {
    TimesQuery { kind: data.kind.clone(), ..query.clone() }
}

/// What every form of the page sends along, so that a refusal leads back to the same list.
fn marks(here: &TimesQuery) -> AnyView {
    let back: Vec<_> = filtered(here)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <HiddenField name=format!("back_{name}") value=value.clone() /> })
        .collect();
    view! {
        <HiddenField name="key" value=key() />
        <HiddenField name="visit_kind" value=here.kind.clone() />
        {back}
    }
    .into_any()
}

/// "2:15pm – Dr Chen, at the Hill site".
fn label(offer: &TimeOffer) -> String {
    let place = offer.place.as_ref().map_or(String::new(), |place| format!(", at {place}"));
    format!("{} – {}{place}", offer.clock, offer.who)
}

/// The chosen time. Each day has a group of its own, so that every control has its own id.
fn chosen(typed: &Typed) -> &str {
    typed.pairs.iter().find(|(name, _)| is_slot(name)).map_or("", |(_, value)| value)
}

fn is_slot(name: &str) -> bool {
    name == "slot" || name.starts_with("slot-")
}

/// What was to be done with a time: it is still meant of the next one when the race for it was lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    Book,
    Offer,
}

async fn taken(
    session: &Session,
    path: String,
    typed: &Typed,
    meant: Meant,
    wanted: &str,
    alternatives: &[TimeOffer],
) -> Result<Response, Refused> {
    let broken = |cause: String| Refused(ServiceError::Broken(cause));
    let offers = serde_json::to_string(alternatives).map_err(|error| broken(error.to_string()))?;
    let mut values = vec![(ALTERNATIVES.to_owned(), offers)];
    values.push(("slot".to_owned(), chosen(typed).to_owned()));
    if meant == Meant::Offer {
        values.push(("offer".to_owned(), "1".to_owned()));
    }
    let message = Some(format!("Somebody just took {wanted}."));
    let plain = path.split('?').next().unwrap_or_default().to_owned();
    let kept = Kept { path: plain, values, errors: Vec::new(), message };
    keep(session, kept).await.map_err(|error| broken(error.to_string()))?;
    Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&path)))
}

fn body(data: &TimesPage, query: &TimesQuery, kept: &Kept) -> AnyView {
    let back = to(format!("/referrals/{}", data.referral));
    let now = data.booked.as_ref().map(|visit| {
        let title = format!("Booked now: {}", visit.when);
        view! {
            <Notice kind=NoticeKind::Info title>
                <p>"Choosing another time gives this one back."</p>
            </Notice>
        }
    });
    let outdated = (!data.outdated.is_empty()).then(|| {
        view! {
            <Notice kind=NoticeKind::Warning title=words::outdated(&data.outdated)>
                <p>"Something may be in it that is not known here. Ask before you book with them."</p>
            </Notice>
        }
    });
    let held = data.held.as_ref().map(|visit| {
        let title = format!("The patient is holding {}", visit.when);
        view! {
            <Notice kind=NoticeKind::Info title>
                <p>"Booking here gives the held time back. You may want to wait a few minutes."</p>
            </Notice>
        }
    });
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{format!("For {}", data.patient)}</p>
            <p>
                {format!("{}, {} · {}", data.clinic, data.place, words::patient::lengths(data.length_min, data.longest_min))}
            </p>
            {now}
            {outdated}
            {held}
            {lost(data, query, kept)}
            {best(data, query)}
            {filters(data, query)}
            {times(data, query, kept)}
            {taken_times(data, query, kept)}
            <p>
                <a href=back>"Back to the referral"</a>
            </p>
        </div>
    }
    .into_any()
}

/// After a lost race: the nearest free times, and overbooking with a reason.
fn lost(data: &TimesPage, query: &TimesQuery, kept: &Kept) -> AnyView {
    let offers: Vec<TimeOffer> = serde_json::from_str(&kept.value(ALTERNATIVES, "[]")).unwrap_or_default();
    let slot = kept.value("slot", "");
    if kept.value(ALTERNATIVES, "").is_empty() {
        return ().into_any();
    }
    let here = here(data, query);
    let action = to(format!("/referrals/{}/book", data.referral));
    let is_offer = kept.value("offer", "") == "1";
    let verb = if is_offer { "Hold and offer" } else { "Book" };
    let buttons: Vec<_> = offers
        .iter()
        .map(|offer| {
            let label = format!("{verb} {}, {}", offer.day, label(offer));
            view! { <Button label look=Look::Secondary name="slot" value=value(offer) /> }
        })
        .collect();
    let heading = if buttons.is_empty() { "No other time is near" } else { "These are still free" };
    let offered = is_offer.then(|| view! { <HiddenField name="offer" value="1" /> });
    view! {
        <Card title=heading>
            <form class="app-actions" method="post" action=action.clone()>
                {marks(&here)}
                {offered}
                {buttons}
            </form>
            <details class="app-act">
                <summary class="app-act__summary">"Book it all the same"</summary>
                <form class="app-act__body app-stack" method="post" action=action>
                    {marks(&here)}
                    <HiddenField name="slot" value=slot />
                    <TextField
                        name="overbook_reason"
                        label="Why a place beyond the capacity?"
                        hint="It stays in the record"
                    />
                    <Button label="Book beyond the capacity" look=Look::Warning />
                </form>
            </details>
        </Card>
    }
    .into_any()
}

/// A time that somebody else has, for staff who need it all the same: the reason is asked for first.
fn taken_times(data: &TimesPage, query: &TimesQuery, kept: &Kept) -> AnyView {
    if query.taken.is_empty() && kept.value("slot-taken", "").is_empty() {
        let with_taken = TimesQuery { taken: "1".to_owned(), ..query.clone() };
        let href = to(format!("{}#taken", address(&data.referral, &with_taken)));
        return view! {
            <p class="app-screen-only">
                <LinkButton label="Overbook: show times that are taken" href look=Look::Link />
            </p>
        }
        .into_any();
    }
    if data.taken.is_empty() {
        return view! { <p id="taken">"No time is taken in these days."</p> }.into_any();
    }
    let choices: Vec<Choice> = data
        .taken
        .iter()
        .map(|offer| Choice::new(value(offer), format!("{}, {} – {}", offer.day, offer.clock, offer.who)))
        .collect();
    let typed = kept.value("slot-taken", &query.taken);
    let typed = if typed == "1" { String::new() } else { typed };
    let here = here(data, query);
    let action = to(format!("/referrals/{}/book", data.referral));
    view! {
        <section class="app-stack" id="taken">
            <h2>"A time that is taken"</h2>
            <details class="app-act" open>
                <summary class="app-act__summary">"Overbook"</summary>
                <form class="app-act__body app-stack" method="post" action=action>
                    <p>"Somebody else has this time, or the day is full. Both patients come, and both visits show it."</p>
                    {marks(&here)}
                    <SelectField
                        name="slot-taken"
                        label="Which time?"
                        choices
                        value=typed
                        empty="Choose a time"
                        error=kept.error("slot-taken")
                    />
                    <TextField
                        name="overbook_reason"
                        label="Why is a place beyond the capacity needed?"
                        hint="It stays in the record"
                        value=kept.value("overbook_reason", "")
                        error=kept.error("overbook_reason")
                    />
                    <Button label="Book beyond the capacity" look=Look::Warning />
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn filters(data: &TimesPage, query: &TimesQuery) -> AnyView {
    let on = filtered(query).iter().any(|(_, value)| !value.is_empty()) || !query.kind.is_empty();
    let disclosure = if on { Disclosure::Open } else { Disclosure::Closed };
    let path = format!("/referrals/{}/times", data.referral);
    let clear = on.then(|| Href::from(path.clone()));
    let parts = vec![
        Choice::new("morning", "Morning"),
        Choice::new("afternoon", "Afternoon"),
        Choice::new("evening", "Evening"),
    ];
    let weekdays = service::availability::WEEKDAYS
        .iter()
        .map(|(code, _, name)| Choice::new(*code, *name))
        .collect::<Vec<_>>();
    let languages: Vec<Choice> = data
        .languages
        .iter()
        .map(|tag| Choice::new(tag.value.clone(), domain::language::name(&tag.value)))
        .collect();
    let one_of = |name: &'static str, label: &'static str, all: Vec<Choice>, value: &str| {
        let value = value.to_owned();
        (all.len() > 1).then(|| {
            view! { <SelectField name label choices=all value need=Need::Optional empty="Any" /> }
        })
    };
    let (part, from) = (query.part.clone(), query.from.clone());
    let kinds = data.kinds.iter().map(|kind| Choice::new(kind.clone(), kind.clone())).collect();
    let kind = one_of("kind", "Kind of visit", kinds, &data.kind);
    let days = one_of("days", "Weekday", weekdays, &query.days);
    let who = one_of("who", "With", choices(&data.clinicians), &query.who);
    let site = one_of("site", "Where", choices(&data.sites), &query.site);
    let language = one_of("language", "Language spoken", languages, &query.language);
    let steps = (data.sites.len() > 1).then(|| {
        let choices = vec![Choice::new("1", "Only where there are no steps")];
        let values = if query.step_free == "1" { vec!["1".to_owned()] } else { Vec::new() };
        view! { <CheckboxGroup name="step_free" label="Getting in" choices values need=Need::Optional /> }
    });
    view! {
        <Filters action=Href::from(path) label="Other days or part of the day" clear disclosure>
            <TextField name="from" label="From day" kind=TextKind::Day value=from need=Need::Unsaid />
            <SelectField
                name="part"
                label="Part of the day"
                choices=parts
                value=part
                need=Need::Unsaid
                empty="Any"
            />
            {kind}
            {days}
            {who}
            {site}
            {language}
            {steps}
        </Filters>
    }
    .into_any()
}

fn times(data: &TimesPage, query: &TimesQuery, kept: &Kept) -> AnyView {
    let page = |from: &str| {
        address(&data.referral, &TimesQuery { from: from.to_owned(), taken: String::new(), ..query.clone() })
    };
    if data.all.is_empty() {
        let more = data.more_from.as_ref().map(|from| {
            let href = to(page(from));
            view! { <LinkButton label="Look at later days" href look=Look::Secondary /> }
        });
        let why = match data.no_sessions {
            true => {
                "Nobody has a weekly session for this clinic and this kind of visit. Enter one under “Availability”."
            }
            false => {
                "Either everything is taken, or a clinician’s calendar could not be read, and then nothing is promised. Check \
                 “Availability”, or look at later days."
            }
        };
        return view! {
            <Empty title="No free time in these days">
                <p>{why}</p>
                {more}
            </Empty>
        }
        .into_any();
    }
    let chosen = kept.values.iter().find(|(name, _)| is_slot(name)).map_or("", |(_, value)| value);
    let is_here = data.all.iter().any(|offer| value(offer) == chosen);
    let days: Vec<_> = by_day(&data.all)
        .into_iter()
        .enumerate()
        .map(|(at, (day, offers))| {
            // The chosen day stands open; else the first, so that a time is in sight.
            let open = if is_here { offers.iter().any(|offer| value(offer) == chosen) } else { at == 0 };
            // Number and word stay together.
            let count = words::patient::count_of_times(offers.len()).replace(' ', "\u{a0}");
            let choices: Vec<Choice> =
                offers.iter().map(|offer| Choice::new(value(offer), label(offer))).collect();
            day_form((data, query), (day, &offers[0].date), &count, choices, open, chosen.to_owned())
        })
        .collect();
    let next = data.more_from.as_deref().map(|from| Href::from(page(from)));
    let first = (!query.from.is_empty()).then(|| Href::from(page("")));
    let wrong = kept.error("start").map(|error| {
        view! {
            <p class="app-field__error" id=field_id("start")>
                {error}
            </p>
        }
    });
    view! {
        <section class="app-stack">
            <h2>"Free times"</h2>
            {wrong}
            {days}
            <Pager next first />
        </section>
    }
    .into_any()
}

fn day_form(
    (data, query): (&TimesPage, &TimesQuery),
    (day, date): (&str, &str),
    count: &str,
    choices: Vec<Choice>,
    open: bool,
    chosen: String,
) -> AnyView {
    let here = here(data, query);
    let action = to(format!("/referrals/{}/book", data.referral));
    view! {
        <details class="app-act" open=open>
            <summary class="app-act__summary">{format!("{day} – {count}")}</summary>
            <form class="app-act__body app-stack" method="post" action=action>
                {marks(&here)}
                <RadioGroup name=format!("slot-{date}") label="Time" choices value=chosen />
                <div class="app-actions">
                    <Button label="Book this time" />
                    {data
                        .booked
                        .is_none()
                        .then(|| {
                            view! {
                                <Button
                                    label="Offer it to the patient"
                                    look=Look::Secondary
                                    name="offer"
                                    value="1"
                                />
                            }
                        })}
                </div>
            </form>
        </details>
    }
    .into_any()
}

/// The best of them, each with its reason: booked at one press.
fn best(data: &TimesPage, query: &TimesQuery) -> AnyView {
    if data.best.is_empty() {
        return ().into_any();
    }
    let here = here(data, query);
    let action = to(format!("/referrals/{}/book", data.referral));
    let lines = data
        .best
        .iter()
        .map(|offer| {
            let when = format!("{}, {}", offer.day, label(offer));
            let why = offer.reason.clone().map(|why| view! { <p class="app-offer__why">{why}</p> });
            let said = format!("Book {when}");
            view! {
                <div class="app-offer">
                    <p class="app-offer__when">{when}</p>
                    {why}
                    <button
                        type="submit"
                        class="app-button app-button--secondary"
                        name="slot"
                        value=value(offer)
                        aria-label=said
                    >
                        "Book this time"
                    </button>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="app-stack">
            <h2>"Good choices"</h2>
            <form class="app-wide" method="post" action=action>
                {marks(&here)}
                {lines}
            </form>
        </section>
    }
    .into_any()
}

/// What a choice sends: whose diary and when.
fn value(offer: &TimeOffer) -> String {
    format!("{}|{}", offer.resource, offer.start)
}

/// Offers by day, in order.
fn by_day(offers: &[TimeOffer]) -> Vec<(&str, Vec<&TimeOffer>)> {
    let mut days: Vec<(&str, Vec<&TimeOffer>)> = Vec::new();
    for offer in offers {
        match days.last_mut() {
            Some((day, list)) if *day == offer.day => list.push(offer),
            _ => days.push((&offer.day, vec![offer])),
        }
    }
    days
}
