//! The only place that decides what a failure looks like outside: RFC 9457 problem details.
//!
//! What the caller can mend is told in full. What they cannot is logged with its cause and told by its code alone.

use std::any::Any;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::app::Progress;
use super::metrics::ProblemCode;
use crate::error::Error;

/// When asking again whether the service is ready makes sense.
const RETRY_PREPARING_S: u64 = 2;

/// What went wrong, as RFC 9457 problem details.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:problem-type:clausewise:invalid_value",
    "title": "A value is not accepted",
    "status": 422,
    "code": "invalid_value",
    "detail": "limit: expected 1 to 1000, received 0",
    "field": "limit",
    "expected": "1 to 1000",
    "received": "0"
}))]
pub(crate) struct Problem {
    /// A URI that names the kind of problem: `urn:problem-type:clausewise:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem in words; the same for every problem of the kind.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for the kind of problem, for programs to match on.
    code: &'static str,
    /// What happened this time, for people.
    detail: String,
    /// The field, parameter or header at fault, as a path such as `filter.levels[0]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<String>,
    /// What would have been accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expected: Option<String>,
    /// What came, shortened when long.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    received: Option<String>,
    /// How far the service is with what has to be done first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    progress: Option<Progress>,
    /// When trying again makes sense; the `Retry-After` header.
    #[serde(skip)]
    retry_after_s: Option<u64>,
}

/// Everything that can keep a request from being answered.
#[derive(Debug)]
pub(super) enum HttpError {
    /// The engine's answer, or a value of the right form that is not accepted.
    Engine(Error),
    /// A body that is no JSON.
    MalformedJson { received: String },
    /// A request that cannot be taken apart: broken percent-encoding or multipart.
    MalformedRequest { field: &'static str, expected: &'static str, received: String },
    /// A body of a type that the route does not take.
    ContentType { expected: &'static str, received: String },
    /// A body of more bytes than the route takes.
    TooLarge { limit: usize },
    /// A body that did not arrive in time.
    TooSlow { seconds: u64 },
    /// No such path.
    NoRoute { path: String },
    /// A path that does not have this method.
    Method { method: String, path: String },
    /// A question whether the service is ready, which it is not yet.
    Preparing(Progress),
    /// A request for a host that this service does not have.
    Host { expected: String, received: String },
    /// A request that changes something, from a page of another site.
    CrossSite { field: &'static str, received: String },
    /// No room for what was to be stored.
    DiskFull,
    /// A fault of this program.
    Panic,
}

impl From<Error> for HttpError {
    fn from(error: Error) -> HttpError {
        HttpError::Engine(error)
    }
}

impl From<HttpError> for Problem {
    fn from(error: HttpError) -> Problem {
        let new = |status: StatusCode, code, title, detail: String| Problem {
            kind: format!("urn:problem-type:clausewise:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail,
            field: None,
            expected: None,
            received: None,
            progress: None,
            retry_after_s: None,
        };
        match error {
            HttpError::Engine(error) => engine_problem(error, new),
            HttpError::MalformedJson { received } => Problem {
                field: Some("body".to_owned()),
                expected: Some("JSON".to_owned()),
                received: Some(received.clone()),
                ..new(
                    StatusCode::BAD_REQUEST,
                    "malformed_json",
                    "The body is not JSON",
                    format!("the body is not JSON: {received}"),
                )
            },
            HttpError::MalformedRequest { field, expected, received } => Problem {
                detail: format!("{field}: expected {expected}, received {received}"),
                field: Some(field.to_owned()),
                expected: Some(expected.to_owned()),
                received: Some(received),
                ..new(StatusCode::BAD_REQUEST, "malformed_request", "The request cannot be taken apart", String::new())
            },
            HttpError::ContentType { expected, received } => Problem {
                detail: format!("content-type: expected {expected}, received {received}"),
                field: Some("content-type".to_owned()),
                expected: Some(expected.to_owned()),
                received: Some(received),
                ..new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "unsupported_media_type",
                    "The body is of a type that is not accepted here",
                    String::new(),
                )
            },
            HttpError::TooLarge { limit } => Problem {
                field: Some("body".to_owned()),
                expected: Some(format!("at most {limit} bytes")),
                ..new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "body_too_large",
                    "The body is too large",
                    format!("the body is larger than the {limit} bytes that are accepted here"),
                )
            },
            HttpError::TooSlow { seconds } => new(
                StatusCode::REQUEST_TIMEOUT,
                "body_too_slow",
                "The body did not arrive in time",
                format!("the body was not complete after {seconds} s"),
            ),
            HttpError::NoRoute { path } => new(
                StatusCode::NOT_FOUND,
                "no_such_route",
                "There is no such path",
                format!("there is nothing at {path}; /openapi.json lists what there is"),
            ),
            HttpError::Method { method, path } => new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "The path does not have this method",
                format!("{path} does not take {method}; the Allow header lists what it takes"),
            ),
            HttpError::Preparing(progress) => {
                let Progress { documents_done: done, documents_total: total } = progress;
                let next = if done < total { "" } else { "; the index is built now" };
                Problem {
                    progress: Some(progress),
                    retry_after_s: Some(RETRY_PREPARING_S),
                    ..new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "preparing",
                        "The service is not ready yet",
                        format!("{done} of {total} documents are taken in{next}; searches find what is there already"),
                    )
                }
            }
            HttpError::Host { expected, received } => Problem {
                detail: format!("host: expected {expected}, received {received}"),
                field: Some("host".to_owned()),
                expected: Some(expected),
                received: Some(received),
                ..new(
                    StatusCode::MISDIRECTED_REQUEST,
                    "host_not_allowed",
                    "The service does not answer under this name",
                    String::new(),
                )
            },
            HttpError::CrossSite { field, received } => {
                const EXPECTED: &str = "a page of this service, or no page";
                Problem {
                    detail: format!("{field}: expected {EXPECTED}, received {received}"),
                    field: Some(field.to_owned()),
                    expected: Some(EXPECTED.to_owned()),
                    received: Some(received),
                    ..new(
                        StatusCode::FORBIDDEN,
                        "cross_site",
                        "Pages of other sites may not send this request",
                        String::new(),
                    )
                }
            }
            HttpError::DiskFull => new(
                StatusCode::INSUFFICIENT_STORAGE,
                "disk_full",
                "The disk is full",
                "the disk of the data directory is full; nothing was changed".to_owned(),
            ),
            HttpError::Panic => new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "The service failed",
                "the service met a fault of its own; its log has the cause".to_owned(),
            ),
        }
    }
}

fn engine_problem(error: Error, new: impl Fn(StatusCode, &'static str, &'static str, String) -> Problem) -> Problem {
    let (code, detail) = (error.code(), error.to_string());
    match error {
        Error::Invalid { field, expected, received } => Problem {
            field: Some(field),
            expected: Some(expected),
            received: Some(received),
            ..new(StatusCode::UNPROCESSABLE_ENTITY, code, "A value is not accepted", detail)
        },
        Error::NotFound { what, .. } => {
            let title = match what {
                "document" => "There is no such document",
                "clause" => "There is no such clause",
                "task" => "There is no such task",
                _ => "What was named is not there",
            };
            new(StatusCode::NOT_FOUND, code, title, detail)
        }
        Error::Unreadable { expected, received } => Problem {
            expected: Some(expected),
            received: Some(received),
            ..new(StatusCode::UNPROCESSABLE_ENTITY, code, "The document cannot be read", detail)
        },
        Error::Busy { retry_after_s, .. } => Problem {
            retry_after_s: Some(retry_after_s),
            ..new(StatusCode::SERVICE_UNAVAILABLE, code, "Too much work is queued", detail)
        },
        Error::ShuttingDown => Problem {
            retry_after_s: Some(5),
            ..new(StatusCode::SERVICE_UNAVAILABLE, code, "The service is shutting down", detail)
        },
        error => {
            tracing::error!(code, cause = ?error, "{error}");
            if code == "disk_full" {
                HttpError::DiskFull.into()
            } else {
                let detail = "the service could not do this; its log has the cause".to_owned();
                new(StatusCode::INTERNAL_SERVER_ERROR, code, "The service failed", detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        response.extensions_mut().insert(ProblemCode(self.code));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// The answer to a request whose handler panicked.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    tracing::error!("a handler panicked: {message}");
    HttpError::Panic.into_response()
}

#[cfg(test)]
mod tests {
    use std::io::{Error as IoError, ErrorKind};
    use std::path::Path;

    use super::*;

    fn problem(error: Error) -> (u16, &'static str, String) {
        let problem = Problem::from(HttpError::from(error));
        let json = serde_json::to_string(&problem).unwrap();
        (problem.status, problem.code, json)
    }

    #[test]
    fn faults_of_the_service_have_their_code_and_keep_their_cause_to_themselves() {
        let io = |kind| Error::io(Path::new("/secret/place"))(IoError::new(kind, "secret cause"));
        let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
        for (error, status, code) in [
            (io(ErrorKind::StorageFull), 507, "disk_full"),
            (Error::Store(rusqlite::Error::SqliteFailure(full, Some("secret cause".to_owned()))), 507, "disk_full"),
            (io(ErrorKind::PermissionDenied), 500, "io"),
            (Error::Store(rusqlite::Error::InvalidColumnName("secret cause".to_owned())), 500, "store"),
            (Error::Encoder("secret cause".to_owned()), 500, "encoder"),
            (Error::Index("secret cause".to_owned()), 500, "index"),
        ] {
            let (received, received_code, json) = problem(error);
            assert_eq!((received, received_code), (status, code), "{json}");
            assert!(!json.contains("secret"), "{json}");
        }
    }

    #[test]
    fn a_refusal_for_lack_of_room_tells_when_to_try_again() {
        let busy = Error::Busy { queued: 3, limit: 3, retry_after_s: 7 };
        for (error, seconds) in [(busy, "7"), (Error::ShuttingDown, "5")] {
            let response = HttpError::from(error).into_response();
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()[header::RETRY_AFTER], seconds);
        }
    }
}
