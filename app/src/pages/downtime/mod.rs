//! Lists for the hour when nothing works: what there is, how old it is, and where it lies.

mod sheet;

pub use sheet::{html, index, rows};

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::DowntimePage;
use leptos::prelude::*;
use service::downtime;

use super::console::{Console, Section, to};
use crate::components::{Column, DataTable, Density, Empty, Notice, NoticeKind, Row};
use crate::web::{Alive, Kept, Refused, Staff, Web, page};

pub fn routes() -> Router<Web> {
    Router::new().route("/downtime", get(show))
}

/// Coordinators.
async fn show(State(web): State<Web>, staff: Staff) -> Result<Response, Refused> {
    let data = downtime::page(&web.desk, &staff.call).await?;
    let console = Console::new(&staff, Section::Downtime, &Kept::default());
    let view = move || console.page("Downtime lists", body(&data));
    Ok(page(&web, "Downtime lists", Alive::Plain, view).await)
}

fn body(data: &DowntimePage) -> AnyView {
    let failure = data.failure.clone().map(|failure| {
        view! {
            <Notice kind=NoticeKind::Warning title="The last attempt to make the lists failed">
                <p>{failure}</p>
                <p>"Tell whoever runs Waymark. It is tried again within the hour; what stands below is older."</p>
            </Notice>
        }
    });
    let age = match &data.made {
        Some(made) => view! { <p>{format!("Made {made}, {}.", ago(data.age_min))}</p> }.into_any(),
        None => view! { <p>"None have been made yet. The first ones come within an hour of the server’s start."</p> }.into_any(),
    };
    let old = (data.is_old && data.made.is_some()).then(|| {
        view! {
            <Notice kind=NoticeKind::Warning title="These lists are older than two hours">
                <p>"They should be made every hour. Do not rely on them, and tell whoever runs Waymark."</p>
            </Notice>
        }
    });
    let mut clinics: Vec<(&str, Vec<AnyView>)> = Vec::new();
    for file in &data.files {
        let href = to(format!("/downtime/{}", file.name));
        let (is_table, stem) = match file.name.rsplit_once('.') {
            Some((stem, ending)) => (ending == "csv", stem),
            None => (false, file.name.as_str()),
        };
        let what = if is_table { "Table (CSV)" } else { "To print" };
        let link = view! {
            <a href=href>
                {what} <span class="app-visually-hidden">{format!(", {}", file.title)}</span>
            </a>
            <span class="app-quiet">{format!(" {} ", file.size)}</span>
        }
        .into_any();
        match clinics.iter_mut().find(|(known, _)| *known == stem) {
            // What is printed comes first.
            Some((_, links)) if is_table => links.push(link),
            Some((_, links)) => links.insert(0, link),
            None => clinics.push((stem, vec![link])),
        }
    }
    let rows: Vec<Row> = clinics
        .into_iter()
        .map(|(stem, links)| {
            let title =
                data.files.iter().find(|file| file.name.starts_with(stem)).map(|file| file.title.clone());
            Row::new(vec![title.unwrap_or_default().into_any(), links.into_any()])
        })
        .collect();
    let list = if rows.is_empty() {
        view! { <Empty title="No lists yet"><p>"As soon as they are made, they appear here."</p></Empty> }
            .into_any()
    } else {
        let columns = ["Clinic", "Lists"].map(Column::new).to_vec();
        view! { <DataTable caption="The newest lists" columns rows density=Density::Dense /> }.into_any()
    };
    view! {
        <p class="app-lead">
            "For the hour when nothing works: the coming seven days’ appointments and all open referrals of each clinic, made every hour."
        </p>
        {failure}
        {old}
        {age}
        {list}
        <p class="app-quiet">
            "They can be opened and printed without Waymark, on the server in the folder " <code>{data.folder.clone()}</code>
            ". Who may read that folder may read them; each look here is recorded."
        </p>
    }
    .into_any()
}

fn ago(minutes: i64) -> String {
    match minutes {
        ..1 => "just now".to_owned(),
        1 => "1 minute ago".to_owned(),
        2..120 => format!("{minutes} minutes ago"),
        _ => format!("{} hours ago", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;
    use contract::DowntimeFile;

    fn data() -> DowntimePage {
        let file = |name: &str| DowntimeFile {
            name: name.into(),
            title: "Heart clinic".into(),
            size: "3 kB".into(),
        };
        DowntimePage {
            made: Some("Friday 6 March, 2:00pm".into()),
            age_min: 12,
            is_old: false,
            failure: None,
            folder: "/var/lib/waymark/downtime/x".into(),
            files: vec![file("heart-1.csv"), file("heart-1.html")],
        }
    }

    #[test]
    fn the_lists_say_how_old_they_are_and_one_row_holds_a_clinic_s_files() {
        let html = render(|| body(&data()));
        for part in ["12 minutes ago", "/downtime/heart-1.csv", "/downtime/heart-1.html", "/var/lib/waymark"]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches("app-table__row").count(), 1, "{html}");
        assert!(!html.contains("older than two hours"), "{html}");
    }

    #[test]
    fn old_lists_and_failures_are_said() {
        let old = DowntimePage {
            age_min: 300,
            is_old: true,
            failure: Some("2:00pm: the disk is full".into()),
            ..data()
        };
        let html = render(|| body(&old));
        for part in ["5 hours ago", "older than two hours", "the disk is full"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
