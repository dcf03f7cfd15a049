//! Documents into the store and the index.
//!
//! Files go through three stages that overlap: reading and parsing, encoding, writing. A batch is one transaction;
//! what is reported as stored is on disk.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use sha2::{Digest, Sha256};

use crate::document::{self, ArticleKind, Document, Heading, HeadingKind, Metadata};
use crate::embed::{CodecFit, Embedder, Role, TextVectors, TokenCodec, Want};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::index::VectorId;
use crate::store::{DocumentFilter, Outcome, Prepared, TextDigest, text_digest};

/// A text to be taken in.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Its id: the caller's, or the file's stem. 1 to 200 characters, no control characters.
    pub document_id: String,
    /// Where it came from.
    pub source: Option<String>,
    /// Its text.
    pub text: String,
    /// What the caller says about it; wins over what the text says.
    pub metadata: Metadata,
}

/// What became of a document, and what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// Its id.
    pub document_id: String,
    /// Whether it was stored.
    pub outcome: Outcome,
    /// Outermost sections or chapters.
    pub sections: usize,
    /// Numbered articles.
    pub articles: usize,
    /// Clauses.
    pub clauses: usize,
    /// Things that looked odd.
    pub warnings: usize,
}

/// Longest document id, in characters.
const ID_CHARACTERS: usize = 200;
/// A batch is written when it has so many clauses …
const BATCH_CLAUSES: usize = 512;
/// … or so many documents.
const BATCH_DOCUMENTS: usize = 32;
/// Parsed documents that may wait for the encoder, and encoded batches that may wait for the writer: enough that no
/// stage waits for another, few enough that memory stays bounded.
const WAITING_DOCUMENTS: usize = 64;
const WAITING_BATCHES: usize = 1;

impl Engine {
    /// Parses, encodes and stores documents; one answer a document, in order. Those that are not refused are stored
    /// in one transaction: when this returns they are on disk and searches find them.
    ///
    /// A document is refused with [`Error::Invalid`] for its id (an earlier document of the call has it, too) or a
    /// metadata value and with [`Error::Unreadable`] for a text without a clause.
    ///
    /// # Errors
    /// [`Error::Encoder`], [`Error::Busy`], [`Error::Store`]: nothing was stored.
    pub fn ingest(&self, documents: Vec<NewDocument>) -> Result<Vec<Result<Ingested>>> {
        let mut refused = Vec::new();
        let mut prepared = Vec::new();
        let mut seen = HashSet::new();
        for document in documents {
            let repeated = !seen.insert(document.document_id.clone());
            let checked = if repeated {
                Err(Error::invalid(
                    "document_id",
                    "an id that no other document of the request has",
                    &document.document_id,
                ))
            } else {
                prepare(document)
            };
            match checked {
                Ok(document) => {
                    refused.push(None);
                    prepared.push(document);
                }
                Err(error) => refused.push(Some(error)),
            }
        }
        let vectors = self.encode_missing(&prepared)?;
        let mut stored = self.store_batch(&prepared, vectors)?.into_iter();
        Ok(refused.into_iter().filter_map(|refused| refused.map(Err).or_else(|| stored.next().map(Ok))).collect())
    }

    /// Takes in files, a batch at a time, in order, telling `report` about each file once what is said is true on
    /// disk. A file that is refused does not stop the others; `report` does when it breaks: what it was told of stays,
    /// the rest of the batch is stored and told of, too, and no other batch is.
    ///
    /// # Errors
    /// [`Error::Encoder`], [`Error::Store`]: the batch at hand and what follows was not stored.
    pub fn ingest_files(
        &self,
        files: &[PathBuf],
        mut report: impl FnMut(&Path, Result<Ingested>) -> ControlFlow<()>,
    ) -> Result<()> {
        let (parsed, to_encode) = sync_channel(WAITING_DOCUMENTS);
        let (encoded, to_write) = sync_channel(WAITING_BATCHES);
        std::thread::scope(|scope| {
            scope.spawn(move || parse_files(files, &parsed));
            scope.spawn(move || self.encode_batches(files, &to_encode, &encoded));
            for batch in to_write {
                let batch = batch?;
                let mut stored = self.store_batch(&batch.prepared, batch.vectors)?.into_iter();
                let mut asked = ControlFlow::Continue(());
                for (file, refused) in batch.files {
                    if let Some(outcome) = refused.map(Err).or_else(|| stored.next().map(Ok))
                        && report(file, outcome).is_break()
                    {
                        asked = ControlFlow::Break(());
                    }
                }
                if asked.is_break() {
                    // The other stages end when they find that nobody takes from them any more.
                    break;
                }
            }
            Ok(())
        })
    }

    /// Those of the files whose document ids the store does not have.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn not_yet_there(&self, files: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
        let ids: Vec<String> = files.iter().map(|file| file_id(file)).collect();
        let filter = DocumentFilter { documents: ids, ..DocumentFilter::default() };
        let (there, _) = self.store.documents(&filter, 0, usize::MAX)?;
        let there: HashSet<String> = there.into_iter().map(|row| row.document_id).collect();
        Ok(files.into_iter().filter(|file| !there.contains(&file_id(file))).collect())
    }

    /// Gathers parsed documents into batches and encodes what is new in them. Ends when parsing does, on the first
    /// error, or when nobody writes any more.
    fn encode_batches<'a>(
        &self,
        files: &'a [PathBuf],
        parsed: &Receiver<Result<Prepared>>,
        encoded: &SyncSender<Result<Batch<'a>>>,
    ) {
        let mut batch = Batch::default();
        let finish = |batch: &mut Batch<'a>| {
            let mut batch = std::mem::take(batch);
            let result = self.encode_missing(&batch.prepared).map(|vectors| {
                batch.vectors = vectors;
                batch
            });
            let failed = result.is_err();
            encoded.send(result).is_ok() && !failed
        };
        for (file, document) in files.iter().zip(parsed) {
            match document {
                Ok(prepared) => {
                    batch.clauses += prepared.clause_texts.len();
                    batch.prepared.push(prepared);
                    batch.files.push((file, None));
                }
                Err(error) => batch.files.push((file, Some(error))),
            }
            let full = batch.clauses >= BATCH_CLAUSES || batch.files.len() >= BATCH_DOCUMENTS;
            if full && !finish(&mut batch) {
                return;
            }
        }
        if !batch.files.is_empty() {
            finish(&mut batch);
        }
    }

    /// Vectors of those clause texts of the documents that the store does not have.
    fn encode_missing(&self, prepared: &[Prepared]) -> Result<HashMap<TextDigest, TextVectors>> {
        let missing = self.store.missing_texts(prepared.iter().flat_map(|p| &p.clause_texts))?;
        let mut inputs: HashMap<TextDigest, String> = HashMap::with_capacity(missing.len());
        for p in prepared {
            for (place, digest) in p.clause_texts.iter().enumerate() {
                inputs.entry(*digest).or_insert_with(|| embedding_input(&p.document, place));
            }
        }
        let texts: Vec<&str> = missing.iter().map(|digest| inputs[digest].as_str()).collect();
        let encoded = self.embedders.passages.encode_passages(&texts)?;
        Ok(missing.into_iter().zip(encoded).collect())
    }

    fn store_batch(
        &self,
        prepared: &[Prepared],
        mut vectors: HashMap<TextDigest, TextVectors>,
    ) -> Result<Vec<Ingested>> {
        let _one_at_a_time = self.changing();
        let put = loop {
            match self.store.put(prepared, &vectors) {
                Ok(put) => break put,
                // A text that was stored when we looked has been removed since, with the last document that had it.
                Err(Error::Encoder(_))
                    if !self
                        .store
                        .missing_texts(prepared.iter().flat_map(|p| &p.clause_texts))?
                        .iter()
                        .all(|digest| vectors.contains_key(digest)) =>
                {
                    vectors.extend(self.encode_missing(prepared)?);
                }
                Err(error) => return Err(error),
            }
        };
        let texts = texts_of(prepared, &put.inserted);
        let digests: HashMap<VectorId, &TextDigest> = put.inserted.iter().map(|(id, digest)| (*id, digest)).collect();
        let inserted: Vec<(VectorId, &TextVectors, &str)> =
            texts.iter().filter_map(|(id, text)| Some((*id, vectors.get(*digests.get(id)?)?, text.as_str()))).collect();
        self.index_changes(&inserted, &put.orphaned)?;
        Ok(prepared.iter().zip(put.outcomes).map(|(p, outcome)| ingested(p, outcome)).collect())
    }
}

#[derive(Default)]
struct Batch<'a> {
    /// Files in order, with the reason for those that were refused.
    files: Vec<(&'a Path, Option<Error>)>,
    /// Documents of the files that were not refused.
    prepared: Vec<Prepared>,
    clauses: usize,
    vectors: HashMap<TextDigest, TextVectors>,
}

fn parse_files(files: &[PathBuf], parsed: &SyncSender<Result<Prepared>>) {
    let mut seen: HashMap<String, &Path> = HashMap::new();
    for file in files {
        let document = read_file(file).and_then(|new| {
            if let Some(first) = seen.insert(new.document_id.clone(), file) {
                seen.insert(new.document_id.clone(), first);
                return Err(Error::invalid(
                    "document id",
                    format!("a file name that no other file of this run has ({} came first)", first.display()),
                    new.document_id,
                ));
            }
            prepare(new)
        });
        if parsed.send(document).is_err() {
            return;
        }
    }
}

/// Files to take in, and those that were passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Files to read: those that were named, and those in folders whose name says that they are text.
    pub files: Vec<PathBuf>,
    /// Files in folders of other kinds.
    pub skipped: Vec<PathBuf>,
}

/// Endings of the files that are looked at in folders.
pub const EXTENSIONS: [&str; 2] = ["txt", "md"];

/// Searches folders for documents, in the order of their names. Hidden files and folders are left out.
///
/// # Errors
/// [`Error::Io`] for a path that is not there or a folder that cannot be read.
pub fn find_files(paths: &[PathBuf]) -> Result<Found> {
    let mut found = Found::default();
    for path in paths {
        let hidden = |entry: &walkdir::DirEntry| {
            entry.depth() > 0 && entry.file_name().to_str().is_some_and(|name| name.starts_with('.'))
        };
        let entries = walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name();
        for entry in entries.into_iter().filter_entry(|entry| !hidden(entry)) {
            let entry = entry.map_err(|e| {
                let at = e.path().unwrap_or(path).to_owned();
                Error::io(at)(e.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links")))
            })?;
            if entry.file_type().is_dir() {
                continue;
            }
            let extension = entry.path().extension().unwrap_or_default().to_string_lossy().to_lowercase();
            if entry.depth() == 0 || EXTENSIONS.contains(&extension.as_str()) {
                found.files.push(entry.into_path());
            } else {
                found.skipped.push(entry.into_path());
            }
        }
    }
    Ok(found)
}

/// Measures a codec on the tokens of documents: of every clause, `keep` components a token.
///
/// # Errors
/// [`Error::Io`]; [`Error::Invalid`] for a file that is no document, and when `keep` is odd or more than the model
/// has; [`Error::Encoder`] when there is no file.
pub fn fit_codec(embedder: &dyn Embedder, files: &[PathBuf], keep: usize) -> Result<TokenCodec> {
    let most = embedder.dimensions();
    if keep == 0 || keep > most || !keep.is_multiple_of(2) {
        return Err(Error::invalid("keep", format!("an even number of 2 to {most}"), keep.to_string()));
    }
    let mut fit = CodecFit::new(most)?;
    for file in files {
        let prepared = read_file(file).and_then(prepare).map_err(|error| match error {
            Error::Unreadable { expected, received } => Error::invalid(file.display().to_string(), expected, received),
            error => error,
        })?;
        let texts: Vec<String> =
            (0..prepared.document.clauses.len()).map(|place| embedding_input(&prepared.document, place)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for encoded in embedder.encode(&texts, Role::Passage, Want::Tokens)? {
            encoded.tokens.iter().try_for_each(|tokens| fit.add(tokens))?;
        }
    }
    fit.finish(keep)
}

/// The document id that a file gets: its name without the ending.
fn file_id(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads and decodes a file; its stem becomes the document's id.
///
/// # Errors
/// [`Error::Io`]; [`Error::Unreadable`] when the bytes are not text.
pub fn read_file(file: &Path) -> Result<NewDocument> {
    let bytes = std::fs::read(file).map_err(Error::io(file))?;
    let text = document::decode(&bytes)?;
    let source = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    Ok(NewDocument {
        document_id: file_id(file),
        source: Some(source.to_string_lossy().into_owned()),
        text,
        metadata: Metadata::default(),
    })
}

/// Parses a document and works out the keys of its clause texts.
fn prepare(new: NewDocument) -> Result<Prepared> {
    let id = &new.document_id;
    let characters = id.chars().count();
    if characters == 0 || characters > ID_CHARACTERS || id.chars().any(char::is_control) {
        return Err(Error::invalid(
            "document_id",
            format!("1 to {ID_CHARACTERS} characters, none of them control"),
            id,
        ));
    }
    new.metadata.check_dates()?;
    new.metadata.check_family()?;
    let document = document::parse(&new.text);
    if document.clauses.is_empty() {
        return Err(Error::Unreadable {
            expected: "a text with at least one sentence".to_owned(),
            received: format!("{} characters without one", document.text.chars().count()),
        });
    }
    let clause_texts =
        (0..document.clauses.len()).map(|place| text_digest(&embedding_input(&document, place))).collect();
    Ok(Prepared {
        document_id: new.document_id,
        source: new.source,
        digest: Sha256::digest(document.text.as_bytes()).into(),
        document,
        given: new.metadata,
        clause_texts,
    })
}

/// What is encoded for a clause: its text in the form under which equal texts are one.
fn embedding_input(document: &Document, place: usize) -> String {
    document::normalise_for_search(&document.clauses[place].text)
}

/// The texts of embeddings that were stored with these documents.
fn texts_of(prepared: &[Prepared], inserted: &[(VectorId, TextDigest)]) -> Vec<(VectorId, String)> {
    let mut wanted: HashMap<TextDigest, VectorId> = inserted.iter().map(|(id, digest)| (*digest, *id)).collect();
    let mut texts = Vec::with_capacity(inserted.len());
    for p in prepared {
        for (place, digest) in p.clause_texts.iter().enumerate() {
            if let Some(id) = wanted.remove(digest) {
                texts.push((id, embedding_input(&p.document, place)));
            }
        }
    }
    texts
}

/// Number of sections (一、) and chapters.
pub(crate) fn count_sections(headings: &[Heading]) -> usize {
    headings.iter().filter(|h| matches!(h.kind, HeadingKind::Section | HeadingKind::Chapter)).count()
}

fn ingested(prepared: &Prepared, outcome: Outcome) -> Ingested {
    let document = &prepared.document;
    Ingested {
        document_id: prepared.document_id.clone(),
        outcome,
        sections: count_sections(&document.headings),
        articles: document.articles.iter().filter(|a| a.kind == ArticleKind::Numbered).count(),
        clauses: document.clauses.len(),
        warnings: document.warnings.len(),
    }
}
