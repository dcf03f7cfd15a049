//! Texts in, vectors out: for other programs that want the encoder alone.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::json::Json;
use super::openapi::BodyProblems;
use super::wire::{EmbeddingsAnswer, EmbeddingsRequest};

/// Encodes texts, in the shape of OpenAI's API: its clients work with the address of this service.
///
/// The vectors are those that clauses are found by before they are ranked; ranking compares tokens.
#[utoipa::path(
    post,
    path = "/v1/embeddings",
    operation_id = "embed",
    tag = "search",
    request_body = EmbeddingsRequest,
    responses((status = 200, description = "One vector a text, in order.", body = EmbeddingsAnswer), BodyProblems)
)]
pub(super) async fn embed(
    State(app): State<App>,
    Json(body): Json<EmbeddingsRequest>,
) -> Result<axum::Json<EmbeddingsAnswer>, HttpError> {
    let answer = app.read(move |engine| {
        let order = body.order(engine.model_id(), engine.dimensions())?;
        let texts: Vec<&str> = order.texts.iter().map(String::as_str).collect();
        Ok(EmbeddingsAnswer::new(&engine.embed(&texts)?, order.format, engine.model_id()))
    });
    Ok(axum::Json(answer.await?))
}
