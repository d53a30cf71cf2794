//! A clinic's lists as a document of its own: nothing is fetched, it prints, and a table holds the same.
//!
//! Written as text, row by row: a clinic may have tens of thousands of open referrals.

use contract::{DowntimePatient, DowntimeReferral, DowntimeSheet, DowntimeVisit};

use crate::words;

const STYLE: &str = "body{font:11pt/1.4 system-ui,sans-serif;margin:1.5rem;color:#000;background:#fff}\
    h1{margin:0}h2{margin-top:2rem}table{border-collapse:collapse;width:100%}caption{text-align:left}\
    th,td{border:1px solid #777;padding:.2rem .4rem;text-align:left;vertical-align:top}thead{display:table-header-group}\
    tr{break-inside:avoid}.wide{overflow-x:auto}.late{font-weight:700}.note{border:2px solid #000;padding:.5rem}\
    @page{margin:12mm}@media print{body{margin:0;font-size:9pt}}";

const VISITS: [&str; 8] =
    ["Day", "Time", "Minutes", "With", "Patient", "Born", "NHS number and phone", "Reference"];
const OPEN: [&str; 8] = [
    "Due",
    "Patient",
    "Born",
    "NHS number and phone",
    "Status",
    "Priority",
    "Next step and owner",
    "Reference",
];

/// The lists as a page.
pub fn html(sheet: &DowntimeSheet) -> String {
    let title = format!("Downtime list: {}", sheet.service);
    let mut text = head(&title);
    let place = [Some(sheet.organisation.as_str()), sheet.site.as_deref(), sheet.phone.as_deref()];
    let place: Vec<&str> = place.into_iter().flatten().collect();
    text.push_str(&format!("<h1>{}</h1><p>{}</p>", escaped(&title), escaped(&place.join(", "))));
    text.push_str(&format!(
        "<p class=\"note\"><strong>Made {}.</strong> What happened since is not on it. Write down what you do, and \
         enter it when Waymark is back. Confidential: shred it afterwards.</p>",
        escaped(&sheet.made)
    ));
    text.push_str(&format!("<h2>Appointments of the coming 7 days ({})</h2>", sheet.visits.len()));
    table(
        &mut text,
        &VISITS,
        sheet.visits.iter().map(|visit| (visit_cells(visit), false)),
        "No appointments.",
    );
    text.push_str(&format!("<h2>Open referrals, the most pressing first ({})</h2>", sheet.open.len()));
    table(
        &mut text,
        &OPEN,
        sheet.open.iter().map(|line| (open_cells(line), line.is_late)),
        "No open referrals.",
    );
    text.push_str("</body></html>\n");
    text
}

/// The lists as records of one table, the headings first.
pub fn rows(sheet: &DowntimeSheet) -> Vec<Vec<String>> {
    let headings = [
        "List",
        "When",
        "Minutes",
        "With",
        "Patient",
        "Born",
        "NHS number",
        "Phone",
        "Status",
        "Priority",
        "Next step",
        "Owner",
        "Sent",
        "Reference",
        "List made",
    ];
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    let none = String::new;
    rows.extend(sheet.visits.iter().map(|visit| {
        vec![
            "Appointment".to_owned(),
            format!("{}, {}", visit.day, visit.clock),
            visit.length_min.to_string(),
            visit.with.clone(),
            visit.patient.name.clone(),
            visit.patient.born.clone(),
            visit.patient.nhs_number.clone(),
            visit.patient.phone.clone(),
            if visit.is_held { "Held, not confirmed" } else { "Booked" }.to_owned(),
            none(),
            none(),
            none(),
            none(),
            visit.reference.clone(),
            sheet.made.clone(),
        ]
    }));
    rows.extend(sheet.open.iter().map(|line| {
        vec![
            "Open referral".to_owned(),
            line.due.clone(),
            none(),
            none(),
            line.patient.name.clone(),
            line.patient.born.clone(),
            line.patient.nhs_number.clone(),
            line.patient.phone.clone(),
            words::status_staff(line.state).1.to_owned(),
            words::priority(line.priority).to_owned(),
            words::next_action(&line.next).to_owned(),
            line.owner.clone(),
            line.sent.clone(),
            line.reference.clone(),
            sheet.made.clone(),
        ]
    }));
    rows
}

/// The page that leads to every clinic's lists, beside them in the folder. `clinics` are titles and file names without
/// ending.
pub fn index(organisation: &str, made: &str, clinics: &[(String, String)]) -> String {
    let mut text = head("Downtime lists");
    text.push_str(&format!(
        "<h1>Downtime lists</h1><p>{}. Made {}.</p><ul>",
        escaped(organisation),
        escaped(made)
    ));
    for (title, file) in clinics {
        let (title, file) = (escaped(title), escaped(file));
        text.push_str(&format!(
            "<li>{title}: <a href=\"{file}.html\">to print</a>, <a href=\"{file}.csv\">table</a></li>"
        ));
    }
    text.push_str("</ul></body></html>\n");
    text
}

fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
         <style>{STYLE}</style></head><body>",
        escaped(title)
    )
}

fn table(text: &mut String, headings: &[&str], rows: impl Iterator<Item = ([String; 8], bool)>, none: &str) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        text.push_str(&format!("<p>{none}</p>"));
        return;
    }
    text.push_str("<div class=\"wide\"><table><thead><tr>");
    for heading in headings {
        text.push_str(&format!("<th scope=\"col\">{heading}</th>"));
    }
    text.push_str("</tr></thead><tbody>");
    for (cells, is_late) in rows {
        text.push_str(if is_late { "<tr class=\"late\">" } else { "<tr>" });
        for cell in cells {
            text.push_str("<td>");
            text.push_str(&escaped(&cell));
            text.push_str("</td>");
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table></div>");
}

fn visit_cells(visit: &DowntimeVisit) -> [String; 8] {
    let held = if visit.is_held { " (held, not confirmed)" } else { "" };
    [
        visit.day.clone(),
        format!("{}{held}", visit.clock),
        visit.length_min.to_string(),
        visit.with.clone(),
        visit.patient.name.clone(),
        visit.patient.born.clone(),
        contact(&visit.patient),
        visit.reference.clone(),
    ]
}

fn open_cells(line: &DowntimeReferral) -> [String; 8] {
    let late = if line.is_late { " (late)" } else { "" };
    [
        format!("{}{late}", line.due),
        line.patient.name.clone(),
        line.patient.born.clone(),
        contact(&line.patient),
        words::status_staff(line.state).1.to_owned(),
        words::priority(line.priority).to_owned(),
        format!("{}, {}", words::next_action(&line.next), line.owner),
        line.reference.clone(),
    ]
}

fn contact(patient: &DowntimePatient) -> String {
    let parts = [words::nhs_number(&patient.nhs_number), words::phone(&patient.phone)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Priority;
    use domain::referral::State;

    fn sheet() -> DowntimeSheet {
        let patient = DowntimePatient {
            name: "<b>Hale</b>, Margaret".into(),
            born: "31 Mar 1948".into(),
            nhs_number: "9434765919".into(),
            phone: "+447700900123".into(),
        };
        DowntimeSheet {
            organisation: "Wrenfield".into(),
            service: "Heart & lungs".into(),
            site: Some("St Aidan's".into()),
            phone: None,
            made: "Friday 6 March, 2:00pm".into(),
            visits: vec![DowntimeVisit {
                day: "Monday 9 March".into(),
                clock: "9:00am".into(),
                length_min: 30,
                with: "Dr Okafor".into(),
                patient: patient.clone(),
                reference: "WM-1".into(),
                is_held: true,
            }],
            open: vec![DowntimeReferral {
                patient,
                reference: "WM-2".into(),
                state: State::Received,
                priority: Priority::Urgent,
                owner: "Heart team".into(),
                next: "triage".into(),
                due: "5 Mar, 5:00pm".into(),
                is_late: true,
                sent: "1 Mar, 9:00am".into(),
            }],
        }
    }

    #[test]
    fn the_page_stands_alone_and_writes_what_people_typed_as_text() {
        let page = html(&sheet());
        for part in [
            "Heart &amp; lungs",
            "&lt;b&gt;Hale&lt;/b&gt;",
            "Made Friday 6 March",
            "(held, not confirmed)",
            "(late)",
            "To triage",
            "Appointments of the coming 7 days (1)",
            "<td>943 476 5919, 07700 900123</td>",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        for outside in ["src=", "<link", "<script", "http"] {
            assert!(!page.contains(outside), "{outside} in {page}");
        }
        let empty = html(&DowntimeSheet { visits: Vec::new(), open: Vec::new(), ..sheet() });
        assert!(empty.contains("No appointments.") && empty.contains("No open referrals."));
    }

    #[test]
    fn the_table_has_as_many_fields_in_every_record() {
        let rows = rows(&sheet());
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    }

    #[test]
    fn the_index_leads_to_every_clinic() {
        let page = index("Wrenfield", "2:00pm", &[("Heart <clinic>".into(), "heart-1".into())]);
        assert!(page.contains("href=\"heart-1.html\"") && page.contains("Heart &lt;clinic&gt;"), "{page}");
    }
}
