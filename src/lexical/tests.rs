//! What the lexical index promises.

use std::path::Path;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Query, TermQuery};

use super::*;

const TEXTS: [(VectorId, &str); 5] = [
    (1, "实施质量强省战略"),
    (2, "鼓励企业投保质量保险,健全质量保证金制度"),
    (3, "推动农产品地理标志保护"),
    (4, "推行ISO9001认证,抽检合格率达到98.5%以上"),
    (9, "。;——"),
];

fn open(folder: &Path) -> LexicalIndex {
    LexicalIndex::open(folder, Access::Change).unwrap()
}

fn filled(folder: &Path) -> LexicalIndex {
    let index = open(folder);
    index.insert(&TEXTS).unwrap();
    index
}

fn found(index: &LexicalIndex, query: &str, k: usize) -> Vec<VectorId> {
    index.search(query, k).unwrap().into_iter().map(|(id, _)| id).collect()
}

/// Brings the index to hold these texts.
fn reconcile(index: &LexicalIndex, stored: &[(VectorId, &str)]) {
    let ids: Vec<VectorId> = stored.iter().map(|(id, _)| *id).collect();
    let read = |some: &[VectorId]| {
        Ok(stored.iter().filter(|(id, _)| some.contains(id)).map(|(id, text)| (*id, (*text).to_owned())).collect())
    };
    index.reconcile(&ids, read).unwrap();
    assert_eq!(index.ids().unwrap(), ids);
}

#[test]
fn a_text_is_found_by_two_neighbouring_characters_a_word_or_a_number_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    assert_eq!(found(&index, "地理", 10), [3]);
    assert_eq!(found(&index, "iso", 10), [4]);
    assert_eq!(found(&index, "98.5", 10), [4]);
    assert_eq!(found(&index, "量强", 10), [1]);
    assert!(found(&index, "强量", 10).is_empty());
}

#[test]
fn the_text_that_shares_more_and_rarer_terms_comes_first_and_k_is_the_most() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    assert_eq!(found(&index, "质量保险制度", 10), [2, 1]);
    assert_eq!(found(&index, "质量强省", 10), [1, 2]);
    assert_eq!(found(&index, "质量强省", 1), [1]);
    assert!(found(&index, "质量强省", 0).is_empty());
    let scores: Vec<f32> = index.search("质量强省", 10).unwrap().into_iter().map(|(_, score)| score).collect();
    assert!(scores[0] > scores[1] && scores[1] > 0.0, "{scores:?}");
}

#[test]
fn ties_are_broken_by_id_also_at_the_edge_and_across_insertions() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    for ids in [[8, 3], [7, 1], [2, 9]] {
        index.insert(&ids.map(|id| (id, "加强质量监督"))).unwrap();
    }
    assert_eq!(found(&index, "质量监督", 10), [1, 2, 3, 7, 8, 9]);
    assert_eq!(found(&index, "质量监督", 2), [1, 2]);
    assert_eq!(found(&index, "质量", 4), [1, 2, 3, 7]);
}

#[test]
fn scores_are_those_of_an_exhaustive_search_by_tantivy() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    let words = ["质量", "安全", "监督", "抽查", "标准", "认证", "计量", "品牌", "企业", "农产品", "服务"];
    let text = |i: u64| (0..2 + i % 5).map(|n| words[((i * 7 + n * n * 5 + i / 11) % 11) as usize]).collect();
    let texts: Vec<(VectorId, String)> = (0..3000).map(|i| (i, text(i))).collect();
    for block in texts.chunks(700) {
        index.insert(&block.iter().map(|(id, text)| (*id, text.as_str())).collect::<Vec<_>>()).unwrap();
    }
    let query = "企业质量标准认证";
    let terms = distinct_terms(query).into_iter().map(|term| {
        let term = Term::from_field_text(index.fields.text, &term);
        Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn Query>
    });
    let searcher = index.reader.searcher();
    let all = TopDocs::with_limit(3000).order_by_score();
    let expected = searcher.search(&BooleanQuery::union(terms.collect()), &all).unwrap();
    let found = index.search(query, 3000).unwrap();
    assert!(found.len() > 1000);
    assert_eq!(found.len(), expected.len());
    for ((_, score), (expected, _)) in found.iter().zip(expected) {
        assert!((score - expected).abs() < 1e-4, "{score} {expected}");
    }
    assert_eq!(index.search(query, 50).unwrap(), found[..50]);
}

#[test]
fn a_removed_text_is_not_found_any_more_and_can_be_added_again() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    index.remove(&[1, 77]).unwrap();
    assert_eq!(found(&index, "质量", 10), [2]);
    assert_eq!(index.ids().unwrap(), [2, 3, 4, 9]);
    assert_eq!(index.len(), 4);
    index.insert(&TEXTS[..1]).unwrap();
    assert_eq!(index.ids().unwrap(), [1, 2, 3, 4, 9]);
}

#[test]
fn an_id_that_is_there_keeps_its_first_text() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    index.insert(&[(1, "另一件事"), (5, "计量检定"), (5, "另一件事")]).unwrap();
    assert!(found(&index, "另一件事", 10).is_empty());
    assert_eq!(index.ids().unwrap(), [1, 2, 3, 4, 5, 9]);
}

#[test]
fn what_was_inserted_is_there_after_opening_again_for_changes_or_for_reading() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    let index = open(folder.path());
    assert_eq!(found(&index, "地理标志", 10), [3]);
    index.insert(&[(10, "地理标志产品")]).unwrap();
    let reader = LexicalIndex::open(folder.path(), Access::Read).unwrap();
    assert_eq!(reader.ids().unwrap(), [1, 2, 3, 4, 9, 10]);
    index.remove(&[3]).unwrap();
    assert_eq!(found(&index, "地理标志", 10), [10]);
    assert_eq!(found(&reader, "地理标志", 10).len(), 2);
    assert!(LexicalIndex::open(folder.path(), Access::Change).is_err(), "two may not change it");
}

#[test]
fn an_index_that_is_absent_is_empty_for_reading_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lexical");
    let index = LexicalIndex::open(&path, Access::Read).unwrap();
    assert!(index.is_empty() && found(&index, "质量", 10).is_empty());
    assert!(!path.exists());
    let error = index.insert(&TEXTS).unwrap_err().to_string();
    assert_eq!(error, "index: expected a lexical index opened for changes, received one for reading");
}

#[test]
fn a_damaged_file_whichever_it_is_makes_the_index_empty_for_reading_and_anew_for_changes() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    drop(filled(&whole));
    let names: Vec<_> = std::fs::read_dir(&whole).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut damaged = 0;
    for name in names.iter().filter(|name| !name.to_str().unwrap().starts_with(".tantivy")) {
        let bytes = std::fs::read(whole.join(name)).unwrap();
        let flipped = bytes.iter().enumerate().map(|(i, b)| if i == bytes.len() / 3 { b ^ 0x55 } else { *b }).collect();
        for contents in [Some(flipped), Some(bytes[..bytes.len() / 2].to_vec()), Some(Vec::new()), None] {
            let path = folder.path().join("damaged");
            std::fs::create_dir(&path).unwrap();
            for other in &names {
                std::fs::copy(whole.join(other), path.join(other)).unwrap();
            }
            match contents {
                Some(contents) => std::fs::write(path.join(name), contents).unwrap(),
                None => std::fs::remove_file(path.join(name)).unwrap(),
            }
            // Some files carry nothing that is read (the list of files, the empty store of texts).
            let reader = LexicalIndex::open(&path, Access::Read).unwrap();
            assert!(reader.is_empty() || found(&reader, "质量强省", 10) == [1, 2], "{name:?}");
            damaged += usize::from(reader.is_empty());
            let index = open(&path);
            reconcile(&index, &TEXTS);
            assert_eq!(found(&index, "质量强省", 10), [1, 2], "{name:?}");
            drop((reader, index));
            std::fs::remove_dir_all(&path).unwrap();
        }
    }
    assert!(damaged >= 16, "{damaged}");
}

#[test]
fn a_foreign_folder_or_file_gives_way_to_an_empty_index() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("meta.json"), "{}").unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let mut schema = Schema::builder();
    schema.add_text_field("text", tantivy::schema::TEXT);
    Index::create_in_dir(&other, schema.build()).unwrap();
    for path in [foreign, file, other] {
        assert!(LexicalIndex::open(&path, Access::Read).unwrap().is_empty());
        let index = open(&path);
        assert!(index.is_empty());
        index.insert(&TEXTS).unwrap();
        assert_eq!(found(&index, "地理", 10), [3]);
    }
}

#[test]
fn an_index_behind_the_store_gets_what_it_lacks_and_one_ahead_of_it_loses_what_is_too_much() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    index.insert(&TEXTS[..2]).unwrap();
    drop(index);
    let index = open(folder.path());
    reconcile(&index, &TEXTS);
    assert_eq!(found(&index, "地理标志", 10), [3]);
    drop(index);
    let index = open(folder.path());
    reconcile(&index, &TEXTS[1..3]);
    assert!(found(&index, "质量强省", 10) == [2]);
    reconcile(&index, &[]);
    assert!(index.is_empty());
}

#[test]
fn a_change_that_failed_half_way_leaves_nothing_and_the_next_one_works() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    let failing = index.change(|writer| {
        index.add(writer, 20, "半途而废")?;
        Err(Error::Index("as a test".to_owned()))
    });
    assert!(failing.is_err());
    index.insert(&[(21, "计量检定")]).unwrap();
    assert_eq!(index.ids().unwrap(), [1, 2, 3, 4, 9, 21]);
}

#[test]
fn a_query_without_a_term_finds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    for query in ["", " ", "。,;:“”——", "%"] {
        assert!(found(&index, query, 10).is_empty(), "{query:?}");
    }
}

#[test]
fn of_a_query_whose_terms_occur_too_often_the_rarest_are_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    let found = |most| index.search_within("质量保险", 10, most).unwrap().into_iter().map(|(id, _)| id);
    assert!(found(MOST_POSTINGS).eq([2, 1]));
    assert!(found(3).eq([2]), "质量 stands in two texts, 量保 in none, 保险 in one");
    assert!(found(0).eq([2]), "one term is always looked for");
}

#[test]
fn a_query_of_20000_characters_is_answered_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let index = filled(folder.path());
    let common: Vec<(VectorId, String)> = (100..400).map(|id| (id, (0..200).map(nth_pair).collect())).collect();
    index.insert(&common.iter().map(|(id, text)| (*id, text.as_str())).collect::<Vec<_>>()).unwrap();
    let query: String = (0..10_000).map(nth_pair).collect();
    let started = std::time::Instant::now();
    assert_eq!(found(&index, &format!("{query},地理标志"), 400).len(), 301);
    assert!(started.elapsed().as_secs() < 2);
}

/// A pair of characters for every number.
fn nth_pair(n: u32) -> String {
    [n / 100, n % 100].map(|part| char::from_u32(0x4e00 + 200 * (n / 100 % 2) + part).unwrap()).iter().collect()
}
