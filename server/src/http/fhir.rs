//! FHIR R4 bundles by HTTP, from systems with a bearer token of ours. The very same import as the command line's.

use app::web::Web;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Actor, OrganisationId, Principal};
use interop::problem::Severity;
use serde_json::{Value, json};
use service::import::{self, ImportReport, Mode, Outcome};
use service::{Call, ServiceError, clock};
use uuid::Uuid;

/// Takes a bundle; answers an OperationOutcome with every problem by path.
pub async fn receive(State(web): State<Web>, headers: HeaderMap, body: Bytes) -> Response {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let client = match service::sign_in::client(&web.desk, token).await {
        Ok(Some(client)) => client,
        Ok(None) => {
            let text = "Send a bearer token that `waymark user token` made.";
            let mut refused = outcome(StatusCode::UNAUTHORIZED, vec![issue("error", "login", "", text)]);
            // RFC 9110 section 15.5.2 asks for it, RFC 6750 section 3 says how.
            refused.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            return refused;
        }
        Err(error) => return broken(&error.to_string()),
    };
    let Principal::Client { organisation, .. } = client else {
        return broken("a client of another kind");
    };
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let actor = Actor { principal: client, request: Uuid::new_v4() };
    let call = Call { key, ..Call::new(actor, clock::now()) };
    match take(&web, &call, &body, organisation).await {
        Ok(report) => answer(&report),
        Err(ServiceError::Conflict(conflict)) => outcome(
            StatusCode::CONFLICT,
            vec![issue("error", "conflict", "", &app::words::conflict(&conflict))],
        ),
        Err(error) => broken(&error.to_string()),
    }
}

async fn take(
    web: &Web,
    call: &Call,
    body: &[u8],
    organisation: OrganisationId,
) -> Result<ImportReport, ServiceError> {
    import::fhir(&web.desk, call, "POST /fhir/R4", body, Some(organisation), Mode::Write).await
}

fn answer(report: &ImportReport) -> Response {
    let mut issues: Vec<Value> = report
        .problems
        .iter()
        .map(|problem| {
            let severity = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Information => "information",
            };
            let code = if problem.severity == Severity::Information { "informational" } else { "invalid" };
            issue(severity, code, &problem.path, &format!("{}. {}", problem.problem, problem.remedy))
        })
        .collect();
    if report.outcome == Outcome::Imported {
        let counts: Vec<String> =
            report.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let taken = match counts.is_empty() {
            true => "Nothing was new, so nothing was changed.".to_owned(),
            false => format!("Taken in: {}.", counts.join(", ")),
        };
        issues.insert(0, issue("information", "informational", "", &taken));
        outcome(StatusCode::OK, issues)
    } else {
        outcome(StatusCode::UNPROCESSABLE_ENTITY, issues)
    }
}

fn issue(severity: &str, code: &str, path: &str, text: &str) -> Value {
    let mut issue = json!({ "severity": severity, "code": code, "diagnostics": text });
    if !path.is_empty() {
        issue["expression"] = json!([path]);
    }
    issue
}

fn outcome(status: StatusCode, issues: Vec<Value>) -> Response {
    let body = Json(json!({ "resourceType": "OperationOutcome", "issue": issues }));
    (status, [(header::CONTENT_TYPE, "application/fhir+json")], body).into_response()
}

fn broken(cause: &str) -> Response {
    let reference = Uuid::new_v4().to_string();
    tracing::error!(%reference, %cause, "broken");
    let text = format!("Something is wrong on our side. Nothing was taken in. Reference {reference}.");
    outcome(StatusCode::INTERNAL_SERVER_ERROR, vec![issue("fatal", "exception", "", &text)])
}
