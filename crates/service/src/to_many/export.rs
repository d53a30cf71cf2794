//! Who was sent what and what became of it, as a table.

use domain::OrganisationId;
use store::campaigns::Group;

use super::page::{of_line, person};
use super::{id_of, purpose, sender, touched, words_of, zone_of};
use crate::{Call, Desk, ServiceError};

/// Rows that are read at once.
const AT_ONCE: u64 = 500;

/// The whole sending as comma-separated values; nothing in it is a formula. Coordinators and administrators; that it was taken
/// out is recorded of everybody who is named.
pub async fn export(desk: &Desk, call: &Call, id: &str) -> Result<String, ServiceError> {
    let organisation = sender(call)?;
    let db = desk.store.reader();
    let row = store::campaigns::find(db, organisation, id_of(id)?).await?.ok_or(ServiceError::NotFound)?;
    let house = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    desk.record_reads(call, "export", &[touched(&row)]).await?;
    let (words, purpose, zone) = (words_of(&row)?, purpose(&row)?, zone_of(&house));
    let heads = [
        "Patient",
        "Referral",
        "By",
        "To",
        "Language",
        "Subject",
        "Text",
        "Text messages",
        "Left out",
        "Delivery",
        "Reason",
        "When",
    ];
    let mut table = interop::csv::record(&heads.map(str::to_owned));
    let mut after = -1;
    loop {
        let lines = store::campaigns::lines(db, &row, Group::All, after, AT_ONCE).await?;
        let named: Vec<_> =
            lines.iter().map(|line| of_line(OrganisationId(row.organisation_id), line)).collect();
        desk.record_reads(call, "export", &named).await?;
        for line in &lines {
            let one = person(desk, &row, purpose, &words, line, zone);
            let segments = if one.segments == 0 { String::new() } else { one.segments.to_string() };
            table.push_str(&interop::csv::record(&[
                one.patient,
                one.reference,
                if one.sent_by.is_empty() { one.channel } else { one.sent_by },
                one.address,
                one.language,
                one.subject,
                one.text,
                segments,
                one.left_out.unwrap_or_default(),
                one.state.unwrap_or_default(),
                one.why,
                one.when.unwrap_or_default(),
            ]));
        }
        match lines.last() {
            Some(last) if lines.len() as u64 == AT_ONCE => after = last.seq,
            _ => return Ok(table),
        }
    }
}
