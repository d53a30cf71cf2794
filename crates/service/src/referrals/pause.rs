//! Putting a referral off, visibly, and going on with it.

use chrono::{NaiveTime, Utc};
use contract::PauseInput;
use domain::calendar_days::at_wall;
use domain::referral::{Act, State};
use domain::{ReferralId, spoken};
use serde_json::json;

use super::required_text;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, reasons};

/// Longest pause, in days: then somebody looks again.
const LONGEST_DAYS: i64 = 365;

/// Puts a referral off until a day, at most a year away; the patient reads why. It stays owned, and due on that day.
pub async fn pause(desk: &Desk, call: &Call, id: ReferralId, input: &PauseInput) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "pause", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Pause).await?;
    unit.same_version(&case, input.version)?;
    let line = required_text("text", &input.text, "Write what the patient reads: why it waits.")?;
    let reason = reasons::chosen(&unit, Act::Pause, &input.reason).await?;
    let zone = case.zone();
    let today = call.now.with_timezone(&zone).date_naive();
    let day = spoken::read_date(&input.until_day, &input.until_month, &input.until_year)
        .ok_or_else(|| ServiceError::invalid("until", "Enter the day to look again, like 31 3 2027."))?;
    if day <= today || (day - today).num_days() > LONGEST_DAYS {
        let remedy = "Choose a day after today and within a year.";
        return Err(ServiceError::invalid("until", remedy));
    }
    let nine = NaiveTime::from_hms_opt(9, 0, 0).expect("nine o'clock is a time");
    let until: chrono::DateTime<Utc> = at_wall(day, nine, zone);
    case.row.paused_from = Some(case.state.code().to_owned());
    case.row.patient_line = Some(line.to_owned());
    let detail = reasons::with_reason(json!({ "until": day, "from": case.state }), reason.as_ref());
    unit.apply(&mut case, Act::Pause, Some(line), Some(until), detail).await?;
    unit.finish(()).await
}

/// Goes on where the pause began: a time is chosen if it had been accepted, else it is read and decided.
pub async fn resume(desk: &Desk, call: &Call, id: ReferralId, version: i64) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "resume", &(id, version)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    let before = case.row.paused_from.as_deref().and_then(State::from_code);
    let act = match before {
        Some(State::Accepted | State::AppointmentCancelled | State::NoShow) => Act::ResumeToBook,
        _ => Act::Resume,
    };
    unit.decide(&case, act).await?;
    unit.same_version(&case, version)?;
    case.row.paused_from = None;
    case.row.patient_line = None;
    unit.apply(&mut case, act, None, None, json!({})).await?;
    unit.finish(()).await
}
