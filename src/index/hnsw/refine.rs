//! Links every vector of the lowest layer anew, now that all of them are there.
//!
//! While a graph is built, a vector is linked to what was there before it, found with the graph of then. A graph that
//! hnsw_rs builds with few candidates, which is quick, and whose every vector is then searched for and linked again, is
//! better than one built with as many candidates as that, and takes half the time: the second search is that of
//! [`super::graph`]. Links are chosen as in the first (algorithm 4 of Malkov & Yashunin 2018).

use rayon::prelude::*;

use super::codes::Codes;
use super::graph::{Layer, Standing};

/// The layer with at most `links` links a vector, found by a walk that keeps `ef` candidates; on all cores.
pub(super) fn refine(layer: &Layer, codes: &Codes, links: usize, ef: usize) -> Layer {
    let vectors = 0..codes.len() as u32;
    let choose_anew = |vector| {
        // The walk begins at the vector itself, which is then the nearest to itself.
        let mut near = layer.nearest(codes, codes.probe(vector), Standing::new(f32::MAX, vector), ef);
        near.sort_unstable_by(|a, b| b.cmp(a));
        choose(codes, vector, near.iter().skip(1).map(|standing| standing.vector()), links)
    };
    let chosen: Vec<Vec<u32>> = vectors.clone().into_par_iter().map(choose_anew).collect();
    // A link is one in both directions, where there is room for it.
    let mut incoming: Vec<Vec<u32>> = vec![Vec::new(); chosen.len()];
    for (vector, links) in chosen.iter().enumerate() {
        links.iter().for_each(|link| incoming[*link as usize].push(vector as u32));
    }
    let link = |vector: u32| {
        let own = &chosen[vector as usize];
        let mut both = own.clone();
        both.extend(incoming[vector as usize].iter().filter(|other| !own.contains(other)));
        if both.len() <= links {
            return (vector, both);
        }
        let mut scores = Vec::new();
        codes.scores(codes.probe(vector), &both, &mut scores);
        let mut near: Vec<Standing> = scores.iter().zip(&both).map(|(score, v)| Standing::new(*score, *v)).collect();
        near.sort_unstable_by(|a, b| b.cmp(a));
        (vector, choose(codes, vector, near.iter().map(|standing| standing.vector()), links))
    };
    Layer::new(vectors.into_par_iter().map(link).collect())
}

/// Of candidates, nearest first, at most `most`: those that are nearer to the vector than to any that was chosen before,
/// so that links lead into all directions.
fn choose(codes: &Codes, vector: u32, candidates: impl Iterator<Item = u32>, most: usize) -> Vec<u32> {
    // The vector itself stands first, to be compared with.
    let mut chosen = vec![vector];
    let mut scores = Vec::new();
    for candidate in candidates {
        codes.scores(codes.probe(candidate), &chosen, &mut scores);
        if scores[1..].iter().all(|to_other| *to_other < scores[0]) {
            chosen.push(candidate);
            if chosen.len() > most {
                break;
            }
        }
    }
    chosen.remove(0);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::hnsw::codes::Centre;

    /// Codes of vectors on a circle, evenly, and a layer in which each is linked to those before and behind it.
    fn ring(count: usize) -> (Codes, Layer) {
        let vectors: Vec<[f32; 2]> = (0..count)
            .map(|i| (i as f32 / count as f32 * std::f32::consts::TAU).sin_cos())
            .map(|(sin, cos)| [cos, sin])
            .collect();
        let slices = || vectors.iter().map(|vector| vector.as_slice());
        let codes = Codes::of(Centre::of(slices(), 2), slices());
        let beside = |i: usize| vec![((i + count - 1) % count) as u32, ((i + 1) % count) as u32];
        (codes, Layer::new((0..count).map(|i| (i as u32, beside(i))).collect()))
    }

    #[test]
    fn links_lead_into_all_directions_and_go_both_ways() {
        let (codes, layer) = ring(100);
        // What lies behind a neighbour is nearer to it than to the vector: the neighbours alone are chosen.
        let refined = refine(&layer, &codes, 8, 20);
        let sorted = |layer: &Layer, i| {
            let mut links = layer.links_of(i).to_vec();
            links.sort_unstable();
            links
        };
        assert!((0..100).all(|i| sorted(&refined, i) == sorted(&layer, i)), "{refined:?}");
    }

    #[test]
    fn a_vector_has_no_more_links_than_it_may_have() {
        // All but the first have it as their nearest: 40 directions at right angles, and their sum.
        let mut vectors = vec![vec![1.0_f32 / 40_f32.sqrt(); 40]];
        vectors.extend((0..40).map(|i| (0..40).map(|j| if i == j { 1.0 } else { 0.0 }).collect::<Vec<f32>>()));
        let slices = || vectors.iter().map(Vec::as_slice);
        let codes = Codes::of(Centre::of(slices(), 40), slices());
        let all = |i: u32| (0..41).filter(|j| *j != i).collect::<Vec<u32>>();
        let layer = Layer::new((0..41).map(|i| (i, all(i))).collect());
        let refined = refine(&layer, &codes, 16, 41);
        assert_eq!(refined.links_of(0).len(), 16);
        assert!((1..41).all(|i| refined.links_of(i).contains(&0)));
    }
}
