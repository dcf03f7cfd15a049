//! Whether the service runs, and whether it answers.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::openapi::FaultProblems;
use super::wire::{Health, Readiness};

/// Whether the service runs; says nothing about whether it can answer.
#[utoipa::path(
    get,
    path = "/health",
    tag = "service",
    responses((status = 200, description = "The service runs.", body = Health))
)]
pub(super) async fn health() -> axum::Json<Health> {
    axum::Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Whether the service answers searches, and over what.
///
/// Not counted among the requests in flight: a busy service is ready.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "service",
    responses((status = 200, description = "The service answers.", body = Readiness), FaultProblems)
)]
pub(super) async fn ready(State(app): State<App>) -> Result<axum::Json<Readiness>, HttpError> {
    app.check_open()?;
    let answer = app
        .block((), |engine| {
            let (documents, clauses, _) = engine.store().counts()?;
            Ok(Readiness { documents, clauses, model: engine.model_id().to_owned(), index: engine.index().name() })
        })
        .await?;
    Ok(axum::Json(answer))
}
