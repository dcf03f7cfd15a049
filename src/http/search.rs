//! Text in, hits out.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::json::Json;
use super::openapi::BodyProblems;
use super::wire::{SearchAnswer, SearchRequest};
use crate::error::Error;
use crate::search::Request;

/// Finds the clauses or articles that are most similar to a text.
#[utoipa::path(
    post,
    path = "/v1/search",
    tag = "search",
    request_body = SearchRequest,
    responses((status = 200, description = "The hits, best first.", body = SearchAnswer), BodyProblems)
)]
pub(super) async fn search(
    State(app): State<App>,
    Json(body): Json<SearchRequest>,
) -> Result<axum::Json<SearchAnswer>, HttpError> {
    let explain = body.explain;
    let request = Request::from(body);
    let answer = app.read(move |engine| engine.search(&request)).await.map_err(in_filter)?;
    Ok(axum::Json(SearchAnswer::new(answer, app.engine().model_id(), explain)))
}

/// The engine's filter is flat; the body's dates and regions stand in `filter`.
pub(super) fn in_filter(error: Error) -> Error {
    match error {
        Error::Invalid { field, expected, received } if field.starts_with("date_") || field == "regions" => {
            Error::Invalid { field: format!("filter.{field}"), expected, received }
        }
        error => error,
    }
}
