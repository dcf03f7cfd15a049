//! Two documents in, beside each other out.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::file::{Answered, answered};
use super::json::Json;
use super::openapi::{BodyProblems, ItemProblems};
use super::parameters::Parameters;
use super::wire::{CompareAnswer, CompareRequest, FileParameters};
use crate::export::{self, About};

/// Puts two documents beside each other: which clauses answer each other, what differs, what only one of them has.
///
/// Either may be a stored document or a text, of at most 2,000 clauses. Articles are followed through renumbering.
#[utoipa::path(
    post,
    path = "/v1/compare",
    tag = "documents",
    params(FileParameters),
    request_body = CompareRequest,
    responses(
        (status = 200, description = "Both documents in rows.", body = CompareAnswer),
        BodyProblems, ItemProblems
    )
)]
pub(super) async fn compare(
    State(app): State<App>,
    Parameters(file): Parameters<FileParameters>,
    Json(body): Json<CompareRequest>,
) -> Result<Answered<CompareAnswer>, HttpError> {
    let (left, right) = body.sources()?;
    let answer = app.read(move |engine| {
        let found = engine.compare(&left, &right)?;
        let answer = CompareAnswer::new(&found, engine.model_id());
        answered(&file, "compare", answer, "rows", |language| {
            Ok(export::comparison(&found, About::of(engine.store(), Vec::new())?, language))
        })
    });
    Ok(answer.await?)
}
