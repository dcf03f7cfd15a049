//! Near-duplicates from what is stored, and through the death of the process. No model: wordings alone count.

mod support;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use clausewise::document::{self, Level, Metadata};
use clausewise::duplicates::{Clusters, Duplicates, Effort, Found, Request, Rule};
use clausewise::embed::{Embedding, TextVectors, TokenCodes};
use clausewise::search::Relation;
use clausewise::store::{Prepared, Store, text_digest};
use support::copy_folder;

const EFFORT: Effort = Effort { workers: NonZeroUsize::MIN, background: false };

/// Stores a document, with vectors that nobody looks at.
fn put(store: &Store, id: &str, text: &str, given: Metadata) {
    let document = document::parse(text);
    let clause_texts: Vec<_> =
        document.clauses.iter().map(|c| text_digest(&document::normalise_for_search(&c.text))).collect();
    let tokens = TokenCodes { ids: vec![1], levels: vec![1, 2], scales: vec![half::f16::from_f32(0.5)] };
    let vectors = TextVectors { embedding: Embedding::normalised(vec![1.0, 2.0, 3.0]).unwrap(), tokens };
    let vectors: HashMap<_, _> = clause_texts.iter().map(|digest| (*digest, vectors.clone())).collect();
    let digest = text_digest(&document.text);
    let prepared = Prepared { document_id: id.to_owned(), source: None, document, given, digest, clause_texts };
    store.put(&[prepared], &vectors).unwrap();
}

fn open(folder: &Path) -> Store {
    Store::open(folder, "no model", 3).unwrap()
}

fn find(duplicates: &Duplicates, store: &Store) -> Found {
    duplicates.find(store, EFFORT, |_| ControlFlow::Continue(())).unwrap()
}

fn of(level: Level, date: &str) -> Metadata {
    Metadata { level: Some(level), date: Some(date.to_owned()), ..Metadata::default() }
}

const DOGS: [(&str, &str); 3] = [
    (
        "north",
        "北市养犬条例\n第一条　养犬人应当及时清除犬只在公共场所排泄的粪便。\n第二条　本条例自2020年5月1日起施行。\n",
    ),
    (
        "south",
        "南市养犬办法\n第一条　养犬人应当即时清除犬只在公共场所排泄的粪便。\n第二条　本办法自2019年1月1日起施行。\n\
         第三条　违反本办法第一条规定的，由公安机关责令改正，处二百元罚款。\n\
         第四条　违反本办法第二条规定的，由公安机关责令改正，处五百元以上一千元以下罚款。\n",
    ),
    ("west", "西市规定\n第一条　养犬人应当及时清除犬只在公共场所排泄的粪便。\n第二条　绿地由养护单位负责。\n"),
];

fn dogs(store: &Store) {
    let given =
        [of(Level::Prefecture, "2020-01-01"), of(Level::Prefecture, "2018-11-01"), of(Level::Province, "2001-02-03")];
    for ((id, text), given) in DOGS.iter().zip(given) {
        put(store, id, text, given);
    }
}

/// Text of the representative, and the ids of all members with their places, sorted.
fn outline(found: &Clusters) -> Vec<(String, Vec<(String, usize)>)> {
    let place =
        |member: &clausewise::duplicates::Member| (member.document.document_id.clone(), member.clause.place.ordinal);
    let outline = |cluster: &clausewise::duplicates::DuplicateCluster| {
        let mut places: Vec<_> =
            cluster.members.iter().chain(std::iter::once(&cluster.representative)).map(place).collect();
        places.sort();
        (cluster.representative.clause.text.clone(), places)
    };
    found.clusters.iter().map(outline).collect()
}

#[test]
fn copies_are_found_across_documents_with_one_that_stands_for_them_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (store, duplicates) = (open(folder.path()), Duplicates::new(folder.path()));
    dogs(&store);
    let before = duplicates.clusters(&store, &Request::default()).unwrap();
    assert!(!before.state.compared && before.clusters.is_empty() && before.state.documents_added == 3);
    let found = find(&duplicates, &store);
    assert_eq!((found.compared, found.stopped), (7, false));

    let clusters = duplicates.clusters(&store, &Request::default()).unwrap();
    assert!(clusters.state.is_current());
    assert_eq!((clusters.total, clusters.clauses), (2, 5));
    let dirt = &clusters.clusters[0];
    assert_eq!((dirt.size, dirt.documents, dirt.texts), (3, 3, 2), "equal texts are counted as often as they stand");
    assert_eq!((dirt.representative.document.document_id.as_str(), dirt.rule), ("west", Rule::Level));
    let members: Vec<_> =
        dirt.members.iter().map(|m| (m.document.document_id.as_str(), m.relation, m.difference.is_some())).collect();
    assert_eq!(members, [("north", Relation::Verbatim, false), ("south", Relation::Edited, true)]);
    assert!(dirt.members[0].score == 1.0 && (0.8..0.95).contains(&dirt.members[1].score));
    assert_eq!(dirt.lowest_score, dirt.members[1].score);
    let effective = &clusters.clusters[1];
    assert_eq!((effective.representative.document.document_id.as_str(), effective.rule), ("north", Rule::Date));
    assert_eq!(effective.lowest_score, 1.0, "dates and the document's own name are no difference");

    let within = Request { within: true, ..Request::default() };
    assert_eq!(duplicates.clusters(&store, &within).unwrap().total, 3, "with the two penalties of one document");
    let verbatim = Request { threshold: 0.95, ..Request::default() };
    assert_eq!(duplicates.clusters(&store, &verbatim).unwrap().clusters[0].size, 2);
    let large = Request { min_size: 3, ..Request::default() };
    assert_eq!(duplicates.clusters(&store, &large).unwrap().total, 1);
    let second = Request { offset: 1, members: 0, ..Request::default() };
    let second = duplicates.clusters(&store, &second).unwrap();
    assert_eq!((second.clusters.len(), second.total, second.clusters[0].members.len()), (1, 2, 0));
    let west = Request { document: Some("west".to_owned()), ..Request::default() };
    assert_eq!(duplicates.clusters(&store, &west).unwrap().total, 1);
    let nobody = Request { document: Some("east".to_owned()), ..Request::default() };
    assert_eq!(duplicates.clusters(&store, &nobody).unwrap_err().code(), "not_found");
    for wrong in [0.59, 1.01, f32::NAN] {
        let wrong = Request { threshold: wrong, ..Request::default() };
        assert_eq!(duplicates.clusters(&store, &wrong).unwrap_err().code(), "invalid_value");
    }
}

#[test]
fn documents_that_come_and_go_are_told_and_only_what_is_new_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let (store, duplicates) = (open(folder.path()), Duplicates::new(folder.path()));
    dogs(&store);
    find(&duplicates, &store);
    assert_eq!(find(&duplicates, &store).compared, 0);

    put(
        &store,
        "east",
        "东市条例\n第一条　养犬人应当及时清除犬只在公共场所排泄的粪便。\n第二条　绿地由其养护单位负责。\n",
        Metadata::default(),
    );
    store.remove(&["south".to_owned()]).unwrap();
    let stale = duplicates.clusters(&store, &Request::default()).unwrap();
    assert_eq!((stale.state.documents_added, stale.state.documents_removed), (1, 1));
    assert_eq!((stale.total, stale.clauses), (1, 3), "what is gone is gone, and an equal text needs no comparison");
    assert_eq!(find(&duplicates, &store).compared, 1, "the other clause was compared as part of another document");
    let now = duplicates.clusters(&store, &Request::default()).unwrap();
    assert!(now.state.is_current());
    assert_eq!((now.total, now.clauses), (2, 5));

    // The same as from scratch.
    std::fs::remove_file(folder.path().join("duplicates.sqlite")).unwrap();
    let fresh = Duplicates::new(folder.path());
    assert_eq!(find(&fresh, &store).compared, 4);
    assert_eq!(outline(&fresh.clusters(&store, &Request::default()).unwrap()), outline(&now));
}

#[test]
fn a_damaged_file_of_what_was_found_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (store, duplicates) = (open(folder.path()), Duplicates::new(folder.path()));
    dogs(&store);
    std::fs::write(
        folder.path().join("duplicates.sqlite"),
        b"no database at all, but longer than a header would be: ".repeat(99),
    )
    .unwrap();
    assert!(!duplicates.clusters(&store, &Request::default()).unwrap().state.compared);
    assert_eq!(find(&duplicates, &store).compared, 7);
    assert_eq!(duplicates.clusters(&store, &Request::default()).unwrap().total, 2);
}

/// Sentences of no meaning, by chance but always the same; every other one is much like the one before.
fn sentences(count: usize) -> Vec<String> {
    const CHARACTERS: &str = "天地玄黄宇宙洪荒盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙珠称夜光果珍李柰菜重芥姜海咸河淡鳞潜羽翔";
    let characters: Vec<char> = CHARACTERS.chars().collect();
    let mut seed = 7_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        characters[(seed >> 33) as usize % characters.len()]
    };
    let mut all: Vec<String> = Vec::new();
    while all.len() < count {
        let sentence: Vec<char> = (0..16).map(|_| next()).collect();
        let mut edited = sentence.clone();
        edited[15] = next();
        all.extend([sentence, edited].map(|characters| characters.into_iter().collect()));
    }
    all
}

/// Documents of these sentences, the two of a pair in different ones, stored in the order given.
fn put_sentences(store: &Store, sentences: &[String], order: impl Iterator<Item = usize>) {
    const OF_DOCUMENT: usize = 170;
    let (left, right): (Vec<_>, Vec<_>) = sentences.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).unzip();
    let all = [left, right].concat();
    let documents: Vec<_> = all.chunks(OF_DOCUMENT).collect();
    for at in order.filter(|at| *at < documents.len()) {
        let text: String = documents[at].iter().map(|sentence| format!("{sentence}。")).collect();
        put(store, &format!("document-{at:02}"), &format!("某某条例\n第一条　{text}\n"), Metadata::default());
    }
}

#[test]
fn clusters_do_not_depend_on_the_order_in_which_documents_came() {
    let sentences = sentences(1000);
    let outlines: Vec<_> = [(0..6).collect::<Vec<_>>(), vec![3, 5, 0, 4, 2, 1]]
        .into_iter()
        .map(|order| {
            let folder = tempfile::tempdir().unwrap();
            let (store, duplicates) = (open(folder.path()), Duplicates::new(folder.path()));
            put_sentences(&store, &sentences, order.into_iter());
            find(&duplicates, &store);
            let all = Request { limit: 1000, ..Request::default() };
            outline(&duplicates.clusters(&store, &all).unwrap())
        })
        .collect();
    assert!(outlines[0].len() > 400);
    assert_eq!(outlines[0], outlines[1]);
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was_and_finds_the_same() {
    let ready = tempfile::tempdir().unwrap();
    let store = open(ready.path());
    put_sentences(&store, &sentences(9600), 0..57);
    drop(store);
    let clusters = |folder: &Path| {
        let store = Store::open_of_any_model_for_reading(folder).unwrap();
        let all = Request { limit: 1000, ..Request::default() };
        let found = Duplicates::new(folder).clusters(&store, &all).unwrap();
        (found.total, found.clauses, outline(&found))
    };
    let whole = tempfile::tempdir().unwrap();
    copy_folder(ready.path(), whole.path());
    find(&Duplicates::new(whole.path()), &open(whole.path()));
    let expected = clusters(whole.path());
    assert!(expected.0 > 1000, "the test is about clusters: {}", expected.0);

    let data = tempfile::tempdir().unwrap();
    copy_folder(ready.path(), data.path());
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clausewise"));
        command.args(["duplicates", "--workers", "1", "--data-dir"]).arg(data.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let position = || {
        let database = rusqlite::Connection::open(data.path().join("duplicates.sqlite")).ok()?;
        database.busy_timeout(Duration::from_secs(10)).ok()?;
        let position = "SELECT value FROM meta WHERE key = 'position'";
        database.query_row(position, [], |row| row.get::<_, String>(0)).ok()
    };
    // At once, and after a block: of 9,600 forms there are twelve, so that a fast machine is still within the run.
    let mut positions = Vec::new();
    for wait_for_block in [false, true, true] {
        let before = position();
        let mut child = command().spawn().unwrap();
        let in_a_block = |position: Option<String>| position != before && position.is_some_and(|p| !p.is_empty());
        while wait_for_block && !in_a_block(position()) && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        positions.push(position());
    }
    assert!(positions.iter().flatten().any(|position| !position.is_empty()), "killed within a run: {positions:?}");
    let status = command().status().unwrap();
    assert!(status.success());
    assert_eq!(position(), None, "it has ended");
    assert_eq!(clusters(data.path()), expected);
}
