//! Long work: listed, watched, cancelled.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::app::App;
use super::error::HttpError;
use super::openapi::{FaultProblems, ItemProblems};
use super::parameters::{Id, TaskPath};
use super::wire::{TaskAnswer, TaskList};
use crate::error::{Error, Result};
use crate::tasks::{Task, TaskId};

/// Lists tasks, the last one first: those that have not ended, and the last hundred that have.
#[utoipa::path(
    get,
    path = "/v1/tasks",
    operation_id = "list_tasks",
    tag = "tasks",
    responses((status = 200, description = "The tasks.", body = TaskList), FaultProblems)
)]
pub(super) async fn list(State(app): State<App>) -> Result<axum::Json<TaskList>, HttpError> {
    Ok(axum::Json(app.read(|engine| engine.tasks().list()).await?.into()))
}

/// A task as it is now.
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}",
    operation_id = "get_task",
    tag = "tasks",
    params(TaskPath),
    responses((status = 200, description = "The task.", body = TaskAnswer), ItemProblems)
)]
pub(super) async fn show(State(app): State<App>, Id(id): Id) -> Result<axum::Json<TaskAnswer>, HttpError> {
    let id = task_id(&id)?;
    Ok(axum::Json(app.read(move |engine| engine.tasks().get(id)).await?.into()))
}

/// Cancels a task: one that waits at once, one that runs after the step at hand. What it has done is kept. One that has
/// ended stays as it is.
#[utoipa::path(
    delete,
    path = "/v1/tasks/{id}",
    operation_id = "cancel_task",
    tag = "tasks",
    params(TaskPath),
    responses((status = 200, description = "The task, which may still run for a moment.", body = TaskAnswer), ItemProblems)
)]
pub(super) async fn cancel(State(app): State<App>, Id(id): Id) -> Result<axum::Json<TaskAnswer>, HttpError> {
    let id = task_id(&id)?;
    Ok(axum::Json(app.read(move |engine| engine.tasks().cancel(id)).await?.into()))
}

/// Tells how a task goes on: an event `progress` with the task now and at every change, the last one when it has ended.
#[utoipa::path(
    get,
    path = "/v1/tasks/{id}/events",
    operation_id = "watch_task",
    tag = "tasks",
    params(TaskPath),
    responses(
        (status = 200, description = "Events, each of which has the task as its data.", body = String,
         content_type = "text/event-stream"),
        ItemProblems
    )
)]
pub(super) async fn events(
    State(app): State<App>,
    Id(id): Id,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, HttpError> {
    let id = task_id(&id)?;
    let place = app.watcher()?;
    // The changes first: none is missed, and one that is told twice does no harm.
    let (changes, task) = app.read(move |engine| Ok((engine.tasks().watch(id), engine.tasks().get(id)?))).await?;
    let watching = Watching { app, task: Some(task), changes, _place: place };
    let events = stream::unfold(watching, async |mut watching| {
        let task = match watching.task.take() {
            Some(task) => task,
            None => watching.change().await?,
        };
        if task.state.is_final() {
            watching.changes = None;
        }
        // Written by serde from plain numbers and texts: it does not fail.
        let event = Event::default().event("progress").json_data(TaskAnswer::from(task)).unwrap_or_default();
        Some((Ok(event), watching))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// Who watches a task.
struct Watching {
    app: App,
    /// To be told next.
    task: Option<Task>,
    /// `None` when it has ended.
    changes: Option<watch::Receiver<Task>>,
    _place: OwnedSemaphorePermit,
}

impl Watching {
    /// The task after its next change; `None` when there will be none, or when the service ends, which would wait for
    /// whoever watches.
    async fn change(&mut self) -> Option<Task> {
        let changes = self.changes.as_mut()?;
        tokio::select! {
            changed = changes.changed() => changed.ok()?,
            () = self.app.closed() => return None,
        }
        Some(changes.borrow_and_update().clone())
    }
}

fn task_id(id: &str) -> Result<TaskId> {
    id.parse().map_err(|_| Error::NotFound { what: "task", id: id.to_owned() })
}
