//! Building a graph. This file alone names hnsw_rs and holds its traps in check:
//!
//! - its dot distance panics when rounding takes a product of unit vectors above 1, so [`QuantisedDot`] clamps;
//! - it panics in places on odd input, so all of it runs under [`caught`];
//! - it can end the process on a bad parameter, so the parameters are constants of this program;
//! - inserting and searching at once is forbidden: nothing is searched here;
//! - a vector costs it 4 KB, most of it an allocation for every link: what is kept is the flat [`Graph`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::hnsw::Hnsw;
use serde::{Deserialize, Serialize};

use super::codes::Codes;
use super::graph::{Graph, Layer};
use super::refine::refine;
use crate::error::{Error, Result};

/// How a graph is built. Larger values cost time and memory and raise recall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parameters {
    /// Links a vector keeps in the upper layers; twice as many in the lowest, until it is refined.
    pub(super) links: usize,
    /// Candidates kept while a vector is inserted.
    pub(super) ef_construction: usize,
    /// Links a vector keeps in the refined lowest layer.
    pub(super) refined_links: usize,
    /// Candidates kept while a vector is searched for to be linked anew.
    pub(super) ef_refinement: usize,
}

impl Default for Parameters {
    fn default() -> Parameters {
        // Over 213,438 vectors the graph of hnsw_rs alone with 24 links and 150 candidates has the same recall of typed
        // queries, 0.991, and takes 2.2 times as long.
        Parameters { links: 16, ef_construction: 40, refined_links: 64, ef_refinement: 250 }
    }
}

const MAX_LAYER: usize = 16;
/// Inserted one by one before the others: points inserted at the same instant do not see each other, which at the very
/// beginning would leave them without links.
const FIRST: usize = 64;
/// Inserted on all cores at a time; their copies are held meanwhile.
const BLOCK: usize = 16_384;

/// Builds the graph of these vectors, on all cores.
///
/// # Errors
/// [`Error::Index`] when hnsw_rs fails or its graph is not one of these vectors.
pub(super) fn build(codes: &Arc<Codes>, parameters: Parameters) -> Result<Graph> {
    let layers = caught(|| {
        let distance = QuantisedDot(Arc::clone(codes));
        let hnsw = Hnsw::new(parameters.links, codes.len().max(1), MAX_LAYER, parameters.ef_construction, distance);
        let mut first = 0;
        while first < codes.len() {
            let end = if first == 0 { FIRST } else { first + BLOCK }.min(codes.len());
            let points: Vec<Vec<i8>> = (first..end).map(|row| point(codes, row)).collect();
            let points: Vec<(&[i8], usize)> = points.iter().map(Vec::as_slice).zip(first..).collect();
            if first == 0 {
                points.iter().for_each(|point| hnsw.insert_slice(*point));
            } else {
                hnsw.parallel_insert_slice(&points);
            }
            first = end;
        }
        Ok(layers(&hnsw))
    })?;
    let refined = |lowest: &Layer| refine(lowest, codes, parameters.refined_links, parameters.ef_refinement);
    Ok(Graph::new(layers, codes.len())?.with_lowest(refined))
}

/// The links of every layer, the highest first.
fn layers(hnsw: &Hnsw<'_, i8, QuantisedDot>) -> Vec<Layer> {
    let points = hnsw.get_point_indexation();
    let highest = usize::from(points.get_max_level_observed());
    let mut layers: Vec<Vec<(u32, Vec<u32>)>> = vec![Vec::new(); highest + 1];
    // A point stands in all layers up to its own.
    for level in 0..=highest {
        for point in points.get_layer_iterator(level) {
            let neighbours = point.get_neighborhood_id();
            for (layer, neighbours) in neighbours.iter().take(level + 1).enumerate() {
                // The first point of a new layer is linked to one that is not in it.
                let links = neighbours.iter().filter(|link| usize::from(link.p_id.0) >= layer);
                let links = links.map(|link| link.d_id as u32).collect();
                layers[highest - layer].push((point.get_origin_id() as u32, links));
            }
        }
    }
    layers.into_iter().map(Layer::new).collect()
}

/// Distance between vectors of [`Codes`]: `1 - cosine`, clamped to [0, 2] so that it is never negative.
///
/// A point has its own copy of the bytes, scale and product: one that holds its position in the codes instead makes
/// hnsw_rs wait for memory once more at every step, a third more time.
#[derive(Clone)]
struct QuantisedDot(Arc<Codes>);

impl Distance<i8> for QuantisedDot {
    fn eval(&self, a: &[i8], b: &[i8]) -> f32 {
        match (vector(a), vector(b)) {
            (Some(a), Some(b)) => (1.0 - self.0.similarity(a, b)).clamp(0.0, 2.0),
            // Too short to be one of `point`.
            _ => 2.0,
        }
    }
}

/// Bytes behind those of a vector: its scale and its product with the mean, both f32.
const TAIL: usize = 8;

fn point(codes: &Codes, row: usize) -> Vec<i8> {
    let (bytes, scale, product) = codes.row(row);
    let mut point = Vec::with_capacity(bytes.len() + TAIL);
    point.extend_from_slice(bytes);
    point.extend(scale.to_le_bytes().iter().chain(&product.to_le_bytes()).map(|byte| *byte as i8));
    point
}

fn vector(point: &[i8]) -> Option<(&[i8], f32, f32)> {
    let (bytes, tail) = point.split_last_chunk::<TAIL>()?;
    let [a, b, c, d, e, f, g, h] = tail.map(|byte| byte as u8);
    Some((bytes, f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h])))
}

/// Runs hnsw_rs; its panic becomes an error.
fn caught<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(Error::Index(format!("hnsw_rs failed to build a graph: {said}")))
    })
}

#[cfg(test)]
mod tests {
    use super::super::codes::Centre;
    use super::*;

    #[test]
    fn nearly_every_nearest_vector_is_found_and_the_graph_comes_back_from_its_bytes() {
        // A fixed sequence of numbers (Knuth's MMIX generator) around a common direction, as sentence embeddings are.
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as f32 / (1_u64 << 24) as f32
        };
        let mut unit = || {
            let values: Vec<f32> = (0..32).map(|_| 0.5 + next()).collect();
            let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
            values.iter().map(|v| v / length).collect::<Vec<f32>>()
        };
        let vectors: Vec<Vec<f32>> = (0..5000).map(|_| unit()).collect();
        let slices = || vectors.iter().map(Vec::as_slice);
        let codes = Arc::new(Codes::of(Centre::of(slices(), 32), slices()));
        let built = build(&codes, Parameters::default()).unwrap();
        let graph = Graph::read(&built.to_bytes(), codes.len()).unwrap();
        assert_eq!(graph, built);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (mut found, queries) = (0, 100);
        for _ in 0..queries {
            let query = unit();
            let mut nearest: Vec<usize> = (0..vectors.len()).collect();
            nearest.sort_by(|a, b| dot(&query, &vectors[*b]).total_cmp(&dot(&query, &vectors[*a])));
            let candidates = graph.candidates(&codes, &query, 50, 100);
            assert_eq!(candidates.len(), 50);
            found += nearest[..10].iter().filter(|row| candidates.contains(row)).count();
        }
        assert!(found >= 990, "{found} of 1000");
    }
}
