//! Documents out of a request body: JSON in three forms, or files.

use std::ops::ControlFlow;
use std::path::Path;

use axum::body::{Body, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use serde_json::Value;

use super::error::HttpError;
use super::{body, json, wire};
use crate::document::{self, Metadata, extract};
use crate::error::Error;
use crate::ingest::{NewDocument, document_id};

/// What the texts of all documents of a request may come to, in bytes: a small archive can hold much. Larger ones are
/// for the command line, which does not keep them.
const MOST_TEXT: usize = 256 << 20;

/// The documents of a request in order, each ready for the engine or refused.
pub(super) struct Upload(pub(super) Vec<Result<NewDocument, Refusal>>);

/// A document that cannot be handed on, and why.
pub(super) struct Refusal {
    pub(super) document_id: String,
    pub(super) error: HttpError,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Upload, HttpError> {
        let received = json::content_type(request.headers());
        let documents = if json::is_json(&received) {
            let body = body::whole(request).await?;
            blocking(move || posted(json::parse(&body)?)).await?
        } else if is_form(&received) {
            let (files, metadata) = files(request, state, Parts::FilesAndMetadata).await?;
            blocking(move || Ok(documents(&files, &metadata))).await?
        } else {
            return Err(HttpError::ContentType { expected: "application/json or multipart/form-data", received });
        };
        if documents.is_empty() {
            return Err(Error::invalid("documents", "at least one document or file", "none").into());
        }
        Ok(Upload(documents))
    }
}

/// Whether a content type is that of a form with files.
pub(super) fn is_form(content_type: &str) -> bool {
    content_type.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Runs what may take long with large bodies where blocking is allowed.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HttpError> + Send + 'static,
) -> Result<T, HttpError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| HttpError::Panic)?
}

/// Documents in JSON: one, an array, or an object with `documents`.
fn posted(body: Value) -> Result<Vec<Result<NewDocument, Refusal>>, HttpError> {
    let documents: Vec<wire::NewDocument> = match &body {
        Value::Array(_) => json::read(body)?,
        Value::Object(fields) if fields.contains_key("documents") => json::read::<wire::NewDocuments>(body)?.documents,
        _ => vec![json::read(body)?],
    };
    Ok(documents
        .into_iter()
        .map(|new| match document::decode(new.text.as_bytes()) {
            Ok(text) => {
                let metadata = new.metadata.into();
                Ok(NewDocument { document_id: new.document_id, text, metadata, ..NewDocument::default() })
            }
            Err(error) => Err(Refusal { document_id: new.document_id, error: error.into() }),
        })
        .collect())
}

/// A file of a form.
pub(super) struct File {
    /// Without a path.
    pub(super) name: String,
    pub(super) bytes: Bytes,
}

/// The documents of files. What a line or row says of itself wins over what the form says of all.
fn documents(files: &[File], metadata: &Metadata) -> Vec<Result<NewDocument, Refusal>> {
    let mut documents = Vec::new();
    let mut size = 0;
    for File { name, bytes } in files {
        let _ = extract::documents_of_bytes(bytes, name, &mut |found| {
            let document_id = document_id(Path::new(name), &found);
            size += found.document.as_ref().map_or(0, |found| found.text.len());
            if size > MOST_TEXT {
                let expected = format!("documents of at most {} MB in a request", MOST_TEXT >> 20);
                let received = "more; take them in with clausewise ingest".to_owned();
                documents.push(Err(Refusal { document_id, error: Error::Unreadable { expected, received }.into() }));
                return ControlFlow::Break(());
            }
            documents.push(match found.document {
                Ok(mut found) => {
                    found.given = found.given.over(metadata.clone());
                    Ok(NewDocument::new(document_id, Some(name.clone()), found))
                }
                Err(refused) => Err(Refusal { document_id, error: refused.error.into() }),
            });
            ControlFlow::Continue(())
        });
    }
    documents
}

/// What a form may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    Files,
    FilesAndMetadata,
}

/// The files of a form, and what its `metadata` says about all of them.
pub(super) async fn files<S: Send + Sync>(
    request: Request,
    state: &S,
    allowed: Parts,
) -> Result<(Vec<File>, Metadata), HttpError> {
    // Files are kept whole in any case; and a form that is read to its end can be answered.
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let body = body::whole(Request::from_parts(parts, body)).await?;
    let form = Multipart::from_request(Request::from_parts(head, Body::from(body)), state).await;
    let mut form = form.map_err(|rejection| broken(rejection.body_text()))?;
    let (mut files, mut metadata) = (Vec::new(), None);
    while let Some(field) = form.next_field().await.map_err(|e| broken(e.body_text()))? {
        if let Some(name) = field.file_name() {
            // Some clients send the path on their disk.
            let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
            files.push(File { name, bytes: field.bytes().await.map_err(|e| broken(e.body_text()))? });
        } else if allowed == Parts::FilesAndMetadata && field.name() == Some("metadata") {
            if metadata.is_some() {
                return Err(Error::invalid("metadata", "one part of this name", "several").into());
            }
            metadata = Some(described(field.bytes().await.map_err(|e| broken(e.body_text()))?.as_ref())?);
        } else {
            return Err(unknown_part(&field, allowed).into());
        }
    }
    Ok((files, metadata.unwrap_or_default()))
}

fn described(bytes: &[u8]) -> Result<Metadata, HttpError> {
    let read = json::read::<wire::Metadata>(json::parse(bytes)?);
    Ok(read.map_err(in_metadata)?.into())
}

fn in_metadata(error: Error) -> Error {
    match error {
        Error::Invalid { field, expected, received } => {
            let field = if field == "body" { "metadata".to_owned() } else { format!("metadata.{field}") };
            Error::Invalid { field, expected, received }
        }
        error => error,
    }
}

fn unknown_part(field: &Field<'_>, allowed: Parts) -> Error {
    let expected = match allowed {
        Parts::Files => "a part with a file name",
        Parts::FilesAndMetadata => "a part with a file name, or a part named metadata",
    };
    Error::invalid(field.name().unwrap_or("body"), expected, "a part without a file name")
}

fn broken(received: String) -> HttpError {
    HttpError::MalformedRequest { field: "body", expected: "a whole multipart form", received }
}
