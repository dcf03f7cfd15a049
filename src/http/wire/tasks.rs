//! Answers about tasks.

use serde::Serialize;
use utoipa::ToSchema;

use super::mirrored;
use crate::tasks;

mirrored! {
    /// What a task does: compare clauses to find near-duplicates.
    TaskKind = tasks::TaskKind { Duplicates, }
}

mirrored! {
    /// Where a task is on its way: it waits; it is worked on; it ended with a result; it ended for the reason given; it
    /// was cancelled.
    TaskState = tasks::TaskState { Queued, Running, Done, Failed, Cancelled, }
}

/// Why a task failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskFailure {
    /// A stable word for the kind of problem.
    code: String,
    /// What happened, for people.
    detail: String,
}

/// A task as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "task_id": 7, "kind": "duplicates", "state": "running", "done": 8192, "total": 26249,
    "created": "2025-03-01T08:00:00Z", "started": "2025-03-01T08:00:00Z", "ended": null, "interruptions": 0,
    "result": null, "failure": null
}))]
pub(crate) struct TaskAnswer {
    /// Its name.
    task_id: i64,
    /// What it does.
    kind: TaskKind,
    /// Where it is on its way.
    state: TaskState,
    /// Steps done, at most `total`.
    done: usize,
    /// Steps in all; 0 until that is known.
    total: usize,
    /// When it was asked for, ISO 8601 in UTC.
    created: String,
    /// When it was last begun.
    started: Option<String>,
    /// When it ended.
    ended: Option<String>,
    /// How often the service ended while it ran, without having been asked to; it was taken up again each time.
    interruptions: u32,
    /// What came of it; of `duplicates` the texts that were compared and the pairs that are kept.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
    /// Why it failed.
    failure: Option<TaskFailure>,
}

impl From<tasks::Task> for TaskAnswer {
    fn from(task: tasks::Task) -> TaskAnswer {
        TaskAnswer {
            task_id: task.id,
            kind: task.kind.into(),
            state: task.state.into(),
            done: task.done,
            total: task.total,
            created: task.created,
            started: task.started,
            ended: task.ended,
            interruptions: task.interruptions,
            result: task.result,
            failure: task.failure.map(|failure| TaskFailure { code: failure.code, detail: failure.detail }),
        }
    }
}

/// Tasks that have not ended, and the last hundred that have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskList {
    /// The last one first.
    tasks: Vec<TaskAnswer>,
}

impl From<Vec<tasks::Task>> for TaskList {
    fn from(tasks: Vec<tasks::Task>) -> TaskList {
        TaskList { tasks: tasks.into_iter().map(Into::into).collect() }
    }
}
