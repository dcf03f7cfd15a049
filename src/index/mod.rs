//! Vector indexes: who is nearest to a query vector.
//!
//! One trait, two implementations: [`flat`] scans everything and is exact, [`hnsw`] walks a graph. Both pass the same
//! conformance suite. An index knows vectors and their ids, nothing of documents or clauses; it is derived from the
//! store and can be thrown away at any time. Only `hnsw/build.rs` names the hnsw_rs crate.

mod centre;
pub mod flat;
mod frequencies;
pub mod hnsw;
mod matrix;

#[cfg(test)]
mod conformance;

pub(crate) use self::centre::{CentreSample, MOST as CENTRE_TEXTS};
pub(crate) use self::frequencies::TokenFrequencies;

use crate::embed::Embedding;
use crate::error::Result;

/// Identifies a vector: the row of the store's `texts` table. Never reused, so an index built earlier can be
/// reconciled with the store by comparing ids alone.
pub type VectorId = u64;

/// What an index returns: an id and its cosine similarity to the query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// The vector.
    pub id: VectorId,
    /// Cosine in [-1, 1], larger is closer; computed in f32 from the full vectors, never from a quantised copy.
    pub similarity: f32,
}

/// Which vectors may be returned. Each backend translates it in its own way, so it stays small.
#[derive(Debug, Clone, Copy)]
pub enum Filter<'a> {
    /// Every vector.
    All,
    /// These vectors and no others: sorted, without duplicates. Ids that the index does not hold are passed over.
    /// Always answered exactly.
    Only(&'a [VectorId]),
}

/// Nearest-neighbour search over unit vectors.
///
/// Implementations may be searched, added to and removed from at the same time; a search sees everything whose
/// `insert` or `remove` has returned.
pub trait VectorIndex: Send + Sync {
    /// Short name for logs and reports: `flat`, `hnsw`.
    fn name(&self) -> &'static str;

    /// Adds vectors. An id that is already there keeps its first vector (the store never changes one).
    ///
    /// # Errors
    /// [`crate::Error::Index`] when a vector's dimensions differ from the index's.
    fn insert(&self, items: &[(VectorId, Embedding)]) -> Result<()>;

    /// Takes vectors out; ids that are not there are passed over.
    fn remove(&self, ids: &[VectorId]) -> Result<()>;

    /// The `k` nearest vectors, most similar first, ties by id; fewer when there are fewer.
    ///
    /// # Errors
    /// [`crate::Error::Index`] when the query's dimensions differ from the index's.
    fn search(&self, query: &Embedding, k: usize, filter: Filter<'_>) -> Result<Vec<Neighbor>>;

    /// Hands out the vectors of these ids, which are sorted, without duplicates; those that are not there are passed
    /// over. What it is handed to must not use the index.
    fn vectors(&self, ids: &[VectorId], take: &mut dyn FnMut(VectorId, &[f32]));

    /// Number of vectors that can be found.
    fn len(&self) -> usize;

    /// Whether nothing can be found.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Orders neighbors most similar first, ties by id, and keeps the first `k`.
fn keep_nearest(mut neighbors: Vec<Neighbor>, k: usize) -> Vec<Neighbor> {
    let order = |a: &Neighbor, b: &Neighbor| b.similarity.total_cmp(&a.similarity).then(a.id.cmp(&b.id));
    if neighbors.len() > k && k > 0 {
        neighbors.select_nth_unstable_by(k - 1, order);
    }
    neighbors.truncate(k);
    neighbors.sort_unstable_by(order);
    neighbors
}
