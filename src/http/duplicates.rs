//! Near-duplicate clauses.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::error::HttpError;
use super::file::{Answered, answered};
use super::openapi::{BodyProblems, QueryProblems, StorageProblems};
use super::parameters::Parameters;
use super::wire::{ClusterList, ClusterParameters, DuplicatesRequest, TaskAnswer};
use super::{body, json};
use crate::export::{self, About};
use crate::tasks::TaskKind;

/// Compares all clauses that were not compared yet with all others, as a task. Where one is under way already, that one
/// is the answer.
#[utoipa::path(
    post,
    path = "/v1/duplicates",
    operation_id = "find_duplicates",
    tag = "duplicates",
    request_body = Option<DuplicatesRequest>,
    responses(
        (
            status = 202, description = "The task.", body = TaskAnswer,
            headers(("Location" = String, description = "Where the task is found."))
        ),
        BodyProblems, StorageProblems
    )
)]
pub(super) async fn find(State(app): State<App>, request: Request) -> Result<Response, HttpError> {
    let bytes = body::whole(request).await?;
    if !bytes.is_empty() {
        json::read::<DuplicatesRequest>(json::parse(&bytes)?)?;
    }
    let engine = app.shared_engine();
    let task = app.read(move |_| engine.tasks().submit(TaskKind::Duplicates, &engine)).await?;
    let location = format!("/v1/tasks/{}", task.id);
    let mut response = (StatusCode::ACCEPTED, axum::Json(TaskAnswer::from(task))).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Lists clusters of near-duplicate clauses, largest first.
#[utoipa::path(
    get,
    path = "/v1/clusters",
    operation_id = "list_clusters",
    tag = "duplicates",
    params(ClusterParameters),
    responses((status = 200, description = "A part of the clusters.", body = ClusterList), QueryProblems)
)]
pub(super) async fn clusters(
    State(app): State<App>,
    Parameters(parameters): Parameters<ClusterParameters>,
) -> Result<Answered<ClusterList>, HttpError> {
    let begun = Instant::now();
    let file = parameters.file();
    let request = parameters.request()?;
    let answer = app.read(move |engine| {
        let found = engine.duplicates().clusters(engine.store(), &request)?;
        let answer = ClusterList::new(found.clone(), request.threshold, begun.elapsed());
        answered(&file, "duplicates", answer, "clusters", |language| {
            let about = About::of(engine.store(), export::settings::of_duplicates(&request))?;
            Ok(export::clusters(&found, about, language))
        })
    });
    Ok(answer.await?)
}
