use axum::response::{IntoResponse, Redirect, Response};
use contract::FieldError;
use service::ServiceError;
use std::str::FromStr;
use tower_sessions::Session;

use crate::web::{Kept, Refused, Typed, keep, refused_form};

/// Reads an id of the address; anything else is not found.
pub fn id<T: FromStr>(text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| Refused(ServiceError::NotFound))
}

/// After an act that worked: the page, which says so once.
pub async fn done(session: &Session, path: &str, message: &str) -> Result<Response, Refused> {
    let page = path.split(['?', '#']).next().unwrap_or(path).to_owned();
    let kept = Kept { path: page, message: Some(message.to_owned()), ..Kept::default() };
    keep(session, kept).await.map_err(|error| Refused(ServiceError::Broken(error.to_string())))?;
    Ok(Redirect::to(path).into_response())
}

/// After an act: its page with a word of success, or with what was typed and what to put right.
pub async fn outcome<T>(
    session: &Session,
    path: &str,
    typed: &Typed,
    result: Result<T, ServiceError>,
    message: &str,
) -> Result<Response, Refused> {
    match result {
        Ok(_) => done(session, path, message).await,
        Err(error) => Ok(refused_form(session, path, typed, error).await),
    }
}

/// Puts the form's name before the fields that were refused: `report-text` for `text`. Several forms stand on one page, and
/// each control has its own id.
pub fn prefixed(form: &str, error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid(fields) => ServiceError::Invalid(
            fields
                .into_iter()
                .map(|error| FieldError { field: format!("{form}-{}", error.field), message: error.message })
                .collect(),
        ),
        other => other,
    }
}

/// The form as its input names the fields: `text` for `report-text`; names without the form's own stay.
pub fn unprefixed(form: &str, typed: &Typed) -> Typed {
    let pairs = typed
        .pairs
        .iter()
        .map(|(name, value)| {
            let own = name.strip_prefix(form).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name);
            (own.to_owned(), value.clone())
        })
        .collect();
    Typed { pairs, files: typed.files.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_gets_its_forms_name_and_loses_it_again() {
        let ServiceError::Invalid(fields) = prefixed("report", ServiceError::invalid("text", "Write it."))
        else {
            panic!("still about fields");
        };
        assert_eq!(fields[0].field, "report-text");
        let typed = Typed {
            pairs: vec![("report-text".into(), "Seen.".into()), ("version".into(), "3".into())],
            files: Vec::new(),
        };
        let own = unprefixed("report", &typed);
        assert_eq!((own.value("text"), own.value("version")), ("Seen.", "3"));
    }
}
