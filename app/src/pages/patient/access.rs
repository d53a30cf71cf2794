//! Who looked: everybody who read or changed the record, staff and machines alike.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::AccessLine;
use leptos::prelude::*;
use service::patient;

use super::frame::{Here, frame};
use crate::components::Empty;
use crate::web::{Alive, Kept, Patient, Refused, Web, page};
use crate::words;

/// The list.
pub fn routes() -> Router<Web> {
    Router::new().route("/my/access", get(show))
}

async fn show(State(web): State<Web>, patient: Patient) -> Result<Response, Refused> {
    let lines = patient::looked(&web.desk, &patient.call).await?;
    Ok(page(&web, "Who looked", Alive::Plain, move || access_view(&lines)).await)
}

fn access_view(lines: &[AccessLine]) -> AnyView {
    let items = gathered(lines)
        .into_iter()
        .map(|(line, times)| {
            let organisation = Some(line.organisation).filter(|name| !name.is_empty() && line.who != "You");
            let what = words::patient::looked(&line.what);
            let what = if times > 1 { format!("{what}, {times} times that day") } else { what };
            view! {
                <li class="app-look">
                    <span class="app-look__when">{line.when}</span>
                    " "
                    <span>
                        <strong>{line.who}</strong>
                        {organisation.map(|name| format!(", {name}"))}
                        <span class="app-look__what">{what}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    let list = if lines.is_empty() {
        view! { <Empty title="Nobody yet"><p>"As soon as somebody opens your record, it is written here."</p></Empty> }
            .into_any()
    } else {
        view! { <ol class="app-looks">{items}</ol> }.into_any()
    };
    let content = view! {
        <h1>"Who looked"</h1>
        <p>
            "Everybody who opened or changed your record here, newest first. “Waymark” is the computer, doing what staff set up. If something looks wrong, call the clinic."
        </p>
        {list}
    };
    frame(Here::Access, &Kept::default(), content.into_any())
}

/// Lines that follow one another and say the same of the same day become one, with how many they were.
fn gathered(lines: &[AccessLine]) -> Vec<(AccessLine, usize)> {
    let day = |line: &AccessLine| line.when.split(',').next().unwrap_or_default().to_owned();
    lines
        .chunk_by(|a, b| {
            (&a.who, &a.organisation, &a.what, day(a)) == (&b.who, &b.organisation, &b.what, day(b))
        })
        .filter_map(|same| same.first().map(|line| (line.clone(), same.len())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(when: &str, who: &str) -> AccessLine {
        AccessLine {
            when: when.into(),
            who: who.into(),
            organisation: String::new(),
            what: "looked at it".into(),
        }
    }

    #[test]
    fn the_same_again_on_one_day_is_one_line() {
        let lines = [
            line("3 Mar, 2:15pm", "You"),
            line("3 Mar, 2:10pm", "You"),
            line("3 Mar, 1pm", "Dr A"),
            line("2 Mar, 1pm", "Dr A"),
        ];
        let counts = gathered(&lines).into_iter().map(|(line, times)| (line.when, times)).collect::<Vec<_>>();
        let expected = [("3 Mar, 2:15pm", 2), ("3 Mar, 1pm", 1), ("2 Mar, 1pm", 1)];
        assert_eq!(counts, expected.map(|(when, times)| (when.to_owned(), times)));
    }
}
