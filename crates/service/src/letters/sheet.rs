//! A letter as it is printed.

use chrono::{DateTime, Utc};
use contract::{LetterBatch, LetterSheet};
use domain::letter::address_lines;
use domain::{MessageId, OrganisationId};
use store::entity::message;
use store::print_queue::Line;

use super::{coordinator, touched};
use crate::account::{home, zone};
use crate::dispatch::NOT_KEPT;
use crate::ports::Template;
use crate::{Call, Desk, ServiceError};

/// One letter, to be looked at. Coordinators. Records the read.
pub async fn one(desk: &Desk, call: &Call, id: MessageId) -> Result<LetterSheet, ServiceError> {
    let organisation = coordinator(call)?;
    let rows = store::print_queue::by_ids(desk.store.reader(), organisation, &[id.0]).await?;
    let mut sheets = sheets(desk, call, organisation, &rows).await?;
    sheets.pop().ok_or(ServiceError::NotFound)
}

/// All letters of one print, in one document. Coordinators. Records the read of each.
pub async fn batch(desk: &Desk, call: &Call, batch: &str) -> Result<LetterBatch, ServiceError> {
    let organisation = coordinator(call)?;
    let id = batch.parse().map_err(|_| ServiceError::NotFound)?;
    let rows = store::print_queue::of_batch(desk.store.reader(), organisation, id).await?;
    if rows.is_empty() {
        return Err(ServiceError::NotFound);
    }
    let sheets = sheets(desk, call, organisation, &rows).await?;
    Ok(LetterBatch { id: id.to_string(), sheets, is_posted: rows.iter().all(|row| row.posted_at.is_some()) })
}

async fn sheets(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    rows: &[Line],
) -> Result<Vec<LetterSheet>, ServiceError> {
    let db = desk.store.reader();
    let looked: Vec<_> = rows.iter().map(|row| touched(organisation, row)).collect();
    desk.record_reads(call, "read", &looked).await?;
    let house = home(db, organisation).await?;
    let day = written(call.now, zone(&house));
    let site = store::directory::sites_of(db, organisation).await?.into_iter().find_map(|site| site.address);
    let mut sheets = Vec::new();
    for row in rows {
        if let Some(message) = store::print_queue::message(db, organisation, row.id).await? {
            let mut sheet = sheet(row, &message, &day);
            sheet.organisation.clone_from(&house.name);
            sheet.organisation_address =
                site.as_deref().map(|at| address_lines(at).join(", ")).unwrap_or_default();
            sheet.phone = row.service_phone.clone().or_else(|| house.phone.clone());
            if row.recipient.starts_with("patient:") {
                sheet.web = format!("{}/start", desk.settings.public_url);
            }
            sheets.push(sheet);
        }
    }
    Ok(sheets)
}

fn sheet(row: &Line, message: &message::Model, day: &str) -> LetterSheet {
    let is_patient = row.recipient.starts_with("patient:");
    let mut address = address_lines(row.goes_to());
    if let (true, Some(given), Some(family)) = (is_patient, &row.given, &row.family) {
        address.insert(0, format!("{given} {family}"));
    }
    let is_secret = Template::from_code(&message.template).is_none_or(Template::is_secret);
    let body = if is_secret { NOT_KEPT } else { &message.body };
    LetterSheet {
        id: message.id.to_string(),
        organisation: String::new(),
        organisation_address: String::new(),
        phone: None,
        address,
        date: day.to_owned(),
        reference: row.reference.clone().unwrap_or_default(),
        subject: message.subject.clone(),
        paragraphs: paragraphs(body),
        web: String::new(),
    }
}

/// A text's paragraphs, without the sentence that speaks of a mail's attachment.
fn paragraphs(text: &str) -> Vec<String> {
    let on_paper = |one: &str| match one.starts_with("The attached invitation") {
        true => one.split_once(". ").map_or(String::new(), |(_, rest)| rest.to_owned()),
        false => one.to_owned(),
    };
    text.split("\n\n").map(|one| on_paper(one.trim())).filter(|one| !one.is_empty()).collect()
}

/// "6 March 2026" where the organisation is: a letter says its year.
fn written(now: DateTime<Utc>, zone: chrono_tz::Tz) -> String {
    now.with_timezone(&zone).format("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_does_not_speak_of_attachments() {
        let text =
            "Hello Margaret,\n\nYou are booked.\n\nThe attached invitation puts it into your calendar.\n\n\n";
        assert_eq!(paragraphs(text), ["Hello Margaret,", "You are booked."]);
        let moved = "The attached invitation changes it in your calendar. If it does not suit you, call us.";
        assert_eq!(paragraphs(moved), ["If it does not suit you, call us."]);
    }

    #[test]
    fn a_letter_is_dated_where_it_is_written() {
        let now = "2026-03-06T23:30:00Z".parse().expect("an instant");
        assert_eq!(written(now, chrono_tz::Europe::London), "6 March 2026");
        assert_eq!(written(now, chrono_tz::Pacific::Auckland), "7 March 2026");
    }
}
