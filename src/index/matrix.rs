//! Vectors in memory: rows that never move, found by id, with exact scans over all or some of them.

use std::collections::HashMap;

use super::{Neighbor, VectorId, keep_nearest};
use crate::embed::{Embedding, dot_f32};
use crate::error::{Error, Result};

/// Rows a block. Blocks are allocated whole, so that growth never copies what is there.
const BLOCK_ROWS: usize = 1024;

/// A growing matrix of unit vectors. A removed row stays in place, dead, until [`Matrix::compact`].
#[derive(Debug)]
pub(super) struct Matrix {
    dimensions: usize,
    blocks: Vec<Vec<f32>>,
    ids: Vec<VectorId>,
    alive: Vec<bool>,
    row_of: HashMap<VectorId, u32>,
    /// Whether rows are in the order of their ids, as they are when ids are given out in ascending order.
    ascending: bool,
    arch: pulp::Arch,
}

impl Matrix {
    pub(super) fn new(dimensions: usize) -> Matrix {
        Matrix {
            dimensions,
            blocks: Vec::new(),
            ids: Vec::new(),
            alive: Vec::new(),
            row_of: HashMap::new(),
            ascending: true,
            arch: pulp::Arch::new(),
        }
    }

    /// Live vectors.
    pub(super) fn len(&self) -> usize {
        self.row_of.len()
    }

    /// Rows, dead ones included.
    pub(super) fn rows(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        let start = row % BLOCK_ROWS * self.dimensions;
        &self.blocks[row / BLOCK_ROWS][start..start + self.dimensions]
    }

    pub(super) fn id(&self, row: usize) -> VectorId {
        self.ids[row]
    }

    pub(super) fn is_alive(&self, row: usize) -> bool {
        self.alive[row]
    }

    pub(super) fn row_of(&self, id: VectorId) -> Option<usize> {
        self.row_of.get(&id).map(|row| *row as usize)
    }

    pub(super) fn check(&self, vector: &Embedding) -> Result<()> {
        if vector.dimensions() == self.dimensions {
            return Ok(());
        }
        Err(Error::Index(format!(
            "expected a vector of {} dimensions, received one of {}",
            self.dimensions,
            vector.dimensions()
        )))
    }

    /// Appends vectors whose ids are not there yet; either all of them or, on an error, none.
    pub(super) fn push_all(&mut self, items: &[(VectorId, Embedding)]) -> Result<()> {
        if self.ids.len() + items.len() > u32::MAX as usize {
            return Err(Error::Index("expected at most 2^32 vectors".to_owned()));
        }
        items.iter().try_for_each(|(_, vector)| self.check(vector))?;
        for (id, vector) in items {
            if !self.row_of.contains_key(id) {
                self.append(*id, vector.as_slice());
            }
        }
        Ok(())
    }

    fn append(&mut self, id: VectorId, values: &[f32]) {
        if self.ids.len().is_multiple_of(BLOCK_ROWS) {
            self.blocks.push(Vec::with_capacity(BLOCK_ROWS * self.dimensions));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.extend_from_slice(values);
        }
        self.ascending &= self.ids.last().is_none_or(|last| *last < id);
        self.row_of.insert(id, self.ids.len() as u32);
        self.ids.push(id);
        self.alive.push(true);
    }

    /// Marks a vector dead; its row, when it was there.
    pub(super) fn kill(&mut self, id: VectorId) -> Option<usize> {
        let row = self.row_of.remove(&id)? as usize;
        self.alive[row] = false;
        Some(row)
    }

    /// Drops dead rows. Rows move; ids do not.
    pub(super) fn compact(&mut self) {
        if self.len() == self.rows() {
            return;
        }
        let mut kept = Matrix::new(self.dimensions);
        for row in (0..self.rows()).filter(|row| self.alive[*row]) {
            kept.append(self.ids[row], self.row(row));
        }
        *self = kept;
    }

    /// A row as a neighbor of the query; `None` when it is dead or not there.
    pub(super) fn neighbor(&self, query: &Embedding, row: usize) -> Option<Neighbor> {
        let alive = self.alive.get(row).is_some_and(|alive| *alive);
        alive.then(|| Neighbor {
            id: self.ids[row],
            similarity: dot_f32(self.arch, query.as_slice(), self.row(row)).clamp(-1.0, 1.0),
        })
    }

    /// The `k` nearest of the given rows; dead ones are passed over.
    pub(super) fn nearest(&self, query: &Embedding, k: usize, rows: impl Iterator<Item = usize>) -> Vec<Neighbor> {
        keep_nearest(rows.filter_map(|row| self.neighbor(query, row)).collect(), k)
    }

    /// Hands out the vectors of the given ids, which are sorted; ids that are not there are passed over.
    pub(super) fn each_of(&self, ids: &[VectorId], take: &mut dyn FnMut(VectorId, &[f32])) {
        self.rows_of(ids).for_each(|row| take(self.ids[row], self.row(row)));
    }

    /// Rows of the given ids, which are sorted; ids that are not there are passed over.
    pub(super) fn rows_of(&self, ids: &[VectorId]) -> impl Iterator<Item = usize> {
        let mut from = 0;
        ids.iter().filter_map(move |id| {
            if !self.ascending {
                return self.row_of(*id);
            }
            // Ever longer steps from the last one found: many ids are next to each other, and looking each up in the
            // map costs more than comparing its vector.
            let mut step = 1;
            while self.ids.get(from + step).is_some_and(|there| there <= id) {
                from += step;
                step *= 2;
            }
            let until = self.ids.len().min(from + step);
            from += self.ids[from..until].partition_point(|there| there < id);
            (self.ids.get(from) == Some(id) && self.alive[from]).then_some(from)
        })
    }
}
