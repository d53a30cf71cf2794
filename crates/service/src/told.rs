//! What Waymark told a member of staff: their list, which holds also when a mail got lost.

use contract::{ToldLine, ToldPage};
use domain::MessageId;
use store::told::Line;

use crate::account::{home, zone};
use crate::dispatch::NOT_KEPT;
use crate::ports::Template;
use crate::sign_in::Staff;
use crate::{Call, Desk, ServiceError, describe};

/// Lines on one page.
const PAGE: usize = 50;

/// A page of what whoever calls was told, the newest first. It names referrals by their numbers alone, so looking leaves no row.
pub async fn page(
    desk: &Desk,
    call: &Call,
    only_unread: bool,
    before: &str,
) -> Result<ToldPage, ServiceError> {
    let staff = Staff::calling(call)?;
    let db = desk.store.reader();
    let before = before.parse().ok();
    let mut rows = store::told::lines(db, staff.person, only_unread, before, PAGE as u64 + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let zone = zone(&home(db, staff.organisation).await?);
    Ok(ToldPage {
        unread: store::told::unread(db, staff.person).await?,
        next: rows.last().filter(|_| more).map(|row| row.id.to_string()),
        lines: rows.iter().map(|row| line(row, zone)).collect(),
    })
}

/// How many whoever calls has not opened.
pub async fn unread(desk: &Desk, call: &Call) -> Result<i64, ServiceError> {
    let staff = Staff::calling(call)?;
    Ok(store::told::unread(desk.store.reader(), staff.person).await?)
}

/// Opens one: it counts as read, and answers where what it is about is.
pub async fn open(desk: &Desk, call: &Call, id: MessageId) -> Result<Option<String>, ServiceError> {
    let staff = Staff::calling(call)?;
    let row = store::told::one(desk.store.reader(), staff.person, id.0).await?;
    let row = row.ok_or(ServiceError::NotFound)?;
    if row.read_at.is_none() {
        let tx = desk.store.write_tx().await?;
        store::told::mark_read(&tx, staff.person, id.0, call.now.timestamp_millis()).await?;
        tx.commit().await?;
    }
    Ok(match row.referral_id {
        Some(referral) => Some(format!("/referrals/{referral}")),
        None => way(desk, &row),
    })
}

/// Marks all as read that were shown: up to the newest one.
pub async fn read_all(desk: &Desk, call: &Call, newest: &str) -> Result<(), ServiceError> {
    let staff = Staff::calling(call)?;
    let newest: MessageId = newest.parse().map_err(|_| ServiceError::NotFound)?;
    let tx = desk.store.write_tx().await?;
    store::told::mark_all_read(&tx, staff.person, newest.0, call.now.timestamp_millis()).await?;
    Ok(tx.commit().await?)
}

/// Where a notice about somebody's days leads.
fn way(desk: &Desk, row: &Line) -> Option<String> {
    let words = row.body.split_whitespace().filter(|_| row.template == Template::DayNotice.code());
    let mut ways = words.filter_map(|word| word.strip_prefix(desk.settings.public_url.as_str()));
    ways.find(|way| way.starts_with('/')).map(str::to_owned)
}

fn line(row: &Line, zone: chrono_tz::Tz) -> ToldLine {
    let is_secret = Template::from_code(&row.template).is_none_or(Template::is_secret);
    ToldLine {
        id: row.id.to_string(),
        when: describe::day_and_clock(row.created_at, zone),
        subject: row.subject.clone(),
        text: if is_secret { vec![NOT_KEPT.to_owned()] } else { paragraphs(&row.body) },
        channel: row.channel.clone(),
        state: row.state.clone(),
        is_unread: row.read_at.is_none(),
        reference: row.reference.clone().unwrap_or_default(),
        leads: row.template == Template::DayNotice.code(),
    }
}

/// A mail's paragraphs without its link and what is said about the mail itself.
fn paragraphs(text: &str) -> Vec<String> {
    let all = text.split("\n\n").map(str::trim);
    all.filter(|one| !one.is_empty() && !one.contains("://") && !one.contains("This mail carries"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_shown_without_its_link() {
        let text = "WM-7K3Q-92PD was accepted.\n\nOpen it: https://x.test/referrals/1\n\nNorthgate\nThis mail carries no clinical content on purpose.\n";
        assert_eq!(paragraphs(text), ["WM-7K3Q-92PD was accepted."]);
    }
}
