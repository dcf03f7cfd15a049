//! The store alone: what is put, what becomes of it, what is let go.

use std::collections::HashMap;

use clausewise::document::{self, Kind, Metadata, Origin, Region, Source, Validity};
use clausewise::embed::{Embedding, TextVectors, TokenCodes};
use clausewise::store::{DocumentFilter, Outcome, Prepared, Reindexing, Store, TextDigest, Versions, text_digest};

const DIMENSIONS: usize = 3;

fn store(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path(), "model-a", DIMENSIONS).unwrap()
}

fn prepared(id: &str, text: &str) -> Prepared {
    let document = document::parse(text);
    Prepared {
        document_id: id.to_owned(),
        source: None,
        digest: text_digest(&document.text),
        clause_texts: document.clauses.iter().map(|clause| text_digest(&clause.text)).collect(),
        document,
        given: Metadata::default(),
    }
}

/// Any vectors do: some for every clause text.
fn vectors(documents: &[Prepared]) -> HashMap<TextDigest, TextVectors> {
    let vector = |digest: &TextDigest| {
        let values = vec![1.0 + f32::from(digest[0]), f32::from(digest[1]), f32::from(digest[2])];
        let tokens = TokenCodes {
            ids: vec![u32::from(digest[0]), 70_000],
            levels: vec![digest[1], digest[2]],
            scales: vec![half::f16::from_f32(0.5); 2],
        };
        TextVectors { embedding: Embedding::normalised(values).unwrap(), tokens }
    };
    documents.iter().flat_map(|d| &d.clause_texts).map(|digest| (*digest, vector(digest))).collect()
}

fn put(store: &Store, documents: &[Prepared]) -> Vec<Outcome> {
    store.put(documents, &vectors(documents)).unwrap().outcomes
}

const DOGS: &str = "甲市养犬条例\n第一条　养犬人应当及时清除犬只粪便。\n第二条　本条例自公布之日起施行。\n";
const WASTE: &str = "乙市垃圾分类条例\n第一条　生活垃圾应当分类投放。\n第二条　本条例自公布之日起施行。\n";

#[test]
fn a_document_is_added_left_alone_when_unchanged_and_replaced_when_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    assert_eq!(put(&store, &[prepared("a", DOGS)]), [Outcome::Added]);
    assert_eq!(put(&store, &[prepared("a", DOGS)]), [Outcome::Unchanged]);
    assert_eq!(put(&store, &[prepared("b", DOGS)]), [Outcome::Duplicate { of: "a".to_owned() }]);
    assert_eq!(put(&store, &[prepared("a", WASTE)]), [Outcome::Replaced { same_as: None }]);
    assert_eq!(store.document("a").unwrap().clauses[0].text, "生活垃圾应当分类投放。");
    assert_eq!(store.counts().unwrap(), (1, 2, 2));
}

#[test]
fn a_text_that_goes_over_to_another_id_in_one_call_stays() {
    for reversed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        put(&store, &[prepared("b", DOGS)]);
        let mut batch = vec![prepared("a", DOGS), prepared("b", WASTE)];
        let mut expected = vec![Outcome::Added, Outcome::Replaced { same_as: None }];
        if reversed {
            batch.reverse();
            expected.reverse();
        }
        assert_eq!(put(&store, &batch), expected);
        assert_eq!(store.document("a").unwrap().clauses[0].text, "养犬人应当及时清除犬只粪便。");
        assert_eq!(store.document("b").unwrap().clauses[0].text, "生活垃圾应当分类投放。");
    }
}

#[test]
fn a_text_of_two_documents_has_one_embedding_that_goes_with_the_last_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    put(&store, &[prepared("a", DOGS), prepared("b", WASTE)]);
    assert_eq!(store.counts().unwrap(), (2, 4, 3));
    let first = store.remove(&["a".to_owned(), "nowhere".to_owned()]).unwrap();
    assert_eq!((first.found, first.orphaned.len()), (vec![true, false], 1));
    let last = store.remove(&["b".to_owned()]).unwrap();
    assert_eq!(last.orphaned.len(), 2);
    assert_eq!(store.counts().unwrap(), (0, 0, 0));
}

#[test]
fn texts_are_read_by_their_ids_in_the_form_that_was_embedded_and_those_that_are_gone_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let documents = [prepared("a", "甲市养犬条例\n第一条　每户限养１只，应当\n登记。\n")];
    let inserted = store.put(&documents, &vectors(&documents)).unwrap().inserted;
    let id = inserted[0].0;
    assert_eq!(store.texts(&[id + 7, id]).unwrap(), [(id, "每户限养1只,应当登记。".to_owned())]);
    store.remove(&["a".to_owned()]).unwrap();
    assert!(store.texts(&[id]).unwrap().is_empty());
}

#[test]
fn ids_of_embeddings_are_never_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let documents = [prepared("a", DOGS)];
    let first = store.put(&documents, &vectors(&documents)).unwrap().inserted;
    store.remove(&["a".to_owned()]).unwrap();
    let second = store.put(&documents, &vectors(&documents)).unwrap().inserted;
    assert!(first.iter().all(|(old, _)| second.iter().all(|(new, _)| new > old)), "{first:?} {second:?}");
}

#[test]
fn when_one_document_of_a_batch_cannot_be_stored_none_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let documents = [prepared("a", DOGS), prepared("b", WASTE)];
    let only_first = vectors(&documents[..1]);
    let error = store.put(&documents, &only_first).unwrap_err().to_string();
    assert!(error.contains("expected an embedding of \"生活垃圾应当分类投放。\""), "{error}");
    assert_eq!(store.counts().unwrap(), (0, 0, 0));
}

#[test]
fn what_a_caller_says_wins_over_the_text_and_is_kept_apart_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    put(&store, &[prepared("a", DOGS)]);
    let mut again = prepared("a", DOGS);
    again.given.title = Some("养犬条例（草案）".to_owned());
    again.given.region =
        Some(Region { province: Some("山东".to_owned()), city: Some("甲市".to_owned()), county: None });
    assert_eq!(put(&store, std::slice::from_ref(&again)), [Outcome::Updated]);
    let detail = store.document("a").unwrap();
    assert_eq!(detail.row.metadata.title.as_deref(), Some("养犬条例（草案）"));
    assert_eq!(detail.extracted.title.as_deref(), Some("甲市养犬条例"));
    assert_eq!(detail.given, again.given);
}

#[test]
fn a_filter_finds_the_documents_it_describes_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut a = prepared("a", DOGS);
    a.given.region = Region::named("泰安市").pop();
    a.given.date = Some("2020-05-01".to_owned());
    let mut b = prepared("b", WASTE);
    b.given.region = Region::named("湖北").pop();
    b.given.kind = Some(Kind::Plan);
    put(&store, &[a, b]);
    let found = |filter: DocumentFilter| {
        let (rows, total) = store.documents(&filter, 0, 10).unwrap();
        assert_eq!(rows.len(), total);
        assert_eq!(store.scope(&filter).unwrap().clauses, rows.iter().map(|row| row.clauses).sum::<usize>());
        rows.into_iter().map(|row| row.document_id).collect::<Vec<_>>().join(",")
    };
    let list = |value: &str| vec![value.to_owned()];
    assert_eq!(found(DocumentFilter::default()), "a,b");
    assert_eq!(found(DocumentFilter { regions: list("山东省"), ..Default::default() }), "a");
    assert_eq!(found(DocumentFilter { regions: list("泰安市"), ..Default::default() }), "a");
    assert_eq!(found(DocumentFilter { regions: list("广东"), ..Default::default() }), "");
    assert_eq!(found(DocumentFilter { kinds: vec![Kind::Plan], ..Default::default() }), "b");
    assert_eq!(found(DocumentFilter { date_from: Some("2020-05-01".to_owned()), ..Default::default() }), "a");
    assert_eq!(found(DocumentFilter { date_to: Some("2020-04-30".to_owned()), ..Default::default() }), "");
    assert_eq!(found(DocumentFilter { excluded: list("a"), ..Default::default() }), "b");
    assert_eq!(found(DocumentFilter { documents: list("a"), excluded: list("a"), ..Default::default() }), "");
}

#[test]
fn a_store_of_another_model_is_refused_with_both_names() {
    let folder = tempfile::tempdir().unwrap();
    drop(store(&folder));
    for error in [
        Store::open(folder.path(), "model-b", DIMENSIONS).map(|_| ()).unwrap_err(),
        Store::open_for_reading(folder.path(), "model-b", DIMENSIONS).map(|_| ()).unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains("expected embeddings of the model model-b"), "{text}");
        assert!(text.contains("received embeddings of the model model-a"), "{text}");
        assert!(text.contains("run `clausewise reindex`"), "{text}");
    }
}

#[test]
fn a_store_of_another_version_is_refused_and_told_what_to_do_with() {
    let folder = tempfile::tempdir().unwrap();
    drop(store(&folder));
    let database = rusqlite::Connection::open(folder.path().join("clausewise.sqlite")).unwrap();
    database.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'", []).unwrap();
    drop(database);
    let refusal = Store::open(folder.path(), "model-a", DIMENSIONS).err().unwrap().to_string();
    assert!(refusal.contains("of version 3, received one of version 1; take its documents in again"), "{refusal}");
}

#[test]
fn a_store_goes_over_to_a_model_of_other_dimensions_only_when_every_text_is_encoded() {
    let folder = tempfile::tempdir().unwrap();
    let inserted = {
        let store = store(&folder);
        let documents = [prepared("a", DOGS), prepared("b", WASTE)];
        store.put(&documents, &vectors(&documents)).unwrap().inserted
    };
    let begin = || Reindexing::begin(folder.path(), "model-b").unwrap();
    let tokens = TokenCodes { ids: vec![5], levels: vec![1, 2], scales: vec![half::f16::from_f32(0.5)] };
    let next = |n: u64| TextVectors {
        embedding: Embedding::normalised(vec![n as f32, 1.0, 2.0, 3.0]).unwrap(),
        tokens: tokens.clone(),
    };

    let reindexing = begin().unwrap();
    let left = reindexing.texts_left(0, 2).unwrap();
    assert_eq!((left.len(), reindexing.plan().texts), (2, inserted.len()));
    reindexing.put(&left.iter().map(|(id, _)| (*id, next(*id))).collect::<Vec<_>>()).unwrap();
    assert!(reindexing.switch(4).is_err(), "a text is not encoded");
    assert_eq!(store(&folder).counts().unwrap(), (2, 4, 3));

    let reindexing = begin().unwrap();
    assert_eq!(reindexing.plan().kept, 2);
    let left = reindexing.texts_left(0, 10).unwrap();
    let digests: HashMap<u64, TextDigest> = inserted.into_iter().collect();
    assert_eq!(
        left.iter().map(|(id, text)| (*id, text_digest(text))).collect::<Vec<_>>(),
        [(left[0].0, digests[&left[0].0])]
    );
    reindexing.put(&[(left[0].0, next(left[0].0))]).unwrap();
    assert!(reindexing.texts_left(0, 10).unwrap().is_empty());
    reindexing.switch(4).unwrap();

    assert!(begin().is_none(), "it is of that model now");
    assert!(Store::open(folder.path(), "model-a", DIMENSIONS).is_err());
    let store = Store::open(folder.path(), "model-b", 4).unwrap();
    assert_eq!(store.counts().unwrap(), (2, 4, 3));
    for id in digests.into_keys() {
        assert!(store.vector(id).unwrap().similarity(&next(id).embedding) > 0.999);
        let mut codes = Vec::new();
        store
            .token_codes([id].into_iter(), |_, read| {
                codes.push(read);
                Ok(())
            })
            .unwrap();
        assert_eq!(codes, std::slice::from_ref(&tokens));
    }
    store.remove(&["a".to_owned(), "b".to_owned()]).unwrap();
    assert_eq!(store.counts().unwrap(), (0, 0, 0), "texts and codes still go with their documents");
}

#[test]
fn a_region_holds_the_documents_of_its_cities_and_counties_under_whatever_name_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let of = |id: &str, region: Option<Region>| {
        let mut document = prepared(id, &format!("{id}办法\n第一条　{id}的养犬人应当清除犬只粪便。\n"));
        document.given.region = region;
        document
    };
    let named = |name: &str| Region::named(name).pop();
    let own = Region { province: Some("山东".to_owned()), city: Some("甲市".to_owned()), county: None };
    let unplaced = Region { province: None, city: None, county: Some("朝阳区".to_owned()) };
    put(
        &store,
        &[
            of("province", named("山东")),
            of("city", named("枣庄市")),
            of("county", named("峄城区")),
            of("former", named("莱芜市")),
            of("own", Some(own)),
            of("elsewhere", named("北京市朝阳区")),
            of("unplaced", Some(unplaced)),
            of("nowhere", None),
        ],
    );
    let ids = |names: &[&str]| -> Vec<String> {
        let regions = names.iter().map(|name| (*name).to_owned()).collect();
        let (rows, total) = store.documents(&DocumentFilter { regions, ..DocumentFilter::default() }, 0, 10).unwrap();
        assert_eq!(rows.len(), total);
        rows.into_iter().map(|row| row.document_id).collect()
    };
    for name in ["山东", "山东省", " 山东 "] {
        assert_eq!(ids(&[name]), ["city", "county", "former", "own", "province"], "{name}");
    }
    for name in ["枣庄", "枣庄市", "山东枣庄", "山东省枣庄市"] {
        assert_eq!(ids(&[name]), ["city", "county"], "{name}");
    }
    for name in ["峄城区", "枣庄市峄城区", "山东省枣庄市峄城区"] {
        assert_eq!(ids(&[name]), ["county"], "{name}");
    }
    assert_eq!(ids(&["济南市"]), ["former"], "it is part of 济南 today");
    assert_eq!(ids(&["莱芜市"]), ["former"]);
    assert_eq!(ids(&["甲市"]), ["own"]);
    assert_eq!(ids(&["朝阳区"]), ["elsewhere", "unplaced"]);
    assert_eq!(ids(&["北京", "峄城"]), ["county", "elsewhere"]);
    assert_eq!(ids(&["湖南"]), Vec::<String>::new(), "a region without documents is no mistake");
    let filter = |name: &str| DocumentFilter { regions: vec![name.to_owned()], ..DocumentFilter::default() };
    for name in ["山东生", "乙市", ""] {
        let refused = store.documents(&filter(name), 0, 10).unwrap_err().to_string();
        assert!(refused.starts_with("regions: expected a province, city or county"), "{refused}");
        assert_eq!(store.scope(&filter(name)).unwrap_err().to_string(), refused);
    }
    let hint = store.documents(&filter("山东生"), 0, 10).unwrap_err().to_string();
    assert!(hint.contains("received 山东生; near to it: 山东省、山东"), "{hint}");
}

#[test]
fn documents_are_found_by_whether_they_are_in_force_where_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let page = "时效性：现行有效\n甲市养犬条例\n第一条　养犬人应当清除犬只粪便。\n";
    let mut repealed = prepared("b", WASTE);
    repealed.given.validity = Some(Validity::Repealed);
    put(&store, &[prepared("a", page), repealed, prepared("c", "丙市条例\n第一条　丙局负责。\n")]);
    let ids = |validities: &[Validity]| -> Vec<String> {
        let filter = DocumentFilter { validities: validities.to_vec(), ..DocumentFilter::default() };
        store.documents(&filter, 0, 10).unwrap().0.into_iter().map(|row| row.document_id).collect()
    };
    assert_eq!(ids(&[Validity::InForce]), ["a"]);
    assert_eq!(ids(&[Validity::InForce, Validity::Repealed]), ["a", "b"]);
    assert_eq!(ids(&[Validity::Expired]), Vec::<String>::new());
    let sources = store.document("a").unwrap().sources;
    assert_eq!(sources.validity, Some(Source::Stated(Origin::IndexTable)));
    assert_eq!(store.document("b").unwrap().sources.validity, Some(Source::Given));
}

/// A version of one regulation: what tells it from the others.
fn version(id: &str, text: &str, given: Metadata) -> Prepared {
    let region = Some(Region { province: Some("山东".to_owned()), city: Some("甲市".to_owned()), county: None });
    let title = Some("甲市养犬条例".to_owned());
    let text = format!("甲市养犬条例\n第一条　{text}。\n");
    Prepared { given: Metadata { title, region, ..given }, ..prepared(id, &text) }
}

fn dated(date: &str) -> Metadata {
    Metadata { date: Some(date.to_owned()), ..Metadata::default() }
}

#[test]
fn the_newest_version_in_force_comes_first_and_the_latest_day_that_is_known_tells_which_is_newest() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let documents = [
        version("published", "一", Metadata { published: Some("2023-01-01".to_owned()), ..dated("2001-01-01") }),
        version("repealed", "二", Metadata { validity: Some(Validity::Repealed), ..dated("2024-01-01") }),
        version("amended", "三", Metadata { validity: Some(Validity::Amended), ..dated("2022-01-01") }),
        version("undated", "四", Metadata::default()),
        version("effective", "五", Metadata { effective: Some("2010-01-01".to_owned()), ..Metadata::default() }),
        version("coming", "六", Metadata { validity: Some(Validity::NotYetInForce), ..dated("2025-01-01") }),
    ];
    put(&store, &documents);
    let families = store.versions(["山东|甲市|养犬条例", "absent"].into_iter()).unwrap();
    assert_eq!(families.len(), 1);
    let ids: Vec<&str> = families["山东|甲市|养犬条例"].iter().map(|v| v.document_id.as_str()).collect();
    assert_eq!(ids, ["published", "effective", "undated", "coming", "amended", "repealed"]);
    let newest = DocumentFilter { versions: Versions::Newest, ..DocumentFilter::default() };
    let (rows, total) = store.documents(&newest, 0, 10).unwrap();
    assert_eq!((rows[0].document_id.as_str(), total), ("published", 1));
    assert_eq!(store.scope(&newest).unwrap().clauses, 1);
    let without = DocumentFilter {
        excluded: vec!["published".to_owned()],
        excluded_alone: true,
        versions: Versions::Newest,
        ..DocumentFilter::default()
    };
    assert_eq!(store.documents(&without, 0, 10).unwrap().0[0].document_id, "effective");
    let with_versions = DocumentFilter { excluded: vec!["published".to_owned()], ..DocumentFilter::default() };
    assert_eq!(store.documents(&with_versions, 0, 10).unwrap().1, 0);
    assert_eq!(store.scope(&with_versions).unwrap().clauses, 0);
}

#[test]
fn a_store_whose_families_were_not_derived_yet_gets_them_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let given = Metadata { family: Some("mine".to_owned()), ..Metadata::default() };
    put(&store(&folder), &[version("a", "一", Metadata::default()), version("b", "二", given)]);
    let database = rusqlite::Connection::open(folder.path().join("clausewise.sqlite")).unwrap();
    database.execute_batch("UPDATE documents SET family = NULL; DELETE FROM meta WHERE key = 'family_rule'").unwrap();
    drop(database);
    let store = store(&folder);
    let family = |id: &str| store.document(id).unwrap().row.metadata.family;
    assert_eq!((family("a").as_deref(), family("b").as_deref()), (Some("山东|甲市|养犬条例"), Some("mine")));
}
