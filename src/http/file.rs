//! Answers of the jobs as files: `?format=xlsx`.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::wire::FileParameters;
use crate::error::Result;
use crate::export::{File, Format, Language, Report};

/// An answer as JSON, or as the file that was asked for.
pub(super) enum Answered<T> {
    Json(T),
    File { name: &'static str, format: Format, bytes: Vec<u8> },
}

/// The answer in the form that was asked for. `rows` is the field of the answer that NDJSON has a line for each of.
///
/// Blocks while a file is written.
///
/// # Errors
/// What `report` and the writers give.
pub(super) fn answered<T: Serialize>(
    asked: &FileParameters,
    name: &'static str,
    answer: T,
    rows: &'static str,
    report: impl FnOnce(Language) -> Result<Report>,
) -> Result<Answered<T>> {
    let Some(format) = asked.format() else { return Ok(Answered::Json(answer)) };
    let bytes = File::new(report(asked.language())?, &answer, rows)?.write(format)?;
    Ok(Answered::File { name, format, bytes })
}

impl<T: Serialize> IntoResponse for Answered<T> {
    fn into_response(self) -> Response {
        match self {
            Answered::Json(answer) => axum::Json(answer).into_response(),
            Answered::File { name, format, bytes } => {
                let mut response = ([(header::CONTENT_TYPE, format.media_type())], bytes).into_response();
                let attachment = format!("attachment; filename=\"{name}.{}\"", format.name());
                if let Ok(value) = HeaderValue::try_from(attachment) {
                    response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
                }
                response
            }
        }
    }
}
