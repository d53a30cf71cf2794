//! Many referrals at once: tick them, say what to do, look at the preview, confirm.

use axum::extract::State;
use axum::response::Response;
use contract::{BulkOutcome, WorklistLine};
use domain::ReferralId;
use leptos::prelude::*;
use service::{ServiceError, referrals};
use tower_sessions::Session;

use super::list::{List, here};
use super::views;
use crate::components::{Button, Empty, HiddenField, Look, Need, SelectField};
use crate::pages::console::{Console, Section, choices, done, key, outcome, to, with_query};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, page};
use crate::words;

const HOME: &str = "/worklist";
/// The way back after a hand-over.
const GIVE_BACK: &str =
    "To give some back, filter the list by the new owner, tick them, and give them to somebody.";

/// Whether rows can be ticked: on the receiving side's own list.
pub fn is_possible(shown: &List) -> bool {
    shown.path == HOME && !shown.data.colleagues.is_empty()
}

/// The box beside a patient's name.
pub fn tick(line: &WorklistLine) -> AnyView {
    let name = format!("Choose {}, {}", line.patient, line.reference);
    view! {
        <label class="app-tick app-screen-only">
            <input type="checkbox" name="chosen" value=line.id.clone() form="chosen" aria-label=name />
        </label>
    }
    .into_any()
}

/// A box that ticks all boxes of the page. `public/keys.js` shows it, because without a script it does nothing.
pub fn tick_all() -> AnyView {
    view! {
        <label class="app-tick-all" data-tick-all hidden>
            <input type="checkbox" />
            <span>"Tick all" <span class="app-visually-hidden">" on this page"</span></span>
        </label>
    }
    .into_any()
}

/// What can be done with the ticked rows. It comes after them, and is seen once something is ticked.
pub fn bar(shown: &List) -> AnyView {
    if !is_possible(shown) || shown.data.lines.is_empty() {
        return ().into_any();
    }
    view! {
        <form id="chosen" class="app-bulk app-screen-only" method="post" action=to(format!("{HOME}/chosen"))>
            <HiddenField name="back" value=here(shown) />
            <span class="app-quiet">"With the ticked ones:"</span>
            <button class="app-button app-button--secondary" name="act" value="remind">"Remind the patients"</button>
            <button class="app-button app-button--secondary" name="act" value="assign">"Give to somebody"</button>
        </form>
    }
    .into_any()
}

/// To everybody on the list, over all its pages. A search for words names a patient, and is not taken over.
pub fn to_many(shown: &List) -> Option<AnyView> {
    if shown.path != HOME
        || !shown.data.may_hand_over
        || !shown.query.q.is_empty()
        || shown.data.lines.is_empty()
    {
        return None;
    }
    let address = with_query("/messages/many/new", &shown.query.pairs());
    let link = view! {
        <p class="app-screen-only"><a href=to(address)>"Write to everybody on this list"</a></p>
    };
    Some(link.into_any())
}

/// Hands over what a colleague has who is away.
pub fn hand_over_form(shown: &List) -> Option<AnyView> {
    if !is_possible(shown) || !shown.data.may_hand_over {
        return None;
    }
    let kept = &shown.kept;
    let colleagues = || choices(&shown.data.colleagues);
    let section = view! {
        <section class="app-stack app-stack--tight app-screen-only">
            <h2>"Somebody is away"</h2>
            <form method="post" action=to(format!("{HOME}/away"))>
                <HiddenField name="back" value=here(shown) />
                <div class="app-filters__fields">
                    <SelectField
                        name="from"
                        label="Who is away"
                        choices=colleagues()
                        value=kept.value("from", "")
                        error=kept.error("from")
                    />
                    <SelectField
                        name="to"
                        label="Who takes over"
                        choices=colleagues()
                        need=Need::Optional
                        empty="The team"
                        value=kept.value("to", "")
                        error=kept.error("to")
                    />
                </div>
                <div class="app-actions">
                    <Button label="Show what would be handed over" look=Look::Secondary />
                </div>
            </form>
        </section>
    };
    Some(section.into_any())
}

/// Whether a hand-over was refused.
pub fn is_refused(kept: &Kept) -> bool {
    kept.errors.iter().any(|error| matches!(error.field.as_str(), "from" | "to"))
}

/// The preview: what will be done to which, before anything is done. Specialists and coordinators.
pub async fn preview(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let chosen = chosen(&typed);
    let lines = referrals::chosen(&web.desk, &staff.call, &chosen).await;
    let data = match lines {
        Ok(data) => data,
        Err(error @ ServiceError::Invalid(_)) => {
            let back = views::back(&typed, HOME);
            return outcome::<()>(&session, back, &Typed::default(), Err(error), "").await;
        }
        Err(other) => return Err(other.into()),
    };
    let back = views::back(&typed, HOME).to_owned();
    let act = if typed.value("act") == "assign" { "assign" } else { "remind" };
    let console = Console::new(&staff, Section::Worklist, &Kept::default());
    let title = if act == "assign" { "Give referrals to somebody" } else { "Remind patients" };
    let view = move || {
        let number = data.lines.len();
        let label = match act {
            "assign" => format!("Give {} away", these(number)),
            _ if number == 1 => "Send 1 reminder".to_owned(),
            _ => format!("Send {number} reminders"),
        };
        if data.lines.is_empty() {
            let way = view! { <a href=to(back.clone())>"Back to the worklist"</a> };
            return console.page(title, view! { <Empty title="Nothing is ticked">{way}</Empty> });
        }
        let what = match act {
            "assign" => "They get a new owner, who is told by mail.",
            _ => {
                "Each patient gets the reminder that fits: to choose a time, to send what is missing, or of the \
                  appointment. Whoever has nothing to do is left out and named."
            }
        };
        let whom = (act == "assign").then(|| {
            view! {
                <SelectField
                    name="person"
                    label="To whom?"
                    choices=choices(&data.colleagues)
                    need=Need::Optional
                    empty="The team"
                />
            }
        });
        let body = view! {
            <form class="app-stack" method="post" action=to(format!("{HOME}/act"))>
                <HiddenField name="key" value=key() />
                <HiddenField name="act" value=act />
                <HiddenField name="back" value=back.clone() />
                <p>{what}</p>
                {named(&data.lines)}
                {whom}
                <div class="app-actions">
                    <Button label />
                    <a href=to(back.clone())>"Do nothing and go back"</a>
                </div>
            </form>
        };
        console.page(title, body)
    };
    Ok(page(&web, title, Alive::Plain, move || view().into_any()).await)
}

/// Does it. What could not be done is named with its reason.
pub async fn act(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let ids = chosen(&typed);
    let (result, one, many) = match typed.value("act") {
        "assign" => {
            let result = referrals::assign_all(&web.desk, &call, &ids, typed.value("person")).await;
            (result, "referral has a new owner", "referrals have a new owner")
        }
        "remind" => {
            let result = referrals::remind_all(&web.desk, &call, &ids).await;
            (result, "reminder is on its way", "reminders are on their way")
        }
        _ => return Err(ServiceError::NotFound.into()),
    };
    say(&session, &typed, result, one, many).await
}

/// What a colleague has who is away, before it is handed over. Coordinators.
pub async fn preview_of_hand_over(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let (from, to_whom) = (typed.value("from").to_owned(), typed.value("to").to_owned());
    let data = match referrals::owned(&web.desk, &staff.call, &from, &to_whom).await {
        Ok(data) => data,
        Err(error) => {
            return outcome::<()>(&session, views::back(&typed, HOME), &typed, Err(error), "").await;
        }
    };
    let back = views::back(&typed, HOME).to_owned();
    let console = Console::new(&staff, Section::Worklist, &Kept::default());
    let title = "Somebody is away";
    let view = move || {
        let name = |id: &str| data.colleagues.iter().find(|one| one.value == id).map(|one| one.label.clone());
        let away = name(&from).unwrap_or_else(|| "Nobody by this name".to_owned());
        let taker = name(&to_whom).unwrap_or_else(|| "the team".to_owned());
        let way = to(back.clone());
        if data.lines.is_empty() {
            let title = format!("{away} has no open referral");
            let way = view! { <a href=way>"Back to the worklist"</a> };
            let body = view! { <Empty title>{way}</Empty> };
            return console.page("Somebody is away", body);
        }
        let number = data.lines.len();
        let label = format!("Hand over {}", these(number));
        let more = (data.next.is_some()).then(|| {
            let words = format!("{away} has more: when these {number} are handed over, do it once more.");
            view! { <p>{words}</p> }
        });
        let body = view! {
            <form class="app-stack" method="post" action=to(format!("{HOME}/hand-over"))>
                <HiddenField name="key" value=key() />
                <HiddenField name="from" value=from.clone() />
                <HiddenField name="to" value=to_whom.clone() />
                <HiddenField name="back" value=back.clone() />
                <p>{format!("From {away} to {taker}. Whoever gets them is told by mail.")}</p>
                {more}
                {named(&data.lines)}
                <div class="app-actions">
                    <Button label />
                    <a href=way>"Do nothing and go back"</a>
                </div>
            </form>
        };
        console.page("Somebody is away", body)
    };
    Ok(page(&web, title, Alive::Plain, move || view().into_any()).await)
}

/// Hands what the preview named from one colleague to another. Coordinators.
pub async fn hand_over(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let seen = chosen(&typed);
    let result = referrals::hand_over(&web.desk, &call, typed.value("from"), typed.value("to"), &seen).await;
    let (one, many) = ("referral has a new owner", "referrals have a new owner");
    match result {
        Ok(outcome) => {
            let said = format!("{} {GIVE_BACK}", told(&outcome, one, many));
            done(&session, views::back(&typed, HOME), &said).await
        }
        refused => say(&session, &typed, refused, one, many).await,
    }
}

/// Those the act is about, each with its id for the form.
fn named(lines: &[WorklistLine]) -> AnyView {
    let items: Vec<_> = lines
        .iter()
        .map(|line| {
            let words = format!("{}, {}, {}", line.patient, line.service, line.reference);
            view! {
                <li>
                    {words} <HiddenField name="chosen" value=line.id.clone() />
                </li>
            }
        })
        .collect();
    view! { <ul>{items}</ul> }.into_any()
}

fn these(number: usize) -> String {
    if number == 1 { "this referral".to_owned() } else { format!("these {number} referrals") }
}

async fn say(
    session: &Session,
    typed: &Typed,
    result: Result<BulkOutcome, ServiceError>,
    one: &str,
    many: &str,
) -> Result<Response, Refused> {
    let back = views::back(typed, HOME);
    match result {
        Ok(outcome) => done(session, back, &told(&outcome, one, many)).await,
        Err(error) => outcome::<()>(session, back, &Typed::default(), Err(error), "").await,
    }
}

fn told(outcome: &BulkOutcome, one: &str, many: &str) -> String {
    let mut said = format!("{} {}.", outcome.done, if outcome.done == 1 { one } else { many });
    for refused in &outcome.refused {
        said.push_str(&format!(" Not {}: {}", refused.reference, words::left(&refused.why)));
    }
    said
}

fn chosen(typed: &Typed) -> Vec<ReferralId> {
    typed.pairs.iter().filter(|(name, _)| name == "chosen").filter_map(|(_, id)| id.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::{BulkRefusal, Conflict, Why};
    use domain::referral::State;

    #[test]
    fn the_result_says_how_many_and_names_what_was_left() {
        let refusal = |reference: &str, why| BulkRefusal { reference: reference.into(), why };
        let closed = Why::Conflict(Conflict::State { state: State::Closed });
        let refused = vec![refusal("WM-1", closed), refusal("WM-2", Why::NotYourRole)];
        let said = told(&BulkOutcome { done: 2, refused }, "is done", "are done");
        assert!(said.starts_with("2 are done. Not WM-1: This referral is now “Closed”"), "{said}");
        assert!(said.ends_with("Not WM-2: Your role cannot do this here."), "{said}");
    }
}
