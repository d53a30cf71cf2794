//! Sentences for what went wrong.

use contract::PublicError;

/// Heading and sentence for an error.
pub fn refusal(error: &PublicError) -> (&'static str, String) {
    match error {
        PublicError::NotFound => (
            "We cannot find this page",
            "It may have been moved, or it is not yours to see. Go back, or start again from the beginning."
                .to_owned(),
        ),
        PublicError::SignedOut => {
            ("Please sign in again", "You were signed out after a while without use.".to_owned())
        }
        PublicError::NotAllowed => (
            "You cannot do this",
            "Your role does not include it. Ask a colleague who can, or your administrator.".to_owned(),
        ),
        PublicError::Invalid { .. } => {
            ("Something has to be put right", "Check what you typed and send it again.".to_owned())
        }
        PublicError::Conflict { message } => ("This has changed meanwhile", message.clone()),
        PublicError::TooMany { wait_min } => (
            "Too many attempts",
            format!(
                "To keep records safe, please wait {wait_min} minutes and try again. If you need help now, phone us."
            ),
        ),
        PublicError::TooLarge { limit_mib } => {
            ("This is too large", format!("Send something smaller than {limit_mib} MB."))
        }
        PublicError::Broken { reference } => (
            "Sorry, something is wrong on our side",
            format!(
                "Nothing you sent was changed. Try again in a moment; if it stays, tell us this number: {reference}."
            ),
        ),
    }
}
