//! Texts to measure with.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clausewise::document;
use clausewise::ingest::{find_files, read_documents};

use crate::Done;

/// The documents at a path, in the order of their names.
pub fn files(path: &Path) -> Done<Vec<PathBuf>> {
    Ok(find_files(&[path.to_owned()])?.files)
}

/// The texts of the documents of a file; those that are refused are left out.
pub fn of_file(file: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    let _ = read_documents(&[file.to_owned()], &mut |found| {
        texts.extend(found.document.map(|document| document.text));
        ControlFlow::Continue(())
    });
    texts
}

/// At most `most` distinct clauses of the documents at a path, evenly spread over them, in the form that is encoded.
pub fn clauses(path: &Path, most: usize) -> Done<Vec<String>> {
    let files = files(path)?;
    // Not more documents than are needed to choose from.
    let step = (files.len() / most.max(1)).max(1);
    let (mut seen, mut clauses) = (HashSet::new(), Vec::new());
    for file in files.iter().step_by(step) {
        for text in of_file(file) {
            let parsed = document::parse(&text);
            let texts = parsed.clauses.iter().map(|clause| document::normalise_for_search(&clause.text));
            clauses.extend(texts.filter(|text| !text.is_empty() && seen.insert(text.clone())));
        }
    }
    Ok(spread(clauses, most))
}

/// Every so manieth of some items, `most` of them.
pub fn spread<T>(items: Vec<T>, most: usize) -> Vec<T> {
    let count = items.len();
    if count <= most {
        return items;
    }
    let wanted: HashSet<usize> = (0..most).map(|i| i * count / most).collect();
    items.into_iter().enumerate().filter(|(i, _)| wanted.contains(i)).map(|(_, item)| item).collect()
}

/// The lines of a file of queries.
pub fn queries(path: &Path) -> Done<Vec<String>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Makes new documents of old ones: the outline and the first words of a line stay, what follows a comma or semicolon
/// is exchanged for such phrases of other documents. Nearly every clause becomes another, of ordinary words.
pub struct Splicer {
    documents: Vec<String>,
    phrases: Vec<String>,
    state: u64,
}

impl Splicer {
    /// Of the documents in these files.
    pub fn new(files: &[PathBuf]) -> Splicer {
        let documents: Vec<String> = files.iter().flat_map(|file| of_file(file)).collect();
        let phrases = documents.iter().flat_map(|text| text.lines()).flat_map(|line| phrases(line).skip(1));
        let phrases = phrases.filter(|(phrase, _)| phrase.chars().count() > 3).map(|(phrase, _)| phrase.to_owned());
        Splicer { phrases: phrases.collect(), documents, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Whether there is anything to make documents of.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() || self.phrases.is_empty()
    }

    /// One more document. Every run makes the same ones.
    pub fn document(&mut self) -> String {
        let chosen = self.random(self.documents.len());
        let text = self.documents[chosen].clone();
        let mut spliced = String::with_capacity(text.len());
        for line in text.lines() {
            for (place, (phrase, end)) in phrases(line).enumerate() {
                if place == 0 || phrase.chars().count() <= 3 {
                    spliced.push_str(phrase);
                } else {
                    let other = self.random(self.phrases.len());
                    spliced.push_str(&self.phrases[other]);
                }
                spliced.push_str(end);
            }
            spliced.push('\n');
        }
        spliced
    }

    /// A number below `below`, by xorshift.
    fn random(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % below.max(1) as u64) as usize
    }
}

/// The phrases of a line, each with the sign that ends it; the last one may have none.
fn phrases(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split_inclusive(['，', '；', '。', ',', ';']).map(|piece| {
        let phrase = piece.trim_end_matches(['，', '；', '。', ',', ';']);
        (phrase, &piece[phrase.len()..])
    })
}
