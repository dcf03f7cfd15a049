//! `indexes`: recall against queries a second, beside other HNSW indexes over the same vectors.

use std::collections::HashMap;

use clap::Args;
use clausewise::embed::{Embedder, Embedding, KernelChoice, Role, Want};
use clausewise::index::flat::FlatIndex;
use clausewise::index::hnsw::HnswIndex;
use clausewise::index::{Filter, VectorId, VectorIndex};
use clausewise::store::Store;
use serde_json::json;

use crate::encoders::{load, value, write_matrix};
use crate::figures::{Table, number, timed};
use crate::python::Worker;
use crate::{Common, Done, scratch, texts};

const K: usize = 10;
/// What the rivals' graphs are built with. Ours has parameters of its own, fixed with the way in which it is built.
const LINKS: &str = "24";
const EF_CONSTRUCTION: &str = "150";
/// Ours never keeps fewer candidates, so that quantised order at the edge costs nothing.
const LEAST_OF_OURS: usize = 75;

#[derive(Args)]
pub struct Options {
    /// Vectors to index, evenly spread over those there are.
    #[arg(long, default_value_t = 20_000)]
    vectors: usize,
    /// Clauses held back as queries, besides the typed ones.
    #[arg(long, default_value_t = 500)]
    held_back: usize,
    /// Candidates that a search keeps; those that ours would not keep are for the others alone.
    #[arg(long, value_delimiter = ',', default_values_t = [16, 32, 64, 128, 256, 512])]
    ef: Vec<usize>,
    /// Rounds of each contestant.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Queries of one kind, with the cosine of each one's last true neighbour.
struct Set {
    name: &'static str,
    queries: Vec<Embedding>,
    edges: Vec<f32>,
}

/// A point of a curve: recall and the best time for all queries.
struct Point {
    who: String,
    ef: usize,
    set: usize,
    recall: f64,
    seconds: f64,
}

pub fn run(common: &Common, options: &Options) -> Done<()> {
    let threads = std::thread::available_parallelism()?.get();
    let encoder = load(&common.model, KernelChoice::Auto, threads)?;
    let dimensions = encoder.dimensions();
    let vectors = match &common.data_dir {
        Some(folder) => {
            let store = Store::open_for_reading(folder, encoder.model_id(), dimensions)?;
            let mut vectors = Vec::new();
            store.each_vectors(|block| {
                vectors.extend(block.iter().map(|(_, vector)| vector.clone()));
                Ok(())
            })?;
            vectors
        }
        None => {
            let clauses = texts::clauses(&common.texts, options.vectors + options.held_back)?;
            let clauses: Vec<&str> = clauses.iter().map(String::as_str).collect();
            encoder.encode(&clauses, Role::Passage, Want::Sentence)?.into_iter().map(|e| e.embedding).collect()
        }
    };
    let vectors = texts::spread(vectors, options.vectors + options.held_back);
    let step = (vectors.len() / options.held_back.clamp(1, vectors.len() / 5 + 1)).max(2);
    let (held_back, vectors): (Vec<_>, Vec<_>) = vectors.into_iter().enumerate().partition(|(i, _)| i % step == 0);
    let items: Vec<(VectorId, Embedding)> = vectors.into_iter().map(|(i, v)| (i as VectorId, v)).collect();
    let typed = texts::queries(&common.queries)?;
    let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
    let typed = encoder.encode(&typed, Role::Query, Want::Sentence)?.into_iter().map(|e| e.embedding).collect();

    let flat = FlatIndex::new(dimensions);
    flat.insert(&items)?;
    let mut sets = Vec::new();
    for (name, queries) in [("clauses", held_back.into_iter().map(|(_, v)| v).collect()), ("typed", typed)] {
        sets.push(exact(name, queries, &flat)?);
    }
    println!(
        "Indexes: {} vectors of {dimensions} dimensions, {} held-back clauses and {} typed queries, recall@{K}",
        items.len(),
        sets[0].queries.len(),
        sets[1].queries.len()
    );
    println!(
        "The others with {LINKS} links, {EF_CONSTRUCTION} candidates while building. Built on {threads} threads, searched on \
         one; best of {} alternating rounds\n",
        options.rounds
    );

    let hnsw = HnswIndex::new(dimensions, None);
    hnsw.insert(&items)?;
    let (built, seconds) = timed(|| hnsw.build_if_due());
    if !built? {
        println!("too few vectors for a graph\n");
        return Ok(());
    }
    let mut build = Table::new(&["building", "seconds", "this/ours"]);
    build.row(["clausewise".into(), number(seconds, 1), "1.00".into()]);

    let folder = scratch()?;
    write_matrix(&folder.path().join("vectors.f32"), items.iter().map(|(_, v)| v))?;
    for set in &sets {
        write_matrix(&folder.path().join(format!("{}.queries.f32", set.name)), set.queries.iter())?;
        let edges: Vec<u8> = set.edges.iter().flat_map(|edge| edge.to_le_bytes()).collect();
        std::fs::write(folder.path().join(format!("{}.edges.f32", set.name)), edges)?;
    }
    let arguments = [
        ("--folder", folder.path().display().to_string()),
        ("--dimensions", dimensions.to_string()),
        ("--links", LINKS.to_owned()),
        ("--ef-construction", EF_CONSTRUCTION.to_owned()),
    ];
    let arguments: Vec<&str> = arguments.iter().flat_map(|(flag, value)| [*flag, value.as_str()]).collect();
    let mut rivals = Vec::new();
    let mut worker = Worker::start(&common.python, "indexes.py", threads, &arguments)?;
    if let Some((worker, ready)) = &mut worker {
        for name in ready["contestants"].as_array().into_iter().flatten().filter_map(|name| name.as_str()) {
            let answer = worker.ask(&json!({ "do": "build", "name": name }))?;
            if let Some(error) = answer["error"].as_str() {
                println!("not measured: {name}: {error}");
                continue;
            }
            let took = value(&answer, "seconds");
            build.row([name.to_owned(), number(took, 1), number(took / seconds, 2)]);
            rivals.push(name.to_owned());
        }
    }
    build.print();

    let mut points: HashMap<(usize, String, usize), Point> = HashMap::new();
    for _ in 0..options.rounds {
        for (number, set) in sets.iter().enumerate() {
            for ef in options.ef.iter().filter(|ef| **ef >= LEAST_OF_OURS) {
                hnsw.set_ef_search(*ef);
                let (recall, seconds) = search(&hnsw, set)?;
                note(&mut points, number, "clausewise", *ef, recall, seconds);
            }
            let Some((worker, _)) = &mut worker else { continue };
            for name in &rivals {
                for ef in &options.ef {
                    let request = json!({ "do": "search", "name": name, "set": set.name, "ef": ef });
                    let answer = worker.ask(&request)?;
                    let (recall, seconds) = (value(&answer, "recall"), value(&answer, "seconds"));
                    note(&mut points, number, name, *ef, recall, seconds);
                }
            }
        }
    }
    for (number, set) in sets.iter().enumerate() {
        let (exact, seconds) =
            timed(|| set.queries.iter().try_for_each(|q| flat.search(q, K, Filter::All).map(|_| ())));
        exact?;
        print(number, set, &rivals, &points, seconds);
    }
    Ok(())
}

/// The true neighbours of some queries.
fn exact(name: &'static str, queries: Vec<Embedding>, flat: &FlatIndex) -> Done<Set> {
    let edge = |query| flat.search(query, K, Filter::All).map(|found| found.last().map_or(1.0, |n| n.similarity));
    let edges = queries.iter().map(edge).collect::<clausewise::Result<_>>()?;
    Ok(Set { name, queries, edges })
}

/// Recall and seconds of one round of ours.
fn search(hnsw: &HnswIndex, set: &Set) -> Done<(f64, f64)> {
    let (found, seconds) = timed(|| {
        set.queries.iter().map(|query| hnsw.search(query, K, Filter::All)).collect::<clausewise::Result<Vec<_>>>()
    });
    // By similarity, not by id: texts that differ in a full stop alone may have equal vectors.
    let right = |(found, edge): (&Vec<clausewise::index::Neighbor>, &f32)| {
        found.iter().filter(|n| n.similarity >= edge - 1e-6).count()
    };
    let right: usize = found?.iter().zip(&set.edges).map(right).sum();
    Ok((right as f64 / (K * set.queries.len().max(1)) as f64, seconds))
}

fn note(
    points: &mut HashMap<(usize, String, usize), Point>,
    set: usize,
    who: &str,
    ef: usize,
    recall: f64,
    seconds: f64,
) {
    let fresh = || Point { who: who.to_owned(), ef, set, recall, seconds: f64::MAX };
    let point = points.entry((set, who.to_owned(), ef)).or_insert_with(fresh);
    point.seconds = point.seconds.min(seconds);
}

fn print(
    number_of_set: usize,
    set: &Set,
    rivals: &[String],
    points: &HashMap<(usize, String, usize), Point>,
    exact_seconds: f64,
) {
    let count = set.queries.len() as f64;
    let mut table = Table::new(&[set.name, "ef", "recall", "queries/s", "ours/this at its recall or better"]);
    let curve = |who: &str| {
        let mut curve: Vec<&Point> = points.values().filter(|p| p.set == number_of_set && p.who == who).collect();
        curve.sort_by(|a, b| a.recall.total_cmp(&b.recall).then(b.seconds.total_cmp(&a.seconds)));
        curve
    };
    let ours = curve("clausewise");
    for point in &ours {
        table.row([point.who.clone(), point.ef.to_string(), number(point.recall, 4), number(count / point.seconds, 0)]);
    }
    for point in rivals.iter().flat_map(|who| curve(who)) {
        let fastest = ours.iter().filter(|o| o.recall >= point.recall).map(|o| o.seconds).fold(f64::NAN, f64::min);
        table.row([
            point.who.clone(),
            point.ef.to_string(),
            number(point.recall, 4),
            number(count / point.seconds, 0),
            number(point.seconds / fastest, 2),
        ]);
    }
    table.row(["exact scan (ours)".into(), String::new(), "1.0000".into(), number(count / exact_seconds, 0)]);
    table.print();
}
