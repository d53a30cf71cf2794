//! Asking for information.

use chrono::{DateTime, NaiveTime, Utc};
use contract::TriageInput;
use domain::calendar_days::at_wall;
use domain::notice::StaffNotice;
use domain::referral::{Act, Asked, Kind};
use domain::{Role, spoken};
use serde_json::json;

use super::{Wrong, fitting_text, required_text};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Case, Unit};
use crate::{ServiceError, reasons};

/// Longest time that an answer may be waited for, in days.
const LONGEST_DAYS: i64 = 365;

/// Asks the patient, the referrer or both for what is missing, by a day; who was asked is told and reminded. What the
/// patient is asked is what the patient reads.
pub(super) async fn ask(
    unit: &mut Unit<'_>,
    case: &mut Case,
    input: &TriageInput,
) -> Result<(), ServiceError> {
    let asked = match input.ask_of.as_str() {
        // A question between colleagues is the referrer's to explain.
        _ if case.kind() == Kind::Advice => Asked::Referrer,
        "" => Asked::Both,
        code => {
            Asked::from_code(code).ok_or_else(|| ServiceError::invalid("ask_of", "Choose who is asked."))?
        }
    };
    let mut wrong = Wrong::default();
    let line = wrong.unless(match asked.includes(Role::Patient) {
        true => required_text(
            "patient_line",
            &input.patient_line,
            "Write what you need, in words the patient can follow.",
        ),
        false => fitting_text("patient_line", &input.patient_line),
    })?;
    let comment = wrong.unless(match asked {
        Asked::Referrer if line.is_empty() => {
            required_text("comment", &input.comment, "Write what you need to know from the referrer.")
        }
        _ => fitting_text("comment", &input.comment),
    })?;
    let reason = wrong.unless(super::triage::reason(unit, Act::Ask, input).await)?;
    let due = wrong.unless(due(unit, case, input))?;
    wrong.or_on()?;
    case.row.patient_line = Some(line.to_owned()).filter(|line| !line.is_empty());
    case.row.asked_of = Some(asked.code().to_owned());
    // Asked once more, it is a new duty in the same state.
    case.row.due_at = None;
    let why = if comment.is_empty() { line } else { comment };
    let day = due.map(|due| due.with_timezone(&case.zone()).date_naive());
    let detail = reasons::with_reason(json!({ "of": asked, "due": day }), reason.as_ref());
    unit.apply(case, Act::Ask, Some(why), due, detail).await?;
    let cause = format!("ask:{}:{}", case.row.id, case.row.version);
    if asked.includes(Role::Referrer) {
        unit.tell_referrer(case, StaffNotice::InformationAsked, &cause).await?;
    }
    if asked.includes(Role::Patient) {
        unit.tell_patient(case, Letter::new(Template::InfoNeeded, cause)).await?;
    }
    Ok(())
}

/// The end of the day by which it is asked for; `None`: none was given, so the service's clock counts.
fn due(unit: &Unit<'_>, case: &Case, input: &TriageInput) -> Result<Option<DateTime<Utc>>, ServiceError> {
    if [&input.due_day, &input.due_month, &input.due_year].iter().all(|part| part.trim().is_empty()) {
        return Ok(None);
    }
    let zone = case.zone();
    let today = unit.call.now.with_timezone(&zone).date_naive();
    let day = spoken::read_date(&input.due_day, &input.due_month, &input.due_year).ok_or_else(|| {
        ServiceError::invalid("due", "Enter the day as a date, like 31 3 2027, or leave it empty.")
    })?;
    if day <= today || (day - today).num_days() > LONGEST_DAYS {
        return Err(ServiceError::invalid("due", "Choose a day after today and within a year."));
    }
    let evening = NaiveTime::from_hms_opt(17, 0, 0).expect("five in the afternoon is a time");
    Ok(Some(at_wall(day, evening, zone)))
}
