//! Notes and reports back to the referrer.

use contract::TextInput;
use domain::notice::StaffNotice;
use domain::policy::papers::Readers;
use domain::referral::{Act, State};
use domain::{ReferralId, spoken};
use serde_json::json;
use store::entity::report as row;

use super::enclose::{self, Enclosure, Fate};
use super::{NewDocument, required_text};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, booking, facts, ids};

/// An interim note on a visit that was: afterwards the patient counts as seen (BSeR 5.1.4). Several are allowed. A file goes with it to the staff of both sides.
pub async fn note(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
    file: Option<NewDocument>,
) -> Result<(), ServiceError> {
    let file = enclose::put(desk, call, id, file).await?;
    let done = Box::pin(write(desk, call, id, input, Act::InterimNote, file.as_ref())).await;
    enclose::settle(desk, file.as_ref(), done).await
}

/// The final report. It goes to the referrer, who acknowledges it; the patient is told that it is there. A file goes with
/// it to the staff of both sides.
pub async fn report(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
    file: Option<NewDocument>,
) -> Result<(), ServiceError> {
    let file = enclose::put(desk, call, id, file).await?;
    let done = Box::pin(write(desk, call, id, input, Act::Report, file.as_ref())).await;
    enclose::settle(desk, file.as_ref(), done).await
}

async fn write(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
    act: Act,
    file: Option<&Enclosure>,
) -> Result<((), Fate), ServiceError> {
    let content = file.map(|file| &file.sha256);
    let mut unit = match Unit::begin(desk, call, act.code(), &(id, input, content)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok((answer, Fate::Spare)),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, act).await?;
    unit.same_version(&case, input.version)?;
    if case.state == State::Booked
        && let Some(visit) = booking::to_come(&unit, &case).await?
    {
        let when = spoken::instant(facts::instant(visit.start_at), case.zone(), call.now);
        return Err(Conflict::VisitToCome { when }.into());
    }
    let text =
        required_text("text", &input.text, "Write the report: findings, what was done, what happens next.")?;
    let report = row::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(call.now),
        referral_id: case.row.id,
        kind: if act == Act::Report { "final" } else { "interim" }.to_owned(),
        text: text.to_owned(),
        author: call.actor.key(),
        author_name: call.actor.label(),
        created_at: call.now.timestamp_millis(),
        acknowledged_at: None,
        acknowledged_by: None,
    };
    booking::end_visit(&mut unit, &mut case, "fulfilled").await?;
    let written = report.id;
    store::referrals::add_report(&unit.tx, report).await?;
    unit.apply(&mut case, act, None, None, json!({})).await?;
    enclose::enclose(&mut unit, &case, file, "report", Readers::Staff, Some(written)).await?;
    let cause = format!("{act}:{}:{}", case.row.id, case.row.version);
    if act == Act::Report {
        unit.tell_referrer(&case, StaffNotice::ReportReady, &cause).await?;
        unit.tell_patient(&case, Letter::new(Template::ReportReady, cause)).await?;
    } else {
        unit.tell_referrer(&case, StaffNotice::Note, &cause).await?;
    }
    unit.finish(()).await?;
    Ok(((), Fate::Taken))
}
