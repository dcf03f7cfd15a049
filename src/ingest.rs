//! Documents into the store and the index.
//!
//! Files go through three stages that overlap: reading and parsing, encoding, writing. A batch is one transaction;
//! what is reported as stored is on disk. A file may hold many documents; they go through one by one.

mod files;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use sha2::{Digest, Sha256};

pub(crate) use self::files::document_id;
pub use self::files::{FileDocument, Found, find_files, read_documents};
use crate::document::extract::{self, Extracted};
use crate::document::{self, ArticleKind, Document, Heading, HeadingKind, Metadata, Span, Warning};
use crate::embed::{CodecFit, Embedder, Role, TextVectors, TokenCodec, Want};
use crate::engine::{Engine, Inserted};
use crate::error::{Error, Result};
use crate::index::VectorId;
use crate::store::{DocumentFilter, Outcome, Prepared, TextDigest, text_digest};

/// A text to be taken in.
#[derive(Debug, Clone, Default)]
pub struct NewDocument {
    /// Its id: the caller's, or made from the name of its file. 1 to 200 characters, no control characters.
    pub document_id: String,
    /// Where it came from.
    pub source: Option<String>,
    /// Its text.
    pub text: String,
    /// What the caller says about it; wins over what the text says.
    pub metadata: Metadata,
    /// What its file says about it apart from the text; taken where the text does not speak.
    pub stated: Metadata,
    /// What a person should know of how it was read from its file; joins the warnings of the document.
    pub warnings: Vec<String>,
}

impl NewDocument {
    /// A document that was found in a file.
    pub fn new(document_id: String, source: Option<String>, found: Extracted) -> NewDocument {
        let Extracted { name: _, text, given, stated, warnings } = found;
        NewDocument { document_id, source, text, metadata: given, stated, warnings }
    }
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

    /// Takes in the documents of files, a batch at a time, in order, telling `report` about each once what is said is
    /// true on disk. A document that is refused does not stop the others; `report` does when it breaks: what it was
    /// told of stays, the rest of the batch is stored and told of, too, and no other batch is.
    ///
    /// # Errors
    /// [`Error::Encoder`], [`Error::Store`]: the batch at hand and what follows was not stored.
    pub fn ingest_files(&self, files: &[PathBuf], report: impl FnMut(Report<'_>) -> ControlFlow<()>) -> Result<()> {
        self.take_in(files, false, report)
    }

    /// The same for those documents alone whose ids the store does not have; the others are not even told of.
    ///
    /// # Errors
    /// As [`Engine::ingest_files`].
    pub fn ingest_new(&self, files: &[PathBuf], report: impl FnMut(Report<'_>) -> ControlFlow<()>) -> Result<()> {
        self.take_in(files, true, report)
    }

    fn take_in(
        &self,
        files: &[PathBuf],
        new_only: bool,
        mut report: impl FnMut(Report<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        // Documents that were not stored because another had their text, by the id of the other. When that one gets
        // another text later in the run, as it does where files were renamed in a row, the text is in no document any
        // more: then they are taken in after all.
        let mut left_out: HashMap<String, Vec<(String, PathBuf)>> = HashMap::new();
        let mut lost: Vec<(String, PathBuf)> = Vec::new();
        let mut stopped = false;
        self.take_in_once(files, new_only, |told| {
            match &told.outcome {
                Ok(Ingested { document_id, outcome: Outcome::Duplicate { of }, .. }) => {
                    left_out.entry(of.clone()).or_default().push((document_id.clone(), told.file.to_owned()));
                }
                Ok(Ingested { document_id, outcome: Outcome::Replaced { .. }, .. }) => {
                    lost.extend(left_out.remove(document_id).unwrap_or_default());
                }
                _ => {}
            }
            let asked = report(told);
            stopped |= asked.is_break();
            asked
        })?;
        if lost.is_empty() || stopped {
            return Ok(());
        }
        let ids: HashSet<String> = lost.iter().map(|(id, _)| id.clone()).collect();
        let mut files: Vec<PathBuf> = lost.into_iter().map(|(_, file)| file).collect();
        files.dedup();
        self.take_in_once(&files, new_only, |told| match &told.outcome {
            // The others of the file were told of before.
            Ok(ingested) if !ids.contains(&ingested.document_id) => ControlFlow::Continue(()),
            Err(_) if extract::may_hold_many(told.file) => ControlFlow::Continue(()),
            _ => report(told),
        })
    }

    fn take_in_once(
        &self,
        files: &[PathBuf],
        new_only: bool,
        mut report: impl FnMut(Report<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let (parsed, to_encode) = sync_channel(WAITING_DOCUMENTS);
        let (encoded, to_write) = sync_channel(WAITING_BATCHES);
        std::thread::scope(|scope| {
            scope.spawn(move || self.parse_files(files, new_only, &parsed));
            scope.spawn(move || self.encode_batches(&to_encode, &encoded));
            for batch in to_write {
                let batch = batch?;
                let mut stored = self.store_batch(&batch.prepared, batch.vectors)?.into_iter();
                let mut asked = ControlFlow::Continue(());
                for (from, refused) in batch.documents {
                    let Origin { file, name, read } = from;
                    if let Some(outcome) = refused.map(Err).or_else(|| stored.next().map(Ok))
                        && report(Report { file, name, read, outcome }).is_break()
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

    /// Those of the files that have a document whose id the store does not have. Files of many documents are read for
    /// their ids; what is wrong in them does not count.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn not_yet_there(&self, files: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
        let mut new = Vec::new();
        for file in files {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let missing = if extract::may_hold_many(&file) { self.has_new(&file)? } else { !self.is_there(&stem)? };
            if missing {
                new.push(file);
            }
        }
        Ok(new)
    }

    fn is_there(&self, document_id: &str) -> Result<bool> {
        let filter = DocumentFilter { documents: vec![document_id.to_owned()], ..DocumentFilter::default() };
        Ok(self.store.documents(&filter, 0, 1)?.1 > 0)
    }

    /// Whether a file of many documents has one that is not there.
    fn has_new(&self, file: &Path) -> Result<bool> {
        let mut answer = Ok(false);
        let _ = extract::documents_of_file(file, &mut |found| {
            if found.document.is_ok() {
                answer = self.is_there(&document_id(file, &found)).map(|there| !there);
            }
            if matches!(answer, Ok(false)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        answer
    }

    /// Reads and parses the documents of files. Ends when nobody takes them any more.
    fn parse_files<'a>(&self, files: &'a [PathBuf], new_only: bool, parsed: &SyncSender<Parsed<'a>>) {
        let _ = read_documents(files, &mut |FileDocument { file, name, read, document }| {
            let document = match document {
                Ok(new) if new_only => match self.is_there(&new.document_id) {
                    Ok(true) => return ControlFlow::Continue(()),
                    Ok(false) => prepare(new),
                    Err(error) => Err(error),
                },
                document => document.and_then(prepare),
            };
            match parsed.send((Origin { file, name, read }, document)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
    }

    /// Gathers parsed documents into batches and encodes what is new in them. Ends when parsing does, on the first
    /// error, or when nobody writes any more.
    fn encode_batches<'a>(&self, parsed: &Receiver<Parsed<'a>>, encoded: &SyncSender<Result<Batch<'a>>>) {
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
        for (from, document) in parsed {
            match document {
                Ok(prepared) => {
                    batch.clauses += prepared.clause_texts.len();
                    batch.prepared.push(prepared);
                    batch.documents.push((from, None));
                }
                Err(error) => batch.documents.push((from, Some(error))),
            }
            let full = batch.clauses >= BATCH_CLAUSES || batch.documents.len() >= BATCH_DOCUMENTS;
            if full && !finish(&mut batch) {
                return;
            }
        }
        if !batch.documents.is_empty() {
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
        let inserted: Vec<Inserted<'_>> = texts
            .iter()
            .filter_map(|(id, digest, text)| {
                Some(Inserted { id: *id, digest: *digest, vectors: vectors.get(digest)?, text })
            })
            .collect();
        self.index_changes(&inserted, &put.orphaned)?;
        Ok(prepared.iter().zip(put.outcomes).map(|(p, outcome)| ingested(p, outcome)).collect())
    }
}

/// What became of a document of a file.
#[derive(Debug)]
pub struct Report<'a> {
    /// The file.
    pub file: &'a Path,
    /// What it is inside of the file, where that holds many: a path in an archive, `line 17`.
    pub name: Option<String>,
    /// How much of the file has been read with it, in bytes.
    pub read: u64,
    /// What became of it, or why it was refused.
    pub outcome: Result<Ingested>,
}

/// Where a document comes from.
struct Origin<'a> {
    file: &'a Path,
    name: Option<String>,
    read: u64,
}

/// A document on its way to the encoder.
type Parsed<'a> = (Origin<'a>, Result<Prepared>);

#[derive(Default)]
struct Batch<'a> {
    /// Documents in order, with the reason for those that were refused.
    documents: Vec<(Origin<'a>, Option<Error>)>,
    /// Those that were not refused.
    prepared: Vec<Prepared>,
    clauses: usize,
    vectors: HashMap<TextDigest, TextVectors>,
}

/// Measures a codec on the tokens of documents: of every clause, `keep` components a token.
///
/// # Errors
/// [`Error::Io`]; [`Error::Invalid`] for a file that is no document, and when `keep` is odd or more than the model
/// has; [`Error::Encoder`] when there is no file.
pub fn fit_codec(embedder: &dyn Embedder, files: &[PathBuf], keep: usize) -> Result<TokenCodec> {
    let most = embedder.codec().hidden();
    if keep == 0 || keep > most || !keep.is_multiple_of(2) {
        return Err(Error::invalid("keep", format!("an even number of 2 to {most}"), keep.to_string()));
    }
    let mut fit = CodecFit::new(most)?;
    let mut failed = None;
    let _ = read_documents(files, &mut |FileDocument { file, document, .. }| {
        let added = document.and_then(prepare).map_err(|error| match error {
            Error::Unreadable { expected, received } => Error::invalid(file.display().to_string(), expected, received),
            error => error,
        });
        match added.and_then(|prepared| add_tokens(&mut fit, embedder, &prepared)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    fit.finish(keep)
}

fn add_tokens(fit: &mut CodecFit, embedder: &dyn Embedder, prepared: &Prepared) -> Result<()> {
    let texts: Vec<String> =
        (0..prepared.document.clauses.len()).map(|place| embedding_input(&prepared.document, place)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for encoded in embedder.encode(&texts, Role::Passage, Want::Tokens)? {
        encoded.tokens.iter().try_for_each(|tokens| fit.add(tokens))?;
    }
    Ok(())
}

/// Parses a document and works out the keys of its clause texts.
///
/// # Errors
/// [`Error::Invalid`] for the id and metadata values; [`Error::Unreadable`] for a text without a clause.
pub(crate) fn prepare(new: NewDocument) -> Result<Prepared> {
    let id = &new.document_id;
    let characters = id.chars().count();
    // No address leads to . and ..
    let nowhere = matches!(id.as_str(), "." | "..");
    if characters == 0 || characters > ID_CHARACTERS || nowhere || id.chars().any(char::is_control) {
        return Err(Error::invalid(
            "document_id",
            format!("1 to {ID_CHARACTERS} characters, none of them control, and not . or .."),
            id,
        ));
    }
    new.metadata.check()?;
    let mut document = document::parse_with(&new.text, &new.stated);
    let whole = Span { start: 0, end: document.text.chars().count() };
    document.warnings.extend(new.warnings.into_iter().map(|message| Warning { span: whole, message }));
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
fn texts_of(prepared: &[Prepared], inserted: &[(VectorId, TextDigest)]) -> Vec<(VectorId, TextDigest, String)> {
    let mut wanted: HashMap<TextDigest, VectorId> = inserted.iter().map(|(id, digest)| (*digest, *id)).collect();
    let mut texts = Vec::with_capacity(inserted.len());
    for p in prepared {
        for (place, digest) in p.clause_texts.iter().enumerate() {
            if let Some(id) = wanted.remove(digest) {
                texts.push((id, *digest, embedding_input(&p.document, place)));
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
