//! The whole record of a referral on one page: to read through, to print, and to put into the download.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::{ReferralPage, WholeRecord};
use domain::referral::Side;
use leptos::prelude::*;
use service::referrals;

use crate::components::{Column, DataTable, Density, Fact, Facts, Row};
use crate::pages::console::{Console, Section, id, to};
use crate::web::{Alive, Kept, Refused, Staff, Web, page};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new().route("/referrals/{id}/record", get(show))
}

/// Staff of the referring or the receiving side with a clinical role. The read is recorded.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let record = referrals::record(&web.desk, &staff.call, id(&referral)?).await?;
    let section = match record.page.side {
        Side::Referring => Section::Referrals,
        Side::Receiving => Section::Worklist,
    };
    let console = Console::new(&staff, section, &Kept::default());
    let view = move || {
        let back = to(format!("/referrals/{}", record.page.id));
        let zip = to(format!("/referrals/{}/record.zip", record.page.id));
        let body = view! {
            <p class="app-actions app-screen-only">
                <a href=back>"Back to the referral"</a>
                <a href=zip download="">"Download it with its documents"</a>
                <span class="app-quiet">"To print it, use your browser’s print command."</span>
            </p>
            {sections(&record)}
        };
        console.page(format!("Record of {}", record.page.patient), body)
    };
    Ok(page(&web, "Record", Alive::Plain, view).await)
}

/// Where the record is, as the referral's page says it.
pub fn link(data: &ReferralPage) -> AnyView {
    let href = to(format!("/referrals/{}/record", data.id));
    view! { <p class="app-screen-only"><a href=href>"Whole record, to print or download"</a></p> }.into_any()
}

/// The record as a document of its own, which needs nothing else to be read or printed.
pub fn document(record: &WholeRecord) -> String {
    let title = format!("Record {}", record.page.reference);
    let heading = format!("Record of {}", record.page.patient);
    let html = Owner::new().with(|| {
        view! {
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <title>{title}</title>
                    <style>{STYLE}</style>
                </head>
                <body>
                    <main>
                        <h1>{heading}</h1>
                        {sections(record)}
                    </main>
                </body>
            </html>
        }
        .into_any()
        .to_html()
    });
    format!("<!DOCTYPE html>{}", html.replace("<!>", "<!---->"))
}

/// Enough to read it on a screen and on paper; the names are those of the pages' own stylesheet.
const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#111;background:#fff}\
    h2{margin-top:2rem;border-bottom:1px solid #999}table{border-collapse:collapse;width:100%}\
    caption{text-align:start;color:#444}th,td{border:1px solid #999;padding:.25rem .5rem;text-align:start;vertical-align:top}\
    dl>div{display:grid;grid-template-columns:12rem 1fr;gap:1rem}dd{margin:0}\
    .app-letter,.app-note__text{white-space:pre-wrap;overflow-wrap:anywhere}.app-quiet{color:#444}\
    h2,caption{break-after:avoid}tr,dl>div{break-inside:avoid}";

fn sections(record: &WholeRecord) -> AnyView {
    let data = &record.page;
    view! {
        <p class="app-lead">{format!("{}, {} · {}", data.service, data.organisation, data.reference)}</p>
        <p class="app-quiet">
            {format!(
                "Made {} by {}. It holds what {} may see, and was true when it was made.",
                record.made,
                record.made_by,
                match data.side {
                    Side::Receiving => "the clinic",
                    Side::Referring => "the referring side",
                },
            )}
        </p>
        {patient(data)}
        {state(data)}
        {letter(data)}
        {from_the_record(data)}
        {documents(data)}
        {reports(data)}
        {appointments(record)}
        {notes(data)}
        {history(data)}
        {messages(data)}
        {looks(record)}
    }
    .into_any()
}

fn section(heading: &'static str, body: AnyView) -> AnyView {
    view! {
        <section class="app-stack app-stack--tight">
            <h2>{heading}</h2>
            {body}
        </section>
    }
    .into_any()
}

/// A table, or words that say that there is nothing.
fn table(
    heading: &'static str,
    caption: &'static str,
    columns: &[&str],
    rows: Vec<Row>,
    none: &'static str,
) -> AnyView {
    if rows.is_empty() {
        return section(heading, view! { <p class="app-quiet">{none}</p> }.into_any());
    }
    let columns = columns.iter().copied().map(Column::new).collect();
    section(heading, view! { <DataTable caption columns rows density=Density::Dense /> }.into_any())
}

fn patient(data: &ReferralPage) -> AnyView {
    let unknown = || "not known".to_owned();
    let born = match data.age {
        Some(age) => format!("{} ({age} years)", data.birth_date),
        None => data.birth_date.clone(),
    };
    let items = vec![
        Fact::text("Name", data.patient.clone()),
        Fact::text("Born", born),
        Fact::text("Sex", words::capitalised(&data.sex)),
        Fact::text("NHS number", data.nhs_number.as_deref().map_or_else(unknown, words::nhs_number)),
        Fact::text("Phone", data.phone.as_deref().map_or_else(unknown, words::phone)),
        Fact::text("E-mail", data.email.clone().unwrap_or_else(unknown)),
        Fact::text("Address", data.address.clone().unwrap_or_else(unknown)),
    ];
    section("Patient", view! { <Facts items /> }.into_any())
}

fn state(data: &ReferralPage) -> AnyView {
    let (_, label) = words::status_staff(data.state);
    let mut items = vec![
        Fact::text("Status", label),
        Fact::text("Priority", words::priority(data.priority)),
        Fact::text("Asked for", words::priority(data.requested_priority)),
        Fact::text("Referred by", format!("{}, {}", data.referrer, data.referring_organisation)),
        Fact::text("Sent", data.sent.clone().unwrap_or_else(|| "not yet".to_owned())),
        Fact::text("Received", data.received.clone().unwrap_or_else(|| "not yet".to_owned())),
    ];
    if !data.state.is_ended() {
        items.push(Fact::text("Owner", data.owner.clone()));
        items.push(Fact::text("Next step", words::next_action(&data.next)));
        items.push(Fact::text("Due", format!("{} ({})", data.due, data.due_words)));
    }
    if let Some(line) = data.patient_line.as_ref().filter(|_| data.patient_sees) {
        items.push(Fact::text("The patient reads", line.clone()));
    }
    items.extend(data.missing.iter().map(|item| Fact::text("Missing", item.label.clone())));
    items.extend(data.related.iter().map(|line| {
        let what = match (line.is_linked, line.is_before) {
            (true, _) => "Linked with",
            (false, true) => "Continues",
            (false, false) => "Goes on as",
        };
        Fact::text(what, format!("{}, {}", line.reference, line.service))
    }));
    section("Where it is", view! { <Facts items /> }.into_any())
}

fn letter(data: &ReferralPage) -> AnyView {
    let codes = data.reason_codes.join(", ");
    let body = view! {
        <div class="app-letter">{data.letter.clone()}</div>
        {(!codes.is_empty()).then(|| view! { <p>{format!("Coded reason: {codes}")}</p> })}
    };
    section("Letter", body.into_any())
}

fn from_the_record(data: &ReferralPage) -> AnyView {
    if data.record.is_empty() {
        return ().into_any();
    }
    let rows = data
        .record
        .iter()
        .map(|line| {
            let since = line.on.as_ref().map_or(String::new(), |on| format!(" ({})", words::day(on)));
            Row::text([format!("{}{since}", line.words), words::record_kind(&line.kind).to_owned()])
        })
        .collect();
    table("From the patient’s record", "Conditions, medicines, allergies", &["What", "Kind"], rows, "")
}

fn documents(data: &ReferralPage) -> AnyView {
    let rows = data
        .documents
        .iter()
        .map(|line| {
            let scan = words::scan(&line.scan).map_or("", |(_, label)| label);
            Row::text([
                line.file_name.clone(),
                line.kind.clone(),
                line.size.clone(),
                format!("{}, {}", line.added_by, line.when),
                words::readers(&line.readers).to_owned(),
                scan.to_owned(),
            ])
        })
        .collect();
    let columns = ["File", "Kind", "Size", "Added by", "For whom", "Checked"];
    table("Documents", "Documents of this referral", &columns, rows, "There are no documents.")
}

fn reports(data: &ReferralPage) -> AnyView {
    if data.reports.is_empty() {
        return ().into_any();
    }
    let reports: Vec<_> = data
        .reports
        .iter()
        .map(|report| {
            let what = if report.interim { "Note" } else { "Report" };
            let read = report.acknowledged.as_ref().map(|when| format!("Acknowledged {when}"));
            view! {
                <p class="app-quiet">{format!("{what}, {}, {}", report.who, report.when)}</p>
                <div class="app-letter">{report.text.clone()}</div>
                {read.map(|read| view! { <p class="app-quiet">{read}</p> })}
            }
        })
        .collect();
    section("Notes and reports", reports.into_any())
}

fn appointments(record: &WholeRecord) -> AnyView {
    let rows = record
        .appointments
        .iter()
        .map(|line| {
            Row::text([
                line.when.clone(),
                format!("{} min", line.length_min),
                line.who.clone(),
                words::appointment(&line.state).to_owned(),
                line.why.clone().unwrap_or_default(),
            ])
        })
        .collect();
    let columns = ["When", "Length", "With", "What became of it", "Why"];
    table(
        "Appointments",
        "Every time that was held or booked",
        &columns,
        rows,
        "No time has been held or booked.",
    )
}

fn notes(data: &ReferralPage) -> AnyView {
    let rows = data
        .notes
        .iter()
        .map(|note| {
            let whom = if note.is_shared { "Both sides" } else { "Our side only" };
            Row::new(vec![
                note.when.clone().into_any(),
                note.who.clone().into_any(),
                whom.into_any(),
                view! { <p class="app-note__text">{note.text.clone()}</p> }.into_any(),
            ])
        })
        .collect();
    let columns = ["When", "Who", "For whom", "What"];
    table("Between colleagues", "What colleagues wrote to one another", &columns, rows, "Nobody has written.")
}

fn history(data: &ReferralPage) -> AnyView {
    let rows = data
        .history
        .iter()
        .map(|line| {
            let what = match &line.to {
                Some(to) => format!("{} to {to}", words::event(&line.kind)),
                None => words::event(&line.kind).to_owned(),
            };
            let why = [&line.reason, &line.why].into_iter().flatten().cloned().collect::<Vec<_>>().join(". ");
            Row::text([line.when.clone(), what, line.who.clone(), why])
        })
        .collect();
    table(
        "What has happened",
        "Every change, oldest first",
        &["When", "What", "Who", "Why"],
        rows,
        "Nothing yet.",
    )
}

fn messages(data: &ReferralPage) -> AnyView {
    if data.side == Side::Referring {
        return ().into_any();
    }
    let rows = data
        .messages
        .iter()
        .map(|line| {
            Row::text([
                line.when.clone(),
                words::template(&line.template).to_owned(),
                format!("{}, {}", words::channel(&line.channel), line.address),
                words::delivery_by(&line.channel, &line.state).1.to_owned(),
            ])
        })
        .collect();
    let columns = ["When", "About", "To", "Delivery"];
    table("Messages", "What was sent, newest first", &columns, rows, "Nothing has been sent.")
}

fn looks(record: &WholeRecord) -> AnyView {
    let rows = record
        .looks
        .iter()
        .map(|line| {
            let refused = if line.is_refused { " (refused)" } else { "" };
            let what = format!("{}{refused}", words::did(&line.action));
            Row::text([line.when.clone(), line.who.clone(), words::touched(&line.entity), what])
        })
        .collect();
    let caption = match record.page.side {
        Side::Receiving => "Who read or changed it, newest first",
        Side::Referring => "Who of our own side read or changed it, newest first",
    };
    table("Who looked", caption, &["When", "Who", "To what", "Did what"], rows, "Nobody.")
}
