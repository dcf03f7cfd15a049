//! The graph itself. This file alone names hnsw_rs and holds its traps in check:
//!
//! - its dot distance panics when rounding takes a product of unit vectors above 1, so [`QuantisedDot`] clamps;
//! - it panics on bad files and in places on odd input, so every call is made under [`caught`];
//! - it can end the process on a bad parameter, so the parameters are constants of this program;
//! - a loaded graph borrows its loader, which is therefore leaked: a few hundred bytes a load;
//! - inserting and searching at once is forbidden: a [`Graph`] is immutable once built.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::api::AnnT;
use hnsw_rs::hnsw::Hnsw;
use hnsw_rs::hnswio::HnswIo;
use serde::{Deserialize, Serialize};

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

/// The centre that vectors are quantised around. Sentence embeddings crowd a narrow cone (unrelated clauses have a
/// cosine of 0.8), so 8 bits spent on the offset from the mean resolve neighbours that 8 bits on the vector do not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Centre {
    mean: Vec<f32>,
    mean_square: f32,
}

/// Bytes behind the components of a quantised vector: its scale and its product with the mean, both f32.
const TAIL: usize = 8;

impl Centre {
    /// The mean of the vectors; zero for none.
    pub(super) fn of<'a>(vectors: impl Iterator<Item = &'a [f32]>, dimensions: usize) -> Centre {
        let mut sums = vec![0f64; dimensions];
        let mut count = 0usize;
        for vector in vectors {
            count += 1;
            for (sum, v) in sums.iter_mut().zip(vector) {
                *sum += f64::from(*v);
            }
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / count.max(1) as f64) as f32).collect();
        let mean_square = mean.iter().map(|m| m * m).sum();
        Centre { mean, mean_square }
    }

    /// `vector = mean + residual`; the residual goes to 8 bits with a scale of its own, and `mean . residual` stays
    /// in f32, so that the cosine of two quantised vectors is exact but for the residuals' rounding.
    pub(super) fn quantise(&self, vector: &[f32]) -> Vec<i8> {
        let residual = || vector.iter().zip(&self.mean).map(|(v, m)| v - m);
        let largest = residual().fold(0f32, |largest, r| largest.max(r.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let product: f32 = residual().zip(&self.mean).map(|(r, m)| r * m).sum();
        let mut quantised: Vec<i8> = residual().map(|r| (r / scale).round() as i8).collect();
        quantised.extend(scale.to_le_bytes().iter().chain(&product.to_le_bytes()).map(|byte| *byte as i8));
        quantised
    }
}

/// Distance between quantised vectors: `1 - cosine`, clamped to [0, 2] so that it is never negative.
#[derive(Debug, Clone)]
pub(super) struct QuantisedDot {
    mean_square: f32,
    arch: pulp::Arch,
}

impl Distance<i8> for QuantisedDot {
    fn eval(&self, a: &[i8], b: &[i8]) -> f32 {
        // Both come from `Centre::quantise` or from a file whose digest was checked, and are as long as each other.
        let (Some((a, a_tail)), Some((b, b_tail))) = (a.split_last_chunk::<TAIL>(), b.split_last_chunk::<TAIL>())
        else {
            return 2.0;
        };
        let ((a_scale, a_mean), (b_scale, b_mean)) = (tail(a_tail), tail(b_tail));
        let residuals = a_scale * b_scale * dot(self.arch, a, b) as f32;
        (1.0 - (self.mean_square + a_mean + b_mean + residuals)).clamp(0.0, 2.0)
    }
}

fn tail(bytes: &[i8; TAIL]) -> (f32, f32) {
    let [a, b, c, d, e, f, g, h] = bytes.map(|byte| byte as u8);
    (f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h]))
}

/// Integer dot product. Exact: 2^31 / 127^2 leaves room for 130,000 dimensions.
fn dot(arch: pulp::Arch, a: &[i8], b: &[i8]) -> i32 {
    arch.dispatch(
        #[inline(always)]
        || a.iter().zip(b).map(|(x, y)| i32::from(i16::from(*x) * i16::from(*y))).sum(),
    )
}

/// An immutable HNSW graph over numbered vectors.
pub(super) struct Graph {
    inner: Hnsw<'static, i8, QuantisedDot>,
    centre: Centre,
}

impl Graph {
    /// Builds a graph over quantised vectors, each found later by its position, on all cores.
    pub(super) fn build(centre: Centre, vectors: &[Vec<i8>], parameters: Parameters) -> Result<Graph> {
        caught("build", || {
            let distance = QuantisedDot { mean_square: centre.mean_square, arch: pulp::Arch::new() };
            let inner =
                Hnsw::new(parameters.links, vectors.len().max(1), MAX_LAYER, parameters.ef_construction, distance);
            // A few inserted one by one first: points inserted at the same instant do not see each other, which at
            // the very beginning would leave them without links.
            let (first, rest) = vectors.split_at(vectors.len().min(64));
            for (position, vector) in first.iter().enumerate() {
                inner.insert((vector, position));
            }
            let rest: Vec<(&[i8], usize)> =
                rest.iter().enumerate().map(|(i, vector)| (vector.as_slice(), first.len() + i)).collect();
            inner.parallel_insert_slice(&rest);
            Ok(Graph { inner, centre })
        })
    }

    /// Positions of some `k` near vectors, without order or exact similarity: candidates to be scored again.
    pub(super) fn candidates(&self, query: &[f32], k: usize) -> Result<Vec<usize>> {
        let query = self.centre.quantise(query);
        caught("search", || {
            let ef = EF_SEARCH.max(k + k / 2);
            Ok(self.inner.search(&query, k, ef).iter().map(|n| n.d_id).collect())
        })
    }

    pub(super) fn centre(&self) -> &Centre {
        &self.centre
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
    pub(super) fn load(folder: &Path, centre: Centre, expected: usize) -> Result<Graph> {
        caught("load", || {
            let distance = QuantisedDot { mean_square: centre.mean_square, arch: pulp::Arch::new() };
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
            Ok(Graph { inner, centre })
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
