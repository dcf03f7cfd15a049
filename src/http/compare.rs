//! Two documents in, beside each other out.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::json::Json;
use super::openapi::{BodyProblems, ItemProblems};
use super::wire::{CompareAnswer, CompareRequest};

/// Puts two documents beside each other: which clauses answer each other, what differs, what only one of them has.
///
/// Either may be a stored document or a text, of at most 2,000 clauses. Articles are followed through renumbering.
#[utoipa::path(
    post,
    path = "/v1/compare",
    tag = "documents",
    request_body = CompareRequest,
    responses(
        (status = 200, description = "Both documents in rows.", body = CompareAnswer),
        BodyProblems, ItemProblems
    )
)]
pub(super) async fn compare(
    State(app): State<App>,
    Json(body): Json<CompareRequest>,
) -> Result<axum::Json<CompareAnswer>, HttpError> {
    let (left, right) = body.sources()?;
    let answer =
        app.read(move |engine| Ok(CompareAnswer::new(&engine.compare(&left, &right)?, engine.model_id()))).await?;
    Ok(axum::Json(answer))
}
