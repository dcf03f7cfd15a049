//! A measure in, who has it out: by region.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::file::{Answered, answered};
use super::json::Json;
use super::openapi::{BodyProblems, ItemProblems};
use super::parameters::Parameters;
use super::search::in_filter;
use super::wire::{EquivalentsAnswer, EquivalentsRequest, FileParameters, MatrixAnswer, MatrixRequest};
use crate::export::{self, About};

/// Finds out which regions have a measure, since when, in which words, with which figures.
///
/// Every region of the corpus is looked at by itself; those without an equivalent are listed as such.
#[utoipa::path(
    post,
    path = "/v1/equivalents",
    tag = "search",
    params(FileParameters),
    request_body = EquivalentsRequest,
    responses(
        (status = 200, description = "One row a region, earliest first.", body = EquivalentsAnswer),
        BodyProblems, ItemProblems
    )
)]
pub(super) async fn equivalents(
    State(app): State<App>,
    Parameters(file): Parameters<FileParameters>,
    Json(body): Json<EquivalentsRequest>,
) -> Result<Answered<EquivalentsAnswer>, HttpError> {
    let request = body.request()?;
    let answer = app.read(move |engine| {
        let found = engine.equivalents(&request)?;
        let answer = EquivalentsAnswer::new(found.clone(), engine.model_id());
        answered(&file, "equivalents", answer, "rows", |language| {
            let about = About::of(engine.store(), export::settings::of_equivalents(&request))?;
            Ok(export::equivalents(&found, about, language))
        })
    });
    Ok(answer.await.map_err(in_filter)?)
}

/// Finds out which regions have which measures of a topic.
#[utoipa::path(
    post,
    path = "/v1/equivalents/matrix",
    operation_id = "equivalents_matrix",
    tag = "search",
    params(FileParameters),
    request_body = MatrixRequest,
    responses(
        (status = 200, description = "Measures by regions.", body = MatrixAnswer),
        BodyProblems, ItemProblems
    )
)]
pub(super) async fn matrix(
    State(app): State<App>,
    Parameters(file): Parameters<FileParameters>,
    Json(body): Json<MatrixRequest>,
) -> Result<Answered<MatrixAnswer>, HttpError> {
    let request = body.request()?;
    let answer = app.read(move |engine| {
        let found = engine.equivalents_matrix(&request)?;
        let answer = MatrixAnswer::new(found.clone(), engine.model_id());
        answered(&file, "equivalents", answer, "cells", |language| {
            let about = About::of(engine.store(), export::settings::of_matrix(&request))?;
            Ok(export::matrix(&found, about, language))
        })
    });
    Ok(answer.await.map_err(in_filter)?)
}
