//! Acts that are not possible now are absent; here it says why.

use contract::ReferralPage;
use domain::referral::{Act, Side, State};
use leptos::prelude::*;

/// "Why can't I …?" for the acts that people look for and do not find.
pub fn help(data: &ReferralPage) -> AnyView {
    let lines: Vec<_> = reasons(data.state, data.side, &data.acts)
        .into_iter()
        .map(|(what, why)| {
            view! {
                <dt>{format!("… {what}?")}</dt>
                <dd>{why}</dd>
            }
        })
        .collect();
    if lines.is_empty() {
        return ().into_any();
    }
    view! {
        <details class="app-act app-screen-only">
            <summary class="app-act__summary">"Why can’t I …?"</summary>
            <dl class="app-act__body">{lines}</dl>
        </details>
    }
    .into_any()
}

fn reasons(state: State, side: Side, acts: &[Act]) -> Vec<(&'static str, &'static str)> {
    let can = |act: Act| acts.contains(&act);
    let before = matches!(state, State::Sent | State::Received | State::InfoNeeded);
    let mut lines = Vec::new();
    let mut say = |what, why| lines.push((what, why));
    if state.is_ended() {
        say("change anything", "This referral has ended. What was written stays as it is.");
        return lines;
    }
    match side {
        Side::Receiving => {
            if before && !can(Act::Accept) {
                say("accept or decline it", "Only a specialist decides. You can ask for information.");
            }
            if !can(Act::Book) && !can(Act::Reschedule) {
                say("book a time", "A time can be booked once a specialist has accepted the referral.");
            }
            if !can(Act::Report) {
                let why = if before {
                    "A report can be sent once the referral is accepted."
                } else {
                    "Only a specialist writes the report."
                };
                say("send the report", why);
            }
            if !can(Act::ConfirmCancellation) {
                say("cancel it", "The side that sent it asks for that; then you confirm it here.");
            }
        }
        Side::Referring if acts.is_empty() && state != State::CancelRequested => {
            say(
                "do anything",
                "It is a colleague’s. They, or an administrator, can name you as their delegate.",
            );
        }
        Side::Referring => {
            if state != State::Draft {
                say("change the letter", "It has been sent. Add what is new as a document or as an answer.");
            }
            if !can(Act::AcknowledgeReport) {
                say("close it", "It closes when you have acknowledged the specialist’s report.");
            }
            if !can(Act::Withdraw) && !can(Act::RequestCancellation) {
                say(
                    "cancel it",
                    "The clinic is waited for now: the cancellation was asked for, or the report is there.",
                );
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Role;
    use domain::referral::acts_for;

    #[test]
    fn a_coordinator_learns_that_a_specialist_decides() {
        let lines = reasons(State::Received, Side::Receiving, &acts_for(State::Received, Role::Coordinator));
        assert!(lines.iter().any(|(what, _)| *what == "accept or decline it"), "{lines:?}");
        let lines = reasons(State::Received, Side::Receiving, &acts_for(State::Received, Role::Specialist));
        assert!(!lines.iter().any(|(what, _)| *what == "accept or decline it"), "{lines:?}");
    }

    #[test]
    fn an_ended_referral_says_only_that() {
        assert_eq!(reasons(State::Closed, Side::Referring, &[]).len(), 1);
    }
}
