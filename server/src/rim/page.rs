//! The bare page of the rim, for answers that come before or instead of the product's own pages.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A small page with a heading and one sentence, neither of which may come from the request.
pub fn plain(status: StatusCode, heading: &str, sentence: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{heading}</title></head><body><main><h1>{heading}</h1><p>{sentence}</p></main></body></html>\n"
    );
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
