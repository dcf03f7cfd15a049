//! Long work: begun by a request, watched and cancelled by others, its result kept, taken up again after a restart.
//!
//! One task runs at a time, in a thread of its own with low priority, so that searches stay quick. What a task has done
//! is kept by what it works on ([`Duplicates`](crate::duplicates::Duplicates) keeps its pairs a block at a time); here is
//! only that it is to be done. So a task that was running when the process died is queued again when the next one
//! begins, and goes on where its work was last on disk.
//!
//! Tasks are in a database of their own beside the store: they are no part of the truth, and its layout knows nothing of
//! them.

mod priority;
mod records;
mod work;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub(crate) use self::priority::step_back;
use self::records::Records;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// Names a task. Never used again.
pub type TaskId = i64;

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Compares the texts that were not compared yet ([`Duplicates::find`](crate::duplicates::Duplicates::find)).
    Duplicates,
}

/// Where a task is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It waits for others, or for the process to begin again.
    Queued,
    /// It is worked on.
    Running,
    /// It ended; its result is there.
    Done,
    /// It ended for the reason given.
    Failed,
    /// It was cancelled. What it had done is kept, and the next one of the kind goes on from there.
    Cancelled,
}

impl TaskState {
    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        matches!(self, TaskState::Done | TaskState::Failed | TaskState::Cancelled)
    }
}

/// Why a task failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable word ([`Error::code`]).
    pub code: String,
    /// For people.
    pub detail: String,
}

/// A task as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its name.
    pub id: TaskId,
    /// What it does.
    pub kind: TaskKind,
    /// Where it is on its way.
    pub state: TaskState,
    /// Steps done, at most `total`.
    pub done: usize,
    /// Steps in all; 0 until that is known.
    pub total: usize,
    /// When it was asked for, ISO 8601 in UTC.
    pub created: String,
    /// When it was last begun.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// How often the process ended while it ran, without having been asked to.
    pub interruptions: u32,
    /// What came of it, by its kind; once it is done.
    pub result: Option<serde_json::Value>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// A task that ends the process whenever it runs is not begun again for ever.
const MOST_INTERRUPTIONS: u32 = 5;
/// Progress is written to the disk so often; who watches is told at once.
const WRITE_PROGRESS: Duration = Duration::from_secs(1);

/// The tasks of one data directory.
pub struct Tasks {
    folder: PathBuf,
    inner: Mutex<Inner>,
    /// The process ends: what runs stops and is queued for the next one.
    stopping: AtomicBool,
}

#[derive(Default)]
struct Inner {
    /// Opened when it is first needed.
    records: Option<Records>,
    /// Those that have not ended.
    live: HashMap<TaskId, Live>,
    /// Works on the queue while there is one.
    worker: Option<JoinHandle<()>>,
    /// Whether the worker still takes tasks. Changed under the lock, so that no task is queued for one that has gone.
    working: bool,
}

struct Live {
    task: watch::Sender<Task>,
    cancelled: Arc<AtomicBool>,
}

impl Inner {
    fn records(&mut self, folder: &Path) -> Result<&mut Records> {
        if self.records.is_none() {
            self.records = Some(Records::open(folder)?);
        }
        self.records.as_mut().ok_or_else(|| Error::Index("the tasks are not open".to_owned()))
    }

    fn add(&mut self, task: Task) {
        let live = Live { task: watch::Sender::new(task.clone()), cancelled: Arc::default() };
        self.live.insert(task.id, live);
    }

    /// Writes a task down and tells who watches it.
    fn write(&mut self, task: &Task, folder: &Path) -> Result<()> {
        self.records(folder)?.update(task)?;
        if let Some(live) = self.live.get(&task.id) {
            live.task.send_replace(task.clone());
        }
        if task.state.is_final() {
            self.live.remove(&task.id);
        }
        Ok(())
    }
}

impl Tasks {
    /// Those of a data directory. Nothing is opened before it is asked for.
    pub fn new(folder: &Path) -> Tasks {
        Tasks { folder: folder.to_owned(), inner: Mutex::default(), stopping: AtomicBool::new(false) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // What a panic could leave behind is a transaction that was rolled back.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up what earlier processes left undone.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Io`].
    pub fn resume(&self, engine: &Arc<Engine>) -> Result<()> {
        if !Records::exist(&self.folder) {
            return Ok(());
        }
        let mut inner = self.inner();
        for mut task in inner.records(&self.folder)?.undone()? {
            if inner.live.contains_key(&task.id) {
                continue;
            }
            if task.state == TaskState::Running {
                task.interruptions += 1;
                task.state = TaskState::Queued;
            }
            if task.interruptions >= MOST_INTERRUPTIONS {
                task.state = TaskState::Failed;
                task.ended = Some(now());
                let detail = format!("the process ended {} times while the task ran", task.interruptions);
                task.failure = Some(Failure { code: "interrupted".to_owned(), detail });
            }
            inner.records(&self.folder)?.update(&task)?;
            if !task.state.is_final() {
                inner.add(task);
            }
        }
        self.work(&mut inner, engine)
    }

    /// Asks for a task, which begins when those before it have ended. Where one of the kind has not ended yet, that one
    /// is the answer.
    ///
    /// # Errors
    /// [`Error::ShuttingDown`]; [`Error::Store`], [`Error::Io`].
    pub fn submit(&self, kind: TaskKind, engine: &Arc<Engine>) -> Result<Task> {
        if self.stopping.load(Ordering::SeqCst) {
            return Err(Error::ShuttingDown);
        }
        let mut inner = self.inner();
        let same =
            inner.live.values().find(|live| live.task.borrow().kind == kind && !live.cancelled.load(Ordering::SeqCst));
        if let Some(task) = same.map(|live| live.task.borrow().clone()) {
            // Nobody works on the queue any more where the beginning of a task could not be written.
            self.work(&mut inner, engine)?;
            return Ok(task);
        }
        let task = inner.records(&self.folder)?.add(kind, now())?;
        inner.add(task.clone());
        self.work(&mut inner, engine)?;
        Ok(task)
    }

    /// A task as it is now.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`], [`Error::Io`].
    pub fn get(&self, id: TaskId) -> Result<Task> {
        let mut inner = self.inner();
        if let Some(live) = inner.live.get(&id) {
            return Ok(live.task.borrow().clone());
        }
        let missing = || Error::NotFound { what: "task", id: id.to_string() };
        if !Records::exist(&self.folder) {
            return Err(missing());
        }
        inner.records(&self.folder)?.get(id)?.ok_or_else(missing)
    }

    /// All tasks that are kept, the last one first: those that have not ended, and the last hundred that have.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Io`].
    pub fn list(&self) -> Result<Vec<Task>> {
        if !Records::exist(&self.folder) {
            return Ok(Vec::new());
        }
        let mut inner = self.inner();
        let mut tasks = inner.records(&self.folder)?.list()?;
        for task in &mut tasks {
            if let Some(live) = inner.live.get(&task.id) {
                task.clone_from(&live.task.borrow());
            }
        }
        Ok(tasks)
    }

    /// What tells of every change of a task, until it has ended; `None` for one that has.
    pub fn watch(&self, id: TaskId) -> Option<watch::Receiver<Task>> {
        self.inner().live.get(&id).map(|live| live.task.subscribe())
    }

    /// Cancels a task. One that waits has ended when this returns; one that runs ends after the step at hand, or with
    /// the process. One that has ended stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`], [`Error::Io`].
    pub fn cancel(&self, id: TaskId) -> Result<Task> {
        {
            let mut inner = self.inner();
            if let Some(live) = inner.live.get(&id) {
                let (task, cancelled) = (live.task.borrow().clone(), live.cancelled.clone());
                let ended = Task { state: TaskState::Cancelled, ended: Some(now()), ..task.clone() };
                cancelled.store(true, Ordering::SeqCst);
                if task.state == TaskState::Queued {
                    inner.write(&ended, &self.folder)?;
                    return Ok(ended);
                }
                // Who watches it hears of the end when it has come. On disk it is cancelled already: a process that
                // dies before that does not leave it to the next one.
                inner.records(&self.folder)?.update(&ended)?;
                return Ok(task);
            }
        }
        self.get(id)
    }

    /// From now on no task is taken, and the one that runs stops after the step at hand, to go on in the next process.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Waits until no task runs any more.
    pub fn wait(&self) {
        let worker = self.inner().worker.take();
        if let Some(worker) = worker
            && worker.join().is_err()
        {
            tracing::error!("the thread that works on tasks panicked");
        }
    }

    /// Sees that somebody works on the queue.
    fn work(&self, inner: &mut Inner, engine: &Arc<Engine>) -> Result<()> {
        if inner.working || inner.live.is_empty() {
            return Ok(());
        }
        let engine = engine.clone();
        let worker = std::thread::Builder::new().name("tasks".to_owned()).spawn(move || {
            step_back();
            while let Some((task, cancelled)) = engine.tasks().next() {
                engine.tasks().run(&engine, task, &cancelled);
            }
        });
        inner.worker = Some(worker.map_err(Error::io("a thread for tasks"))?);
        inner.working = true;
        Ok(())
    }

    /// The task to work on next, which runs from now on; `None` when there is none, and whoever asked is to end.
    fn next(&self) -> Option<(Task, Arc<AtomicBool>)> {
        let mut inner = self.inner();
        let next = match self.stopping.load(Ordering::SeqCst) {
            true => None,
            false => inner.live.iter().min_by_key(|(id, _)| **id),
        };
        let Some((_, live)) = next else {
            inner.working = false;
            return None;
        };
        let (mut task, cancelled) = (live.task.borrow().clone(), live.cancelled.clone());
        task.state = TaskState::Running;
        task.started = Some(now());
        if let Err(error) = inner.write(&task, &self.folder) {
            tracing::error!(%error, "task {} could not be begun", task.id);
            inner.working = false;
            return None;
        }
        Some((task, cancelled))
    }

    fn run(&self, engine: &Engine, mut task: Task, cancelled: &AtomicBool) {
        let mut written = Instant::now();
        let kind = task.kind;
        let report = |done: usize, total: usize| {
            (task.done, task.total) = (done, total);
            let mut inner = self.inner();
            // Of a cancelled task the disk has the end, and nothing but its real end is written over it.
            let told = if written.elapsed() >= WRITE_PROGRESS && !cancelled.load(Ordering::SeqCst) {
                written = Instant::now();
                inner.write(&task, &self.folder)
            } else {
                inner.live.get(&task.id).iter().for_each(|live| drop(live.task.send_replace(task.clone())));
                Ok(())
            };
            if let Err(error) = told {
                tracing::warn!(%error, "the progress of task {} could not be written", task.id);
            }
            match self.stopping.load(Ordering::SeqCst) || cancelled.load(Ordering::SeqCst) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let ended = catch_unwind(AssertUnwindSafe(|| work::run(engine, kind, report)));
        let failed = |code: &str, detail: String| Some(Failure { code: code.to_owned(), detail });
        // From here on: a task that is cancelled now has either not ended yet, or ended as it did.
        let mut inner = self.inner();
        match ended {
            Ok(Ok(Some(result))) => (task.state, task.result, task.done) = (TaskState::Done, Some(result), task.total),
            Ok(Ok(None)) if cancelled.load(Ordering::SeqCst) => task.state = TaskState::Cancelled,
            Ok(Ok(None)) => task.state = TaskState::Queued,
            Ok(Err(error)) => {
                tracing::error!(code = error.code(), cause = ?error, "task {}: {error}", task.id);
                (task.state, task.failure) = (TaskState::Failed, failed(error.code(), error.to_string()));
            }
            Err(_) => {
                tracing::error!("task {} panicked", task.id);
                let detail = "the task met a fault of the service; its log has the cause".to_owned();
                (task.state, task.failure) = (TaskState::Failed, failed("internal", detail));
            }
        }
        task.ended = task.state.is_final().then(now);
        if let Err(error) = inner.write(&task, &self.folder) {
            // It is done all the same; the next process will find that out at no great cost.
            tracing::error!(%error, "the end of task {} could not be written", task.id);
            inner.live.remove(&task.id);
        }
    }
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
