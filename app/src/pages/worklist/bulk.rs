//! Many referrals at once: tick them, say what to do, look at the preview, confirm.

use axum::extract::State;
use axum::response::Response;
use contract::{BulkOutcome, WorklistLine};
use domain::ReferralId;
use leptos::prelude::*;
use service::{ServiceError, referrals};
use tower_sessions::Session;

use super::list::List;
use crate::components::{Button, Empty, HiddenField, Look, Need, SelectField};
use crate::pages::console::{Console, Section, choices, done, key, outcome, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, page};
use crate::words;

const HOME: &str = "/worklist";

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

/// What can be done with the ticked rows.
pub fn bar(shown: &List) -> AnyView {
    if !is_possible(shown) {
        return ().into_any();
    }
    view! {
        <form id="chosen" class="app-bulk app-screen-only" method="post" action=to(format!("{HOME}/chosen"))>
            <span class="app-quiet">"With the ticked ones:"</span>
            <button class="app-button app-button--secondary" name="act" value="remind">"Remind the patients"</button>
            <button class="app-button app-button--secondary" name="act" value="assign">"Give to somebody"</button>
        </form>
    }
    .into_any()
}

/// Hands over what a colleague has who is away.
pub fn hand_over_form(shown: &List) -> AnyView {
    if !is_possible(shown) || !shown.data.may_hand_over {
        return ().into_any();
    }
    let colleagues = || choices(&shown.data.colleagues);
    view! {
            <details class="app-filters app-screen-only">
                <summary class="app-filters__summary">"Somebody is away"</summary>
                <form class="app-filters__form" method="post" action=to(format!("{HOME}/hand-over"))>
                    <HiddenField name="key" value=key() />
                    <div class="app-filters__fields">
                        <SelectField name="from" label="Who is away" choices=colleagues() />
                        <SelectField
                            name="to"
                            label="Who takes over"
                            choices=colleagues()
                            need=Need::Optional
                            empty="The team"
                        />
                    </div>
                    <div class="app-actions">
                        <Button label="Hand over all open referrals" look=Look::Secondary />
                    </div>
                </form>
            </details>
    }
    .into_any()
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
            return outcome::<()>(&session, HOME, &Typed::default(), Err(error), "").await;
        }
        Err(other) => return Err(other.into()),
    };
    let act = if typed.value("act") == "assign" { "assign" } else { "remind" };
    let console = Console::new(&staff, Section::Worklist, &Kept::default());
    let title = if act == "assign" { "Give referrals to somebody" } else { "Remind patients" };
    let view = move || {
        let number = data.lines.len();
        let these =
            if number == 1 { "this referral".to_owned() } else { format!("these {number} referrals") };
        let label = match act {
            "assign" => format!("Give {these} away"),
            _ if number == 1 => "Send 1 reminder".to_owned(),
            _ => format!("Send {number} reminders"),
        };
        let items: Vec<_> = data
            .lines
            .iter()
            .map(|line| {
                let words = format!("{}, {}, {}", line.patient, line.service, line.reference);
                view! { <li>{words}</li> }
            })
            .collect();
        let ids: Vec<_> = data
            .lines
            .iter()
            .map(|line| view! { <HiddenField name="chosen" value=line.id.clone() /> })
            .collect();
        if items.is_empty() {
            return console.page(
                title,
                view! { <Empty title="Nothing is ticked"><a href=HOME>"Back to the worklist"</a></Empty> },
            );
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
                {ids}
                <p>{what}</p>
                <ul>{items}</ul>
                {whom}
                <div class="app-actions">
                    <Button label />
                    <a href=HOME>"Do nothing and go back"</a>
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
    say(&session, result, one, many).await
}

/// Hands everything of one colleague to another. Coordinators.
pub async fn hand_over(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let result = referrals::hand_over(&web.desk, &call, typed.value("from"), typed.value("to")).await;
    say(&session, result, "referral has a new owner", "referrals have a new owner").await
}

async fn say(
    session: &Session,
    result: Result<BulkOutcome, ServiceError>,
    one: &str,
    many: &str,
) -> Result<Response, Refused> {
    match result {
        Ok(outcome) => done(session, HOME, &told(&outcome, one, many)).await,
        Err(error) => outcome::<()>(session, HOME, &Typed::default(), Err(error), "").await,
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
