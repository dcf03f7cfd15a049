//! Exact search by scanning every vector: the oracle for other indexes, and the right choice for small corpora and
//! for one-off commands, which would spend longer loading a graph than scanning.

use std::sync::{PoisonError, RwLock};

use super::matrix::Matrix;
use super::{Filter, Neighbor, VectorId, VectorIndex};
use crate::embed::Embedding;
use crate::error::Result;

/// An index that compares the query with every vector. Cost grows linearly: 100,000 vectors of 384 dimensions take
/// some 10 to 20 ms on one core.
#[derive(Debug)]
pub struct FlatIndex {
    // A std lock: it is held for one scan at most and never across an await.
    matrix: RwLock<Matrix>,
}

impl FlatIndex {
    /// An empty index for vectors of so many dimensions.
    pub fn new(dimensions: usize) -> FlatIndex {
        FlatIndex { matrix: RwLock::new(Matrix::new(dimensions)) }
    }
}

impl VectorIndex for FlatIndex {
    fn name(&self) -> &'static str {
        "flat"
    }

    fn insert(&self, items: &[(VectorId, Embedding)]) -> Result<()> {
        let mut matrix = self.matrix.write().unwrap_or_else(PoisonError::into_inner);
        matrix.push_all(items)?;
        Ok(())
    }

    fn remove(&self, ids: &[VectorId]) -> Result<()> {
        let mut matrix = self.matrix.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            matrix.kill(*id);
        }
        if matrix.rows() > 2 * matrix.len() {
            matrix.compact();
        }
        Ok(())
    }

    fn search(&self, query: &Embedding, k: usize, filter: Filter<'_>) -> Result<Vec<Neighbor>> {
        let matrix = self.matrix.read().unwrap_or_else(PoisonError::into_inner);
        matrix.check(query)?;
        Ok(match filter {
            Filter::All => matrix.nearest(query, k, 0..matrix.rows()),
            Filter::Only(ids) => matrix.nearest(query, k, matrix.rows_of(ids)),
        })
    }

    fn vectors(&self, ids: &[VectorId], take: &mut dyn FnMut(VectorId, &[f32])) {
        self.matrix.read().unwrap_or_else(PoisonError::into_inner).each_of(ids, take);
    }

    fn len(&self) -> usize {
        self.matrix.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}
