//! Agreement of the graph with the exact scan, and the time both take, over the vectors of a data directory.
//!
//! `cargo bench --bench index -- DATA_DIR [QUERIES] [--build]`: QUERIES is a file with one query text a line; without
//! it, stored clauses are the queries (each without itself). `--build` builds the graph anew, in memory, instead of
//! loading the saved one. Prints figures; never fails on them.

use std::path::PathBuf;
use std::time::Instant;

use clausewise::embed::{Embedder, Embedding, Encoder, EncoderOptions, Role, Want};
use clausewise::index::flat::FlatIndex;
use clausewise::index::hnsw::{HnswIndex, Persistence};
use clausewise::index::{Filter, VectorId, VectorIndex};
use clausewise::store::Store;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/multilingual-e5-small-zh-en");
const K: usize = 10;
const QUERIES: usize = 1000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let build = std::env::args().any(|argument| argument == "--build");
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(data) = arguments.next().map(PathBuf::from) else {
        println!("index: skipped, expected a data directory: cargo bench --bench index -- DATA_DIR [QUERIES]");
        return Ok(());
    };
    let encoder = Encoder::load(MODEL, &EncoderOptions::default())?;
    let store = Store::open_for_reading(&data, encoder.model_id(), encoder.dimensions())?;
    let mut vectors: Vec<(VectorId, Embedding)> = Vec::new();
    store.each_vectors(|block| {
        vectors.extend_from_slice(block);
        Ok(())
    })?;
    println!("{} vectors of {} dimensions", vectors.len(), encoder.dimensions());

    let flat = FlatIndex::new(encoder.dimensions());
    flat.insert(&vectors)?;
    let persistence = Persistence { folder: data.join("index"), model: encoder.model_id().to_owned() };
    let mut hnsw = HnswIndex::new(encoder.dimensions(), Some(persistence));
    hnsw.insert(&vectors)?;
    let started = Instant::now();
    if !build && hnsw.load() && hnsw.graph_len() == vectors.len() {
        println!("graph loaded: {:.2} s", started.elapsed().as_secs_f64());
    } else {
        hnsw = HnswIndex::new(encoder.dimensions(), None);
        hnsw.insert(&vectors)?;
        let started = Instant::now();
        hnsw.build_if_due()?;
        println!("graph built: {:.1} s", started.elapsed().as_secs_f64());
    }
    compare(&flat, &hnsw, &queries(&vectors, arguments.next(), &encoder)?)
}

type Queries = Vec<(Option<VectorId>, Embedding)>;

fn queries(
    vectors: &[(VectorId, Embedding)],
    file: Option<String>,
    encoder: &Encoder,
) -> Result<Queries, Box<dyn std::error::Error>> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file)?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let encoded = encoder.encode(&lines, Role::Query, Want::Sentence)?;
        return Ok(encoded.into_iter().map(|e| (None, e.embedding)).collect());
    }
    let step = (vectors.len() / QUERIES).max(1);
    Ok(vectors.iter().step_by(step).take(QUERIES).map(|(id, vector)| (Some(*id), vector.clone())).collect())
}

fn compare(flat: &FlatIndex, hnsw: &HnswIndex, queries: &Queries) -> Result<(), Box<dyn std::error::Error>> {
    let nearest = |index: &dyn VectorIndex, own: Option<VectorId>, query: &Embedding| {
        let started = Instant::now();
        let mut found = index.search(query, K + usize::from(own.is_some()), Filter::All)?;
        let took = started.elapsed().as_secs_f64() * 1e3;
        found.retain(|neighbor| Some(neighbor.id) != own);
        found.truncate(K);
        Ok::<_, clausewise::Error>((found, took))
    };
    let (mut agree, mut wanted, mut worst) = (0, 0, K);
    let (mut exact_ms, mut graph_ms) = (Vec::new(), Vec::new());
    for (own, query) in queries {
        let (exact, took) = nearest(flat, *own, query)?;
        exact_ms.push(took);
        let (found, took) = nearest(hnsw, *own, query)?;
        graph_ms.push(took);
        // By similarity, not by id: texts that differ in a full stop alone may have equal vectors.
        let edge = exact.last().map_or(1.0, |neighbor| neighbor.similarity);
        let right = found.iter().filter(|neighbor| neighbor.similarity >= edge).count();
        (agree, wanted, worst) = (agree + right, wanted + exact.len(), worst.min(right));
    }
    println!(
        "ann_recall@{K} over {} queries: {:.4} (worst query {worst} of {K})",
        queries.len(),
        agree as f64 / wanted as f64
    );
    for (name, times) in [("flat", &mut exact_ms), ("hnsw", &mut graph_ms)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("{name}: p50 {:.2} ms, p99 {:.2} ms, one thread", at(0.5), at(0.99));
    }
    Ok(())
}
