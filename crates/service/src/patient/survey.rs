//! The short survey.

use contract::{SurveyInput, SurveyPage};
use domain::ReferralId;
use domain::policy::Relation;

use super::who;
use crate::unit::{Begun, Unit, find_case};
use crate::{Call, Conflict, Desk, ServiceError};

/// The survey of a referral that was closed.
pub async fn survey_page(desk: &Desk, call: &Call, id: ReferralId) -> Result<SurveyPage, ServiceError> {
    who(call)?;
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    let survey = store::referrals::survey(db, &case.row).await?.ok_or(ServiceError::NotFound)?;
    desk.record_read(call, case.touched("survey")).await?;
    Ok(SurveyPage {
        referral: id.to_string(),
        clinic: case.service.name,
        answered: survey.answered_at.is_some(),
    })
}

/// Answers the survey, once.
pub async fn answer_survey(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &SurveyInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "answer-survey", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = unit.case(id).await?;
    if case.relation != Relation::Subject {
        return Err(ServiceError::NotAllowed);
    }
    let overall =
        input.overall.parse::<i64>().ok().filter(|overall| (1..=6).contains(overall)).ok_or_else(|| {
            ServiceError::invalid("overall", "Choose one answer. “Don't know” is an answer too.")
        })?;
    let comment = crate::referrals::fitting_text("comment", &input.comment)?;
    let survey = store::referrals::survey(&*unit.tx, &case.row).await?.ok_or(ServiceError::NotFound)?;
    let comment = Some(comment).filter(|comment| !comment.is_empty());
    let now = call.now.timestamp_millis();
    if store::referrals::answer_survey(&unit.tx, &survey, overall, comment, now).await? == 0 {
        return Err(Conflict::SurveyAnswered.into());
    }
    unit.record("answer-survey", &case.touched("survey"));
    unit.notify(&case);
    unit.finish(()).await
}
