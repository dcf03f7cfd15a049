//! Single clauses, and what resembles them.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::openapi::{ItemProblems, QueryProblems};
use super::parameters::{ClausePath, Id, Parameters};
use super::wire::{ClauseAnswer, SearchAnswer, SimilarParameters};
use crate::store::ClauseId;

/// A clause with its document, its headings and its article.
#[utoipa::path(
    get,
    path = "/v1/clauses/{id}",
    operation_id = "get_clause",
    tag = "clauses",
    params(ClausePath),
    responses((status = 200, description = "The clause.", body = ClauseAnswer), ItemProblems)
)]
pub(super) async fn show(State(app): State<App>, Id(id): Id) -> Result<axum::Json<ClauseAnswer>, HttpError> {
    let id: ClauseId = id.parse()?;
    let answer = app
        .read(move |engine| {
            let found = engine.store().clause(&id)?;
            let lead_in = found.0.lead_in.map(|span| engine.store().slice(found.2.key, span)).transpose()?;
            Ok(ClauseAnswer::new(&id, found, lead_in))
        })
        .await?;
    Ok(axum::Json(answer))
}

/// Finds the clauses of other documents that are most similar to a stored clause.
#[utoipa::path(
    get,
    path = "/v1/clauses/{id}/similar",
    operation_id = "similar_clauses",
    tag = "clauses",
    params(ClausePath, SimilarParameters),
    responses((status = 200, description = "The hits, best first.", body = SearchAnswer), ItemProblems, QueryProblems)
)]
pub(super) async fn similar(
    State(app): State<App>,
    Id(id): Id,
    Parameters(parameters): Parameters<SimilarParameters>,
) -> Result<axum::Json<SearchAnswer>, HttpError> {
    let explain = parameters.explain;
    let request = parameters.about(id.parse()?);
    let answer = app.read(move |engine| engine.search(&request)).await?;
    Ok(axum::Json(SearchAnswer::new(answer, app.engine().model_id(), explain)))
}
