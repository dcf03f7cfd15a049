//! A store over to another model: every stored text encoded again.
//!
//! Vectors of two models do not go together, so a store refuses every model but its own. [`reindex`] is the way from
//! one to the other without the files that the documents came from. It can be interrupted at any instant: until the
//! switch at its end the store is of the old model and answers with it, and what was encoded is not encoded again.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use crate::embed::{Embedder, TextVectors};
use crate::engine::{self, Embedders, Engine};
use crate::error::{Error, Result};
use crate::index::VectorId;
use crate::store::{Plan, Reindexing, Store};

/// Texts of a batch, which is one transaction. What a kill costs is the batches at hand, some seconds of encoding.
const BATCH_TEXTS: usize = 256;
/// Encoded batches that may wait for the writer: the encoder need not wait for the disk.
const WAITING_BATCHES: usize = 1;

/// How a reindexing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reindexed {
    /// The store is of that model already; nothing was done.
    Unchanged,
    /// The caller asked to stop. The store is of the old model; what was encoded is kept for the next time.
    Stopped {
        /// Texts that were encoded.
        encoded: usize,
    },
    /// The store is of the new model.
    Switched {
        /// Texts that were encoded; the plan says how many had been encoded before.
        encoded: usize,
        /// Whether there are enough vectors for a graph, and it was built.
        index_built: bool,
    },
}

/// Encodes every text of the store in `folder` again with the model at hand, and goes over to that model when all are:
/// searches then answer as if the documents had been taken in with it. Nothing else about the documents changes.
///
/// `report` is told what there is to do and how many texts this run has encoded: once before the first, and after each
/// batch once it is on disk. When it breaks, the reindexing stops there. Holds the data directory's lock throughout:
/// readers with the old model go on until the switch, and are refused from then on.
///
/// # Errors
/// [`Error::DataDirectory`] when there is no store, another process has it, or it was made by another version;
/// [`Error::Encoder`], [`Error::Store`], [`Error::Io`]: the store is of the old model and what was encoded is kept.
/// After the switch, [`Error::Index`] and [`Error::Io`] when the index cannot be built: the store is of the new model
/// then, and the index is built when it is opened for changes next.
pub fn reindex(
    folder: &Path,
    embedders: Embedders,
    mut report: impl FnMut(&Plan, usize) -> ControlFlow<()>,
) -> Result<Reindexed> {
    // Before the lock: a folder with no store in it is left as it is.
    Store::expect(folder)?;
    let lock = engine::lock(folder)?;
    let passages = embedders.passages.as_ref();
    let Some(reindexing) = Reindexing::begin(folder, passages.model_id())? else {
        return Ok(Reindexed::Unchanged);
    };
    if report(reindexing.plan(), 0).is_break() {
        return Ok(Reindexed::Stopped { encoded: 0 });
    }
    let (encoded, to_write) = sync_channel(WAITING_BATCHES);
    let mut done = 0;
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| encode_left(&reindexing, passages, encoded));
        for batch in to_write {
            let batch = batch?;
            reindexing.put(&batch)?;
            done += batch.len();
            if report(reindexing.plan(), done).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok::<_, Error>(ControlFlow::Continue(()))
    })?;
    if ended.is_break() {
        return Ok(Reindexed::Stopped { encoded: done });
    }
    reindexing.switch(passages.dimensions())?;
    // The graph is of the old model. It would not be loaded, but nothing would take its place in a small store.
    let graph = folder.join(engine::INDEX);
    if graph.exists() {
        std::fs::remove_dir_all(&graph).map_err(Error::io(&graph))?;
    }
    let index_built = Engine::open_locked(folder, embedders, lock)?.build_index()?;
    Ok(Reindexed::Switched { encoded: done, index_built })
}

/// Encodes what is left, a batch at a time; ends when there is no more, on the first error, or when nobody writes.
fn encode_left(
    reindexing: &Reindexing,
    embedder: &dyn Embedder,
    encoded: SyncSender<Result<Vec<(VectorId, TextVectors)>>>,
) {
    let mut last = 0;
    loop {
        let batch = reindexing.texts_left(last, BATCH_TEXTS).and_then(|batch| {
            let texts: Vec<&str> = batch.iter().map(|(_, text)| text.as_str()).collect();
            let vectors = embedder.encode_passages(&texts)?;
            Ok(batch.into_iter().map(|(id, _)| id).zip(vectors).collect::<Vec<_>>())
        });
        match &batch {
            Ok(batch) if batch.is_empty() => return,
            Ok(batch) => last = batch.last().map_or(last, |(id, _)| *id),
            Err(_) => {}
        }
        let failed = batch.is_err();
        if encoded.send(batch).is_err() || failed {
            return;
        }
    }
}
