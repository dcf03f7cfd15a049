//! A file in, its text out: for what goes on with a text, as a comparison with a document that is not stored.

use axum::extract::{FromRequest, Request};

use super::error::HttpError;
use super::openapi::BodyProblems;
use super::upload;
use super::wire::{TextAnswer, TextForm};
use crate::document::extract;
use crate::error::Error;

/// Reads the text out of a file, in any format that documents are read in. Nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/texts",
    operation_id = "read_text",
    tag = "documents",
    request_body(content = TextForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "The text of the file.", body = TextAnswer), BodyProblems)
)]
pub(super) async fn read(file: OnlyFile) -> Result<axum::Json<TextAnswer>, HttpError> {
    Ok(axum::Json(file.0))
}

/// The one document of the one file of a form.
pub(super) struct OnlyFile(TextAnswer);

impl<S: Send + Sync> FromRequest<S> for OnlyFile {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<OnlyFile, HttpError> {
        let received = super::json::content_type(request.headers());
        if !upload::is_form(&received) {
            return Err(HttpError::ContentType { expected: "multipart/form-data", received });
        }
        let (mut files, _) = upload::files(request, state, upload::Parts::Files).await?;
        let (Some(file), true) = (files.pop(), files.is_empty()) else {
            let received = if files.is_empty() { "none" } else { "several" };
            return Err(Error::invalid("file", "one file", received).into());
        };
        upload::blocking(move || {
            let found = extract::only_document(&file.bytes, &file.name)?;
            Ok(OnlyFile(TextAnswer { name: file.name, text: found.text, warnings: found.warnings }))
        })
        .await
    }
}
