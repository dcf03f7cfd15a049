//! Approximate search over a graph, exact where it matters.
//!
//! What is searched is a graph generation that never changes, plus every vector that came after it (the *delta*,
//! scanned exactly), less every vector that was removed since (still in the graph, passed over). When delta and dead
//! vectors grow past a share of the graph, a new generation is built beside the old one and switched in. Candidates of
//! the graph, whose vectors are quantised, are scored again with the full vectors.

mod generation;
mod graph;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::generation::Generation;
use self::graph::{Centre, Graph, Parameters};
use super::matrix::Matrix;
use super::{Filter, Neighbor, VectorId, VectorIndex, keep_nearest};
use crate::embed::Embedding;
use crate::error::Result;

/// Below this many vectors there is no graph: the scan is faster.
const GRAPH_FROM: usize = 256;
/// A new generation is due when delta and dead vectors together pass this many …
const CHURN_LEAST: usize = 16_384;
/// … and this share of the graph (one part in five). Scanning so many costs less than walking the graph.
const CHURN_PARTS: usize = 5;
/// Candidates beyond `k`, so that quantised order at the edge does not cost recall.
const OVERFETCH: usize = 40;

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
    /// Rows of the matrix that are not in the graph.
    delta: Vec<usize>,
    /// Vectors of the graph that were removed.
    dead: usize,
}

impl State {
    /// Takes a generation into use and works out what it lacks and what it has too much.
    fn adopt(&mut self, generation: Option<Generation>) {
        self.matrix.compact();
        let covered: HashSet<VectorId> = generation.iter().flat_map(|g| g.ids.iter().copied()).collect();
        self.delta = (0..self.matrix.rows()).filter(|row| !covered.contains(&self.matrix.id(*row))).collect();
        self.dead = covered.iter().filter(|id| self.matrix.row_of(**id).is_none()).count();
        self.current = generation.map(Arc::new);
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
        let state = State { matrix: Matrix::new(dimensions), current: None, delta: Vec::new(), dead: 0 };
        HnswIndex {
            shared: Arc::new(Shared {
                state: RwLock::new(state),
                persistence,
                parameters: Parameters::default(),
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
        match Generation::load(&persistence.folder, &persistence.model, self.shared.parameters) {
            Ok(Some(generation)) => {
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
        let (centre, ids, vectors) = {
            let state = self.read();
            if !state.is_due() {
                return Ok(false);
            }
            let matrix = &state.matrix;
            let alive: Vec<usize> = (0..matrix.rows()).filter(|row| matrix.is_alive(*row)).collect();
            let centre = Centre::of(alive.iter().map(|row| matrix.row(*row)), matrix.dimensions());
            let ids: Vec<VectorId> = alive.iter().map(|row| matrix.id(*row)).collect();
            let vectors: Vec<Vec<i8>> = alive.iter().map(|row| centre.quantise(matrix.row(*row))).collect();
            (centre, ids, vectors)
        };
        let started = std::time::Instant::now();
        let generation = Generation { graph: Graph::build(centre, &vectors, self.parameters)?, ids };
        tracing::info!(vectors = vectors.len(), seconds = started.elapsed().as_secs_f32(), "index built");
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
            return Ok(matrix.nearest_of(query, k, ids));
        }
        let Some(current) = &state.current else {
            return Ok(matrix.nearest(query, k, 0..matrix.rows()));
        };
        // The more of the graph is dead, the more candidates it takes to find k that are not.
        let share_alive = 1.0 - state.dead as f64 / current.ids.len().max(1) as f64;
        let wanted = ((k + OVERFETCH) as f64 / share_alive.max(0.1)).ceil() as usize;
        if wanted >= current.ids.len() / 4 {
            return Ok(matrix.nearest(query, k, 0..matrix.rows()));
        }
        let rows = current.graph.candidates(query.as_slice(), wanted)?;
        let rows =
            rows.into_iter().filter_map(|position| current.ids.get(position)).filter_map(|id| matrix.row_of(*id));
        let mut found = matrix.nearest(query, k, rows);
        if found.len() < k {
            // The neighbourhood is dead (a large document was removed): what is alive lies further than the walk went.
            return Ok(matrix.nearest(query, k, 0..matrix.rows()));
        }
        found.extend(matrix.nearest(query, k, state.delta.iter().copied()));
        Ok(keep_nearest(found, k))
    }

    fn len(&self) -> usize {
        self.shared.read().matrix.len()
    }
}
