//! The graph itself. This file alone names hnsw_rs and holds its traps in check:
//!
//! - its dot distance panics when rounding takes a product of unit vectors above 1, so [`QuantisedDot`] clamps;
//! - it panics on bad files and in places on odd input, so every call is made under [`caught`];
//! - it can end the process on a bad parameter, so the parameters are constants of this program;
//! - a loaded graph borrows its loader, which is therefore leaked: a few hundred bytes a load;
//! - inserting and searching at once is forbidden: a [`Graph`] is immutable once built.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::api::AnnT;
use hnsw_rs::hnsw::Hnsw;
use hnsw_rs::hnswio::HnswIo;
use serde::{Deserialize, Serialize};

use super::codes::Codes;
use crate::error::{Error, Result};

/// How a graph is built and searched. Larger values cost time and memory and raise recall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parameters {
    /// Links a vector keeps in the upper layers; twice as many in the lowest.
    pub(super) links: usize,
    /// Candidates kept while a vector is inserted.
    pub(super) ef_construction: usize,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters { links: 24, ef_construction: 150 }
    }
}

/// Candidates kept while searching, at the least. Typed questions lie further from the clauses than clauses from each
/// other and need many more for the same recall; `cargo bench --bench rivals -- indexes` measures both.
const EF_SEARCH: usize = 256;
const MAX_LAYER: usize = 16;
const BASENAME: &str = "graph";

/// Distance between vectors of [`Codes`]: `1 - cosine`, clamped to [0, 2] so that it is never negative.
///
/// A point of the graph has its own copy of the bytes, scale and product: one that holds its position in the codes
/// instead saves 370 bytes a vector and makes a search wait for memory once more at every step, a third more time.
#[derive(Clone)]
pub(super) struct QuantisedDot(Arc<Codes>);

/// Bytes behind those of a vector: its scale and its product with the mean, both f32.
const TAIL: usize = 8;

fn vector(point: &[i8]) -> Option<(&[i8], f32, f32)> {
    let (bytes, tail) = point.split_last_chunk::<TAIL>()?;
    let [a, b, c, d, e, f, g, h] = tail.map(|byte| byte as u8);
    Some((bytes, f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h])))
}

impl Distance<i8> for QuantisedDot {
    fn eval(&self, a: &[i8], b: &[i8]) -> f32 {
        match (vector(a), vector(b)) {
            (Some(a), Some(b)) => (1.0 - self.0.similarity(a, b)).clamp(0.0, 2.0),
            // Too short to be a vector; the files' digests were right, so it was written that way.
            _ => 2.0,
        }
    }
}

fn with_tail(mut bytes: Vec<i8>, scale: f32, product: f32) -> Vec<i8> {
    bytes.extend(scale.to_le_bytes().iter().chain(&product.to_le_bytes()).map(|byte| *byte as i8));
    bytes
}

/// An immutable HNSW graph over quantised vectors.
pub(super) struct Graph {
    inner: Hnsw<'static, i8, QuantisedDot>,
    codes: Arc<Codes>,
}

impl Graph {
    /// Builds a graph, on all cores.
    pub(super) fn build(codes: Arc<Codes>, parameters: Parameters) -> Result<Graph> {
        caught("build", || {
            let distance = QuantisedDot(Arc::clone(&codes));
            let inner =
                Hnsw::new(parameters.links, codes.len().max(1), MAX_LAYER, parameters.ef_construction, distance);
            let points: Vec<Vec<i8>> =
                codes.iter().map(|(bytes, scale, product)| with_tail(bytes.to_vec(), scale, product)).collect();
            // A few inserted one by one first: points inserted at the same instant do not see each other, which at
            // the very beginning would leave them without links.
            let (first, rest) = points.split_at(points.len().min(64));
            for (position, point) in first.iter().enumerate() {
                inner.insert((point, position));
            }
            let rest: Vec<(&[i8], usize)> =
                rest.iter().enumerate().map(|(i, point)| (point.as_slice(), first.len() + i)).collect();
            inner.parallel_insert_slice(&rest);
            Ok(Graph { inner, codes })
        })
    }

    /// Positions of some `k` near vectors, without order or exact similarity: candidates to be scored again.
    pub(super) fn candidates(&self, query: &[f32], k: usize) -> Result<Vec<usize>> {
        let code = self.codes.quantise(query);
        let query = with_tail(code.bytes, code.scale, code.product);
        caught("search", || {
            let ef = EF_SEARCH.max(k + k / 2);
            Ok(self.inner.search(&query, k, ef).iter().map(|n| n.d_id).collect())
        })
    }

    pub(super) fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Writes the graph into an empty folder; the names of the files written.
    pub(super) fn save(&self, folder: &Path) -> Result<Vec<String>> {
        let name = caught("save", || {
            self.inner.file_dump(folder, BASENAME).map_err(|e| Error::Index(format!("could not write the graph: {e}")))
        })?;
        if name != BASENAME {
            return Err(Error::Index(format!("expected the graph to be written as {BASENAME}, it went to {name}")));
        }
        Ok(vec![format!("{BASENAME}.hnsw.graph"), format!("{BASENAME}.hnsw.data")])
    }

    /// Loads what [`Graph::save`] wrote. The caller has checked the files' digests.
    pub(super) fn load(folder: &Path, codes: Arc<Codes>) -> Result<Graph> {
        caught("load", || {
            let distance = QuantisedDot(Arc::clone(&codes));
            let expected = codes.len();
            let loader: &'static HnswIo = Box::leak(Box::new(HnswIo::new(folder, BASENAME)));
            let inner: Hnsw<'static, i8, QuantisedDot> = loader
                .load_hnsw_with_dist(distance)
                .map_err(|e| Error::Index(format!("could not read the graph: {e}")))?;
            if inner.get_nb_point() != expected {
                return Err(Error::Index(format!(
                    "expected a graph of {expected} vectors, received one of {}",
                    inner.get_nb_point()
                )));
            }
            Ok(Graph { inner, codes })
        })
    }
}

/// Runs a call into hnsw_rs; its panic becomes an error.
fn caught<T>(what: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(Error::Index(format!("hnsw_rs failed to {what}: {said}")))
    })
}
