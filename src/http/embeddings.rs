//! Texts in, vectors out: for other programs that want the encoder alone.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::json::Json;
use super::openapi::BodyProblems;
use super::wire::{EmbeddingsAnswer, EmbeddingsRequest};
use crate::engine::Engine;

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
    let order = body.order(app.engine().model_id(), app.engine().dimensions())?;
    let alone = order.texts.len() == 1;
    let work = move |engine: &Engine| {
        let texts: Vec<&str> = order.texts.iter().map(String::as_str).collect();
        Ok(EmbeddingsAnswer::new(&engine.embed(&texts)?, order.format, engine.model_id()))
    };
    // Many texts are long work, like a draft, and must not take the places of searches.
    let answer = if alone { app.read(work).await? } else { app.block(app.check_place()?, work).await? };
    Ok(axum::Json(answer))
}
