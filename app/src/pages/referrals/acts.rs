//! What staff do to one referral, each a form of its own: `POST /referrals/{id}/{act}`.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use contract::{
    AdviceInput, AssignInput, FollowUpInput, NoteInput, PassOnInput, PauseInput, ReferOnInput, SettleInput,
    TextInput, TriageInput,
};
use domain::ReferralId;
use domain::referral::Act;
use service::referrals::NewDocument;
use service::{Call, ServiceError, booking, reasons, referrals};
use tower_sessions::Session;

use crate::pages::console::{done, id, outcome, prefixed, unprefixed};
use crate::web::{Kept, Refused, Staff, Typed, Web, keep, media_type};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/referrals/{id}/{act}", post(act))
        .route("/referrals/{id}/coming", post(coming))
        // Leads on to the draft that it begins.
        .route("/referrals/{id}/resubmit", post(resubmit))
}

/// The receiving side. The patient told them that they come.
async fn coming(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let own = unprefixed("coming", &typed);
    let call = staff.keyed(typed.value("key"));
    let noted = booking::note_coming(&web.desk, &call, referral, &own.read()).await;
    let noted = noted.map_err(|error| prefixed("coming", error));
    let path = format!("/referrals/{referral}");
    outcome(&session, &path, &typed, noted, "Noted: they are coming, and are not asked again.").await
}

/// The referring side. Begins a new draft from what was declined, and opens it.
async fn resubmit(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let version = typed.read::<TextInput>().version;
    match referrals::resubmit(&web.desk, &staff.keyed(typed.value("key")), referral, version).await {
        Ok(draft) => {
            let message = "This draft is begun from what was declined. Put it right, then send it.";
            done(&session, &format!("/referrals/{draft}/edit"), message).await
        }
        Err(error) => {
            let path = format!("/referrals/{referral}");
            outcome::<()>(&session, &path, &typed, Err(prefixed("resubmit", error)), "").await
        }
    }
}

/// Staff of either side; the service decides who may do what.
async fn act(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((referral, form)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let call = staff.keyed(typed.value("key"));
    let own = unprefixed(&form, &typed);
    if let Some(filled) = ready_words(&web, &call, referral, &form, &own).await? {
        return bring_back(&session, &format!("/referrals/{referral}"), &form, typed, filled).await;
    }
    let path = format!("/referrals/{referral}");
    let message = run(&web, &call, referral, &form, &own).await;
    match message {
        Ok(message) => outcome(&session, &path, &typed, Ok(()), message).await,
        Err(error) => {
            let error = if form == "triage" { about_its_reason(&own, error) } else { error };
            outcome::<()>(&session, &path, &typed, Err(prefixed(&form, error)), "").await
        }
    }
}

/// The reason of a decision is put right in that decision's own list.
fn about_its_reason(typed: &Typed, error: ServiceError) -> ServiceError {
    let ServiceError::Invalid(mut fields) = error else { return error };
    for field in fields.iter_mut().filter(|field| field.field == "reason") {
        field.field = format!("{}_reason", typed.value("outcome"));
    }
    ServiceError::Invalid(fields)
}

/// A text that the form comes back with.
struct Filled {
    field: String,
    text: String,
    message: &'static str,
}

/// The text to bring the form back with: a canned reply whose button was pressed, or what the patient could read with the
/// reason that was chosen, when nothing was written for them yet.
async fn ready_words(
    web: &Web,
    call: &Call,
    referral: ReferralId,
    form: &str,
    typed: &Typed,
) -> Result<Option<Filled>, ServiceError> {
    let field = typed.value("fill");
    if !field.is_empty() {
        let chosen = typed.value(&format!("reply-{field}"));
        if chosen.is_empty() {
            return Ok(None);
        }
        let words = reasons::filled_reply(&web.desk, call, referral, chosen).await?;
        let before = typed.value(field).trim_end();
        let text = if before.is_empty() { words } else { format!("{before}\n\n{words}") };
        let message = "The ready words stand in the text. Check them, then go on.";
        return Ok(Some(Filled { field: field.to_owned(), text, message }));
    }
    let (act, code, field) = match form {
        "triage" => {
            let act = Act::from_code(typed.value("outcome"));
            (act, reason_of_decision(typed), "patient_line")
        }
        "redirect" => (Some(Act::Redirect), typed.value("reason"), "patient_line"),
        "pause" => (Some(Act::Pause), typed.value("reason"), "text"),
        "cancel-appointment" => (Some(Act::CancelAppointment), typed.value("reason"), "text"),
        _ => return Ok(None),
    };
    let Some(act) = act.filter(|_| !code.is_empty() && typed.value(field).trim().is_empty()) else {
        return Ok(None);
    };
    let text = reasons::suggested_line(&web.desk, call, referral, act, code).await?;
    let message =
        "What the patient reads was missing. The words below fit the reason: check them, then send again.";
    Ok((!text.is_empty()).then(|| Filled { field: field.to_owned(), text, message }))
}

/// The form again with everything that was typed, and the text filled.
async fn bring_back(
    session: &Session,
    path: &str,
    form: &str,
    typed: Typed,
    filled: Filled,
) -> Result<Response, Refused> {
    let name = format!("{form}-{}", filled.field);
    let mut values: Vec<_> =
        typed.pairs.into_iter().filter(|(key, _)| *key != name && key != "key" && key != "fill").collect();
    values.push((name, filled.text));
    let message = Some(filled.message.to_owned());
    let kept = Kept { path: path.to_owned(), values, errors: Vec::new(), message };
    keep(session, kept).await.map_err(|error| ServiceError::Broken(error.to_string()))?;
    Ok(Redirect::to(path).into_response())
}

/// The decision with its own reason; an empty one when the form has lists of reasons and nothing was chosen.
fn triage_input(typed: &Typed) -> TriageInput {
    let input: TriageInput = typed.read();
    let has_lists = typed.pairs.iter().any(|(name, _)| name.ends_with("_reason"));
    TriageInput { reason: has_lists.then(|| reason_of_decision(typed).to_owned()), ..input }
}

/// Each decision of the form has a list of reasons of its own; what was chosen in another's is out of sight.
fn reason_of_decision(typed: &Typed) -> &str {
    typed.value(&format!("{}_reason", typed.value("outcome")))
}

/// Does it; answers what to say when it worked.
async fn run(
    web: &Web,
    call: &Call,
    referral: ReferralId,
    form: &str,
    typed: &Typed,
) -> Result<&'static str, ServiceError> {
    let desk = &web.desk;
    let text: TextInput = typed.read();
    if !typed.value("fill").is_empty() {
        let field = format!("reply-{}", typed.value("fill"));
        return Err(ServiceError::invalid(&field, "Choose ready words from the list first."));
    }
    match form {
        "acknowledge" => {
            referrals::acknowledge(desk, call, referral, text.version).await?;
            Ok("Receipt is confirmed. The referrer is told.")
        }
        "triage" => {
            let input = triage_input(typed);
            referrals::triage_with(desk, call, referral, &input, file(form, typed)).await?;
            Ok(match input.outcome.as_str() {
                "accept" if matches!(input.next_step.as_str(), "test-first" | "advice-only") => {
                    "Accepted. The patient and the referrer are told what comes next."
                }
                "accept" => words::accepted(referrals::after_acceptance(desk, call, referral).await?),
                "ask" => "The question is sent to whoever is asked.",
                _ => "Declined. The referrer and the patient are told why and what is next.",
            })
        }
        "answer" => {
            referrals::answer(desk, call, referral, &text).await?;
            Ok("The answer is with the clinic.")
        }
        "cancel-appointment" => {
            booking::cancel(desk, call, referral, &text).await?;
            Ok("The appointment is cancelled. The patient is asked to choose another time.")
        }
        "record-visit" => {
            referrals::record_visit(desk, call, referral, &text).await?;
            Ok("The visit is recorded. The report is due next.")
        }
        "no-show" => {
            referrals::mark_no_show(desk, call, referral, &text).await?;
            Ok("Recorded as not attended. The patient is asked to choose another time.")
        }
        "note" => {
            referrals::note(desk, call, referral, &text, file(form, typed)).await?;
            Ok("The note is sent to the referrer.")
        }
        "report" => {
            referrals::report(desk, call, referral, &text, file(form, typed)).await?;
            Ok("The report is sent to the referrer.")
        }
        "close-for-outside" => {
            referrals::close_for_outside(desk, call, referral, &text).await?;
            Ok("The referral is closed.")
        }
        "advise" => {
            let input: AdviceInput = typed.read();
            referrals::advise(desk, call, referral, &input).await?;
            Ok("The answer is with the referrer.")
        }
        "turn-into-referral" => {
            referrals::turn_into_referral(desk, call, referral, &text).await?;
            Ok("A referral is made of it. You find it under “Related referrals”.")
        }
        "acknowledge-report" => {
            referrals::acknowledge_report(desk, call, referral, text.version).await?;
            Ok("The report is acknowledged. The referral closes once nothing more is to come.")
        }
        "remind" => {
            referrals::remind(desk, call, referral, text.version).await?;
            Ok("The reminder is on its way. Its delivery shows under “Messages”.")
        }
        "request-cancellation" => {
            referrals::request_cancellation(desk, call, referral, &text).await?;
            Ok("The clinic is asked to confirm the cancellation.")
        }
        "confirm-cancellation" => {
            referrals::confirm_cancellation(desk, call, referral, &text).await?;
            Ok("The referral is cancelled. The referrer and the patient are told.")
        }
        "withdraw" => {
            referrals::withdraw(desk, call, referral, &text).await?;
            Ok("The referral is taken back.")
        }
        "assign" => {
            let input: AssignInput = typed.read();
            referrals::assign(desk, call, referral, &input).await?;
            Ok("It has a new owner.")
        }
        "forward" => {
            referrals::forward(desk, call, referral, &typed.read::<PassOnInput>()).await?;
            Ok("Forwarded. The other team and the referrer are told.")
        }
        "redirect" => {
            referrals::redirect(desk, call, referral, &typed.read::<PassOnInput>()).await?;
            Ok("Redirected. The other clinic, the referrer and the patient are told.")
        }
        "pause" => {
            referrals::pause(desk, call, referral, &typed.read::<PauseInput>()).await?;
            Ok("Paused. It comes back to the worklist on that day.")
        }
        "resume" => {
            referrals::resume(desk, call, referral, text.version).await?;
            Ok("The pause is over.")
        }
        "arrive" => {
            referrals::arrive(desk, call, referral, text.version).await?;
            Ok("Noted: the patient is here.")
        }
        "enter-in-error" => {
            referrals::enter_in_error(desk, call, referral, &text).await?;
            Ok("Taken back as entered in error. The referrer is told.")
        }
        "write-note" => {
            let input: NoteInput = typed.read();
            referrals::write_note(desk, call, referral, &input, file(form, typed)).await?;
            Ok("It is in the thread.")
        }
        "reopen" => {
            referrals::reopen(desk, call, referral, &text).await?;
            Ok("The referral is open again, to be triaged.")
        }
        "plan-follow-up" => {
            referrals::plan_follow_up(desk, call, referral, &typed.read::<FollowUpInput>()).await?;
            Ok("It is planned. It appears in the worklist when it is not done in time.")
        }
        "settle-follow-up" => {
            referrals::settle_follow_up(desk, call, referral, &typed.read::<SettleInput>()).await?;
            Ok("Noted.")
        }
        "refer-on" => {
            referrals::refer_on(desk, call, referral, &typed.read::<ReferOnInput>()).await?;
            Ok("Referred on. The other clinic, the referrer and the patient are told.")
        }
        "close" => {
            referrals::close_early(desk, call, referral, &text).await?;
            Ok("The referral is closed.")
        }
        _ => Err(ServiceError::NotFound),
    }
}

/// The file that a form brought with its words.
fn file(form: &str, typed: &Typed) -> Option<NewDocument> {
    let name = format!("{form}-file");
    let sent = typed.files.iter().find(|sent| sent.field == name)?;
    Some(NewDocument {
        kind: form.to_owned(),
        file_name: sent.file_name.clone(),
        media_type: media_type(&sent.bytes).to_owned(),
        bytes: sent.bytes.clone(),
    })
}
