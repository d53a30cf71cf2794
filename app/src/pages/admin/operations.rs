//! How the installation works: alarms, what is due, providers and servers.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::{AlarmLine, DueMessages, OperationsPage, ProviderLine, ServerLine};
use leptos::prelude::*;
use service::operations;

use crate::components::{Column, DataTable, Density, Meaning, Notice, NoticeKind, Row, StatusTag};
use crate::pages::console::{Console, Section};
use crate::web::{Alive, Kept, Refused, Staff, Web, page};
use crate::words;

const PATH: &str = "/admin/operations";
const TITLE: &str = "How the installation works";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show))
}

/// Administrators.
async fn show(State(web): State<Web>, staff: Staff) -> Result<Response, Refused> {
    let data = operations::page(&web.desk, &staff.call).await?;
    let console = Console::new(&staff, Section::Administration, &Kept::default());
    Ok(page(&web, TITLE, Alive::Plain, move || console.page(TITLE, body(&data))).await)
}

fn body(data: &OperationsPage) -> AnyView {
    let open: Vec<&AlarmLine> = data.alarms.iter().filter(|alarm| alarm.cleared.is_none()).collect();
    let alarm = match open.is_empty() {
        true => view! { <p>"No alarm: whatever was due a quarter of an hour ago has left."</p> }.into_any(),
        false => {
            let lines: Vec<_> = open
                .iter()
                .map(|alarm| view! { <li>{format!("{}, since {}", words::channel(&alarm.channel), alarm.raised)}</li> })
                .collect();
            view! {
                <Notice kind=NoticeKind::Warning title="Messages are late">
                    <ul>{lines}</ul>
                    <p>"Look at the provider’s own status page, and at the log of the servers for what it answers."</p>
                </Notice>
            }
            .into_any()
        }
    };
    let unknown = match data.unknown {
        0 => "The outcome of every message is known.".to_owned(),
        1 => format!(
            "The outcome of 1 message is not known, for {} minutes. It is looked up.",
            data.unknown_min
        ),
        count => format!(
            "The outcome of {count} messages is not known, of the first for {} minutes. They are looked up.",
            data.unknown_min
        ),
    };
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">"Counts over all organisations on these servers. No message is shown."</p>
            {alarm}
            {waiting(&data.waiting)}
            <p>{unknown}</p>
            {providers(&data.providers)}
            {servers(&data.servers)}
            {past(&data.alarms)}
        </div>
    }
    .into_any()
}

fn table(caption: &'static str, columns: &[&'static str], rows: Vec<Row>, nothing: &'static str) -> AnyView {
    if rows.is_empty() {
        return view! { <section class="app-stack app-stack--tight"><h2>{caption}</h2><p>{nothing}</p></section> }
            .into_any();
    }
    let columns = columns.iter().copied().map(Column::new).collect();
    view! { <DataTable caption columns rows density=Density::Dense/> }.into_any()
}

fn waiting(lines: &[DueMessages]) -> AnyView {
    let rows = lines.iter().map(|line| {
        let (meaning, label) =
            if line.is_late { (Meaning::Stopped, "Late") } else { (Meaning::Waiting, "In time") };
        Row::new(vec![
            words::channel(&line.channel).into_any(),
            line.count.into_any(),
            format!("{} minutes ago", line.oldest_min).into_any(),
            view! { <StatusTag meaning label/> }.into_any(),
        ])
    });
    let columns = ["By", "Messages", "The oldest was due", "Status"];
    table("Due and not sent", &columns, rows.collect(), "Nothing waits.")
}

fn providers(lines: &[ProviderLine]) -> AnyView {
    let rows = lines.iter().map(|line| {
        let tag =
            line.is_failing.then(|| view! { <StatusTag meaning=Meaning::Stopped label="Fails often"/> });
        let name = if line.provider.is_empty() { "Nobody yet".to_owned() } else { line.provider.clone() };
        let share = match line.arrived + line.failed + line.unknown {
            0 => "–".to_owned(),
            asked => format!("{} %", line.arrived * 100 / asked),
        };
        let mut cells = vec![
            words::channel(&line.channel).into_any(),
            view! { {name} " " {tag} }.into_any(),
            share.into_any(),
        ];
        let counts = [line.arrived, line.failed, line.unknown, line.waiting, line.withheld];
        cells.extend(counts.map(|count| if count == 0 { "–".into_any() } else { count.into_any() }));
        Row::new(cells)
    });
    let columns = [
        "By",
        "Provider",
        "Taken",
        "Taken or delivered",
        "Failed",
        "Not known",
        "Waiting",
        "Not sent on purpose",
    ];
    table("The last day, by provider", &columns, rows.collect(), "Nothing was written in the last day.")
}

fn servers(lines: &[ServerLine]) -> AnyView {
    let rows = lines.iter().map(|line| {
        let (meaning, label) =
            if line.is_there { (Meaning::Done, "Works") } else { (Meaning::Stopped, "Not seen") };
        Row::new(vec![
            line.name.clone().into_any(),
            line.version.clone().into_any(),
            line.started.clone().into_any(),
            view! { {line.seen.clone()} " " <StatusTag meaning label/> }.into_any(),
        ])
    });
    let columns = ["Server", "Version", "Started", "Last seen"];
    table("Servers of the last month", &columns, rows.collect(), "No server has said that it is there.")
}

fn past(lines: &[AlarmLine]) -> AnyView {
    let rows = lines.iter().map(|line| {
        let until = line.cleared.clone().unwrap_or_else(|| "Not yet".to_owned());
        Row::text([
            words::channel(&line.channel).to_owned(),
            line.raised.clone(),
            until,
            line.most.to_string(),
        ])
    });
    let columns = ["By", "Raised", "Cleared", "Most that were late"];
    table("Alarms", &columns, rows.collect(), "There was none in the last month.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;

    #[test]
    fn an_open_alarm_comes_first_and_a_provider_that_fails_is_named() {
        let data = OperationsPage {
            alarms: vec![AlarmLine {
                channel: "sms".into(),
                raised: "3 Mar, 2:15pm".into(),
                cleared: None,
                most: 7,
            }],
            providers: vec![ProviderLine {
                channel: "sms".into(),
                provider: "twilio".into(),
                arrived: 5,
                failed: 5,
                is_failing: true,
                ..ProviderLine::default()
            }],
            ..OperationsPage::default()
        };
        let html = render(move || body(&data));
        for part in ["Messages are late", "Text message, since 3 Mar", "Fails often", "50 %", "Not yet"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(render(|| body(&OperationsPage::default())).contains("No alarm"));
    }
}
