//! Stores of version 2, as that version made them, brought to this one.

use std::path::Path;

use rusqlite::{Connection, params};

use super::*;
use crate::document::{Kind, Origin, Source};
use crate::embed::{Embedding, TokenCodes};
use crate::store::{DATABASE, DocumentFilter, Store, codes_to_blob, ids_to_blob, text_digest, to_blob};

/// The tables of version 2.
const VERSION_2: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL UNIQUE,
    digest BLOB NOT NULL,
    source TEXT,
    added TEXT NOT NULL,
    title TEXT, document_number TEXT, issuer TEXT, province TEXT, place TEXT,
    level TEXT, kind TEXT, date TEXT, published TEXT, effective TEXT,
    given TEXT NOT NULL,
    extracted TEXT NOT NULL,
    clause_count INTEGER NOT NULL
);
CREATE TABLE document_texts (
    document INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    headings TEXT NOT NULL, skipped TEXT NOT NULL, warnings TEXT NOT NULL
);
CREATE INDEX documents_digest ON documents (digest);
CREATE TABLE articles (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL, label TEXT NOT NULL, title TEXT NOT NULL, path TEXT NOT NULL, responsible TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (document, ordinal)
) WITHOUT ROWID;
CREATE TABLE texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    vector BLOB NOT NULL,
    tokens BLOB NOT NULL
);
CREATE TABLE token_codes (
    text_id INTEGER PRIMARY KEY REFERENCES texts (id) ON DELETE CASCADE,
    codes BLOB NOT NULL
);
CREATE TABLE clauses (
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    article INTEGER NOT NULL,
    text_id INTEGER NOT NULL REFERENCES texts (id),
    label TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    lead_in_start INTEGER, lead_in_end INTEGER,
    text TEXT NOT NULL,
    PRIMARY KEY (document, ordinal)
) WITHOUT ROWID;
CREATE INDEX clauses_text_id ON clauses (text_id);
";

const DOGS: &str = "枣庄市养犬管理条例\n（2018年5月4日枣庄市第十六届人民代表大会常务委员会第十一次会议通过）\n第一条　养犬人应当及时清除犬只粪便。\n第二条　本条例自2018年9月1日起施行。\n";
const WASTE: &str = "某区垃圾分类办法\n第一条　生活垃圾应当分类投放。\n";

fn codes() -> TokenCodes {
    TokenCodes { ids: vec![7, 70_000], levels: vec![1, 2], scales: vec![half::f16::from_f32(0.5); 2] }
}

fn vector(digest: &[u8; 32]) -> Embedding {
    Embedding::normalised(vec![1.0 + f32::from(digest[0]), f32::from(digest[1]), f32::from(digest[2])]).unwrap()
}

/// A store of version 2 in a new folder, of documents with what a caller says about each.
fn version_2(documents: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute_batch(VERSION_2).unwrap();
    for (key, value) in [("schema_version", "2"), ("model", "model-a"), ("dimensions", "3")] {
        connection.execute("INSERT INTO meta VALUES (?1, ?2)", (key, value)).unwrap();
    }
    for (id, text, given) in documents {
        let document = document::parse(text);
        connection
            .execute(
                "INSERT INTO documents (document_id, digest, added, title, province, place, given, extracted, clause_count)
                 VALUES (?1, ?2, '2025-01-01T00:00:00Z', 'as read before', '山东', '枣庄市', ?3, '{}', ?4)",
                params![id, text_digest(text), given, document.clauses.len() as i64],
            )
            .unwrap();
        let key = connection.last_insert_rowid();
        connection
            .execute("INSERT INTO document_texts VALUES (?1, ?2, '[]', '[]', '[]')", params![key, document.text])
            .unwrap();
        for (ordinal, clause) in document.clauses.iter().enumerate() {
            let digest = text_digest(&clause.text);
            connection
                .execute(
                    "INSERT INTO texts (digest, vector, tokens) VALUES (?1, ?2, ?3)",
                    params![digest, to_blob(&vector(&digest)), ids_to_blob(&codes().ids)],
                )
                .unwrap();
            let text_id = connection.last_insert_rowid();
            connection
                .execute("INSERT INTO token_codes VALUES (?1, ?2)", params![text_id, codes_to_blob(&codes())])
                .unwrap();
            connection
                .execute(
                    "INSERT INTO clauses VALUES (?1, ?2, 0, ?3, '', ?4, ?5, NULL, NULL, ?6)",
                    params![
                        key,
                        ordinal as i64,
                        text_id,
                        clause.span.start as i64,
                        clause.span.end as i64,
                        clause.text
                    ],
                )
                .unwrap();
        }
    }
    folder
}

/// Everything that a store says of its layout and its documents.
fn contents(folder: &Path) -> Vec<String> {
    let connection = Connection::open(folder.join(DATABASE)).unwrap();
    let read = |sql: &str| -> Vec<String> {
        connection.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let mut all = read("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name");
    all.extend(read("SELECT key || '=' || value FROM meta ORDER BY key"));
    all.extend(read("SELECT json_array(document_id, title, province, given, extracted) FROM documents ORDER BY id"));
    all
}

#[test]
fn a_store_of_version_2_is_brought_to_this_one_with_its_clauses_and_the_values_of_callers() {
    let folder = version_2(&[
        ("dogs", DOGS, r#"{"date":"2020-05-01"}"#),
        ("waste", WASTE, r#"{"region":{"province":"浙江","place":"杭州市西湖区"}}"#),
        (
            "own",
            "甲市办法\n第一条　甲局负责。\n",
            r#"{"region":{"province":"山东","place":"甲市"},"level":"prefecture"}"#,
        ),
    ]);
    let store = Store::open(folder.path(), "model-a", 3).unwrap();
    let dogs = store.document("dogs").unwrap();
    let m = &dogs.row.metadata;
    assert_eq!(m.title.as_deref(), Some("枣庄市养犬管理条例"), "read again");
    assert_eq!(m.region.as_ref().map(ToString::to_string).as_deref(), Some("山东省枣庄市"));
    assert_eq!((m.kind, m.effective.as_deref()), (Some(Kind::Regulation), Some("2018-09-01")));
    assert_eq!((m.date.as_deref(), dogs.given.date.as_deref()), (Some("2020-05-01"), Some("2020-05-01")));
    assert_eq!(dogs.extracted.date.as_deref(), Some("2018-05-04"));
    assert_eq!(
        (dogs.sources.date, dogs.sources.issuer),
        (Some(Source::Given), Some(Source::Stated(Origin::AdoptionNote)))
    );
    assert_eq!((dogs.row.added.as_str(), dogs.clauses.len()), ("2025-01-01T00:00:00Z", 2));
    let text_id = dogs.clauses[0].place.text_id;
    assert!(store.vector(text_id).unwrap().similarity(&vector(&text_digest(&dogs.clauses[0].text))) > 0.999);
    let waste = store.document("waste").unwrap();
    assert_eq!(waste.row.metadata.region.unwrap().to_string(), "浙江省杭州市西湖区");
    assert_eq!(store.document("own").unwrap().row.metadata.region.unwrap().city.as_deref(), Some("甲市"));
    drop(store);

    let after = contents(folder.path());
    assert!(after.contains(&"schema_version=3".to_owned()));
    Store::open(folder.path(), "model-a", 3).unwrap();
    assert_eq!(contents(folder.path()), after, "it is done once");
    let filter = DocumentFilter { regions: vec!["枣庄".to_owned()], ..DocumentFilter::default() };
    let reader = Store::open_for_reading(folder.path(), "model-a", 3).unwrap();
    assert_eq!(reader.documents(&filter, 0, 10).unwrap().1, 1);
}

#[test]
fn a_migration_that_does_not_come_to_its_end_leaves_the_store_as_it_was() {
    let folder = version_2(&[("dogs", DOGS, "{}"), ("waste", WASTE, "not JSON")]);
    let before = contents(folder.path());
    assert!(Store::open(folder.path(), "model-a", 3).is_err());
    assert_eq!(contents(folder.path()), before);
    let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
    connection.execute("UPDATE documents SET given = '{}' WHERE document_id = 'waste'", []).unwrap();
    assert_eq!(Store::open(folder.path(), "model-a", 3).unwrap().counts().unwrap().0, 2);
}

#[test]
fn a_process_that_ends_in_the_middle_leaves_the_store_as_it_was() {
    let folder = version_2(&[("dogs", DOGS, "{}"), ("waste", WASTE, "{}")]);
    let before = contents(folder.path());
    let mut connection = Connection::open(folder.path().join(DATABASE)).unwrap();
    connection.pragma_update(None, "cache_size", 1).unwrap();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    bring(&transaction).unwrap();
    // What is on disk now, log included, is what a process that is killed here leaves behind.
    let left = tempfile::tempdir().unwrap();
    for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        std::fs::copy(folder.path().join(&name), left.path().join(&name)).unwrap();
    }
    drop(transaction);
    assert_eq!(contents(left.path()), before);
    assert_eq!(Store::open(left.path(), "model-a", 3).unwrap().counts().unwrap().0, 2);
}

#[test]
fn a_store_of_another_model_or_of_a_later_version_is_not_touched() {
    let folder = version_2(&[("dogs", DOGS, "{}")]);
    let before = contents(folder.path());
    assert!(Store::open(folder.path(), "model-b", 3).is_err());
    assert_eq!(contents(folder.path()), before);
    let connection = Connection::open(folder.path().join(DATABASE)).unwrap();
    connection.execute("UPDATE meta SET value = '4' WHERE key = 'schema_version'", []).unwrap();
    let refused = Store::open(folder.path(), "model-a", 3).err().unwrap().to_string();
    assert!(
        refused.ends_with(
            "expected a store of version 3, received one of version 4; a later clausewise made it: use that one"
        ),
        "{refused}"
    );
}

#[test]
fn a_reader_brings_a_store_up_to_date_when_it_can_have_it_alone_and_else_says_what_to_do() {
    let folder = version_2(&[("dogs", DOGS, "{}")]);
    let refused = Store::open_for_reading(folder.path(), "model-a", 3).err().unwrap().to_string();
    assert!(refused.contains("received one of version 2; open it once for writing"), "{refused}");
    let held: Result<()> = Err(Error::ShuttingDown);
    assert!(Store::bring_up_to_date(folder.path(), || held).is_err());
    assert!(contents(folder.path()).contains(&"schema_version=2".to_owned()));
    Store::bring_up_to_date(folder.path(), || Ok(())).unwrap();
    Store::open_for_reading(folder.path(), "model-a", 3).unwrap();
    let not_asked = || -> Result<()> { panic!("there is nothing to do") };
    Store::bring_up_to_date(folder.path(), not_asked).unwrap();
}

#[test]
fn a_place_becomes_a_city_or_a_county() {
    let parts = |province: Option<&str>, place: Option<&str>, level| {
        let r = with_place(province.map(str::to_owned), place.map(str::to_owned), level);
        [r.province, r.city, r.county].map(|part| part.unwrap_or("-".to_owned())).join(" ")
    };
    assert_eq!(parts(Some("山东"), None, None), "山东 - -");
    assert_eq!(parts(Some("山东"), Some("枣庄市"), None), "山东 枣庄市 -");
    assert_eq!(parts(None, Some("怀仁市"), None), "山西 朔州市 怀仁市");
    assert_eq!(parts(Some("浙江"), Some("杭州市西湖区"), None), "浙江 杭州市 西湖区");
    assert_eq!(parts(Some("北京"), Some("朝阳区"), None), "北京 - 朝阳区");
    assert_eq!(parts(None, Some("朝阳区"), None), "- - 朝阳区");
    assert_eq!(parts(Some("山东"), Some("甲市"), Some(Level::Prefecture)), "山东 甲市 -");
    assert_eq!(parts(Some("山东"), Some("甲市"), Some(Level::County)), "山东 - 甲市");
    assert_eq!(parts(None, Some("甲县"), None), "- - 甲县");
}
