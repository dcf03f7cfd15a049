//! The sample of `tests/labelled`: articles as a reader counted them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clausewise::document::{Article, ArticleKind, Document, decode, parse};
use serde::Deserialize;

use crate::promises::check;

/// A line of `labels.jsonl`, as far as the structure goes.
#[derive(Deserialize)]
struct Label {
    /// Path below the folder of the corpora.
    file: String,
    /// Number of articles; none for documents that have none.
    articles: Option<usize>,
    /// The first forty characters of the first and of the last article, without white space.
    first_article: Option<String>,
    last_article: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/labelled")
}

fn labels() -> Vec<Label> {
    let text = std::fs::read_to_string(folder().join("labels.jsonl")).expect("labels");
    text.lines().map(|l| serde_json::from_str(l).expect("a label")).collect()
}

/// What differs between the label and the document; empty where they agree.
fn differences(label: &Label, d: &Document) -> Vec<String> {
    let Some(count) = label.articles else { return Vec::new() };
    let numbered = |a: &&Article| a.kind == ArticleKind::Numbered && a.label.starts_with('第');
    let found: Vec<usize> = (0..d.articles.len()).filter(|i| numbered(&&d.articles[*i])).collect();
    let start = |i: Option<&usize>| -> Option<String> {
        i.map(|i| d.article_text(*i).chars().filter(|c| !c.is_whitespace()).take(40).collect())
    };
    let (first, last) = (start(found.first()), start(found.last()));
    let mut odd = Vec::new();
    if found.len() != count {
        odd.push(format!("{} articles instead of {count}", found.len()));
    }
    if first != label.first_article {
        odd.push(format!("first article {first:?} instead of {:?}", label.first_article));
    }
    if last != label.last_article {
        odd.push(format!("last article {last:?} instead of {:?}", label.last_article));
    }
    odd
}

#[test]
fn short_documents_of_the_labelled_sample_have_the_articles_that_a_reader_counts() {
    let labels = labels();
    let by_name: HashMap<&str, &Label> =
        labels.iter().map(|l| (l.file.rsplit('/').next().unwrap_or(&l.file), l)).collect();
    let mut read = 0;
    for entry in std::fs::read_dir(folder().join("texts")).expect("texts") {
        let path = entry.expect("a text").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        let d = parse(&decode(&std::fs::read(&path).expect("a file")).expect("text"));
        check(&d);
        let label = by_name.get(name.as_str()).expect("a label for every text");
        assert!(label.articles.is_some(), "{name}: a label that says something");
        assert_eq!(differences(label, &d), Vec::<String>::new(), "{name}");
        read += 1;
    }
    assert_eq!(read, 12);
}

/// The whole sample: `CLAUSEWISE_CORPORA=… cargo test --test structure labelled -- --ignored --nocapture`.
#[test]
#[ignore = "needs the folder that the sample was drawn from, named by CLAUSEWISE_CORPORA"]
fn the_whole_labelled_sample_agrees_in_98_of_100_documents() {
    let root = PathBuf::from(std::env::var("CLAUSEWISE_CORPORA").expect("CLAUSEWISE_CORPORA"));
    let (mut all, mut agreed) = (0, 0);
    for label in labels().iter().filter(|l| l.articles.is_some()) {
        let d = parse(&decode(&std::fs::read(root.join(&label.file)).expect("a file")).expect("text"));
        check(&d);
        let odd = differences(label, &d);
        all += 1;
        agreed += usize::from(odd.is_empty());
        if !odd.is_empty() {
            println!("{}: {}", label.file, odd.join("; "));
        }
    }
    println!("{agreed} of {all} documents agree");
    assert!(all > 0 && agreed * 100 >= all * 98, "{agreed} of {all}");
}
