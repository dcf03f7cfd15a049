//! What handlers share, and how much work is taken on at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use utoipa::ToSchema;

use super::error::HttpError;
use super::metrics::Metrics;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// Searches and look-ups in flight; the encoder batches those that wait for it.
const SEARCHES: usize = 256;
/// Changes that run or wait. One runs at a time; every one may hold a body of [`DOCUMENT_BODY_BYTES`] in memory.
const CHANGES: usize = 8;
/// Who watches tasks; each holds a connection and little else.
const WATCHERS: usize = 64;
/// Largest body of a search. The longest query has 20,000 characters.
const SEARCH_BODY_BYTES: usize = 1 << 20;
/// Checks of drafts in flight. Each keeps all processors busy for seconds.
const CHECKS: usize = 4;
/// Largest body of a check: a draft of the largest size with every character escaped in JSON, or a file that holds more
/// than its text.
const CHECK_BODY_BYTES: usize = 16 << 20;
/// Largest body of an upload.
const DOCUMENT_BODY_BYTES: usize = 64 << 20;
/// How long a shutdown waits for what is running.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(30);
/// When trying again makes sense: searches take well under a second …
const RETRY_SEARCH_S: u64 = 1;
/// … drafts and documents several.
const RETRY_CHANGE_S: u64 = 5;

/// Bounds of what a server takes on.
#[derive(Debug, Clone)]
pub struct Options {
    /// Searches and look-ups in flight; more are refused with 503.
    pub searches: usize,
    /// Checks of drafts in flight; more are refused with 503.
    pub checks: usize,
    /// Uploads and deletions that run or wait; more are refused with 503.
    pub changes: usize,
    /// Largest body of a search, in bytes.
    pub search_body_bytes: usize,
    /// Largest body of a check, in bytes.
    pub check_body_bytes: usize,
    /// Largest body of an upload, in bytes.
    pub document_body_bytes: usize,
    /// How long a shutdown waits for what is running.
    pub shutdown_grace: Duration,
    /// Names under which the service may be asked, beside those of this machine and the address it listens on; in
    /// lower or upper case, without scheme and port.
    pub allowed_hosts: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            searches: SEARCHES,
            checks: CHECKS,
            changes: CHANGES,
            check_body_bytes: CHECK_BODY_BYTES,
            search_body_bytes: SEARCH_BODY_BYTES,
            document_body_bytes: DOCUMENT_BODY_BYTES,
            shutdown_grace: SHUTDOWN_GRACE,
            allowed_hosts: Vec::new(),
        }
    }
}

/// The engine behind its bounds. Cheap to clone; all clones share the same bounds.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Arc<Engine>,
    options: Options,
    searches: Arc<Semaphore>,
    checks: Arc<Semaphore>,
    changes: Arc<Semaphore>,
    watchers: Arc<Semaphore>,
    /// Held by the change that runs.
    changing: Arc<Semaphore>,
    closing: watch::Sender<bool>,
    /// How far the preparation is; none when there is none any more.
    preparing: Mutex<Option<Progress>>,
    metrics: Metrics,
}

impl App {
    /// Puts an engine behind bounds, and goes on with the tasks that were left undone.
    pub fn new(engine: Arc<Engine>, options: Options) -> App {
        if let Err(error) = engine.tasks().resume(&engine) {
            tracing::error!(%error, "tasks that were left undone could not be taken up again");
        }
        App {
            shared: Arc::new(Shared {
                searches: Arc::new(Semaphore::new(options.searches)),
                checks: Arc::new(Semaphore::new(options.checks)),
                changes: Arc::new(Semaphore::new(options.changes)),
                watchers: Arc::new(Semaphore::new(WATCHERS)),
                changing: Arc::new(Semaphore::new(1)),
                closing: watch::Sender::new(false),
                preparing: Mutex::new(None),
                metrics: Metrics::new(),
                engine,
                options,
            }),
        }
    }

    pub(super) fn options(&self) -> &Options {
        &self.shared.options
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    pub(super) fn shared_engine(&self) -> Arc<Engine> {
        self.shared.engine.clone()
    }

    /// A place among those who watch tasks.
    ///
    /// # Errors
    /// [`Error::Busy`] when there is none.
    pub(super) fn watcher(&self) -> Result<OwnedSemaphorePermit> {
        self.permit(&self.shared.watchers, WATCHERS, RETRY_CHANGE_S)
    }

    /// Waits until the task that runs has stopped, at most so long.
    pub(super) async fn end_tasks(&self, most: Duration) {
        let engine = self.shared_engine();
        engine.tasks().stop();
        let ended = tokio::task::spawn_blocking(move || engine.tasks().wait());
        if tokio::time::timeout(most, ended).await.is_err() {
            tracing::warn!("a task was still running and is cut off; it is taken up again at the next start");
        }
    }

    /// From now on the service is not ready. What has arrived is still worked on.
    pub(super) fn close(&self) {
        self.shared.engine.tasks().stop();
        self.shared.closing.send_replace(true);
    }

    /// From now on the service answers but is not ready, until [`Preparation::finish`]. `documents` are still to be
    /// taken in.
    pub fn prepare(&self, documents: usize) -> Preparation {
        *self.progress() = Some(Progress { documents_done: 0, documents_total: documents });
        Preparation { app: self.clone() }
    }

    fn progress(&self) -> MutexGuard<'_, Option<Progress>> {
        // Nothing panics while it is held.
        self.shared.preparing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// [`Error::ShuttingDown`], or how far the preparation is.
    pub(super) fn check_ready(&self) -> Result<(), HttpError> {
        self.check_open()?;
        match *self.progress() {
            Some(progress) => Err(HttpError::Preparing(progress)),
            None => Ok(()),
        }
    }

    /// Completes when the service is closing.
    pub(super) async fn closed(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.shared.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// # Errors
    /// [`Error::ShuttingDown`].
    pub(super) fn check_open(&self) -> Result<()> {
        if *self.shared.closing.borrow() { Err(Error::ShuttingDown) } else { Ok(()) }
    }

    /// Runs a question to the engine where blocking is allowed.
    ///
    /// # Errors
    /// [`Error::Busy`] at once when too many are in flight, or what `work` gives.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.permit(&self.shared.searches, self.shared.options.searches, RETRY_SEARCH_S)?;
        self.block(permit, work).await
    }

    /// A place among the checks of drafts.
    ///
    /// # Errors
    /// [`Error::Busy`] at once when too many are in flight.
    pub(super) fn check_place(&self) -> Result<OwnedSemaphorePermit> {
        self.permit(&self.shared.checks, self.shared.options.checks, RETRY_CHANGE_S)
    }

    fn permit(&self, of: &Arc<Semaphore>, limit: usize, retry_after_s: u64) -> Result<OwnedSemaphorePermit> {
        of.clone().try_acquire_owned().map_err(|_| Error::Busy { queued: limit, limit, retry_after_s })
    }

    /// Runs blocking work. `held` moves along: when the client goes away the work still runs to its end, and still
    /// counts.
    pub(super) async fn block<T: Send + 'static>(
        &self,
        held: impl Send + 'static,
        work: impl FnOnce(&Engine) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let engine = self.shared.engine.clone();
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            let _held = held;
            span.in_scope(|| work(&engine))
        });
        match task.await {
            Ok(result) => result,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // Only a runtime that is going down cancels blocking work.
                Err(_) => Err(Error::ShuttingDown),
            },
        }
    }
}

/// How far the preparation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Documents that were taken in or refused.
    pub(crate) documents_done: usize,
    /// Documents that were there to be taken in.
    pub(crate) documents_total: usize,
}

/// Documents that are taken in, and an index that is built, while the service answers already over what is there.
pub struct Preparation {
    app: App,
}

impl Preparation {
    /// One more document was taken in or refused.
    pub fn document_done(&self) {
        if let Some(progress) = self.app.progress().as_mut() {
            progress.documents_done += 1;
        }
    }

    /// The service is ready. Without this it never will be: a preparation that failed has to be told otherwise.
    pub fn finish(self) {
        *self.app.progress() = None;
    }
}

/// A place in the queue of changes. An argument of handlers that stands before the body, so that no body is read
/// that could not be worked on.
pub(super) struct Change {
    app: App,
    place: OwnedSemaphorePermit,
}

impl FromRequestParts<App> for Change {
    type Rejection = HttpError;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Change, HttpError> {
        let place = app.permit(&app.shared.changes, app.shared.options.changes, RETRY_CHANGE_S)?;
        Ok(Change { app: app.clone(), place })
    }
}

impl Change {
    /// Waits for the changes before it, then runs `work` where blocking is allowed.
    ///
    /// # Errors
    /// What `work` gives.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&Engine) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.app.shared.changing.clone().acquire_owned().await.map_err(|_| Error::ShuttingDown)?;
        self.app.block((self.place, turn), work).await
    }
}
