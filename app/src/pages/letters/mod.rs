//! The print queue: letters to print, to post, and what the post brought back.

mod sheet;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{LetterAct, LetterLine, LetterPile, LettersPage, Printed};
use domain::MessageId;
use leptos::prelude::*;
use serde::Deserialize;
use service::{ServiceError, letters};
use tower_sessions::Session;

use super::console::{Console, Section, done, id, key, outcome, to, with_query};
use crate::components::{
    Button, Column, DataTable, Density, Empty, HiddenField, Href, Meaning, Notice, NoticeKind, Pager, Row,
    StatusTag,
};
use crate::web::{Alive, Refused, Staff, Typed, Web, kept, page, refused_form};
use crate::words;

const PATH: &str = "/messages/letters";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/messages/letters/print", post(print))
        .route("/messages/letters/batch/{batch}", get(show_batch).post(act_on_batch))
        .route("/messages/letters/{message}", get(show_one).post(act))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct PileQuery {
    /// Which pile, by its code; empty: what is to be printed.
    show: String,
    /// Where the page before ended.
    after: String,
}

/// Coordinators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<PileQuery>,
) -> Result<Response, Refused> {
    let pile = LetterPile::from_code(&query.show).unwrap_or_default();
    let data = letters::page(&web.desk, &staff.call, pile, &query.after).await?;
    let console = Console::new(&staff, Section::Messages, &kept(&session, PATH).await);
    let view = move || console.page("Letters", queue(&data, &query));
    Ok(page(&web, "Letters", Alive::Plain, view).await)
}

/// Coordinators. The letters count as printed from now on, and are shown to be printed.
async fn print(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let chosen: Vec<String> =
        typed.pairs.iter().filter(|(name, _)| name == "chosen").map(|(_, value)| value.clone()).collect();
    let call = staff.keyed(typed.value("key"));
    match letters::print(&web.desk, &call, &chosen).await {
        Ok(Printed { batch: Some(batch), .. }) => {
            Ok(Redirect::to(&format!("{PATH}/batch/{batch}")).into_response())
        }
        Ok(printed) => done(&session, PATH, &nothing_printed(&printed)).await,
        Err(error) => Ok(refused_form(&session, PATH, &typed, error).await),
    }
}

/// Coordinators. Records the read of each letter.
async fn show_batch(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(batch): Path<String>,
) -> Result<Response, Refused> {
    let data = letters::batch(&web.desk, &staff.call, &batch).await?;
    let kept = kept(&session, &format!("{PATH}/batch/{batch}")).await;
    let console = Console::new(&staff, Section::Messages, &kept);
    let heading = match data.sheets.len() {
        1 => "1 letter to print".to_owned(),
        many => format!("{many} letters to print"),
    };
    let view = move || console.page(heading.clone(), sheet::batch(&data));
    Ok(page(&web, "Letters to print", Alive::Plain, view).await)
}

/// Coordinators. Records the read.
async fn show_one(
    State(web): State<Web>,
    staff: Staff,
    Path(message): Path<String>,
) -> Result<Response, Refused> {
    let data = letters::one(&web.desk, &staff.call, id(&message)?).await?;
    let console = Console::new(&staff, Section::Messages, &crate::web::Kept::default());
    let view = move || console.page("Letter", sheet::one(&data));
    Ok(page(&web, "Letter", Alive::Plain, view).await)
}

/// Coordinators.
async fn act(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(message): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (message, what): (MessageId, _) = (id(&message)?, wanted(&typed)?);
    let call = staff.keyed(typed.value("key"));
    let back = back(&typed);
    outcome(&session, &back, &typed, letters::act(&web.desk, &call, message, what).await, said(what)).await
}

/// Coordinators.
async fn act_on_batch(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(batch): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let what = wanted(&typed)?;
    let call = staff.keyed(typed.value("key"));
    let result = letters::act_on_batch(&web.desk, &call, &batch, what).await;
    outcome(&session, PATH, &typed, result, said(what)).await
}

fn wanted(typed: &Typed) -> Result<LetterAct, Refused> {
    LetterAct::from_code(typed.value("act")).ok_or(Refused(ServiceError::NotFound))
}

/// The pile from which an act came.
fn back(typed: &Typed) -> String {
    let pile = LetterPile::from_code(typed.value("show")).unwrap_or_default();
    with_query(PATH, &[("show", pile.code())])
}

fn said(what: LetterAct) -> &'static str {
    match what {
        LetterAct::Posted => "Marked as posted.",
        LetterAct::NotPosted => "Taken back: it still has to be posted.",
        LetterAct::NotPrinted => "Taken back: they wait to be printed again.",
        LetterAct::Returned => {
            "Marked as returned. The address is marked too, and whoever answers for the clinic is asked to find the right one."
        }
        LetterAct::ToldOtherwise => "Noted. It will not be printed.",
    }
}

fn nothing_printed(printed: &Printed) -> String {
    if printed.withheld > 0 {
        "Nothing to print: these letters were out of date, and were taken out.".to_owned()
    } else if printed.stuck > 0 {
        "Nothing to print: these letters have no address that they would reach.".to_owned()
    } else {
        "Nothing to print: somebody else has printed these letters.".to_owned()
    }
}

fn queue(data: &LettersPage, query: &PileQuery) -> AnyView {
    let late = (data.late > 0).then(|| {
        let title = match data.late {
            1 => "1 letter has waited for more than a day".to_owned(),
            many => format!("{many} letters have waited for more than a day"),
        };
        view! { <Notice kind=NoticeKind::Warning title/> }
    });
    let stuck = (data.stuck > 0 && data.pile != LetterPile::Stuck).then(|| {
        let title = match data.stuck {
            1 => "1 letter has no address that it would reach".to_owned(),
            many => format!("{many} letters have no address that they would reach"),
        };
        let href = to(with_query(PATH, &[("show", LetterPile::Stuck.code())]));
        view! {
            <Notice kind=NoticeKind::Warning title>
                <p><a href=href>"See them"</a></p>
            </Notice>
        }
    });
    let body = if data.lines.is_empty() {
        let (title, words) = nothing(data.pile);
        view! { <Empty title><p>{words}</p></Empty> }.into_any()
    } else {
        rows(data)
    };
    let address = |after: &str| with_query(PATH, &[("show", data.pile.code()), ("after", after)]);
    let next = data.next.as_ref().map(|after| Href::from(address(after)));
    let first = (!query.after.is_empty()).then(|| Href::from(address("")));
    view! {
        <div class="app-stack">
            {late}
            {stuck}
            {piles(data)}
            {body}
            <Pager next first/>
            <p class="app-screen-only"><a href="/messages">"All messages"</a></p>
        </div>
    }
    .into_any()
}

/// The piles with how many wait in each.
fn piles(data: &LettersPage) -> AnyView {
    let links: Vec<_> = LetterPile::ALL
        .into_iter()
        .map(|pile| {
            let count = match pile {
                LetterPile::ToPrint => Some(data.to_print),
                LetterPile::Printed => Some(data.printed),
                LetterPile::Stuck => Some(data.stuck),
                LetterPile::Posted | LetterPile::Returned => None,
            };
            let href = to(with_query(PATH, &[("show", pile.code())]));
            view! {
                <li>
                    <a class="app-view" href=href aria-current=(pile == data.pile).then_some("page")>
                        {name(pile)}
                        {count.map(|count| view! { <span class="app-counts__number">{count}</span> })}
                    </a>
                </li>
            }
        })
        .collect();
    view! { <nav aria-label="Letters" class="app-screen-only"><ul class="app-views">{links}</ul></nav> }
        .into_any()
}

fn name(pile: LetterPile) -> &'static str {
    match pile {
        LetterPile::ToPrint => "To print",
        LetterPile::Printed => "To post",
        LetterPile::Posted => "Posted",
        LetterPile::Stuck => "No address",
        LetterPile::Returned => "Came back",
    }
}

fn nothing(pile: LetterPile) -> (&'static str, &'static str) {
    match pile {
        LetterPile::ToPrint => {
            ("No letter waits to be printed", "Letters to patients without a phone or e-mail appear here.")
        }
        LetterPile::Printed => ("Nothing waits to be posted", "Letters appear here once they are printed."),
        LetterPile::Posted => {
            ("Nothing has been posted yet", "Letters appear here once somebody says that they are posted.")
        }
        LetterPile::Stuck => (
            "Every letter has an address",
            "Where one has none, whoever answers for the clinic is asked to see to it.",
        ),
        LetterPile::Returned => {
            ("Nothing came back", "Mark a posted letter as returned when the post brings it back.")
        }
    }
}

fn rows(data: &LettersPage) -> AnyView {
    let pile = data.pile;
    let is_new = pile == LetterPile::ToPrint;
    let last = match pile {
        LetterPile::ToPrint | LetterPile::Stuck => "Waiting since",
        LetterPile::Printed => "Printed",
        LetterPile::Posted => "Posted",
        LetterPile::Returned => "Came back",
    };
    let rows = data.lines.iter().map(|line| row(pile, line)).collect();
    let acts = can_act(pile).then_some("What to do");
    let columns = ["Letter", "To", last].into_iter().chain(acts).map(Column::new).collect();
    let caption = if matches!(pile, LetterPile::Posted | LetterPile::Returned) {
        "The newest first"
    } else {
        "The oldest first"
    };
    let table = view! { <DataTable caption columns rows density=Density::Dense/> };
    if !is_new {
        return table.into_any();
    }
    view! {
        {table}
        <form id="letters" class="app-bulk app-screen-only" method="post" action=format!("{PATH}/print")>
            <HiddenField name="key" value=key()/>
            <Button label="Print the ticked letters"/>
        </form>
    }
    .into_any()
}

fn row(pile: LetterPile, line: &LetterLine) -> Row {
    let what = words::template(&line.template);
    let name = format!("Print {what}, {}", line.to);
    let tick = (pile == LetterPile::ToPrint).then(|| {
        view! {
            <label class="app-tick app-screen-only">
                <input type="checkbox" name="chosen" value=line.id.clone() form="letters" checked aria-label=name/>
            </label>
        }
    });
    let to_whom = line.referral.clone().map_or_else(
        || line.to.clone().into_any(),
        |referral| {
            view! {
                <a href=to(format!("/referrals/{referral}"))>{line.to.clone()}</a>
                <p class="app-quiet">{line.reference.clone()}</p>
            }
            .into_any()
        },
    );
    let when = match pile {
        LetterPile::ToPrint | LetterPile::Stuck => Some(line.when.clone()),
        LetterPile::Printed => line.printed.clone(),
        LetterPile::Posted => line.posted.clone(),
        LetterPile::Returned => line.returned.clone(),
    };
    let late =
        line.is_late.then(|| view! { <StatusTag meaning=Meaning::Attention label="More than a day"/> });
    let stuck = (!line.stuck.is_empty()).then(|| view! { <p>{words::stuck(&line.stuck)}</p> });
    let mut cells = vec![
        view! { {tick} <a href=to(format!("{PATH}/{}", line.id))>{what}</a> }.into_any(),
        to_whom,
        view! { {when} {late} {stuck} }.into_any(),
    ];
    if can_act(pile) {
        cells.push(acts(pile, line));
    }
    Row::new(cells)
}

/// Whether anything can be done with a single letter of a pile.
const fn can_act(pile: LetterPile) -> bool {
    !matches!(pile, LetterPile::ToPrint | LetterPile::Returned)
}

/// What can be done with a letter of a pile.
fn acts(pile: LetterPile, line: &LetterLine) -> AnyView {
    let act = |act: &'static str, label: &'static str| {
        let whose = format!(", {}", line.to);
        view! {
            <form method="post" action=to(format!("{PATH}/{}", line.id))>
                <HiddenField name="key" value=key()/>
                <HiddenField name="show" value=pile.code()/>
                <button type="submit" class="app-button app-button--link" name="act" value=act>
                    {label}<span class="app-visually-hidden">{whose}</span>
                </button>
            </form>
        }
        .into_any()
    };
    match pile {
        LetterPile::ToPrint => ().into_any(),
        LetterPile::Printed => {
            let again = line.batch.as_ref().map(|batch| {
                view! { <a href=to(format!("{PATH}/batch/{batch}"))>"Show the print"</a> }
            });
            view! { {act("posted", "It is posted")} {act("not-printed", "It was not printed")} {again} }
                .into_any()
        }
        LetterPile::Posted => {
            view! { {act("returned", "It came back")} {act("not-posted", "It was not posted")} }.into_any()
        }
        LetterPile::Stuck => act("told-otherwise", "They were told in another way"),
        LetterPile::Returned => ().into_any(),
    }
}

/// How many letters wait too long, on the page where coordinators begin.
pub fn waiting(count: i64) -> Option<AnyView> {
    let title = match count {
        ..1 => return None,
        1 => "1 letter waits too long".to_owned(),
        many => format!("{many} letters wait too long"),
    };
    let notice = view! {
        <Notice kind=NoticeKind::Warning title>
            <p><a href=PATH>"Print and post letters"</a></p>
        </Notice>
    };
    Some(notice.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;

    fn data(pile: LetterPile) -> LettersPage {
        let line = LetterLine {
            id: "7".into(),
            template: "booking-confirmed".into(),
            to: "Hale, Margaret".into(),
            reference: "WM-7K3Q-92PD".into(),
            referral: Some("9".into()),
            when: "3 Mar, 2:15pm".into(),
            is_late: pile == LetterPile::ToPrint,
            batch: Some("8".into()),
            printed: Some("4 Mar, 9:00am, Jo".into()),
            posted: None,
            returned: None,
            stuck: if pile == LetterPile::Stuck { "no-address".into() } else { String::new() },
        };
        LettersPage { pile, to_print: 1, printed: 2, stuck: 0, late: 1, lines: vec![line], next: None }
    }

    fn shown(pile: LetterPile) -> String {
        render(|| queue(&data(pile), &PileQuery::default()))
    }

    #[test]
    fn what_is_to_print_is_ticked_and_printed_by_one_button() {
        let html = shown(LetterPile::ToPrint);
        for part in ["checked", "Print the ticked letters", "More than a day", "1 letter has waited"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn each_pile_offers_the_next_step_and_the_way_back() {
        for (pile, parts) in [
            (LetterPile::Printed, ["value=\"posted\"", "value=\"not-printed\""]),
            (LetterPile::Posted, ["value=\"returned\"", "value=\"not-posted\""]),
            (LetterPile::Stuck, ["value=\"told-otherwise\"", "no address"]),
        ] {
            let html = shown(pile);
            for part in parts {
                assert!(html.contains(part), "{part} in {html}");
            }
            assert!(!html.contains("Print the ticked letters"), "{html}");
        }
    }

    #[test]
    fn nothing_is_said_of_letters_where_none_wait() {
        assert!(waiting(0).is_none());
        assert!(render(|| waiting(3)).contains("3 letters wait too long"));
    }
}
