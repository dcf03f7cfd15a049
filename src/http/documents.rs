//! Documents: taken in, listed, shown, taken out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::app::{App, Change};
use super::error::{HttpError, Problem};
use super::json::Json;
use super::openapi::{BodyProblems, ItemProblems, QueryProblems, StorageProblems};
use super::parameters::{DocumentPath, Id, Parameters};
use super::upload::Upload;
use super::wire::{
    DocumentDetail, DocumentList, DocumentSummary, DocumentsBody, DocumentsForm, FacetParameters, FacetsAnswer,
    IngestAnswer, IngestedDocument, ListParameters, Metadata, Status,
};
use crate::error::Error;

/// Takes in one or many documents; searches find them when the answer comes.
///
/// A document whose id is there already is replaced. When it comes again with the same text and no metadata, what was
/// said about it stays. A text that is there under another id is not stored under a new
/// one. The documents of a request are stored together. Where one
/// document is sent and it is refused, the answer is the problem itself; where many are, it says so for each.
#[utoipa::path(
    post,
    path = "/v1/documents",
    operation_id = "add_documents",
    tag = "documents",
    request_body(content((DocumentsBody = "application/json"), (DocumentsForm = "multipart/form-data"))),
    responses(
        (status = 201, description = "At least one document was added or replaced.", body = IngestAnswer),
        (status = 200, description = "No text was stored.", body = IngestAnswer),
        BodyProblems, StorageProblems
    )
)]
pub(super) async fn add(change: Change, Upload(documents): Upload) -> Result<Response, HttpError> {
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for document in documents {
        match document {
            Ok(document) => {
                refused.push(None);
                accepted.push(document);
            }
            Err(refusal) => refused.push(Some((refusal.document_id, refusal.error))),
        }
    }
    let ids: Vec<String> = accepted.iter().map(|document| document.document_id.clone()).collect();
    let ingested = change.run(move |engine| engine.ingest(accepted)).await?;
    let mut ingested = ids.into_iter().zip(ingested);
    let mut outcomes: Vec<Result<IngestedDocument, (String, HttpError)>> = refused
        .into_iter()
        .filter_map(|refused| match refused {
            Some(refused) => Some(Err(refused)),
            None => ingested.next().map(|(id, outcome)| {
                outcome.map(IngestedDocument::from).map_err(|error| (id, in_metadata(error).into()))
            }),
        })
        .collect();
    if let [Err(_)] = outcomes.as_slice()
        && let Some(Err((_, error))) = outcomes.pop()
    {
        return Err(error);
    }
    let documents: Vec<IngestedDocument> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|(id, error)| IngestedDocument::refused(id, Problem::from(error))))
        .collect();
    let stored = documents.iter().any(|document| matches!(document.status, Status::Added | Status::Replaced));
    let status = if stored { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(IngestAnswer { documents })).into_response())
}

/// The engine checks the dates and the family of metadata, which stand in `metadata`.
fn in_metadata(error: Error) -> Error {
    match error {
        Error::Invalid { field, expected, received }
            if matches!(&*field, "date" | "published" | "effective" | "family") =>
        {
            Error::Invalid { field: format!("metadata.{field}"), expected, received }
        }
        error => error,
    }
}

/// Lists documents in the order of their ids.
#[utoipa::path(
    get,
    path = "/v1/documents",
    operation_id = "list_documents",
    tag = "documents",
    params(ListParameters),
    responses((status = 200, description = "A part of the list.", body = DocumentList), QueryProblems)
)]
pub(super) async fn list(
    State(app): State<App>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<axum::Json<DocumentList>, HttpError> {
    let (offset, limit) = (parameters.offset, parameters.limit);
    if !(1..=ListParameters::MOST).contains(&limit) {
        return Err(Error::invalid("limit", format!("1 to {}", ListParameters::MOST), limit.to_string()).into());
    }
    let filter = parameters.filter();
    filter.check_dates()?;
    let (rows, total) = app.read(move |engine| engine.store().documents(&filter, offset, limit)).await?;
    Ok(axum::Json(DocumentList::new(rows, total)))
}

/// Counts documents by what they are of: regions, levels, kinds, years, validities.
#[utoipa::path(
    get,
    path = "/v1/facets",
    operation_id = "count_documents",
    tag = "documents",
    params(FacetParameters),
    responses((status = 200, description = "The counts.", body = FacetsAnswer), QueryProblems)
)]
pub(super) async fn facets(
    State(app): State<App>,
    Parameters(parameters): Parameters<FacetParameters>,
) -> Result<axum::Json<FacetsAnswer>, HttpError> {
    let filter = parameters.filter();
    filter.check_dates()?;
    Ok(axum::Json(FacetsAnswer::new(app.read(move |engine| engine.store().facets(&filter)).await?)))
}

/// Sets what the caller says about a document, which wins over what its text says.
///
/// What was said before is forgotten: a field that is absent or null is again what the text says.
#[utoipa::path(
    put,
    path = "/v1/documents/{id}/metadata",
    operation_id = "correct_document",
    tag = "documents",
    params(DocumentPath),
    request_body = Metadata,
    responses(
        (status = 200, description = "The document with its metadata now.", body = DocumentSummary),
        ItemProblems, BodyProblems, StorageProblems
    )
)]
pub(super) async fn correct(
    change: Change,
    Id(id): Id,
    Json(given): Json<Metadata>,
) -> Result<axum::Json<DocumentSummary>, HttpError> {
    Ok(axum::Json(change.run(move |engine| engine.correct(&id, given.into())).await?.into()))
}

/// A document with its outline, its clauses and its text.
#[utoipa::path(
    get,
    path = "/v1/documents/{id}",
    operation_id = "get_document",
    tag = "documents",
    params(DocumentPath),
    responses((status = 200, description = "The document.", body = DocumentDetail), ItemProblems)
)]
pub(super) async fn show(State(app): State<App>, Id(id): Id) -> Result<axum::Json<DocumentDetail>, HttpError> {
    Ok(axum::Json(app.read(move |engine| Ok(engine.store().document(&id)?.into())).await?))
}

/// Takes a document out; searches do not find it any more when the answer comes.
#[utoipa::path(
    delete,
    path = "/v1/documents/{id}",
    operation_id = "delete_document",
    tag = "documents",
    params(DocumentPath),
    responses((status = 204, description = "It is gone."), ItemProblems)
)]
pub(super) async fn remove(change: Change, Id(id): Id) -> Result<StatusCode, HttpError> {
    let ids = [id];
    let (found, [id]) = change.run(move |engine| Ok((engine.remove(&ids)?, ids))).await?;
    if found == [true] { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound { what: "document", id }.into()) }
}
