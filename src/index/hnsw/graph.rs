//! A graph that does not change any more, in three lists of numbers a layer, and the walk through it.
//!
//! hnsw_rs builds the graph ([`super::build`]) and could search it too; it takes an allocation for every candidate and
//! a hash for every vector that it has seen, and its links lie all over memory. Here a vector's links lie side by
//! side, what was seen is a bit, and the products of a vector's neighbours with the query are computed together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::codes::{Codes, Probe};
use crate::error::{Error, Result};

/// An immutable HNSW graph (Malkov & Yashunin 2018) over the vectors of [`Codes`], by their positions.
#[derive(Debug, PartialEq)]
pub(super) struct Graph {
    /// The highest first; the lowest has all vectors. A link goes to a vector of the same layer.
    layers: Vec<Layer>,
}

/// The links of one layer.
#[derive(Debug, PartialEq)]
pub(super) struct Layer {
    /// The vectors of the layer, ascending.
    vectors: Vec<u32>,
    /// Where the links of each begin in `links`, and at last where they end.
    starts: Vec<u32>,
    links: Vec<u32>,
}

impl Layer {
    /// Of its vectors, in any order, with their links.
    pub(super) fn new(mut vectors: Vec<(u32, Vec<u32>)>) -> Layer {
        vectors.sort_unstable_by_key(|(vector, _)| *vector);
        let mut layer = Layer { vectors: Vec::with_capacity(vectors.len()), starts: vec![0], links: Vec::new() };
        for (vector, links) in vectors {
            layer.vectors.push(vector);
            layer.links.extend(links);
            layer.starts.push(layer.links.len() as u32);
        }
        layer
    }

    pub(super) fn links_of(&self, index: usize) -> &[u32] {
        &self.links[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    /// Whether every number is one that [`Graph::candidates`] may take for granted.
    fn is_sound(&self) -> bool {
        self.starts.len() == self.vectors.len() + 1
            && self.starts.is_sorted()
            && self.starts.first() == Some(&0)
            && self.starts.last().is_some_and(|end| *end as usize == self.links.len())
            && self.vectors.is_sorted_by(|a, b| a < b)
    }
}

impl Graph {
    /// # Errors
    /// [`Error::Index`] when these are not the layers of so many vectors.
    pub(super) fn new(layers: Vec<Layer>, vectors: usize) -> Result<Graph> {
        let wrong = |what: &str| Err(Error::Index(format!("expected a graph of {vectors} vectors, received {what}")));
        let Some((lowest, upper)) = layers.split_last() else { return wrong("one without layers") };
        if !layers.iter().all(Layer::is_sound) {
            return wrong("a layer whose lists do not fit each other");
        }
        if lowest.vectors.len() != vectors || lowest.vectors.last().is_some_and(|last| *last as usize >= vectors) {
            return wrong(&format!("one of {}", lowest.vectors.len()));
        }
        if upper.iter().any(|layer| layer.vectors.is_empty()) {
            return wrong("an empty layer");
        }
        let all_in = |numbers: &[u32], layer: &Layer| numbers.iter().all(|n| layer.vectors.binary_search(n).is_ok());
        // The walk goes down a layer with the vector that it stands on.
        let linked = lowest.links.iter().all(|link| (*link as usize) < vectors)
            && upper.iter().all(|layer| all_in(&layer.links, layer))
            && upper.iter().zip(layers.iter().skip(1)).all(|(layer, below)| all_in(&layer.vectors, below));
        if !linked {
            return wrong("a link to a vector that is not there");
        }
        Ok(Graph { layers })
    }

    /// The same graph with another lowest layer.
    pub(super) fn with_lowest(mut self, make: impl FnOnce(&Layer) -> Layer) -> Graph {
        if let Some(lowest) = self.layers.last_mut() {
            *lowest = make(lowest);
        }
        self
    }

    /// Positions of some `k` near vectors, without order or exact similarity: candidates to be scored again. The walk
    /// keeps half as many more, and `least` at the least.
    pub(super) fn candidates(&self, codes: &Codes, query: &[f32], k: usize, least: usize) -> Vec<usize> {
        let Some((lowest, upper)) = self.layers.split_last() else { return Vec::new() };
        let Some(entry) = self.layers.first().and_then(|layer| layer.vectors.first()) else { return Vec::new() };
        let query = codes.quantise(query);
        let query = query.probe();
        let mut scores = Vec::new();
        codes.scores(query, &[*entry], &mut scores);
        let mut best = Standing::new(scores[0], *entry);
        for layer in upper {
            while let Ok(index) = layer.vectors.binary_search(&best.vector()) {
                let links = layer.links_of(index);
                codes.scores(query, links, &mut scores);
                let found = scores.iter().zip(links).map(|(score, link)| Standing::new(*score, *link)).max();
                match found.filter(|found| *found > best) {
                    Some(nearer) => best = nearer,
                    None => break,
                }
            }
        }
        let mut found = lowest.nearest(codes, query, best, least.max(k + k / 2));
        if found.len() > k && k > 0 {
            found.select_nth_unstable_by(k - 1, |a, b| b.cmp(a));
        }
        found.truncate(k);
        found.into_iter().map(|standing| standing.vector() as usize).collect()
    }

    /// As [`Graph::read`] takes it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut numbers = vec![self.layers.len() as u32];
        for layer in &self.layers {
            numbers.extend([layer.vectors.len() as u32, layer.links.len() as u32]);
            numbers.extend(layer.vectors.iter().chain(&layer.starts).chain(&layer.links));
        }
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    /// # Errors
    /// [`Error::Index`] when these are not the bytes of a graph of so many vectors.
    pub(super) fn read(bytes: &[u8], vectors: usize) -> Result<Graph> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        let mut numbers = numbers.iter().map(|number| u32::from_le_bytes(*number));
        let mut layers = Vec::new();
        let whole = (|| {
            for _ in 0..numbers.next()? {
                let (count, links) = (numbers.next()? as usize, numbers.next()? as usize);
                // Looked at before anything is allocated for it.
                if numbers.len() < 2 * count + 1 + links {
                    return None;
                }
                let mut take = |count: usize| numbers.by_ref().take(count).collect();
                layers.push(Layer { vectors: take(count), starts: take(count + 1), links: take(links) });
            }
            (numbers.len() == 0 && rest.is_empty()).then_some(())
        })();
        match whole {
            Some(()) => Graph::new(layers, vectors),
            None => Err(Error::Index(format!("expected the bytes of a graph, received {} others", bytes.len()))),
        }
    }
}

impl Layer {
    /// The `ef` nearest that a best-first walk from `entry` finds (algorithm 2 of the paper), in no order. Of a layer
    /// that has all vectors, so that a vector is its own index.
    pub(super) fn nearest(&self, codes: &Codes, query: Probe<'_>, entry: Standing, ef: usize) -> Vec<Standing> {
        let mut seen = Seen::new(self.vectors.len());
        seen.is_new(entry.vector());
        let mut open = BinaryHeap::with_capacity(2 * ef);
        let mut found = BinaryHeap::with_capacity(ef + 1);
        open.push(entry);
        found.push(Reverse(entry));
        let (mut new, mut scores) = (Vec::new(), Vec::new());
        while let Some(nearest) = open.pop() {
            if found.len() >= ef && found.peek().is_some_and(|Reverse(worst)| nearest < *worst) {
                break;
            }
            let links = self.links_of(nearest.vector() as usize);
            new.clear();
            new.extend(links.iter().copied().filter(|link| seen.is_new(*link)));
            codes.scores(query, &new, &mut scores);
            for (score, vector) in scores.iter().zip(&new) {
                let standing = Standing::new(*score, *vector);
                if found.len() < ef {
                    found.push(Reverse(standing));
                } else if let Some(mut worst) = found.peek_mut().filter(|worst| worst.0 < standing) {
                    *worst = Reverse(standing);
                } else {
                    continue;
                }
                open.push(standing);
            }
        }
        found.into_iter().map(|Reverse(standing)| standing).collect()
    }
}

/// A vector and how near it is, nearer ones greater: the score's bits, so changed that they order as integers, and the
/// position below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing(u64);

impl Standing {
    pub(super) fn new(score: f32, vector: u32) -> Standing {
        let bits = score.to_bits();
        // Negative floats order the other way round.
        let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
        Standing(u64::from(ordered) << 32 | u64::from(vector))
    }

    pub(super) fn vector(self) -> u32 {
        self.0 as u32
    }
}

/// The vectors that a walk has met.
struct Seen(Vec<u64>);

impl Seen {
    fn new(vectors: usize) -> Seen {
        Seen(vec![0; vectors.div_ceil(64)])
    }

    /// Whether the vector had not been met; now it has.
    fn is_new(&mut self, vector: u32) -> bool {
        let (word, bit) = (&mut self.0[vector as usize / 64], 1 << (vector % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layer(links: &[(u32, &[u32])]) -> Layer {
        Layer::new(links.iter().map(|(vector, links)| (*vector, links.to_vec())).collect())
    }

    fn graph() -> Graph {
        let upper = layer(&[(2, &[0]), (0, &[2])]);
        let lowest = layer(&[(0, &[1, 2]), (1, &[0]), (2, &[0, 3]), (3, &[2])]);
        Graph::new(vec![upper, lowest], 4).unwrap()
    }

    #[test]
    fn a_graph_comes_back_from_its_bytes() {
        let bytes = graph().to_bytes();
        assert_eq!(Graph::read(&bytes, 4).unwrap(), graph());
        let error = Graph::read(&bytes, 5).unwrap_err().to_string();
        assert!(error.contains("5 vectors") && error.contains("one of 4"), "{error}");
    }

    #[test]
    fn links_to_nowhere_and_lists_that_do_not_fit_are_refused() {
        let lowest = || layer(&[(0, &[1]), (1, &[0])]);
        assert!(Graph::new(vec![lowest()], 2).is_ok());
        assert!(Graph::new(vec![], 0).is_err());
        assert!(Graph::new(vec![layer(&[(0, &[1]), (1, &[2])])], 2).is_err(), "a link to nowhere");
        assert!(Graph::new(vec![layer(&[(0, &[1])]), lowest()], 2).is_err(), "a link to another layer");
        assert!(Graph::new(vec![layer(&[(2, &[])]), lowest()], 2).is_err(), "a vector of an upper layer alone");
        assert!(Graph::new(vec![layer(&[]), lowest()], 2).is_err(), "an empty upper layer");
        assert!(Graph::new(vec![layer(&[(0, &[]), (2, &[])])], 2).is_err(), "other positions");
        let unsorted = Layer { vectors: vec![0, 1], starts: vec![0, 2, 1], links: vec![1] };
        assert!(Graph::new(vec![unsorted], 2).is_err());
    }

    proptest! {
        #[test]
        fn damaged_bytes_are_an_error_or_a_sound_graph(at in 0_usize..200, value in any::<u8>(), cut in 0_usize..200) {
            let mut bytes = graph().to_bytes();
            bytes.truncate(cut.max(1));
            let at = at % bytes.len();
            bytes[at] = value;
            if let Ok(graph) = Graph::read(&bytes, 4) {
                prop_assert_eq!(graph.to_bytes(), bytes);
            }
        }

        #[test]
        fn standings_order_as_their_scores(a in any::<f32>(), b in any::<f32>(), vectors in any::<(u32, u32)>()) {
            let (x, y) = (Standing::new(a, vectors.0), Standing::new(b, vectors.1));
            prop_assert_eq!(x.cmp(&y), a.total_cmp(&b).then(vectors.0.cmp(&vectors.1)));
            prop_assert_eq!(x.vector(), vectors.0);
        }
    }
}
