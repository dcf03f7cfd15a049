//! The queue between callers and workers.
//!
//! Callers leave requests; each worker takes as many waiting windows as its token budget holds, from all requests
//! alike, runs them as one micro-batch and takes the next. So batches form from whatever waits, with no timer and no
//! thread that only forwards: a lone request starts at once, a crowd shares passes.
//!
//! Two lanes keep a search from waiting behind a folder of documents: workers take interactive windows first, but
//! every [`BULK_SHARE`]th micro-batch is of the bulk lane while that waits. A micro-batch is of one lane only: an
//! interactive one filled up with bulk windows would take as long as a bulk one. Within a lane requests take turns,
//! a window each, so that a small one does not wait for a large one.

use super::batch::{Request, WindowOutput, lock};
use super::statistics::{LaneCounters, LaneStatistics, Statistics};
use super::tokens::Window;
use super::{Encoded, Want};
use crate::error::{Error, Result};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// While both lanes wait, one micro-batch in so many is of the bulk lane.
const BULK_SHARE: u32 = 4;

/// Fewer tokens than this are not worth a pass of their own: the weights are read for each.
const SMALLEST_SHARE: usize = 64;

/// Where a request waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Someone is waiting: searches, drafts to check.
    Interactive,
    /// Ingestion.
    Bulk,
}

/// How much a [`EncodeService`] does at a time and lets wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Threads; above zero.
    pub workers: usize,
    /// Tokens of a micro-batch; a window longer than that runs alone.
    pub token_budget: usize,
    /// Tokens that may wait in the interactive lane.
    pub interactive_tokens: usize,
    /// Tokens that may wait in the bulk lane.
    pub bulk_tokens: usize,
}

impl Limits {
    fn of(&self, lane: Lane) -> usize {
        match lane {
            Lane::Interactive => self.interactive_tokens,
            Lane::Bulk => self.bulk_tokens,
        }
    }
}

/// Runs micro-batches. Each worker has one of its own, so it need not be `Sync`.
pub(super) trait Engine: Send + 'static {
    /// One output for each window, in order, with token vectors where wanted.
    fn run(&mut self, windows: &[(&Window, Want)]) -> Result<Vec<WindowOutput>>;
}

/// An answer that is on its way.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<Result<Vec<Encoded>>>);

impl Pending {
    pub(super) fn new(answer: oneshot::Receiver<Result<Vec<Encoded>>>) -> Pending {
        Pending(answer)
    }

    /// Blocks until the answer is there. Must not be called on a thread that runs async tasks; see
    /// [`Pending::finished`].
    ///
    /// # Errors
    /// Those of [`crate::embed::Embedder::encode`].
    pub fn wait(self) -> Result<Vec<Encoded>> {
        self.0.blocking_recv().unwrap_or(Err(Error::ShuttingDown))
    }

    /// Waits for the answer in an async task. Dropping the future gives the request up: what has not started yet is
    /// not encoded.
    ///
    /// # Errors
    /// Those of [`crate::embed::Embedder::encode`].
    pub async fn finished(self) -> Result<Vec<Encoded>> {
        self.0.await.unwrap_or(Err(Error::ShuttingDown))
    }
}

/// Workers and the queue they share. Dropping it encodes what waits and then ends the workers.
#[derive(Debug)]
pub(super) struct EncodeService {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    limits: Limits,
    queue: Mutex<Queue>,
    /// Signalled when windows come in, and when the service closes.
    work: Condvar,
    /// Signalled when windows leave the queue.
    room: Condvar,
    /// Tokens encoded and the time it took, summed over workers: the rate that [`Error::Busy`] is reckoned from.
    encoded_tokens: AtomicU64,
    busy_nanoseconds: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    interactive: LaneQueue,
    bulk: LaneQueue,
    /// Interactive micro-batches since the last one of the bulk lane.
    since_bulk: u32,
    closed: bool,
}

#[derive(Debug, Default)]
struct LaneQueue {
    requests: VecDeque<Waiting>,
    tokens: usize,
    counters: LaneCounters,
}

/// What is left of a request.
#[derive(Debug)]
struct Waiting {
    request: Arc<Request>,
    /// Length and place of the windows that have not been taken, shortest first; not empty.
    windows: Vec<(usize, usize)>,
    since: Instant,
}

/// One window of a micro-batch.
struct Taken {
    request: Arc<Request>,
    window: usize,
}

impl EncodeService {
    /// Starts the workers; `engine` is called once for each.
    ///
    /// # Errors
    /// When an engine cannot be made, or the operating system has no more threads.
    pub fn start<E: Engine>(limits: Limits, engine: impl Fn() -> Result<E> + Send + Sync + 'static) -> Result<Self> {
        let shared = Arc::new(Shared {
            limits,
            queue: Mutex::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            encoded_tokens: AtomicU64::new(0),
            busy_nanoseconds: AtomicU64::new(0),
        });
        let engine = Arc::new(engine);
        let mut service = EncodeService { shared, workers: Vec::new() };
        for i in 0..limits.workers {
            let (shared, make, first) = (service.shared.clone(), engine.clone(), engine()?);
            let worker = std::thread::Builder::new()
                .name(format!("encode-{i}"))
                .spawn(move || shared.work(first, &*make))
                .map_err(|e| Error::Encoder(format!("no thread for a worker: {e}")))?;
            service.workers.push(worker);
        }
        Ok(service)
    }

    /// Queues a request, or refuses it when its lane is full. A request larger than the bound is taken when its lane
    /// is empty, for it would never fit otherwise.
    ///
    /// # Errors
    /// [`Error::Busy`].
    pub fn submit(&self, request: Request, lane: Lane) -> Result<()> {
        let tokens = tokens_of(&request);
        let mut queue = self.shared.lock();
        let (waiting, limit) = (queue.lane(lane).tokens, self.shared.limits.of(lane));
        if waiting > 0 && waiting + tokens > limit {
            queue.lane(lane).counters.refused();
            let retry_after_s = self.shared.seconds_for(waiting);
            return Err(Error::Busy { queued: waiting, limit, retry_after_s });
        }
        self.push(&mut queue, request, lane, tokens);
        Ok(())
    }

    /// Queues a request, after waiting for room in its lane.
    pub fn submit_when_room(&self, request: Request, lane: Lane) {
        let tokens = tokens_of(&request);
        let limit = self.shared.limits.of(lane);
        let mut queue = self
            .shared
            .room
            .wait_while(self.shared.lock(), |q| q.lane(lane).tokens > 0 && q.lane(lane).tokens + tokens > limit)
            .unwrap_or_else(PoisonError::into_inner);
        self.push(&mut queue, request, lane, tokens);
    }

    /// Tokens that wait in a lane; those being encoded at the moment are not counted.
    pub fn queued_tokens(&self, lane: Lane) -> usize {
        self.shared.lock().lane(lane).tokens
    }

    /// What was done and what waits.
    pub fn statistics(&self) -> Statistics {
        let queue = self.shared.lock();
        Statistics {
            workers: self.workers(),
            token_budget: self.shared.limits.token_budget,
            encoded_tokens: self.shared.encoded_tokens.load(Ordering::Relaxed),
            busy: Duration::from_nanos(self.shared.busy_nanoseconds.load(Ordering::Relaxed)),
            interactive: queue.interactive.statistics(),
            bulk: queue.bulk.statistics(),
        }
    }

    /// Threads that encode.
    pub fn workers(&self) -> usize {
        self.workers.len()
    }

    fn push(&self, queue: &mut Queue, request: Request, lane: Lane, tokens: usize) {
        let mut windows: Vec<(usize, usize)> =
            request.windows().iter().enumerate().map(|(i, w)| (w.ids.len(), i)).collect();
        windows.sort_unstable();
        let lane = queue.lane(lane);
        lane.tokens += tokens;
        lane.requests.push_back(Waiting { request: Arc::new(request), windows, since: Instant::now() });
        self.shared.work.notify_all();
    }
}

impl Drop for EncodeService {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its engine; one of its own has been printed already.
            let _ = worker.join();
        }
    }
}

fn tokens_of(request: &Request) -> usize {
    request.windows().iter().map(|w| w.ids.len()).sum()
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        lock(&self.queue)
    }

    /// The life of a worker.
    fn work<E: Engine>(&self, mut engine: E, make: &impl Fn() -> Result<E>) {
        while let Some(batch) = self.next_batch() {
            let windows: Vec<(&Window, Want)> =
                batch.iter().map(|t| (&t.request.windows()[t.window], t.request.want())).collect();
            let tokens: usize = windows.iter().map(|(w, _)| w.ids.len()).sum();
            let start = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| engine.run(&windows))).unwrap_or_else(|_| {
                Err(Error::Encoder("the forward pass panicked; this is a fault of the program".into()))
            });
            self.encoded_tokens.fetch_add(tokens as u64, Ordering::Relaxed);
            self.busy_nanoseconds.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
            match result {
                Ok(outputs) if outputs.len() == batch.len() => {
                    for (taken, output) in batch.iter().zip(outputs) {
                        taken.request.finish(taken.window, output);
                    }
                }
                failed => {
                    let why = failed.err().map_or_else(|| "a window was left out".into(), |e| e.to_string());
                    for taken in &batch {
                        taken.request.fail(Error::Encoder(why.clone()));
                    }
                    // A panic may have left locks of the old workspace poisoned.
                    match make() {
                        Ok(fresh) => engine = fresh,
                        Err(e) => tracing::error!("no fresh workspace for a worker: {e}"),
                    }
                }
            }
        }
    }

    /// Waits for windows and takes a micro-batch of them; none when the service is closed and everything is done.
    fn next_batch(&self) -> Option<Vec<Taken>> {
        let mut queue = self.lock();
        loop {
            let batch = queue.take(&self.limits);
            self.room.notify_all();
            if !batch.is_empty() {
                return Some(batch);
            }
            if queue.closed {
                return None;
            }
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How long so many tokens will take, in whole seconds from 1 on.
    fn seconds_for(&self, tokens: usize) -> u64 {
        let encoded = self.encoded_tokens.load(Ordering::Relaxed) as f64;
        let seconds = self.busy_nanoseconds.load(Ordering::Relaxed) as f64 / 1e9;
        // Before anything is measured: the slowest machine this was tried on.
        let rate = if encoded > 0.0 && seconds > 0.0 { encoded / seconds } else { 500.0 };
        (tokens as f64 / (rate * self.limits.workers as f64)).ceil().max(1.0) as u64
    }
}

impl Queue {
    fn lane(&mut self, lane: Lane) -> &mut LaneQueue {
        match lane {
            Lane::Interactive => &mut self.interactive,
            Lane::Bulk => &mut self.bulk,
        }
    }

    /// A micro-batch of the lane whose turn it is; empty when nothing waits.
    fn take(&mut self, limits: &Limits) -> Vec<Taken> {
        let bulk_turn = self.since_bulk + 1 >= BULK_SHARE;
        let order = if bulk_turn { [Lane::Bulk, Lane::Interactive] } else { [Lane::Interactive, Lane::Bulk] };
        for lane in order {
            // What little waits is shared out, so that no worker idles while another runs all of it.
            let share = self.lane(lane).tokens.div_ceil(limits.workers).max(SMALLEST_SHARE);
            let batch = self.lane(lane).take(share.min(limits.token_budget));
            if !batch.is_empty() {
                let tokens = batch.iter().map(|t| t.request.windows()[t.window].ids.len()).sum();
                self.lane(lane).counters.batch(batch.len(), tokens, limits.token_budget);
                let bulk_waits = !self.bulk.requests.is_empty();
                self.since_bulk = if lane == Lane::Interactive && bulk_waits { self.since_bulk + 1 } else { 0 };
                return batch;
            }
        }
        Vec::new()
    }
}

impl LaneQueue {
    fn statistics(&self) -> LaneStatistics {
        self.counters.statistics(self.tokens, self.requests.iter().map(|waiting| waiting.windows.len()).sum())
    }

    /// Requests in turn give their longest window that still fits; the first one gives its longest whatever the room.
    /// Requests that nothing fits of keep their places in front, so that a long window is first in the next batch.
    fn take(&mut self, budget: usize) -> Vec<Taken> {
        let (mut batch, mut passed, mut left) = (Vec::new(), Vec::new(), budget);
        while left > 0
            && let Some(mut waiting) = self.requests.pop_front()
        {
            if waiting.request.is_over() {
                self.tokens -= waiting.windows.iter().map(|(length, _)| length).sum::<usize>();
                continue;
            }
            let fitting = if batch.is_empty() {
                waiting.windows.len()
            } else {
                waiting.windows.partition_point(|(length, _)| *length <= left)
            };
            if fitting == 0 {
                passed.push(waiting);
                continue;
            }
            let (length, window) = waiting.windows.remove(fitting - 1);
            self.tokens -= length;
            left = left.saturating_sub(length);
            self.counters.taken(waiting.since.elapsed());
            batch.push(Taken { request: waiting.request.clone(), window });
            if !waiting.windows.is_empty() {
                self.requests.push_back(waiting);
            }
        }
        for waiting in passed.into_iter().rev() {
            self.requests.push_front(waiting);
        }
        batch
    }
}

#[cfg(test)]
mod tests;
