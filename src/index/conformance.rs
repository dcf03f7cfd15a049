//! What every index must do, run for each implementation.

use super::flat::FlatIndex;
use super::hnsw::{HnswIndex, Persistence};
use super::{Filter, VectorId, VectorIndex};
use crate::embed::Embedding;

const DIMENSIONS: usize = 24;

/// A fixed sequence of numbers in [0, 1) (Knuth's MMIX generator): tests must not depend on a random seed.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Unit vectors in a narrow cone, as sentence embeddings are: a common direction and a smaller part of their own.
fn vectors(count: usize, seed: u64) -> Vec<Embedding> {
    let mut numbers = Numbers(seed);
    (0..count)
        .map(|_| Embedding::normalised((0..DIMENSIONS).map(|_| 0.5 + numbers.next()).collect()).unwrap())
        .collect()
}

fn numbered(vectors: &[Embedding], from: VectorId) -> Vec<(VectorId, Embedding)> {
    vectors.iter().enumerate().map(|(i, v)| (from + i as VectorId, v.clone())).collect()
}

fn each_index(check: impl Fn(&dyn VectorIndex)) {
    check(&FlatIndex::new(DIMENSIONS));
    check(&HnswIndex::new(DIMENSIONS, None));
}

/// The same index with a graph, where it can have one.
fn each_filled_index(items: &[(VectorId, Embedding)], check: impl Fn(&dyn VectorIndex)) {
    let flat = FlatIndex::new(DIMENSIONS);
    flat.insert(items).unwrap();
    check(&flat);
    let hnsw = HnswIndex::new(DIMENSIONS, None);
    hnsw.insert(items).unwrap();
    hnsw.build_if_due().unwrap();
    assert!(hnsw.graph_len() > 0, "the test is about a graph");
    check(&hnsw);
}

#[test]
fn an_empty_index_finds_nothing() {
    let query = &vectors(1, 1)[0];
    each_index(|index| {
        assert!(index.is_empty());
        assert!(index.search(query, 10, Filter::All).unwrap().is_empty());
        assert!(index.search(query, 10, Filter::Only(&[1, 2])).unwrap().is_empty());
    });
}

#[test]
fn a_vector_is_found_as_soon_as_it_is_inserted_and_gone_as_soon_as_it_is_removed() {
    let all = vectors(40, 2);
    each_index(|index| {
        for (id, vector) in numbered(&all, 7) {
            index.insert(&[(id, vector.clone())]).unwrap();
            let nearest = index.search(&vector, 1, Filter::All).unwrap();
            assert_eq!(nearest[0].id, id, "{}", index.name());
            assert!((nearest[0].similarity - 1.0).abs() < 1e-5);
        }
        index.remove(&[10, 999]).unwrap();
        assert_eq!(index.len(), 39);
        assert!(index.search(&all[3], 40, Filter::All).unwrap().iter().all(|n| n.id != 10), "{}", index.name());
    });
}

#[test]
fn vectors_are_handed_out_by_their_ids_as_long_as_they_are_there() {
    let all = vectors(300, 6);
    each_filled_index(&numbered(&all, 5), |index| {
        index.remove(&[7]).unwrap();
        let mut found = Vec::new();
        index.vectors(&[1, 5, 7, 300, 9000], &mut |id, vector| found.push((id, vector.to_vec())));
        let expected = [(5, all[0].as_slice().to_vec()), (300, all[295].as_slice().to_vec())];
        assert_eq!(found, expected, "{}", index.name());
    });
}

#[test]
fn vectors_added_and_removed_after_the_graph_was_built_are_seen() {
    let all = vectors(3000, 3);
    let late = vectors(20, 4);
    each_filled_index(&numbered(&all, 0), |index| {
        index.insert(&numbered(&late, 10_000)).unwrap();
        for (i, vector) in late.iter().enumerate() {
            assert_eq!(index.search(vector, 1, Filter::All).unwrap()[0].id, 10_000 + i as VectorId, "{}", index.name());
        }
        index.remove(&[5]).unwrap();
        assert_ne!(index.search(&all[5], 1, Filter::All).unwrap()[0].id, 5, "{}", index.name());
        assert_eq!(index.len(), 3019);
    });
}

#[test]
fn when_a_whole_neighbourhood_is_removed_the_next_nearest_are_found() {
    let all = vectors(3000, 5);
    each_filled_index(&numbered(&all, 0), |index| {
        let query = &all[0];
        let near: Vec<VectorId> = index.search(query, 300, Filter::All).unwrap().iter().map(|n| n.id).collect();
        index.remove(&near).unwrap();
        let next = index.search(query, 10, Filter::All).unwrap();
        assert_eq!(next.len(), 10, "{}", index.name());
        assert!(next.iter().all(|n| !near.contains(&n.id)));
    });
}

#[test]
fn neighbors_come_most_similar_first_with_exact_cosines() {
    let all = vectors(3000, 6);
    each_filled_index(&numbered(&all, 0), |index| {
        for query in &vectors(20, 7) {
            let found = index.search(query, 25, Filter::All).unwrap();
            assert_eq!(found.len(), 25);
            assert!(found.is_sorted_by(|a, b| a.similarity >= b.similarity), "{}", index.name());
            for n in found {
                assert!((n.similarity - query.similarity(&all[n.id as usize])).abs() < 1e-5, "{}", index.name());
            }
        }
    });
}

#[test]
fn a_filter_of_ids_is_answered_exactly() {
    let all = vectors(3000, 8);
    each_filled_index(&numbered(&all, 0), |index| {
        let query = &vectors(1, 9)[0];
        let allowed: Vec<VectorId> = (0..3000).step_by(97).collect();
        let found = index.search(query, 5, Filter::Only(&allowed)).unwrap();
        let mut expected = allowed.clone();
        expected.sort_by(|a, b| query.similarity(&all[*b as usize]).total_cmp(&query.similarity(&all[*a as usize])));
        assert_eq!(found.iter().map(|n| n.id).collect::<Vec<_>>(), expected[..5], "{}", index.name());
    });
}

#[test]
fn a_wide_filter_is_answered_exactly_also_when_vectors_came_and_went() {
    let all = vectors(4000, 17);
    each_filled_index(&numbered(&all[..3000], 0), |index| {
        // Enough that the scan of those that came later matters, too few for a new graph.
        index.insert(&numbered(&all[3000..4000], 3000)).unwrap();
        index.remove(&(0..4000).step_by(7).collect::<Vec<_>>()).unwrap();
        let allowed: Vec<VectorId> = (0..5000).filter(|id| id % 3 != 1 || *id < 1500).collect();
        let there: Vec<VectorId> = allowed.iter().copied().filter(|id| *id < 4000 && id % 7 != 0).collect();
        for query in &vectors(10, 18) {
            for k in [1, 10, 200, 900] {
                let found = index.search(query, k, Filter::Only(&allowed)).unwrap();
                let similarity = |id: &VectorId| query.similarity(&all[*id as usize]);
                let mut expected: Vec<f32> = there.iter().map(similarity).collect();
                expected.sort_by(|a, b| b.total_cmp(a));
                assert_eq!(found.len(), k, "{}", index.name());
                for (found, expected) in found.iter().zip(expected) {
                    assert!((found.similarity - expected).abs() < 1e-5 && there.binary_search(&found.id).is_ok());
                }
            }
        }
    });
}

#[test]
fn a_graph_agrees_with_the_exact_scan() {
    let all = vectors(3000, 10);
    let flat = FlatIndex::new(DIMENSIONS);
    flat.insert(&numbered(&all, 0)).unwrap();
    each_filled_index(&numbered(&all, 0), |index| {
        let queries = vectors(50, 11);
        let agree: usize = queries
            .iter()
            .map(|q| {
                let exact = flat.search(q, 10, Filter::All).unwrap();
                let found = index.search(q, 10, Filter::All).unwrap();
                found.iter().filter(|n| exact.iter().any(|e| e.id == n.id)).count()
            })
            .sum();
        assert!(agree >= 495, "{}: {agree} of 500", index.name());
    });
}

#[test]
fn identical_and_nearly_identical_vectors_do_no_harm() {
    let one = vectors(1, 12);
    let many: Vec<Embedding> = std::iter::repeat_n(one[0].clone(), 600).collect();
    each_filled_index(&numbered(&many, 0), |index| {
        let found = index.search(&one[0], 50, Filter::All).unwrap();
        assert_eq!(found.len(), 50, "{}", index.name());
        assert!(found.iter().all(|n| (-1.0..=1.0).contains(&n.similarity)));
    });
}

#[test]
fn a_vector_of_other_dimensions_is_refused_with_both_numbers() {
    let wrong = Embedding::normalised(vec![1.0; 3]).unwrap();
    each_index(|index| {
        for error in
            [index.insert(&[(1, wrong.clone())]).unwrap_err(), index.search(&wrong, 1, Filter::All).unwrap_err()]
        {
            assert_eq!(error.to_string(), "index: expected a vector of 24 dimensions, received one of 3");
        }
        assert!(index.is_empty());
    });
}

#[test]
fn a_saved_graph_is_loaded_and_reconciled_with_what_changed_since() {
    let folder = tempfile::tempdir().unwrap();
    let persistence = Persistence { folder: folder.path().join("index"), model: "m".to_owned() };
    let all = vectors(1000, 13);
    let saved = HnswIndex::new(DIMENSIONS, Some(persistence.clone()));
    saved.insert(&numbered(&all, 0)).unwrap();
    saved.build_if_due().unwrap();

    let loaded = HnswIndex::new(DIMENSIONS, Some(persistence.clone()));
    let late = vectors(3, 14);
    let mut items = numbered(&all[1..], 1);
    items.extend(numbered(&late, 5000));
    loaded.insert(&items).unwrap();
    assert!(loaded.load());
    assert_eq!((loaded.graph_len(), loaded.len()), (1000, 1002));
    assert_eq!(loaded.search(&late[1], 1, Filter::All).unwrap()[0].id, 5001);
    assert_ne!(loaded.search(&all[0], 1, Filter::All).unwrap()[0].id, 0);

    let other_model = HnswIndex::new(DIMENSIONS, Some(Persistence { model: "other".to_owned(), ..persistence }));
    assert!(!other_model.load());
}

#[test]
fn a_damaged_graph_is_not_loaded_and_searches_stay_right() {
    let all = vectors(1000, 15);
    for (file, damage) in [
        ("graph.bin", "truncate"),
        ("codes.bin", "flip"),
        ("ids.bin", "truncate"),
        ("manifest.json", "truncate"),
        ("codes.bin", "remove"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let persistence = Persistence { folder: folder.path().to_owned(), model: "m".to_owned() };
        let saved = HnswIndex::new(DIMENSIONS, Some(persistence.clone()));
        saved.insert(&numbered(&all, 0)).unwrap();
        saved.build_if_due().unwrap();
        let path = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path().join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        match damage {
            "truncate" => bytes.truncate(bytes.len() / 2),
            "flip" => {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x40;
            }
            _ => {}
        }
        if damage == "remove" {
            std::fs::remove_file(&path).unwrap();
        } else {
            std::fs::write(&path, bytes).unwrap();
        }
        let index = HnswIndex::new(DIMENSIONS, Some(persistence));
        index.insert(&numbered(&all, 0)).unwrap();
        assert!(!index.load(), "{file} {damage}");
        assert_eq!(index.search(&all[4], 1, Filter::All).unwrap()[0].id, 4);
        assert!(index.build_if_due().unwrap(), "{file} {damage}: built again");
    }
}
