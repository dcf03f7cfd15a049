//! Approximate search over a graph, exact where it matters.
//!
//! What is searched is a graph generation that never changes, plus every vector that came after it (the *delta*,
//! scanned exactly), less every vector that was removed since (still in the graph, passed over). When delta and dead
//! vectors grow past a share of the graph, a new generation is built beside the old one and switched in. Candidates of
//! the graph, whose vectors are quantised, are scored again with the full vectors.
//!
//! Memory a vector of 384 dimensions: 1.6 KB for the full vector in f32 with its id, 0.4 KB for its 8-bit code, 0.1 KB
//! for its links; while a graph is built, 4 KB more for hnsw_rs (resident size over 213,438 vectors).

mod build;
mod codes;
mod generation;
mod graph;
mod refine;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::build::Parameters;
use self::codes::{Centre, Codes, Rows};
use self::generation::Generation;
use super::matrix::Matrix;
use super::{Filter, Neighbor, VectorId, VectorIndex, keep_nearest};
use crate::embed::Embedding;
use crate::error::Result;

/// Candidates that a walk keeps, at the least. Typed questions lie further from the clauses than clauses from each other
/// and need many more for the same recall; `cargo bench --bench rivals -- indexes` measures both.
const EF_SEARCH: usize = 320;
/// Below this many vectors there is no graph: the scan is faster.
const GRAPH_FROM: usize = 256;
/// A new generation is due when delta and dead vectors together pass this many …
const CHURN_LEAST: usize = 16_384;
/// … and this share of the graph (one part in five). Scanning so many costs less than walking the graph.
const CHURN_PARTS: usize = 5;
/// Candidates beyond `k`, so that quantised order at the edge does not cost recall.
const OVERFETCH: usize = 40;

/// From so many vectors on, a scan of some reads their 8-bit codes first.
const CODES_FROM: usize = 1024;
/// Stands for no row and for no position; there are fewer vectors than that.
const NONE: u32 = u32::MAX;

/// Where generations are kept, and for which model.
#[derive(Debug, Clone)]
pub struct Persistence {
    /// Folder of the generations; made when absent.
    pub folder: PathBuf,
    /// Id of the model that made the vectors.
    pub model: String,
}

/// An index that walks an HNSW graph and stays exact for recent vectors and narrow filters.
pub struct HnswIndex {
    shared: Arc<Shared>,
}

struct Shared {
    // A std lock: held for one search or one short change, never across an await. Building and loading hold no lock.
    state: RwLock<State>,
    persistence: Option<Persistence>,
    parameters: Parameters,
    ef_search: AtomicUsize,
    /// Whether a due build starts by itself; see [`HnswIndex::build_in_background`].
    in_background: AtomicBool,
    /// One build at a time.
    building: Mutex<()>,
    /// A build was started in the background and has not ended.
    scheduled: AtomicBool,
}

struct State {
    matrix: Matrix,
    current: Option<Arc<Generation>>,
    /// For each vector of the graph its row of the matrix, [`NONE`] where it had been removed before.
    row_at: Vec<u32>,
    /// For each row of the matrix its vector of the graph; [`NONE`], or past the end, for those that came later.
    position_at: Vec<u32>,
    /// Rows of the matrix that are not in the graph.
    delta: Vec<usize>,
    /// Vectors of the graph that were removed.
    dead: usize,
}

impl State {
    /// Takes a generation into use and works out what it lacks and what it has too much.
    fn adopt(&mut self, generation: Option<Generation>) {
        self.matrix.compact();
        let row_of = |id: &VectorId| self.matrix.row_of(*id).map_or(NONE, |row| row as u32);
        self.row_at = generation.iter().flat_map(|g| &g.ids).map(row_of).collect();
        self.position_at = vec![NONE; self.matrix.rows()];
        self.dead = 0;
        for (position, row) in self.row_at.iter().enumerate() {
            match self.position_at.get_mut(*row as usize) {
                Some(position_at) => *position_at = position as u32,
                None => self.dead += 1,
            }
        }
        self.delta = (0..self.matrix.rows()).filter(|row| self.position_at[*row] == NONE).collect();
        self.current = generation.map(Arc::new);
    }

    /// The vector of the graph as a neighbor of the query; `None` when it has been removed.
    fn neighbor(&self, query: &Embedding, position: usize) -> Option<Neighbor> {
        let row = *self.row_at.get(position)? as usize;
        self.matrix.neighbor(query, row)
    }

    /// The `k` nearest of all, exactly.
    fn nearest(&self, query: &Embedding, k: usize) -> Vec<Neighbor> {
        let Some(current) = &self.current else {
            return self.matrix.nearest(query, k, 0..self.matrix.rows());
        };
        let codes = &current.codes;
        let score = |position| self.neighbor(query, position);
        let mut found = codes.nearest(query.as_slice(), k, Rows::All(0..codes.len()), &score);
        found.extend(self.matrix.nearest(query, k, self.delta.iter().copied()));
        keep_nearest(found, k)
    }

    /// The `k` nearest of the given ids, exactly.
    fn nearest_of(&self, query: &Embedding, k: usize, ids: &[VectorId]) -> Vec<Neighbor> {
        let rows = self.matrix.rows_of(ids);
        let Some(current) = self.current.as_ref().filter(|_| ids.len() >= CODES_FROM.max(k * 4)) else {
            return self.matrix.nearest(query, k, rows);
        };
        let (mut positions, mut late) = (Vec::with_capacity(ids.len()), Vec::new());
        for row in rows {
            match self.position_at.get(row) {
                Some(position) if *position != NONE => positions.push(*position),
                _ => late.push(row),
            }
        }
        // As they lie in memory; mostly they are in that order already.
        positions.sort_unstable();
        let score = |position| self.neighbor(query, position);
        let mut found = current.codes.nearest(query.as_slice(), k, Rows::Some(&positions), &score);
        found.extend(self.matrix.nearest(query, k, late.into_iter()));
        keep_nearest(found, k)
    }

    fn is_due(&self) -> bool {
        match &self.current {
            None => self.matrix.len() >= GRAPH_FROM,
            Some(current) => self.delta.len() + self.dead > CHURN_LEAST.max(current.ids.len() / CHURN_PARTS),
        }
    }
}

impl HnswIndex {
    /// An empty index for vectors of so many dimensions, which builds a graph when told to. With `persistence`, generations are kept on disk.
    pub fn new(dimensions: usize, persistence: Option<Persistence>) -> HnswIndex {
        let state = State {
            matrix: Matrix::new(dimensions),
            current: None,
            row_at: Vec::new(),
            position_at: Vec::new(),
            delta: Vec::new(),
            dead: 0,
        };
        HnswIndex {
            shared: Arc::new(Shared {
                state: RwLock::new(state),
                persistence,
                parameters: Parameters::default(),
                ef_search: AtomicUsize::new(EF_SEARCH),
                in_background: AtomicBool::new(false),
                building: Mutex::new(()),
                scheduled: AtomicBool::new(false),
            }),
        }
    }

    /// Loads the saved generation, if it is there and whole, for the vectors inserted so far. `false` when there was
    /// none to be used: a reason is logged, searches are exact, and [`HnswIndex::build_if_due`] makes a new one.
    pub fn load(&self) -> bool {
        let Some(persistence) = &self.shared.persistence else { return false };
        let started = std::time::Instant::now();
        match Generation::load(&persistence.folder, &persistence.model, self.shared.parameters) {
            Ok(Some(generation)) => {
                let seconds = started.elapsed().as_secs_f32();
                tracing::info!(vectors = generation.ids.len(), seconds, "index loaded");
                self.shared.write().adopt(Some(generation));
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(%error, "the saved index is not usable and will be built again from the store");
                false
            }
        }
    }

    /// Builds and saves a new generation when one is due; `true` when it did. Searches go on meanwhile.
    ///
    /// # Errors
    /// [`crate::Error::Index`] when the build fails, [`crate::Error::Io`] when saving does. The index goes on with
    /// what it has.
    pub fn build_if_due(&self) -> Result<bool> {
        self.shared.build_if_due()
    }

    /// From now on, builds a new generation by itself as soon as one is due, in a thread of its own. Until then it is
    /// built by [`HnswIndex::build_if_due`] alone: while much is being inserted, every build but the last is waste.
    pub fn build_in_background(&self) {
        self.shared.in_background.store(true, Ordering::Release);
        self.schedule();
    }

    /// Builds in the background when a new generation is due. Failures are logged: searches stay right without it.
    fn schedule(&self) {
        if !self.shared.in_background.load(Ordering::Acquire)
            || !self.shared.read().is_due()
            || self.shared.scheduled.swap(true, Ordering::AcqRel)
        {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let started = std::thread::Builder::new().name("index-build".to_owned()).spawn(move || {
            let built = shared.build_if_due();
            shared.scheduled.store(false, Ordering::Release);
            if let Err(error) = built {
                tracing::error!(%error, "could not build the index; searches scan instead");
            }
        });
        if let Err(error) = started {
            self.shared.scheduled.store(false, Ordering::Release);
            tracing::error!(%error, "could not start a thread to build the index; searches scan instead");
        }
    }

    /// Candidates that a walk keeps at the least from now on, 320 until then: the more, the more of the nearest are found
    /// and the longer it takes. Below `k` and a half more, and 60, it makes no difference.
    pub fn set_ef_search(&self, least: usize) {
        self.shared.ef_search.store(least, Ordering::Relaxed);
    }

    /// Number of vectors in the graph, dead ones included; 0 without a graph.
    pub fn graph_len(&self) -> usize {
        self.shared.read().current.as_ref().map_or(0, |g| g.ids.len())
    }

    /// Number of vectors beside the graph, which every search scans.
    pub fn delta_len(&self) -> usize {
        self.shared.read().delta.len()
    }
}

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn build_if_due(&self) -> Result<bool> {
        let _one_at_a_time = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        let (codes, ids) = {
            let state = self.read();
            if !state.is_due() {
                return Ok(false);
            }
            let matrix = &state.matrix;
            let alive: Vec<usize> = (0..matrix.rows()).filter(|row| matrix.is_alive(*row)).collect();
            let centre = Centre::of(alive.iter().map(|row| matrix.row(*row)), matrix.dimensions());
            let ids: Vec<VectorId> = alive.iter().map(|row| matrix.id(*row)).collect();
            (Codes::of(centre, alive.iter().map(|row| matrix.row(*row))), ids)
        };
        let started = std::time::Instant::now();
        let codes = Arc::new(codes);
        let generation = Generation { graph: build::build(&codes, self.parameters)?, codes, ids };
        tracing::info!(vectors = generation.ids.len(), seconds = started.elapsed().as_secs_f32(), "index built");
        let saved = match &self.persistence {
            Some(to) => generation.save(&to.folder, &to.model, self.parameters),
            None => Ok(()),
        };
        self.write().adopt(Some(generation));
        saved.map(|()| true)
    }
}

impl VectorIndex for HnswIndex {
    fn name(&self) -> &'static str {
        "hnsw"
    }

    fn insert(&self, items: &[(VectorId, Embedding)]) -> Result<()> {
        {
            let mut state = self.shared.write();
            let first_new = state.matrix.rows();
            state.matrix.push_all(items)?;
            let rows = state.matrix.rows();
            state.delta.extend(first_new..rows);
        }
        self.schedule();
        Ok(())
    }

    fn remove(&self, ids: &[VectorId]) -> Result<()> {
        {
            let mut state = self.shared.write();
            let removed: HashSet<usize> = ids.iter().filter_map(|id| state.matrix.kill(*id)).collect();
            let delta_before = state.delta.len();
            state.delta.retain(|row| !removed.contains(row));
            state.dead += removed.len() - (delta_before - state.delta.len());
        }
        self.schedule();
        Ok(())
    }

    fn search(&self, query: &Embedding, k: usize, filter: Filter<'_>) -> Result<Vec<Neighbor>> {
        let state = self.shared.read();
        let matrix = &state.matrix;
        matrix.check(query)?;
        if let Filter::Only(ids) = filter {
            return Ok(state.nearest_of(query, k, ids));
        }
        let Some(current) = &state.current else {
            return Ok(state.nearest(query, k));
        };
        // The more of the graph is dead, the more candidates it takes to find k that are not.
        let share_alive = 1.0 - state.dead as f64 / current.ids.len().max(1) as f64;
        let wanted = ((k + OVERFETCH) as f64 / share_alive.max(0.1)).ceil() as usize;
        if wanted >= current.ids.len() / 4 {
            return Ok(state.nearest(query, k));
        }
        let least = self.shared.ef_search.load(Ordering::Relaxed);
        let candidates = current.graph.candidates(&current.codes, query.as_slice(), wanted, least);
        let found = candidates.into_iter().filter_map(|position| state.neighbor(query, position)).collect();
        let mut found = keep_nearest(found, k);
        if found.len() < k {
            // The neighbourhood is dead (a large document was removed): what is alive lies further than the walk went.
            return Ok(state.nearest(query, k));
        }
        found.extend(matrix.nearest(query, k, state.delta.iter().copied()));
        Ok(keep_nearest(found, k))
    }

    fn vectors(&self, ids: &[VectorId], take: &mut dyn FnMut(VectorId, &[f32])) {
        self.shared.read().matrix.each_of(ids, take);
    }

    fn len(&self) -> usize {
        self.shared.read().matrix.len()
    }
}
