//! A measure in, who has it out: by region.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::json::Json;
use super::openapi::{BodyProblems, ItemProblems};
use super::search::in_filter;
use super::wire::{EquivalentsAnswer, EquivalentsRequest, MatrixAnswer, MatrixRequest};

/// Finds out which regions have a measure, since when, in which words, with which figures.
///
/// Every region of the corpus is looked at by itself; those without an equivalent are listed as such.
#[utoipa::path(
    post,
    path = "/v1/equivalents",
    tag = "search",
    request_body = EquivalentsRequest,
    responses(
        (status = 200, description = "One row a region, earliest first.", body = EquivalentsAnswer),
        BodyProblems, ItemProblems
    )
)]
pub(super) async fn equivalents(
    State(app): State<App>,
    Json(body): Json<EquivalentsRequest>,
) -> Result<axum::Json<EquivalentsAnswer>, HttpError> {
    let request = body.request()?;
    let found = app.read(move |engine| engine.equivalents(&request)).await.map_err(in_filter)?;
    Ok(axum::Json(EquivalentsAnswer::new(found, app.engine().model_id())))
}

/// Finds out which regions have which measures of a topic.
#[utoipa::path(
    post,
    path = "/v1/equivalents/matrix",
    operation_id = "equivalents_matrix",
    tag = "search",
    request_body = MatrixRequest,
    responses(
        (status = 200, description = "Measures by regions.", body = MatrixAnswer),
        BodyProblems, ItemProblems
    )
)]
pub(super) async fn matrix(
    State(app): State<App>,
    Json(body): Json<MatrixRequest>,
) -> Result<axum::Json<MatrixAnswer>, HttpError> {
    let request = body.request()?;
    let found = app.read(move |engine| engine.equivalents_matrix(&request)).await.map_err(in_filter)?;
    Ok(axum::Json(MatrixAnswer::new(found, app.engine().model_id())))
}
