//! How was it? The Friends and Family Test in one question and one optional comment.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::{SurveyInput, SurveyPage};
use leptos::prelude::*;
use service::patient;
use tower_sessions::Session;

use super::frame::{Here, back, done, frame, fresh_key, id};
use crate::components::{Button, Choice, HiddenField, LinkButton, Look, Need, RadioGroup, SafeTextarea};
use crate::web::{Alive, Kept, Patient, Refused, Typed, Web, kept, page, refused_form};
use crate::words::patient::{SURVEY_ANSWERS, SURVEY_QUESTION};

/// The survey of one referral.
pub fn routes() -> Router<Web> {
    Router::new().route("/my/{referral}/survey", get(show).post(answer))
}

async fn show(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let data = patient::survey_page(&web.desk, &patient.call, id(&referral)?).await?;
    let kept = kept(&session, &format!("/my/{referral}/survey")).await;
    Ok(page(&web, "Tell us how it was", Alive::Plain, move || survey_view(&data, &kept)).await)
}

/// The patient, once, after the referral was closed. Staff see it only together with others.
async fn answer(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let path = format!("/my/{referral}/survey");
    let input: SurveyInput = typed.read();
    let call = patient.keyed(typed.value("key"));
    match patient::answer_survey(&web.desk, &call, id(&referral)?, &input).await {
        Ok(()) => done(&session, &path, "Your answer is in. Thank you.".to_owned()).await,
        Err(error) => Ok(refused_form(&session, &path, &typed, error).await),
    }
}

fn survey_view(data: &SurveyPage, kept: &Kept) -> AnyView {
    let content = if data.answered { thanks() } else { form(data, kept) };
    frame(Here::Below, kept, content)
}

fn thanks() -> AnyView {
    view! {
        {back("Your referrals", "/my".to_owned())}
        <h1>"Thank you"</h1>
        <p>"The people who run the clinic read every answer. They see it without your name."</p>
        <div class="app-actions"><LinkButton label="Back to your referrals" href="/my" look=Look::Secondary/></div>
    }
    .into_any()
}

fn form(data: &SurveyPage, kept: &Kept) -> AnyView {
    let choices = SURVEY_ANSWERS.iter().map(|(value, label)| Choice::new(*value, *label)).collect::<Vec<_>>();
    view! {
        {back("Your referrals", "/my".to_owned())}
        <h1>"Tell us how it was"</h1>
        <p>{format!("This is about {}. It takes a minute, and nobody who treats you sees your name beside it.", data.clinic)}</p>
        <form method="post" action=format!("/my/{}/survey", data.referral)>
            <HiddenField name="key" value=fresh_key()/>
            <RadioGroup
                name="overall"
                label=SURVEY_QUESTION
                choices
                error=kept.error("overall")
                value=kept.value("overall", "")
            />
            <SafeTextarea
                name="comment"
                label="Please tell us why"
                hint="Do not write names or phone numbers."
                error=kept.error("comment")
                value=kept.value("comment", "")
                need=Need::Optional
                maxlength=4000
            />
            <div class="app-actions"><Button label="Send my answer"/></div>
        </form>
    }
    .into_any()
}
