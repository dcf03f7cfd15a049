//! Files to the texts of documents: one format a file.
//!
//! ```text
//! sniff      which format a file is in: by its content first, by its name second
//! encoding   bytes -> text            markdown, html, docx, pdf   one document a file
//! records    a line or row -> document (jsonl, csv)    archive    a .zip of any of these
//! ```
//!
//! Files of many documents are read as a stream: no more than one document of them is in memory at a time, and what is
//! wrong with one document refuses that one alone. Nothing here parses the text of a document.

mod archive;
mod csv;
mod docx;
mod encoding;
mod html;
mod jsonl;
mod markdown;
mod pdf;
mod records;
mod sniff;

use std::fs::File;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::Path;

pub use encoding::decode;
use sniff::{Format, unreadable};

use super::Metadata;
use crate::error::{Error, Result};

/// Endings of the files that are read, in lower case.
pub const EXTENSIONS: [&str; 11] =
    ["txt", "md", "markdown", "html", "htm", "docx", "pdf", "jsonl", "ndjson", "csv", "zip"];

/// The same for a message.
pub(crate) const EXPECTED: &str = ".txt, .md, .html, .docx, .pdf, .jsonl, .csv or a .zip of these";

/// The largest document that is read, in bytes of its file, line or archive entry.
const MOST_BYTES: u64 = 64 << 20;

/// How much of a file tells its format, in bytes.
const HEAD: u64 = 1 << 16;

/// Whether a file may hold many documents, by its name.
pub fn may_hold_many(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    matches!(&*sniff::ending(&name), "jsonl" | "ndjson" | "csv" | "zip")
}

/// One document found in a file, before it is parsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Name inside a container (`a/b.docx` in an archive, the `document_id` of a line of jsonl), none for a file that is
    /// one document.
    pub name: Option<String>,
    /// Normalised text, line breaks `\n`.
    pub text: String,
    /// What the caller says about it (columns of jsonl and csv): wins over the text.
    pub given: Metadata,
    /// What the container says about it apart from its text (index table of a web page): taken where the text does not
    /// speak.
    pub stated: Metadata,
    /// What a person should know: tracked changes resolved, pictures left out.
    pub warnings: Vec<String>,
}

/// A document of a file, or the refusal of one.
#[derive(Debug)]
pub struct Found {
    /// How much of the file has been read with it, in bytes.
    pub read: u64,
    /// Whether the name of the document is an id that the caller gave it (jsonl, csv), and not a path in an archive.
    pub name_is_id: bool,
    /// The document.
    pub document: Result<Extracted, Refused>,
}

/// Why a document of a file cannot be read.
#[derive(Debug)]
pub struct Refused {
    /// What is at fault inside a container: `line 17`, `a/b.docx`; none for a file that is one document.
    pub name: Option<String>,
    /// Why.
    pub error: Error,
}

/// Gets the documents of a file one after the other; reading ends when it breaks.
pub type Visit<'v> = dyn FnMut(Found) -> ControlFlow<()> + 'v;

/// Reads the documents of a file on disk.
///
/// Everything that is wrong is told to `visit`: a file that cannot be read or is of another format as one refusal
/// without a name ([`Error::Io`], [`Error::Unreadable`]), a document of a container as one with a name. Every file
/// gives at least one document or refusal.
pub fn documents_of_file(path: &Path, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let opened = File::open(path).and_then(|file| file.metadata().map(|about| (file, about.len())));
    match opened {
        Ok((file, size)) => documents(Input::File(file, size), &name, &Place { depth: 0, path }, visit),
        Err(error) => refuse(visit, None, Error::io(path)(error)),
    }
}

/// The same for the bytes of a file called `name`.
pub fn documents_of_bytes(bytes: &[u8], name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
    documents(Input::Bytes(bytes), name, &Place { depth: 0, path: Path::new(name) }, visit)
}

/// The document of a file called `name`, for callers that take no more than one: drafts, sides of a comparison.
///
/// # Errors
/// [`Error::Unreadable`] for what cannot be read, and for a file of several documents; [`Error::Invalid`] for a wrong
/// value in a file of records.
pub fn only_document(bytes: &[u8], name: &str) -> Result<Extracted> {
    let mut found = Vec::new();
    let _ = documents_of_bytes(bytes, name, &mut |document| {
        found.push(document.document.map_err(|refused| refused.error));
        if found.len() > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match (found.pop(), found.is_empty()) {
        (Some(document), true) => document,
        (Some(_), false) => Err(unreadable("a file of one document", "one of several documents")),
        (None, _) => Err(unreadable(EXPECTED, "a file without a document")),
    }
}

/// Where bytes come from.
enum Input<'a> {
    /// A file and its size.
    File(File, u64),
    /// All of a file.
    Bytes(&'a [u8]),
    /// An entry of an archive, and its name, which is told of its documents.
    Entry(&'a mut dyn Read),
}

/// What a file is inside of.
struct Place<'a> {
    /// How many archives.
    depth: usize,
    /// The file on disk, for errors of reading.
    path: &'a Path,
}

fn refuse(visit: &mut Visit<'_>, name: Option<String>, error: Error) -> ControlFlow<()> {
    visit(Found { read: 0, name_is_id: false, document: Err(Refused { name, error }) })
}

fn documents(mut input: Input<'_>, name: &str, place: &Place<'_>, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let mut head = Vec::new();
    let reader: &mut dyn Read = match &mut input {
        Input::File(file, _) => file,
        Input::Bytes(bytes) => bytes,
        Input::Entry(entry) => entry,
    };
    if let Err(error) = reader.take(HEAD).read_to_end(&mut head) {
        return refuse(visit, None, unread(error, place));
    }
    let format = match sniff::format(&head, name) {
        Ok(format) => format,
        Err(error) => return refuse(visit, None, error),
    };
    match (format, input) {
        (Format::JsonLines, input) => jsonl::documents(&mut rest(head, input), place, visit),
        (Format::Csv, input) => csv::documents(&mut rest(head, input), place, visit),
        (Format::Zip, Input::File(file, size)) => archive::documents(file, size, place, visit),
        (Format::Zip, input) => match whole(&mut rest(head, input), place) {
            Ok(bytes) => {
                let size = bytes.len() as u64;
                archive::documents(Cursor::new(bytes), size, place, visit)
            }
            Err(error) => refuse(visit, None, error),
        },
        (format, input) => {
            let bytes = whole(&mut rest(head, input), place);
            let read = bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
            let document = bytes.and_then(|bytes| one(format, &bytes)).map_err(|error| Refused { name: None, error });
            visit(Found { read, name_is_id: false, document })
        }
    }
}

/// A file that is one document.
fn one(format: Format, bytes: &[u8]) -> Result<Extracted> {
    match format {
        Format::Html => html::text(bytes),
        Format::Markdown => markdown::text(bytes),
        Format::Pdf => pdf::text(bytes),
        Format::Text | Format::JsonLines | Format::Csv | Format::Zip => {
            decode(bytes).map(|text| Extracted { text, ..Extracted::default() })
        }
    }
}

/// What was read of an input already, and what comes after it.
fn rest<'a>(head: Vec<u8>, input: Input<'a>) -> impl Read + 'a {
    let rest: Box<dyn Read + 'a> = match input {
        Input::File(file, _) => Box::new(file),
        Input::Bytes(bytes) => Box::new(bytes),
        Input::Entry(entry) => Box::new(entry),
    };
    Cursor::new(head).chain(rest)
}

/// All bytes of a document.
///
/// # Errors
/// [`Error::Unreadable`] beyond [`MOST_BYTES`]; what reading says.
fn whole(reader: &mut dyn Read, place: &Place<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unread(error, place))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large("a document"));
    }
    Ok(bytes)
}

fn too_large(what: &str) -> Error {
    unreadable(format!("{what} of at most {} MB", MOST_BYTES >> 20), "a larger one")
}

/// An error of reading: the file's own, or that of unpacking it.
fn unread(error: std::io::Error, place: &Place<'_>) -> Error {
    use std::io::ErrorKind::{FileTooLarge, InvalidData, InvalidInput, UnexpectedEof};
    if error.kind() == FileTooLarge {
        return unreadable(error.to_string(), "more");
    }
    if matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof) {
        return unreadable("a whole archive", format!("a damaged one ({error})"));
    }
    Error::io(place.path)(error)
}
